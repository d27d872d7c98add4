//! The micro-operations: what Tally's instructions are made of.
//!
//! Each is an ordinary function, and the interpreter calls it as one. At build time the same text becomes stencils,
//! the facts the optimizer goes by, and constant folding. Those with `Word` operands are what the recorder writes: one
//! for each instruction. They are *composed*: the optimizer takes them apart, finds that what one step boxes the next
//! one unboxes, and keeps raw integers and floats in registers.
//!
//! A word of Tally has no tag: the instruction says whether it is an integer, a float or an array. So boxing and
//! unboxing are free and can't fail, and no kinds need to be told apart.

#![expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the context pointer is the machine's own, always"
)]

use crate::heap::Heap;
use sashiko::uop::{Exit, OrExit, Word, uop};

sashiko::kinds! {
    /// An integer: said of the results of boxing, for the readers of dumps.
    INT,
    /// A float.
    FLOAT,
}

sashiko::aliases! {
    /// The table of arrays: their addresses and lengths.
    ARRAYS,
    /// The elements of arrays.
    ITEMS,
    /// What the program has printed.
    OUTPUT,
}

// Words and raw values.

/// The integer in a word.
#[uop(pure, unboxes)]
pub fn int_of(word: Word) -> i64 {
    word as i64
}

/// An integer as a word.
#[uop(pure, boxes, result = INT)]
pub fn box_int(value: i64) -> Word {
    value as Word
}

/// The float in a word.
#[uop(pure, unboxes)]
pub fn float_of(word: Word) -> f64 {
    f64::from_bits(word)
}

/// A float as a word.
#[uop(pure, boxes, result = FLOAT)]
pub fn box_float(value: f64) -> Word {
    value.to_bits()
}

/// The truth value in a word; leaves if it is neither 0 nor 1.
#[uop(pure, unboxes)]
pub fn bool_of(word: Word) -> Exit<bool> {
    (word <= 1).or_exit()?;
    Some(word == 1)
}

/// A truth value as a word.
#[uop(pure, boxes, result = INT)]
pub fn box_bool(value: bool) -> Word {
    value as Word
}

// Integers. What does not fit in 64 bits leaves the trace; the interpreter then says so.

/// left + right
#[uop(pure, commutes)]
pub fn int_add(left: i64, right: i64) -> Exit<i64> {
    left.checked_add(right)
}

/// left - right
#[uop(pure)]
pub fn int_sub(left: i64, right: i64) -> Exit<i64> {
    left.checked_sub(right)
}

/// left * right
#[uop(pure, commutes)]
pub fn int_mul(left: i64, right: i64) -> Exit<i64> {
    left.checked_mul(right)
}

/// left < right
#[uop(pure)]
pub fn int_lt(left: i64, right: i64) -> bool {
    left < right
}

/// left <= right
#[uop(pure)]
pub fn int_le(left: i64, right: i64) -> bool {
    left <= right
}

/// value != 0
#[uop(pure)]
pub fn int_nonzero(value: i64) -> bool {
    value != 0
}

/// left == right
#[uop(pure, commutes)]
pub fn int_eq(left: i64, right: i64) -> bool {
    left == right
}

// Floats.

/// left + right
#[uop(pure, commutes)]
pub fn float_add(left: f64, right: f64) -> f64 {
    left + right
}

/// left - right
#[uop(pure)]
pub fn float_sub(left: f64, right: f64) -> f64 {
    left - right
}

/// left * right
#[uop(pure, commutes)]
pub fn float_mul(left: f64, right: f64) -> f64 {
    left * right
}

/// left / right
#[uop(pure)]
pub fn float_div(left: f64, right: f64) -> f64 {
    left / right
}

/// left < right
#[uop(pure)]
pub fn float_lt(left: f64, right: f64) -> bool {
    left < right
}

/// The float nearest to an integer.
#[uop(pure)]
pub fn int_to_float(value: i64) -> f64 {
    value as f64
}

// Instructions on integers.

/// `add`
#[uop(compose)]
pub fn add(left: Word, right: Word) -> Exit<Word> {
    Some(box_int(int_add(int_of(left), int_of(right))?))
}

/// `sub`
#[uop(compose)]
pub fn sub(left: Word, right: Word) -> Exit<Word> {
    Some(box_int(int_sub(int_of(left), int_of(right))?))
}

