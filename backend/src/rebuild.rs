//! Rebuilding the VM's state after an exit.
//!
//! At compile time each exit's snapshot is joined with the plan's places into a row of [`Held`] values: which value
//! is where, what it is, and which slot wants it (or that a reference to it is owed). Taking a cold exit is one walk over
//! that row. A side trace that goes on from the exit is compiled from the same row.
//!
//! All values are read before any slot is written, since a slot may be the place of one value and the destination of
//! another.

use std::ops::Range;

use sashiko_regalloc::plan::{ExitPlan, Loc, Plan};
use sashiko_stencils::Rep;
use sashiko_stencils::context::Context;
use sashiko_stencils::uop::Kinds;
use sashiko_trace::exit::{self, Rebuild, SlotValue};
use sashiko_trace::ir::{Slot, Trace, TraceId, ValueId};
use sashiko_trace::recorded::Resume;
use smallvec::SmallVec;

use crate::moves::FrameLayout;

/// One value of an exit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Where it is.
    pub loc: Loc,
    /// What is known of it.
    pub kinds: Kinds,
    /// The slot that holds it for the VM, or `None` if it is listed because a reference to it is owed.
    pub slot: Option<Slot>,
    /// How it is held.
    pub rep: Rep,
    /// Its name in the trace: the same value may be listed more than once.
    pub value: ValueId,
}

/// What the engine keeps of an exit.
#[derive(Clone, Debug)]
pub struct ExitRecord {
    /// The trace.
    pub trace: TraceId,
    /// Where the VM goes on.
    pub resume: Resume,
    /// Reason code.
    pub reason: &'static str,
    /// Its values, in the engine's list of [`Held`]: slots first, then owed ones.
    pub held: Range<u32>,
    /// Where slots and spill slots are.
    pub layout: FrameLayout,
    /// Offset of its stub in the arena.
    pub stub: u32,
    /// Times it was taken back to the VM.
    pub count: u64,
    /// The side trace it goes to.
    pub side: Option<TraceId>,
    /// Does it belong to the body of the trace, where everything from before the loop has been computed?
    pub in_body: bool,
}

/// Appends the values of `exit` to `held` and returns which those are.
pub fn hold(trace: &Trace<'_>, plan: &Plan, exit: &ExitPlan, held: &mut Vec<Held>) -> Range<u32> {
    let start = held.len() as u32;
    let snapshot = trace.snapshot(exit.snapshot);
    let slots = snapshot
        .slots
        .iter()
        .map(|(slot, value)| (Some(*slot), *value));
    let owed = snapshot.owed.iter().map(|value| (None, *value));
    held.extend(
        slots
            .chain(owed)
            .zip(plan.locs(exit))
            .map(|((slot, id), loc)| {
                let value = trace.value(id);
                Held {
                    value: id,
                    loc: *loc,
                    kinds: value.kinds,
                    slot,
                    rep: value.rep,
                }
            }),
    );
    start..held.len() as u32
}

/// What an exit leaves behind, read from registers and frame: nothing of the engine is needed to rebuild from it.
#[derive(Debug)]
pub struct Gathered {
    slots: SmallVec<[SlotValue; 32]>,
    owed: SmallVec<[u64; 16]>,
    base: *mut u64,
}

impl Gathered {
    /// Reads the values `held` of an exit.
    ///
    /// # Safety
    /// `context` must hold the registers and `base` the frame as the exit left them.
    pub unsafe fn read(
        held: &[Held],
        layout: FrameLayout,
        context: &Context,
        base: *mut u64,
    ) -> Gathered {
        let (mut slots, mut owed) = (SmallVec::new(), SmallVec::new());
        for value in held {
            let bits = match value.loc {
                Loc::Gpr(number) => context.gprs[usize::from(number)],
                Loc::Xmm(number) => context.xmms[usize::from(number)].to_bits(),
                // SAFETY: slots and spill slots of the trace lie in the frame the caller vouches for.
                Loc::Slot(slot) => unsafe { base.byte_offset(layout.slot(slot) as isize).read() },
                // SAFETY: the same.
                Loc::Spill(spill) => unsafe {
                    base.byte_offset(layout.spill(spill) as isize).read()
                },
                Loc::Const(bits) => bits,
            };
            let rep = value.rep;
            match value.slot {
                Some(slot) => slots.push(SlotValue { slot, rep, bits }),
                None => owed.push(bits),
            }
        }
        Gathered { slots, owed, base }
    }

    /// Writes the slots and adds the references that the exit wants.
    ///
    /// # Safety
    /// The frame must be as it was when the values were read.
    pub unsafe fn rebuild(&self, runtime: &mut (impl Rebuild + ?Sized)) {
        // SAFETY: the slots are the frame's, and the trace kept the words alive up to its exit.
        unsafe { exit::rebuild(&self.slots, &self.owed, self.base, runtime) };
    }
}
