//! Tracebacks, as `python3` prints them.

#![expect(
    clippy::format_push_string,
    reason = "these texts are put together once, when the program is over"
)]

use ruff_text_size::Ranged;

use crate::layout::EMPTY;
use crate::objects::code::{Code, Position};
use crate::objects::exception::{Exception, TracebackEntry, cast_exception};
use crate::objects::list::cast_list;
use crate::objects::string::as_str;
use crate::opcode;
use crate::operator::BinaryOp;
use crate::source_ranges::SourceTree;
use crate::value::Value;
use crate::vm::Vm;

/// Keeps the text of a source file for tracebacks.
pub fn remember_source(vm: &mut Vm, filename: &str, source: &str) {
    vm.sources.insert(filename.to_owned(), source.to_owned());
}

/// The text of an exception with its traceback and those that led to it.
pub fn format(vm: &mut Vm, error: &Value) -> String {
    let mut text = String::new();
    let mut seen = Vec::new();
    format_chain(vm, error, &mut text, &mut seen);
    text
}

fn format_chain(vm: &mut Vm, error: &Value, text: &mut String, seen: &mut Vec<u64>) {
    seen.push(error.word());
    let Some(exception) = cast_exception(error.word()) else {
        return;
    };
    let (cause, context, suppress) = (
        exception.cause,
        exception.context,
        exception.suppress_context,
    );
    if cause != EMPTY && !seen.contains(&cause) {
        format_chain(vm, &Value::borrowed(cause), text, seen);
        text.push_str("\nThe above exception was the direct cause of the following exception:\n\n");
    } else if context != EMPTY && !suppress && !seen.contains(&context) {
        format_chain(vm, &Value::borrowed(context), text, seen);
        text.push_str("\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    format_one(vm, error, exception, text);
}

fn format_one(vm: &mut Vm, error: &Value, exception: &Exception, text: &mut String) {
    if !exception.traceback.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
        format_frames(vm, &exception.traceback, text);
    }
    text.push_str(&last_line(vm, error));
    text.push('\n');
    let notes = vm.intern("__notes__");
    if let Some(notes) = vm.own_attribute(error.word(), notes)
        && let Some(notes) = cast_list(notes.word())
    {
        for &note in notes.items() {
            text.push_str(as_str(note).unwrap_or("?"));
            text.push('\n');
        }
    }
}

/// Equal lines in a row beyond this many are counted instead of printed.
const REPEATS: usize = 3;

fn format_frames(vm: &Vm, entries: &[TracebackEntry], text: &mut String) {
    let mut last: Option<(String, u32)> = None;
    let mut count = 0;
    let mut trees: Vec<(&str, SourceTree)> = Vec::new();
    for entry in entries.iter().rev() {
        let code = entry.code();
        let file = as_str(code.filename).unwrap_or("?");
        let name = as_str(code.qualname)
            .and_then(|name| name.rsplit('.').next())
            .unwrap_or("?");
        let tree = match trees.iter().position(|(name, _)| *name == file) {
            Some(known) => Some(&trees[known].1),
            None => vm.sources.get(file).map(|text| {
                trees.push((file, SourceTree::new(text)));
                &trees[trees.len() - 1].1
            }),
        };
        let mut position = code.position_at(entry.offset);
        if let Some(tree) = tree {
            position = tree.corrected(opcode_at(code, entry.offset), position);
        }
        let key = (
            format!("  File \"{file}\", line {}, in {name}\n", position.line),
            code.id,
        );
        if last.as_ref() == Some(&key) {
            count += 1;
        } else {
            repeated(count, text);
            count = 1;
            last = Some(key.clone());
        }
        if count > REPEATS {
            continue;
        }
        text.push_str(&key.0);
        if let Some(line) = tree.and_then(|tree| tree.line(position.line)) {
            push_source(line, &position, text);
        }
    }
    repeated(count, text);
}

/// The opcode, in its generic form, of the instruction that `offset` lies in: it may be that of a cache unit.
fn opcode_at(code: &Code, offset: usize) -> u8 {
    let mut at = 0;
    while at < code.units.len() {
        let op = code.units[at].op;
        let next = at + 1 + opcode::caches(op);
        if offset < next {
            // Only augmented assignments need their range corrected.
            let binary = opcode::generic(op) == opcode::BINARY_OP;
            let in_place =
                BinaryOp::from_number(code.units[at].arg).is_some_and(BinaryOp::is_inplace);
            return if binary && !in_place {
                opcode::NOP
            } else {
                opcode::generic(op)
            };
        }
        at = next;
    }
    opcode::NOP
}

fn repeated(count: usize, text: &mut String) {
    if count > REPEATS {
        let more = count - REPEATS;
        let plural = if more == 1 { "" } else { "s" };
        text.push_str(&format!(
            "  [Previous line repeated {more} more time{plural}]\n"
        ));
    }
}

/// The source line, and carets under the part that the instruction came from, unless that is all of it.
fn push_source(line: &str, position: &Position, text: &mut String) {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return;
    }
    text.push_str(&format!("    {trimmed}\n"));
    if position.column < 0 || position.end_column < 0 {
        return;
    }
    let chars: Vec<char> = line.chars().collect();
    let indent = line
        .chars()
        .take_while(|character| character.is_whitespace())
        .count();
    let chars_before = |column: i32| {
        line.get(..column as usize)
            .map_or(column as usize, |text| text.chars().count())
    };
    let start = chars_before(position.column);
    let end = if position.end_line == position.line {
        chars_before(position.end_column)
    } else {
        line.trim_end().chars().count()
    };
    let end = end.min(chars.len());
    let length = trimmed.chars().count();
    if start >= end || start < indent {
        return;
    }
    let segment: String = chars[start..end].iter().collect();
    let marks = anchors(&segment).filter(|_| position.end_line == position.line);
    if marks.is_none() && end - start >= length {
        return;
    }
    text.push_str("    ");
    text.push_str(&" ".repeat(start - indent));
    match marks {
        Some((from, to)) => {
            let width = end - start;
            text.push_str(&"~".repeat(from));
            text.push_str(&"^".repeat(to - from));
            text.push_str(&"~".repeat(width - to));
        }
        None => text.push_str(&"^".repeat(end - start)),
    }
    text.push('\n');
}

