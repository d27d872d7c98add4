//! Lets a side trace that comes back to its loop go on at the loop's head, in registers.
//!
//! # What
//! A side trace ends by storing what memory does not hold and jumping to the loop's entry, where it is all loaded, checked and
//! unboxed again. If nothing has changed that the loop relies on, the stores to slots that are parameters at the head go,
//! and the trace jumps to the head with the values themselves.
//!
//! # Example
//! ```text
//!   v3: int = int_add v2, 1 !e0                ==>     v3: int = int_add v2, 1 !e0
//!   v4: word = box_int v3 !e0                          v4: word = box_int v3 !e0       (dead now)
//!   store_slot s1, v4
//! end jump t0 !e1                                    end jump t0 with (v3) !e1
//! e1: ...                                            e1: ... {s1 = v3}
//! ```
//!
//! # Facts used
//! What the engine says of the head ([`Onto`]); `writes`; `boxes`, `unboxes`; kinds.
//!
//! # Invariants kept
//! - The loop relies on what was loaded and read before it: slots it loaded from are not stored to, unless they are its
//!   parameters', and memory it read is not written.
//! - A parameter is held, and is of the kinds, that the loop takes it to be. A raw one is unboxed here, with a check where its kind is
//!   not known; the check leaves with the state at the loop's entry, where the VM would be checked as well.
//! - Memory may be stale at the head only in slots of its parameters, which the loop's exits list: it makes them stale itself.
//!   So they do the slots whose memory does not matter, which need not be stored either.
//! - References move with the words: a parameter stands for a slot, and takes over what the slot owned.
//!
//! # Cost
//! One walk of side traces that come back.
//!
//! # Limits
//! All or nothing. A side trace of a side trace goes to the entry.

use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, UopId};
use sashiko_trace::ir::{HeadParam, Inst, Onto, Op, Slot, Snapshot, SnapshotId, Trace, ValueId};

use crate::facts::Facts;
use crate::numbering::writes;
use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Rejoin {
    facts: Facts,
    /// By word: the raw value that it is a box of, or was unboxed to.
    raw_of: Vec<Option<ValueId>>,
}

/// How an argument is made.
#[derive(Clone, Copy, Debug)]
enum Arg {
    /// The value itself.
    Value(ValueId),
    /// A constant of the parameter's representation.
    Constant(u64),
    /// By a uop that unboxes the word.
    Unbox(UopId),
}

impl Pass for Rejoin {
    fn name(&self) -> &'static str {
        "rejoin"
    }

    fn summary(&self) -> &'static str {
        "go on at the loop's head where a side trace comes back"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        let Some(mut onto) = trace.onto.take() else {
            return;
        };
        if onto.args.is_none() {
            onto.args = self.rejoin(trace, &onto, cx);
        }
        trace.onto = Some(onto);
    }
}

impl Rejoin {
    /// The arguments, if the trace goes on at the head now.
    fn rejoin(
        &mut self,
        trace: &mut Trace<'_>,
        onto: &Onto,
        cx: &mut PassContext<'_>,
    ) -> Option<Vec<ValueId>> {
        let written = self.learn(trace)?;
        let stored = last_stores(trace, onto)?;
        if written.overlaps(onto.reads) || !keeps_slots(trace, onto) || self.lets_go(trace, onto) {
            return None;
        }
        let finish = trace.snapshot(trace.finish).resume;
        let mut args = Vec::with_capacity(onto.params.len());
        for (param, word) in onto.params.iter().zip(&stored) {
            let arg = self.arg(trace, param, *word)?;
            let checks = matches!(arg, Arg::Unbox(uop) if trace.table.info(uop).exits);
            // An exit must be able to say where the VM goes on.
            if param.slot >= finish.top || (checks && finish.origin.pc != onto.pc) {
                return None;
            }
            args.push(arg);
        }
        cx.rewrite("head")
            .then(|| rewrite(trace, onto, &args, &stored, cx))
    }

    /// Is there a reference in a slot whose memory does not matter at the head? Nobody would drop it.
    fn lets_go(&self, trace: &Trace<'_>, onto: &Onto) -> bool {
        let counted = |value: ValueId| !self.facts.boxing().uncounted(self.facts.of(value));
        trace.insts().any(|inst| match inst.op {
            Op::StoreSlot(slot) => onto.free.contains(&slot) && counted(inst.args[0]),
            _ => false,
        })
    }

    /// What is known at the end of the trace, and the memory it has written; `None` if it may have written any slot.
    fn learn(&mut self, trace: &Trace<'_>) -> Option<Aliases> {
        self.facts.reset(trace);
        self.raw_of.clear();
        self.raw_of.resize(trace.values.len(), None);
        let mut written = Aliases::NONE;
        for inst in trace.insts() {
            self.facts.learn(trace.table, inst);
            written = written.union(writes(trace.table, &self.facts, inst));
            let Op::Uop(uop) = inst.op else { continue };
            let info = trace.table.info(uop);
            if info.writes_slots() {
                return None;
            }
            if let (&[arg], Some(result)) = (inst.args, inst.result) {
                if info.boxes {
                    self.raw_of[result.0 as usize] = Some(arg);
                } else if info.unboxes && self.is_box(trace, arg, result) {
                    self.raw_of[arg.0 as usize].get_or_insert(result);
                }
            }
        }
        Some(written)
    }

    /// Is `word` known to be of the kind that `raw` was unboxed as?
    fn is_box(&self, trace: &Trace<'_>, word: ValueId, raw: ValueId) -> bool {
        let boxer = self.facts.boxing().boxer(trace.value(raw).rep);
        boxer.is_some_and(|boxer| self.facts.of(word).is_subset(boxer.kinds))
    }

