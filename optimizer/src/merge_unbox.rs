//! Unboxes a value where it is checked, and lets exits hold the form that is alive anyway.
//!
//! # What
//! A check of a kind and the unboxing behind it are one uop, which looks at the word once: a float is checked by the carry of
//! the addition that decodes it. So the check becomes the unboxing. From then on the word and the raw value are two names of
//! one thing; where an exit lists the word and only the raw value is needed later, the exit lists the raw value.
//!
//! # Example
//! ```text
//!   guard_float v0 !e1                   ==>   v2: float = unbox_float v0 !e1
//!   guard_float v1 !e1                         v3: float = unbox_float v1 !e1
//!   v2: float = float_of v0
//!   v3: float = float_of v1
//!   v4: float = float_div v2, v3 !e2           v4: float = float_div v2, v3 !e2
//! e2: ... {s1 = v0}                      ==>   e2: ... {s1 = v2}
//! ```
//!
//! # Facts used
//! `checks`, `unboxes`, and the pairs of checked and unchecked unboxers of the table.
//!
//! # Invariants kept
//! - The check stays where it was, with the exit it had. The unboxing moves up to it, which is safe for a pure uop.
//! - A word is replaced at exits behind its unboxing only, and only if it is known to be of the kind: then the box that the exit
//!   makes is the word, because kinds that are unboxed are values and carry no count (references that are owed stay words).
//!
//! # Cost
//! Two walks over each region.
//!
//! # Limits
//! The first check of a value is the one that is merged, and one unboxing with it.

use sashiko_stencils::Role;
use sashiko_stencils::uop::Kinds;
use sashiko_trace::ir::{Inst, Op, Snapshot, SnapshotId, Trace, ValueId};

use crate::boxing::Boxing;
use crate::facts::Facts;
use crate::pass::{Pass, PassContext};

const NEVER: u32 = 0;
const ALWAYS: u32 = u32::MAX;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct MergeUnbox {
    boxing: Boxing,
    facts: Facts,
    /// By value: where it is checked first, plus one.
    checked: Vec<u32>,
    /// By word: the raw value it has been unboxed to.
    raw_of: Vec<Option<ValueId>>,
    /// By value: where an instruction uses it last, plus one.
    last_use: Vec<u32>,
    gone: Vec<bool>,
}

impl Pass for MergeUnbox {
    fn name(&self) -> &'static str {
        "merge-unbox"
    }

    fn summary(&self) -> &'static str {
        "unbox values where they are checked"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.boxing.of(trace.table);
        self.facts.reset(trace);
        self.raw_of.clear();
        self.raw_of.resize(trace.values.len(), None);
        for is_body in [false, true] {
            let mut insts = std::mem::take(if is_body {
                &mut trace.body
            } else {
                &mut trace.preheader
            });
            self.merge(trace, &mut insts, cx);
            self.uses(trace, &insts, is_body);
            self.exits(trace, &mut insts, cx);
            *(if is_body {
                &mut trace.body
            } else {
                &mut trace.preheader
            }) = insts;
        }
    }
}

