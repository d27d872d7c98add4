//! Moves what is the same in every round out of the loop: loop-invariant code motion.
//!
//! # What
//! A pure uop whose arguments come from before the loop computes the same in every round; a guard of such values checks
//! the same, and a uop that reads memory finds the same, as long as no instruction of the body writes what they read.
//! They go into the preheader, in the order in which they stand.
//!
//! # Example
//! ```text
//!   v0: word = load_slot s3                ==>   v0: word = load_slot s3
//!   v5: word = load_slot s4                      v5: word = load_slot s4
//! loop (..)                                      v1: int = unbox_int v0 !e9
//!   v1: int = unbox_int v0 !e2                   guard_array v5 !e9
//!   guard_array v5 !e3                           v6: int = array_len v5
//!   v6: int = array_len v5                     loop (..)
//!   v3: bool = int_lt v2, v1                     v3: bool = int_lt v2, v1
//! ```
//!
//! # Facts used
//! `pure`; `guard`, and whether it `checks` kinds; `reads` and `writes`, slow functions and calls included; uncounted
//! kinds.
//!
//! # Invariants kept
//! - The body is straight-line code, so what it holds is run in the first round or the trace is left before. An exit moved to
//!   the preheader leaves with the trace's entry state, where nothing has happened yet: the VM goes on from there and finds
//!   out itself. (What stands before the loop reads slots, and has exits of this same sort only.)
//! - What makes an instruction safe to run is run before it. A pure uop takes any bits, and so does a check of kinds, whose business
//!   is to be handed anything. Everything else (what reads memory, or follows a word) may rely on an exit that comes before it in
//!   the body; it moves only if each such exit has moved, or can have nothing to do with it. *Having to do with it* means: a
//!   check of kinds vouches for the very value it checks; any other exit for all that its arguments were computed
//!   from, and, if it has none or takes the context, for whatever takes the context or has none.
//! - No references are made: a pure uop, or a call, that returns a word of a counted kind stays. A word read from memory is
//!   borrowed, from memory that the loop does not write. Counts never move.
//!
//! # Cost
//! Two walks; a set of bits for each value.
//!
//! # Limits
//! What exits moves only in loops that start from the interpreter, as for unboxing. What is computed from constants alone stays:
//! it is cheaper to make again than to keep in a register. A uop that polls what somebody else writes, another thread say, must be
//! declared to write it.

use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, Role, UopInfo};
use sashiko_trace::ir::{Inst, Op, Snapshot, SnapshotId, Trace, ValueId};

use crate::facts::Facts;
use crate::numbering::writes;
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Hoist {
    facts: Facts,
    substitution: Substitution,
    values: Vec<Origins>,
    /// Values from before the loop so far.
    count: u32,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default)]
struct Origins {
    /// The same in every round.
    invariant: bool,
    /// The value itself, if it is an invariant: a bit of its own, or one shared with few others.
    own: u64,
    /// Itself and the invariants it was computed from.
    all: u64,
}

/// Stands for the VM's context, and memory that is reached without an argument.
const ENVIRONMENT: u64 = 1 << 63;

/// What the walk over the body knows.
struct Walk {
    /// Memory the body writes.
    written: Aliases,
    /// May what exits move?
    exits: bool,
    /// Invariants that exits which stay may vouch for.
    vouched: u64,
}

