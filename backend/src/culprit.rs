//! The last rewrite that fuel allowed, written down when it is made: what a search for a wrong rewrite ends with.
//!
//! The program may crash a moment later, so the description goes to a file at once
//! ([`Config::explain`](crate::Config::explain)).

use std::fs;
use std::path::Path;

use sashiko_trace::ir::{Provenance, Trace};
use sashiko_trace::text::inst_text;
use serde::{Deserialize, Serialize};

use crate::disasm::Source;

/// A rewrite: which, where, and what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Culprit {
    /// Number of the trace.
    pub trace: u32,
    /// Where the trace begins.
    pub start: String,
    /// The pass.
    pub pass: String,
    /// The rule.
    pub rule: String,
    /// Where in the program the changed instructions come from.
    pub sources: Vec<String>,
    /// Lines of the trace that are gone or changed.
    pub removed: Vec<String>,
    /// Lines that are new or changed.
    pub added: Vec<String>,
}

impl Culprit {
    /// What `by` changed in trace `number`, which was `without` before it.
    pub fn new(number: u32, by: Provenance, without: &Trace<'_>, with: &Trace<'_>) -> Culprit {
        let (before, after) = (without.to_string(), with.to_string());
        let before: Vec<&str> = before.lines().collect();
        let after: Vec<&str> = after.lines().collect();
        let (removed, added) = difference(&before, &after);
        let mut sources = Vec::new();
        for (trace, lines) in [(without, &removed), (with, &added)] {
            for source in lines.iter().filter_map(|line| source(trace, line)) {
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
        }
        let owned = |lines: Vec<&str>| {
            lines
                .into_iter()
                .map(|line| line.trim().to_owned())
                .collect()
        };
        Culprit {
            trace: number,
            start: Source::new(with.codes, with.start.origin).to_string(),
            pass: by.pass.to_owned(),
            rule: by.rule.to_owned(),
            removed: owned(removed),
            added: owned(added),
            sources,
        }
    }

    /// Writes it to `path`, as JSON.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        fs::write(path, serde_json::to_vec_pretty(self)?)
    }
}

/// Where the instruction comes from that stands in `line`, or whose exit does.
fn source(trace: &Trace<'_>, line: &str) -> Option<String> {
    let line = line.trim_start();
    let inst = trace.insts().find(|inst| {
        let rest = line.strip_prefix(&*inst_text(trace, inst).to_string());
        let exit = inst.snapshot.map(|snapshot| format!("{snapshot}:"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            || exit.is_some_and(|exit| line.starts_with(&exit))
    })?;
    Some(Source::new(trace.codes, inst.origin).to_string())
}

/// Lines of `before` that are not in `after`, and the other way round, by the longest common subsequence.
fn difference<'s>(before: &[&'s str], after: &[&'s str]) -> (Vec<&'s str>, Vec<&'s str>) {
    let same = |(left, right): &(&&str, &&str)| left == right;
    let head = before.iter().zip(after).take_while(same).count();
    let (before, after) = (&before[head..], &after[head..]);
    let tail = before.iter().rev().zip(after.iter().rev());
    let tail = tail.take_while(same).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    // common[i][j]: length for before[i..], after[j..].
    let width = after.len() + 1;
    let mut common = vec![0u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i * width + j] = if before[i] == after[j] {
                1 + common[(i + 1) * width + j + 1]
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == after.len()
            || i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            removed.push(before[i]);
            i += 1;
        } else {
            added.push(after[j]);
            j += 1;
        }
    }
    (removed, added)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_what_changed() {
        let before = ["a", "b", "c", "d", "e"];
        let after = ["a", "x", "b", "d", "y", "e"];
        assert_eq!(difference(&before, &after), (vec!["c"], vec!["x", "y"]));
        assert_eq!(difference(&before, &before), (vec![], vec![]));
        assert_eq!(difference(&[], &after[..1]), (vec![], vec!["a"]));
        assert_eq!(difference(&before[..1], &[]), (vec!["a"], vec![]));
    }
}
