//! `collections.deque`: a queue with two ends.

use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::{Outcome, Raised};
use crate::layout::{self, Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::{BinaryOp, Comparison};
use crate::types::convert::{to_i64, to_i64_clamped, to_position};
use crate::types::iterators::{self, Advance, NativeIter};
use crate::types::{declined, iterate};
use crate::value::Value;
use crate::vm::Vm;
use std::collections::VecDeque;

/// A deque.
#[repr(C)]
struct Deque {
    header: Header,
    items: VecDeque<Value>,
    limit: Option<usize>,
    /// Counts changes of length, so that iterators notice.
    changes: u64,
}

impl Object for Deque {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.items) }
    }
}

/// The deque in `word`. The borrow must end before Python code runs.
fn deque<'a>(word: Word) -> &'a mut Deque {
    let deque = cast::<Deque>(word).expect("methods of deques are called on deques");
    // SAFETY: a live deque, by the convention of borrowed words.
    unsafe { &mut *deque }
}

impl Deque {
    /// Adds at the right end; what falls off the left is dropped by the caller.
    fn push(&mut self, item: Value) -> Option<Value> {
        self.changes += 1;
        self.items.push_back(item);
        self.limit
            .filter(|&limit| self.items.len() > limit)
            .and_then(|_| self.items.pop_front())
    }

    /// Adds at the left end; what falls off the right is dropped by the caller.
    fn push_left(&mut self, item: Value) -> Option<Value> {
        self.changes += 1;
        self.items.push_front(item);
        self.limit
            .filter(|&limit| self.items.len() > limit)
            .and_then(|_| self.items.pop_back())
    }
}

const METHODS: &[NativeDef] = &[
    NativeDef::method("append", Arity::One, |_, args| {
        drop(deque(args.values[0]).push(Value::borrowed(args.values[1])));
        Ok(Value::NONE)
    }),
    NativeDef::method("appendleft", Arity::One, |_, args| {
        drop(deque(args.values[0]).push_left(Value::borrowed(args.values[1])));
        Ok(Value::NONE)
    }),
    NativeDef::method("pop", Arity::None, |vm, args| {
        take(vm, args, VecDeque::pop_back)
    }),
    NativeDef::method("popleft", Arity::None, |vm, args| {
        take(vm, args, VecDeque::pop_front)
    }),
    NativeDef::method("extend", Arity::One, |vm, args| {
        extend(vm, args.values[0], args.values[1])?;
        Ok(Value::NONE)
    }),
    NativeDef::method("extendleft", Arity::One, |vm, args| {
        for item in vm.collect(args.values[1])? {
            drop(deque(args.values[0]).push_left(item));
        }
        Ok(Value::NONE)
    }),
    NativeDef::method("clear", Arity::None, |_, args| {
        let old = std::mem::take(&mut deque(args.values[0]).items);
        deque(args.values[0]).changes += 1;
        drop(old);
        Ok(Value::NONE)
    }),
    NativeDef::method("rotate", Arity::Between(0, 1), |vm, args| {
        let steps = args.get(1).map_or(Ok(1), |word| to_i64(vm, word))?;
        let items = &mut deque(args.values[0]).items;
        if !items.is_empty() {
            let steps = steps.rem_euclid(items.len() as i64) as usize;
            items.rotate_right(steps);
        }
        Ok(Value::NONE)
    }),
    NativeDef::method("reverse", Arity::None, |_, args| {
        deque(args.values[0]).items.make_contiguous().reverse();
        Ok(Value::NONE)
    }),
    NativeDef::method("copy", Arity::None, |vm, args| {
        let (items, limit) = (
            deque(args.values[0]).items.clone(),
            deque(args.values[0]).limit,
        );
        Ok(vm.new_object(|header| Deque {
            header,
            items,
            limit,
            changes: 0,
        }))
    }),
    NativeDef::method("count", Arity::One, |vm, args| {
        let items: Vec<Value> = deque(args.values[0]).items.iter().cloned().collect();
        let mut count = 0;
        for item in items {
            count += i64::from(vm.eq(item.word(), args.values[1])?);
        }
        Ok(vm.new_int(count))
    }),
    NativeDef::method("index", Arity::Between(1, 3), |vm, args| match position_of(
        vm,
        args.values[0],
        args.values[1],
    )? {
        Some(position) => Ok(vm.new_int(position as i64)),
        None => Err(missing(vm, args.values[1])),
    }),
    NativeDef::method("remove", Arity::One, |vm, args| {
        match position_of(vm, args.values[0], args.values[1])? {
            Some(position) => {
                deque(args.values[0]).changes += 1;
                drop(deque(args.values[0]).items.remove(position));
                Ok(Value::NONE)
            }
            None => Err(missing(vm, args.values[1])),
        }
    }),
    NativeDef::method("insert", Arity::Between(2, 2), insert),
    NativeDef::method("__reversed__", Arity::None, |vm, args| {
        let items: Vec<Value> = deque(args.values[0]).items.iter().rev().cloned().collect();
        let items = vm.new_list(items);
        vm.iter(items.word())
    }),
];

