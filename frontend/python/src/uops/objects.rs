//! Raw operations on the prefixes of objects: each says what it reads and writes.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::layout::*;
use sashiko_stencils::uop::Word;
use sashiko_stencils::uop::*;

/// Number of items of a list.
#[uop(reads(LIST_SHAPE), writes())]
pub fn list_len(list: Word) -> i64 {
    unsafe { (*(list as *const List)).len as i64 }
}

/// Number of items of a tuple.
#[uop(gets(tuple.TUPLE_LENS), reads(), writes())]
pub fn tuple_len(tuple: Word) -> i64 {
    unsafe { (*(tuple as *const Tuple)).len as i64 }
}

/// Number of code points of a string.
#[uop(reads(), writes())]
pub fn str_len(text: Word) -> i64 {
    unsafe { (*(text as *const StrPrefix)).chars as i64 }
}

/// Number of entries of a dict or set.
#[uop(reads(DICT_KEYS), writes())]
pub fn dict_len(dict: Word) -> i64 {
    unsafe { (*(dict as *const DictPrefix)).live as i64 }
}

/// Where the items of a list are.
#[uop(reads(LIST_SHAPE), writes())]
pub fn list_items(list: Word) -> *mut Word {
    unsafe { (*(list as *const List)).items }
}

/// Goes on if the index is one of 0 to len - 1.
#[uop(guard, reads(LIST_SHAPE))]
pub fn guard_list_index(list: Word, index: i64) -> Exit<()> {
    let list = list as *const List;
    ((index as u64) < unsafe { (*list).len } as u64).or_exit()
}

/// One of the items of a list, borrowed; the index is in bounds.
#[uop(reads(LIST_ITEMS), writes())]
pub fn item_at(items: *mut Word, index: i64) -> Word {
    unsafe { *items.offset(index as isize) }
}

/// Puts a value among the items of a list and gives back what was there; both change hands. The index is in bounds.
#[uop(reads(LIST_ITEMS), writes(LIST_ITEMS))]
pub fn item_swap(items: *mut Word, index: i64, value: Word) -> Word {
    unsafe {
        let item = items.offset(index as isize);
        let old = *item;
        *item = value;
        old
    }
}

/// Item of a list, borrowed; leaves when the index is not one of 0 to len - 1. Where the items are comes first: it is the same
/// in every round, and behind a check of what changes it would have to stay.
#[uop(compose)]
pub fn list_item(list: Word, index: i64) -> Exit<Word> {
    let items = list_items(list);
    guard_list_index(list, index)?;
    Some(item_at(items, index))
}

/// Item of a list counted from its end, borrowed; leaves when the index is not one of -len to -1.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_item_from_end(list: Word, index: i64) -> Exit<Word> {
    let list = list as *const List;
    unsafe {
        let index = index.wrapping_add((*list).len as i64);
        ((index as u64) < (*list).len as u64).or_exit()?;
        Some(*(*list).items.add(index as usize))
    }
}

/// Puts a value into a list and gives back what was there; both change hands. Leaves when the index is not one of 0 to
/// len - 1.
#[uop(compose)]
pub fn list_swap(list: Word, index: i64, value: Word) -> Exit<Word> {
    let items = list_items(list);
    guard_list_index(list, index)?;
    Some(item_swap(items, index, value))
}

/// `list_swap` with an index counted from the end; leaves when it is not one of -len to -1.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes(LIST_ITEMS))]
pub fn list_swap_from_end(list: Word, index: i64, value: Word) -> Exit<Word> {
    let list = list as *const List;
    unsafe {
        let index = index.wrapping_add((*list).len as i64);
        ((index as u64) < (*list).len as u64).or_exit()?;
        let item = (*list).items.add(index as usize);
        let old = *item;
        *item = value;
        Some(old)
    }
}

/// Item of a tuple, borrowed; the index is in bounds.
#[uop(gets(tuple.TUPLES[index]), reads(), writes())]
pub fn tuple_item(tuple: Word, index: Imm32) -> Word {
    let items = unsafe { &raw const (*(tuple as *const Tuple)).items }.cast::<Word>();
    unsafe { *items.offset(index as isize) }
}

