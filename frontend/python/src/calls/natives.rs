//! Calls of natives and operations of built-in containers from compiled code, with as few effects as are true.
//!
//! A call uop that may run Python code touches all memory, and a trace that makes one has to look at everything again
//! afterwards. Most calls of natives can't: `word.strip()`, `counts[word]` with a string for a key, `math.sin(x)`. The
//! uops here are for those. Where a container holds an object whose methods could be Python's (a key of a user's class
//! with the same hash), they leave before they have done anything, and the interpreter does the operation.
//!
//! Inputs are borrowed and results are owned, as in [`crate::calls`]; what a container gives up is handed to the trace
//! to be counted there.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::error::Raised;
use crate::layout::{EMPTY, NONE, word_of_bool};
use crate::objects::native::{Args, Native};
use crate::objects::{dict, string};
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::protocol::plain;
use crate::value::{Value, incref};
use crate::vm::Vm;
use sashiko_stencils::uop::*;

fn finish(result: Result<Value, Raised>) -> Exit<Word> {
    result.ok().map(Value::into_word)
}

fn call(ctx: *mut Vm, native: Imm64, values: &[Word]) -> Exit<Word> {
    let args = Args {
        values,
        names: &[],
        callee: native,
    };
    finish(unsafe { ((*(native as *const Native)).function)(&mut *ctx, args) })
}

/// Calls a native function without arguments; their number was checked.
#[uop(call, reason = raised)]
pub fn call_native_0(ctx: *mut Vm, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[])
}

/// Calls a native function with one argument.
#[uop(call, reason = raised)]
pub fn call_native_1(ctx: *mut Vm, a: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a])
}

/// Calls a native function with two arguments.
#[uop(call, reason = raised)]
pub fn call_native_2(ctx: *mut Vm, a: Word, b: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a, b])
}

/// Calls a native function with three arguments.
#[uop(call, reason = raised)]
pub fn call_native_3(ctx: *mut Vm, a: Word, b: Word, c: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a, b, c])
}

/// Calls a native function without arguments that runs no Python code and changes no object.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn call_quiet_0(ctx: *mut Vm, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[])
}

/// Calls a native function with one argument that runs no Python code and changes no object.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn call_quiet_1(ctx: *mut Vm, a: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a])
}

/// Calls a native function with two arguments that runs no Python code and changes no object.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn call_quiet_2(ctx: *mut Vm, a: Word, b: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a, b])
}

/// Calls a native function with three arguments that runs no Python code and changes no object.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn call_quiet_3(ctx: *mut Vm, a: Word, b: Word, c: Word, native: Imm64) -> Exit<Word> {
    call(ctx, native, &[a, b, c])
}

/// Calls a built-in class (`int`, `str`) with one argument, running no Python code.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn call_class_quiet_1(ctx: *mut Vm, a: Word, class: Imm64) -> Exit<Word> {
    finish(unsafe { (*ctx).call(class, &[a]) })
}

/// `str` of a value that is no object of a user's class.
#[uop(call, reads(OTHER), writes(OTHER), result = STR, reason = raised)]
pub fn str_of_plain(ctx: *mut Vm, value: Word) -> Exit<Word> {
    finish(unsafe { (*ctx).str(value) })
}

/// A function from float to float, by its address; leaves unless the result is finite (the exceptions are the
/// interpreter's).
#[uop(call, reads(), writes())]
pub fn float_function(value: f64, function: Imm64) -> Exit<f64> {
    let function = unsafe { std::mem::transmute::<usize, fn(f64) -> f64>(function as usize) };
    let result = function(value);
    result.is_finite().then_some(result)
}

/// A function from two floats to one, by its address; leaves unless the result is finite.
#[uop(call, reads(), writes())]
pub fn float_function_2(left: f64, right: f64, function: Imm64) -> Exit<f64> {
    let function = unsafe { std::mem::transmute::<usize, fn(f64, f64) -> f64>(function as usize) };
    let result = function(left, right);
    result.is_finite().then_some(result)
}

