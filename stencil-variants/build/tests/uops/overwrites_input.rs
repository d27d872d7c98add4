//! error: uop `f`: overwrites input 0
//! error: instruction: inc rdx

use sashiko_stencils::uop::*;

/// Changes a register behind the compiler's back.
#[uop]
pub fn f(a: i64) -> i64 {
    unsafe { core::arch::asm!("inc rdx", options(nomem, nostack)) }
    a
}