impl Pass for Hoist {
    fn name(&self) -> &'static str {
        "hoist"
    }

    fn summary(&self) -> &'static str {
        "move what is the same in every round out of the loop"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        if !trace.is_loop() {
            return;
        }
        self.constant_params(trace, cx);
        self.guards_of_params(trace, cx);
        self.find_invariants(trace);
        let mut walk = Walk {
            written: self.written_by_body(trace),
            exits: enters_from_interpreter(trace),
            vouched: 0,
        };
        let mut entry = None;
        let mut body = std::mem::take(&mut trace.body);
        body.retain_mut(|inst| {
            let Op::Uop(uop) = inst.op else { return true };
            let info = trace.table.info(uop);
            let origins = self.origins(inst, info);
            if !self.can_move(info, origins, &walk) || !cx.rewrite(rule(info)) {
                walk.vouched |= vouches_for(info, origins);
                if let Some(result) = inst.result {
                    self.values[result.0 as usize].all = origins.all;
                }
                return true;
            }
            if inst.snapshot.is_some() {
                inst.snapshot = Some(*entry.get_or_insert_with(|| entry_state(trace)));
            }
            inst.by = cx.by(rule(info));
            if let Some(result) = inst.result {
                self.add_invariant(result, origins.all);
            }
            trace.preheader.push(*inst);
            false
        });
        trace.body = body;
    }
}

/// Is the state at the loop's entry that of memory? It is if nothing was stored or imported before.
pub(crate) fn enters_from_interpreter(trace: &Trace<'_>) -> bool {
    let stores = |inst: &Inst<'_>| matches!(inst.op, Op::StoreSlot(_));
    trace.imports.is_empty() && !trace.preheader.iter().any(stores)
}

/// A snapshot of the state at the loop's entry: memory is the truth.
pub(crate) fn entry_state(trace: &mut Trace<'_>) -> SnapshotId {
    trace.new_snapshot(Snapshot {
        resume: trace.start,
        slots: &[],
        owed: &[],
        made: &[],
    })
}

/// What moving an instruction is called.
fn rule(info: &UopInfo) -> &'static str {
    match info.role {
        Role::Pure => "invariant",
        Role::Guard => "invariant-guard",
        Role::Effect => "invariant-read",
    }
}

fn checks_kinds(info: &UopInfo) -> bool {
    info.inputs.iter().any(|input| input.checks != Kinds::ANY)
}

/// Can it be run on any bits, at any time?
fn takes_anything(info: &UopInfo) -> bool {
    match info.role {
        Role::Pure => true,
        Role::Guard => {
            let follows = |rep: Rep| matches!(rep, Rep::Word | Rep::Ptr);
            info.effects.reads == Aliases::NONE
                && (checks_kinds(info) || !info.inputs.iter().any(|input| follows(input.rep)))
        }
        Role::Effect => false,
    }
}

impl Hoist {
    /// `(p = init then p) ==> init`
    fn constant_params(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.substitution.reset(trace.values.len());
        trace.params.retain(|param| {
            let same = param.next == param.value && cx.rewrite("same-param");
            if same {
                self.substitution.replace(param.value, param.init);
            }
            !same
        });
        self.substitution.apply_everywhere(trace);
    }

    /// `loop (p = init then next): guard_K(p) ==> guard_K(init) .. loop (..)`, where `next` is known to be of kind `K`.
    ///
    /// In the first round the guard would have left, or an exit before it; either way the VM goes on from the loop's
    /// head, where nothing has happened yet.
    fn guards_of_params(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        if trace.params.is_empty() || !enters_from_interpreter(trace) {
            return;
        }
        self.facts.reset(trace);
        for inst in trace.preheader.iter().chain(&trace.body) {
            self.facts.learn(trace.table, inst);
        }
        let mut entry = None;
        let mut body = std::mem::take(&mut trace.body);
        body.retain(|inst| {
            let (Op::Uop(uop), [arg], None) = (inst.op, inst.args, inst.result) else {
                return true;
            };
            let info = trace.table.info(uop);
            let checks = info.inputs.first().map_or(Kinds::ANY, |input| input.checks);
            let param = trace.params.iter().find(|param| param.value == *arg);
            let Some(param) = param.copied().filter(|param| {
                info.role == Role::Guard
                    && checks != Kinds::ANY
                    && param.next != param.value
                    && self.facts.of(param.next).is_subset(checks)
            }) else {
                return true;
            };
            if !cx.rewrite("param-guard") {
                return true;
            }
            let entry = *entry.get_or_insert_with(|| entry_state(trace));
            trace.preheader.push(Inst {
                args: trace.arena.alloc_slice_copy(&[param.init]),
                snapshot: Some(entry),
                by: cx.by("param-guard"),
                ..*inst
            });
            let value = &mut trace.values[param.value.0 as usize];
            value.kinds = value.kinds.intersection(checks);
            false
        });
        trace.body = body;
    }

