//! Keeps loop-carried values raw: integers and floats stay in registers round the loop.
//!
//! # What
//! A loop parameter whose next value is boxed at the end of each round, or that each round unboxes (or checks to be what
//! unboxes), becomes a raw parameter. Its first value is unboxed, and checked, before the loop.
//!
//! That holds also for what the loop only assigns: a local that each round sets anew is looked at by exits at most, and
//! the loop should not box it for them. Its first value is whatever the round before left in the interpreter, and a
//! trace is entered at a back edge, so it is of the same kind as a rule. Where it is not, the trace leaves at its entry,
//! and a side trace for that exit runs the round that sets it right.
//!
//! # Example
//! ```text
//!                                             ==>    v9: float = unbox_float v0 !e9
//! loop (v1: word [s1] = v0 then v4)           ==>  loop (v8: float [s1] = v9 then v3)
//!   v2: float = unbox_float v1 !e1            ==>    (v8)
//!   v3: float = float_add v2, 1.0                    v3: float = float_add v8, 1.0
//!   v4: word = box_float v3                          v4: word = box_float v3        (dead if only v1 used it)
//! end loop
//! e1: ... {s1 = v1}                           ==>  e1: ... {s1 = v8}
//! ```
//!
//! In a VM whose words have no tags nothing is checked.
//!
//! # Facts used
//! `boxes`, `unboxes`, and the pairs of checked and unchecked unboxers found in the table; kinds.
//!
//! # Invariants kept
//! - The check moves from the body to the preheader and now fails before the loop's first instruction, where nothing has
//!   happened yet: its exit resumes at the trace's entry state. In the body it would have failed in the first round, or an exit
//!   before it would have been taken; the VM does the same either way.
//! - Every next value is raw as well: it was boxed from a raw value, or unboxed in the body, or is such a parameter
//!   itself, or a constant. Parameters are chosen optimistically, and those for which this fails are dropped until none does.
//! - What else used the parameter as a word gets a box made at the loop's head, whose exit (if it can exit) rebuilds
//!   the state there: every parameter's slot.
//! - Only kinds that carry no reference count are unboxed: the first value's reference would be lost otherwise.
//!
//! # Cost
//! Two walks, and one for each round of choosing.
//!
//! # Limits
//! Only loops that start from the interpreter (no imports, no stores before the loop): otherwise the state at the loop's
//! entry is not at hand. A parameter whose next value is a word from elsewhere (an element, a call's result), and that the
//! body does not look into, stays a word.

use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Rep, Role, UopId};
use sashiko_trace::ir::{Inst, Made, Op, Provenance, Slot, Snapshot, SnapshotId, Trace, ValueId};

use crate::boxing::{Boxer, Boxing};
use crate::facts::Facts;
use crate::hoist::{enters_from_interpreter, entry_state};
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Unbox {
    facts: Facts,
    boxing: Boxing,
    substitution: Substitution,
    /// By value: for a word, the raw value it is a box of or has been unboxed to in the body.
    raw_of: Vec<Option<ValueId>>,
    chosen: Vec<Option<Choice>>,
    used: Vec<bool>,
}

/// A parameter that becomes raw.
#[derive(Clone, Copy, Debug)]
struct Choice {
    boxer: Boxer,
    /// The raw parameter, once it is made.
    raw: ValueId,
}

const UNMADE: ValueId = ValueId(u32::MAX);

impl Pass for Unbox {
    fn name(&self) -> &'static str {
        "unbox"
    }

    fn summary(&self) -> &'static str {
        "keep loop-carried values raw"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        if trace.params.is_empty() || !enters_from_interpreter(trace) {
            return;
        }
        self.boxing.of(trace.table);
        self.facts.reset(trace);
        for inst in trace.preheader.iter().chain(&trace.body) {
            self.facts.learn(trace.table, inst);
        }
        self.choose(trace);
        while self.drop_unfounded(trace) {}
        for choice in &mut self.chosen {
            *choice = choice.take().filter(|_| cx.rewrite("param"));
        }
        // Without fuel for one, others that lean on it fall.
        while self.drop_unfounded(trace) {}
        if self.chosen.iter().any(Option::is_some) {
            self.rewrite(trace, cx);
        }
    }
}

