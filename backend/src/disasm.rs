//! Disassembly with its meaning: which step of the plan each piece of code is, from which uop and source line.
//!
//! The text and the structured form hold the same facts; the text is printed from the structure.

use std::fmt::{self, Write as _};
use std::ops::Range;

use iced_x86::{
    Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, SymbolResolver, SymbolResult,
};
use sashiko_regalloc::plan::{Plan, Step};
use sashiko_trace::ir::{End, Inst, Op, Origin, Trace};
use serde::Serialize;

use crate::emit::{Emitter, Part, Site, Span};
use crate::exits::EXIT_STUB;

/// Machine code of a trace.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Listing {
    /// Hot code, in order.
    pub hot: Vec<Piece>,
    /// Cold code, in order.
    pub cold: Vec<Piece>,
}

/// The code of one step, stub or jump.
#[derive(Clone, Debug, Serialize)]
pub struct Piece {
    /// Label that other code refers to it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is, with the places of its operands.
    pub what: String,
    /// Where in the program it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Its instructions.
    pub instructions: Vec<Line>,
}

/// A place in the VM's program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Name of the code unit.
    pub code: String,
    /// Offset in it, in the VM's measure.
    pub pc: u32,
    /// Line, 0 if unknown.
    pub line: u32,
}

/// One machine instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Offset from the beginning of the hot or cold code.
    pub offset: u32,
    /// Its bytes, in hex.
    pub bytes: String,
    /// Its text, in Intel's syntax.
    pub text: String,
}

