//! The one runner: it owns the order, the switches, verification, dumps, counters, time and fuel.
//!
//! Passes know none of that. The order is data ([`ORDER`]): a pass may stand in it more than once, and a switch turns
//! every occurrence off.
//!
//! # Bisecting a miscompile
//!
//! Fuel is global over the passes of a compile (and the engine may make it global over a process by handing the same
//! [`Fuel`] to every compile): with `N` rewrites right and `N + 1` wrong, the last rule in the [`Report`] is the
//! culprit.

use std::fmt;
use std::time::{Duration, Instant};

use sashiko_stencils::Role;
use sashiko_trace::ir::{Op, Provenance, Trace};

use crate::pass::{Fuel, Pass, PassContext, RuleCount};
use crate::provenance::{self, Removed};
use crate::sabotage::{self, Sabotage};
use crate::switches::{Switches, UnknownPass};
use crate::{
    const_fold::ConstFold, cse::Cse, dce::Dce, escape::Escape, expand::Expand, fuse::Fuse,
    guard_elim::GuardElim, hoist::Hoist, merge_unbox::MergeUnbox, refcount::Refcount,
    rejoin::Rejoin, store_forward::StoreForward, type_prop::TypeProp, unbox::Unbox,
};

/// Names of all passes, in the order in which they first run.
pub const PASSES: [&str; 14] = [
    "store-forward",
    "expand",
    "type-prop",
    "const-fold",
    "guard-elim",
    "cse",
    "refcount",
    "escape",
    "unbox",
    "hoist",
    "rejoin",
    "dce",
    "merge-unbox",
    "fuse",
];

/// The order passes run in. Forwarding makes values of slots, which everything else works on. The second half repeats
/// what unboxing gives new work to: its raw parameters prove kinds, fold boxes, and show counts to be of immediates. A count
/// that went writes no memory, so hoisting comes again.
pub const ORDER: [&str; 20] = [
    "store-forward",
    "expand",
    "type-prop",
    "const-fold",
    "guard-elim",
    "cse",
    "refcount",
    "escape",
    "unbox",
    "hoist",
    "type-prop",
    "const-fold",
    "guard-elim",
    "cse",
    "refcount",
    "hoist",
    "rejoin",
    "dce",
    "merge-unbox",
    "fuse",
];

fn new_pass(name: &str) -> Result<Box<dyn Pass>, UnknownPass> {
    Ok(match name {
        "store-forward" => Box::<StoreForward>::default(),
        "expand" => Box::<Expand>::default(),
        "type-prop" => Box::<TypeProp>::default(),
        "const-fold" => Box::<ConstFold>::default(),
        "guard-elim" => Box::<GuardElim>::default(),
        "cse" => Box::<Cse>::default(),
        "refcount" => Box::<Refcount>::default(),
        "unbox" => Box::<Unbox>::default(),
        "hoist" => Box::<Hoist>::default(),
        "escape" => Box::<Escape>::default(),
        "rejoin" => Box::<Rejoin>::default(),
        "merge-unbox" => Box::<MergeUnbox>::default(),
        "fuse" => Box::<Fuse>::default(),
        "dce" => Box::<Dce>::default(),
        sabotage::NAME => Box::<Sabotage>::default(),
        _ => {
            return Err(UnknownPass {
                name: name.to_owned(),
            });
        }
    })
}

/// Watches passes at work, for dumps.
pub trait Observer {
    /// `pass` made `after` of `before`, where it `removed` instructions. Called only for passes that changed something.
    fn changed(
        &mut self,
        pass: &'static str,
        before: &Trace<'_>,
        after: &Trace<'_>,
        removed: &[Removed],
    );

    /// Does anybody look at what was removed? Finding out takes time.
    fn wants_removed(&self) -> bool {
        true
    }

    /// The last rewrite that fuel allows made `with` of `without`.
    fn last_rewrite(&mut self, by: Provenance, without: &Trace<'_>, with: &Trace<'_>) {
        let _ = (by, without, with);
    }
}

/// What one run of one pass did.
#[derive(Clone, Debug)]
pub struct PassReport {
    /// The pass.
    pub pass: &'static str,
    /// Rules applied, and how often.
    pub rules: Vec<RuleCount>,
    /// Time it took, without verification and dumps.
    pub time: Duration,
}

impl PassReport {
    /// Rewrites in all.
    pub fn rewrites(&self) -> u64 {
        self.rules.iter().map(|rule| u64::from(rule.count)).sum()
    }
}

/// How many instructions of which sort a trace has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Instructions in all.
    pub insts: u32,
    /// Guards: checks the program relies on.
    pub guards: u32,
    /// Increments and decrements of reference counts.
    pub counts: u32,
    /// Loads and stores of slots.
    pub slots: u32,
}

impl Census {
    /// Counts the instructions of `trace`.
    pub fn of(trace: &Trace<'_>) -> Census {
        let mut census = Census::default();
        for inst in trace.insts() {
            census.insts += 1;
            match inst.op {
                Op::LoadSlot(_) | Op::StoreSlot(_) => census.slots += 1,
                Op::Uop(uop) => {
                    let info = trace.table.info(uop);
                    census.guards += u32::from(info.role == Role::Guard);
                    census.counts += u32::from(info.effects.counts != 0);
                }
            }
        }
        census
    }
}

/// What a run of the pipeline did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each pass that ran, in order.
    pub passes: Vec<PassReport>,
    /// Before the first pass.
    pub before: Census,
    /// After the last.
    pub after: Census,
    /// The last rewrite: pass and rule.
    pub last: Option<(&'static str, &'static str)>,
}

