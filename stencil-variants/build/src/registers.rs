//! What a stencil does with registers: the contract, checked, and the operands it has.
//!
//! Inputs come in the registers of the System V convention, and no instruction may overwrite them; the output goes
//! where the next argument would be. Every other register that is written is a temporary. Each such register becomes
//! an *operand*, whose machine register is chosen when the stencil is copied; so every mention of a register must be
//! one that can be renamed.
//!
//! # Rewritten inputs
//!
//! After `if x == y`, LLVM may hand on `y` where `x` was asked for, by `mov x, y` before the jump to `CONT`. Since the
//! wrapper hands on each input unchanged, an instruction that writes nothing but an input's register, on a straight way
//! to the end, where that register was not written before, writes the value that is there already: it is dropped.

use std::collections::BTreeMap;

use iced_x86::{
    Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpCodeOperandKind, OpKind, Register,
};
use sashiko_stencils::{Bank, Operand, OperandRole};

use crate::flow::{Insn, Rejection, Target, retain, successors, thread};
use crate::wrap::Signature;

/// A register, whatever part of it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reg {
    pub(crate) bank: Bank,
    pub(crate) number: u8,
}

/// Where the wrappers get the frame base: `rdi`. In a stencil it is `rbp`.
pub(crate) const BASE: Reg = gpr(7);
/// Where the wrappers get the context: `rsi`. In a stencil it is `r12`.
pub(crate) const CONTEXT: Reg = gpr(6);
/// Read by instructions that merge into a register nobody cares about.
pub(crate) const UNDEFINED_XMM: u8 = 15;

const GPR_PARAMETERS: [u8; 4] = [2, 1, 8, 9];

const fn gpr(number: u8) -> Reg {
    Reg {
        bank: Bank::Gpr,
        number,
    }
}

/// What an instruction reads and writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) reads: Vec<Reg>,
    pub(crate) writes: Vec<Reg>,
}

/// Bank, number and size in bytes of a register that can be renamed.
pub(crate) fn register(register: Register) -> Option<(Reg, usize)> {
    use Register as R;
    if matches!(register, R::AH | R::BH | R::CH | R::DH) {
        return None;
    }
    if register.is_gpr() {
        let number = register.full_register().number() as u8;
        return Some((gpr(number), register.size()));
    }
    if register.is_xmm() && register.number() < 16 {
        let number = register.number() as u8;
        let bank = Bank::Xmm;
        return Some((Reg { bank, number }, 16));
    }
    None
}

/// The register of `bank` with `number`, `size` bytes of it.
pub(crate) fn named(bank: Bank, number: u8, size: usize) -> Register {
    let number = u32::from(number);
    match (bank, size) {
        (Bank::Xmm, _) => Register::XMM0 + number,
        (Bank::Gpr, 8) => Register::RAX + number,
        (Bank::Gpr, 4) => Register::EAX + number,
        (Bank::Gpr, 2) => Register::AX + number,
        (Bank::Gpr, _) if number < 4 => Register::AL + number,
        (Bank::Gpr, _) => Register::SPL + (number - 4),
    }
}

/// A place in an instruction that names a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Position {
    Operand(u32),
    MemoryBase,
    MemoryIndex,
}

impl Position {
    pub(crate) fn set(self, ins: &mut Instruction, register: Register) {
        match self {
            Position::Operand(i) => ins.set_op_register(i, register),
            Position::MemoryBase => ins.set_memory_base(register),
            Position::MemoryIndex => ins.set_memory_index(register),
        }
    }
}

/// The places of `ins` that name registers.
pub(crate) fn positions(ins: &Instruction) -> Vec<(Position, Register)> {
    let mut positions: Vec<(Position, Register)> = (0..ins.op_count())
        .filter(|i| ins.op_kind(*i) == OpKind::Register)
        .map(|i| (Position::Operand(i), ins.op_register(i)))
        .collect();
    for (position, register) in [
        (Position::MemoryBase, ins.memory_base()),
        (Position::MemoryIndex, ins.memory_index()),
    ] {
        if register != Register::None {
            positions.push((position, register));
        }
    }
    positions
}

/// The operands of a stencil, and which of them each register became.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignment {
    pub(crate) operands: Vec<Operand>,
    of_register: BTreeMap<Reg, u8>,
}

impl Assignment {
    pub(crate) fn operand(&self, register: Reg) -> Option<u8> {
        self.of_register.get(&register).copied()
    }
}

