//! The walk forward that `plain`, `stack-cache` and `linear` have in common.
//!
//! One pass over the trace, in order, keeping track of where every value is ([`Places`]). At each instruction the
//! operands' places say which stencil to take ([`crate::select`]), what that stencil wants in registers and is
//! not there yet is loaded, the result gets a register (or memory), and values used for the last time leave. What differs
//! between the policies is in [`Rules`]: how many values stay in registers between instructions, who has to go, what the
//! loop's head looks like.
//!
//! # Invariants
//!
//! - Each live value has a register or a home; [`Places`] keeps it so.
//! - The places recorded for an exit are those during its instruction: after the loads and evictions in front of it,
//!   before its result. Neither the result nor a temporary has a register that the snapshot names.
//! - Uops that take the frame base may write any slot; no other does but `store_slot`.

use sashiko_stencils::stencil::MAX_OPERANDS;
use sashiko_stencils::{OperandRole, Shape, ShapeKey, Stencil, StencilId, UopId};
use sashiko_trace::ir::{End, Inst, Op, Slot, SnapshotId, Trace, ValueId};
use smallvec::SmallVec;

use crate::moves::ParallelMove;
use crate::places::{Evict, Places};
use crate::plan::{Call, ExitPlan, InstIndex, Loc, Plan, Spill, Step, Stitch};
use crate::registers::{
    CALLEE_SAVED, CallArgument, Set, bank_set, call_arguments, call_result, number, place,
};
use crate::select::{Choices, fits_stencil, with_input, with_result};
use crate::uses::{NEVER, NO_PARAM, Uses, early};

/// What makes one forward policy differ from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Most values of each bank that stay in registers between instructions; `None`: as many as there are registers.
    pub(crate) keep: Option<u32>,
    /// Who gives up their register.
    pub(crate) evict: Evict,
    /// Do stencils write results to memory themselves where they can?
    pub(crate) memory_results: bool,
    /// What is in registers at the loop's head.
    pub(crate) head: Head,
}

/// What is in registers at the loop's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// The parameters used first, as many as are kept.
    FirstUsed,
    /// Parameters and values from before the loop, those used most first; they keep their registers all round the loop.
    Pinned,
}

/// The buffers of the forward policies, reused between compiles.
#[derive(Debug, Default)]
pub(crate) struct ForwardBuffers {
    pub(crate) uses: Uses,
    pub(crate) places: Places,
    pub(crate) parallel: ParallelMove,
    pub(crate) choices: Choices,
    /// By value, for `plain`: the slot its result is written to at once.
    pub(crate) direct: Vec<Option<Slot>>,
    /// Candidates for a register at the loop's head.
    pub(crate) candidates: Vec<crate::head::Candidate>,
}

/// One walk.
pub(crate) struct Forward<'a, 't> {
    pub(crate) trace: &'a Trace<'t>,
    pub(crate) rules: Rules,
    pub(crate) uses: &'a mut Uses,
    pub(crate) places: &'a mut Places,
    pub(crate) parallel: &'a mut ParallelMove,
    pub(crate) choices: &'a mut Choices,
    pub(crate) direct: &'a [Option<Slot>],
    pub(crate) candidates: &'a mut Vec<crate::head::Candidate>,
    pub(crate) plan: &'a mut Plan,
}

impl Forward<'_, '_> {
    /// Fills the plan.
    pub(crate) fn run(&mut self) {
        let trace = self.trace;
        // Each section is written into its own vector of the plan, whose memory is warm.
        std::mem::swap(&mut self.plan.preheader, &mut self.places.steps);
        self.imports();
        for (i, inst) in trace.preheader.iter().enumerate() {
            self.inst(i, inst);
        }
        if trace.is_loop() {
            self.enter_loop();
        }
        std::mem::swap(&mut self.plan.preheader, &mut self.places.steps);
        std::mem::swap(&mut self.plan.body, &mut self.places.steps);
        for (i, inst) in trace.body.iter().enumerate() {
            self.inst(trace.preheader.len() + i, inst);
        }
        match trace.end {
            End::Loop => self.close_loop(),
            End::Leave | End::Return => self.exit(None, trace.finish),
            End::Jump(_) => self.arrive(),
        }
        std::mem::swap(&mut self.plan.body, &mut self.places.steps);
        self.plan.spills = self.places.spills;
    }

    /// What is handed over to another loop's head goes to its places there.
    fn arrive(&mut self) {
        let handed_over = self.trace.handed_over();
        for (value, to) in handed_over.zip(&self.plan.onto) {
            self.parallel.add(self.places.of(value), *to);
        }
        self.parallel.resolve(&mut self.places.steps);
    }

