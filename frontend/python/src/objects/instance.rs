//! Instances of Python classes: slots laid out by a shape.
//!
//! The number of slots in the object itself is fixed when its class is made; attributes beyond it go to an overflow
//! array, whose length stands in the word before it.

use crate::alloc;
use crate::class::{Class, FLAG_FINALIZER, FLAG_INSTANCE};
use crate::finalizer;
pub use crate::layout::Instance;
use crate::layout::{EMPTY, Header, Word, header, is_pointer};
use crate::object::Object;
use crate::value::{Value, decref};
use crate::vm::Vm;

impl Object for Instance {
    unsafe fn drop_contents(&mut self) {
        unreachable!("instances have a dealloc of their own");
    }
}

/// Byte offset of the first inline slot.
pub const INLINE_OFFSET: usize = size_of::<Instance>();

fn block_size(inline_slots: usize) -> usize {
    INLINE_OFFSET + inline_slots * size_of::<Word>()
}

/// The instance behind `word`, if its class has shapes.
#[inline]
pub fn cast_instance(word: Word) -> Option<*mut Instance> {
    // SAFETY: a live object.
    let has_shape = is_pointer(word)
        && unsafe { (*(*header(word)).class.cast::<Class>()).flags & FLAG_INSTANCE != 0 };
    has_shape.then_some(word as *mut Instance)
}

/// A new instance of `class`, without attributes.
#[inline]
pub fn new(class: *mut Class) -> Value {
    // SAFETY: classes are never freed; the block has room for the slots.
    unsafe {
        let slots = (*class).inline_slots as usize;
        let instance = alloc::allocate(block_size(slots)).cast::<Instance>();
        let header = Header {
            refcount: 1,
            shape: (*class).root_shape,
            class: class.cast(),
        };
        instance.write(Instance {
            header,
            overflow: std::ptr::null_mut(),
            inline: [],
        });
        let place = (&raw mut (*instance).inline).cast::<Word>();
        for index in 0..slots {
            place.add(index).write(EMPTY);
        }
        Value::from_owned(instance as Word)
    }
}

/// Frees an instance.
///
/// # Safety
/// `object` is an instance from [`new`] whose last reference is gone.
pub unsafe fn dealloc(object: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        let instance = object.cast::<Instance>();
        let class = &*(*object).class.cast::<Class>();
        if class.flags & FLAG_FINALIZER != 0 && finalizer::resurrects(object, finalizer::call_del) {
            return;
        }
        let slots = class.inline_slots as usize;
        let place = (&raw const (*instance).inline).cast::<Word>();
        for index in 0..slots {
            decref(*place.add(index));
        }
        let overflow = (*instance).overflow;
        if !overflow.is_null() {
            let len = *overflow.sub(1) as usize;
            for index in 0..len {
                decref(*overflow.add(index));
            }
            alloc::free(overflow.sub(1).cast(), (len + 1) * size_of::<Word>());
        }
        alloc::free(object.cast(), block_size(slots));
    }
}

/// The place of slot `index` of an instance, which its shape must have.
///
/// # Safety
/// `instance` is live and its shape has more than `index` slots.
#[inline]
pub unsafe fn slot(instance: *mut Instance, index: usize) -> *mut Word {
    // SAFETY: by contract.
    unsafe {
        let inline = (*(*instance).header.class.cast::<Class>()).inline_slots as usize;
        if index < inline {
            (&raw mut (*instance).inline).cast::<Word>().add(index)
        } else {
            (*instance).overflow.add(index - inline)
        }
    }
}

/// Attribute `name` (interned), borrowed.
#[inline]
pub fn get(vm: &Vm, instance: *mut Instance, name: Word) -> Option<Word> {
    // SAFETY: a live instance; its shape names its slots.
    unsafe {
        let index = vm.shapes.get((*instance).header.shape).slot(name)?;
        let value = *slot(instance, index);
        (value != EMPTY).then_some(value)
    }
}

/// Sets attribute `name` (interned).
pub fn set(vm: &mut Vm, instance: *mut Instance, name: Word, value: Value) {
    // SAFETY: a live instance; a new slot is made before it is written.
    unsafe {
        let shape = (*instance).header.shape;
        if let Some(index) = vm.shapes.get(shape).slot(name) {
            let old = std::mem::replace(&mut *slot(instance, index), value.into_word());
            return decref(old);
        }
        let index = vm.shapes.get(shape).names.len();
        let inline = (*(*instance).header.class.cast::<Class>()).inline_slots as usize;
        if index >= inline {
            reserve_overflow(instance, index - inline + 1);
        }
        (*instance).header.shape = vm.shapes.add_attribute(shape, name);
        *slot(instance, index) = value.into_word();
    }
}

unsafe fn reserve_overflow(instance: *mut Instance, len: usize) {
    // SAFETY: the old array has the length its first word says.
    unsafe {
        let old = (*instance).overflow;
        let old_len = if old.is_null() {
            0
        } else {
            *old.sub(1) as usize
        };
        if len <= old_len {
            return;
        }
        let new_len = (len + 3).next_power_of_two();
        let block = alloc::allocate((new_len + 1) * size_of::<Word>()).cast::<Word>();
        *block = new_len as Word;
        for index in 0..new_len {
            *block.add(1 + index) = if index < old_len {
                *old.add(index)
            } else {
                EMPTY
            };
        }
        if old_len != 0 {
            alloc::free(old.sub(1).cast(), (old_len + 1) * size_of::<Word>());
        }
        (*instance).overflow = block.add(1);
    }
}

/// Deletes attribute `name` (interned); was it there?
pub fn delete(vm: &mut Vm, instance: *mut Instance, name: Word) -> bool {
    // SAFETY: a live instance.
    unsafe {
        let Some(index) = vm.shapes.get((*instance).header.shape).slot(name) else {
            return false;
        };
        let old = std::mem::replace(&mut *slot(instance, index), EMPTY);
        decref(old);
        old != EMPTY
    }
}

/// Names and values of the attributes that are set, in order.
pub fn attributes(vm: &Vm, instance: *mut Instance) -> Vec<(Word, Value)> {
    // SAFETY: a live instance.
    unsafe {
        let names = &vm.shapes.get((*instance).header.shape).names;
        let all = names
            .iter()
            .enumerate()
            .map(|(index, &name)| (name, *slot(instance, index)));
        all.filter(|&(_, value)| value != EMPTY)
            .map(|(name, value)| (name, Value::borrowed(value)))
            .collect()
    }
}
