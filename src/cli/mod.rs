//! The command line: real Python programs through the JIT, and everything the JIT has to say about them.
//!
//! Exit statuses: `run` ends as the program would under python3; 2 is a usage error, as with python3 itself.

mod args;
mod bisect;
mod child;
mod dump;
mod program;
mod run;
mod settings;
mod stats;

use std::process::ExitCode;

use clap::Parser;

/// What the arguments ask for cannot be done: what is wrong and what to do, for people.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

/// Status of a usage error.
const USAGE: u8 = 2;

/// Runs the command line of this process.
pub(crate) fn main() -> ExitCode {
    // Prints help, version and usage errors itself, and exits with 2 for the last.
    let cli = args::Cli::parse();
    let done = match &cli.command {
        args::Command::Run(run) => run::run(run),
        args::Command::Bisect(bisect) => bisect::bisect(bisect),
        args::Command::Dump(dump) => dump::dump(dump),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(UsageError(message)) => {
            eprintln!("sashiko: {message}");
            ExitCode::from(USAGE)
        }
    }
}