/// A BINARY_OP of numbers and strings; `op` is its argument.
#[uop(call, reads(OTHER), writes(OTHER), reason = raised)]
pub fn binary_op_plain(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    finish(unsafe { (*ctx).binary_op(BinaryOp::from_number(op as u8)?, left, right) })
}

/// A unary operator on a number; `op` counts `UnaryOp`s.
#[uop(call, reads(OTHER), writes(OTHER), reason = raised)]
pub fn unary_op_plain(ctx: *mut Vm, operand: Word, op: Imm32) -> Exit<Word> {
    finish(unsafe { (*ctx).unary_op(UnaryOp::from_number(op as u8)?, operand) })
}

/// A unary operator on anything; `op` counts `UnaryOp`s.
#[uop(call, reason = raised)]
pub fn unary_op(ctx: *mut Vm, operand: Word, op: Imm32) -> Exit<Word> {
    finish(unsafe { (*ctx).unary_op(UnaryOp::from_number(op as u8)?, operand) })
}

/// A COMPARE_OP of numbers and strings as a truth value; `op` is its argument.
#[uop(call, reads(OTHER), writes(OTHER), result = BOOL, reason = raised)]
pub fn compare_op_plain(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    let op = Comparison::ALL[(op as u32 >> 5) as usize];
    let result = unsafe { (*ctx).compare_bool(op, left, right) };
    result.ok().map(word_of_bool)
}

/// Have two strings the same contents?
#[uop(call, reads(OTHER), writes(), result = BOOL)]
pub fn str_equal(left: Word, right: Word) -> Word {
    word_of_bool(string::equal(left, right))
}

/// Have two strings different contents?
#[uop(call, reads(OTHER), writes(), result = BOOL)]
pub fn str_differs(left: Word, right: Word) -> Word {
    word_of_bool(!string::equal(left, right))
}

/// A COMPARE_OP of two strings; `op` counts `Comparison`s.
#[uop(call, reads(OTHER), writes(), result = BOOL)]
pub fn str_compare(left: Word, right: Word, op: Imm32) -> Word {
    let (left, right) = (string::as_str(left), string::as_str(right));
    word_of_bool(Comparison::ALL[op as usize].apply(&left, &right))
}

/// `part in whole` of two strings; `invert` negates it.
#[uop(call, reads(OTHER), writes(), result = BOOL)]
pub fn str_contains(part: Word, whole: Word, invert: Imm32) -> Word {
    word_of_bool(string::contains(whole, part) != (invert != 0))
}

/// A character of a string; leaves when there is none with this index.
#[uop(call, reads(OTHER), writes(OTHER), result = STR)]
pub fn str_item(ctx: *mut Vm, text: Word, index: i64) -> Exit<Word> {
    let text = string::cast_str(text)?;
    let index = if index < 0 {
        index + text.chars() as i64
    } else {
        index
    };
    let character = text.char_at(usize::try_from(index).ok()?)?;
    Some(unsafe { &*ctx }.char_str(character).into_word())
}

/// The strings `a` to `d` one after the other; `EMPTY` stands for none.
#[uop(call, reads(OTHER), writes(OTHER), result = STR)]
pub fn build_string(ctx: *mut Vm, a: Word, b: Word, c: Word, d: Word) -> Word {
    let parts = [a, b, c, d];
    let count = parts.iter().position(|&part| part == EMPTY).unwrap_or(4);
    string::join_words(unsafe { &*ctx }, &parts[..count]).into_word()
}

/// `left` and the strings `a` to `c` one after the other; `EMPTY` stands for none. Takes `left` over, and grows it in
/// place if nobody else holds it.
#[uop(call, reads(OTHER), writes(OTHER), result = STR)]
pub fn extend_string(ctx: *mut Vm, left: Word, a: Word, b: Word, c: Word) -> Word {
    let mut text = Value::from_owned(left);
    for part in [a, b, c] {
        if part != EMPTY {
            text = string::concat(unsafe { &*ctx }, text, part);
        }
    }
    text.into_word()
}

