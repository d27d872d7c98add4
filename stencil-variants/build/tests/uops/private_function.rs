//! error: uop `f`: the function is private
//! error: pub(crate)

use sashiko_stencils::uop::*;

/// Cannot be called.
#[uop(pure)]
fn f(a: i64) -> i64 {
    a
}
