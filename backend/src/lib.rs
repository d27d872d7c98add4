//! Machine code: where it lies, how it is stitched together, entered and left; and the [`Engine`] that owns the way
//! from a recording to it.
//!
//! ```text
//! Recorded ─ lift ─▶ Trace ─ passes ─▶ Trace ─ allocate ─▶ Plan ─ emit ─▶ bytes ─ publish ─▶ arena
//!                                        compile                                      ▲  │
//!                                                            parent's exit is linked ─┘  ▼
//!                                        VM ◀─ rebuild ◀─ common exit ◀─ exit stub ◀─ trace ◀─ enter
//! ```
//!
//! - [`config`], [`engine`], `compile`: what VMs use;
//! - [`emit`]: plan to bytes; [`moves`]: the encodings of what lies between stencils; [`arena`]: where bytes go;
//! - [`exits`]: entry, exit and slow calls in assembly; [`rebuild`]: from registers back to the VM's state;
//! - [`assumptions`]: what traces assume, and what happens when that breaks; eviction;
//! - `stress`: exits taken for no reason, for tests;
//! - [`culprit`]: the last rewrite fuel allowed, for the search for a wrong one;
//! - [`stats`], [`dump`], [`disasm`], [`perf`]: what people and tools see.

pub mod arena;
pub mod assumptions;
mod compile;
pub mod config;
pub mod culprit;
pub mod disasm;
pub mod dump;
pub mod emit;
pub mod engine;
pub mod exits;
mod head;
pub mod moves;
pub mod perf;
pub mod rebuild;
pub mod stats;
pub mod stress;

pub use assumptions::Assumption;
pub use config::{CompileError, Config, Unsupported};
pub use dump::{Document, Dump, Stage};
pub use engine::{Engine, EntryPoint, Left};
pub use stats::Stats;
