//! Finds what kinds values have, from what makes them.
//!
//! # What
//! A result has the kinds its uop promises. A loop parameter has the kinds of its first value and of its next ones: an
//! optimistic fixpoint, which starts from the first value's kinds and adds what the back edge brings.
//!
//! # Example
//! ```text
//!   loop (v2: word [s1] = v0 then v5)          v0 is {INT}: v2 becomes {INT}
//!     ...
//!     v5: word = box_int v4 !e1                v5 becomes {INT}
//! ```
//!
//! # Facts used
//! `result = K` and `checks(a: K)` of uops. At the back edge, and for what comes in through the preheader, all guards
//! of the region before have succeeded, so what they check counts as well.
//!
//! # Invariants kept
//! Only [`Value::kinds`](sashiko_trace::ir::Value::kinds) changes, and only to a subset that holds wherever the value
//! is defined. What a guard proves of its input holds only behind the guard and is not noted here; guard elimination
//! finds it on its own walk.
//!
//! # Cost
//! One walk, and one step for each change of a parameter's kinds: kinds only grow, so there are few.
//!
//! # Limits
//! Uops have no transfer function: `array_load`'s result is whatever its signature says.

use sashiko_stencils::uop::Kinds;
use sashiko_trace::ir::{Op, Trace};

use crate::facts::Facts;
use crate::pass::{Pass, PassContext};

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct TypeProp {
    facts: Facts,
    params: Vec<Kinds>,
}

impl Pass for TypeProp {
    fn name(&self) -> &'static str {
        "type-prop"
    }

    fn summary(&self) -> &'static str {
        "find the kinds of results and loop parameters"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        results(trace, cx);
        if !trace.params.is_empty() {
            self.loop_params(trace, cx);
        }
    }
}

/// The result of a uop has the kinds the uop promises.
fn results(trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
    for inst in trace.preheader.iter().chain(&trace.body) {
        let (Op::Uop(uop), Some(result)) = (inst.op, inst.result) else {
            continue;
        };
        let Some(promised) = trace.table.info(uop).result else {
            continue;
        };
        let value = &mut trace.values[result.0 as usize];
        if !value.kinds.is_subset(promised.kinds) && cx.rewrite("result") {
            value.kinds = value.kinds.intersection(promised.kinds);
        }
    }
}

impl TypeProp {
    /// A parameter has the kinds of its first value and of its next ones.
    fn loop_params(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        self.facts.reset(trace);
        for inst in &trace.preheader {
            self.facts.learn(trace.table, inst);
        }
        let firsts = trace.params.iter().map(|param| self.facts.of(param.init));
        self.params.clear();
        self.params.extend(firsts);
        // At the back edge every guard of the body has succeeded.
        for param in &trace.params {
            self.facts.set(param.value, Kinds::ANY);
        }
        for inst in &trace.body {
            self.facts.learn(trace.table, inst);
        }
        self.fixpoint(trace);
        for (param, kinds) in trace.params.iter().zip(&self.params) {
            let value = &mut trace.values[param.value.0 as usize];
            if !value.kinds.is_subset(*kinds) && cx.rewrite("param") {
                value.kinds = value.kinds.intersection(*kinds);
            }
        }
    }

    fn fixpoint(&mut self, trace: &Trace<'_>) {
        loop {
            let mut changed = false;
            for i in 0..trace.params.len() {
                let next = trace.params[i].next;
                let mut kinds = self.facts.of(next);
                if let Some(j) = trace.params.iter().position(|param| param.value == next) {
                    kinds = kinds.intersection(self.params[j]);
                }
                let grown = self.params[i].union(kinds);
                changed |= grown != self.params[i];
                self.params[i] = grown;
            }
            if !changed {
                return;
            }
        }
    }
}
