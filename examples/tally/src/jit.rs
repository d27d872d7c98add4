//! The JIT of Tally: when to record, how instructions become uops, and the way into machine code and back.
//!
//! Everything else (lifting, optimizing, allocating, stitching) is the library's. A VM brings four things: uops
//! (`uops.rs`), a recorder (here: [`Jit::before`]), the decision what is hot (here: counters on loop heads and exits), and a
//! state that can be taken up anywhere ([`State`]).
//!
//! # What is recorded
//!
//! A *root* trace begins at a loop head that has been reached often, and follows the program until it is back there
//! (a loop), or at the head of a loop that has a trace (it goes on in that one). A *side* trace begins at an exit that has been
//! taken often, and follows the program until it reaches a loop head that has a trace. So nested loops come to run in
//! machine code without the interpreter: the inner one is hot first; the outer one's trace runs into it; the side
//! trace of the inner one's exit runs into the outer one's.
//!
//! Calls are followed: the frame of a callee lies at a constant distance above the caller's, so its words are slots
//! of the trace like any others.

use sashiko::{
    CompileError, Config, End, Engine, ExitId, Origin, Rebuild, Recorder, Rep, Resume, Slot,
    TraceId, Unsupported, UopId,
};

use crate::machine::State;
use crate::program::{Compute, Op, Program};
use crate::table::{TABLE, op};
use crate::world::World;

/// Operations after which a recording is given up.
const MAX_LEN: usize = 2000;
/// Calls that a recording follows into each other.
const MAX_CALLS: usize = 8;

/// What to do at a loop head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hot {
    /// Go on interpreting.
    Stay,
    /// Run this trace.
    Enter(TraceId),
}

/// A loop head, by its instruction.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    reached: u32,
    trace: Option<TraceId>,
    /// Recording it has failed; not tried again.
    hopeless: bool,
}

/// A recording under way.
struct Recording {
    recorder: Recorder,
    /// The word that is slot 0.
    base: usize,
    start: u32,
    parent: Option<ExitId>,
    calls: usize,
}

/// The JIT of one machine.
pub struct Jit {
    engine: Engine,
    threshold: u32,
    heads: Vec<Head>,
    recording: Option<Recording>,
    failures: Vec<CompileError>,
}

impl Jit {
    /// Words a machine keeps free above each frame: traces use them.
    pub const STACK_RESERVE: usize = 4096;

    /// A JIT for `program`. Loops are recorded when they have been gone round `threshold` times.
    ///
    /// # Errors
    /// If this machine can't run the code.
    pub fn new(program: &Program, mut config: Config, threshold: u32) -> Result<Jit, Unsupported> {
        config.max_words = Jit::STACK_RESERVE as u32;
        Ok(Jit {
            engine: Engine::new(&TABLE, config)?,
            threshold: threshold.max(1),
            heads: vec![Head::default(); program.ops.len()],
            recording: None,
            failures: Vec::new(),
        })
    }

    /// What the engine would not compile, and why. A VM author looks here first: it is the recorder that is wrong.
    pub fn failures(&self) -> &[CompileError] {
        &self.failures
    }

    /// The engine, to ask it for figures and dumps.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Does [`Jit::before`] want to see instructions?
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// A loop was closed: the machine is about to run its first instruction again.
    pub fn loop_head(&mut self, program: &Program, state: State) -> Hot {
        if self.is_recording() {
            return Hot::Stay;
        }
        let head = &mut self.heads[state.pc as usize];
        if let Some(trace) = head.trace {
            return Hot::Enter(trace);
        }
        head.reached += 1;
        if head.reached >= self.threshold && !head.hopeless {
            self.record(program, state, state.base, None);
        }
        Hot::Stay
    }

