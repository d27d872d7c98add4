//! error: uop `f`
//! error: fmod
//! error: #[uop(call)]

use sashiko_stencils::uop::*;

/// Divides floats with remainder, for which there is no instruction.
#[uop(pure)]
pub fn f(a: f64, b: f64) -> f64 {
    a % b
}
