//! Never makes objects that nobody gets to see: escape analysis with allocation sinking.
//!
//! # What
//! An object that the trace makes is *virtual* to begin with: what its fields hold is known, and loads, stores, checks and
//! counts of it are worked out here instead of being done. An exit that shows the object to the VM makes it
//! ([`Snapshot::made`]). The first instruction that needs the object itself (a call, a store to memory) has it made
//! just before, so what escapes is made where it escapes. The same walk forwards fields of objects that are real.
//!
//! # Example
//! ```text
//!   v5: word = pair_new v1, v2               ==>
//!   guard_int_lt v3, v4 !e1                      guard_int_lt v3, v4 !e1
//!   v6: word = pair_get v5, #0x0             ==>                          (v1)
//!   incref v6                                    incref v1
//!   decref v5                                    decref v1
//!                                                decref v2
//! e1: ... {s0 = v5}                              e1: ... {s0 = v5} making {v5 = pair_new(v1, v2)}
//! ```
//!
//! # Facts used
//! `alloc`, `gets`, `sets`, `tests`; `counts`; `reads` and `writes`; kinds.
//!
//! # Invariants kept
//! - A virtual object's references are counted here as the trace counts them. Its fields own what was put into them: with its last
//!   reference theirs are dropped.
//! - An exit makes the object with one reference; each slot and each field of another object made there takes one, and all but
//!   the first are owed. That must come to the count there is; where it does not, the object is made before that exit.
//! - What was owed of a virtual object is part of that sum, so it is dropped from the exit's list.
//! - An exit of a virtual object's uop goes with the uop: a check of a known field succeeds. One that would fail is kept, of
//!   the real object.
//! - Nobody else knows a virtual object, so nothing else writes its fields. A field of a real object is known until something that
//!   may be the same field is written.
//! - Where the loop begins and where it ends every object is real.
//!
//! # Cost
//! One walk; for each exit a look at the virtual objects that are alive, which are few.
//!
//! # Limits
//! Objects carried round the loop are made at the end of each round. An object that reaches itself is made.

use sashiko_stencils::info::{FieldOperand, Place};
use sashiko_stencils::uop::Aliases;
use sashiko_stencils::{Rep, Role, UopId, UopInfo, UopTable};
use sashiko_trace::ir::{End, Inst, Made, Op, Origin, Snapshot, SnapshotId, Trace, ValueId};

use crate::facts::Facts;
use crate::numbering::{loop_writes, writes};
use crate::pass::{Pass, PassContext};
use crate::substitution::Substitution;

const REAL: u32 = u32::MAX;
/// A virtual object without references.
const DEAD: u32 = u32::MAX - 1;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Escape {
    facts: Facts,
    substitution: Substitution,
    /// By value: which virtual object it is.
    virtual_of: Vec<u32>,
    /// What fields of real objects hold.
    known: Vec<Known>,
}

/// A field: alias class and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    class: u64,
    index: u64,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Value(ValueId),
    Bits(u64),
}

/// A field of a real object.
#[derive(Clone, Copy, Debug)]
struct Known {
    object: ValueId,
    field: Field,
    content: Content,
    /// Nothing writes it.
    constant: bool,
}

/// A field of a virtual object.
#[derive(Clone, Copy, Debug)]
struct Held {
    field: Field,
    content: Content,
    /// Does it own a reference to what it holds?
    owns: bool,
    /// Which of the setters put it there; `None` if the object is made with it.
    setter: Option<usize>,
    /// Is the object made with whatever it holds?
    given: bool,
}

/// An object that is not made.
#[derive(Debug)]
struct Virtual<'a> {
    value: ValueId,
    alloc: Inst<'a>,
    /// In order of fields.
    fields: Vec<Held>,
    /// What all fields of a class hold that are not among `fields`.
    others: Vec<(u64, u64)>,
    /// Uops that filled fields since.
    setters: Vec<Inst<'a>>,
    references: usize,
}

