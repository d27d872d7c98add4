//! Tests in trace text: one folder for each pass, and `pipeline` for all of them together.
//!
//! A file's `; passes:` line says what runs; without one, the pass its folder is named after does. Passes that work on
//! values rather than slots put `store-forward` first. The runs compare the trace as given with what came of it.

use std::fmt::Write as _;
use std::path::Path;

use bumpalo::Bump;
use sashiko_optimizer::{Fuel, PASSES, Pipeline, Switches};
use sashiko_testvm::{FiletestVm, TABLE};
use sashiko_trace::filetest::{Actual, FileTest, check_runs, interpret, run_dir};
use sashiko_trace::lift::lift;
use sashiko_trace::text::Program;

fn check(test: &FileTest, folder: &str) -> Result<Actual, String> {
    let arena = Bump::new();
    let program = test.program(&TABLE, &arena)?;
    let mut trace = match &program {
        Program::Recorded(recorded) => {
            lift(recorded, None, &TABLE, &arena).map_err(|error| error.to_string())?
        }
        Program::Trace(trace) => trace.clone(),
    };
    let passes = match test.directive("passes") {
        Some("default") => Pipeline::new(Switches::default()),
        Some(names) => {
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            Pipeline::of(&names).map_err(|error| error.to_string())?
        }
        None => Pipeline::of(&[folder]).map_err(|error| error.to_string())?,
    };
    let fuel = match test.directive("fuel") {
        Some(fuel) => Fuel::limited(fuel.parse().map_err(|_| "`; fuel:` takes a number")?),
        None => Fuel::UNLIMITED,
    };
    let report = passes
        .verifying(true)
        .run(&mut trace, &mut { fuel })
        .map_err(|error| error.to_string())?;
    let mut text = trace.to_string();
    for pass in report.passes.iter().filter(|pass| !pass.rules.is_empty()) {
        let rules = pass.rules.iter();
        let rules: Vec<String> = rules
            .map(|rule| format!("{} x{}", rule.rule, rule.count))
            .collect();
        let _ = writeln!(text, "; {}: {}", pass.pass, rules.join(", "));
    }
    let outcomes = check_runs(
        test,
        &program,
        &TABLE,
        &mut [("optimized", Box::new(interpret(&trace)))],
        &mut FiletestVm::boxed,
    )?;
    Ok(Actual { text, outcomes })
}

fn folder(name: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("filetests")
        .join(name);
    run_dir(&dir, |test| check(test, name));
}

/// One test for each folder, named like it, so that the command that blesses names one folder.
macro_rules! folders {
    ($($test:ident = $folder:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            folder($folder);
        })*

        const FOLDERS: &[&str] = &[$($folder),*];
    };
}

folders! {
    store_forward = "store-forward",
    expand = "expand",
    type_prop = "type-prop",
    const_fold = "const-fold",
    guard_elim = "guard-elim",
    cse = "cse",
    refcount = "refcount",
    rejoin = "rejoin",
    merge_unbox = "merge-unbox",
    escape = "escape",
    unbox = "unbox",
    hoist = "hoist",
    dce = "dce",
    fuse = "fuse",
    pipeline = "pipeline",
}

#[test]
fn every_pass_has_its_folder() {
    for pass in PASSES {
        assert!(FOLDERS.contains(&pass), "filetests/{pass} is not run");
        for kind in ["basic", "negative", "exits"] {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("filetests")
                .join(pass);
            let files = std::fs::read_dir(&dir)
                .unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            assert!(
                names.into_iter().any(|name| name.starts_with(kind)),
                "{pass} has no {kind} test"
            );
        }
    }
}
