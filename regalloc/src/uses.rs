//! What the forward policies know of the future: last uses, next uses, and how often the loop reads a value.
//!
//! One walk backwards over the trace collects all of it. Instruction *i* has two positions: [`early`], where its
//! arguments are read, and the one after it, where its exit reads the snapshot. A value whose last use is early may
//! give its register to the result; one that the snapshot still names may not, as the exit is taken after the result's
//! register has been written.
//!
//! *Register uses* (arguments) are kept apart from *any uses* (snapshots): only the former say that having the value in a
//! register pays, but both keep it alive.

use sashiko_stencils::UopTable;
use sashiko_trace::ir::{End, Inst, Op, Slot, Trace, ValueId};

use crate::select::fits_stencil;

/// No position: never used again.
pub(crate) const NEVER: u32 = u32::MAX;
/// The last use of a value from before the loop that the loop reads: it is read in each round.
pub(crate) const FOREVER: u32 = u32::MAX;
/// No parameter.
pub(crate) const NO_PARAM: u32 = u32::MAX;

/// The position at which instruction `index` reads its arguments.
#[inline]
pub(crate) const fn early(index: usize) -> u32 {
    2 * index as u32 + 2
}

/// Where a value comes from, as far as the loop is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The body (or anywhere, if the trace does not repeat).
    Body,
    /// A loop parameter.
    Param,
    /// Constants, imports, and the preheader of a loop.
    Outside,
}

/// What one walk backwards finds. Reused between compiles.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// By value: position of the last use of any kind; 0 if it is not used, [`FOREVER`] if each round uses it.
    pub(crate) last: Vec<u32>,
    /// By value: position of the next register use. The walk forward keeps it up to date with [`Uses::pass`].
    pub(crate) next: Vec<u32>,
    /// By value: number of register uses in the body. Of constants, only those that no stencil takes as a constant.
    pub(crate) weight: Vec<u32>,
    /// By value: the loop parameter whose next value it is.
    pub(crate) next_of: Vec<u32>,
    /// By value.
    pub(crate) from: Vec<From>,
    /// Most body values of each bank that wait for a register use at one time.
    pub(crate) pressure: [u32; 2],
    /// Most registers of each bank that one stencil of the trace needs.
    pub(crate) need: [u32; 2],
    /// Does the body call?
    pub(crate) body_calls: bool,
    /// For each register use, the one after it; a stack, the first instruction's on top.
    after: Vec<u32>,
    /// Positions of calls, a stack.
    calls: Vec<u32>,
    /// Slots the body stores to, as [`slot_index`].
    stored: Vec<bool>,
    /// May the body store to any slot?
    stores_all: bool,
    waiting: [u32; 2],
    facts: Facts,
}

/// A dense index of a slot, negative ones included.
#[inline]
pub(crate) const fn slot_index(slot: Slot) -> usize {
    if slot.0 >= 0 {
        2 * slot.0 as usize
    } else {
        2 * (-(slot.0 + 1)) as usize + 1
    }
}

impl Uses {
    /// Finds the uses of `trace`.
    pub(crate) fn find(&mut self, trace: &Trace<'_>) {
        self.begin(trace);
        let end = early(trace.len());
        for (k, param) in trace.params.iter().enumerate() {
            let next = param.next.0 as usize;
            self.next_of[next] = k as u32;
            self.next[next] = end;
            self.read(param.next, end, true);
        }
        for value in trace.handed_over() {
            self.next[value.0 as usize] = end;
            self.read(value, end, false);
        }
        if trace.end == End::Leave {
            for value in trace.snapshot(trace.finish).values() {
                self.read(value, end, true);
            }
        }
        let loops = trace.is_loop();
        let before = trace.preheader.len();
        for (i, inst) in trace.body.iter().enumerate().rev() {
            self.inst(trace, inst, before + i, loops);
            match inst.op {
                Op::StoreSlot(slot) => {
                    let slot = slot_index(slot);
                    if slot >= self.stored.len() {
                        self.stored.resize(slot + 1, false);
                    }
                    self.stored[slot] = true;
                }
                Op::Uop(uop) => self.stores_all |= trace.table.info(uop).writes_slots(),
                Op::LoadSlot(_) => {}
            }
        }
        self.body_calls = !self.calls.is_empty();
        for param in &trace.params {
            self.read(param.init, early(before), false);
        }
        for (i, inst) in trace.preheader.iter().enumerate().rev() {
            self.inst(trace, inst, i, false);
        }
    }

