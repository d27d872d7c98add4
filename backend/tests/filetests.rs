//! Every trace that any crate's tests have written down, as machine code under every policy: the `; run:` lines are the
//! oracle.

mod common;

use std::path::{Path, PathBuf};

use bumpalo::Bump;
use common::configs;
use sashiko_backend::{Config, Engine};
use sashiko_optimizer::Switches;
use sashiko_testvm::{FiletestVm, TABLE};
use sashiko_trace::filetest::{Executor, FileTest, Left, Setup, check_runs};
use sashiko_trace::ir::{End, Origin, Resume, Slot, Trace};
use sashiko_trace::lift::lift;
use sashiko_trace::recorded::{Recorded, StackOp};
use sashiko_trace::text::{Program, resume_text};

/// Folders that hold traces, and whether the passes may be let loose on them: the tests of a pass show what it must not do
/// alone, which is not what must not be done at all.
const FOLDERS: [(&str, bool); 2] = [("frontend/trace", true), ("optimizer", false)];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "uops")
        {
            found.push(path);
        }
    }
}

/// A trace that leaves where it is entered: what a jump goes to.
fn landing() -> Recorded {
    let start = Resume {
        origin: Origin::default(),
        frame: Slot(0),
        top: Slot(0),
    };
    Recorded {
        codes: vec!["landing".into()],
        start,
        ops: vec![StackOp::Instruction(start.origin)],
        end: End::Leave,
        parent: None,
    }
}

/// Compiles `program` and runs it; `trace` is what it is in SSA form.
fn native(
    config: &Config,
    program: &Program<'_>,
    trace: &Trace<'_>,
    setup: &mut Setup<'_>,
) -> Result<Left, String> {
    let mut engine = Engine::new(&TABLE, config.clone()).map_err(|error| error.to_string())?;
    let target = match trace.end {
        End::Jump(target) => Some(target),
        _ => None,
    };
    while target.is_some_and(|target| engine.traces() <= target.0) {
        engine
            .compile(&landing())
            .map_err(|error| error.to_string())?;
    }
    let id = match program {
        Program::Recorded(recorded) => engine.compile(recorded),
        Program::Trace(trace) => engine.compile_trace(&mut trace.clone()),
    };
    let id = id.map_err(|error| error.to_string())?;
    engine.set_vm(setup.env.vm);
    // SAFETY: the test's author gives the trace a frame that fits it.
    let left = unsafe { Engine::run(&raw mut engine, id, setup.env.base, setup.vm) };
    if Some(left.exit.trace) == target {
        let resume = trace.snapshot(trace.finish).resume;
        return Ok(Left::through(trace, None, resume));
    }
    Ok(Left {
        jump: None,
        resume: Some(left.resume),
        at: resume_text(trace, left.resume).to_string(),
    })
}

/// Runs the tests of one file under every policy; how many runs there were.
fn check(path: &Path, passes: bool) -> Result<usize, String> {
    let mut test = FileTest::load(path)?;
    // Machine code cannot be stopped.
    test.runs.retain(|run| {
        run.expected
            .as_ref()
            .is_none_or(|expected| !expected.starts_with("does not end"))
    });
    let arena = Bump::new();
    let program = test.program(&TABLE, &arena)?;
    let trace = match &program {
        Program::Recorded(recorded) => match lift(recorded, None, &TABLE, &arena) {
            Ok(trace) => trace,
            // It tests that the lift refuses it.
            Err(_) => return Ok(0),
        },
        Program::Trace(trace) => trace.clone(),
    };
    if trace.parent.is_some() {
        return Ok(0);
    }
    let wanted = |config: &Config| passes || config.switches == Switches::none();
    let configs: Vec<Config> = configs().filter(wanted).collect();
    let names: Vec<String> = configs
        .iter()
        .map(|config| format!("{} with passes {}", config.policy, config.switches))
        .collect();
    let mut executors: Vec<(&str, Box<Executor<'_>>)> = Vec::new();
    for (name, config) in names.iter().zip(&configs) {
        let (program, trace) = (&program, &trace);
        let run = move |setup: &mut Setup<'_>| native(config, program, trace, setup);
        executors.push((name, Box::new(run)));
    }
    check_runs(
        &test,
        &program,
        &TABLE,
        &mut executors,
        &mut FiletestVm::boxed,
    )?;
    Ok(test.runs.len())
}

#[test]
fn machine_code_does_what_every_filetest_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for (folder, passes) in FOLDERS {
        let mut paths = Vec::new();
        files(&root.join(folder).join("filetests"), &mut paths);
        found.extend(paths.into_iter().map(|path| (path, passes)));
    }
    let (mut runs, mut failures) = (0, Vec::new());
    for (path, passes) in &found {
        match check(path, *passes) {
            Ok(count) => runs += count,
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(runs > 30, "only {runs} runs in {} files", found.len());
}
