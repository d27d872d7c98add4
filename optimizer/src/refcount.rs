//! Removes reference counting that changes nothing.
//!
//! # What
//! Counts of values that carry none vanish. And where a reference is taken only to be dropped again while somebody else
//! holds the object all the time, both ends go; the exits in between owe the reference instead.
//!
//! # Example
//! ```text
//!   incref v0                            ==>
//!   guard_array v0 !e1                         guard_array v0 !e1     with e1: ... owed {v0}
//!   v1: int = array_len v0                     v1: int = array_len v0
//!   decref v0                            ==>
//! ```
//!
//! # Facts used
//! `counts = +1/-1` and `unchecked` of such uops, uncounted kinds, `writes` and `call` (what is not called, and does not write
//! all memory, drops no reference), and the contract that a VM slot owns a reference to what it holds.
//!
//! # Why it is right
//! Take a pair: an increment of `v` at *p*, the matching decrement at *q*. Without the pair the object's count is one
//! lower from *p* to *q*, and the same elsewhere. The program can tell only if the count reaches zero in between, that is
//! if some instruction drops the last reference. So a pair goes if one of these holds:
//!
//! - **Quiet**: nothing between *p* and *q* can drop a reference: no other decrement that is still there, no call that
//!   writes memory. `v` was alive before *p*, because the increment touched it; whoever held it still does at *q*.
//! - **Held**: the frame itself holds `v` until after *q*. Call *T* the number of references to the object that the
//!   frame's slots and the trace hold under the name `v`. *T* grows only by an increment of `v`; it shrinks by a
//!   decrement of `v`, or by an uop that takes a reference over. Let *S* be the first exit (or the end) after *q*,
//!   and let its VM state show `v` in *k* slots, *o* of these owed. Going backwards from *S*, `T(q) >= k - o - (increments
//!   of v between q and S) + (decrements of v between q and S)`: what is taken over in between only makes it larger. If
//!   that is at least 1, then before *q*'s own decrement, and so all the way back to *p* (between a pair lie only whole
//!   pairs of the same value, because each decrement is matched with the nearest open increment), `T >= 2`; one of the
//!   two is the pair's own. At least one reference remains while the pair is gone.
//! - **Proved**: a quiet stretch may also end at a guard that proves `v` to be of a kind that carries no count. Then there
//!   was nothing to count; the guard's own exit owes the reference.
//! - **Constant**: a constant of the trace is kept alive by the trace.
//!
//! Two names may be the same object. Each name has its own account, and an account is never below zero, so a reference
//! that is held under one name holds the object whatever happens to the others.
//!
//! That a slot holds `v` is seen in *S*: as an entry of the snapshot, or because `v` is what was loaded from the slot and
//! the trace never stores to it.
//!
//! # Invariants kept
//! Each exit strictly between the ends of a removed pair owes the value once more. Pairs never span the loop's head.
//!
//! # Cost
//! Two walks; for each pair a look at the instructions up to the next exit.
//!
//! # Limits
//! Pairs that begin in one round and end in the next, and references that are moved from slot to slot, are left alone.

use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_trace::ir::{End, Inst, Op, Slot, Snapshot, SnapshotId, Trace, ValueId};

use crate::facts::Facts;
use crate::pass::{Pass, PassContext};

const NONE: u32 = u32::MAX;
/// How far behind a decrement an exit is looked for.
const REACH: usize = 64;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Refcount {
    facts: Facts,
    /// By value: the latest open increment.
    open: Vec<u32>,
    /// By instruction: the open increment of the same value before it.
    outer: Vec<u32>,
    removed: Vec<bool>,
    pairs: Vec<Pair>,
    /// By value: the slot it was loaded from, if the trace never stores there.
    home: Vec<Option<Slot>>,
    stored: Vec<Slot>,
}

/// An increment and the decrement that undoes it: exits behind `from` and before `to` owe the reference.
#[derive(Clone, Copy, Debug)]
struct Pair {
    from: u32,
    to: u32,
    value: ValueId,
}

impl Pass for Refcount {
    fn name(&self) -> &'static str {
        "refcount"
    }

    fn summary(&self) -> &'static str {
        "remove reference counting that changes nothing"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        let counts = |inst: &Inst<'_>| count_of(trace, inst) != 0;
        if !trace.insts().any(counts) {
            return;
        }
        self.uncounted(trace, cx);
        self.find_homes(trace);
        // Without a loop, preheader and body are one piece of code.
        if !trace.is_loop() && !trace.preheader.is_empty() {
            let body = std::mem::take(&mut trace.body);
            trace.preheader.extend(body);
            std::mem::swap(&mut trace.preheader, &mut trace.body);
        }
        self.find_pairs(trace, cx);
        if !self.pairs.is_empty() {
            self.owe(trace);
            let mut removed = self.removed.iter();
            trace.body.retain(|_| removed.next() == Some(&false));
        }
    }
}

