//! What uop bodies are written in.
//!
//! A file of uops begins with `use sashiko_stencils::uop::*;` (or `sashiko::uop::*`). This module is compiled twice
//! as well: the stencil builder compiles the same text, alone and without `std`, beside the bodies. So it uses
//! nothing but `core`.
//!
//! # The signature says most of it
//!
//! | in the signature            | meaning                                                                     |
//! |-----------------------------|-----------------------------------------------------------------------------|
//! | `Word`                      | input or result: a VM value in one machine word, however the VM tags it     |
//! | `i64`, `f64`, `bool`        | input or result: a raw integer, float, truth value (0 or 1)                 |
//! | `*mut T`, `*const T`        | input or result: a raw pointer                                              |
//! | `Imm32`, `Imm64`            | an immediate: a constant of the trace, sign-extended 32 bits or 64 bits     |
//! | `ctx: *mut T` (first)       | the VM's own context pointer                                                |
//! | `base: *mut Word` (first)   | the frame base                                                              |
//! | `-> T`                      | always succeeds                                                             |
//! | `-> Exit<T>`, `-> Exit<()>` | `None` leaves the trace; the VM goes on from the exit's snapshot            |
//! | `-> Fast`                   | [`Fast::Slow`] calls the uop's `slow` function out of line, then goes on    |
//!
//! # The attribute says the rest
//!
//! | `#[uop(...)]` item          | meaning; what is not said is assumed pessimistically                        |
//! |-----------------------------|-----------------------------------------------------------------------------|
//! | `pure`                      | result depends on the inputs alone, no effect; dead ones are deleted, constant ones folded by calling the function. With `Exit`: leaves only because it has no result, so a dead one needs no check |
//! | `guard`                     | its exit is a check the program relies on: never deleted unless proved      |
//! | `checks(a: K)`              | a guard that succeeds proves input `a` to be of kinds `K`, and tests no more |
//! | `proves(a: K)`              | success proves input `a` to be of kinds `K`, though more may be tested      |
//! | `unchecked = name`          | the pure uop that computes the same result once the check is known to hold; of a uop that counts: the one for what is known to carry a count |
//! | `result = K`                | kinds of the result                                                         |
//! | `boxes`, `unboxes`          | raw → `Word`, `Word` → raw of the same value: the two undo each other       |
//! | `reads(A, ..)`, `writes(A, ..)` | alias classes of memory touched (see below)                              |
//! | `counts = +1`, `counts = -1` | adds or drops a reference to its only input                                |
//! | `call`                      | too large for a stencil: called through the shared call stencil             |
//! | `slow = name`               | what `Fast::Slow` calls                                                     |
//! | `compose`                   | the body is made of calls of other uops: one stencil (one function, with `call`), and the optimizer may take it apart |
//! | `commutes`                  | the first two inputs may be exchanged                                       |
//! | `patch_point`               | a guard whose body always goes on: the engine makes it leave when something the trace assumes breaks |
//! | `reason = name`             | reason code of its exits (default: the uop's name)                          |
//! | `alloc`                     | makes a new object: the result, with one reference (see below)              |
//! | `gets(object.A[i])`         | the result is what a field of the object holds, borrowed                    |
//! | `sets(object.A[i] = value, ..)` | puts inputs, immediates or numbers into fields of the object            |
//! | `tests(object.A[i] = value)` | a guard that succeeds if and only if the field holds that bit pattern      |
//!
//! What is said of memory is said at once: a uop with neither `reads` nor `writes` touches all of it, one with either
//! touches what is named there and nothing else (`reads()` is "none"). A `pure` uop touches none. A guard writes none,
//! and one that `checks` kinds reads none, because kinds do not change; nor does one of numbers and truth values alone.
//! A composed uop touches what its steps do.
//!
//! # Objects and fields
//!
//! A field is an alias class and a number: an immediate, a literal, or nothing (field 0). Fields of one class and different numbers
//! do not overlap, and neither do those of different objects. With these facts the optimizer knows what a field
//! holds, and never makes objects that nobody else gets to see:
//!
//! ```text
//! #[uop(call, alloc, sets(ITEMS[0] = a, ITEMS[1] = b, LEN = 2), result = TUPLE)]
//! pub fn tuple_2(ctx: *mut Vm, a: Word, b: Word) -> Word
//! #[uop(gets(tuple.ITEMS[index]))]
//! pub fn tuple_item(tuple: Word, index: Imm32) -> Word
//! #[uop(tests(tuple.LEN = len))]
//! pub fn guard_tuple_len(tuple: Word, len: Imm32) -> Exit<()>
//! ```
//!
//! What an `alloc` promises: nobody but the trace knows the new object; a field that was set from a `Word` owns that
//! reference, which the uop takes over; `A[..] = 0` is what all other fields of the class hold; and when the last reference
//! to the object goes, the references its fields own are dropped, in the order of fields, and *nothing else* can be noticed.
//! So objects with finalizers are made by other uops. A uop that `sets` a field takes the value's reference over and does
//! not drop what was there; if it `gets` the same field as well, that reference is the result's. Neither can leave the
//! trace. Unless `reads` and `writes` say otherwise, what is got and tested is read, and what is set written.
//!
//! Kinds are `INT` or `INT | FLOAT`, declared by [`kinds!`](crate::kinds); alias classes by
//! [`aliases!`](crate::aliases).

