//! Raw operations on floats.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use sashiko_stencils::uop::*;

/// left + right.
#[uop(pure, commutes)]
pub fn float_add(left: f64, right: f64) -> f64 {
    left + right
}

/// left - right.
#[uop(pure)]
pub fn float_sub(left: f64, right: f64) -> f64 {
    left - right
}

/// left * right.
#[uop(pure, commutes)]
pub fn float_mul(left: f64, right: f64) -> f64 {
    left * right
}

/// left / right; leaves when right is zero.
#[uop(pure)]
pub fn float_div(left: f64, right: f64) -> Exit<f64> {
    (right != 0.0).or_exit()?;
    Some(left / right)
}

/// -value.
#[uop(pure)]
pub fn float_neg(value: f64) -> f64 {
    -value
}

/// |value|.
#[uop(pure)]
pub fn float_abs(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !(1 << 63))
}

/// The square root; leaves when value is negative.
#[uop(pure)]
pub fn float_sqrt(value: f64) -> Exit<f64> {
    use core::arch::x86_64::{_mm_cvtsd_f64, _mm_set_sd, _mm_sqrt_sd};
    (!(value < 0.0)).or_exit()?;
    // SAFETY: SSE2 is part of x86-64.
    Some(unsafe { _mm_cvtsd_f64(_mm_sqrt_sd(_mm_set_sd(value), _mm_set_sd(value))) })
}

/// Python's `min(left, right)`: the first unless the second is less.
#[uop(pure)]
pub fn float_min(left: f64, right: f64) -> f64 {
    if right < left { right } else { left }
}

/// Python's `max(left, right)`: the first unless the second is greater.
#[uop(pure)]
pub fn float_max(left: f64, right: f64) -> f64 {
    if right > left { right } else { left }
}

/// value != 0.
#[uop(pure)]
pub fn float_is_nonzero(value: f64) -> bool {
    value != 0.0
}

/// value >= 0.
#[uop(pure)]
pub fn float_is_not_negative(value: f64) -> bool {
    value >= 0.0
}

/// Is |value| less than 2^46, so that it is a small integer however it is rounded?
#[uop(pure)]
pub fn float_is_small(value: f64) -> bool {
    const BOUND: f64 = (1_u64 << 46) as f64;
    -BOUND < value && value < BOUND
}

/// The integer that value is when rounded towards zero; far too large for a small one if it is none.
#[uop(pure)]
pub fn float_trunc(value: f64) -> i64 {
    use core::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvttsd_si64(_mm_set_sd(value)) }
}

/// The integer that value is when rounded down; far too large for a small one if it is none.
#[uop(pure)]
pub fn float_floor(value: f64) -> i64 {
    use core::arch::x86_64::{_mm_cvttsd_si64, _mm_floor_sd, _mm_set_sd};
    // SAFETY: compiled code runs where there is AVX, which includes SSE4.1.
    unsafe { _mm_cvttsd_si64(_mm_floor_sd(_mm_set_sd(value), _mm_set_sd(value))) }
}

/// The integer that value is when rounded up; far too large for a small one if it is none.
#[uop(pure)]
pub fn float_ceil(value: f64) -> i64 {
    use core::arch::x86_64::{_mm_ceil_sd, _mm_cvttsd_si64, _mm_set_sd};
    // SAFETY: as above.
    unsafe { _mm_cvttsd_si64(_mm_ceil_sd(_mm_set_sd(value), _mm_set_sd(value))) }
}

/// The integer nearest to value, an even one between two; far too large for a small one if it is none.
#[uop(pure)]
pub fn float_round(value: f64) -> i64 {
    use core::arch::x86_64::{_mm_cvtsd_si64, _mm_set_sd};
    // SAFETY: SSE2 is part of x86-64; the rounding mode is never changed.
    unsafe { _mm_cvtsd_si64(_mm_set_sd(value)) }
}

/// left < right.
#[uop(pure)]
pub fn float_lt(left: f64, right: f64) -> bool {
    left < right
}

/// left <= right.
#[uop(pure)]
pub fn float_le(left: f64, right: f64) -> bool {
    left <= right
}

/// left == right.
#[uop(pure, commutes)]
pub fn float_eq(left: f64, right: f64) -> bool {
    left == right
}

/// left != right.
#[uop(pure, commutes)]
pub fn float_ne(left: f64, right: f64) -> bool {
    left != right
}

/// Goes on if left < right.
#[uop(guard, reads())]
pub fn guard_float_lt(left: f64, right: f64) -> Exit<()> {
    (left < right).or_exit()
}

/// Goes on unless left < right.
#[uop(guard, reads())]
pub fn guard_float_not_lt(left: f64, right: f64) -> Exit<()> {
    (!(left < right)).or_exit()
}

/// Goes on if left <= right.
#[uop(guard, reads())]
pub fn guard_float_le(left: f64, right: f64) -> Exit<()> {
    (left <= right).or_exit()
}

/// Goes on unless left <= right.
#[uop(guard, reads())]
pub fn guard_float_not_le(left: f64, right: f64) -> Exit<()> {
    (!(left <= right)).or_exit()
}

/// Goes on if left == right.
#[uop(guard, reads(), commutes)]
pub fn guard_float_eq(left: f64, right: f64) -> Exit<()> {
    (left == right).or_exit()
}

/// Goes on if left != right.
#[uop(guard, reads(), commutes)]
pub fn guard_float_ne(left: f64, right: f64) -> Exit<()> {
    (left != right).or_exit()
}
