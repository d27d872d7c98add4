//! error: uop `f`: the slow function `g` is in no file given to `.calls(..)`

use sashiko_stencils::uop::*;

/// Is slow at times.
#[uop(slow = g)]
pub fn f(a: Word) -> Fast {
    if a == 0 { Fast::Slow } else { Fast::Done }
}
