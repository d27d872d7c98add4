//! Tests written as text: `.uops` files.
//!
//! A file holds a trace, what some stage should make of it, and inputs to run it on. The text is the one dumps are
//! printed in, so a dump becomes a test by copying it.
//!
//! ```text
//! ; What the test is about.
//! ; passes: type-prop, dce
//! ; run: s0 = int 5, s1 = array [int 1] => resumes at "f" pc 4 line 1 frame s0 top s2 [s0 = int 10]
//! trace loop at "f" pc 0 line 1 frame s0 top s2
//! ...
//! ; ==== expected ====
//! trace loop at ...
//! ```
//!
//! - `; key: value` lines before the trace are directives; each stage's tests have their own.
//! - `; run:` gives slots (and `import 0 = 2.5` for side traces) what the VM's notation says; slots that are not given
//!   hold the VM's filler. Behind `=>` stands the outcome: where the VM goes on, and the slots below its top that have
//!   changed.
//! - A snapshot of text never stands alone: the trace as given is run by the uop interpreter, and whatever was made of
//!   it (optimized traces, machine code) must come to the same outcome ([`check_runs`]).
//!
//! `BLESS=1` writes what came out into the file; a failing test prints the command.
//!
//! *Early exits.* A pass may move a guard before the loop. A trace that leaves where it began has done nothing yet, or
//! whole rounds; the oracle then goes on from there, and the outcomes must agree in the end.

use std::path::PathBuf;

use sashiko_stencils::info::Env;

use crate::exit::Rebuild;
use crate::ir::{End, Resume, Slot, Trace, TraceId};
use crate::text::resume_text;

mod execute;
mod file;

pub use execute::{check_runs, interpret};
pub use file::run_dir;

/// A VM that tests are run on.
pub trait Vm: Rebuild {
    /// The word that `literal` stands for (`int 5`), in the VM's own notation.
    ///
    /// # Errors
    /// If it stands for none, what would have been right.
    fn word(&mut self, literal: &str) -> Result<u64, String>;

    /// A word in the VM's notation: everything that matters about it, addresses not.
    fn show(&mut self, word: u64) -> String;

    /// What slots hold that a test does not give.
    fn filler(&mut self) -> u64;

    /// The VM's context pointer.
    fn context(&mut self) -> *mut u8;

    /// What else must be the same after a run, in words: reference counts, the heap. Nothing if empty.
    fn heap(&mut self) -> String {
        String::new()
    }
}

/// A test.
#[derive(Clone, Debug)]
pub struct FileTest {
    /// Its file.
    pub path: PathBuf,
    /// `; key: value` lines, runs left out.
    pub directives: Vec<(String, String)>,
    /// `; run:` lines.
    pub runs: Vec<Run>,
    /// Everything before the separator.
    pub input: String,
    /// Everything behind it, if it is there.
    pub expected: Option<String>,
}

/// A `; run:` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which line of the file, from 0.
    pub line: usize,
    /// The inputs as written.
    pub inputs: String,
    /// Slots and what they hold, in the VM's notation.
    pub slots: Vec<(Slot, String)>,
    /// The parent's values by position: constants as in trace text, words in the VM's notation.
    pub imports: Vec<(u32, String)>,
    /// The outcome.
    pub expected: Option<String>,
}

/// What came out of a test.
#[derive(Clone, Debug, Default)]
pub struct Actual {
    /// The text to compare with what is expected.
    pub text: String,
    /// The outcome of each run, from [`check_runs`].
    pub outcomes: Vec<String>,
}

/// What a run starts from.
#[expect(missing_debug_implementations, reason = "a VM is behind a trait")]
pub struct Setup<'s> {
    /// Memory and context.
    pub env: Env,
    /// The parent's values, by position.
    pub imports: &'s [u64],
    /// The VM.
    pub vm: &'s mut dyn Vm,
}

/// How a run went on, its memory rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The trace it jumps to, if it does.
    pub jump: Option<TraceId>,
    /// Where the VM goes on. `None` if it did not come to an end.
    pub resume: Option<Resume>,
    /// The same as text.
    pub at: String,
}

impl Left {
    /// `trace` was left through an exit (`inst`) or its end (`None`), and the VM goes on at `resume`.
    pub fn through(trace: &Trace<'_>, inst: Option<usize>, resume: Resume) -> Left {
        let jump = match (trace.end, inst) {
            (End::Jump(target), None) => Some(target),
            _ => None,
        };
        Left {
            jump,
            resume: Some(resume),
            at: resume_text(trace, resume).to_string(),
        }
    }

    /// It had not come to an end when it was stopped.
    pub fn stopped() -> Left {
        Left {
            jump: None,
            resume: None,
            at: String::new(),
        }
    }
}

/// Something that runs a trace: the interpreter, machine code. It leaves memory rebuilt.
pub type Executor<'x> = dyn FnMut(&mut Setup<'_>) -> Result<Left, String> + 'x;

#[cfg(test)]
mod tests;
