//! What must hold of every trace in SSA form, checked after the lift and after every pass.
//!
//! A pass that breaks a trace is found here, with the value, the instruction and the rule, and not three stages later
//! as wrong machine code. All violations are reported, not just the first, since one mistake often shows best in the
//! last place it reaches.
//!
//! | rule                  | what it says                                                                      |
//! |-----------------------|-----------------------------------------------------------------------------------|
//! | `known-name`          | every value, snapshot and uop that is named exists                                |
//! | `defined-once`        | a value has one definition; constants have none                                   |
//! | `defined-before-use`  | a use comes behind its definition: preheader, loop parameters, body               |
//! | `signature`           | numbers of arguments and immediates, presence of a result: what the uop says      |
//! | `representation`      | arguments, results, parameters, stored words: the representation asked for        |
//! | `immediate-fits`      | an immediate of 32 bits is the sign extension of its low half                     |
//! | `exits-have-snapshots`| an instruction has a snapshot exactly if its uop can exit                         |
//! | `snapshot-slots`      | sorted, each once, below the snapshot's top                                       |
//! | `boxable`             | what a slot of a snapshot holds is a word or can be boxed; what is owed is a word |
//! | `made`                | what an exit makes: uops that cannot exit, with arguments they take; all references accounted for |
//! | `finish`              | at a jump or a loop's end memory is the truth: the last snapshot is empty         |
//! | `onto`                | a jump onto a loop's head: an argument for each parameter, and the snapshot lists those |
//! | `loop-parameters`     | only loops have parameters; a first value comes from before the loop              |
//! | `imports`             | only side traces have imports, each position once                                 |
//! | `slot-in-reach`       | slots can be reached with a 32-bit offset                                         |
//! | `constant-bits`       | a constant truth value is 0 or 1                                                  |

use std::fmt;

use sashiko_stencils::{Rep, UopInfo};

use crate::ir::{End, Inst, Onto, Op, Param, Slot, Snapshot, SnapshotId, Trace, ValueId};
use crate::text::{constant_text, inst_text, operand_text};

/// Slots up to here (and down to its negative) are within reach of a 32-bit offset in bytes.
const FARTHEST_SLOT: u32 = (1 << 28) - 1;

/// A trace that breaks rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// What is wrong, in the order of the trace; not empty.
    pub violations: Vec<Violation>,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong, naming value and instruction.
    pub message: String,
    /// The rule's name.
    pub rule: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (rule: {})", self.message, self.rule)
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.violations.iter().enumerate() {
            let between = if i == 0 { "" } else { "\n" };
            write!(f, "{between}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for VerifyError {}

/// Checks every rule.
///
/// # Errors
/// If rules are broken: all places where they are.
pub fn verify(trace: &Trace<'_>) -> Result<(), VerifyError> {
    let mut verifier = Verifier {
        trace,
        defined: vec![false; trace.values.len()],
        boxable: Rep::ALL.map(|rep| rep == Rep::Word || trace.table.boxer(rep).is_some()),
        checked: vec![false; trace.snapshots.len()],
        violations: Vec::new(),
    };
    verifier.trace();
    match verifier.violations {
        violations if violations.is_empty() => Ok(()),
        violations => Err(VerifyError { violations }),
    }
}

struct Verifier<'t, 'a> {
    trace: &'t Trace<'a>,
    /// By value: has it been defined where the verifier stands?
    defined: Vec<bool>,
    boxable: [bool; Rep::ALL.len()],
    /// Snapshots whose own rules have been checked.
    checked: Vec<bool>,
    violations: Vec<Violation>,
}

/// A place in the trace, for messages.
#[derive(Clone, Copy)]
enum At<'t> {
    Import,
    Inst(&'t str, &'t str, usize),
    Param(usize),
    Finish,
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Import => f.write_str("an import"),
            At::Inst(name, part, index) => write!(f, "`{name}` at {part}[{index}]"),
            At::Param(index) => write!(f, "loop parameter {index}"),
            At::Finish => f.write_str("the finishing snapshot"),
        }
    }
}

impl Verifier<'_, '_> {
    fn violation(&mut self, rule: &'static str, message: String) {
        self.violations.push(Violation { message, rule });
    }

    fn trace(&mut self) {
        let trace = self.trace;
        self.constants();
        self.imports();
        for (i, inst) in trace.preheader.iter().enumerate() {
            self.inst(inst, "preheader", i);
        }
        self.param_definitions();
        for (i, inst) in trace.body.iter().enumerate() {
            self.inst(inst, "body", i);
        }
        self.param_nexts();
        self.finish();
    }