impl Unbox {
    /// Chooses the parameters that the body unboxes, checks or boxes again. The first to say so decides which
    /// representation it is.
    fn choose(&mut self, trace: &Trace<'_>) {
        self.raw_of.clear();
        self.raw_of.resize(trace.values.len(), None);
        self.chosen.clear();
        self.chosen.resize(trace.params.len(), None);
        for inst in &trace.body {
            let (Op::Uop(uop), [arg]) = (inst.op, inst.args) else {
                continue;
            };
            let info = trace.table.info(uop);
            let Some(result) = inst.result else {
                // A bare check says as much: the value is one that could be raw.
                if info.role == Role::Guard && info.inputs[0].checks != Kinds::ANY {
                    self.choose_checked(trace, *arg, info.inputs[0].checks);
                }
                continue;
            };
            if info.boxes {
                self.raw_of[result.0 as usize] = Some(*arg);
                self.choose_boxed(trace, result, trace.value(*arg).rep);
            } else if info.unboxes {
                self.choose_unboxed(trace, *arg, result);
            }
        }
    }

    /// `word` is unboxed to `raw`. That counts if it is checked somewhere in the body that it can be.
    fn choose_unboxed(&mut self, trace: &Trace<'_>, word: ValueId, raw: ValueId) {
        let Some(boxer) = self.boxing.boxer(trace.value(raw).rep) else {
            return;
        };
        if !boxer.is_total() && !self.facts.of(word).is_subset(boxer.kinds) {
            return;
        }
        self.raw_of[word.0 as usize].get_or_insert(raw);
        let boxer = *boxer;
        self.choose_param(trace, word, boxer);
    }

    /// `word` is made by boxing: parameters that it is the next value of can do without.
    fn choose_boxed(&mut self, trace: &Trace<'_>, word: ValueId, rep: Rep) {
        let Some(boxer) = self.boxing.boxer(rep).copied() else {
            return;
        };
        for param in &trace.params {
            if param.next == word {
                self.choose_param(trace, param.value, boxer);
            }
        }
    }

    /// `word` is checked to be one of `kinds`.
    fn choose_checked(&mut self, trace: &Trace<'_>, word: ValueId, kinds: Kinds) {
        let boxers = Rep::ALL.iter().filter_map(|rep| self.boxing.boxer(*rep));
        if let Some(boxer) = { boxers }.find(|boxer| boxer.kinds == kinds).copied() {
            self.choose_param(trace, word, boxer);
        }
    }

    fn choose_param(&mut self, trace: &Trace<'_>, word: ValueId, boxer: Boxer) {
        let param = trace.params.iter().position(|param| param.value == word);
        if let Some(param) = param
            && (boxer.checked.is_some() || boxer.is_total())
            && self.boxing.uncounted(boxer.kinds)
        {
            self.chosen[param].get_or_insert(Choice { boxer, raw: UNMADE });
        }
    }

    /// Drops chosen parameters whose next value is not raw; true if there were any.
    fn drop_unfounded(&mut self, trace: &Trace<'_>) -> bool {
        let mut dropped = false;
        for index in 0..self.chosen.len() {
            let Some(choice) = self.chosen[index] else {
                continue;
            };
            let next = trace.params[index].next;
            let founded = match trace.params.iter().position(|param| param.value == next) {
                Some(other) => {
                    self.chosen[other].is_some_and(|other| other.boxer.rep == choice.boxer.rep)
                }
                None => self.raw_next(trace, next, choice.boxer).is_some(),
            };
            if !founded {
                self.chosen[index] = None;
                dropped = true;
            }
        }
        dropped
    }

