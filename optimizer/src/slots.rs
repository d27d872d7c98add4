//! What a walk over a trace knows of its slots: the state behind store forwarding.
//!
//! Slots are few and dense (a frame, and the frames of inlined calls above it), so they are indexed, not hashed.

use sashiko_trace::ir::{Inst, Op, Origin, Slot, Trace, ValueId};

/// What is known of a slot.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent facts, not the states of a machine"
)]
pub(crate) struct State {
    /// What it holds, in the VM's eyes.
    pub(crate) value: Option<ValueId>,
    /// Does memory hold something else?
    pub(crate) dirty: bool,
    /// Where the value was put there.
    pub(crate) origin: Origin,
    /// In a loop: does the body store to it?
    pub(crate) written: bool,
    /// In a loop: is what it holds at the head looked at, by a load or an exit?
    pub(crate) needed: bool,
    /// Has the body a parameter for it?
    pub(crate) carried: bool,
    /// Fuel ran out: leave its loads and stores alone.
    pub(crate) excluded: bool,
}

/// The slots of a trace.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    first: i32,
    states: Vec<State>,
    /// Stale slots, in order.
    pub(crate) dirty: Vec<Slot>,
    /// Changes whenever what an exit would list does.
    pub(crate) version: u32,
}

impl Slots {
    pub(crate) fn reset(&mut self, trace: &Trace<'_>) {
        let slot = |inst: &Inst<'_>| match inst.op {
            Op::LoadSlot(slot) | Op::StoreSlot(slot) => Some(slot.0),
            Op::Uop(_) => None,
        };
        let used = || trace.insts().filter_map(slot);
        self.first = used().min().unwrap_or(0);
        let end = used().max().map_or(self.first, |last| last + 1);
        self.states.clear();
        self.states
            .resize((end - self.first) as usize, State::default());
        self.dirty.clear();
        self.version = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Slot> + use<> {
        (self.first..self.first + self.states.len() as i32).map(Slot)
    }

    #[inline]
    pub(crate) fn of(&mut self, slot: Slot) -> &mut State {
        &mut self.states[(slot.0 - self.first) as usize]
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        let at = slot.0 - self.first;
        at >= 0 && (at as usize) < self.states.len()
    }

    /// `slot` holds `value`; memory does too unless `dirty`.
    pub(crate) fn set(&mut self, slot: Slot, value: Option<ValueId>, dirty: bool, origin: Origin) {
        let state = self.of(slot);
        let was_dirty = std::mem::replace(&mut state.dirty, dirty);
        let listed_differently = was_dirty != dirty || (dirty && state.value != value);
        state.value = value;
        state.origin = origin;
        if listed_differently {
            self.version += 1;
        }
        if was_dirty != dirty {
            match self.dirty.binary_search(&slot) {
                Ok(at) => drop(self.dirty.remove(at)),
                Err(at) => self.dirty.insert(at, slot),
            }
        }
    }
}