    /// How to make the argument for `param` of `word`, which is what its slot holds.
    fn arg(&self, trace: &Trace<'_>, param: &HeadParam, word: ValueId) -> Option<Arg> {
        let of_kind = |value: ValueId| self.facts.of(value).is_subset(param.kinds);
        if param.rep == Rep::Word {
            return of_kind(word).then_some(Arg::Value(word));
        }
        let boxing = self.facts.boxing();
        if let Some(bits) = trace.value(word).constant {
            return Some(Arg::Constant(boxing.unbox_constant(param.rep, bits)?));
        }
        if let Some(raw) = self.raw_of[word.0 as usize]
            && trace.value(raw).rep == param.rep
            && of_kind(raw)
        {
            return Some(Arg::Value(raw));
        }
        let boxer = boxing.boxer(param.rep)?;
        let known = self.facts.of(word).is_subset(boxer.kinds);
        let unboxer = boxer.unchecked.filter(|_| known).or(boxer.checked)?;
        (param.kinds == Kinds::ANY).then_some(Arg::Unbox(unboxer))
    }
}

/// Is `inst` a store that the head makes unnecessary, if it stands at the end of the trace?
fn is_carried(onto: &Onto, inst: &Inst<'_>) -> bool {
    let carried = |slot: Slot| {
        onto.params.iter().any(|param| param.slot == slot) || onto.free.contains(&slot)
    };
    matches!(inst.op, Op::StoreSlot(slot) if carried(slot))
}

/// Where the stores at the end of the trace begin.
fn stores_at_end(trace: &Trace<'_>) -> usize {
    let store = |inst: &Inst<'_>| matches!(inst.op, Op::StoreSlot(_));
    let last = trace.body.iter().rposition(|inst| !store(inst));
    last.map_or(0, |last| last + 1)
}

/// What the slot of each parameter holds at the end; `None` if one of them is not stored to.
fn last_stores(trace: &Trace<'_>, onto: &Onto) -> Option<Vec<ValueId>> {
    let insts = trace.body.iter().rev().chain(trace.preheader.iter().rev());
    let last = |slot: Slot| {
        let store = insts.clone().find(|inst| inst.op == Op::StoreSlot(slot));
        store.map(|inst| inst.args[0])
    };
    onto.params.iter().map(|param| last(param.slot)).collect()
}

/// Are the slots that the loop relies on left alone, and those where it keeps values?
fn keeps_slots(trace: &Trace<'_>, onto: &Onto) -> bool {
    let at_end = trace.preheader.len() + stores_at_end(trace);
    let mut insts = trace.insts().enumerate();
    let snapshots = trace.snapshots.iter();
    let in_reach = |slot: Slot| onto.below.is_none_or(|end| slot < end);
    insts.all(|(i, inst)| match inst.op {
        Op::StoreSlot(slot) => {
            let goes = i >= at_end && is_carried(onto, inst);
            in_reach(slot) && (goes || !onto.unchanged.contains(&slot))
        }
        Op::LoadSlot(slot) => in_reach(slot),
        Op::Uop(_) => true,
    }) && { snapshots }.all(|snapshot| {
        onto.below.is_none_or(|end| snapshot.resume.top <= end)
            && snapshot.slots.iter().all(|(slot, _)| in_reach(*slot))
    })
}

/// Makes the arguments, takes the stores away and lists in the finishing snapshot what they would have stored.
fn rewrite(
    trace: &mut Trace<'_>,
    onto: &Onto,
    args: &[Arg],
    words: &[ValueId],
    cx: &PassContext<'_>,
) -> Vec<ValueId> {
    let at_end = stores_at_end(trace);
    let mut index = 0;
    // What the exits list all the same; the state at the end does, too.
    let mut free = Vec::new();
    trace.body.retain(|inst| {
        index += 1;
        let goes = index > at_end && is_carried(onto, inst);
        if let (true, Op::StoreSlot(slot)) = (goes, inst.op)
            && onto.free.contains(&slot)
        {
            free.push((slot, inst.args[0]));
        }
        !goes
    });
    let mut checked = None;
    let mut values = Vec::with_capacity(args.len());
    for ((param, arg), word) in onto.params.iter().zip(args).zip(words) {
        values.push(match *arg {
            Arg::Value(value) => value,
            Arg::Constant(bits) => trace.constant(param.rep, bits),
            Arg::Unbox(uop) => {
                let exits = trace.table.info(uop).exits;
                if exits && checked.is_none() {
                    checked = Some(state(trace, onto, words, &free));
                }
                let result = trace.new_value(param.rep, Kinds::ANY);
                trace.body.push(Inst {
                    op: Op::Uop(uop),
                    args: trace.arena.alloc_slice_copy(&[*word]),
                    immediates: &[],
                    result: Some(result),
                    snapshot: checked.filter(|_| exits),
                    origin: trace.snapshot(trace.finish).resume.origin,
                    by: cx.by("head"),
                });
                result
            }
        });
    }
    trace.finish = state(trace, onto, &values, &free);
    values
}

/// The state at the end, in which the slots of the parameters hold `values`, and those whose memory does not matter `free`.
fn state(
    trace: &mut Trace<'_>,
    onto: &Onto,
    values: &[ValueId],
    free: &[(Slot, ValueId)],
) -> SnapshotId {
    let slots = onto.params.iter().map(|param| param.slot);
    let slots = slots.zip(values.iter().copied());
    let mut slots: Vec<_> = slots.chain(free.iter().copied()).collect();
    slots.sort_unstable_by_key(|(slot, _)| *slot);
    let resume = trace.snapshot(trace.finish).resume;
    trace.new_snapshot(Snapshot {
        resume,
        slots: trace.arena.alloc_slice_copy(&slots),
        owed: &[],
        made: &[],
    })
}
