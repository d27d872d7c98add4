//! The views of a dict (`keys()`, `values()`, `items()`) and their iterators.

use super::iterators::{self, Advance};
use super::{declined, set};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::dict::{self, DictEntry, table};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::tuple::{Tuple, cast_tuple};
use crate::operator::{BinaryOp, Comparison};
use crate::value::{Value, decref};
use crate::vm::Vm;

/// Which part of the entries a view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// `keys()`
    Keys,
    /// `values()`
    Values,
    /// `items()`
    Items,
}

impl Part {
    fn of(self, vm: &Vm, entry: &DictEntry) -> Value {
        match self {
            Self::Keys => Value::borrowed(entry.key),
            Self::Values => Value::borrowed(entry.value),
            Self::Items => vm.new_tuple_from(&[entry.key, entry.value]),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Keys => "dict_keys",
            Self::Values => "dict_values",
            Self::Items => "dict_items",
        }
    }
}

/// A view.
#[repr(C)]
pub struct View {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
    /// The dict, owned.
    dict: Word,
    part: Part,
}

impl Object for View {
    unsafe fn drop_contents(&mut self) {
        decref(self.dict);
    }
}

/// A view of `dict`.
pub fn new(vm: &Vm, dict: Word, part: Part) -> Value {
    let class = match part {
        Part::Keys => vm.types.dict_keys,
        Part::Values => vm.types.dict_values,
        Part::Items => vm.types.dict_items,
    };
    let dict = Value::borrowed(dict).into_word();
    allocate(class, |header| View { header, dict, part })
}

fn view<'a>(word: Word) -> &'a View {
    let view = cast::<View>(word).expect("the slots are those of views");
    // SAFETY: a live view; it does not change.
    unsafe { &*view }
}

/// State of the iterators of a dict.
pub struct Walk {
    dict: Value,
    part: Part,
    position: usize,
    /// The number of entries that the dict must still have.
    len: usize,
    left: usize,
}

impl Walk {
    fn check(&self, vm: &mut Vm) -> Outcome<()> {
        if table(self.dict.word()).len() != self.len {
            return Err(vm.raise(
                vm.types.RuntimeError,
                "dictionary changed size during iteration",
            ));
        }
        Ok(())
    }
}

impl Walk {
    fn next_entry(&mut self, vm: &mut Vm) -> Outcome<Option<&DictEntry>> {
        self.check(vm)?;
        let dict = table(self.dict.word());
        while self.position < dict.prefix.used {
            let entry = dict.entry_at(self.position);
            self.position += 1;
            let Some(entry) = entry else { continue };
            if self.left == 0 {
                return Err(vm.raise(
                    vm.types.RuntimeError,
                    "dictionary keys changed during iteration",
                ));
            }
            self.left -= 1;
            return Ok(Some(entry));
        }
        Ok(None)
    }
}

impl Advance for Walk {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let part = self.part;
        Ok(self.next_entry(vm)?.map(|entry| part.of(vm, entry)))
    }

    fn makes_pairs(&self) -> bool {
        self.part == Part::Items
    }

    fn advance_pair(&mut self, vm: &mut Vm) -> Outcome<Option<(Value, Value)>> {
        let entry = self.next_entry(vm)?;
        Ok(entry.map(|entry| (Value::borrowed(entry.key), Value::borrowed(entry.value))))
    }

    fn remaining(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// State of the reverse iterators of a dict.
pub struct WalkBack(Walk);

impl Advance for WalkBack {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        self.0.check(vm)?;
        let dict = table(self.0.dict.word());
        while self.0.position > 0 {
            self.0.position -= 1;
            if let Some(entry) = dict.entry_at(self.0.position) {
                return Ok(Some(self.0.part.of(vm, entry)));
            }
        }
        Ok(None)
    }
}

fn walk(dict: Word, part: Part) -> Walk {
    let len = table(dict).len();
    Walk {
        dict: Value::borrowed(dict),
        part,
        position: 0,
        len,
        left: len,
    }
}

/// An iterator over part of `dict`'s entries.
pub fn iterate(vm: &Vm, dict: Word, part: Part) -> Value {
    let class = match part {
        Part::Keys => vm.types.dict_keyiterator,
        Part::Values => vm.types.dict_valueiterator,
        Part::Items => vm.types.dict_itemiterator,
    };
    iterators::new(class, walk(dict, part))
}

