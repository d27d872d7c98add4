//! Objects as such: how they come to be, and how they go.
//!
//! Every built-in object type is a `repr(C)` struct that begins with a [`Header`] and implements [`Object`]: the shape
//! it is recognised by and what it drops. Making one is [`allocate`]; [`cast`] goes from a word to the struct.
//!
//! Dropping the last reference calls the `dealloc` of the object's *layout* (through its class), which drops what the
//! object owns. A list nested a million deep would recurse a million deep, so beyond [`DEEPEST`] levels objects are put
//! on a list that the outermost release works through.

use std::any::TypeId;
use std::cell::{Cell, RefCell};

use crate::alloc;
use crate::class::Class;
use crate::layout::{Header, SHAPE_OTHER, Word, has_shape, header, is_pointer};
use crate::value::Value;

/// A built-in object type with a fixed size.
pub trait Object: Sized + 'static {
    /// The `SHAPE_*` of plain instances; [`SHAPE_OTHER`] for types without a fast path.
    const SHAPE: u32 = SHAPE_OTHER;

    /// Drops what the object owns, not its memory. Fields of Rust types that need dropping are dropped here too
    /// (`std::ptr::drop_in_place`).
    ///
    /// # Safety
    /// Called once, when the last reference is gone.
    unsafe fn drop_contents(&mut self);
}

/// Levels of nested releases before they are deferred.
const DEEPEST: u32 = 40;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DEFERRED: RefCell<Vec<*mut Header>> = const { RefCell::new(Vec::new()) };
}

unsafe fn dealloc(object: *mut Header) {
    // SAFETY: as for `release`.
    unsafe { ((*(*object).class.cast::<Class>()).dealloc)(object) }
}

/// Frees an object whose last reference is gone.
///
/// # Safety
/// `object`'s reference count has just reached zero.
#[inline(never)]
pub unsafe fn release(object: *mut Header) {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        DEFERRED.with(|list| list.borrow_mut().push(object));
        return;
    }
    DEPTH.set(depth + 1);
    // SAFETY: classes are never freed, and say how their instances are.
    unsafe { dealloc(object) };
    if depth == 0 {
        while let Some(next) = DEFERRED.with(|list| list.borrow_mut().pop()) {
            // SAFETY: it was put there when its count reached zero.
            unsafe { dealloc(next) };
        }
    }
    DEPTH.set(depth);
}

/// A new object of `class` with its header filled in; `make` gets the header and returns the whole struct.
pub fn allocate<T: Object>(class: *mut Class, make: impl FnOnce(Header) -> T) -> Value {
    let block = alloc::allocate(size_of::<T>()).cast::<T>();
    // SAFETY: the block is as large as a `T` and aligned for it.
    unsafe { block.write(make(new_header(class, T::SHAPE))) };
    Value::from_owned(block as Word)
}

/// The `dealloc` of classes whose instances are `T`s.
///
/// # Safety
/// `object` is a `T` from [`allocate`] whose last reference is gone.
pub unsafe fn dealloc_fixed<T: Object>(object: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        (*object.cast::<T>()).drop_contents();
        alloc::free(object.cast(), size_of::<T>());
    }
}

/// The header of a new object: one reference, which the maker owns. `shape` is replaced by
/// [`SHAPE_OTHER`] in instances of Python classes derived from a built-in one, so that a
/// shape guard never takes an object whose methods may be overridden.
#[inline(always)]
pub fn new_header(class: *mut Class, shape: u32) -> Header {
    // SAFETY: classes are never freed.
    let shape = if unsafe { (*class).is_user() } {
        SHAPE_OTHER
    } else {
        shape
    };
    Header {
        refcount: 1,
        shape,
        class: class.cast(),
    }
}

/// The object that `word` is, if it has `T`'s layout: a plain `T`, or an instance of a Python class derived from it.
#[inline(always)]
pub fn cast<T: Object>(word: Word) -> Option<*mut T> {
    // SAFETY: `word` is a live value.
    unsafe {
        if T::SHAPE != SHAPE_OTHER && has_shape(word, T::SHAPE) {
            return Some(word as *mut T);
        }
        if is_pointer(word)
            && (*header(word)).shape == SHAPE_OTHER
            && (*(*header(word)).class.cast::<Class>()).native == TypeId::of::<T>()
        {
            return Some(word as *mut T);
        }
    }
    None
}

/// The object that `word` is, if it is a plain `T` (of exactly the built-in class, not a Python class derived from
/// it). Only for types with a shape of their own.
#[inline(always)]
pub fn cast_exact<T: Object>(word: Word) -> Option<*mut T> {
    const { assert!(T::SHAPE != SHAPE_OTHER) };
    // SAFETY: `word` is a live value.
    (unsafe { has_shape(word, T::SHAPE) }).then_some(word as *mut T)
}

#[cfg(test)]
mod tests {
    use crate::vm::{Vm, VmOptions};

    #[test]
    fn a_million_nested_lists_are_dropped_without_recursion() {
        let vm = Vm::new(VmOptions::default());
        let mut outer = vm.new_list(vec![]);
        for _ in 0..1_000_000 {
            outer = vm.new_list(vec![outer]);
        }
        drop(outer);
    }
}
