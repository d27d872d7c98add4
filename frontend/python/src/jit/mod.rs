//! The JIT of the Python VM: when to record, when to compile, when to enter.
//!
//! ```text
//! JUMP_BACKWARD, RESUME count ──hot──▶ recording (interpreter loop, second instantiation) ──▶ Engine::compile ──▶ trace
//!        │                              ▲                                                     │
//!        └── has a trace ──▶ enter ──▶ exit ── hot exit: record a side trace ◀────────────────┘
//! ```
//!
//! [`record`] is the recorder, [`expand`] its table from bytecode to uops, [`enter`] the way into compiled code and out of
//! it. This file owns the decisions; everything below the uops is the library's.

pub(crate) mod call;
mod enter;
mod expand;
mod patience;
pub mod record;
pub mod watch;

use std::collections::{HashMap, HashSet};

use sashiko_backend::arena::ArenaError;
use sashiko_backend::{Assumption, CompileError, Config, Engine, Left, Unsupported};
use sashiko_trace::recorded::{End, ExitId, Recorded, TraceId};

use patience::Patience;
use record::{Cursor, From, Recording, Verdict};

use crate::error::Raised;
use crate::interp::registers::Registers;
use crate::interp::{cache, calls};
use crate::layout::Word;
use crate::objects::code::{Code, CodeUnit};
use crate::opcode as op;
use crate::uops_table::TABLE;
use crate::vm::Vm;

/// How the JIT of a VM is set up.
#[derive(Clone, Debug)]
pub struct JitOptions {
    /// Passes, policy, fuel and the like.
    pub config: Config,
    /// Back edges until a loop is recorded.
    pub loop_threshold: u32,
    /// Calls until a function is recorded.
    pub function_threshold: u32,
    /// Times an exit is taken until a side trace is recorded from it.
    pub exit_threshold: u32,
}

impl Default for JitOptions {
    fn default() -> JitOptions {
        JitOptions {
            config: Config::default(),
            loop_threshold: 1000,
            function_threshold: 400,
            exit_threshold: 100,
        }
    }
}

impl JitOptions {
    /// Everything is recorded the first time: for tests.
    #[must_use]
    pub fn eager(self) -> JitOptions {
        JitOptions {
            loop_threshold: 1,
            function_threshold: 1,
            exit_threshold: 1,
            ..self
        }
    }
}

/// A place in the program.
type Spot = (*const Code, u32);

/// Recordings that may wait for each other.
const MAX_SUSPENDED: usize = 8;

/// The state of the JIT.
pub struct Jit {
    engine: Engine,
    options: JitOptions,
    recording: Option<Box<Recording>>,
    /// Recordings that wait for native code to come back, innermost last.
    suspended: Vec<Recording>,
    /// Traces that begin at a back edge's target.
    entries: HashMap<Spot, TraceId>,
    /// Functions that have a trace; kept alive.
    functions: Vec<*mut Code>,
    patience: Patience,
    /// The arena is full, and code is still under way: it is dropped when that has left.
    evicting: bool,
    /// Objects that dropped code named, one reference each.
    garbage: Vec<Word>,
    /// Objects that compiled code names, one reference each.
    kept: Vec<Word>,
    /// Namespaces that are watched, one reference each.
    watched: Vec<Word>,
    /// Names of namespaces that were given a number.
    names: u32,
    /// How often an assumption was broken under code that relied on it.
    breaks: HashMap<Assumption, u32>,
    /// Code that was searched for variables.
    scanned: HashSet<*const Code>,
}

/// What the interpreter does after it asked the JIT about a back edge.
pub enum Action {
    /// Goes on interpreting, and asks again after this many back edges.
    Interpret(u16),
    /// Goes on with the recording instantiation of the loop.
    Record,
    /// Enters this trace.
    Enter(TraceId),
}

