//! What the checker demands of a stencil's operands, whatever words they hold: places of the right shape and bank, and
//! registers that nothing else of the stencil uses.

use std::collections::BTreeSet;

use sashiko_stencils::{OperandRole, Shape};
use sashiko_trace::ir::{Inst, Trace};

use super::{Checked, Checker, ensure, exists};
use crate::plan::{Loc, Stitch};
use crate::registers::{bank_set, number};

impl Checker<'_, '_> {
    /// `loc` is what `shape` asks for.
    pub(super) fn shape(&self, loc: Loc, shape: Shape) -> Checked {
        let right = match shape {
            Shape::Reg => loc.is_reg(),
            Shape::Mem => loc.is_memory(),
            Shape::Const => match loc {
                Loc::Const(bits) => i32::try_from(bits.cast_signed()).is_ok(),
                _ => false,
            },
        };
        ensure(right && exists(loc, self.plan), || {
            format!("{loc} is not what the stencil's {shape:?} stands for")
        })
    }

    /// The result and the temporaries have registers that are theirs.
    pub(super) fn operands(&self, stitch: &Stitch, inst: &Inst<'_>) -> Checked {
        let stencil = self.trace.table.stencil(stitch.stencil);
        ensure(stitch.output.is_some() == inst.result.is_some(), || {
            "a result has a place, and only a result".to_owned()
        })?;
        if let (Some(result), Some(output)) = (inst.result, stitch.output) {
            self.shape(output, stencil.key.result())
                .map_err(|what| format!("result: {what}"))?;
            let bank = self.trace.value(result).rep.bank();
            let fits = number(output).is_none_or(|n| bank_set(bank) >> n & 1 == 1);
            ensure(fits, || format!("v{} is no value for {output}", result.0))?;
        }
        for operand in stencil.operands {
            if let OperandRole::Input(i) = operand.role {
                let input = stitch.inputs[usize::from(i)];
                let shared = operand.late && stitch.output == Some(input) && input.is_reg();
                ensure(!shared, || {
                    format!("input {i} is read late, but the result overwrites {input}")
                })?;
            }
        }
        let temps = temps(self.trace, stitch).ok_or("the number of temporaries is wrong")?;
        for (i, temp) in temps.iter().enumerate() {
            let shared = stitch.inputs.contains(temp)
                || stitch.output == Some(*temp)
                || temps[..i].contains(temp);
            ensure(exists(*temp, self.plan) && !shared, || {
                format!("temporary {temp} is not a register of its own")
            })?;
        }
        Ok(())
    }

    /// What the stencil writes before its exit is taken.
    pub(super) fn clobber_operands(&mut self, stitch: &Stitch) {
        for temp in temps(self.trace, stitch).unwrap_or_default() {
            self.state.write(temp, BTreeSet::new());
        }
        if let Some(output) = stitch.output.filter(|output| output.is_reg()) {
            self.state.write(output, BTreeSet::new());
        }
    }
}

/// The registers of a stencil's temporaries; `None` if the plan has not as many as the stencil.
fn temps(trace: &Trace<'_>, stitch: &Stitch) -> Option<Vec<Loc>> {
    let operands = trace.table.stencil(stitch.stencil).operands.iter();
    let banks: Vec<_> = operands
        .filter(|operand| operand.role == OperandRole::Temp)
        .map(|operand| operand.bank)
        .collect();
    let matches = banks.len() == stitch.temps.len();
    let registers = banks.iter().zip(&stitch.temps);
    matches.then(|| registers.map(|(bank, n)| Loc::reg(*bank, *n)).collect())
}
