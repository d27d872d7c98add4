//! error: uop `f`: is longer than 255 bytes
//! error: split the uop

use sashiko_stencils::uop::*;

/// Mixes bits at length.
#[uop(pure)]
pub fn f(a: i64) -> i64 {
    let mut h = a as u64;
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cc1);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cc3);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cc5);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cc7);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cc9);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8ccb);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8ccf);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cd1);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cd3);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cd5);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cd7);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cd9);
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8cdb);
    h as i64
}
