//! error: uop `f`
//! error: memset
//! error: write the operation out

use sashiko_stencils::uop::*;

/// Clears memory, which the compiler recognises.
#[uop]
pub fn f(data: *mut u8, length: i64) {
    for i in 0..length as usize {
        unsafe { *data.add(i) = 0 }
    }
}
