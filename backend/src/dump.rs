//! Every stage of a trace, as text and as JSON.
//!
//! The stages' texts are the text formats of their crates, line by line, so what a dump shows can be parsed and run
//! again. JSON holds the same lines, and the machine code in structured form.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::disasm::{Listing, Source};

/// Version of the JSON form. It changes when a field is renamed or removed, not when one is added.
pub const SCHEMA: u32 = 1;

/// All stages of one trace.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Dump {
    /// Its number.
    pub id: u32,
    /// `loop`, `jump` or `leave`: how it ends.
    pub kind: String,
    /// Where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Source>,
    /// The exit it goes on from: trace and exit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<(u32, u32)>,
    /// As recorded.
    #[serde(serialize_with = "lines")]
    pub recorded: String,
    /// As lifted.
    #[serde(serialize_with = "lines")]
    pub lifted: String,
    /// After each pass that changed something.
    pub passes: Vec<PassDump>,
    /// After the passes.
    #[serde(serialize_with = "lines")]
    pub optimized: String,
    /// The plan.
    #[serde(serialize_with = "lines")]
    pub plan: String,
    /// Machine code.
    pub asm: Listing,
}

/// A trace after a pass.
#[derive(Clone, Debug, Serialize)]
pub struct PassDump {
    /// The pass.
    pub pass: String,
    /// Instructions it removed.
    pub removed: Vec<RemovedDump>,
    /// The trace behind it.
    #[serde(serialize_with = "lines")]
    pub after: String,
}

/// An instruction that a pass removed.
#[derive(Clone, Debug, Serialize)]
pub struct RemovedDump {
    /// Its text.
    pub line: String,
    /// The rule.
    pub rule: String,
    /// Where in the program it came from.
    pub source: Source,
}

/// The document `dump --format json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The VM's name.
    pub vm: &'a str,
    /// The traces, in the order they were compiled.
    pub traces: &'a [Dump],
}

/// A stage of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// [`Dump::recorded`].
    Recorded,
    /// [`Dump::lifted`].
    Lifted,
    /// [`Dump::optimized`].
    Optimized,
    /// What each pass removed ([`PassDump::removed`]).
    Removed,
    /// [`Dump::plan`].
    Plan,
    /// [`Dump::asm`].
    Asm,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 6] = [
        Stage::Recorded,
        Stage::Lifted,
        Stage::Optimized,
        Stage::Removed,
        Stage::Plan,
        Stage::Asm,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Recorded => "recorded",
            Stage::Lifted => "lifted",
            Stage::Optimized => "optimized",
            Stage::Removed => "removed",
            Stage::Plan => "plan",
            Stage::Asm => "asm",
        }
    }
}

impl Dump {
    /// The text of one stage.
    pub fn stage(&self, stage: Stage) -> String {
        match stage {
            Stage::Recorded => self.recorded.clone(),
            Stage::Lifted => self.lifted.clone(),
            Stage::Optimized => self.optimized.clone(),
            Stage::Removed => self.removed(),
            Stage::Plan => self.plan.clone(),
            Stage::Asm => self.asm.to_string(),
        }
    }

    /// What was removed, a line each, with pass, rule and source.
    fn removed(&self) -> String {
        let mut text = String::new();
        for pass in &self.passes {
            for removed in &pass.removed {
                let (line, pass, rule) = (&removed.line, &pass.pass, &removed.rule);
                let _ = writeln!(text, "{line:<56}; {} by {pass}/{rule}", removed.source);
            }
        }
        text
    }

    /// What the trace is, in one line.
    pub fn title(&self) -> String {
        let mut title = format!("trace {}: {}", self.id, self.kind);
        if let Some((trace, exit)) = self.parent {
            let _ = write!(title, " from exit {exit} of trace {trace}");
        }
        if let Some(start) = &self.start {
            let _ = write!(title, " at {start}");
        }
        title
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title())?;
        for stage in Stage::ALL {
            writeln!(f, "-- {}", stage.name())?;
            writeln!(f, "{}", self.stage(stage).trim_end())?;
        }
        Ok(())
    }
}

fn lines<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(text.lines())
}
