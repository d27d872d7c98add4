//! error: uop `f`
//! error: calls
//! error: --> uops.rs:11
//! error: instruction: call
//! error: #[uop(call)]

use sashiko_stencils::uop::*;

/// Raises to a power, for which there is a library function.
#[uop(pure)]
pub fn f(a: f64, b: f64) -> f64 {
    unsafe extern "C" {
        safe fn pow(a: f64, b: f64) -> f64;
    }
    pow(a, b) + a
}
