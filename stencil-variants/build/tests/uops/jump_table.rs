//! error: uop `f`
//! error: jumps through a table
//! error: replace the `match`

use sashiko_stencils::uop::*;

/// Does one of many things.
#[uop]
pub fn f(data: *mut i64, a: i64) {
    unsafe {
        match a {
            0 => *data += 5,
            1 => *data *= 17,
            2 => *data ^= 99,
            3 => *data -= *data.add(1),
            4 => *data |= *data.add(4),
            5 => *data &= *data.add(7),
            6 => *data.add(3) = 8,
            7 => *data.add(8) += 2,
            8 => *data.add(9) = *data.add(1),
            _ => {}
        }
    }
}