/// `mul`
#[uop(compose)]
pub fn mul(left: Word, right: Word) -> Exit<Word> {
    Some(box_int(int_mul(int_of(left), int_of(right))?))
}

/// `lt`
#[uop(compose)]
pub fn lt(left: Word, right: Word) -> Word {
    box_bool(int_lt(int_of(left), int_of(right)))
}

/// `le`
#[uop(compose)]
pub fn le(left: Word, right: Word) -> Word {
    box_bool(int_le(int_of(left), int_of(right)))
}

/// `eq`
#[uop(compose)]
pub fn eq(left: Word, right: Word) -> Word {
    box_bool(int_eq(int_of(left), int_of(right)))
}

// Instructions on floats.

/// `fadd`
#[uop(compose)]
pub fn fadd(left: Word, right: Word) -> Word {
    box_float(float_add(float_of(left), float_of(right)))
}

/// `fsub`
#[uop(compose)]
pub fn fsub(left: Word, right: Word) -> Word {
    box_float(float_sub(float_of(left), float_of(right)))
}

/// `fmul`
#[uop(compose)]
pub fn fmul(left: Word, right: Word) -> Word {
    box_float(float_mul(float_of(left), float_of(right)))
}

/// `fdiv`
#[uop(compose)]
pub fn fdiv(left: Word, right: Word) -> Word {
    box_float(float_div(float_of(left), float_of(right)))
}

/// `flt`
#[uop(compose)]
pub fn flt(left: Word, right: Word) -> Word {
    box_bool(float_lt(float_of(left), float_of(right)))
}

/// `float`
#[uop(compose)]
pub fn tofloat(value: Word) -> Word {
    box_float(int_to_float(int_of(value)))
}

// Branches: a trace goes the way the recording went, and leaves if the condition is another one.

/// The branch was taken because the condition held: leave if it does not.
#[uop(guard)]
pub fn guard_true(condition: bool) -> Exit<()> {
    condition.or_exit()
}

/// The branch was taken because the condition did not hold: leave if it does.
#[uop(guard)]
pub fn guard_false(condition: bool) -> Exit<()> {
    (!condition).or_exit()
}

/// `else` and `then` after a comparison that held.
#[uop(compose)]
pub fn expect_true(condition: Word) -> Exit<()> {
    guard_true(bool_of(condition)?)
}

/// `else` and `then` after a comparison that did not hold.
#[uop(compose)]
pub fn expect_false(condition: Word) -> Exit<()> {
    guard_false(bool_of(condition)?)
}

/// `else` and `then` on any other word, when it was not 0.
#[uop(compose)]
pub fn expect_nonzero(condition: Word) -> Exit<()> {
    guard_true(int_nonzero(int_of(condition)))
}

/// `else` and `then` on any other word, when it was 0.
#[uop(compose)]
pub fn expect_zero(condition: Word) -> Exit<()> {
    guard_false(int_nonzero(int_of(condition)))
}

// Arrays. A handle or an index that is out of range leaves the trace; the interpreter then says so.

/// `len`: how many elements an array has.
#[uop(reads(ARRAYS))]
pub fn len(ctx: *mut Heap, array: Word) -> Exit<Word> {
    // SAFETY: the context pointer is the machine's heap, and the handle is below the number of its arrays.
    unsafe {
        (array < (*ctx).count).or_exit()?;
        Some((*(*ctx).arrays.add(array as usize)).len)
    }
}

/// `load`: an element of an array.
#[uop(reads(ARRAYS, ITEMS))]
pub fn load(ctx: *mut Heap, array: Word, index: Word) -> Exit<Word> {
    // SAFETY: as in `len`; the index is below the array's length. Negative ones are huge as unsigned numbers.
    unsafe {
        (array < (*ctx).count).or_exit()?;
        let array = (*ctx).arrays.add(array as usize);
        (index < (*array).len).or_exit()?;
        Some(*(*array).items.add(index as usize))
    }
}

/// `store`: changes an element of an array.
#[uop(reads(ARRAYS), writes(ITEMS))]
pub fn store(ctx: *mut Heap, array: Word, index: Word, value: Word) -> Exit<()> {
    // SAFETY: as in `load`.
    unsafe {
        (array < (*ctx).count).or_exit()?;
        let array = (*ctx).arrays.add(array as usize);
        (index < (*array).len).or_exit()?;
        *(*array).items.add(index as usize) = value;
    }
    Some(())
}
