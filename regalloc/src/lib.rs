//! Where every value lives: allocation policies, variant selection, and the checker.
//!
//! The result of every policy is one type, the [`plan`], so that policies can be compared on the same trace.

pub mod plan;
