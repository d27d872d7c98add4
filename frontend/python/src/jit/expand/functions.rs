//! Functions and cells made in traces, and the cells that come with a closure.

use sashiko_trace::recorded::Slot;

use super::{Expander, Expansion};
use crate::layout::{FRAME_FUNCTION, Tuple, Word};
use crate::objects::code::Code;
use crate::uops_table::op as uop;

impl Expander<'_> {
    fn running_function(&self) -> Slot {
        Slot(self.recording.recorder.frame().0 + FRAME_FUNCTION as i32)
    }

    /// `MAKE_FUNCTION`: of the code on top, with the globals of the function that runs.
    pub(super) fn make_function(&mut self) -> Expansion {
        self.recording.will_make(self.cursor.peek(0) as *const Code);
        let running = self.running_function();
        self.recorder().load(running);
        self.peek(uop::MAKE_FUNCTION, &[0, 1], &[]);
        self.recorder().nip(1);
        self.replace_operands(1);
        self.next()
    }

    /// `SET_FUNCTION_ATTRIBUTE`: the attribute lies below the function.
    pub(super) fn set_function_attribute(&mut self, flag: u32) -> Expansion {
        let attribute = self.cursor.peek(1);
        self.guard_operands(&[1]);
        self.peek(uop::SET_FUNCTION_ATTRIBUTE, &[0, 1], &[u64::from(flag)]);
        self.recorder().swap(1);
        self.release(attribute);
        self.next()
    }

    /// `MAKE_CELL`: what is in the slot moves into a cell.
    pub(super) fn make_cell(&mut self, index: u32) -> Expansion {
        let slot = self.local(index);
        self.recorder().load(slot);
        self.uop(uop::MAKE_CELL);
        self.recorder().store(slot);
        self.next()
    }

    /// `COPY_FREE_VARS`: the cells of the closure become locals. How many there are is in the code.
    pub(super) fn copy_free_vars(&mut self, count: u32) -> Expansion {
        let function = self.cursor.function();
        let first = self.cursor.code().locals.len() as u32 - count;
        if self.recording.knows_function() {
            // SAFETY: the running function has a closure, a tuple of as many cells.
            let cells = unsafe {
                let tuple = (*function).closure as *const Tuple;
                std::slice::from_raw_parts(
                    (&raw const (*tuple).items).cast::<Word>(),
                    count as usize,
                )
            };
            for (index, &cell) in cells.iter().enumerate() {
                self.push_constant(cell);
                let slot = self.local(first + index as u32);
                self.recorder().store(slot);
            }
            return self.next();
        }
        let running = self.running_function();
        self.recorder().load(running);
        self.uop(uop::FUNCTION_CLOSURE);
        for index in 0..count {
            self.peek(uop::TUPLE_ITEM, &[0], &[u64::from(index)]);
            self.peek(uop::INCREF, &[0], &[]);
            let slot = self.local(first + index);
            self.recorder().store(slot);
        }
        self.recorder().drop_top();
        self.next()
    }
}
