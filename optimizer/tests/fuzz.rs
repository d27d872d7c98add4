//! Random programs, every pass alone and all together: optimized traces do what lifted ones do.
//!
//! Compared are where the VM goes on, the slots it sees there, the heap with its reference counts, the log, and the
//! order in which objects were dropped. `SASHIKO_FUZZ=N` runs N programs instead of the few of every day.

use bumpalo::Bump;
use sashiko_optimizer::{Fuel, PASSES, Pipeline, Report, Switches};
use sashiko_trace::interp::{Ended, run_trace};
use sashiko_trace::ir::{ExitId, Resume, Trace, TraceId};
use sashiko_trace::lift::{ParentExit, lift};
use sashiko_trace::text::trace_text;

#[allow(dead_code, reason = "the backend uses more of it")]
mod programs;

use programs::{Machine, Program, program, side_program, table};

const LIMIT: u64 = 20_000;

/// Runs `trace`, and while it leaves where it began, having done nothing or whole rounds, goes on with `reference`.
fn run(trace: &Trace<'_>, reference: &Trace<'_>, machine: &mut Machine) -> (Resume, String) {
    let mut current = trace;
    for _ in 0..2 {
        let env = machine.env();
        // SAFETY: the trace was verified, and the frame has room for its slots.
        let run = unsafe { run_trace(current, env, &[], LIMIT) };
        assert_ne!(
            run.ended,
            Ended::Limit,
            "loops count their rounds\n{}",
            trace_text(trace)
        );
        let base = machine.memory.as_mut_ptr();
        // SAFETY: snapshots list slots of the frame.
        let resume = unsafe { run.rebuild(current, base, machine) }.expect("it left");
        let in_preheader = matches!(run.ended, Ended::Exit(inst) if inst < current.preheader.len());
        let at_head = resume == current.start && !matches!(run.ended, Ended::Finish);
        if (in_preheader || at_head) && !std::ptr::eq(current, reference) {
            current = reference;
            continue;
        }
        return (resume, machine.state(resume.top));
    }
    unreachable!("the reference leaves for good")
}

fn check(
    program: &Program,
    seed: u64,
    pipeline: &mut Pipeline,
    what: &str,
    fuel: Option<u64>,
) -> u64 {
    check_reported(program, seed, pipeline, what, fuel).rewrites()
}

fn check_reported(
    program: &Program,
    seed: u64,
    pipeline: &mut Pipeline,
    what: &str,
    fuel: Option<u64>,
) -> Report {
    let arena = Bump::new();
    let lifted =
        lift(&program.recorded, None, table(), &arena).unwrap_or_else(|error| panic!("{error}"));
    let mut optimized = lifted.clone();
    let mut fuel = Fuel::from(fuel);
    let report = pipeline
        .run(&mut optimized, &mut fuel)
        .unwrap_or_else(|error| panic!("seed {seed}, {what}: {error}\n{}", trace_text(&lifted)));
    for input in 0..4 {
        let surprise = input >= 2;
        let mut before = Machine::new(program, input, surprise);
        let mut after = Machine::new(program, input, surprise);
        let expected = run(&lifted, &lifted, &mut before);
        let got = run(&optimized, &lifted, &mut after);
        assert_eq!(
            expected,
            got,
            "seed {seed}, input {input}, {what}, last rewrite {:?}\n{}\n==>\n{}\n{}\n---\n{}",
            report.last,
            trace_text(&lifted),
            trace_text(&optimized),
            expected.1,
            got.1
        );
    }
    report
}

/// Runs a trace of `program` to an exit and goes on from there: with an optimized side trace, which takes over the
/// values, and with an unoptimized one from rebuilt memory. False if there was no exit to go on from.
fn check_side(program: &Program, seed: u64, input: u64, pipeline: &mut Pipeline) -> bool {
    let arena = Bump::new();
    let mut parent = lift(&program.recorded, None, table(), &arena).expect("a right recording");
    pipeline
        .run(&mut parent, &mut Fuel::UNLIMITED.clone())
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let leave = |machine: &mut Machine| {
        let env = machine.env();
        // SAFETY: the trace was verified, and the frame has room for its slots.
        unsafe { run_trace(&parent, env, &[], LIMIT) }
    };
    let mut taken_over = Machine::new(program, input, input > 1);
    let run = leave(&mut taken_over);
    let (Ended::Exit(index), Some(snapshot)) = (run.ended, run.snapshot) else {
        return false;
    };
    let exit = ExitId {
        trace: TraceId(0),
        index: index as u32,
    };
    let state = parent.snapshot(snapshot);
    let mut recorded = side_program(program, state.resume, exit, !seed, 14);
    let parent_exit = ParentExit::of(&parent, snapshot, exit);
    let mut side = lift(&recorded, Some(&parent_exit), table(), &arena)
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let text = trace_text(&side).to_string();
    let report = pipeline
        .run(&mut side, &mut Fuel::UNLIMITED.clone())
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    let imports: Vec<u64> = state
        .values()
        .map(|value| run.values[value.0 as usize])
        .collect();
    let got = finish(&side, &imports, &mut taken_over);

    recorded.parent = None;
    let plain = lift(&recorded, None, table(), &arena).expect("the same recording");
    let mut rebuilt = Machine::new(program, input, input > 1);
    let run = leave(&mut rebuilt);
    let base = rebuilt.memory.as_mut_ptr();
    // SAFETY: snapshots list slots of the frame.
    unsafe { run.rebuild(&parent, base, &mut rebuilt) };
    let expected = finish(&plain, &[], &mut rebuilt);
    assert_eq!(
        expected,
        got,
        "seed {seed}, input {input}, last rewrite {:?}\n{}\n{text}\n==>\n{}\n{}\n---\n{}",
        report.last,
        trace_text(&parent),
        trace_text(&side),
        expected.1,
        got.1
    );
    true
}

