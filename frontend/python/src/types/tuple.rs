//! `tuple`: methods and items.

use super::convert::{slice_span, to_position, to_span};
use super::slice;
use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `tuple`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("index", Arity::Between(1, 3), index),
    NativeDef::method("count", Arity::One, count),
];

/// The items of a word that is a tuple.
pub fn items_of<'a>(word: Word) -> &'a [Word] {
    cast_tuple(word)
        .expect("methods of tuple are called on tuples")
        .items()
}

fn index(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let items = items_of(args.values[0]);
    let (start, end) = to_span(vm, args.get(2), args.get(3), items.len())?;
    for (position, &item) in items.iter().enumerate().take(end).skip(start) {
        if vm.eq(item, args.values[1])? {
            return Ok(vm.new_int(position as i64));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let mut total = 0;
    for &item in items_of(args.values[0]) {
        total += i64::from(vm.eq(item, args.values[1])?);
    }
    Ok(vm.new_int(total))
}

/// Is `item` in the tuple?
///
/// # Errors
/// What comparing raises.
pub fn contains(vm: &mut Vm, tuple: Word, item: Word) -> Outcome<bool> {
    for &candidate in items_of(tuple) {
        if vm.eq(candidate, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `tuple[key]`.
///
/// # Errors
/// `IndexError`, or `TypeError` for a key that is neither integer nor slice.
pub fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    let items = items_of(word);
    if slice::is_slice(key) {
        let (start, step, count) = slice_span(vm, key, items.len())?;
        if step == 1 && count == items.len() && vm.class_of(word).word() == vm.types.tuple as Word {
            return Ok(Value::borrowed(word));
        }
        let picked: Vec<Word> = (0..count)
            .map(|i| items[(start + step * i as i64) as usize])
            .collect();
        return Ok(vm.new_tuple_from(&picked));
    }
    let position = to_position(vm, key, items.len(), "tuple", "tuple index out of range")?;
    Ok(Value::borrowed(items[position]))
}

/// Hash of a tuple: the xxHash mixing that Python uses, so that equal tuples of numbers hash as they do there.
///
/// # Errors
/// `TypeError` if an item is not hashable.
pub fn hash(vm: &mut Vm, word: Word) -> Outcome<u64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    super::check_depth(vm, "")?;
    let items = items_of(word);
    let mut state = PRIME_5;
    for &item in items {
        let lane = vm.hash(item)?;
        state = state
            .wrapping_add(lane.wrapping_mul(PRIME_2))
            .rotate_left(31)
            .wrapping_mul(PRIME_1);
    }
    state = state.wrapping_add(items.len() as u64 ^ (PRIME_5 ^ 0x35_d373));
    Ok(if state == u64::MAX {
        1_546_275_796
    } else {
        state
    })
}
