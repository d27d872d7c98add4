//! Puts a stencil together: from checked instructions to bytes with holes.

use iced_x86::Register;
use sashiko_stencils::{Hole, Patch};

use crate::flow::{Field, Insn, Rejection, Target, decode, straighten, thread};
use crate::fold::fold;
use crate::object_file::Function;
use crate::probe::{CANONICAL, Prober};
use crate::registers::{
    Assignment, BASE, CONTEXT, Position, Reg, UNDEFINED_XMM, assign, merges_into, named, operands,
    positions, register,
};
use crate::wrap::Signature;
use sashiko_stencils::{Bank, Operand};

/// A finished stencil, but for the places of its wide constants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assembled {
    pub(crate) bytes: Vec<u8>,
    pub(crate) operands: Vec<Operand>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) holes: Vec<Hole>,
    pub(crate) exits: Vec<u8>,
    pub(crate) slow: Vec<u8>,
    /// Offset of a 32-bit displacement from the context, and the constant that must be there.
    pub(crate) pool: Vec<(u8, [u8; 16])>,
}

/// Makes a stencil of `function`.
pub(crate) fn assemble(
    function: &Function,
    signature: &Signature,
    prober: &mut Prober,
) -> Result<Assembled, Rejection> {
    let code = thread(decode(function)?);
    let (code, _) = assign(code, signature)?;
    let code = straighten(code)?;
    let (code, accesses) = assign(code, signature)?;
    let code = fold(code, &accesses, signature);
    // Once more: positions have moved.
    let (code, accesses) = assign(code, signature)?;
    let assignment = operands(&code, &accesses, signature)?;
    let mut stencil = Assembled {
        operands: assignment.operands.clone(),
        ..Assembled::default()
    };
    let mut offsets = Vec::with_capacity(code.len() + 1);
    let mut local_jumps = Vec::new();
    for insn in &code {
        offsets.push(stencil.bytes.len());
        if let Some(target) = insn.target {
            stencil.jump(insn, target, &mut local_jumps);
        } else {
            stencil.instruction(insn, &assignment, prober)?;
        }
        if stencil.bytes.len() > MAX_LENGTH {
            return Err(Rejection::new(
                format!("is longer than {MAX_LENGTH} bytes"),
                &insn.ins,
                "split the uop, or make it #[uop(call)]",
            ));
        }
    }
    offsets.push(stencil.bytes.len());
    for (at, target) in local_jumps {
        let displacement = offsets[target.min(code.len())] as i32 - (at as i32 + 4);
        stencil.bytes[at..at + 4].copy_from_slice(&displacement.to_le_bytes());
    }
    Ok(stencil)
}

/// Offsets in a stencil are bytes.
const MAX_LENGTH: usize = 255;

impl Assembled {
    /// A jump with a 32-bit displacement.
    fn jump(&mut self, insn: &Insn, target: Target, local_jumps: &mut Vec<(usize, usize)>) {
        if insn.is_jump() {
            self.bytes.push(0xe9);
        } else {
            // Condition codes are numbered as the opcodes are.
            let condition = insn.ins.condition_code() as u8 - iced_x86::ConditionCode::o as u8;
            self.bytes.extend([0x0f, 0x80 + condition]);
        }
        let at = self.bytes.len();
        self.bytes.extend([0; 4]);
        match target {
            Target::Exit => self.exits.push(at as u8),
            Target::Slow => self.slow.push(at as u8),
            Target::Cont => local_jumps.push((at, usize::MAX)),
            Target::Local(position) => local_jumps.push((at, position)),
        }
    }

    fn instruction(
        &mut self,
        insn: &Insn,
        assignment: &Assignment,
        prober: &mut Prober,
    ) -> Result<(), Rejection> {
        let mut ins = insn.ins;
        let mut operands: Vec<(Position, u8)> = Vec::new();
        for (position, name) in positions(&insn.ins) {
            let Some((reg, size)) = register(name) else {
                return Err(Rejection::new(
                    "names a register that cannot be renamed",
                    &ins,
                    "make it #[uop(call)]",
                ));
            };
            let number = match (reg, assignment.operand(reg)) {
                (BASE, _) => 5,
                (CONTEXT, _) => 12,
                (_, Some(operand)) => {
                    operands.push((position, operand));
                    CANONICAL
                }
                (
                    Reg {
                        bank: Bank::Xmm, ..
                    },
                    None,
                ) if merges_into(&insn.ins, reg) => UNDEFINED_XMM,
                _ => {
                    return Err(Rejection::new(
                        format!("reads {name:?}, which holds nothing"),
                        &ins,
                        "initialise every value on every path",
                    ));
                }
            };
            position.set(&mut ins, named(reg.bank, number, size));
        }
        // With rbp as base there is no encoding without displacement.
        if ins.memory_base() == Register::RBP && ins.memory_displ_size() == 0 {
            ins.set_memory_displ_size(1);
        }
        let holes: Vec<Position> = operands.iter().map(|(position, _)| *position).collect();
        let template = prober.template(&ins, &holes)?;
        let at = self.bytes.len();
        if at + template.bytes.len() > MAX_LENGTH {
            return Err(Rejection::new(
                format!("is longer than {MAX_LENGTH} bytes"),
                &ins,
                "split the uop, or make it #[uop(call)]",
            ));
        }
        for (bits, (_, operand)) in template.registers.iter().zip(&operands) {
            self.patches.push(Patch {
                operand: *operand,
                low_byte: at as u8 + bits.low_byte,
                low_bit: bits.low_bit,
                high_byte: at as u8 + bits.high_byte,
                high_bit: bits.high_bit,
            });
        }
        self.bytes.extend(&template.bytes);
        let constants = template.constants;
        for hole in &insn.holes {
            let (offset, size) = match hole.field {
                Field::Displacement => (
                    constants.displacement_offset(),
                    constants.displacement_size(),
                ),
                Field::Immediate => (constants.immediate_offset(), constants.immediate_size()),
            };
            let wanted = match hole.kind {
                sashiko_stencils::HoleKind::S32 => 4,
                sashiko_stencils::HoleKind::A64 => 8,
            };
            if size != wanted {
                return Err(Rejection::new(
                    "has a hole of the wrong size",
                    &ins,
                    "make it #[uop(call)]",
                ));
            }
            let offset = at + offset;
            self.bytes[offset..offset + size].fill(0);
            self.holes.push(Hole {
                value: hole.value,
                kind: hole.kind,
                offset: offset as u8,
                addend: hole.addend,
            });
        }
        if let Some(constant) = insn.pool {
            let offset = at + constants.displacement_offset();
            self.pool.push((offset as u8, constant));
        }
        Ok(())
    }
}
