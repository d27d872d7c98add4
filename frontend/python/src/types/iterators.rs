//! Iterators written in Rust.
//!
//! A native iterator is an object round a state that can [`Advance`]. While it does it is marked busy, so that Python
//! code that runs meanwhile and asks the same iterator finds it at its end instead of in the middle of a step.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::native::{Arity, NativeDef};
use crate::value::Value;
use crate::vm::Vm;

/// The state of a native iterator.
pub trait Advance: 'static {
    /// The next item, or `None` at the end, after which it is not asked again.
    ///
    /// # Errors
    /// Whatever producing it raises.
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>>;

    /// Do all items come as tuples of two, and does [`Advance::advance_pair`] give them?
    fn makes_pairs(&self) -> bool {
        false
    }

    /// [`Advance::advance`] without the tuple, for those that make pairs.
    ///
    /// # Errors
    /// As [`Advance::advance`].
    fn advance_pair(&mut self, _vm: &mut Vm) -> Outcome<Option<(Value, Value)>> {
        Ok(None)
    }

    /// How many items are still to come, if that is known.
    fn remaining(&self) -> Option<usize> {
        None
    }
}

/// What an iterator over pairs says.
pub enum Pair {
    /// The next one.
    Items(Value, Value),
    /// It is at its end.
    End,
    /// It is to be asked in the ordinary way. Nothing happened.
    Unknown,
}

/// A native iterator.
#[repr(C)]
pub struct NativeIter<S> {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
    /// Does a step run? Then nobody else touches the state.
    busy: bool,
    /// `None` at the end.
    state: Option<S>,
}

impl<S: Advance> Object for NativeIter<S> {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.state) }
    }
}

/// A new iterator of class `class`, whose instances are `NativeIter<S>`s.
#[inline]
pub fn new<S: Advance>(class: *mut Class, state: S) -> Value {
    allocate(class, |header| NativeIter {
        header,
        busy: false,
        state: Some(state),
    })
}

fn next<S: Advance>(vm: &mut Vm, word: Word) -> Outcome<Option<Value>> {
    step::<S, _>(vm, word, S::advance)
}

fn next_pair<S: Advance>(vm: &mut Vm, word: Word) -> Outcome<Pair> {
    let iterator = cast::<NativeIter<S>>(word).expect("the slot is that of such iterators");
    // SAFETY: the caller keeps the iterator alive; the state is looked at between steps only.
    let makes_pairs = unsafe {
        !(*iterator).busy && (*iterator).state.as_ref().is_some_and(Advance::makes_pairs)
    };
    if !makes_pairs {
        return Ok(Pair::Unknown);
    }
    Ok(match step::<S, _>(vm, word, S::advance_pair)? {
        Some((first, second)) => Pair::Items(first, second),
        None => Pair::End,
    })
}

fn step<S: Advance, T>(
    vm: &mut Vm,
    word: Word,
    advance: fn(&mut S, &mut Vm) -> Outcome<Option<T>>,
) -> Outcome<Option<T>> {
    crate::types::check_depth(vm, "")?;
    let iterator = cast::<NativeIter<S>>(word).expect("the slot is that of such iterators");
    // SAFETY: the caller keeps the iterator alive; `busy` keeps everybody else from its state.
    unsafe {
        if (*iterator).busy {
            return Ok(None);
        }
        let Some(state) = &mut (*iterator).state else {
            return Ok(None);
        };
        (*iterator).busy = true;
        let item = advance(state, vm);
        (*iterator).busy = false;
        if matches!(item, Ok(None)) {
            let ended = (*iterator).state.take();
            drop(ended);
        }
        item
    }
}

/// Fills in the class of iterators with states `S`.
pub(crate) fn install<S: Advance>(vm: &mut Vm, class: *mut Class) {
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.iter = Some(|_, word| Ok(Value::borrowed(word)));
    slots.next = Some(next::<S>);
    slots.next_pair = Some(next_pair::<S>);
    vm.define(
        class,
        &[NativeDef::method(
            "__length_hint__",
            Arity::None,
            |vm, args| {
                let iterator =
                    cast::<NativeIter<S>>(args.values[0]).expect("a method of such iterators");
                // SAFETY: a live iterator, and its state is looked at between steps only.
                let left = unsafe {
                    if (*iterator).busy {
                        None
                    } else {
                        (*iterator)
                            .state
                            .as_ref()
                            .map_or(Some(0), Advance::remaining)
                    }
                };
                Ok(left.map_or_else(
                    || vm.not_implemented_value(),
                    |left| Value::small_int(left as i64),
                ))
            },
        )],
    );
    vm.ready(class);
}
