//! Attributes, imports.
//!
//! Specialized forms and what they guard:
//!
//! | form | guards | cache |
//! |---|---|---|
//! | `LOAD_ATTR_INSTANCE_VALUE` | shape | `[1..3]` shape, `[3]` byte offset of the slot |
//! | `LOAD_ATTR_WITH_HINT` | shape | `[1..3]` shape, `[3]` index in the overflow array |
//! | `LOAD_ATTR_METHOD_WITH_VALUES` | shape, class version | `[1..3]` shape, `[3..5]` version, `[5..9]` function |
//! | `LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES` | the same | `[5..9]` value |
//! | `LOAD_ATTR_PROPERTY` | the same | `[5..9]` getter |
//! | `LOAD_ATTR_METHOD_NO_DICT` | class version | `[1..3]` version, `[5..9]` function |
//! | `LOAD_ATTR_CLASS` | the owner is the class of that version | `[1..3]` version, `[5..9]` value |
//! | `LOAD_ATTR_MODULE` | version of the namespace's keys | `[1..3]` version, `[3]` position |

use crate::class::Class;
use crate::core_types::descriptors::Property;
use crate::core_types::modules;
use crate::core_types::superclass::search_class;
use crate::error::Outcome;
use crate::interp::cache::{self, count_down};
use crate::interp::calls::enter_getter;
use crate::interp::registers::Registers;
use crate::interp::special::{self, Use};
use crate::interp::specialize;
use crate::layout::{
    EMPTY, Instance, NONE, SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_MODULE, Word, has_shape, header,
    is_pointer,
};
use crate::object::cast;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::objects::instance::cast_instance;
use crate::objects::string::as_str;
use crate::protocol::attributes::MethodLookup;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// Units of a `LOAD_ATTR`'s cache.
pub const LOAD_CACHE: usize = 9;
/// Units of a `STORE_ATTR`'s cache.
pub const STORE_CACHE: usize = 4;

/// `LOAD_ATTR` in its generic form. `pc` is at the cache. The owner is replaced by the attribute; for a method call
/// (bit 0 of the argument) two words are pushed instead of one, the second being the receiver or nothing. Where a Python
/// function computes the attribute its frame is given back.
#[inline(never)]
pub fn load_attr(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    let name = registers.name(arg >> 1);
    let method = arg & 1 != 0;
    // SAFETY: `pc` is at the cache of a LOAD_ATTR.
    if unsafe { count_down(registers.pc) } {
        specialize::attrs::load_attr(vm, &registers, name, method);
    }
    let owner = registers.peek(1);
    if !method && let Some(getter) = python_getter(vm, owner, name) {
        let mut after = registers;
        after.skip(LOAD_CACHE);
        // SAFETY: the getter takes one argument.
        return unsafe { enter_getter(vm, &after, getter) }.map(Some);
    }
    own_attr(vm, registers, name, method).map(|()| None)
}

/// The Python function of one parameter that computes attribute `name` of a plain instance.
pub fn python_getter(vm: &Vm, owner: Word, name: Word) -> Option<Word> {
    cast_instance(owner)?;
    let class = vm.class_of(owner);
    if class.slots.get_attr.is_some() {
        return None;
    }
    let property = cast::<Property>(class.lookup(name)?)?;
    // SAFETY: a live property and its getter, a live function that owns its code.
    unsafe {
        let getter = (*property).getter();
        if getter == EMPTY || !has_shape(getter, SHAPE_FUNCTION) {
            return None;
        }
        let code = &*(*(getter as *mut Function)).code;
        (code.simple && code.arg_count == 1).then_some(getter)
    }
}

fn own_attr(vm: &mut Vm, registers: Registers, name: Word, method: bool) -> Outcome<()> {
    let owner = registers.peek(1);
    if !method {
        let value = vm.get_attr(owner, name)?;
        registers.poke(1, value.into_word());
        decref(owner);
        return Ok(());
    }
    let receiver = match vm.get_method(owner, name)? {
        MethodLookup::Method(function) => {
            registers.poke(1, function.into_word());
            owner
        }
        MethodLookup::Attribute(value) => {
            registers.poke(1, value.into_word());
            decref(owner);
            EMPTY
        }
    };
    // SAFETY: frames have room for the deepest stack.
    unsafe { *registers.sp = receiver };
    Ok(())
}

