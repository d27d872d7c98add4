//! How a side trace begins: with what its parent's exit holds.

use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, UopId, UopInfo};

use super::{Lifted, Lifter};
use crate::ir::{
    End, ExitId, HeadParam, Import, Inst, Made, Onto, Op, Resume, Slot, Snapshot, SnapshotId,
    Trace, Value, ValueId,
};
use crate::recorded::Recorded;

/// The exit of the parent that a side trace goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentExit {
    /// Which exit.
    pub id: ExitId,
    /// Where the VM would go on.
    pub resume: Resume,
    /// Slots whose memory is stale, with the value that belongs there (its name in the parent, and what is known of it).
    pub slots: Vec<(Slot, ValueId, Value)>,
    /// Values that are owed a reference, likewise.
    pub owed: Vec<(ValueId, Value)>,
    /// Objects that the exit makes.
    pub made: Vec<ParentMade>,
    /// For an exit of a loop's body: the loop's head, at which a trace that comes back may go on.
    pub head: Option<ParentHead>,
}

/// A uop that the parent's exit runs ([`Made`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentMade {
    /// The uop.
    pub uop: UopId,
    /// Its arguments, values of the parent or objects made before.
    pub args: Vec<(ValueId, Value)>,
    /// Its immediates.
    pub immediates: Vec<u64>,
    /// The object it makes.
    pub result: Option<(ValueId, Value)>,
}

/// The head of the parent's loop, as [`Onto`] describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentHead {
    /// Where the loop begins.
    pub pc: u32,
    /// The loop's parameters.
    pub params: Vec<HeadParam>,
    /// Values from before the loop that its body reads; among the exit's values they come behind what is owed.
    pub kept: Vec<(ValueId, Value)>,
    /// Slots that must not change.
    pub unchanged: Vec<Slot>,
    /// Slots whose memory does not matter.
    pub free: Vec<Slot>,
    /// Memory that must not be written.
    pub reads: Aliases,
    /// Where the slots end that side traces may use.
    pub below: Option<Slot>,
}

impl ParentExit {
    /// The exit `id` of `trace`, which leaves with `snapshot`.
    pub fn of(trace: &Trace<'_>, snapshot: SnapshotId, id: ExitId) -> ParentExit {
        let Snapshot {
            resume,
            slots,
            owed,
            made,
        } = *trace.snapshot(snapshot);
        let slots = slots.iter().map(|&(slot, v)| (slot, v, *trace.value(v)));
        let known = |v: ValueId| (v, *trace.value(v));
        let made = made.iter().map(|made| ParentMade {
            uop: made.uop,
            args: made.args.iter().copied().map(known).collect(),
            immediates: made.immediates.to_vec(),
            result: made.result.map(known),
        });
        ParentExit {
            id,
            resume,
            slots: slots.collect(),
            owed: owed.iter().map(|&v| (v, *trace.value(v))).collect(),
            made: made.collect(),
            head: None,
        }
    }

    /// Is `value` an object that the exit makes?
    fn makes(&self, value: ValueId) -> bool {
        let mut results = self.made.iter().filter_map(|made| made.result);
        results.any(|(result, _)| result == value)
    }
}

impl<'a> Lifter<'a> {
    /// Takes over what the parent's exit holds.
    pub(super) fn begin(&mut self, recorded: &Recorded, parent: Option<&ParentExit>) -> Lifted<()> {
        self.slot(recorded.start.top.0)?;
        if recorded.parent != parent.map(|parent| parent.id) {
            let message = "the recording and the caller disagree about which exit it goes on from";
            return self.error("wrong-parent", message.to_owned());
        }
        let Some(parent) = parent else {
            return Ok(());
        };
        let (ours, theirs) = (recorded.start, parent.resume);
        if (ours.frame, ours.top) != (theirs.frame, theirs.top) {
            let message = format!(
                "the parent's exit leaves with frame {} and top {}, the recording begins with frame {} and top {}",
                theirs.frame, theirs.top, ours.frame, ours.top
            );
            return self.error("wrong-parent", message);
        }
        let mut imported = Vec::new();
        for (name, value) in parent.made.iter().filter_map(|made| made.result) {
            let here = self.trace.new_value(value.rep, value.kinds);
            imported.push((name, here));
        }
        let mut position = 0;
        let mut take = |this: &mut Self, name: ValueId, value: &Value| {
            let here = this.import(&mut imported, name, value, position);
            position += u32::from(!parent.makes(name));
            here
        };
        let slots = parent.slots.iter();
        let mut slots: Vec<(Slot, ValueId)> = slots
            .map(|(slot, name, value)| (*slot, take(self, *name, value)))
            .collect();
        let owed = parent.owed.iter();
        let owed: Vec<ValueId> = owed.map(|(name, value)| take(self, *name, value)).collect();
        let mut made: Vec<Made<'_>> = Vec::with_capacity(parent.made.len());
        for uop in &parent.made {
            let args: Vec<ValueId> = { uop.args.iter() }
                .map(|(name, value)| take(self, *name, value))
                .collect();
            made.push(Made {
                uop: uop.uop,
                args: self.trace.arena.alloc_slice_copy(&args),
                immediates: self.trace.arena.alloc_slice_copy(&uop.immediates),
                result: uop.result.map(|(name, value)| take(self, name, &value)),
            });
        }
        self.come_back(recorded, parent, &mut imported, position);
        self.box_all(&mut slots, &owed, &mut made)?;
        for made in &made {
            self.make(made);
        }
        for &(slot, word) in &slots {
            self.emit(Op::StoreSlot(slot), &[word], &[], None);
        }
        self.settle(&owed)
    }

