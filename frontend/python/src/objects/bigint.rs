//! Integers beyond 48 bits.
//!
//! Invariant: an integer that fits in a small one is never an object, so that equal integers of different
//! representation can't exist; [`Vm::new_bigint`] normalises. (Instances of Python classes derived from `int` are the
//! exception: they are objects whatever their value, and of another shape.)

use malachite_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::layout::{self, Header, Word, fits_int, int_of, is_bool, is_int, word_of_int};
use crate::object::{Object, allocate, cast};
use crate::value::Value;
use crate::vm::Vm;

/// A big integer.
#[repr(C)]
pub struct BigIntObject {
    /// Shape [`layout::SHAPE_BIGINT`].
    pub header: Header,
    /// Its value.
    pub value: BigInt,
}

impl Object for BigIntObject {
    const SHAPE: u32 = layout::SHAPE_BIGINT;

    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.value) }
    }
}

/// An integer of any size, borrowed.
pub enum Int<'a> {
    /// It fits a machine word.
    Small(i64),
    /// It does not fit 48 bits.
    Big(&'a BigInt),
}

impl Int<'_> {
    /// The value as a big integer.
    pub fn to_bigint(&self) -> BigInt {
        match self {
            Int::Small(value) => BigInt::from(*value),
            Int::Big(value) => (*value).clone(),
        }
    }

    /// The value as a machine integer, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Int::Small(value) => Some(*value),
            Int::Big(value) => value.to_i64(),
        }
    }
}

/// The integer in `word`, bools included; `None` if it is none.
#[inline]
pub fn as_int<'a>(word: Word) -> Option<Int<'a>> {
    if is_int(word) {
        return Some(Int::Small(int_of(word)));
    }
    if is_bool(word) {
        return Some(Int::Small((word & 1) as i64));
    }
    // SAFETY: a live object; its value never changes.
    cast::<BigIntObject>(word).map(|object| Int::Big(unsafe { &(*object).value }))
}

impl Vm {
    /// The integer `value`.
    #[inline]
    pub fn new_int(&self, value: i64) -> Value {
        if fits_int(value) {
            return Value::from_owned(word_of_int(value));
        }
        self.allocate_bigint(BigInt::from(value))
    }

    /// The integer `value`.
    pub fn new_bigint(&self, value: BigInt) -> Value {
        match value.to_i64() {
            Some(small) if fits_int(small) => Value::from_owned(word_of_int(small)),
            _ => self.allocate_bigint(value),
        }
    }

    /// The integer `value`.
    pub fn new_uint(&self, value: u64) -> Value {
        i64::try_from(value).map_or_else(
            |_| self.allocate_bigint(BigInt::from(value)),
            |value| self.new_int(value),
        )
    }

    #[cold]
    fn allocate_bigint(&self, value: BigInt) -> Value {
        allocate(self.types.int, |header| BigIntObject { header, value })
    }
}
