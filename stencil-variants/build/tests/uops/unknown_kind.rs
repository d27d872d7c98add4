//! error: uop `f`: unknown kind `LONG`
//! error: known are: FLOAT, INT

use sashiko_stencils::uop::*;

sashiko_stencils::kinds! { INT, FLOAT }

/// Gives a kind nobody declared.
#[uop(pure, result = LONG)]
pub fn f(a: i64) -> Word {
    a as Word
}
