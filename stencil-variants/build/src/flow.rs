//! Decodes a function and straightens its control flow.
//!
//! What comes in ends in jumps to `CONT`; what goes out falls off its end instead. On the way, jumps to jumps are
//! threaded, code that nothing reaches is dropped, `jcc CONT; jmp EXIT` becomes `j!cc EXIT`. What cannot be in a
//! stencil at all (calls, returns, jump tables, addresses of data) is refused here.
//!
//! Invariant of [`straighten`]'s result: every instruction is reachable; a target is a position in the list, an exit,
//! the slow jump, or the end; control that runs off the list has reached `CONT`.

use std::collections::BTreeMap;

use iced_x86::{
    Code, Decoder, DecoderOptions, Instruction, MemorySize, Mnemonic, OpKind, Register,
};
use sashiko_stencils::{HoleKind, HoleValue};

use crate::object_file::{Function, Referent, Relocation};
use crate::wrap::Hole as HoleSymbol;

/// Why a function is no stencil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) what: String,
    pub(crate) instruction: String,
    pub(crate) remedy: &'static str,
    /// Not the uop's fault: the builder contradicts itself.
    pub(crate) is_defect: bool,
}

impl Rejection {
    pub(crate) fn new(
        what: impl Into<String>,
        instruction: &Instruction,
        remedy: &'static str,
    ) -> Rejection {
        Rejection {
            what: what.into(),
            instruction: instruction.to_string(),
            remedy,
            is_defect: false,
        }
    }
}

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Behind the stencil.
    Cont,
    Exit,
    Slow,
    /// To the instruction at this position.
    Local(usize),
}

/// Which constant of an instruction is a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Displacement,
    Immediate,
}

/// A hole of an instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawHole {
    pub(crate) field: Field,
    pub(crate) value: HoleValue,
    pub(crate) kind: HoleKind,
    pub(crate) addend: i32,
}

/// An instruction on its way into a stencil.
#[derive(Clone, Debug)]
pub(crate) struct Insn {
    pub(crate) ins: Instruction,
    pub(crate) target: Option<Target>,
    pub(crate) holes: Vec<RawHole>,
    /// The constant it reads from the pool.
    pub(crate) pool: Option<[u8; 16]>,
}

impl Insn {
    pub(crate) fn is_jump(&self) -> bool {
        self.target.is_some() && self.ins.mnemonic() == Mnemonic::Jmp
    }

    pub(crate) fn is_branch(&self) -> bool {
        self.target.is_some() && self.ins.mnemonic() != Mnemonic::Jmp
    }
}

/// Stands in for the value of a hole: fits no shorter encoding.
pub(crate) const PLACEHOLDER: u32 = 0x1234_5678;

/// Positions that control can be at after instruction `i`; `code.len()` is the end. Exits are not among them.
pub(crate) fn successors(code: &[Insn], i: usize) -> impl Iterator<Item = usize> {
    let jump = match code[i].target {
        Some(Target::Local(t)) => Some(t),
        Some(Target::Cont) => Some(code.len()),
        _ => None,
    };
    let next = (!code[i].is_jump()).then_some(i + 1);
    jump.into_iter().chain(next)
}

