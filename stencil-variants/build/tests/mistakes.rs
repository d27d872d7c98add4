//! Each file in `uops/` is a file of uops that the builder must refuse; its `//! error:` lines say what the message
//! must contain. One runner builds them all.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is wrong with the message for the file at `path`, if anything.
fn check(path: &Path) -> Result<(), String> {
    let name = path
        .file_stem()
        .expect("a file")
        .to_string_lossy()
        .into_owned();
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let expected: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! error: "))
        .collect();
    assert!(!expected.is_empty(), "{name} says no expected error");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("mistakes")
        .join(&name);
    std::fs::create_dir_all(&folder).expect("a folder to build in");
    std::fs::write(folder.join("uops.rs"), &text).expect("the file can be copied");
    let built = sashiko_build::Vm::new(&name)
        .uops("uops.rs")
        .root(&folder)
        .out_dir(&folder)
        .build();
    let message = match built {
        Ok(_) => return Err(format!("{name}: was accepted")),
        Err(error) => error.to_string(),
    };
    let missing: Vec<&&str> = expected
        .iter()
        .filter(|part| !message.contains(**part))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("{name}: {missing:?} are not in\n{message}"))
}

#[test]
fn mistakes_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/uops");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of files")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                failures.extend(check(path).err());
            }
            failures
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("the thread ran to its end"))
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
