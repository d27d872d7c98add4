//! `stack-cache:K`: at most K values of each bank stay in registers, the most recent ones (Ertl, *Stack Caching for
//! Interpreters*, 1995).
//!
//! The cache is a stack of definitions: a result is pushed; when the stack is full its bottom goes to memory, which costs a
//! store unless it has a home already. A cached operand is used wherever it lies in the stack, for our stencils have
//! register holes and so need no shuffling; one that is not cached is read from memory by the stencil, or loaded and
//! pushed if the stencil can't. Dead values leave the stack from any position. The state at the loop's head is not
//! the empty one: the parameters that the body uses first are cached.
//!
//! A trace as lifted pushes and pops through memory. What has just been stored to a slot stays cached, alive or not, so the
//! load that pops it costs nothing; the store remains, as exits take memory for the truth.
//!
//! With K = 0 this is `plain` but for results, which go through a register.

use crate::forward::{Head, Rules};
use crate::places::Evict;

/// The rules for `k` values.
pub(crate) const fn rules(k: u8) -> Rules {
    Rules {
        keep: Some(k as u32),
        evict: Evict::Oldest,
        memory_results: false,
        head: Head::FirstUsed,
    }
}
