//! Functions of the VM that Python code can call: how a Rust function becomes a Python callable.
//!
//! A native function is described by a [`NativeDef`], usually in a table beside the type it belongs to:
//!
//! ```text
//! const METHODS: &[NativeDef] = &[
//!     NativeDef::method("append", Arity::One, append),
//!     NativeDef::method("pop", Arity::Between(0, 1), pop),
//! ];
//! fn append(vm: &mut Vm, args: Args) -> Outcome<Value> { … args.values[0] is the list, args.values[1] the item … }
//! ```
//!
//! The number of arguments is checked against the [`Arity`] before the function runs, with `CPython`'s messages.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, EMPTY, Header, Word};
use crate::object::{Object, allocate};
use crate::objects::string::as_str;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// The arguments of a call of a native function, borrowed.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// Positional arguments, then the values of the keyword arguments. In a method the first is the receiver.
    pub values: &'a [Word],
    /// Names of the keyword arguments (strings).
    pub names: &'a [Word],
    /// The function object that was called; [`EMPTY`] for constructors.
    pub callee: Word,
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    pub fn of(values: &'a [Word]) -> Args<'a> {
        Args {
            values,
            names: &[],
            callee: EMPTY,
        }
    }

    /// The positional arguments.
    pub fn positional(&self) -> &'a [Word] {
        &self.values[..self.values.len() - self.names.len()]
    }

    /// Positional argument `index`, if it was given.
    pub fn get(&self, index: usize) -> Option<Word> {
        self.positional().get(index).copied()
    }

    /// The keyword arguments in order.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a str, Word)> + use<'a> {
        let values = &self.values[self.values.len() - self.names.len()..];
        self.names
            .iter()
            .zip(values)
            .map(|(&name, &value)| (as_str(name).unwrap_or(""), value))
    }

    /// The keyword argument `name`, if it was given.
    pub fn keyword(&self, name: &str) -> Option<Word> {
        self.keywords()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Without the first positional argument.
    #[must_use]
    pub fn rest(&self) -> Args<'a> {
        Args {
            values: &self.values[1..],
            ..*self
        }
    }

    /// Sorts positional and keyword arguments into the parameters `names` (of which the first `positional_only` have
    /// no name for callers). Missing ones are `None`; the caller decides which it requires.
    ///
    /// # Errors
    /// `TypeError` for too many arguments, an unknown keyword, or one given twice.
    pub fn bind<const N: usize>(
        &self,
        vm: &mut Vm,
        function: &str,
        names: [&str; N],
        positional_only: usize,
    ) -> Outcome<[Option<Word>; N]> {
        let positional = self.positional();
        if positional.len() > N {
            let given = positional.len();
            let plural = if N == 1 { "" } else { "s" };
            return Err(vm.type_error(format!(
                "{function}() takes at most {N} argument{plural} ({given} given)"
            )));
        }
        let mut bound = [None; N];
        for (place, &value) in bound.iter_mut().zip(positional) {
            *place = Some(value);
        }
        for (name, value) in self.keywords() {
            let place = names
                .iter()
                .skip(positional_only)
                .position(|&known| known == name);
            let Some(place) = place.map(|place| place + positional_only) else {
                return Err(vm.type_error(format!(
                    "{function}() got an unexpected keyword argument '{name}'"
                )));
            };
            if bound[place].replace(value).is_some() {
                let number = place + 1;
                return Err(vm.type_error(format!(
                    "argument for {function}() given by name ('{name}') and position ({number})"
                )));
            }
        }
        Ok(bound)
    }
}

/// A function of the VM. It returns an owned value.
pub type NativeFn = fn(&mut Vm, Args<'_>) -> Outcome<Value>;

/// How many arguments a native function takes, the receiver of a method not counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arity {
    /// None.
    None,
    /// Exactly one.
    One,
    /// Between the two, both included; no keywords.
    Between(usize, usize),
    /// Any number; no keywords.
    Any,
    /// The function looks at positional and keyword arguments itself.
    Keywords,
}

/// What kind of callable a native function is as an attribute of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NativeKind {
    /// A plain function, as in a module; not bound when it is looked up on an instance.
    Function,
    /// Bound to the instance.
    Method,
    /// Bound to the class.
    ClassMethod,
    /// A method made from one of the class's slots (`__add__`, `__repr__`).
    SlotWrapper,
}

/// Description of a native function.
#[derive(Clone, Copy)]
pub struct NativeDef {
    /// Its Python name.
    pub name: &'static str,
    /// Argument count.
    pub arity: Arity,
    /// What it is as an attribute of a class.
    pub kind: NativeKind,
    /// The code.
    pub function: NativeFn,
}

impl NativeDef {
    /// A function of a module.
    pub const fn function(name: &'static str, arity: Arity, function: NativeFn) -> NativeDef {
        NativeDef {
            name,
            arity,
            kind: NativeKind::Function,
            function,
        }
    }

