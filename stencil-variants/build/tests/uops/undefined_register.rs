//! error: uop `f`: reads
//! error: which holds nothing
//! error: initialise every value

use sashiko_stencils::uop::*;

/// Reads a register that nobody wrote.
#[uop]
pub fn f() -> i64 {
    let value: i64;
    unsafe { core::arch::asm!("lea {}, [r11 + 1]", out(reg) value, options(nomem, nostack)) }
    value
}
