//! The built-in modules.

pub mod mersenne;
pub mod special;
