//! Text to recordings.

use sashiko_stencils::UopTable;

use super::RESERVED;
use super::lexer::ParseError;
use super::parser::Parser;
use crate::recorded::{Recorded, StackOp};

/// Reads a text in stack form.
///
/// # Errors
/// If it is not one recording, with line and column.
pub fn parse_recorded(text: &str, table: &'static UopTable) -> Result<Recorded, ParseError> {
    let mut parser = Parser::new(text, table)?;
    parser.word("recorded")?;
    recorded_body(&mut parser)
}

/// Reads a recording, from behind `recorded`.
pub(super) fn recorded_body(parser: &mut Parser<'_>) -> Result<Recorded, ParseError> {
    let head = parser.head()?;
    let mut ops = Vec::new();
    while !parser.at_word("end") {
        ops.push(operation(parser)?);
        parser.newline()?;
    }
    parser.word("end")?;
    let end = parser.end(head.end)?;
    parser.newline()?;
    parser.end_of_text()?;
    Ok(Recorded {
        codes: std::mem::take(&mut parser.codes),
        start: head.start,
        ops,
        end,
        parent: head.parent,
    })
}

fn operation(parser: &mut Parser<'_>) -> Result<StackOp, ParseError> {
    let (name, place) = parser.name("an operation")?;
    let depth = "a depth (0 is the top)";
    Ok(match name {
        "load" => StackOp::Load(parser.slot()?),
        "store" => StackOp::Store(parser.slot()?),
        "const" => StackOp::Const(parser.number("a word of 64 bits (`0x10`)")?),
        "copy" => StackOp::Copy(parser.number(depth)?),
        "swap" => StackOp::Swap(parser.number(depth)?),
        "drop" => StackOp::Drop,
        "nip" => StackOp::Nip(parser.number("how many words to remove")?),
        "frame" => {
            let frame = parser.slot()?;
            parser.word("top")?;
            let top = parser.slot()?;
            StackOp::Frame { frame, top }
        }
        "instruction" => StackOp::Instruction(parser.origin()?),
        "uop" => uop(parser, name, place)?,
        _ if RESERVED.contains(&name) => {
            let message =
                format!("expected an operation, found `{name}`; for a uop write `uop {name}`");
            return Err(parser.error(place, message));
        }
        _ => uop(parser, name, place)?,
    })
}

fn uop(
    parser: &mut Parser<'_>,
    name: &str,
    place: super::lexer::Place,
) -> Result<StackOp, ParseError> {
    let uop = parser.uop(name, place)?;
    let info = parser.table.info(uop);
    let mut depths = None;
    if parser.eat('[')? {
        let mut list: Vec<u16> = Vec::new();
        while !parser.eat(']')? {
            if !list.is_empty() {
                parser.mark(',')?;
            }
            list.push(parser.number("a depth (0 is the top)")?);
        }
        depths = Some(list);
    }
    let mut immediates = Vec::new();
    while parser.at('#') || parser.at(',') {
        if !immediates.is_empty() {
            parser.mark(',')?;
        }
        immediates.push(parser.immediate()?);
    }
    let counts = |what: &str, wants: usize, has: usize| {
        let message = format!("`{}` takes {wants} {what}, found {has}", info.name);
        parser.error(place, message)
    };
    if immediates.len() != info.immediates.len() {
        return Err(counts(
            "immediates",
            info.immediates.len(),
            immediates.len(),
        ));
    }
    Ok(match depths {
        None => StackOp::Uop { uop, immediates },
        Some(depths) if depths.len() != info.inputs.len() => {
            return Err(counts("inputs", info.inputs.len(), depths.len()));
        }
        Some(depths) => StackOp::Peek {
            uop,
            depths,
            immediates,
        },
    })
}
