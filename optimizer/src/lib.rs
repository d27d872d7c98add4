//! The passes over uop traces, and the one runner.
//!
//! A trace comes in as it was lifted, every push and pop a store and a load; it leaves with values in the place of slots,
//! checks where they are needed and boxes where exits need them.
//!
//! - [`pass`]: what a pass is; fuel, counters and provenance;
//! - [`runner`]: order, verification, dumps, time; [`provenance`]: who removed what;
//! - [`switches`]: which passes run;
//! - one module for each pass, named like it.
//!
//! ```text
//! store-forward  slots become values; stores sink into exits
//! expand         composed uops become their steps
//! type-prop      what kinds values have
//! const-fold     uops of constants are evaluated; boxing cancels unboxing
//! guard-elim     guards known to succeed go
//! cse            the same thing is computed once
//! refcount       counts that change nothing go
//! escape         objects that nobody sees are not made
//! unbox          loop-carried values stay raw
//! hoist          what is the same in every round goes before the loop (again behind the second refcount)
//! rejoin         a side trace goes on at its loop's head
//! dce            what nobody needs goes; exits make boxes
//! merge-unbox    what is checked and unboxed is unboxed where it is checked
//! fuse           compare and branch become one
//! ```
#![forbid(unsafe_code)]

mod boxing;
pub mod const_fold;
pub mod cse;
pub mod dce;
pub mod escape;
pub mod expand;
mod facts;
pub mod fuse;
pub mod guard_elim;
pub mod hoist;
pub mod merge_unbox;
mod numbering;
pub mod pass;
pub mod provenance;
pub mod refcount;
pub mod rejoin;
pub mod runner;
mod sabotage;
mod slots;
pub mod store_forward;
mod substitution;
pub mod switches;
pub mod type_prop;
pub mod unbox;

pub use pass::{Fuel, Pass, PassContext, RuleCount};
pub use runner::{Broken, Census, ORDER, Observer, PASSES, PassReport, Pipeline, Report};
pub use switches::{Switches, UnknownPass};
