//! `super`: attribute lookup that starts after a class in the MRO.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{EMPTY, Header, SHAPE_CELL, Word, has_shape};
use crate::object::{Object, allocate, cast};
use crate::objects::cell::Cell;
use crate::objects::native::Args;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// A `super` object.
#[repr(C)]
pub struct Super {
    header: Header,
    start: *mut Class,
    /// The instance, or the class for class methods; owned.
    receiver: Word,
    /// Whose MRO is searched.
    search: *mut Class,
}

impl Object for Super {
    unsafe fn drop_contents(&mut self) {
        decref(self.receiver);
    }
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.types.super_;
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.new = Some(super_new);
        (*class).slots.get_attr = Some(super_get_attr);
        (*class).slots.repr = Some(|vm, object| {
            let object = cast::<Super>(object).expect("a slot of its class");
            let (start, search) = (&(*(*object).start).name, &(*(*object).search).name);
            Ok(vm.new_str(&format!("<super: <class '{start}'>, <{search} object>>")))
        });
    }
    vm.ready(class);
}

fn super_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let (start, receiver) = match args.values {
        [] => implicit_arguments(vm)?,
        [start, receiver] => (*start, Value::borrowed(*receiver)),
        _ => return Err(vm.not_implemented("super() with one argument")),
    };
    let Some(start) = cast::<Class>(start) else {
        let got = vm.class_name(start);
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {got}")));
    };
    let search = search_class(vm, start, receiver.word())?;
    let receiver = receiver.into_word();
    Ok(allocate(class, |header| Super {
        header,
        start,
        receiver,
        search,
    }))
}

/// Whose MRO `super(start, receiver)` searches.
pub(crate) fn search_class(vm: &mut Vm, start: *mut Class, receiver: Word) -> Outcome<*mut Class> {
    if let Some(class) = cast::<Class>(receiver)
        // SAFETY: classes are never freed.
        && unsafe { (*class).is_subclass(start) }
    {
        return Ok(class);
    }
    let class = Class::ptr_of(vm, receiver);
    // SAFETY: classes are never freed.
    if unsafe { (*class).is_subclass(start) } {
        return Ok(class);
    }
    Err(vm.type_error("super(type, obj): obj must be an instance or subtype of type"))
}

/// `super()` in a method: the class is in the cell `__class__`, the receiver is the first argument.
fn implicit_arguments(vm: &mut Vm) -> Outcome<(Word, Value)> {
    let Some(frame) = vm.running_frame() else {
        return Err(vm.raise(vm.types.RuntimeError, "super(): no current frame"));
    };
    let code = frame.code();
    if code.arg_count == 0 {
        return Err(vm.raise(vm.types.RuntimeError, "super(): no arguments"));
    }
    let cell = code
        .locals
        .iter()
        .zip(&code.kinds)
        .position(|(&name, kind)| {
            *kind == crate::objects::code::LocalKind::Free && name == vm.names.__class__
        });
    let Some(cell) = cell else {
        return Err(vm.raise(vm.types.RuntimeError, "super(): __class__ cell not found"));
    };
    let mut receiver = frame.local(0);
    // SAFETY: frame slots hold live values or nothing.
    unsafe {
        if has_shape(receiver, SHAPE_CELL) {
            receiver = (*(receiver as *mut Cell)).value;
        }
    }
    if receiver == EMPTY {
        return Err(vm.raise(vm.types.RuntimeError, "super(): arg[0] deleted"));
    }
    // SAFETY: free variables are cells.
    let class = unsafe { (*(frame.local(cell) as *mut Cell)).value };
    if class == EMPTY {
        return Err(vm.raise(vm.types.RuntimeError, "super(): empty __class__ cell"));
    }
    Ok((class, Value::borrowed(receiver)))
}

fn super_get_attr(vm: &mut Vm, object: Word, name: Word) -> Outcome<Option<Value>> {
    let object_ref = cast::<Super>(object).expect("a slot of its class");
    // SAFETY: a live object.
    let (start, receiver, search) = unsafe {
        (
            (*object_ref).start,
            (*object_ref).receiver,
            (*object_ref).search,
        )
    };
    if name != vm.names.__class__
        && let Some(found) = vm.super_lookup(start, receiver, search, name)?
    {
        return Ok(Some(found));
    }
    vm.generic_get_attr(object, name)
}

impl Vm {
    /// Attribute `name` after `start` in the MRO of `search`, bound to `receiver`.
    ///
    /// # Errors
    /// What a descriptor raises.
    pub fn super_lookup(
        &mut self,
        start: *mut Class,
        receiver: Word,
        search: *mut Class,
        name: Word,
    ) -> Outcome<Option<Value>> {
        // SAFETY: classes are never freed.
        let Some(found) = (unsafe { (*search).lookup_after(start, name) }) else {
            return Ok(None);
        };
        let found = Value::borrowed(found);
        let Some(descr_get) = self.class_of(found.word()).slots.descr_get else {
            return Ok(Some(found));
        };
        // On a class the lookup is of the class itself: plain functions stay unbound.
        let instance = if receiver == search as Word {
            None
        } else {
            Some(receiver)
        };
        descr_get(self, found.word(), instance, search).map(Some)
    }
}
