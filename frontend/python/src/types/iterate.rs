//! Taking iterables apart: how natives that consume an iterable get at its items.

use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::list::cast_list;
use crate::objects::tuple::{Tuple, cast_tuple};
use crate::value::Value;
use crate::vm::Vm;

/// The items of a list or tuple (not of a subclass, which may iterate otherwise), borrowed: valid until Python code
/// runs, which may change the list.
#[inline]
pub fn borrowed_items<'a>(word: Word) -> Option<&'a [Word]> {
    // SAFETY: `word` is a live value.
    unsafe {
        if layout::has_shape(word, layout::SHAPE_LIST) {
            return cast_list(word).map(|list| list.items());
        }
        if layout::has_shape(word, layout::SHAPE_TUPLE) {
            return cast_tuple(word).map(Tuple::items);
        }
    }
    None
}

/// Values as the words in them, still owned by the values.
#[inline]
pub fn as_words(values: &[Value]) -> &[Word] {
    // SAFETY: a value is transparent over a word that is not zero.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// All items of an iterable.
///
/// # Errors
/// `TypeError` if `word` is not iterable, and whatever iterating raises.
pub fn collect(vm: &mut Vm, word: Word) -> Outcome<Vec<Value>> {
    if let Some(items) = borrowed_items(word) {
        return Ok(items.iter().map(|&item| Value::borrowed(item)).collect());
    }
    let mut items = Vec::new();
    each(vm, word, |_, item| {
        items.push(item);
        Ok(true)
    })?;
    Ok(items)
}

/// Calls `visit` with each item of an iterable until it returns `false`.
///
/// # Errors
/// `TypeError` if `word` is not iterable, and whatever iterating or `visit` raises.
pub fn each(
    vm: &mut Vm,
    word: Word,
    mut visit: impl FnMut(&mut Vm, Value) -> Outcome<bool>,
) -> Outcome<()> {
    let iterator = vm.iter(word)?;
    while let Some(item) = vm.iter_next(iterator.word())? {
        if !visit(vm, item)? {
            break;
        }
    }
    Ok(())
}

/// Can `iter(word)` succeed?
pub fn is_iterable(vm: &mut Vm, word: Word) -> bool {
    if borrowed_items(word).is_some() {
        return true;
    }
    ["__iter__", "__getitem__"].into_iter().any(|name| {
        let name = vm.intern(name);
        vm.class_of(word).lookup(name).is_some()
    })
}
