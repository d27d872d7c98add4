//! Random programs of the test VM, as machine code under every policy, with all passes and with none: they must leave where
//! the uop interpreter leaves, with the same slots, heap, reference counts and log. Each exit that is taken then gets
//! a side trace that takes its values over, and the same run must end in the same state through it.
//!
//! `SASHIKO_FUZZ=N` runs N programs instead of the few of every day.

mod common;
#[allow(dead_code, reason = "the optimizer uses more of it")]
#[path = "../../optimizer/tests/programs/mod.rs"]
mod programs;

use bumpalo::Bump;
use common::configs;
use programs::{LOCALS, Machine, Program, program, side_program, table};
use sashiko_backend::{CompileError, Config, Engine, Left};
use sashiko_trace::interp::{Ended, run_trace};
use sashiko_trace::ir::{End, Origin, Resume, Slot, TraceId};
use sashiko_trace::lift::lift;
use sashiko_trace::recorded::{Recorded, StackOp};

const LIMIT: u64 = 20_000;
/// Words of a frame: enough for every spill slot.
const FRAME: usize = 400;
/// The trace that programs jump to.
const LANDING: TraceId = TraceId(1);

fn programs() -> u64 {
    let asked = std::env::var("SASHIKO_FUZZ").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(40)
}

fn machine(program: &Program, input: u64) -> Machine {
    let mut machine = Machine::new(program, input, input >= 2);
    machine.memory.resize(FRAME, 0);
    machine
}

/// What the uop interpreter makes of the lifted trace.
fn interpret(recorded: &Recorded, machine: &mut Machine) -> (Resume, bool) {
    let arena = Bump::new();
    let trace = lift(recorded, None, table(), &arena).unwrap();
    // SAFETY: the lift made the trace, and the frame has room for its slots.
    let run = unsafe { run_trace(&trace, machine.env(), &[], LIMIT) };
    assert_ne!(run.ended, Ended::Limit, "loops count their rounds");
    let base = machine.memory.as_mut_ptr();
    // SAFETY: snapshots list slots of the frame.
    let resume = unsafe { run.rebuild(&trace, base, machine) }.expect("it left");
    (resume, run.ended == Ended::Finish)
}

/// A trace that does nothing but leave, or move the stack up and down first.
fn leave(recorded: &Recorded, start: Resume, pushes: usize) -> Recorded {
    let mut ops = vec![StackOp::Instruction(start.origin)];
    ops.extend((0..pushes).map(|i| StackOp::Const(common::int(i as i64))));
    ops.extend((0..pushes).map(|_| StackOp::Drop));
    ops.push(StackOp::Instruction(start.origin));
    Recorded {
        codes: recorded.codes.clone(),
        start,
        ops,
        end: End::Leave,
        parent: None,
    }
}

struct Native {
    engine: Box<Engine>,
}

impl Native {
    fn new(config: Config, recorded: &Recorded) -> Native {
        let mut engine = Box::new(Engine::new(table(), config).unwrap());
        // Trace 1 is where programs jump to.
        let start = Resume {
            origin: Origin::default(),
            frame: Slot(0),
            top: Slot(LOCALS),
        };
        for _ in 0..2 {
            engine.compile(&leave(recorded, start, 0)).unwrap();
        }
        Native { engine }
    }

    fn run(&mut self, trace: TraceId, machine: &mut Machine) -> Left {
        assert!(self.engine.words_needed(trace) <= FRAME);
        self.engine.set_vm(machine.env().vm);
        let base = machine.memory.as_mut_ptr();
        // SAFETY: the frame is of the kind the program was recorded with, and has room.
        unsafe { Engine::run(&raw mut *self.engine, trace, base, machine) }
    }

    /// Runs until the program is left for good: a trace that leaves where it began has done nothing, or whole rounds,
    /// and the uop interpreter goes on.
    fn outcome(
        &mut self,
        trace: TraceId,
        recorded: &Recorded,
        machine: &mut Machine,
    ) -> (Resume, bool) {
        let left = self.run(trace, machine);
        if left.exit.trace == LANDING {
            return (left.resume, true);
        }
        // A side trace's end is no end of the program's.
        let finished = left.reason == "end" && left.exit.trace == trace;
        if left.resume == recorded.start && !finished {
            return interpret(recorded, machine);
        }
        (left.resume, finished)
    }
}

