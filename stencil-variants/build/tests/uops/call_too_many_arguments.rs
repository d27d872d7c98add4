//! error: uop `f`: a call passes 6 integer and 0 float arguments
//! error: through ctx

use sashiko_stencils::uop::*;

/// Takes too much.
#[uop(call)]
pub fn f(a: i64, b: i64, c: i64, d: i64, e: i64, g: Imm32) -> i64 {
    a + b + c + d + e + g as i64
}
