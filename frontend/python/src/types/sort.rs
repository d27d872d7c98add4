//! Sorting: `list.sort` and `sorted`.
//!
//! Lists whose keys are all small integers, all floats without NaN, or all strings sort by the machine's order. All
//! others are merge-sorted with `<`, which may be Python code: it may raise, lie, or look at the list, so that the
//! items are sorted outside the list, and the sort makes no assumption about the answers it gets.

use super::iterate::as_words;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::string::as_str;
use crate::operator::Comparison;
use crate::value::Value;
use crate::vm::Vm;

/// Below this many items a run is sorted by insertion.
const RUN: usize = 64;

/// Sorts `items`, by `key(item)` if there is a key function; equal items keep their order, also in `reverse`.
///
/// # Errors
/// What the key function or a comparison raises; `items` then hold the same items in some order.
pub fn sort(vm: &mut Vm, items: &mut Vec<Value>, key: Option<Word>, reverse: bool) -> Outcome<()> {
    if reverse {
        items.reverse();
    }
    let outcome = match key {
        None => permutation(vm, as_words(items)),
        Some(key) => keys_of(vm, items, key).and_then(|keys| permutation(vm, as_words(&keys))),
    };
    if let Ok(order) = &outcome {
        apply(items, order);
    }
    if reverse {
        items.reverse();
    }
    outcome.map(drop)
}

fn keys_of(vm: &mut Vm, items: &[Value], key: Word) -> Outcome<Vec<Value>> {
    items
        .iter()
        .map(|item| vm.call(key, &[item.word()]))
        .collect()
}

/// Puts item `order[i]` in place `i`.
fn apply(items: &mut Vec<Value>, order: &[u32]) {
    let mut old: Vec<Option<Value>> = items.drain(..).map(Some).collect();
    items.extend(order.iter().filter_map(|&from| old[from as usize].take()));
}

/// The order in which `keys` are sorted.
fn permutation(vm: &mut Vm, keys: &[Word]) -> Outcome<Vec<u32>> {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    let Some(&first) = keys.first() else {
        return Ok(order);
    };
    if layout::is_int(first) && keys.iter().all(|&key| layout::is_int(key)) {
        order.sort_by_key(|&place| layout::int_of(keys[place as usize]));
        return Ok(order);
    }
    if keys
        .iter()
        .all(|&key| layout::is_float(key) && !layout::float_of(key).is_nan())
    {
        // Without NaNs the order is total, once the zeros are the same.
        let value = |place: u32| layout::float_of(keys[place as usize]) + 0.0;
        order.sort_by(|&left, &right| value(left).total_cmp(&value(right)));
        return Ok(order);
    }
    if let Some(texts) = plain_strings(keys) {
        order.sort_by_key(|&place| texts[place as usize]);
        return Ok(order);
    }
    merge_sort(vm, keys, &mut order)?;
    Ok(order)
}

/// The texts, if all keys are plain strings.
fn plain_strings<'a>(keys: &[Word]) -> Option<Vec<&'a str>> {
    keys.iter()
        // SAFETY: keys are live values.
        .map(|&key| {
            if unsafe { layout::has_shape(key, layout::SHAPE_STR) } {
                as_str(key)
            } else {
                None
            }
        })
        .collect()
}

fn merge_sort(vm: &mut Vm, keys: &[Word], order: &mut [u32]) -> Outcome<()> {
    for run in order.chunks_mut(RUN) {
        insertion_sort(vm, keys, run)?;
    }
    let mut width = RUN;
    let mut merged = Vec::with_capacity(order.len());
    while width < order.len() {
        for pair in order.chunks_mut(2 * width) {
            if pair.len() > width {
                merged.clear();
                merge(vm, keys, pair, width, &mut merged)?;
                pair.copy_from_slice(&merged);
            }
        }
        width *= 2;
    }
    Ok(())
}

fn less(vm: &mut Vm, keys: &[Word], left: u32, right: u32) -> Outcome<bool> {
    vm.compare_bool(Comparison::Less, keys[left as usize], keys[right as usize])
}

/// Length of the run that is in order already at the start of `run`; one in strictly falling order is reversed.
fn initial_run(vm: &mut Vm, keys: &[Word], run: &mut [u32]) -> Outcome<usize> {
    if run.len() < 2 {
        return Ok(run.len());
    }
    let falling = less(vm, keys, run[1], run[0])?;
    let mut end = 2;
    while end < run.len() && less(vm, keys, run[end], run[end - 1])? == falling {
        end += 1;
    }
    if falling {
        run[..end].reverse();
    }
    Ok(end)
}

fn insertion_sort(vm: &mut Vm, keys: &[Word], run: &mut [u32]) -> Outcome<()> {
    for next in initial_run(vm, keys, run)?..run.len() {
        let item = run[next];
        // Binary search for the place behind all items that are not greater.
        let (mut low, mut high) = (0, next);
        while low < high {
            let middle = usize::midpoint(low, high);
            if less(vm, keys, item, run[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        run[low..=next].rotate_right(1);
    }
    Ok(())
}

fn merge(
    vm: &mut Vm,
    keys: &[Word],
    pair: &[u32],
    middle: usize,
    merged: &mut Vec<u32>,
) -> Outcome<()> {
    let (left, right) = pair.split_at(middle);
    // Runs that are in order already cost one comparison.
    if !less(vm, keys, right[0], left[left.len() - 1])? {
        merged.extend_from_slice(pair);
        return Ok(());
    }
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if less(vm, keys, right[j], left[i])? {
            merged.push(right[j]);
            j += 1;
        } else {
            merged.push(left[i]);
            i += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    Ok(())
}
