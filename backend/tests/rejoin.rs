//! Loops of the test VM whose exits get side traces that come back: at the loop's head, in registers, they must end in the same
//! state as at its entry, through memory, under every policy.
//!
//! `SASHIKO_FUZZ=N` runs N programs instead of the few of every day.

mod common;
#[allow(dead_code, reason = "the optimizer uses more of it")]
#[path = "../../optimizer/tests/programs/mod.rs"]
mod programs;

use common::{Vm, configs, engine, frame, int, loop_to};
use programs::{Machine, Program, program, returning_program, table};
use sashiko_backend::{Config, Engine, Left};
use sashiko_regalloc::Policy;
use sashiko_testvm::{TABLE, op};
use sashiko_trace::ir::{End, Slot, TraceId};
use sashiko_trace::recorded::{Recorded, Recorder};

/// Words of a frame: enough for every spill slot.
const FRAME: usize = 400;
const LOOP: TraceId = TraceId(0);
/// Side traces of one loop.
const SIDES: usize = 4;

fn programs() -> u64 {
    let asked = std::env::var("SASHIKO_FUZZ").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(30)
}

fn run(engine: &mut Box<Engine>, machine: &mut Machine) -> Left {
    assert!(engine.words_needed(LOOP) <= FRAME);
    engine.set_vm(machine.env().vm);
    let base = machine.memory.as_mut_ptr();
    // SAFETY: the frame is of the kind the program was recorded with, and has room.
    unsafe { Engine::run(&raw mut **engine, LOOP, base, machine) }
}

/// What can be seen when the loop has been left for good.
fn outcome(engine: &mut Box<Engine>, program: &Program, input: u64) -> (Left, String) {
    let mut machine = Machine::new(program, input, input % 4 == 3);
    machine.memory.resize(FRAME, 0);
    let left = run(engine, &mut machine);
    (left, machine.state(left.resume.top))
}

/// How many side traces of the program of `seed` go on at the head.
fn check(seed: u64, config: &Config) -> u64 {
    let program = program(seed, 3 + seed as usize % 24);
    if program.recorded.end != End::Loop {
        return 0;
    }
    let mut through_memory = config.clone();
    through_memory.switches = format!("{},-rejoin", config.switches).parse().unwrap();
    let what = format!("seed {seed}, {}, passes {}", config.policy, config.switches);
    let mut engines = [config.clone(), through_memory]
        .map(|config| Box::new(Engine::new(table(), config).unwrap()));
    for engine in &mut engines {
        engine.compile(&program.recorded).unwrap();
    }
    let mut sides = 0;
    for input in 0..8 {
        let [onto, plain] = &mut engines;
        let (left, state) = outcome(plain, &program, input);
        let (same, got) = outcome(onto, &program, input);
        let dump = |engine: &Engine| {
            let dumps = engine.dumps().iter().map(ToString::to_string);
            dumps.collect::<Vec<_>>().join("\n----\n")
        };
        assert_eq!(
            (left.resume, state),
            (same.resume, got),
            "{what}, input {input}\n{}",
            dump(onto)
        );
        let at_entry = left.resume == program.recorded.start;
        if left.exit.trace != LOOP || at_entry || sides == SIDES {
            continue;
        }
        let recorded = returning_program(&program, left.resume, left.exit, seed ^ input, 8);
        for engine in &mut engines {
            engine
                .compile(&recorded)
                .unwrap_or_else(|error| panic!("{what}, side trace: {error}"));
        }
        sides += 1;
        // The same input again, through the new side trace.
        let [onto, plain] = &mut engines;
        let (left, state) = outcome(plain, &program, input);
        let (same, got) = outcome(onto, &program, input);
        assert_eq!(
            (left.resume, &state),
            (same.resume, &got),
            "{what}, input {input}, through the side trace\n{}",
            dump(onto)
        );
    }
    let rewrites = &engines[0].stats().rewrites;
    rewrites.get("rejoin/head").copied().unwrap_or(0)
}

/// `regalloc2`'s policies say nothing of what they keep.
fn comes_back(config: &Config) -> bool {
    config.switches.is_on("rejoin") && !matches!(config.policy, Policy::Ion | Policy::Fastalloc)
}

#[test]
fn side_traces_come_back_to_the_head() {
    for config in configs() {
        let back: u64 = (0..programs()).map(|seed| check(seed, &config)).sum();
        let on = comes_back(&config);
        assert!(!on || back > programs() / 6, "{}: {back}", config.policy);
    }
}

/// `while i < n: sum += a[0]; if i >= 5: ..`, with i, sum, n, a in slots 0 to 3.
fn reading_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(4), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.load(Slot(3));
        recorder.peek(op::GUARD_ARRAY, &[0], &[]);
        recorder.peek(op::ARRAY_LOAD_CONST, &[0], &[0]);
        recorder.nip(1);
        common::at(recorder, 2);
        recorder.load(Slot(1));
        recorder.uop(op::ADD_INT, &[]);
        recorder.store(Slot(1));
        common::at(recorder, 3);
        recorder.load(Slot(0));
        recorder.constant(int(5));
        recorder.uop(op::LT_INT, &[]);
        recorder.uop(op::UNBOX_BOOL, &[]);
        recorder.uop(op::GUARD_TRUE, &[]);
    });
    recorder.finish(End::Loop)
}

/// `a[0] = i`, if it `writes`, and back to the loop.
fn way_back(left: &Left, writes: bool) -> Recorded {
    let mut recorder = Recorder::new(&TABLE, left.resume, Some(left.exit));
    if writes {
        common::at(&mut recorder, 4);
        recorder.load(Slot(3));
        recorder.constant(int(0));
        recorder.load(Slot(0));
        recorder.peek(op::GUARD_ARRAY, &[2], &[]);
        recorder.peek(op::UNBOX_INT, &[1], &[]);
        recorder.peek(op::ARRAY_STORE, &[3, 0, 1], &[]);
        (0..4).for_each(|_| recorder.drop_top());
    }
    common::step(&mut recorder);
    common::at(&mut recorder, 0);
    recorder.finish(End::Jump(LOOP))
}

#[test]
fn what_was_read_before_the_loop_is_read_again_if_it_was_written() {
    for config in configs() {
        for (writes, sum) in [(true, 32), (false, 10)] {
            let mut vm = Vm::new();
            let array = vm.vm.array(&[int(1)]);
            let mut engine = engine(config.clone(), &mut vm);
            engine.compile(&reading_loop()).unwrap();
            let room = engine.words_needed(LOOP) + 40;
            let mut frame = frame(&[int(0), int(0), int(10), array], room);
            let what = format!("{}, passes {}", config.policy, config.switches);
            // SAFETY: the frame is what the recording started from.
            let left = unsafe { Engine::run(&raw mut engine, LOOP, frame.as_mut_ptr(), &mut vm) };
            assert_eq!((left.resume.origin.pc, frame[1]), (3, int(6)), "{what}");
            engine.compile(&way_back(&left, writes)).unwrap();
            frame[..3].copy_from_slice(&[int(0), int(0), int(10)]);
            // SAFETY: the same frame again.
            let left = unsafe { Engine::run(&raw mut engine, LOOP, frame.as_mut_ptr(), &mut vm) };
            assert_eq!((left.resume.origin.pc, frame[1]), (0, int(sum)), "{what}");
            let back = engine.stats().rewrites.contains_key("rejoin/head");
            let can = comes_back(&config);
            assert_eq!(back, can && !writes, "{what}, writes: {writes}");
        }
    }
}