#[cold]
fn missing(vm: &mut Vm, item: Word) -> Raised {
    match vm.repr_text(item) {
        Ok(text) => vm.value_error(format!("{text} is not in deque")),
        Err(raised) => raised,
    }
}

fn take(
    vm: &mut Vm,
    args: Args,
    from: fn(&mut VecDeque<Value>) -> Option<Value>,
) -> Outcome<Value> {
    let deque = deque(args.values[0]);
    deque.changes += 1;
    match from(&mut deque.items) {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn extend(vm: &mut Vm, target: Word, source: Word) -> Outcome<()> {
    if target == source {
        for item in vm.collect(source)? {
            drop(deque(target).push(item));
        }
        return Ok(());
    }
    iterate::each(vm, source, |_, item| {
        drop(deque(target).push(item));
        Ok(true)
    })
}

fn position_of(vm: &mut Vm, word: Word, item: Word) -> Outcome<Option<usize>> {
    let mut position = 0;
    while let Some(candidate) = deque(word).items.get(position).cloned() {
        if vm.eq(candidate.word(), item)? {
            return Ok((position < deque(word).items.len()).then_some(position));
        }
        position += 1;
    }
    Ok(None)
}

fn insert(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let place = to_i64_clamped(vm, args.values[1])?;
    let deque = deque(args.values[0]);
    if deque.limit.is_some_and(|limit| deque.items.len() >= limit) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let len = deque.items.len() as i64;
    let place = if place < 0 {
        place.saturating_add(len).max(0)
    } else {
        place.min(len)
    };
    deque.changes += 1;
    deque
        .items
        .insert(place as usize, Value::borrowed(args.values[2]));
    Ok(Value::NONE)
}

fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    let position = to_position(
        vm,
        key,
        deque(word).items.len(),
        "sequence",
        "deque index out of range",
    )?;
    Ok(deque(word).items[position].clone())
}

fn set_item(vm: &mut Vm, word: Word, key: Word, value: Option<Word>) -> Outcome<()> {
    let position = to_position(
        vm,
        key,
        deque(word).items.len(),
        "sequence",
        "deque index out of range",
    )?;
    match value {
        Some(value) => {
            let old = std::mem::replace(&mut deque(word).items[position], Value::borrowed(value));
            drop(old);
        }
        None => {
            deque(word).changes += 1;
            drop(deque(word).items.remove(position));
        }
    }
    Ok(())
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if !vm.enter_repr(word) {
        return Ok(vm.new_str("[...]"));
    }
    let items: Vec<Value> = deque(word).items.iter().cloned().collect();
    let texts: Outcome<Vec<String>> = items.iter().map(|item| vm.repr_text(item.word())).collect();
    vm.leave_repr();
    let body = texts?.join(", ");
    let limit = deque(word)
        .limit
        .map_or(String::new(), |limit| format!(", maxlen={limit}"));
    let name = vm.class_name(word);
    Ok(vm.new_str(&format!("{name}([{body}]{limit})")))
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if cast::<Deque>(left).is_none() || cast::<Deque>(right).is_none() {
        return declined(vm);
    }
    let lists = [left, right].map(|word| {
        let items = deque(word).items.iter().cloned().collect();
        vm.new_list(items)
    });
    vm.compare(op, lists[0].word(), lists[1].word())
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    if cast::<Deque>(left).is_none() {
        return declined(vm);
    }
    match op {
        BinaryOp::InplaceAdd => {
            extend(vm, left, right)?;
            Ok(Value::borrowed(left))
        }
        BinaryOp::Add if cast::<Deque>(right).is_some() => {
            let (mut items, limit) = (deque(left).items.clone(), deque(left).limit);
            items.extend(deque(right).items.iter().cloned());
            while limit.is_some_and(|limit| items.len() > limit) {
                items.pop_front();
            }
            Ok(vm.new_object(|header| Deque {
                header,
                items,
                limit,
                changes: 0,
            }))
        }
        _ => declined(vm),
    }
}

/// State of a deque's iterator.
struct Walk {
    deque: Value,
    position: usize,
    changes: u64,
}

impl Advance for Walk {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let deque = deque(self.deque.word());
        if deque.changes != self.changes {
            return Err(vm.raise(vm.types.RuntimeError, "deque mutated during iteration"));
        }
        let item = deque.items.get(self.position).cloned();
        self.position += 1;
        Ok(item)
    }
}

