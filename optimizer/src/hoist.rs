//! Moves what is the same in every round out of the loop: checks and computations of values from before it.
//!
//! # What
//! A pure uop whose arguments come from before the loop computes the same in every round; a guard of such values that
//! reads no memory checks the same. Both go into the preheader.
//!
//! # Example
//! ```text
//!   v0: word = load_slot s3                ==>   v0: word = load_slot s3
//! loop (..)                                      v1: int = unbox_int v0 !e9
//!   v1: int = unbox_int v0 !e2                 loop (..)
//!   v3: bool = int_lt v2, v1                     v3: bool = int_lt v2, v1
//! ```
//!
//! # Facts used
//! `pure`; `guard` and what it reads.
//!
//! # Invariants kept
//! - The body is straight-line code, so what it holds is run in the first round or the trace is left before. An exit moved to
//!   the preheader leaves with the trace's entry state, where nothing has happened yet: the VM goes on from there and finds
//!   out itself. (What stands before the loop reads slots, and has exits of this same sort only.)
//! - Uops that read memory stay: what makes the read safe may stand in the body.
//! - No references are made: a pure uop that returns a word of a counted kind stays.
//!
//! # Cost
//! One walk.
//!
//! # Limits
//! Loops that start from the interpreter only, as for unboxing. Memory that the loop does not write is read in every
//! round.

use sashiko_stencils::{Rep, Role, UopInfo};
use sashiko_trace::ir::{Inst, Op, Snapshot, SnapshotId, Trace};

use crate::boxing::Boxing;
use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Hoist {
    boxing: Boxing,
    /// By value: the same in every round.
    invariant: Vec<bool>,
}

impl Pass for Hoist {
    fn name(&self) -> &'static str {
        "hoist"
    }

    fn summary(&self) -> &'static str {
        "move what is the same in every round out of the loop"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        if !trace.is_loop() || !enters_from_interpreter(trace) {
            return;
        }
        self.boxing.of(trace.table);
        self.find_invariants(trace);
        let mut entry = None;
        let mut body = std::mem::take(&mut trace.body);
        body.retain_mut(|inst| {
            if !self.can_move(trace, inst) || !cx.rewrite("invariant") {
                return true;
            }
            if inst.snapshot.is_some() {
                let entry = *entry.get_or_insert_with(|| entry_state(trace));
                inst.snapshot = Some(entry);
            }
            inst.by = cx.by("invariant");
            if let Some(result) = inst.result {
                self.invariant[result.0 as usize] = true;
            }
            trace.preheader.push(*inst);
            false
        });
        trace.body = body;
    }
}

/// Is the state at the loop's entry that of memory? It is if nothing was stored or imported before.
pub(crate) fn enters_from_interpreter(trace: &Trace<'_>) -> bool {
    let stores = |inst: &Inst<'_>| matches!(inst.op, Op::StoreSlot(_));
    trace.imports.is_empty() && !trace.preheader.iter().any(stores)
}

/// A snapshot of the state at the loop's entry: memory is the truth.
pub(crate) fn entry_state(trace: &mut Trace<'_>) -> SnapshotId {
    trace.new_snapshot(Snapshot {
        resume: trace.start,
        slots: &[],
        owed: &[],
    })
}

impl Hoist {
    fn find_invariants(&mut self, trace: &Trace<'_>) {
        self.invariant.clear();
        let constants = trace.values.iter().map(|value| value.constant.is_some());
        self.invariant.extend(constants);
        for inst in &trace.preheader {
            if let Some(result) = inst.result {
                self.invariant[result.0 as usize] = true;
            }
        }
    }

    fn can_move(&self, trace: &Trace<'_>, inst: &Inst<'_>) -> bool {
        let Op::Uop(uop) = inst.op else { return false };
        let info = trace.table.info(uop);
        let stays = info.takes_env
            || info.effects.reads.0 != 0
            || info.effects.writes.0 != 0
            || info.effects.counts != 0;
        let moves = match info.role {
            Role::Pure => !self.makes_references(info),
            Role::Guard => true,
            Role::Effect => false,
        };
        moves && !stays && inst.args.iter().all(|arg| self.invariant[arg.0 as usize])
    }

    fn makes_references(&self, info: &UopInfo) -> bool {
        info.result
            .is_some_and(|result| result.rep == Rep::Word && !self.boxing.uncounted(result.kinds))
    }
}