/// FORMAT_SIMPLE or FORMAT_WITH_SPEC of a number or string; `spec` is a string or `EMPTY`.
#[uop(call, reads(OTHER), writes(OTHER), result = STR, reason = raised)]
pub fn format_plain(ctx: *mut Vm, value: Word, spec: Word) -> Exit<Word> {
    format_value(ctx, value, spec)
}

/// FORMAT_SIMPLE or FORMAT_WITH_SPEC of anything; `spec` is a string or `EMPTY`.
#[uop(call, result = STR, reason = raised)]
pub fn format_value(ctx: *mut Vm, value: Word, spec: Word) -> Exit<Word> {
    let spec = string::as_str(spec).unwrap_or("");
    finish(unsafe { (*ctx).format(value, spec) })
}

/// CONVERT_VALUE; `how` is its argument.
#[uop(call, result = STR, reason = raised)]
pub fn convert_value(ctx: *mut Vm, value: Word, how: Imm32) -> Exit<Word> {
    finish(crate::interp::build::converted(
        unsafe { &mut *ctx },
        value,
        how as usize,
    ))
}

/// DELETE_SUBSCR of any types.
#[uop(call, reason = raised)]
pub fn delete_subscript(ctx: *mut Vm, container: Word, index: Word) -> Exit<()> {
    unsafe { (*ctx).del_item(container, index) }.ok()
}

fn position(ctx: *mut Vm, table: Word, key: Word) -> Exit<Option<usize>> {
    let hash = plain::hash(unsafe { &mut *ctx }, key)?;
    dict::find_plain(unsafe { &mut *ctx }, table, key, hash)
}

/// `dict[key]`; raises if the key is not there, leaves if finding it takes Python code.
#[uop(call, reads(DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER), reason = raised)]
pub fn dict_item(ctx: *mut Vm, dict: Word, key: Word) -> Exit<Word> {
    let Some(position) = position(ctx, dict, key)? else {
        let Raised = unsafe { (*ctx).key_error(key) };
        return None;
    };
    let value = dict::table(dict).entry_at(position)?.value;
    incref(value);
    Some(value)
}

/// `dict.get(key, default)`; leaves if finding the key takes Python code.
#[uop(call, reads(DICT_KEYS, DICT_VALUES, OTHER), writes(OTHER))]
pub fn dict_item_or(ctx: *mut Vm, dict: Word, key: Word, default: Word) -> Exit<Word> {
    let value = match position(ctx, dict, key)? {
        Some(position) => dict::table(dict).entry_at(position)?.value,
        None => default,
    };
    incref(value);
    Some(value)
}

/// `dict.setdefault(key, default)`; leaves if finding the key takes Python code, or if code may assume something of the dict.
#[uop(
    call,
    reads(DICT_KEYS, DICT_VALUES, OTHER),
    writes(DICT_KEYS, DICT_VALUES, OTHER)
)]
pub fn dict_item_or_set(ctx: *mut Vm, dict: Word, key: Word, default: Word) -> Exit<Word> {
    dict::table(dict).watch.is_none().or_exit()?;
    let hash = plain::hash(unsafe { &mut *ctx }, key)?;
    let value = match dict::find_plain(unsafe { &mut *ctx }, dict, key, hash)? {
        Some(position) => dict::table(dict).entry_at(position)?.value,
        None => {
            dict::append(dict, Value::borrowed(key), Value::borrowed(default), hash);
            default
        }
    };
    incref(value);
    Some(value)
}

