//! Values: an owned reference ([`Value`]) and a borrowed one ([`Word`]).
//!
//! The convention of the whole VM: a [`Word`] that is passed or stored in a local variable is *borrowed* — somebody
//! else keeps it alive for as long as it is used — and a [`Value`] owns one reference, which it gives back when it is
//! dropped. What lies in an object, in a dict or on the value stack is a `Word` that its container owns; the few places
//! that move words in and out of containers say so ([`Value::into_word`], [`Value::from_owned`]).
//!
//! Immediates (small ints, floats, `None`, bools) are words like any other; counting skips them.
//!
//! A borrowed word goes stale when its owner lets go of it. Anything that may run Python code (a call, a comparison of
//! arbitrary objects, dropping the last reference to something) may do that: hold a [`Value`] across it.

use std::num::NonZeroU64;

use crate::layout::{self, Header, Word, header, is_pointer};
use crate::object;

/// One owned reference to a Python value.
#[repr(transparent)]
pub struct Value(NonZeroU64);

/// Takes one more reference to `word`.
#[inline(always)]
pub fn incref(word: Word) {
    if is_pointer(word) {
        // SAFETY: a live value, by the module's convention.
        unsafe { (*header(word)).refcount += 1 }
    }
}

/// Gives one reference to `word` back; `word` may be [`layout::EMPTY`].
#[inline(always)]
pub fn decref(word: Word) {
    if is_pointer(word) {
        // SAFETY: the caller owned a reference, so the object is alive.
        unsafe {
            let object = header(word);
            (*object).refcount -= 1;
            if (*object).refcount == 0 {
                object::release(object);
            }
        }
    }
}

impl Value {
    /// `None`.
    pub const NONE: Value = Value::immediate(layout::NONE);
    /// `True`.
    pub const TRUE: Value = Value::immediate(layout::TRUE);
    /// `False`.
    pub const FALSE: Value = Value::immediate(layout::FALSE);

    const fn immediate(word: Word) -> Value {
        Value(NonZeroU64::new(word).expect("an immediate is not zero"))
    }

    /// Takes over a reference that the caller owns.
    #[inline(always)]
    pub fn from_owned(word: Word) -> Value {
        debug_assert_ne!(word, layout::EMPTY, "an empty slot is not a value");
        // SAFETY: no value is zero.
        Value(unsafe { NonZeroU64::new_unchecked(word) })
    }

    /// A new reference to a borrowed value.
    #[inline(always)]
    pub fn borrowed(word: Word) -> Value {
        incref(word);
        Value::from_owned(word)
    }

    /// The value, still owned by `self`.
    #[inline(always)]
    pub fn word(&self) -> Word {
        self.0.get()
    }

    /// The value and the reference to it: the caller owns it now.
    #[inline(always)]
    pub fn into_word(self) -> Word {
        let word = self.0.get();
        std::mem::forget(self);
        word
    }

    /// A truth value.
    #[inline(always)]
    pub fn bool(value: bool) -> Value {
        Value::from_owned(layout::word_of_bool(value))
    }

    /// A float.
    #[inline(always)]
    pub fn float(value: f64) -> Value {
        Value::from_owned(layout::word_of_float(value))
    }

    /// A small integer; `value` must fit in 48 bits. `Vm::int` takes any.
    #[inline(always)]
    pub fn small_int(value: i64) -> Value {
        debug_assert!(layout::fits_int(value));
        Value::from_owned(layout::word_of_int(value))
    }

    /// The object behind the value, if it is not an immediate.
    #[inline(always)]
    pub fn object(&self) -> Option<*mut Header> {
        object_of(self.word())
    }
}

/// The object behind a word, if it is not an immediate.
#[inline(always)]
pub fn object_of(word: Word) -> Option<*mut Header> {
    is_pointer(word).then_some(word as *mut Header)
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        Value::borrowed(self.word())
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        decref(self.word());
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:#x})", self.word())
    }
}
