//! error: uop `f`: has 7 immediates; 6 are possible
//! error: Imm64 points to

use sashiko_stencils::uop::*;

/// Is mostly constant.
#[uop(pure)]
pub fn f(a: i64, b: Imm32, c: Imm32, d: Imm32, e: Imm32, g: Imm32, h: Imm32, i: Imm32) -> i64 {
    a ^ (b ^ c ^ d ^ e ^ g ^ h ^ i) as i64
}
