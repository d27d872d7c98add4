//! error: uop `f`
//! error: second byte of a register
//! error: mask first

use sashiko_stencils::uop::*;

/// The second byte.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    let byte: u64;
    unsafe {
        core::arch::asm!("movzx {0:e}, ah", out(reg) byte, in("rax") a, options(pure, nomem, nostack));
    }
    byte as i64
}
