//! error: uop `f`
//! error: stencils hold scalars

use sashiko_stencils::uop::*;

/// Copies 64 bytes, for which there are wide registers.
#[uop]
pub fn f(to: *mut [u64; 8], from: *const [u64; 8]) {
    unsafe { *to = *from }
}
