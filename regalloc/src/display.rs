//! A plan as text: what `dump --stage plan` prints.
//!
//! One line a step: what it does with which places, then the instruction of the trace it comes from. An exit's places
//! follow its instruction.
//!
//! ```text
//! preheader
//!   unbox_float [s2] -> xmm0                         ; v1: float = unbox_float v0 !e0
//!     exit
//!   move xmm0 -> xmm14
//! head v2 in xmm14
//! body
//!   float_add xmm14, xmm13 -> xmm14                  ; v3: float = float_add v2, v5
//! spills 0
//! ```

use std::fmt;

use sashiko_trace::ir::{Op, Trace, ValueId};
use sashiko_trace::text::inst_text;

use crate::plan::{InstIndex, Loc, Plan, Step};

const GPR_NAMES: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];

impl fmt::Display for Loc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loc::Gpr(n) => f.pad(GPR_NAMES.get(usize::from(*n)).unwrap_or(&"r?")),
            Loc::Xmm(n) => write!(f, "xmm{n}"),
            Loc::Slot(slot) => write!(f, "[s{}]", slot.0),
            Loc::Spill(spill) => write!(f, "[spill {}]", spill.0),
            Loc::Const(bits) if bits.cast_signed().unsigned_abs() < 1 << 16 => {
                write!(f, "{}", bits.cast_signed())
            }
            Loc::Const(bits) => write!(f, "{bits:#x}"),
        }
    }
}

/// A plan, to be displayed.
#[derive(Clone, Copy)]
pub struct PlanText<'p, 'a> {
    trace: &'p Trace<'a>,
    plan: &'p Plan,
}

/// The text of `plan`, made for `trace`.
pub fn plan_text<'p, 'a>(trace: &'p Trace<'a>, plan: &'p Plan) -> PlanText<'p, 'a> {
    PlanText { trace, plan }
}

impl fmt::Debug for PlanText<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for PlanText<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let imports = self.trace.imports.iter().map(|import| import.value);
        Self::places(f, "imports", imports.zip(&self.plan.imports))?;
        self.section(f, "preheader", &self.plan.preheader)?;
        let params = self.trace.params.iter().map(|param| param.value);
        Self::places(f, "head", params.zip(&self.plan.params))?;
        self.section(f, "body", &self.plan.body)?;
        self.exit(f, None)?;
        writeln!(f, "spills {}", self.plan.spills)
    }
}

impl PlanText<'_, '_> {
    /// Values and where they are, if there are any.
    fn places<'l>(
        f: &mut fmt::Formatter<'_>,
        title: &str,
        places: impl Iterator<Item = (ValueId, &'l Loc)>,
    ) -> fmt::Result {
        let mut any = false;
        for (value, loc) in places {
            let before = if any { "," } else { title };
            any = true;
            write!(f, "{before} v{} in {loc}", value.0)?;
        }
        if any { writeln!(f) } else { Ok(()) }
    }

    fn section(&self, f: &mut fmt::Formatter<'_>, title: &str, steps: &[Step]) -> fmt::Result {
        if steps.is_empty() {
            return Ok(());
        }
        writeln!(f, "{title}")?;
        for step in steps {
            let (text, inst) = match step {
                Step::Move { from, to } => {
                    writeln!(f, "  move {from} -> {to}")?;
                    continue;
                }
                Step::Stitch(stitch) => {
                    let mut text = self.name(stitch.inst);
                    for (i, input) in stitch.inputs.iter().enumerate() {
                        text += if i == 0 { " " } else { ", " };
                        text += &input.to_string();
                    }
                    if let Some(output) = stitch.output {
                        text += " -> ";
                        text += &output.to_string();
                    }
                    (text, stitch.inst)
                }
                Step::Call(call) => (format!("call {}", self.name(call.inst)), call.inst),
            };
            match self.trace.insts().nth(inst.0 as usize) {
                Some(traced) => writeln!(f, "  {text:<48} ; {}", inst_text(self.trace, traced))?,
                None => writeln!(f, "  {text}")?,
            }
            self.exit(f, Some(inst))?;
        }
        Ok(())
    }

    fn name(&self, index: InstIndex) -> String {
        match self.trace.insts().nth(index.0 as usize).map(|inst| inst.op) {
            Some(Op::Uop(uop)) => self.trace.table.info(uop).name.to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// The exit of instruction `index`, or of the end, if there is one.
    fn exit(&self, f: &mut fmt::Formatter<'_>, index: Option<InstIndex>) -> fmt::Result {
        let Some(exit) = self.plan.exits.iter().find(|exit| exit.inst == index) else {
            return Ok(());
        };
        write!(f, "    exit")?;
        let snapshot = self.trace.snapshot(exit.snapshot);
        let is_value = |value: &ValueId| !snapshot.makes(*value);
        let slots = snapshot.slots.iter();
        let slots = slots.filter(|(_, value)| is_value(value));
        let slots = slots.map(|(slot, _)| format!("s{} =", slot.0));
        let owed = snapshot.owed.iter().filter(|value| is_value(value));
        let owed = owed.map(|_| "owed".to_owned());
        let fields = snapshot.made.iter().flat_map(|made| made.args);
        let fields = fields.filter(|value| is_value(value));
        let fields = fields.map(|value| format!("v{} in", value.0));
        let what = slots.chain(owed).chain(fields);
        for (i, (loc, what)) in self.plan.locs(exit).iter().zip(what).enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma} {what} {loc}")?;
        }
        writeln!(f)
    }
}
