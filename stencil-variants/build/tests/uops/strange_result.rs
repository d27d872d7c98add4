//! error: uop `f`: the return type is none that a uop can have
//! error: return Word, i64

use sashiko_stencils::uop::*;

/// Gives two results.
#[uop(pure)]
pub fn f(a: i64) -> (i64, i64) {
    (a, a)
}