    /// How the word `next` is had raw at the end of the body.
    fn raw_next(&self, trace: &Trace<'_>, next: ValueId, boxer: Boxer) -> Option<Raw> {
        let value = trace.value(next);
        if let Some(word) = value.constant {
            return self
                .boxing
                .unbox_constant(boxer.rep, word)
                .map(Raw::Constant);
        }
        if let Some(raw) = self.raw_of[next.0 as usize]
            && trace.value(raw).rep == boxer.rep
        {
            return Some(Raw::Value(raw));
        }
        let known = self.facts.of(next);
        let unchecked = boxer.unchecked?;
        let is_kind = known != Kinds::ANY && known.is_subset(boxer.kinds);
        (is_kind || boxer.is_total()).then_some(Raw::Unbox(unchecked))
    }
}

/// Where a raw value comes from.
enum Raw {
    Value(ValueId),
    Constant(u64),
    Unbox(UopId),
}

impl Unbox {
    fn rewrite(&mut self, trace: &mut Trace<'_>, cx: &PassContext<'_>) {
        let entry = entry_state(trace);
        self.substitution.reset(trace.values.len());
        for index in 0..self.chosen.len() {
            if let Some(choice) = self.chosen[index] {
                self.chosen[index] = Some(Choice {
                    raw: trace.new_value(choice.boxer.rep, Kinds::ANY),
                    ..choice
                });
            }
        }
        self.unboxes_in_body(trace);
        let words: Vec<ValueId> = trace.params.iter().map(|param| param.value).collect();
        for index in 0..self.chosen.len() {
            if let Some(choice) = self.chosen[index] {
                self.first(trace, index, choice, entry, cx);
                self.next(trace, index, choice, cx);
            }
        }
        for index in 0..self.chosen.len() {
            if let Some(choice) = self.chosen[index] {
                trace.params[index].value = choice.raw;
            }
        }
        self.snapshots(trace, &words);
        self.box_at_head(trace, &words, cx);
    }

    /// `unbox(param) ==> raw param`
    fn unboxes_in_body(&mut self, trace: &mut Trace<'_>) {
        let mut body = std::mem::take(&mut trace.body);
        body.retain_mut(|inst| {
            self.substitution.apply(inst, trace.arena);
            let (Op::Uop(uop), [arg], Some(result)) = (inst.op, inst.args, inst.result) else {
                return true;
            };
            let choice = trace
                .params
                .iter()
                .position(|param| param.value == *arg)
                .and_then(|param| self.chosen[param]);
            match choice {
                Some(choice)
                    if trace.table.info(uop).unboxes
                        && trace.value(result).rep == choice.boxer.rep =>
                {
                    self.substitution.replace(result, choice.raw);
                    false
                }
                _ => true,
            }
        });
        trace.body = body;
        self.substitution.finish(trace);
    }

    /// Unboxes the first value before the loop.
    fn first(
        &self,
        trace: &mut Trace<'_>,
        index: usize,
        choice: Choice,
        entry: SnapshotId,
        cx: &PassContext<'_>,
    ) {
        let init = trace.params[index].init;
        let rep = choice.boxer.rep;
        let constant = trace
            .value(init)
            .constant
            .and_then(|word| self.boxing.unbox_constant(rep, word));
        trace.params[index].init = if let Some(bits) = constant {
            trace.constant(rep, bits)
        } else {
            let result = trace.new_value(rep, Kinds::ANY);
            let by = cx.by("param");
            let (unboxer, snapshot) = match choice.boxer {
                Boxer {
                    checked: Some(checked),
                    ..
                } => (checked, Some(entry)),
                Boxer { unchecked, .. } => (unchecked.expect("chosen with an unboxer"), None),
            };
            trace.preheader.push(Inst {
                snapshot,
                ..unary(trace, unboxer, init, result, by)
            });
            result
        };
    }

    /// The raw value of the next round.
    fn next(&self, trace: &mut Trace<'_>, index: usize, choice: Choice, cx: &PassContext<'_>) {
        let next = trace.params[index].next;
        let of_param = trace.params.iter().position(|param| param.value == next);
        let raw = match of_param.and_then(|param| self.chosen[param]) {
            Some(other) => other.raw,
            None => match self.raw_next(trace, next, choice.boxer) {
                Some(Raw::Value(raw)) => self.substitution.resolve(raw),
                Some(Raw::Constant(bits)) => trace.constant(choice.boxer.rep, bits),
                Some(Raw::Unbox(unchecked)) => {
                    let result = trace.new_value(choice.boxer.rep, Kinds::ANY);
                    let inst = unary(trace, unchecked, next, result, cx.by("param"));
                    trace.body.push(inst);
                    result
                }
                None => unreachable!("unfounded choices were dropped"),
            },
        };
        trace.params[index].next = raw;
    }

