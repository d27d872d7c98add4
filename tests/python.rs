//! Python programs, run by `sashiko` and by python3: the same output, the same errors, the same exit status.
//!
//! Programs are the files of `examples/python` (at small sizes) and of `tests/python/corpus`. Each is run with the JIT
//! off, on, at threshold 1 under every policy, and under stress (`SASHIKO_STRESS`), so that whatever a program does is compiled by each of them. A
//! trial is called `nbody.py [linear]`; `cargo test --test python nbody` runs one program, `... '[linear]'` one
//! configuration.
//!
//! What is expected comes from, in this order:
//! 1. `x.expected` beside `x.py`, where python3 differs with its version: it begins with a comment that says why;
//! 2. the python3 on the path;
//! 3. `tests/python/expected/x.out`, what python3 printed when `BLESS=1 cargo test --test python` was last run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "support/mod.rs"]
mod support;
use support::Ended;

/// Sizes for which the example programs take a few milliseconds, and still go through all their loops.
const SIZES: [(&str, &str); 17] = [
    ("bubble_sort.py", "60"),
    ("chaos.py", "60"),
    ("deltablue.py", "12"),
    ("fannkuch.py", "6"),
    ("fib.py", "14"),
    ("float_points.py", "400"),
    ("generators.py", "6"),
    ("mandelbrot.py", "24"),
    ("matmul.py", "14"),
    ("nbody.py", "60"),
    ("nqueens.py", "5"),
    ("raytrace.py", "8"),
    ("richards.py", "1"),
    ("sieve.py", "3000"),
    ("spectral_norm.py", "8"),
    ("string_building.py", "300"),
    ("wordcount.py", "400"),
];

/// How long a program may take, on a busy machine, unoptimized.
const LIMIT: Duration = Duration::from_mins(2);

/// A way of running the binary.
struct Configuration {
    name: &'static str,
    options: &'static [&'static str],
    threshold: Option<&'static str>,
    stress: Option<&'static str>,
}

