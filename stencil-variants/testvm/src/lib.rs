//! A small VM for the tests of the middle: one uop of every role, and values that tests can make and read.
//!
//! The optimizer, the allocators and the code arena know no VM. Their tests need one all the same, and it should have
//! a uop for each thing they must get right: guards that prove kinds, pure arithmetic that exits, memory of several
//! alias classes, reference counts with a slow path, immediates of both widths, compositions, calls that clobber, fixed
//! results, floats. That is this crate; it has no interpreter and no language.
//!
//! - [`layout`]: how words, arrays and counted objects lie in memory;
//! - [`TABLE`], [`op`], [`Uop`]: the uops, which are written in `uops.rs` and `calls.rs`;
//! - [`TestVm`]: what `ctx` points to;
//! - [`FiletestVm`]: the same, for tests written in trace text.

mod calls;
mod filetest;
pub mod layout;
mod uops;
mod vm;

pub use filetest::FiletestVm;
pub use vm::{Hook, TestVm};

sashiko_stencils::include_uops!();