/// What the recording instantiation of the loop does before it executes an instruction.
pub enum Step {
    /// Executes it and goes on recording.
    Continue,
    /// Recording is over: executes it in the plain instantiation.
    Stop,
    /// Recording is over: enters this trace, which begins with this instruction.
    Enter(TraceId),
    /// The instruction, a call, has been carried out; goes on recording here.
    Called(Registers),
    /// The instruction, a call, has raised; the recording is over.
    Raised(Registers),
}

impl Jit {
    /// A JIT.
    ///
    /// # Errors
    /// If this machine can't run compiled code.
    pub fn new(options: JitOptions) -> Result<Jit, Unsupported> {
        let config = Config {
            says_top: true,
            ..options.config.clone()
        };
        Ok(Jit {
            engine: Engine::new(&TABLE, config)?,
            options,
            recording: None,
            suspended: Vec::new(),
            entries: HashMap::new(),
            functions: Vec::new(),
            patience: Patience::default(),
            evicting: false,
            garbage: Vec::new(),
            kept: Vec::new(),
            watched: Vec::new(),
            names: 0,
            breaks: HashMap::new(),
            scanned: HashSet::new(),
        })
    }

    /// The engine: figures and dumps.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Is a recording under way?
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// Gives up the recording under way, if there is one.
    pub fn abort(&mut self, reason: &str) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        self.engine.note_abort(reason);
        match recording.parent() {
            Some(exit) => self.patience.exit_failed(exit),
            None if reason == record::LEFT_THE_LOOP && self.patience.left(recording.start()) => {}
            None => {
                let threshold = self.threshold(&recording);
                self.patience.failed(recording.start(), threshold);
                self.ask_again(&recording);
            }
        }
    }

    /// What makes hot what `recording` began with.
    fn threshold(&self, recording: &Recording) -> u32 {
        if recording.is_function() {
            self.options.function_threshold
        } else {
            self.options.loop_threshold
        }
    }

    /// Has the function count its calls until it is worth another try, if `recording` was of one.
    fn ask_again(&mut self, recording: &Recording) {
        if recording.is_function() {
            let calls = self.patience.ready(recording.start()).err().unwrap_or(1);
            let code = recording.start().0.cast_mut();
            // SAFETY: the recording keeps the code alive that it began in.
            unsafe { call::ask_again(code, calls) };
        }
    }

    /// Forgets traces that may not be entered any more.
    fn forget_invalid(&mut self) {
        let engine = &self.engine;
        self.entries.retain(|_, trace| engine.is_valid(*trace));
        let threshold = self.options.function_threshold;
        self.functions.retain(|&code| {
            // SAFETY: what was recorded is kept alive.
            let valid = unsafe { (*code).compiled }.is_some_and(|it| engine.is_valid(it.trace));
            if !valid {
                // SAFETY: as above.
                unsafe { call::remove(code, threshold) };
            }
            valid
        });
    }

    /// May a recording begin?
    fn may_record(&self) -> bool {
        self.recording.is_none() && !self.evicting && self.suspended.len() < MAX_SUSPENDED
    }

    /// Is a recording that begins there waiting already?
    fn waits(&self, spot: Spot, parent: Option<ExitId>) -> bool {
        let mut waiting = self.suspended.iter();
        waiting.any(|recording| (recording.start(), recording.parent()) == (spot, parent))
    }

    /// Compiles a finished recording; the trace that begins where the recording stopped, if there is one.
    fn compile(&mut self, recorded: &Recorded, recording: &mut Recording) -> Option<TraceId> {
        let end = recorded.end;
        let parent = recorded.parent;
        match self.engine.compile(recorded) {
            Ok(trace) => {
                self.kept.extend(recording.take_kept());
                for &assumption in recording.assumptions() {
                    self.engine.depend(trace, assumption);
                }
                match parent {
                    None if recording.is_function() => {
                        let code = recording.start().0.cast_mut();
                        let entry = self.engine.entry(trace);
                        self.engine.done();
                        self.functions.push(code);
                        // SAFETY: what the recording kept is the JIT's now: the function that it began in, too.
                        unsafe { call::install(code, trace, entry, recording.globals()) };
                    }
                    None => {
                        self.entries.insert(recording.start(), trace);
                    }
                    Some(exit) => self.patience.grew(exit, trace),
                }
                match end {
                    End::Loop => Some(trace),
                    End::Jump(target) => Some(target),
                    End::Leave | End::Return => None,
                }
            }
            Err(error) => {
                let full = matches!(error, CompileError::Arena(ArenaError::Full { .. }));
                if full {
                    self.evict();
                }
                let threshold = self.threshold(recording);
                match (parent, full) {
                    (Some(exit), _) => self.patience.give_up_exit(exit),
                    // What is larger than the arena must not have everything dropped time and again.
                    (None, true) => self.patience.failed(recording.start(), threshold),
                    (None, false) => self.patience.give_up(recording.start()),
                }
                self.ask_again(recording);
                None
            }
        }
    }

    /// Drops all code, or has everybody leave it if somebody is inside.
    fn evict(&mut self) {
        let done = match self.engine.evict() {
            Ok(done) => done,
            Err(error) => panic!("{error}"),
        };
        self.evicting = !done;
        self.forget_invalid();
        self.patience.forget_code();
        if done {
            self.garbage.append(&mut self.kept);
        }
    }
}

