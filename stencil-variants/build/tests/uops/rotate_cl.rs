//! error: uop `f`: shifts or rotates by cl
//! error: instruction: rol
//! error: wrapping_shl

use sashiko_stencils::uop::*;

/// Rotates.
#[uop(pure)]
pub fn f(a: i64, b: i64) -> i64 {
    a.rotate_left(b as u32)
}
