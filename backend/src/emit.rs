//! Stitching: from a plan to bytes.
//!
//! For each step of the plan, in order: a move has its own short encoding ([`moves`]); a stencil is copied, its registers
//! put in by XOR, its holes filled, its exits pointed at their stubs; a call is the shared call stencil with an address.
//! Nothing is decided here: the plan says it all. The bytes are written to buffers as if they lay at their final
//! address already, so publishing is a plain copy.
//!
//! ```text
//! hot:   preheader │ pad to 32 │ loop head: body … jmp head
//! hot:   preheader │ first check │ pad to 32 │ loop head: rest of the body … first check, turned round, to the head
//! cold:  exit stubs, ten bytes each, in the plan's order │ slow stubs
//! ```
//!
//! The second form is for loops whose body begins with a check that is one conditional jump at the end of its stencil: the
//! check is copied a second time to the end of the loop, where its jump goes back to behind the first. That saves a
//! jump a round.
//!
//! A *patch point* is five bytes that do nothing until the engine overwrites them with a jump to their exit. A trace that has
//! any and is entered from the VM begins with one more: its exit, the last in the cold code, gives the VM the state it came with.
//!
//! The end of a trace that leaves is an exit too; its stub lies at the end of the hot code, where execution falls into it.

use std::fmt;

use sashiko_regalloc::plan::{Call, Loc, Plan, SCRATCH_GPR, Spill, Step, Stitch};
use sashiko_stencils::stencil::MAX_OPERANDS;
use sashiko_stencils::{HoleKind, HoleValue, OperandRole, Shape, Stencil, UopId, call};
use sashiko_trace::ir::{End, Inst, Op, Trace};

use crate::arena::HOT_ALIGN;
use crate::exits::{self, EXIT_STUB, RETURN, SLOW_STUB};
use crate::moves::{self, Code, FrameLayout, MAX_MOVE, Place};
use crate::stress::{self, Stress};

/// Bytes of a jump.
const JUMP: u32 = 5;
/// Does nothing, and is as long as a jump.
const NOP: [u8; JUMP as usize] = [0x0f, 0x1f, 0x44, 0, 0];
/// Most bytes of the call stencil, the immediates it is given, and what says where the frame ends.
const CALL: u32 = 32 + 5 * 10 + 18;
/// No exit.
const NONE: u32 = u32::MAX;

/// Why a plan cannot be turned into code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmitError {
    /// A value does not fit its hole.
    TooWide {
        /// The uop whose stencil has the hole.
        uop: &'static str,
        /// The value.
        value: i64,
    },
    /// The plan has a place where the stencil or the call cannot have it.
    Misplaced {
        /// The uop.
        uop: &'static str,
        /// What is wrong.
        what: &'static str,
    },
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EmitError::TooWide { uop, value } => write!(
                f,
                "`{uop}`: {value} does not fit 32 bits: the frame is too large or the plan chose a constant shape wrongly"
            ),
            EmitError::Misplaced { uop, what } => write!(f, "`{uop}`: the plan is wrong: {what}"),
        }
    }
}

impl std::error::Error for EmitError {}

/// Everything the code of a trace depends on besides the trace and its plan: where things lie.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Address the hot code will have.
    pub hot: usize,
    /// Address the cold code will have.
    pub cold: usize,
    /// Address of the common exit's thunk.
    pub leave: usize,
    /// Address of the thunk for traces that return.
    pub back: usize,
    /// Address the slow thunks' offsets count from, and those offsets by uop.
    pub slow: (usize, &'a [u32]),
    /// Do calls say first where the frame ends ([`Context::top_at`](sashiko_stencils::context::Context::top_at))?
    pub says_top: bool,
    /// Number of the first exit; the others follow in the plan's order.
    pub first_exit: u32,
    /// Entry of the trace an [`End::Jump`] goes to.
    pub target: Option<usize>,
    /// Where slots and spill slots are.
    pub layout: FrameLayout,
    /// Of a side trace: where its parent's are. Spilled imports are moved first if the two differ.
    pub parent_layout: Option<FrameLayout>,
}

