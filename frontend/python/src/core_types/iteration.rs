//! The iterators of ranges, lists and tuples, and of objects that have only `__getitem__`.

use crate::error::Outcome;
use crate::layout::{EMPTY, Header, SHAPE_TUPLE_ITER, Word, has_shape};
use crate::object::{Object, allocate, cast};
use crate::objects::iterators::{RangeIter, SeqIter};
use crate::objects::native::{Arity, NativeDef};
use crate::value::{Value, decref};
use crate::vm::Vm;

/// An iterator over an object that has `__getitem__` but no `__iter__`.
#[repr(C)]
pub struct GetItemIter {
    header: Header,
    object: Word,
    index: i64,
}

impl Object for GetItemIter {
    unsafe fn drop_contents(&mut self) {
        decref(self.object);
    }
}

/// An iterator over `object[0]`, `object[1]`…
pub fn new_getitem_iter(vm: &Vm, object: Word) -> Value {
    let object = Value::borrowed(object).into_word();
    allocate(vm.types.iterator, |header| GetItemIter {
        header,
        object,
        index: 0,
    })
}

/// Fills in the classes.
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    let hint = NativeDef::method("__length_hint__", Arity::None, |vm, args| {
        let left = remaining(args.values[0]);
        Ok(vm.new_int(left as i64))
    });
    for class in [
        types.range_iterator,
        types.list_iterator,
        types.tuple_iterator,
        types.iterator,
    ] {
        // SAFETY: classes are never freed.
        unsafe {
            (*class).slots.iter = Some(|_, object| Ok(Value::borrowed(object)));
            (*class).slots.next = Some(if class == types.iterator {
                getitem_next
            } else {
                Vm::iter_next
            });
        }
        if class != types.iterator {
            vm.define(class, &[hint]);
        }
        vm.ready(class);
    }
}

fn remaining(iterator: Word) -> usize {
    // SAFETY: the method belongs to these three classes; the sequence is kept alive by the iterator.
    unsafe {
        if let Some(range) = cast::<RangeIter>(iterator) {
            return (*range).remaining as usize;
        }
        let iter = iterator as *mut SeqIter;
        if (*iter).seq == EMPTY {
            return 0;
        }
        let len = if has_shape(iterator, SHAPE_TUPLE_ITER) {
            (*((*iter).seq as *mut crate::layout::Tuple)).len
        } else {
            (*((*iter).seq as *mut crate::layout::List)).len
        };
        len.saturating_sub((*iter).index)
    }
}

fn getitem_next(vm: &mut Vm, iterator: Word) -> Outcome<Option<Value>> {
    let iterator = cast::<GetItemIter>(iterator).expect("a slot of its class");
    // SAFETY: the caller keeps the iterator alive, and it the object.
    let (object, index) = unsafe { ((*iterator).object, (*iterator).index) };
    if object == EMPTY {
        return Ok(None);
    }
    let key = vm.new_int(index);
    match vm.get_item(object, key.word()) {
        Ok(item) => {
            // SAFETY: as above.
            unsafe { (*iterator).index += 1 };
            Ok(Some(item))
        }
        Err(raised)
            if vm.catch(raised, vm.types.IndexError)
                || vm.catch(raised, vm.types.StopIteration) =>
        {
            // SAFETY: as above.
            unsafe { decref(std::mem::replace(&mut (*iterator).object, EMPTY)) };
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

impl Vm {
    /// Raises `StopIteration`, with the value that a generator returned if one just did.
    #[cold]
    pub fn raise_stop_iteration(&mut self) -> crate::error::Raised {
        let args = self.stop_value.take().into_iter().collect();
        let error = crate::objects::exception::new(self, self.types.StopIteration, args);
        self.raise_object(error)
    }
}
