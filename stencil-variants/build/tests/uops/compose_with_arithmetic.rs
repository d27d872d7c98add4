//! error: uop `g`: an expression that is no call of a uop
//! error: --> uops.rs:
//! error: made only of calls of other uops

use sashiko_stencils::uop::*;

/// Adds one.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    a.wrapping_add(1)
}

/// Does more than call.
#[uop(compose)]
pub fn g(a: i64) -> i64 {
    f(a) * 2
}
