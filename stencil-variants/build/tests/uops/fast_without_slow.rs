//! error: uop `f`: returns `Fast` but names no slow function
//! error: slow = name

use sashiko_stencils::uop::*;

/// Is slow at times.
#[uop]
pub fn f(a: Word) -> Fast {
    if a == 0 { Fast::Slow } else { Fast::Done }
}
