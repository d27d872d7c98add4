//! Which locals an instruction or one after it may still read.
//!
//! A trace carries what its exits would have to put back, and most of that is locals that nobody is going to read: they hold
//! what the round before computed. The recorder asks here which they are, and lets them go.
//!
//! It is the textbook's backward data flow over the bytecode: a local is live before an instruction that reads it, and
//! before one that does not write it if it is live behind it; wherever the instruction may go, the handlers of the
//! exceptions it may raise included.
//!
//! Pessimism: only the first 64 locals are looked at; cells and free variables are always live. Of code that may look at its
//! own locals by name (`locals()`, `eval` and their like) nothing can be said; it is not recorded either, because what it sees
//! would have to be in memory.

use crate::objects::code::{CODE_OPTIMIZED, Code, LocalKind};
use crate::objects::string::cast_str;
use crate::opcode as op;

/// A set of locals; those from 64 on are always in it.
pub type Locals = u64;

/// Names by which code gets at its locals without an instruction that says so.
const INTROSPECTIVE: [&str; 8] = [
    "locals",
    "vars",
    "eval",
    "exec",
    "dir",
    "_getframe",
    "currentframe",
    "breakpoint",
];

/// One instruction, put together from its units.
struct Instruction {
    start: usize,
    /// Offset of the next one.
    next: usize,
    op: u8,
    arg: usize,
}

/// The locals that are live before each code unit of `code`; `None` if it may look at its locals by name.
pub fn liveness(code: &Code) -> Option<Box<[Locals]>> {
    let units = code.units.len();
    if looks_at_locals(code) {
        return None;
    }
    let always = always_live(code);
    let instructions = instructions(code);
    let mut live = vec![always; units + 1];
    loop {
        let mut changed = false;
        for instruction in instructions.iter().rev() {
            let before = before(code, instruction, &live) | always;
            if live[instruction.start] != before {
                changed = true;
                live[instruction.start..instruction.next].fill(before);
            }
        }
        if !changed {
            live.truncate(units);
            return Some(live.into());
        }
    }
}

fn looks_at_locals(code: &Code) -> bool {
    let looks = |name| cast_str(name).is_some_and(|name| INTROSPECTIVE.contains(&name.as_str()));
    // Others have no locals in slots.
    let is_function = code.flags & CODE_OPTIMIZED != 0;
    is_function && code.names.iter().copied().any(looks)
}

fn always_live(code: &Code) -> Locals {
    let is_local = |index: usize| code.kinds.get(index) == Some(&LocalKind::Local);
    let made_cells = instructions(code)
        .iter()
        .filter(|instruction| instruction.op == op::MAKE_CELL)
        .fold(0, |cells, instruction| cells | bit(instruction.arg));
    (0..64)
        .filter(|&index| !is_local(index))
        .fold(made_cells, |live, index| live | bit(index))
}

fn instructions(code: &Code) -> Vec<Instruction> {
    let mut found = Vec::new();
    let (mut at, mut start, mut arg) = (0, 0, 0);
    while let Some(unit) = code.units.get(at) {
        arg = arg << 8 | usize::from(unit.arg);
        if unit.op == op::EXTENDED_ARG {
            at += 1;
            continue;
        }
        let next = at + 1 + op::caches(unit.op);
        found.push(Instruction {
            start,
            next,
            op: op::generic(unit.op),
            arg,
        });
        (at, start, arg) = (next, next, 0);
    }
    found
}

fn bit(index: usize) -> Locals {
    1_u64.checked_shl(index as u32).unwrap_or(0)
}

/// The locals `instruction` reads, and those it writes without reading them.
fn reads_and_writes(instruction: &Instruction) -> (Locals, Locals) {
    let arg = instruction.arg;
    match instruction.op {
        op::LOAD_FAST
        | op::LOAD_FAST_BORROW
        | op::LOAD_FAST_CHECK
        | op::LOAD_FAST_AND_CLEAR
        | op::DELETE_FAST => (bit(arg), 0),
        op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            (bit(arg >> 4) | bit(arg & 15), 0)
        }
        op::STORE_FAST => (0, bit(arg)),
        // The store comes first.
        op::STORE_FAST_LOAD_FAST => (bit(arg & 15) & !bit(arg >> 4), bit(arg >> 4)),
        op::STORE_FAST_STORE_FAST => (0, bit(arg >> 4) | bit(arg & 15)),
        _ => (0, 0),
    }
}

