//! Puts two uops together again where the VM has a composed one: compare and branch.
//!
//! # What
//! If a uop's result is used once, by another uop, and the table has a composition of exactly these two, the
//! composition takes their place. Its stencil needs no register for the value in between, and often fewer
//! instructions: `cmp; jge` and not `cmp; setl; test; je`.
//!
//! # Example
//! ```text
//!   v3: bool = int_lt v1, v2
//!   guard_true v3 !e1                    ==>   guard_int_lt v1, v2 !e1
//! ```
//!
//! # Facts used
//! [`UopInfo::steps`](sashiko_stencils::UopInfo::steps) of compositions of two steps.
//!
//! # Invariants kept
//! Only a pure first uop that cannot exit moves down to the second: there is nothing to go wrong in between, and its
//! arguments are defined there as well. Nothing else may use its result: no instruction, no exit, no parameter. The
//! composition exits where the second uop did.
//!
//! # Cost
//! One walk to count uses, one to fuse; the table's compositions are looked up once per VM.
//!
//! # Limits
//! Two steps, no immediates. The first composition in the table wins.

use sashiko_stencils::{Role, StepArg, UopId, UopTable};
use sashiko_trace::ir::{Inst, Op, Trace, ValueId};

use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Fuse {
    table: Option<&'static UopTable>,
    patterns: Vec<Pattern>,
    /// By value: how often it is used.
    uses: Vec<u8>,
    /// By value: the position of the instruction that defines it, if it could be a first step.
    first: Vec<Option<u32>>,
    gone: Vec<bool>,
}

/// A composition of two uops.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    first: UopId,
    second: UopId,
    composed: UopId,
}

impl Pass for Fuse {
    fn name(&self) -> &'static str {
        "fuse"
    }

    fn summary(&self) -> &'static str {
        "put two uops together where the VM has a composed one"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.find_patterns(trace.table);
        if self.patterns.is_empty() {
            return;
        }
        self.count_uses(trace);
        let mut preheader = std::mem::take(&mut trace.preheader);
        self.region(trace, &mut preheader, cx);
        trace.preheader = preheader;
        let mut body = std::mem::take(&mut trace.body);
        self.region(trace, &mut body, cx);
        trace.body = body;
    }
}

impl Fuse {
    fn find_patterns(&mut self, table: &'static UopTable) {
        if self.table.is_some_and(|known| std::ptr::eq(known, table)) {
            return;
        }
        self.table = Some(table);
        self.patterns.clear();
        for (position, info) in table.uops.iter().enumerate() {
            let [first, second] = info.steps else {
                continue;
            };
            let pure = table.info(first.uop);
            if pure.role == Role::Pure
                && !pure.exits
                && pure.call.is_none()
                && info.immediates.is_empty()
                && second.inputs.contains(&StepArg::Step(0))
                && info.steps_result != Some(StepArg::Step(0))
            {
                self.patterns.push(Pattern {
                    first: first.uop,
                    second: second.uop,
                    composed: UopId(position as u16),
                });
            }
        }
    }

    fn count_uses(&mut self, trace: &Trace<'_>) {
        self.uses.clear();
        self.uses.resize(trace.values.len(), 0);
        let mut used = |value: ValueId| {
            let uses = &mut self.uses[value.0 as usize];
            *uses = uses.saturating_add(1);
        };
        for inst in trace.insts() {
            inst.args.iter().copied().for_each(&mut used);
            if let Some(snapshot) = inst.snapshot {
                trace.snapshot(snapshot).values().for_each(&mut used);
            }
        }
        trace.snapshot(trace.finish).values().for_each(&mut used);
        for param in &trace.params {
            used(param.init);
            used(param.next);
        }
    }

    fn region<'a>(
        &mut self,
        trace: &Trace<'a>,
        insts: &mut Vec<Inst<'a>>,
        cx: &mut PassContext<'_>,
    ) {
        self.first.clear();
        self.first.resize(trace.values.len(), None);
        self.gone.clear();
        self.gone.resize(insts.len(), false);
        for at in 0..insts.len() {
            let inst = insts[at];
            let Op::Uop(uop) = inst.op else { continue };
            if let Some((pattern, first)) = self.find(trace.table, insts, &inst, uop)
                && cx.rewrite("pair")
            {
                let args = arguments(trace, pattern, &insts[first], &inst);
                insts[at].op = Op::Uop(pattern.composed);
                insts[at].args = args;
                insts[at].by = cx.by("pair");
                self.gone[first] = true;
                continue;
            }
            if let Some(result) = inst.result
                && self.uses[result.0 as usize] == 1
                && self.patterns.iter().any(|pattern| pattern.first == uop)
            {
                self.first[result.0 as usize] = Some(at as u32);
            }
        }
        let mut gone = self.gone.iter();
        insts.retain(|_| gone.next() == Some(&false));
    }

    /// A pattern that `inst` completes, and where its first step is.
    fn find(
        &self,
        table: &UopTable,
        insts: &[Inst<'_>],
        inst: &Inst<'_>,
        uop: UopId,
    ) -> Option<(Pattern, usize)> {
        let candidates = self.patterns.iter().filter(|pattern| pattern.second == uop);
        for pattern in candidates {
            let steps = table.info(pattern.composed).steps;
            let position = steps[1]
                .inputs
                .iter()
                .position(|input| *input == StepArg::Step(0))?;
            let Some(first) = self.first[inst.args[position].0 as usize] else {
                continue;
            };
            let first = first as usize;
            if insts[first].op == Op::Uop(pattern.first)
                && matches(*pattern, table, &insts[first], inst)
            {
                return Some((*pattern, first));
            }
        }
        None
    }
}

/// Do the arguments of both steps agree on what the inputs of the composition are?
fn matches(pattern: Pattern, table: &UopTable, first: &Inst<'_>, second: &Inst<'_>) -> bool {
    let info = table.info(pattern.composed);
    let value = |input: u8| input_value(info.steps, input, first, second);
    let inputs = 0..info.inputs.len() as u8;
    { inputs }.all(|input| value(input).is_some())
        && info.steps.iter().zip([first, second]).all(|(step, inst)| {
            step.inputs
                .iter()
                .zip(inst.args)
                .all(|(input, arg)| match *input {
                    StepArg::Input(input) => value(input) == Some(*arg),
                    StepArg::Step(_) => first.result == Some(*arg),
                })
        })
}

/// What `input` of the composition is, by the first step that takes it.
fn input_value(
    steps: &[sashiko_stencils::Step],
    input: u8,
    first: &Inst<'_>,
    second: &Inst<'_>,
) -> Option<ValueId> {
    steps.iter().zip([first, second]).find_map(|(step, inst)| {
        let position = step
            .inputs
            .iter()
            .position(|arg| *arg == StepArg::Input(input))?;
        Some(inst.args[position])
    })
}

fn arguments<'a>(
    trace: &Trace<'a>,
    pattern: Pattern,
    first: &Inst<'a>,
    second: &Inst<'a>,
) -> &'a [ValueId] {
    let info = trace.table.info(pattern.composed);
    let inputs = 0..info.inputs.len() as u8;
    let args = inputs.filter_map(|input| input_value(info.steps, input, first, second));
    let args: Vec<ValueId> = args.collect();
    trace.arena.alloc_slice_copy(&args)
}
