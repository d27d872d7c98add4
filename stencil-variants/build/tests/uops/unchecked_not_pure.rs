//! error: uop `f`: `unchecked = g` names a uop that is not pure, or has other operands
//! error: make `g` a pure uop

use sashiko_stencils::uop::*;

/// Checks.
#[uop(guard, reads(), unchecked = g)]
pub fn f(a: i64) -> Exit<i64> {
    (a > 0).or_exit()?;
    Some(a + 1)
}

/// Has another result.
#[uop(pure)]
pub fn g(a: i64) -> bool {
    a > 0
}