/// What a piece of code is, for the disassembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Moves spilled imports to this trace's spill slots.
    Arrival,
    /// A step of the preheader.
    Preheader(u32),
    /// Aligns the loop head.
    Padding,
    /// A step of the body.
    Body(u32),
    /// The first step of the body once more, its jump turned round.
    Again,
    /// The jump at the end, or the stub of the exit at the end.
    End,
    /// The stub of an exit of the plan.
    Exit(u32),
    /// The slow call of an instruction.
    Slow(u32),
    /// Five bytes at the entry that may be overwritten.
    Entry,
    /// The stub of the exit at the entry.
    EntryExit,
    /// The way to an exit of the plan that was taken for no reason.
    Stress(u32),
}

/// Where a part begins in its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of its first byte.
    pub at: u32,
    /// What it is.
    pub part: Part,
}

/// The code of one trace; reused from compile to compile.
#[derive(Debug, Default)]
pub struct Emitter {
    /// Hot code.
    pub hot: Code,
    /// Cold code.
    pub cold: Code,
    /// Offset of the loop head in the hot code.
    pub head: u32,
    /// Offset in the hot code of a whole round: of the head, or of the first check where that stands before the head.
    pub round: u32,
    /// Bytes before the loop head that only align it.
    pub padding: u32,
    /// Offset of the stub in the hot code, if the end is an exit.
    pub end_stub: Option<u32>,
    /// Places in the hot code that may be overwritten with a jump to an exit: offset, and number of the plan's exit.
    pub patch_points: Vec<(u32, u32)>,
    /// Offset in the cold code of the stub for the entry, if that may be overwritten.
    pub entry_stub: Option<u32>,
    /// Parts of the hot code, in order, if asked for.
    pub hot_parts: Vec<Span>,
    /// Parts of the cold code, in order, if asked for.
    pub cold_parts: Vec<Span>,
    /// Keep the parts?
    pub keep_parts: bool,
    /// Take exits for no reason?
    pub stress: Option<Stress>,
    /// Bytes from the frame base to the first word that the trace does not use.
    top: i32,
    /// Number of the plan's exit, by instruction.
    exit_of: Vec<u32>,
    /// Slow jumps to be given a stub: offset of the displacement, return offset, instruction, input, uop.
    slow: Vec<SlowJump>,
}

#[derive(Clone, Copy, Debug)]
struct SlowJump {
    displacement: u32,
    back: u32,
    inst: u32,
    input: Place,
    uop: UopId,
}

/// Most bytes of hot and of cold code that `plan` can need, with stress or without.
pub fn bounds(trace: &Trace<'_>, plan: &Plan, stress: bool) -> (u32, u32) {
    // A stencil of at most 255 bytes may be copied twice.
    let mut hot = HOT_ALIGN + JUMP + EXIT_STUB.max(RETURN) + 255 + NOP.len() as u32;
    hot += plan.imports.len() as u32 * MAX_MOVE as u32;
    let mut cold = (plan.exits.len() as u32 + 1) * EXIT_STUB;
    if stress {
        // The first check of a loop may be there twice.
        let checks = plan.exits.len() as u32 + 1;
        hot += checks * stress::CHECK;
        cold += checks * stress::STUB;
    }
    for step in plan.preheader.iter().chain(&plan.body) {
        match step {
            Step::Move { .. } => hot += MAX_MOVE as u32,
            Step::Call(_) => hot += CALL,
            Step::Stitch(stitch) => {
                let stencil = trace.table.stencil(stitch.stencil);
                hot += (stencil.bytes.len() as u32).max(NOP.len() as u32);
                cold += stencil.slow.len() as u32 * SLOW_STUB;
            }
        }
    }
    (hot, cold)
}

impl Emitter {
    /// An emitter that keeps the parts, or does not.
    pub fn new(keep_parts: bool) -> Emitter {
        Emitter {
            keep_parts,
            ..Emitter::default()
        }
    }

