//! error: uop `f`
//! error: without naming it
//! error: instruction:
//! error: fixed registers

use sashiko_stencils::uop::*;

/// Divides.
#[uop(pure)]
pub fn f(a: i64, b: i64) -> Exit<i64> {
    a.checked_div(b)
}
