//! What can be done with values that are certain to run no Python code: *plain* ones.
//!
//! Numbers, strings, truth values and `None` are plain, and tuples (and, for equality, lists) of plain ones. Compiled code
//! that works on plain values need not assume that anything else has changed.

use crate::layout::{self, SHAPE_BIGINT, SHAPE_LIST, SHAPE_STR, SHAPE_TUPLE, Word, has_shape};
use crate::objects::list::List;
use crate::objects::string;
use crate::objects::tuple::Tuple;
use crate::vm::Vm;

/// Tuples nested deeper are left to the general way.
const DEEPEST: u32 = 8;

/// Is `word` a number, a string, a truth value or `None`, of exactly the built-in class?
#[inline]
pub fn is_scalar(word: Word) -> bool {
    if !layout::is_pointer(word) {
        return word != layout::EMPTY;
    }
    // SAFETY: a live value.
    unsafe { has_shape(word, SHAPE_STR) || has_shape(word, SHAPE_BIGINT) }
}

/// Is `word` an integer or a float, of exactly the built-in class?
pub fn is_number(word: Word) -> bool {
    // SAFETY: a live value.
    layout::is_int(word) || layout::is_float(word) || unsafe { has_shape(word, SHAPE_BIGINT) }
}

/// Is `word` a scalar, or a tuple of plain values?
pub fn is_plain(word: Word) -> bool {
    plain_to(word, DEEPEST)
}

fn plain_to(word: Word, depth: u32) -> bool {
    is_scalar(word)
        || tuple_items(word)
            .is_some_and(|items| depth > 0 && items.iter().all(|&item| plain_to(item, depth - 1)))
}

fn tuple_items<'a>(word: Word) -> Option<&'a [Word]> {
    // SAFETY: a live value, and a tuple if its shape says so.
    unsafe { has_shape(word, SHAPE_TUPLE).then(|| (*(word as *const Tuple)).items()) }
}

fn list_items<'a>(word: Word) -> Option<&'a [Word]> {
    // SAFETY: a live value, and a list if its shape says so.
    unsafe { has_shape(word, SHAPE_LIST).then(|| (*(word as *const List)).items()) }
}

/// The hash of `word`, if it is plain.
#[inline]
pub fn hash(vm: &mut Vm, word: Word) -> Option<u64> {
    // SAFETY: a live value.
    if unsafe { has_shape(word, SHAPE_STR) } {
        return Some(string::hash(word));
    }
    if layout::is_int(word) || is_plain(word) {
        return vm.hash(word).ok();
    }
    None
}

/// Are the two equal, as containers see it? `None` if finding out might run Python code.
#[inline]
pub fn equal(vm: &mut Vm, left: Word, right: Word) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    if layout::is_int(left) && layout::is_int(right) {
        return Some(false);
    }
    equal_to(vm, left, right, DEEPEST)
}

fn equal_to(vm: &mut Vm, left: Word, right: Word, depth: u32) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    let scalars = [left, right].map(is_scalar);
    if scalars == [true, true] {
        return vm.eq(left, right).ok();
    }
    let items = match (tuple_items(left), tuple_items(right)) {
        (Some(left), Some(right)) => (left, right),
        // A built-in sequence and a scalar are different.
        (Some(_), None) if scalars[1] => return Some(false),
        (None, Some(_)) if scalars[0] => return Some(false),
        _ => match (list_items(left), list_items(right)) {
            (Some(left), Some(right)) => (left, right),
            (Some(_), None) if scalars[1] => return Some(false),
            (None, Some(_)) if scalars[0] => return Some(false),
            _ => return None,
        },
    };
    if items.0.len() != items.1.len() || depth == 0 {
        return (depth > 0).then_some(false);
    }
    for (&left, &right) in items.0.iter().zip(items.1) {
        if !equal_to(vm, left, right, depth - 1)? {
            return Some(false);
        }
    }
    Some(true)
}
