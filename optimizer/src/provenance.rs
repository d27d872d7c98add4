//! Who removed what: for each instruction that a pass took out, the rule that did it.
//!
//! Instructions that are made or changed carry their rule; those that are gone can't. No pass is asked to keep a record: a
//! pass stops wherever its fuel ends, so the runner finds out by running it again with less. Only dumps pay for that.

use sashiko_trace::ir::{Inst, Op, Origin, Trace, ValueId};
use sashiko_trace::text::inst_text;

use crate::pass::{Fuel, Pass, PassContext};

/// Most times a pass is run again to tell its rules apart.
const MOST_RUNS: u32 = 64;

/// An instruction that a pass removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Its text.
    pub line: String,
    /// Where in the VM's program it came from.
    pub origin: Origin,
    /// The rule; several with `|` between them, if there were too many to tell apart.
    pub rule: String,
}

/// What stays the same of an instruction when its arguments are replaced.
type Key = (Op, Option<ValueId>, Origin);

fn key(inst: &Inst<'_>) -> Key {
    (inst.op, inst.result, inst.origin)
}

/// The instructions of `before` that `after` lacks.
fn missing<'t, 'a>(before: &'t Trace<'a>, after: &Trace<'_>) -> Vec<&'t Inst<'a>> {
    let mut left: Vec<Key> = after.insts().map(key).collect();
    let gone = |inst: &&Inst<'a>| match left.iter().position(|known| *known == key(inst)) {
        Some(i) => {
            left.swap_remove(i);
            false
        }
        None => true,
    };
    before.insts().filter(gone).collect()
}

/// What `pass` removed when it made `after` of `before` by the rewrites `rules`, in order.
pub(crate) fn removed(
    pass: &mut dyn Pass,
    before: &Trace<'_>,
    after: &Trace<'_>,
    rules: &[&'static str],
    exits_tell: bool,
) -> Vec<Removed> {
    let mut search = Search {
        pass,
        start: before,
        rules,
        exits_tell,
        runs: 0,
        found: Vec::new(),
    };
    search.between(0, before, rules.len(), after);
    search.found
}

struct Search<'p, 't, 'a> {
    pass: &'p mut dyn Pass,
    start: &'t Trace<'a>,
    rules: &'p [&'static str],
    exits_tell: bool,
    runs: u32,
    found: Vec<Removed>,
}

impl Search<'_, '_, '_> {
    /// What went between the rewrites `low` and `high`.
    fn between(&mut self, low: usize, at_low: &Trace<'_>, high: usize, at_high: &Trace<'_>) {
        let gone = missing(at_low, at_high);
        if gone.is_empty() {
            return;
        }
        let mut rules: Vec<&str> = Vec::new();
        for rule in &self.rules[low..high] {
            if !rules.contains(rule) {
                rules.push(rule);
            }
        }
        if rules.len() > 1 && self.runs < MOST_RUNS {
            self.runs += 1;
            let middle = low.midpoint(high);
            let at_middle = run(self.pass, self.start, middle as u64, self.exits_tell);
            self.between(low, at_low, middle, &at_middle);
            self.between(middle, &at_middle, high, at_high);
            return;
        }
        let rule = rules.join("|");
        self.found.extend(gone.into_iter().map(|inst| Removed {
            line: inst_text(at_low, inst).to_string(),
            origin: inst.origin,
            rule: rule.clone(),
        }));
    }
}

/// `trace` after `rewrites` rewrites of `pass`.
pub(crate) fn run<'a>(
    pass: &mut dyn Pass,
    trace: &Trace<'a>,
    rewrites: u64,
    exits_tell: bool,
) -> Trace<'a> {
    let mut trace = trace.clone();
    let mut fuel = Fuel::limited(rewrites);
    let mut cx = PassContext::new(pass.name(), &mut fuel).exits_telling(exits_tell);
    pass.run(&mut trace, &mut cx);
    trace
}
