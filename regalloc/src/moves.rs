//! Parallel moves: many copies that happen at once, as a sequence.
//!
//! At the loop's back edge every parameter takes its next value *at the same time*, and a call's arguments reach their
//! registers at the same time; but the machine copies one word after the other. A copy may go once nothing else still
//! has to read its destination. When none may go, what is left are cycles: one of the cycle's words steps
//! aside into a scratch register. Constants come last: they read nothing.
//!
//! Invariant shared with the backend: a copy from memory to memory, and a constant that needs a register on the way, goes
//! through [`SCRATCH_GPR`], never [`SCRATCH_XMM`]. So a word of a cycle may wait in the general scratch register only
//! while the cycle copies nothing from memory to memory; else it waits in the XMM one.

use crate::plan::{Loc, SCRATCH_GPR, SCRATCH_XMM, Step};

/// Copies that happen at once. Reused between compiles.
#[derive(Debug, Default)]
pub(crate) struct ParallelMove {
    pending: Vec<(Loc, Loc)>,
    constants: Vec<(Loc, Loc)>,
}

impl ParallelMove {
    /// Adds a copy. No two copies of a parallel move have the same destination.
    pub(crate) fn add(&mut self, from: Loc, to: Loc) {
        debug_assert!(
            !self
                .pending
                .iter()
                .chain(&self.constants)
                .any(|other| other.1 == to),
            "two copies into {to:?}"
        );
        if matches!(from, Loc::Const(_)) {
            self.constants.push((from, to));
        } else if from != to {
            self.pending.push((from, to));
        } else {
            // It stays, and nothing else is copied over it, as destinations differ.
        }
    }

    /// Writes the copies as a sequence, and is empty again.
    pub(crate) fn resolve(&mut self, steps: &mut Vec<Step>) {
        while !self.pending.is_empty() {
            let ready = (0..self.pending.len()).find(|i| {
                let to = self.pending[*i].1;
                !self.pending.iter().any(|other| other.0 == to)
            });
            if let Some(i) = ready {
                let (from, to) = self.pending.remove(i);
                steps.push(Step::Move { from, to });
            } else {
                self.break_cycle(steps);
            }
        }
        for (from, to) in self.constants.drain(..) {
            steps.push(Step::Move { from, to });
        }
    }

    /// Everything pending is in cycles: a word of the first one steps aside.
    fn break_cycle(&mut self, steps: &mut Vec<Step>) {
        let mut at = 0;
        let mut float = false;
        let mut through_memory = None;
        loop {
            let (from, to) = self.pending[at];
            float |= matches!(from, Loc::Xmm(_));
            if from.is_memory() && to.is_memory() {
                through_memory = Some(at);
            }
            let next = self.pending.iter().position(|other| other.0 == to);
            at = next.expect("no copy is ready, so each destination is still read");
            if at == 0 {
                break;
            }
        }
        let (edge, scratch) = match through_memory {
            Some(edge) => (edge, Loc::Xmm(SCRATCH_XMM)),
            None if float => (0, Loc::Xmm(SCRATCH_XMM)),
            None => (0, Loc::Gpr(SCRATCH_GPR)),
        };
        let from = self.pending[edge].0;
        steps.push(Step::Move { from, to: scratch });
        for other in &mut self.pending {
            if other.0 == from {
                other.0 = scratch;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Spill;
    use sashiko_trace::ir::Slot;
    use std::collections::BTreeMap;

    /// Runs copies on an imaginary machine where each place first holds its own name.
    fn check(copies: &[(Loc, Loc)]) -> usize {
        let mut parallel = ParallelMove::default();
        for (from, to) in copies {
            parallel.add(*from, *to);
        }
        let mut steps = Vec::new();
        parallel.resolve(&mut steps);
        let mut machine: BTreeMap<String, Loc> = BTreeMap::new();
        let read = |machine: &BTreeMap<String, Loc>, place: Loc| {
            machine.get(&format!("{place:?}")).copied().unwrap_or(place)
        };
        for step in &steps {
            let Step::Move { from, to } = step else {
                panic!("{step:?}")
            };
            let word = read(&machine, *from);
            let scratch = Loc::Gpr(SCRATCH_GPR);
            if from.is_memory() && to.is_memory() {
                machine.insert(format!("{scratch:?}"), word);
            }
            let mixed = matches!(
                (from, to),
                (Loc::Gpr(_), Loc::Xmm(_)) | (Loc::Xmm(_), Loc::Gpr(_))
            );
            assert!(!mixed, "no copy crosses the banks: {steps:?}");
            machine.insert(format!("{to:?}"), word);
        }
        for (from, to) in copies {
            assert_eq!(read(&machine, *to), *from, "{to:?} after {steps:?}");
        }
        steps.len()
    }

    const R: fn(u8) -> Loc = Loc::Gpr;
    const X: fn(u8) -> Loc = Loc::Xmm;
    const M: fn(u32) -> Loc = |n| Loc::Spill(Spill(n));
    const S: fn(i32) -> Loc = |n| Loc::Slot(Slot(n));

    #[test]
    fn chains_go_backwards() {
        assert_eq!(check(&[(R(0), R(1)), (R(1), R(2)), (R(2), R(3))]), 3);
        assert_eq!(check(&[(R(0), R(0)), (R(0), R(1)), (R(0), M(0))]), 2);
    }

    #[test]
    fn cycles_take_one_copy_more() {
        assert_eq!(check(&[(R(0), R(1)), (R(1), R(0))]), 3);
        assert_eq!(check(&[(X(0), X(1)), (X(1), X(2)), (X(2), X(0))]), 4);
        assert_eq!(check(&[(X(0), M(1)), (M(1), M(2)), (M(2), X(0))]), 4);
        assert_eq!(check(&[(M(0), M(1)), (M(1), M(0))]), 3);
        assert_eq!(check(&[(R(0), M(1)), (M(1), R(0))]), 3);
        assert_eq!(
            check(&[(R(0), S(1)), (S(1), M(2)), (M(2), M(3)), (M(3), R(0))]),
            5
        );
    }

    #[test]
    fn two_cycles_and_a_tail() {
        let copies = [
            (R(0), R(1)),
            (R(1), R(0)),
            (M(0), M(1)),
            (M(1), M(0)),
            (R(0), S(7)),
        ];
        assert_eq!(check(&copies), 7);
    }

    #[test]
    fn constants_come_last() {
        let copies = [
            (Loc::Const(7), R(0)),
            (R(0), R(1)),
            (R(1), Loc::Slot(Slot(2))),
        ];
        assert_eq!(check(&copies), 3);
    }
}
