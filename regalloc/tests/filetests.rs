//! Plans as text: each file of `filetests/` is a trace, the policies to allocate it with, and the plans they make.
//!
//! What a plan must be is the checker's business, and it runs here as everywhere; these files show what the plans
//! *are*, so that a change of a policy is seen. `BLESS=1 cargo test -p sashiko-regalloc` rewrites them.

use std::fmt::Write;
use std::path::Path;

use bumpalo::Bump;
use sashiko_regalloc::plan::Plan;
use sashiko_regalloc::{Buffers, Given, Policy, Registers, allocate, check, plan_text};
use sashiko_testvm::TABLE;
use sashiko_trace::text::parse_trace;

const EXPECTED: &str = "; ==== ";

/// The plans of the trace in `input`, one under each of its policies.
fn plans(input: &str) -> String {
    let arena = Bump::new();
    let trace = parse_trace(input, &TABLE, &arena).unwrap_or_else(|error| panic!("{error}"));
    let policies = input
        .lines()
        .find_map(|line| line.strip_prefix("; policies:"))
        .expect("a line `; policies: ...`");
    let mut text = String::new();
    for name in policies.split_whitespace() {
        let policy: Policy = name.parse().unwrap_or_else(|error| panic!("{error}"));
        let mut plan = Plan::default();
        let mut buffers = Buffers::default();
        allocate(
            policy,
            Registers::ALL,
            &trace,
            Given::default(),
            &mut buffers,
            &mut plan,
        )
        .and_then(|()| check(&trace, &plan).map_err(sashiko_regalloc::AllocError::Wrong))
        .unwrap_or_else(|error| panic!("{policy}: {error}\n{}", plan_text(&trace, &plan)));
        write!(
            text,
            "{EXPECTED}{policy} ====\n{}",
            plan_text(&trace, &plan)
        )
        .expect("a string takes all");
    }
    text
}

#[test]
fn plans_are_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("filetests/ is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).expect("it can be read");
        let end = text.find(EXPECTED).unwrap_or(text.len());
        let (input, expected) = text.split_at(end);
        let plans = plans(input);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, format!("{input}{plans}")).expect("it can be written");
        } else if plans != expected {
            write!(
                wrong,
                "---- {name}: expected\n{expected}---- found\n{plans}"
            )
            .expect("it fits");
        }
    }
    assert!(!paths.is_empty(), "no files in {}", folder.display());
    assert!(
        wrong.is_empty(),
        "{wrong}\nif that is right: BLESS=1 cargo test -p sashiko-regalloc"
    );
}
