//! Takes composed uops apart into the steps they are made of.
//!
//! # What
//! A composed uop does in one stencil what several uops do one after the other. As one stencil it is shorter and
//! faster; taken apart, its checks and boxes are there for the other passes to see.
//!
//! # Example
//! ```text
//!   v2: word = add_int v0, v1 !e3        ==>   v3: int = unbox_int v0 !e3
//!                                              v4: int = unbox_int v1 !e3
//!                                              v5: int = int_add v3, v4 !e3
//!                                              v2: word = box_int v5 !e3
//! ```
//!
//! # Facts used
//! [`UopInfo::steps`](sashiko_stencils::UopInfo::steps).
//!
//! # Invariants kept
//! Every step that can exit gets the composed uop's snapshot. That is right because no step with an effect comes before
//! a step that can exit: a composition for which it does is left whole. Steps that are compositions are taken apart too.
//!
//! # Cost
//! One walk; an instruction for each step.
//!
//! # Limits
//! Compositions of raw values (compare and branch) are left whole: there are no boxes in them to find. What no pass can improve stays apart, and then costs more than the composition did. Putting steps together again is
//! the business of fusion.

use sashiko_stencils::{Rep, StepArg, UopId, UopTable};
use sashiko_trace::ir::{Inst, Op, Trace, ValueId};

use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// Compositions may be made of compositions, this deep.
const MAX_DEPTH: usize = 8;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Expand {
    substitution: Substitution,
}

impl Pass for Expand {
    fn name(&self) -> &'static str {
        "expand"
    }

    fn summary(&self) -> &'static str {
        "take composed uops apart into their steps"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.substitution.reset(trace.values.len());
        let preheader = std::mem::take(&mut trace.preheader);
        trace.preheader = self.region(trace, preheader, cx);
        let body = std::mem::take(&mut trace.body);
        trace.body = self.region(trace, body, cx);
        self.substitution.finish(trace);
    }
}

impl Expand {
    fn region<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        insts: Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) -> Vec<Inst<'a>> {
        let composed = |inst: &Inst<'_>| matches!(inst.op, Op::Uop(uop) if !trace.table.info(uop).steps.is_empty());
        if !insts.iter().any(composed) {
            return insts;
        }
        let mut out = Vec::with_capacity(insts.len() * 2);
        for mut inst in insts {
            self.substitution.apply(&mut inst, trace.arena);
            self.inst(trace, inst, 0, &mut out, cx);
        }
        out
    }

    fn inst<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        inst: Inst<'a>,
        depth: usize,
        out: &mut Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) {
        match inst.op {
            Op::Uop(uop)
                if depth < MAX_DEPTH
                    && can_come_apart(trace.table, uop, inst.snapshot.is_some())
                    && cx.rewrite("steps") =>
            {
                self.steps(trace, &inst, uop, depth, out, cx);
            }
            _ => out.push(inst),
        }
    }

    /// `composed(a, b) ==> step1(a); step2(b); ...`
    fn steps<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        inst: &Inst<'a>,
        uop: UopId,
        depth: usize,
        out: &mut Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) {
        let info = trace.table.info(uop);
        let mut results: Vec<Option<ValueId>> = Vec::with_capacity(info.steps.len());
        for (position, step) in info.steps.iter().enumerate() {
            let of = trace.table.info(step.uop);
            // A step of a step may turn out to be one of its inputs: resolve what earlier steps gave.
            let arg = |arg: &StepArg| match *arg {
                StepArg::Input(i) => inst.args[usize::from(i)],
                StepArg::Step(i) => self
                    .substitution
                    .resolve(results[usize::from(i)].expect("a step that is used has a result")),
            };
            let args = trace
                .arena
                .alloc_slice_fill_iter(step.inputs.iter().map(arg));
            let immediates = step.immediates.iter();
            let immediates = trace.arena.alloc_slice_fill_iter(
                immediates.map(|position| inst.immediates[usize::from(*position)]),
            );
            let is_result = info.steps_result == Some(StepArg::Step(position as u8));
            let result = match (of.result, inst.result) {
                (Some(_), Some(result)) if is_result => Some(result),
                (Some(result), _) => Some(trace.new_value(result.rep, result.kinds)),
                (None, _) => None,
            };
            results.push(result);
            let step = Inst {
                op: Op::Uop(step.uop),
                args,
                immediates,
                result,
                snapshot: inst.snapshot.filter(|_| of.exits),
                origin: inst.origin,
                by: cx.by("steps"),
            };
            self.inst(trace, step, depth + 1, out, cx);
        }
        if let (Some(StepArg::Input(i)), Some(result)) = (info.steps_result, inst.result) {
            self.substitution.replace(result, inst.args[usize::from(i)]);
        }
    }
}

/// Is `uop` a composition of words whose exits all come before its effects, so that one snapshot serves them all?
fn can_come_apart(table: &UopTable, uop: UopId, has_snapshot: bool) -> bool {
    let mut effect = false;
    let info = table.info(uop);
    let steps = info.steps;
    let words = info.inputs.iter().any(|input| input.rep == Rep::Word)
        || info.result.is_some_and(|result| result.rep == Rep::Word);
    words
        && !steps.is_empty()
        && steps.iter().all(|step| {
            let info = table.info(step.uop);
            let exit_is_covered = !info.exits || (has_snapshot && !effect);
            effect |= info.effects.writes.0 != 0 || info.effects.counts != 0 || info.slow.is_some();
            exit_is_covered
        })
}
