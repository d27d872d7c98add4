//! error: uop `f`: a guard that cannot leave the trace
//! error: return Exit

use sashiko_stencils::uop::*;

/// Guards nothing.
#[uop(guard)]
pub fn f(a: i64) -> i64 {
    a
}
