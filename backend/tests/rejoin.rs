//! Loops of the test VM whose exits get side traces that come back: at the loop's head, in registers, they must end in the same
//! state as at its entry, through memory, under every policy.
//!
//! `SASHIKO_FUZZ=N` runs N programs instead of the few of every day.

mod common;
#[allow(dead_code, reason = "the optimizer uses more of it")]
#[path = "../../optimizer/tests/programs/mod.rs"]
mod programs;

use common::configs;
use programs::{Machine, Program, program, returning_program, table};
use sashiko_backend::{Config, Engine, Left};
use sashiko_regalloc::Policy;
use sashiko_trace::ir::{End, TraceId};

/// Words of a frame: enough for every spill slot.
const FRAME: usize = 400;
const LOOP: TraceId = TraceId(0);
/// Side traces of one loop.
const SIDES: usize = 4;

fn programs() -> u64 {
    let asked = std::env::var("SASHIKO_FUZZ").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(60)
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

#[test]
fn side_traces_come_back_to_the_head() {
    for config in configs() {
        let back: u64 = (0..programs()).map(|seed| check(seed, &config)).sum();
        let on = config.switches.is_on("rejoin")
            && config.switches.is_on("store-forward")
            && !matches!(config.policy, Policy::Ion | Policy::Fastalloc);
        assert!(!on || back > programs() / 6, "{}: {back}", config.policy);
    }
}
