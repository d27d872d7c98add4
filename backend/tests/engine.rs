//! The engine on recordings of the test VM: loops, side traces, jumps, calls, slow uops, re-entrance, statistics, dumps.

mod common;

use common::{Vm, configs, engine, frame, int, loop_to};
use sashiko_backend::{CompileError, Config, Document, Engine, Left, Stage};
use sashiko_testvm::layout::word_of_float;
use sashiko_testvm::{TABLE, op};
use sashiko_trace::exit::Rebuild;
use sashiko_trace::ir::{End, Slot, TraceId};
use sashiko_trace::recorded::{Recorded, Recorder};

/// `while i < n: sum += i; i += 1`, with i, sum, n in slots 0 to 2.
fn sum_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(3), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.load(Slot(1));
        recorder.load(Slot(0));
        recorder.uop(op::ADD_INT, &[]);
        recorder.store(Slot(1));
    });
    recorder.finish(End::Loop)
}

#[test]
fn a_loop_runs_under_every_policy_with_and_without_passes() {
    for config in configs() {
        let what = format!("{} with {:?}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine
            .compile(&sum_loop())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut frame = frame(&[int(0), int(0), int(1000)], engine.words_needed(trace));
        // SAFETY: the frame is what the recording started from.
        let left = unsafe { Engine::run(&raw mut engine, trace, frame.as_mut_ptr(), &mut vm) };
        assert_eq!(left.resume.origin.pc, 0, "{what}");
        assert_eq!(left.base, frame.as_mut_ptr());
        assert_eq!((left.count, left.exit.trace), (1, trace));
        assert_eq!(frame[..3], [int(1000), int(499_500), int(1000)], "{what}");
        let stats = engine.stats();
        assert_eq!((stats.entered, stats.traces.compiled), (1, 1));
        assert_eq!(stats.exits.values().sum::<u64>(), 1);
    }
}

/// `while i < n: sum += i if i < 500 else 2 * i`: the side trace of the exit at `i < 500` jumps back to the loop.
fn branchy_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(3), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.load(Slot(0));
        recorder.constant(int(500));
        recorder.uop(op::LT_INT, &[]);
        recorder.uop(op::UNBOX_BOOL, &[]);
        recorder.uop(op::GUARD_TRUE, &[]);
        common::at(recorder, 2);
        recorder.load(Slot(1));
        recorder.load(Slot(0));
        recorder.uop(op::ADD_INT, &[]);
        recorder.store(Slot(1));
    });
    recorder.finish(End::Loop)
}

fn other_branch(left: &Left, target: TraceId) -> Recorded {
    let mut recorder = Recorder::new(&TABLE, left.resume, Some(left.exit));
    common::at(&mut recorder, 3);
    recorder.load(Slot(1));
    recorder.load(Slot(0));
    recorder.uop(op::ADD_INT, &[]);
    recorder.load(Slot(0));
    recorder.uop(op::ADD_INT, &[]);
    recorder.store(Slot(1));
    common::step(&mut recorder);
    common::at(&mut recorder, 0);
    recorder.finish(End::Jump(target))
}

#[test]
fn a_side_trace_takes_over_and_jumps_back() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&branchy_loop()).unwrap();
        let mut words = frame(&[int(0), int(0), int(1000)], engine.words_needed(trace));
        // SAFETY: the frame is what the recording started from.
        let left = unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
        assert_eq!(words[0], int(500), "{what}");
        assert_eq!(left.resume.origin.pc, 1, "{what}");
        // The optimizer may have fused compare and branch.
        let reasons = ["guard_true", "guard_int_lt"];
        assert!(reasons.contains(&left.reason), "{what}: {}", left.reason);
        let side = engine.compile(&other_branch(&left, trace)).unwrap();
        assert_eq!(engine.side_trace(left.exit), Some(side));
        let again = engine.compile(&other_branch(&left, trace));
        assert!(matches!(again, Err(CompileError::Linked(exit)) if exit == left.exit));

        let mut words = frame(&[int(0), int(0), int(1000)], engine.words_needed(side));
        // SAFETY: as above.
        let left = unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
        let sum: i64 = (0..1000).map(|i| if i < 500 { i } else { 2 * i }).sum();
        assert_eq!(words[..3], [int(1000), int(sum), int(1000)], "{what}");
        assert_eq!(
            (left.exit.trace, left.resume.origin.pc),
            (trace, 0),
            "{what}"
        );
        let stats = engine.stats();
        assert_eq!((stats.traces.compiled, stats.traces.side), (2, 1));
        assert_eq!(stats.traces.aborted["exit_linked"], 1);
    }
}

