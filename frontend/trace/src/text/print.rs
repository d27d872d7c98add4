//! Traces as text.

use std::fmt::{self, Display, Formatter, Write as _};

use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Rep, UopInfo, UopTable};

use super::RESERVED;
use super::lexer::{begins_name, continues_name};
use crate::ir::{
    End, ExitId, HeadParam, Inst, Made, Onto, Op, Origin, Param, Provenance, Resume, Slot,
    SnapshotId, Trace, TraceId, ValueId,
};
use crate::recorded::{Recorded, StackOp};

/// Column that origins begin at.
const ORIGIN_COLUMN: usize = 56;

impl Display for Slot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl Display for ValueId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Display for SnapshotId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "e{}", self.0)
    }
}

impl Display for TraceId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

impl Display for ExitId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.e{}", self.trace, self.index)
    }
}

/// Text of a string in quotes, as the parser reads it.
struct Quoted<'s>(&'s str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// A name as it is if it looks like one, in quotes if not.
struct Name<'s>(&'s str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.starts_with(begins_name) && self.0.chars().all(continues_name) {
            f.write_str(self.0)
        } else {
            Quoted(self.0).fmt(f)
        }
    }
}

fn write_origin(f: &mut Formatter<'_>, code: &str, origin: Origin) -> fmt::Result {
    let (pc, line) = (origin.pc, origin.line);
    write!(f, "{} pc {pc} line {line}", Quoted(code))
}

fn write_resume(f: &mut Formatter<'_>, code: &str, resume: &Resume) -> fmt::Result {
    write_origin(f, code, resume.origin)?;
    write!(f, " frame {} top {}", resume.frame, resume.top)
}

fn write_uop_name(f: &mut Formatter<'_>, info: &UopInfo) -> fmt::Result {
    if RESERVED.contains(&info.name) {
        f.write_str("uop ")?;
    }
    f.write_str(info.name)
}

/// Writes things with commas between them; the first comma, too, if something went before.
struct Commas<'f, 'g> {
    f: &'f mut Formatter<'g>,
    first: &'static str,
    begun: bool,
}

impl Commas<'_, '_> {
    fn item(&mut self, item: impl Display) -> fmt::Result {
        let before = if self.begun { ", " } else { self.first };
        self.begun = true;
        write!(self.f, "{before}{item}")
    }
}

/// `(a, b)`
fn list(f: &mut Formatter<'_>, items: impl Iterator<Item = impl Display>) -> fmt::Result {
    f.write_char('(')?;
    let mut commas = Commas {
        f,
        first: "",
        begun: false,
    };
    for item in items {
        commas.item(item)?;
    }
    f.write_char(')')
}

/// Kinds as text: ` {INT|FLOAT}` without the blank, nothing for [`Kinds::ANY`].
pub fn kinds_text(kinds: Kinds, table: &'static UopTable) -> impl Display {
    fmt::from_fn(move |f| {
        if kinds == Kinds::ANY {
            return Ok(());
        }
        f.write_char('{')?;
        let mut rest = kinds.0;
        let mut between = "";
        for (bit, name) in table.kind_names.iter().enumerate().take(64) {
            if rest >> bit & 1 == 1 {
                rest &= !(1 << bit);
                write!(f, "{between}{name}")?;
                between = "|";
            }
        }
        if rest != 0 {
            write!(f, "{between}{rest:#x}")?;
        }
        f.write_char('}')
    })
}

/// A constant as text: its form says its representation.
pub fn constant_text(rep: Rep, bits: u64) -> impl Display {
    fmt::from_fn(move |f| match rep {
        Rep::Word => write!(f, "{bits:#x}"),
        Rep::Int => write!(f, "{}", bits as i64),
        Rep::Float if f64::from_bits(bits).is_finite() => write!(f, "{:?}", f64::from_bits(bits)),
        Rep::Bool if bits < 2 => write!(f, "{}", bits == 1),
        Rep::Float | Rep::Bool | Rep::Ptr => write!(f, "{}:{bits:#x}", rep.name()),
    })
}

/// A value as an operand: `v3`, or a literal if it is a constant.
pub fn operand_text(trace: &Trace<'_>, value: ValueId) -> impl Display {
    fmt::from_fn(move |f| {
        // Dumps of broken traces are read as well.
        let Some(known) = trace.values.get(value.0 as usize) else {
            return value.fmt(f);
        };
        let Some(bits) = known.constant else {
            return value.fmt(f);
        };
        let kinds = kinds_text(known.kinds, trace.table);
        write!(f, "{}{kinds}", constant_text(known.rep, bits))
    })
}

/// An origin: `"nbody.py" pc 34 line 12`.
pub fn origin_text(trace: &Trace<'_>, origin: Origin) -> impl Display {
    fmt::from_fn(move |f| write_origin(f, trace.code_name(origin), origin))
}

