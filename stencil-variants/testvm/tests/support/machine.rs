//! Runs one stencil, with chosen registers, outside of any trace.
//!
//! The code around it loads every allocatable register from the context, and stores every one afterwards; so a test
//! sees not only the result but also what else the stencil changed.

use std::mem::offset_of;

use iced_x86::{Code, Encoder, Instruction, MemoryOperand, Register};
use memmap2::MmapMut;
use sashiko_stencils::context::Context;
use sashiko_stencils::{HoleKind, HoleValue, Stencil, call::CallStencil};

/// How a stencil was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Behind its last byte.
    Behind,
    /// Through an exit.
    Exit,
    /// Through the slow jump.
    Slow,
}

/// Registers that are neither fixed nor scratch.
pub(crate) const GPRS: [u8; 12] = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 14, 15];

/// Code to run, and where it jumps to.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    exits: Vec<usize>,
    slow: Vec<usize>,
}

impl Body {
    /// `stencil` with `registers` for its operands and `value_of` in its holes.
    pub(crate) fn of_stencil(
        stencil: &Stencil,
        registers: &[u8],
        value_of: impl Fn(HoleValue) -> i64,
    ) -> Body {
        let mut bytes = stencil.bytes.to_vec();
        for patch in stencil.patches {
            let register = registers[usize::from(patch.operand)];
            bytes[usize::from(patch.low_byte)] ^= (register & 7) << patch.low_bit;
            bytes[usize::from(patch.high_byte)] ^= (register >> 3) << patch.high_bit;
        }
        for hole in stencil.holes {
            let value = value_of(hole.value) + i64::from(hole.addend);
            let at = usize::from(hole.offset);
            match hole.kind {
                HoleKind::S32 => {
                    let value = i32::try_from(value).expect("the value fits its hole");
                    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
                }
                HoleKind::A64 => bytes[at..at + 8].copy_from_slice(&value.to_le_bytes()),
            }
        }
        let offsets = |list: &[u8]| list.iter().map(|at| usize::from(*at)).collect();
        Body {
            bytes,
            exits: offsets(stencil.exits),
            slow: offsets(stencil.slow),
        }
    }

    /// The shared call stencil, calling `address`.
    pub(crate) fn of_call(stencil: &CallStencil, address: usize) -> Body {
        let mut bytes = stencil.bytes.to_vec();
        let at = usize::from(stencil.address);
        bytes[at..at + 8].copy_from_slice(&address.to_le_bytes());
        Body {
            bytes,
            exits: stencil.exit.iter().map(|at| usize::from(*at)).collect(),
            slow: Vec::new(),
        }
    }

    /// Runs it with the registers that `context` holds; they are there afterwards, too.
    pub(crate) fn run(&self, context: &mut Context, base: *mut u64) -> Left {
        let mut code = Vec::new();
        for register in SAVED {
            emit(&mut code, Instruction::with1(Code::Push_r64, register));
        }
        // The address of the code is a multiple of 16; six pushes and the return address are 56 bytes.
        emit(
            &mut code,
            Instruction::with2(Code::Sub_rm64_imm8, Register::RSP, 8),
        );
        emit(
            &mut code,
            Instruction::with2(Code::Mov_r64_rm64, Register::R12, Register::RDI),
        );
        emit(
            &mut code,
            Instruction::with2(Code::Mov_r64_rm64, Register::RBP, Register::RSI),
        );
        for i in 0..16 {
            emit(
                &mut code,
                Instruction::with2(Code::VEX_Vmovsd_xmm_m64, xmm(i), xmm_slot(i)),
            );
        }
        for i in GPRS {
            emit(
                &mut code,
                Instruction::with2(Code::Mov_r64_rm64, gpr(i), gpr_slot(i)),
            );
        }
        let start = code.len();
        code.extend(&self.bytes);
        let mut ends = Vec::new();
        for (left, jumps) in [(0, &Vec::new()), (1, &self.exits), (2, &self.slow)] {
            for jump in jumps {
                let at = start + jump;
                let displacement = (code.len() - (at + 4)) as i32;
                code[at..at + 4].copy_from_slice(&displacement.to_le_bytes());
            }
            let exit = field(offset_of!(Context, exit));
            emit(
                &mut code,
                Instruction::with2(Code::Mov_rm64_imm32, exit, left),
            );
            code.extend([0xe9, 0, 0, 0, 0]);
            ends.push(code.len());
        }
        for end in ends {
            let displacement = (code.len() - end) as i32;
            code[end - 4..end].copy_from_slice(&displacement.to_le_bytes());
        }
        for i in 0..16 {
            emit(
                &mut code,
                Instruction::with2(Code::VEX_Vmovsd_m64_xmm, xmm_slot(i), xmm(i)),
            );
        }
        for i in GPRS {
            emit(
                &mut code,
                Instruction::with2(Code::Mov_rm64_r64, gpr_slot(i), gpr(i)),
            );
        }
        emit(
            &mut code,
            Instruction::with2(Code::Add_rm64_imm8, Register::RSP, 8),
        );
        for register in SAVED.into_iter().rev() {
            emit(&mut code, Instruction::with1(Code::Pop_r64, register));
        }
        emit(&mut code, Ok(Instruction::with(Code::Retnq)));
        call(&code, context, base);
        match context.exit {
            0 => Left::Behind,
            1 => Left::Exit,
            _ => Left::Slow,
        }
    }
}

const SAVED: [Register; 6] = [
    Register::RBX,
    Register::RBP,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
];

fn gpr(number: u8) -> Register {
    Register::RAX + u32::from(number)
}

fn xmm(number: u8) -> Register {
    Register::XMM0 + u32::from(number)
}

fn field(offset: usize) -> MemoryOperand {
    MemoryOperand::with_base_displ(Register::R12, offset as i64)
}

fn gpr_slot(number: u8) -> MemoryOperand {
    field(offset_of!(Context, gprs) + 8 * usize::from(number))
}

fn xmm_slot(number: u8) -> MemoryOperand {
    field(offset_of!(Context, xmms) + 8 * usize::from(number))
}

fn emit(code: &mut Vec<u8>, instruction: Result<Instruction, iced_x86::IcedError>) {
    let mut encoder = Encoder::new(64);
    let instruction = instruction.expect("operands fit the code");
    encoder.encode(&instruction, 0).expect("it has an encoding");
    code.extend(encoder.take_buffer());
}

fn call(code: &[u8], context: &mut Context, base: *mut u64) {
    let mut memory = MmapMut::map_anon(code.len()).expect("memory for code");
    memory[..code.len()].copy_from_slice(code);
    let memory = memory.make_exec().expect("memory can be made executable");
    // SAFETY: the code keeps to the System V convention: it saves what it must, and returns.
    unsafe {
        let function: unsafe extern "sysv64" fn(*mut Context, *mut u64) =
            std::mem::transmute(memory.as_ptr());
        function(context, base);
    }
}
