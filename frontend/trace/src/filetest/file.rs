//! Test files: read, compared, blessed.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use bumpalo::Bump;
use sashiko_stencils::UopTable;

use super::{Actual, FileTest, Run};
use crate::ir::Slot;
use crate::text::{ParseError, Program, parse, recorded_text};
use crate::verify::verify;

/// What divides the trace from what is expected of it.
const SEPARATOR: &str = "; ==== expected ====";

/// Runs `check` on every `.uops` file of `dir`, in the order of their names, and compares what comes out with what the
/// files expect. With `BLESS=1` in the environment the files are rewritten instead.
///
/// # Panics
/// If a test fails or there is none; the message tells all failures and how to bless.
pub fn run_dir(dir: &Path, mut check: impl FnMut(&FileTest) -> Result<Actual, String>) {
    let bless = env::var_os("BLESS").is_some_and(|bless| bless != "0");
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "uops")
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no `.uops` files in {}", dir.display());
    let mut failures = String::new();
    for path in &paths {
        let outcome = FileTest::load(path).and_then(|test| {
            let actual = check(&test)?;
            if bless {
                test.bless(&actual)
            } else {
                test.compare(&actual)
            }
        });
        if let Err(message) = outcome {
            let _ = writeln!(failures, "---- {}\n{message}\n", path.display());
        }
    }
    assert!(
        failures.is_empty(),
        "\n{failures}If the new results are right, bless them:\n    BLESS=1 cargo test -p {} {}\n",
        env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "<package>".into()),
        std::thread::current().name().unwrap_or_default()
    );
}

impl FileTest {
    /// Reads the test at `path`.
    ///
    /// # Errors
    /// If it can't be read, or a `; run:` line is wrong.
    pub fn load(path: &Path) -> Result<FileTest, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let (input, expected) = match text.split_once(&format!("{SEPARATOR}\n")) {
            Some((input, expected)) => (input.to_owned(), Some(expected.to_owned())),
            None => (text, None),
        };
        let mut test = FileTest {
            path: path.to_owned(),
            directives: Vec::new(),
            runs: Vec::new(),
            input,
            expected,
        };
        for (line, text) in test.input.lines().enumerate() {
            let Some((key, value)) = directive(text) else {
                continue;
            };
            if key == "run" {
                let run = parse_run(line, value);
                test.runs
                    .push(run.map_err(|error| format!("line {}: {error}", line + 1))?);
            } else {
                test.directives.push((key.to_owned(), value.to_owned()));
            }
        }
        Ok(test)
    }

    /// The value of the directive `; key: value`.
    pub fn directive(&self, key: &str) -> Option<&str> {
        let found = self.directives.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The trace of the test. It comes back from its own text and, in SSA form, is right by the verifier.
    ///
    /// # Errors
    /// If it is no trace, or a wrong one.
    pub fn program<'a>(
        &self,
        table: &'static UopTable,
        arena: &'a Bump,
    ) -> Result<Program<'a>, String> {
        let say = |error: ParseError| error.to_string();
        let program = parse(&self.input, table, arena).map_err(say)?;
        let text = match &program {
            Program::Recorded(recorded) => recorded_text(recorded, table).to_string(),
            Program::Trace(trace) => {
                verify(trace).map_err(|error| error.to_string())?;
                trace.to_string()
            }
        };
        if parse(&text, table, arena).map_err(say)? == program {
            Ok(program)
        } else {
            Err(format!("the trace is another one when printed:\n{text}"))
        }
    }

    /// Compares with what the file expects.
    fn compare(&self, actual: &Actual) -> Result<(), String> {
        let mut message = String::new();
        if self.expected.as_deref() != Some(&actual.text) {
            let expected = self.expected.as_deref().unwrap_or_default();
            let _ = write!(message, "{}", difference(expected, &actual.text));
        }
        for (run, outcome) in self.runs.iter().zip(&actual.outcomes) {
            if run.expected.as_ref() != Some(outcome) {
                let expected = run.expected.as_deref().unwrap_or("nothing yet");
                let (line, inputs) = (run.line + 1, &run.inputs);
                let _ = write!(
                    message,
                    "line {line}: run: {inputs}\n  expected {expected}\n  came to  {outcome}\n"
                );
            }
        }
        if message.is_empty() {
            Ok(())
        } else {
            Err(message)
        }
    }

    /// Writes what came out into the file.
    fn bless(&self, actual: &Actual) -> Result<(), String> {
        let mut lines: Vec<String> = self.input.lines().map(str::to_owned).collect();
        for (run, outcome) in self.runs.iter().zip(&actual.outcomes) {
            lines[run.line] = format!("; run: {} => {outcome}", run.inputs);
        }
        let mut text = lines.join("\n");
        text.push('\n');
        let _ = write!(text, "{SEPARATOR}\n{}", actual.text);
        fs::write(&self.path, text).map_err(|error| error.to_string())
    }
}

