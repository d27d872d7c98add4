//! The reference VM: real Python source over the Sashiko JIT.

pub mod layout;
pub mod modules;
pub mod types;
