//! error: uop `f`: needs 5 general and 0 float registers
//! error: take constants as immediates

use sashiko_stencils::uop::*;

/// Takes four and gives one.
#[uop(pure)]
pub fn f(a: i64, b: i64, c: i64, d: i64) -> i64 {
    a ^ b ^ c ^ d
}
