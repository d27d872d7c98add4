//! error: uop `f`: a called uop cannot take `base`

use sashiko_stencils::uop::*;

/// Wants the frame.
#[uop(call)]
pub fn f(base: *mut Word) -> Word {
    unsafe { *base }
}
