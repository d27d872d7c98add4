//! error: uop `f`
//! error: a stencil knows no addresses

use sashiko_stencils::uop::*;

pub static COUNTER: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);

/// Counts in a static.
#[uop]
pub fn f() -> i64 {
    COUNTER.fetch_add(1, core::sync::atomic::Ordering::Relaxed) as i64
}
