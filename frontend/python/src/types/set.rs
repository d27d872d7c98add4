//! `set` and `frozenset`.

use super::iterators::{self, Advance};
use super::{declined, iterate};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::dict::{self, cast_set, table};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::{BinaryOp, Comparison};
use crate::value::Value;
use crate::vm::Vm;

/// Methods of both classes.
const COMMON: &[NativeDef] = &[
    NativeDef::method("copy", Arity::None, |vm, args| {
        let class = base_class(vm, args.values[0]);
        Ok(if class == vm.types.frozenset {
            Value::borrowed(args.values[0])
        } else {
            copy(vm, args.values[0], class)
        })
    }),
    NativeDef::method("union", Arity::Any, |vm, args| {
        combine(vm, args, BinaryOp::Or)
    }),
    NativeDef::method("intersection", Arity::Any, |vm, args| {
        combine(vm, args, BinaryOp::And)
    }),
    NativeDef::method("difference", Arity::Any, |vm, args| {
        combine(vm, args, BinaryOp::Subtract)
    }),
    NativeDef::method("symmetric_difference", Arity::One, |vm, args| {
        combine(vm, args, BinaryOp::Xor)
    }),
    NativeDef::method("isdisjoint", Arity::One, |vm, args| {
        let other = as_set(vm, args.values[1])?;
        let common = binary(vm, BinaryOp::And, args.values[0], other.word())?;
        Ok(Value::bool(table(common.word()).is_empty()))
    }),
    NativeDef::method("issubset", Arity::One, |vm, args| {
        let other = as_set(vm, args.values[1])?;
        compare(vm, args.values[0], other.word(), Comparison::LessEqual)
    }),
    NativeDef::method("issuperset", Arity::One, |vm, args| {
        let other = as_set(vm, args.values[1])?;
        compare(vm, args.values[0], other.word(), Comparison::GreaterEqual)
    }),
];

/// Methods of `set` alone.
const MUTABLE: &[NativeDef] = &[
    NativeDef::method("add", Arity::One, |vm, args| {
        dict::add(vm, args.values[0], Value::borrowed(args.values[1]))?;
        Ok(Value::NONE)
    }),
    NativeDef::method("discard", Arity::One, |vm, args| {
        dict::remove(vm, args.values[0], args.values[1])?;
        Ok(Value::NONE)
    }),
    NativeDef::method("remove", Arity::One, |vm, args| {
        match dict::remove(vm, args.values[0], args.values[1])? {
            Some(_) => Ok(Value::NONE),
            None => Err(vm.key_error(args.values[1])),
        }
    }),
    NativeDef::method("pop", Arity::None, pop),
    NativeDef::method("clear", Arity::None, |_, args| {
        drop(table(args.values[0]).take());
        Ok(Value::NONE)
    }),
    NativeDef::method("update", Arity::Any, |vm, args| {
        for &other in &args.values[1..] {
            extend(vm, args.values[0], other)?;
        }
        Ok(Value::NONE)
    }),
    NativeDef::method("intersection_update", Arity::Any, |vm, args| {
        update(vm, args, BinaryOp::And)
    }),
    NativeDef::method("difference_update", Arity::Any, |vm, args| {
        update(vm, args, BinaryOp::Subtract)
    }),
    NativeDef::method("symmetric_difference_update", Arity::One, |vm, args| {
        update(vm, args, BinaryOp::Xor)
    }),
];

/// Is `word` a set or frozenset?
pub fn is_set(word: Word) -> bool {
    cast_set(word).is_some()
}

/// `set` or `frozenset`, whichever `word` is or is derived from.
fn base_class(vm: &Vm, word: Word) -> *mut Class {
    if vm.is_instance(word, vm.types.frozenset) {
        vm.types.frozenset
    } else {
        vm.types.set
    }
}

fn copy(vm: &Vm, word: Word, class: *mut Class) -> Value {
    let result = vm.new_table(class);
    dict::copy_into(word, result.word());
    result
}

/// A new set of an iterable's items.
///
/// # Errors
/// What iterating or hashing raises.
pub fn from_iterable(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let result = vm.new_set();
    extend(vm, result.word(), word)?;
    Ok(result)
}

/// `word` itself if it is a set, else a new set of its items.
fn as_set(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if is_set(word) {
        Ok(Value::borrowed(word))
    } else {
        from_iterable(vm, word)
    }
}

