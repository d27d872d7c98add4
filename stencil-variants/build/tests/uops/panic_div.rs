//! error: uop `f`: can panic
//! error: wrapping_*, checked_*

use sashiko_stencils::uop::*;

/// Divides.
#[uop(pure)]
pub fn f(a: i64, b: i64) -> i64 {
    a / b
}