/// Where the VM goes on: `"nbody.py" pc 34 line 12 frame s0 top s7`.
pub fn resume_text(trace: &Trace<'_>, resume: Resume) -> impl Display {
    fmt::from_fn(move |f| write_resume(f, trace.code_name(resume.origin), &resume))
}

/// A definition: `v3: float{FLOAT}`.
fn definition(trace: &Trace<'_>, value: ValueId) -> impl Display {
    fmt::from_fn(move |f| match trace.values.get(value.0 as usize) {
        None => write!(f, "{value}: word"),
        Some(known) => {
            let kinds = kinds_text(known.kinds, trace.table);
            write!(f, "{value}: {}{kinds}", known.rep.name())
        }
    })
}

/// `v5: word{TUPLE} = tuple_2(v3, v4)`
fn made_text(trace: &Trace<'_>, made: &Made<'_>) -> impl Display {
    fmt::from_fn(move |f| {
        if let Some(result) = made.result {
            write!(f, "{} = ", definition(trace, result))?;
        }
        match trace.table.uops.get(usize::from(made.uop.0)) {
            Some(info) => write_uop_name(f, info)?,
            None => write!(f, "uop{}", made.uop.0)?,
        }
        let args = made.args.iter();
        let args = args.map(|arg| operand_text(trace, *arg).to_string());
        let immediates = made.immediates.iter().map(|bits| format!("#{bits:#x}"));
        list(f, args.chain(immediates))
    })
}

/// One instruction, without its origin.
#[derive(Clone, Copy)]
pub struct InstText<'t, 'a> {
    trace: &'t Trace<'a>,
    inst: &'t Inst<'a>,
}

/// One instruction, without its origin: `v3: float = float_add v2, 1.0 !e0`.
pub fn inst_text<'t, 'a>(trace: &'t Trace<'a>, inst: &'t Inst<'a>) -> InstText<'t, 'a> {
    InstText { trace, inst }
}

impl Display for InstText<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let InstText { trace, inst } = self;
        if let Some(result) = inst.result {
            write!(f, "{} = ", definition(trace, result))?;
        }
        let slot = match inst.op {
            Op::LoadSlot(slot) => {
                f.write_str("load_slot")?;
                Some(slot)
            }
            Op::StoreSlot(slot) => {
                f.write_str("store_slot")?;
                Some(slot)
            }
            Op::Uop(uop) => {
                match trace.table.uops.get(usize::from(uop.0)) {
                    Some(info) => write_uop_name(f, info)?,
                    None => write!(f, "uop{}", uop.0)?,
                }
                None
            }
        };
        let mut commas = Commas {
            f,
            first: " ",
            begun: false,
        };
        if let Some(slot) = slot {
            commas.item(slot)?;
        }
        for &arg in inst.args {
            commas.item(operand_text(trace, arg))?;
        }
        for immediate in inst.immediates {
            commas.item(format_args!("#{immediate:#x}"))?;
        }
        match inst.snapshot {
            None => Ok(()),
            Some(snapshot) => write!(f, " !{snapshot}"),
        }
    }
}

/// A trace as text.
#[derive(Clone, Copy)]
pub struct TraceText<'t, 'a> {
    trace: &'t Trace<'a>,
    words: Option<&'t dyn Fn(u64) -> Option<String>>,
}

/// A trace as text.
pub fn trace_text<'t, 'a>(trace: &'t Trace<'a>) -> TraceText<'t, 'a> {
    TraceText { trace, words: None }
}