/// Drops what evicted code named, which may run Python code: the interpreter has published its registers.
fn drop_garbage(vm: &mut Vm) {
    let garbage = vm.jit.as_mut().map(|jit| std::mem::take(&mut jit.garbage));
    for word in garbage.into_iter().flatten() {
        crate::value::decref(word);
    }
}

/// The interpreter is at the target of a back edge whose counter ran out; `edge` is the cache of that instruction.
pub fn back_edge(vm: &mut Vm, registers: &Registers, edge: *const CodeUnit) -> Action {
    let action = bare_back_edge(vm, registers);
    if let Action::Enter(trace) = action
        && let Ok(number) = u16::try_from(trace.0)
    {
        // SAFETY: `edge` is the cache of a JUMP_BACKWARD, which has one unit.
        unsafe {
            cache::write_u16(edge, 0, number);
            cache::set_opcode(edge, op::JUMP_BACKWARD_JIT);
        }
    }
    action
}

/// [`back_edge`] for one without a cache.
pub fn bare_back_edge(vm: &mut Vm, registers: &Registers) -> Action {
    drop_garbage(vm);
    let Some(jit) = vm.jit.as_mut() else {
        return Action::Interpret(u16::MAX);
    };
    let cursor = Cursor::at(registers);
    let spot = (cursor.code, cursor.start);
    if matches!(cursor.op, op::SEND | op::SEND_GEN) {
        return Action::Interpret(u16::MAX);
    }
    if let Some(&trace) = jit.entries.get(&spot) {
        return if has_room(vm, registers.base) {
            Action::Enter(trace)
        } else {
            Action::Interpret(u16::MAX)
        };
    }
    if !jit.may_record() || jit.waits(spot, None) {
        return Action::Interpret(u16::MAX);
    }
    if let Err(rounds) = jit.patience.ready(spot) {
        return Action::Interpret(rounds);
    }
    // SAFETY: the running function is alive.
    let globals = unsafe { (*cursor.function()).globals };
    watch::find_variables(vm, cursor.code(), globals);
    let jit = vm.jit.as_mut().expect("asked above");
    let may_leave = jit.patience.may_leave(spot);
    jit.recording = Some(Box::new(Recording::new(
        &cursor,
        cursor.base,
        From::BackEdge { may_leave },
    )));
    Action::Record
}

