//! Uops that are too large for a stencil: called from compiled code through the shared call stencil.
//!
//! Each borrows its inputs and gives back an owned result. `None` from one that can raise means that the exception is
//! pending in the VM ([`crate::jit::enter`] looks for it at the exit); from a pure one it means that the interpreter
//! must do the operation, with its exceptions, itself.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

pub mod exceptions;
pub mod iteration;
pub mod natives;
pub mod objects;

use crate::layout::canonical;
use crate::operator::{BinaryOp, Comparison};
use crate::types::slices;
use crate::uops::checks::*;
use crate::value::Value;
use crate::vm::Vm;
use sashiko_stencils::uop::*;

/// Frees the object whose last reference [`decref`] has dropped; runs no Python code.
pub fn free_object(word: Word) {
    crate::finalizer::quietly(|| finalize_object(word));
}

/// Frees the object whose last reference [`decref_finalizing`] has dropped.
pub fn finalize_object(word: Word) {
    // SAFETY: its count has just become zero.
    unsafe { crate::object::release(crate::layout::header(word)) };
}

/// Bit of `COMPARE_OP`'s argument: the result is wanted as a truth value.
const COMPARE_TO_BOOL: u32 = 16;

fn finish(result: Result<Value, crate::error::Raised>) -> Exit<Word> {
    result.ok().map(Value::into_word)
}

/// The floor of left / right; leaves when right is zero.
#[uop(call, pure)]
pub fn int_floor_div(left: i64, right: i64) -> Exit<i64> {
    let quotient = left.checked_div(right)?;
    Some(if left % right != 0 && (left < 0) != (right < 0) {
        quotient - 1
    } else {
        quotient
    })
}

/// left modulo right, with the sign of right; leaves when right is zero.
#[uop(call, pure)]
pub fn int_modulo(left: i64, right: i64) -> Exit<i64> {
    let remainder = left.checked_rem(right)?;
    Some(if remainder != 0 && (remainder < 0) != (right < 0) {
        remainder + right
    } else {
        remainder
    })
}

/// BINARY_OP `//` of integers
#[uop(call, compose)]
pub fn binary_op_floor_divide_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_floor_div(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP `%` of integers
#[uop(call, compose)]
pub fn binary_op_remainder_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_modulo(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP `**` of floats
#[uop(call, compose)]
pub fn binary_op_power_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_power(
        unbox_float(left)?,
        unbox_float(right)?,
    )?))
}

/// BINARY_OP `%` of floats
#[uop(call, compose)]
pub fn binary_op_remainder_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_modulo(
        unbox_float(left)?,
        unbox_float(right)?,
    )?))
}

/// left to the power of right; leaves where Python raises or answers with another type, so it must run even if nobody uses the
/// result.
#[uop(call, reads(), writes())]
pub fn float_power(left: f64, right: f64) -> Exit<f64> {
    if (left < 0.0 && right.fract() != 0.0) || (left == 0.0 && right < 0.0) {
        return None;
    }
    let result = left.powf(right);
    // Overflow and NaN from finite inputs are Python's exceptions.
    (result.is_finite() || !(left.is_finite() && right.is_finite())).then(|| canonical(result))
}

/// left modulo right, with the sign of right; leaves when right is zero.
#[uop(call, pure)]
pub fn float_modulo(left: f64, right: f64) -> Exit<f64> {
    if right == 0.0 {
        return None;
    }
    let remainder = left % right;
    let result = if remainder != 0.0 && (remainder < 0.0) != (right < 0.0) {
        remainder + right
    } else {
        remainder
    };
    Some(canonical(if result == 0.0 {
        0.0_f64.copysign(right)
    } else {
        result
    }))
}

/// A BINARY_OP of any types; `op` is its argument.
#[uop(call, reason = raised)]
pub fn binary_op(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    finish(unsafe { (*ctx).binary_op(BinaryOp::from_number(op as u8)?, left, right) })
}

/// left + right of two strings. Takes `left` over, and grows it in place if nobody else holds it.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn concat_str(ctx: *mut Vm, left: Word, right: Word) -> Word {
    crate::objects::string::concat(unsafe { &*ctx }, Value::from_owned(left), right).into_word()
}

/// A COMPARE_OP of any types; `op` is its argument.
#[uop(call, reason = raised)]
pub fn compare_op(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    let op = op as u32;
    let result =
        unsafe { (*ctx).compare(Comparison::ALL[(op >> 5) as usize], left, right) }.ok()?;
    if op & COMPARE_TO_BOOL == 0 {
        return Some(result.into_word());
    }
    unsafe { (*ctx).truthy(result.word()) }
        .ok()
        .map(crate::layout::word_of_bool)
}

/// CONTAINS_OP; `invert` is its argument.
#[uop(call, reason = raised)]
pub fn contains_op(ctx: *mut Vm, item: Word, container: Word, invert: Imm32) -> Exit<Word> {
    let found = unsafe { (*ctx).contains(container, item) }.ok()?;
    Some(crate::layout::word_of_bool(found != (invert != 0)))
}

