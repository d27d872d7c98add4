//! error: uop `f`
//! error: needs a stack frame
//! error: fewer values at once

use sashiko_stencils::uop::*;

/// Has a local that lives in memory.
#[uop]
pub fn f(data: *mut u64, a: i64) -> i64 {
    let mut local = [0_u64; 8];
    for i in 0..8 {
        unsafe { local.as_mut_ptr().add(i).write_volatile(data.add(i).read()) };
    }
    local[(a & 7) as usize] as i64
}
