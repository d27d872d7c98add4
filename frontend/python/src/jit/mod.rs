//! Where the interpreter meets the compiler.
//!
//! The interpreter calls [`hot_back_edge`] when the counter of a loop's back edge has run out; the answer says how to go
//! on. Code that was compiled is entered through `ENTER_EXECUTOR` ([`enter`]). While a trace is being recorded the
//! interpreter runs in its recording instantiation, which calls [`record::step`] before each instruction.

pub mod record;

use crate::interp::registers::Registers;
use crate::objects::code::Code;
use crate::vm::Vm;

/// How the interpreter goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// As it was; the back edge's counter starts again with its back-off.
    Continue,
    /// Recording, from the loop's head on.
    Record,
}

/// A loop is hot: `registers` are at its head, `offset` is the head in code units.
pub fn hot_back_edge(_: &mut Vm, _: &Code, _: usize, _: &Registers) -> Action {
    Action::Continue
}

/// Runs the compiled code that `ENTER_EXECUTOR` with argument `executor` stands for; where it was left.
pub fn enter(_: &mut Vm, registers: Registers, _executor: usize) -> Registers {
    registers
}
