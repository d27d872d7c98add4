//! error: uop `f`
//! error: never to be reached
//! error: return None

use sashiko_stencils::uop::*;

/// Traps.
#[uop]
pub fn f(a: i64) -> i64 {
    if a == 3 {
        unsafe { core::arch::asm!("ud2", options(noreturn)) }
    }
    a + 1
}
