//! Stack form to SSA form.
//!
//! The lift changes nothing about what a trace does: every push, pop and local access becomes an explicit load or
//! store of a slot, snapshots are empty, and memory is the whole truth at every exit. So the unoptimized trace costs
//! what plain copy-and-patch costs, and it is left to a pass to forward values.
//!
//! ```text
//! instruction "f" pc 4 line 2        v0: word = load_slot s7      ; "f" pc 4 line 2
//!   add_int                   ==>    v1: word = load_slot s8
//!   store s2                         v2: word = add_int v0, v1 !e0
//!                                    store_slot s7, v2
//!                                    v3: word = load_slot s7
//!                                    store_slot s2, v3
//! ```
//!
//! *Raw values.* Slots hold words. A uop that pushes anything else (a raw integer, a truth value) has its result kept
//! as a value until a uop of the same instruction pops it; one left over when the instruction ends is an error, since
//! no exit could find it in memory.
//!
//! *The recording rule.* An exit goes back to the beginning of its instruction. Everything the VM then does again must
//! not have been done already: no slot below the instruction's stack may have been overwritten, no effect had, before
//! the last uop of an instruction that can exit. [`LiftError`] names uop and instruction.
//!
//! *Side traces* begin with the values that the parent's exit holds: they are imported, boxed, and stored to the slots
//! they stand for, and what the exit owes is counted, so that memory is the truth here, too.

use bumpalo::Bump;
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, Role, UopId, UopInfo, UopTable};

use crate::ir::{
    End, Inst, Op, Origin, Provenance, Resume, Slot, Snapshot, SnapshotId, Trace, ValueId,
};
use crate::recorded::{Recorded, StackOp};

mod parent;

pub use parent::{ParentExit, ParentHead, ParentMade};

/// Why a recording is no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftError {
    /// A stable code.
    pub reason: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The instruction.
    pub origin: Origin,
    /// Position of the operation in [`Recorded::ops`].
    pub op: usize,
}

impl std::fmt::Display for LiftError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Origin { pc, line, .. } = self.origin;
        write!(
            f,
            "{} ({}; operation {}",
            self.message, self.reason, self.op
        )?;
        write!(f, ", instruction at pc {pc} line {line})")
    }
}

impl std::error::Error for LiftError {}

/// Lifts a recording; `parent` is the exit it goes on from, for a side trace.
///
/// # Errors
/// If the recording breaks a rule of the stack form; the VM's recorder is wrong then.
pub fn lift<'a>(
    recorded: &Recorded,
    parent: Option<&ParentExit>,
    table: &'static UopTable,
    arena: &'a Bump,
) -> Result<Trace<'a>, LiftError> {
    let codes = recorded.codes.iter().map(|code| &*arena.alloc_str(code));
    let codes = arena.alloc_slice_fill_iter(codes);
    let mut trace = Trace::new(arena, table, codes, recorded.start, recorded.end);
    trace.snapshots.clear();
    trace.parent = recorded.parent;
    trace.values.reserve(recorded.ops.len() * 2);
    trace.body.reserve(recorded.ops.len() * 3);
    let mut lifter = Lifter {
        trace,
        top: recorded.start.top,
        frame: recorded.start.frame,
        entry: recorded.start,
        snapshot: None,
        raw: Vec::new(),
        done: None,
        at: 0,
        into_preheader: true,
    };
    lifter.begin(recorded, parent)?;
    lifter.into_preheader = false;
    for (at, op) in recorded.ops.iter().enumerate() {
        lifter.at = at;
        lifter.op(op)?;
    }
    lifter.at = recorded.ops.len();
    lifter.end(recorded)
}

/// What has been done in the current instruction that an exit could not undo.
#[derive(Clone, Copy)]
enum Done {
    Overwrote(Slot),
    Effect(UopId),
}

struct Lifter<'a> {
    trace: Trace<'a>,
    top: Slot,
    frame: Slot,
    /// Where exits resume: the current instruction, with frame and stack as they were at its beginning.
    entry: Resume,
    /// The snapshot of the current instruction's exits, once one was needed.
    snapshot: Option<SnapshotId>,
    /// Raw values on the operand stack, which have no memory.
    raw: Vec<(Slot, ValueId)>,
    done: Option<Done>,
    at: usize,
    into_preheader: bool,
}

type Lifted<T> = Result<T, LiftError>;

impl<'a> Lifter<'a> {
    fn error<T>(&self, reason: &'static str, message: String) -> Lifted<T> {
        Err(LiftError {
            reason,
            message,
            origin: self.entry.origin,
            op: self.at,
        })
    }

