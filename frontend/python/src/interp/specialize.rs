//! Specialization: what an instruction learns from its operands when its counter runs out (PEP 659).
//!
//! Each function looks at the operands on the stack. If there is a form for them it fills the inline cache in and
//! replaces the opcode; otherwise the generic opcode stays, or comes back, and the counter backs off.

pub mod arith;
pub mod attrs;
pub mod calls;
pub mod names;

use crate::interp::cache;
use crate::interp::registers::Registers;

/// Replaces the current instruction's opcode, or, for `None`, puts `generic` back and waits longer.
fn decide(registers: &Registers, specialized: Option<u8>, generic: u8) {
    // SAFETY: `pc` is at the cache of the instruction.
    unsafe {
        match specialized {
            Some(op) => {
                cache::set_opcode(registers.pc, op);
                cache::cool_down(registers.pc);
            }
            None => {
                cache::set_opcode(registers.pc, generic);
                cache::back_off(registers.pc);
            }
        }
    }
}
