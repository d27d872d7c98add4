//! error: uop `f`: ends in a call of pow
//! error: help: a stencil cannot call

use sashiko_stencils::uop::*;

unsafe extern "C" {
    fn pow(a: f64, b: f64) -> f64;
}

/// Goes on elsewhere.
#[uop]
pub fn f(a: f64, b: f64) {
    // The result is not used, so the call may be the last thing.
    unsafe { core::arch::asm!("jmp {}", sym pow, in("xmm0") a, in("xmm1") b) };
}
