//! Values that stand for other values.
//!
//! In SSA form replacing a value is a note, not a walk: a pass that finds `v7` to be `v3` notes it, rewrites arguments
//! as it comes by them, and lets [`Substitution::finish`] see to what it does not come by (snapshots, the loop's
//! parameters, the end).
//!
//! Invariant: a value is only ever replaced by one that is defined wherever the replaced one is used: an earlier one
//! or a constant.

use bumpalo::Bump;
use sashiko_trace::ir::{Inst, Made, Trace, ValueId};

const ITSELF: u32 = u32::MAX;

/// A map from values to what replaces them.
#[derive(Debug, Default)]
pub(crate) struct Substitution {
    to: Vec<u32>,
    any: bool,
}

impl Substitution {
    /// Forgets everything; there are `values` values.
    pub(crate) fn reset(&mut self, values: usize) {
        self.to.clear();
        self.to.resize(values, ITSELF);
        self.any = false;
    }

    /// From now on `old` is `new`.
    pub(crate) fn replace(&mut self, old: ValueId, new: ValueId) {
        let new = self.resolve(new);
        debug_assert_ne!(old, new, "a value cannot replace itself");
        let index = old.0 as usize;
        if index >= self.to.len() {
            self.to.resize(index + 1, ITSELF);
        }
        self.to[index] = new.0;
        self.any = true;
    }

    /// What `value` is now.
    #[inline]
    pub(crate) fn resolve(&self, mut value: ValueId) -> ValueId {
        while let Some(&to) = self.to.get(value.0 as usize)
            && to != ITSELF
        {
            value = ValueId(to);
        }
        value
    }

    /// `values`, each resolved; copied only if one changes.
    #[inline]
    pub(crate) fn resolve_all<'a>(&self, values: &'a [ValueId], arena: &'a Bump) -> &'a [ValueId] {
        if !self.any || values.iter().all(|value| self.resolve(*value) == *value) {
            return values;
        }
        arena.alloc_slice_fill_iter(values.iter().map(|value| self.resolve(*value)))
    }

    /// Rewrites the arguments of `inst`.
    #[inline]
    pub(crate) fn apply<'a>(&self, inst: &mut Inst<'a>, arena: &'a Bump) {
        inst.args = self.resolve_all(inst.args, arena);
    }

    /// Rewrites all that is not an argument: snapshots and the loop's parameters.
    pub(crate) fn finish(&self, trace: &mut Trace<'_>) {
        if !self.any {
            return;
        }
        let arena = trace.arena;
        for snapshot in &mut trace.snapshots {
            let stale = |(_, value): &(_, ValueId)| self.resolve(*value) != *value;
            if snapshot.slots.iter().any(stale) {
                let resolved = snapshot.slots.iter();
                snapshot.slots = arena.alloc_slice_fill_iter(
                    resolved.map(|(slot, value)| (*slot, self.resolve(*value))),
                );
            }
            snapshot.owed = self.resolve_all(snapshot.owed, arena);
            let stale = |made: &Made<'_>| made.args.iter().any(|arg| self.resolve(*arg) != *arg);
            if snapshot.made.iter().any(stale) {
                let resolved = snapshot.made.iter().map(|made| Made {
                    args: self.resolve_all(made.args, arena),
                    ..*made
                });
                snapshot.made = arena.alloc_slice_fill_iter(resolved);
            }
        }
        if let Some(onto) = &mut trace.onto {
            onto.map(|value| self.resolve(value));
        }
        for param in &mut trace.params {
            param.init = self.resolve(param.init);
            param.next = self.resolve(param.next);
        }
    }

    /// Rewrites everything.
    pub(crate) fn apply_everywhere(&self, trace: &mut Trace<'_>) {
        if !self.any {
            return;
        }
        let arena = trace.arena;
        for inst in trace.preheader.iter_mut().chain(&mut trace.body) {
            self.apply(inst, arena);
        }
        self.finish(trace);
    }
}