/// +1 or -1 for an increment or decrement.
fn count_of(trace: &Trace<'_>, inst: &Inst<'_>) -> i8 {
    match inst.op {
        Op::Uop(uop) if inst.args.len() == 1 => trace.table.info(uop).effects.counts,
        _ => 0,
    }
}

impl Refcount {
    /// `incref(x), decref(x) ==>` nothing, where `x` carries no count; and counting without asking, where it does.
    fn uncounted(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.facts.reset(trace);
        let table = trace.table;
        for region in [&mut trace.preheader, &mut trace.body] {
            region.retain_mut(|inst| {
                if self.facts.counts_nothing(table, inst) && cx.rewrite("uncounted") {
                    return false;
                }
                if let Op::Uop(uop) = inst.op
                    && let Some(unchecked) = table.info(uop).unchecked
                    && self.facts.counts_something(table, inst)
                    && cx.rewrite("counted")
                {
                    inst.op = Op::Uop(unchecked);
                    inst.by = cx.by("counted");
                }
                self.facts.learn(table, inst);
                true
            });
        }
    }

    /// Values that lie in their slot from their load to the end.
    fn find_homes(&mut self, trace: &Trace<'_>) {
        self.home.clear();
        self.home.resize(trace.values.len(), None);
        self.stored.clear();
        for inst in trace.insts() {
            match inst.op {
                Op::StoreSlot(slot) => self.stored.push(slot),
                Op::Uop(uop) if trace.table.info(uop).takes_base => return,
                _ => {}
            }
        }
        let carried = trace.params.iter().filter_map(|param| param.slot);
        self.stored.extend(carried);
        self.stored.sort_unstable();
        for inst in trace.insts() {
            if let (Op::LoadSlot(slot), Some(value)) = (inst.op, inst.result)
                && self.stored.binary_search(&slot).is_err()
            {
                self.home[value.0 as usize] = Some(slot);
            }
        }
    }

    /// `incref(v) .. decref(v) ==> ..`
    fn find_pairs(&mut self, trace: &Trace<'_>, cx: &mut PassContext<'_>) {
        let insts = &trace.body;
        self.open.clear();
        self.open.resize(trace.values.len(), NONE);
        self.outer.clear();
        self.outer.resize(insts.len(), NONE);
        self.removed.clear();
        self.removed.resize(insts.len(), false);
        self.pairs.clear();
        // The last instruction that may drop a reference to anything.
        let mut last_drop = None;
        for (at, inst) in insts.iter().enumerate() {
            match count_of(trace, inst) {
                1 => {
                    let open = &mut self.open[inst.args[0].0 as usize];
                    self.outer[at] = std::mem::replace(open, at as u32);
                }
                -1 if self.decrement(trace, at, last_drop, cx) => {}
                _ if may_drop(trace, inst) => last_drop = Some(at as u32),
                _ if inst.snapshot.is_some() => self.proof(trace, at, last_drop, cx),
                _ => {}
            }
        }
    }

    /// `incref(v) .. guard_uncounted(v) ==> .. guard_uncounted(v)`: what turns out to carry no count was not counted.
    fn proof(
        &mut self,
        trace: &Trace<'_>,
        at: usize,
        last_drop: Option<u32>,
        cx: &mut PassContext<'_>,
    ) {
        let inst = &trace.body[at];
        let Op::Uop(uop) = inst.op else { return };
        for (&value, input) in inst.args.iter().zip(trace.table.info(uop).inputs) {
            if input.checks == Kinds::ANY || !self.facts.boxing().uncounted(input.checks) {
                continue;
            }
            loop {
                let from = self.open[value.0 as usize];
                let quiet = from != NONE && last_drop.is_none_or(|drop| drop < from);
                if !quiet || !cx.rewrite("proved-behind") {
                    break;
                }
                self.open[value.0 as usize] = self.outer[from as usize];
                self.removed[from as usize] = true;
                self.pairs.push(Pair {
                    from,
                    to: at as u32 + 1,
                    value,
                });
            }
        }
    }

    /// Pairs the decrement at `at` with the nearest open increment; true if both go.
    fn decrement(
        &mut self,
        trace: &Trace<'_>,
        at: usize,
        last_drop: Option<u32>,
        cx: &mut PassContext<'_>,
    ) -> bool {
        let value = trace.body[at].args[0];
        let from = self.open[value.0 as usize];
        if from == NONE {
            return false;
        }
        self.open[value.0 as usize] = self.outer[from as usize];
        let constant = trace.value(value).constant.is_some();
        let quiet = last_drop.is_none_or(|drop| drop < from);
        let rule = match (constant, quiet) {
            (true, _) => "constant-pair",
            (_, true) => "quiet-pair",
            _ if self.is_held_behind(trace, at, value) => "held-pair",
            _ => return false,
        };
        if !cx.rewrite(rule) {
            return false;
        }
        self.removed[from as usize] = true;
        self.removed[at] = true;
        self.pairs.push(Pair {
            from,
            to: at as u32,
            value,
        });
        true
    }

