//! Broken assumptions: who leaves, where, and in which state; who stays; and eviction.

mod common;

use common::{Vm, configs, engine, frame, int, loop_to};
use sashiko_backend::{Assumption, Config, Engine, Left};
use sashiko_testvm::{TABLE, op};
use sashiko_trace::ir::{End, Slot, TraceId};
use sashiko_trace::recorded::{Recorded, Recorder};

const ASSUMED: Assumption = Assumption(7);

/// `while i < n: hook(); sum += 3; i += 1`, where the 3 is assumed.
fn hooked_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(3), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.uop(op::RUN_HOOK, &[]);
        common::at(recorder, 2);
        add(recorder, 3);
    });
    recorder.finish(End::Loop)
}

/// `sum += amount`, where the amount is assumed.
fn add(recorder: &mut Recorder, amount: i64) {
    recorder.uop(op::STILL_VALID, &[]);
    recorder.load(Slot(1));
    recorder.constant(int(amount));
    recorder.uop(op::ADD_INT, &[]);
    recorder.store(Slot(1));
}

/// What the hook knows: in its `at`th call it does `what` to `engine`.
struct Hook {
    engine: *mut Engine,
    calls: u64,
    at: u64,
    what: fn(&mut Engine),
}

fn hook(argument: *mut ()) {
    // SAFETY: the tests hand over a hook, and nobody holds a reference to the engine while the trace runs.
    let hook = unsafe { &mut *argument.cast::<Hook>() };
    hook.calls += 1;
    if hook.calls == hook.at {
        // SAFETY: as above.
        (hook.what)(unsafe { &mut *hook.engine });
    }
}

/// Runs `trace` on a new frame; in the `at`th call of the hook `what` happens.
fn run(
    engine: *mut Engine,
    vm: &mut Vm,
    trace: TraceId,
    at: u64,
    what: fn(&mut Engine),
) -> (Left, Vec<u64>) {
    let mut known = Hook {
        engine,
        calls: 0,
        at,
        what,
    };
    vm.vm.hook = Some((hook, (&raw mut known).cast()));
    // SAFETY: the engine is the test's; nobody holds a reference to it.
    let mut words = frame(&[int(0), int(0), int(1000)], unsafe {
        (*engine).words_needed(trace)
    });
    // SAFETY: the frame is what the recording started from.
    let left = unsafe { Engine::run(engine, trace, words.as_mut_ptr(), vm) };
    vm.vm.hook = None;
    (left, words)
}

#[test]
fn a_trace_leaves_at_its_next_patch_point_and_at_its_entry() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&hooked_loop()).unwrap();
        engine.depend(trace, ASSUMED);
        let engine = &raw mut engine;
        let (left, words) = run(engine, &mut vm, trace, 10, |engine| {
            assert_eq!(engine.invalidate(Assumption(8)).unwrap(), 0);
            assert_eq!(engine.invalidate(ASSUMED).unwrap(), 1);
            assert_eq!(engine.invalidate(ASSUMED).unwrap(), 0, "it is gone");
        });
        assert_eq!((left.reason, left.valid), ("assumption", false), "{what}");
        assert_eq!(left.resume.origin.pc, 2, "{what}");
        assert_eq!(words[..3], [int(9), int(27), int(1000)], "{what}");

        // The VM should not enter it any more; others may still jump there.
        // SAFETY: no trace runs.
        assert!(unsafe { !(*engine).is_valid(trace) });
        let (left, words) = run(engine, &mut vm, trace, 0, |_| {});
        assert_eq!(left.resume.origin.pc, 0, "{what}");
        assert_eq!(left.reason, "entry_of_invalid", "{what}");
        assert_eq!(words[..3], [int(0), int(0), int(1000)], "{what}");
        // SAFETY: as above.
        assert_eq!(unsafe { (*engine).stats() }.traces.invalidated, 1);
    }
}

#[test]
fn a_valid_trace_does_not_notice_its_patch_points() {
    for config in configs() {
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&hooked_loop()).unwrap();
        engine.depend(trace, ASSUMED);
        let (left, words) = run(&raw mut engine, &mut vm, trace, 0, |_| {});
        assert_eq!(left.resume.origin.pc, 0);
        assert!(left.valid);
        assert_eq!(words[..3], [int(1000), int(3000), int(1000)]);
    }
}