/// Where the operator of a binary operation, or the brackets of a subscript, are in `segment`, in characters.
fn anchors(segment: &str) -> Option<(usize, usize)> {
    use rustpython_compiler::ast::{Expr, Stmt};
    use rustpython_compiler::parser::{Mode, parse};
    let module = parse(segment, Mode::Module.into()).ok()?.into_syntax();
    let rustpython_compiler::ast::Mod::Module(module) = module else {
        return None;
    };
    let [Stmt::Expr(statement)] = module.body.as_slice() else {
        return None;
    };
    let chars = |byte: usize| segment.get(..byte).map(|text| text.chars().count());
    match statement.value.as_ref() {
        Expr::BinOp(operation) => {
            let from = usize::from(operation.left.range().end());
            let to = usize::from(operation.right.range().start());
            let between = segment.get(from..to)?;
            let offset =
                between.find(|character: char| !character.is_whitespace() && character != ')')?;
            let symbol = &between[offset..];
            let width = symbol
                .chars()
                .take_while(|&character| !character.is_whitespace() && character != '(')
                .count()
                .clamp(1, 2);
            let start = chars(from + offset)?;
            Some((start, start + width))
        }
        Expr::Subscript(subscript) => {
            let from = usize::from(subscript.value.range().end());
            let offset = segment.get(from..)?.find('[')?;
            let to = usize::from(subscript.range.end());
            Some((chars(from + offset)?, chars(to)?))
        }
        _ => None,
    }
}

/// `ValueError: message`
fn last_line(vm: &mut Vm, error: &Value) -> String {
    let class = vm.class_of(error.word());
    let name = if class.module == "__main__" || class.module == "builtins" {
        class.qualname.clone()
    } else {
        class.full_name()
    };
    let pending = vm.pending.take();
    let message = vm.str_text(error.word());
    if message.is_err() {
        drop(vm.take_pending());
    }
    vm.pending = pending;
    match message {
        Ok(message) if message.is_empty() => name,
        Ok(message) => format!("{name}: {message}"),
        Err(_) => format!("{name}: <exception str() failed>"),
    }
}