    fn imports(&mut self) {
        let trace = self.trace;
        for (import, loc) in trace.imports.iter().zip(&self.plan.imports) {
            if self.uses.last(import.value) != 0 {
                self.places.import(import.value, *loc);
            }
        }
        if let Some(keep) = self.rules.keep {
            for bank in [sashiko_stencils::Bank::Gpr, sashiko_stencils::Bank::Xmm] {
                self.places.shrink(bank_set(bank), keep);
            }
        }
    }

    fn inst(&mut self, index: usize, inst: &Inst<'_>) {
        match inst.op {
            Op::LoadSlot(slot) => {
                if let Some(value) = inst.result
                    && self.uses.last(value) != 0
                {
                    self.places.set_home(value, Loc::Slot(slot));
                    if let Some(n) = self.places.copy_in_register(slot) {
                        self.places.own(value, n);
                        self.places.remember_copy(n, slot);
                    }
                }
            }
            Op::StoreSlot(slot) => self.store(index, inst, slot),
            Op::Uop(uop) => {
                let info = self.trace.table.info(uop);
                if info.writes_slots() {
                    self.places.overwrite_all(self.uses, early(index));
                }
                if info.call.is_some() {
                    self.call(index, inst);
                } else {
                    self.stitch(index, inst, uop);
                }
            }
        }
    }

    fn store(&mut self, index: usize, inst: &Inst<'_>, slot: Slot) {
        let value = inst.args[0];
        let at = early(index);
        self.uses.pass(value);
        // Otherwise the slot holds it already: it was loaded from there, or its uop wrote it there.
        if self.places.home(value) != Some(Loc::Slot(slot)) {
            self.places.overwrite(slot, self.uses, at);
            if self.rules.keep != Some(0) && self.places.of(value).is_memory() {
                self.cache(value);
            }
            let from = self.places.of(value);
            self.places.copy(from, Loc::Slot(slot));
            if let (Some(n), true) = (number(from), self.rules.keep != Some(0)) {
                self.places.remember_copy(n, slot);
            }
            if self.uses.last(value) > at && self.places.home(value).is_none() {
                self.places.set_home(value, Loc::Slot(slot));
            }
        }
        if self.uses.last(value) <= at + 1 {
            self.places.release(value);
        }
    }

    /// Loads `value` from memory, if there is a register for it: it goes through one in any case.
    fn cache(&mut self, value: ValueId) {
        let bank = self.trace.value(value).rep.bank();
        if self.places.free_count(bank, 0) == 0 {
            return;
        }
        let across = self.uses.lives_across_call(value);
        let evict = self.rules.evict;
        let n = self.places.take(bank, 0, across, evict, self.uses);
        self.places.copy(self.places.of(value), place(n));
        if let Some(keep) = self.rules.keep {
            self.places.shrink(bank_set(bank), keep - 1);
        }
        self.places.own(value, n);
    }

    fn call(&mut self, index: usize, inst: &Inst<'_>) {
        let at = early(index);
        self.uses.pass_call();
        for arg in inst.args {
            self.uses.pass(*arg);
        }
        let mut exposed = self.places.owned(!CALLEE_SAVED);
        while exposed != 0 {
            let n = exposed.trailing_zeros() as u8;
            exposed &= exposed - 1;
            if let Some(value) = self.places.owner(n)
                && self.uses.last(value) > at
            {
                self.places.ensure_home(value, Places::new_spill);
            }
        }
        for (argument, register) in call_arguments(self.trace, inst) {
            let from = match argument {
                CallArgument::Value(value) => self.places.of(value),
                CallArgument::Immediate(bits) => Loc::Const(bits),
            };
            self.parallel.add(from, place(register));
        }
        self.parallel.resolve(&mut self.places.steps);
        self.places.leave_registers(!CALLEE_SAVED);
        self.places.forget_copies(!CALLEE_SAVED);
        if let Some(snapshot) = inst.snapshot {
            self.exit(Some(index), snapshot);
        }
        self.places.steps.push(Step::Call(Call {
            inst: InstIndex(index as u32),
        }));
        self.release_used(inst, at);
        if let Some(result) = inst.result
            && self.uses.last(result) != 0
        {
            let mut n = call_result(self.trace.value(result).rep);
            let preserved = self.places.usable & bank_set(self.trace.value(result).rep.bank());
            let free = preserved & CALLEE_SAVED & !self.places.owned(!0);
            if self.rules.keep.is_none() && free != 0 && self.uses.lives_across_call(result) {
                // The next call would push it out of its register anyway.
                let to = free.trailing_zeros() as u8;
                self.places.copy(place(n), place(to));
                n = to;
            }
            self.keep_result(result, n, at);
        }
    }

