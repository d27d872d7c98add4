//! error: uop `f`: overwrites the frame base
//! error: instruction: xor edi,edi

use sashiko_stencils::uop::*;

/// Clears a register behind the compiler's back.
#[uop]
pub fn f(a: i64) -> i64 {
    unsafe { core::arch::asm!("xor edi, edi", options(nomem, nostack)) }
    a + 1
}
