//! `plain`: nothing is in a register between uops, as in copy-and-patch without register allocation.
//!
//! Each value has a home in memory: the slot it was loaded from while that still holds it, the slot it is going to be
//! stored to, or a spill slot. Operands are read from there by the stencil itself where it has such a variant, else they
//! are loaded right before it; results are written there by the stencil, or stored right after it.
//!
//! ```text
//! v2: word = add_int v0, v1 !e0       add_int [s3], [s4] -> [s2]
//! store_slot s2, v2
//! ```
//!
//! A result may be written to its slot early only if nobody can tell: between the uop and the `store_slot` nothing
//! reads or writes that slot, nothing that could look at the frame runs, and each exit either rebuilds the slot from its
//! snapshot or resumes with the slot above its stack. The uop's own exit does not count: stencils write a result to
//! memory only once they have one.

use sashiko_trace::ir::{Inst, Op, Slot, Trace, ValueId};

use crate::forward::{Head, Rules};
use crate::places::Evict;

/// The rules.
pub(crate) const RULES: Rules = Rules {
    keep: Some(0),
    evict: Evict::Oldest,
    memory_results: true,
    head: Head::FirstUsed,
};

/// By value: the slot its uop writes it to at once.
pub(crate) fn direct_slots(trace: &Trace<'_>, direct: &mut Vec<Option<Slot>>) {
    direct.clear();
    direct.resize(trace.values.len(), None);
    let mut pending = Vec::new();
    for section in [&trace.body, &trace.preheader] {
        pending.clear();
        for inst in section.iter().rev() {
            step_back(trace, inst, &mut pending, direct);
        }
    }
}

/// `pending` are the stores behind `inst` that may still be moved in front of it.
fn step_back(
    trace: &Trace<'_>,
    inst: &Inst<'_>,
    pending: &mut Vec<(Slot, ValueId)>,
    direct: &mut [Option<Slot>],
) {
    match inst.op {
        Op::LoadSlot(slot) => pending.retain(|(other, _)| *other != slot),
        Op::StoreSlot(slot) => {
            pending.retain(|(other, _)| *other != slot);
            pending.push((slot, inst.args[0]));
        }
        Op::Uop(uop) => {
            if let Some(result) = inst.result {
                let own = pending.iter().rposition(|(_, value)| *value == result);
                if let Some(own) = own {
                    direct[result.0 as usize] = Some(pending.remove(own).0);
                }
            }
            let info = trace.table.info(uop);
            if info.takes_env || info.call.is_some() || info.slow.is_some() {
                pending.clear();
            }
            if let Some(snapshot) = inst.snapshot {
                let snapshot = trace.snapshot(snapshot);
                pending.retain(|(slot, _)| {
                    *slot >= snapshot.resume.top
                        || snapshot.slots.iter().any(|(listed, _)| listed == slot)
                });
            }
        }
    }
}
