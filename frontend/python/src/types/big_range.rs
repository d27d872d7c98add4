//! `range` with bounds beyond machine integers.
//!
//! The class is derived from `range` and has its name; everything that a plain range does by its layout is done here
//! by big integers.

use super::declined;
use super::iterators::{self, Advance, NativeIter};
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::{Header, Word};
use crate::object::{Object, cast};
use crate::objects::bigint::as_int;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::Comparison;
use crate::types::convert::to_index;
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A range of big integers.
#[repr(C)]
pub struct BigRange {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
    start: BigInt,
    stop: BigInt,
    step: BigInt,
}

impl Object for BigRange {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe {
            std::ptr::drop_in_place(&raw mut self.start);
            std::ptr::drop_in_place(&raw mut self.stop);
            std::ptr::drop_in_place(&raw mut self.step);
        }
    }
}

impl BigRange {
    fn len(&self) -> BigInt {
        let distance = if self.step.is_positive() {
            &self.stop - &self.start
        } else {
            &self.start - &self.stop
        };
        if distance.is_positive() {
            (distance - 1) / self.step.abs() + 1
        } else {
            BigInt::zero()
        }
    }

    fn position_of(&self, item: Word) -> Option<BigInt> {
        let offset = as_int(item)?.to_bigint() - &self.start;
        let (position, rest) = offset.div_mod_floor(&self.step);
        (rest.is_zero() && !position.is_negative() && position < self.len()).then_some(position)
    }

    /// What ranges are compared and hashed by, as a tuple.
    fn identity(&self, vm: &Vm) -> Value {
        let len = self.len();
        let start = if len.is_zero() {
            Value::NONE
        } else {
            vm.new_bigint(self.start.clone())
        };
        let step = if len <= BigInt::one() {
            Value::NONE
        } else {
            vm.new_bigint(self.step.clone())
        };
        vm.new_tuple(vec![vm.new_bigint(len), start, step])
    }
}

fn range_of<'a>(word: Word) -> &'a BigRange {
    let range = cast::<BigRange>(word).expect("slots of big ranges are called on them");
    // SAFETY: a live range; ranges don't change.
    unsafe { &*range }
}

/// A new range; `step` is not zero.
pub fn new(vm: &Vm, start: BigInt, stop: BigInt, step: BigInt) -> Value {
    vm.new_object(|header| BigRange {
        header,
        start,
        stop,
        step,
    })
}

struct Walk {
    next: BigInt,
    step: BigInt,
    left: BigInt,
}

impl Advance for Walk {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        if self.left.is_zero() {
            return Ok(None);
        }
        self.left -= 1;
        let value = vm.new_bigint(self.next.clone());
        self.next += &self.step;
        Ok(Some(value))
    }

    fn remaining(&self) -> Option<usize> {
        self.left.to_usize()
    }
}

fn walk(vm: &Vm, next: BigInt, step: BigInt, left: BigInt) -> Value {
    iterators::new(
        vm.native_class::<NativeIter<Walk>>(),
        Walk { next, step, left },
    )
}

fn iter(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let range = range_of(word);
    Ok(walk(
        vm,
        range.start.clone(),
        range.step.clone(),
        range.len(),
    ))
}

fn len(vm: &mut Vm, word: Word) -> Outcome<usize> {
    match range_of(word).len().to_i64() {
        Some(len) => Ok(len as usize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    if super::slice::is_slice(key) {
        return Err(vm.not_implemented("slices of ranges beyond 62 bits"));
    }
    let range = range_of(word);
    let index = to_index(vm, key)?;
    let index = as_int(index.word())
        .map(|index| index.to_bigint())
        .unwrap_or_default();
    let len = range.len();
    let position = if index.is_negative() {
        index + &len
    } else {
        index
    };
    if position.is_negative() || position >= len {
        return Err(vm.index_error("range object index out of range"));
    }
    Ok(vm.new_bigint(&range.start + &range.step * position))
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
    if !is_equality || cast::<BigRange>(left).is_none() || cast::<BigRange>(right).is_none() {
        return declined(vm);
    }
    let (left, right) = (range_of(left).identity(vm), range_of(right).identity(vm));
    vm.compare(op, left.word(), right.word())
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let BigRange {
        start, stop, step, ..
    } = range_of(word);
    let text = if step.is_one() {
        format!("range({start}, {stop})")
    } else {
        format!("range({start}, {stop}, {step})")
    };
    Ok(vm.new_str(&text))
}

const METHODS: &[NativeDef] = &[
    NativeDef::method("index", Arity::One, |vm, args| {
        match range_of(args.values[0]).position_of(args.values[1]) {
            Some(position) => Ok(vm.new_bigint(position)),
            None => {
                let text = vm.repr_text(args.values[1])?;
                Err(vm.value_error(format!("{text} is not in range")))
            }
        }
    }),
    NativeDef::method("count", Arity::One, |_, args| {
        Ok(Value::small_int(i64::from(
            range_of(args.values[0])
                .position_of(args.values[1])
                .is_some(),
        )))
    }),
    NativeDef::method("__reversed__", Arity::None, reversed),
];

fn reversed(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let range = range_of(args.values[0]);
    let len = range.len();
    let last = &range.start + &range.step * (&len - BigInt::one());
    Ok(walk(vm, last, -range.step.clone(), len))
}

const ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "start",
        get: |vm, word| Ok(vm.new_bigint(range_of(word).start.clone())),
        set: None,
    },
    GetSetDef {
        name: "stop",
        get: |vm, word| Ok(vm.new_bigint(range_of(word).stop.clone())),
        set: None,
    },
    GetSetDef {
        name: "step",
        get: |vm, word| Ok(vm.new_bigint(range_of(word).step.clone())),
        set: None,
    },
];

/// Makes the class.
pub(super) fn install(vm: &mut Vm) {
    let iterator = vm.new_builtin_class::<NativeIter<Walk>>("longrange_iterator", vm.types.object);
    iterators::install::<Walk>(vm, iterator);
    let class = vm.new_builtin_class::<BigRange>("range", vm.types.range);
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(repr);
    slots.hash = Some(|vm, word| {
        let identity = range_of(word).identity(vm);
        vm.hash(identity.word())
    });
    slots.compare = Some(compare);
    slots.len = Some(len);
    slots.truthy = Some(|_, word| Ok(!range_of(word).len().is_zero()));
    slots.get_item = Some(get_item);
    slots.contains = Some(|_, word, item| Ok(range_of(word).position_of(item).is_some()));
    slots.iter = Some(iter);
    vm.define(class, METHODS);
    vm.define_getset(class, ATTRIBUTES);
    vm.ready(class);
}
