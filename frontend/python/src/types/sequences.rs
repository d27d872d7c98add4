//! What `list` and `tuple` share: operators, comparison, printing, construction; and their classes filled in.

use super::convert::{has_index, to_i64_clamped};
use super::iterators::{self, Advance};
use super::{check_depth, declined, iterate, list, tuple};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::object::allocate;
use crate::objects::list::{List, cast_list};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::tuple::{cast_tuple, new_of_class};
use crate::operator::{BinaryOp, Comparison};
use crate::value::Value;
use crate::vm::Vm;

/// The items now, borrowed: valid until Python code runs.
fn items<'a>(word: Word) -> &'a [Word] {
    match cast_list(word) {
        Some(list) => list.items(),
        None => tuple::items_of(word),
    }
}

/// Are both lists, or both tuples?
fn same_kind(left: Word, right: Word) -> bool {
    (cast_list(left).is_some() && cast_list(right).is_some())
        || (cast_tuple(left).is_some() && cast_tuple(right).is_some())
}

/// Slot `compare`: by the first items that differ, then by length. Items may change the lists while they compare.
fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if !same_kind(left, right) {
        return declined(vm);
    }
    check_depth(vm, " in comparison")?;
    let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
    if is_equality && items(left).len() != items(right).len() {
        return Ok(Value::bool(op == Comparison::NotEqual));
    }
    let mut position = 0;
    while let (Some(&a), Some(&b)) = (items(left).get(position), items(right).get(position)) {
        let (a, b) = (Value::borrowed(a), Value::borrowed(b));
        if !vm.eq(a.word(), b.word())? {
            if is_equality {
                return Ok(Value::bool(op == Comparison::NotEqual));
            }
            return vm.compare(op, a.word(), b.word());
        }
        position += 1;
    }
    Ok(Value::bool(
        op.apply(&items(left).len(), &items(right).len()),
    ))
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    match op {
        BinaryOp::InplaceAdd if cast_list(left).is_some() => {
            list::extend(vm, left, right)?;
            Ok(Value::borrowed(left))
        }
        BinaryOp::InplaceMultiply if cast_list(left).is_some() && has_index(vm, right) => {
            let count = to_i64_clamped(vm, right)?;
            let all = list::repeat(vm, items(left), count)?;
            let all = all.into_iter().map(Value::borrowed).collect();
            if let Some(list) = cast_list(left) {
                list.assign(all);
            }
            Ok(Value::borrowed(left))
        }
        BinaryOp::Add if same_kind(left, right) => Ok(joined(vm, left, right)),
        BinaryOp::Add if is_sequence(left) && !vm.class_of(right).is_user() => {
            let kind = if cast_list(left).is_some() {
                "list"
            } else {
                "tuple"
            };
            let name = vm.class_name(right);
            Err(vm.type_error(format!(
                "can only concatenate {kind} (not \"{name}\") to {kind}"
            )))
        }
        BinaryOp::Multiply => repeated(vm, left, right),
        _ => declined(vm),
    }
}

fn is_sequence(word: Word) -> bool {
    cast_list(word).is_some() || cast_tuple(word).is_some()
}

fn joined(vm: &Vm, left: Word, right: Word) -> Value {
    let all = [items(left), items(right)].concat();
    if cast_list(left).is_some() {
        vm.new_list_from(&all)
    } else {
        vm.new_tuple_from(&all)
    }
}

fn repeated(vm: &mut Vm, left: Word, right: Word) -> Outcome<Value> {
    let (sequence, count) = if is_sequence(left) {
        (left, right)
    } else {
        (right, left)
    };
    if !has_index(vm, count) {
        if vm.class_of(count).is_user() {
            return declined(vm);
        }
        let name = vm.class_name(count);
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{name}'"
        )));
    }
    let count = to_i64_clamped(vm, count)?;
    let all = list::repeat(vm, items(sequence), count)?;
    Ok(if cast_list(sequence).is_some() {
        vm.new_list_from(&all)
    } else {
        vm.new_tuple_from(&all)
    })
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let is_list = cast_list(word).is_some();
    if items(word).is_empty() {
        return Ok(vm.new_str(if is_list { "[]" } else { "()" }));
    }
    if !vm.enter_repr(word) {
        return Ok(vm.new_str(if is_list { "[...]" } else { "(...)" }));
    }
    let text = repr_items(vm, word, is_list);
    vm.leave_repr();
    let text = text?;
    Ok(vm.new_str(&text))
}

