//! The shared call stencil, and the convention of what it calls.
//!
//! A uop that is too large for a stencil (`#[uop(call)]`) has a *glue* function of fixed signature, written by the
//! builder. Compiled code reaches every glue function through the same few instructions:
//!
//! ```text
//! mov    rdi, [r12 + VM_OFFSET]     ; the VM's own pointer
//! movabs rax, glue                  ; patched
//! call   rax
//! test   edx, edx                   ; eax after a float result; these two only if the uop can leave the trace
//! jne    exit                       ; patched
//! ```
//!
//! All its registers are fixed by the System V convention, so there is nothing to patch but the address and the exit;
//! that is why these bytes stand here and are not made by the builder.
//!
//! # Convention
//!
//! - inputs held in general registers, then immediates: [`GPR_ARGUMENTS`] in that order;
//! - inputs held in XMM registers: [`XMM_ARGUMENTS`] in that order;
//! - result in [`GPR_RESULT`] or [`XMM_RESULT`]; a result in memory is stored by the caller of the glue;
//! - every register of [`CLOBBERED_GPRS`] and [`CLOBBERED_XMMS`] is lost, also when the uop exits;
//! - `rsp` must be a multiple of 16 where the stencil begins.

use crate::info::Rep;
use crate::stencil::Bank;
use crate::{Input, UopInfo, context::VM_OFFSET};

/// Registers of general-purpose inputs, then of immediates: `rsi rdx rcx r8 r9`.
pub const GPR_ARGUMENTS: [u8; 5] = [6, 2, 1, 8, 9];
/// Registers of float inputs: `xmm0..=xmm7`.
pub const XMM_ARGUMENTS: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
/// Register of a result that is not a float: `rax`.
pub const GPR_RESULT: u8 = 0;
/// Register of a float result: `xmm0`.
pub const XMM_RESULT: u8 = 0;
/// Allocatable general registers that a call loses.
pub const CLOBBERED_GPRS: [u8; 9] = [0, 1, 2, 6, 7, 8, 9, 10, 11];
/// Allocatable general registers that a call keeps.
pub const PRESERVED_GPRS: [u8; 3] = [3, 14, 15];
/// XMM registers that a call loses: all of them.
pub const CLOBBERED_XMMS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Code that calls a glue function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallStencil {
    /// The code, with zeroes in its holes.
    pub bytes: &'static [u8],
    /// Offset of the eight bytes for the address of the glue ([`CallInfo::address`](crate::info::CallInfo)).
    pub address: u8,
    /// Offset of the 32-bit displacement of the jump to the exit, if the uop can leave the trace.
    pub exit: Option<u8>,
}

const LENGTH: usize = 8 + 10 + 2;
const ADDRESS: u8 = 10;
const EXIT: u8 = LENGTH as u8 + 4;
const _: () = assert!(VM_OFFSET < 0x8000_0000);
const VM: [u8; 4] = (VM_OFFSET as u32).to_le_bytes();

/// The part that all forms begin with.
const CALL: [u8; LENGTH] = [
    0x49, 0x8b, 0xbc, 0x24, VM[0], VM[1], VM[2], VM[3], // mov rdi, [r12 + VM_OFFSET]
    0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, // movabs rax, 0
    0xff, 0xd0, // call rax
];

/// [`CALL`], a test of the register whose number makes `modrm`, and a jump.
const fn checked(modrm: u8) -> [u8; LENGTH + 8] {
    let mut bytes = [0; LENGTH + 8];
    let mut i = 0;
    while i < LENGTH {
        bytes[i] = CALL[i];
        i += 1;
    }
    bytes[LENGTH] = 0x85; // test
    bytes[LENGTH + 1] = modrm;
    bytes[LENGTH + 2] = 0x0f; // jne
    bytes[LENGTH + 3] = 0x85;
    bytes
}

static CHECKED_GPR: [u8; LENGTH + 8] = checked(0xd2); // edx, edx
static CHECKED_XMM: [u8; LENGTH + 8] = checked(0xc0); // eax, eax

