//! error: uop `f`: both `pure` and `guard`
//! error: say which it is

use sashiko_stencils::uop::*;

/// Cannot decide.
#[uop(pure, guard)]
pub fn f(a: i64) -> Exit<()> {
    (a > 0).or_exit()
}
