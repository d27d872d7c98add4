//! Evaluates what can be known now, and takes away boxes that are opened again.
//!
//! # What
//! A pure uop of constants is replaced by its outcome, found by calling the author's own function: there is no second
//! definition of any operation here. A guard that depends on bits alone and succeeds on constants goes. And what was
//! boxed and is unboxed again, or the other way round, is what it was before.
//!
//! # Example
//! ```text
//!   v3: float = float_mul 2.0, 4.0       ==>   8.0
//!   guard_true true !e1                  ==>
//!   guard_true v2 !e1                         (e1: ... {s4 = v2} ==> {s4 = false})
//!   v4: word = box_float v1
//!   v5: float = unbox_float v4 !e2       ==>   v1
//! ```
//!
//! # Facts used
//! `pure`, `guard`, `boxes`, `unboxes`; the alias classes a guard reads; uncounted kinds.
//!
//! # Invariants kept
//! - An evaluation that leaves the trace is not folded: the exit stays where it is.
//! - No reference is made or lost. A pure uop that returns a word of a counted kind returns a new reference each time
//!   it runs, so it is neither folded nor replaced by the word that was unboxed.
//! - A value unboxed as one representation and boxed as another is left alone, check included.
//!
//! # Cost
//! One walk, two side tables indexed by value.
//!
//! # Limits
//! The middle does not know what a uop computes, so there is no `x + 0 ==> x` here.

use sashiko_stencils::info::Outcome;
use sashiko_stencils::{Rep, Role, UopInfo};
use sashiko_trace::ir::{Inst, Op, Snapshot, Trace, ValueId};

use crate::facts::Facts;
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct ConstFold {
    facts: Facts,
    substitution: Substitution,
    /// By word: the raw value it is a box of.
    raw_of: Vec<Option<ValueId>>,
    /// By raw value: the word it was unboxed from.
    word_of: Vec<Option<ValueId>>,
    inputs: Vec<u64>,
}

/// What becomes of an instruction.
enum Verdict {
    Keep,
    Delete,
    Becomes(ValueId),
}

impl Pass for ConstFold {
    fn name(&self) -> &'static str {
        "const-fold"
    }

    fn summary(&self) -> &'static str {
        "evaluate uops of constants, cancel boxing against unboxing"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.facts.reset(trace);
        self.substitution.reset(trace.values.len());
        for side in [&mut self.raw_of, &mut self.word_of] {
            side.clear();
            side.resize(trace.values.len(), None);
        }
        let mut preheader = std::mem::take(&mut trace.preheader);
        preheader.retain_mut(|inst| self.inst(trace, inst, cx));
        trace.preheader = preheader;
        let mut body = std::mem::take(&mut trace.body);
        body.retain_mut(|inst| self.inst(trace, inst, cx));
        trace.body = body;
        self.substitution.finish(trace);
    }
}

