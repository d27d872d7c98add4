//! The loop's head and its back edge, for the forward policies.
//!
//! Each parameter has one place at the head, which the preheader's last moves and the back edge's moves establish. Values
//! from before the loop must be found round after round where they were at the first head: in a register that is
//! theirs for the whole loop, or in a home that nothing in the body overwrites.
//!
//! Registers at the head go to whoever needs them: the parameters used first (`stack-cache`), or parameters and values
//! from before the loop by the number of their uses (`linear`). `linear` leaves the body a ring of registers that
//! suffices for its widest stencil, and more if many values wait at a time.

use std::cmp::Reverse;

use sashiko_stencils::Bank;
use sashiko_trace::ir::ValueId;

use crate::forward::{Forward, Head};
use crate::places::Places;
use crate::plan::Loc;
use crate::registers::{CALLEE_SAVED, Set, bank_set, place};
use crate::uses::{FOREVER, From, NEVER};

/// A value that would like a register at the loop's head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    value: ValueId,
    /// Which parameter it is, if it is one.
    param: Option<u32>,
    /// Lower ones choose first.
    rank: u32,
    /// The register it got.
    register: Option<u8>,
}

impl Forward<'_, '_> {
    /// Ends the preheader: everything goes to its place at the head.
    pub(crate) fn enter_loop(&mut self) {
        let trace = self.trace;
        self.candidates.clear();
        match self.rules.head {
            Head::FirstUsed => self.rank_by_first_use(),
            Head::Pinned => self.rank_by_uses(),
        }
        self.candidates
            .sort_unstable_by_key(|candidate| (candidate.rank, candidate.value.0));
        let pinned = self.hand_out_registers();
        self.place_params();
        for value in outside_values(trace) {
            let stays = self.uses.last(value) == FOREVER;
            let has_register = self
                .candidates
                .iter()
                .any(|candidate| candidate.value == value && candidate.register.is_some());
            if stays && !has_register {
                self.settle(value);
            }
        }
        for (param, to) in trace.params.iter().zip(&self.plan.params) {
            self.parallel.add(self.places.of(param.init), *to);
        }
        for candidate in self.candidates.iter() {
            if let (None, Some(n)) = (candidate.param, candidate.register) {
                self.parallel.add(self.places.of(candidate.value), place(n));
            }
        }
        self.parallel.resolve(&mut self.places.steps);
        self.start_round(pinned);
        self.note_kept();
    }

    /// Writes down where values from before the loop are, in each round and at each of its exits.
    fn note_kept(&mut self) {
        self.plan.keeps = true;
        for value in outside_values(self.trace) {
            if self.uses.last(value) == FOREVER {
                self.plan.kept.push((value, self.places.of(value)));
            }
        }
        for candidate in self.candidates.iter() {
            let constant = self.trace.value(candidate.value).constant;
            if let (Some(n), Some(_)) = (candidate.register, constant) {
                self.plan.kept.push((candidate.value, place(n)));
            }
        }
    }

    /// Ends the body: parameters take their next values.
    pub(crate) fn close_loop(&mut self) {
        for (param, to) in self.trace.params.iter().zip(&self.plan.params) {
            self.parallel.add(self.places.of(param.next), *to);
        }
        self.parallel.resolve(&mut self.places.steps);
    }

    fn rank_by_first_use(&mut self) {
        for (k, param) in self.trace.params.iter().enumerate() {
            let rank = self.uses.next[param.value.0 as usize];
            if rank != NEVER {
                self.candidates.push(Candidate {
                    value: param.value,
                    param: Some(k as u32),
                    rank,
                    register: None,
                });
            }
        }
    }

    fn rank_by_uses(&mut self) {
        for (k, param) in self.trace.params.iter().enumerate() {
            // The back edge writes it, so even one that only exits read is better off in a register.
            let uses = self.uses.weight[param.value.0 as usize] + 1;
            self.candidates.push(Candidate {
                value: param.value,
                param: Some(k as u32),
                rank: u32::MAX - uses,
                register: None,
            });
        }
        for (v, (from, uses)) in self.uses.from.iter().zip(&self.uses.weight).enumerate() {
            if *from == From::Outside && *uses > 0 {
                self.candidates.push(Candidate {
                    value: ValueId(v as u32),
                    param: None,
                    rank: u32::MAX - uses,
                    register: None,
                });
            }
        }
    }