    fn find_invariants(&mut self, trace: &Trace<'_>) {
        self.count = 0;
        self.values.clear();
        self.values.extend(trace.values.iter().map(|value| Origins {
            invariant: value.constant.is_some(),
            ..Origins::default()
        }));
        for import in &trace.imports {
            self.add_invariant(import.value, 0);
        }
        for inst in &trace.preheader {
            if let Some(result) = inst.result {
                let args = inst.args.iter();
                let all = args.fold(0, |all, arg| all | self.values[arg.0 as usize].all);
                self.add_invariant(result, all);
            }
        }
    }

    /// `value` is the same in every round, and computed from `all`.
    fn add_invariant(&mut self, value: ValueId, all: u64) {
        let own = 1 << (self.count % 63);
        self.count += 1;
        self.values[value.0 as usize] = Origins {
            invariant: true,
            own,
            all: all | own,
        };
    }

    /// Memory that the body writes; each instruction with what is known where it stands.
    fn written_by_body(&mut self, trace: &Trace<'_>) -> Aliases {
        self.facts.reset(trace);
        for inst in &trace.preheader {
            self.facts.learn(trace.table, inst);
        }
        trace.body.iter().fold(Aliases::NONE, |all, inst| {
            self.facts.learn(trace.table, inst);
            all.union(writes(trace.table, &self.facts, inst))
        })
    }

    /// What `inst` is computed from, all its arguments together.
    fn origins(&self, inst: &Inst<'_>, info: &UopInfo) -> Origins {
        let mut origins = Origins {
            invariant: true,
            own: 0,
            all: 0,
        };
        let mut constants = true;
        for arg in inst.args {
            let arg = self.values[arg.0 as usize];
            constants &= arg.invariant && arg.own == 0;
            origins.invariant &= arg.invariant;
            origins.own |= arg.own;
            origins.all |= arg.all;
        }
        if constants || info.takes_env {
            origins.own |= ENVIRONMENT;
            origins.all |= ENVIRONMENT;
        }
        origins
    }

    /// May `inst`, whose arguments come from `origins`, go before the loop?
    fn can_move(&self, info: &UopInfo, origins: Origins, walk: &Walk) -> bool {
        let effects = info.effects;
        let same_in_every_round = origins.invariant
            && effects.writes == Aliases::NONE
            && effects.counts == 0
            && !effects.reads.overlaps(walk.written)
            && info.slow.is_none()
            && !info.takes_base;
        let can_exit_there = !info.exits || walk.exits;
        let is_safe = takes_anything(info) || origins.all & walk.vouched == 0;
        // An effect without a result is not a computation.
        let worth_it = match info.role {
            Role::Pure => info.exits || origins.all != ENVIRONMENT,
            Role::Guard => true,
            Role::Effect => info.result.is_some(),
        };
        let makes_reference = (info.role == Role::Pure || info.call.is_some() || info.fields.alloc)
            && info.result.is_some_and(|result| {
                result.rep == Rep::Word && !self.facts.boxing().uncounted(result.kinds)
            });
        same_in_every_round && can_exit_there && is_safe && worth_it && !makes_reference
    }
}

/// The invariants that the exit of a uop with arguments from `origins` may vouch for.
fn vouches_for(info: &UopInfo, origins: Origins) -> u64 {
    match info.role {
        Role::Guard if checks_kinds(info) => origins.own,
        Role::Guard | Role::Effect if info.exits => origins.all,
        _ => 0,
    }
}
