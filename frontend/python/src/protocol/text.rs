//! `repr`, `str`, `format`.

use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::string::as_str;
use crate::types::quick_format;
use crate::value::Value;
use crate::vm::Vm;

/// Nested `repr` calls beyond this are a recursion error.
const DEEPEST_REPR: usize = 900;

impl Vm {
    /// `repr(object)`, a string.
    ///
    /// # Errors
    /// What `__repr__` raises.
    pub fn repr(&mut self, object: Word) -> Outcome<Value> {
        let repr = self
            .class_of(object)
            .slots
            .repr
            .expect("every class inherits `object.__repr__`");
        if self.active_reprs.len() >= DEEPEST_REPR {
            return Err(self.raise(
                self.types.RecursionError,
                "maximum recursion depth exceeded while getting the repr of an object",
            ));
        }
        repr(self, object)
    }

    /// `repr(object)` as Rust text.
    ///
    /// # Errors
    /// What `__repr__` raises.
    pub fn repr_text(&mut self, object: Word) -> Outcome<String> {
        let text = self.repr(object)?;
        Ok(as_str(text.word()).unwrap_or("").to_owned())
    }

    /// `str(object)`, a string.
    ///
    /// # Errors
    /// What `__str__` or `__repr__` raises.
    pub fn str(&mut self, object: Word) -> Outcome<Value> {
        // SAFETY: a live value.
        if unsafe { crate::layout::has_shape(object, crate::layout::SHAPE_STR) } {
            return Ok(Value::borrowed(object));
        }
        match self.class_of(object).slots.str {
            Some(str) => str(self, object),
            None => self.repr(object),
        }
    }

    /// `str(object)` as Rust text.
    ///
    /// # Errors
    /// What `__str__` or `__repr__` raises.
    pub fn str_text(&mut self, object: Word) -> Outcome<String> {
        let text = self.str(object)?;
        Ok(as_str(text.word()).unwrap_or("").to_owned())
    }

    /// `format(object, spec)`, a string.
    ///
    /// # Errors
    /// What `__format__` raises.
    pub fn format(&mut self, object: Word, spec: &str) -> Outcome<Value> {
        if spec.is_empty() && !self.class_of(object).is_user() {
            return self.str(object);
        }
        if let Some(digits) = quick_format::number(object, spec) {
            return Ok(self.new_ascii(digits.text()));
        }
        if quick_format::is_itself(object, spec) {
            return Ok(Value::borrowed(object));
        }
        let spec = self.new_str(spec);
        let text = self.call_special(object, self.names.__format__, &[spec.word()])?;
        if as_str(text.word()).is_none() {
            let got = self.class_name(text.word());
            return Err(self.type_error(format!("__format__ must return a str, not {got}")));
        }
        Ok(text)
    }

    /// Marks `container` as being printed. If it is already, the answer is `false`: print `[...]` instead. Every
    /// `true` is followed by [`Vm::leave_repr`].
    pub fn enter_repr(&mut self, container: Word) -> bool {
        if self.active_reprs.contains(&container) {
            return false;
        }
        self.active_reprs.push(container);
        true
    }

    /// Ends what [`Vm::enter_repr`] began.
    pub fn leave_repr(&mut self) {
        self.active_reprs.pop();
    }
}
