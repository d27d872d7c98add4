//! `run`: runs a program, then says what the JIT did, if it was asked to.

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use sashiko_backend::{Config, Dump, Engine, Stats};
use sashiko_python::disassemble::disassemble;
use sashiko_python::jit::JitOptions;
use sashiko_python::value::Value;
use sashiko_python::{Vm, VmOptions};

use super::program::Program;
use super::{UsageError, args, settings, stats};

/// What was made of a program.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Its bytecode, as text, as it was after the run.
    pub(crate) bytecode: String,
    /// Its traces, in the order they were compiled.
    pub(crate) traces: Vec<Dump>,
}

/// Runs the program that `arguments` name; answers its exit status.
pub(crate) fn run(arguments: &args::Run) -> Result<u8, UsageError> {
    let config = settings::config(&arguments.compile)?;
    let config = settings::jit(arguments.jit)?.then_some(config);
    let options = options(config)?;
    let program = Program::read(&arguments.program)?;
    // Before the program runs: what cannot be written should not be found out after an hour.
    let json = arguments.stats_json.as_deref();
    let json = json.map(create).transpose()?;
    let (vm, status) = execute(&program, options)?;
    if !arguments.stats && json.is_none() {
        return Ok(status);
    }
    let figures = engine(&vm).map(Engine::stats).unwrap_or_default();
    if arguments.stats {
        match engine(&vm) {
            Some(_) => eprint!("{}", stats::text(&figures)),
            None => eprintln!("everything was interpreted"),
        }
    }
    if let Some((file, path)) = json {
        write_json(file, path, &figures)?;
    }
    Ok(status)
}

/// Runs `program` silently and keeps every stage of what was compiled.
pub(crate) fn run_for_dump(program: &Program, config: Config) -> Result<Compiled, UsageError> {
    let mut options = options(Some(config))?;
    options.discard_stdout = true;
    let (mut vm, _status) = execute(program, options)?;
    let code = vm.main_code.as_ref().map(Value::word);
    Ok(Compiled {
        bytecode: code.map_or_else(String::new, |code| disassemble(&mut vm, code)),
        traces: engine(&vm).map_or_else(Vec::new, |engine| engine.dumps().to_vec()),
    })
}

/// How the VM is to run: with a JIT set up as `config` says, or without one.
fn options(config: Option<Config>) -> Result<VmOptions, UsageError> {
    let threshold = settings::threshold()?;
    let jit = config.map(|config| {
        let mut jit = JitOptions {
            config,
            ..JitOptions::default()
        };
        if let Some(threshold) = threshold {
            jit.loop_threshold = threshold.into();
            jit.function_threshold = jit.function_threshold.min(threshold.into());
            jit.exit_threshold = jit.exit_threshold.min(threshold.into());
        }
        jit
    });
    Ok(VmOptions {
        jit,
        ..VmOptions::default()
    })
}

/// What compiles hot code, if anything does.
fn engine(vm: &Vm) -> Option<&Engine> {
    vm.jit.as_ref().map(|jit| jit.engine())
}

/// Runs `program`; answers the VM, to be asked about it, and the exit status.
fn execute(program: &Program, options: VmOptions) -> Result<(Vm, u8), UsageError> {
    let mut vm = Vm::try_new(options).map_err(|error| UsageError(error.to_string()))?;
    if let Some(refused) = &vm.jit_refused {
        eprintln!("sashiko: {refused}");
    }
    let status = vm.run_source(&program.source, &program.name, &program.argv);
    // The low byte, as the operating system does with `exit(status)`.
    Ok((vm, status as u8))
}

fn cannot_write(path: &Path, error: &dyn Display) -> UsageError {
    UsageError(format!("can't write '{}': {error}", path.display()))
}

fn create(path: &Path) -> Result<(File, &Path), UsageError> {
    let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
    Ok((file, path))
}

fn write_json(mut file: File, path: &Path, figures: &Stats) -> Result<(), UsageError> {
    let text = serde_json::to_string_pretty(figures).map_err(|error| cannot_write(path, &error))?;
    writeln!(file, "{text}").map_err(|error| cannot_write(path, &error))
}
