//! Strings: formatting, building, and what f-strings are made of.

use super::arith::shape_of;
use super::{Expander, Expansion};
use crate::layout::{EMPTY, SHAPE_STR};
use crate::protocol::plain;
use crate::uops_table::op as uop;

impl Expander<'_> {
    /// `FORMAT_SIMPLE`: a string is left as it is.
    pub(super) fn format_simple(&mut self) -> Expansion {
        let seen = self.cursor.peek(0);
        if shape_of(seen) == SHAPE_STR {
            self.peek(uop::GUARD_STR, &[0], &[]);
            return self.next();
        }
        let uop = if plain::is_scalar(seen) {
            self.guard_scalar(0, seen);
            uop::STR_OF_PLAIN
        } else {
            self.recorder().constant(EMPTY);
            self.peek(uop::FORMAT_VALUE, &[1, 0], &[]);
            self.recorder().nip(1);
            self.replace_operands(1);
            return self.next();
        };
        self.peek(uop, &[0], &[]);
        self.replace_operands(1);
        self.next()
    }

    pub(super) fn format_with_spec(&mut self) -> Expansion {
        let (value, spec) = (self.cursor.peek(1), self.cursor.peek(0));
        let plain = plain::is_scalar(value) && shape_of(spec) == SHAPE_STR;
        if !plain {
            return self.call_on_operands(uop::FORMAT_VALUE, &[1, 0], &[]);
        }
        self.guard_scalar(1, value);
        self.guard_scalar(0, spec);
        self.peek(uop::FORMAT_PLAIN, &[1, 0], &[]);
        self.replace_operands(2);
        self.next()
    }

    pub(super) fn convert_value(&mut self, how: u32) -> Expansion {
        self.call_on_operands(uop::CONVERT_VALUE, &[0], &[u64::from(how)])
    }

    /// `BUILD_STRING`: four strings at once, then three more each time.
    pub(super) fn build_string(&mut self, count: u32) -> Expansion {
        let count = count as u16;
        for depth in 0..count {
            self.peek(uop::GUARD_STR, &[depth], &[]);
        }
        let first = count.min(4);
        for _ in first..4 {
            self.recorder().constant(EMPTY);
        }
        let padding = 4 - first;
        let depths: Vec<u16> = (0..4)
            .map(|index| {
                if index < first {
                    count - 1 - index + padding
                } else {
                    3 - index
                }
            })
            .collect();
        self.peek(uop::BUILD_STRING, &depths, &[]);
        self.recorder().nip(padding);
        let mut done = first;
        while done < count {
            let more = (count - done).min(3);
            for _ in more..3 {
                self.recorder().constant(EMPTY);
            }
            let padding = 3 - more;
            let mut depths = vec![padding];
            depths.extend((0..3).map(|index| {
                if index < more {
                    count - done - index + padding
                } else {
                    2 - index
                }
            }));
            self.peek(uop::EXTEND_STRING, &depths, &[]);
            self.recorder().nip(padding + 1);
            done += more;
        }
        self.replace_operands(count);
        self.next()
    }
}