    /// The slot at `depth` below the top.
    fn at_depth(&self, depth: u16) -> Lifted<Slot> {
        self.slot(self.top.0 - 1 - i32::from(depth))
    }

    fn slot(&self, number: i32) -> Lifted<Slot> {
        const FARTHEST: u32 = (1 << 27) - 1;
        if number.unsigned_abs() > FARTHEST {
            let message = format!("slot {number} is out of reach (the farthest is {FARTHEST})");
            return self.error("slot-out-of-reach", message);
        }
        Ok(Slot(number))
    }

    fn emit(&mut self, op: Op, args: &[ValueId], immediates: &[u64], result: Option<ValueId>) {
        let inst = Inst {
            op,
            args: self.trace.arena.alloc_slice_copy(args),
            immediates: self.trace.arena.alloc_slice_copy(immediates),
            result,
            snapshot: None,
            origin: self.entry.origin,
            by: None,
        };
        self.push(inst);
    }

    fn push(&mut self, mut inst: Inst<'a>) {
        if self.into_preheader {
            inst.by = Some(Provenance {
                pass: "lift",
                rule: "parent-exit",
            });
            self.trace.preheader.push(inst);
        } else {
            self.trace.body.push(inst);
        }
    }

    /// The value in `slot`: a raw one that is kept there, or the word in memory.
    fn read(&mut self, slot: Slot) -> ValueId {
        if let Some((_, value)) = self.raw.iter().find(|(raw, _)| *raw == slot) {
            return *value;
        }
        let value = self.trace.new_value(Rep::Word, Kinds::ANY);
        self.emit(Op::LoadSlot(slot), &[], &[], Some(value));
        value
    }

    fn write(&mut self, slot: Slot, value: ValueId) {
        self.raw.retain(|(raw, _)| *raw != slot);
        if slot < self.entry.top && self.done.is_none() {
            self.done = Some(Done::Overwrote(slot));
        }
        if self.trace.value(value).rep == Rep::Word {
            self.emit(Op::StoreSlot(slot), &[value], &[], None);
        } else {
            self.raw.push((slot, value));
        }
    }

    fn push_value(&mut self, value: ValueId) -> Lifted<()> {
        let slot = self.slot(self.top.0)?;
        self.write(slot, value);
        self.top.0 += 1;
        Ok(())
    }

    /// Refuses a raw value where slots are left to be found by exits.
    fn no_raw_values(&self) -> Lifted<()> {
        let left = self.raw.iter().find(|(slot, _)| *slot < self.top);
        let Some(&(slot, value)) = left else {
            return Ok(());
        };
        let rep = self.trace.value(value).rep;
        let message = format!(
            "the value that this instruction leaves in {slot} is held as {}, and slots hold words: push it through \
             the uop that boxes it",
            rep.name()
        );
        self.error("raw-value-left", message)
    }

    fn op(&mut self, op: &StackOp) -> Lifted<()> {
        match op {
            StackOp::Uop { uop, immediates } => {
                let count = self.trace.table.info(*uop).inputs.len();
                let slots: Vec<Slot> = (0..count)
                    .rev()
                    .map(|depth| self.at_depth(depth as u16))
                    .collect::<Lifted<_>>()?;
                self.top.0 -= count as i32;
                self.uop(*uop, &slots, immediates)
            }
            StackOp::Peek {
                uop,
                depths,
                immediates,
            } => {
                let slots = depths.iter().map(|depth| self.at_depth(*depth));
                let slots: Vec<Slot> = slots.collect::<Lifted<_>>()?;
                self.uop(*uop, &slots, immediates)
            }
            StackOp::Load(slot) => {
                let slot = self.slot(slot.0)?;
                let value = self.read(slot);
                self.push_value(value)
            }
            StackOp::Store(slot) => {
                let (from, to) = (self.at_depth(0)?, self.slot(slot.0)?);
                let value = self.read(from);
                self.top.0 -= 1;
                self.write(to, value);
                Ok(())
            }
            StackOp::Const(word) => {
                let value = self.trace.constant(Rep::Word, *word);
                self.push_value(value)
            }
            StackOp::Copy(depth) => {
                let slot = self.at_depth(*depth)?;
                let value = self.read(slot);
                self.push_value(value)
            }
            StackOp::Swap(depth) => {
                let (top, other) = (self.at_depth(0)?, self.at_depth(*depth)?);
                let (upper, lower) = (self.read(top), self.read(other));
                self.write(other, upper);
                self.write(top, lower);
                Ok(())
            }
            StackOp::Drop => {
                self.top.0 -= 1;
                Ok(())
            }
            StackOp::Nip(n) => {
                let (from, to) = (self.at_depth(0)?, self.at_depth(*n)?);
                let value = self.read(from);
                self.top.0 -= i32::from(*n);
                if from != to {
                    self.write(to, value);
                }
                Ok(())
            }
            StackOp::Frame { frame, top } => {
                self.slot(frame.0)?;
                self.top = self.slot(top.0)?;
                self.frame = *frame;
                Ok(())
            }
            StackOp::Instruction(origin) => {
                self.no_raw_values()?;
                self.raw.clear();
                self.entry = Resume {
                    origin: *origin,
                    frame: self.frame,
                    top: self.top,
                };
                self.snapshot = None;
                self.done = None;
                Ok(())
            }
        }
    }

