//! error: do not compile on their own
//! error: --> uops.rs:
//! error: cannot add
//! error: may use only `core`

use sashiko_stencils::uop::*;

/// Is wrong.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    a + 1.0 == "x"
}