impl ConstFold {
    /// Rewrites one instruction; false if it goes.
    fn inst<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        inst: &mut Inst<'a>,
        cx: &mut PassContext<'_>,
    ) -> bool {
        self.substitution.apply(inst, trace.arena);
        let Op::Uop(uop) = inst.op else { return true };
        let info = trace.table.info(uop);
        if info.role == Role::Effect {
            return true;
        }
        let mut verdict = self.evaluate(trace, inst, info, cx);
        if matches!(verdict, Verdict::Keep) && (info.boxes || info.unboxes) {
            verdict = self.boxes(trace, inst, info, cx);
        }
        match (verdict, inst.result) {
            (Verdict::Delete, _) => false,
            (Verdict::Becomes(new), Some(old)) => {
                self.substitution.replace(old, new);
                false
            }
            _ => {
                if info.role == Role::Guard {
                    self.truth(trace, inst, info, cx);
                }
                self.facts.learn(trace.table, inst);
                self.note(trace, inst, info);
                true
            }
        }
    }

    /// `f(constants) ==> constant`, and `guard(constants) ==>` nothing where it succeeds.
    fn evaluate(
        &mut self,
        trace: &mut Trace<'_>,
        inst: &Inst<'_>,
        info: &UopInfo,
        cx: &mut PassContext<'_>,
    ) -> Verdict {
        self.inputs.clear();
        for arg in inst.args {
            match trace.value(*arg).constant {
                Some(bits) => self.inputs.push(bits),
                None => return Verdict::Keep,
            }
        }
        if let Some(result) = info.result
            && result.rep == Rep::Word
            && !self.facts.boxing().uncounted(result.kinds)
        {
            return Verdict::Keep;
        }
        match info.fold(&self.inputs, inst.immediates) {
            Some(Outcome::Value(bits)) if info.result.is_some() && cx.rewrite("fold") => {
                let rep = info.result.map_or(Rep::Word, |result| result.rep);
                Verdict::Becomes(trace.constant(rep, bits))
            }
            Some(Outcome::Done) if info.result.is_none() && cx.rewrite("fold-guard") => {
                Verdict::Delete
            }
            _ => Verdict::Keep,
        }
    }

    /// `guard_true v: {s = v} ==> {s = false}`
    fn truth(
        &self,
        trace: &mut Trace<'_>,
        inst: &mut Inst<'_>,
        info: &UopInfo,
        cx: &mut PassContext<'_>,
    ) {
        let (&[value], None, Some(exit)) = (inst.args, inst.result, inst.snapshot) else {
            return;
        };
        if trace.value(value).rep != Rep::Bool || trace.value(value).constant.is_some() {
            return;
        }
        let outcomes = [0, 1].map(|truth| info.fold(&[truth], inst.immediates));
        let passes = match outcomes {
            [Some(Outcome::Exit), Some(Outcome::Done)] => 1,
            [Some(Outcome::Done), Some(Outcome::Exit)] => 0,
            _ => return,
        };
        let snapshot = *trace.snapshot(exit);
        // The value itself, or a box of it.
        let tells = |held: ValueId| {
            let held = self.substitution.resolve(held);
            held == value || self.raw_of.get(held.0 as usize) == Some(&Some(value))
        };
        let any = snapshot.slots.iter().any(|(_, held)| tells(*held));
        if any && cx.exits_tell() && cx.rewrite("truth-at-exit") {
            let fails = trace.constant(Rep::Bool, 1 - passes);
            let slots = snapshot.slots.iter();
            let slots = slots.map(|(slot, held)| (*slot, if tells(*held) { fails } else { *held }));
            let slots = trace.arena.alloc_slice_fill_iter(slots);
            inst.snapshot = Some(trace.new_snapshot(Snapshot { slots, ..snapshot }));
        }
    }

    fn boxes(
        &mut self,
        trace: &mut Trace<'_>,
        inst: &Inst<'_>,
        info: &UopInfo,
        cx: &mut PassContext<'_>,
    ) -> Verdict {
        let (Some(&arg), Some(result)) = (inst.args.first(), info.result) else {
            return Verdict::Keep;
        };
        if info.unboxes {
            self.unbox_of_constant(trace, arg, result.rep, cx)
                .or_else(|| self.unbox_of_box(trace, arg, result.rep, cx))
        } else {
            self.box_of_unbox(trace, arg, info, cx)
        }
        .map_or(Verdict::Keep, Verdict::Becomes)
    }

    /// `unbox(constant) ==> constant`
    fn unbox_of_constant(
        &self,
        trace: &mut Trace<'_>,
        word: ValueId,
        rep: Rep,
        cx: &mut PassContext<'_>,
    ) -> Option<ValueId> {
        let bits = trace.value(word).constant?;
        let raw = self.facts.boxing().unbox_constant(rep, bits)?;
        cx.rewrite("unbox-constant")
            .then(|| trace.constant(rep, raw))
    }

    /// `unbox(box(x)) ==> x`
    fn unbox_of_box(
        &self,
        trace: &Trace<'_>,
        word: ValueId,
        rep: Rep,
        cx: &mut PassContext<'_>,
    ) -> Option<ValueId> {
        let raw = (*self.raw_of.get(word.0 as usize)?)?;
        (trace.value(raw).rep == rep && cx.rewrite("unbox-box")).then_some(raw)
    }

    /// `box(unbox(w)) ==> w`
    fn box_of_unbox(
        &self,
        trace: &Trace<'_>,
        raw: ValueId,
        info: &UopInfo,
        cx: &mut PassContext<'_>,
    ) -> Option<ValueId> {
        let word = (*self.word_of.get(raw.0 as usize)?)?;
        let same_rep = info
            .inputs
            .first()
            .is_some_and(|input| input.rep == trace.value(raw).rep);
        let uncounted = info
            .result
            .is_some_and(|result| self.facts.boxing().uncounted(result.kinds));
        (same_rep && uncounted && cx.rewrite("box-unbox")).then_some(word)
    }

    /// Is the word of the kind that `raw` was unboxed as? It is behind a check.
    fn holds(&self, trace: &Trace<'_>, word: ValueId, raw: ValueId) -> bool {
        let boxer = self.facts.boxing().boxer(trace.value(raw).rep);
        boxer.is_some_and(|boxer| boxer.is_total() || self.facts.of(word).is_subset(boxer.kinds))
    }

    fn note(&mut self, trace: &Trace<'_>, inst: &Inst<'_>, info: &UopInfo) {
        let (Some(result), [arg]) = (inst.result, inst.args) else {
            return;
        };
        if info.unboxes && !self.holds(trace, *arg, result) {
            return;
        }
        let side = match (info.boxes, info.unboxes) {
            (true, _) => &mut self.raw_of,
            (_, true) => &mut self.word_of,
            _ => return,
        };
        // A raw value unboxed twice keeps its first word; both are right.
        if let Some(known) = side.get_mut(result.0 as usize) {
            known.get_or_insert(*arg);
        }
    }
}