    /// Runs `trace` on the machine's stack until it leaves; answers where the machine is then.
    pub fn run(
        &mut self,
        program: &Program,
        trace: TraceId,
        state: State,
        stack: &mut [u64],
        world: &mut World,
    ) -> State {
        self.engine.set_vm(world.heap().cast());
        // SAFETY: a trace is entered at the instruction it begins with, and the assembler has proved that the stack has
        // one depth there. The machine keeps `STACK_RESERVE` words free above each frame, and no trace uses more
        // (`max_words`). `stack` and `world` are ours alone while the code runs.
        let left = unsafe {
            let base = stack.as_mut_ptr().add(state.base);
            Engine::run(&raw mut self.engine, trace, base, &mut Words)
        };
        let slot = |slot: Slot| state.base + slot.0 as usize;
        let now = State {
            pc: left.resume.origin.pc,
            base: slot(left.resume.frame),
            top: slot(left.resume.top),
        };
        // Again at twice, four times... as often, should it fail.
        let often = left.count >= u64::from(self.threshold) && left.count.is_power_of_two();
        if often && self.engine.side_trace(left.exit).is_none() {
            self.record(program, now, state.base, Some(left.exit));
        }
        now
    }

    /// Begins to record at `state`; the word `base` is slot 0.
    fn record(&mut self, program: &Program, state: State, base: usize, parent: Option<ExitId>) {
        let start = resume(program, state, base);
        let mut recorder = Recorder::new(&TABLE, start, parent);
        for function in &program.functions {
            recorder.code(&function.name);
        }
        self.recording = Some(Recording {
            recorder,
            base,
            start: state.pc,
            parent,
            calls: 0,
        });
    }

    /// The machine is about to run the instruction at `state`: writes down what it will do, or ends the recording.
    pub fn before(&mut self, program: &Program, state: State, stack: &[u64]) {
        let Some(mut recording) = self.recording.take() else {
            return;
        };
        match recording.instruction(program, state, stack, &self.heads) {
            Next::Record => self.recording = Some(recording),
            Next::End(end) => self.finish(recording, end),
            Next::GiveUp(reason) => {
                self.engine.note_abort(reason);
                self.give_up(recording.start, recording.parent.is_none());
            }
        }
    }

    fn finish(&mut self, recording: Recording, end: End) {
        let (start, root) = (recording.start, recording.parent.is_none());
        let recorded = recording.recorder.finish(end);
        match self.engine.compile(&recorded) {
            Ok(trace) if root => self.heads[start as usize].trace = Some(trace),
            // The engine has linked it to its exit.
            Ok(_) => {}
            Err(error) => {
                self.failures.push(error);
                self.give_up(start, root);
            }
        }
    }

    fn give_up(&mut self, start: u32, root: bool) {
        if root {
            self.heads[start as usize].hopeless = true;
        }
    }
}

/// What comes after an instruction was seen.
enum Next {
    Record,
    End(End),
    GiveUp(&'static str),
}

impl Recording {
    fn instruction(
        &mut self,
        program: &Program,
        state: State,
        stack: &[u64],
        heads: &[Head],
    ) -> Next {
        let here = resume(program, state, self.base);
        let in_first_frame = here.frame == Slot(0);
        if !self.recorder.is_empty() {
            if self.parent.is_none() && state.pc == self.start && in_first_frame {
                return Next::End(End::Loop);
            }
            if let Some(trace) = heads[state.pc as usize].trace {
                if in_first_frame {
                    return Next::End(End::Jump(trace));
                }
                // A loop in a function we have followed: its trace wants a frame of its own.
                self.recorder.instruction(here.origin);
                return Next::End(End::Leave);
            }
        }
        if self.recorder.len() > MAX_LEN {
            return Next::GiveUp("too_long");
        }
        self.recorder.instruction(here.origin);
        self.record(program, state, here, stack)
    }

