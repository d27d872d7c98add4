//! Removes what nobody needs.
//!
//! # What
//! An instruction goes if its result is unused and it has no effect and checks nothing. A box that only exits would look
//! at is not made on the way: the exit makes it (the snapshot holds the raw value). A loop parameter goes if nothing but
//! itself uses it.
//!
//! # Example
//! ```text
//!   v4: word = box_float v3              ==>
//!   guard_true v5 !e1                          guard_true v5 !e1
//! e1: ... {s2 = v4}                      ==>   e1: ... {s2 = v3}
//! ```
//!
//! # Facts used
//! [`UopInfo::removable`](sashiko_stencils::UopInfo::removable): pure uops, whose exits exist only because there is no
//! result; and uops that only read memory. `boxes`.
//!
//! # Invariants kept
//! Guards and effects stay. A box is sunk only if no instruction uses it and no exit owes a reference to it, so that
//! nobody can tell which box it is.
//!
//! # Cost
//! Each value and instruction is marked once; one sweep.
//!
//! # Limits
//! A box that is needed somewhere is made where it was made, even if only a rare path needs it.

use sashiko_stencils::Rep;
use sashiko_trace::ir::{Inst, Made, Op, Snapshot, Trace, ValueId};

use crate::pass::{Pass, PassContext};

const NONE: u32 = u32::MAX;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Dce {
    /// By value: the instruction (preheader first) or, from `params_from` on, the parameter that defines it.
    definition: Vec<u32>,
    live_values: Vec<bool>,
    live_insts: Vec<bool>,
    live_snapshots: Vec<bool>,
    /// Boxes that snapshots mention.
    mentioned: Vec<ValueId>,
    is_mentioned: Vec<bool>,
    /// By value: computed from a parameter that goes.
    tainted: Vec<bool>,
    /// By instruction: goes with a parameter.
    forced: Vec<bool>,
    work: Vec<ValueId>,
}

impl Pass for Dce {
    fn name(&self) -> &'static str {
        "dce"
    }

    fn summary(&self) -> &'static str {
        "remove what nobody needs, leave boxing to exits"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.find_definitions(trace);
        self.mark(trace);
        self.sink_boxes(trace, cx);
        self.choose_params(trace, cx);
        self.choose_insts(trace, cx);
        self.sweep(trace);
        for (snapshot, live) in trace.snapshots.iter_mut().zip(&self.live_snapshots) {
            if !live {
                snapshot.slots = &[];
                snapshot.owed = &[];
                snapshot.made = &[];
            }
        }
    }
}

fn at<'t, 'a>(trace: &'t Trace<'a>, index: usize) -> &'t Inst<'a> {
    match index.checked_sub(trace.preheader.len()) {
        None => &trace.preheader[index],
        Some(body) => &trace.body[body],
    }
}

/// Words that go into fields of objects that the exit makes: it boxes what is raw.
fn fields<'t>(trace: &Trace<'_>, snapshot: &Snapshot<'t>) -> impl Iterator<Item = &'t ValueId> {
    let table = trace.table;
    snapshot.made.iter().flat_map(|made| {
        let args = made.args.iter().zip(table.info(made.uop).inputs);
        let words = args.filter(|(_, input)| input.rep == Rep::Word);
        words.map(|(arg, _)| arg)
    })
}

/// The raw value that `inst` boxes.
fn boxed(trace: &Trace<'_>, inst: &Inst<'_>) -> Option<ValueId> {
    match (inst.op, inst.args) {
        (Op::Uop(uop), [raw]) if trace.table.info(uop).boxes => Some(*raw),
        _ => None,
    }
}

fn is_removable(trace: &Trace<'_>, inst: &Inst<'_>) -> bool {
    match inst.op {
        Op::LoadSlot(_) => true,
        Op::StoreSlot(_) => false,
        Op::Uop(uop) => trace.table.info(uop).removable(),
    }
}