    fn constants(&mut self) {
        for (i, value) in self.trace.values.iter().enumerate() {
            if value.rep == Rep::Bool && value.constant.is_some_and(|bits| bits > 1) {
                let bits = constant_text(value.rep, value.constant.unwrap_or(0));
                self.violation("constant-bits", format!("v{i} is the truth value {bits}"));
            }
        }
    }

    fn imports(&mut self) {
        let trace = self.trace;
        if trace.parent.is_none() && !trace.imports.is_empty() {
            let message = "a trace without a parent has imports".to_owned();
            self.violation("imports", message);
        }
        let mut positions: Vec<u32> = trace.imports.iter().map(|import| import.position).collect();
        positions.sort_unstable();
        for pair in positions.windows(2) {
            if pair[0] == pair[1] {
                self.violation("imports", format!("position {} is imported twice", pair[0]));
            }
        }
        for import in &trace.imports {
            self.define(import.value, At::Import);
        }
    }

    fn define(&mut self, value: ValueId, at: At<'_>) {
        let Some(known) = self.trace.values.get(value.0 as usize) else {
            let message = format!("{at} defines {value}, which is no value of this trace");
            return self.violation("known-name", message);
        };
        if known.constant.is_some() {
            self.violation("defined-once", format!("{at} defines {value}, a constant"));
        }
        if self.defined[value.0 as usize] {
            let message = format!("{at} defines {value}, which is defined already");
            self.violation("defined-once", message);
        }
        self.defined[value.0 as usize] = true;
    }

    /// Checks a use; says how the value is held if it exists.
    fn used(&mut self, value: ValueId, at: At<'_>) -> Option<Rep> {
        let Some(known) = self.trace.values.get(value.0 as usize) else {
            let message = format!("{at} uses {value}, which is no value of this trace");
            self.violation("known-name", message);
            return None;
        };
        if known.constant.is_none() && !self.defined[value.0 as usize] {
            let message = format!("{value} is used by {at} before it is defined");
            self.violation("defined-before-use", message);
        }
        Some(known.rep)
    }

    fn held_as(&mut self, rep: Option<Rep>, wanted: Rep, value: ValueId, what: &str, at: At<'_>) {
        if let Some(rep) = rep
            && rep != wanted
        {
            let message = format!(
                "{} is held as {}, but {what} of {at} is {}",
                operand_text(self.trace, value),
                rep.name(),
                wanted.name()
            );
            self.violation("representation", message);
        }
    }

    fn slot(&mut self, slot: Slot, at: At<'_>) {
        if slot.0.unsigned_abs() > FARTHEST_SLOT {
            self.violation("slot-in-reach", format!("{at} names {slot}, out of reach"));
        }
    }

    fn inst(&mut self, inst: &Inst<'_>, part: &'static str, index: usize) {
        let (name, info) = match inst.op {
            Op::LoadSlot(_) => ("load_slot", None),
            Op::StoreSlot(_) => ("store_slot", None),
            Op::Uop(uop) => {
                let Some(info) = self.trace.table.uops.get(usize::from(uop.0)) else {
                    let message = format!("{part}[{index}] runs uop {}, which is none", uop.0);
                    return self.violation("known-name", message);
                };
                (info.name, Some(info))
            }
        };
        let at = At::Inst(name, part, index);
        let args: Vec<Option<Rep>> = inst.args.iter().map(|arg| self.used(*arg, at)).collect();
        match (inst.op, info) {
            (_, Some(info)) => self.uop(inst, info, &args, at),
            (Op::LoadSlot(slot), _) => {
                self.slot(slot, at);
                self.shape(inst, (0, 0, Some(Rep::Word)), at);
            }
            (Op::StoreSlot(slot), _) => {
                self.slot(slot, at);
                self.shape(inst, (1, 0, None), at);
                if let [rep] = args[..] {
                    self.held_as(rep, Rep::Word, inst.args[0], "what is stored", at);
                }
            }
            (Op::Uop(_), None) => {}
        }
        let exits = info.is_some_and(|info| info.exits);
        match inst.snapshot {
            Some(_) if !exits => {
                let message = format!("{at} cannot exit, but has a snapshot");
                self.violation("exits-have-snapshots", message);
            }
            None if exits => {
                let message = format!("{at} can exit, but has no snapshot");
                self.violation("exits-have-snapshots", message);
            }
            _ => {}
        }
        if let Some(snapshot) = inst.snapshot {
            self.snapshot(snapshot, at);
        }
        if let Some(result) = inst.result {
            self.define(result, at);
        }
    }

