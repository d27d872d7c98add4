//! `dict`: methods, operators, construction.

use super::dict_views::{self, Part};
use super::{check_depth, declined, iterate};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::dict::{self, cast_dict, table};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::{BinaryOp, Comparison};
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `dict`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("get", Arity::Between(1, 2), get),
    NativeDef::method("setdefault", Arity::Between(1, 2), set_default),
    NativeDef::method("pop", Arity::Between(1, 2), pop),
    NativeDef::method("popitem", Arity::None, pop_item),
    NativeDef::method("update", Arity::Keywords, |vm, args| {
        update_from(vm, args.values[0], args.rest(), "update")?;
        Ok(Value::NONE)
    }),
    NativeDef::method("copy", Arity::None, |vm, args| Ok(copy(vm, args.values[0]))),
    NativeDef::method("clear", Arity::None, |_, args| {
        drop(table(args.values[0]).take());
        Ok(Value::NONE)
    }),
    NativeDef::method("keys", Arity::None, |vm, args| {
        Ok(dict_views::new(vm, args.values[0], Part::Keys))
    }),
    NativeDef::method("values", Arity::None, |vm, args| {
        Ok(dict_views::new(vm, args.values[0], Part::Values))
    }),
    NativeDef::method("items", Arity::None, |vm, args| {
        Ok(dict_views::new(vm, args.values[0], Part::Items))
    }),
    NativeDef::method("__reversed__", Arity::None, |vm, args| {
        Ok(dict_views::reversed(vm, args.values[0], Part::Keys))
    }),
    NativeDef::class_method("fromkeys", Arity::Between(1, 2), from_keys),
];

/// `d.get(key, default)`.
fn get(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let found = dict::get(vm, args.values[0], args.values[1])?;
    Ok(found.unwrap_or_else(|| args.get(2).map_or(Value::NONE, Value::borrowed)))
}

fn set_default(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if let Some(value) = dict::get(vm, args.values[0], args.values[1])? {
        return Ok(value);
    }
    let default = args.get(2).map_or(Value::NONE, Value::borrowed);
    dict::set(
        vm,
        args.values[0],
        Value::borrowed(args.values[1]),
        default.clone(),
    )?;
    Ok(default)
}

fn pop(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if let Some(value) = dict::remove(vm, args.values[0], args.values[1])? {
        return Ok(value);
    }
    match args.get(2) {
        Some(default) => Ok(Value::borrowed(default)),
        None => Err(vm.key_error(args.values[1])),
    }
}

fn pop_item(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let dict = table(args.values[0]);
    let last = (0..dict.prefix.used)
        .rev()
        .find(|&position| dict.entry_at(position).is_some());
    match last {
        Some(position) => {
            let (key, value) = dict.remove_at(position);
            Ok(vm.new_tuple(vec![key, value]))
        }
        None => {
            let message = vm.new_str("popitem(): dictionary is empty");
            Err(vm.key_error(message.word()))
        }
    }
}

/// A plain dict with the same entries.
pub fn copy(vm: &Vm, word: Word) -> Value {
    let result = vm.new_dict();
    dict::copy_into(word, result.word());
    result
}

fn from_keys(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let result = vm.call(args.values[0], &[])?;
    let value = args.get(2).unwrap_or(layout::NONE);
    iterate::each(vm, args.values[1], |vm, key| {
        vm.set_item(result.word(), key.word(), value)?;
        Ok(true)
    })?;
    Ok(result)
}

/// Puts the entries of a mapping, or of an iterable of pairs, and the keyword arguments into `target`.
///
/// # Errors
/// `TypeError` or `ValueError` for what is neither, and what iterating raises.
pub fn update_from(vm: &mut Vm, target: Word, args: Args, function: &str) -> Outcome<()> {
    let positional = args.positional();
    if positional.len() > 1 {
        let given = positional.len();
        return Err(vm.type_error(format!(
            "{function} expected at most 1 argument, got {given}"
        )));
    }
    if let Some(&source) = positional.first() {
        merge(vm, target, source)?;
    }
    for (&name, &value) in args.names.iter().zip(&args.values[positional.len()..]) {
        dict::set(vm, target, Value::borrowed(name), Value::borrowed(value))?;
    }
    Ok(())
}