/// The borrowed value of `LOAD_ATTR_INSTANCE_VALUE`, if its guard holds and the slot is set.
#[inline(always)]
pub fn instance_value(registers: &Registers, owner: Word) -> Option<Word> {
    // SAFETY: the shape says that the offset is that of a slot.
    unsafe {
        if !has_shape(owner, cache::read_u32(registers.pc, 1)) {
            return None;
        }
        let value = *(owner as *const u8)
            .add(cache::read_u16(registers.pc, 3) as usize)
            .cast::<Word>();
        (value != EMPTY).then_some(value)
    }
}

/// The borrowed value of `LOAD_ATTR_WITH_HINT`, if its guard holds and the slot is set.
#[inline(always)]
pub fn overflow_value(registers: &Registers, owner: Word) -> Option<Word> {
    // SAFETY: the shape says that the overflow array has the index.
    unsafe {
        if !has_shape(owner, cache::read_u32(registers.pc, 1)) {
            return None;
        }
        let value = *(*(owner as *const Instance))
            .overflow
            .add(cache::read_u16(registers.pc, 3) as usize);
        (value != EMPTY).then_some(value)
    }
}

/// The borrowed word in the cache, if shape and class version hold.
#[inline(always)]
pub fn shape_and_version(registers: &Registers, owner: Word) -> Option<Word> {
    // SAFETY: a live object; its class is alive.
    unsafe {
        if !has_shape(owner, cache::read_u32(registers.pc, 1)) {
            return None;
        }
        let class = (*header(owner)).class.cast::<Class>();
        ((*class).prefix.version == cache::read_u32(registers.pc, 3))
            .then(|| cache::read_u64(registers.pc, 5))
    }
}

/// The borrowed method in the cache of `LOAD_ATTR_METHOD_NO_DICT`, if the class version holds.
#[inline(always)]
pub fn method_no_dict(registers: &Registers, owner: Word) -> Option<Word> {
    if !is_pointer(owner) {
        return None;
    }
    // SAFETY: a live object; its class is alive.
    unsafe {
        let class = (*header(owner)).class.cast::<Class>();
        ((*class).prefix.version == cache::read_u32(registers.pc, 1))
            .then(|| cache::read_u64(registers.pc, 5))
    }
}

/// The borrowed value in the cache of `LOAD_ATTR_CLASS`, if the owner is the class of that version.
#[inline(always)]
pub fn class_value(registers: &Registers, owner: Word) -> Option<Word> {
    // SAFETY: a live value; versions are unique among classes.
    unsafe {
        let holds = has_shape(owner, SHAPE_CLASS)
            && (*(owner as *const Class)).prefix.version == cache::read_u32(registers.pc, 1);
        holds.then(|| cache::read_u64(registers.pc, 5))
    }
}

/// The borrowed value of `LOAD_ATTR_MODULE`, if the keys are as they were.
#[inline(always)]
pub fn module_value(registers: &Registers, owner: Word) -> Option<Word> {
    // SAFETY: a live value; the version says that the position is in use.
    unsafe {
        if !has_shape(owner, SHAPE_MODULE) {
            return None;
        }
        let table = dict::table(modules::namespace(owner));
        let holds = table.prefix.keys_version == cache::read_u32(registers.pc, 1);
        holds.then(|| {
            (*table
                .prefix
                .entries
                .add(cache::read_u16(registers.pc, 3) as usize))
            .value
        })
    }
}

/// `STORE_ATTR` in its generic form: value and owner on the stack, both popped by the caller. `pc` is at the cache.
#[inline(never)]
pub fn store_attr(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    let name = registers.name(arg);
    // SAFETY: `pc` is at the cache of a STORE_ATTR.
    if unsafe { count_down(registers.pc) } {
        specialize::attrs::store_attr(vm, &registers, name);
    }
    let (value, owner) = (registers.peek(2), registers.peek(1));
    if let Some(function) = special::setter(vm, owner, name) {
        let mut after = registers;
        after.skip(STORE_CACHE);
        let arguments = [owner, value];
        return special::enter(vm, &after, function, &arguments, Use::SetAttribute).map(Some);
    }
    vm.set_attr(owner, name, value)?;
    decref(value);
    decref(owner);
    Ok(None)
}