    /// Does the frame hold `value` just behind the instruction at `at`?
    fn is_held_behind(&self, trace: &Trace<'_>, at: usize, value: ValueId) -> bool {
        let mut balance = 0;
        for inst in trace.body[at + 1..].iter().take(REACH) {
            if let Some(snapshot) = inst.snapshot {
                return self.held_in(trace, trace.snapshot(snapshot), value) - balance >= 1;
            }
            if inst.args.first() == Some(&value) {
                balance += i32::from(count_of(trace, inst));
            }
        }
        if trace.body.len() - (at + 1) > REACH {
            return false;
        }
        self.held_at_end(trace, value) - balance >= 1
    }

    /// Slots that hold `value` in the state of `snapshot`, less what is owed.
    fn held_in(&self, trace: &Trace<'_>, snapshot: &Snapshot<'_>, value: ValueId) -> i32 {
        let top = snapshot.resume.top;
        let listed = |(slot, held): &&(Slot, ValueId)| *slot < top && *held == value;
        let listed = snapshot.slots.iter().filter(listed).count() as i32;
        // A field of an object that the exit makes holds it as well as a slot does.
        let fields = snapshot.held_in_fields(trace.table, value) as i32;
        let owed = snapshot.owed.iter().filter(|owed| **owed == value).count() as i32;
        listed + fields + self.at_home(snapshot, value) - owed
    }

    /// 1 if `value` lies in the slot it was loaded from.
    fn at_home(&self, snapshot: &Snapshot<'_>, value: ValueId) -> i32 {
        let Some(home) = self.home.get(value.0 as usize).copied().flatten() else {
            return 0;
        };
        let listed = snapshot.slots.iter().any(|(slot, _)| *slot == home);
        i32::from(home < snapshot.resume.top && !listed)
    }

    /// Slots that hold `value` at the end of the trace.
    fn held_at_end(&self, trace: &Trace<'_>, value: ValueId) -> i32 {
        let finish = trace.snapshot(trace.finish);
        match trace.end {
            End::Leave => self.held_in(trace, finish, value),
            End::Loop => {
                let carried = trace
                    .params
                    .iter()
                    .filter(|param| param.slot.is_some() && param.next == value);
                carried.count() as i32 + self.at_home(finish, value)
            }
            End::Jump(_) | End::Return => {
                let top = finish.resume.top;
                let stores = trace.body.iter().rev().map_while(|inst| match inst.op {
                    Op::StoreSlot(slot) => Some((slot, inst.args[0])),
                    _ => None,
                });
                let mut seen: Vec<Slot> = Vec::new();
                let mut held = self.at_home(finish, value);
                for (slot, stored) in stores {
                    if !seen.contains(&slot) {
                        seen.push(slot);
                        held += i32::from(stored == value && slot < top);
                    }
                }
                held
            }
        }
    }

    /// Makes the exits between the ends of the removed pairs owe the values.
    fn owe(&mut self, trace: &mut Trace<'_>) {
        self.pairs.sort_unstable_by_key(|pair| pair.from);
        let mut begun = self.pairs.iter().peekable();
        let mut active: Vec<Pair> = Vec::new();
        // The snapshot made last: of which, for how many changes of `active`.
        let mut changes = 0_u32;
        let mut made: Option<(SnapshotId, u32, SnapshotId)> = None;
        for at in 0..trace.body.len() {
            let over = |pair: &Pair| pair.to as usize <= at;
            if active.iter().any(over) {
                changes += 1;
                active.retain(|pair| !over(pair));
            }
            if let Some(pair) = begun.next_if(|pair| pair.from as usize == at) {
                changes += 1;
                active.push(*pair);
            }
            let Some(old) = trace.body[at].snapshot else {
                continue;
            };
            if active.is_empty() {
                continue;
            }
            let new = match made {
                Some((of, when, new)) if of == old && when == changes => new,
                _ => {
                    let snapshot = *trace.snapshot(old);
                    let values = snapshot.owed.iter().copied();
                    let owed: Vec<ValueId> =
                        values.chain(active.iter().map(|pair| pair.value)).collect();
                    trace.new_snapshot(Snapshot {
                        owed: trace.arena.alloc_slice_copy(&owed),
                        ..snapshot
                    })
                }
            };
            made = Some((old, changes, new));
            trace.body[at].snapshot = Some(new);
        }
    }
}

/// Can `inst` drop a reference, whosever? A stencil counts only as it declares, and one of which anything is declared moves
/// references at most: what it overwrites it hands over. Whatever is called may drop what lies in the memory it writes.
fn may_drop(trace: &Trace<'_>, inst: &Inst<'_>) -> bool {
    match inst.op {
        Op::Uop(uop) => {
            let info = trace.table.info(uop);
            let writes = info.effects.writes;
            info.effects.counts < 0
                || info.slow.is_some()
                || writes == Aliases::ALL
                || (info.call.is_some() && writes != Aliases::NONE)
        }
        // Stores move references; who gives one up decrements it.
        Op::LoadSlot(_) | Op::StoreSlot(_) => false,
    }
}