/// Checks the contract and names the operands. Drops rewritten inputs from `code`.
pub(crate) fn assign(
    code: Vec<Insn>,
    signature: &Signature,
) -> Result<(Vec<Insn>, Vec<Access>), Rejection> {
    let mut code = code;
    let inputs = input_registers(signature);
    loop {
        let accesses = code
            .iter()
            .map(|insn| access(&insn.ins))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(dropped) = rewritten_input(&code, &accesses, &inputs) else {
            return Ok((code, accesses));
        };
        let mut keep = vec![true; code.len()];
        keep[dropped] = false;
        code = thread(retain(code, &keep));
    }
}

/// Registers of the inputs.
fn input_registers(signature: &Signature) -> Vec<Reg> {
    let (mut gprs, mut xmms) = (0, 0);
    let registers = signature
        .inputs
        .iter()
        .map(|(_, bank)| next(*bank, &mut gprs, &mut xmms));
    registers.collect()
}

/// Registers that mean something behind the stencil: those of the inputs and of the output, and what all stencils share.
pub(crate) fn handed_on(signature: &Signature) -> Vec<Reg> {
    let (mut gprs, mut xmms) = (0, 0);
    let inputs = signature.inputs.iter().map(|(_, bank)| *bank);
    let mut registers: Vec<Reg> = inputs
        .chain(signature.output)
        .map(|bank| next(bank, &mut gprs, &mut xmms))
        .collect();
    registers.extend([BASE, CONTEXT]);
    registers
}

fn next(bank: Bank, gprs: &mut usize, xmms: &mut u8) -> Reg {
    match bank {
        Bank::Gpr => {
            *gprs += 1;
            gpr(GPR_PARAMETERS[*gprs - 1])
        }
        Bank::Xmm => {
            *xmms += 1;
            let number = *xmms - 1;
            Reg { bank, number }
        }
    }
}

/// The position of an instruction that only writes an input what it holds.
fn rewritten_input(code: &[Insn], accesses: &[Access], inputs: &[Reg]) -> Option<usize> {
    (0..code.len()).find(|&i| {
        let [written] = accesses[i].writes[..] else {
            return false;
        };
        let reads_it = accesses[i].reads.contains(&written);
        if !inputs.contains(&written)
            || reads_it
            || writes_memory(&code[i].ins)
            || code[i].target.is_some()
        {
            return false;
        }
        let Some(end) = (i..code.len()).find(|&j| code[j].target.is_some()) else {
            return false;
        };
        let between = i + 1..end;
        let is_writer = |j: usize| accesses[j].writes.contains(&written);
        let ends = code[end].is_jump()
            && !matches!(code[end].target, Some(Target::Local(_)))
            && !between.clone().any(is_writer)
            && !between.clone().any(|j| code[j].ins.rflags_read() != 0);
        ends && !(0..code.len()).any(|j| j != i && is_writer(j) && reaches(code, j, i))
    })
}

fn writes_memory(ins: &Instruction) -> bool {
    let mut factory = InstructionInfoFactory::new();
    let memory = factory.info(ins).used_memory().iter();
    let mut written =
        memory.filter(|memory| !matches!(memory.access(), OpAccess::Read | OpAccess::CondRead));
    written.next().is_some()
}

/// Can control come from behind `from` to `to`?
fn reaches(code: &[Insn], from: usize, to: usize) -> bool {
    let mut seen = vec![false; code.len() + 1];
    let mut work: Vec<usize> = successors(code, from).collect();
    while let Some(i) = work.pop() {
        if i == to {
            return true;
        }
        if i < code.len() && !seen[i] {
            seen[i] = true;
            work.extend(successors(code, i));
        }
    }
    false
}

const BMI2: &str = "shift by `wrapping_shl`/`wrapping_shr` with the count masked to 63 (bmi2 has forms of it for any register) instead of \
     rotating or funnel-shifting, or make it #[uop(call)]";
const FIXED: &str =
    "the instruction has fixed registers, which a stencil cannot have: make it #[uop(call)]";

