//! Uops that are called rather than copied: what is too large for a stencil, or needs `std`.
//!
//! The context pointer of a machine is its [`Heap`], which is the first field of its [`World`].

#![expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the context pointer is the machine's own, always"
)]

use sashiko::uop::{Exit, Word, uop};

use crate::heap::Heap;
use crate::world::World;

/// `div`: leaves on a division by zero and where the quotient does not fit.
#[uop(call, pure)]
pub fn div(left: Word, right: Word) -> Exit<Word> {
    (left as i64)
        .checked_div(right as i64)
        .map(|value| value as Word)
}

/// `rem`: the sign is the left side's.
#[uop(call, pure)]
pub fn rem(left: Word, right: Word) -> Exit<Word> {
    (left as i64)
        .checked_rem(right as i64)
        .map(|value| value as Word)
}

/// `sqrt`
#[uop(call, pure)]
pub fn sqrt(value: Word) -> Word {
    f64::from_bits(value).sqrt().to_bits()
}

/// `trunc`: the integer part of a float; leaves where it does not fit.
#[uop(call, pure)]
pub fn trunc(value: Word) -> Exit<Word> {
    let value = f64::from_bits(value).trunc();
    // 2^63 is a float, 2^63 - 1 is not.
    let limit = 9_223_372_036_854_775_808.0;
    (value >= -limit && value < limit).then_some(value as i64 as Word)
}

/// `new`: an array of zeros; leaves if it would be too long.
#[uop(call, reads(ARRAYS), writes(ARRAYS, ITEMS))]
pub fn new(ctx: *mut Heap, len: Word) -> Exit<Word> {
    // SAFETY: the context pointer is a `World`'s, and nothing else borrows it while code runs.
    unsafe { World::from_heap(ctx) }.allocate(len)
}

/// `print`: an integer and a line end.
#[uop(call, reads(OUTPUT), writes(OUTPUT))]
pub fn print(ctx: *mut Heap, value: Word) {
    // SAFETY: as in `new`.
    unsafe { World::from_heap(ctx) }.print_line(format_args!("{}", value as i64));
}

/// `fprint`: a float and a line end.
#[uop(call, reads(OUTPUT), writes(OUTPUT))]
pub fn fprint(ctx: *mut Heap, value: Word) {
    // SAFETY: as in `new`.
    unsafe { World::from_heap(ctx) }.print_line(format_args!("{:?}", f64::from_bits(value)));
}
