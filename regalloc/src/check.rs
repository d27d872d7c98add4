//! A checker for plans of any policy, independent of how they were made.
//!
//! # What is checked
//!
//! That the plan, run on any machine state, does what the trace says: each stencil reads the words it should from where
//! the plan says they are; each exit's values are where the plan says; slots that an exit does not rebuild hold what
//! the trace stored in them; the loop's back edge leaves everything where the head expects it. And that the plan
//! respects the machine: shapes are the stencil's, registers are of the right bank and allocatable, temporaries are
//! nobody else's, a result does not overwrite an input that is read late, a call destroys what calls destroy.
//!
//! # How
//!
//! Words have *names* (`Word`): a value of the trace, a constant, what a slot held at some point. The
//! abstract state maps each place to the set of names that the word in it is known to have. A move copies the set, a result
//! replaces it by the result's name, a clobber empties it. `load_slot` moves nothing: it says that a value is
//! another name of what the slot should hold, so names are made canonical when values are defined. Beside the places
//! the state keeps, for each slot, the name of what the *trace* has in it; a plan may be ahead of that (a result
//! written to its slot early) as long as nobody looks.
//!
//! # The loop
//!
//! Sets of names are ordered by inclusion: more names, more knowledge; the empty set is "anything". At the head each
//! place has those names that both the preheader and the back edge establish, where a parameter's name means its `init`
//! on one edge and its `next` on the other, and `Head(s)` means what slot *s* should hold at that edge. That is a greatest
//! fixed point: begin with what the preheader establishes, walk the body, drop what the back edge does not confirm,
//! until nothing is dropped. Steps are monotone (fewer names before, fewer names after), so it ends, and an error found on
//! the way would be found at the end too.
//!
//! # Why that is enough
//!
//! By induction over the steps of a run: if every word has the names its place is said to have before a step, it has after
//! it. Nothing is assumed about a place but what was copied there.

mod operands;
mod state;

use std::collections::BTreeSet;
use std::fmt;

use sashiko_stencils::UopInfo;
use sashiko_trace::ir::{End, Inst, Op, Slot, SnapshotId, Trace, ValueId};
use sashiko_trace::text::inst_text;

use crate::plan::{
    Call, ExitPlan, GPRS, InstIndex, Loc, Plan, SCRATCH_GPR, SCRATCH_XMM, Step, Stitch, XMMS,
};
use crate::registers::{CALLEE_SAVED, CallArgument, call_arguments, call_result, number, place};
use state::{State, Word};

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    /// The section and the step.
    pub place: String,
    /// What is wrong, with the value, its place and the rule.
    pub what: String,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for CheckError {}

/// Checks that `plan` does what `trace` says.
///
/// # Errors
/// The first thing that is wrong: step, value, place and rule.
pub fn check(trace: &Trace<'_>, plan: &Plan) -> Result<(), CheckError> {
    let mut checker = Checker {
        trace,
        plan,
        names: trace
            .values
            .iter()
            .enumerate()
            .map(|(v, value)| match value.constant {
                Some(bits) => Word::Const(bits),
                None => Word::Value(ValueId(v as u32)),
            })
            .collect(),
        state: State::default(),
        next_inst: 0,
        next_exit: 0,
    };
    checker.run()
}

/// The reason of a failure, before it is known where.
type Checked = Result<(), String>;

struct Checker<'a, 't> {
    trace: &'a Trace<'t>,
    plan: &'a Plan,
    /// By value: its canonical name.
    names: Vec<Word>,
    state: State,
    /// The next instruction of the trace.
    next_inst: usize,
    /// The next exit of the plan.
    next_exit: usize,
}

