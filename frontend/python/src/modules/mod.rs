//! The built-in modules.

pub mod mersenne;
pub mod special;

use crate::vm::Vm;

/// Makes the modules importable.
pub fn install(_: &mut Vm) {}
