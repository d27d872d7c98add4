//! The built-in types: what they compute, in pure form, and the methods that bind it to the VM.

pub mod bigint;
pub mod fault;
pub mod float_text;
pub mod format;
pub mod text;
pub mod unicode;

use crate::vm::Vm;

/// Fills in the classes.
pub fn install(_: &mut Vm) {}