    /// Lets go of what `inst` used for the last time.
    #[inline]
    fn release_used(&mut self, inst: &Inst<'_>, at: u32) {
        for arg in inst.args {
            if self.uses.last(*arg) <= at + 1 {
                self.places.release(*arg);
            }
        }
        if let Some(snapshot) = inst.snapshot {
            self.trace.snapshot(snapshot).values().for_each(|value| {
                if self.uses.last(value) <= at + 1 {
                    self.places.release(value);
                }
            });
        }
    }

    /// Writes down where the snapshot's values are.
    fn exit(&mut self, index: Option<usize>, snapshot: SnapshotId) {
        let start = self.plan.exit_locs.len() as u32;
        let snapshot_of = self.trace.snapshot(snapshot);
        for value in snapshot_of.values() {
            self.plan.exit_locs.push(self.places.of(value));
        }
        self.plan.exits.push(ExitPlan {
            inst: index.map(|i| InstIndex(i as u32)),
            snapshot,
            locs: start..self.plan.exit_locs.len() as u32,
        });
    }

    fn stitch(&mut self, index: usize, inst: &Inst<'_>, uop: UopId) {
        let at = early(index);
        let mut locked: Set = 0;
        let mut inputs = [Loc::Gpr(0); ShapeKey::MAX_INPUTS];
        let inputs = &mut inputs[..inst.args.len()];
        let mut wanted = ShapeKey(0);
        let mut elsewhere = false;
        for (i, arg) in inst.args.iter().enumerate() {
            self.uses.pass(*arg);
            let loc = self.places.of(*arg);
            inputs[i] = loc;
            if let Some(n) = number(loc) {
                locked |= 1 << n;
            } else {
                elsewhere = true;
                wanted = with_input(wanted, i, self.shape_of(*arg, loc, locked));
            }
        }
        if inst.result.is_some() && self.rules.memory_results {
            wanted = with_result(wanted, Shape::Mem);
        }
        let id = self.choices.select(self.trace.table, uop, wanted);
        let stencil = self.trace.table.stencil(id);
        if elsewhere {
            self.load_inputs(inst, stencil, inputs, &mut locked);
        }
        let mut temps = [0; MAX_OPERANDS];
        let mut temp_count = 0;
        let mut late: Set = 0;
        for operand in stencil.operands {
            match operand.role {
                OperandRole::Temp => {
                    let evict = self.rules.evict;
                    let n = self
                        .places
                        .take(operand.bank, locked, false, evict, self.uses);
                    locked |= 1 << n;
                    temps[temp_count] = n & 15;
                    temp_count += 1;
                }
                OperandRole::Input(i) if operand.late => {
                    late |= number(inputs[usize::from(i)]).map_or(0, |n| 1 << n);
                }
                OperandRole::Input(_) | OperandRole::Output => {}
            }
        }
        let output = inst.result.map(|result| {
            if stencil.key.result() == Shape::Mem {
                self.memory_for(result, at)
            } else {
                self.output(result, inst, at, late, inputs, locked)
            }
        });
        if let Some(n) = output.and_then(number) {
            self.places.forget_copy(n);
        }
        if let Some(snapshot) = inst.snapshot {
            self.exit(Some(index), snapshot);
        }
        // Filled in place: building the step elsewhere and moving it costs more than all the rest of it.
        self.places.steps.push(Step::Stitch(Stitch {
            inst: InstIndex(0),
            stencil: StencilId(0),
            inputs: SmallVec::new(),
            output: None,
            temps: SmallVec::new(),
        }));
        if let Some(Step::Stitch(stitch)) = self.places.steps.last_mut() {
            stitch.inst = InstIndex(index as u32);
            stitch.stencil = id;
            stitch.output = output;
            for loc in inputs {
                stitch.inputs.push(*loc);
            }
            for n in &temps[..temp_count] {
                stitch.temps.push(*n);
            }
        }
        self.release_used(inst, at);
        if let (Some(result), Some(output)) = (inst.result, output) {
            self.define(result, output, at);
        }
    }

    /// The shape we would like for `arg`, which is at `loc`, not in a register.
    #[inline]
    fn shape_of(&self, arg: ValueId, loc: Loc, locked: Set) -> Shape {
        let rep = self.trace.value(arg).rep;
        if let Loc::Const(bits) = loc {
            return if fits_stencil(rep, bits) {
                Shape::Const
            } else {
                Shape::Reg
            };
        }
        // A value that is used again is worth a register that nobody needs.
        let again = self.rules.keep.is_none() && self.uses.next[arg.0 as usize] != NEVER;
        if again && self.places.free_count(rep.bank(), locked) > 2 {
            Shape::Reg
        } else {
            Shape::Mem
        }
    }

