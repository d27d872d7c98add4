//! error: uop `f`: unknown alias class `ITEMS`
//! error: declare it with `aliases!`

use sashiko_stencils::uop::*;

/// Reads from memory nobody declared.
#[uop(reads(ITEMS))]
pub fn f(a: i64) -> i64 {
    a
}