    /// `{s = param} ==> {s = raw param}`
    fn snapshots(&self, trace: &mut Trace<'_>, words: &[ValueId]) {
        for snapshot in &mut trace.snapshots {
            let raw = |value: ValueId| self.raw_of_word(words, value).unwrap_or(value);
            let slots = snapshot.slots.iter();
            if slots.clone().any(|(_, value)| raw(*value) != *value) {
                let entries = slots.map(|(slot, value)| (*slot, raw(*value)));
                snapshot.slots = trace.arena.alloc_slice_fill_iter(entries);
            }
            let mut fields = snapshot.made.iter().flat_map(|made| made.args);
            if fields.any(|value| raw(*value) != *value) {
                let made = snapshot.made.iter().map(|made| Made {
                    args: &*trace
                        .arena
                        .alloc_slice_fill_iter(made.args.iter().map(|arg| raw(*arg))),
                    ..*made
                });
                let made: Vec<Made<'_>> = made.collect();
                snapshot.made = trace.arena.alloc_slice_copy(&made);
            }
        }
    }

    /// The raw parameter that replaces the word parameter `value`.
    fn raw_of_word(&self, words: &[ValueId], value: ValueId) -> Option<ValueId> {
        let index = words.iter().position(|word| *word == value)?;
        self.chosen[index].map(|choice| choice.raw)
    }

    /// Other uses of the word get a box at the loop's head.
    fn box_at_head(&mut self, trace: &mut Trace<'_>, words: &[ValueId], cx: &PassContext<'_>) {
        self.used.clear();
        self.used.resize(trace.values.len(), false);
        let args = trace.body.iter().flat_map(|inst| inst.args);
        let owed = trace.snapshots.iter().flat_map(|snapshot| snapshot.owed);
        let nexts = trace.params.iter().map(|param| &param.next);
        for value in args.chain(owed).chain(nexts) {
            self.used[value.0 as usize] = true;
        }
        let mut boxes = Vec::new();
        let mut head = None;
        for (index, word) in words.iter().enumerate() {
            let Some(choice) = self.chosen[index].filter(|_| self.used[word.0 as usize]) else {
                continue;
            };
            let exits = trace.table.info(choice.boxer.boxes).exits;
            if exits && head.is_none() {
                head = Some(head_state(trace));
            }
            let value = &mut trace.values[word.0 as usize];
            value.kinds = value.kinds.intersection(choice.boxer.kinds);
            boxes.push(Inst {
                snapshot: head.filter(|_| exits),
                ..unary(trace, choice.boxer.boxes, choice.raw, *word, cx.by("param"))
            });
        }
        trace.body.splice(0..0, boxes);
    }
}

/// `result = uop arg`, without an exit.
fn unary<'a>(
    trace: &Trace<'a>,
    uop: UopId,
    arg: ValueId,
    result: ValueId,
    by: Option<Provenance>,
) -> Inst<'a> {
    Inst {
        op: Op::Uop(uop),
        args: trace.arena.alloc_slice_copy(&[arg]),
        immediates: &[],
        result: Some(result),
        snapshot: None,
        origin: trace.start.origin,
        by,
    }
}

/// The state at the loop's head: what each parameter stands for.
fn head_state(trace: &mut Trace<'_>) -> SnapshotId {
    let mut slots: Vec<(Slot, ValueId)> = trace
        .params
        .iter()
        .filter_map(|param| param.slot.map(|slot| (slot, param.value)))
        .collect();
    slots.sort_unstable_by_key(|(slot, _)| *slot);
    trace.new_snapshot(Snapshot {
        resume: trace.start,
        slots: trace.arena.alloc_slice_copy(&slots),
        owed: &[],
        made: &[],
    })
}
