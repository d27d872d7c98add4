//! How a side trace that comes back to the loop it left goes on at the loop's head, in registers.
//!
//! A jump to another trace's entry needs memory to be the whole truth, and what stands before the loop loads, checks and unboxes
//! it all again. But the loop that a side trace comes from has been entered already: what was computed before it still lies
//! where the body reads it, at the loop's exits too. So the side trace may jump behind all that, if it puts the loop's
//! parameters where the head has them, and if nothing has changed of what was computed before the loop.
//!
//! ```text
//! trace jump at "f" pc 9 line 3 frame s0 top s4 from t0.e2
//!   v0: int = import 0
//!   v1: word = import 3
//! body onto pc 0 (int [s1]) keeps (v1) unchanged (s0) reads 0x2 below s12
//!   v2: int = int_add v0, 1 !e0
//! end jump t0 with (v2) !e1
//! e0: ...
//! e1: resume "f" pc 0 line 1 frame s0 top s4 {s1 = v2}
//! ```
//!
//! The engine describes the head, the lift imports what is kept, and a pass decides: it fills in [`Onto::args`] and lists in
//! the finishing snapshot what memory need not hold. Until then (and if it never does) the trace ends like any
//! other jump.

use sashiko_stencils::Rep;
use sashiko_stencils::uop::{Aliases, Kinds};

use crate::ir::{Slot, ValueId};

/// A parameter of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadParam {
    /// The slot it stands for; the loop's exits list it wherever memory may be stale.
    pub slot: Slot,
    /// How it is held.
    pub rep: Rep,
    /// What the loop takes it to be.
    pub kinds: Kinds,
}

/// The head of a loop that a trace may go on at instead of the loop's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onto {
    /// Where the loop begins in the VM's program: the trace must end there, if it is to leave from there.
    pub pc: u32,
    /// The loop's parameters.
    pub params: Vec<HeadParam>,
    /// Values from before the loop that the loop's body reads: imports of this trace, or constants.
    pub kept: Vec<ValueId>,
    /// Slots that must still hold what they did: the loop relies on what it loaded from them, or still has it there.
    pub unchanged: Vec<Slot>,
    /// Slots whose memory does not matter: every exit of the loop's body lists them, and the body loads none of them.
    pub free: Vec<Slot>,
    /// Memory that must not have been written: the loop relies on what was read from it before.
    pub reads: Aliases,
    /// If the loop keeps values above its slots: where. The trace may use slots below this one only.
    pub below: Option<Slot>,
    /// What the parameters are from here; `None` if the trace goes to the entry.
    pub args: Option<Vec<ValueId>>,
}

impl Onto {
    /// Values that the end of the trace reads: arguments, then what is kept. Nothing if it goes to the entry.
    pub fn handed_over(&self) -> impl Iterator<Item = ValueId> + '_ {
        let args = self.args.iter().flatten();
        let kept = self.args.iter().flat_map(|_| &self.kept);
        args.chain(kept).copied()
    }

    /// Rewrites the values it mentions.
    pub fn map(&mut self, value: impl Fn(ValueId) -> ValueId) {
        for known in self.args.iter_mut().flatten().chain(&mut self.kept) {
            *known = value(*known);
        }
    }
}