/// TO_BOOL of any type.
#[uop(call, reason = raised)]
pub fn to_bool(ctx: *mut Vm, word: Word) -> Exit<Word> {
    unsafe { (*ctx).truthy(word) }
        .ok()
        .map(crate::layout::word_of_bool)
}

/// GET_ITER of any type.
#[uop(call, reason = raised)]
pub fn get_iter(ctx: *mut Vm, iterable: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).iter(iterable) })
}

/// LOAD_ATTR of any type.
#[uop(call, reason = raised)]
pub fn load_attr(ctx: *mut Vm, object: Word, name: Imm64) -> Exit<Word> {
    finish(unsafe { (*ctx).get_attr(object, name) })
}

/// STORE_ATTR of any type; borrows the value.
#[uop(call, reason = raised)]
pub fn store_attr(ctx: *mut Vm, object: Word, value: Word, name: Imm64) -> Exit<()> {
    unsafe { (*ctx).set_attr(object, name, value) }.ok()
}

/// BINARY_OP `[]` of any types.
#[uop(call, reason = raised)]
pub fn subscript(ctx: *mut Vm, container: Word, index: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).get_item(container, index) })
}

/// STORE_SUBSCR of any types; borrows the value.
#[uop(call, reason = raised)]
pub fn store_subscript(ctx: *mut Vm, container: Word, index: Word, value: Word) -> Exit<()> {
    unsafe { (*ctx).set_item(container, index, value) }.ok()
}

/// BUILD_SLICE of two, borrowed.
#[uop(call, reads(), writes())]
pub fn build_slice_2(ctx: *mut Vm, start: Word, stop: Word) -> Word {
    let [start, stop] = [start, stop].map(Value::borrowed);
    unsafe { &*ctx }
        .new_slice(start, stop, Value::NONE)
        .into_word()
}

/// BUILD_SLICE of three, borrowed.
#[uop(call, reads(), writes())]
pub fn build_slice_3(ctx: *mut Vm, start: Word, stop: Word, step: Word) -> Word {
    let [start, stop, step] = [start, stop, step].map(Value::borrowed);
    unsafe { &*ctx }.new_slice(start, stop, step).into_word()
}

/// BINARY_SLICE of any types.
#[uop(call, reason = raised)]
pub fn binary_slice(ctx: *mut Vm, container: Word, start: Word, stop: Word) -> Exit<Word> {
    let slice = Value::from_owned(build_slice_2(ctx, start, stop));
    finish(unsafe { (*ctx).get_item(container, slice.word()) })
}

/// STORE_SLICE of any types; borrows the value.
#[uop(call, reason = raised)]
pub fn store_slice(
    ctx: *mut Vm,
    container: Word,
    start: Word,
    stop: Word,
    value: Word,
) -> Exit<()> {
    if slices::set(container, start, stop, value) {
        return Some(());
    }
    let slice = Value::from_owned(build_slice_2(ctx, start, stop));
    unsafe { (*ctx).set_item(container, slice.word(), value) }.ok()
}

/// CALL of anything without arguments.
#[uop(call, reason = raised)]
pub fn call_0(ctx: *mut Vm, callable: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).call(callable, &[]) })
}

/// CALL of anything with one argument.
#[uop(call, reason = raised)]
pub fn call_1(ctx: *mut Vm, callable: Word, a: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).call(callable, &[a]) })
}

/// CALL of anything with two arguments.
#[uop(call, reason = raised)]
pub fn call_2(ctx: *mut Vm, callable: Word, a: Word, b: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).call(callable, &[a, b]) })
}

/// CALL of anything with three arguments.
#[uop(call, reason = raised)]
pub fn call_3(ctx: *mut Vm, callable: Word, a: Word, b: Word, c: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).call(callable, &[a, b, c]) })
}

/// CALL of anything with four arguments.
#[uop(call, reason = raised)]
pub fn call_4(ctx: *mut Vm, callable: Word, a: Word, b: Word, c: Word, d: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).call(callable, &[a, b, c, d]) })
}

/// CALL of a Python function without arguments, through its compiled form; as the callers inlined here lie `inlined` frames deep.
#[uop(call, reason = raised)]
pub fn call_function_0(ctx: *mut Vm, function: Word, inlined: Imm32) -> Exit<Word> {
    unsafe { crate::jit::call::function(ctx, function, &[], inlined) }
}

/// CALL of a Python function with one argument, likewise.
#[uop(call, reason = raised)]
pub fn call_function_1(ctx: *mut Vm, function: Word, a: Word, inlined: Imm32) -> Exit<Word> {
    unsafe { crate::jit::call::function(ctx, function, &[a], inlined) }
}