impl Dce {
    fn find_definitions(&mut self, trace: &Trace<'_>) {
        self.definition.clear();
        self.definition.resize(trace.values.len(), NONE);
        let mut define = |value: ValueId, index: usize| {
            self.definition[value.0 as usize] = index as u32;
        };
        for (index, inst) in trace.insts().enumerate() {
            if let Some(result) = inst.result {
                define(result, index);
            }
        }
        for (index, param) in trace.params.iter().enumerate() {
            define(param.value, trace.len() + index);
        }
        self.live_values.clear();
        self.live_values.resize(trace.values.len(), false);
        self.live_insts.clear();
        self.live_insts.resize(trace.len(), false);
        self.live_snapshots.clear();
        self.live_snapshots.resize(trace.snapshots.len(), false);
        self.mentioned.clear();
        self.is_mentioned.clear();
        self.is_mentioned.resize(trace.values.len(), false);
        self.work.clear();
    }

    fn mark(&mut self, trace: &Trace<'_>) {
        for index in 0..trace.len() {
            if !is_removable(trace, at(trace, index)) {
                self.mark_inst(trace, index);
            }
        }
        self.mark_snapshot(trace, trace.finish.0 as usize);
        for value in trace.handed_over() {
            self.mark_value(value);
        }
        self.follow(trace);
    }

    fn mark_value(&mut self, value: ValueId) {
        let live = &mut self.live_values[value.0 as usize];
        if !std::mem::replace(live, true) {
            self.work.push(value);
        }
    }

    fn mark_inst(&mut self, trace: &Trace<'_>, index: usize) {
        if std::mem::replace(&mut self.live_insts[index], true) {
            return;
        }
        let inst = at(trace, index);
        for arg in inst.args {
            self.mark_value(*arg);
        }
        if let Some(snapshot) = inst.snapshot {
            self.mark_snapshot(trace, snapshot.0 as usize);
        }
    }

    /// What an exit needs: a box's raw value is needed either way, the box itself perhaps not.
    fn mark_snapshot(&mut self, trace: &Trace<'_>, index: usize) {
        if std::mem::replace(&mut self.live_snapshots[index], true) {
            return;
        }
        let snapshot = &trace.snapshots[index];
        let slots = snapshot.slots.iter().map(|(_, value)| value);
        let boxed_there = slots.chain(fields(trace, snapshot));
        for value in boxed_there.filter(|value| !snapshot.makes(**value)) {
            match self.box_of(trace, *value) {
                Some(raw) => {
                    let known = &mut self.is_mentioned[value.0 as usize];
                    if !std::mem::replace(known, true) {
                        self.mentioned.push(*value);
                    }
                    self.mark_value(raw);
                }
                None => self.mark_value(*value),
            }
        }
        for value in snapshot.owed {
            self.mark_value(*value);
        }
        for made in snapshot.made {
            let inputs = trace.table.info(made.uop).inputs;
            for (arg, input) in made.args.iter().zip(inputs) {
                if input.rep != Rep::Word {
                    self.mark_value(*arg);
                }
            }
        }
    }

    fn box_of(&self, trace: &Trace<'_>, value: ValueId) -> Option<ValueId> {
        let definition = self.definition[value.0 as usize] as usize;
        (definition < trace.len())
            .then(|| boxed(trace, at(trace, definition)))
            .flatten()
    }

    /// Marks what marked values need.
    fn follow(&mut self, trace: &Trace<'_>) {
        while let Some(value) = self.work.pop() {
            let definition = self.definition[value.0 as usize];
            if definition == NONE {
                continue; // a constant or an import
            }
            match (definition as usize).checked_sub(trace.len()) {
                None => self.mark_inst(trace, definition as usize),
                Some(param) => {
                    self.mark_value(trace.params[param].init);
                    self.mark_value(trace.params[param].next);
                }
            }
        }
    }

