//! What is known of each value at a point of the trace.
//!
//! A trace is straight-line code, so a forward walk that learns as it goes is all the data flow there is: what a guard
//! proved holds for the rest of the walk, and in a loop's body for what was proved in the preheader. What holds of a
//! value wherever it is defined stands in [`Value::kinds`](sashiko_trace::ir::Value::kinds); what guards add depends on
//! where one is, and lives here.
//!
//! ```text
//! guard_array v4 !e2     before it v4 may be anything, behind it v4 is {ARRAY}
//! ```
//!
//! A check that contradicts what is known leaves no kind at all: the code behind it is never reached, and anything may
//! be said of it. The check itself is kept.

use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Role, UopTable};
use sashiko_trace::ir::{Inst, Op, Trace, ValueId};

use crate::boxing::Boxing;

/// What each value can be, here.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    kinds: Vec<Kinds>,
    boxing: Boxing,
}

impl Facts {
    /// Starts at the beginning of `trace`.
    pub(crate) fn reset(&mut self, trace: &Trace<'_>) {
        let boxing = self.boxing.of(trace.table);
        self.kinds.clear();
        self.kinds.extend(
            trace
                .values
                .iter()
                .map(|value| match (value.constant, value.rep) {
                    (Some(word), sashiko_stencils::Rep::Word) => {
                        value.kinds.intersection(boxing.kinds_of_constant(word))
                    }
                    _ => value.kinds,
                }),
        );
    }

    /// How the VM boxes.
    pub(crate) fn boxing(&self) -> &Boxing {
        &self.boxing
    }

    /// What `value` can be.
    #[inline]
    pub(crate) fn of(&self, value: ValueId) -> Kinds {
        self.kinds
            .get(value.0 as usize)
            .copied()
            .unwrap_or(Kinds::ANY)
    }

    /// `value` turned out to be one of `kinds`.
    #[inline]
    pub(crate) fn narrow(&mut self, value: ValueId, kinds: Kinds) {
        let index = value.0 as usize;
        if index >= self.kinds.len() {
            self.kinds.resize(index + 1, Kinds::ANY);
        }
        self.kinds[index] = self.kinds[index].intersection(kinds);
    }

    /// `value` can be one of `kinds` and nothing else is known.
    pub(crate) fn set(&mut self, value: ValueId, kinds: Kinds) {
        self.narrow(value, Kinds::ANY);
        self.kinds[value.0 as usize] = kinds;
    }

    /// `inst` went on to the next one.
    #[inline]
    pub(crate) fn learn(&mut self, table: &UopTable, inst: &Inst<'_>) {
        let Op::Uop(uop) = inst.op else { return };
        let info = table.info(uop);
        if !info.exits {
            return;
        }
        for (arg, input) in inst.args.iter().zip(info.inputs) {
            if input.proves != Kinds::ANY {
                self.narrow(*arg, input.proves);
            }
        }
    }

    /// Is the guard `inst` known to succeed? Only guards that say what they check, and check nothing else, can be.
    #[inline]
    pub(crate) fn prove(&self, table: &UopTable, inst: &Inst<'_>) -> bool {
        let Op::Uop(uop) = inst.op else { return false };
        let info = table.info(uop);
        let mut says = false;
        info.role == Role::Guard
            && inst.args.iter().zip(info.inputs).all(|(arg, input)| {
                says |= input.checks != Kinds::ANY;
                self.of(*arg).is_subset(input.checks)
            })
            && says
    }

    /// Is `inst` an increment or decrement of a value that is known to carry a reference count?
    #[inline]
    pub(crate) fn counts_something(&self, table: &UopTable, inst: &Inst<'_>) -> bool {
        let Op::Uop(uop) = inst.op else { return false };
        table.info(uop).effects.counts != 0
            && inst.args.first().is_some_and(|value| {
                let kinds = self.of(*value);
                kinds != Kinds::ANY && kinds.intersection(table.uncounted) == Kinds::NEVER
            })
    }

    /// Is `inst` an increment or decrement of a value that carries no reference count?
    #[inline]
    pub(crate) fn counts_nothing(&self, table: &UopTable, inst: &Inst<'_>) -> bool {
        let Op::Uop(uop) = inst.op else { return false };
        table.info(uop).effects.counts != 0
            && inst
                .args
                .first()
                .is_some_and(|value| self.boxing.uncounted(self.of(*value)))
    }
}
