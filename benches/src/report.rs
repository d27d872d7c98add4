//! The result of a comparison, as a table and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// All figures.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Version of this form.
    pub(crate) schema: u32,
    pub(crate) rounds: u32,
    pub(crate) steady: bool,
    pub(crate) configurations: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

/// The figures of a program.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) program: &'static str,
    pub(crate) size: u32,
    pub(crate) cells: Vec<Cell>,
}

/// The figures of a program in one configuration.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    pub(crate) configuration: &'static str,
    /// Median.
    pub(crate) seconds: f64,
    /// Half the distance between the quartiles, as a part of the median.
    pub(crate) spread: f64,
}

impl Row {
    /// How many times as long as the first configuration another takes.
    fn ratio(&self, cell: &Cell) -> f64 {
        cell.seconds / self.cells[0].seconds
    }
}

/// The table: milliseconds, and how many times as long as the first configuration each other takes.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    let kind = if report.steady {
        "one repetition inside the process, after warm-up: medians"
    } else {
        "whole processes: medians"
    };
    let _ = writeln!(
        text,
        "{kind} of {} interleaved rounds, in ms; in brackets: times as long as '{}'\n",
        report.rounds, report.configurations[0]
    );
    let _ = write!(text, "{:<24}", "program");
    for name in &report.configurations {
        let _ = write!(text, "{name:>20}");
    }
    text.push('\n');
    for row in &report.rows {
        let _ = write!(text, "{:<24}", format!("{} {}", row.program, row.size));
        for (i, cell) in row.cells.iter().enumerate() {
            let ratio = match i {
                0 => String::new(),
                _ => format!(" ({:.2}x)", row.ratio(cell)),
            };
            let _ = write!(text, "{:>20}", format!("{:.1}{ratio}", cell.seconds * 1e3));
        }
        text.push('\n');
    }
    if report.rows.len() > 1 {
        let _ = write!(text, "{:<24}", "geometric mean");
        for i in 0..report.configurations.len() {
            let logs: f64 = report
                .rows
                .iter()
                .map(|row| row.ratio(&row.cells[i]).ln())
                .sum();
            let mean = (logs / report.rows.len() as f64).exp();
            let _ = write!(text, "{:>20}", format!("{mean:.2}x"));
        }
        text.push('\n');
    }
    let worst = report
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .map(|cell| cell.spread);
    let _ = writeln!(
        text,
        "\nwidest spread (half the distance between quartiles): {:.0} % of the median",
        worst.fold(0.0, f64::max) * 100.0
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_first_configuration() {
        let cell = |configuration, seconds| Cell {
            configuration,
            seconds,
            spread: 0.01,
        };
        let row = |program| Row {
            program,
            size: 10,
            cells: vec![cell("jit", 0.1), cell("off", 1.5)],
        };
        let report = Report {
            schema: 2,
            rounds: 5,
            steady: false,
            configurations: vec!["jit", "off"],
            rows: vec![row("a"), row("b")],
        };
        let text = text(&report);
        assert!(text.contains("1500.0 (15.00x)"), "{text}");
        assert!(text.contains("geometric mean"), "{text}");
        assert!(text.contains("15.00x\n"), "{text}");
    }
}