    /// Writes down the uops of the instruction at `here`.
    fn record(&mut self, program: &Program, state: State, here: Resume, stack: &[u64]) -> Next {
        let recorder = &mut self.recorder;
        let variable = |number: u16| Slot(here.frame.0 + i32::from(number));
        match program.ops[state.pc as usize] {
            Op::Push(word) => recorder.constant(word),
            Op::Get(number) => recorder.load(variable(number)),
            Op::Set(number) => recorder.store(variable(number)),
            Op::Dup => recorder.copy(0),
            Op::Drop => recorder.drop_top(),
            Op::Swap => recorder.swap(1),
            Op::Compute(compute) => recorder.uop(uop_of(compute), &[]),
            Op::Jump(_) => {}
            Op::Then(_) | Op::Else(_) => {
                let condition = stack[state.top - 1];
                recorder.uop(guard_of(program, state.pc, condition), &[]);
            }
            Op::Call(callee) => {
                if self.calls == MAX_CALLS {
                    return Next::GiveUp("deep_calls");
                }
                self.calls += 1;
                let callee = &program.functions[callee as usize];
                let frame = Slot(here.top.0 - callee.arguments as i32);
                // The arguments are in place; what is pushed now is the rest of the frame, word by word.
                for _ in callee.arguments..callee.variables {
                    recorder.constant(0);
                }
                recorder.constant(u64::from(state.pc + 1));
                recorder.constant((frame.0 - here.frame.0) as u64);
                recorder.enter_frame(frame, Slot(frame.0 + callee.stack_at() as i32));
            }
            Op::Return => {
                if here.frame == Slot(0) {
                    // Who called this frame is not known.
                    return match self.parent {
                        Some(_) => Next::End(End::Leave),
                        None => Next::GiveUp("returned"),
                    };
                }
                self.calls = self.calls.saturating_sub(1);
                let header = state.base + program.function(state.pc).variables;
                let caller = Slot(here.frame.0 - stack[header + 1] as i32);
                recorder.store(here.frame);
                recorder.enter_frame(caller, Slot(here.frame.0 + 1));
            }
        }
        Next::Record
    }
}

/// `state` in the words of the trace whose slot 0 is the word `base`.
fn resume(program: &Program, state: State, base: usize) -> Resume {
    Resume {
        origin: Origin {
            code: program.owners[state.pc as usize],
            pc: state.pc,
            line: program.lines[state.pc as usize],
        },
        frame: Slot((state.base - base) as i32),
        top: Slot((state.top - base) as i32),
    }
}

/// The uop of an instruction.
fn uop_of(compute: Compute) -> UopId {
    match compute {
        Compute::Add => op::ADD,
        Compute::Sub => op::SUB,
        Compute::Mul => op::MUL,
        Compute::Div => op::DIV,
        Compute::Rem => op::REM,
        Compute::Lt => op::LT,
        Compute::Le => op::LE,
        Compute::Eq => op::EQ,
        Compute::FAdd => op::FADD,
        Compute::FSub => op::FSUB,
        Compute::FMul => op::FMUL,
        Compute::FDiv => op::FDIV,
        Compute::FLt => op::FLT,
        Compute::Sqrt => op::SQRT,
        Compute::ToFloat => op::TOFLOAT,
        Compute::Trunc => op::TRUNC,
        Compute::New => op::NEW,
        Compute::Len => op::LEN,
        Compute::Load => op::LOAD,
        Compute::Store => op::STORE,
        Compute::Print => op::PRINT,
        Compute::FPrint => op::FPRINT,
    }
}

/// The guard of the branch at `pc`, which went as `condition` says. Behind a comparison the condition is a truth value,
/// and the guard says so: boxing and unboxing then cancel.
fn guard_of(program: &Program, pc: u32, condition: u64) -> UopId {
    use Compute::{Eq, FLt, Le, Lt};
    let before = pc.checked_sub(1).map(|pc| program.ops[pc as usize]);
    let compared = matches!(before, Some(Op::Compute(Lt | Le | Eq | FLt))) && condition <= 1;
    match (compared, condition != 0) {
        (true, true) => op::EXPECT_TRUE,
        (true, false) => op::EXPECT_FALSE,
        (false, true) => op::EXPECT_NONZERO,
        (false, false) => op::EXPECT_ZERO,
    }
}

/// How values are put back into words: all words of Tally are plain bits, and none is counted.
struct Words;

impl Rebuild for Words {
    fn box_value(&mut self, _rep: Rep, bits: u64) -> u64 {
        bits
    }

    fn add_reference(&mut self, _word: u64) {}
}