impl MergeUnbox {
    /// `guard_K(x) .. r = unchecked(x) ==> r = unbox_K(x) ..`
    fn merge<'a>(
        &mut self,
        trace: &Trace<'a>,
        insts: &mut Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) {
        self.checked.clear();
        self.checked.resize(trace.values.len(), NEVER);
        self.gone.clear();
        self.gone.resize(insts.len(), false);
        let mut any = false;
        for at in 0..insts.len() {
            let inst = insts[at];
            let (Op::Uop(uop), [word]) = (inst.op, inst.args) else {
                continue;
            };
            let info = trace.table.info(uop);
            let first = &mut self.checked[word.0 as usize];
            if info.role == Role::Guard && inst.result.is_none() && *first == NEVER {
                let boxer = self.boxing.of_kinds(info.inputs[0].checks);
                if boxer.is_some_and(|boxer| boxer.checked.is_some()) {
                    *first = at as u32 + 1;
                }
            } else if info.unboxes
                && !info.exits
                && *first != NEVER
                && let Some(result) = inst.result
                && let Some(boxer) = self.boxing.boxer(trace.value(result).rep)
                && boxer.unchecked == Some(uop)
                && let Some(checked) = boxer.checked
                && cx.rewrite("check")
            {
                let guard = &mut insts[*first as usize - 1];
                guard.op = Op::Uop(checked);
                guard.result = Some(result);
                guard.by = cx.by("check");
                *first = NEVER;
                self.gone[at] = true;
                any = true;
            }
        }
        if any {
            let mut gone = self.gone.iter();
            insts.retain(|_| gone.next() == Some(&false));
        }
    }

    /// Where instructions use values last. What the body uses of the preheader is used always, and so is what a parameter is
    /// given.
    fn uses(&mut self, trace: &Trace<'_>, insts: &[Inst<'_>], is_body: bool) {
        self.last_use.clear();
        self.last_use.resize(trace.values.len(), NEVER);
        for (at, inst) in insts.iter().enumerate() {
            for arg in inst.args {
                self.last_use[arg.0 as usize] = at as u32 + 1;
            }
        }
        if is_body {
            for param in &trace.params {
                self.last_use[param.next.0 as usize] = ALWAYS;
            }
            for inst in &trace.preheader {
                if let Some(result) = inst.result {
                    let last = &mut self.last_use[result.0 as usize];
                    if trace.is_loop() && *last != NEVER {
                        *last = ALWAYS;
                    }
                }
            }
            for value in trace.handed_over() {
                self.last_use[value.0 as usize] = ALWAYS;
            }
        } else {
            for arg in trace.body.iter().flat_map(|inst| inst.args) {
                self.last_use[arg.0 as usize] = ALWAYS;
            }
            for param in &trace.params {
                self.last_use[param.init.0 as usize] = ALWAYS;
            }
        }
    }

    /// `{s = word} ==> {s = raw}`, where the raw value is needed for longer.
    fn exits<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        insts: &mut [Inst<'a>],
        cx: &mut PassContext<'_>,
    ) {
        let mut made: Option<(SnapshotId, SnapshotId)> = None;
        for inst in insts {
            if let Some(old) = inst.snapshot {
                let snapshot = *trace.snapshot(old);
                let better = |value: ValueId| self.better(value);
                if snapshot
                    .slots
                    .iter()
                    .any(|(_, value)| better(*value).is_some())
                    && cx.rewrite("raw-at-exit")
                {
                    let slots = snapshot.slots.iter();
                    let slots =
                        slots.map(|(slot, value)| (*slot, better(*value).unwrap_or(*value)));
                    let slots: Vec<_> = slots.collect();
                    inst.snapshot = Some(match made {
                        Some((of, new)) if of == old && trace.snapshot(new).slots == slots => new,
                        _ => {
                            let slots = trace.arena.alloc_slice_copy(&slots);
                            trace.new_snapshot(Snapshot { slots, ..snapshot })
                        }
                    });
                    made = inst.snapshot.map(|new| (old, new));
                }
            }
            self.facts.learn(trace.table, inst);
            self.note(trace, inst);
        }
    }

    /// What an exit should list in place of `word`.
    fn better(&self, word: ValueId) -> Option<ValueId> {
        let raw = (*self.raw_of.get(word.0 as usize)?)?;
        (self.last_use[raw.0 as usize] > self.last_use[word.0 as usize]).then_some(raw)
    }

    fn note(&mut self, trace: &Trace<'_>, inst: &Inst<'_>) {
        let (Op::Uop(uop), [word], Some(raw)) = (inst.op, inst.args, inst.result) else {
            return;
        };
        if !trace.table.info(uop).unboxes || trace.value(*word).constant.is_some() {
            return;
        }
        let Some(boxer) = self.boxing.boxer(trace.value(raw).rep) else {
            return;
        };
        let is_kind = boxer.kinds != Kinds::ANY && self.facts.of(*word).is_subset(boxer.kinds);
        if (is_kind || boxer.is_total()) && self.boxing.uncounted(boxer.kinds) {
            self.raw_of[word.0 as usize].get_or_insert(raw);
        }
    }
}