/// May `trace`, which the back edge at the cache `edge` goes to, still be entered? If not, the edge counts anew.
pub fn is_valid(vm: &Vm, trace: TraceId, edge: *const CodeUnit) -> bool {
    let valid = vm
        .jit
        .as_ref()
        .is_some_and(|jit| jit.engine.is_valid(trace));
    if !valid {
        // SAFETY: `edge` is the cache of a JUMP_BACKWARD, which has one unit.
        unsafe {
            cache::set_opcode(edge, op::JUMP_BACKWARD);
            let threshold = vm
                .jit
                .as_ref()
                .map_or(u32::MAX, |jit| jit.options.loop_threshold);
            cache::restart(edge, u16::try_from(threshold).unwrap_or(u16::MAX));
        }
    }
    valid
}

/// The interpreter is behind the `RESUME` of a function whose counter ran out.
pub fn call(vm: &mut Vm, registers: &Registers) -> Action {
    let cursor = Cursor::at(registers);
    let spot = (cursor.code, cursor.start);
    let Some(jit) = vm.jit.as_mut() else {
        return Action::Interpret(u16::MAX);
    };
    let begins_here = cursor.code().entry == Some(cursor.start);
    let code = cursor.code.cast_mut();
    let calls = if !begins_here {
        Some(u16::MAX)
    } else if !jit.may_record() || jit.waits(spot, None) {
        Some(1000)
    } else {
        jit.patience.ready(spot).err()
    };
    if let Some(calls) = calls {
        // SAFETY: the running function holds its code.
        unsafe { call::ask_again(code, calls) };
        return Action::Interpret(u16::MAX);
    }
    // SAFETY: the running function is alive.
    let globals = unsafe { (*cursor.function()).globals };
    watch::find_variables(vm, cursor.code(), globals);
    let jit = vm.jit.as_mut().expect("asked above");
    let recording = Recording::new(&cursor, cursor.base, From::Call);
    jit.recording = Some(Box::new(recording));
    Action::Record
}

/// Puts the recording under way aside, if there is one: something runs that is not part of it.
pub fn suspend(vm: &mut Vm) -> bool {
    let Some(jit) = &mut vm.jit else { return false };
    let recording = jit.recording.take();
    let suspended = recording.is_some();
    jit.suspended.extend(recording.map(|recording| *recording));
    suspended
}

/// Takes up the recording that was put aside last.
pub fn take_up(vm: &mut Vm) {
    if let Some(jit) = &mut vm.jit {
        jit.recording = jit.suspended.pop().map(Box::new);
    }
}

/// May a trace be entered at `base`: has the value stack room for what it may need, the machine's for one more entry, and is there
/// a level of recursion left for every call it may have inlined, so that none of them would raise?
pub fn has_room(vm: &Vm, base: *const Word) -> bool {
    let here = 0_u8;
    let words = vm
        .jit
        .as_ref()
        .map_or(0, |jit| jit.engine.config().max_words as usize);
    (base as usize) + 2 * words * size_of::<Word>() < vm.stack_limit as usize
        && vm.depth + record::MAX_INLINED < vm.recursion_limit
        && std::ptr::from_ref(&here) as usize > vm.native_limit
}

/// Looks at the instruction at `registers`, which is about to be executed, for the recording under way.
pub fn step(vm: &mut Vm, registers: &Registers) -> Step {
    // What the recorder asks of the VM may run code of its own, above this frame.
    registers.publish(vm);
    let cursor = &Cursor::at(registers);
    let Some(mut recording) = vm.jit.as_mut().and_then(|jit| jit.recording.take()) else {
        return Step::Stop;
    };
    let jit: *const Jit = vm.jit.as_deref_mut().expect("the recording came from it");
    // SAFETY: the recorder does not touch the JIT of the VM it reads.
    let entry = |code, pc| unsafe { (*jit).entries.get(&(code, pc)).copied() };
    let verdict = if recording.broken {
        Verdict::Aborted("assumption broken")
    } else {
        record::step(vm, &mut recording, cursor, entry)
    };
    let jit = vm.jit.as_mut().expect("still there");
    match verdict {
        Verdict::Continue => {
            jit.recording = Some(recording);
            Step::Continue
        }
        Verdict::Call(count) => {
            jit.recording = Some(recording);
            let mut at = *registers;
            // SAFETY: the instruction, and its cache behind it, lie within the code.
            at.pc = unsafe { cursor.code().units.as_ptr().add(cursor.pc as usize + 1) };
            match calls::call_nested(vm, at, count) {
                Ok(after) => Step::Called(after),
                Err(Raised) => {
                    if let Some(jit) = &mut vm.jit {
                        jit.abort("a call raised");
                    }
                    Step::Raised(at)
                }
            }
        }
        Verdict::Aborted(reason) => {
            jit.recording = Some(recording);
            jit.abort(reason);
            Step::Stop
        }
        Verdict::Finished(recorded) => match jit.compile(&recorded, &mut recording) {
            Some(trace) => Step::Enter(trace),
            None => Step::Stop,
        },
    }
}