/// The locals that `instruction` writes.
pub fn written_by(op: u8, arg: u32) -> Locals {
    let instruction = Instruction {
        start: 0,
        next: 0,
        op: op::generic(op),
        arg: arg as usize,
    };
    reads_and_writes(&instruction).1
}

fn before(code: &Code, instruction: &Instruction, live: &[Locals]) -> Locals {
    let at = |offset: usize| live.get(offset).copied().unwrap_or(!0);
    let Instruction {
        start, next, arg, ..
    } = *instruction;
    let behind = match instruction.op {
        op::RETURN_VALUE | op::RERAISE | op::RAISE_VARARGS => 0,
        op::JUMP_FORWARD => at(next + arg),
        op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => at(next.wrapping_sub(arg)),
        op::END_ASYNC_FOR => at(next) | at(next.wrapping_sub(arg)),
        op::POP_JUMP_IF_TRUE
        | op::POP_JUMP_IF_FALSE
        | op::POP_JUMP_IF_NONE
        | op::POP_JUMP_IF_NOT_NONE
        | op::SEND => at(next) | at(next + arg),
        // An exhausted iterator is dropped by the instruction jumped to, or by this one, which then goes one further.
        op::FOR_ITER => at(next) | at(next + arg) | at(next + arg + 1),
        _ => at(next),
    };
    let (reads, writes) = reads_and_writes(instruction);
    let offset = start as u32..next as u32;
    let handlers = code.handlers.iter();
    let handled = handlers
        .filter(|handler| handler.start < offset.end && offset.start < handler.end)
        .fold(0, |live, handler| live | at(handler.target as usize));
    behind & !writes | reads | handled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The locals live where `source`, a function's body, has the line that contains `# here`.
    fn live_at(source: &str) -> Vec<String> {
        let vm = &mut crate::vm::Vm::new(crate::vm::VmOptions::default());
        let text = format!("def f(a, b, c):\n{source}\n");
        let line = 1 + text
            .lines()
            .take_while(|line| !line.contains("# here"))
            .count();
        let module = crate::compile::compile_module(vm, &text, "test");
        let Ok(module) = module else {
            panic!("{text} does not compile")
        };
        let string = |word| cast_str(word).map_or("?", |text| text.as_str()).to_owned();
        let words = [module.word()];
        let of_module = code_in(&words).unwrap();
        let code = code_in(&of_module.consts).unwrap();
        let at = code
            .positions
            .iter()
            .position(|position| position.line as usize == line);
        let live = liveness(code).map_or(!0, |live| live[at.unwrap()]);
        let names = code.locals.iter().enumerate();
        let names = names.filter(|(index, _)| live & bit(*index) != 0);
        names.map(|(_, &name)| string(name)).collect()
    }

    fn code_in(words: &[crate::layout::Word]) -> Option<&Code> {
        // SAFETY: the words are alive, and what has the shape of a code object is one.
        let is_code = |word: &&crate::layout::Word| unsafe {
            crate::layout::has_shape(**word, crate::layout::SHAPE_CODE)
        };
        let word = words.iter().find(is_code)?;
        // SAFETY: as above.
        Some(unsafe { &*(*word as *const Code) })
    }

    #[test]
    fn what_is_written_before_it_is_read_is_dead() {
        assert_eq!(live_at("    x = a\n    x = b  # here\n    return x"), ["b"]);
    }

    #[test]
    fn the_head_of_a_loop_needs_what_any_round_reads_first() {
        let source = "    for i in a:\n        x = i  # here\n        c = c + x\n    return c";
        assert_eq!(live_at(source), ["c", "i"]);
    }

    #[test]
    fn a_handler_may_read_what_the_block_does_not() {
        let source = "    try:\n        a = b()  # here\n    except KeyError:\n        return c\n    return a";
        assert_eq!(live_at(source), ["b", "c"]);
    }

    #[test]
    fn cells_are_live() {
        let source = "    def g():\n        return a\n    b = 1  # here\n    return g";
        assert!(live_at(source).contains(&"a".to_owned()));
    }

    #[test]
    fn locals_makes_everything_live() {
        assert_eq!(
            live_at("    a = 1  # here\n    return locals()"),
            ["a", "b", "c"]
        );
    }
}
