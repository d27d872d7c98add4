//! What a pass is, and what it is handed.
//!
//! A pass proposes rewrites; the context decides. Before each rewrite a pass asks [`PassContext::rewrite`], naming the
//! rule, and goes on only if the answer is yes. That one question gives every pass *fuel* (stop after the Nth rewrite:
//! the way to bisect a miscompile), counters per rule, and provenance (which pass made this instruction, and why)
//! without a line of its own.

use sashiko_trace::ir::{Provenance, Trace};

/// One optimization.
pub trait Pass: std::fmt::Debug {
    /// Its name, as in switches, dumps and the folder of its tests.
    fn name(&self) -> &'static str;

    /// One line saying what it does.
    fn summary(&self) -> &'static str;

    /// Transforms `trace`. The pass owns the buffers it works with and clears them itself.
    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>);
}

/// How many rewrites may still be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuel {
    left: Option<u64>,
}

impl Fuel {
    /// No limit.
    pub const UNLIMITED: Fuel = Fuel { left: None };

    /// `rewrites` rewrites and not one more.
    pub const fn limited(rewrites: u64) -> Fuel {
        Fuel {
            left: Some(rewrites),
        }
    }

    /// What is left of a limit.
    pub const fn left(self) -> Option<u64> {
        self.left
    }

    #[inline]
    fn burn(&mut self) -> bool {
        match &mut self.left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

impl From<Option<u64>> for Fuel {
    fn from(left: Option<u64>) -> Fuel {
        Fuel { left }
    }
}

/// How often a rule of a pass was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule: &'static str,
    /// How often.
    pub count: u32,
}

/// Hands out rewrites to one run of one pass.
#[derive(Debug)]
pub struct PassContext<'f> {
    pass: &'static str,
    fuel: &'f mut Fuel,
    rules: Vec<RuleCount>,
    last: Option<&'static str>,
    exits_tell: bool,
    /// Every rewrite made, in order, if somebody wants to know.
    log: Option<Vec<&'static str>>,
}

impl<'f> PassContext<'f> {
    /// A context for one run of the pass called `pass`.
    pub fn new(pass: &'static str, fuel: &'f mut Fuel) -> PassContext<'f> {
        PassContext {
            pass,
            fuel,
            rules: Vec::new(),
            last: None,
            exits_tell: true,
            log: None,
        }
    }

    /// Sets [`PassContext::exits_tell`].
    #[must_use]
    pub fn exits_telling(mut self, exits_tell: bool) -> Self {
        self.exits_tell = exits_tell;
        self
    }

    /// Keeps the rule of every rewrite made, if `logging`.
    #[must_use]
    pub(crate) fn logging(mut self, logging: bool) -> Self {
        self.log = logging.then(Vec::new);
        self
    }

    /// Does an exit taken tell that its check failed? Not under stress, where exits are taken for no reason: what a pass
    /// would write into the exit on the strength of the failure would be wrong.
    pub fn exits_tell(&self) -> bool {
        self.exits_tell
    }

    /// May a rewrite by `rule` be made? If so it is counted as made: the caller must make it.
    #[inline]
    pub fn rewrite(&mut self, rule: &'static str) -> bool {
        if !self.fuel.burn() {
            return false;
        }
        self.last = Some(rule);
        if let Some(log) = &mut self.log {
            log.push(rule);
        }
        match self.rules.iter_mut().find(|known| known.rule == rule) {
            Some(known) => known.count += 1,
            None => self.rules.push(RuleCount { rule, count: 1 }),
        }
        true
    }

    /// The provenance of an instruction that `rule` made.
    #[inline]
    pub fn by(&self, rule: &'static str) -> Option<Provenance> {
        Some(Provenance {
            pass: self.pass,
            rule,
        })
    }

    /// Rules applied so far, in the order of their first application.
    pub fn rules(&self) -> &[RuleCount] {
        &self.rules
    }

    /// The rule applied last.
    pub fn last(&self) -> Option<&'static str> {
        self.last
    }

    pub(crate) fn into_rules(self) -> Rules {
        Rules {
            counts: self.rules,
            last: self.last,
            log: self.log.unwrap_or_default(),
        }
    }
}

/// The rules a run of a pass applied.
pub(crate) struct Rules {
    pub(crate) counts: Vec<RuleCount>,
    pub(crate) last: Option<&'static str>,
    pub(crate) log: Vec<&'static str>,
}
