//! Branches on truth values and on `None`.

use super::{Expander, Expansion, Next};
use crate::layout::{self, NONE};
use crate::uops_table::op as uop;

impl Expander<'_> {
    pub(super) fn pop_jump_if(&mut self, jumps_if: bool, distance: u32) -> Expansion {
        let seen = self.cursor.peek(0);
        if !layout::is_bool(seen) {
            return Err("branch on something that is no bool");
        }
        let truth = seen == layout::TRUE;
        self.uop(if truth {
            uop::GUARD_IS_TRUE
        } else {
            uop::GUARD_IS_FALSE
        });
        Ok(Next::At(self.branch(truth == jumps_if, distance)))
    }

    pub(super) fn pop_jump_if_none(&mut self, jumps_if: bool, distance: u32) -> Expansion {
        let seen = self.cursor.peek(0);
        if seen == NONE {
            self.peek(uop::GUARD_NONE, &[0], &[]);
        } else if !self.guard_immediate(0, seen) {
            self.peek(uop::GUARD_NOT_NONE, &[0], &[]);
        }
        self.release(seen);
        Ok(Next::At(self.branch((seen == NONE) == jumps_if, distance)))
    }

    fn branch(&self, taken: bool, distance: u32) -> u32 {
        if taken {
            self.next_pc() + distance
        } else {
            self.next_pc()
        }
    }
}
