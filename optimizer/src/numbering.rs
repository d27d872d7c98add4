//! Finds an earlier instruction that computes, or checks, the same thing.
//!
//! Two instructions are the same if uop, arguments and immediates are, and nothing in between wrote memory that the
//! uop reads. The trace is straight-line code: what comes earlier dominates. A loop's body is entered again from its
//! end, so behind the loop's head everything counts as written that the body writes.
//!
//! The table is a chained hash table of positions: looked up, never iterated over, and reused from trace to trace.

use sashiko_stencils::uop::Aliases;
use sashiko_stencils::{Role, UopId, UopTable};
use sashiko_trace::ir::{Inst, Op, Trace};

use crate::facts::Facts;
use crate::substitution::Substitution;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    at: u32,
    next: u32,
}

/// Earlier instructions, by what they compute.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    buckets: Vec<u32>,
    entries: Vec<Entry>,
    /// For each alias class, how many entries there were when it was last written.
    written: Vec<u32>,
}

/// Instructions kept so far: the preheader's, then those of the body.
pub(crate) struct Kept<'k, 'a> {
    pub(crate) before: &'k [Inst<'a>],
    pub(crate) here: &'k [Inst<'a>],
}

impl<'k, 'a> Kept<'k, 'a> {
    fn at(&self, position: u32) -> Option<&'k Inst<'a>> {
        let position = position as usize;
        match position.checked_sub(self.before.len()) {
            None => self.before.get(position),
            Some(here) => self.here.get(here),
        }
    }

    fn len(&self) -> u32 {
        (self.before.len() + self.here.len()) as u32
    }
}

/// A walk over preheader and body that knows, at each instruction, which earlier ones still hold: what `cse` and
/// `guard-elim` share.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) facts: Facts,
    pub(crate) numbering: Numbering,
    pub(crate) substitution: Substitution,
}

impl Walk {
    /// Shows each instruction to `removes`, which may change it, note it, or say that it goes.
    pub(crate) fn run<'a>(
        &mut self,
        trace: &mut Trace<'a>,
        mut removes: impl FnMut(&mut Walk, &Trace<'a>, &mut Inst<'a>, &Kept<'_, 'a>) -> bool,
    ) {
        self.facts.reset(trace);
        self.numbering.reset(trace.len());
        self.substitution.reset(trace.values.len());
        let insts = std::mem::take(&mut trace.preheader);
        trace.preheader = self.region(trace, &[], insts, &mut removes);
        self.numbering.wrote(loop_writes(trace, &self.facts));
        let insts = std::mem::take(&mut trace.body);
        trace.body = self.region(trace, &trace.preheader, insts, &mut removes);
        self.substitution.finish(trace);
    }

    fn region<'a>(
        &mut self,
        trace: &Trace<'a>,
        before: &[Inst<'a>],
        insts: Vec<Inst<'a>>,
        removes: &mut impl FnMut(&mut Walk, &Trace<'a>, &mut Inst<'a>, &Kept<'_, 'a>) -> bool,
    ) -> Vec<Inst<'a>> {
        let mut here = Vec::with_capacity(insts.len());
        for mut inst in insts {
            self.substitution.apply(&mut inst, trace.arena);
            let kept = Kept {
                before,
                here: &here,
            };
            if removes(self, trace, &mut inst, &kept) {
                continue;
            }
            self.facts.learn(trace.table, &inst);
            self.numbering
                .wrote(writes(trace.table, &self.facts, &inst));
            here.push(inst);
        }
        here
    }
}

impl Numbering {
    /// Forgets everything; about `insts` instructions are to come.
    pub(crate) fn reset(&mut self, insts: usize) {
        self.buckets.clear();
        self.buckets.resize(insts.next_power_of_two().max(16), NONE);
        self.entries.clear();
        self.written.clear();
        self.written.resize(64, 0);
    }

    /// An earlier instruction that is the same as `inst`, if it still holds.
    pub(crate) fn find<'k, 'a>(
        &self,
        table: &UopTable,
        inst: &Inst<'a>,
        kept: &Kept<'k, 'a>,
    ) -> Option<&'k Inst<'a>> {
        let Op::Uop(uop) = inst.op else { return None };
        let hash = hash(uop, inst);
        let reads = table.info(uop).effects.reads;
        let mut index = self.buckets[hash as usize & (self.buckets.len() - 1)];
        while index != NONE {
            let entry = self.entries[index as usize];
            if entry.hash == hash
                && let Some(earlier) = kept.at(entry.at)
                && same(earlier, inst)
            {
                // Later entries come first in the chain: if this one is stale, so are the others.
                return self.holds_since(index, reads).then_some(earlier);
            }
            index = entry.next;
        }
        None
    }

    /// `inst` is about to be kept as the next instruction behind `kept`.
    pub(crate) fn note(&mut self, inst: &Inst<'_>, kept: &Kept<'_, '_>) {
        let Op::Uop(uop) = inst.op else { return };
        let hash = hash(uop, inst);
        let bucket = hash as usize & (self.buckets.len() - 1);
        self.entries.push(Entry {
            hash,
            at: kept.len(),
            next: self.buckets[bucket],
        });
        self.buckets[bucket] = self.entries.len() as u32 - 1;
    }

    /// `memory` is written.
    pub(crate) fn wrote(&mut self, memory: Aliases) {
        let now = self.entries.len() as u32;
        if memory == Aliases::ALL {
            self.written.fill(now);
        } else {
            bits(memory).for_each(|class| self.written[class] = now);
        }
    }

    fn holds_since(&self, entry: u32, reads: Aliases) -> bool {
        bits(reads).all(|class| self.written[class] <= entry)
    }
}

fn bits(memory: Aliases) -> impl Iterator<Item = usize> {
    let mut left = memory.0;
    std::iter::from_fn(move || {
        let class = left.trailing_zeros();
        left &= left.wrapping_sub(1);
        (class < 64).then_some(class as usize)
    })
}

fn same(a: &Inst<'_>, b: &Inst<'_>) -> bool {
    a.op == b.op && a.args == b.args && a.immediates == b.immediates
}

fn hash(uop: UopId, inst: &Inst<'_>) -> u32 {
    let mut state = u64::from(uop.0) + 1;
    let mut mix =
        |word: u64| state = (state.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    inst.args.iter().for_each(|arg| mix(u64::from(arg.0)));
    inst.immediates.iter().for_each(|word| mix(*word));
    (state >> 32) as u32
}

/// Memory that `inst` writes.
pub(crate) fn writes(table: &UopTable, facts: &Facts, inst: &Inst<'_>) -> Aliases {
    match inst.op {
        // A decrement of something uncounted drops nothing.
        Op::Uop(_) if facts.counts_nothing(table, inst) => Aliases::NONE,
        Op::Uop(uop) => table.info(uop).effects.writes,
        Op::LoadSlot(_) | Op::StoreSlot(_) => Aliases::NONE,
    }
}

/// Memory that a loop's body writes: what its head must take as written.
pub(crate) fn loop_writes(trace: &Trace<'_>, facts: &Facts) -> Aliases {
    if !trace.is_loop() {
        return Aliases::NONE;
    }
    let each = trace.body.iter();
    each.fold(Aliases::NONE, |all, inst| {
        all.union(writes(trace.table, facts, inst))
    })
}

/// Is `inst` a guard?
pub(crate) fn is_guard(table: &UopTable, inst: &Inst<'_>) -> bool {
    matches!(inst.op, Op::Uop(uop) if table.info(uop).role == Role::Guard)
}
