//! Text to traces.
//!
//! A recursive-descent parser with one token of lookahead. It keeps the numbers of values and snapshots as written,
//! so that printing what was parsed gives the same text. It checks syntax and names; what a trace must be besides is
//! the verifier's business, so that broken traces can be written down, too.

use std::collections::BTreeSet;
use std::sync::Mutex;

use bumpalo::Bump;
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, UopTable};

use super::RESERVED;
use super::lexer::{ParseError, Place, Token};
use super::parse_recorded::recorded_body;
use super::parser::{Head, Parsed, Parser};
use crate::ir::{
    End, HeadParam, Import, Inst, Made, Onto, Op, Origin, Param, Provenance, Snapshot, SnapshotId,
    Trace, Value, ValueId,
};
use crate::recorded::Recorded;

/// A trace in one of its two forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Program<'a> {
    /// The stack form.
    Recorded(Recorded),
    /// The SSA form.
    Trace(Trace<'a>),
}

/// Reads a text in either form.
///
/// # Errors
/// If it is not one trace, with line and column.
pub fn parse<'a>(
    text: &str,
    table: &'static UopTable,
    arena: &'a Bump,
) -> Result<Program<'a>, ParseError> {
    let mut parser = Parser::new(text, table)?;
    let (word, place) = parser.name("`trace` or `recorded`")?;
    match word {
        "trace" => Ok(Program::Trace(trace(&mut parser, arena)?)),
        "recorded" => Ok(Program::Recorded(recorded_body(&mut parser)?)),
        _ => Err(parser.expected(place, "`trace` or `recorded`", &Token::Name(word))),
    }
}

/// Reads a text in SSA form.
///
/// # Errors
/// If it is not one trace in SSA form, with line and column.
pub fn parse_trace<'a>(
    text: &str,
    table: &'static UopTable,
    arena: &'a Bump,
) -> Result<Trace<'a>, ParseError> {
    let mut parser = Parser::new(text, table)?;
    parser.word("trace")?;
    trace(&mut parser, arena)
}

/// Reads a constant as it stands in trace text (`-5`, `2.5`, `0x..`, `true`, `ptr:0x..`): representation and bits.
pub fn parse_constant(text: &str) -> Option<(Rep, u64)> {
    match text.split_once(':') {
        Some((rep, bits)) => {
            let bits = u64::from_str_radix(bits.strip_prefix("0x")?, 16).ok()?;
            Some((Rep::from_name(rep)?, bits))
        }
        None if text == "true" => Some((Rep::Bool, 1)),
        None if text == "false" => Some((Rep::Bool, 0)),
        None => number_literal(text),
    }
}

/// A pass's or rule's name, kept for the rest of the program: there are few of them.
fn intern(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let name: &'static str = Box::leak(name.into());
    names.insert(name);
    name
}

/// A trace on its way from text.
struct Builder<'p, 't, 'a> {
    parser: &'p mut Parser<'t>,
    trace: Trace<'a>,
    /// For each snapshot whether it was given, and where it was used first.
    given: Vec<bool>,
    used: Vec<(SnapshotId, Place)>,
    /// Constants wait until all numbers are known: they are numbered last.
    constants: Vec<(Rep, u64, Kinds, Place)>,
}

/// A value as written: a constant's number is its position among the constants, from here on.
const FIRST_CONSTANT: u32 = 1 << 31;

/// Reads a trace, from behind `trace`.
fn trace<'a>(parser: &mut Parser<'_>, arena: &'a Bump) -> Parsed<Trace<'a>> {
    let head = parser.head()?;
    let end = match head.end {
        "loop" => End::Loop,
        "return" => End::Return,
        _ => End::Leave,
    };
    let mut trace = Trace::new(arena, parser.table, &[], head.start, end);
    trace.snapshots.clear();
    trace.parent = head.parent;
    let mut builder = Builder {
        parser,
        trace,
        given: Vec::new(),
        used: Vec::new(),
        constants: Vec::new(),
    };
    builder.contents(&head)?;
    builder.parser.end_of_text()?;
    builder.finish()
}

