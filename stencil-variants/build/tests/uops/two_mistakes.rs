//! error: uop `f`: can panic
//! error: uop `g`: shifts or rotates by cl

use sashiko_stencils::uop::*;

/// Divides.
#[uop(pure)]
pub fn f(a: i64, b: i64) -> i64 {
    a / b
}

/// Rotates.
#[uop(pure)]
pub fn g(a: i64, b: i64) -> i64 {
    a.rotate_left(b as u32)
}