    /// `{s = box(x)} ==> {s = x}`, if nothing else needs the box.
    fn sink_boxes(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        let mentioned = std::mem::take(&mut self.mentioned);
        let mut sunk = false;
        for value in &mentioned {
            if !self.live_values[value.0 as usize] {
                if cx.rewrite("box-sunk") {
                    sunk = true;
                } else {
                    self.mark_value(*value);
                    self.follow(trace);
                }
            }
        }
        self.mentioned = mentioned;
        if !sunk {
            return;
        }
        for index in 0..trace.snapshots.len() {
            let snapshot: Snapshot<'_> = trace.snapshots[index];
            let is_sunk = |value: ValueId| {
                self.box_of(trace, value)
                    .filter(|_| !self.live_values[value.0 as usize])
            };
            if !self.live_snapshots[index] {
                continue;
            }
            let (mut slots, mut made) = (snapshot.slots, snapshot.made);
            if slots.iter().any(|(_, value)| is_sunk(*value).is_some()) {
                let entries = slots.iter();
                let entries =
                    entries.map(|(slot, value)| (*slot, is_sunk(*value).unwrap_or(*value)));
                slots = trace.arena.alloc_slice_fill_iter(entries);
            }
            if fields(trace, &snapshot).any(|value| is_sunk(*value).is_some()) {
                let raw = made.iter().map(|made| Made {
                    args: &*trace.arena.alloc_slice_fill_iter(
                        { made.args.iter() }.map(|arg| is_sunk(*arg).unwrap_or(*arg)),
                    ),
                    ..*made
                });
                made = trace.arena.alloc_slice_fill_iter(raw);
            }
            trace.snapshots[index] = Snapshot {
                slots,
                made,
                ..snapshot
            };
        }
    }

    /// A parameter that nothing but itself uses goes, and with it what is computed from it: that is one rewrite, because
    /// neither can go without the other.
    fn choose_params(&mut self, trace: &Trace<'_>, cx: &mut PassContext<'_>) {
        self.tainted.clear();
        self.tainted.resize(trace.values.len(), false);
        for param in &trace.params {
            if !self.live_values[param.value.0 as usize] && !cx.rewrite("dead-param") {
                self.mark_value(param.value);
                self.follow(trace);
            }
        }
        self.forced.clear();
        self.forced.resize(trace.len(), false);
        for param in &trace.params {
            let value = param.value.0 as usize;
            self.tainted[value] = !self.live_values[value];
        }
        for index in 0..trace.len() {
            let inst = at(trace, index);
            let uses = |value: ValueId| self.tainted[value.0 as usize];
            let exit = inst.snapshot.map(|snapshot| trace.snapshot(snapshot));
            if !self.live_insts[index]
                && (inst.args.iter().any(|arg| uses(*arg))
                    || exit.is_some_and(|exit| exit.values().any(uses)))
            {
                self.forced[index] = true;
                if let Some(result) = inst.result {
                    self.tainted[result.0 as usize] = true;
                }
            }
        }
    }

    /// An instruction that nobody needs goes. Backwards, so that one that may not go (fuel) keeps what it needs.
    fn choose_insts(&mut self, trace: &Trace<'_>, cx: &mut PassContext<'_>) {
        for index in (0..trace.len()).rev() {
            if !self.live_insts[index] && !self.forced[index] && !cx.rewrite("dead") {
                self.mark_inst(trace, index);
                self.follow(trace);
            }
        }
    }

    fn sweep(&self, trace: &mut Trace<'_>) {
        let live = &self.live_values;
        trace.params.retain(|param| live[param.value.0 as usize]);
        if self.live_insts.iter().all(|live| *live) {
            return;
        }
        let mut live = self.live_insts.iter();
        let mut is_live = |_: &Inst<'_>| live.next() == Some(&true);
        trace.preheader.retain(&mut is_live);
        trace.body.retain(&mut is_live);
    }
}
