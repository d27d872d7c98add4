//! The plan: a location for each operand of each uop, and the moves between them.
//!
//! A plan is what an allocation policy makes of a trace and what the backend stitches: each [`Step`] is a move or the
//! copy of one stencil. Snapshot values have locations too, wherever they happen to be at that exit (a constant, a
//! slot, a register): exits never force a value into a register. As a value may lie in a slot that the same exit rewrites,
//! whoever rebuilds the state reads all values before it writes the first slot.

use std::ops::Range;

use sashiko_stencils::{Bank, StencilId};
use sashiko_trace::ir::{Slot, SnapshotId, ValueId};
use smallvec::SmallVec;

/// Which instruction of the trace: preheader first, then body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstIndex(pub u32);

/// A spill slot: a word of the trace's own, above all the slots it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spill(pub u32);

/// A place a value can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loc {
    /// A general register, by hardware number.
    Gpr(u8),
    /// An XMM register, by number.
    Xmm(u8),
    /// A slot of the frame.
    Slot(Slot),
    /// A spill slot.
    Spill(Spill),
    /// It is the constant of these bits and needs no place.
    Const(u64),
}

impl Loc {
    /// The register with number `number` of `bank`.
    pub const fn reg(bank: Bank, number: u8) -> Loc {
        match bank {
            Bank::Gpr => Loc::Gpr(number),
            Bank::Xmm => Loc::Xmm(number),
        }
    }

    /// Is it a register?
    pub const fn is_reg(self) -> bool {
        matches!(self, Loc::Gpr(_) | Loc::Xmm(_))
    }

    /// Is it memory (reached from the frame base)?
    pub const fn is_memory(self) -> bool {
        matches!(self, Loc::Slot(_) | Loc::Spill(_))
    }
}

/// Scratch register of the general bank: moves between memory and memory, cycles. Never holds a value across steps.
pub const SCRATCH_GPR: u8 = 13;
/// Scratch register of the XMM bank.
pub const SCRATCH_XMM: u8 = 15;
/// General registers that values may live in; callee-saved ones last.
pub const GPRS: [u8; 12] = [0, 1, 2, 6, 7, 8, 9, 10, 11, 3, 14, 15];
/// XMM registers that values may live in.
pub const XMMS: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/// The stencil of one instruction with everything that goes into its holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stitch {
    /// The instruction.
    pub inst: InstIndex,
    /// Its stencil.
    pub stencil: StencilId,
    /// Where each input is, in the order of the uop's inputs. A register exactly where the stencil's shape is one.
    pub inputs: SmallVec<[Loc; 4]>,
    /// Where the result goes.
    pub output: Option<Loc>,
    /// The register of each temporary, in the order of the stencil's operands.
    pub temps: SmallVec<[u8; 8]>,
}

/// A call of one `call` uop: arguments (inputs in order, then immediates: `rsi rdx rcx r8 r9`, `xmm0`…) are in their fixed
/// registers already, and the result comes in its fixed one (`rax` or `xmm0`). `rdi`, the VM's pointer, is the
/// backend's to set. Values that live across it are in `rbx`, `r14`, `r15` or memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The instruction.
    pub inst: InstIndex,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Copies a word. Between two memory places it goes through [`SCRATCH_GPR`], as does a constant that the machine
    /// can't write at once; [`SCRATCH_XMM`] is touched only where it is named.
    Move {
        /// From where.
        from: Loc,
        /// To where; not a constant.
        to: Loc,
    },
    /// Copies a stencil.
    Stitch(Stitch),
    /// Calls.
    Call(Call),
}

/// An exit: what the snapshot's values are in when it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitPlan {
    /// The instruction that exits, or `None` for the end of the trace ([`Trace::finish`](sashiko_trace::ir::Trace::finish)).
    pub inst: Option<InstIndex>,
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// A place for each value of [`Snapshot::values`](sashiko_trace::ir::Snapshot::values), in order: a range of
    /// [`Plan::exit_locs`].
    pub locs: Range<u32>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// Where each import of a side trace is at entry, as the parent's exit left it.
    pub imports: Vec<Loc>,
    /// The preheader, and the moves into the loop parameters.
    pub preheader: Vec<Step>,
    /// Where the loop parameters are at the loop's head.
    pub params: Vec<Loc>,
    /// Values from before the loop that the body reads, and where they are at the loop's head and at each exit of the body.
    /// Only if [`Plan::keeps`].
    pub kept: Vec<(ValueId, Loc)>,
    /// Does the policy say what it keeps? Then a side trace may come back to the loop's head.
    pub keeps: bool,
    /// Where a side trace that goes on at a loop's head leaves what it hands over, in the order of
    /// [`Onto::handed_over`](sashiko_trace::onto::Onto::handed_over).
    pub onto: Vec<Loc>,
    /// The body, and the moves of the back edge, or into the places of another loop's head.
    pub body: Vec<Step>,
    /// Exits, in the order of their instructions; the end of the trace, if it leaves, last.
    pub exits: Vec<ExitPlan>,
    /// The places of all exits' values, one exit after the other.
    pub exit_locs: Vec<Loc>,
    /// Number of spill slots; a side trace counts on from its parent's.
    pub spills: u32,
}

impl Plan {
    /// Where `exit`'s values are.
    pub fn locs(&self, exit: &ExitPlan) -> &[Loc] {
        &self.exit_locs[exit.locs.start as usize..exit.locs.end as usize]
    }
}
