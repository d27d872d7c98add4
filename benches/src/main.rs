//! Measures what the JIT is worth: whole programs, in several configurations and in other implementations.
//!
//! ```text
//! cargo run --release -p sashiko-benches -- compare
//! cargo run --release -p sashiko-benches -- compare --steady --rounds 9 nbody spectral_norm
//! ```

mod compare;
mod measure;
mod report;
mod steady;
mod workload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Measures what the JIT is worth", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the example programs with the JIT on, off, as plain copy-and-patch, and under python3
    Compare(compare::Arguments),
}

fn main() -> ExitCode {
    let Command::Compare(arguments) = Cli::parse().command;
    match compare::compare(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sashiko-benches: {message}");
            ExitCode::FAILURE
        }
    }
}