/// What the interpreter does after a trace was left.
#[derive(Clone, Copy)]
pub struct Return {
    /// Where it goes on.
    pub registers: Registers,
    /// An exception is pending: it is raised at that place, whose instruction is not executed.
    pub raised: bool,
    /// The recording instantiation goes on, not the plain one.
    pub record: bool,
}

/// Runs `trace` from the frame at `base` until it leaves; `None` if it returned from that frame
/// ([`frames::returned`](crate::interp::frames::returned)).
///
/// # Safety
/// The trace begins at the instruction the interpreter is about to execute in that frame, with the operand stack of
/// that moment, and there is room ([`has_room`]).
pub unsafe fn enter(vm: &mut Vm, trace: TraceId, base: *mut Word) -> Option<Return> {
    // SAFETY: passed on.
    let left = unsafe { enter::run(vm, trace, base) };
    let jit = vm.jit.as_mut().expect("a trace ran");
    if jit.evicting {
        jit.evict();
    }
    Some(go_on(vm, &left?))
}

/// What the interpreter does after `left`.
fn go_on(vm: &mut Vm, left: &Left) -> Return {
    let mut registers = enter::registers(left);
    let raised = vm.pending.is_some();
    let record = side_trace(vm, left, &registers, raised);
    if raised {
        // As if the instruction had been begun.
        let begun = Cursor::at(&registers).pc as usize + 1;
        registers.pc = &raw const registers.code().units[begun];
    }
    Return {
        registers,
        raised,
        record,
    }
}

/// Begins a side trace if the exit is hot.
fn side_trace(vm: &mut Vm, left: &Left, registers: &Registers, raised: bool) -> bool {
    let jit = vm.jit.as_mut().expect("a trace ran");
    let threshold = jit.options.exit_threshold;
    // What a call raised must not find a side trace that begins with the call once more.
    if !left.valid
        || (left.reason == "raised" && !raised)
        || !jit.may_record()
        || !jit.patience.exit_ready(left.exit, left.count, threshold)
    {
        return false;
    }
    let cursor = Cursor::at(registers);
    if jit.waits((cursor.code, cursor.start), Some(left.exit)) {
        return false;
    }
    // SAFETY: the exit rebuilt the frame, and with it the function.
    let globals = unsafe { (*cursor.function()).globals };
    watch::find_variables(vm, cursor.code(), globals);
    let from = From::Exit {
        exit: left.exit,
        at_end: left.reason == "end",
    };
    let mut recording = Box::new(Recording::new(&cursor, left.base, from));
    let begun = if raised {
        record::begin_raised(vm, &mut recording, &cursor)
    } else {
        Ok(())
    };
    let jit = vm.jit.as_mut().expect("a trace ran");
    jit.recording = Some(recording);
    if let Err(reason) = begun {
        jit.abort(reason);
    }
    jit.is_recording()
}

impl Drop for Jit {
    fn drop(&mut self) {
        self.recording = None;
        self.unwatch();
        self.suspended.clear();
        for word in self.kept.drain(..).chain(self.garbage.drain(..)) {
            crate::value::decref(word);
        }
    }
}
