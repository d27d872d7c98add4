//! The SSA form of a trace.
//!
//! A trace is straight-line code: a *preheader* that runs once, and a *body* that either repeats (a loop, with
//! parameters) or runs once and goes elsewhere. Control leaves only through exits, each with a snapshot.
//!
//! ```text
//! trace loop at "nbody.py" pc 34 line 12 frame s0 top s7
//!   v0: word = load_slot s2                ; "nbody.py" pc 34 line 12
//!   v1: float = unbox_float v0 !e0
//! loop (v2: float [s2] = v1 then v3)
//!   v3: float = float_add v2, 1.0
//!   guard_float_lt v3, v1 !e1
//! end loop !e2
//! e0: resume "nbody.py" pc 34 line 12 frame s0 top s7
//! e1: resume "nbody.py" pc 52 line 13 frame s0 top s7 {s2 = v3} owed {v0}
//! e2: resume "nbody.py" pc 34 line 12 frame s0 top s7
//! ```
//!
//! The text is the one of [`text`](crate::text).
//!
//! # Memory
//!
//! As lifted, every push, pop and local access is an explicit [`Op::LoadSlot`]/[`Op::StoreSlot`], snapshots are empty, and
//! memory is the whole truth at every exit. The forwarding pass turns slots into values; stores it sinks appear
//! as entries of snapshots: *slot = value*, boxed on the way out if the value is raw. Slots at or above the snapshot's
//! `top` hold nothing.
//!
//! # References
//!
//! Slots own references. A reference-count pass may delete an increment and its matching decrement; every snapshot
//! between them lists the value as *owed*: the exit increments it.
//!
//! # Objects that exits make
//!
//! An object that nobody gets to see is not made ([`Snapshot::made`]): an exit that needs it runs the uops that make it, with
//! what its fields hold by then.
//!
//! ```text
//! e1: resume "f" pc 9 line 3 frame s0 top s2 {s0 = v5, s1 = v5} making {v5: word{TUPLE} = tuple_2(v3, v4)} owed {v5}
//! ```
//!
//! Such a value belongs to its snapshot. It is made with one reference; each slot and each field that mentions it takes
//! one, and all but the first are owed. Raw values are boxed on their way into a field, as into a slot.
//!
//! # Invariants (checked by the verifier)
//!
//! - A value is defined once, before its uses; the body uses only constants, loop parameters and values of the body
//!   and preheader.
//! - Representations match the uop's signature; snapshot values may have any representation that can be boxed.
//! - An instruction has a snapshot exactly if its uop can exit.

use bumpalo::Bump;
use hashbrown::HashMap;
use sashiko_stencils::info::FieldOperand;
use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Rep, UopId, UopTable};

pub use crate::onto::{HeadParam, Onto};
pub use crate::recorded::{End, ExitId, Origin, Resume, Slot, TraceId};

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

/// A snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnapshotId(pub u32);

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// How it is held.
    pub rep: Rep,
    /// What it can be.
    pub kinds: Kinds,
    /// Its bits, if it is a constant. Constants are not defined by an instruction.
    pub constant: Option<u64>,
}

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Reads a slot: no arguments, a result of [`Rep::Word`].
    LoadSlot(Slot),
    /// Writes its argument ([`Rep::Word`]) to a slot: no result.
    StoreSlot(Slot),
    /// Runs a uop.
    Uop(UopId),
}

/// Why an instruction is here, if a pass made it: pass and rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Name of the pass.
    pub pass: &'static str,
    /// Name of the rule.
    pub rule: &'static str,
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inst<'a> {
    /// What it does.
    pub op: Op,
    /// Its arguments.
    pub args: &'a [ValueId],
    /// The uop's immediates.
    pub immediates: &'a [u64],
    /// The value it defines.
    pub result: Option<ValueId>,
    /// Where the VM goes on if it exits.
    pub snapshot: Option<SnapshotId>,
    /// Where in the VM's program it comes from.
    pub origin: Origin,
    /// Who made it; `None` for recorded ones.
    pub by: Option<Provenance>,
}

/// A uop that an exit runs to make an object, or to fill a field of one it has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made<'a> {
    /// The uop; it cannot exit.
    pub uop: UopId,
    /// Its arguments: values of the trace, or objects made before.
    pub args: &'a [ValueId],
    /// Its immediates.
    pub immediates: &'a [u64],
    /// The object it makes; whatever else it returns is forgotten.
    pub result: Option<ValueId>,
}

/// The state an exit rebuilds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// Where the VM goes on.
    pub resume: Resume,
    /// Slots whose memory is stale, and what they hold. Sorted by slot, each slot once.
    pub slots: &'a [(Slot, ValueId)],
    /// Values that get one more reference for each time they are listed.
    pub owed: &'a [ValueId],
    /// Objects that exist from this exit on only: what makes them, in this order, before slots are filled.
    pub made: &'a [Made<'a>],
}