fn repr_items(vm: &mut Vm, word: Word, is_list: bool) -> Outcome<String> {
    let mut text = String::from(if is_list { "[" } else { "(" });
    let mut position = 0;
    while let Some(&item) = items(word).get(position) {
        let item = Value::borrowed(item);
        if position > 0 {
            text.push_str(", ");
        }
        text.push_str(&vm.repr_text(item.word())?);
        position += 1;
    }
    text.push_str(match (is_list, position) {
        (true, _) => "]",
        (false, 1) => ",)",
        (false, _) => ")",
    });
    Ok(text)
}

fn list_new(_: &mut Vm, class: *mut Class, _: Args) -> Outcome<Value> {
    Ok(allocate(class, |header| List {
        header,
        items: std::ptr::null_mut(),
        len: 0,
        capacity: 0,
    }))
}

fn list_init(vm: &mut Vm, word: Word, args: Args) -> Outcome<()> {
    let iterable = one_iterable(vm, args, "list")?;
    if let Some(list) = cast_list(word) {
        drop(list.take());
    }
    match iterable {
        Some(iterable) => list::extend(vm, word, iterable),
        None => Ok(()),
    }
}

fn tuple_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let iterable = one_iterable(vm, args, "tuple")?;
    let plain = class == vm.types.tuple;
    let items = match iterable {
        // SAFETY: a live value.
        Some(word) if plain && unsafe { layout::has_shape(word, layout::SHAPE_TUPLE) } => {
            return Ok(Value::borrowed(word));
        }
        Some(word) => iterate::collect(vm, word)?,
        None => Vec::new(),
    };
    Ok(if plain {
        vm.new_tuple(items)
    } else {
        new_of_class(class, items)
    })
}

/// The one optional argument of `list()` and the like.
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

/// Walks a list, a tuple or anything with `len` and `[]` from its end.
pub struct Backwards {
    sequence: Value,
    /// Items still to come.
    left: usize,
}

impl Advance for Backwards {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let Some(position) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = position;
        if is_sequence(self.sequence.word()) {
            return Ok(items(self.sequence.word())
                .get(position)
                .map(|&item| Value::borrowed(item)));
        }
        let key = vm.new_int(position as i64);
        match vm.get_item(self.sequence.word(), key.word()) {
            Ok(item) => Ok(Some(item)),
            Err(raised) if vm.catch(raised, vm.types.IndexError) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    fn remaining(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// An iterator of class `class` over a sequence from its end.
///
/// # Errors
/// What asking for the length raises.
pub fn reversed(vm: &mut Vm, class: *mut Class, word: Word) -> Outcome<Value> {
    let left = vm.len(word)?;
    Ok(iterators::new(
        class,
        Backwards {
            sequence: Value::borrowed(word),
            left,
        },
    ))
}

/// Fills in the classes `list` and `tuple`.
pub fn install(vm: &mut Vm) {
    for class in [vm.types.list, vm.types.tuple] {
        let is_list = class == vm.types.list;
        // SAFETY: classes are never freed.
        let slots = unsafe { &mut (*class).slots };
        slots.repr = Some(repr);
        slots.compare = Some(compare);
        slots.len = Some(|_, word| Ok(items(word).len()));
        slots.binary = Some(binary);
        if is_list {
            slots.get_item = Some(list::get_item);
            slots.set_item = Some(list::set_item);
            slots.contains = Some(list::contains);
            slots.iter = Some(|vm, word| Ok(vm.new_list_iter(Value::borrowed(word))));
            slots.new = Some(list_new);
            slots.init = Some(list_init);
            vm.define(class, list::METHODS);
            vm.define(
                class,
                &[NativeDef::method(
                    "__reversed__",
                    Arity::None,
                    |vm, args| reversed(vm, vm.types.list_reverseiterator, args.values[0]),
                )],
            );
            vm.define_operators(
                class,
                &[BinaryOp::InplaceAdd, BinaryOp::InplaceMultiply],
                &[],
            );
        } else {
            slots.get_item = Some(tuple::get_item);
            slots.contains = Some(tuple::contains);
            slots.hash = Some(tuple::hash);
            slots.iter = Some(|vm, word| Ok(vm.new_tuple_iter(Value::borrowed(word))));
            slots.new = Some(tuple_new);
            vm.define(class, tuple::METHODS);
        }
        vm.define_operators(class, &[BinaryOp::Add, BinaryOp::Multiply], &[]);
        vm.ready(class);
    }
    iterators::install::<Backwards>(vm, vm.types.list_reverseiterator);
}