/// Is `loc` a register that values may live in, memory of this plan, or a constant?
fn exists(loc: Loc, plan: &Plan) -> bool {
    match loc {
        Loc::Gpr(n) => GPRS.contains(&n),
        Loc::Xmm(n) => XMMS.contains(&n),
        Loc::Spill(spill) => spill.0 < plan.spills,
        Loc::Slot(_) | Loc::Const(_) => true,
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

impl Checker<'_, '_> {
    fn run(&mut self) -> Result<(), CheckError> {
        self.enter();
        let plan = self.plan;
        let before = self.trace.preheader.len();
        self.section("preheader", &plan.preheader, before)?;
        if self.trace.is_loop() {
            self.rounds()?;
        } else {
            self.section("body", &self.plan.body, self.trace.len())?;
            self.end().map_err(|what| CheckError {
                place: "end of the trace".to_owned(),
                what,
            })?;
        }
        if self.next_exit != self.plan.exits.len() {
            return Err(CheckError {
                place: "exits".to_owned(),
                what: format!(
                    "the plan has {} exits, the trace {}",
                    self.plan.exits.len(),
                    self.next_exit
                ),
            });
        }
        Ok(())
    }

    /// The state at the trace's entry.
    fn enter(&mut self) {
        for slot in self.slots() {
            self.state.memory.insert(slot, Word::Entry(slot));
            self.state.name(Loc::Slot(slot), Word::Entry(slot));
        }
        for (import, loc) in self.trace.imports.iter().zip(&self.plan.imports) {
            if let Loc::Const(bits) = loc {
                self.names[import.value.0 as usize] = Word::Const(*bits);
            } else {
                self.state.name(*loc, Word::Value(import.value));
            }
        }
    }

    /// Every slot that the trace or the plan mentions.
    fn slots(&self) -> BTreeSet<Slot> {
        let mut slots = BTreeSet::new();
        for inst in self.trace.insts() {
            if let Op::LoadSlot(slot) | Op::StoreSlot(slot) = inst.op {
                slots.insert(slot);
            }
        }
        let mut mention = |loc: &Loc| {
            if let Loc::Slot(slot) = loc {
                slots.insert(*slot);
            }
        };
        self.plan.imports.iter().for_each(&mut mention);
        self.plan.exit_locs.iter().for_each(&mut mention);
        for step in self.plan.preheader.iter().chain(&self.plan.body) {
            match step {
                Step::Move { from, to } => [from, to].into_iter().for_each(&mut mention),
                Step::Stitch(stitch) => {
                    let places = stitch.inputs.iter().chain(&stitch.output);
                    places.for_each(&mut mention);
                }
                Step::Call(_) => {}
            }
        }
        slots
    }

    /// Walks the steps of a section, which ends before instruction `end`.
    fn section(&mut self, name: &str, steps: &[Step], end: usize) -> Result<(), CheckError> {
        for (i, step) in steps.iter().enumerate() {
            let checked = match step {
                Step::Move { from, to } => self.copy(*from, *to),
                Step::Stitch(stitch) => self.stitch(stitch, end),
                Step::Call(call) => self.call(call, end),
            };
            checked.map_err(|what| CheckError {
                place: format!("{name}, step {i} ({})", self.step_text(step)),
                what,
            })?;
        }
        self.pass_slot_accesses(end).map_err(|what| CheckError {
            place: format!("end of the {name}"),
            what,
        })
    }

    fn step_text(&self, step: &Step) -> String {
        let inst = match step {
            Step::Move { from, to } => return format!("move {from} to {to}"),
            Step::Stitch(stitch) => stitch.inst,
            Step::Call(call) => call.inst,
        };
        match self.trace.insts().nth(inst.0 as usize) {
            Some(inst) => inst_text(self.trace, inst).to_string(),
            None => format!("{inst:?}"),
        }
    }

    /// The body, until the state at the loop's head is the same after a round as before.
    fn rounds(&mut self) -> Result<(), CheckError> {
        let trace = self.trace;
        let at_head = |what| CheckError {
            place: "loop head".to_owned(),
            what,
        };
        ensure(self.plan.params.len() == trace.params.len(), || {
            format!(
                "{} places for {} parameters",
                self.plan.params.len(),
                trace.params.len()
            )
        })
        .map_err(at_head)?;
        let renewed = self.renewed_slots();
        let images = self.images(|param| param.init, &renewed);
        let mut head = self.state.enter_round(&images, &renewed);
        for (param, loc) in trace.params.iter().zip(&self.plan.params) {
            // A constant has no place before the first round, but the plan says where it must be by now.
            let init = self.names[param.init.0 as usize];
            if self.state.holds(*loc, init) {
                head.name(*loc, Word::Value(param.value));
            }
        }
        let (first_inst, first_exit) = (self.next_inst, self.next_exit);
        loop {
            for (param, loc) in trace.params.iter().zip(&self.plan.params) {
                let held = head.holds(*loc, Word::Value(param.value)) && exists(*loc, self.plan);
                ensure(held, || {
                    format!(
                        "parameter v{} should be in {loc}, but not every round puts it there",
                        param.value.0
                    )
                })
                .map_err(at_head)?;
            }
            self.state = head.clone();
            (self.next_inst, self.next_exit) = (first_inst, first_exit);
            self.section("body", &self.plan.body, trace.len())?;
            let images = self.images(|param| param.next, &renewed);
            let met = head.meet_back_edge(&self.state, &images);
            if met == head {
                self.state = head;
                return self.kept().map_err(at_head);
            }
            head = met;
        }
    }

    /// At the head, what is kept is where the plan says.
    fn kept(&self) -> Checked {
        let mut kept = self.plan.kept.iter();
        kept.try_for_each(|(value, loc)| self.reads(*value, *loc))
    }

    /// Slots whose contents may differ from round to round.
    fn renewed_slots(&self) -> BTreeSet<Slot> {
        let mut renewed = BTreeSet::new();
        for inst in &self.trace.body {
            match inst.op {
                Op::StoreSlot(slot) => {
                    renewed.insert(slot);
                }
                Op::Uop(uop) if self.trace.table.info(uop).writes_slots() => {
                    return self.state.memory.keys().copied().collect();
                }
                _ => {}
            }
        }
        renewed
    }

    /// What the names of a new round stand for on one edge into it.
    fn images(
        &self,
        edge: impl Fn(&sashiko_trace::ir::Param) -> ValueId,
        renewed: &BTreeSet<Slot>,
    ) -> Vec<(Word, Word)> {
        let params = self.trace.params.iter().map(|param| {
            let image = self.names[edge(param).0 as usize];
            (Word::Value(param.value), image)
        });
        let slots = renewed
            .iter()
            .map(|slot| (Word::Head(*slot), self.state.memory[slot]));
        params.chain(slots).collect()
    }

    /// Copies a word.
    fn copy(&mut self, from: Loc, to: Loc) -> Checked {
        let scratch = [Loc::Gpr(SCRATCH_GPR), Loc::Xmm(SCRATCH_XMM)];
        for loc in [from, to] {
            ensure(exists(loc, self.plan) || scratch.contains(&loc), || {
                format!("{loc} is no place for a value")
            })?;
        }
        let crosses = matches!(
            (from, to),
            (Loc::Gpr(_), Loc::Xmm(_)) | (Loc::Xmm(_), Loc::Gpr(_))
        );
        ensure(!crosses, || "no move crosses the banks".to_owned())?;
        ensure(!matches!(to, Loc::Const(_)), || {
            "nothing can be moved into a constant".to_owned()
        })?;
        let words = self.state.words(from);
        let constant = matches!(from, Loc::Const(_));
        if (from.is_memory() || constant) && (to.is_memory() || matches!(to, Loc::Xmm(_))) {
            let direct = from.is_memory() && matches!(to, Loc::Xmm(_));
            if !direct {
                self.state.write(Loc::Gpr(SCRATCH_GPR), BTreeSet::new());
            }
        }
        self.state.write(to, words);
        Ok(())
    }

    /// Passes `load_slot` and `store_slot` up to instruction `end`: they have no steps of their own.
    fn pass_slot_accesses(&mut self, end: usize) -> Checked {
        while self.next_inst < end {
            let inst = nth(self.trace, self.next_inst);
            match inst.op {
                Op::LoadSlot(slot) => {
                    if let Some(value) = inst.result {
                        self.names[value.0 as usize] = self.state.memory[&slot];
                    }
                }
                Op::StoreSlot(slot) => {
                    let word = self.names[inst.args[0].0 as usize];
                    self.state.memory.insert(slot, word);
                }
                Op::Uop(_) => {
                    return Err(format!(
                        "instruction {} ({}) is missing",
                        self.next_inst,
                        inst_text(self.trace, inst)
                    ));
                }
            }
            self.next_inst += 1;
        }
        Ok(())
    }

    /// The next uop is instruction `index`, and belongs to the section that ends before `end`.
    fn uop(&mut self, index: InstIndex, end: usize) -> Result<&'static UopInfo, String> {
        let index = index.0 as usize;
        ensure(index < end && index >= self.next_inst, || {
            format!("instruction {index} is out of order")
        })?;
        self.pass_slot_accesses(index)?;
        self.next_inst += 1;
        match nth(self.trace, index).op {
            Op::Uop(uop) => Ok(self.trace.table.info(uop)),
            op => Err(format!("{op:?} has no stencil")),
        }
    }

    fn stitch(&mut self, stitch: &Stitch, end: usize) -> Checked {
        let info = self.uop(stitch.inst, end)?;
        let inst = nth(self.trace, stitch.inst.0 as usize);
        let stencil = self.trace.table.stencil(stitch.stencil);
        ensure(Op::Uop(stencil.uop) == inst.op, || {
            let name = self.trace.table.info(stencil.uop).name;
            format!("the stencil is of `{name}`")
        })?;
        ensure(stitch.inputs.len() == inst.args.len(), || {
            "the number of inputs is wrong".to_owned()
        })?;
        for (i, (arg, loc)) in inst.args.iter().zip(&stitch.inputs).enumerate() {
            self.shape(*loc, stencil.key.input(i))
                .and_then(|()| self.reads(*arg, *loc))
                .map_err(|what| format!("input {i}: {what}"))?;
        }
        self.operands(stitch, inst)?;
        if info.takes_base {
            self.memory_is_true(|_| true)?;
        }
        self.clobber_operands(stitch);
        self.exit(stitch.inst, inst)?;
        if info.writes_slots() {
            self.rewrite_slots(stitch.inst);
        }
        if let (Some(result), Some(output)) = (inst.result, stitch.output) {
            self.define(result, output);
        }
        Ok(())
    }

    /// `value` can be read from `loc`.
    fn reads(&self, value: ValueId, loc: Loc) -> Checked {
        let bank = self.trace.value(value).rep.bank();
        if let Some(n) = number(loc) {
            ensure(crate::registers::bank_set(bank) >> n & 1 == 1, || {
                format!("v{} is no value for {loc}", value.0)
            })?;
        }
        let name = self.names[value.0 as usize];
        ensure(
            exists(loc, self.plan) && self.state.holds(loc, name),
            || {
                format!(
                    "v{} ({name:?}) should be in {loc}, which holds {:?}",
                    value.0,
                    self.state.words(loc)
                )
            },
        )
    }

    fn define(&mut self, result: ValueId, output: Loc) {
        let name = self.names[result.0 as usize];
        self.state.write(output, BTreeSet::from([name]));
    }

    fn call(&mut self, call: &Call, end: usize) -> Checked {
        let info = self.uop(call.inst, end)?;
        ensure(info.call.is_some(), || {
            format!("`{}` is not called", info.name)
        })?;
        let inst = nth(self.trace, call.inst.0 as usize);
        for (argument, register) in call_arguments(self.trace, inst) {
            let loc = place(register);
            match argument {
                CallArgument::Value(value) => self.reads(value, loc)?,
                CallArgument::Immediate(bits) => {
                    ensure(self.state.holds(loc, Word::Const(bits)), || {
                        format!("immediate {bits:#x} should be in {loc}")
                    })?;
                }
            }
        }
        if info.takes_base {
            self.memory_is_true(|_| true)?;
        }
        for n in (0..32).filter(|n| CALLEE_SAVED >> n & 1 == 0) {
            self.state.write(place(n), BTreeSet::new());
        }
        self.exit(call.inst, inst)?;
        if info.writes_slots() {
            self.rewrite_slots(call.inst);
        }
        if let Some(result) = inst.result {
            let n = call_result(self.trace.value(result).rep);
            self.define(result, place(n));
        }
        Ok(())
    }

    /// Slots hold something else now, in truth as in the plan.
    fn rewrite_slots(&mut self, inst: InstIndex) {
        let slots: Vec<Slot> = self.state.memory.keys().copied().collect();
        for slot in slots {
            let word = Word::After(inst, slot);
            self.state.memory.insert(slot, word);
            self.state.write(Loc::Slot(slot), BTreeSet::from([word]));
        }
    }

    /// Slots that `who` names hold what the trace stored in them.
    fn memory_is_true(&self, who: impl Fn(Slot) -> bool) -> Checked {
        for (slot, word) in &self.state.memory {
            let loc = Loc::Slot(*slot);
            ensure(!who(*slot) || self.state.holds(loc, *word), || {
                format!(
                    "slot {} should hold {word:?}, but holds {:?}",
                    slot.0,
                    self.state.words(loc)
                )
            })?;
        }
        Ok(())
    }

    /// The exit of `inst`, if it has one, is the plan's next.
    fn exit(&mut self, index: InstIndex, inst: &Inst<'_>) -> Checked {
        match inst.snapshot {
            Some(snapshot) => self.leave(Some(index), snapshot),
            None => Ok(()),
        }
    }

    fn leave(&mut self, index: Option<InstIndex>, snapshot: SnapshotId) -> Checked {
        let plan = self.plan;
        let exit: &ExitPlan = plan
            .exits
            .get(self.next_exit)
            .ok_or("its exit is missing")?;
        self.next_exit += 1;
        ensure(exit.inst == index && exit.snapshot == snapshot, || {
            format!("its exit is not the one in its place, {exit:?}")
        })?;
        let snapshot = self.trace.snapshot(snapshot);
        let values: Vec<ValueId> = snapshot.values().collect();
        let locs = plan.locs(exit);
        ensure(values.len() == locs.len(), || {
            format!(
                "{} places for {} values of its exit",
                locs.len(),
                values.len()
            )
        })?;
        for (value, loc) in values.iter().zip(locs) {
            self.reads(*value, *loc)
                .map_err(|what| format!("exit: {what}"))?;
        }
        let preheader = self.trace.preheader.len();
        if index.is_some_and(|index| index.0 as usize >= preheader) {
            for (value, loc) in &plan.kept {
                self.reads(*value, *loc)
                    .map_err(|what| format!("kept at its exit: {what}"))?;
            }
        }
        let rebuilt = |slot: Slot| snapshot.slots.iter().any(|(listed, _)| *listed == slot);
        self.memory_is_true(|slot| slot < snapshot.resume.top && !rebuilt(slot))
            .map_err(|what| format!("exit: {what}"))
    }

    /// The end of a trace that does not repeat.
    fn end(&mut self) -> Checked {
        match self.trace.end {
            End::Leave | End::Return => self.leave(None, self.trace.finish),
            End::Jump(_) => {
                let handed_over = self.trace.handed_over();
                for (value, loc) in handed_over.zip(&self.plan.onto) {
                    self.reads(value, *loc)
                        .map_err(|what| format!("at the loop's head: {what}"))?;
                }
                let finish = self.trace.snapshot(self.trace.finish);
                let listed = |slot: Slot| finish.slots.iter().any(|(other, _)| *other == slot);
                self.memory_is_true(|slot| slot < finish.resume.top && !listed(slot))
            }
            End::Loop => Ok(()),
        }
    }
}

/// Instruction `index` of the trace.
fn nth<'t, 'a>(trace: &'t Trace<'a>, index: usize) -> &'t Inst<'a> {
    match index.checked_sub(trace.preheader.len()) {
        None => &trace.preheader[index],
        Some(index) => &trace.body[index],
    }
}