/// `STORE_ATTR_INSTANCE_VALUE`: stores if the guard holds; the value's reference moves. The owner is not dropped.
#[inline(always)]
pub fn store_instance_value(registers: &Registers, owner: Word, value: Word) -> bool {
    // SAFETY: the shape says that the offset is that of a slot.
    unsafe {
        if !has_shape(owner, cache::read_u32(registers.pc, 1)) {
            return false;
        }
        let slot = (owner as *mut u8)
            .add(cache::read_u16(registers.pc, 3) as usize)
            .cast::<Word>();
        let old = std::mem::replace(&mut *slot, value);
        decref(old);
        true
    }
}

/// `STORE_ATTR_ADD_VALUE`: stores the next attribute of a growing instance if the guard holds.
#[inline(always)]
pub fn store_add_value(registers: &Registers, owner: Word, value: Word) -> bool {
    // SAFETY: the old shape says that the slot is in the object and empty.
    unsafe {
        let shape = cache::read_u32(registers.pc, 1);
        if !has_shape(owner, shape) {
            return false;
        }
        let packed = cache::read_u16(registers.pc, 3);
        let instance = owner as *mut Instance;
        (*instance).header.shape = shape + u32::from(packed >> 5);
        *(&raw mut (*instance).inline)
            .cast::<Word>()
            .add((packed & 31) as usize) = value;
        true
    }
}

/// `DELETE_ATTR`: the owner is popped by the caller.
#[inline(never)]
pub fn delete_attr(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    registers.publish(vm);
    let owner = registers.peek(1);
    vm.del_attr(owner, registers.name(arg))?;
    decref(owner);
    Ok(())
}

/// `LOAD_SUPER_ATTR`: `super`, the class and the receiver on the stack. They are replaced by the attribute (and, for a
/// method call, the receiver or nothing); the caller sets the stack pointer.
#[inline(never)]
pub fn load_super_attr(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    registers.publish(vm);
    let name = registers.name(arg >> 2);
    let method = arg & 1 != 0;
    let (super_class, class, receiver) = (registers.peek(3), registers.peek(2), registers.peek(1));
    // SAFETY: classes are never freed.
    let is_super = super_class == unsafe { (*vm.types.super_).word() };
    let mut own_receiver = EMPTY;
    let value = match cast::<Class>(class) {
        Some(start) if is_super => {
            let search = search_class(vm, start, receiver)?;
            // SAFETY: classes are never freed.
            let found = unsafe { (*search).lookup_after(start, name) };
            match found {
                Some(found)
                    if method && receiver != search as Word && vm.is_plain_method(found) =>
                {
                    own_receiver = receiver;
                    incref(receiver);
                    Some(Value::borrowed(found))
                }
                _ => vm.super_lookup(start, receiver, search, name)?,
            }
        }
        _ => None,
    };
    let value = match value {
        Some(value) => value,
        None => {
            let object = vm.call(super_class, &[class, receiver])?;
            vm.get_attr(object.word(), name)?
        }
    };
    registers.poke(3, value.into_word());
    if method {
        registers.poke(2, own_receiver);
    }
    [super_class, class, receiver].into_iter().for_each(decref);
    Ok(())
}

/// `IMPORT_NAME`: level and from-list on the stack; the module replaces the level, the caller pops one.
#[inline(never)]
pub fn import_name(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    registers.publish(vm);
    let (level, names) = (registers.peek(2), registers.peek(1));
    if level != crate::layout::word_of_int(0) {
        return Err(vm.raise(
            vm.types.ImportError,
            "attempted relative import with no known parent package",
        ));
    }
    let name = as_str(registers.name(arg)).unwrap_or("?").to_owned();
    let module = vm.import(&name, names != NONE)?;
    registers.poke(2, module.into_word());
    decref(names);
    Ok(())
}

/// `IMPORT_FROM`: the attribute of the module on top; the caller pushes it.
#[inline(never)]
pub fn import_from(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Value> {
    registers.publish(vm);
    let module = registers.peek(1);
    let name = registers.name(arg);
    if let Some(value) = vm.get_attr_opt(module, name)? {
        return Ok(value);
    }
    let own_name = vm.get_attr_opt(module, vm.names.__name__)?;
    let own_name = own_name
        .as_ref()
        .and_then(|name| as_str(name.word()))
        .unwrap_or("?");
    let name = as_str(name).unwrap_or("?");
    let message = format!("cannot import name '{name}' from '{own_name}' (unknown location)");
    Err(vm.raise(vm.types.ImportError, message))
}
