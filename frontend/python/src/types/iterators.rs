//! Iterators written in Rust.
//!
//! A native iterator is an object round a state that can [`Advance`]. While it does, the object does not hold the
//! state, so that Python code that runs meanwhile and asks the same iterator finds it at its end instead of in the
//! middle of a step.

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

    /// How many items are still to come, if that is known.
    fn remaining(&self) -> Option<usize> {
        None
    }
}

/// A native iterator.
#[repr(C)]
pub struct NativeIter<S> {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
    /// `None` at the end, and while a step runs.
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
        state: Some(state),
    })
}

fn next<S: Advance>(vm: &mut Vm, word: Word) -> Outcome<Option<Value>> {
    let iterator = cast::<NativeIter<S>>(word).expect("the slot is that of such iterators");
    // SAFETY: the caller keeps the iterator alive; no reference to it is held while the step runs.
    let Some(mut state) = (unsafe { (*iterator).state.take() }) else {
        return Ok(None);
    };
    let item = state.advance(vm);
    if !matches!(item, Ok(None)) {
        // SAFETY: as above.
        unsafe { (*iterator).state = Some(state) };
    }
    item
}

/// Fills in the class of iterators with states `S`.
pub(crate) fn install<S: Advance>(vm: &mut Vm, class: *mut Class) {
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.iter = Some(|_, word| Ok(Value::borrowed(word)));
    slots.next = Some(next::<S>);
    vm.define(
        class,
        &[NativeDef::method(
            "__length_hint__",
            Arity::None,
            |vm, args| {
                let iterator =
                    cast::<NativeIter<S>>(args.values[0]).expect("a method of such iterators");
                // SAFETY: a live iterator.
                let left =
                    unsafe { (*iterator).state.as_ref() }.map_or(Some(0), Advance::remaining);
                Ok(left.map_or_else(
                    || vm.not_implemented_value(),
                    |left| Value::small_int(left as i64),
                ))
            },
        )],
    );
    vm.ready(class);
}