    /// Checks numbers of arguments and immediates, and the result.
    fn shape(&mut self, inst: &Inst<'_>, wanted: (usize, usize, Option<Rep>), at: At<'_>) {
        let (args, immediates, result) = wanted;
        if inst.args.len() != args || inst.immediates.len() != immediates {
            let message = format!(
                "{at} has {} arguments and {} immediates, but takes {args} and {immediates}: `{}`",
                inst.args.len(),
                inst.immediates.len(),
                inst_text(self.trace, inst),
            );
            self.violation("signature", message);
        }
        match (inst.result, result) {
            (None, None) => {}
            (Some(value), Some(rep)) => {
                let held = self
                    .trace
                    .values
                    .get(value.0 as usize)
                    .map(|value| value.rep);
                self.held_as(held, rep, value, "the result", at);
            }
            (Some(value), None) => {
                let message = format!("{at} defines {value}, but has no result");
                self.violation("signature", message);
            }
            (None, Some(_)) => {
                self.violation("signature", format!("the result of {at} has no value"));
            }
        }
    }

    fn uop(&mut self, inst: &Inst<'_>, info: &UopInfo, args: &[Option<Rep>], at: At<'_>) {
        let result = info.result.map(|result| result.rep);
        self.shape(inst, (info.inputs.len(), info.immediates.len(), result), at);
        for ((input, arg), rep) in info.inputs.iter().zip(inst.args).zip(args) {
            self.held_as(*rep, input.rep, *arg, input.name, at);
        }
        for (immediate, bits) in info.immediates.iter().zip(inst.immediates) {
            let bits = *bits as i64;
            if immediate.bits == 32 && i64::from(bits as i32) != bits {
                let name = immediate.name;
                let message = format!("immediate `{name}` of {at} is {bits:#x}, not 32 bits");
                self.violation("immediate-fits", message);
            }
        }
    }

    fn snapshot(&mut self, id: SnapshotId, at: At<'_>) {
        let Some(snapshot) = self.trace.snapshots.get(id.0 as usize) else {
            let message = format!("{at} names snapshot {id}, which does not exist");
            return self.violation("known-name", message);
        };
        for value in snapshot.values() {
            self.used(value, at);
        }
        if std::mem::replace(&mut self.checked[id.0 as usize], true) {
            return;
        }
        self.snapshot_slots(id, snapshot, at);
        self.made(id, snapshot);
        for value in snapshot.owed {
            let rep = self
                .trace
                .values
                .get(value.0 as usize)
                .map(|value| value.rep);
            if rep.is_some_and(|rep| rep != Rep::Word) {
                let value = operand_text(self.trace, *value);
                self.violation("boxable", format!("{id} owes {value}, which is no word"));
            }
        }
    }

    /// What the exit makes.
    fn made(&mut self, id: SnapshotId, snapshot: &Snapshot<'_>) {
        for position in 0..snapshot.made.len() {
            if let Err(problem) = self.makes(snapshot, position) {
                self.violation("made", format!("{id} {problem}"));
            }
        }
    }

    fn makes(&self, snapshot: &Snapshot<'_>, position: usize) -> Result<(), String> {
        let made = &snapshot.made[position];
        let table = self.trace.table;
        let Some(info) = table.uops.get(usize::from(made.uop.0)) else {
            return Err(format!("runs uop {}, which is none", made.uop.0));
        };
        let name = info.name;
        if info.exits || info.slow.is_some() || info.takes_base {
            return Err(format!("runs `{name}`, which may leave, or sees slots"));
        }
        let given = (made.args.len(), made.immediates.len());
        if given != (info.inputs.len(), info.immediates.len()) {
            return Err(format!("gives `{name}` a wrong number of arguments"));
        }
        for (input, arg) in info.inputs.iter().zip(made.args) {
            let rep = self.trace.values.get(arg.0 as usize);
            let boxes = |rep: Rep| input.rep == Rep::Word && self.boxable[rep as usize];
            if rep.is_some_and(|value| value.rep != input.rep && !boxes(value.rep)) {
                return Err(format!("gives `{name}` {arg}, which it does not take"));
            }
            let mut later = snapshot.made[position..].iter();
            if later.any(|made| made.result == Some(*arg)) {
                return Err(format!("gives `{name}` {arg} before it is made"));
            }
        }
        let Some(result) = made.result else {
            return Ok(());
        };
        let mut earlier = snapshot.made[..position].iter();
        if !info.fields.alloc || earlier.any(|made| made.result == Some(result)) {
            return Err(format!(
                "makes {result} twice, or by `{name}`, which makes no object"
            ));
        }
        let held = snapshot.held(table, result);
        let owed = snapshot.owed.iter().filter(|owed| **owed == result).count();
        if held != owed + 1 {
            return Err(format!(
                "mentions {result} {held} times, but owes it {owed}"
            ));
        }
        Ok(())
    }

