//! Bytecode as text, in the form it has now: the interpreter specializes instructions in place, so what a program looks
//! like after it ran says what the interpreter found out about it.
//!
//! ```text
//! advance (nbody.py line 69)
//!   line  unit
//!     71    12  LOAD_FAST_BORROW             5 (dx)
//!           14  BINARY_OP_MULTIPLY_FLOAT     5 (*)
//! ```
//!
//! Units are counted as in traces; inline caches are left out.

use std::fmt::Write as _;

use crate::layout::Word;
use crate::object;
use crate::objects::code::Code;
use crate::objects::string;
use crate::opcode;
use crate::vm::Vm;

/// Symbols of `BINARY_OP`, by argument.
const BINARY: [&str; 27] = [
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=",
    "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^=", "[]",
];

/// Symbols of `COMPARE_OP`, by argument.
const COMPARE: [&str; 6] = ["<", "<=", "==", "!=", ">", ">="];

/// Longest constant shown in full.
const MAX_CONSTANT: usize = 60;

/// The text of `code` and of all code among its constants, at any depth.
pub fn disassemble(vm: &mut Vm, code: Word) -> String {
    let mut text = String::new();
    let mut waiting = vec![code];
    while let Some(word) = waiting.pop() {
        let Some(code) = object::cast::<Code>(word) else {
            continue;
        };
        // SAFETY: a live code object: the caller's, or a constant of one. Nothing that is called here changes it.
        let code = unsafe { &*code };
        if !text.is_empty() {
            text.push('\n');
        }
        one(vm, code, &mut text);
        waiting.extend(
            code.consts
                .iter()
                .rev()
                .copied()
                .filter(|&word| object::cast::<Code>(word).is_some()),
        );
    }
    text
}

fn one(vm: &mut Vm, code: &Code, text: &mut String) {
    let _ = writeln!(
        text,
        "{} ({} line {})\n  line  unit",
        string::as_str(code.qualname).unwrap_or("?"),
        string::as_str(code.filename).unwrap_or("?"),
        code.first_line
    );
    let mut unit = 0;
    let mut last_line = 0;
    let mut extended = 0;
    while let Some(instruction) = code.units.get(unit) {
        let argument = extended << 8 | usize::from(instruction.arg);
        let next = unit + 1 + opcode::caches(instruction.op);
        extended = if instruction.op == opcode::EXTENDED_ARG {
            argument
        } else {
            0
        };
        let line = code.position_at(unit).line;
        let shown = if line == last_line {
            String::new()
        } else {
            line.to_string()
        };
        last_line = line;
        let name = opcode::name(instruction.op);
        let meaning = meaning(vm, code, opcode::generic(instruction.op), argument, next);
        let entry = format!("{shown:>6} {unit:>5}  {name:<36} {argument}{meaning}");
        let _ = writeln!(text, "{}", entry.trim_end());
        unit = next;
    }
    for handler in &code.handlers {
        let _ = writeln!(
            text,
            "  handler of {}..{}: {} at depth {}{}",
            handler.start,
            handler.end,
            handler.target,
            handler.depth,
            if handler.push_lasti {
                ", with the unit"
            } else {
                ""
            }
        );
    }
}

/// What an argument stands for, in brackets.
fn meaning(vm: &mut Vm, code: &Code, op: u8, argument: usize, next: usize) -> String {
    let name = |index: usize| named(&code.names, index);
    let local = |index: usize| named(&code.locals, index);
    let symbol = |symbols: &[&str], index: usize| symbols.get(index).unwrap_or(&"?").to_string();
    let meaning = match op {
        opcode::LOAD_CONST => match code.consts.get(argument) {
            Some(&constant) => show_constant(vm, constant),
            None => "?".to_owned(),
        },
        opcode::LOAD_NAME
        | opcode::STORE_NAME
        | opcode::DELETE_NAME
        | opcode::STORE_GLOBAL
        | opcode::DELETE_GLOBAL
        | opcode::STORE_ATTR
        | opcode::DELETE_ATTR
        | opcode::IMPORT_NAME
        | opcode::IMPORT_FROM
        | opcode::LOAD_FROM_DICT_OR_GLOBALS => name(argument),
        opcode::LOAD_GLOBAL if argument & 1 == 1 => format!("{} + NULL", name(argument >> 1)),
        opcode::LOAD_ATTR if argument & 1 == 1 => format!("{} + self", name(argument >> 1)),
        opcode::LOAD_GLOBAL | opcode::LOAD_ATTR => name(argument >> 1),
        opcode::LOAD_SUPER_ATTR => name(argument >> 2),
        opcode::LOAD_FAST
        | opcode::LOAD_FAST_BORROW
        | opcode::LOAD_FAST_CHECK
        | opcode::LOAD_FAST_AND_CLEAR
        | opcode::STORE_FAST
        | opcode::DELETE_FAST
        | opcode::MAKE_CELL
        | opcode::LOAD_DEREF
        | opcode::STORE_DEREF
        | opcode::DELETE_DEREF
        | opcode::LOAD_FROM_DICT_OR_DEREF => local(argument),
        opcode::LOAD_FAST_LOAD_FAST
        | opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | opcode::STORE_FAST_LOAD_FAST
        | opcode::STORE_FAST_STORE_FAST => {
            format!("{}, {}", local(argument >> 4), local(argument & 15))
        }
        opcode::BINARY_OP => symbol(&BINARY, argument),
        opcode::COMPARE_OP => symbol(&COMPARE, argument >> 5),
        opcode::JUMP_FORWARD
        | opcode::FOR_ITER
        | opcode::SEND
        | opcode::POP_JUMP_IF_FALSE
        | opcode::POP_JUMP_IF_TRUE
        | opcode::POP_JUMP_IF_NONE
        | opcode::POP_JUMP_IF_NOT_NONE => format!("to {}", next + argument),
        opcode::JUMP_BACKWARD | opcode::JUMP_BACKWARD_NO_INTERRUPT | opcode::END_ASYNC_FOR => {
            format!("to {}", next.saturating_sub(argument))
        }
        _ => return String::new(),
    };
    format!(" ({meaning})")
}

fn named(names: &[Word], index: usize) -> String {
    let name = names.get(index).and_then(|&name| string::as_str(name));
    name.unwrap_or("?").to_owned()
}

/// A constant as Python writes it, cut to one line of moderate length.
fn show_constant(vm: &mut Vm, constant: Word) -> String {
    if let Some(code) = object::cast::<Code>(constant) {
        // SAFETY: as in `disassemble`.
        let name = unsafe { (*code).qualname };
        return format!("code {}", string::as_str(name).unwrap_or("?"));
    }
    let Ok(shown) = vm.repr_text(constant) else {
        vm.pending = None;
        return "?".to_owned();
    };
    match shown.char_indices().nth(MAX_CONSTANT) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}