/// The key and value of a line `; key: value`; prose is no directive, so a key is one word of small letters.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("; ")?.split_once(": ").or_else(|| {
        let key = line.strip_prefix("; ")?.strip_suffix(':')?;
        Some((key, ""))
    })?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_key.then_some((key, value.trim()))
}

fn parse_run(line: usize, text: &str) -> Result<Run, String> {
    let (inputs, expected) = match text.split_once("=>") {
        Some((inputs, expected)) => (inputs.trim(), Some(expected.trim().to_owned())),
        None => (text.trim(), None),
    };
    let mut run = Run {
        line,
        inputs: inputs.to_owned(),
        slots: Vec::new(),
        imports: Vec::new(),
        expected,
    };
    for input in split_outside_brackets(inputs) {
        let wrong = || format!("expected `s0 = <word>` or `import 0 = <value>`, found `{input}`");
        let (place, value) = input.split_once('=').ok_or_else(wrong)?;
        let (place, value) = (place.trim(), value.trim().to_owned());
        if let Some(position) = place.strip_prefix("import ") {
            let position = position.parse().map_err(|_| wrong())?;
            run.imports.push((position, value));
        } else {
            let slot = place.strip_prefix('s').and_then(|slot| slot.parse().ok());
            run.slots.push((Slot(slot.ok_or_else(wrong)?), value));
        }
    }
    Ok(run)
}

/// The parts of `text` between commas that stand outside of brackets.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The lines that differ, between the first and the last of them, with a line of context.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let before = old.iter().zip(&new).take_while(same).count();
    let rest = (&old[before..], &new[before..]);
    let after = rest
        .0
        .iter()
        .rev()
        .zip(rest.1.iter().rev())
        .take_while(same)
        .count();
    let mut text = String::new();
    if before > 0 {
        let _ = writeln!(text, "  {}", old[before - 1]);
    }
    for line in &old[before..old.len() - after] {
        let _ = writeln!(text, "- {line}");
    }
    for line in &new[before..new.len() - after] {
        let _ = writeln!(text, "+ {line}");
    }
    if after > 0 {
        let _ = writeln!(text, "  {}", old[old.len() - after]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_words_with_a_colon() {
        assert_eq!(directive("; run: s0 = int 5"), Some(("run", "s0 = int 5")));
        assert_eq!(directive("; run:"), Some(("run", "")));
        assert_eq!(directive("; Note: this is prose"), None);
        assert_eq!(directive("; it is so: prose"), None);
        assert_eq!(directive("  guard_int v0 ; \"f\" pc 0 line 0"), None);
    }

    #[test]
    fn runs_have_slots_and_imports() {
        let run =
            parse_run(3, "s0 = array [int 1, int 2], import 1 = 2.5 => limit").expect("a run");
        assert_eq!(run.slots, [(Slot(0), "array [int 1, int 2]".to_owned())]);
        assert_eq!(run.imports, [(1, "2.5".to_owned())]);
        assert_eq!(run.expected.as_deref(), Some("limit"));
        assert!(parse_run(0, "x0 = 5").is_err());
        assert!(parse_run(0, "s0").is_err());
    }

    #[test]
    fn differences_show_only_what_differs() {
        assert_eq!(
            difference("a\nb\nc\nd\n", "a\nb\nx\nd\n"),
            "  b\n- c\n+ x\n  d\n"
        );
        assert_eq!(difference("", "x\n"), "+ x\n");
        assert_eq!(difference("a\na\n", "a\n"), "  a\n- a\n");
    }
}