    /// Makes an object, or fills one of its fields, as the parent's exit would have.
    fn make(&mut self, made: &Made<'_>) {
        let info = self.trace.table.info(made.uop);
        let forgotten = info.result.filter(|_| made.result.is_none());
        let forgotten = forgotten.map(|result| self.trace.new_value(result.rep, result.kinds));
        self.emit(
            Op::Uop(made.uop),
            made.args,
            made.immediates,
            made.result.or(forgotten),
        );
    }

    /// Imports what the parent's loop keeps, if the recording comes back to it.
    fn come_back(
        &mut self,
        recorded: &Recorded,
        parent: &ParentExit,
        imported: &mut Vec<(ValueId, ValueId)>,
        position: u32,
    ) {
        let Some(head) = &parent.head else { return };
        if recorded.end != End::Jump(parent.id.trace) {
            return;
        }
        let positions = position..;
        let kept = head.kept.iter().zip(positions);
        let kept = kept.map(|((name, value), at)| self.import(imported, *name, value, at));
        let kept = kept.collect();
        self.trace.onto = Some(Box::new(Onto {
            pc: head.pc,
            params: head.params.clone(),
            kept,
            unchanged: head.unchanged.clone(),
            free: head.free.clone(),
            reads: head.reads,
            below: head.below,
            args: None,
        }));
    }

    /// The value here of the parent's value `name`, which is at `position` of its exit.
    fn import(
        &mut self,
        imported: &mut Vec<(ValueId, ValueId)>,
        name: ValueId,
        value: &Value,
        position: u32,
    ) -> ValueId {
        if let Some(bits) = value.constant {
            let constant = self.trace.constant(value.rep, bits);
            self.trace.values[constant.0 as usize].kinds = value.kinds;
            return constant;
        }
        if let Some((_, here)) = imported.iter().find(|(known, _)| *known == name) {
            return *here;
        }
        let here = self.trace.new_value(value.rep, value.kinds);
        self.trace.imports.push(Import {
            value: here,
            position,
        });
        imported.push((name, here));
        here
    }

    /// Boxes the raw values among `slots` and the fields of what is `made`.
    fn box_all(
        &mut self,
        slots: &mut [(Slot, ValueId)],
        owed: &[ValueId],
        made: &mut [Made<'a>],
    ) -> Lifted<()> {
        for i in 0..slots.len() {
            let what = slots[i].0.to_string();
            if let Some(word) = self.boxed(slots[i].1, &what, (slots, owed, made))? {
                slots[i].1 = word;
            }
        }
        for i in 0..made.len() {
            let info = self.trace.table.info(made[i].uop);
            for (position, input) in info.inputs.iter().enumerate() {
                let arg = made[i].args[position];
                if input.rep != Rep::Word {
                    continue;
                }
                if let Some(word) = self.boxed(arg, input.name, (slots, owed, made))? {
                    let args = made[i].args.iter().enumerate();
                    made[i].args = self.trace.arena.alloc_slice_fill_iter(
                        args.map(|(at, arg)| if at == position { word } else { *arg }),
                    );
                }
            }
        }
        Ok(())
    }

    /// The box of `value`, if it is raw. A box that exits leaves the parent's state behind, with the words that have been
    /// boxed already in place of their raw values.
    fn boxed(
        &mut self,
        value: ValueId,
        what: &str,
        (slots, owed, made): (&[(Slot, ValueId)], &[ValueId], &[Made<'a>]),
    ) -> Lifted<Option<ValueId>> {
        let rep = self.trace.value(value).rep;
        if rep == Rep::Word {
            return Ok(None);
        }
        let Some(boxer) = self.trace.table.boxer(rep) else {
            let message = format!("{what} holds a raw {}, which no uop boxes", rep.name());
            return self.error("no-box", message);
        };
        let info = self.trace.table.info(boxer);
        let snapshot = info.exits.then(|| {
            self.trace.new_snapshot(Snapshot {
                resume: self.entry,
                slots: self.trace.arena.alloc_slice_copy(slots),
                owed: self.trace.arena.alloc_slice_copy(owed),
                made: self.trace.arena.alloc_slice_copy(made),
            })
        });
        let kinds = info.result.map_or(Kinds::ANY, |result| result.kinds);
        let word = self.trace.new_value(Rep::Word, kinds);
        self.push(Inst {
            op: Op::Uop(boxer),
            args: self.trace.arena.alloc_slice_copy(&[value]),
            immediates: &[],
            result: Some(word),
            snapshot,
            origin: self.entry.origin,
            by: None,
        });
        Ok(Some(word))
    }

    /// Counts the references that the parent's exit owes.
    fn settle(&mut self, owed: &[ValueId]) -> Lifted<()> {
        if owed.is_empty() {
            return Ok(());
        }
        let counts = |uop: &UopInfo| {
            uop.effects.counts == 1 && !uop.exits && uop.inputs.len() == 1 && uop.result.is_none()
        };
        let Some(increment) = self.trace.table.uops.iter().position(counts) else {
            let message =
                "the parent's exit owes a reference, but no uop with `counts = +1` adds one";
            return self.error("no-increment", message.to_owned());
        };
        for value in owed {
            self.emit(Op::Uop(UopId(increment as u16)), &[*value], &[], None);
        }
        Ok(())
    }
}
