//! Equal sources give equal tables, byte for byte, wherever they are built; and what could not be made is said.

use std::path::{Path, PathBuf};

use sashiko_build::{Summary, Vm};

fn build(folder: &str) -> Summary {
    let out_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&out_dir).expect("a folder to build in");
    Vm::new("testvm")
        .uops("src/uops.rs")
        .calls("src/calls.rs")
        .include("src/layout.rs")
        .root(Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvm"))
        .out_dir(out_dir)
        .build()
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn equal_sources_give_equal_tables() {
    let (first, second) = (build("first"), build("second"));
    assert!(first.table == second.table, "the tables differ");
    assert!(first.stencils > 400, "{} stencils", first.stencils);
    assert!(first.proved > 10_000, "{} assignments", first.proved);
    assert_eq!(first.dropped, []);
}
