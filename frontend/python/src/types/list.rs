//! `list`: methods, items and slices, comparison.

use super::convert::{slice_span, to_i64_clamped, to_position};
use super::{iterate, slice, slices, sort};
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::list::{List, cast_list};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `list`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("append", Arity::One, append),
    NativeDef::method("extend", Arity::One, |vm, args| {
        extend(vm, args.values[0], args.values[1])?;
        Ok(Value::NONE)
    }),
    NativeDef::method("insert", Arity::Between(2, 2), insert),
    NativeDef::method("pop", Arity::Between(0, 1), pop),
    NativeDef::method("remove", Arity::One, remove),
    NativeDef::method("index", Arity::Between(1, 3), index),
    NativeDef::method("count", Arity::One, count),
    NativeDef::method("reverse", Arity::None, |_, args| {
        receiver(args).items_mut().reverse();
        Ok(Value::NONE)
    }),
    NativeDef::method("sort", Arity::Keywords, sort_method),
    NativeDef::method("copy", Arity::None, |vm, args| {
        Ok(vm.new_list_from(receiver(args).items()))
    }),
    NativeDef::method("clear", Arity::None, |_, args| {
        drop(receiver(args).take());
        Ok(Value::NONE)
    }),
];

fn receiver<'a>(args: Args<'_>) -> &'a mut List {
    list_of(args.values[0])
}

/// The list behind a word that is one.
fn list_of<'a>(word: Word) -> &'a mut List {
    cast_list(word).expect("methods of list are called on lists")
}

/// `list.append(item)`.
fn append(_: &mut Vm, args: Args) -> Outcome<Value> {
    receiver(args).push(Value::borrowed(args.values[1]));
    Ok(Value::NONE)
}

/// Appends all items of an iterable, which may be the list itself.
///
/// # Errors
/// `TypeError` if `iterable` is none, and what iterating raises; what came before is then there.
pub fn extend(vm: &mut Vm, list: Word, iterable: Word) -> Outcome<()> {
    if iterate::borrowed_items(iterable).is_some() {
        let items = iterate::collect(vm, iterable)?;
        let list = list_of(list);
        list.reserve(items.len());
        for item in items {
            list.push(item);
        }
        return Ok(());
    }
    iterate::each(vm, iterable, |_, item| {
        list_of(list).push(item);
        Ok(true)
    })
}

fn insert(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let place = to_i64_clamped(vm, args.values[1])?;
    let list = receiver(args);
    let len = list.len as i64;
    let place = if place < 0 {
        place.saturating_add(len).max(0)
    } else {
        place.min(len)
    };
    list.insert(place as usize, Value::borrowed(args.values[2]));
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let index = match args.get(1) {
        Some(word) => to_i64_clamped(vm, word)?,
        None => -1,
    };
    let list = receiver(args);
    if index == -1
        && let Some(item) = list.pop()
    {
        return Ok(item);
    }
    let len = list.len as i64;
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let place = if index < 0 {
        index.saturating_add(len)
    } else {
        index
    };
    if (0..len).contains(&place) {
        Ok(list.remove(place as usize))
    } else {
        Err(vm.index_error("pop index out of range"))
    }
}

/// Position of the first item from `start` on, before `end`, that equals `item`. Comparing may change the list.
fn position_of(
    vm: &mut Vm,
    list: Word,
    item: Word,
    start: usize,
    end: usize,
) -> Outcome<Option<usize>> {
    let mut position = start;
    while position < end {
        let Some(&candidate) = list_of(list).items().get(position) else {
            break;
        };
        if candidate == item && !layout::is_float(item) {
            return Ok(Some(position));
        }
        let candidate = Value::borrowed(candidate);
        if vm.eq(candidate.word(), item)? {
            return Ok(Some(position));
        }
        position += 1;
    }
    Ok(None)
}

