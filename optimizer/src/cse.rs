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
//! - A pure uop, or a call, that returns a word of a counted kind returns a new reference each time, perhaps to a new object,
//!   and is left alone. A word that is *read* from memory is borrowed, and may be shared.
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
use crate::numbering::{Kept, Walk};
use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Cse {
    walk: Walk,
}

impl Pass for Cse {
    fn name(&self) -> &'static str {
        "cse"
    }

    fn summary(&self) -> &'static str {
        "compute the same thing once"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.walk.run(trace, |walk, trace, inst, kept| {
            if !is_candidate(&walk.facts, trace, inst) {
                return false;
            }
            if same(walk, trace, inst, kept, cx) {
                return true;
            }
            walk.numbering.note(inst, kept);
            false
        });
    }
}

fn is_candidate(facts: &Facts, trace: &Trace<'_>, inst: &Inst<'_>) -> bool {
    let (Op::Uop(uop), Some(_)) = (inst.op, inst.result) else {
        return false;
    };
    let info = trace.table.info(uop);
    match info.role {
        Role::Pure => !makes_references(facts, info),
        // What only reads memory, and left the trace before if it would now. One that is called may make an object each
        // time.
        Role::Effect => {
            (info.call.is_none() || !makes_references(facts, info))
                && info.effects.writes == Aliases::NONE
                && info.effects.counts == 0
                && info.slow.is_none()
                && !info.takes_base
                && !info.fields.alloc
        }
        Role::Guard => false,
    }
}

fn makes_references(facts: &Facts, info: &UopInfo) -> bool {
    info.result
        .is_some_and(|result| result.rep == Rep::Word && !facts.boxing().uncounted(result.kinds))
}

/// `f(x) .. f(x) ==> f(x) ..`
fn same<'a>(
    walk: &mut Walk,
    trace: &Trace<'a>,
    inst: &Inst<'a>,
    kept: &Kept<'_, 'a>,
    cx: &mut PassContext<'_>,
) -> bool {
    let earlier = walk.numbering.find(trace.table, inst, kept);
    match (inst.result, earlier.and_then(|earlier| earlier.result)) {
        (Some(old), Some(new)) if cx.rewrite("same-value") => {
            walk.substitution.replace(old, new);
            true
        }
        _ => false,
    }
}
