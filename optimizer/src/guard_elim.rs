//! Removes guards that are known to succeed.
//!
//! # What
//! A guard goes if what it checks is known of its inputs already; where it computes something as well, the unchecked
//! uop takes its place. And a guard goes if the same guard has succeeded before, with nothing in between that could
//! make it fail.
//!
//! # Example
//! ```text
//!   v1: float = unbox_float v0 !e1
//!   v2: float = unbox_float v0 !e2       ==>   v1
//!   v4: word = box_float v3                    (v4 is {FLOAT})
//!   v5: float = unbox_float v4 !e3       ==>   v5: float = float_of v4
//! ```
//!
//! # Facts used
//! Kinds of values; `checks(a: K)`, which says that the guard tests nothing else; `unchecked = uop`; `reads` and
//! `writes`.
//!
//! # Invariants kept
//! A guard that says nothing of what it checks is never proved by kinds. A guard that is known to *fail* stays: it is the
//! way out. Memory read by a guard must not be written between it and the earlier one; in a loop the body's writes count as
//! coming before its head.
//!
//! # Cost
//! One walk; a hash lookup for each guard.
//!
//! # Limits
//! Guards of loop invariants are left to `hoist`. A guard is only ever implied by kinds or by itself,
//! not by a different guard that proves more.

use sashiko_stencils::Role;
use sashiko_trace::ir::{Inst, Op, Trace};

use crate::facts::Facts;
use crate::numbering::{Kept, Numbering, is_guard, loop_writes, writes};
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct GuardElim {
    facts: Facts,
    numbering: Numbering,
    substitution: Substitution,
}

impl Pass for GuardElim {
    fn name(&self) -> &'static str {
        "guard-elim"
    }

    fn summary(&self) -> &'static str {
        "remove guards that are known to succeed"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.facts.reset(trace);
        self.numbering.reset(trace.len());
        self.substitution.reset(trace.values.len());
        let insts = std::mem::take(&mut trace.preheader);
        trace.preheader = self.region(trace, &[], insts, cx);
        self.numbering.wrote(loop_writes(trace, &self.facts));
        let insts = std::mem::take(&mut trace.body);
        trace.body = self.region(trace, &trace.preheader, insts, cx);
        self.substitution.finish(trace);
    }
}

impl GuardElim {
    fn region<'a>(
        &mut self,
        trace: &Trace<'a>,
        before: &[Inst<'a>],
        insts: Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) -> Vec<Inst<'a>> {
        let mut here = Vec::with_capacity(insts.len());
        for mut inst in insts {
            self.substitution.apply(&mut inst, trace.arena);
            let kept = Kept {
                before,
                here: &here,
            };
            if is_guard(trace.table, &inst) && self.guard(trace, &mut inst, &kept, cx) {
                continue;
            }
            self.facts.learn(trace.table, &inst);
            self.numbering
                .wrote(writes(trace.table, &self.facts, &inst));
            here.push(inst);
        }
        here
    }

    /// Removes or weakens a guard; true if it is gone.
    fn guard<'a>(
        &mut self,
        trace: &Trace<'a>,
        inst: &mut Inst<'a>,
        kept: &Kept<'_, 'a>,
        cx: &mut PassContext<'_>,
    ) -> bool {
        if self.same_guard(trace, inst, kept, cx) || self.proved(trace, inst, cx) {
            return true;
        }
        if is_guard(trace.table, inst) {
            self.numbering.note(inst, kept);
        }
        false
    }

    /// `guard(x) .. guard(x) ==> guard(x) ..`
    fn same_guard<'a>(
        &mut self,
        trace: &Trace<'a>,
        inst: &Inst<'a>,
        kept: &Kept<'_, 'a>,
        cx: &mut PassContext<'_>,
    ) -> bool {
        let Some(earlier) = self.numbering.find(trace.table, inst, kept) else {
            return false;
        };
        match (inst.result, earlier.result) {
            (Some(old), Some(new)) if cx.rewrite("same-guard") => {
                self.substitution.replace(old, new);
                true
            }
            (None, None) => cx.rewrite("same-guard"),
            _ => false,
        }
    }

    /// `guard_K(x) ==> unchecked(x)`, or nothing, where `x` is known to be of kind `K`.
    fn proved(&self, trace: &Trace<'_>, inst: &mut Inst<'_>, cx: &mut PassContext<'_>) -> bool {
        let Op::Uop(uop) = inst.op else { return false };
        if !self.facts.prove(trace.table, inst) {
            return false;
        }
        let info = trace.table.info(uop);
        match info.unchecked {
            Some(unchecked) => {
                let pure = trace.table.info(unchecked);
                if pure.exits || pure.role == Role::Guard || !cx.rewrite("unchecked") {
                    return false;
                }
                inst.op = Op::Uop(unchecked);
                inst.snapshot = None;
                inst.by = cx.by("unchecked");
                false
            }
            None => inst.result.is_none() && cx.rewrite("proved"),
        }
    }
}