/// Registers of `ins`, or why it can't be in a stencil.
fn access(ins: &Instruction) -> Result<Access, Rejection> {
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(ins);
    let explicit: Vec<Register> = positions(ins)
        .into_iter()
        .map(|(_, register)| register)
        .collect();
    let is_stack =
        ins.is_stack_instruction() || explicit.iter().any(|r| r.full_register() == Register::RSP);
    if is_stack {
        return Err(Rejection::new(
            "needs a stack frame",
            ins,
            "fewer values at once: shorten the body, avoid taking addresses of locals, or make it #[uop(call)]",
        ));
    }
    for (i, kind) in ins.op_code().op_kinds().iter().enumerate() {
        if *kind == OpCodeOperandKind::cl && ins.op_kind(i as u32) == OpKind::Register {
            return Err(Rejection::new("shifts or rotates by cl", ins, BMI2));
        }
    }
    let mut access = Access::default();
    for used in info.used_registers() {
        let full = used.register().full_register();
        let reg = match register(used.register()) {
            Some((reg, _)) => reg,
            None if explicit.iter().any(|r| {
                matches!(r, Register::AH | Register::BH | Register::CH | Register::DH)
            }) =>
            {
                return Err(Rejection::new(
                    "uses the second byte of a register (ah, bh, ch, dh)",
                    ins,
                    "write `(x >> 8) & 255` so that LLVM does not see a byte: mask first, `(x & 0xff00) >> 8`, or make it \
                     #[uop(call)]",
                ));
            }
            // A VEX instruction clears the rest of the vector register.
            None if used.register().is_vector_register()
                && explicit
                    .iter()
                    .any(|r| r.is_xmm() && r.number() == used.register().number()) =>
            {
                Reg {
                    bank: Bank::Xmm,
                    number: used.register().number() as u8,
                }
            }
            None => {
                return Err(Rejection::new(
                    format!("uses {:?}; stencils hold scalars", used.register()),
                    ins,
                    "write scalar code (no arrays of values in locals), or make it #[uop(call)]",
                ));
            }
        };
        let is_explicit = explicit.iter().any(|r| {
            r.full_register() == full || register(*r).is_some_and(|(other, _)| other == reg)
        });
        if !is_explicit {
            return Err(Rejection::new(
                format!("uses {:?} without naming it", used.register()),
                ins,
                FIXED,
            ));
        }
        let ignores_old = ins.mnemonic() == Mnemonic::Sbb
            && ins.op_count() == 2
            && ins.op1_kind() == OpKind::Register
            && ins.op0_kind() == OpKind::Register
            && ins.op0_register() == ins.op1_register();
        let (reads, writes) = match used.access() {
            OpAccess::Read | OpAccess::CondRead => (!ignores_old, false),
            OpAccess::Write => (false, true),
            OpAccess::None | OpAccess::NoMemAccess => (false, false),
            OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite => {
                (!ignores_old, true)
            }
        };
        if reads && !access.reads.contains(&reg) {
            access.reads.push(reg);
        }
        if writes && !access.writes.contains(&reg) {
            access.writes.push(reg);
        }
    }
    Ok(access)
}

/// Names the operands of `code`, whose registers are used as `accesses` say.
pub(crate) fn operands(
    code: &[Insn],
    accesses: &[Access],
    signature: &Signature,
) -> Result<Assignment, Rejection> {
    let inputs = input_registers(signature);
    let (mut gprs, mut xmms) = (0, 0);
    for (_, bank) in &signature.inputs {
        next(*bank, &mut gprs, &mut xmms);
    }
    let output = signature
        .output
        .map(|bank| next(bank, &mut gprs, &mut xmms));
    let writer = |reg: Reg| {
        accesses
            .iter()
            .position(|access| access.writes.contains(&reg))
    };
    for (reg, what) in [(BASE, "the frame base"), (CONTEXT, "the context")] {
        if let Some(i) = writer(reg) {
            return Err(Rejection::new(
                format!("overwrites {what}"),
                &code[i].ins,
                SHORTEN,
            ));
        }
    }
    for (reg, (input, _)) in inputs.iter().zip(&signature.inputs) {
        if let Some(i) = writer(*reg) {
            return Err(Rejection::new(
                format!("overwrites input {input}"),
                &code[i].ins,
                SHORTEN,
            ));
        }
    }
    check_defined(code, accesses, &inputs)?;
    let mut assignment = Assignment::default();
    for (reg, (input, bank)) in inputs.iter().zip(&signature.inputs) {
        assignment.add(*reg, OperandRole::Input(*input), *bank);
    }
    let output_operand = output.map(|reg| assignment.add(reg, OperandRole::Output, reg.bank));
    let mut groups: Vec<(u8, Vec<Reg>)> = Vec::new();
    groups.extend(output_operand.zip(output.map(|reg| vec![reg])));
    for reg in temporaries(accesses, &assignment) {
        // Registers that are never live at once become one operand.
        let free = |member: &Reg| {
            dies_before(code, accesses, reg, *member)
                || Some(*member) != output && dies_before(code, accesses, *member, reg)
        };
        let group = groups
            .iter_mut()
            .find(|(_, members)| members[0].bank == reg.bank && members.iter().all(free));
        if let Some((operand, members)) = group {
            members.push(reg);
            assignment.of_register.insert(reg, *operand);
        } else {
            let operand = assignment.add(reg, OperandRole::Temp, reg.bank);
            groups.push((operand, vec![reg]));
        }
    }
    if assignment.operands.len() > sashiko_stencils::stencil::MAX_OPERANDS {
        return Err(Rejection::new(
            format!("needs {} registers", assignment.operands.len()),
            &code[0].ins,
            SHORTEN,
        ));
    }
    if let Some(output) = output_operand {
        mark_late(code, accesses, &mut assignment, output);
    }
    Ok(assignment)
}