/// Called uops, a slow uop and floats in one loop: `log(i); drop(array); f = f * 0.5 + pow(f, 2)`.
fn calling_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(5), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.load(Slot(0));
        recorder.uop(op::LOG, &[]);
        common::at(recorder, 2);
        recorder.load(Slot(4));
        recorder.peek(op::INCREF, &[0], &[]);
        recorder.uop(op::DECREF, &[]);
        common::at(recorder, 3);
        recorder.load(Slot(3));
        recorder.peek(op::UNBOX_FLOAT, &[0], &[]);
        recorder.copy(0);
        recorder.copy(1);
        recorder.uop(op::FLOAT_POW, &[]);
        recorder.uop(op::FLOAT_ADD, &[]);
        recorder.uop(op::BOX_FLOAT, &[]);
        recorder.store(Slot(3));
        recorder.drop_top();
        common::at(recorder, 4);
        recorder.load(Slot(4));
        recorder.uop(op::DECREF, &[]);
    });
    recorder.finish(End::Loop)
}

#[test]
fn calls_and_slow_uops_keep_what_lives_across_them() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let array = vm.vm.array(&[]);
        // The loop drops one reference each round; the third is the last.
        vm.add_reference(array);
        vm.add_reference(array);
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&calling_loop()).unwrap();
        let start = [int(0), int(7), int(3), word_of_float(0.5), array];
        let mut words = frame(&start, engine.words_needed(trace));
        // SAFETY: the frame is what the recording started from, and has as many references as the loop drops.
        let left = unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
        let mut float = 0.5f64;
        for _ in 0..3 {
            float += float.powf(float);
        }
        assert_eq!(left.resume.origin.pc, 0, "{what}");
        assert_eq!(
            words[..5],
            [int(3), int(7), int(3), word_of_float(float), array],
            "{what}"
        );
        assert_eq!(vm.vm.log, [int(0), int(1), int(2)], "{what}");
        assert_eq!(vm.vm.dropped, [array], "{what}");
    }
}

#[test]
fn dumps_hold_every_stage_as_text_and_as_json() {
    let mut vm = Vm::new();
    let config = Config {
        keep_dumps: true,
        ..Config::default()
    };
    let mut engine = engine(config, &mut vm);
    let trace = engine.compile(&branchy_loop()).unwrap();
    let mut words = frame(&[int(0), int(0), int(1000)], engine.words_needed(trace));
    // SAFETY: the frame is what the recording started from.
    let left = unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
    engine.compile(&other_branch(&left, trace)).unwrap();
    let dumps = engine.dumps();
    assert_eq!(dumps[0].title(), "trace 0: loop at \"loop.t\" pc 0 line 1");
    let title = dumps[1].title();
    assert!(title.starts_with("trace 1: jump from exit "), "{title}");
    for dump in dumps {
        for stage in Stage::ALL {
            assert!(!dump.stage(stage).is_empty(), "{}", stage.name());
        }
        assert!(dump.to_string().contains("-- optimized\n"));
    }
    let asm = dumps[0].stage(Stage::Asm);
    for part in [
        "loop:\n",
        "jl loop",
        "jmp leave",
        "; \"loop.t\" pc 1 line 2",
        "exit1:\n",
    ] {
        assert!(asm.contains(part), "no {part:?} in\n{asm}");
    }
    let document = Document {
        schema: sashiko_backend::dump::SCHEMA,
        vm: TABLE.name,
        traces: dumps,
    };
    let json: serde_json::Value = serde_json::to_value(&document).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["traces"][1]["parent"][0], 0);
    let text: Vec<&str> = dumps[0].lifted.lines().collect();
    assert_eq!(json["traces"][0]["lifted"], serde_json::json!(text));
    let first = &json["traces"][0]["asm"]["hot"][0]["instructions"][0];
    assert!(first["text"].is_string() && first["bytes"].is_string());
}

#[test]
fn statistics_are_of_everything_since_the_beginning() {
    let mut vm = Vm::new();
    let mut engine = engine(Config::default(), &mut vm);
    engine.note_abort("too_long");
    engine.note_abort("too_long");
    let trace = engine.compile(&sum_loop()).unwrap();
    for _ in 0..3 {
        let mut words = frame(&[int(0), int(0), int(10)], engine.words_needed(trace));
        // SAFETY: the frame is what the recording started from.
        unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
    }
    let stats = engine.stats();
    assert_eq!(stats.traces.aborted["too_long"], 2);
    assert_eq!(stats.entered, 3);
    assert_eq!(stats.exits.values().sum::<u64>(), 3);
    assert_eq!(stats.uops.recorded as usize, sum_loop().ops.len());
    assert!(stats.uops.optimized < stats.uops.lifted);
    assert!(stats.code.stencils > 2 && stats.code.arena.hot > 0);
    assert!(stats.time.lift > 0 && stats.time.stitch > 0 && stats.time.total() > 0);
    assert!(
        stats
            .rewrites
            .keys()
            .any(|name| name.starts_with("store-forward/"))
    );
    let json = serde_json::to_string(&stats).unwrap();
    assert!(json.contains("\"aborted\":{\"too_long\":2}"), "{json}");
}

