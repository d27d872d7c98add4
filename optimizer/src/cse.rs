//! Computes the same thing once: common subexpressions.
//!
//! # What
//! A pure uop, or one that only reads memory, goes if the same uop with the same arguments came before and nothing it
//! reads was written in between.
//!
//! # Example
//! ```text
//!   v2: int = array_len v0
//!   v3: float = float_of v1
//!   v4: int = array_len v0               ==>   v2
//!   v5: float = float_of v1              ==>   v3
//! ```
//!
//! # Facts used
//! `pure`; `reads` and `writes`; uncounted kinds.
//!
//! # Invariants kept
//! - The earlier instruction succeeded, so the later one would: its exit goes with it.
//! - A pure uop that returns a word of a counted kind returns a new reference each time and is left alone. A word that is
//!   *read* from memory is borrowed, and may be shared.
//!
//! # Cost
//! One walk; a hash lookup for each candidate.
//!
//! # Limits
//! Arguments are compared as they stand: `a + b` is not `b + a`. A value used again much later occupies a register until
//! then.

use sashiko_stencils::uop::Aliases;
use sashiko_stencils::{Rep, Role, UopInfo};
use sashiko_trace::ir::{Inst, Op, Trace};

use crate::facts::Facts;
use crate::numbering::{Kept, Numbering, loop_writes, writes};
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Cse {
    facts: Facts,
    numbering: Numbering,
    substitution: Substitution,
}

impl Pass for Cse {
    fn name(&self) -> &'static str {
        "cse"
    }

    fn summary(&self) -> &'static str {
        "compute the same thing once"
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

impl Cse {
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
            if self.is_candidate(trace, &inst) {
                if self.same(trace, &inst, &kept, cx) {
                    continue;
                }
                self.numbering.note(&inst, &kept);
            }
            self.facts.learn(trace.table, &inst);
            self.numbering
                .wrote(writes(trace.table, &self.facts, &inst));
            here.push(inst);
        }
        here
    }

    fn is_candidate(&self, trace: &Trace<'_>, inst: &Inst<'_>) -> bool {
        let (Op::Uop(uop), Some(_)) = (inst.op, inst.result) else {
            return false;
        };
        let info = trace.table.info(uop);
        match info.role {
            Role::Pure => !self.makes_references(info),
            // What only reads memory, and left the trace before if it would now.
            Role::Effect => {
                info.effects.writes == Aliases::NONE
                    && info.effects.counts == 0
                    && info.slow.is_none()
                    && !info.takes_base
            }
            Role::Guard => false,
        }
    }

    fn makes_references(&self, info: &UopInfo) -> bool {
        info.result.is_some_and(|result| {
            result.rep == Rep::Word && !self.facts.boxing().uncounted(result.kinds)
        })
    }

    /// `f(x) .. f(x) ==> f(x) ..`
    fn same<'a>(
        &mut self,
        trace: &Trace<'a>,
        inst: &Inst<'a>,
        kept: &Kept<'_, 'a>,
        cx: &mut PassContext<'_>,
    ) -> bool {
        let earlier = self.numbering.find(trace.table, inst, kept);
        match (inst.result, earlier.and_then(|earlier| earlier.result)) {
            (Some(old), Some(new)) if cx.rewrite("same-value") => {
                self.substitution.replace(old, new);
                true
            }
            _ => false,
        }
    }
}