/// An iterator from the last entry to the first.
pub fn reversed(vm: &Vm, dict: Word, part: Part) -> Value {
    let class = match part {
        Part::Keys => vm.types.dict_reversekeyiterator,
        Part::Values => vm.types.dict_reversevalueiterator,
        Part::Items => vm.types.dict_reverseitemiterator,
    };
    let position = table(dict).prefix.used;
    iterators::new(
        class,
        WalkBack(Walk {
            position,
            ..walk(dict, part)
        }),
    )
}

fn contains(vm: &mut Vm, word: Word, item: Word) -> Outcome<bool> {
    let view = view(word);
    match view.part {
        Part::Keys => dict::contains(vm, view.dict, item),
        Part::Items => {
            let Some(&[key, value]) = cast_tuple(item).map(Tuple::items) else {
                return Ok(false);
            };
            match dict::get(vm, view.dict, key)? {
                Some(found) => vm.eq(found.word(), value),
                None => Ok(false),
            }
        }
        Part::Values => {
            let iterator = iterate(vm, view.dict, Part::Values);
            while let Some(value) = vm.iter_next(iterator.word())? {
                if vm.eq(value.word(), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let name = view(word).part.name();
    if !vm.enter_repr(word) {
        return Ok(vm.new_str("..."));
    }
    let text = vm.collect(word).and_then(|items| {
        let items: Outcome<Vec<String>> =
            items.iter().map(|item| vm.repr_text(item.word())).collect();
        items.map(|items| format!("{name}([{}])", items.join(", ")))
    });
    vm.leave_repr();
    let text = text?;
    Ok(vm.new_str(&text))
}

/// Is `word` a view that behaves as a set?
pub fn is_set_like(word: Word) -> bool {
    // SAFETY: a live view.
    cast::<View>(word).is_some_and(|view| unsafe { (*view).part } != Part::Values)
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if !set::is_set(left) && !is_set_like(left) || !set::is_set(right) && !is_set_like(right) {
        return declined(vm);
    }
    let (left, right) = (
        set::from_iterable(vm, left)?,
        set::from_iterable(vm, right)?,
    );
    set::compare(vm, left.word(), right.word(), op)
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    if op.is_inplace()
        || !matches!(
            op,
            BinaryOp::And | BinaryOp::Or | BinaryOp::Subtract | BinaryOp::Xor
        )
    {
        return declined(vm);
    }
    let (left, right) = (
        set::from_iterable(vm, left)?,
        set::from_iterable(vm, right)?,
    );
    set::binary(vm, op, left.word(), right.word())
}

fn is_disjoint(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let left = set::from_iterable(vm, args.values[0])?;
    let right = set::from_iterable(vm, args.values[1])?;
    let common = set::binary(vm, BinaryOp::And, left.word(), right.word())?;
    Ok(Value::bool(table(common.word()).is_empty()))
}

/// Fills in the classes of views and their iterators.
pub fn install(vm: &mut Vm) {
    let views: [*mut Class; 3] = [
        vm.types.dict_keys,
        vm.types.dict_values,
        vm.types.dict_items,
    ];
    for class in views {
        // SAFETY: classes are never freed.
        let slots = unsafe { &mut (*class).slots };
        slots.repr = Some(repr);
        slots.len = Some(|_, word| Ok(table(view(word).dict).len()));
        slots.iter = Some(|vm, word| Ok(iterate(vm, view(word).dict, view(word).part)));
        slots.contains = Some(contains);
        if class != vm.types.dict_values {
            slots.compare = Some(compare);
            slots.binary = Some(binary);
            vm.define(
                class,
                &[NativeDef::method("isdisjoint", Arity::One, is_disjoint)],
            );
        }
        vm.define(
            class,
            &[NativeDef::method(
                "__reversed__",
                Arity::None,
                |vm, args| {
                    let view = view(args.values[0]);
                    Ok(reversed(vm, view.dict, view.part))
                },
            )],
        );
        vm.ready(class);
    }
    let types = vm.types;
    for class in [
        types.dict_keyiterator,
        types.dict_valueiterator,
        types.dict_itemiterator,
    ] {
        iterators::install::<Walk>(vm, class);
    }
    for class in [
        types.dict_reversekeyiterator,
        types.dict_reversevalueiterator,
        types.dict_reverseitemiterator,
    ] {
        iterators::install::<WalkBack>(vm, class);
    }
}
