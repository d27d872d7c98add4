//! Turns slots into values, and stores that only exits would see into entries of their snapshots.
//!
//! # What
//! A trace as it is lifted goes through memory for every push, pop and local access. This pass walks it with a table of
//! what each slot holds: a load of a slot that is known is that value; a store is put off until something needs memory to
//! be true, and the only thing that does, as a rule, is an exit. So the store sinks into the snapshots of the exits
//! behind it. Slots that live round a loop become loop parameters.
//!
//! # Example
//! ```text
//!   v0: word = load_slot s1              ==>   v0: word = load_slot s1
//!   store_slot s5, v0                  loop (v9: word [s1] = v0 then v3)
//!   v1: word = load_slot s5
//!   v2: word = load_slot s0                    (v2, loaded before the loop: nothing stores to s0)
//!   v3: word = add_int v1, v2 !e1              v3: word = add_int v9, v2 !e1
//!   store_slot s1, v3
//! end loop                             end loop
//! e1: ... top s6                       e1: ... top s6 {s1 = v9, s5 = v9}
//! ```
//!
//! # Facts used
//! Slots are private to the trace: no uop sees them but those that take the frame base.
//!
//! # Invariants kept
//! - At each exit, memory together with the snapshot says what memory alone said before, for every slot below `top`.
//!   Entries a snapshot has already win over what this pass would add.
//! - In a loop, a slot that the body stores to is stale from the second round on, so it is listed at the exits from the head
//!   on. In the first round that writes back what memory holds anyway.
//! - A jump's target finds memory true: what was put off is stored before the end. So does a uop that takes the base, behind
//!   which nothing is known of slots; in a loop that has one, memory is true at the head.
//! - Nothing is said of slots at or above the loop's `top` across the back edge: they hold nothing there.
//!
//! # Cost
//! Two walks (one without a loop). A snapshot lists its stale slots; exits with the same state share one list.
//!
//! # Limits
//! References are not looked at: a store moves one, and so does an entry of a snapshot.

use sashiko_stencils::Rep;
use sashiko_stencils::uop::Kinds;
use sashiko_trace::ir::{End, Inst, Op, Origin, Param, Slot, Snapshot, SnapshotId, Trace, ValueId};

use crate::pass::{Pass, PassContext};
use crate::slots::Slots;
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct StoreForward {
    slots: Slots,
    substitution: Substitution,
    /// By snapshot: for which version of the slots' state it was rewritten last, and where that is.
    rewritten: Vec<Option<(u32, SnapshotId)>>,
    /// By value: the slot it was loaded from.
    home: Vec<Option<Slot>>,
}

impl Pass for StoreForward {
    fn name(&self) -> &'static str {
        "store-forward"
    }

    fn summary(&self) -> &'static str {
        "turn slots into values, sink stores into exits"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.slots.reset(trace);
        if self.slots.is_empty() {
            return;
        }
        self.substitution.reset(trace.values.len());
        self.rewritten.clear();
        self.rewritten.resize(trace.snapshots.len(), None);
        let entries = trace.snapshots.iter().map(|snapshot| snapshot.slots);
        let walk = Walk {
            entries: entries.collect(),
            hoists: false,
            true_at_head: false,
            pass: self,
            trace,
            cx,
        };
        walk.run();
        self.same_params(trace, cx);
        self.substitution.apply_everywhere(trace);
        self.clean_entries(trace, cx);
    }
}

/// One walk over one trace.
struct Walk<'w, 'a, 'f> {
    pass: &'w mut StoreForward,
    trace: &'w mut Trace<'a>,
    cx: &'w mut PassContext<'f>,
    /// By snapshot: the entries it had before.
    entries: Vec<&'a [(Slot, ValueId)]>,
    /// In a loop's body in which loads of what the body does not store to go before the loop.
    hoists: bool,
    /// In a loop whose head finds memory true.
    true_at_head: bool,
}

