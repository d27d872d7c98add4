//! Iteration, unpacking, and building sequences.

use super::arith::{items_of, shape_of};
use super::{Expander, Expansion, Next};
use crate::layout::{
    self, EMPTY, RangeIter, SHAPE_LIST, SHAPE_LIST_ITER, SHAPE_RANGE_ITER, SHAPE_TUPLE,
    SHAPE_TUPLE_ITER, SeqIter, Word,
};
use crate::uops_table::op as uop;

impl Expander<'_> {
    pub(super) fn get_iter(&mut self) -> Expansion {
        self.call_on_operands(uop::GET_ITER, &[0], &[])
    }

    pub(super) fn for_iter(&mut self, distance: u32) -> Expansion {
        let iter = self.cursor.peek(0);
        // Behind END_FOR, at POP_ITER.
        let end = self.next_pc() + distance + 1;
        match shape_of(iter) {
            SHAPE_RANGE_ITER => {
                // SAFETY: the shape says so.
                if unsafe { (*(iter as *const RangeIter)).remaining } == 0 {
                    self.peek(uop::FOR_ITER_RANGE_DONE, &[0], &[]);
                    return Ok(Next::At(end));
                }
                self.peek(uop::FOR_ITER_RANGE, &[0], &[]);
                self.peek(uop::RANGE_ADVANCE, &[1], &[]);
                self.next()
            }
            shape @ (SHAPE_LIST_ITER | SHAPE_TUPLE_ITER) => {
                let list = shape == SHAPE_LIST_ITER;
                let Some(item) = next_item(iter) else {
                    self.peek(
                        if list {
                            uop::FOR_ITER_LIST_DONE
                        } else {
                            uop::FOR_ITER_TUPLE_DONE
                        },
                        &[0],
                        &[],
                    );
                    return Ok(Next::At(end));
                };
                self.peek(
                    if list {
                        uop::FOR_ITER_LIST
                    } else {
                        uop::FOR_ITER_TUPLE
                    },
                    &[0],
                    &[],
                );
                self.settle(item);
                self.peek(uop::SEQ_ITER_ADVANCE, &[1], &[]);
                self.next()
            }
            _ => Err("iteration over something else"),
        }
    }

    pub(super) fn unpack_sequence(&mut self, count: u32) -> Expansion {
        let sequence = self.cursor.peek(0);
        let shape = shape_of(sequence);
        let (guard, guard_len, item) = match shape {
            SHAPE_TUPLE => (uop::GUARD_TUPLE, uop::GUARD_TUPLE_LEN, uop::TUPLE_ITEM),
            SHAPE_LIST => (
                uop::GUARD_LIST,
                uop::GUARD_LIST_LEN,
                uop::LIST_ITEM_UNCHECKED,
            ),
            _ => return Err("unpacking something else"),
        };
        let items = items_of(sequence).unwrap_or_default();
        if items.len() != count as usize || count == 0 {
            return Err("unpacking the wrong number");
        }
        self.peek(guard, &[0], &[]);
        self.peek(guard_len, &[0], &[u64::from(count)]);
        // The last item ends where the sequence is now; so it is pushed last and changes places with it.
        let order: Vec<usize> = (0..items.len() - 1)
            .rev()
            .chain([items.len() - 1])
            .collect();
        for (pushed, &index) in order.iter().enumerate() {
            self.peek(item, &[pushed as u16], &[index as u64]);
        }
        let seen: Vec<Word> = order.iter().map(|&index| items[index]).collect();
        self.settle_all(&seen);
        self.recorder().swap(count as u16);
        self.uop(uop::DECREF);
        self.next()
    }

    pub(super) fn build_sequence(&mut self, count: u32, tuple: bool) -> Expansion {
        let tuples = [
            uop::BUILD_TUPLE_0,
            uop::BUILD_TUPLE_1,
            uop::BUILD_TUPLE_2,
            uop::BUILD_TUPLE_3,
            uop::BUILD_TUPLE_4,
        ];
        let lists = [
            uop::BUILD_LIST_0,
            uop::BUILD_LIST_1,
            uop::BUILD_LIST_2,
            uop::BUILD_LIST_3,
            uop::BUILD_LIST_4,
        ];
        let table = if tuple { tuples } else { lists };
        let Some(&uop) = table.get(count as usize) else {
            return Err("building a long sequence");
        };
        let depths: Vec<u16> = (0..count as u16).rev().collect();
        self.call_on_operands(uop, &depths, &[])
    }

    pub(super) fn build_slice(&mut self, count: u32) -> Expansion {
        match count {
            2 => self.call_on_operands(uop::BUILD_SLICE_2, &[1, 0], &[]),
            _ => self.call_on_operands(uop::BUILD_SLICE_3, &[2, 1, 0], &[]),
        }
    }

    pub(super) fn binary_slice(&mut self) -> Expansion {
        self.call_on_operands(uop::BINARY_SLICE, &[2, 1, 0], &[])
    }

    pub(super) fn store_slice(&mut self) -> Expansion {
        // [value, container, start, stop]
        self.guard_operands(&[0, 1, 2, 3]);
        self.peek(uop::STORE_SLICE, &[2, 1, 0, 3], &[]);
        for depth in 0..4 {
            let seen = self.cursor.peek(depth);
            self.release(seen);
        }
        self.next()
    }

    pub(super) fn list_append(&mut self, nth: u32) -> Expansion {
        let value = self.cursor.peek(0);
        let depth = nth as u16;
        self.guard_operands(&[0]);
        self.peek(uop::LIST_APPEND, &[depth, 0], &[]);
        self.release(value);
        self.next()
    }
}

/// The item a list or tuple iterator will give next, borrowed.
fn next_item(iter: Word) -> Option<Word> {
    // SAFETY: the caller looked at the shape.
    let (sequence, index) = unsafe {
        (
            (*(iter as *const SeqIter)).seq,
            (*(iter as *const SeqIter)).index,
        )
    };
    if sequence == EMPTY {
        return None;
    }
    debug_assert!(layout::is_pointer(sequence));
    items_of(sequence)?.get(index).copied()
}