    /// Stitches `plan` of `trace` for `site`.
    ///
    /// # Errors
    /// If a value does not fit its hole or the plan contradicts its stencils.
    pub fn emit(
        &mut self,
        trace: &Trace<'_>,
        plan: &Plan,
        site: &Site<'_>,
    ) -> Result<(), EmitError> {
        self.hot.clear();
        self.cold.clear();
        self.hot_parts.clear();
        self.cold_parts.clear();
        self.slow.clear();
        self.exit_of.clear();
        self.exit_of.resize(trace.len(), NONE);
        self.end_stub = None;
        self.patch_points.clear();
        self.entry_stub = None;
        if let Some(stress) = &mut self.stress {
            stress.pending.clear();
        }
        self.top = site.layout.spill(Spill(plan.spills));
        let (hot, cold) = bounds(trace, plan, self.stress.is_some());
        self.hot.reserve(hot as usize);
        self.cold.reserve(cold as usize);
        for (number, exit) in plan.exits.iter().enumerate() {
            // The exit at the end has its stub at the end of the hot code.
            if let Some(inst) = exit.inst {
                self.exit_stub(number as u32, site);
                self.exit_of[inst.0 as usize] = number as u32;
            }
        }
        self.entry(trace, plan, site);
        self.arrival(plan, site);
        let preheader = trace.preheader.len();
        let inst = |index: usize| {
            if index < preheader {
                &trace.preheader[index]
            } else {
                &trace.body[index - preheader]
            }
        };
        for (i, step) in plan.preheader.iter().enumerate() {
            self.part(Part::Preheader(i as u32));
            self.step(trace, step, &inst, site)?;
        }
        let first = repeatable(trace, plan);
        let skipped = usize::from(first.is_some());
        let round = self.hot.len() as u32;
        for step in &plan.body[..skipped] {
            self.part(Part::Body(0));
            self.step(trace, step, &inst, site)?;
        }
        let unaligned = self.hot.len();
        if trace.is_loop() {
            self.part(Part::Padding);
            moves::align(&mut self.hot, HOT_ALIGN as usize);
        }
        self.head = self.hot.len() as u32;
        self.round = if first.is_some() { round } else { self.head };
        self.padding = (self.hot.len() - unaligned) as u32;
        for (i, step) in plan.body.iter().enumerate().skip(skipped) {
            self.part(Part::Body(i as u32));
            self.step(trace, step, &inst, site)?;
        }
        if let Some(stitch) = first {
            self.part(Part::Again);
            let immediates = inst(stitch.inst.0 as usize).immediates;
            self.stitch(trace, stitch, immediates, site)?;
            self.turn_round(site);
            self.part(Part::End);
            let stub = self.exit_of[stitch.inst.0 as usize] * EXIT_STUB;
            moves::jump(&mut self.hot, site.hot, site.cold + stub as usize);
        } else {
            self.part(Part::End);
            self.end(trace, plan, site);
        }
        self.slow_stubs(site);
        self.stress_stubs(site);
        Ok(())
    }

    /// Makes the conditional jump that was written last go to the loop head, in the cases in which it did not jump.
    fn turn_round(&mut self, site: &Site<'_>) {
        let at = self.hot.len() - 4;
        // The lowest bit of a condition code negates it.
        self.hot[at - 1] ^= 1;
        self.hot.truncate(at);
        moves::displacement(&mut self.hot, site.hot, site.hot + self.head as usize);
    }