/// The instructions of `function`.
pub(crate) fn decode(function: &Function) -> Result<Vec<Insn>, Rejection> {
    refuse_panics(function)?;
    let mut decoder = Decoder::with_ip(64, &function.code, 0, DecoderOptions::NONE);
    let (mut code, mut branches) = (Vec::new(), Vec::new());
    let mut position_of = BTreeMap::new();
    while decoder.can_decode() {
        let ins = decoder.decode();
        let constants = decoder.get_constant_offsets(&ins);
        refuse_instruction(&ins, function)?;
        position_of.insert(ins.ip(), code.len());
        let mut insn = Insn {
            ins,
            target: None,
            holes: Vec::new(),
            pool: None,
        };
        for (&at, relocation) in function.relocations.range(ins.ip()..ins.next_ip()) {
            let at = (at - ins.ip()) as usize;
            let field = if constants.has_displacement() && constants.displacement_offset() == at {
                Some(Field::Displacement)
            } else if constants.has_immediate() && constants.immediate_offset() == at {
                Some(Field::Immediate)
            } else {
                None
            };
            apply(&mut insn, field, relocation)?;
        }
        if insn.target.is_none() && is_jump(&ins) {
            branches.push((code.len(), ins.near_branch_target()));
        }
        code.push(insn);
    }
    for (from, to) in branches {
        let Some(&position) = position_of.get(&to) else {
            return Err(Rejection::new(
                "jumps out of the function",
                &code[from].ins,
                SIMPLIFY,
            ));
        };
        code[from].target = Some(Target::Local(position));
    }
    for insn in &mut code {
        if insn.target.is_some() {
            insn.ins.as_near_branch();
        }
    }
    Ok(code)
}

fn is_jump(ins: &Instruction) -> bool {
    ins.is_jmp_short_or_near() || ins.is_jcc_short_or_near()
}

const SIMPLIFY: &str =
    "simplify the body, split the uop, or make it #[uop(call)] and move it to a calls file";

/// Looks for calls of panics before anything else: what leads up to them (addresses of messages, a stack frame) is a
/// worse explanation.
fn refuse_panics(function: &Function) -> Result<(), Rejection> {
    for ins in Decoder::with_ip(64, &function.code, 0, DecoderOptions::NONE) {
        for (_, relocation) in function.relocations.range(ins.ip()..ins.next_ip()) {
            if let Referent::Symbol(callee) = &relocation.referent
                && ["panic", "slice_index", "unwrap_failed"]
                    .iter()
                    .any(|part| callee.contains(part))
            {
                return Err(Rejection::new(
                    format!("can panic (calls {callee})"),
                    &ins,
                    "a stencil cannot panic: use wrapping_*, checked_* with `?`, get(..)? or unchecked access where it is \
                     proved",
                ));
            }
        }
    }
    Ok(())
}

fn refuse_instruction(ins: &Instruction, function: &Function) -> Result<(), Rejection> {
    if ins.is_call_near() || ins.is_call_near_indirect() {
        let relocation = function.relocations.range(ins.ip()..ins.next_ip()).next();
        let callee = match relocation {
            Some((
                _,
                Relocation {
                    referent: Referent::Symbol(name),
                    ..
                },
            )) => name.as_str(),
            _ => "a function",
        };
        return Err(Rejection::new(
            format!("calls {callee}"),
            ins,
            "a stencil cannot call: write the operation out, or make it #[uop(call)] and move it to a calls file",
        ));
    }
    if ins.is_jmp_near_indirect() || ins.is_jmp_far() {
        return Err(Rejection::new(
            "jumps through a table",
            ins,
            "replace the `match` by comparisons or arithmetic, or make it #[uop(call)]",
        ));
    }
    match ins.mnemonic() {
        Mnemonic::Ret => Err(Rejection::new(
            "returns instead of going on to the next stencil",
            ins,
            "the body needs a stack frame (values whose address is taken, or too many at once): simplify it, or make it \
             #[uop(call)]",
        )),
        Mnemonic::Ud2 => Err(Rejection::new(
            "contains code that is never to be reached (a failed check traps)",
            ins,
            "return None where the uop cannot go on",
        )),
        Mnemonic::INVALID => Err(Rejection::new("does not decode", ins, SIMPLIFY)),
        _ => Ok(()),
    }
}

mod elf {
    pub(super) const R_X86_64_64: u32 = 1;
    pub(super) const R_X86_64_PC32: u32 = 2;
    pub(super) const R_X86_64_PLT32: u32 = 4;
    pub(super) const R_X86_64_32: u32 = 10;
    pub(super) const R_X86_64_32S: u32 = 11;
}