pub use super::uop_attribute as uop;

/// A VM value in one machine word.
pub type Word = u64;
/// A constant of the trace that fits in 32 bits, sign-extended.
pub type Imm32 = i32;
/// A constant of the trace.
pub type Imm64 = u64;

/// `None` leaves the trace.
pub type Exit<T> = Option<T>;

/// How a uop with a `slow` function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fast {
    /// All is done.
    Done,
    /// The slow function must be called with the same inputs.
    Slow,
}

/// Turns a condition into an exit: `(index < len).or_exit()?`.
pub trait OrExit {
    /// `Some(())` if the condition holds, `None` (leave the trace) if not.
    fn or_exit(self) -> Exit<()>;
}

impl OrExit for bool {
    #[expect(clippy::inline_always, reason = "uop bodies cannot call")]
    #[inline(always)]
    fn or_exit(self) -> Exit<()> {
        if self { Some(()) } else { None }
    }
}

/// A set of kinds: what the VM distinguishes about values (type, mostly). Bits are the VM's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kinds(pub u64);

impl Kinds {
    /// Every kind: nothing known.
    pub const ANY: Kinds = Kinds(!0);
    /// No kind: can't happen.
    pub const NEVER: Kinds = Kinds(0);

    /// Is every kind of `self` one of `other`?
    #[inline]
    pub const fn is_subset(self, other: Kinds) -> bool {
        self.0 & !other.0 == 0
    }

    /// Kinds of either.
    #[inline]
    #[must_use]
    pub const fn union(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Kinds of both.
    #[inline]
    #[must_use]
    pub const fn intersection(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }
}

/// A set of alias classes: parts of memory that can't overlap. Bits are the VM's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Aliases(pub u64);

impl Aliases {
    /// No memory.
    pub const NONE: Aliases = Aliases(0);
    /// All memory.
    pub const ALL: Aliases = Aliases(!0);

    /// Can an access to `self` touch what `other` names?
    #[inline]
    pub const fn overlaps(self, other: Aliases) -> bool {
        self.0 & other.0 != 0
    }

    /// Memory of either.
    #[inline]
    #[must_use]
    pub const fn union(self, other: Aliases) -> Aliases {
        Aliases(self.0 | other.0)
    }
}

/// Names the kinds of a VM: `kinds! { INT, FLOAT, LIST }` makes a constant for each and the list `KIND_NAMES`.
#[macro_export]
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $crate::__bits!(Kinds, KIND_NAMES, "kind"; $($(#[$doc])* $name),*);
    };
}

/// Names the alias classes of a VM: `aliases! { LIST_ITEMS, LIST_LEN }` makes a constant for each and `ALIAS_NAMES`.
#[macro_export]
macro_rules! aliases {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $crate::__bits!(Aliases, ALIAS_NAMES, "alias class"; $($(#[$doc])* $name),*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __bits {
    ($type:ident, $names:ident, $what:literal; $($(#[$doc:meta])* $name:ident),*) => {
        #[doc = concat!("Names of the bits, lowest first, for each ", $what, ".")]
        pub const $names: &[&str] = &[$(stringify!($name)),*];
        $crate::__bits!(@ $type, 0u32; $($(#[$doc])* $name),*);
    };
    (@ $type:ident, $bit:expr; ) => {};
    (@ $type:ident, $bit:expr; $(#[$doc:meta])* $name:ident $(, $($rest:tt)*)?) => {
        $(#[$doc])* pub const $name: $crate::uop::$type = $crate::uop::$type(1 << ($bit));
        $crate::__bits!(@ $type, $bit + 1; $($($rest)*)?);
    };
}