static PLAIN_FORM: CallStencil = CallStencil {
    bytes: &CALL,
    address: ADDRESS,
    exit: None,
};
static GPR_FORM: CallStencil = CallStencil {
    bytes: &CHECKED_GPR,
    address: ADDRESS,
    exit: Some(EXIT),
};
static XMM_FORM: CallStencil = CallStencil {
    bytes: &CHECKED_XMM,
    address: ADDRESS,
    exit: Some(EXIT),
};

/// The call stencil for a uop whose result is held in `result` (`None`: no result), which can leave the trace or not.
pub fn form(result: Option<Bank>, exits: bool) -> &'static CallStencil {
    match (result, exits) {
        (_, false) => &PLAIN_FORM,
        (Some(Bank::Xmm), true) => &XMM_FORM,
        (Some(Bank::Gpr) | None, true) => &GPR_FORM,
    }
}

impl UopInfo {
    /// Where a call of this uop takes its inputs and its immediates: register bank and number, inputs first.
    pub fn call_arguments(&self) -> impl Iterator<Item = (Bank, u8)> {
        let mut gprs = GPR_ARGUMENTS.into_iter();
        let mut xmms = XMM_ARGUMENTS.into_iter();
        let immediates = self.immediates.iter().map(|_| Bank::Gpr);
        let banks = self.inputs.iter().map(input_bank).chain(immediates);
        banks.map_while(move |bank| {
            let register = match bank {
                Bank::Gpr => gprs.next(),
                Bank::Xmm => xmms.next(),
            };
            Some((bank, register?))
        })
    }

    /// Where a call of this uop leaves its result.
    pub fn call_result(&self) -> Option<(Bank, u8)> {
        self.result.map(|result| match result.rep {
            Rep::Float => (Bank::Xmm, XMM_RESULT),
            Rep::Word | Rep::Int | Rep::Bool | Rep::Ptr => (Bank::Gpr, GPR_RESULT),
        })
    }
}

fn input_bank(input: &Input) -> Bank {
    input.rep.bank()
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

    fn disassemble(stencil: &CallStencil) -> Vec<(u64, String)> {
        let decoder = Decoder::with_ip(64, stencil.bytes, 0, DecoderOptions::NONE);
        let mut formatter = IntelFormatter::new();
        formatter
            .options_mut()
            .set_space_after_operand_separator(true);
        decoder
            .into_iter()
            .map(|instruction| {
                let mut text = String::new();
                formatter.format(&instruction, &mut text);
                (instruction.ip(), text)
            })
            .collect()
    }

    #[test]
    fn forms_decode_to_what_they_say() {
        let call = [
            (0, "mov rdi, [r12+800h]".to_owned()),
            (8, "mov rax, 0".to_owned()),
            (18, "call rax".to_owned()),
        ];
        assert_eq!(disassemble(form(None, false)), call);
        assert_eq!(disassemble(form(Some(Bank::Xmm), false)), call);
        for (result, test) in [
            (None, "test edx, edx"),
            (Some(Bank::Gpr), "test edx, edx"),
            (Some(Bank::Xmm), "test eax, eax"),
        ] {
            let listing = disassemble(form(result, true));
            assert_eq!(listing[..3], call);
            assert_eq!(listing[3].1, test);
            assert!(listing[4].1.starts_with("jne "), "{listing:?}");
            assert_eq!(listing.len(), 5);
        }
    }

    #[test]
    fn holes_are_where_they_are_said_to_be() {
        let stencil = form(Some(Bank::Gpr), true);
        let mut bytes = stencil.bytes.to_vec();
        let address = usize::from(stencil.address);
        bytes[address..address + 8].copy_from_slice(&0x1122_3344_5566_7788_u64.to_le_bytes());
        let exit = usize::from(stencil.exit.expect("it exits"));
        assert_eq!(exit + 4, bytes.len());
        bytes[exit..exit + 4].copy_from_slice(&0x10_i32.to_le_bytes());
        let instructions: Vec<_> = Decoder::with_ip(64, &bytes, 0, DecoderOptions::NONE)
            .into_iter()
            .collect();
        assert_eq!(instructions[1].immediate64(), 0x1122_3344_5566_7788);
        assert_eq!(instructions[4].near_branch64(), bytes.len() as u64 + 0x10);
    }
}