    fn snapshot_slots(&mut self, id: SnapshotId, snapshot: &Snapshot<'_>, at: At<'_>) {
        let top = snapshot.resume.top;
        self.slot(top, at);
        for pair in snapshot.slots.windows(2) {
            if pair[0].0 >= pair[1].0 {
                let message = format!("{id} has {} before {}", pair[0].0, pair[1].0);
                self.violation("snapshot-slots", message);
            }
        }
        for &(slot, value) in snapshot.slots {
            self.slot(slot, at);
            if slot >= top {
                let message = format!("{id} fills {slot}, which is not below its top {top}");
                self.violation("snapshot-slots", message);
            }
            let rep = self
                .trace
                .values
                .get(value.0 as usize)
                .map(|value| value.rep);
            if let Some(rep) = rep
                && !self.boxable[rep as usize]
            {
                let rep = rep.name();
                let value = operand_text(self.trace, value);
                let message =
                    format!("{id} has {value} in {slot}: no uop boxes what is held as {rep}");
                self.violation("boxable", message);
            }
        }
    }

    fn param_definitions(&mut self) {
        let trace = self.trace;
        if !trace.params.is_empty() && !trace.is_loop() {
            let message = "a trace that is no loop has loop parameters".to_owned();
            self.violation("loop-parameters", message);
        }
        for (i, param) in trace.params.iter().enumerate() {
            let Param {
                value, init, slot, ..
            } = *param;
            let at = At::Param(i);
            let rep = self.used(init, at);
            let wanted = trace.values.get(value.0 as usize).map(|value| value.rep);
            if let Some(wanted) = wanted {
                self.held_as(rep, wanted, init, "the value", at);
            }
            if let Some(slot) = slot {
                self.slot(slot, at);
            }
        }
        for (i, param) in trace.params.iter().enumerate() {
            self.define(param.value, At::Param(i));
        }
    }

    fn param_nexts(&mut self) {
        let trace = self.trace;
        for (i, param) in trace.params.iter().enumerate() {
            let at = At::Param(i);
            let rep = self.used(param.next, at);
            let wanted = trace
                .values
                .get(param.value.0 as usize)
                .map(|value| value.rep);
            if let Some(wanted) = wanted {
                self.held_as(rep, wanted, param.next, "the value", at);
            }
        }
    }

    fn onto(&mut self, onto: &Onto, finish: &Snapshot<'_>) {
        let trace = self.trace;
        for value in onto.handed_over() {
            self.used(value, At::Finish);
        }
        let mut wrong = |message: &str| self.violation("onto", message.to_owned());
        if !matches!(trace.end, End::Jump(_)) {
            wrong("a trace that does not jump goes on at no loop's head");
        }
        let Some(args) = &onto.args else { return };
        if args.len() != onto.params.len() {
            return wrong("the head has another number of parameters than there are arguments");
        }
        let rep = |value: ValueId| trace.values.get(value.0 as usize).map(|value| value.rep);
        let mut pairs = args.iter().zip(&onto.params);
        if !pairs.all(|(arg, param)| rep(*arg) == Some(param.rep)) {
            wrong("an argument is not held as the parameter of the head is");
        }
        let is_arg = |(slot, value): &(Slot, ValueId)| {
            let mut pairs = args.iter().zip(&onto.params);
            pairs.any(|(arg, param)| param.slot == *slot && arg == value)
                || onto.free.contains(slot)
        };
        if !finish.slots.iter().all(is_arg) || !finish.owed.is_empty() {
            wrong("the finishing snapshot lists something that is no argument");
        }
    }

    fn finish(&mut self) {
        let trace = self.trace;
        self.snapshot(trace.finish, At::Finish);
        let Some(finish) = trace.snapshots.get(trace.finish.0 as usize) else {
            return;
        };
        if let Some(onto) = &trace.onto {
            self.onto(onto, finish);
            if onto.args.is_some() {
                return;
            }
        }
        let empty = finish.slots.is_empty() && finish.owed.is_empty() && finish.made.is_empty();
        if trace.end != End::Leave && !empty {
            let message = format!(
                "{} is not empty, but memory must be the truth where the trace does not leave",
                trace.finish
            );
            self.violation("finish", message);
        }
    }
}

#[cfg(test)]
mod tests;
