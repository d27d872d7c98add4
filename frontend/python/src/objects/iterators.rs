//! The iterators that loops meet most: over ranges, lists and tuples. Others are in [`crate::types`].

use crate::layout::{self, EMPTY, Word};
pub use crate::layout::{RangeIter, SeqIter};
use crate::object::{Object, allocate};
use crate::objects::range::Range;
use crate::value::{Value, decref};
use crate::vm::Vm;

impl Object for RangeIter {
    const SHAPE: u32 = layout::SHAPE_RANGE_ITER;

    unsafe fn drop_contents(&mut self) {}
}

/// An iterator over a list; over a tuple it has the same struct and its own class and shape.
impl Object for SeqIter {
    const SHAPE: u32 = layout::SHAPE_LIST_ITER;

    unsafe fn drop_contents(&mut self) {
        decref(self.seq);
    }
}

impl Vm {
    /// An iterator over `range`.
    pub fn new_range_iter(&self, range: &Range) -> Value {
        let (next, step, remaining) = (range.start, range.step, range.len());
        allocate(self.types.range_iterator, |header| RangeIter {
            header,
            next,
            step,
            remaining,
        })
    }

    /// An iterator over a list.
    pub fn new_list_iter(&self, list: Value) -> Value {
        allocate(self.types.list_iterator, |header| SeqIter {
            header,
            seq: list.into_word(),
            index: 0,
        })
    }

    /// An iterator over a tuple.
    pub fn new_tuple_iter(&self, tuple: Value) -> Value {
        allocate(self.types.tuple_iterator, |mut header| {
            header.shape = layout::SHAPE_TUPLE_ITER;
            SeqIter {
                header,
                seq: tuple.into_word(),
                index: 0,
            }
        })
    }
}

/// The next item of a range iterator.
#[inline(always)]
pub fn range_next(vm: &Vm, iterator: &mut RangeIter) -> Option<Value> {
    iterator.remaining = iterator.remaining.checked_sub(1)?;
    let value = iterator.next;
    iterator.next = value.wrapping_add(iterator.step);
    Some(vm.new_int(value))
}

/// The next item of an iterator over a list or tuple whose items `items` reads.
#[inline(always)]
pub fn sequence_next(
    iterator: &mut SeqIter,
    items: impl FnOnce(Word) -> *const [Word],
) -> Option<Value> {
    if iterator.seq == EMPTY {
        return None;
    }
    // SAFETY: the iterator keeps the sequence alive; the slice is used at once.
    let items = unsafe { &*items(iterator.seq) };
    if let Some(&item) = items.get(iterator.index) {
        iterator.index += 1;
        return Some(Value::borrowed(item));
    }
    decref(std::mem::replace(&mut iterator.seq, EMPTY));
    None
}
