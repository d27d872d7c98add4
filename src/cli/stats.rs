//! Statistics for people: one line a subject, what is large first.

use std::fmt::Write as _;

use sashiko_backend::stats::{Counts, Stats};

/// The figures of `stats`.
pub(crate) fn text(stats: &Stats) -> String {
    let mut text = String::new();
    let mut line = |subject: &str, figures: String| {
        let _ = writeln!(text, "{subject:<12} {figures}");
    };
    let aborted: u64 = stats.traces.aborted.values().sum();
    line(
        "traces",
        format!(
            "{} compiled ({} of them side traces), {aborted} given up{}",
            stats.traces.compiled,
            stats.traces.side,
            in_brackets(&stats.traces.aborted)
        ),
    );
    line(
        "invalidated",
        format!(
            "{} traces; all code dropped {} times",
            stats.traces.invalidated, stats.traces.evictions
        ),
    );
    line("entered", format!("{} times", stats.entered));
    let exits: u64 = stats.exits.values().sum();
    line(
        "exits",
        format!("{exits} taken{}", in_brackets(&stats.exits)),
    );
    line(
        "uops",
        format!(
            "{} recorded, {} lifted, {} after the passes",
            stats.uops.recorded, stats.uops.lifted, stats.uops.optimized
        ),
    );
    line(
        "removed",
        format!(
            "{} of {} guards, {} of {} reference counts",
            stats.uops.guards_removed,
            stats.uops.guards,
            stats.uops.refcounts_removed,
            stats.uops.refcounts
        ),
    );
    line("rewrites", list(&stats.rewrites, |count| count.to_string()));
    line(
        "code",
        format!(
            "{} bytes hot, {} cold; {} stencils, {} moves, {} calls, {} exits",
            stats.code.arena.hot,
            stats.code.arena.cold,
            stats.code.stencils,
            stats.code.moves,
            stats.code.calls,
            stats.code.exits
        ),
    );
    line(
        "shapes",
        list(&stats.code.shapes, |count| count.to_string()),
    );
    let mut stages = stats.time.passes.clone();
    for (stage, nanoseconds) in [
        ("lift", stats.time.lift),
        ("allocate", stats.time.allocate),
        ("check", stats.time.check),
        ("stitch", stats.time.stitch),
        ("publish", stats.time.publish),
    ] {
        stages.insert(stage.to_owned(), nanoseconds);
    }
    line(
        "time",
        format!(
            "{} compiling: {}",
            duration(stats.time.total()),
            list(&stages, duration)
        ),
    );
    text
}

/// ` (a 3, b 1)`, or nothing.
fn in_brackets(counts: &Counts) -> String {
    if counts.is_empty() {
        return String::new();
    }
    format!(" ({})", list(counts, |count| count.to_string()))
}

/// The non-zero counts, the largest first.
fn list(counts: &Counts, show: impl Fn(u64) -> String) -> String {
    let mut counts: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    counts.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let items: Vec<_> = counts
        .into_iter()
        .map(|(name, &count)| format!("{name} {}", show(count)))
        .collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.join(", ")
}

fn duration(nanoseconds: u64) -> String {
    match nanoseconds {
        0..10_000 => format!("{nanoseconds} ns"),
        10_000..10_000_000 => format!("{} us", nanoseconds / 1_000),
        _ => format!("{} ms", nanoseconds / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_comes_first() {
        let counts = Counts::from([
            ("b".to_owned(), 2),
            ("a".to_owned(), 30),
            ("c".to_owned(), 0),
        ]);
        assert_eq!(list(&counts, |count| count.to_string()), "a 30, b 2");
        assert_eq!(in_brackets(&Counts::new()), "");
        assert_eq!(list(&Counts::new(), duration), "none");
    }

    #[test]
    fn durations_have_a_fitting_unit() {
        assert_eq!(duration(900), "900 ns");
        assert_eq!(duration(12_345), "12 us");
        assert_eq!(duration(12_345_678), "12 ms");
    }
}