/// Item of a tuple, borrowed; leaves when the index is not one of 0 to len - 1.
#[uop(gets(tuple.TUPLES[index]), reads(), writes())]
pub fn tuple_item_at(tuple: Word, index: i64) -> Exit<Word> {
    let tuple = tuple as *const Tuple;
    unsafe {
        ((index as u64) < (*tuple).len as u64).or_exit()?;
        Some(
            *(&raw const (*tuple).items)
                .cast::<Word>()
                .add(index as usize),
        )
    }
}

/// Item of a tuple counted from its end, borrowed; leaves when the index is not one of -len to -1.
#[uop(reads(), writes())]
pub fn tuple_item_from_end(tuple: Word, index: i64) -> Exit<Word> {
    let tuple = tuple as *const Tuple;
    unsafe {
        let index = index.wrapping_add((*tuple).len as i64);
        ((index as u64) < (*tuple).len as u64).or_exit()?;
        Some(
            *(&raw const (*tuple).items)
                .cast::<Word>()
                .add(index as usize),
        )
    }
}

/// Item of a list whose length was checked, borrowed.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_item_unchecked(list: Word, index: Imm32) -> Word {
    unsafe { *(*(list as *const List)).items.offset(index as isize) }
}

/// The next value of a range iterator; leaves when there is none.
#[uop(reads(ITERATORS), writes())]
pub fn range_next(iter: Word) -> Exit<i64> {
    let iter = iter as *const RangeIter;
    unsafe {
        ((*iter).remaining != 0).or_exit()?;
        Some((*iter).next)
    }
}

/// Moves a range iterator on.
#[uop(reads(ITERATORS), writes(ITERATORS))]
pub fn range_advance(iter: Word) {
    let iter = iter as *mut RangeIter;
    unsafe {
        (*iter).next = (*iter).next.wrapping_add((*iter).step);
        (*iter).remaining = (*iter).remaining.wrapping_sub(1);
    }
}

/// Goes on if a range iterator has no more values.
#[uop(guard, reads(ITERATORS))]
pub fn range_done(iter: Word) -> Exit<()> {
    (unsafe { (*(iter as *const RangeIter)).remaining } == 0).or_exit()
}

/// The next item of a list iterator, borrowed; leaves when there is none.
#[uop(reads(ITERATORS, LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_iter_item(iter: Word) -> Exit<Word> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq != EMPTY).or_exit()?;
        let list = (*iter).seq as *const List;
        ((*iter).index < (*list).len).or_exit()?;
        Some(*(*list).items.add((*iter).index))
    }
}

/// The next item of a tuple iterator, borrowed; leaves when there is none.
#[uop(reads(ITERATORS), writes())]
pub fn tuple_iter_item(iter: Word) -> Exit<Word> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq != EMPTY).or_exit()?;
        let tuple = (*iter).seq as *const Tuple;
        ((*iter).index < (*tuple).len).or_exit()?;
        Some(
            *(&raw const (*tuple).items)
                .cast::<Word>()
                .add((*iter).index),
        )
    }
}

/// Moves a list or tuple iterator on.
#[uop(reads(ITERATORS), writes(ITERATORS))]
pub fn seq_iter_advance(iter: Word) {
    unsafe { (*(iter as *mut SeqIter)).index += 1 };
}

/// Goes on if a list iterator has no more items.
#[uop(guard, reads(ITERATORS, LIST_SHAPE))]
pub fn list_iter_done(iter: Word) -> Exit<()> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq == EMPTY || (*iter).index >= (*((*iter).seq as *const List)).len).or_exit()
    }
}

/// Goes on if a tuple iterator has no more items.
#[uop(guard, reads(ITERATORS))]
pub fn tuple_iter_done(iter: Word) -> Exit<()> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq == EMPTY || (*iter).index >= (*((*iter).seq as *const Tuple)).len).or_exit()
    }
}

