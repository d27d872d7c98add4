//! Uop traces: from what a VM recorded to the form the optimizer works on.
//!
//! ```text
//! Recorder ──▶ Recorded (stack form) ──lift──▶ Trace (SSA form, snapshots) ──▶ optimizer, regalloc, backend
//! ```
//!
//! - [`recorded`]: the stack form, and the recorder that VMs write it with;
//! - [`ir`]: the SSA form: typed ids, values with representations and kinds, snapshots;
//! - [`lift`]: stack form to SSA;
//! - [`text`]: one text format for dump and input: `parse(print(t)) == t`;
//! - [`verify`]: what must hold of every trace, checked after every pass;
//! - [`interp`]: the uop interpreter, the oracle that machine code is compared with;
//! - [`exit`]: how the VM's state is rebuilt when a trace is left;
//! - [`generate`]: random traces, for fuzzing;
//! - [`filetest`]: tests written in trace text.

mod equal;
pub mod exit;
pub mod filetest;
pub mod generate;
pub mod interp;
pub mod ir;
pub mod lift;
pub mod onto;
pub mod recorded;
pub mod text;
pub mod verify;

#[cfg(test)]
#[expect(dead_code, reason = "names of uops that no test needs yet")]
mod tiny;