    /// The entry, if it may be overwritten, and the stub for that. A side trace is cut off at its parent's exit instead.
    fn entry(&mut self, trace: &Trace<'_>, plan: &Plan, site: &Site<'_>) {
        let is_point = |inst: &Inst<'_>| match inst.op {
            Op::Uop(uop) => trace.table.info(uop).patch_point,
            _ => false,
        };
        if trace.parent.is_some() || !trace.insts().any(is_point) {
            return;
        }
        self.part(Part::Entry);
        self.hot.extend_from_slice(&NOP);
        self.entry_stub = Some(self.cold.len() as u32);
        self.cold_part(Part::EntryExit);
        let number = site.first_exit + plan.exits.len() as u32;
        exits::exit_stub(&mut self.cold, site.cold, number, site.leave);
    }

    fn part(&mut self, part: Part) {
        if self.keep_parts {
            let at = self.hot.len() as u32;
            self.hot_parts.push(Span { at, part });
        }
    }

    fn cold_part(&mut self, part: Part) {
        if self.keep_parts {
            let at = self.cold.len() as u32;
            self.cold_parts.push(Span { at, part });
        }
    }

    fn exit_stub(&mut self, number: u32, site: &Site<'_>) {
        self.cold_part(Part::Exit(number));
        let number = site.first_exit + number;
        exits::exit_stub(&mut self.cold, site.cold, number, site.leave);
    }

    /// Spill slots lie above the slots of the trace, so those of a side trace that reaches higher than its parent lie
    /// higher as well: spilled imports are moved there, the highest first, since the two areas may overlap.
    fn arrival(&mut self, plan: &Plan, site: &Site<'_>) {
        let Some(parent) = site.parent_layout else {
            return;
        };
        if parent == site.layout {
            return;
        }
        let spilled = |loc: &Loc| match loc {
            Loc::Spill(spill) => Some(*spill),
            _ => None,
        };
        let mut spills: Vec<_> = plan.imports.iter().filter_map(spilled).collect();
        spills.sort_unstable_by(|a, b| b.cmp(a));
        spills.dedup();
        self.part(Part::Arrival);
        for spill in spills {
            let (from, to) = (parent.spill(spill), site.layout.spill(spill));
            moves::emit_move(&mut self.hot, Place::Memory(from), Place::Memory(to));
        }
    }

    #[inline]
    fn step<'t, 'a: 't>(
        &mut self,
        trace: &Trace<'a>,
        step: &Step,
        inst: &impl Fn(usize) -> &'t Inst<'a>,
        site: &Site<'_>,
    ) -> Result<(), EmitError> {
        match step {
            Step::Move { from, to } => {
                let (from, to) = (place(*from, site.layout), place(*to, site.layout));
                moves::emit_move(&mut self.hot, from, to);
                Ok(())
            }
            Step::Stitch(stitch) => {
                let immediates = inst(stitch.inst.0 as usize).immediates;
                self.stitch(trace, stitch, immediates, site)
            }
            Step::Call(called) => self.call(trace, called, inst(called.inst.0 as usize), site),
        }
    }

    #[inline]
    fn stitch(
        &mut self,
        trace: &Trace<'_>,
        stitch: &Stitch,
        immediates: &[u64],
        site: &Site<'_>,
    ) -> Result<(), EmitError> {
        let stencil = trace.table.stencil(stitch.stencil);
        let uop = || trace.table.info(stencil.uop).name;
        if trace.table.info(stencil.uop).patch_point {
            return self.patch_point(stitch.inst.0, uop());
        }
        let registers = registers(stencil, stitch).ok_or_else(|| misplaced(uop()))?;
        if !stencil.exits.is_empty() {
            self.stress_check(stitch.inst.0);
        }
        let start = self.hot.len();
        copy_patched(&mut self.hot, stencil, &registers);
        let code = &mut self.hot[start..];
        for hole in stencil.holes {
            let value = match hole.value {
                HoleValue::Input(i) => match stitch.inputs[usize::from(i)] {
                    Loc::Const(bits) if stencil.key.input(usize::from(i)) == Shape::Const => {
                        bits as i64
                    }
                    loc => i64::from(offset(loc, site.layout).ok_or_else(|| misplaced(uop()))?),
                },
                HoleValue::Output => {
                    let output = stitch.output.and_then(|loc| offset(loc, site.layout));
                    i64::from(output.ok_or_else(|| misplaced(uop()))?)
                }
                HoleValue::Immediate(i) => immediates[usize::from(i)] as i64,
            };
            let value = value.wrapping_add(i64::from(hole.addend));
            let at = usize::from(hole.offset);
            match hole.kind {
                HoleKind::A64 => code[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                HoleKind::S32 => {
                    let Ok(short) = i32::try_from(value) else {
                        return Err(EmitError::TooWide { uop: uop(), value });
                    };
                    code[at..at + 4].copy_from_slice(&short.to_le_bytes());
                }
            }
        }
        if !stencil.exits.is_empty() {
            let number = self.exit_of[stitch.inst.0 as usize];
            if number == NONE {
                return Err(no_exit(uop()));
            }
            for at in stencil.exits {
                self.point_at_exit(start + usize::from(*at), number, site);
            }
        }
        for at in stencil.slow {
            let input = stitch.inputs.first().ok_or_else(|| misplaced(uop()))?;
            self.slow.push(SlowJump {
                displacement: (start + usize::from(*at)) as u32,
                back: self.hot.len() as u32,
                inst: stitch.inst.0,
                input: place(*input, site.layout),
                uop: stencil.uop,
            });
        }
        Ok(())
    }

    fn patch_point(&mut self, inst: u32, uop: &'static str) -> Result<(), EmitError> {
        let exit = self.exit_of[inst as usize];
        if exit == NONE {
            return Err(no_exit(uop));
        }
        self.stress_check(inst);
        self.patch_points.push((self.hot.len() as u32, exit));
        self.hot.extend_from_slice(&NOP);
        Ok(())
    }

    #[inline]
    fn point_at_exit(&mut self, at: usize, number: u32, site: &Site<'_>) {
        let stub = site.cold + (number * EXIT_STUB) as usize;
        let distance = stub.wrapping_sub(site.hot + at + 4) as i32;
        self.hot[at..at + 4].copy_from_slice(&distance.to_le_bytes());
    }

    fn call(
        &mut self,
        trace: &Trace<'_>,
        called: &Call,
        inst: &Inst<'_>,
        site: &Site<'_>,
    ) -> Result<(), EmitError> {
        let Op::Uop(uop) = inst.op else {
            return Err(misplaced("load_slot or store_slot"));
        };
        let info = trace.table.info(uop);
        let Some(glue) = &info.call else {
            return Err(misplaced(info.name));
        };
        let arguments = info.call_arguments().skip(info.inputs.len());
        for ((_, register), immediate) in arguments.zip(inst.immediates) {
            moves::constant_gpr(&mut self.hot, *immediate, register);
        }
        if info.exits {
            self.stress_check(called.inst.0);
        }
        if site.says_top && info.takes_env {
            exits::say_top(&mut self.hot, self.top);
        }
        let bank = info.result.map(|result| result.rep.bank());
        let form = call::form(bank, info.exits);
        let start = self.hot.len();
        self.hot.extend_from_slice(form.bytes);
        let at = start + usize::from(form.address);
        let address = (glue.address)() as u64;
        self.hot[at..at + 8].copy_from_slice(&address.to_le_bytes());
        if let Some(at) = form.exit {
            let number = self.exit_of[called.inst.0 as usize];
            if number == NONE {
                return Err(no_exit(info.name));
            }
            self.point_at_exit(start + usize::from(at), number, site);
        }
        Ok(())
    }

    fn end(&mut self, trace: &Trace<'_>, plan: &Plan, site: &Site<'_>) {
        match trace.end {
            End::Loop => moves::jump(&mut self.hot, site.hot, site.hot + self.head as usize),
            End::Jump(_) => {
                let target = site.target.unwrap_or(site.hot);
                moves::jump(&mut self.hot, site.hot, target);
            }
            End::Leave => {
                self.end_stub = Some(self.hot.len() as u32);
                let number = site.first_exit + plan.exits.len() as u32 - 1;
                exits::exit_stub(&mut self.hot, site.hot, number, site.leave);
            }
            End::Return => {
                let number = site.first_exit + plan.exits.len() as u32 - 1;
                exits::return_code(&mut self.hot, site.hot, number, site.back);
            }
        }
    }

    #[inline]
    fn stress_check(&mut self, inst: u32) {
        if let Some(stress) = &mut self.stress {
            stress.check(&mut self.hot, self.exit_of[inst as usize]);
        }
    }

    fn stress_stubs(&mut self, site: &Site<'_>) {
        let Some(mut stress) = self.stress.take() else {
            return;
        };
        for check in stress.pending.drain(..).collect::<Vec<_>>() {
            self.cold_part(Part::Stress(check.exit));
            let stub = site.cold + self.cold.len();
            let at = check.displacement as usize;
            let distance = stub.wrapping_sub(site.hot + at + 4) as i32;
            self.hot[at..at + 4].copy_from_slice(&distance.to_le_bytes());
            let exit = site.cold + (check.exit * EXIT_STUB) as usize;
            stress.stub(&mut self.cold, site.cold, exit);
        }
        self.stress = Some(stress);
    }

    fn slow_stubs(&mut self, site: &Site<'_>) {
        let (base, thunks) = site.slow;
        for i in 0..self.slow.len() {
            let jump = self.slow[i];
            self.cold_part(Part::Slow(jump.inst));
            let stub = site.cold + self.cold.len();
            let distance = stub.wrapping_sub(site.hot + jump.displacement as usize + 4) as i32;
            let at = jump.displacement as usize;
            self.hot[at..at + 4].copy_from_slice(&distance.to_le_bytes());
            moves::emit_move(&mut self.cold, jump.input, Place::Gpr(SCRATCH_GPR));
            let thunk = base + thunks[usize::from(jump.uop.0)] as usize;
            self.cold.push(0xe8);
            moves::displacement(&mut self.cold, site.cold, thunk);
            moves::jump(&mut self.cold, site.cold, site.hot + jump.back as usize);
        }
    }
}