/// Puts the entries of a mapping or of an iterable of pairs into `target`.
///
/// # Errors
/// As [`update_from`].
pub fn merge(vm: &mut Vm, target: Word, source: Word) -> Outcome<()> {
    if let Some(other) = cast_dict(source) {
        if target == source {
            return Ok(());
        }
        if table(target).is_empty() && table(target).prefix.used == 0 {
            dict::copy_into(source, target);
            return Ok(());
        }
        let entries: Vec<(Value, Value, u64)> = other
            .entries()
            .map(|entry| {
                (
                    Value::borrowed(entry.key),
                    Value::borrowed(entry.value),
                    entry.hash,
                )
            })
            .collect();
        for (key, value, hash) in entries {
            dict::set_hashed(vm, target, key, value, hash)?;
        }
        return Ok(());
    }
    let keys = vm.intern("keys");
    if let Some(method) = vm.get_attr_opt(source, keys)? {
        let keys = vm.call(method.word(), &[])?;
        return iterate::each(vm, keys.word(), |vm, key| {
            let value = vm.get_item(source, key.word())?;
            dict::set(vm, target, key, value)?;
            Ok(true)
        });
    }
    let mut number = 0;
    iterate::each(vm, source, |vm, pair| {
        if !iterate::is_iterable(vm, pair.word()) {
            return Err(vm.type_error(format!(
                "cannot convert dictionary update sequence element #{number} to a sequence"
            )));
        }
        let pair = vm.collect(pair.word())?;
        let len = pair.len();
        let Ok([key, value]) = <[Value; 2]>::try_from(pair) else {
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{number} has length {len}; 2 is required"
            )));
        };
        dict::set(vm, target, key, value)?;
        number += 1;
        Ok(true)
    })
}

fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    if let Some(value) = dict::get(vm, word, key)? {
        return Ok(value);
    }
    if vm.class_of(word).is_user()
        && let Some(method) = vm.special_method(word, vm.names.__missing__)?
    {
        return method.call(vm, word, Args::of(&[key]));
    }
    Err(vm.key_error(key))
}

fn set_item(vm: &mut Vm, word: Word, key: Word, value: Option<Word>) -> Outcome<()> {
    match value {
        Some(value) => dict::set(vm, word, Value::borrowed(key), Value::borrowed(value)),
        None => match dict::remove(vm, word, key)? {
            Some(_) => Ok(()),
            None => Err(vm.key_error(key)),
        },
    }
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if table(word).is_empty() {
        return Ok(vm.new_str("{}"));
    }
    if !vm.enter_repr(word) {
        return Ok(vm.new_str("{...}"));
    }
    let text = repr_entries(vm, word);
    vm.leave_repr();
    let text = text?;
    Ok(vm.new_str(&text))
}

fn repr_entries(vm: &mut Vm, word: Word) -> Outcome<String> {
    let mut text = String::from("{");
    let mut position = 0;
    while position < table(word).prefix.used {
        if let Some(entry) = table(word).entry_at(position) {
            let (key, value) = (Value::borrowed(entry.key), Value::borrowed(entry.value));
            if text.len() > 1 {
                text.push_str(", ");
            }
            text.push_str(&vm.repr_text(key.word())?);
            text.push_str(": ");
            text.push_str(&vm.repr_text(value.word())?);
        }
        position += 1;
    }
    text.push('}');
    Ok(text)
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
    if !is_equality || cast_dict(left).is_none() || cast_dict(right).is_none() {
        return declined(vm);
    }
    check_depth(vm, " in comparison")?;
    let equal = equal(vm, left, right)?;
    Ok(Value::bool(equal == (op == Comparison::Equal)))
}

fn equal(vm: &mut Vm, left: Word, right: Word) -> Outcome<bool> {
    if table(left).len() != table(right).len() {
        return Ok(false);
    }
    let mut position = 0;
    while position < table(left).prefix.used {
        if let Some(entry) = table(left).entry_at(position) {
            let (key, value, hash) = (
                Value::borrowed(entry.key),
                Value::borrowed(entry.value),
                entry.hash,
            );
            let Some(found) = dict::find(vm, right, key.word(), hash)? else {
                return Ok(false);
            };
            let Some(other) = table(right)
                .entry_at(found)
                .map(|entry| Value::borrowed(entry.value))
            else {
                return Ok(false);
            };
            if !vm.eq(value.word(), other.word())? {
                return Ok(false);
            }
        }
        position += 1;
    }
    Ok(true)
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    match op {
        BinaryOp::Or if cast_dict(left).is_some() && cast_dict(right).is_some() => {
            let result = copy(vm, left);
            merge(vm, result.word(), right)?;
            Ok(result)
        }
        BinaryOp::InplaceOr if cast_dict(left).is_some() => {
            merge(vm, left, right)?;
            Ok(Value::borrowed(left))
        }
        _ => declined(vm),
    }
}

fn new(vm: &mut Vm, class: *mut Class, _: Args) -> Outcome<Value> {
    Ok(vm.new_table(class))
}

/// Fills in the class `dict`.
pub fn install(vm: &mut Vm) {
    let class = vm.types.dict;
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(repr);
    slots.compare = Some(compare);
    slots.len = Some(|_, word| Ok(table(word).len()));
    slots.get_item = Some(get_item);
    slots.set_item = Some(set_item);
    slots.contains = Some(dict::contains);
    slots.iter = Some(|vm, word| Ok(dict_views::iterate(vm, word, Part::Keys)));
    slots.binary = Some(binary);
    slots.new = Some(new);
    slots.init = Some(|vm, word, args| update_from(vm, word, args, "dict"));
    vm.define(class, METHODS);
    vm.define_operators(class, &[BinaryOp::Or, BinaryOp::InplaceOr], &[]);
    vm.ready(class);
}