impl<'a> Builder<'_, '_, 'a> {
    fn contents(&mut self, head: &Head) -> Parsed<()> {
        let separator = if self.trace.is_loop() { "loop" } else { "body" };
        while !self.parser.at_word(separator) {
            if let Some(inst) = self.line(true)? {
                self.trace.preheader.push(inst);
            }
        }
        self.parser.word(separator)?;
        if separator == "loop" {
            self.params()?;
        } else if self.parser.eat_word("onto")? {
            self.onto()?;
        }
        self.parser.newline()?;
        while !self.parser.at_word("end") {
            if let Some(inst) = self.line(false)? {
                self.trace.body.push(inst);
            }
        }
        self.parser.word("end")?;
        self.trace.end = self.parser.end(head.end)?;
        let onto = self.trace.onto.is_some();
        if onto && self.parser.eat_word("with")? {
            let args = self.list(Self::operand)?;
            self.trace
                .onto
                .iter_mut()
                .for_each(|onto| onto.args = Some(args.clone()));
        }
        self.trace.finish = match self.snapshot_use()? {
            Some(snapshot) => snapshot,
            None => return self.parser.unexpected("the finishing snapshot (`!e0`)"),
        };
        self.parser.newline()?;
        while self.parser.token != Token::End {
            self.snapshot()?;
        }
        Ok(())
    }

    /// `v3: float{FLOAT}`, from behind `v3`.
    fn definition(&mut self, number: u32) -> Parsed<ValueId> {
        self.parser.mark(':')?;
        let what = "a representation (word, int, float, bool, ptr)";
        let (name, place) = self.parser.name(what)?;
        let rep = Rep::from_name(name)
            .ok_or_else(|| self.parser.expected(place, what, &Token::Name(name)))?;
        let kinds = self.parser.kinds()?;
        self.reserve(number);
        self.trace.values[number as usize] = Value {
            rep,
            kinds,
            constant: None,
        };
        Ok(ValueId(number))
    }

    /// Makes room for value `number`.
    fn reserve(&mut self, number: u32) {
        let unknown = Value {
            rep: Rep::Word,
            kinds: Kinds::ANY,
            constant: None,
        };
        let values = &mut self.trace.values;
        if values.len() <= number as usize {
            values.resize(number as usize + 1, unknown);
        }
    }

    /// A value: `v3` or a literal.
    fn operand(&mut self) -> Parsed<ValueId> {
        let what = "a value (`v0`) or a constant";
        let place = self.parser.place;
        let (rep, bits) = match self.parser.token {
            Token::Number(text) => {
                let literal = number_literal(text);
                let Some(literal) = literal else {
                    return self.parser.unexpected("a number of 64 bits");
                };
                self.parser.next()?;
                literal
            }
            Token::Name("true") => {
                self.parser.next()?;
                (Rep::Bool, 1)
            }
            Token::Name("false") => {
                self.parser.next()?;
                (Rep::Bool, 0)
            }
            Token::Name(name) => {
                self.parser.next()?;
                if let Some(rep) = Rep::from_name(name) {
                    self.parser.mark(':')?;
                    (rep, self.parser.number("the bits of a constant")?)
                } else {
                    let number = self.parser.numbered(name, 'v', place, what)?;
                    self.reserve(number);
                    return Ok(ValueId(number));
                }
            }
            _ => return self.parser.unexpected(what),
        };
        let kinds = self.parser.kinds()?;
        self.constants.push((rep, bits, kinds, place));
        Ok(ValueId(FIRST_CONSTANT + self.constants.len() as u32 - 1))
    }

    /// `!e3`, if it is there.
    fn snapshot_use(&mut self) -> Parsed<Option<SnapshotId>> {
        if !self.parser.eat('!')? {
            return Ok(None);
        }
        let what = "a snapshot (`e0`)";
        let (name, place) = self.parser.name(what)?;
        let number = self.parser.numbered(name, 'e', place, what)?;
        self.used.push((SnapshotId(number), place));
        Ok(Some(SnapshotId(number)))
    }