impl<'a> Walk<'_, 'a, '_> {
    fn run(mut self) {
        let insts = std::mem::take(&mut self.trace.preheader);
        let mut out = Vec::with_capacity(insts.len() + 8);
        for inst in insts {
            self.inst(inst, &mut out);
        }
        if self.trace.is_loop() {
            self.enter_loop(&mut out);
        }
        self.trace.preheader = out;
        let insts = std::mem::take(&mut self.trace.body);
        let mut out = Vec::with_capacity(insts.len() + 8);
        for inst in insts {
            self.inst(inst, &mut out);
        }
        self.end(&mut out);
        self.trace.body = out;
    }

    fn inst(&mut self, mut inst: Inst<'a>, out: &mut Vec<Inst<'a>>) {
        self.pass.substitution.apply(&mut inst, self.trace.arena);
        match inst.op {
            Op::LoadSlot(slot) | Op::StoreSlot(slot) if self.pass.slots.of(slot).excluded => {
                let _ = slot;
                out.push(inst);
            }
            Op::LoadSlot(slot) => self.load(inst, slot, out),
            Op::StoreSlot(slot) => self.store(inst, slot, out),
            Op::Uop(uop) => {
                let takes_base = self.trace.table.info(uop).takes_base;
                if takes_base {
                    self.flush(None, out);
                }
                inst.snapshot = inst.snapshot.map(|snapshot| self.exit(snapshot));
                out.push(inst);
                if takes_base {
                    self.forget();
                }
            }
        }
    }

    fn load(&mut self, inst: Inst<'a>, slot: Slot, out: &mut Vec<Inst<'a>>) {
        let Some(result) = inst.result else {
            out.push(inst);
            return;
        };
        let state = *self.pass.slots.of(slot);
        match state.value {
            // `load s ==> v` where s holds v
            Some(value) if self.cx.rewrite("load") => {
                self.pass.substitution.replace(result, value);
            }
            // Memory may be stale: what was put off has to be done now.
            Some(value) => {
                if state.dirty {
                    let store = self.store_of(slot, value, state.origin);
                    out.push(store);
                }
                out.push(inst);
                self.pass.slots.set(slot, Some(value), false, inst.origin);
            }
            // `load s` in a loop that never stores to s ==> load s before the loop
            None if self.hoists && !state.written && self.cx.rewrite("load-before-loop") => {
                self.trace.preheader.push(inst);
                self.pass.slots.set(slot, Some(result), false, inst.origin);
            }
            None => {
                out.push(inst);
                self.pass.slots.set(slot, Some(result), false, inst.origin);
            }
        }
    }

    fn store(&mut self, inst: Inst<'a>, slot: Slot, out: &mut Vec<Inst<'a>>) {
        let value = inst.args[0];
        let state = *self.pass.slots.of(slot);
        let slots = &mut self.pass.slots;
        if state.value == Some(value) && !state.dirty {
            // `store s, v ==>` nothing where memory holds v
            if !self.cx.rewrite("store-same") {
                out.push(inst);
            }
        } else if self.cx.rewrite("store") {
            // `store s, v ==>` s = v at the exits behind it
            slots.set(slot, Some(value), true, inst.origin);
        } else {
            out.push(inst);
            slots.set(slot, Some(value), false, inst.origin);
        }
    }

    /// The snapshot of an exit here: what it listed before, and what memory does not hold.
    fn exit(&mut self, snapshot: SnapshotId) -> SnapshotId {
        let version = self.pass.slots.version;
        let index = snapshot.0 as usize;
        let before = self.pass.rewritten[index];
        if let Some((of, rewritten)) = before
            && of == version
        {
            return rewritten;
        }
        let entries = self.entries[index];
        let top = self.trace.snapshot(snapshot).resume.top;
        let slots = self.listed(entries, top);
        let rewritten = match before {
            None => {
                self.trace.snapshots[index].slots = slots;
                snapshot
            }
            Some((_, same)) if self.trace.snapshot(same).slots == slots => same,
            Some(_) => {
                let of = *self.trace.snapshot(snapshot);
                self.trace.new_snapshot(Snapshot { slots, ..of })
            }
        };
        self.pass.rewritten[index] = Some((version, rewritten));
        rewritten
    }

