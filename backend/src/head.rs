//! The head of a loop, as the engine remembers it for side traces that come back to it.
//!
//! A side trace that comes back to the loop it left may jump behind what stands before the loop (see
//! [`Onto`](sashiko_trace::onto::Onto)). For that the engine keeps where the parameters are at the head and where the values from before
//! the loop are, at the head as at each exit of the body; what the loop relies on; and the head's address.

use sashiko_regalloc::plan::{Loc, Plan};
use sashiko_stencils::uop::Aliases;
use sashiko_trace::ir::{End, HeadParam, Op, Slot, Trace, Value, ValueId};
use sashiko_trace::lift::ParentHead;

use crate::moves::FrameLayout;

/// A loop's head.
#[derive(Clone, Debug)]
pub(crate) struct HeadRecord {
    /// Offset of its code from the trace's entry.
    pub(crate) offset: u32,
    pc: u32,
    params: Vec<(HeadParam, Loc)>,
    kept: Vec<(ValueId, Value, Loc)>,
    unchanged: Vec<Slot>,
    free: Vec<Slot>,
    reads: Aliases,
    below: Option<Slot>,
}

impl HeadRecord {
    /// The head of `trace`, if side traces may go on there: it is a loop that was entered from the VM, each of its parameters
    /// stands for a slot, and the policy says what it keeps.
    pub(crate) fn of(
        trace: &Trace<'_>,
        plan: &Plan,
        offset: u32,
        layout: FrameLayout,
    ) -> Option<HeadRecord> {
        let stores = |op: Op| matches!(op, Op::StoreSlot(_));
        let from_vm = trace.parent.is_none()
            && trace.imports.is_empty()
            && !trace.preheader.iter().any(|inst| stores(inst.op));
        if trace.end != End::Loop || !plan.keeps || !from_vm {
            return None;
        }
        let params = trace.params.iter().zip(&plan.params);
        let params = params.map(|(param, loc)| {
            let value = trace.value(param.value);
            let param = HeadParam {
                slot: param.slot?,
                rep: value.rep,
                kinds: value.kinds,
            };
            Some((param, *loc))
        });
        let params: Vec<_> = params.collect::<Option<_>>()?;
        let kept = plan.kept.iter();
        let kept: Vec<_> = kept
            .map(|(value, loc)| (*value, *trace.value(*value), *loc))
            .collect();
        let mut reads = Aliases::NONE;
        let mut unchanged = Vec::new();
        let mut free = Vec::new();
        for inst in &trace.preheader {
            match inst.op {
                Op::LoadSlot(slot) if is_free(trace, slot, inst.result) => free.push(slot),
                Op::LoadSlot(slot) if !params.iter().any(|(param, _)| param.slot == slot) => {
                    unchanged.push(slot);
                }
                Op::Uop(uop) => reads = reads.union(trace.table.info(uop).effects.reads),
                _ => {}
            }
        }
        let homes = kept.iter().map(|(_, _, loc)| *loc);
        unchanged.extend(homes.filter_map(|loc| match loc {
            Loc::Slot(slot) => Some(slot),
            _ => None,
        }));
        unchanged.sort_unstable();
        unchanged.dedup();
        // A side trace with higher slots has its spill slots elsewhere.
        let mut places = params.iter().map(|(_, loc)| *loc);
        let mut homes = kept.iter().map(|(_, _, loc)| *loc);
        let spilled = |loc: Loc| matches!(loc, Loc::Spill(_));
        let below = if places.any(spilled) || homes.any(spilled) {
            Some(Slot(layout.extent))
        } else {
            None
        };
        Some(HeadRecord {
            offset,
            pc: trace.start.origin.pc,
            params,
            kept,
            unchanged,
            free,
            reads,
            below,
        })
    }

    /// What a side trace is told.
    pub(crate) fn describe(&self) -> ParentHead {
        let kept = self.kept.iter();
        ParentHead {
            pc: self.pc,
            params: self.params.iter().map(|(param, _)| *param).collect(),
            kept: kept.map(|(name, value, _)| (*name, *value)).collect(),
            unchanged: self.unchanged.clone(),
            free: self.free.clone(),
            reads: self.reads,
            below: self.below,
        }
    }

    /// The values from before the loop, and where they are.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (ValueId, Loc)> + '_ {
        self.kept.iter().map(|(name, _, loc)| (*name, *loc))
    }

    /// Where the head wants parameters and kept values.
    pub(crate) fn places(&self) -> impl Iterator<Item = Loc> + '_ {
        let params = self.params.iter().map(|(_, loc)| *loc);
        params.chain(self.kept().map(|(_, loc)| loc))
    }
}

/// Does the memory of `slot` not matter in the loop, though `loaded` was loaded from it before? So it is with what was only
/// looked at there: every exit of the body lists the slot, and nothing in the loop reads it.
fn is_free(trace: &Trace<'_>, slot: Slot, loaded: Option<ValueId>) -> bool {
    let is_loaded = |value: &ValueId| Some(*value) == loaded;
    let carried = trace
        .params
        .iter()
        .any(|param| param.slot == Some(slot) || is_loaded(&param.init) || is_loaded(&param.next));
    let leaves_alone = |inst: &sashiko_trace::ir::Inst<'_>| {
        let reads = inst.args.iter().any(is_loaded) || inst.op == Op::LoadSlot(slot);
        let sees = matches!(inst.op, Op::Uop(uop) if trace.table.info(uop).takes_base);
        let listed = inst.snapshot.is_none_or(|snapshot| {
            let snapshot = trace.snapshot(snapshot);
            !snapshot.values().any(|value| is_loaded(&value))
                && slot < snapshot.resume.top
                && snapshot.slots.iter().any(|(listed, _)| *listed == slot)
        });
        !reads && !sees && listed
    };
    !carried && trace.body.iter().all(leaves_alone)
}
