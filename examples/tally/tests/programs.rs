//! Every program of `programs/`, interpreted and compiled under every policy, prints what its comments say.

use std::fs;
use std::path::{Path, PathBuf};

use sashiko::{Config, Policy, Switches};
use sashiko_tally::jit::Jit;
use sashiko_tally::machine::Machine;
use sashiko_tally::program::Program;

mod support;
use support::Sink;

struct Case {
    name: String,
    program: Program,
    prints: Vec<String>,
    fails: Option<String>,
}

fn read(path: &Path) -> Case {
    let source = fs::read_to_string(path).expect("it can be read");
    let comments = |key: &str| {
        let key = format!("; {key}: ");
        let lines = source.lines().filter_map(|line| line.strip_prefix(&key));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let name = path.file_name().expect("it is a file");
    Case {
        name: name.to_string_lossy().into_owned(),
        program: Program::parse(&source).expect("it is right"),
        prints: comments("prints"),
        fails: comments("fails").pop(),
    }
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("programs");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the programs are there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Runs `case`; answers how many times machine code was entered.
fn check(case: &Case, jit: Option<Jit>, how: &str) -> u64 {
    let sink = Sink::default();
    let mut machine = Machine::new(&case.program, Box::new(sink.clone()), jit);
    let result = machine.run();
    let printed = sink.text();
    let printed: Vec<_> = printed.lines().collect();
    assert_eq!(printed, case.prints, "what {} prints {how}", case.name);
    let failed = result.err().map(|error| error.to_string());
    assert_eq!(failed, case.fails, "how {} fails {how}", case.name);
    let Some(jit) = machine.jit() else {
        return 0;
    };
    let failures: Vec<_> = jit.failures().iter().map(ToString::to_string).collect();
    assert!(
        failures.is_empty(),
        "{} is not compiled {how}: {failures:?}",
        case.name
    );
    jit.engine().stats().entered
}

#[test]
fn interpreted() {
    for case in cases() {
        check(&case, None, "interpreted");
    }
}

#[test]
fn compiled_under_every_policy() {
    for case in cases() {
        for policy in Policy::ALL {
            for switches in [Switches::all(), Switches::none()] {
                let config = Config {
                    policy,
                    switches,
                    check: true,
                    ..Config::default()
                };
                let Ok(jit) = Jit::new(&case.program, config, 2) else {
                    eprintln!("this machine can't run compiled code");
                    return;
                };
                let how = format!("under {policy} with passes {switches}");
                let entered = check(&case, Some(jit), &how);
                assert!(entered > 0, "{} ran no machine code {how}", case.name);
            }
        }
    }
}

#[test]
fn nested_loops_stay_in_machine_code() {
    let cases = cases();
    let sieve = cases.iter().find(|case| case.name == "sieve.tally");
    let sieve = sieve.expect("it is there");
    let Ok(jit) = Jit::new(&sieve.program, Config::default(), 50) else {
        return;
    };
    // Some hundred thousand rounds; the interpreter sees those before the side traces are made.
    let entered = check(sieve, Some(jit), "with its side traces");
    assert!(entered < 1000, "machine code was entered {entered} times");
}
