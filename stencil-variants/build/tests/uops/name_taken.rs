//! error: uop `f`: the name is taken

use sashiko_stencils::uop::*;

/// One.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    a
}

/// Another, in a file that rustc does not see yet.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    a
}
