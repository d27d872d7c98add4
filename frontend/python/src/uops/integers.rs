//! Raw operations on machine integers.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use sashiko_stencils::uop::*;

/// left + right; leaves on overflow.
#[uop(pure, commutes)]
pub fn int_add(left: i64, right: i64) -> Exit<i64> {
    left.checked_add(right)
}

/// left - right; leaves on overflow.
#[uop(pure)]
pub fn int_sub(left: i64, right: i64) -> Exit<i64> {
    left.checked_sub(right)
}

/// left * right; leaves on overflow.
#[uop(pure, commutes)]
pub fn int_mul(left: i64, right: i64) -> Exit<i64> {
    left.checked_mul(right)
}

/// -value; leaves on overflow.
#[uop(pure)]
pub fn int_neg(value: i64) -> Exit<i64> {
    value.checked_neg()
}

/// |value|; leaves on overflow.
#[uop(pure)]
pub fn int_abs(value: i64) -> Exit<i64> {
    value.checked_abs()
}

/// ~value.
#[uop(pure)]
pub fn int_invert(value: i64) -> i64 {
    !value
}

/// Python's `min(left, right)`.
#[uop(pure)]
pub fn int_min(left: i64, right: i64) -> i64 {
    if right < left { right } else { left }
}

/// Python's `max(left, right)`.
#[uop(pure)]
pub fn int_max(left: i64, right: i64) -> i64 {
    if right > left { right } else { left }
}

/// left & right.
#[uop(pure, commutes)]
pub fn int_and(left: i64, right: i64) -> i64 {
    left & right
}

/// left | right.
#[uop(pure, commutes)]
pub fn int_or(left: i64, right: i64) -> i64 {
    left | right
}

/// left ^ right.
#[uop(pure, commutes)]
pub fn int_xor(left: i64, right: i64) -> i64 {
    left ^ right
}

/// left << right; leaves when bits are lost or the distance is not 0 to 62.
#[uop(pure)]
pub fn int_shl(left: i64, right: i64) -> Exit<i64> {
    ((right as u64) < 63).or_exit()?;
    let result = left << (right & 63);
    (result >> (right & 63) == left).or_exit()?;
    Some(result)
}

/// left >> right; leaves when the distance is negative.
#[uop(pure)]
pub fn int_shr(left: i64, right: i64) -> Exit<i64> {
    ((right as u64) < 64).or_exit()?;
    Some(left >> (right & 63))
}

/// floor(value / 2^shift).
#[uop(pure)]
pub fn int_floor_div_pow2(value: i64, shift: Imm32) -> i64 {
    value >> (shift & 63)
}

/// value mod 2^k, given 2^k - 1.
#[uop(pure)]
pub fn int_mod_pow2(value: i64, mask: Imm32) -> i64 {
    value & mask as i64
}

/// left < right.
#[uop(pure)]
pub fn int_lt(left: i64, right: i64) -> bool {
    left < right
}

/// left <= right.
#[uop(pure)]
pub fn int_le(left: i64, right: i64) -> bool {
    left <= right
}

/// left == right.
#[uop(pure, commutes)]
pub fn int_eq(left: i64, right: i64) -> bool {
    left == right
}

/// left != right.
#[uop(pure, commutes)]
pub fn int_ne(left: i64, right: i64) -> bool {
    left != right
}

/// value != 0.
#[uop(pure)]
pub fn int_is_nonzero(value: i64) -> bool {
    value != 0
}

/// !value.
#[uop(pure)]
pub fn bool_not(value: bool) -> bool {
    !value
}

/// Are both the same word? For objects and singletons that is identity.
#[uop(pure, commutes)]
pub fn word_same(left: Word, right: Word) -> bool {
    left == right
}

/// Are they different words?
#[uop(pure, commutes)]
pub fn word_differs(left: Word, right: Word) -> bool {
    left != right
}

/// Goes on if left < right.
#[uop(guard, reads())]
pub fn guard_int_lt(left: i64, right: i64) -> Exit<()> {
    (left < right).or_exit()
}

/// Goes on if left <= right.
#[uop(guard, reads())]
pub fn guard_int_le(left: i64, right: i64) -> Exit<()> {
    (left <= right).or_exit()
}

/// Goes on if left == right.
#[uop(guard, reads(), commutes)]
pub fn guard_int_eq(left: i64, right: i64) -> Exit<()> {
    (left == right).or_exit()
}

/// Goes on if left != right.
#[uop(guard, reads(), commutes)]
pub fn guard_int_ne(left: i64, right: i64) -> Exit<()> {
    (left != right).or_exit()
}

/// The integer as a float.
#[uop(pure)]
pub fn int_to_float(value: i64) -> f64 {
    value as f64
}

/// left / right as a float; leaves when right is zero or either is not exact as a float.
#[uop(pure)]
pub fn int_true_div(left: i64, right: i64) -> Exit<f64> {
    const EXACT: i64 = 1 << 53;
    (right != 0).or_exit()?;
    ((left + EXACT) as u64 <= 2 * EXACT as u64).or_exit()?;
    ((right + EXACT) as u64 <= 2 * EXACT as u64).or_exit()?;
    Some(left as f64 / right as f64)
}
