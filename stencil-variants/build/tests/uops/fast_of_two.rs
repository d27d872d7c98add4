//! error: uop `f`: returns `Fast` with operands other than one Word or pointer

use sashiko_stencils::uop::*;

/// Is slow at times.
#[uop(slow = g)]
pub fn f(a: Word, b: Word) -> Fast {
    if a == b { Fast::Slow } else { Fast::Done }
}
