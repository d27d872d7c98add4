//! error: uop `f`: can panic
//! error: wrapping_*, checked_*

use sashiko_stencils::uop::*;

/// Indexes without a check of its own.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    [1_i64, 5, 9][a as usize]
}
