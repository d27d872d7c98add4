//! `dump`: runs a program silently and prints every stage of what the JIT made of it.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use sashiko_backend::dump::{Dump, SCHEMA};
use serde_json::{Value, json};

use super::UsageError;
use super::args::{self, Format, Stage};
use super::program::Program;
use super::{run, settings};

/// All stages, in order.
const STAGES: [Stage; 7] = [
    Stage::Bytecode,
    Stage::Recorded,
    Stage::Lifted,
    Stage::Optimized,
    Stage::Removed,
    Stage::Plan,
    Stage::Asm,
];

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Bytecode => "bytecode",
            Stage::Recorded => "recorded",
            Stage::Lifted => "lifted",
            Stage::Optimized => "optimized",
            Stage::Removed => "removed",
            Stage::Plan => "plan",
            Stage::Asm => "asm",
        }
    }

    /// The stage of a trace, if it is one.
    fn of_trace(self) -> Option<sashiko_backend::dump::Stage> {
        use sashiko_backend::dump::Stage as Of;
        match self {
            Stage::Bytecode => None,
            Stage::Recorded => Some(Of::Recorded),
            Stage::Lifted => Some(Of::Lifted),
            Stage::Optimized => Some(Of::Optimized),
            Stage::Removed => Some(Of::Removed),
            Stage::Plan => Some(Of::Plan),
            Stage::Asm => Some(Of::Asm),
        }
    }
}

/// Runs the program that `arguments` name and prints its dump. The status is 0 whatever the program's was: a program that fails
/// has traces worth looking at too; what it wrote to stderr is there to see.
pub(crate) fn dump(arguments: &args::Dump) -> Result<u8, UsageError> {
    let program = Program::read(&arguments.program)?;
    let mut config = settings::config(&arguments.compile)?;
    config.keep_dumps = true;
    let compiled = run::run_for_dump(&program, config)?;
    let wanted = |dump: &&Dump| arguments.trace.is_none_or(|number| dump.id == number);
    let traces: Vec<&Dump> = compiled.traces.iter().filter(wanted).collect();
    if let Some(number) = arguments.trace
        && traces.is_empty()
    {
        return Err(UsageError(match compiled.traces.len() {
            0 => format!("there is no trace {number}: nothing of this program was compiled"),
            1 => format!("there is no trace {number}: the only one is 0"),
            n => format!(
                "there is no trace {number}: there are traces 0 to {}",
                n - 1
            ),
        }));
    }
    let stages: Vec<Stage> = if arguments.stages.is_empty() {
        STAGES.to_vec()
    } else {
        let wanted = |stage: &Stage| arguments.stages.contains(stage);
        STAGES.into_iter().filter(wanted).collect()
    };
    let text = match arguments.format {
        Format::Text => text(&compiled.bytecode, &traces, &stages),
        Format::Json => json(&program.name, &compiled.bytecode, &traces, &stages)?,
    };
    // A reader that has seen enough (`| head`) is no error.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(UsageError(format!("can't write the dump: {error}")))
        }
        _ => Ok(0),
    }
}

fn text(bytecode: &str, traces: &[&Dump], stages: &[Stage]) -> String {
    let mut text = String::new();
    let mut section = |title: &str, body: &str| {
        let _ = write!(text, "-- {title}\n{}\n\n", body.trim_end());
    };
    if stages.contains(&Stage::Bytecode) {
        section("bytecode", bytecode);
    }
    let of_traces: Vec<_> = stages.iter().filter_map(|stage| stage.of_trace()).collect();
    if of_traces.is_empty() {
        return text;
    }
    for dump in traces {
        let title = dump.title();
        for &stage in &of_traces {
            section(&format!("{title}: {}", stage.name()), &dump.stage(stage));
        }
    }
    if traces.is_empty() {
        section("no traces", "nothing of this program was compiled");
    }
    text
}

/// What the text holds, for programs. Stages not asked for are left out.
fn json(
    name: &str,
    bytecode: &str,
    traces: &[&Dump],
    stages: &[Stage],
) -> Result<String, UsageError> {
    let failed = |error| UsageError(format!("the dump can't be written as JSON: {error}"));
    let mut document = json!({ "schema": SCHEMA, "vm": "python", "program": name });
    if stages.contains(&Stage::Bytecode) {
        document["bytecode"] = bytecode.lines().collect();
    }
    let mut values = Vec::new();
    for dump in traces {
        let mut value = serde_json::to_value(dump).map_err(failed)?;
        if let Value::Object(fields) = &mut value {
            for stage in STAGES {
                if !stages.contains(&stage) {
                    fields.remove(stage.name());
                }
            }
            if !stages.contains(&Stage::Optimized) {
                fields.remove("passes");
            }
        }
        values.push(value);
    }
    document["traces"] = values.into();
    let mut text = serde_json::to_string_pretty(&document).map_err(failed)?;
    text.push('\n');
    Ok(text)
}