fn extend(vm: &mut Vm, target: Word, source: Word) -> Outcome<()> {
    if is_set(source) && table(target).prefix.used == 0 {
        dict::copy_into(source, target);
        return Ok(());
    }
    if is_set(source) {
        let keys: Vec<Value> = table(source)
            .entries()
            .map(|entry| Value::borrowed(entry.key))
            .collect();
        for key in keys {
            dict::add(vm, target, key)?;
        }
        return Ok(());
    }
    iterate::each(vm, source, |vm, item| {
        dict::add(vm, target, item)?;
        Ok(true)
    })
}

fn pop(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let set = table(args.values[0]);
    match (0..set.prefix.used).find(|&position| set.entry_at(position).is_some()) {
        Some(position) => Ok(set.remove_at(position).0),
        None => {
            let message = vm.new_str("pop from an empty set");
            Err(vm.key_error(message.word()))
        }
    }
}

fn combine(vm: &mut Vm, args: Args, op: BinaryOp) -> Outcome<Value> {
    let class = base_class(vm, args.values[0]);
    let mut result = copy(vm, args.values[0], class);
    for &other in &args.values[1..] {
        let other = as_set(vm, other)?;
        result = binary(vm, op, result.word(), other.word())?;
    }
    Ok(result)
}

fn update(vm: &mut Vm, args: Args, op: BinaryOp) -> Outcome<Value> {
    let result = combine(vm, args, op)?;
    replace(args.values[0], result.word());
    Ok(Value::NONE)
}

/// Makes the contents of `target` those of `source`.
fn replace(target: Word, source: Word) {
    let old = table(target).take();
    dict::copy_into(source, target);
    drop(old);
}

/// Slot `binary`: operators take sets only.
///
/// # Errors
/// What comparing items raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    if !is_set(left) || !is_set(right) {
        return declined(vm);
    }
    if op.is_inplace() {
        if base_class(vm, left) == vm.types.frozenset {
            return declined(vm);
        }
        let result = binary(vm, op.plain(), left, right)?;
        if vm.is_not_implemented(&result) {
            return Ok(result);
        }
        replace(left, result.word());
        return Ok(Value::borrowed(left));
    }
    let result = vm.new_table(base_class(vm, left));
    let target = result.word();
    match op {
        BinaryOp::Or => {
            extend(vm, target, left)?;
            extend(vm, target, right)?;
        }
        BinaryOp::And => keep(vm, target, left, right, true)?,
        BinaryOp::Subtract => keep(vm, target, left, right, false)?,
        BinaryOp::Xor => {
            keep(vm, target, left, right, false)?;
            keep(vm, target, right, left, false)?;
        }
        _ => return declined(vm),
    }
    Ok(result)
}

/// Adds to `target` the items of `from` that are (or, if not `wanted`, are not) in `other`.
fn keep(vm: &mut Vm, target: Word, from: Word, other: Word, wanted: bool) -> Outcome<()> {
    let entries: Vec<(Value, u64)> = table(from)
        .entries()
        .map(|entry| (Value::borrowed(entry.key), entry.hash))
        .collect();
    for (key, hash) in entries {
        if dict::find(vm, other, key.word(), hash)?.is_some() == wanted {
            dict::set_hashed(vm, target, key, Value::NONE, hash)?;
        }
    }
    Ok(())
}