    /// `entries` and the stale slots below `top`, in order of slots.
    fn listed(&mut self, entries: &'a [(Slot, ValueId)], top: Slot) -> &'a [(Slot, ValueId)] {
        let slots = &mut self.pass.slots;
        if slots.dirty.is_empty() {
            return entries;
        }
        let mut listed: Vec<(Slot, ValueId)> = entries.to_vec();
        for i in 0..slots.dirty.len() {
            let slot = slots.dirty[i];
            let has = entries.binary_search_by_key(&slot, |(slot, _)| *slot);
            if slot < top
                && has.is_err()
                && let Some(value) = slots.of(slot).value
            {
                listed.push((slot, value));
            }
        }
        listed.sort_unstable_by_key(|(slot, _)| *slot);
        self.trace.arena.alloc_slice_copy(&listed)
    }

    fn store_of(&self, slot: Slot, value: ValueId, origin: Origin) -> Inst<'a> {
        Inst {
            op: Op::StoreSlot(slot),
            args: self.trace.arena.alloc_slice_copy(&[value]),
            immediates: &[],
            result: None,
            snapshot: None,
            origin,
            by: self.cx.by("store-late"),
        }
    }

    /// Makes memory true (below `top`).
    fn flush(&mut self, top: Option<Slot>, out: &mut Vec<Inst<'a>>) {
        let stale = std::mem::take(&mut self.pass.slots.dirty);
        self.pass.slots.dirty.clone_from(&stale);
        for slot in stale {
            if top.is_none_or(|top| slot < top) {
                self.flush_slot(slot, out);
            }
        }
    }

    fn flush_slot(&mut self, slot: Slot, out: &mut Vec<Inst<'a>>) {
        let state = *self.pass.slots.of(slot);
        if let (Some(value), true) = (state.value, state.dirty) {
            out.push(self.store_of(slot, value, state.origin));
            self.pass.slots.set(slot, Some(value), false, state.origin);
        }
    }

    fn forget(&mut self) {
        for slot in self.pass.slots.all() {
            self.pass.slots.set(slot, None, false, Origin::default());
        }
    }

    /// Sets up what the body finds at its head; `out` is the preheader.
    fn enter_loop(&mut self, out: &mut Vec<Inst<'a>>) {
        if self.scan_body() {
            self.flush(None, out);
            self.forget();
            self.true_at_head = true;
            return;
        }
        self.hoists = true;
        let top = self.trace.start.top;
        for slot in self.pass.slots.all() {
            let state = *self.pass.slots.of(slot);
            if !state.written {
                continue;
            }
            let has_param = self
                .trace
                .params
                .iter()
                .any(|param| param.slot == Some(slot));
            if !has_param && (slot >= top || !state.needed) {
                self.pass.slots.set(slot, None, false, state.origin);
            } else if !has_param && self.cx.rewrite("param") {
                self.carry(slot, out);
            } else {
                self.flush_slot(slot, out);
                self.pass.slots.set(slot, None, false, state.origin);
                self.pass.slots.of(slot).excluded = true;
            }
        }
    }

    /// `slot` becomes a loop parameter.
    fn carry(&mut self, slot: Slot, out: &mut Vec<Inst<'a>>) {
        let origin = self.trace.start.origin;
        let init = self.pass.slots.of(slot).value.unwrap_or_else(|| {
            let loaded = self.trace.new_value(Rep::Word, Kinds::ANY);
            out.push(Inst {
                op: Op::LoadSlot(slot),
                args: &[],
                immediates: &[],
                result: Some(loaded),
                snapshot: None,
                origin,
                by: self.cx.by("param"),
            });
            loaded
        });
        let value = self.trace.new_value(Rep::Word, Kinds::ANY);
        self.trace.params.push(Param {
            value,
            slot: Some(slot),
            init,
            next: value,
        });
        self.pass.slots.set(slot, Some(value), true, origin);
        self.pass.slots.of(slot).carried = true;
    }