    /// A line of code. `None` for an import, which goes elsewhere.
    fn line(&mut self, imports: bool) -> Parsed<Option<Inst<'a>>> {
        let (first, place) = self.parser.name("an instruction")?;
        let mut result = None;
        let (name, place) = if self.parser.at(':') {
            let what = "a value (`v0`) before the `:`";
            let number = self.parser.numbered(first, 'v', place, what)?;
            result = Some(self.definition(number)?);
            self.parser.mark('=')?;
            self.parser.name("an operation")?
        } else {
            (first, place)
        };
        if let (true, "import", Some(value)) = (imports, name, result) {
            let position = self.parser.number("a position among the parent's values")?;
            self.trace.imports.push(Import { value, position });
            self.parser.newline()?;
            return Ok(None);
        }
        let (op, mut first) = match name {
            "load_slot" => (Op::LoadSlot(self.parser.slot()?), false),
            "store_slot" => (Op::StoreSlot(self.parser.slot()?), false),
            "uop" => (Op::Uop(self.parser.uop(name, place)?), true),
            _ if RESERVED.contains(&name) => {
                let what = format!("an instruction (a uop of this name is written `uop {name}`)");
                return Err(self.parser.expected(place, &what, &Token::Name(name)));
            }
            _ => (Op::Uop(self.parser.uop(name, place)?), true),
        };
        let mut args = Vec::new();
        let mut immediates = Vec::new();
        while !(self.parser.at('!') || self.parser.at(';') || self.parser.token == Token::Newline) {
            if !std::mem::replace(&mut first, false) {
                self.parser.mark(',')?;
            }
            if self.parser.at('#') || !immediates.is_empty() {
                immediates.push(self.parser.immediate()?);
            } else {
                args.push(self.operand()?);
            }
        }
        let snapshot = self.snapshot_use()?;
        let (origin, by) = self.origin_and_provenance()?;
        self.parser.newline()?;
        Ok(Some(Inst {
            op,
            args: self.trace.arena.alloc_slice_copy(&args),
            immediates: self.trace.arena.alloc_slice_copy(&immediates),
            result,
            snapshot,
            origin,
            by,
        }))
    }

    /// `; "file" pc 3 line 1 by pass/rule`, any part of it.
    fn origin_and_provenance(&mut self) -> Parsed<(Origin, Option<Provenance>)> {
        let start = self.trace.start.origin;
        if !self.parser.eat(';')? {
            return Ok((start, None));
        }
        let origin = if self.parser.at_word("by") {
            start
        } else {
            self.parser.origin()?
        };
        if !self.parser.eat_word("by")? {
            return Ok((origin, None));
        }
        let pass = self.provenance_name("the name of a pass")?;
        self.parser.mark('/')?;
        let rule = self.provenance_name("the name of a rule")?;
        Ok((origin, Some(Provenance { pass, rule })))
    }

    fn provenance_name(&mut self, what: &str) -> Parsed<&'static str> {
        let name = match &self.parser.token {
            Token::Name(name) => intern(name),
            Token::Text(name) => intern(name),
            _ => return self.parser.unexpected(what),
        };
        self.parser.next()?;
        Ok(name)
    }

    /// `(v2: float [s2] = v1 then v3, ..)`
    fn params(&mut self) -> Parsed<()> {
        self.parser.mark('(')?;
        while !self.parser.eat(')')? {
            if !self.trace.params.is_empty() {
                self.parser.mark(',')?;
            }
            let what = "a loop parameter (`v2: float = v1 then v3`)";
            let (name, place) = self.parser.name(what)?;
            let number = self.parser.numbered(name, 'v', place, what)?;
            let value = self.definition(number)?;
            let mut slot = None;
            if self.parser.eat('[')? {
                slot = Some(self.parser.slot()?);
                self.parser.mark(']')?;
            }
            self.parser.mark('=')?;
            let init = self.operand()?;
            self.parser.word("then")?;
            let next = self.operand()?;
            self.trace.params.push(Param {
                value,
                slot,
                init,
                next,
            });
        }
        Ok(())
    }

    /// `(a, b)`
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.parser.mark('(')?;
        let mut items = Vec::new();
        while !self.parser.eat(')')? {
            if !items.is_empty() {
                self.parser.mark(',')?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `pc 0 (int [s1]) keeps (v1) unchanged (s0) free (s2) reads 0x2 below s12`
    fn onto(&mut self) -> Parsed<()> {
        self.parser.word("pc")?;
        let pc = self.parser.number("where the loop begins")?;
        let params = self.list(|this| {
            let what = "a representation (word, int, float, bool, ptr)";
            let (name, place) = this.parser.name(what)?;
            let rep = Rep::from_name(name)
                .ok_or_else(|| this.parser.expected(place, what, &Token::Name(name)))?;
            let kinds = this.parser.kinds()?;
            this.parser.mark('[')?;
            let slot = this.parser.slot()?;
            this.parser.mark(']')?;
            Ok(HeadParam { slot, rep, kinds })
        })?;
        self.parser.word("keeps")?;
        let kept = self.list(Self::operand)?;
        self.parser.word("unchanged")?;
        let unchanged = self.list(|this| this.parser.slot())?;
        let free = if self.parser.eat_word("free")? {
            self.list(|this| this.parser.slot())?
        } else {
            Vec::new()
        };
        self.parser.word("reads")?;
        let reads = Aliases(self.parser.number("a set of alias classes (`0x3`)")?);
        let below = if self.parser.eat_word("below")? {
            Some(self.parser.slot()?)
        } else {
            None
        };
        self.trace.onto = Some(Box::new(Onto {
            pc,
            params,
            kept,
            unchanged,
            free,
            reads,
            below,
            args: None,
        }));
        Ok(())
    }

    /// `e1: resume "file" pc 3 line 1 frame s0 top s7 {s2 = v3} owed {v0}`
    fn snapshot(&mut self) -> Parsed<()> {
        let what = "a snapshot (`e0: resume ..`) or the end of the text";
        let (name, place) = self.parser.name(what)?;
        let number = self.parser.numbered(name, 'e', place, what)? as usize;
        self.parser.mark(':')?;
        self.parser.word("resume")?;
        let resume = self.parser.resume()?;
        let mut slots = Vec::new();
        if self.parser.eat('{')? {
            while !self.parser.eat('}')? {
                if !slots.is_empty() {
                    self.parser.mark(',')?;
                }
                let slot = self.parser.slot()?;
                self.parser.mark('=')?;
                slots.push((slot, self.operand()?));
            }
        }
        let mut made = Vec::new();
        if self.parser.eat_word("making")? {
            self.parser.mark('{')?;
            while !self.parser.eat('}')? {
                if !made.is_empty() {
                    self.parser.mark(',')?;
                }
                made.push(self.made()?);
            }
        }
        let mut owed = Vec::new();
        if self.parser.eat_word("owed")? {
            self.parser.mark('{')?;
            while !self.parser.eat('}')? {
                if !owed.is_empty() {
                    self.parser.mark(',')?;
                }
                owed.push(self.operand()?);
            }
        }
        self.parser.newline()?;
        if self.given.len() <= number {
            let nothing = Snapshot {
                resume: self.trace.start,
                slots: &[],
                owed: &[],
                made: &[],
            };
            self.given.resize(number + 1, false);
            self.trace.snapshots.resize(number + 1, nothing);
        }
        if std::mem::replace(&mut self.given[number], true) {
            let message = format!("snapshot {name} is given twice");
            return Err(self.parser.error(place, message));
        }
        self.trace.snapshots[number] = Snapshot {
            resume,
            slots: self.trace.arena.alloc_slice_copy(&slots),
            owed: self.trace.arena.alloc_slice_copy(&owed),
            made: self.trace.arena.alloc_slice_copy(&made),
        };
        Ok(())
    }

    /// `v5: word{TUPLE} = tuple_2(v3, v4)`
    fn made(&mut self) -> Parsed<Made<'a>> {
        let (first, place) = self.parser.name("a uop that makes an object")?;
        let mut result = None;
        let (name, place) = if self.parser.at(':') {
            let what = "a value (`v0`) before the `:`";
            let number = self.parser.numbered(first, 'v', place, what)?;
            result = Some(self.definition(number)?);
            self.parser.mark('=')?;
            self.parser.name("a uop")?
        } else {
            (first, place)
        };
        let uop = self.parser.uop(name, place)?;
        self.parser.mark('(')?;
        let (mut args, mut immediates) = (Vec::new(), Vec::new());
        while !self.parser.eat(')')? {
            if !(args.is_empty() && immediates.is_empty()) {
                self.parser.mark(',')?;
            }
            if self.parser.at('#') || !immediates.is_empty() {
                immediates.push(self.parser.immediate()?);
            } else {
                args.push(self.operand()?);
            }
        }
        Ok(Made {
            uop,
            args: self.trace.arena.alloc_slice_copy(&args),
            immediates: self.trace.arena.alloc_slice_copy(&immediates),
            result,
        })
    }

    /// Numbers the constants, now that all other numbers are known, and checks that no snapshot is missing.
    fn finish(self) -> Parsed<Trace<'a>> {
        let Builder {
            parser,
            mut trace,
            given,
            used,
            constants,
        } = self;
        for (id, place) in used {
            if !given.get(id.0 as usize).copied().unwrap_or(false) {
                let message =
                    format!("snapshot {id} is used, but no line `{id}: resume ..` gives it");
                return Err(parser.error(place, message));
            }
        }
        let mut numbers = Vec::with_capacity(constants.len());
        for (rep, bits, kinds, place) in constants {
            let before = trace.values.len();
            let id = trace.constant(rep, bits);
            let is_new = before < trace.values.len();
            let value = &mut trace.values[id.0 as usize];
            if is_new {
                value.kinds = kinds;
            } else if value.kinds != kinds {
                let message = "this constant has other kinds here than further up; they must agree";
                return Err(parser.error(place, message));
            }
            numbers.push(id);
        }
        renumber(&mut trace, &numbers);
        let codes = parser
            .codes
            .iter()
            .map(|code| &*trace.arena.alloc_str(code));
        trace.codes = trace.arena.alloc_slice_fill_iter(codes);
        Ok(trace)
    }
}