/// Makes of a relocation what it means: a target, a hole, a constant of the pool.
fn apply(insn: &mut Insn, field: Option<Field>, relocation: &Relocation) -> Result<(), Rejection> {
    let ins = insn.ins;
    match (&relocation.referent, relocation.kind) {
        (Referent::Symbol(symbol), elf::R_X86_64_PC32 | elf::R_X86_64_PLT32) if is_jump(&ins) => {
            insn.target = Some(match symbol.as_str() {
                "CONT" => Target::Cont,
                "EXIT" => Target::Exit,
                "SLOW" => Target::Slow,
                other => {
                    return Err(Rejection::new(
                        format!("ends in a call of {other}"),
                        &ins,
                        "a stencil cannot call: write the operation out, or make it #[uop(call)]",
                    ));
                }
            });
            Ok(())
        }
        (Referent::Symbol(symbol), kind) => {
            let Some(value) = HoleSymbol::of_symbol(symbol) else {
                return Err(Rejection::new(
                    format!("refers to `{symbol}`"),
                    &ins,
                    "a stencil knows no addresses: pass the value as an immediate or through ctx",
                ));
            };
            hole(insn, field, kind, value, relocation.addend)
        }
        (Referent::Data { bytes, section }, elf::R_X86_64_PC32) => constant(insn, bytes, section),
        (Referent::Data { section, .. }, _) => Err(Rejection::new(
            format!("refers to a table in {section}"),
            &ins,
            "a stencil knows no addresses (LLVM makes tables of `match` and constant arrays): write it as arithmetic, \
             or make it #[uop(call)]",
        )),
    }
}

fn hole(
    insn: &mut Insn,
    field: Option<Field>,
    kind: u32,
    value: HoleValue,
    addend: i64,
) -> Result<(), Rejection> {
    let ins = &mut insn.ins;
    let refused = |ins: &Instruction| {
        Err(Rejection::new(
            "uses a hole in a way that cannot be patched",
            ins,
            "use the immediate as a whole (add, compare, index), not parts of it; or take it as an input",
        ))
    };
    let last = ins.op_count().wrapping_sub(1);
    let (kind, addend) = match (field, kind) {
        (Some(Field::Displacement), elf::R_X86_64_32S) => {
            ins.set_memory_displacement64(u64::from(PLACEHOLDER));
            ins.set_memory_displ_size(8);
            (HoleKind::S32, addend - HoleSymbol::bias(value))
        }
        (Some(Field::Immediate), elf::R_X86_64_32S | elf::R_X86_64_32) => {
            match ins.op_kind(last) {
                OpKind::Immediate32to64 => ins.set_immediate32to64(i64::from(PLACEHOLDER)),
                OpKind::Immediate32 => ins.set_immediate32(PLACEHOLDER),
                _ => return refused(ins),
            }
            (HoleKind::S32, addend - HoleSymbol::bias(value))
        }
        (Some(Field::Immediate), elf::R_X86_64_64) if ins.op_kind(last) == OpKind::Immediate64 => {
            ins.set_immediate64(u64::from(PLACEHOLDER) << 32 | u64::from(PLACEHOLDER));
            // Written by asm!, which takes the symbol without the bias.
            (HoleKind::A64, addend)
        }
        _ => return refused(ins),
    };
    let Ok(addend) = i32::try_from(addend) else {
        return refused(ins);
    };
    insn.holes.push(RawHole {
        field: field.unwrap_or(Field::Immediate),
        value,
        kind,
        addend,
    });
    Ok(())
}