    /// Notes which slots the body stores to and which it needs at its head; true if a uop in it sees slots.
    fn scan_body(&mut self) -> bool {
        let slots = &mut self.pass.slots;
        let mut highest_top = Slot(i32::MIN);
        let mut sees_slots = false;
        for inst in &self.trace.body {
            match inst.op {
                Op::LoadSlot(slot) => {
                    let state = slots.of(slot);
                    state.needed |= !state.written;
                }
                Op::StoreSlot(slot) => {
                    let state = slots.of(slot);
                    state.needed |= !state.written && slot < highest_top;
                    state.written = true;
                }
                Op::Uop(uop) => {
                    sees_slots |= self.trace.table.info(uop).takes_base;
                    if let Some(snapshot) = inst.snapshot {
                        let top = self.trace.snapshots[snapshot.0 as usize].resume.top;
                        highest_top = highest_top.max(top);
                    }
                }
            }
        }
        sees_slots
    }

    /// What the end of the trace asks for.
    fn end(&mut self, out: &mut Vec<Inst<'a>>) {
        let finish = self.trace.finish;
        let top = self.trace.snapshot(finish).resume.top;
        match self.trace.end {
            End::Leave => self.trace.finish = self.exit(finish),
            End::Jump(_) | End::Return => self.flush(Some(top), out),
            End::Loop if self.true_at_head => self.flush(Some(top), out),
            End::Loop => {
                for param in &mut self.trace.params {
                    if let Some(slot) = param.slot
                        && self.pass.slots.contains(slot)
                        && self.pass.slots.of(slot).carried
                        && let Some(next) = self.pass.slots.of(slot).value
                    {
                        param.next = next;
                    }
                }
            }
        }
    }
}

impl StoreForward {
    /// `(p = init then p), (p = init then init) ==> init`
    fn same_params(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        loop {
            let mut changed = false;
            trace.params.retain(|param| {
                let next = self.substitution.resolve(param.next);
                let init = self.substitution.resolve(param.init);
                if (next == param.value || next == init) && cx.rewrite("same-param") {
                    self.substitution.replace(param.value, init);
                    changed = true;
                    return false;
                }
                true
            });
            if !changed {
                return;
            }
        }
    }

    /// `{s = v} ==> {}` where v was loaded from s and the trace does not store to s.
    fn clean_entries(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.home.clear();
        self.home.resize(trace.values.len(), None);
        for inst in trace.insts() {
            match (inst.op, inst.result) {
                (Op::LoadSlot(slot), Some(value)) => self.home[value.0 as usize] = Some(slot),
                (Op::StoreSlot(slot), _) => self.slots.of(slot).excluded = true,
                (Op::Uop(uop), _) if trace.table.info(uop).takes_base => return,
                _ => {}
            }
        }
        // From here on a slot is excluded if it was before or is stored to.
        for index in 0..trace.snapshots.len() {
            let snapshot = trace.snapshots[index];
            let mut is_clean = |(slot, value): &(Slot, ValueId)| {
                self.home[value.0 as usize] == Some(*slot) && !self.slots.of(*slot).excluded
            };
            if snapshot.slots.iter().any(&mut is_clean) && cx.rewrite("clean-entries") {
                let kept = snapshot.slots.iter().filter(|entry| !is_clean(entry));
                let kept: Vec<_> = kept.copied().collect();
                trace.snapshots[index].slots = trace.arena.alloc_slice_copy(&kept);
            }
        }
    }
}
