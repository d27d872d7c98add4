//! Which instructions a handler of the foreign exception table really covers.
//!
//! The compiler we use lets the clean-up of a `with` block cover code behind it that runs when the block is long over,
//! with an operand stack lower than the handler's. An exception raised there would be "caught" with words that nobody
//! pushed. So the depth of the stack is computed for every instruction, and a handler that lies before the code it
//! covers keeps only the instructions where the stack is as high as the handler expects.
//!
//! It also leaves the `RERAISE` at the end of a `with` block's handler out of the range of the clean-up that makes the
//! exception handled before the current one again.

use rustpython_compiler_core::bytecode::InstructionMetadata;
use rustpython_compiler_core::bytecode::{self as foreign, OpArg};

use crate::objects::code::Handler;
use crate::opcode as op;

/// Operand of the `RERAISE` that ends the handler of a `with` block.
const RERAISE_OF_WITH: u8 = 2;

/// `handlers` with what they should cover, and without what they can't.
pub(crate) fn reachable(code: &foreign::CodeObject, mut handlers: Vec<Handler>) -> Vec<Handler> {
    for handler in &mut handlers {
        let behind = code.instructions.get(handler.end as usize);
        if behind.is_some_and(|unit| {
            (u8::from(unit.op), u8::from(unit.arg)) == (op::RERAISE, RERAISE_OF_WITH)
        }) {
            handler.end += 1;
        }
    }
    if handlers
        .iter()
        .all(|handler| handler.target >= handler.start)
    {
        return handlers;
    }
    let depths = depths(code, &handlers);
    let mut kept = Vec::with_capacity(handlers.len());
    for handler in handlers {
        if handler.target >= handler.start {
            kept.push(handler);
            continue;
        }
        let end = handler.end.min(depths.len() as u32);
        let mut start = None;
        let mut covers = false;
        for unit in handler.start..=end {
            // Caches, and what is never reached, go with the instruction before.
            let depth = depths.get(unit as usize).copied().flatten();
            covers = unit < end && depth.map_or(covers, |depth| depth >= handler.depth as i32);
            match (start, covers) {
                (None, true) => start = Some(unit),
                (Some(first), false) => {
                    kept.push(Handler {
                        start: first,
                        end: unit,
                        ..handler
                    });
                    start = None;
                }
                _ => {}
            }
        }
    }
    kept
}

/// Height of the operand stack before each instruction that is reached.
fn depths(code: &foreign::CodeObject, handlers: &[Handler]) -> Vec<Option<i32>> {
    let units: Vec<(u8, u8)> = code
        .instructions
        .iter()
        .map(|unit| (unit.op.into(), unit.arg.into()))
        .collect();
    let mut depths = vec![None; units.len()];
    let mut open = vec![(0_usize, 0_i32)];
    while let Some((start, depth)) = open.pop() {
        let (mut at, mut depth) = (start, depth);
        while at < units.len() && depths[at].is_none() {
            let first = at;
            depths[first] = Some(depth);
            let mut arg = u32::from(units[at].1);
            while units[at].0 == op::EXTENDED_ARG && at + 1 < units.len() {
                at += 1;
                arg = arg << 8 | u32::from(units[at].1);
                depths[at] = Some(depth);
            }
            for handler in handlers {
                let covered = (handler.start..handler.end).contains(&(at as u32));
                if covered && handler.depth as i32 <= depth {
                    let pushed = 1 + i32::from(handler.push_lasti);
                    open.push((handler.target as usize, handler.depth as i32 + pushed));
                }
            }
            let opcode = op::generic(units[at].0);
            let effect = code.instructions[at]
                .op
                .stack_effect(u32::from(OpArg::new(arg)));
            depth += effect;
            at += 1 + op::caches(opcode);
            let distance = arg as usize;
            match opcode {
                op::JUMP_FORWARD => at += distance,
                op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => {
                    at = at.saturating_sub(distance);
                }
                op::POP_JUMP_IF_FALSE
                | op::POP_JUMP_IF_TRUE
                | op::POP_JUMP_IF_NONE
                | op::POP_JUMP_IF_NOT_NONE
                | op::FOR_ITER
                | op::SEND => open.push((at + distance, depth)),
                op::RETURN_VALUE | op::RAISE_VARARGS | op::RERAISE => break,
                _ => {}
            }
        }
    }
    depths
}
