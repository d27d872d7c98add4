//! Where every value is at one point of the walk forward: registers, slots, spill slots.
//!
//! A value is in a register, or has a *home* (a slot that still holds it, a spill slot, or being a constant), or both.
//! Giving up its register costs a store only if it has no home. Values never change, so a home stays right until
//! somebody else's value is stored to it: only slots of the frame can be lost that way, and [`Places::overwrite`] first
//! rescues those who have nothing else.
//!
//! A register that nobody owns any more may still hold what a slot holds, because it has just been stored there: a *copy*.
//! A load of that slot takes the register over, which is how operands get from push to pop in a register when the
//! trace still says that they go through memory.
//!
//! A slot's *holders* are a list threaded through the values, so that overwriting a slot finds them without a search.

use sashiko_stencils::Bank;
use sashiko_trace::ir::{Slot, Trace, ValueId};

use crate::plan::{Loc, Spill, Step};
use crate::registers::{CALLEE_SAVED, Set, bank_set, number, place};
use crate::uses::{Uses, slot_index};

const NOBODY: u32 = u32::MAX;
const NO_REGISTER: u8 = u8::MAX;

/// Which value loses its register when one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evict {
    /// The one that got it first: the bottom of a stack cache.
    Oldest,
    /// The one whose next use is furthest away.
    Furthest,
}

/// The places of all values. Reused between compiles.
#[derive(Debug)]
pub(crate) struct Places {
    /// The section of the plan that is being written.
    pub(crate) steps: Vec<Step>,
    /// Registers that change hands freely (those of pinned values do not).
    pub(crate) usable: Set,
    /// By value.
    register: Vec<u8>,
    /// By value.
    home: Vec<Option<Loc>>,
    /// By register.
    owner: [u32; 32],
    /// By register: when its owner got it.
    since: [u32; 32],
    clock: u32,
    owned: Set,
    /// By register: the slot (as [`slot_index`]) whose word it holds as well, if it is one of `copies`.
    copy_of: [u32; 32],
    copies: Set,
    holders: Vec<u32>,
    next_holder: Vec<u32>,
    free_spills: Vec<u32>,
    /// Spill slots that keep their place round the loop.
    reserved: Vec<bool>,
    first_spill: u32,
    pub(crate) spills: u32,
}

/// The registers of a set, lowest first.
fn registers_of(set: Set) -> impl Iterator<Item = u8> {
    let mut left = set;
    std::iter::from_fn(move || {
        let n = left.trailing_zeros();
        left &= left.wrapping_sub(1);
        (n < Set::BITS).then_some(n as u8)
    })
}

impl Default for Places {
    fn default() -> Places {
        Places {
            steps: Vec::new(),
            usable: 0,
            register: Vec::new(),
            home: Vec::new(),
            owner: [NOBODY; 32],
            since: [0; 32],
            clock: 0,
            owned: 0,
            copy_of: [NOBODY; 32],
            copies: 0,
            holders: Vec::new(),
            next_holder: Vec::new(),
            free_spills: Vec::new(),
            reserved: Vec::new(),
            first_spill: 0,
            spills: 0,
        }
    }
}

impl Places {
    /// Nothing is anywhere yet, but for constants.
    pub(crate) fn begin(&mut self, trace: &Trace<'_>, usable: Set, first_spill: u32) {
        let values = trace.values.len();
        self.steps.clear();
        self.usable = usable;
        self.register.clear();
        self.register.resize(values, NO_REGISTER);
        self.home.clear();
        self.home.extend(
            trace
                .values
                .iter()
                .map(|value| value.constant.map(Loc::Const)),
        );
        self.owner = [NOBODY; 32];
        self.clock = 0;
        self.owned = 0;
        self.copies = 0;
        self.holders.clear();
        self.next_holder.clear();
        self.next_holder.resize(values, NOBODY);
        self.free_spills.clear();
        self.reserved.clear();
        self.first_spill = first_spill;
        self.spills = first_spill;
    }

    /// The register number `value` is in.
    #[inline]
    pub(crate) fn register(&self, value: ValueId) -> Option<u8> {
        let n = self.register[value.0 as usize];
        (n != NO_REGISTER).then_some(n)
    }

    /// The home of `value`.
    #[inline]
    pub(crate) fn home(&self, value: ValueId) -> Option<Loc> {
        self.home[value.0 as usize]
    }

    /// Where `value` is: in its register if it has one.
    ///
    /// # Panics
    /// If it is nowhere: a use after its last one.
    #[inline]
    pub(crate) fn of(&self, value: ValueId) -> Loc {
        match self.register(value) {
            Some(n) => place(n),
            None => self
                .home(value)
                .unwrap_or_else(|| panic!("v{} is read but has no place", value.0)),
        }
    }

    /// The owner of register `n`.
    #[inline]
    pub(crate) fn owner(&self, n: u8) -> Option<ValueId> {
        let owner = self.owner[usize::from(n)];
        (owner != NOBODY).then_some(ValueId(owner))
    }

