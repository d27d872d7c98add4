//! error: uop `f`: parameter `b` has a type that no register holds
//! error: use Word, i64

use sashiko_stencils::uop::*;

/// Takes half a word.
#[uop(pure)]
pub fn f(a: i64, b: u32) -> i64 {
    a + b as i64
}
