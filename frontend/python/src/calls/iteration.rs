//! Called uops of iteration, unpacking and displays.
//!
//! # Looking ahead
//! Taking an item from an iterator of any kind changes it, so a trace that expects an item can't first ask whether there
//! is one and leave, as other expansions do. Instead the uop asks, and what it found but did not expect it leaves in
//! [`crate::vm::Vm::ahead`]. The exit goes on at the same `FOR_ITER`, and whoever carries that out (the interpreter, or a
//! side trace that begins there) finds the answer there first.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::interp::{build, iteration};
use crate::layout::{EMPTY, NONE};
use crate::objects::dict;
use crate::types::iterators::Pair;
use crate::types::slices;
use crate::value::Value;
use crate::vm::Vm;
use sashiko_stencils::uop::*;

/// A side trace may begin where such a uop left without an answer, and be gone into where it raised: then the VM is to
/// find the exception.
fn nothing_raised(vm: &Vm) -> Exit<()> {
    vm.pending.is_none().or_exit()
}

/// FOR_ITER of any iterator that had an item; leaves at its end.
#[uop(call, reason = raised)]
pub fn iter_next(ctx: *mut Vm, iter: Word) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    nothing_raised(vm)?;
    let item = iteration::next_of(vm, iter).ok()?;
    if item.is_none() {
        vm.ahead = Some((iter, EMPTY));
    }
    item.map(Value::into_word)
}

/// FOR_ITER and UNPACK_SEQUENCE of an iterator that makes pairs: the first item; the second is for `pair_second`. Leaves
/// at the end.
#[uop(call, reason = raised)]
pub fn pair_next(ctx: *mut Vm, iter: Word) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    nothing_raised(vm)?;
    if vm.ahead.is_some() {
        return None;
    }
    let next_pair = vm.class_of(iter).slots.next_pair?;
    match next_pair(vm, iter).ok()? {
        Pair::Items(first, second) => {
            vm.second = second.into_word();
            Some(first.into_word())
        }
        Pair::End => {
            vm.ahead = Some((iter, EMPTY));
            None
        }
        Pair::Unknown => None,
    }
}

/// FOR_ITER of any iterator that was at its end; leaves when there is an item.
#[uop(call, reason = raised)]
pub fn iter_done(ctx: *mut Vm, iter: Word) -> Exit<()> {
    let vm = unsafe { &mut *ctx };
    nothing_raised(vm)?;
    match iteration::next_of(vm, iter).ok()? {
        None => Some(()),
        Some(item) => {
            vm.ahead = Some((iter, item.into_word()));
            None
        }
    }
}

/// SEND of any receiver that yielded; leaves when it returns.
#[uop(call, reason = raised)]
pub fn send_next(ctx: *mut Vm, receiver: Word, value: Word) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    nothing_raised(vm)?;
    let item = iteration::sent_to(vm, receiver, value).ok()?;
    if item.is_none() {
        vm.ahead = Some((receiver, EMPTY));
    }
    item.map(Value::into_word)
}

/// SEND of any receiver that returned: what it returned; leaves when it yields.
#[uop(call, reason = raised)]
pub fn send_done(ctx: *mut Vm, receiver: Word, value: Word) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    nothing_raised(vm)?;
    match iteration::sent_to(vm, receiver, value).ok()? {
        None => Some(vm.stop_value.take().map_or(NONE, Value::into_word)),
        Some(item) => {
            vm.ahead = Some((receiver, item.into_word()));
            None
        }
    }
}

/// A generator of `function`, which it takes over, that goes on at `resume`. Its words are to be stored.
#[uop(call, reads(), writes())]
pub fn new_generator(ctx: *mut Vm, function: Word, resume: Imm64) -> Word {
    crate::core_types::generators::new(unsafe { &*ctx }, function, resume) as Word
}

/// GET_ITER of a list.
#[uop(call, reads(), writes())]
pub fn get_iter_list(ctx: *mut Vm, list: Word) -> Word {
    unsafe { &*ctx }
        .new_list_iter(Value::borrowed(list))
        .into_word()
}

/// GET_ITER of a tuple.
#[uop(call, reads(), writes())]
pub fn get_iter_tuple(ctx: *mut Vm, tuple: Word) -> Word {
    unsafe { &*ctx }
        .new_tuple_iter(Value::borrowed(tuple))
        .into_word()
}

/// GET_ITER of a range.
#[uop(call, reads(), writes())]
pub fn get_iter_range(ctx: *mut Vm, range: Word) -> Word {
    let range = unsafe { &*(range as *const crate::layout::Range) };
    unsafe { &*ctx }.new_range_iter(range).into_word()
}

