//! Calls and returns: Python functions are inlined, natives go by a table ([`super::natives`]), everything else is called.
//!
//! An inlined call lies on the value stack just as the interpreter would have put it (see [`crate::interp::frames`]), so
//! that an exit finds real frames. Its header words and arguments are stores of known values, which the optimizer sinks
//! into the exits: what remains of a call is its guards.

use sashiko_trace::recorded::Slot;

use super::arith::shape_of;
use super::{Expander, Expansion, Next};
use crate::layout::{
    self, EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS,
    SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_NATIVE, Tuple, Word,
};
use crate::objects::code::Code;
use crate::objects::function::Function;
use crate::uops_table::op as uop;

impl Expander<'_> {
    pub(super) fn call(&mut self, count: u32) -> Expansion {
        let count = count as usize;
        let (callable, receiver) = (self.cursor.peek(count + 1), self.cursor.peek(count));
        let given = count + usize::from(receiver != EMPTY);
        match shape_of(callable) {
            SHAPE_FUNCTION => {
                // SAFETY: the shape says so; functions keep their code alive.
                let (version, code) = unsafe {
                    let function = callable as *mut Function;
                    ((*function).prefix.version, &*(*function).code)
                };
                if code.simple
                    && code.arg_count == given
                    && version != 0
                    && self.recording.may_inline()
                {
                    return self.inline(callable, version, code, count);
                }
            }
            SHAPE_NATIVE | SHAPE_CLASS => {
                if let Some(expansion) = self.call_builtin(callable, count) {
                    return expansion;
                }
            }
            _ => {}
        }
        self.call_any(count)
    }

    /// Guards that there is a receiver, or none, as now.
    pub(super) fn guard_receiver(&mut self, count: usize) {
        let receiver = self.cursor.peek(count);
        if !self.guard_immediate(count as u16, receiver) {
            self.peek(uop::GUARD_BOUND, &[count as u16], &[]);
        }
    }

    /// A call through [`crate::calls`].
    fn call_any(&mut self, count: usize) -> Expansion {
        let own = self.cursor.peek(count) != EMPTY;
        let given = count + usize::from(own);
        let uops = [
            uop::CALL_0,
            uop::CALL_1,
            uop::CALL_2,
            uop::CALL_3,
            uop::CALL_4,
        ];
        let Some(&uop) = uops.get(given).filter(|_| given < uops.len() - 1) else {
            return Err("call with many arguments");
        };
        self.guard_receiver(count);
        let operands: Vec<u16> = (0..count as u16 + 2).rev().collect();
        self.guard_operands(&operands);
        let depths: Vec<u16> = operands
            .into_iter()
            .filter(|&depth| own || depth != count as u16)
            .collect();
        self.peek(uop, &depths, &[]);
        self.replace_operands(count as u16 + 2);
        self.next()
    }

    /// Goes on into a Python function: its frame is laid out over the operands.
    fn inline(&mut self, function: Word, version: u32, code: &Code, count: usize) -> Expansion {
        self.peek(
            uop::GUARD_FUNCTION_VERSION,
            &[count as u16 + 1],
            &[u64::from(version)],
        );
        self.guard_receiver(count);
        let callable = Slot(self.recording.recorder.top().0 - count as i32 - 2);
        let own = self.cursor.peek(count) != EMPTY;
        let first = callable.0 + 2 - i32::from(own);
        let given = count as i32 + i32::from(own);
        let base = Slot(callable.0 + FRAME_WORDS as i32);
        let slots = code.locals.len() as i32;
        let caller = self.recording.recorder.frame();
        let return_pc = u64::from(self.next_pc());
        // Work above everything that moves.
        self.recorder().enter_frame(caller, Slot(base.0 + slots));
        for index in (0..given).rev() {
            self.recorder().load(Slot(first + index));
            self.recorder().store(Slot(base.0 + index));
        }
        for index in given..slots {
            self.store_constant(Slot(base.0 + index), EMPTY);
        }
        let header = |word: isize| Slot(base.0 + word as i32);
        self.store_constant(header(FRAME_RETURN), return_pc);
        self.store_constant(header(FRAME_CALLER), (base.0 - caller.0) as Word);
        self.store_constant(header(FRAME_LOCALS), EMPTY);
        self.recorder().enter_frame(base, Slot(base.0 + slots));
        self.recording.keep(function);
        // SAFETY: the frame will lie above the operands, on the value stack.
        let entered = unsafe { self.cursor.sp.sub(count + 2).add(FRAME_WORDS) };
        self.recording.inlined.push(self.cursor.base);
        Ok(Next::In(entered, 0))
    }

    fn store_constant(&mut self, slot: Slot, word: Word) {
        self.recorder().constant(word);
        self.recorder().store(slot);
    }

    pub(super) fn return_value(&mut self) -> Expansion {
        let Some(&caller) = self.recording.inlined.last() else {
            return Ok(Next::Leave);
        };
        let word = |offset: isize| {
            // SAFETY: part of the live frame's header.
            unsafe { *self.cursor.base.offset(offset) }
        };
        if word(FRAME_LOCALS) != EMPTY {
            return Err("return from __init__");
        }
        let return_pc = word(FRAME_RETURN) as u32;
        let base = self.recording.recorder.frame();
        let function = Slot(base.0 + FRAME_FUNCTION as i32);
        let slots = self.cursor.code().locals.len() as u32;
        for index in 0..slots {
            let slot = self.local(index);
            let seen = self.cursor.local(index);
            self.recorder().load(slot);
            self.guard_immediate(0, seen);
            self.recorder().drop_top();
        }
        for index in 0..slots {
            if layout::is_pointer(self.cursor.local(index)) {
                let slot = self.local(index);
                self.recorder().load(slot);
                self.uop(uop::DECREF);
            }
        }
        self.recorder().load(function);
        self.uop(uop::DECREF);
        self.recorder().store(function);
        let frame = self.recording.slot_of(caller);
        self.recorder().enter_frame(frame, Slot(function.0 + 1));
        self.recording.inlined.pop();
        Ok(Next::In(caller, return_pc))
    }

    /// `COPY_FREE_VARS`: the cells of the closure become locals. The function is known: its version was guarded.
    pub(super) fn copy_free_vars(&mut self, count: u32) -> Expansion {
        if self.recording.inlined.is_empty() {
            return Err("COPY_FREE_VARS of a function that was not called in the trace");
        }
        // SAFETY: the running function has a closure, a tuple of as many cells.
        let cells = unsafe {
            let tuple = (*self.cursor.function()).closure as *const Tuple;
            std::slice::from_raw_parts((&raw const (*tuple).items).cast::<Word>(), count as usize)
        };
        let first = self.cursor.code().locals.len() as u32 - count;
        for (index, &cell) in cells.iter().enumerate() {
            self.push_constant(cell);
            let slot = self.local(first + index as u32);
            self.recorder().store(slot);
        }
        self.next()
    }
}