/// Runs `trace` to its end and rebuilds memory.
fn finish(trace: &Trace<'_>, imports: &[u64], machine: &mut Machine) -> (Resume, String) {
    let env = machine.env();
    // SAFETY: the trace was verified, the frame has room for its slots, and the imports are the parent's values.
    let run = unsafe { run_trace(trace, env, imports, LIMIT) };
    let base = machine.memory.as_mut_ptr();
    // SAFETY: snapshots list slots of the frame.
    let resume = unsafe { run.rebuild(trace, base, machine) }.expect("it left");
    (resume, machine.state(resume.top))
}

fn programs() -> u64 {
    let asked = std::env::var("SASHIKO_FUZZ").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(100)
}

#[test]
fn optimized_programs_do_what_lifted_ones_do() {
    let mut all = Pipeline::new(Switches::all()).verifying(true);
    let mut rewrites = 0;
    for seed in 0..programs() {
        let program = program(seed, 12 + seed as usize % 40);
        rewrites += check(&program, seed, &mut all, "all passes", None);
    }
    assert!(
        rewrites > 3_000,
        "the passes found little to do: {rewrites} rewrites"
    );
}

#[test]
fn every_pass_alone_keeps_the_meaning() {
    for name in PASSES {
        let mut alone = Pipeline::of(&[name]).unwrap().verifying(true);
        let mut behind = Pipeline::of(&["store-forward", "expand", name, "dce"])
            .unwrap()
            .verifying(true);
        for seed in 0..programs() / 3 {
            let program = program(seed, 20);
            check(&program, seed, &mut alone, name, None);
            check(
                &program,
                seed,
                &mut behind,
                &format!("{name} on values"),
                None,
            );
        }
    }
}

/// Short loops, in which little is written: each way to hoist must be taken often.
#[test]
fn hoisting_keeps_the_meaning() {
    let mut passes = Pipeline::of(&[
        "store-forward",
        "expand",
        "guard-elim",
        "cse",
        "refcount",
        "hoist",
        "dce",
    ])
    .unwrap()
    .verifying(true);
    let mut hoisted = [
        ("invariant", 0),
        ("invariant-guard", 0),
        ("invariant-read", 0),
    ];
    for seed in 0..4 * programs() {
        let program = program(seed, 3 + seed as usize % 8);
        let report = check_reported(&program, seed, &mut passes, "hoist", None);
        for rule in report.passes.iter().flat_map(|pass| &pass.rules) {
            for (name, count) in &mut hoisted {
                *count += if rule.rule == *name { rule.count } else { 0 };
            }
        }
    }
    assert!(hoisted.iter().all(|(_, count)| *count > 5), "{hoisted:?}");
}

#[test]
fn running_out_of_fuel_anywhere_keeps_the_meaning() {
    let mut all = Pipeline::new(Switches::all()).verifying(true);
    for seed in 0..programs() / 30 {
        let program = program(seed, 16);
        let rewrites = check(&program, seed, &mut all, "all passes", None);
        for fuel in 0..rewrites {
            check(
                &program,
                seed,
                &mut all,
                &format!("fuel {fuel}"),
                Some(fuel),
            );
        }
    }
}

#[test]
fn side_traces_take_over_where_their_parents_left() {
    let mut all = Pipeline::new(Switches::all()).verifying(true);
    let mut none = Pipeline::new(Switches::none()).verifying(true);
    let mut taken = 0;
    for seed in 0..programs() {
        let program = program(seed, 10 + seed as usize % 30);
        for input in 0..4 {
            taken += u64::from(check_side(&program, seed, input, &mut all));
        }
        check_side(&program, seed, 0, &mut none);
    }
    assert!(taken > programs() / 2, "few exits were taken: {taken}");
}

#[test]
fn the_same_trace_gives_the_same_text() {
    for seed in 0..10 {
        let program = program(seed, 30);
        let text = || {
            let arena = Bump::new();
            let mut trace = lift(&program.recorded, None, table(), &arena).unwrap();
            Pipeline::default()
                .run(&mut trace, &mut Fuel::UNLIMITED.clone())
                .unwrap();
            trace_text(&trace).to_string()
        };
        assert_eq!(text(), text());
    }
}