/// The items of a sequence that must have so many, as a tuple.
#[uop(call, reason = raised)]
pub fn unpack_exactly(ctx: *mut Vm, sequence: Word, count: Imm32) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    let items = build::unpack_exactly(vm, sequence, count as usize).ok()?;
    Some(vm.new_tuple(items).into_word())
}

/// UNPACK_EX of any type, as a tuple; `counts` is its argument.
#[uop(call, reason = raised)]
pub fn unpack_around(ctx: *mut Vm, sequence: Word, counts: Imm32) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    let (before, after) = (counts as usize & 0xff, counts as usize >> 8);
    let items = build::unpack_around(vm, sequence, before, after).ok()?;
    Some(vm.new_tuple(items).into_word())
}

/// LIST_EXTEND.
#[uop(call, reason = raised)]
pub fn list_extend(ctx: *mut Vm, list: Word, iterable: Word) -> Exit<()> {
    build::extend_list(unsafe { &mut *ctx }, list, iterable).ok()
}

/// A slice of a list; leaves unless the bounds are small integers or `None`.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn slice_sequence(
    ctx: *mut Vm,
    sequence: Word,
    start: Word,
    stop: Word,
    step: Word,
) -> Exit<Word> {
    slices::get(unsafe { &*ctx }, sequence, start, stop, step).map(Value::into_word)
}

/// SET_ADD.
#[uop(call, reason = raised)]
pub fn set_add(ctx: *mut Vm, set: Word, item: Word) -> Exit<()> {
    dict::add(unsafe { &mut *ctx }, set, Value::borrowed(item))
        .ok()
        .map(drop)
}

/// SET_UPDATE.
#[uop(call, reason = raised)]
pub fn set_update(ctx: *mut Vm, set: Word, iterable: Word) -> Exit<()> {
    build::update_set(unsafe { &mut *ctx }, set, iterable).ok()
}

/// MAP_ADD.
#[uop(call, reason = raised)]
pub fn map_add(ctx: *mut Vm, map: Word, key: Word, value: Word) -> Exit<()> {
    let (key, value) = (Value::borrowed(key), Value::borrowed(value));
    dict::set(unsafe { &mut *ctx }, map, key, value)
        .ok()
        .map(drop)
}

/// `tuple`, which it takes over, with one item more, borrowed.
#[uop(call, reads(), writes())]
pub fn tuple_with_1(ctx: *mut Vm, tuple: Word, a: Word) -> Word {
    lengthened(unsafe { &*ctx }, tuple, &[a])
}

/// `tuple`, which it takes over, with three items more, borrowed.
#[uop(call, reads(), writes())]
pub fn tuple_with_3(ctx: *mut Vm, tuple: Word, a: Word, b: Word, c: Word) -> Word {
    lengthened(unsafe { &*ctx }, tuple, &[a, b, c])
}

fn lengthened(vm: &Vm, tuple: Word, more: &[Word]) -> Word {
    let tuple = Value::from_owned(tuple);
    let items = [items_of(&tuple), more].concat();
    vm.new_tuple_from(&items).into_word()
}

fn items_of(tuple: &Value) -> &[Word] {
    crate::objects::tuple::cast_tuple(tuple.word()).map_or(&[], crate::objects::tuple::Tuple::items)
}

/// BUILD_LIST from a tuple of its items, which it takes over.
#[uop(call, reads(), writes())]
pub fn list_of_tuple(ctx: *mut Vm, tuple: Word) -> Word {
    let tuple = Value::from_owned(tuple);
    unsafe { &*ctx }.new_list_from(items_of(&tuple)).into_word()
}

/// BUILD_MAP from a tuple of keys and values in turn, which it takes over.
#[uop(call, reason = raised)]
pub fn map_of_tuple(ctx: *mut Vm, tuple: Word) -> Exit<Word> {
    let (vm, tuple) = (unsafe { &mut *ctx }, Value::from_owned(tuple));
    let map = vm.new_dict();
    for pair in items_of(&tuple).chunks_exact(2) {
        let (key, value) = (Value::borrowed(pair[0]), Value::borrowed(pair[1]));
        dict::set(vm, map.word(), key, value).ok()?;
    }
    Some(map.into_word())
}

/// BUILD_SET from a tuple of its items, which it takes over.
#[uop(call, reason = raised)]
pub fn set_of_tuple(ctx: *mut Vm, tuple: Word) -> Exit<Word> {
    let (vm, tuple) = (unsafe { &mut *ctx }, Value::from_owned(tuple));
    let set = vm.new_set();
    for &item in items_of(&tuple) {
        dict::add(vm, set.word(), Value::borrowed(item)).ok()?;
    }
    Some(set.into_word())
}

/// The items of a list as a tuple.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_to_tuple(ctx: *mut Vm, list: Word) -> Word {
    let items = crate::objects::list::cast_list(list)
        .expect("a checked list")
        .items();
    unsafe { &*ctx }.new_tuple_from(items).into_word()
}