fn check(seed: u64, config: &Config) {
    let program = program(seed, 10 + seed as usize % 40);
    let recorded = &program.recorded;
    let mut native = Native::new(config.clone(), recorded);
    let what = format!("seed {seed}, {}, passes {}", config.policy, config.switches);
    let trace = native
        .engine
        .compile(recorded)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    for input in 0..4 {
        let mut expected = machine(&program, input);
        let (resume, finished) = interpret(recorded, &mut expected);
        let expected = expected.state(resume.top);
        let mut got = machine(&program, input);
        let (place, done) = native.outcome(trace, recorded, &mut got);
        let dump = |native: &Native| native.engine.dumps()[trace.0 as usize].to_string();
        // A jump's end is the landing's, whose place is its own.
        if !(finished && done && matches!(recorded.end, End::Jump(_))) {
            assert_eq!(place, resume, "{what}, input {input}\n{}", dump(&native));
        }
        assert_eq!(
            got.state(resume.top),
            expected,
            "{what}, input {input}\n{}",
            dump(&native)
        );
    }
    check_side(&mut native, &program, trace, seed, seed % 4, &what);
}

/// Links a side trace to the exit that `input` takes, and takes it again: what the parent and the interpreter do one after
/// the other, the two traces must do together.
fn check_side(
    native: &mut Native,
    program: &Program,
    trace: TraceId,
    seed: u64,
    input: u64,
    what: &str,
) {
    let mut apart = machine(program, input);
    let left = native.run(trace, &mut apart);
    if left.exit.trace != trace {
        return;
    }
    let recorded = match seed % 4 {
        // It does nothing, or only reaches higher than its parent.
        0 => leave(&program.recorded, left.resume, 0),
        1 => leave(&program.recorded, left.resume, 30),
        _ => side_program(program, left.resume, left.exit, !seed, 14),
    };
    let side = Recorded {
        parent: Some(left.exit),
        ..recorded.clone()
    };
    let plain = Recorded {
        parent: None,
        ..recorded
    };
    let (resume, _) = interpret(&plain, &mut apart);
    let side = native
        .engine
        .compile(&side)
        .unwrap_or_else(|error| panic!("{what}, side trace: {error}"));
    assert_eq!(native.engine.side_trace(left.exit), Some(side));
    let mut together = machine(program, input);
    let through = native.run(trace, &mut together);
    let landed = through.exit.trace < trace;
    assert!(
        landed || through.exit.trace == side,
        "{what}, input {input}"
    );
    if !landed && through.resume == plain.start && through.reason != "end" {
        // It has done nothing.
        interpret(&plain, &mut together);
    }
    assert_eq!(
        together.state(resume.top),
        apart.state(resume.top),
        "{what}, input {input}, through the side trace\n{}\n{}",
        native.engine.dumps()[trace.0 as usize],
        native.engine.dumps()[side.0 as usize]
    );
}

#[test]
fn random_programs_do_natively_what_the_interpreter_does() {
    for config in configs() {
        for seed in 0..programs() {
            check(seed, &config);
        }
    }
}

#[test]
fn the_same_recording_gives_the_same_code() {
    for config in configs() {
        for seed in 0..6 {
            let recorded = program(seed, 40).recorded;
            let listing = || {
                let mut native = Native::new(config.clone(), &recorded);
                let trace = native.engine.compile(&recorded).unwrap();
                let dump = native.engine.dumps().last().unwrap().to_string();
                let (hot, cold) = native.engine.code(trace).unwrap();
                (hot.len(), cold.len(), dump)
            };
            assert_eq!(listing(), listing(), "seed {seed}, {}", config.policy);
        }
    }
}

#[test]
fn a_refused_recording_changes_nothing() {
    let program = program(3, 20);
    let config = Config {
        arena_bytes: 1 << 16,
        max_words: FRAME as u32,
        // Or the passes would find that nothing is ever pushed.
        switches: "none".parse().unwrap(),
        ..Config::default()
    };
    let mut native = Native::new(config, &program.recorded);
    let before = native.engine.stats();
    let mut unknown = program.recorded.clone();
    unknown.end = End::Jump(TraceId(9));
    let error = native.engine.compile(&unknown).unwrap_err();
    assert!(matches!(error, CompileError::UnknownTrace(TraceId(9))));
    let high = leave(&program.recorded, program.recorded.start, FRAME + 1);
    let error = native.engine.compile(&Recorded {
        end: End::Leave,
        ..high
    });
    let switches = native.engine.config().switches;
    match error {
        Err(CompileError::TooManyWords { words, max }) => assert!(words > max),
        other => panic!("{other:?} with {switches}"),
    }
    let mut compiled = 0;
    let full = loop {
        match native.engine.compile(&program.recorded) {
            Ok(_) => compiled += 1,
            Err(error) => break error,
        }
    };
    assert!(compiled > 2, "{full}");
    assert!(matches!(full, CompileError::Arena(_)), "{full}");
    let stats = native.engine.stats();
    assert_eq!(stats.traces.compiled, before.traces.compiled + compiled);
    assert_eq!(stats.traces.aborted["unknown_trace"], 1);
    assert_eq!(stats.traces.aborted["too_many_words"], 1);
    assert_eq!(stats.traces.aborted["arena"], 1);
    // What was compiled before still runs.
    let mut machine = machine(&program, 0);
    native.run(TraceId(2), &mut machine);
}