/// A loop parameter: a value that is `init` in the first round and `next` of the round before in each later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// The parameter.
    pub value: ValueId,
    /// The slot it stands for, if it stands for one.
    pub slot: Option<Slot>,
    /// Its first value, from the preheader.
    pub init: ValueId,
    /// Its value in the next round. A loop invariant names itself.
    pub next: ValueId,
}

/// A value handed over by the parent of a side trace, in whatever place the parent's exit left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// The value here.
    pub value: ValueId,
    /// Position among the values of the parent's exit ([`Snapshot::values`]).
    pub position: u32,
}

/// A trace in SSA form. Instructions' operand lists and snapshots live in the arena of the compile.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// The arena everything variable-sized lives in.
    pub arena: &'a Bump,
    /// The VM's uops.
    pub table: &'static UopTable,
    /// Names of code units, for people.
    pub codes: &'a [&'a str],
    /// Entry state.
    pub start: Resume,
    /// The exit this trace goes on from, for a side trace.
    pub parent: Option<ExitId>,
    /// Values handed over by the parent.
    pub imports: Vec<Import>,
    /// By [`ValueId`].
    pub values: Vec<Value>,
    /// Which of `values` are constants; only a way to find them fast.
    pub constants: ConstantIndex,
    /// Runs once, before the body.
    pub preheader: Vec<Inst<'a>>,
    /// Loop parameters; empty unless the end is [`End::Loop`].
    pub params: Vec<Param>,
    /// The body.
    pub body: Vec<Inst<'a>>,
    /// By [`SnapshotId`].
    pub snapshots: Vec<Snapshot<'a>>,
    /// How it ends.
    pub end: End,
    /// For a side trace that comes back to the loop it left: how it may go on at the loop's head.
    pub onto: Option<Box<Onto>>,
    /// The state at the end: for [`End::Leave`] what the VM resumes with. For a jump, a return or a loop memory must be the whole
    /// truth there (but for what the loop's parameters carry), so the snapshot is empty. For a jump onto a loop's head
    /// ([`Onto::args`]) it lists what the parameters there stand for.
    pub finish: SnapshotId,
}

/// Finds constants among values. It looks at what is new whenever it is asked, and trusts no entry without a look, so
/// values may be added, renumbered or removed behind its back.
#[derive(Clone, Debug, Default)]
pub struct ConstantIndex {
    ids: HashMap<(Rep, u64), ValueId>,
    seen: usize,
}

impl ConstantIndex {
    fn catch_up(&mut self, values: &[Value]) {
        if self.seen > values.len() {
            *self = ConstantIndex::default();
        }
        for (i, value) in values.iter().enumerate().skip(self.seen) {
            if let Some(bits) = value.constant {
                self.ids
                    .entry((value.rep, bits))
                    .or_insert(ValueId(i as u32));
            }
        }
        self.seen = values.len();
    }
}