/// An attribute of an instance at a byte offset, borrowed; unset ones are no value.
#[uop(gets(object.FIELDS[offset]))]
pub fn field_load(object: Word, offset: Imm32) -> Word {
    unsafe { *((object as *const u8).offset(offset as isize).cast::<Word>()) }
}

/// Sets an attribute of an instance at a byte offset and gives back what was there; both change hands.
#[uop(gets(object.FIELDS[offset]), sets(object.FIELDS[offset] = value))]
pub fn field_swap(object: Word, value: Word, offset: Imm32) -> Word {
    unsafe {
        let field = (object as *mut u8).offset(offset as isize).cast::<Word>();
        let old = *field;
        *field = value;
        old
    }
}

/// Sets an attribute of an instance at a byte offset, where there is nothing that owns a reference; the value changes
/// hands.
#[uop(sets(object.FIELDS[offset] = value))]
pub fn field_store(object: Word, value: Word, offset: Imm32) {
    unsafe {
        *(object as *mut u8).offset(offset as isize).cast::<Word>() = value;
    }
}

/// An attribute of an instance that lies beyond its own slots, borrowed; unset ones are no value.
#[uop(reads(FIELDS), writes())]
pub fn overflow_load(object: Word, index: Imm32) -> Word {
    unsafe {
        *(*(object as *const Instance))
            .overflow
            .offset(index as isize)
    }
}

/// Sets an attribute of an instance beyond its own slots and gives back what was there; both change hands.
#[uop(reads(FIELDS), writes(FIELDS))]
pub fn overflow_swap(object: Word, value: Word, index: Imm32) -> Word {
    unsafe {
        let field = (*(object as *mut Instance)).overflow.offset(index as isize);
        let old = *field;
        *field = value;
        old
    }
}

/// The function of a bound method, borrowed.
#[uop(gets(method.METHODS[0]), reads(), writes())]
pub fn method_function(method: Word) -> Word {
    unsafe { (*(method as *const Method)).function }
}

/// The receiver of a bound method, borrowed.
#[uop(gets(method.METHODS[1]), reads(), writes())]
pub fn method_receiver(method: Word) -> Word {
    unsafe { (*(method as *const Method)).receiver }
}

/// The tuple of cells that a function was made with, borrowed.
#[uop(reads(OTHER), writes())]
pub fn function_closure(function: Word) -> Word {
    unsafe { (*(function as *const FunctionBody)).closure }
}

/// Gives an instance another shape.
#[uop(sets(object.SHAPES = shape))]
pub fn set_shape(object: Word, shape: Imm32) {
    unsafe { (*header(object)).shape = shape as u32 };
}

/// A value of a dict by position, borrowed.
#[uop(reads(DICT_KEYS, DICT_VALUES), writes())]
pub fn dict_value_at(dict: Imm64, index: Imm32) -> Word {
    unsafe {
        (*(*(dict as *const DictPrefix))
            .entries
            .offset(index as isize))
        .value
    }
}

/// Replaces a value of a dict by position and gives back what was there; both change hands.
#[uop(reads(DICT_KEYS, DICT_VALUES), writes(DICT_VALUES))]
pub fn dict_swap_at(value: Word, dict: Imm64, index: Imm32) -> Word {
    unsafe {
        let entry = (*(dict as *const DictPrefix))
            .entries
            .offset(index as isize);
        let old = (*entry).value;
        (*entry).value = value;
        old
    }
}

/// What a cell holds, borrowed.
#[uop(gets(cell.CELLS))]
pub fn cell_load(cell: Word) -> Word {
    unsafe { (*(cell as *const Cell)).value }
}

/// Puts a value into a cell and gives back what was there; both change hands.
#[uop(gets(cell.CELLS), sets(cell.CELLS = value))]
pub fn cell_swap(cell: Word, value: Word) -> Word {
    unsafe {
        let cell = cell as *mut Cell;
        let old = (*cell).value;
        (*cell).value = value;
        old
    }
}
