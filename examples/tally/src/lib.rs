//! Tally: a small stack machine with a JIT, and the tutorial's example of how to use Sashiko.
//!
//! - [`program`]: instructions and the assembler;
//! - [`machine`]: the interpreter;
//! - [`world`] and [`heap`]: arrays and output;
//! - [`uops`] and [`calls`]: what instructions are made of, written once;
//! - [`table`]: what the build made of them;
//! - [`jit`]: recording, and the way into machine code and back.
//!
//! `docs/howto/write-a-vm.md` walks through it.

pub mod calls;
pub mod heap;
pub mod jit;
pub mod machine;
pub mod program;
pub mod uops;
pub mod world;

pub mod table {
    //! The uops and their stencils, as `build.rs` had them made.
    #![allow(
        missing_docs,
        unused_imports,
        clippy::all,
        clippy::pedantic,
        reason = "generated"
    )]

    sashiko::include_uops!();
}
