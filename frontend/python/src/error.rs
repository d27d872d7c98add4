//! Raising: how a Python exception travels through Rust code.
//!
//! A function that can raise returns `Result<T, Raised>`. [`Raised`] says only *that* an exception is on its way; the
//! exception object waits in the VM (`Vm::pending`), so that a result is one register wide and `?` costs a test.
//! Exactly one of the two must hold: a function returned `Err(Raised)` if and only if the VM has a pending exception.

use crate::class::Class;
use crate::layout::{self, Word};
use crate::object::cast;
use crate::objects::exception::{self, Exception};
use crate::value::Value;
use crate::vm::Vm;

/// An exception is pending in the VM.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Raised;

/// What a fallible operation of the VM returns.
pub type Outcome<T> = Result<T, Raised>;

impl Vm {
    /// Raises a new exception of `class` with a message.
    #[cold]
    #[inline(never)]
    pub fn raise(&mut self, class: *mut Class, message: impl AsRef<str>) -> Raised {
        let message = self.new_str(message.as_ref());
        self.raise_with(class, message)
    }

    /// Raises a new exception of `class` whose one argument is `argument`.
    #[cold]
    pub fn raise_with(&mut self, class: *mut Class, argument: Value) -> Raised {
        let error = exception::new(self, class, vec![argument]);
        self.raise_object(error)
    }

    /// Raises `error`, an exception object. The exception that is being handled becomes its context.
    #[cold]
    pub fn raise_object(&mut self, error: Value) -> Raised {
        let handled = self.handled;
        if handled > layout::NONE && handled != error.word() {
            chain_context(error.word(), handled);
        }
        self.pending = Some(error);
        Raised
    }

    /// `TypeError` with a message.
    #[cold]
    pub fn type_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.raise(self.types.TypeError, message)
    }

    /// `ValueError` with a message.
    #[cold]
    pub fn value_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.raise(self.types.ValueError, message)
    }

    /// `IndexError` with a message.
    #[cold]
    pub fn index_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.raise(self.types.IndexError, message)
    }

    /// `KeyError` for a missing key.
    #[cold]
    pub fn key_error(&mut self, key: Word) -> Raised {
        self.raise_with(self.types.KeyError, Value::borrowed(key))
    }

    /// `OverflowError` with a message.
    #[cold]
    pub fn overflow_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.raise(self.types.OverflowError, message)
    }

    /// The program used something that the VM does not have yet: `NotImplementedError: <what> (line N)`. The line is
    /// that of the running Python code.
    #[cold]
    pub fn not_implemented(&mut self, what: impl AsRef<str>) -> Raised {
        let line = self.current_line();
        self.raise(
            self.types.NotImplementedError,
            format!("{} (line {line})", what.as_ref()),
        )
    }

    /// Takes the pending exception.
    ///
    /// # Panics
    /// If none is pending: somebody returned `Raised` without raising.
    pub fn take_pending(&mut self) -> Value {
        self.pending
            .take()
            .expect("`Raised` means that an exception is pending")
    }

    /// If the pending exception is an instance of `class`, drops it and says yes.
    pub fn catch(&mut self, _: Raised, class: *mut Class) -> bool {
        let caught = self
            .pending
            .as_ref()
            .is_some_and(|error| Class::of(self, error.word()).is_subclass(class));
        if caught {
            self.pending = None;
        }
        caught
    }
}

fn chain_context(error: Word, context: Word) {
    // Break a cycle that the new link would close: a chain that already contains `error` is cut there.
    let mut link = context;
    while let Some(step) = cast::<Exception>(link) {
        // SAFETY: exceptions in a chain are kept alive by it.
        unsafe {
            if (*step).context == error {
                let cut = std::mem::replace(&mut (*step).context, layout::EMPTY);
                drop(Value::from_owned(cut));
                break;
            }
            link = (*step).context;
        }
    }
    if let Some(object) = cast::<Exception>(error) {
        // SAFETY: a live exception.
        unsafe { exception::set_slot(&mut (*object).context, Some(Value::borrowed(context))) };
    }
}