/// CALL of a Python function with two arguments, likewise.
#[uop(call, reason = raised)]
pub fn call_function_2(
    ctx: *mut Vm,
    function: Word,
    a: Word,
    b: Word,
    inlined: Imm32,
) -> Exit<Word> {
    unsafe { crate::jit::call::function(ctx, function, &[a, b], inlined) }
}

/// CALL of a Python function with three arguments, likewise.
#[uop(call, reason = raised)]
pub fn call_function_3(
    ctx: *mut Vm,
    function: Word,
    a: Word,
    b: Word,
    c: Word,
    inlined: Imm32,
) -> Exit<Word> {
    unsafe { crate::jit::call::function(ctx, function, &[a, b, c], inlined) }
}

/// `list.append`; borrows the value.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS), writes(LIST_SHAPE, LIST_ITEMS))]
pub fn list_append(list: Word, value: Word) {
    crate::objects::list::cast_list(list)
        .expect("a checked list")
        .push(Value::borrowed(value));
}

/// BUILD_TUPLE of no items.
#[uop(call, reads(), writes())]
pub fn build_tuple_0(ctx: *mut Vm) -> Word {
    unsafe { (*ctx).new_tuple_from(&[]) }.into_word()
}

/// A tuple of one item, borrowed.
#[uop(call, reads(), writes())]
pub fn build_tuple_1(ctx: *mut Vm, a: Word) -> Word {
    unsafe { (*ctx).new_tuple_from(&[a]) }.into_word()
}

/// A tuple of two items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_tuple_2(ctx: *mut Vm, a: Word, b: Word) -> Word {
    unsafe { (*ctx).new_tuple_from(&[a, b]) }.into_word()
}

/// A tuple of three items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_tuple_3(ctx: *mut Vm, a: Word, b: Word, c: Word) -> Word {
    unsafe { (*ctx).new_tuple_from(&[a, b, c]) }.into_word()
}

/// A tuple of four items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_tuple_4(ctx: *mut Vm, a: Word, b: Word, c: Word, d: Word) -> Word {
    unsafe { (*ctx).new_tuple_from(&[a, b, c, d]) }.into_word()
}

/// BUILD_TUPLE of one item, taken over.
#[uop(call, alloc, sets(TUPLES[0] = a, TUPLE_LENS = 1), result = TUPLE)]
pub fn tuple_of_1(ctx: *mut Vm, a: Word) -> Word {
    unsafe { (*ctx).new_tuple_from_owned([a].as_ptr(), 1) }.into_word()
}

/// BUILD_TUPLE of two items, taken over.
#[uop(call, alloc, sets(TUPLES[0] = a, TUPLES[1] = b, TUPLE_LENS = 2), result = TUPLE)]
pub fn tuple_of_2(ctx: *mut Vm, a: Word, b: Word) -> Word {
    unsafe { (*ctx).new_tuple_from_owned([a, b].as_ptr(), 2) }.into_word()
}

/// BUILD_TUPLE of three items, taken over.
#[uop(call, alloc, sets(TUPLES[0] = a, TUPLES[1] = b, TUPLES[2] = c, TUPLE_LENS = 3), result = TUPLE)]
pub fn tuple_of_3(ctx: *mut Vm, a: Word, b: Word, c: Word) -> Word {
    unsafe { (*ctx).new_tuple_from_owned([a, b, c].as_ptr(), 3) }.into_word()
}

/// BUILD_TUPLE of four items, taken over.
#[uop(call, alloc, sets(TUPLES[0] = a, TUPLES[1] = b, TUPLES[2] = c, TUPLES[3] = d, TUPLE_LENS = 4), result = TUPLE)]
pub fn tuple_of_4(ctx: *mut Vm, a: Word, b: Word, c: Word, d: Word) -> Word {
    unsafe { (*ctx).new_tuple_from_owned([a, b, c, d].as_ptr(), 4) }.into_word()
}

/// BUILD_LIST of no items.
#[uop(call, reads(), writes())]
pub fn build_list_0(ctx: *mut Vm) -> Word {
    unsafe { (*ctx).new_list_from(&[]) }.into_word()
}

/// BUILD_LIST of one item, borrowed.
#[uop(call, reads(), writes())]
pub fn build_list_1(ctx: *mut Vm, a: Word) -> Word {
    unsafe { (*ctx).new_list_from(&[a]) }.into_word()
}

/// BUILD_LIST of two items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_list_2(ctx: *mut Vm, a: Word, b: Word) -> Word {
    unsafe { (*ctx).new_list_from(&[a, b]) }.into_word()
}

/// BUILD_LIST of three items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_list_3(ctx: *mut Vm, a: Word, b: Word, c: Word) -> Word {
    unsafe { (*ctx).new_list_from(&[a, b, c]) }.into_word()
}

/// BUILD_LIST of four items, borrowed.
#[uop(call, reads(), writes())]
pub fn build_list_4(ctx: *mut Vm, a: Word, b: Word, c: Word, d: Word) -> Word {
    unsafe { (*ctx).new_list_from(&[a, b, c, d]) }.into_word()
}
