//! A register-allocating, optimizing JIT tier on copy-and-patch, for bytecode VMs written in Rust.
//!
//! This crate is what a VM author uses; everything is in the crates it re-exports from. Depend on it with
//! `default-features = false`, or the command line and the Python VM come along, and on `sashiko-build` as a
//! build-dependency.
//!
//! # A VM with a JIT, in outline
//!
//! A micro-op is a function, written once. At build time it becomes machine code with holes:
//!
//! ```ignore
//! // uops.rs
//! use sashiko::uop::*;
//!
//! #[uop(pure, unboxes)]
//! pub fn int_of(word: Word) -> i64 { word as i64 }
//!
//! #[uop(pure, boxes)]
//! pub fn box_int(value: i64) -> Word { value as Word }
//!
//! #[uop(pure, commutes)]
//! pub fn int_add(left: i64, right: i64) -> Exit<i64> { left.checked_add(right) }
//!
//! #[uop(compose)]
//! pub fn add(left: Word, right: Word) -> Exit<Word> {
//!     Some(box_int(int_add(int_of(left), int_of(right))?))
//! }
//!
//! // build.rs
//! fn main() { sashiko_build::Vm::new("mine").uops("src/uops.rs").build_or_exit(); }
//!
//! // lib.rs
//! mod table { sashiko::include_uops!(); }     // TABLE, op::ADD
//! ```
//!
//! When a loop is hot, the interpreter says what each of its instructions does while it goes round once more; the engine
//! makes a trace of that:
//!
//! ```ignore
//! let mut engine = Engine::new(&TABLE, Config::default())?;
//!
//! let mut recorder = Recorder::new(&TABLE, start, None);
//! recorder.instruction(origin);               // where the VM goes on, should a uop leave the trace
//! recorder.load(Slot(0));
//! recorder.constant(1);
//! recorder.uop(op::ADD, &[]);
//! recorder.store(Slot(0));
//! let trace = engine.compile(&recorder.finish(End::Loop))?;
//!
//! engine.set_vm(context);
//! let left = unsafe { Engine::run(&raw mut engine, trace, frame_base, &mut boxes) };
//! // ... and go on interpreting at `left.resume`.
//! ```
//!
//! `examples/tally` is such a VM, complete, and `docs/howto/write-a-vm.md` explains it step by step.
//!
//! # What is where
//!
//! | | |
//! |---|---|
//! | writing uops | [`mod@uop`], [`kinds!`], [`aliases!`], [`include_uops!`], [`UopTable`] |
//! | recording | [`Recorder`], [`Resume`], [`Origin`], [`Slot`], [`End`] |
//! | assuming | [`Assumption`], [`Engine::depend`], [`Engine::invalidate`], [`Engine::is_valid`], [`Engine::evict`] |
//! | compiling and running | [`Engine`], [`Config`], [`Policy`], [`Switches`], [`Rebuild`], [`Left`] |
//! | looking at it | [`Dump`], [`Stats`], [`reference()`] |
//!
//! The stages themselves are in [`trace`], [`optimizer`], [`regalloc`] and [`backend`].

pub use sashiko_backend as backend;
pub use sashiko_optimizer as optimizer;
pub use sashiko_regalloc as regalloc;
pub use sashiko_stencils as stencils;
pub use sashiko_trace as trace;

pub use sashiko_backend::{
    Assumption, CompileError, Config, Document, Dump, Engine, EntryPoint, Left, Stats, Unsupported,
};
pub use sashiko_optimizer::Switches;
pub use sashiko_regalloc::{Policy, Registers};
pub use sashiko_stencils::{
    Rep, UopId, UopInfo, UopTable, aliases, include_uops, kinds, reference, uop,
};
pub use sashiko_trace::exit::Rebuild;
pub use sashiko_trace::recorded::{
    End, ExitId, Origin, Recorded, Recorder, Resume, Slot, StackOp, TraceId,
};