const SHORTEN: &str =
    "fewer values at once: shorten the body, split the uop, or make it #[uop(call)]";

impl Assignment {
    fn add(&mut self, register: Reg, role: OperandRole, bank: Bank) -> u8 {
        let operand = self.operands.len() as u8;
        self.operands.push(Operand {
            role,
            bank,
            late: false,
        });
        self.of_register.insert(register, operand);
        operand
    }
}

/// Registers that are written and have no operand yet, in order.
fn temporaries(accesses: &[Access], assignment: &Assignment) -> Vec<Reg> {
    let mut temporaries: Vec<Reg> = accesses
        .iter()
        .flat_map(|access| access.writes.iter().copied())
        .filter(|reg| assignment.operand(*reg).is_none())
        .collect();
    temporaries.sort_unstable();
    temporaries.dedup();
    temporaries
}

/// Is `first` never touched once `second` has been written? Then they can share a register.
fn dies_before(code: &[Insn], accesses: &[Access], first: Reg, second: Reg) -> bool {
    let touches =
        |i: usize| accesses[i].reads.contains(&first) || accesses[i].writes.contains(&first);
    (0..code.len())
        .filter(|i| accesses[*i].writes.contains(&second))
        .all(|w| {
            !accesses[w].writes.contains(&first)
                && !(0..code.len()).any(|i| touches(i) && reaches(code, w, i))
        })
}

/// Marks the inputs that are read after the output was first written.
fn mark_late(code: &[Insn], accesses: &[Access], assignment: &mut Assignment, output: u8) {
    let is = |reg: &Reg, operand: u8| assignment.of_register.get(reg) == Some(&operand);
    let bank = assignment.operands[usize::from(output)].bank;
    let mut late = vec![false; assignment.operands.len()];
    for w in 0..code.len() {
        if !accesses[w].writes.iter().any(|reg| is(reg, output)) {
            continue;
        }
        for r in (0..code.len()).filter(|r| reaches(code, w, *r)) {
            for reg in &accesses[r].reads {
                if let Some(&operand) = assignment.of_register.get(reg) {
                    late[usize::from(operand)] = true;
                }
            }
        }
    }
    for (operand, late) in assignment.operands.iter_mut().zip(late) {
        operand.late =
            late && operand.bank == bank && matches!(operand.role, OperandRole::Input(_));
    }
}

/// Refuses to read a register that holds nothing. XMM registers that an instruction merges into are read by design.
fn check_defined(code: &[Insn], accesses: &[Access], inputs: &[Reg]) -> Result<(), Rejection> {
    let bit = |reg: &Reg| 1_u32 << (reg.number + if reg.bank == Bank::Xmm { 16 } else { 0 });
    let known = inputs
        .iter()
        .chain(&[BASE, CONTEXT])
        .map(bit)
        .fold(0, |a, b| a | b);
    let mut undefined = vec![0_u32; code.len() + 1];
    let mut work = vec![(0, !known)];
    while let Some((i, mask)) = work.pop() {
        if i >= code.len() || undefined[i] | mask == undefined[i] {
            continue;
        }
        undefined[i] |= mask;
        let written = accesses[i].writes.iter().map(bit).fold(0, |a, b| a | b);
        let out = undefined[i] & !written;
        work.extend(successors(code, i).map(|next| (next, out)));
    }
    for (i, access) in accesses.iter().enumerate() {
        for reg in access
            .reads
            .iter()
            .filter(|reg| undefined[i] & bit(reg) != 0)
        {
            if reg.bank == Bank::Gpr || !merges_into(&code[i].ins, *reg) {
                return Err(Rejection::new(
                    format!("reads {reg:?}, which holds nothing"),
                    &code[i].ins,
                    "initialise every value on every path",
                ));
            }
        }
    }
    Ok(())
}

/// Does `ins` take only the unused upper part of its result from `reg`?
pub(crate) fn merges_into(ins: &Instruction, reg: Reg) -> bool {
    use Mnemonic as M;
    let scalar = matches!(
        ins.mnemonic(),
        M::Vcvtsi2sd
            | M::Vcvtsi2ss
            | M::Vcvtss2sd
            | M::Vcvtsd2ss
            | M::Vsqrtsd
            | M::Vsqrtss
            | M::Vroundsd
            | M::Vroundss
    );
    scalar
        && ins.op1_kind() == OpKind::Register
        && register(ins.op1_register()).is_some_and(|(other, _)| other == reg)
        && !(ins.op2_kind() == OpKind::Register && ins.op2_register() == ins.op1_register())
}
