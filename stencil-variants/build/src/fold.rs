//! Puts 32-bit holes into the instructions that use them.
//!
//! LLVM takes the address of a hole for a 64-bit number, so where a body compares or stores its low half it loads the
//! whole into a register first. The bytes are the same either way:
//!
//! ```text
//! mov  rax, HOLE            ==>   cmp  dword ptr [rdi+4], HOLE
//! cmp  [rdi+4], eax
//! ```
//!
//! That saves an instruction and a register in each check of a shape or a version.

use iced_x86::{Code, OpKind, Register};

use crate::flow::{Field, Insn, PLACEHOLDER, RawHole, Target, retain, successors};
use crate::registers::{Access, Reg, handed_on, register};
use crate::wrap::Signature;

/// `code`, whose registers are used as `accesses` say, with constants folded into their users.
pub(crate) fn fold(code: Vec<Insn>, accesses: &[Access], signature: &Signature) -> Vec<Insn> {
    let mut code = code;
    let mut keep = vec![true; code.len()];
    let handed_on = handed_on(signature);
    for i in 1..code.len() {
        let Some((constant, hole)) = loaded_hole(&code[i - 1]) else {
            continue;
        };
        let entered = code
            .iter()
            .any(|insn| insn.target == Some(Target::Local(i)));
        if entered || handed_on.contains(&constant) || is_read_after(&code, accesses, i, constant) {
            continue;
        }
        if let Some(folded) = with_constant(&code[i], &accesses[i], constant, hole) {
            code[i] = folded;
            keep[i - 1] = false;
        }
    }
    retain(code, &keep)
}

/// The register that `insn` loads with a 32-bit hole and nothing more.
fn loaded_hole(insn: &Insn) -> Option<(Reg, RawHole)> {
    if insn.ins.code() != Code::Mov_rm64_imm32 || insn.ins.op0_kind() != OpKind::Register {
        return None;
    }
    match insn.holes[..] {
        [hole] if hole.field == Field::Immediate => {
            Some((register(insn.ins.op0_register())?.0, hole))
        }
        _ => None,
    }
}

/// `insn` with `hole` in place of `constant`, if it has such a form and reads `constant` in that place alone.
fn with_constant(insn: &Insn, access: &Access, constant: Reg, hole: RawHole) -> Option<Insn> {
    let mut ins = insn.ins;
    let is_constant = |name: Register| register(name).is_some_and(|(reg, _)| reg == constant);
    let elsewhere = is_constant(ins.memory_base())
        || is_constant(ins.memory_index())
        || (ins.op0_kind() == OpKind::Register && is_constant(ins.op0_register()));
    if ins.op_count() != 2
        || ins.op1_kind() != OpKind::Register
        || !is_constant(ins.op1_register())
        || elsewhere
        || access.writes.contains(&constant)
    {
        return None;
    }
    let (code, wide) = match ins.code() {
        Code::Cmp_rm32_r32 | Code::Cmp_r32_rm32 => (Code::Cmp_rm32_imm32, false),
        Code::Cmp_rm64_r64 | Code::Cmp_r64_rm64 => (Code::Cmp_rm64_imm32, true),
        Code::Mov_rm32_r32 if ins.op0_kind() == OpKind::Memory => (Code::Mov_rm32_imm32, false),
        Code::Mov_rm64_r64 if ins.op0_kind() == OpKind::Memory => (Code::Mov_rm64_imm32, true),
        _ => return None,
    };
    ins.set_code(code);
    if wide {
        ins.set_op1_kind(OpKind::Immediate32to64);
        ins.set_immediate32to64(i64::from(PLACEHOLDER));
    } else {
        ins.set_op1_kind(OpKind::Immediate32);
        ins.set_immediate32(PLACEHOLDER);
    }
    let mut folded = insn.clone();
    folded.ins = ins;
    folded.holes.push(hole);
    Some(folded)
}

/// Can an instruction behind `from` read what `reg` holds there?
fn is_read_after(code: &[Insn], accesses: &[Access], from: usize, reg: Reg) -> bool {
    let mut seen = vec![false; code.len()];
    let mut work: Vec<usize> = successors(code, from).collect();
    while let Some(i) = work.pop() {
        if i >= code.len() || std::mem::replace(&mut seen[i], true) {
            continue;
        }
        if accesses[i].reads.contains(&reg) {
            return true;
        }
        if !accesses[i].writes.contains(&reg) {
            work.extend(successors(code, i));
        }
    }
    false
}