/// The first step of a loop's body, if it is a check that can be turned round: its one way out is a conditional jump at its
/// end.
fn repeatable<'p>(trace: &Trace<'_>, plan: &'p Plan) -> Option<&'p Stitch> {
    let Some(Step::Stitch(stitch)) = plan.body.first().filter(|_| trace.is_loop()) else {
        return None;
    };
    let stencil = trace.table.stencil(stitch.stencil);
    let [exit] = *stencil.exits else { return None };
    let exit = usize::from(exit);
    let at_end = exit + 4 == stencil.bytes.len() && exit >= 2;
    let conditional =
        at_end && stencil.bytes[exit - 2] == 0x0f && stencil.bytes[exit - 1] >> 4 == 8;
    (conditional && stencil.slow.is_empty()).then_some(stitch)
}

/// Appends the bytes of `stencil` with `registers` in its register holes.
///
/// This is the innermost loop of every compile: a stencil has some six register holes. (Leaving out the bounds checks was
/// tried: it gains 4%.)
#[inline]
fn copy_patched(code: &mut Code, stencil: &Stencil, registers: &[u8; MAX_OPERANDS]) {
    let start = code.len();
    code.extend_from_slice(stencil.bytes);
    let code = &mut code[start..];
    for patch in stencil.patches {
        let register = registers[usize::from(patch.operand) % MAX_OPERANDS];
        code[usize::from(patch.low_byte)] ^= (register & 7) << (patch.low_bit & 7);
        code[usize::from(patch.high_byte)] ^= (register >> 3) << (patch.high_bit & 7);
    }
}