/// Replaces the provisional numbers of constants.
fn renumber(trace: &mut Trace<'_>, constants: &[ValueId]) {
    let arena = trace.arena;
    let number = |value: ValueId| match value.0.checked_sub(FIRST_CONSTANT) {
        Some(constant) => constants[constant as usize],
        None => value,
    };
    for inst in trace.preheader.iter_mut().chain(&mut trace.body) {
        inst.args = arena.alloc_slice_fill_iter(inst.args.iter().map(|arg| number(*arg)));
    }
    if let Some(onto) = &mut trace.onto {
        onto.map(number);
    }
    for param in &mut trace.params {
        param.init = number(param.init);
        param.next = number(param.next);
    }
    for snapshot in &mut trace.snapshots {
        let slots = snapshot
            .slots
            .iter()
            .map(|(slot, value)| (*slot, number(*value)));
        snapshot.slots = arena.alloc_slice_fill_iter(slots);
        snapshot.owed = arena.alloc_slice_fill_iter(snapshot.owed.iter().map(|v| number(*v)));
        snapshot.made = arena.alloc_slice_fill_iter(snapshot.made.iter().map(|made| Made {
            args: &*arena.alloc_slice_fill_iter(made.args.iter().map(|v| number(*v))),
            ..*made
        }));
    }
}

/// The constant that a number stands for.
fn number_literal(text: &str) -> Option<(Rep, u64)> {
    if let Some(hex) = text.strip_prefix("0x") {
        return Some((Rep::Word, u64::from_str_radix(hex, 16).ok()?));
    }
    if text.contains(['.', 'e', 'E']) {
        let float: f64 = text.parse().ok()?;
        return float.is_finite().then_some((Rep::Float, float.to_bits()));
    }
    Some((Rep::Int, text.parse::<i64>().ok()? as u64))
}
