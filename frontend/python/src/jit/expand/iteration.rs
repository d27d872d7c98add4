//! Iteration, unpacking, and building sequences.

use sashiko_stencils::UopId;

use super::arith::{items_of, shape_of};
use super::{Expander, Expansion, Next};
use crate::core_types::generators::Links;
use crate::layout::{
    self, EMPTY, NONE, RangeIter, SHAPE_GENERATOR, SHAPE_LIST, SHAPE_LIST_ITER, SHAPE_RANGE,
    SHAPE_RANGE_ITER, SHAPE_TUPLE, SHAPE_TUPLE_ITER, SeqIter, Word,
};
use crate::opcode as op;
use crate::operator::BinaryOp;
use crate::uops_table::op as uop;

/// Makes tuples of this many borrowed items.
pub(super) const TUPLES: [UopId; 5] = [
    uop::BUILD_TUPLE_0,
    uop::BUILD_TUPLE_1,
    uop::BUILD_TUPLE_2,
    uop::BUILD_TUPLE_3,
    uop::BUILD_TUPLE_4,
];

impl Expander<'_> {
    pub(super) fn get_iter(&mut self) -> Expansion {
        let (guard, uop) = match shape_of(self.cursor.peek(0)) {
            SHAPE_GENERATOR => {
                self.peek(uop::GUARD_GENERATOR, &[0], &[]);
                return self.next();
            }
            SHAPE_LIST => (uop::GUARD_LIST, uop::GET_ITER_LIST),
            SHAPE_TUPLE => (uop::GUARD_TUPLE, uop::GET_ITER_TUPLE),
            SHAPE_RANGE => {
                self.peek(uop::GUARD_SHAPE, &[0], &[u64::from(SHAPE_RANGE)]);
                return self.call_on_operands(uop::GET_ITER_RANGE, &[0], &[]);
            }
            _ => return self.call_on_operands(uop::GET_ITER, &[0], &[]),
        };
        self.peek(guard, &[0], &[]);
        self.call_on_operands(uop, &[0], &[])
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
            shape => {
                let links = Links {
                    item: self.next_pc() as usize,
                    end: end as usize,
                    wants_value: false,
                };
                if shape == SHAPE_GENERATOR
                    && let Some(expansion) = self.resume_generator(0, links)
                {
                    return expansion;
                }
                // The forms that the interpreter has for certain iterators don't look for what was taken and not wanted.
                self.peek(uop::GUARD_SHAPE, &[0], &[u64::from(shape)]);
                // Whether there is an item can't be told before it is taken.
                Ok(Next::Item {
                    item: self.next_pc(),
                    end,
                    sent: None,
                })
            }
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
            _ => return self.unpack_any(uop::UNPACK_EXACTLY, count, count as usize),
        };
        let items = items_of(sequence).unwrap_or_default();
        if items.len() != count as usize || count == 0 {
            return self.unpack_any(uop::UNPACK_EXACTLY, count, count as usize);
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

    pub(super) fn unpack_ex(&mut self, arg: u32) -> Expansion {
        let count = (arg & 0xff) + 1 + (arg >> 8);
        self.unpack_any(uop::UNPACK_AROUND, arg, count as usize)
    }

    /// Unpacks through `uop`, which makes a tuple of `count` items.
    fn unpack_any(&mut self, uop: UopId, arg: u32, count: usize) -> Expansion {
        let sequence = self.cursor.peek(0);
        self.guard_operands(&[0]);
        self.peek(uop, &[0], &[u64::from(arg)]);
        self.recorder().swap(1);
        self.release(sequence);
        if count == 0 {
            self.uop(uop::DECREF);
            return self.next();
        }
        // As for a tuple that was there.
        let order = (0..count - 1).rev().chain([count - 1]);
        for (pushed, index) in order.enumerate() {
            self.peek(uop::TUPLE_ITEM, &[pushed as u16], &[index as u64]);
        }
        for depth in 0..count as u16 {
            self.peek(uop::INCREF, &[depth], &[]);
        }
        self.recorder().swap(count as u16);
        self.uop(uop::DECREF);
        self.next()
    }

    /// Pushes a tuple of the `count` operands below the top, which stay where they are.
    fn push_tuple(&mut self, count: u16) {
        let first = TUPLES[usize::from(count.min(4))];
        let depths: Vec<u16> = (0..count).rev().collect();
        let (begin, mut rest) = depths.split_at(depths.len().min(4));
        self.peek(first, begin, &[]);
        while !rest.is_empty() {
            // The operands lie one deeper, for the tuple so far.
            let (uop, few) = match rest {
                [a, b, c, ..] => (uop::TUPLE_WITH_3, vec![0, a + 1, b + 1, c + 1]),
                [a, ..] => (uop::TUPLE_WITH_1, vec![0, a + 1]),
                [] => break,
            };
            self.peek(uop, &few, &[]);
            self.recorder().nip(1);
            rest = &rest[few.len() - 1..];
        }
    }

    /// A display of any length: the operands as a tuple, and that made into another container by `uop`.
    pub(super) fn build_by_tuple(&mut self, uop: Option<UopId>, count: u32) -> Expansion {
        let count = count as u16;
        let operands: Vec<u16> = (0..count).collect();
        self.guard_operands(&operands);
        self.push_tuple(count);
        if let Some(uop) = uop {
            self.uop(uop);
        }
        self.replace_operands(count);
        self.next()
    }

    pub(super) fn build_sequence(&mut self, count: u32, tuple: bool) -> Expansion {
        let lists = [
            uop::BUILD_LIST_0,
            uop::BUILD_LIST_1,
            uop::BUILD_LIST_2,
            uop::BUILD_LIST_3,
            uop::BUILD_LIST_4,
        ];
        let tuples = [
            uop::BUILD_TUPLE_0,
            uop::TUPLE_OF_1,
            uop::TUPLE_OF_2,
            uop::TUPLE_OF_3,
            uop::TUPLE_OF_4,
        ];
        let table = if tuple { tuples } else { lists };
        let Some(&uop) = table.get(count as usize) else {
            let uop = (!tuple).then_some(uop::LIST_OF_TUPLE);
            return self.build_by_tuple(uop, count);
        };
        let depths: Vec<u16> = (0..count as u16).rev().collect();
        if tuple {
            // The items change hands.
            self.peek(uop, &depths, &[]);
            self.recorder().nip(count as u16);
            return self.next();
        }
        self.call_on_operands(uop, &depths, &[])
    }

    /// `CALL_INTRINSIC_1`
    pub(super) fn intrinsic(&mut self, which: u32) -> Expansion {
        const LIST_TO_TUPLE: u32 = 6;
        if which != LIST_TO_TUPLE {
            return Err("CALL_INTRINSIC_1");
        }
        self.call_on_operands(uop::LIST_TO_TUPLE, &[0], &[])
    }

    pub(super) fn build_slice(&mut self, count: u32) -> Expansion {
        if let Some(expansion) = self.slice_at_once(count as u16) {
            return expansion;
        }
        match count {
            2 => self.call_on_operands(uop::BUILD_SLICE_2, &[1, 0], &[]),
            _ => self.call_on_operands(uop::BUILD_SLICE_3, &[2, 1, 0], &[]),
        }
    }

    /// `BUILD_SLICE` with a subscript behind it, of a list or tuple: without the slice.
    fn slice_at_once(&mut self, count: u16) -> Option<Expansion> {
        let code = self.cursor.code();
        let then = code.units.get(self.next_pc() as usize)?;
        let subscripts =
            op::generic(then.op) == op::BINARY_OP && BinaryOp::from_number(then.arg).is_none();
        let bounds: Vec<Word> = (0..count)
            .map(|depth| self.cursor.peek(depth.into()))
            .collect();
        let sequence = self.cursor.peek(count.into());
        let plain = bounds
            .iter()
            .all(|&word| word == NONE || layout::is_int(word));
        if !subscripts || !plain || !matches!(shape_of(sequence), SHAPE_LIST | SHAPE_TUPLE) {
            return None;
        }
        let branch = self.next_pc();
        let behind = branch + 1 + op::caches(then.op) as u32;
        self.push_slice(count);
        Some(Ok(Next::Fused {
            branch,
            then: behind,
        }))
    }

    /// The slice of the list or tuple below the topmost `bounds` words, in place of all of them.
    fn push_slice(&mut self, bounds: u16) {
        let guard = if shape_of(self.cursor.peek(bounds.into())) == SHAPE_LIST {
            uop::GUARD_LIST
        } else {
            uop::GUARD_TUPLE
        };
        self.peek(guard, &[bounds], &[]);
        let operands: Vec<u16> = (0..bounds).rev().collect();
        self.guard_operands(&operands);
        if bounds == 2 {
            self.recorder().constant(NONE);
            self.peek(uop::SLICE_SEQUENCE, &[3, 2, 1, 0], &[]);
            self.recorder().nip(1);
        } else {
            self.peek(uop::SLICE_SEQUENCE, &[3, 2, 1, 0], &[]);
        }
        self.replace_operands(bounds + 1);
    }

    pub(super) fn binary_slice(&mut self) -> Expansion {
        let bounds = [self.cursor.peek(0), self.cursor.peek(1)];
        let plain = bounds
            .iter()
            .all(|&word| word == NONE || layout::is_int(word));
        if plain && matches!(shape_of(self.cursor.peek(2)), SHAPE_LIST | SHAPE_TUPLE) {
            self.push_slice(2);
            return self.next();
        }
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

    /// Adds the top to the container `nth` below it, through `uop`, which may raise.
    pub(super) fn add_to(&mut self, uop: UopId, nth: u32) -> Expansion {
        let value = self.cursor.peek(0);
        self.guard_operands(&[0]);
        self.peek(uop, &[nth as u16, 0], &[]);
        self.release(value);
        self.next()
    }

    pub(super) fn map_add(&mut self, nth: u32) -> Expansion {
        let (key, value) = (self.cursor.peek(1), self.cursor.peek(0));
        self.guard_operands(&[0, 1]);
        self.peek(uop::MAP_ADD, &[nth as u16 + 1, 1, 0], &[]);
        self.release(value);
        self.release(key);
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