/// The machine's view of `loc`.
#[inline]
pub fn place(loc: Loc, layout: FrameLayout) -> Place {
    match loc {
        Loc::Gpr(register) => Place::Gpr(register),
        Loc::Xmm(register) => Place::Xmm(register),
        Loc::Slot(slot) => Place::Memory(layout.slot(slot)),
        Loc::Spill(spill) => Place::Memory(layout.spill(spill)),
        Loc::Const(bits) => Place::Const(bits),
    }
}

#[inline]
fn offset(loc: Loc, layout: FrameLayout) -> Option<i32> {
    match loc {
        Loc::Slot(slot) => Some(layout.slot(slot)),
        Loc::Spill(spill) => Some(layout.spill(spill)),
        _ => None,
    }
}

/// The number of the register of each operand of `stencil`, or `None` if the plan has none for one of them.
#[inline]
fn registers(stencil: &Stencil, stitch: &Stitch) -> Option<[u8; MAX_OPERANDS]> {
    let mut registers = [0; MAX_OPERANDS];
    let mut temps = stitch.temps.iter();
    for (operand, register) in stencil.operands.iter().zip(&mut registers) {
        let loc = match operand.role {
            OperandRole::Input(i) => *stitch.inputs.get(usize::from(i))?,
            OperandRole::Output => stitch.output?,
            OperandRole::Temp => Loc::reg(operand.bank, *temps.next()?),
        };
        *register = match loc {
            Loc::Gpr(number) | Loc::Xmm(number) => number,
            _ => return None,
        };
    }
    Some(registers)
}

fn misplaced(uop: &'static str) -> EmitError {
    let what = "an operand is not where its stencil has it";
    EmitError::Misplaced { uop, what }
}

fn no_exit(uop: &'static str) -> EmitError {
    let what = "the instruction can exit but has no exit in the plan";
    EmitError::Misplaced { uop, what }
}

#[cfg(test)]
mod tests;
