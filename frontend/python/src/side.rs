//! Attributes of instances that have a native layout: a Python class derived from `list`, `int`, `str`…
//!
//! Such instances are rare, and their layout has no room for attributes, so these stand in a table beside the objects,
//! keyed by address. (Exceptions, which often have attributes, carry their own dict.)

use std::cell::RefCell;

use hashbrown::HashMap;

use crate::class::Class;
use crate::layout::{Header, Word};
use crate::value::Value;
use crate::vm::Vm;

thread_local! {
    static DICTS: RefCell<HashMap<Word, Value>> = RefCell::new(HashMap::new());
}

/// The dict of attributes of `object`, if it has any.
pub fn attributes(object: Word) -> Option<Word> {
    DICTS.with(|dicts| dicts.borrow().get(&object).map(Value::word))
}

/// The dict of attributes of `object`, made if need be.
pub fn attributes_mut(vm: &Vm, object: Word) -> Word {
    DICTS.with(|dicts| {
        dicts
            .borrow_mut()
            .entry(object)
            .or_insert_with(|| vm.new_dict())
            .word()
    })
}

/// Frees an instance with side attributes: drops these, then what its built-in base owns.
///
/// # Safety
/// `object`'s last reference is gone and its class has a built-in base that is not `object`.
pub unsafe fn dealloc(object: *mut Header) {
    let dict = DICTS.with(|dicts| dicts.borrow_mut().remove(&(object as Word)));
    drop(dict);
    // SAFETY: classes are never freed; every MRO ends in built-in classes.
    unsafe {
        let class = &*(*object).class.cast::<Class>();
        let base = class
            .mro
            .iter()
            .find(|base| !(***base).is_user())
            .expect("`object` at least");
        ((**base).dealloc)(object);
    }
}
