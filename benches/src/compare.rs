//! `compare`: the same programs in several configurations.
//!
//! Rounds are interleaved: each round runs every configuration once, in turn, so that a machine that slows down slows all of
//! them. Figures are medians over the rounds. All configurations must print the same; a comparison of different work is
//! worth nothing.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::measure::{median, sample, spread};
use crate::report::{self, Cell, Report, Row};
use crate::steady;
use crate::workload::{CONFIGURATIONS, Configuration, Runs, WORKLOADS, Workload};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Programs to run [default: all]
    programs: Vec<String>,
    /// Rounds; each runs every configuration once
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure inside the process, after warm-up: the program runs again and again at its small size
    #[arg(long)]
    steady: bool,
    /// Use the small sizes for whole processes, too
    #[arg(long, conflicts_with = "steady")]
    quick: bool,
    /// Leave out a configuration; may be given several times
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// The `sashiko` to measure [default: the one of this workspace, built first]
    #[arg(long, value_name = "PATH")]
    sashiko: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Measures and reports.
///
/// # Errors
/// If a program is not known, can't be run, or does not print the same in all configurations.
pub(crate) fn compare(arguments: &Arguments) -> Result<(), String> {
    let workloads = choose(&arguments.programs)?;
    let configurations = configurations(&arguments.without)?;
    let sashiko = match &arguments.sashiko {
        Some(path) => path.clone(),
        None => build()?,
    };
    let mut rows = Vec::new();
    for workload in workloads {
        eprintln!("{} ...", workload.name);
        rows.push(row(arguments, workload, &configurations, &sashiko)?);
    }
    let report = Report {
        schema: 2,
        rounds: arguments.rounds,
        steady: arguments.steady,
        configurations: configurations.iter().map(|c| c.name).collect(),
        rows,
    };
    match arguments.format {
        Format::Text => print!("{}", report::text(&report)),
        Format::Json => println!(
            "{}",
            serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?
        ),
    }
    Ok(())
}

fn choose(names: &[String]) -> Result<Vec<Workload>, String> {
    if names.is_empty() {
        return Ok(WORKLOADS.to_vec());
    }
    let find = |name: &String| {
        let known = WORKLOADS.iter().find(|workload| workload.name == name);
        known.copied().ok_or_else(|| {
            let names: Vec<_> = WORKLOADS.iter().map(|workload| workload.name).collect();
            format!(
                "there is no program '{name}'; there are {}",
                names.join(", ")
            )
        })
    };
    names.iter().map(find).collect()
}

fn configurations(without: &[String]) -> Result<Vec<Configuration>, String> {
    for name in without {
        if !CONFIGURATIONS.iter().any(|known| known.name == name) {
            let names: Vec<_> = CONFIGURATIONS.iter().map(|known| known.name).collect();
            return Err(format!(
                "there is no configuration '{name}'; there are {}",
                names.join(", ")
            ));
        }
    }
    let runs = |known: &Configuration| match known.runs {
        Runs::Sashiko(_) => true,
        Runs::Peer(peer) => Command::new(peer)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success()),
    };
    let wanted =
        |known: &&Configuration| !without.iter().any(|name| name == known.name) && runs(known);
    Ok(CONFIGURATIONS.iter().filter(wanted).copied().collect())
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Builds the command line of this workspace in release mode; it lies beside this program, if that is a release build.
fn build() -> Result<PathBuf, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--package",
            "sashiko",
            "--bin",
            "sashiko",
        ])
        .current_dir(root())
        .status()
        .map_err(|error| {
            format!("cargo can't be started: {error}; name a binary with --sashiko")
        })?;
    if !built.success() {
        return Err("sashiko can't be built; name a binary with --sashiko".to_owned());
    }
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let target = own
        .parent()
        .and_then(Path::parent)
        .ok_or("this program is in no target folder; name a binary with --sashiko")?;
    let path = target.join("release/sashiko");
    if path.exists() {
        Ok(path)
    } else {
        Err(format!(
            "{} was not built; name a binary with --sashiko",
            path.display()
        ))
    }
}

fn command(configuration: Configuration, sashiko: &Path, program: &Path, size: u32) -> Command {
    let mut command = match configuration.runs {
        Runs::Sashiko(options) => {
            let mut command = Command::new(sashiko);
            command.arg("run").args(options);
            command
        }
        Runs::Peer(peer) => Command::new(peer),
    };
    command
        .arg(program)
        .arg(size.to_string())
        .env_remove("SASHIKO_JIT")
        .env_remove("SASHIKO_JIT_THRESHOLD")
        .current_dir(root());
    command
}

/// Measures one program.
fn row(
    arguments: &Arguments,
    workload: Workload,
    configurations: &[Configuration],
    sashiko: &Path,
) -> Result<Row, String> {
    let small = arguments.quick || arguments.steady;
    let size = if small { workload.small } else { workload.size };
    let source = root().join(format!("examples/python/{}.py", workload.name));
    let program = if arguments.steady {
        steady::program(&source)?
    } else {
        source
    };
    let mut times = vec![Vec::new(); configurations.len()];
    let mut printed: Option<Vec<u8>> = None;
    for _ in 0..arguments.rounds {
        for (&configuration, times) in configurations.iter().zip(times.iter_mut()) {
            let mut sample = sample(&mut command(configuration, sashiko, &program, size))?;
            if arguments.steady {
                sample = steady::within(sample)?;
            }
            times.push(sample.time.as_secs_f64());
            let printed = printed.get_or_insert_with(|| sample.stdout.clone());
            if *printed != sample.stdout {
                return Err(format!(
                    "{} {size} does not print the same under '{}' as under '{}'",
                    workload.name, configuration.name, configurations[0].name
                ));
            }
        }
    }
    let cells = configurations
        .iter()
        .zip(&times)
        .map(|(configuration, times)| Cell {
            configuration: configuration.name,
            seconds: median(times),
            spread: spread(times),
        });
    Ok(Row {
        program: workload.name,
        size,
        cells: cells.collect(),
    })
}
