//! error: uop `h`: `g` can leave the trace after `f` has changed memory
//! error: put what can exit first

use sashiko_stencils::uop::*;

/// Changes memory.
#[uop]
pub fn f(data: *mut i64) {
    unsafe { *data = 1 }
}

/// Can leave the trace.
#[uop(pure)]
pub fn g(a: i64) -> Exit<i64> {
    a.checked_add(1)
}

/// Leaves the trace too late.
#[uop(compose)]
pub fn h(data: *mut i64, a: i64) -> Exit<i64> {
    f(data);
    g(a)
}
