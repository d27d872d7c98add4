//! When two traces are the same: they do the same instructions, whatever their values and snapshots are numbered.
//!
//! Numbers are names. Equality walks both traces in step and keeps a one-to-one matching of the names met so far;
//! values and snapshots that nothing uses are not met. Arenas don't matter, and code units are compared by name.

use crate::ir::{
    Import, Inst, Made, Onto, Origin, Param, Resume, Snapshot, SnapshotId, Trace, ValueId,
};

/// A one-to-one matching of two sets of numbers.
#[derive(Default)]
struct Matching {
    there: Vec<Option<u32>>,
    back: Vec<Option<u32>>,
}

enum Match {
    /// They were matched before.
    Known,
    /// They are matched from now on.
    New,
    /// One of them is matched with another.
    Differs,
}

impl Matching {
    fn of(left: usize, right: usize) -> Matching {
        Matching {
            there: vec![None; left],
            back: vec![None; right],
        }
    }

    fn pair(&mut self, left: u32, right: u32) -> Match {
        let (l, r) = (left as usize, right as usize);
        if l >= self.there.len() || r >= self.back.len() {
            return Match::Differs;
        }
        match (self.there[l], self.back[r]) {
            (None, None) => {
                self.there[l] = Some(right);
                self.back[r] = Some(left);
                Match::New
            }
            (there, _) if there == Some(right) => Match::Known,
            _ => Match::Differs,
        }
    }
}

struct Comparison<'t, 'a, 'b> {
    left: &'t Trace<'a>,
    right: &'t Trace<'b>,
    values: Matching,
    snapshots: Matching,
}

impl Comparison<'_, '_, '_> {
    fn origin(&self, left: Origin, right: Origin) -> bool {
        (left.pc, left.line) == (right.pc, right.line)
            && self.left.code_name(left) == self.right.code_name(right)
    }

    fn resume(&self, left: &Resume, right: &Resume) -> bool {
        (left.frame, left.top) == (right.frame, right.top) && self.origin(left.origin, right.origin)
    }

    fn value(&mut self, left: ValueId, right: ValueId) -> bool {
        let known = |trace: &Trace<'_>, id: ValueId| trace.values.get(id.0 as usize).copied();
        let (Some(l), Some(r)) = (known(self.left, left), known(self.right, right)) else {
            return false;
        };
        if l != r {
            return false;
        }
        // The same constant may have been written down twice.
        l.constant.is_some() || !matches!(self.values.pair(left.0, right.0), Match::Differs)
    }

    fn values(&mut self, left: &[ValueId], right: &[ValueId]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(l, r)| self.value(*l, *r))
    }

    fn snapshot(&mut self, left: SnapshotId, right: SnapshotId) -> bool {
        match self.snapshots.pair(left.0, right.0) {
            Match::Known => true,
            Match::Differs => false,
            Match::New => {
                let (left, right) = (*self.left.snapshot(left), *self.right.snapshot(right));
                self.snapshot_contents(&left, &right)
            }
        }
    }

    fn snapshot_contents(&mut self, left: &Snapshot<'_>, right: &Snapshot<'_>) -> bool {
        self.resume(&left.resume, &right.resume)
            && left.slots.len() == right.slots.len()
            && left
                .slots
                .iter()
                .zip(right.slots)
                .all(|((s, l), (t, r))| s == t && self.value(*l, *r))
            && self.values(left.owed, right.owed)
            && left.made.len() == right.made.len()
            && left
                .made
                .iter()
                .zip(right.made)
                .all(|(l, r)| self.made(l, r))
    }

    fn made(&mut self, left: &Made<'_>, right: &Made<'_>) -> bool {
        let results = match (left.result, right.result) {
            (Some(left), Some(right)) => self.value(left, right),
            (left, right) => left == right,
        };
        results
            && (left.uop, left.immediates) == (right.uop, right.immediates)
            && self.values(left.args, right.args)
    }

    fn inst(&mut self, left: &Inst<'_>, right: &Inst<'_>) -> bool {
        let results = match (left.result, right.result) {
            (None, None) => true,
            (Some(left), Some(right)) => self.value(left, right),
            _ => false,
        };
        let snapshots = match (left.snapshot, right.snapshot) {
            (None, None) => true,
            (Some(left), Some(right)) => self.snapshot(left, right),
            _ => false,
        };
        results
            && snapshots
            && (left.op, left.immediates, left.by) == (right.op, right.immediates, right.by)
            && self.values(left.args, right.args)
            && self.origin(left.origin, right.origin)
    }

    fn insts(&mut self, left: &[Inst<'_>], right: &[Inst<'_>]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(l, r)| self.inst(l, r))
    }

    fn imports(&mut self, left: &[Import], right: &[Import]) -> bool {
        let same =
            |(l, r): (&Import, &Import)| l.position == r.position && self.value(l.value, r.value);
        left.len() == right.len() && left.iter().zip(right).all(same)
    }

    fn params(&mut self, left: &[Param], right: &[Param]) -> bool {
        let same = |(l, r): (&Param, &Param)| {
            l.slot == r.slot
                && self.value(l.value, r.value)
                && self.value(l.init, r.init)
                && self.value(l.next, r.next)
        };
        left.len() == right.len() && left.iter().zip(right).all(same)
    }

    fn onto(&mut self, left: Option<&Onto>, right: Option<&Onto>) -> bool {
        let (Some(left), Some(right)) = (left, right) else {
            return left.is_none() && right.is_none();
        };
        let args = match (&left.args, &right.args) {
            (Some(left), Some(right)) => self.values(left, right),
            (left, right) => left == right,
        };
        args && self.values(&left.kept, &right.kept)
            && left.params == right.params
            && left.unchanged == right.unchanged
            && left.free == right.free
            && (left.pc, left.reads, left.below) == (right.pc, right.reads, right.below)
    }

    fn traces(mut self) -> bool {
        let (left, right) = (self.left, self.right);
        std::ptr::eq(left.table, right.table)
            && (left.end, left.parent) == (right.end, right.parent)
            && self.resume(&left.start, &right.start)
            && self.imports(&left.imports, &right.imports)
            && self.insts(&left.preheader, &right.preheader)
            && self.params(&left.params, &right.params)
            && self.insts(&left.body, &right.body)
            && self.snapshot(left.finish, right.finish)
            && self.onto(left.onto.as_deref(), right.onto.as_deref())
    }
}

impl<'b> PartialEq<Trace<'b>> for Trace<'_> {
    fn eq(&self, other: &Trace<'b>) -> bool {
        Comparison {
            left: self,
            right: other,
            values: Matching::of(self.values.len(), other.values.len()),
            snapshots: Matching::of(self.snapshots.len(), other.snapshots.len()),
        }
        .traces()
    }
}