/// `dict[key] = value`, both borrowed; gives back what was there, or no value. Leaves if finding the key takes Python
/// code.
#[uop(
    call,
    reads(DICT_KEYS, DICT_VALUES, OTHER),
    writes(DICT_KEYS, DICT_VALUES, OTHER)
)]
pub fn dict_swap_item(ctx: *mut Vm, dict: Word, key: Word, value: Word) -> Exit<Word> {
    dict::table(dict).watch.is_none().or_exit()?;
    let hash = plain::hash(unsafe { &mut *ctx }, key)?;
    let value = Value::borrowed(value);
    Some(
        match dict::find_plain(unsafe { &mut *ctx }, dict, key, hash)? {
            Some(position) => dict::table(dict).replace_at(position, value).into_word(),
            None => {
                dict::append(dict, Value::borrowed(key), value, hash);
                EMPTY
            }
        },
    )
}

/// `key in dict` (or set); `invert` negates it. Leaves if finding the key takes Python code.
#[uop(call, reads(DICT_KEYS, OTHER), writes(OTHER), result = BOOL)]
pub fn dict_has(ctx: *mut Vm, key: Word, dict: Word, invert: Imm32) -> Exit<Word> {
    let found = position(ctx, dict, key)?.is_some();
    Some(word_of_bool(found != (invert != 0)))
}

/// `set.add(key)`; leaves if finding the key takes Python code.
#[uop(call, reads(DICT_KEYS, OTHER), writes(DICT_KEYS, DICT_VALUES, OTHER))]
pub fn set_add_plain(ctx: *mut Vm, set: Word, key: Word) -> Exit<()> {
    let hash = plain::hash(unsafe { &mut *ctx }, key)?;
    if dict::find_plain(unsafe { &mut *ctx }, set, key, hash)?.is_none() {
        dict::append(set, Value::borrowed(key), Value::from_owned(NONE), hash);
    }
    Some(())
}

/// `item in sequence` of a list or tuple; `invert` negates it. Leaves if comparing takes Python code.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, OTHER), writes(OTHER), result = BOOL)]
pub fn sequence_has(ctx: *mut Vm, item: Word, sequence: Word, invert: Imm32) -> Exit<Word> {
    let ctx = unsafe { &mut *ctx };
    let mut found = false;
    for &other in ctx.borrow_items(sequence)? {
        if plain::equal(ctx, other, item)? {
            found = true;
            break;
        }
    }
    Some(word_of_bool(found != (invert != 0)))
}

/// Are two tuples or lists equal? `invert` negates it. Leaves if comparing takes Python code.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, OTHER), writes(OTHER), result = BOOL)]
pub fn sequence_equal(ctx: *mut Vm, left: Word, right: Word, invert: Imm32) -> Exit<Word> {
    let equal = plain::equal(unsafe { &mut *ctx }, left, right)?;
    Some(word_of_bool(equal != (invert != 0)))
}

/// `list.pop()`; leaves if the list is empty.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS), writes(LIST_SHAPE, LIST_ITEMS))]
pub fn list_pop(list: Word) -> Exit<Word> {
    Some(crate::objects::list::cast_list(list)?.pop()?.into_word())
}

/// `list.pop(index)`; leaves if there is no such item.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS), writes(LIST_SHAPE, LIST_ITEMS))]
pub fn list_pop_at(list: Word, index: i64) -> Exit<Word> {
    let list = crate::objects::list::cast_list(list)?;
    let index = if index < 0 {
        index + list.items().len() as i64
    } else {
        index
    };
    let index = usize::try_from(index).ok()?;
    (index < list.items().len()).then(|| list.remove(index).into_word())
}

/// `left + right` of two lists or two tuples, or a list or tuple times an integer, and the like: no Python code runs.
#[uop(call, reads(LIST_SHAPE, LIST_ITEMS, OTHER), writes(OTHER), reason = raised)]
pub fn sequence_op(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    finish(unsafe { (*ctx).binary_op(BinaryOp::from_number(op as u8)?, left, right) })
}
