//! `range`: methods, subscripts, comparison, construction.

use super::convert::{slice_span, to_index, to_position};
use super::{big_range, declined, slice};
use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::{self, RangeIter, Word};
use crate::object::{allocate, cast};
use crate::objects::bigint::as_int;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::range::{LIMIT, Range};
use crate::operator::Comparison;
use crate::value::Value;
use crate::vm::Vm;

const METHODS: &[NativeDef] = &[
    NativeDef::method("index", Arity::One, |vm, args| {
        match position_of(range_of(args.values[0]), args.values[1]) {
            Some(position) => Ok(vm.new_int(position)),
            None if as_int(args.values[1]).is_some() => {
                let text = vm.repr_text(args.values[1])?;
                Err(vm.value_error(format!("{text} is not in range")))
            }
            None => Err(vm.value_error("sequence.index(x): x not in sequence")),
        }
    }),
    NativeDef::method("count", Arity::One, |vm, args| {
        let found = contains(vm, args.values[0], args.values[1])?;
        Ok(vm.new_int(i64::from(found)))
    }),
    NativeDef::method("__reversed__", Arity::None, |vm, args| {
        let range = range_of(args.values[0]);
        let remaining = range.len();
        let last = range.value_at(remaining.wrapping_sub(1));
        let step = -range.step;
        Ok(allocate(vm.types.range_iterator, |header| RangeIter {
            header,
            next: last,
            step,
            remaining,
        }))
    }),
];

const ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "start",
        get: |vm, word| Ok(vm.new_int(range_of(word).start)),
        set: None,
    },
    GetSetDef {
        name: "stop",
        get: |vm, word| Ok(vm.new_int(range_of(word).stop)),
        set: None,
    },
    GetSetDef {
        name: "step",
        get: |vm, word| Ok(vm.new_int(range_of(word).step)),
        set: None,
    },
];

fn range_of<'a>(word: Word) -> &'a Range {
    let range = cast::<Range>(word).expect("slots of range are called on ranges");
    // SAFETY: a live range; ranges don't change.
    unsafe { &*range }
}

/// The position of an integer in a range.
fn position_of(range: &Range, item: Word) -> Option<i64> {
    let value = as_int(item)?.to_i64()?;
    let offset = i128::from(value) - i128::from(range.start);
    let step = i128::from(range.step);
    if offset % step != 0 {
        return None;
    }
    let position = offset / step;
    (0..i128::from(range.len()))
        .contains(&position)
        .then_some(position as i64)
}

fn contains(vm: &mut Vm, word: Word, item: Word) -> Outcome<bool> {
    let range = range_of(word);
    if as_int(item).is_some() {
        return Ok(position_of(range, item).is_some());
    }
    let iterator = vm.new_range_iter(range);
    while let Some(value) = vm.iter_next(iterator.word())? {
        if vm.eq(value.word(), item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    let range = range_of(word);
    let len = range.len() as usize;
    if slice::is_slice(key) {
        let (start, step, count) = slice_span(vm, key, len)?;
        // The stop is the value at the position behind the slice, as it is seen when the slice is printed.
        let (_, stop, _) = super::convert::slice_indices(vm, key, len)?;
        let _ = count;
        let at = |position: i64| range.start + range.step * position;
        return Ok(vm.new_range(at(start), at(stop), range.step * step));
    }
    let position = to_position(vm, key, len, "range", "range object index out of range")?;
    Ok(vm.new_int(range.value_at(position as u64)))
}

/// What ranges are compared and hashed by: length, first value, step, as far as they matter.
fn identity(range: &Range) -> (u64, Option<i64>, Option<i64>) {
    let len = range.len();
    (
        len,
        (len > 0).then_some(range.start),
        (len > 1).then_some(range.step),
    )
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
    if !is_equality || cast::<Range>(left).is_none() || cast::<Range>(right).is_none() {
        return declined(vm);
    }
    let equal = identity(range_of(left)) == identity(range_of(right));
    Ok(Value::bool(equal == (op == Comparison::Equal)))
}

fn hash(vm: &mut Vm, word: Word) -> Outcome<u64> {
    let (len, start, step) = identity(range_of(word));
    let part = |part: Option<i64>| part.map_or(Value::NONE, |value| vm.new_int(value));
    let parts = vec![vm.new_uint(len), part(start), part(step)];
    let parts = vm.new_tuple(parts);
    vm.hash(parts.word())
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let Range {
        start, stop, step, ..
    } = *range_of(word);
    Ok(vm.new_str(&if step == 1 {
        format!("range({start}, {stop})")
    } else {
        format!("range({start}, {stop}, {step})")
    }))
}

fn new(vm: &mut Vm, _: *mut Class, args: Args) -> Outcome<Value> {
    if !args.names.is_empty() {
        return Err(vm.type_error("range() takes no keyword arguments"));
    }
    let (start, stop, step) = match args.values {
        [stop] => (
            Value::small_int(0),
            to_index(vm, *stop)?,
            Value::small_int(1),
        ),
        [start, stop] => (
            to_index(vm, *start)?,
            to_index(vm, *stop)?,
            Value::small_int(1),
        ),
        [start, stop, step] => (
            to_index(vm, *start)?,
            to_index(vm, *stop)?,
            to_index(vm, *step)?,
        ),
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        values => {
            let given = values.len();
            return Err(vm.type_error(format!("range expected at most 3 arguments, got {given}")));
        }
    };
    if step.word() == layout::word_of_int(0) {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    if let (Some(start), Some(stop), Some(step)) = (bound(&start), bound(&stop), bound(&step)) {
        return Ok(vm.new_range(start, stop, step));
    }
    let big = |value: &Value| {
        as_int(value.word())
            .map(|value| value.to_bigint())
            .unwrap_or_default()
    };
    Ok(big_range::new(vm, big(&start), big(&stop), big(&step)))
}

/// A bound that a plain range can have.
fn bound(value: &Value) -> Option<i64> {
    as_int(value.word())
        .and_then(|value| value.to_i64())
        .filter(|value| value.abs() <= LIMIT)
}

/// Fills in the class `range`.
pub fn install(vm: &mut Vm) {
    let class = vm.types.range;
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(repr);
    slots.hash = Some(hash);
    slots.compare = Some(compare);
    slots.len = Some(|_, word| Ok(range_of(word).len() as usize));
    slots.get_item = Some(get_item);
    slots.contains = Some(contains);
    slots.iter = Some(|vm, word| Ok(vm.new_range_iter(range_of(word))));
    slots.new = Some(new);
    vm.define(class, METHODS);
    vm.define_getset(class, ATTRIBUTES);
    vm.ready(class);
    big_range::install(vm);
}