impl Source {
    /// The place `origin` in a program whose code units are called `codes`.
    pub fn new<S: AsRef<str>>(codes: &[S], origin: Origin) -> Source {
        let code = codes.get(origin.code as usize);
        Source {
            code: code.map_or_else(
                || format!("#{}", origin.code),
                |code| code.as_ref().to_owned(),
            ),
            pc: origin.pc,
            line: origin.line,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} pc {}", self.code, self.pc)?;
        if self.line > 0 {
            write!(f, " line {}", self.line)?;
        }
        Ok(())
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, pieces) in [("hot", &self.hot), ("cold", &self.cold)] {
            if pieces.is_empty() {
                continue;
            }
            writeln!(f, "{name}:")?;
            for piece in pieces {
                if let Some(label) = &piece.label {
                    writeln!(f, "{label}:")?;
                }
                write!(f, "  ; {}", piece.what)?;
                match &piece.source {
                    Some(source) => writeln!(f, "    ; {source}")?,
                    None => writeln!(f)?,
                }
                for line in &piece.instructions {
                    writeln!(
                        f,
                        "    {:04x}  {:<30}  {}",
                        line.offset, line.bytes, line.text
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// Disassembles what `emitter` holds: the code of `trace` by `plan` for `site`, with its parts kept.
pub fn listing(trace: &Trace<'_>, plan: &Plan, site: &Site<'_>, emitter: &Emitter) -> Listing {
    let view = View {
        steps: Steps { trace },
        trace,
        plan,
        site,
        emitter,
    };
    Listing {
        hot: view.pieces(&emitter.hot, site.hot, &emitter.hot_parts),
        cold: view.pieces(&emitter.cold, site.cold, &emitter.cold_parts),
    }
}

#[derive(Clone, Copy)]
struct View<'t, 'a> {
    steps: Steps<'t, 'a>,
    trace: &'t Trace<'a>,
    plan: &'t Plan,
    site: &'t Site<'t>,
    emitter: &'t Emitter,
}

/// Gives names to the addresses code jumps to; an address in the hot code without a name is its offset.
struct Labels {
    names: Vec<(u64, String)>,
    hot: Range<u64>,
}

impl SymbolResolver for Labels {
    fn symbol(
        &mut self,
        _: &Instruction,
        _: u32,
        _: Option<u32>,
        address: u64,
        _: u32,
    ) -> Option<SymbolResult<'_>> {
        match self.names.binary_search_by_key(&address, |(at, _)| *at) {
            Ok(i) => Some(SymbolResult::with_str(address, &self.names[i].1)),
            Err(_) if self.hot.contains(&address) => {
                let offset = format!("{:04x}", address - self.hot.start);
                Some(SymbolResult::with_string(address, offset))
            }
            Err(_) => None,
        }
    }
}

impl View<'_, '_> {
    fn pieces(&self, code: &[u8], address: usize, parts: &[Span]) -> Vec<Piece> {
        let mut formatter = IntelFormatter::with_options(Some(Box::new(self.labels())), None);
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_space_after_operand_separator(true);
        options.set_branch_leading_zeros(false);
        options.set_rip_relative_addresses(true);
        let mut pieces = Vec::new();
        for (i, span) in parts.iter().enumerate() {
            let end = parts.get(i + 1).map_or(code.len(), |next| next.at as usize);
            let bytes = &code[span.at as usize..end];
            let ip = (address + span.at as usize) as u64;
            let label = self.label(*span);
            if bytes.is_empty() && label.is_none() {
                continue;
            }
            let (what, source) = self.describe(span.part);
            let decoder = Decoder::with_ip(64, bytes, ip, DecoderOptions::NONE);
            let instructions = decoder
                .into_iter()
                .map(|instruction| {
                    let mut text = String::new();
                    formatter.format(&instruction, &mut text);
                    let at = (instruction.ip() - ip) as usize;
                    Line {
                        offset: (span.at as usize + at) as u32,
                        bytes: hex(&bytes[at..at + instruction.len()]),
                        text,
                    }
                })
                .collect();
            pieces.push(Piece {
                label,
                what,
                source,
                instructions,
            });
        }
        pieces
    }

    fn labels(&self) -> Labels {
        let mut names = vec![
            (self.site.leave as u64, "leave".to_owned()),
            (self.site.back as u64, "return".to_owned()),
        ];
        if self.trace.is_loop() {
            names.push((
                (self.site.hot + self.emitter.head as usize) as u64,
                "loop".to_owned(),
            ));
        }
        if let (End::Jump(target), Some(address)) = (self.trace.end, self.site.target) {
            names.push((address as u64, format!("trace_{}", target.0)));
        }
        for (number, exit) in self.plan.exits.iter().enumerate() {
            if exit.inst.is_some() {
                let address = self.site.cold + number * EXIT_STUB as usize;
                names.push((address as u64, exit_label(number as u32)));
            }
        }
        let (base, thunks) = self.site.slow;
        for (uop, at) in thunks.iter().enumerate().filter(|(_, at)| **at != 0) {
            let name = format!("slow_{}", self.trace.table.uops[uop].name);
            names.push(((base + *at as usize) as u64, name));
        }
        for span in &self.emitter.cold_parts {
            if let Part::Slow(inst) = span.part {
                let address = self.site.cold + span.at as usize;
                names.push((address as u64, slow_label(inst)));
            }
        }
        names.sort();
        names.dedup_by_key(|(address, _)| *address);
        let start = self.site.hot as u64;
        let hot = start..start + self.emitter.hot.len() as u64 + 1;
        Labels { names, hot }
    }

    /// Is `span` the first part at the loop's head?
    fn begins_loop(&self, span: Span) -> bool {
        let is_head = |span: &&Span| span.at == self.emitter.head && span.part != Part::Padding;
        self.trace.is_loop() && self.emitter.hot_parts.iter().find(is_head) == Some(&span)
    }

    fn label(&self, span: Span) -> Option<String> {
        match span.part {
            Part::Exit(number) => Some(exit_label(number)),
            Part::Body(_) | Part::Again | Part::End if self.begins_loop(span) => {
                Some("loop".to_owned())
            }
            Part::End if matches!(self.trace.end, End::Leave | End::Return) => {
                Some(exit_label(self.plan.exits.len().saturating_sub(1) as u32))
            }
            Part::Slow(inst) => Some(slow_label(inst)),
            _ => None,
        }
    }

    fn describe(&self, part: Part) -> (String, Option<Source>) {
        match part {
            Part::Arrival => ("spilled imports".to_owned(), None),
            Part::Preheader(i) => self.steps.step(&self.plan.preheader[i as usize]),
            Part::Padding => ("padding".to_owned(), None),
            Part::Again => {
                let (what, source) = self.steps.step(&self.plan.body[0]);
                (format!("{what}, turned round"), source)
            }
            Part::Body(i) => self.steps.step(&self.plan.body[i as usize]),
            Part::End => (self.end(), None),
            Part::Exit(number) => {
                let exit = &self.plan.exits[number as usize];
                let inst = exit.inst.map(|inst| self.steps.inst(inst.0 as usize));
                let source = inst.map(|inst| self.steps.source(inst));
                let resume = self.trace.snapshot(exit.snapshot).resume;
                let what = format!(
                    "exit of {} with {}, resumes at pc {}",
                    inst.map_or("the end", |inst| self.steps.name(inst)),
                    exit.snapshot,
                    resume.origin.pc
                );
                (what, source)
            }
            Part::Entry => ("entry".to_owned(), None),
            Part::EntryExit => ("exit of the entry".to_owned(), None),
            Part::Stress(number) => (format!("stress: on to {}", exit_label(number)), None),
            Part::Slow(inst) => {
                let inst = self.steps.inst(inst as usize);
                (
                    format!("slow call of {}", self.steps.name(inst)),
                    Some(self.steps.source(inst)),
                )
            }
        }
    }

    fn end(&self) -> String {
        match self.trace.end {
            End::Loop => "the end of a round".to_owned(),
            End::Jump(target) => format!("on to trace {}", target.0),
            End::Leave => format!("exit at the end; {} bytes hot", self.emitter.hot.len()),
            End::Return => format!("return; {} bytes hot", self.emitter.hot.len()),
        }
    }
}

/// Says what steps are.
#[derive(Clone, Copy)]
struct Steps<'t, 'a> {
    trace: &'t Trace<'a>,
}

impl<'t, 'a> Steps<'t, 'a> {
    fn inst(self, index: usize) -> &'t Inst<'a> {
        let preheader = self.trace.preheader.len();
        if index < preheader {
            &self.trace.preheader[index]
        } else {
            &self.trace.body[index - preheader]
        }
    }

    fn name(self, inst: &Inst<'_>) -> &'static str {
        match inst.op {
            Op::LoadSlot(_) => "load_slot",
            Op::StoreSlot(_) => "store_slot",
            Op::Uop(uop) => self.trace.table.info(uop).name,
        }
    }

    fn source(self, inst: &Inst<'_>) -> Source {
        Source::new(self.trace.codes, inst.origin)
    }

    fn step(self, step: &Step) -> (String, Option<Source>) {
        match step {
            Step::Move { from, to } => (format!("move {from} -> {to}"), None),
            Step::Call(called) => {
                let inst = self.inst(called.inst.0 as usize);
                (format!("call {}", self.name(inst)), Some(self.source(inst)))
            }
            Step::Stitch(stitch) => {
                let inst = self.inst(stitch.inst.0 as usize);
                let mut what = self.name(inst).to_owned();
                let mut separator = " ";
                for input in &stitch.inputs {
                    let _ = write!(what, "{separator}{input}");
                    separator = ", ";
                }
                for immediate in inst.immediates {
                    let _ = write!(what, "{separator}#{immediate:#x}");
                    separator = ", ";
                }
                if let Some(output) = stitch.output {
                    let _ = write!(what, " -> {output}");
                }
                (what, Some(self.source(inst)))
            }
        }
    }
}

/// The label of an exit of the plan; snapshots are called `e0`, and several exits may share one.
fn exit_label(number: u32) -> String {
    format!("exit{number}")
}

fn slow_label(inst: u32) -> String {
    format!("slow{inst}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
