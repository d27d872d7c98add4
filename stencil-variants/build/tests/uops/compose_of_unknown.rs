//! error: uop `g`: `f` is no uop

use sashiko_stencils::uop::*;

/// Is no uop.
pub fn f(a: i64) -> i64 {
    a
}

/// Calls something else.
#[uop(compose)]
pub fn g(a: i64) -> i64 {
    f(a)
}
