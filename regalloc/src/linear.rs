//! `linear`: the everyday policy, one pass at a price of some nanoseconds a uop.
//!
//! Values that go round the loop (parameters, and values and wide constants from before it that the body reads) are
//! pinned to registers, those read most often first; the rest of the registers is a ring for what the body computes. A
//! value that finds the ring full takes the register whose owner is used furthest in the future, and only an owner
//! without a home is stored. A result that is a parameter's next value goes straight to the parameter's register when
//! the parameter is dead by then, so the back edge has nothing to move:
//!
//! ```text
//! loop (v2: float = v1 then v3)         v2 in xmm14
//!   v3: float = float_add v2, v0        float_add xmm14, xmm13 -> xmm14
//! ```
//!
//! In a body with calls only registers that calls preserve are pinned, and values that live across a call prefer those;
//! what is elsewhere is stored once and loaded again when it is needed.

use crate::forward::{Head, Rules};
use crate::places::Evict;

/// The rules.
pub(crate) const RULES: Rules = Rules {
    keep: None,
    evict: Evict::Furthest,
    memory_results: false,
    head: Head::Pinned,
};
