//! The reference VM: real Python source, `CPython` 3.14 bytecode, a specializing adaptive interpreter.
//!
//! ```text
//! source ──compile──▶ Code ──interp──▶ result
//!                       │ ▲ specialized in place through inline caches
//!                       └─┘
//! ```
//!
//! - [`layout`], [`value`], [`object`], [`class`]: how values lie in memory, who owns them;
//! - [`objects`]: the built-in types as data, [`types`] and [`core_types`]: their behaviour;
//! - [`protocol`]: what each operation of the language does with operands of any class;
//! - [`compile`]: source to [`objects::code::Code`]; [`interp`]: the loop that runs it;
//! - [`jit`]: where the loop meets the compiler; [`uops`], [`calls`]: what it compiles to.

#![expect(
    clippy::inline_always,
    reason = "the interpreter's registers stay in machine registers only if everything that touches them is inlined"
)]
#![expect(
    clippy::unnecessary_wraps,
    reason = "functions in slots and method tables have the signature of the table, whether they can raise or not"
)]
#![expect(
    clippy::missing_errors_doc,
    reason = "an `Outcome` says that Python exceptions come out; those worth naming are named"
)]
#![expect(
    clippy::cast_ptr_alignment,
    reason = "object memory comes from `alloc::allocate`, which aligns to 16 bytes, as a byte pointer"
)]
#![expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "pointers to objects that are passed around in the VM are alive by the convention of `value`, and classes \
              are never freed"
)]
#![expect(
    clippy::single_match_else,
    reason = "found or not found, guard held or failed: a match shows the two outcomes side by side"
)]

pub mod alloc;
pub mod builtins;
#[allow(
    clippy::doc_markdown,
    clippy::wildcard_imports,
    reason = "opcodes stand in prose as CPython writes them; uops are written in the prelude's words"
)]
pub mod calls;
pub mod class;
pub mod compile;
pub mod core_types;
pub mod disassemble;
pub mod error;
pub mod finalizer;
pub mod frame;
mod handler_ranges;
pub mod import;
pub mod interp;
pub mod jit;
pub mod layout;
pub mod liveness;
pub mod modules;
pub mod names;
pub mod object;
pub mod objects;
pub mod opcode;
pub mod operator;
pub mod protocol;
pub mod run_source;
pub mod shape;
pub mod side;
pub mod slots;
pub mod source_ranges;
pub mod traceback;
pub mod types;
mod types_table;
#[allow(
    clippy::doc_markdown,
    clippy::float_cmp,
    clippy::neg_cmp_op_on_partial_ord,
    clippy::wildcard_imports,
    reason = "as for `calls`; and comparisons are Python's, NaN included"
)]
pub mod uops;
pub mod value;
pub mod vm;

pub use types_table::Types;
pub use vm::{Vm, VmOptions};

/// What the stencil builder made of [`uops`] and [`calls`].
#[allow(clippy::all, clippy::pedantic, reason = "generated")]
pub mod uops_table {
    sashiko_stencils::include_uops!();
}