const fn at_threshold_1(name: &'static str, options: &'static [&'static str]) -> Configuration {
    Configuration {
        name,
        options,
        threshold: Some("1"),
        stress: None,
    }
}

/// Exits are taken though nothing failed.
const fn under_stress(
    name: &'static str,
    seed: &'static str,
    threshold: &'static str,
) -> Configuration {
    Configuration {
        name,
        options: &[],
        threshold: Some(threshold),
        stress: Some(seed),
    }
}

const CONFIGURATIONS: [Configuration; 15] = [
    Configuration {
        name: "off",
        options: &["--jit", "off"],
        threshold: None,
        stress: None,
    },
    Configuration {
        name: "on",
        options: &["--jit", "on"],
        threshold: None,
        stress: None,
    },
    at_threshold_1("eager", &[]),
    at_threshold_1("plain", &["--policy", "plain"]),
    at_threshold_1("stack-cache:0", &["--policy", "stack-cache:0"]),
    at_threshold_1("stack-cache:3", &["--policy", "stack-cache:3"]),
    at_threshold_1("stack-cache:6", &["--policy", "stack-cache:6"]),
    at_threshold_1("linear", &["--policy", "linear"]),
    at_threshold_1("ion", &["--policy", "ion"]),
    at_threshold_1("fastalloc", &["--policy", "fastalloc"]),
    at_threshold_1("no passes", &["--passes", "none"]),
    at_threshold_1(
        "no passes, plain",
        &["--passes", "none", "--policy", "plain"],
    ),
    at_threshold_1("tiny arena", &["--code-kib", "64"]),
    under_stress("stress:1", "exits:1", "1"),
    under_stress("stress:2", "exits:2", "5"),
];

/// A program, and what python3 makes of it (found out once, by the first trial that asks).
struct Program {
    /// Path below the root of the repository, as it stands in tracebacks.
    path: String,
    arguments: Vec<String>,
    expected: OnceLock<Result<Ended, String>>,
}

impl Program {
    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn expected(&self) -> Result<&Ended, Failed> {
        let expected = self.expected.get_or_init(|| self.find_expected());
        expected.as_ref().map_err(Into::into)
    }

    fn find_expected(&self) -> Result<Ended, String> {
        let overriding = root().join(&self.path).with_extension("expected");
        if overriding.exists() {
            return read_expected(&overriding);
        }
        let blessed = root()
            .join("tests/python/expected")
            .join(format!("{}.out", self.file_name().trim_end_matches(".py")));
        if python().is_some() {
            let ended = self.run_python()?;
            if std::env::var_os("BLESS").is_some() {
                fs::create_dir_all(blessed.parent().expect("a file has a folder"))
                    .and_then(|()| fs::write(&blessed, write_expected(&ended)))
                    .map_err(|error| format!("{}: {error}", blessed.display()))?;
            }
            return Ok(ended);
        }
        read_expected(&blessed)
    }

    fn run_python(&self) -> Result<Ended, String> {
        let mut command = Command::new("python3");
        command
            .arg(&self.path)
            .args(&self.arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1")
            .env("PYTHONHASHSEED", "0")
            .current_dir(root());
        support::run(&mut command, LIMIT).map(without_root)
    }

    fn run_sashiko(&self, configuration: &Configuration) -> Result<Ended, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sashiko"));
        command
            .arg("run")
            .args(configuration.options)
            .arg(&self.path)
            .args(&self.arguments)
            .env_remove("SASHIKO_JIT")
            .env_remove("SASHIKO_JIT_THRESHOLD")
            .env_remove("SASHIKO_STRESS")
            .current_dir(root());
        if let Some(threshold) = configuration.threshold {
            command.env("SASHIKO_JIT_THRESHOLD", threshold);
        }
        if let Some(stress) = configuration.stress {
            command.env("SASHIKO_STRESS", stress);
        }
        support::run(&mut command, LIMIT).map(without_root)
    }

    fn check(&self, configuration: &Configuration) -> Result<(), Failed> {
        let expected = self.expected()?;
        let found = self.run_sashiko(configuration)?;
        if found == *expected {
            return Ok(());
        }
        let mut message = String::new();
        describe_difference(&mut message, "stdout", &expected.stdout, &found.stdout);
        describe_difference(&mut message, "stderr", &expected.stderr, &found.stderr);
        if expected.status != found.status {
            let _ = writeln!(
                message,
                "status: expected {}, found {}",
                show_status(expected.status),
                show_status(found.status)
            );
        }
        let _ = writeln!(
            message,
            "run it again: {}{}target/debug/sashiko run {} {} {}",
            configuration
                .threshold
                .map_or(String::new(), |n| format!("SASHIKO_JIT_THRESHOLD={n} ")),
            configuration
                .stress
                .map_or(String::new(), |n| format!("SASHIKO_STRESS={n} ")),
            configuration.options.join(" "),
            self.path,
            self.arguments.join(" ")
        );
        Err(message.into())
    }
}

/// Paths in tracebacks are absolute; what was blessed elsewhere has another root.
fn without_root(mut ended: Ended) -> Ended {
    let root = format!("{}/", root().display());
    ended.stdout = ended.stdout.replace(&root, "");
    ended.stderr = ended.stderr.replace(&root, "");
    ended
}

fn show_status(status: Option<i32>) -> String {
    status.map_or("a signal".to_owned(), |status| status.to_string())
}

/// The first line that differs, with its neighbours.
fn describe_difference(message: &mut String, what: &str, expected: &str, found: &str) {
    if expected == found {
        return;
    }
    let (left, right): (Vec<_>, Vec<_>) =
        (expected.split('\n').collect(), found.split('\n').collect());
    let first = (0..left.len().max(right.len()))
        .find(|&i| left.get(i) != right.get(i))
        .unwrap_or(0);
    let _ = writeln!(message, "{what} differs from line {}:", first + 1);
    for (sign, lines) in [('-', left), ('+', right)] {
        for line in lines.iter().skip(first).take(8) {
            let _ = writeln!(message, "{sign} {line}");
        }
    }
}

/// The text form of how a program ended: `x.out`, `x.expected`.
fn write_expected(ended: &Ended) -> String {
    format!(
        "--- status {}\n--- stdout\n{}--- stderr\n{}",
        show_status(ended.status),
        ended.stdout,
        ended.stderr
    )
}

fn read_expected(path: &Path) -> Result<Ended, String> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "{}: {error}; install python3, or bless the tests on a machine that has it",
            path.display()
        )
    })?;
    let mut ended = Ended {
        stdout: String::new(),
        stderr: String::new(),
        status: None,
    };
    let mut section = "comment";
    for line in text.split_inclusive('\n') {
        if let Some(status) = line.strip_prefix("--- status ") {
            ended.status = status.trim().parse().ok();
        } else if let Some(name) = line.strip_prefix("--- std") {
            section = if name.trim() == "out" {
                "stdout"
            } else {
                "stderr"
            };
        } else if section == "stdout" {
            ended.stdout.push_str(line);
        } else if section == "stderr" {
            ended.stderr.push_str(line);
        }
    }
    Ok(ended)
}

/// The version of the python3 on the path, if there is one.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let version = PYTHON.get_or_init(|| {
        let output = Command::new("python3").arg("--version").output().ok()?;
        let version = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| version.trim().to_owned())
    });
    version.as_deref()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All `.py` files below `folder`, sorted, as paths below the root.
fn python_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|ext| ext == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn programs() -> Vec<Arc<Program>> {
    let sizes = BTreeMap::from(SIZES);
    let mut programs = Vec::new();
    for path in [
        python_files("examples/python"),
        python_files("tests/python/corpus"),
    ]
    .concat()
    {
        let name = path.rsplit('/').next().unwrap_or(&path);
        let arguments = sizes.get(name).map(|&size| size.to_owned());
        programs.push(Arc::new(Program {
            arguments: arguments.into_iter().collect(),
            expected: OnceLock::new(),
            path,
        }));
    }
    programs
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match python() {
        Some(version) => println!("expected: what {version} prints"),
        None => println!("expected: tests/python/expected (there is no python3 here)"),
    }
    let mut trials = Vec::new();
    for program in programs() {
        for configuration in &CONFIGURATIONS {
            let program = Arc::clone(&program);
            let name = format!("{} [{}]", program.file_name(), configuration.name);
            trials.push(Trial::test(name, move || program.check(configuration)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