    /// Register `n` has just been stored to `slot`, or loaded from it.
    pub(crate) fn remember_copy(&mut self, n: u8, slot: Slot) {
        if self.usable >> n & 1 == 1 {
            self.copy_of[usize::from(n)] = slot_index(slot) as u32;
            self.copies |= 1 << n;
        }
    }

    /// Register `n` is about to hold something else.
    #[inline]
    pub(crate) fn forget_copy(&mut self, n: u8) {
        self.copies &= !(1 << n);
    }

    /// The registers of `set` are about to hold something else.
    pub(crate) fn forget_copies(&mut self, set: Set) {
        self.copies &= !set;
    }

    /// A register nobody owns that holds what `slot` holds.
    pub(crate) fn copy_in_register(&self, slot: Slot) -> Option<u8> {
        let index = slot_index(slot) as u32;
        registers_of(self.copies & !self.owned).find(|n| self.copy_of[usize::from(*n)] == index)
    }

    /// At most `keep` registers of `bank` stay owned or copies: the oldest go.
    pub(crate) fn shrink(&mut self, bank: Set, keep: u32) {
        while ((self.owned | self.copies) & bank).count_ones() > keep {
            let oldest = registers_of((self.owned | self.copies) & bank)
                .min_by_key(|n| self.since[usize::from(*n)]);
            let n = oldest.expect("there are more than `keep`");
            if let Some(value) = self.owner(n) {
                self.ensure_home(value, Places::new_spill);
                self.leave_register(value);
            }
            self.forget_copy(n);
        }
    }

    /// Registers of `set` that are owned.
    #[inline]
    pub(crate) fn owned(&self, set: Set) -> Set {
        self.owned & set
    }

    /// Register `n` holds `value` from here on.
    #[inline]
    pub(crate) fn own(&mut self, value: ValueId, n: u8) {
        debug_assert_eq!(self.owned >> n & 1, 0, "register {n} is taken");
        debug_assert_eq!(self.register(value), None, "v{} has a register", value.0);
        self.owner[usize::from(n)] = value.0;
        self.since[usize::from(n)] = self.clock;
        self.clock += 1;
        self.owned |= 1 << n;
        self.copies &= !(1 << n);
        self.register[value.0 as usize] = n;
    }

    /// `value` is no longer in a register.
    #[inline]
    pub(crate) fn leave_register(&mut self, value: ValueId) {
        if let Some(n) = self.register(value) {
            self.owner[usize::from(n)] = NOBODY;
            self.owned &= !(1 << n);
            self.register[value.0 as usize] = NO_REGISTER;
        }
    }

    /// `value` is not used any more.
    #[inline]
    pub(crate) fn release(&mut self, value: ValueId) {
        self.leave_register(value);
        match self.home(value) {
            Some(Loc::Const(_)) | None => {}
            Some(Loc::Spill(spill)) => {
                self.free(spill);
                self.home[value.0 as usize] = None;
            }
            Some(_) => self.home[value.0 as usize] = None,
        }
    }

    fn free(&mut self, spill: Spill) {
        let kept = self
            .reserved
            .get(spill.0 as usize)
            .is_some_and(|kept| *kept);
        if spill.0 >= self.first_spill && !kept {
            self.free_spills.push(spill.0);
        }
    }

    /// A spill slot nobody uses.
    pub(crate) fn new_spill(&mut self) -> Spill {
        Spill(self.free_spills.pop().unwrap_or_else(|| {
            self.spills += 1;
            self.spills - 1
        }))
    }

    /// A spill slot that is nobody else's until the end of the trace.
    pub(crate) fn reserve_spill(&mut self) -> Spill {
        let spill = self.new_spill();
        let n = spill.0 as usize;
        if n >= self.reserved.len() {
            self.reserved.resize(n + 1, false);
        }
        self.reserved[n] = true;
        spill
    }

    /// `value` can be found at `home` from here on; it had no home.
    pub(crate) fn set_home(&mut self, value: ValueId, home: Loc) {
        debug_assert_eq!(self.home(value), None, "v{} has a home", value.0);
        self.home[value.0 as usize] = Some(home);
        if let Loc::Slot(slot) = home {
            let index = slot_index(slot);
            if index >= self.holders.len() {
                self.holders.resize(index + 1, NOBODY);
            }
            self.next_holder[value.0 as usize] = self.holders[index];
            self.holders[index] = value.0;
        }
    }

    /// `value` has no home any more, because its slot is about to hold something else.
    pub(crate) fn lose_home(&mut self, value: ValueId) {
        self.home[value.0 as usize] = None;
    }

    /// Copies.
    #[inline]
    pub(crate) fn copy(&mut self, from: Loc, to: Loc) {
        self.steps.push(Step::Move { from, to });
    }

