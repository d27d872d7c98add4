//! error: uop `f`
//! error: .rodata
//! error: write it as arithmetic

use sashiko_stencils::uop::*;

/// Looks up in a table that the compiler makes.
#[uop(pure)]
pub fn f(a: i64) -> Exit<i64> {
    Some(match a {
        0 => 5,
        1 => 17,
        2 => 99,
        3 => 1234,
        4 => 77,
        5 => 1,
        6 => 88,
        7 => 4,
        _ => return None,
    })
}