    /// A method of a class: the receiver is `args.values[0]` and of the class (or derived from it).
    pub const fn method(name: &'static str, arity: Arity, function: NativeFn) -> NativeDef {
        NativeDef {
            name,
            arity,
            kind: NativeKind::Method,
            function,
        }
    }

    /// A class method: the class is `args.values[0]`.
    pub const fn class_method(name: &'static str, arity: Arity, function: NativeFn) -> NativeDef {
        NativeDef {
            name,
            arity,
            kind: NativeKind::ClassMethod,
            function,
        }
    }

    /// A static method.
    pub const fn static_method(name: &'static str, arity: Arity, function: NativeFn) -> NativeDef {
        NativeDef {
            name,
            arity,
            kind: NativeKind::Function,
            function,
        }
    }
}

/// A native function as an object.
#[repr(C)]
pub struct Native {
    /// Shape [`layout::SHAPE_NATIVE`].
    pub header: Header,
    /// The code.
    pub function: NativeFn,
    /// Argument count.
    pub arity: Arity,
    /// What it is.
    pub kind: NativeKind,
    /// The class it is a method of; null for functions.
    pub owner: *mut Class,
    /// Its name, an interned string.
    pub name: Word,
    /// Name of the module, or empty.
    pub module: &'static str,
}

impl Object for Native {
    const SHAPE: u32 = layout::SHAPE_NATIVE;

    unsafe fn drop_contents(&mut self) {
        decref(self.name);
    }
}

impl Native {
    /// `list.append` for methods, `len` for functions.
    pub fn qualified_name(&self) -> String {
        let name = as_str(self.name).unwrap_or("?");
        if self.owner.is_null() {
            return if self.module.is_empty() {
                name.to_owned()
            } else {
                format!("{}.{name}", self.module)
            };
        }
        // SAFETY: classes are never freed.
        format!("{}.{name}", unsafe { &(*self.owner).name })
    }
}

impl Vm {
    /// The function object of `def`, a method of `owner` if that is not null.
    pub fn new_native(&mut self, def: &NativeDef, owner: *mut Class) -> Value {
        let name = Value::borrowed(self.intern(def.name)).into_word();
        let class = match def.kind {
            NativeKind::Function => self.types.builtin_function_or_method,
            NativeKind::Method => self.types.method_descriptor,
            NativeKind::ClassMethod => self.types.classmethod_descriptor,
            NativeKind::SlotWrapper => self.types.wrapper_descriptor,
        };
        let NativeDef {
            function,
            arity,
            kind,
            ..
        } = *def;
        allocate(class, |header| Native {
            header,
            function,
            arity,
            kind,
            owner,
            name,
            module: "",
        })
    }

    /// Checks the number of arguments against a function's arity.
    ///
    /// # Errors
    /// `TypeError`, worded as `CPython`'s.
    #[inline]
    pub fn check_arity(&mut self, native: &Native, args: &Args) -> Outcome<()> {
        let receiver = usize::from(native.kind != NativeKind::Function);
        let given = args.values.len().wrapping_sub(receiver);
        let fits = match native.arity {
            Arity::Any | Arity::Keywords => given != usize::MAX,
            Arity::None => given == 0,
            Arity::One => given == 1,
            Arity::Between(least, most) => (least..=most).contains(&given),
        };
        if fits && (args.names.is_empty() || native.arity == Arity::Keywords) {
            return Ok(());
        }
        Err(self.arity_error(native, args))
    }

    #[cold]
    fn arity_error(&mut self, native: &Native, args: &Args) -> crate::error::Raised {
        let short = as_str(native.name).unwrap_or("?").to_owned();
        let full = native.qualified_name();
        let receiver = usize::from(native.kind != NativeKind::Function);
        if args.values.len() < receiver {
            return self.type_error(format!("unbound method {full}() needs an argument"));
        }
        if !args.names.is_empty() && native.arity != Arity::Keywords {
            return self.type_error(format!("{full}() takes no keyword arguments"));
        }
        let given = args.values.len() - receiver;
        let message = match native.arity {
            Arity::None => format!("{full}() takes no arguments ({given} given)"),
            Arity::One => format!("{full}() takes exactly one argument ({given} given)"),
            Arity::Between(least, most) => {
                let (bound, count) = if given < least {
                    ("least", least)
                } else {
                    ("most", most)
                };
                let bound = if least == most {
                    String::new()
                } else {
                    format!("at {bound} ")
                };
                let plural = if count == 1 { "" } else { "s" };
                format!("{short} expected {bound}{count} argument{plural}, got {given}")
            }
            Arity::Any | Arity::Keywords => format!("{full}() got wrong arguments"),
        };
        self.type_error(message)
    }
}
