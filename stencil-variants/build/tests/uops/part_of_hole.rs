//! error: uop `f`
//! error: a hole in a way that cannot be patched
//! error: use the immediate as a whole

use sashiko_stencils::uop::*;

/// Uses eight bits of a constant. The compiler makes no such holes by itself.
#[uop(pure)]
pub fn f(a: i64, value: Imm32) -> i64 {
    let mut low = a as u8;
    unsafe {
        core::arch::asm!("add {}, offset {}", inout(reg_byte) low, sym crate::HOLE_M0, options(pure, nomem, nostack))
    }
    low as i64 + value as i64
}