    /// Gives `value` the home `spill` if it has none.
    pub(crate) fn ensure_home(&mut self, value: ValueId, spill: impl FnOnce(&mut Places) -> Spill) {
        if self.home(value).is_none() {
            let home = Loc::Spill(spill(self));
            self.copy(self.of(value), home);
            self.set_home(value, home);
        }
    }

    /// Something else is about to be stored to `slot`: values that have nothing but it, and are used after position
    /// `now`, are copied to spill slots.
    pub(crate) fn overwrite(&mut self, slot: Slot, uses: &Uses, now: u32) {
        self.overwrite_index(slot_index(slot), uses, now);
    }

    /// Any slot may be overwritten.
    #[cold]
    pub(crate) fn overwrite_all(&mut self, uses: &Uses, now: u32) {
        self.copies = 0;
        for index in 0..self.holders.len() {
            self.overwrite_index(index, uses, now);
        }
    }

    fn overwrite_index(&mut self, index: usize, uses: &Uses, now: u32) {
        for n in registers_of(self.copies) {
            if self.copy_of[usize::from(n)] == index as u32 {
                self.forget_copy(n);
            }
        }
        let Some(head) = self.holders.get_mut(index) else {
            return;
        };
        let mut holder = std::mem::replace(head, NOBODY);
        while holder != NOBODY {
            let value = ValueId(holder);
            holder = std::mem::replace(&mut self.next_holder[value.0 as usize], NOBODY);
            // Who is used for the last time right now still finds it there.
            let Some(Loc::Slot(slot)) = self.home(value) else {
                continue;
            };
            if slot_index(slot) != index || uses.last(value) <= now {
                continue;
            }
            self.lose_home(value);
            if self.register(value).is_none() {
                let spill = Loc::Spill(self.new_spill());
                self.copy(Loc::Slot(slot), spill);
                self.set_home(value, spill);
            }
        }
    }

    /// A register of `bank` outside `locked` that nobody owns; somebody loses one if need be. `across_call` prefers
    /// one that calls preserve. It is still nobody's afterwards.
    #[inline]
    pub(crate) fn take(
        &mut self,
        bank: Bank,
        locked: Set,
        across_call: bool,
        evict: Evict,
        uses: &Uses,
    ) -> u8 {
        let candidates = self.usable & bank_set(bank) & !locked;
        let free = candidates & !self.owned;
        if free == 0 {
            let n = self.evict(candidates, evict, uses);
            self.forget_copy(n);
            return n;
        }
        let empty = free & !self.copies;
        if empty == 0 {
            let oldest = registers_of(free).min_by_key(|n| self.since[usize::from(*n)]);
            let n = oldest.expect("some are free");
            self.forget_copy(n);
            return n;
        }
        let preferred = if across_call {
            empty & CALLEE_SAVED
        } else {
            empty & !CALLEE_SAVED
        };
        let set = if preferred == 0 { empty } else { preferred };
        set.trailing_zeros() as u8
    }

    /// How many registers of `bank` nobody owns.
    pub(crate) fn free_count(&self, bank: Bank, locked: Set) -> u32 {
        (self.usable & bank_set(bank) & !locked & !self.owned).count_ones()
    }

    /// Somebody among the owners of `candidates` gives up their register.
    ///
    /// # Panics
    /// If there are none: one instruction needs more registers than there are, which is checked beforehand.
    pub(crate) fn evict(&mut self, candidates: Set, evict: Evict, uses: &Uses) -> u8 {
        let mut best: Option<(u64, u8)> = None;
        for n in registers_of(candidates & self.owned) {
            let score = match evict {
                Evict::Oldest => u64::from(u32::MAX - self.since[usize::from(n)]),
                Evict::Furthest => {
                    let owner = self.owner[usize::from(n)] as usize;
                    // Among equals, one that has a home goes for nothing.
                    u64::from(uses.next[owner]) << 1 | u64::from(self.home[owner].is_some())
                }
            };
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, n));
            }
        }
        let (_, n) = best.expect("an instruction needs more registers than there are");
        let value = ValueId(self.owner[usize::from(n)]);
        self.ensure_home(value, Places::new_spill);
        self.leave_register(value);
        n
    }

    /// Everybody leaves their registers, keeping their homes.
    pub(crate) fn leave_registers(&mut self, set: Set) {
        for n in registers_of(self.owned & set) {
            self.leave_register(ValueId(self.owner[usize::from(n)]));
        }
    }

    /// An import arrives at `loc`.
    pub(crate) fn import(&mut self, value: ValueId, loc: Loc) {
        match number(loc) {
            // Two imports may share a register, and fewer registers may be allowed here than in the parent.
            Some(n) if self.usable >> n & 1 == 1 && self.owner(n).is_none() => self.own(value, n),
            Some(_) => {
                let spill = Loc::Spill(self.new_spill());
                self.copy(loc, spill);
                self.set_home(value, spill);
            }
            None if self.home(value).is_none() => self.set_home(value, loc),
            None => {}
        }
    }
}
