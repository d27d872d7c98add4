//! Runs of a test: memory for them, what runs them, and how they are compared.

use std::ops::RangeInclusive;

use bumpalo::Bump;
use sashiko_stencils::info::Env;
use sashiko_stencils::{Rep, UopTable};

use super::{Executor, FileTest, Left, Run, Setup, Vm};
use crate::interp::{Ended, run_recorded, run_trace};
use crate::ir::{End, Op, Resume, Slot, Trace};
use crate::lift::lift;
use crate::recorded::{Recorded, StackOp};
use crate::text::{Program, parse_constant, recorded_resume_text};

/// Most steps of a run.
const STEPS: u64 = 100_000;
/// Words of memory below the lowest and above the highest slot of a trace, for frames of calls and spilled values.
const MARGIN: i32 = 256;

/// The uop interpreter on a trace in SSA form, which is right by the verifier.
pub fn interpret<'t>(
    trace: &'t Trace<'_>,
) -> impl FnMut(&mut Setup<'_>) -> Result<Left, String> + 't {
    move |setup| {
        let positions = trace.imports.iter().map(|import| import.position as usize);
        if let Some(position) = positions.max().filter(|p| *p >= setup.imports.len()) {
            return Err(format!("the run gives no `import {position} = ..`"));
        }
        // SAFETY: the trace is right, memory reaches as far as its slots, and the test's author gives it fitting values.
        let run = unsafe { run_trace(trace, setup.env, setup.imports, STEPS) };
        // SAFETY: snapshots' slots are slots of the trace.
        let resume = unsafe { run.rebuild(trace, setup.env.base, setup.vm) };
        let inst = match run.ended {
            Ended::Exit(inst) => Some(inst),
            Ended::Finish | Ended::Limit => None,
        };
        Ok(resume.map_or_else(Left::stopped, |resume| Left::through(trace, inst, resume)))
    }
}

fn interpret_recorded<'t>(
    recorded: &'t Recorded,
    table: &'static UopTable,
) -> impl FnMut(&mut Setup<'_>) -> Result<Left, String> + 't {
    move |setup| {
        // SAFETY: memory reaches as far as the recording's slots; the test's author gives it fitting values.
        let run = unsafe { run_recorded(recorded, table, setup.env, STEPS) };
        let Some(resume) = run.resume else {
            return Ok(Left::stopped());
        };
        let jump = match (recorded.end, run.ended) {
            (End::Jump(target), Ended::Finish) => Some(target),
            _ => None,
        };
        Ok(Left {
            jump,
            resume: Some(resume),
            at: recorded_resume_text(recorded, resume).to_string(),
        })
    }
}

/// Runs the test's inputs on `original` with the uop interpreter, and on whatever `others` there are (each with a name
/// for messages), each time on a fresh VM; all must come to the same outcomes, which are returned in words.
///
/// # Errors
/// If a run's inputs are wrong, or an outcome differs.
pub fn check_runs(
    test: &FileTest,
    original: &Program<'_>,
    table: &'static UopTable,
    others: &mut [(&str, Box<Executor<'_>>)],
    new_vm: &mut dyn FnMut() -> Box<dyn Vm>,
) -> Result<Vec<String>, String> {
    let mut outcomes = Vec::new();
    let arena = Bump::new();
    let mut slots = Vec::new();
    let mut oracle: Box<Executor<'_>> = match original {
        Program::Recorded(recorded) => {
            // What the lift accepts touches the slots that the lifted trace touches, or pushes above them.
            let lifted = lift(recorded, None, table, &arena).map_err(|error| error.to_string())?;
            slots_of_recorded(recorded, &mut slots);
            slots_of_trace(&lifted, &mut slots);
            Box::new(interpret_recorded(recorded, table))
        }
        Program::Trace(trace) => {
            slots_of_trace(trace, &mut slots);
            Box::new(interpret(trace))
        }
    };
    for run in &test.runs {
        let reach = reach(&slots, run);
        let explain = |who: &str, error: String| {
            format!("line {}: run: {}: {who}: {error}", run.line + 1, run.inputs)
        };
        let mut vm = new_vm();
        let expected = Memory::of(run, reach.clone(), original, &mut *vm)
            .and_then(|mut memory| memory.outcome(&mut *oracle, None, &mut *vm))
            .map_err(|error| explain("as given", error))?;
        for (name, other) in others.iter_mut() {
            let mut vm = new_vm();
            let again = start(original).map(|start| (start, &mut *oracle));
            let outcome = Memory::of(run, reach.clone(), original, &mut *vm)
                .and_then(|mut memory| memory.outcome(&mut **other, again, &mut *vm))
                .map_err(|error| explain(name, error))?;
            if outcome != expected {
                let message = format!(
                    "comes to another outcome\n  as given {expected}\n  here     {outcome}"
                );
                return Err(explain(name, message));
            }
        }
        outcomes.push(expected);
    }
    Ok(outcomes)
}

/// Where a trace begins, if it can be run again from there.
fn start(program: &Program<'_>) -> Option<Resume> {
    let (start, parent) = match program {
        Program::Recorded(recorded) => (recorded.start, recorded.parent),
        Program::Trace(trace) => (trace.start, trace.parent),
    };
    parent.is_none().then_some(start)
}

/// Slots that operations of a recording name or push to.
fn slots_of_recorded(recorded: &Recorded, slots: &mut Vec<i32>) {
    let mut top = recorded.start.top.0;
    for op in &recorded.ops {
        match op {
            StackOp::Load(slot) | StackOp::Store(slot) => slots.push(slot.0),
            StackOp::Frame { frame, top: above } => {
                slots.push(frame.0);
                top = above.0;
            }
            _ => {}
        }
        // An operation pushes one word at most.
        slots.push(top);
        top += 1;
    }
}

fn slots_of_trace(trace: &Trace<'_>, slots: &mut Vec<i32>) {
    slots.push(trace.start.top.0);
    for inst in trace.insts() {
        if let Op::LoadSlot(slot) | Op::StoreSlot(slot) = inst.op {
            slots.push(slot.0);
        }
    }
    for snapshot in &trace.snapshots {
        slots.push(snapshot.resume.top.0);
        slots.extend(snapshot.slots.iter().map(|(slot, _)| slot.0));
    }
}

/// The lowest and the highest of `slots` and what a run names.
fn reach(slots: &[i32], run: &Run) -> RangeInclusive<i32> {
    let named = run.slots.iter().map(|(slot, _)| slot.0);
    let slots = slots.iter().copied().chain(named);
    let (lowest, highest) = slots.fold((0, 0), |(lowest, highest), slot| {
        (slot.min(lowest), slot.max(highest))
    });
    lowest..=highest
}

/// The memory of one run.
struct Memory {
    words: Vec<u64>,
    /// Position of slot 0 in `words`.
    base: usize,
    lowest: i32,
    highest: i32,
    imports: Vec<u64>,
    /// Slots `lowest` to `highest` at the beginning, in the VM's notation.
    before: Vec<String>,
}

impl Memory {
    fn of(
        run: &Run,
        reach: RangeInclusive<i32>,
        program: &Program<'_>,
        vm: &mut dyn Vm,
    ) -> Result<Memory, String> {
        const MOST: i64 = 1 << 20;
        let (lowest, highest) = (*reach.start(), *reach.end());
        if i64::from(highest) - i64::from(lowest) > MOST {
            return Err(format!(
                "slots from {lowest} to {highest} are too many for a test"
            ));
        }
        let filler = vm.filler();
        let count = (highest - lowest + 2 * MARGIN + 1) as usize;
        let mut memory = Memory {
            words: vec![filler; count],
            base: (MARGIN - lowest) as usize,
            lowest,
            highest,
            imports: Vec::new(),
            before: Vec::new(),
        };
        for (slot, literal) in &run.slots {
            let word = vm.word(literal)?;
            *memory.slot(slot.0) = word;
        }
        for (position, literal) in &run.imports {
            let rep = import_rep(program, *position);
            let bits = match (rep, parse_constant(literal)) {
                (Some(Rep::Word), _) => vm.word(literal)?,
                (Some(rep), Some((found, bits))) if rep == found => bits,
                (Some(rep), _) => {
                    return Err(format!(
                        "import {position} is held as {}, not {literal}",
                        rep.name()
                    ));
                }
                (None, _) => return Err(format!("the trace has no import {position}")),
            };
            let position = *position as usize;
            if memory.imports.len() <= position {
                memory.imports.resize(position + 1, filler);
            }
            memory.imports[position] = bits;
        }
        memory.before = (lowest..=highest)
            .map(|slot| vm.show(*memory.slot(slot)))
            .collect();
        Ok(memory)
    }

    fn slot(&mut self, slot: i32) -> &mut u64 {
        &mut self.words[(self.base as i32 + slot) as usize]
    }

    /// Runs; `again` is where the trace began and what runs it from there.
    fn outcome(
        &mut self,
        executor: &mut Executor<'_>,
        again: Option<(Resume, &mut Executor<'_>)>,
        vm: &mut dyn Vm,
    ) -> Result<String, String> {
        let words = self.words.as_mut_ptr();
        let env = Env {
            vm: vm.context(),
            // SAFETY: slot 0 lies inside the vector.
            base: unsafe { words.add(self.base) },
        };
        let mut setup = Setup {
            env,
            imports: &self.imports,
            vm,
        };
        let mut left = executor(&mut setup)?;
        if let Some((start, again)) = again
            && left.jump.is_none()
            && left.resume.is_some_and(|resume| same_place(resume, start))
        {
            left = again(&mut setup)?;
        }
        Ok(self.describe(&left, vm))
    }

    /// An outcome in words: where the VM goes on, and the slots that have changed.
    fn describe(&mut self, left: &Left, vm: &mut dyn Vm) -> String {
        let Some(resume) = left.resume else {
            return "does not end".to_owned();
        };
        let mut changed = Vec::new();
        for number in self.lowest..=self.highest.min(resume.top.0 - 1) {
            let now = vm.show(*self.slot(number));
            if self.before[(number - self.lowest) as usize] != now {
                changed.push(format!("{} = {now}", Slot(number)));
            }
        }
        let how = match left.jump {
            None => "resumes".to_owned(),
            Some(target) => format!("jumps to {target}"),
        };
        let heap = match vm.heap() {
            heap if heap.is_empty() => heap,
            heap => format!(" heap {heap}"),
        };
        format!("{how} at {} [{}]{heap}", left.at, changed.join(", "))
    }
}

fn same_place(left: Resume, right: Resume) -> bool {
    (left.frame, left.top, left.origin.pc) == (right.frame, right.top, right.origin.pc)
}

fn import_rep(program: &Program<'_>, position: u32) -> Option<Rep> {
    let Program::Trace(trace) = program else {
        return None;
    };
    let found = trace
        .imports
        .iter()
        .find(|import| import.position == position);
    found.map(|import| trace.value(import.value).rep)
}
