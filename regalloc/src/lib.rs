//! Where every value lives: allocation policies, variant selection, and the checker.
//!
//! The result of every policy is one type, the [`plan`], so that policies can be compared on the same trace.
//!
//! ```text
//!            ┌ plain, stack-cache:K, linear ─ forward (one walk: places, head, select, moves) ┐
//! Trace ─────┤                                                                                ├──▶ Plan ──▶ check
//!            └ ion, fastalloc ─────────────── ion (regalloc2)                                 ┘
//! ```
//!
//! - [`policy`]: the names; [`registers`]: what may be used, and what a call does to it;
//! - [`plain`], [`stack_cache`], [`linear`]: three sets of rules for one walk ([`mod@forward`]), which knows the future
//!   ([`uses`]) and the present ([`places`]), and joins rounds of a loop together ([`head`]);
//! - [`ion`]: the two allocators of `regalloc2`;
//! - [`mod@check`]: proves a plan right, whoever made it; [`display`]: prints it;
//! - [`select`]: which stencil suits operands that are where they are; [`moves`]: copies that happen at once.

#![forbid(unsafe_code)]
#![expect(
    rustdoc::private_intra_doc_links,
    reason = "the map of the crate names its private rooms too"
)]

pub mod check;
pub mod display;
mod forward;
mod head;
mod ion;
mod linear;
mod moves;
mod places;
mod plain;
pub mod plan;
pub mod policy;
pub mod registers;
mod select;
mod stack_cache;
mod uses;

use std::fmt;

use regalloc2::Algorithm;
use sashiko_trace::ir::Trace;

pub use check::check;
pub use display::plan_text;
pub use policy::Policy;
pub use registers::Registers;

use check::CheckError;
use forward::{Forward, ForwardBuffers, Rules};
use ion::IonBuffers;
use plan::{Loc, Plan};

/// What compiles share so that they need not allocate: keep one for each thread that compiles.
#[derive(Debug)]
pub struct Buffers {
    /// Is every plan checked before it is handed out? From the start in debug builds.
    pub check: bool,
    forward: ForwardBuffers,
    ion: IonBuffers,
}

impl Default for Buffers {
    fn default() -> Buffers {
        Buffers {
            check: cfg!(debug_assertions),
            forward: ForwardBuffers::default(),
            ion: IonBuffers::default(),
        }
    }
}

/// What a side trace is given: places that others chose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'g> {
    /// The places of [`Trace::imports`], as the parent's exit left them.
    pub imports: &'g [Loc],
    /// The number of spill slots the parent uses ([`Plan::spills`]), 0 without a parent.
    pub first_spill: u32,
    /// Where the loop's head wants what is [handed over](sashiko_trace::onto::Onto::handed_over) to it.
    pub onto: &'g [Loc],
}

/// Why a trace got no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllocError {
    /// `regalloc2` refused.
    Refused(String),
    /// The plan does not do what the trace says: a bug of the policy.
    Wrong(CheckError),
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AllocError::Refused(why) => write!(f, "regalloc2 finds no allocation: {why}"),
            AllocError::Wrong(error) => write!(f, "the plan is wrong, which is a bug: {error}"),
        }
    }
}

impl std::error::Error for AllocError {}

/// Gives every value of `trace` a place under `policy`, and writes the plan to `plan`, whose memory is reused.
///
/// A trace without a parent is given nothing.
///
/// # Errors
/// `ion` and `fastalloc` fail when one instruction needs more registers than `registers` has, and on traces that go on at a
/// loop's head. With [`Buffers::check`], any policy fails whose plan the checker refuses.
pub fn allocate(
    policy: Policy,
    registers: Registers,
    trace: &Trace<'_>,
    given: Given<'_>,
    buffers: &mut Buffers,
    plan: &mut Plan,
) -> Result<(), AllocError> {
    let Given {
        imports,
        first_spill,
        onto,
    } = given;
    assert_eq!(
        imports.len(),
        trace.imports.len(),
        "each import has a place"
    );
    let handed_over = trace.handed_over();
    assert_eq!(
        onto.len(),
        handed_over.count(),
        "each value handed over has a place"
    );
    plan.imports.clear();
    plan.imports.extend_from_slice(imports);
    plan.onto.clear();
    plan.onto.extend_from_slice(onto);
    plan.kept.clear();
    plan.keeps = false;
    plan.preheader.clear();
    plan.params.clear();
    plan.body.clear();
    plan.exits.clear();
    plan.exit_locs.clear();
    let check = buffers.check;
    let mut with_rules = |rules| {
        let forward_buffers = &mut buffers.forward;
        forward(rules, registers, trace, first_spill, forward_buffers, plan);
        Ok(())
    };
    match policy {
        Policy::Plain => with_rules(plain::RULES),
        Policy::StackCache(k) => with_rules(stack_cache::rules(k)),
        Policy::Linear => with_rules(linear::RULES),
        Policy::Ion | Policy::Fastalloc if !onto.is_empty() => {
            let why = "it has no fixed places at a trace's end";
            Err(AllocError::Refused(why.to_owned()))
        }
        Policy::Ion | Policy::Fastalloc => {
            let algorithm = match policy {
                Policy::Ion => Algorithm::Ion,
                _ => Algorithm::Fastalloc,
            };
            let buffers = &mut buffers.ion;
            ion::allocate(
                algorithm,
                registers,
                trace,
                first_spill,
                check,
                buffers,
                plan,
            )
        }
    }?;
    if check {
        check::check(trace, plan).map_err(AllocError::Wrong)?;
    }
    Ok(())
}

fn forward(
    rules: Rules,
    registers: Registers,
    trace: &Trace<'_>,
    first_spill: u32,
    buffers: &mut ForwardBuffers,
    plan: &mut Plan,
) {
    let ForwardBuffers {
        uses,
        places,
        parallel,
        choices,
        direct,
        candidates,
    } = buffers;
    uses.find(trace);
    choices.begin(trace.table);
    if rules.memory_results {
        plain::direct_slots(trace, direct);
    } else {
        direct.clear();
    }
    // One more than a stencil needs: an input it never reads still gets a register.
    let need = uses.need.map(|need| need + 1);
    places.begin(trace, registers.at_least(need), first_spill);
    let mut walk = Forward {
        trace,
        rules,
        uses,
        places,
        parallel,
        choices,
        direct,
        candidates,
        plan,
    };
    walk.run();
}