#[test]
fn fuel_is_counted_over_everything_an_engine_compiles() {
    let compile = |fuel| {
        let mut vm = Vm::new();
        let config = Config {
            fuel,
            ..Config::default()
        };
        let mut engine = engine(config, &mut vm);
        let traces = [(); 2].map(|()| engine.compile(&sum_loop()).unwrap());
        for trace in traces {
            let mut words = frame(&[int(0), int(0), int(100)], engine.words_needed(trace));
            // SAFETY: the frame is what the recording started from.
            unsafe { Engine::run(&raw mut engine, trace, words.as_mut_ptr(), &mut vm) };
            assert_eq!(words[..3], [int(100), int(4950), int(100)]);
        }
        engine.stats().rewrites.values().sum::<u64>()
    };
    let all = compile(None);
    for fuel in 0..=all {
        assert_eq!(compile(Some(fuel)), fuel);
    }
}

/// A runtime that runs a second trace while the first is on its way out, and so sees whether exits are kept apart.
struct Reentrant {
    engine: *mut Engine,
    inner: TraceId,
    vm: Vm,
    sums: Vec<u64>,
}

impl Rebuild for Reentrant {
    fn box_value(&mut self, rep: sashiko_stencils::Rep, bits: u64) -> u64 {
        // SAFETY: nobody uses the engine while an exit is rebuilt but through this pointer.
        let room = unsafe { (*self.engine).words_needed(self.inner) };
        let mut words = frame(&[int(0), int(0), int(10)], room);
        // SAFETY: the frame is what the recording started from.
        unsafe { Engine::run(self.engine, self.inner, words.as_mut_ptr(), &mut self.vm) };
        self.sums.push(words[1]);
        self.vm.box_value(rep, bits)
    }

    fn add_reference(&mut self, word: u64) {
        self.vm.add_reference(word);
    }
}

#[test]
fn a_trace_may_be_entered_while_another_is_left() {
    let mut vm = Vm::new();
    let mut engine = Box::new(engine(Config::default(), &mut vm));
    let outer = engine.compile(&sum_loop()).unwrap();
    let inner = engine.compile(&sum_loop()).unwrap();
    let mut words = frame(&[int(0), int(0), int(100)], engine.words_needed(outer));
    let engine = Box::into_raw(engine);
    let mut runtime = Reentrant {
        engine,
        inner,
        vm: Vm::new(),
        sums: Vec::new(),
    };
    // SAFETY: the frame is what the recording started from; the engine is used through this pointer alone.
    let left = unsafe { Engine::run(engine, outer, words.as_mut_ptr(), &mut runtime) };
    assert_eq!(left.exit.trace, outer);
    assert_eq!(words[..3], [int(100), int(4950), int(100)]);
    assert!(!runtime.sums.is_empty(), "raw values are boxed at the exit");
    assert!(runtime.sums.iter().all(|sum| *sum == int(45)));
    // SAFETY: it came from a box above.
    drop(unsafe { Box::from_raw(engine) });
}

/// Adds slot 0 to slot 1, puts the sum below the frame, and returns.
fn adds_and_returns() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(2), None);
    common::at(&mut recorder, 0);
    recorder.load(Slot(0));
    recorder.load(Slot(1));
    recorder.uop(op::ADD_INT, &[]);
    recorder.store(Slot(-1));
    recorder.enter_frame(Slot(0), Slot(0));
    recorder.finish(End::Return)
}

#[test]
fn a_trace_returns_with_what_lies_below_its_frame() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&adds_and_returns()).unwrap();
        let mut words = frame(&[0, int(4), int(5)], 1 + engine.words_needed(trace));
        let base = words[1..].as_mut_ptr();
        // SAFETY: the frame is what the recording started from, with a word below it.
        let left = unsafe { Engine::run(&raw mut engine, trace, base, &mut vm) };
        assert!(left.returned, "{what}");
        assert_eq!((left.reason, left.resume.top), ("return", Slot(0)));
        assert_eq!(words[0], int(9), "{what}");

        // Operands that are no integers: it leaves before it returns.
        let mut words = frame(
            &[0, int(4), word_of_float(0.5)],
            1 + engine.words_needed(trace),
        );
        let base = words[1..].as_mut_ptr();
        // SAFETY: as above.
        let left = unsafe { Engine::run(&raw mut engine, trace, base, &mut vm) };
        assert!(!left.returned, "{what}");
        assert_eq!((words[0], left.resume.origin.pc), (0, 0), "{what}");
    }
}