fn init(vm: &mut Vm, word: Word, args: Args) -> Outcome<()> {
    let [iterable, limit] = args.bind(vm, "deque", ["iterable", "maxlen"], 0)?;
    let limit = match limit.filter(|&word| word != layout::NONE) {
        None => None,
        Some(limit) => match usize::try_from(to_i64(vm, limit)?) {
            Ok(limit) => Some(limit),
            Err(_) => return Err(vm.value_error("maxlen must be non-negative")),
        },
    };
    let old = std::mem::take(&mut deque(word).items);
    drop(old);
    deque(word).limit = limit;
    match iterable {
        Some(iterable) => extend(vm, word, iterable),
        None => Ok(()),
    }
}

/// Makes the class.
pub(super) fn install(vm: &mut Vm) -> *mut Class {
    let object = vm.types.object;
    let iterator = vm.new_builtin_class::<NativeIter<Walk>>("_deque_iterator", object);
    iterators::install::<Walk>(vm, iterator);
    let class = vm.new_builtin_class::<Deque>("deque", object);
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.new = Some(|_, class, _| {
        Ok(allocate(class, |header| Deque {
            header,
            items: VecDeque::new(),
            limit: None,
            changes: 0,
        }))
    });
    slots.init = Some(init);
    slots.repr = Some(repr);
    slots.compare = Some(compare);
    slots.len = Some(|_, word| Ok(deque(word).items.len()));
    slots.get_item = Some(get_item);
    slots.set_item = Some(set_item);
    slots.contains = Some(|vm, word, item| Ok(position_of(vm, word, item)?.is_some()));
    slots.iter = Some(|vm, word| {
        let walk = Walk {
            deque: Value::borrowed(word),
            position: 0,
            changes: deque(word).changes,
        };
        Ok(iterators::new(vm.native_class::<NativeIter<Walk>>(), walk))
    });
    slots.binary = Some(binary);
    vm.define(class, METHODS);
    vm.define_getset(
        class,
        &[GetSetDef {
            name: "maxlen",
            get: |vm, word| {
                Ok(deque(word)
                    .limit
                    .map_or(Value::NONE, |limit| vm.new_uint(limit as u64)))
            },
            set: None,
        }],
    );
    vm.ready(class);
    class
}