impl<'t> TraceText<'t, '_> {
    /// Adds free comments that say what word constants are, in the VM's own notation.
    #[must_use]
    pub fn with_words(mut self, show: &'t dyn Fn(u64) -> Option<String>) -> Self {
        self.words = Some(show);
        self
    }

    fn line(&self, f: &mut Formatter<'_>, inst: &Inst<'_>) -> fmt::Result {
        let trace = self.trace;
        let origin = (inst.origin != trace.start.origin).then_some(inst.origin);
        let text = InstText { trace, inst }.to_string();
        write!(f, "  {text}")?;
        if origin.is_some() || inst.by.is_some() {
            let pad = ORIGIN_COLUMN.saturating_sub(text.chars().count() + 2);
            write!(f, "{:pad$} ;", "")?;
        }
        if let Some(origin) = origin {
            write!(f, " {}", origin_text(trace, origin))?;
        }
        if let Some(Provenance { pass, rule }) = inst.by {
            write!(f, " by {}/{}", Name(pass), Name(rule))?;
        }
        self.comment(f, inst.args)?;
        f.write_char('\n')
    }

    /// ` ;; 0x7ffc000000000001 is 1`, for each word constant among `values`.
    fn comment(&self, f: &mut Formatter<'_>, values: &[ValueId]) -> fmt::Result {
        let Some(show) = self.words else {
            return Ok(());
        };
        let mut before = " ;;";
        for value in values {
            let value = self.trace.value(*value);
            let word = value.constant.filter(|_| value.rep == Rep::Word);
            if let Some((word, text)) = word.and_then(|word| Some((word, show(word)?))) {
                let text = text.replace(|c: char| c.is_control(), "?");
                write!(f, "{before} {word:#x} is {text}")?;
                before = ",";
            }
        }
        Ok(())
    }

    fn params(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let trace = self.trace;
        let one_line = trace.params.len() < 2;
        f.write_str("loop (")?;
        for (i, param) in trace.params.iter().enumerate() {
            let Param {
                value,
                slot,
                init,
                next,
            } = *param;
            match (one_line, i) {
                (true, _) => {}
                (false, 0) => f.write_str("\n    ")?,
                (false, _) => f.write_str(",\n    ")?,
            }
            write!(f, "{}", definition(trace, value))?;
            if let Some(slot) = slot {
                write!(f, " [{slot}]")?;
            }
            let (init, next) = (operand_text(trace, init), operand_text(trace, next));
            write!(f, " = {init} then {next}")?;
        }
        f.write_str(if one_line { ")\n" } else { "\n)\n" })
    }

    /// ` onto pc 0 (int [s1]) keeps (v1) unchanged (s0) free (s2) reads 0x2 below s12`
    fn onto(&self, f: &mut Formatter<'_>, onto: &Onto) -> fmt::Result {
        let trace = self.trace;
        write!(f, " onto pc {} ", onto.pc)?;
        let param = |param: &HeadParam| {
            let HeadParam { slot, rep, kinds } = *param;
            let kinds = kinds_text(kinds, trace.table).to_string();
            format!("{}{kinds} [{slot}]", rep.name())
        };
        list(f, onto.params.iter().map(param))?;
        f.write_str(" keeps ")?;
        list(f, onto.kept.iter().map(|kept| operand_text(trace, *kept)))?;
        f.write_str(" unchanged ")?;
        list(f, onto.unchanged.iter())?;
        if !onto.free.is_empty() {
            f.write_str(" free ")?;
            list(f, onto.free.iter())?;
        }
        write!(f, " reads {:#x}", onto.reads.0)?;
        match onto.below {
            Some(slot) => write!(f, " below {slot}"),
            None => Ok(()),
        }
    }

    fn snapshots(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let trace = self.trace;
        let mut used = vec![false; trace.snapshots.len()];
        let ids = trace.insts().filter_map(|inst| inst.snapshot);
        for id in ids.chain([trace.finish]) {
            if let Some(used) = used.get_mut(id.0 as usize) {
                *used = true;
            }
        }
        for (i, snapshot) in trace.snapshots.iter().enumerate() {
            if !used[i] {
                continue;
            }
            write!(f, "e{i}: resume {}", resume_text(trace, snapshot.resume))?;
            if !snapshot.slots.is_empty() {
                f.write_str(" {")?;
                let mut commas = Commas {
                    f,
                    first: "",
                    begun: false,
                };
                for &(slot, value) in snapshot.slots {
                    commas.item(format_args!("{slot} = {}", operand_text(trace, value)))?;
                }
                f.write_char('}')?;
            }
            if !snapshot.made.is_empty() {
                f.write_str(" making {")?;
                let mut commas = Commas {
                    f,
                    first: "",
                    begun: false,
                };
                for made in snapshot.made {
                    commas.item(made_text(trace, made))?;
                }
                f.write_char('}')?;
            }
            if !snapshot.owed.is_empty() {
                f.write_str(" owed {")?;
                let mut commas = Commas {
                    f,
                    first: "",
                    begun: false,
                };
                for &value in snapshot.owed {
                    commas.item(operand_text(trace, value))?;
                }
                f.write_char('}')?;
            }
            let values: Vec<ValueId> = snapshot.values().collect();
            self.comment(f, &values)?;
            f.write_char('\n')?;
        }
        Ok(())
    }
}

fn end_name(end: End) -> &'static str {
    match end {
        End::Loop => "loop",
        End::Jump(_) => "jump",
        End::Leave => "leave",
        End::Return => "return",
    }
}

fn end_text(end: End) -> impl Display {
    fmt::from_fn(move |f| match end {
        End::Loop | End::Leave | End::Return => f.write_str(end_name(end)),
        End::Jump(target) => write!(f, "jump {target}"),
    })
}