fn remove(vm: &mut Vm, args: Args) -> Outcome<Value> {
    match position_of(vm, args.values[0], args.values[1], 0, usize::MAX)? {
        Some(position) if position < receiver(args).len => {
            drop(receiver(args).remove(position));
            Ok(Value::NONE)
        }
        _ => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn index(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (start, end) = super::convert::to_span(vm, args.get(2), args.get(3), receiver(args).len)?;
    match position_of(vm, args.values[0], args.values[1], start, end)? {
        Some(position) => Ok(vm.new_int(position as i64)),
        None => {
            let text = vm.repr_text(args.values[1])?;
            Err(vm.value_error(format!("{text} is not in list")))
        }
    }
}

fn count(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let mut total = 0;
    let mut next = 0;
    while let Some(position) = position_of(vm, args.values[0], args.values[1], next, usize::MAX)? {
        total += 1;
        next = position + 1;
    }
    Ok(vm.new_int(total))
}

fn sort_method(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if args.positional().len() > 1 {
        return Err(vm.type_error("sort() takes no positional arguments"));
    }
    let [_, key, reverse] = args.rest().bind(vm, "sort", ["", "key", "reverse"], 1)?;
    let reverse = match reverse {
        Some(word) => super::int_flag(vm, word)?,
        None => false,
    };
    let key = key.filter(|&word| word != layout::NONE);
    // The list is empty while it is sorted, so that nobody sees it half done; a list that was changed meanwhile is
    // told on.
    let mut items = receiver(args).take();
    let outcome = sort::sort(vm, &mut items, key, reverse);
    let changed = receiver(args).len != 0;
    receiver(args).assign(items);
    outcome?;
    if changed {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(Value::NONE)
}

/// Is `item` in the list?
///
/// # Errors
/// What comparing raises.
pub fn contains(vm: &mut Vm, list: Word, item: Word) -> Outcome<bool> {
    Ok(position_of(vm, list, item, 0, usize::MAX)?.is_some())
}

/// `list[key]`.
///
/// # Errors
/// `IndexError`, or `TypeError` for a key that is neither integer nor slice.
pub fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    if slice::is_slice(key) {
        let (start, stop, step) = slice::parts(key);
        if let Some(part) = slices::get(vm, word, start, stop, step) {
            return Ok(part);
        }
        let (start, step, count) = slice_span(vm, key, list_of(word).len)?;
        let items = list_of(word).items();
        if step == 1 {
            return Ok(vm.new_list_from(&items[start as usize..start as usize + count]));
        }
        let picked: Vec<Word> = (0..count)
            .map(|i| items[(start + step * i as i64) as usize])
            .collect();
        return Ok(vm.new_list_from(&picked));
    }
    let position = to_position(
        vm,
        key,
        list_of(word).len,
        "list",
        "list index out of range",
    )?;
    Ok(Value::borrowed(list_of(word).items()[position]))
}

/// `list[key] = value`, or `del list[key]`.
///
/// # Errors
/// `IndexError`, `TypeError`, or `ValueError` where a slice and what is assigned to it have different lengths.
pub fn set_item(vm: &mut Vm, word: Word, key: Word, value: Option<Word>) -> Outcome<()> {
    if slice::is_slice(key) {
        return match value {
            Some(value) => assign_slice(vm, word, key, value),
            None => delete_slice(vm, word, key),
        };
    }
    let outside = "list assignment index out of range";
    let position = to_position(vm, key, list_of(word).len, "list", outside)?;
    // The old item may run Python code when it goes: that happens last.
    drop(match value {
        Some(value) => list_of(word).replace(position, Value::borrowed(value)),
        None => list_of(word).remove(position),
    });
    Ok(())
}

fn assign_slice(vm: &mut Vm, word: Word, key: Word, value: Word) -> Outcome<()> {
    if !iterate::is_iterable(vm, value) {
        let (_, _, step) = slice::parts(key);
        let kind = if step == layout::NONE || step == layout::word_of_int(1) {
            "can only assign an iterable".to_owned()
        } else {
            "must assign iterable to extended slice".to_owned()
        };
        return Err(vm.type_error(kind));
    }
    let new = iterate::collect(vm, value)?;
    let (start, step, count) = slice_span(vm, key, list_of(word).len)?;
    let list = list_of(word);
    if step == 1 {
        let mut items = list.take();
        let start = (start as usize).min(items.len());
        let old: Vec<Value> = items.splice(start..start + count, new).collect();
        list.assign(items);
        drop(old);
        return Ok(());
    }
    if new.len() != count {
        let given = new.len();
        return Err(vm.value_error(format!(
            "attempt to assign sequence of size {given} to extended slice of size {count}"
        )));
    }
    let old: Vec<Value> = new
        .into_iter()
        .enumerate()
        .map(|(i, item)| list.replace((start + step * i as i64) as usize, item))
        .collect();
    drop(old);
    Ok(())
}

fn delete_slice(vm: &mut Vm, word: Word, key: Word) -> Outcome<()> {
    let (start, step, count) = slice_span(vm, key, list_of(word).len)?;
    if count == 0 {
        return Ok(());
    }
    let list = list_of(word);
    let (lowest, stride) = if step > 0 {
        (start, step)
    } else {
        (start + step * (count as i64 - 1), -step)
    };
    let (lowest, stride) = (lowest as usize, stride as usize);
    let doomed = |place: usize| {
        place >= lowest
            && (place - lowest).is_multiple_of(stride)
            && (place - lowest) / stride < count
    };
    let (old, kept): (Vec<_>, Vec<_>) = list
        .take()
        .into_iter()
        .enumerate()
        .partition(|&(place, _)| doomed(place));
    list.assign(kept.into_iter().map(|(_, item)| item).collect());
    drop(old);
    Ok(())
}

/// `left * count`.
///
/// # Errors
/// `MemoryError` if the result is beyond all bounds.
pub fn repeat(vm: &mut Vm, items: &[Word], count: i64) -> Outcome<Vec<Word>> {
    let count = count.max(0) as usize;
    match items.len().checked_mul(count) {
        Some(total) if total < 1 << 36 => Ok(items.repeat(count)),
        _ => Err(vm.raise(vm.types.MemoryError, "")),
    }
}
