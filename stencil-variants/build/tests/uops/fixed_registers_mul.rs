//! error: uop `f`
//! error: RDX without naming it
//! error: instruction: mul
//! error: fixed registers

use sashiko_stencils::uop::*;

/// The high half of a product.
#[uop(pure)]
pub fn f(a: i64, b: i64) -> i64 {
    ((a as u64 as u128 * b as u64 as u128) >> 64) as i64
}