/// `while i < n: sum += i if i < 500 else 3; i += 1`
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

fn other_branch(left: &Left, target: TraceId, amount: i64) -> Recorded {
    let mut recorder = Recorder::new(&TABLE, left.resume, Some(left.exit));
    common::at(&mut recorder, 3);
    add(&mut recorder, amount);
    common::step(&mut recorder);
    common::at(&mut recorder, 0);
    recorder.finish(End::Jump(target))
}

#[test]
fn a_side_trace_dies_alone_and_with_its_parent() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine.compile(&branchy_loop()).unwrap();
        engine.depend(trace, Assumption(1));
        let engine = &raw mut engine;
        let (left, words) = run(engine, &mut vm, trace, 0, |_| {});
        assert_eq!(words[0], int(500));
        let exit = left.exit;
        // SAFETY: no trace runs while the engine is spoken to.
        let side = unsafe {
            let side = (*engine).compile(&other_branch(&left, trace, 3)).unwrap();
            (*engine).depend(side, ASSUMED);
            side
        };
        let sum = 499 * 500 / 2;
        let (left, words) = run(engine, &mut vm, trace, 0, |_| {});
        assert_eq!(
            (left.resume.origin.pc, words[1]),
            (0, int(sum + 1500)),
            "{what}"
        );

        // SAFETY: as above.
        unsafe {
            assert_eq!((*engine).invalidate(ASSUMED).unwrap(), 1);
            assert!((*engine).is_valid(trace) && !(*engine).is_valid(side));
            assert_eq!((*engine).side_trace(exit), None);
        }
        let (left, words) = run(engine, &mut vm, trace, 0, |_| {});
        assert_eq!((left.exit, words[1]), (exit, int(sum)), "{what}");
        assert!(left.valid);

        // Another one takes its place, and goes when the parent does.
        // SAFETY: as above.
        unsafe {
            let other = (*engine).compile(&other_branch(&left, trace, 5)).unwrap();
            let (_, words) = run(engine, &mut vm, trace, 0, |_| {});
            assert_eq!(words[1], int(sum + 2500), "{what}");
            assert_eq!((*engine).invalidate(Assumption(1)).unwrap(), 2);
            assert!(!(*engine).is_valid(trace) && !(*engine).is_valid(other));
        }
    }
}

#[test]
fn code_is_evicted_when_nobody_is_inside() {
    for config in configs() {
        let what = format!("{} with {}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let empty = engine.stats().code.arena;
        let trace = engine.compile(&hooked_loop()).unwrap();
        let engine = &raw mut engine;
        let (left, words) = run(engine, &mut vm, trace, 5, |engine| {
            assert!(!engine.evict().unwrap(), "the caller is inside");
        });
        assert_eq!((left.reason, left.valid), ("assumption", false), "{what}");
        assert_eq!(words[0], int(4), "{what}");
        // SAFETY: no trace runs.
        unsafe {
            assert!((*engine).evict().unwrap());
            let stats = (*engine).stats();
            assert_eq!(
                (stats.code.arena.hot, stats.code.arena.cold),
                (empty.hot, empty.cold)
            );
            assert_eq!(stats.traces.evictions, 1);
            assert_eq!(stats.exits["assumption"], 1, "{what}");
            let again = (*engine).compile(&hooked_loop()).unwrap();
            assert_eq!(again, TraceId(trace.0 + 1), "numbers are not used twice");
            let (left, words) = run(engine, &mut vm, again, 0, |_| {});
            assert_eq!((left.exit.trace, words[1]), (again, int(3000)), "{what}");
        }
    }
}

#[test]
fn a_tiny_arena_goes_on_for_ever() {
    let mut vm = Vm::new();
    let config = Config {
        arena_bytes: 1 << 16,
        ..Config::default()
    };
    let mut engine = engine(config, &mut vm);
    for _ in 0..2000 {
        let recorded = hooked_loop();
        let trace = engine.compile(&recorded).unwrap_or_else(|error| {
            assert_eq!(error.reason(), "arena");
            assert!(engine.evict().unwrap());
            engine.compile(&recorded).unwrap()
        });
        assert!(engine.is_valid(trace));
    }
    assert!(engine.stats().traces.evictions > 1);
}