    /// Gives registers to candidates, best rank first; returns those that are given for the whole loop.
    fn hand_out_registers(&mut self) -> Set {
        let mut left = [Bank::Gpr, Bank::Xmm].map(|bank| self.registers_for_head(bank));
        let pins = self.rules.head == Head::Pinned;
        let mut pinned = 0;
        for candidate in self.candidates.iter_mut() {
            let bank = self.trace.value(candidate.value).rep.bank();
            let (set, count) = &mut left[bank as usize];
            if *count == 0 || *set == 0 {
                continue;
            }
            *count -= 1;
            let preserved = *set & CALLEE_SAVED;
            let n = if pins {
                let preferred = if preserved == 0 { *set } else { preserved };
                preferred.ilog2()
            } else {
                set.trailing_zeros()
            };
            *set &= !(1 << n);
            candidate.register = Some(n as u8);
            if pins {
                pinned |= 1 << n;
            }
        }
        pinned
    }

    /// Which registers of `bank` may hold values at the head, and how many of them.
    fn registers_for_head(&self, bank: Bank) -> (Set, u32) {
        let usable = self.places.usable & bank_set(bank);
        let total = usable.count_ones();
        if let Some(keep) = self.rules.keep {
            return (usable, keep.min(total));
        }
        let needed = self.uses.need[bank as usize] + 1;
        let comfortable = self.uses.pressure[bank as usize] + 2;
        let ring = comfortable.min(total * 2 / 3).max(needed);
        // What a call would overwrite can't be pinned.
        let set = if self.uses.body_calls {
            usable & CALLEE_SAVED
        } else {
            usable
        };
        (set, total.saturating_sub(ring))
    }

    /// Writes down where the parameters are at the head.
    fn place_params(&mut self) {
        self.plan.params.clear();
        for (k, _) in self.trace.params.iter().enumerate() {
            let register = self
                .candidates
                .iter()
                .find(|candidate| candidate.param == Some(k as u32))
                .and_then(|candidate| candidate.register);
            let loc = match register {
                Some(n) => place(n),
                None => Loc::Spill(self.places.reserve_spill()),
            };
            self.plan.params.push(loc);
        }
    }

    /// `value`, from before the loop, gets a home that lasts round the loop.
    fn settle(&mut self, value: ValueId) {
        if let Some(Loc::Slot(slot)) = self.places.home(value)
            && self.uses.body_stores(slot)
        {
            let home = Loc::Spill(self.places.new_spill());
            let from = self.places.of(value);
            self.places.copy(from, home);
            self.places.lose_home(value);
            self.places.set_home(value, home);
        }
        self.places.ensure_home(value, Places::new_spill);
    }

    /// The places at the loop's head.
    fn start_round(&mut self, pinned: Set) {
        let trace = self.trace;
        self.places.leave_registers(!0);
        self.places.forget_copies(!0);
        for value in outside_values(trace) {
            if self.uses.last(value) != FOREVER {
                self.places.release(value);
            } else if let Some(Loc::Slot(slot)) = self.places.home(value)
                && self.uses.body_stores(slot)
            {
                self.places.lose_home(value);
            }
        }
        self.places.usable &= !pinned;
        // The value used first counts as the most recent.
        self.candidates
            .sort_unstable_by_key(|candidate| Reverse((candidate.rank, candidate.value.0)));
        for candidate in self.candidates.iter() {
            if let Some(n) = candidate.register {
                self.places.own(candidate.value, n);
            }
        }
        for (param, loc) in trace.params.iter().zip(&self.plan.params) {
            if loc.is_memory() {
                self.places.set_home(param.value, *loc);
            }
        }
    }
}

/// Imports and results of the preheader.
fn outside_values<'t>(
    trace: &'t sashiko_trace::ir::Trace<'_>,
) -> impl Iterator<Item = ValueId> + 't {
    let imports = trace.imports.iter().map(|import| import.value);
    imports.chain(trace.preheader.iter().filter_map(|inst| inst.result))
}
