//! Rebuilding the VM's state after an exit.
//!
//! At compile time each exit's snapshot is joined with the plan's places into a row of [`Held`] values: which value
//! is where, what it is, and which slot wants it (or that a reference to it is owed). Taking a cold exit is one walk over
//! that row. A side trace that goes on from the exit is compiled from the same row.
//!
//! All values are read before any slot is written, since a slot may be the place of one value and the destination of
//! another.

use std::ops::Range;
use std::rc::Rc;

use sashiko_regalloc::plan::{ExitPlan, Loc, Plan};
use sashiko_stencils::context::Context;
use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Rep, UopTable};
use sashiko_trace::exit::{Rebuild, Recipe, SlotValue, State};
use sashiko_trace::ir::{ExitId, Slot, SnapshotId, Trace, TraceId, Value, ValueId};
use sashiko_trace::lift::{ParentExit, ParentMade};
use sashiko_trace::recorded::Resume;

use crate::moves::FrameLayout;

/// One value of an exit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Where it is.
    pub loc: Loc,
    /// What is known of it.
    pub kinds: Kinds,
    /// What it is for.
    pub goes: Goes,
    /// How it is held.
    pub rep: Rep,
    /// Its name in the trace: the same value may be listed more than once.
    pub value: ValueId,
}

/// What a value of an exit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// The slot holds it for the VM.
    Into(Slot),
    /// A reference to it is owed.
    Owed,
    /// It is in a field of an object that the exit makes.
    Field,
}

/// Objects that an exit makes, and all that a side trace must know to make them itself.
#[derive(Clone, Debug)]
pub struct Makes {
    /// For the exit.
    pub recipe: Rc<Recipe>,
    /// The uops it runs.
    pub made: Vec<ParentMade>,
    /// Slots that get an object.
    pub slots: Vec<(Slot, ValueId, Value)>,
    /// Objects that are owed a reference.
    pub owed: Vec<(ValueId, Value)>,
}

impl Makes {
    /// What `snapshot` makes, if anything.
    fn of(trace: &Trace<'_>, snapshot: SnapshotId) -> Option<Box<Makes>> {
        let state = trace.snapshot(snapshot);
        let recipe = Recipe::of(state)?;
        // Which exit it is does not matter.
        let id = ExitId {
            trace: TraceId(0),
            index: 0,
        };
        let mut exit = ParentExit::of(trace, snapshot, id);
        exit.slots.retain(|(_, value, _)| state.makes(*value));
        exit.owed.retain(|(value, _)| state.makes(*value));
        Some(Box::new(Makes {
            recipe,
            made: exit.made,
            slots: exit.slots,
            owed: exit.owed,
        }))
    }
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
    /// Is it the end of a trace that returns?
    pub returns: bool,
    /// Its values, in the engine's list of [`Held`]: slots first, then owed ones.
    pub held: Range<u32>,
    /// Objects it makes.
    pub makes: Option<Box<Makes>>,
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
pub fn hold(
    trace: &Trace<'_>,
    plan: &Plan,
    exit: &ExitPlan,
    held: &mut Vec<Held>,
) -> (Range<u32>, Option<Box<Makes>>) {
    let start = held.len() as u32;
    let snapshot = trace.snapshot(exit.snapshot);
    let slots = snapshot.slots.iter();
    let slots = slots.map(|(slot, value)| (Goes::Into(*slot), *value));
    let owed = snapshot.owed.iter().map(|value| (Goes::Owed, *value));
    let fields = snapshot.made.iter().flat_map(|made| made.args);
    let fields = fields.map(|value| (Goes::Field, *value));
    let all = slots.chain(owed).chain(fields);
    let values = all.filter(|(_, value)| !snapshot.makes(*value));
    held.extend(values.zip(plan.locs(exit)).map(|((goes, id), loc)| {
        let value = trace.value(id);
        Held {
            value: id,
            loc: *loc,
            kinds: value.kinds,
            goes,
            rep: value.rep,
        }
    }));
    let makes = Makes::of(trace, exit.snapshot);
    (start..held.len() as u32, makes)
}

/// What an exit leaves behind, read from registers and frame: nothing of the engine is needed to rebuild from it.
#[derive(Debug)]
pub struct Gathered {
    state: State,
    table: &'static UopTable,
    base: *mut u64,
}

impl Gathered {
    /// Reads the values `held` of the exit `record`.
    ///
    /// # Safety
    /// `context` must hold the registers and `base` the frame as the exit left them.
    pub unsafe fn read(
        held: &[Held],
        record: &ExitRecord,
        table: &'static UopTable,
        context: &Context,
        base: *mut u64,
    ) -> Gathered {
        let layout = record.layout;
        let mut state = State {
            recipe: record.makes.as_ref().map(|makes| makes.recipe.clone()),
            ..State::default()
        };
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
            match value.goes {
                Goes::Into(slot) => state.slots.push(SlotValue { slot, rep, bits }),
                Goes::Owed => state.owed.push(bits),
                Goes::Field => state.fields.push((rep, bits)),
            }
        }
        Gathered { state, table, base }
    }

    /// Makes the objects, writes the slots and adds the references that the exit wants.
    ///
    /// # Safety
    /// The frame must be as it was when the values were read.
    pub unsafe fn rebuild(&self, runtime: &mut (impl Rebuild + ?Sized)) {
        // SAFETY: the slots are the frame's, and the trace kept the words alive up to its exit.
        unsafe { self.state.rebuild(self.table, self.base, runtime) };
    }
}
