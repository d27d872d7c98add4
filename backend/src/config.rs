//! What an engine is told when it is made, and what it answers when it cannot do as told.

use std::fmt;
use std::path::PathBuf;

use sashiko_optimizer::{Switches, runner::Broken};
use sashiko_regalloc::{Policy, Registers};
use sashiko_trace::ir::{ExitId, TraceId};
use sashiko_trace::lift::LiftError;

use crate::arena::ArenaError;
use crate::emit::EmitError;

/// Settings of an [`Engine`](crate::Engine).
#[derive(Clone, Debug)]
pub struct Config {
    /// Which passes run.
    pub switches: Switches,
    /// How values are given places.
    pub policy: Policy,
    /// Which registers the policy may use.
    pub registers: Registers,
    /// Stop rewriting after this many rewrites, counted over everything the engine compiles: bisecting a miscompile.
    pub fuel: Option<u64>,
    /// When fuel runs out, describe the last rewrite ([`Culprit`](crate::culprit::Culprit)) in this file.
    pub explain: Option<PathBuf>,
    /// Compile no more than this many traces: bisecting what is not the optimizer's fault.
    pub max_traces: Option<u32>,
    /// Take exits at random though nothing failed, with this seed: what a program prints must not change.
    pub stress: Option<u64>,
    /// Verify the trace after each pass and check each plan. On by default in debug builds.
    pub check: bool,
    /// Address space for machine code, in bytes.
    pub arena_bytes: usize,
    /// Keep every stage of every trace, for dumps.
    pub keep_dumps: bool,
    /// Refuse traces that use more words above their frame base than this. A VM that always has so much room need not
    /// ask [`Engine::words_needed`](crate::Engine::words_needed).
    pub max_words: u32,
    /// Do traces say before each call of a uop that takes the VM's pointer where what they use of the frame's memory ends? They
    /// write the address of the first free word to where [`Engine::set_top`](crate::Engine::set_top) says. A VM whose calls use
    /// the memory above the frame needs that, since a frame grows when a side trace with more slots is linked.
    pub says_top: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            switches: Switches::default(),
            policy: Policy::default(),
            registers: Registers::default(),
            fuel: None,
            explain: None,
            max_traces: None,
            stress: None,
            check: cfg!(debug_assertions),
            arena_bytes: 64 << 20,
            keep_dumps: false,
            max_words: 4096,
            says_top: false,
        }
    }
}

/// This machine cannot run the code the engine makes.
#[derive(Debug)]
pub enum Unsupported {
    /// Another architecture, or a system without `mprotect`.
    Platform,
    /// Processor features the stencils use that this one lacks.
    Features(Vec<&'static str>),
    /// No memory for machine code.
    Memory(ArenaError),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsupported::Platform => {
                f.write_str("machine code is made for x86-64 Unix only; everything is interpreted")
            }
            Unsupported::Features(missing) => write!(
                f,
                "this processor lacks {}, which the machine code needs; everything is interpreted",
                missing.join(", ")
            ),
            Unsupported::Memory(error) => write!(f, "{error}; everything is interpreted"),
        }
    }
}

impl std::error::Error for Unsupported {}

/// Why a recording was not compiled. The VM goes on interpreting.
#[derive(Debug)]
pub enum CompileError {
    /// The recording breaks a rule.
    Lift(LiftError),
    /// A pass broke the trace: a bug of that pass.
    Pass(Broken),
    /// The allocator made a wrong plan: a bug of the policy.
    Plan(String),
    /// The plan cannot be stitched.
    Emit(EmitError),
    /// There is no room for the code.
    Arena(ArenaError),
    /// The recording speaks of a trace the engine does not have.
    UnknownTrace(TraceId),
    /// The recording goes on from an exit the engine does not have.
    UnknownExit(ExitId),
    /// The exit has a side trace already.
    Linked(ExitId),
    /// [`Config::max_traces`] are compiled.
    Enough,
    /// The trace uses too many words of the frame.
    TooManyWords {
        /// Words it would use.
        words: u32,
        /// [`Config::max_words`].
        max: u32,
    },
}

impl CompileError {
    /// A stable code for it, for statistics.
    pub fn reason(&self) -> &'static str {
        match self {
            CompileError::Lift(error) => error.reason,
            CompileError::Pass(_) => "broken_by_pass",
            CompileError::Plan(_) => "broken_plan",
            CompileError::Emit(_) => "emit",
            CompileError::Arena(_) => "arena",
            CompileError::UnknownTrace(_) => "unknown_trace",
            CompileError::UnknownExit(_) => "unknown_exit",
            CompileError::Linked(_) => "exit_linked",
            CompileError::Enough => "max_traces",
            CompileError::TooManyWords { .. } => "too_many_words",
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::Lift(error) => write!(f, "the recording cannot be lifted: {error}"),
            CompileError::Pass(error) => error.fmt(f),
            CompileError::Plan(error) => write!(f, "wrong plan: {error}"),
            CompileError::Emit(error) => error.fmt(f),
            CompileError::Arena(error) => error.fmt(f),
            CompileError::UnknownTrace(trace) => write!(
                f,
                "the recording ends in trace {}, which this engine does not have",
                trace.0
            ),
            CompileError::UnknownExit(exit) => write!(
                f,
                "the recording goes on from exit {} of trace {}, which this engine does not have",
                exit.index, exit.trace.0
            ),
            CompileError::Linked(exit) => write!(
                f,
                "exit {} of trace {} goes to a side trace already",
                exit.index, exit.trace.0
            ),
            CompileError::Enough => f.write_str("`Config::max_traces` traces are compiled already"),
            CompileError::TooManyWords { words, max } => write!(
                f,
                "the trace needs {words} words of frame; `Config::max_words` allows {max}"
            ),
        }
    }
}

impl std::error::Error for CompileError {}

impl From<EmitError> for CompileError {
    fn from(error: EmitError) -> CompileError {
        CompileError::Emit(error)
    }
}

impl From<ArenaError> for CompileError {
    fn from(error: ArenaError) -> CompileError {
        CompileError::Arena(error)
    }
}

impl From<LiftError> for CompileError {
    fn from(error: LiftError) -> CompileError {
        CompileError::Lift(error)
    }
}