impl Report {
    /// Rewrites in all.
    pub fn rewrites(&self) -> u64 {
        self.passes.iter().map(PassReport::rewrites).sum()
    }

    /// Time in passes.
    pub fn time(&self) -> Duration {
        self.passes.iter().map(|pass| pass.time).sum()
    }
}

/// A pass left a trace that breaks the IR's invariants: a bug of that pass.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The pass.
    pub pass: &'static str,
    /// The last rule it applied.
    pub rule: Option<&'static str>,
    /// What the verifier says.
    pub message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pass `{}`", self.pass)?;
        if let Some(rule) = self.rule {
            write!(f, " (last rule `{rule}`)")?;
        }
        write!(f, " broke the trace: {}", self.message)
    }
}

impl std::error::Error for Broken {}

/// Passes in their order, with the buffers they reuse from trace to trace.
#[derive(Debug)]
pub struct Pipeline {
    passes: Vec<Box<dyn Pass>>,
    verify: bool,
    exits_tell: bool,
}

impl Default for Pipeline {
    fn default() -> Pipeline {
        Pipeline::new(Switches::default())
    }
}

impl Pipeline {
    /// The passes of [`ORDER`] that are on in `switches`. Verifies after each pass in debug builds.
    ///
    /// # Panics
    /// Never: the names of [`ORDER`] are those of passes.
    pub fn new(switches: Switches) -> Pipeline {
        let on = ORDER.iter().filter(|name| switches.is_on(name));
        let passes = on.map(|name| new_pass(name).expect("ORDER names passes"));
        let mut passes: Vec<Box<dyn Pass>> = passes.collect();
        if switches.sabotages() {
            // Early, so that what is wrong is hidden behind many right rewrites.
            passes.insert(passes.len() / 2, Box::<Sabotage>::default());
        }
        Pipeline {
            passes,
            verify: cfg!(debug_assertions),
            exits_tell: true,
        }
    }

    /// The passes called `names`, in that order.
    ///
    /// # Errors
    /// If one of them is unknown.
    pub fn of(names: &[&str]) -> Result<Pipeline, UnknownPass> {
        let passes: Result<Vec<_>, _> = names.iter().map(|name| new_pass(name)).collect();
        Ok(Pipeline {
            passes: passes?,
            verify: cfg!(debug_assertions),
            exits_tell: true,
        })
    }

    /// Verifies after each pass, or does not.
    #[must_use]
    pub fn verifying(mut self, verify: bool) -> Pipeline {
        self.verify = verify;
        self
    }

    /// May passes conclude from an exit being taken that its check failed? See [`PassContext::exits_tell`].
    #[must_use]
    pub fn exits_telling(mut self, exits_tell: bool) -> Pipeline {
        self.exits_tell = exits_tell;
        self
    }

    /// Optimizes `trace`.
    ///
    /// # Errors
    /// If verification is on and a pass breaks the trace.
    pub fn run(&mut self, trace: &mut Trace<'_>, fuel: &mut Fuel) -> Result<Report, Broken> {
        self.run_observed(trace, fuel, None)
    }

    /// Optimizes `trace`, showing `observer` what each pass changes.
    ///
    /// # Errors
    /// If verification is on and a pass breaks the trace.
    pub fn run_observed(
        &mut self,
        trace: &mut Trace<'_>,
        fuel: &mut Fuel,
        mut observer: Option<&mut dyn Observer>,
    ) -> Result<Report, Broken> {
        let mut report = Report {
            passes: Vec::with_capacity(self.passes.len()),
            before: Census::of(trace),
            ..Report::default()
        };
        for pass in &mut self.passes {
            let name = pass.name();
            let before = observer.as_ref().map(|_| trace.clone());
            let tank = fuel.left();
            let started = Instant::now();
            let mut cx = PassContext::new(name, fuel)
                .exits_telling(self.exits_tell)
                .logging(before.is_some());
            pass.run(trace, &mut cx);
            let rules = cx.into_rules();
            let time = started.elapsed();
            if self.verify {
                verify(name, rules.last, trace)?;
            }
            if let Some(rule) = rules.last {
                report.last = Some((name, rule));
                if let (Some(observer), Some(before)) = (observer.as_deref_mut(), before) {
                    let pass = &mut **pass;
                    let tell = self.exits_tell;
                    let removed = if observer.wants_removed() {
                        provenance::removed(pass, &before, trace, &rules.log, tell)
                    } else {
                        Vec::new()
                    };
                    observer.changed(name, &before, trace, &removed);
                    if let (Some(tank @ 1..), Some(0)) = (tank, fuel.left()) {
                        let without = provenance::run(pass, &before, tank - 1, tell);
                        observer.last_rewrite(Provenance { pass: name, rule }, &without, trace);
                    }
                }
            }
            report.passes.push(PassReport {
                pass: name,
                rules: rules.counts,
                time,
            });
        }
        report.after = Census::of(trace);
        Ok(report)
    }
}

fn verify(pass: &'static str, rule: Option<&'static str>, trace: &Trace<'_>) -> Result<(), Broken> {
    sashiko_trace::verify::verify(trace).map_err(|error| Broken {
        pass,
        rule,
        message: error.to_string(),
    })
}

/// Name and one-line summary of every pass, for help texts.
pub fn summaries() -> impl Iterator<Item = (&'static str, &'static str)> {
    PASSES
        .iter()
        .filter_map(|name| new_pass(name).ok())
        .map(|pass| (pass.name(), pass.summary()))
}