/// Is every item of `left` in `right`?
fn is_subset(vm: &mut Vm, left: Word, right: Word) -> Outcome<bool> {
    if table(left).len() > table(right).len() {
        return Ok(false);
    }
    let entries: Vec<(Value, u64)> = table(left)
        .entries()
        .map(|entry| (Value::borrowed(entry.key), entry.hash))
        .collect();
    for (key, hash) in entries {
        if dict::find(vm, right, key.word(), hash)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Slot `compare`: inclusion.
///
/// # Errors
/// What comparing items raises.
pub fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if !is_set(left) || !is_set(right) {
        return declined(vm);
    }
    let (left_len, right_len) = (table(left).len(), table(right).len());
    Ok(Value::bool(match op {
        Comparison::Equal => left_len == right_len && is_subset(vm, left, right)?,
        Comparison::NotEqual => left_len != right_len || !is_subset(vm, left, right)?,
        Comparison::LessEqual => is_subset(vm, left, right)?,
        Comparison::Less => left_len < right_len && is_subset(vm, left, right)?,
        Comparison::GreaterEqual => is_subset(vm, right, left)?,
        Comparison::Greater => right_len < left_len && is_subset(vm, right, left)?,
    }))
}

/// Hash of a frozenset: no order in it.
fn frozen_hash(_: &mut Vm, word: Word) -> Outcome<u64> {
    let mut hash = table(word).entries().fold(0u64, |hash, entry| {
        hash ^ (entry.hash ^ 0x55b_4db3 ^ (entry.hash << 16)).wrapping_mul(3_644_798_167)
    });
    hash ^= (table(word).len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    Ok(if hash == u64::MAX { 590_923_713 } else { hash })
}

fn contains(vm: &mut Vm, word: Word, item: Word) -> Outcome<bool> {
    // A set is found by its value, though it has no hash.
    if is_set(item) && base_class(vm, item) == vm.types.set {
        let frozen = copy(vm, item, vm.types.frozenset);
        return dict::contains(vm, word, frozen.word());
    }
    dict::contains(vm, word, item)
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let name = vm.class_name(word);
    let plain = vm.class_of(word).word() == vm.types.set as Word;
    if table(word).is_empty() {
        return Ok(vm.new_str(&format!("{name}()")));
    }
    if !vm.enter_repr(word) {
        return Ok(vm.new_str(&format!("{name}(...)")));
    }
    let items: Vec<Value> = table(word)
        .entries()
        .map(|entry| Value::borrowed(entry.key))
        .collect();
    let text: Outcome<Vec<String>> = items.iter().map(|item| vm.repr_text(item.word())).collect();
    vm.leave_repr();
    let body = format!("{{{}}}", text?.join(", "));
    Ok(vm.new_str(&if plain {
        body
    } else {
        format!("{name}({body})")
    }))
}

/// State of a set's iterator.
pub struct Walk {
    set: Value,
    position: usize,
    len: usize,
}

impl Advance for Walk {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let set = table(self.set.word());
        if set.len() != self.len {
            return Err(vm.raise(vm.types.RuntimeError, "Set changed size during iteration"));
        }
        while self.position < set.prefix.used {
            self.position += 1;
            if let Some(entry) = set.entry_at(self.position - 1) {
                return Ok(Some(Value::borrowed(entry.key)));
            }
        }
        Ok(None)
    }
}

fn iter(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let walk = Walk {
        set: Value::borrowed(word),
        position: 0,
        len: table(word).len(),
    };
    Ok(iterators::new(vm.types.set_iterator, walk))
}

fn one_iterable(vm: &mut Vm, args: Args, name: &str) -> Outcome<Option<Word>> {
    if !args.names.is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    match args.values {
        [] => Ok(None),
        [iterable] => Ok(Some(*iterable)),
        values => {
            let given = values.len();
            Err(vm.type_error(format!("{name} expected at most 1 argument, got {given}")))
        }
    }
}

fn init(vm: &mut Vm, word: Word, args: Args) -> Outcome<()> {
    let iterable = one_iterable(vm, args, "set")?;
    drop(table(word).take());
    match iterable {
        Some(iterable) => extend(vm, word, iterable),
        None => Ok(()),
    }
}

fn frozen_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let iterable = one_iterable(vm, args, "frozenset")?;
    if let Some(iterable) = iterable
        && class == vm.types.frozenset
        && vm.class_of(iterable).word() == class as Word
    {
        return Ok(Value::borrowed(iterable));
    }
    let result = vm.new_table(class);
    if let Some(iterable) = iterable {
        extend(vm, result.word(), iterable)?;
    }
    Ok(result)
}

/// Fills in the classes `set`, `frozenset` and their iterator.
pub fn install(vm: &mut Vm) {
    const OPERATORS: &[BinaryOp] = &[
        BinaryOp::Or,
        BinaryOp::And,
        BinaryOp::Subtract,
        BinaryOp::Xor,
    ];
    const IN_PLACE: &[BinaryOp] = &[
        BinaryOp::InplaceOr,
        BinaryOp::InplaceAnd,
        BinaryOp::InplaceSubtract,
        BinaryOp::InplaceXor,
    ];
    for class in [vm.types.set, vm.types.frozenset] {
        // SAFETY: classes are never freed.
        let slots = unsafe { &mut (*class).slots };
        slots.repr = Some(repr);
        slots.compare = Some(compare);
        slots.len = Some(|_, word| Ok(table(word).len()));
        slots.contains = Some(contains);
        slots.iter = Some(iter);
        slots.binary = Some(binary);
        if class == vm.types.set {
            slots.new = Some(|vm, class, _| Ok(vm.new_table(class)));
            slots.init = Some(init);
            vm.define(class, MUTABLE);
            vm.define_operators(class, IN_PLACE, &[]);
        } else {
            slots.new = Some(frozen_new);
            slots.hash = Some(frozen_hash);
        }
        vm.define(class, COMMON);
        vm.define_operators(class, OPERATORS, &[]);
        vm.ready(class);
    }
    iterators::install::<Walk>(vm, vm.types.set_iterator);
}