    /// Loads the inputs that `stencil` wants in registers.
    fn load_inputs(
        &mut self,
        inst: &Inst<'_>,
        stencil: &Stencil,
        inputs: &mut [Loc],
        locked: &mut Set,
    ) {
        for i in 0..inputs.len() {
            if inputs[i].is_reg() || stencil.key.input(i) != Shape::Reg {
                continue;
            }
            let arg = inst.args[i];
            let same = inst.args[..i].iter().position(|earlier| *earlier == arg);
            if let Some(same) = same.filter(|same| inputs[*same].is_reg()) {
                inputs[i] = inputs[same];
                continue;
            }
            let bank = self.trace.value(arg).rep.bank();
            let across = self.uses.lives_across_call(arg);
            let n = self
                .places
                .take(bank, *locked, across, self.rules.evict, self.uses);
            *locked |= 1 << n;
            self.places.copy(inputs[i], place(n));
            let constant = matches!(inputs[i], Loc::Const(_));
            inputs[i] = place(n);
            match self.rules.keep {
                Some(keep) if keep == 0 || constant => {}
                Some(keep) => {
                    self.places.shrink(bank_set(bank), keep - 1);
                    self.places.own(arg, n);
                }
                None => self.places.own(arg, n),
            }
        }
    }

    /// Chooses the register of a result; `late` ones are still read after it has been written.
    fn output(
        &mut self,
        result: ValueId,
        inst: &Inst<'_>,
        at: u32,
        late: Set,
        inputs: &[Loc],
        locked: Set,
    ) -> Loc {
        let bank = self.trace.value(result).rep.bank();
        let mut dying: Set = 0;
        for (arg, loc) in inst.args.iter().zip(inputs) {
            if let Some(n) = number(*loc)
                && self.uses.last(*arg) <= at
            {
                dying |= 1 << n;
            }
        }
        dying &= bank_set(bank) & !late;
        if let Some(n) = self.register_of_param(result)
            && bank_set(bank) >> n & 1 == 1
            && (dying >> n & 1 == 1 || self.places.owner(n).is_none() && locked >> n & 1 == 0)
        {
            return place(n);
        }
        let across = self.uses.lives_across_call(result);
        dying &= self.places.usable;
        if across {
            dying &= CALLEE_SAVED;
        }
        if dying != 0 {
            return place(dying.trailing_zeros() as u8);
        }
        place(
            self.places
                .take(bank, locked, across, self.rules.evict, self.uses),
        )
    }

    /// The register that is kept for the parameter whose next value `value` is.
    fn register_of_param(&self, value: ValueId) -> Option<u8> {
        let param = self.uses.next_of[value.0 as usize];
        if param == NO_PARAM || self.rules.head != Head::Pinned {
            return None;
        }
        number(*self.plan.params.get(param as usize)?)
    }

    /// The memory in which `result`, defined at position `at`, will be: the slot it is stored to next, the home of
    /// the parameter whose next value it is, or a spill slot.
    fn memory_for(&mut self, result: ValueId, at: u32) -> Loc {
        if let Some(Some(slot)) = self.direct.get(result.0 as usize) {
            self.places.overwrite(*slot, self.uses, at + 1);
            return Loc::Slot(*slot);
        }
        Loc::Spill(self.spill_for(result, at + 1))
    }

    /// A spill slot for `value`: the one kept for the parameter whose next value it is, if that parameter is not used
    /// after position `now`.
    pub(crate) fn spill_for(&mut self, value: ValueId, now: u32) -> Spill {
        let param = self.uses.next_of[value.0 as usize];
        if param != NO_PARAM
            && let Some(Loc::Spill(spill)) = self.plan.params.get(param as usize)
            && self.uses.last(self.trace.params[param as usize].value) <= now
        {
            return *spill;
        }
        self.places.new_spill()
    }

    /// `result` has just been written to `output`.
    fn define(&mut self, result: ValueId, output: Loc, at: u32) {
        if self.uses.last(result) == 0 {
            if let Loc::Spill(_) = output {
                self.places.set_home(result, output);
                self.places.release(result);
            }
        } else if let Some(n) = number(output) {
            self.keep_result(result, n, at);
        } else {
            self.places.set_home(result, output);
        }
    }

    /// `result` is in register `n`: it stays there, or goes to memory at once.
    fn keep_result(&mut self, result: ValueId, n: u8, at: u32) {
        let bank = bank_set(self.trace.value(result).rep.bank());
        let pinned = self.register_of_param(result) == Some(n);
        let keep = self.rules.keep.unwrap_or(u32::MAX);
        if keep > 0 && (pinned || self.places.usable >> n & 1 == 1) {
            self.places.shrink(bank, keep - 1);
            self.places.own(result, n);
            return;
        }
        let home = self.memory_for(result, at);
        self.places.copy(place(n), home);
        self.places.set_home(result, home);
    }
}