/// `[rip + constant]` becomes `[ctx + place in the pool]`.
fn constant(insn: &mut Insn, bytes: &[u8], section: &str) -> Result<(), Rejection> {
    let ins = &mut insn.ins;
    if !section.starts_with(".rodata") {
        return Err(Rejection::new(
            format!("refers to a static ({section})"),
            ins,
            "a stencil knows no addresses: reach the value through ctx or an object, or make it #[uop(call)]",
        ));
    }
    let size = match ins.memory_size() {
        MemorySize::Unknown => 0,
        size => size.size(),
    };
    if ins.mnemonic() == Mnemonic::Lea || !(1..=16).contains(&size) || bytes.len() < size {
        return Err(Rejection::new(
            format!("takes an address in {section}"),
            ins,
            "a stencil reads constants of at most 16 bytes; write tables as arithmetic, or make it #[uop(call)]",
        ));
    }
    let mut entry = [0; 16];
    entry[..size].copy_from_slice(&bytes[..size]);
    ins.set_memory_base(Register::RSI);
    ins.set_memory_displacement64(u64::from(PLACEHOLDER));
    ins.set_memory_displ_size(8);
    insn.pool = Some(entry);
    Ok(())
}

/// Threads jumps and drops what is not reached, until nothing changes.
pub(crate) fn thread(mut code: Vec<Insn>) -> Vec<Insn> {
    loop {
        let mut changed = false;
        for i in 0..code.len() {
            if let Some(Target::Local(t)) = code[i].target
                && let Some(through) = code.get(t).filter(|to| to.is_jump())
                && through.target != code[i].target
            {
                code[i].target = through.target;
                changed = true;
            }
        }
        let mut reached = vec![false; code.len()];
        let mut work = vec![0];
        while let Some(i) = work.pop() {
            if i < code.len() && !reached[i] {
                reached[i] = true;
                work.extend(successors(&code, i));
            }
        }
        // A jump to what follows it anyway.
        for i in 0..code.len() {
            if code[i].target == Some(Target::Local(i + 1)) {
                reached[i] = false;
            }
        }
        if reached.iter().all(|reached| *reached) && !changed {
            return code;
        }
        code = retain(code, &reached);
    }
}

/// The instructions marked in `keep`; what jumped to a dropped one goes to the next that is kept.
pub(crate) fn retain(code: Vec<Insn>, keep: &[bool]) -> Vec<Insn> {
    let mut new_position = Vec::with_capacity(code.len());
    let mut kept = 0;
    for &keep in keep {
        new_position.push(kept);
        kept += usize::from(keep);
    }
    code.into_iter()
        .zip(keep)
        .filter(|(_, keep)| **keep)
        .map(|(mut insn, _)| {
            if let Some(Target::Local(t)) = insn.target {
                insn.target = Some(if new_position[t] == kept {
                    Target::Cont
                } else {
                    Target::Local(new_position[t])
                });
            }
            insn
        })
        .collect()
}

/// Makes the end of the list the way to `CONT`.
pub(crate) fn straighten(mut code: Vec<Insn>) -> Result<Vec<Insn>, Rejection> {
    let Some(last) = code.last() else {
        return Ok(code);
    };
    if !last.is_jump() {
        return Err(Rejection::new(
            "does not end by going on to the next stencil",
            &last.ins,
            SIMPLIFY,
        ));
    }
    // `jcc CONT; jmp X` at the end.
    if let [.., before, last] = &mut code[..]
        && before.is_branch()
        && before.target == Some(Target::Cont)
    {
        before.ins.negate_condition_code();
        before.target = last.target;
        last.target = Some(Target::Cont);
    }
    // `jcc L; jmp X; L:` in the middle.
    let mut keep = vec![true; code.len()];
    for i in 2..code.len() {
        if code[i - 2].is_branch()
            && code[i - 2].target == Some(Target::Local(i))
            && code[i - 1].is_jump()
            && !is_target(&code, i - 1)
        {
            code[i - 2].ins.negate_condition_code();
            code[i - 2].target = code[i - 1].target;
            keep[i - 1] = false;
        }
    }
    if code
        .last()
        .is_some_and(|last| last.target == Some(Target::Cont))
    {
        let last = code.len() - 1;
        keep[last] = false;
    }
    let code = retain(code, &keep);
    debug_assert!(code.iter().all(|insn| insn.ins.code() != Code::INVALID));
    Ok(code)
}

fn is_target(code: &[Insn], position: usize) -> bool {
    code.iter()
        .any(|insn| insn.target == Some(Target::Local(position)))
}
