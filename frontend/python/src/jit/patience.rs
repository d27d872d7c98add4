//! When to try again, and when to stop: spots whose recordings come to nothing, and trees of traces that grow without end.
//!
//! A recording may be given up for a reason that passes: the program went elsewhere this once, a name changed. So each failure
//! only makes the next try four times as far away, until it is not worth the bookkeeping. What every try makes worse is a
//! tree of side traces in a loop that never does the same thing twice: that has a limit.

use std::collections::HashMap;

use sashiko_trace::recorded::{ExitId, TraceId};

use super::Spot;

/// Failures until a spot or an exit is left alone for good.
const MOST_FAILURES: u32 = 8;
/// Recordings of a loop that left it, until one that leaves is as good as any.
const MOST_LEFT: u32 = 3;
/// Side traces of one loop.
const MOST_SIDE_TRACES: u32 = 300;

/// How a spot has done so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    failures: u32,
    /// Rounds until the next try.
    wait: u64,
    /// Recordings that left the loop.
    left: u32,
}

/// What is known of spots, exits and trees.
#[derive(Debug, Default)]
pub(super) struct Patience {
    spots: HashMap<Spot, Tries>,
    exits: HashMap<ExitId, u32>,
    /// By trace: the loop it hangs on.
    roots: HashMap<TraceId, TraceId>,
    /// By loop: its side traces.
    trees: HashMap<TraceId, u32>,
}

impl Patience {
    /// The counter of `spot` has run out.
    ///
    /// # Errors
    /// If it is not to be recorded now: rounds until it may be asked again.
    pub(super) fn ready(&mut self, spot: Spot) -> Result<(), u16> {
        let Some(tries) = self.spots.get_mut(&spot) else {
            return Ok(());
        };
        if tries.failures >= MOST_FAILURES {
            return Err(u16::MAX);
        }
        if tries.wait == 0 {
            return Ok(());
        }
        let rounds = tries.wait.min(4000);
        tries.wait -= rounds;
        Err(rounds as u16)
    }

    /// A recording from `spot` came to nothing; `threshold` is what made it hot.
    pub(super) fn failed(&mut self, spot: Spot, threshold: u32) {
        let tries = self.spots.entry(spot).or_default();
        tries.failures += 1;
        tries.wait = u64::from(threshold) << (2 * tries.failures);
    }

    /// Is the recording of the loop at `spot` good if it leaves the loop? The round it begins in may be the last one; as a rule
    /// the next is not.
    pub(super) fn may_leave(&self, spot: Spot) -> bool {
        self.spots
            .get(&spot)
            .is_some_and(|tries| tries.left >= MOST_LEFT)
    }

    /// The recording of the loop at `spot` left it; true if it is to be tried again at once.
    pub(super) fn left(&mut self, spot: Spot) -> bool {
        let tries = self.spots.entry(spot).or_default();
        tries.left += 1;
        tries.left <= MOST_LEFT
    }

    /// Nothing will ever come of `spot`.
    pub(super) fn give_up(&mut self, spot: Spot) {
        self.spots.entry(spot).or_default().failures = MOST_FAILURES;
    }

    /// A recording from `exit` came to nothing.
    pub(super) fn exit_failed(&mut self, exit: ExitId) {
        *self.exits.entry(exit).or_default() += 1;
    }

    /// Nothing will ever come of `exit`.
    pub(super) fn give_up_exit(&mut self, exit: ExitId) {
        self.exits.insert(exit, MOST_FAILURES);
    }

    /// Is `exit`, taken `count` times, to be recorded now?
    pub(super) fn exit_ready(&self, exit: ExitId, count: u64, threshold: u32) -> bool {
        let failures = self.exits.get(&exit).copied().unwrap_or(0);
        failures < MOST_FAILURES
            && count >= u64::from(threshold) << (2 * failures)
            && self.trees.get(&self.root(exit.trace)).copied().unwrap_or(0) < MOST_SIDE_TRACES
    }

    fn root(&self, trace: TraceId) -> TraceId {
        self.roots.get(&trace).copied().unwrap_or(trace)
    }

    /// `side` was compiled for `exit`.
    pub(super) fn grew(&mut self, exit: ExitId, side: TraceId) {
        let root = self.root(exit.trace);
        self.roots.insert(side, root);
        *self.trees.entry(root).or_default() += 1;
    }

    /// All code is gone. What failed may succeed now, but is not likely to.
    pub(super) fn forget_code(&mut self) {
        self.exits.clear();
        self.roots.clear();
        self.trees.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_makes_the_next_try_rarer_until_there_is_none() {
        let mut patience = Patience::default();
        let spot = (std::ptr::null(), 7);
        let mut waits = Vec::new();
        for _ in 0..MOST_FAILURES {
            assert_eq!(patience.ready(spot), Ok(()));
            patience.failed(spot, 1000);
            let mut waited = 0_u64;
            while let Err(rounds) = patience.ready(spot)
                && rounds != u16::MAX
            {
                waited += u64::from(rounds);
            }
            waits.push(waited);
        }
        assert_eq!(waits[..3], [4000, 16_000, 64_000]);
        assert_eq!(patience.ready(spot), Err(u16::MAX));
        assert_eq!(patience.ready((std::ptr::null(), 8)), Ok(()));
    }

    #[test]
    fn a_loop_that_is_left_is_tried_again_at_once() {
        let mut patience = Patience::default();
        let spot = (std::ptr::null(), 7);
        for _ in 0..MOST_LEFT {
            assert!(!patience.may_leave(spot));
            assert!(patience.left(spot));
            assert_eq!(patience.ready(spot), Ok(()));
        }
        assert!(patience.may_leave(spot));
        assert!(!patience.left(spot));
    }

    #[test]
    fn exits_wait_and_trees_have_an_end() {
        let exit = |trace, index| ExitId {
            trace: TraceId(trace),
            index,
        };
        let mut patience = Patience::default();
        assert!(!patience.exit_ready(exit(1, 0), 99, 100));
        assert!(patience.exit_ready(exit(1, 0), 100, 100));
        patience.exit_failed(exit(1, 0));
        assert!(!patience.exit_ready(exit(1, 0), 399, 100));
        assert!(patience.exit_ready(exit(1, 0), 400, 100));
        patience.give_up_exit(exit(1, 0));
        assert!(!patience.exit_ready(exit(1, 0), u64::MAX, 100));

        for side in 0..MOST_SIDE_TRACES {
            // Each hangs on the one before.
            let parent = if side == 0 { 1 } else { 100 + side - 1 };
            assert!(patience.exit_ready(exit(parent, 1), 100, 100), "{side}");
            patience.grew(exit(parent, 1), TraceId(100 + side));
        }
        assert!(!patience.exit_ready(exit(1, 2), 100, 100));
        assert!(!patience.exit_ready(exit(150, 2), 100, 100));
        assert!(patience.exit_ready(exit(2, 0), 100, 100));
        patience.forget_code();
        assert!(patience.exit_ready(exit(1, 2), 100, 100));
    }
}
