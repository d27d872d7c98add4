//! How the VM's state is rebuilt when a trace is left.
//!
//! A snapshot says which slots are stale, what belongs there, and which values are owed a reference. Whoever leaves a
//! trace (the uop interpreter here, the backend's exit routine for machine code) gathers the values from wherever they
//! are and hands them to [`rebuild`]. What a raw value looks like in a slot, and how references are counted, only the
//! VM knows: it implements [`Rebuild`].

use sashiko_stencils::Rep;

use crate::ir::{Slot, Snapshot, Trace, ValueId};

/// What the VM does for an exit.
pub trait Rebuild {
    /// The word that stands for the raw value `bits`, held as `rep`. Its reference, if it is counted, goes to the slot.
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64;

    /// Adds a reference to what `word` refers to, if it is counted.
    fn add_reference(&mut self, word: u64);
}

/// What belongs into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotValue {
    /// The slot.
    pub slot: Slot,
    /// How the value is held.
    pub rep: Rep,
    /// The value.
    pub bits: u64,
}

/// Makes memory the truth: adds the references that are `owed`, then fills `slots`, boxing raw values.
///
/// All values must have been read before: they may lie in the very slots that are filled.
///
/// # Safety
/// `base` plus each slot must be valid for writes, and the words in `slots` and `owed` live.
pub unsafe fn rebuild(
    slots: &[SlotValue],
    owed: &[u64],
    base: *mut u64,
    vm: &mut (impl Rebuild + ?Sized),
) {
    for word in owed {
        vm.add_reference(*word);
    }
    for SlotValue { slot, rep, bits } in slots {
        let word = match rep {
            Rep::Word => *bits,
            rep => vm.box_value(*rep, *bits),
        };
        // SAFETY: the caller vouches for the slots.
        unsafe { base.offset(slot.0 as isize).write(word) };
    }
}

/// The contents of `snapshot` when values have the bits `bits` says: what fills the slots, and what is owed.
pub fn contents(
    trace: &Trace<'_>,
    snapshot: &Snapshot<'_>,
    bits: impl Fn(ValueId) -> u64,
) -> (Vec<SlotValue>, Vec<u64>) {
    let slots = snapshot.slots.iter().map(|&(slot, value)| SlotValue {
        slot,
        rep: trace.value(value).rep,
        bits: bits(value),
    });
    let owed = snapshot.owed.iter().map(|&value| bits(value));
    (slots.collect(), owed.collect())
}