impl Pass for Escape {
    fn name(&self) -> &'static str {
        "escape"
    }

    fn summary(&self) -> &'static str {
        "never make objects that nobody sees, leave them to exits"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        let uses_fields =
            |inst: &Inst<'_>| info_of(trace.table, inst).is_some_and(|info| !info.fields.is_none());
        if !trace.insts().any(uses_fields) {
            return;
        }
        self.facts.reset(trace);
        self.substitution.reset(trace.values.len());
        self.virtual_of.clear();
        self.virtual_of.resize(trace.values.len(), REAL);
        self.known.clear();
        let walk = Walk {
            increment: increment(trace.table),
            pass: self,
            trace,
            cx,
            virtuals: Vec::new(),
            rewritten: None,
            version: 0,
        };
        walk.run();
    }
}

fn info_of(table: &UopTable, inst: &Inst<'_>) -> Option<&'static UopInfo> {
    match inst.op {
        Op::Uop(uop) => Some(table.info(uop)),
        Op::LoadSlot(_) | Op::StoreSlot(_) => None,
    }
}

/// The uop that adds a reference to any word.
fn increment(table: &'static UopTable) -> Option<UopId> {
    let adds = |info: &UopInfo| {
        info.effects.counts == 1 && !info.exits && info.inputs.len() == 1 && info.result.is_none()
    };
    let position = table.uops.iter().position(adds)?;
    Some(of_any_word(table, UopId(position as u16)))
}

/// What `uop` does, for words of which nothing is known.
fn of_any_word(table: &UopTable, uop: UopId) -> UopId {
    let checks = |info: &UopInfo| info.unchecked == Some(uop);
    let position = table.uops.iter().position(checks);
    position.map_or(uop, |checked| UopId(checked as u16))
}

struct Walk<'w, 'a, 'f> {
    pass: &'w mut Escape,
    trace: &'w mut Trace<'a>,
    cx: &'w mut PassContext<'f>,
    virtuals: Vec<Virtual<'a>>,
    increment: Option<UopId>,
    /// The snapshot rewritten last: of which, when, to which.
    rewritten: Option<(SnapshotId, u32, SnapshotId)>,
    /// Changes with every virtual object.
    version: u32,
}

