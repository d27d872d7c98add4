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
use crate::numbering::{Kept, Walk, is_guard};
use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct GuardElim {
    walk: Walk,
}

impl Pass for GuardElim {
    fn name(&self) -> &'static str {
        "guard-elim"
    }

    fn summary(&self) -> &'static str {
        "remove guards that are known to succeed"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.walk.run(trace, |walk, trace, inst, kept| {
            is_guard(trace.table, inst) && guard(walk, trace, inst, kept, cx)
        });
    }
}

/// Removes or weakens a guard; true if it is gone.
fn guard<'a>(
    walk: &mut Walk,
    trace: &Trace<'a>,
    inst: &mut Inst<'a>,
    kept: &Kept<'_, 'a>,
    cx: &mut PassContext<'_>,
) -> bool {
    if same_guard(walk, trace, inst, kept, cx) || proved(&walk.facts, trace, inst, cx) {
        return true;
    }
    if is_guard(trace.table, inst) {
        walk.numbering.note(inst, kept);
    }
    false
}

/// `guard(x) .. guard(x) ==> guard(x) ..`
fn same_guard<'a>(
    walk: &mut Walk,
    trace: &Trace<'a>,
    inst: &Inst<'a>,
    kept: &Kept<'_, 'a>,
    cx: &mut PassContext<'_>,
) -> bool {
    let Some(earlier) = walk.numbering.find(trace.table, inst, kept) else {
        return false;
    };
    match (inst.result, earlier.result) {
        (Some(old), Some(new)) if cx.rewrite("same-guard") => {
            walk.substitution.replace(old, new);
            true
        }
        (None, None) => cx.rewrite("same-guard"),
        _ => false,
    }
}

/// `guard_K(x) ==> unchecked(x)`, or nothing, where `x` is known to be of kind `K`.
fn proved(facts: &Facts, trace: &Trace<'_>, inst: &mut Inst<'_>, cx: &mut PassContext<'_>) -> bool {
    let Op::Uop(uop) = inst.op else { return false };
    if !facts.prove(trace.table, inst) {
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
