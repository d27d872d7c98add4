//! A pass that is wrong on purpose: the tools that look for wrong rewrites are tested with it.
//!
//! # What
//! It exchanges the operands of pure uops, of those that allow it and of those that don't. It is in no list and on only
//! where a test says `+sabotage`.

use sashiko_stencils::Role;
use sashiko_trace::ir::{Op, Trace};

use crate::pass::{Pass, PassContext};

/// Its name in switches.
pub(crate) const NAME: &str = "sabotage";

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Sabotage;

impl Pass for Sabotage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "exchange operands, rightly or wrongly: for tests of tools"
    }

    fn run(&mut self, trace: &mut Trace<'_>, cx: &mut PassContext<'_>) {
        for inst in trace.preheader.iter_mut().chain(&mut trace.body) {
            let (Op::Uop(uop), &[left, right]) = (inst.op, inst.args) else {
                continue;
            };
            let info = trace.table.info(uop);
            let [first, second] = info.inputs else {
                continue;
            };
            let alike = first.rep == second.rep && first.checks == second.checks;
            let rule = match (info.role, info.commutes) {
                (Role::Pure, true) => "exchange",
                (Role::Pure, false) => "exchange-wrongly",
                _ => continue,
            };
            if alike && left != right && cx.rewrite(rule) {
                inst.args = trace.arena.alloc_slice_copy(&[right, left]);
                inst.by = cx.by(rule);
            }
        }
    }
}