impl Display for TraceText<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let trace = self.trace;
        let start = resume_text(trace, trace.start);
        write!(f, "trace {} at {start}", end_name(trace.end))?;
        if let Some(parent) = trace.parent {
            write!(f, " from {parent}")?;
        }
        f.write_char('\n')?;
        for import in &trace.imports {
            let (value, position) = (definition(trace, import.value), import.position);
            writeln!(f, "  {value} = import {position}")?;
        }
        for inst in &trace.preheader {
            self.line(f, inst)?;
        }
        match trace.end {
            End::Loop => self.params(f)?,
            End::Jump(_) | End::Leave | End::Return => {
                f.write_str("body")?;
                if let Some(onto) = &trace.onto {
                    self.onto(f, onto)?;
                }
                f.write_char('\n')?;
            }
        }
        for inst in &trace.body {
            self.line(f, inst)?;
        }
        write!(f, "end {}", end_text(trace.end))?;
        if let Some(args) = trace.onto.as_ref().and_then(|onto| onto.args.as_ref()) {
            f.write_str(" with ")?;
            list(f, args.iter().map(|arg| operand_text(trace, *arg)))?;
        }
        writeln!(f, " !{}", trace.finish)?;
        self.snapshots(f)
    }
}

impl Display for Trace<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        trace_text(self).fmt(f)
    }
}

/// A recording as text.
#[derive(Clone, Copy)]
pub struct RecordedText<'t> {
    recorded: &'t Recorded,
    table: &'static UopTable,
    words: Option<&'t dyn Fn(u64) -> Option<String>>,
}

/// Where the VM goes on, in a recording: `"nbody.py" pc 34 line 12 frame s0 top s7`.
pub fn recorded_resume_text(recorded: &Recorded, resume: Resume) -> impl Display {
    fmt::from_fn(move |f| write_resume(f, recorded.code_name(resume.origin), &resume))
}

/// A recording as text.
pub fn recorded_text<'t>(recorded: &'t Recorded, table: &'static UopTable) -> RecordedText<'t> {
    RecordedText {
        recorded,
        table,
        words: None,
    }
}

impl<'t> RecordedText<'t> {
    /// Adds free comments that say what word constants are, in the VM's own notation.
    #[must_use]
    pub fn with_words(mut self, show: &'t dyn Fn(u64) -> Option<String>) -> Self {
        self.words = Some(show);
        self
    }

    fn op(&self, f: &mut Formatter<'_>, op: &StackOp) -> fmt::Result {
        match op {
            StackOp::Uop { uop, immediates } => self.uop(f, *uop, None, immediates),
            StackOp::Peek {
                uop,
                depths,
                immediates,
            } => self.uop(f, *uop, Some(depths), immediates),
            StackOp::Load(slot) => write!(f, "  load {slot}"),
            StackOp::Store(slot) => write!(f, "  store {slot}"),
            StackOp::Const(word) => {
                write!(f, "  const {word:#x}")?;
                match self.words.and_then(|show| show(*word)) {
                    Some(text) => write!(f, " ;; {}", text.replace(|c: char| c.is_control(), "?")),
                    None => Ok(()),
                }
            }
            StackOp::Copy(depth) => write!(f, "  copy {depth}"),
            StackOp::Swap(depth) => write!(f, "  swap {depth}"),
            StackOp::Drop => f.write_str("  drop"),
            StackOp::Nip(n) => write!(f, "  nip {n}"),
            StackOp::Frame { frame, top } => write!(f, "  frame {frame} top {top}"),
            StackOp::Instruction(origin) => {
                f.write_str("instruction ")?;
                write_origin(f, self.recorded.code_name(*origin), *origin)
            }
        }
    }

    fn uop(
        &self,
        f: &mut Formatter<'_>,
        uop: sashiko_stencils::UopId,
        depths: Option<&[u16]>,
        immediates: &[u64],
    ) -> fmt::Result {
        f.write_str("  ")?;
        write_uop_name(f, self.table.info(uop))?;
        if let Some(depths) = depths {
            f.write_str(" [")?;
            let mut commas = Commas {
                f,
                first: "",
                begun: false,
            };
            for depth in depths {
                commas.item(depth)?;
            }
            f.write_char(']')?;
        }
        let mut commas = Commas {
            f,
            first: " ",
            begun: false,
        };
        for immediate in immediates {
            commas.item(format_args!("#{immediate:#x}"))?;
        }
        Ok(())
    }
}

impl Display for RecordedText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let recorded = self.recorded;
        let start = recorded_resume_text(recorded, recorded.start);
        write!(f, "recorded {} at {start}", end_name(recorded.end))?;
        if let Some(parent) = recorded.parent {
            write!(f, " from {parent}")?;
        }
        f.write_char('\n')?;
        for op in &recorded.ops {
            self.op(f, op)?;
            f.write_char('\n')?;
        }
        writeln!(f, "end {}", end_text(recorded.end))
    }
}
