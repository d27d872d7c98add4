//! What a uop is and what a stencil is: the words that a VM, the stencil builder and the JIT share.
//!
//! A VM author writes each micro-op once, as an inline Rust function with a `#[uop]` attribute ([`uop`]). The builder
//! (`sashiko-build`, called from the VM's `build.rs`) reads those functions and writes a [`UopTable`]: for each uop its
//! [`UopInfo`] (what the optimizer may assume, and a function that evaluates it) and its [`Stencil`]s (machine code with
//! holes, one for each combination of operand shapes). Everything downstream, from recorder to code arena, sees uops
//! only through that table; nothing in the middle knows what VM it serves.
//!
//! - [`uop`]: what uop bodies are written in: representations, `Exit`, immediates, kinds, alias classes;
//! - [`info`]: facts about a uop, pessimistic by default;
//! - [`stencil`]: machine code with register holes and value holes;
//! - [`table`]: the two together, and how to look things up in them;
//! - [`call`]: the shared stencil that calls a uop too large to copy;
//! - [`reference()`]: the page that describes a table;
//! - [`context`]: the block of memory that compiled code reaches through its context register.

// Generated tables and the VM's own code name this crate by its public name; inside it that name is itself.
extern crate self as sashiko_stencils;

pub mod call;
pub mod context;
#[doc(hidden)]
pub mod generated;
pub mod info;
mod reference;
pub mod stencil;
pub mod table;
pub mod uop;

#[doc(hidden)]
pub use sashiko_macros::uop as uop_attribute;

pub use info::{
    Effects, Input, InputId, Rep, Result as UopResult, Role, Step, StepArg, UopId, UopInfo,
};
pub use reference::reference;
pub use stencil::{
    Bank, Hole, HoleKind, HoleValue, Operand, OperandRole, Patch, Shape, ShapeKey, Stencil,
    StencilId,
};
pub use table::UopTable;

/// The text of [`uop`], which the stencil builder compiles beside the bodies.
#[doc(hidden)]
pub const PRELUDE: &str = include_str!("uop.rs");