    fn uop(&mut self, uop: UopId, slots: &[Slot], immediates: &[u64]) -> Lifted<()> {
        let info = self.trace.table.info(uop);
        let mut args = Vec::with_capacity(slots.len());
        for (slot, input) in slots.iter().zip(info.inputs) {
            let value = self.read(*slot);
            let rep = self.trace.value(value).rep;
            if rep != input.rep {
                let message = format!(
                    "`{}` takes `{}` as {}, but {slot} holds {}",
                    info.name,
                    input.name,
                    input.rep.name(),
                    rep.name()
                );
                return self.error("wrong-representation", message);
            }
            args.push(value);
        }
        let snapshot = if info.exits {
            self.can_exit(info)?;
            Some(self.instruction_snapshot())
        } else {
            None
        };
        let result = info
            .result
            .map(|result| self.trace.new_value(result.rep, result.kinds));
        self.push(Inst {
            op: Op::Uop(uop),
            args: self.trace.arena.alloc_slice_copy(&args),
            immediates: self.trace.arena.alloc_slice_copy(immediates),
            result,
            snapshot,
            origin: self.entry.origin,
            by: None,
        });
        let acts = info.effects.writes != Aliases::NONE || info.effects.counts != 0;
        if info.role == Role::Effect && acts && self.done.is_none() {
            self.done = Some(Done::Effect(uop));
        }
        match result {
            Some(result) => self.push_value(result),
            None => Ok(()),
        }
    }

    /// Checks the recording rule for a uop that can exit.
    fn can_exit(&self, info: &UopInfo) -> Lifted<()> {
        let name = info.name;
        match self.done {
            None => Ok(()),
            Some(Done::Overwrote(slot)) => {
                let message = format!(
                    "`{name}` can exit to the beginning of its instruction, but {slot} has been overwritten since: \
                     record what can exit first, and move results down last"
                );
                self.error("exit-after-overwrite", message)
            }
            Some(Done::Effect(uop)) => {
                let message = format!(
                    "`{name}` can exit to the beginning of its instruction, but `{}` before it has an effect, which \
                     would be had twice: record what can exit first (or declare that it writes nothing)",
                    self.trace.table.info(uop).name
                );
                self.error("exit-after-effect", message)
            }
        }
    }

    fn instruction_snapshot(&mut self) -> SnapshotId {
        if let Some(known) = self.snapshot {
            return known;
        }
        let snapshot = self.trace.new_snapshot(Snapshot {
            resume: self.entry,
            slots: &[],
            owed: &[],
            made: &[],
        });
        self.snapshot = Some(snapshot);
        snapshot
    }

    fn end(mut self, recorded: &Recorded) -> Lifted<Trace<'a>> {
        self.no_raw_values()?;
        let (start, frame, top) = (recorded.start, self.frame, self.top);
        let resume = match recorded.end {
            End::Loop if (frame, top) != (start.frame, start.top) => {
                let message = format!(
                    "the loop begins with frame {} and top {}, but comes back with frame {frame} and top {top}",
                    start.frame, start.top
                );
                return self.error("loop-not-closed", message);
            }
            End::Loop => start,
            End::Jump(_) if frame != Slot(0) => {
                let message = format!("a trace jumps in the frame at s0, not {frame}");
                return self.error("jump-from-inlined-frame", message);
            }
            End::Return if frame != Slot(0) => {
                let message = format!("a trace returns from the frame at s0, not {frame}");
                return self.error("return-from-inlined-frame", message);
            }
            End::Jump(_) | End::Return => Resume {
                origin: self.entry.origin,
                frame,
                top,
            },
            End::Leave => {
                let last = recorded.ops.last();
                if !matches!(last, None | Some(StackOp::Instruction(_))) {
                    let message =
                        "the recording stops inside an instruction: record the one it stops before";
                    return self.error("end-inside-instruction", message.to_owned());
                }
                self.entry
            }
        };
        self.trace.finish = self.trace.new_snapshot(Snapshot {
            resume,
            slots: &[],
            owed: &[],
            made: &[],
        });
        Ok(self.trace)
    }
}

#[cfg(test)]
mod tests;
