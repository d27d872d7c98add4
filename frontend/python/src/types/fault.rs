//! Errors of the pure algorithms, before they are exceptions.
//!
//! The arithmetic, parsing and formatting in this folder knows nothing of the VM, so that it can be tested alone;
//! what goes wrong there is a [`Fault`], and the binding layer raises it as the Python exception it names.

use std::borrow::Cow;

/// Which exception class a fault becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `OverflowError`
    Overflow,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `MemoryError`
    Memory,
    /// `NotImplementedError`: something this VM does not have yet.
    NotImplemented,
}

/// An error with the message Python shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The class of the exception.
    pub kind: FaultKind,
    /// Its message.
    pub message: Cow<'static, str>,
}

/// The result of a pure algorithm.
pub type Outcome<T> = Result<T, Fault>;

macro_rules! constructors {
    ($($name:ident => $kind:ident),* $(,)?) => {
        impl Fault {$(
            #[doc = concat!("A fault that becomes `", stringify!($kind), "Error`.")]
            pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
                Self { kind: FaultKind::$kind, message: message.into() }
            }
        )*}
    };
}

constructors! {
    value => Value,
    type_error => Type,
    overflow => Overflow,
    zero_division => ZeroDivision,
    memory => Memory,
    not_implemented => NotImplemented,
}
