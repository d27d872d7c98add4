//! error: uop `f`: `purr` is not an item of #[uop]
//! error: the items are: pure

use sashiko_stencils::uop::*;

/// Is misspelt.
#[uop(purr)]
pub fn f(a: i64) -> i64 {
    a
}