impl<'a> Walk<'_, 'a, '_> {
    fn run(mut self) {
        let insts = std::mem::take(&mut self.trace.preheader);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            self.inst(inst, &mut out);
        }
        if self.trace.is_loop() {
            self.make_all(&mut out);
            let written = loop_writes(self.trace, &self.pass.facts);
            self.forget(written, None);
        }
        self.trace.preheader = out;
        let insts = std::mem::take(&mut self.trace.body);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            self.inst(inst, &mut out);
        }
        if self.trace.end == End::Leave {
            self.trace.finish = self.exit(self.trace.finish, &mut out);
        } else {
            self.make_all(&mut out);
        }
        self.trace.body = out;
        self.pass.substitution.finish(self.trace);
    }

    /// The virtual object that `value` is.
    fn virtual_of(&self, value: ValueId) -> Option<usize> {
        let index = self.pass.virtual_of.get(value.0 as usize).copied();
        index
            .filter(|index| *index < DEAD)
            .map(|index| index as usize)
    }

    fn inst(&mut self, mut inst: Inst<'a>, out: &mut Vec<Inst<'a>>) {
        self.pass.substitution.apply(&mut inst, self.trace.arena);
        self.without_dead(&mut inst);
        let Op::Uop(uop) = inst.op else {
            self.make_args(&inst, out);
            out.push(inst);
            return;
        };
        let info = self.trace.table.info(uop);
        if self.alloc(&inst, info, out)
            || self.access(&inst, info, out)
            || self.count(&inst, info, out)
            || self.proved(&inst, info)
        {
            return;
        }
        self.make_args(&inst, out);
        if self.forward(&inst, info) {
            return;
        }
        inst.snapshot = inst.snapshot.map(|snapshot| self.exit(snapshot, out));
        let written = writes(self.trace.table, &self.pass.facts, &inst);
        let sets = info.fields.sets.iter();
        let sets = sets.filter(|(place, _)| place.object.is_some());
        let set = sets.fold(0, |set, (place, _)| set | place.class.0);
        self.forget(Aliases(written.0 & !set), None);
        self.learn(&inst, info);
        self.pass.facts.learn(self.trace.table, &inst);
        out.push(inst);
    }

    /// Slots above the top of the stack may still be given the word of a dead object. Nobody reads them: any word will do.
    fn without_dead(&mut self, inst: &mut Inst<'a>) {
        let virtual_of = &self.pass.virtual_of;
        let dead = |value: ValueId| virtual_of.get(value.0 as usize) == Some(&DEAD);
        if inst.args.iter().any(|arg| dead(*arg)) {
            let args: Vec<bool> = inst.args.iter().map(|arg| dead(*arg)).collect();
            let nothing = self.constant(Rep::Word, 0);
            let args = args.into_iter().zip(inst.args);
            let args = args.map(|(dead, arg)| if dead { nothing } else { *arg });
            let args: Vec<ValueId> = args.collect();
            inst.args = self.trace.arena.alloc_slice_copy(&args);
        }
    }

    /// Which field of `inst` `place` is, if that is known now.
    fn field(&self, inst: &Inst<'_>, place: &Place) -> Option<Field> {
        let index = match place.index? {
            FieldOperand::Literal(index) => index,
            FieldOperand::Immediate(at) => inst.immediates[usize::from(at)],
            FieldOperand::Input(input) => {
                self.trace.value(inst.args[usize::from(input)]).constant?
            }
        };
        Some(Field {
            class: place.class.0,
            index,
        })
    }

    // ---- virtual objects

    /// `v = alloc(a, b) ==>`, a virtual object.
    fn alloc(&mut self, inst: &Inst<'a>, info: &UopInfo, out: &mut Vec<Inst<'a>>) -> bool {
        let Some(value) = inst.result.filter(|_| info.fields.alloc) else {
            return false;
        };
        let mut made = Virtual {
            value,
            alloc: *inst,
            fields: Vec::new(),
            others: Vec::new(),
            setters: Vec::new(),
            references: 1,
        };
        for (place, operand) in info.fields.sets {
            let content = content(inst, *operand);
            match (self.field(inst, place), place.index, content) {
                (Some(field), ..) => made.fields.push(Held {
                    field,
                    content,
                    owns: owns(info, *operand),
                    setter: None,
                    given: matches!(content, Content::Value(_)),
                }),
                (None, None, Content::Bits(bits)) => made.others.push((place.class.0, bits)),
                _ => return false,
            }
        }
        made.fields.sort_unstable_by_key(|held| held.field);
        if !self.cx.rewrite("sink") {
            return false;
        }
        for (input, arg) in inst.args.iter().enumerate() {
            let input = FieldOperand::Input(input as u8);
            if !info
                .fields
                .sets
                .iter()
                .any(|(_, operand)| *operand == input)
            {
                self.make_value(*arg, out);
            }
        }
        self.pass.virtual_of[value.0 as usize] = self.virtuals.len() as u32;
        self.virtuals.push(made);
        self.version += 1;
        true
    }

    /// A load, store or check of a virtual object's field.
    fn access(&mut self, inst: &Inst<'a>, info: &UopInfo, out: &mut Vec<Inst<'a>>) -> bool {
        let fields = &info.fields;
        if fields.alloc {
            return false;
        }
        let sets = fields.sets.iter().map(|(place, _)| place);
        let tests = fields.tests.iter().map(|(place, _)| place);
        let mut object = None;
        for place in fields.gets.iter().chain(sets).chain(tests) {
            let input = place.object.map(|input| inst.args[usize::from(input)]);
            if object.is_some_and(|object| Some(object) != input) {
                return false;
            }
            object = Some(input.unwrap_or(inst.args[0]));
        }
        let Some(object) = object.and_then(|object| self.virtual_of(object)) else {
            return false;
        };
        let Ok(result) = self.got(inst, info, object) else {
            return false;
        };
        if !self.fills(inst, info, object) || !self.cx.rewrite("field") {
            return false;
        }
        if !fields.sets.is_empty() {
            self.fill(inst, info, object, out);
        }
        if let (Some(old), Some(new)) = (inst.result, result) {
            self.pass.substitution.replace(old, new);
        }
        true
    }

    /// What a load or check of a virtual object's field comes to; an error if it cannot be told or would fail.
    fn got(
        &mut self,
        inst: &Inst<'_>,
        info: &UopInfo,
        object: usize,
    ) -> Result<Option<ValueId>, ()> {
        if let Some((place, expected)) = &info.fields.tests {
            let field = self.field(inst, place).ok_or(())?;
            let found = self.virtuals[object].content(field).ok_or(())?;
            if found != content(inst, *expected) {
                return Err(());
            }
        }
        let Some(place) = &info.fields.gets else {
            // A result that is no field's content is not known.
            return inst.result.map_or(Ok(None), |_| Err(()));
        };
        let field = self.field(inst, place).ok_or(())?;
        let found = self.virtuals[object].content(field).ok_or(())?;
        self.as_result(inst, found).map(Some).ok_or(())
    }

    /// `content` as the result of `inst`.
    fn as_result(&mut self, inst: &Inst<'_>, content: Content) -> Option<ValueId> {
        let rep = self.trace.value(inst.result?).rep;
        match content {
            Content::Value(value) => (self.trace.value(value).rep == rep).then_some(value),
            Content::Bits(bits) => Some(self.constant(rep, bits)),
        }
    }

    fn constant(&mut self, rep: Rep, bits: u64) -> ValueId {
        let value = self.trace.constant(rep, bits);
        let values = self.trace.values.len();
        self.pass.virtual_of.resize(values, REAL);
        value
    }

    /// Can what `inst` sets be put into the virtual `object`?
    fn fills(&self, inst: &Inst<'_>, info: &UopInfo, object: usize) -> bool {
        info.fields.sets.iter().all(|(place, operand)| {
            let Some(field) = self.field(inst, place) else {
                return false;
            };
            match content(inst, *operand) {
                Content::Value(value) => !self.reaches(value, object),
                // What the object was made with would be forgotten.
                Content::Bits(_) => !matches!(
                    self.virtuals[object].content(field),
                    Some(Content::Value(_))
                ),
            }
        })
    }

    /// Is `object` the virtual object `value`, or in a field of it?
    fn reaches(&self, value: ValueId, object: usize) -> bool {
        self.virtual_of(value).is_some_and(|from| {
            let mut fields = self.virtuals[from].fields.iter();
            from == object
                || fields.any(|held| match held.content {
                    Content::Value(value) => self.reaches(value, object),
                    Content::Bits(_) => false,
                })
        })
    }

    fn fill(&mut self, inst: &Inst<'a>, info: &UopInfo, object: usize, out: &mut Vec<Inst<'a>>) {
        for (input, arg) in inst.args.iter().enumerate() {
            let operand = FieldOperand::Input(input as u8);
            let is_content = info
                .fields
                .sets
                .iter()
                .any(|(_, content)| *content == operand);
            let is_object = self.virtual_of(*arg) == Some(object);
            if !is_content && !is_object {
                self.make_value(*arg, out);
            }
        }
        let setter = self.virtuals[object].setters.len();
        for (place, operand) in info.fields.sets {
            let Some(field) = self.field(inst, place) else {
                continue;
            };
            let held = Held {
                field,
                content: content(inst, *operand),
                owns: owns(info, *operand),
                setter: Some(setter),
                given: false,
            };
            let fields = &mut self.virtuals[object].fields;
            match fields.binary_search_by_key(&field, |held| held.field) {
                Ok(at) if fields[at].given => fields[at].content = held.content,
                Ok(at) => fields[at] = held,
                Err(at) => fields.insert(at, held),
            }
        }
        self.virtuals[object].setters.push(*inst);
        self.version += 1;
    }

    /// An increment or decrement of a virtual object.
    fn count(&mut self, inst: &Inst<'a>, info: &UopInfo, out: &mut Vec<Inst<'a>>) -> bool {
        let (&[arg], Op::Uop(uop)) = (inst.args, inst.op) else {
            return false;
        };
        let Some(object) = self.virtual_of(arg).filter(|_| info.effects.counts != 0) else {
            return false;
        };
        if !self.cx.rewrite("count") {
            return false;
        }
        if info.effects.counts > 0 {
            self.virtuals[object].references += 1;
            self.version += 1;
        } else {
            self.drop_reference(object, of_any_word(self.trace.table, uop), inst.origin, out);
        }
        true
    }

    /// `decref v ==> decref a, decref b`, with the last reference to a virtual object that holds `a` and `b`.
    fn drop_reference(
        &mut self,
        object: usize,
        decrement: UopId,
        origin: Origin,
        out: &mut Vec<Inst<'a>>,
    ) {
        self.version += 1;
        let dying = &mut self.virtuals[object];
        dying.references = dying.references.saturating_sub(1);
        if dying.references > 0 {
            return;
        }
        let value = dying.value;
        let fields = std::mem::take(&mut dying.fields);
        self.pass.virtual_of[value.0 as usize] = DEAD;
        for held in fields {
            let Content::Value(held) = held.content.owned(held.owns) else {
                continue;
            };
            if let Some(inner) = self.virtual_of(held) {
                self.drop_reference(inner, decrement, origin, out);
                continue;
            }
            let drop = self.uop(decrement, &[held], origin, "count");
            self.forget(writes(self.trace.table, &self.pass.facts, &drop), None);
            out.push(drop);
        }
    }

    /// `guard_K v ==>`, of a virtual object known to be of kind `K`.
    fn proved(&mut self, inst: &Inst<'_>, info: &UopInfo) -> bool {
        info.role == Role::Guard
            && inst.result.is_none()
            && inst.args.iter().any(|arg| self.virtual_of(*arg).is_some())
            && self.pass.facts.prove(self.trace.table, inst)
            && self.cx.rewrite("proved")
    }

    // ---- making them after all

    fn uop(&self, uop: UopId, args: &[ValueId], origin: Origin, rule: &'static str) -> Inst<'a> {
        Inst {
            op: Op::Uop(uop),
            args: self.trace.arena.alloc_slice_copy(args),
            immediates: &[],
            result: None,
            snapshot: None,
            origin,
            by: self.cx.by(rule),
        }
    }

    fn make_args(&mut self, inst: &Inst<'_>, out: &mut Vec<Inst<'a>>) {
        for arg in inst.args {
            self.make_value(*arg, out);
        }
    }

    fn make_value(&mut self, value: ValueId, out: &mut Vec<Inst<'a>>) {
        if let Some(object) = self.virtual_of(value) {
            self.make(object, out);
        }
    }

    /// Every virtual object becomes real.
    fn make_all(&mut self, out: &mut Vec<Inst<'a>>) {
        for object in 0..self.virtuals.len() {
            if self.virtual_of(self.virtuals[object].value) == Some(object) {
                self.make(object, out);
            }
        }
    }

    /// Writes down what makes `object`, here.
    fn make(&mut self, object: usize, out: &mut Vec<Inst<'a>>) {
        self.version += 1;
        let value = self.virtuals[object].value;
        for at in 0..self.virtuals[object].fields.len() {
            if let Content::Value(inner) = self.virtuals[object].fields[at].content {
                self.make_value(inner, out);
            }
        }
        self.pass.virtual_of[value.0 as usize] = REAL;
        let mut steps = Vec::new();
        self.steps(object, &mut steps);
        let alloc = self.virtuals[object].alloc;
        for made in steps {
            let info = self.trace.table.info(made.uop);
            let forgotten = info.result.filter(|_| made.result.is_none());
            let forgotten = forgotten.map(|result| self.trace.new_value(result.rep, result.kinds));
            out.push(Inst {
                op: Op::Uop(made.uop),
                args: made.args,
                immediates: made.immediates,
                result: made.result.or(forgotten),
                by: alloc.by.or(self.cx.by("sink")),
                ..alloc
            });
        }
        self.pass.virtual_of.resize(self.trace.values.len(), REAL);
        for _ in 1..self.virtuals[object].references {
            let increment = self.increment.expect("something counted it");
            out.push(self.uop(increment, &[value], alloc.origin, "sink"));
        }
        let known = self.virtuals[object].fields.iter().map(|held| Known {
            object: value,
            field: held.field,
            content: held.content,
            constant: false,
        });
        self.pass.known.extend(known);
    }

    /// The uops that make `object` as it is now, its fields' objects not included.
    fn steps(&self, object: usize, steps: &mut Vec<Made<'a>>) {
        let made = &self.virtuals[object];
        let setters = made.setters.iter().enumerate();
        let needed = setters.filter(|(setter, _)| {
            let mut fields = made.fields.iter();
            fields.any(|held| held.setter == Some(*setter))
        });
        let insts = std::iter::once(&made.alloc).chain(needed.map(|(_, inst)| inst));
        for inst in insts {
            let Op::Uop(uop) = inst.op else { continue };
            let info = self.trace.table.info(uop);
            let mut args: Vec<ValueId> = inst.args.to_vec();
            for (place, operand) in info.fields.sets {
                // Whatever was there when the uop ran: its fields hold what they do now.
                if let FieldOperand::Input(input) = *operand
                    && let Some(field) = self.field(inst, place)
                    && let Some(Content::Value(now)) = made.content(field)
                {
                    args[usize::from(input)] = now;
                }
            }
            steps.push(Made {
                uop,
                args: self.trace.arena.alloc_slice_copy(&args),
                immediates: inst.immediates,
                result: inst.result.filter(|_| info.fields.alloc),
            });
        }
    }

    // ---- exits

    /// The snapshot of an exit here: virtual objects that it mentions are made by it.
    fn exit(&mut self, id: SnapshotId, out: &mut Vec<Inst<'a>>) -> SnapshotId {
        if let Some((of, version, rewritten)) = self.rewritten
            && (of, version) == (id, self.version)
        {
            return rewritten;
        }
        loop {
            let (snapshot, mentions) = self.rebuilt(id);
            let wrong = (0..self.virtuals.len()).find(|object| {
                let value = self.virtuals[*object].value;
                self.virtual_of(value) == Some(*object) && !self.balances(&snapshot, *object)
            });
            if let Some(object) = wrong {
                self.make(object, out);
                continue;
            }
            if !mentions {
                return id;
            }
            let rewritten = self.settled(snapshot);
            self.rewritten = Some((id, self.version, rewritten));
            return rewritten;
        }
    }

    /// Snapshot `id` with what makes the virtual objects it mentions, if it mentions any.
    fn rebuilt(&self, id: SnapshotId) -> (Snapshot<'a>, bool) {
        let mut snapshot = *self.trace.snapshot(id);
        let resolve = |value: ValueId| self.pass.substitution.resolve(value);
        let slots = snapshot.slots.iter().map(|(_, value)| *value);
        let fields = snapshot.made.iter().flat_map(|made| made.args);
        let others = snapshot.owed.iter().chain(fields).copied();
        let mentioned = slots.chain(others).map(resolve);
        let mut made = Vec::new();
        for value in mentioned {
            self.recipe(value, &mut made);
        }
        if made.is_empty() {
            return (snapshot, false);
        }
        let arena = self.trace.arena;
        let slots = snapshot.slots.iter();
        snapshot.slots =
            arena.alloc_slice_fill_iter(slots.map(|(slot, value)| (*slot, resolve(*value))));
        snapshot.owed = self.pass.substitution.resolve_all(snapshot.owed, arena);
        made.extend(snapshot.made.iter().map(|made| Made {
            args: self.pass.substitution.resolve_all(made.args, arena),
            ..*made
        }));
        snapshot.made = arena.alloc_slice_copy(&made);
        (snapshot, true)
    }

    /// What makes the virtual object `value`, and those in its fields, behind what makes others.
    fn recipe(&self, value: ValueId, made: &mut Vec<Made<'a>>) {
        let Some(object) = self.virtual_of(value) else {
            return;
        };
        if made.iter().any(|made| made.result == Some(value)) {
            return;
        }
        for held in &self.virtuals[object].fields {
            if let Content::Value(inner) = held.content {
                self.recipe(inner, made);
            }
        }
        self.steps(object, made);
    }

    /// Are the references to `object` those that `snapshot` shows?
    fn balances(&self, snapshot: &Snapshot<'_>, object: usize) -> bool {
        let Virtual {
            value, references, ..
        } = self.virtuals[object];
        let owed = snapshot.owed.iter().filter(|owed| **owed == value).count();
        snapshot.held(self.trace.table, value) == references + owed
    }

    /// `snapshot`, owing each object it makes a reference for every mention but the first.
    fn settled(&mut self, snapshot: Snapshot<'a>) -> SnapshotId {
        let owed = snapshot.owed.iter().copied();
        let mut owed: Vec<ValueId> = owed
            .filter(|value| self.virtual_of(*value).is_none())
            .collect();
        for made in snapshot.made {
            if let Some(value) = made
                .result
                .filter(|value| self.virtual_of(*value).is_some())
            {
                let held = snapshot.held(self.trace.table, value);
                owed.extend((1..held).map(|_| value));
            }
        }
        let owed = self.trace.arena.alloc_slice_copy(&owed);
        self.trace.new_snapshot(Snapshot { owed, ..snapshot })
    }

    // ---- fields of real objects

    /// `get v, #i ==> x` and `test v, #i, x ==>`, where the field is known to hold `x`.
    fn forward(&mut self, inst: &Inst<'a>, info: &UopInfo) -> bool {
        if let Some((place, expected)) = &info.fields.tests {
            return self.known(inst, place) == Some(content(inst, *expected))
                && self.cx.rewrite("known-guard");
        }
        let (Some(place), Some(result)) = (&info.fields.gets, inst.result) else {
            return false;
        };
        let found = self.known(inst, place);
        let Some(found) = found.and_then(|found| self.as_result(inst, found)) else {
            return false;
        };
        let only_gets = info.fields.sets.is_empty();
        if !only_gets || !self.cx.rewrite("known-field") {
            return false;
        }
        self.pass.substitution.replace(result, found);
        true
    }

    fn known(&self, inst: &Inst<'_>, place: &Place) -> Option<Content> {
        let object = inst.args[usize::from(place.object?)];
        let field = self.field(inst, place)?;
        let mut known = self.pass.known.iter().rev();
        let known = known.find(|known| known.object == object && known.field == field)?;
        Some(known.content)
    }

    /// Notes what fields hold behind `inst`.
    fn learn(&mut self, inst: &Inst<'_>, info: &UopInfo) {
        for (place, _) in info.fields.sets {
            if place.object.is_some() {
                let index = self.field(inst, place).map(|field| field.index);
                self.forget(place.class, index);
            }
        }
        let object = |place: &Place| match place.object {
            Some(input) => Some(inst.args[usize::from(input)]),
            None => inst.result,
        };
        let mut learned: Vec<(&Place, Content)> = Vec::new();
        learned.extend(
            info.fields
                .sets
                .iter()
                .map(|(place, operand)| (place, content(inst, *operand))),
        );
        if let Some((place, expected)) = &info.fields.tests {
            learned.push((place, content(inst, *expected)));
        }
        if let (Some(place), true, Some(result)) =
            (&info.fields.gets, info.fields.sets.is_empty(), inst.result)
        {
            learned.push((place, Content::Value(result)));
        }
        for (place, content) in learned {
            if let (Some(object), Some(field)) = (object(place), self.field(inst, place)) {
                let reads = info.effects.reads.union(info.effects.writes);
                self.pass.known.push(Known {
                    object,
                    field,
                    content,
                    constant: !info.fields.alloc && !reads.overlaps(Aliases(field.class)),
                });
            }
        }
    }

    /// Memory `written` holds something else now; if `index` is given, only fields of that number.
    fn forget(&mut self, written: Aliases, index: Option<u64>) {
        if written == Aliases::NONE {
            return;
        }
        self.pass.known.retain(|known| {
            let same_index = index.is_none_or(|index| index == known.field.index);
            known.constant || !(same_index && written.overlaps(Aliases(known.field.class)))
        });
    }
}