impl<'a> Trace<'a> {
    /// An empty trace entered at `start`, ending as `end` says. [`Trace::finish`] is snapshot 0, memory as it is at
    /// `start`; builders set another one when they get there.
    pub fn new(
        arena: &'a Bump,
        table: &'static UopTable,
        codes: &'a [&'a str],
        start: Resume,
        end: End,
    ) -> Trace<'a> {
        let finish = Snapshot {
            resume: start,
            slots: &[],
            owed: &[],
            made: &[],
        };
        Trace {
            arena,
            table,
            codes,
            start,
            parent: None,
            imports: Vec::new(),
            values: Vec::new(),
            constants: ConstantIndex::default(),
            preheader: Vec::new(),
            params: Vec::new(),
            body: Vec::new(),
            snapshots: vec![finish],
            end,
            onto: None,
            finish: SnapshotId(0),
        }
    }

    /// A copy that lives in `arena`.
    pub fn deep_clone_into<'b>(&self, arena: &'b Bump) -> Trace<'b> {
        let codes = self.codes.iter().map(|code| &*arena.alloc_str(code));
        let inst = |inst: &Inst<'_>| Inst {
            op: inst.op,
            args: arena.alloc_slice_copy(inst.args),
            immediates: arena.alloc_slice_copy(inst.immediates),
            result: inst.result,
            snapshot: inst.snapshot,
            origin: inst.origin,
            by: inst.by,
        };
        let snapshot = |snapshot: &Snapshot<'_>| Snapshot {
            resume: snapshot.resume,
            slots: &*arena.alloc_slice_copy(snapshot.slots),
            owed: &*arena.alloc_slice_copy(snapshot.owed),
            made: &*arena.alloc_slice_fill_iter(snapshot.made.iter().map(|made| Made {
                uop: made.uop,
                args: &*arena.alloc_slice_copy(made.args),
                immediates: &*arena.alloc_slice_copy(made.immediates),
                result: made.result,
            })),
        };
        Trace {
            arena,
            table: self.table,
            codes: arena.alloc_slice_fill_iter(codes),
            start: self.start,
            parent: self.parent,
            imports: self.imports.clone(),
            values: self.values.clone(),
            constants: self.constants.clone(),
            preheader: self.preheader.iter().map(inst).collect(),
            params: self.params.clone(),
            body: self.body.iter().map(inst).collect(),
            snapshots: self.snapshots.iter().map(snapshot).collect(),
            end: self.end,
            onto: self.onto.clone(),
            finish: self.finish,
        }
    }

    /// The name of the code unit that `origin` is in; `?` if it has none.
    pub fn code_name(&self, origin: Origin) -> &'a str {
        self.codes.get(origin.code as usize).copied().unwrap_or("?")
    }

    /// A new value that an instruction, parameter or import will define.
    pub fn new_value(&mut self, rep: Rep, kinds: Kinds) -> ValueId {
        self.values.push(Value {
            rep,
            kinds,
            constant: None,
        });
        ValueId(self.values.len() as u32 - 1)
    }

    /// The constant `bits` of representation `rep`. The same constant is the same value.
    pub fn constant(&mut self, rep: Rep, bits: u64) -> ValueId {
        self.constants.catch_up(&self.values);
        if let Some(known) = self.constants.ids.get(&(rep, bits)) {
            let value = self.values.get(known.0 as usize);
            if value.is_some_and(|value| (value.rep, value.constant) == (rep, Some(bits))) {
                return *known;
            }
        }
        self.values.push(Value {
            rep,
            kinds: Kinds::ANY,
            constant: Some(bits),
        });
        let new = ValueId(self.values.len() as u32 - 1);
        self.constants.ids.insert((rep, bits), new);
        new
    }

    /// What is known of `value`.
    #[inline]
    pub fn value(&self, value: ValueId) -> &Value {
        &self.values[value.0 as usize]
    }

    /// The snapshot `id`.
    #[inline]
    pub fn snapshot(&self, id: SnapshotId) -> &Snapshot<'a> {
        &self.snapshots[id.0 as usize]
    }

    /// Adds a snapshot.
    pub fn new_snapshot(&mut self, snapshot: Snapshot<'a>) -> SnapshotId {
        self.snapshots.push(snapshot);
        SnapshotId(self.snapshots.len() as u32 - 1)
    }

    /// All instructions in order: preheader, then body.
    pub fn insts(&self) -> impl Iterator<Item = &Inst<'a>> {
        self.preheader.iter().chain(&self.body)
    }

    /// Number of instructions.
    pub fn len(&self) -> usize {
        self.preheader.len() + self.body.len()
    }

    /// Has it no instructions?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What its end hands over to a loop's head ([`Onto::handed_over`]).
    pub fn handed_over(&self) -> impl Iterator<Item = ValueId> + '_ {
        self.onto.iter().flat_map(|onto| onto.handed_over())
    }

    /// Does it repeat?
    pub fn is_loop(&self) -> bool {
        self.end == End::Loop
    }
}

impl Snapshot<'_> {
    /// The values of the trace that it mentions, in the order of [`Import::position`]: slots, then owed, then fields of objects.
    pub fn values(&self) -> impl Iterator<Item = ValueId> + '_ {
        let slots = self.slots.iter().map(|(_, value)| *value);
        let owed = self.owed.iter().copied();
        let fields = self.made.iter().flat_map(|made| made.args).copied();
        let all = slots.chain(owed).chain(fields);
        all.filter(|value| !self.makes(*value))
    }

    /// How many slots, and fields of objects that this exit makes, hold `value`.
    pub fn held(&self, table: &UopTable, value: ValueId) -> usize {
        let slots = self.slots.iter().filter(|(_, held)| *held == value);
        slots.count() + self.held_in_fields(table, value)
    }

    /// How many fields of objects that this exit makes own a reference to `value`.
    pub fn held_in_fields(&self, table: &UopTable, value: ValueId) -> usize {
        let fields = self.made.iter().flat_map(|made| {
            let sets = table.info(made.uop).fields.sets.iter();
            sets.filter(move |(_, content)| match content {
                FieldOperand::Input(input) => made.args.get(usize::from(*input)) == Some(&value),
                FieldOperand::Immediate(_) | FieldOperand::Literal(_) => false,
            })
        });
        fields.count()
    }

    /// Is `value` an object that this exit makes?
    #[inline]
    pub fn makes(&self, value: ValueId) -> bool {
        self.made.iter().any(|made| made.result == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiny::TABLE;

    #[test]
    fn the_same_constant_is_the_same_value() {
        let arena = Bump::new();
        let start = Resume {
            origin: Origin::default(),
            frame: Slot(0),
            top: Slot(0),
        };
        let mut trace = Trace::new(&arena, &TABLE, &[], start, End::Leave);
        let five = trace.constant(Rep::Int, 5);
        assert_eq!(trace.constant(Rep::Int, 5), five);
        assert_ne!(trace.constant(Rep::Word, 5), five);

        // A pass that renumbers values leaves the index stale.
        trace.values.clear();
        let other = trace.new_value(Rep::Float, Kinds::ANY);
        let another = trace.new_value(Rep::Float, Kinds::ANY);
        let five = trace.constant(Rep::Int, 5);
        assert!(five != other && five != another);
        assert_eq!(trace.value(five).constant, Some(5));
        assert_eq!(trace.constant(Rep::Int, 5), five);
    }
}