    fn begin(&mut self, trace: &Trace<'_>) {
        let values = trace.values.len();
        for (list, default) in [
            (&mut self.last, 0),
            (&mut self.next, NEVER),
            (&mut self.weight, 0),
            (&mut self.next_of, NO_PARAM),
        ] {
            list.clear();
            list.resize(values, default);
        }
        self.from.clear();
        self.from
            .extend(trace.values.iter().map(|value| match value.constant {
                Some(_) => From::Outside,
                None => From::Body,
            }));
        if trace.is_loop() {
            let results = trace.preheader.iter().filter_map(|inst| inst.result);
            for value in results.chain(trace.imports.iter().map(|import| import.value)) {
                self.from[value.0 as usize] = From::Outside;
            }
            for param in &trace.params {
                self.from[param.value.0 as usize] = From::Param;
            }
        }
        self.after.clear();
        self.calls.clear();
        self.stored.clear();
        self.stores_all = false;
        self.pressure = [0; 2];
        self.need = [0; 2];
        self.waiting = [0; 2];
        self.facts.of(trace.table);
    }

    /// `value` is read at `position`; later reads have been seen already.
    #[inline]
    fn read(&mut self, value: ValueId, position: u32, in_loop: bool) {
        let v = value.0 as usize;
        if self.last[v] == 0 {
            self.last[v] = if in_loop && self.from[v] == From::Outside {
                FOREVER
            } else {
                position
            };
        }
    }

    fn inst(&mut self, trace: &Trace<'_>, inst: &Inst<'_>, index: usize, in_loop: bool) {
        let at = early(index);
        if let Some(snapshot) = inst.snapshot {
            let values = trace.snapshot(snapshot).values();
            values.for_each(|value| self.read(value, at + 1, in_loop));
        }
        if let Some(result) = inst.result {
            let v = result.0 as usize;
            if self.next[v] != NEVER && self.from[v] == From::Body {
                let waiting = &mut self.waiting[trace.values[v].rep.bank() as usize];
                *waiting = waiting.saturating_sub(1);
            }
        }
        let mut copied = false;
        if let Op::Uop(uop) = inst.op {
            let need = &self.facts.need[usize::from(uop.0)];
            if let Some(need) = need {
                copied = true;
                self.need[0] = self.need[0].max(need[0]);
                self.need[1] = self.need[1].max(need[1]);
            } else {
                self.calls.push(at);
            }
        }
        for arg in inst.args.iter().rev() {
            let v = arg.0 as usize;
            self.after.push(self.next[v]);
            let value = &trace.values[v];
            if self.next[v] == NEVER && self.from[v] == From::Body {
                let bank = value.rep.bank() as usize;
                self.waiting[bank] += 1;
                self.pressure[bank] = self.pressure[bank].max(self.waiting[bank]);
            }
            self.next[v] = at;
            self.read(*arg, at, in_loop);
            if in_loop {
                let wide = value
                    .constant
                    .is_none_or(|bits| copied && !fits_stencil(value.rep, bits));
                self.weight[v] += u32::from(wide);
            }
        }
    }

    /// The walk forward reads `value`, as an argument.
    #[inline]
    pub(crate) fn pass(&mut self, value: ValueId) {
        let after = self.after.pop();
        self.next[value.0 as usize] = after.expect("each use is passed once");
    }

    /// The walk forward passes a call.
    pub(crate) fn pass_call(&mut self) {
        self.calls.pop();
    }

    /// Does `value` live across a call that is still to come?
    #[inline]
    pub(crate) fn lives_across_call(&self, value: ValueId) -> bool {
        self.calls
            .last()
            .is_some_and(|call| self.last[value.0 as usize] > *call)
    }

    /// Does the body store to `slot`?
    pub(crate) fn body_stores(&self, slot: Slot) -> bool {
        let stored = self.stored.get(slot_index(slot));
        self.stores_all || stored.is_some_and(|stored| *stored)
    }

    /// Position of the last use of `value`.
    #[inline]
    pub(crate) fn last(&self, value: ValueId) -> u32 {
        self.last[value.0 as usize]
    }
}

/// What is looked up once for each table: by uop, the most registers of each bank one of its stencils needs.
#[derive(Debug, Default)]
struct Facts {
    table: Option<&'static UopTable>,
    /// `None` for calls.
    need: Vec<Option<[u32; 2]>>,
}

impl Facts {
    fn of(&mut self, table: &'static UopTable) {
        if self.table.is_some_and(|known| std::ptr::eq(known, table)) {
            return;
        }
        self.table = Some(table);
        self.need.clear();
        for (i, info) in table.uops.iter().enumerate() {
            let mut need = [0; 2];
            for (_, stencil) in table.variants(sashiko_stencils::UopId(i as u16)) {
                let mut banks = [0; 2];
                for operand in stencil.operands {
                    banks[operand.bank as usize] += 1;
                }
                need = [need[0].max(banks[0]), need[1].max(banks[1])];
            }
            self.need.push(info.call.is_none().then_some(need));
        }
    }
}