impl Virtual<'_> {
    fn content(&self, field: Field) -> Option<Content> {
        let at = self.fields.binary_search_by_key(&field, |held| held.field);
        if let Ok(at) = at {
            return Some(self.fields[at].content);
        }
        let other = self.others.iter().find(|(class, _)| *class == field.class);
        other.map(|(_, bits)| Content::Bits(*bits))
    }
}

impl Content {
    /// Itself if a field that holds it owns a reference to it.
    fn owned(self, owns: bool) -> Content {
        if owns { self } else { Content::Bits(0) }
    }
}

/// What `operand` of `inst` is.
fn content(inst: &Inst<'_>, operand: FieldOperand) -> Content {
    match operand {
        FieldOperand::Input(input) => Content::Value(inst.args[usize::from(input)]),
        FieldOperand::Immediate(at) => Content::Bits(inst.immediates[usize::from(at)]),
        FieldOperand::Literal(bits) => Content::Bits(bits),
    }
}

/// Does a field that is set from `operand` own a reference?
fn owns(info: &UopInfo, operand: FieldOperand) -> bool {
    match operand {
        FieldOperand::Input(input) => info.inputs[usize::from(input)].rep == Rep::Word,
        FieldOperand::Immediate(_) | FieldOperand::Literal(_) => false,
    }
}
