//! Loops over iterators, and delegation to generators.

use crate::error::Outcome;
use crate::interp::cache::count_down;
use crate::interp::registers::Registers;
use crate::interp::specialize;
use crate::layout::{
    EMPTY, List, NONE, RangeIter, SHAPE_LIST_ITER, SHAPE_RANGE_ITER, SHAPE_TUPLE_ITER, SeqIter,
    Tuple, Word, fits_int, has_shape, word_of_int,
};
use crate::opcode::{self as op, generic};
use crate::types::iterators::Pair;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// What a specialized `FOR_ITER` found.
pub enum Step {
    /// The next item, owned.
    Item(Word),
    /// The iterator is exhausted.
    End,
    /// The guard failed: not the iterator it was specialized for.
    Other,
}

/// `GET_ITER`, in place.
#[inline(never)]
pub fn get_iter(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    registers.publish(vm);
    let iterable = registers.peek(1);
    let iterator = vm.iter(iterable)?;
    registers.poke(1, iterator.into_word());
    decref(iterable);
    Ok(())
}

/// `FOR_ITER` in its generic form, `pc` at the cache: the next item of the iterator on top.
#[inline(never)]
pub fn for_iter(vm: &mut Vm, registers: Registers) -> Outcome<Option<Value>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a FOR_ITER.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::for_iter(&registers);
    }
    next_of(vm, registers.peek(1))
}

/// `FOR_ITER` with an `UNPACK_SEQUENCE` of two behind it, `pc` at the cache: both items of the next pair, if the iterator
/// can do without a tuple.
#[inline(never)]
pub fn next_pair(vm: &mut Vm, registers: Registers) -> Outcome<Pair> {
    // SAFETY: a FOR_ITER has a cache, and an instruction follows.
    let then = unsafe { *registers.pc.add(1) };
    let iterator = registers.peek(1);
    match vm.class_of(iterator).slots.next_pair {
        Some(next_pair) if then.arg == 2 && vm.ahead.is_none() => {
            if generic(then.op) != op::UNPACK_SEQUENCE {
                return Ok(Pair::Unknown);
            }
            registers.publish(vm);
            next_pair(vm, iterator)
        }
        _ => Ok(Pair::Unknown),
    }
}

/// The next item of any iterator, or the one that compiled code took and did not expect (see
/// [`crate::calls::iteration`]).
///
/// # Errors
/// What the iterator raises.
pub fn next_of(vm: &mut Vm, iterator: Word) -> Outcome<Option<Value>> {
    if let Some((of, item)) = vm.ahead.take() {
        debug_assert_eq!(of, iterator, "an exit goes on at the FOR_ITER it left");
        return Ok((item != EMPTY).then(|| Value::from_owned(item)));
    }
    let item = vm.iter_next(iterator)?;
    if item.is_none() {
        vm.stop_value = None;
    }
    Ok(item)
}

/// `FOR_ITER_RANGE`
#[inline(always)]
pub fn range_step(iterator: Word) -> Step {
    // SAFETY: a live value; the shape says what it is.
    unsafe {
        if !has_shape(iterator, SHAPE_RANGE_ITER) {
            return Step::Other;
        }
        let iterator = &mut *(iterator as *mut RangeIter);
        if iterator.remaining == 0 {
            return Step::End;
        }
        let value = iterator.next;
        if !fits_int(value) {
            return Step::Other;
        }
        iterator.remaining -= 1;
        iterator.next = value.wrapping_add(iterator.step);
        Step::Item(word_of_int(value))
    }
}

/// `FOR_ITER_LIST`
#[inline(always)]
pub fn list_step(iterator: Word) -> Step {
    // SAFETY: a live value; the shape says what it is, and the iterator keeps the list alive.
    unsafe {
        if !has_shape(iterator, SHAPE_LIST_ITER) {
            return Step::Other;
        }
        let iterator = &mut *(iterator as *mut SeqIter);
        if iterator.seq == EMPTY {
            return Step::End;
        }
        let list = &*(iterator.seq as *const List);
        if iterator.index < list.len {
            let item = *list.items.add(iterator.index);
            iterator.index += 1;
            incref(item);
            return Step::Item(item);
        }
        decref(std::mem::replace(&mut iterator.seq, EMPTY));
        Step::End
    }
}

/// `FOR_ITER_TUPLE`
#[inline(always)]
pub fn tuple_step(iterator: Word) -> Step {
    // SAFETY: as `list_step`.
    unsafe {
        if !has_shape(iterator, SHAPE_TUPLE_ITER) {
            return Step::Other;
        }
        let iterator = &mut *(iterator as *mut SeqIter);
        if iterator.seq == EMPTY {
            return Step::End;
        }
        let items = (*(iterator.seq as *const Tuple)).items();
        if let Some(&item) = items.get(iterator.index) {
            iterator.index += 1;
            incref(item);
            return Step::Item(item);
        }
        decref(std::mem::replace(&mut iterator.seq, EMPTY));
        Step::End
    }
}

/// What a receiver yields when it is sent a value, or what compiled code took and did not expect; `None` when it returns.
///
/// # Errors
/// What the receiver raises.
pub fn sent_to(vm: &mut Vm, receiver: Word, value: Word) -> Outcome<Option<Value>> {
    match vm.ahead.take() {
        Some((_, item)) => Ok((item != EMPTY).then(|| Value::from_owned(item))),
        None => crate::core_types::generators::send_to(vm, receiver, value),
    }
}

/// `SEND`: receiver and value on the stack. The value is replaced by what the receiver yields (`true`) or returns
/// (`false`).
#[inline(never)]
pub fn send(vm: &mut Vm, registers: Registers) -> Outcome<bool> {
    registers.publish(vm);
    let (receiver, value) = (registers.peek(2), registers.peek(1));
    let outcome = sent_to(vm, receiver, value)?;
    let (word, yielded) = match outcome {
        Some(item) => (item.into_word(), true),
        None => (
            vm.stop_value.take().unwrap_or(Value::NONE).into_word(),
            false,
        ),
    };
    registers.poke(1, word);
    if value != NONE {
        decref(value);
    }
    Ok(yielded)
}
