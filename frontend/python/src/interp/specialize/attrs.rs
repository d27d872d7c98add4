//! Attributes.
//!
//! Cache of `LOAD_ATTR`: counter, [1..3] first guard, [3..5] second guard or offset, [5..9] a borrowed word that lives
//! as long as the guards hold. What the guards are is said beside each form in [`crate::interp::attrs`].

use super::decide;
use crate::class::{Class, FLAG_EXCEPTION, FLAG_INSTANCE, FLAG_SIDE_ATTRIBUTES};
use crate::core_types::modules;
use crate::interp::attrs::python_getter;
use crate::interp::cache;
use crate::interp::registers::Registers;
use crate::layout::{
    SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_MODULE, Word, has_shape, header, is_pointer,
};
use crate::objects::dict;
use crate::objects::instance::{INLINE_OFFSET, cast_instance};
use crate::opcode as op;
use crate::vm::Vm;

/// `LOAD_ATTR`
pub fn load_attr(vm: &mut Vm, registers: &Registers, name: Word, method: bool) {
    let owner = registers.peek(1);
    let form = if !is_pointer(owner) {
        None
    } else if cast_instance(owner).is_some() {
        instance_attr(vm, registers, owner, name, method)
    // SAFETY: a live value.
    } else if unsafe { has_shape(owner, SHAPE_MODULE) } {
        module_attr(vm, registers, owner, name)
    // SAFETY: a live value.
    } else if unsafe { has_shape(owner, SHAPE_CLASS) } {
        class_attr(vm, registers, owner, name)
    } else {
        native_method(vm, registers, owner, name, method)
    };
    decide(registers, form, op::LOAD_ATTR);
}

fn instance_attr(
    vm: &Vm,
    registers: &Registers,
    owner: Word,
    name: Word,
    method: bool,
) -> Option<u8> {
    let class = vm.class_of(owner);
    if class.slots.get_attr.is_some() {
        return None;
    }
    // SAFETY: a live object.
    let shape = unsafe { (*header(owner)).shape };
    let slot = vm.shapes.get(shape).slot(name);
    let on_class = class.lookup(name);
    let pc = registers.pc;
    let guard_both = |word: Word| {
        // SAFETY: `pc` is at the cache of a LOAD_ATTR, nine units.
        unsafe {
            cache::write_u32(pc, 1, shape);
            cache::write_u32(pc, 3, class.prefix.version);
            cache::write_u64(pc, 5, word);
        }
    };
    if let Some(found) = on_class
        && vm.class_of(found).slots.descr_set.is_some()
    {
        // A data descriptor: only properties with a simple getter have a form.
        let getter = python_getter(vm, owner, name).filter(|_| !method)?;
        guard_both(getter);
        return Some(op::LOAD_ATTR_PROPERTY);
    }
    if let Some(slot) = slot {
        if slot >= class.inline_slots as usize {
            // SAFETY: as above.
            unsafe {
                cache::write_u32(pc, 1, shape);
                cache::write_u16(
                    pc,
                    3,
                    u16::try_from(slot - class.inline_slots as usize).ok()?,
                );
            }
            return Some(op::LOAD_ATTR_WITH_HINT);
        }
        // SAFETY: as above. The offset is from the object's start: at most 16 + 8 + 32 * 8.
        unsafe {
            cache::write_u32(pc, 1, shape);
            cache::write_u16(pc, 3, (INLINE_OFFSET + slot * size_of::<Word>()) as u16);
        }
        return Some(op::LOAD_ATTR_INSTANCE_VALUE);
    }
    let found = on_class?;
    if method && vm.is_plain_method(found) {
        guard_both(found);
        return Some(op::LOAD_ATTR_METHOD_WITH_VALUES);
    }
    if !method && vm.class_of(found).slots.descr_get.is_none() {
        guard_both(found);
        return Some(op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES);
    }
    None
}

fn module_attr(vm: &mut Vm, registers: &Registers, owner: Word, name: Word) -> Option<u8> {
    let namespace = modules::namespace(owner);
    let position = dict::table(namespace).position_of_name(name)?;
    let position = u16::try_from(position).ok()?;
    let version = dict::table(namespace).keys_version(vm);
    // SAFETY: `pc` is at the cache of a LOAD_ATTR, nine units.
    unsafe {
        cache::write_u32(registers.pc, 1, version);
        cache::write_u16(registers.pc, 3, position);
    }
    Some(op::LOAD_ATTR_MODULE)
}

fn class_attr(vm: &Vm, registers: &Registers, owner: Word, name: Word) -> Option<u8> {
    // SAFETY: classes are never freed.
    let class = unsafe { &*(owner as *mut Class) };
    let meta = vm.class_of(owner);
    if std::ptr::from_ref(meta) != vm.types.type_.cast_const()
        || meta.lookup(name).is_some()
        || name == vm.names.__dict__
    {
        return None;
    }
    let found = class.lookup(name)?;
    // A plain function comes out of a class as it is; other descriptors do things.
    // SAFETY: a live value.
    let plain =
        unsafe { has_shape(found, SHAPE_FUNCTION) } || vm.class_of(found).slots.descr_get.is_none();
    if !plain {
        return None;
    }
    // SAFETY: `pc` is at the cache of a LOAD_ATTR, nine units.
    unsafe {
        cache::write_u32(registers.pc, 1, class.prefix.version);
        cache::write_u64(registers.pc, 5, found);
    }
    Some(op::LOAD_ATTR_CLASS)
}

fn native_method(
    vm: &Vm,
    registers: &Registers,
    owner: Word,
    name: Word,
    method: bool,
) -> Option<u8> {
    let class = vm.class_of(owner);
    let has_own = class.flags & (FLAG_INSTANCE | FLAG_SIDE_ATTRIBUTES | FLAG_EXCEPTION) != 0
        // SAFETY: a live value.
        || unsafe { has_shape(owner, SHAPE_FUNCTION) };
    if !method || has_own || class.slots.get_attr.is_some() {
        return None;
    }
    let found = class
        .lookup(name)
        .filter(|&found| vm.is_plain_method(found))?;
    // SAFETY: `pc` is at the cache of a LOAD_ATTR, nine units.
    unsafe {
        cache::write_u32(registers.pc, 1, class.prefix.version);
        cache::write_u64(registers.pc, 5, found);
    }
    Some(op::LOAD_ATTR_METHOD_NO_DICT)
}

/// `STORE_ATTR`: cache is counter, shape (2 units), and a byte offset; for `STORE_ATTR_ADD_VALUE` the slot in the low 5
/// bits and the new shape's distance from the old one above them.
pub fn store_attr(vm: &mut Vm, registers: &Registers, name: Word) {
    let form = find_store(vm, registers, name);
    decide(registers, form, op::STORE_ATTR);
}

fn find_store(vm: &mut Vm, registers: &Registers, name: Word) -> Option<u8> {
    let owner = registers.peek(1);
    cast_instance(owner)?;
    let class = vm.class_of(owner);
    if class.slots.set_attr.is_some() {
        return None;
    }
    if let Some(found) = class.lookup(name)
        && vm.class_of(found).slots.descr_set.is_some()
    {
        return None;
    }
    // SAFETY: a live object.
    let shape = unsafe { (*header(owner)).shape };
    let pc = registers.pc;
    if let Some(slot) = vm.shapes.get(shape).slot(name) {
        if slot >= class.inline_slots as usize {
            return None;
        }
        // SAFETY: `pc` is at the cache of a STORE_ATTR, four units.
        unsafe {
            cache::write_u32(pc, 1, shape);
            cache::write_u16(pc, 3, (INLINE_OFFSET + slot * size_of::<Word>()) as u16);
        }
        return Some(op::STORE_ATTR_INSTANCE_VALUE);
    }
    let slot = vm.shapes.get(shape).names.len();
    if slot >= class.inline_slots as usize {
        return None;
    }
    let distance = vm.shapes.add_attribute(shape, name).checked_sub(shape)?;
    if distance >= 1 << 11 || slot >= 32 {
        return None;
    }
    // SAFETY: as above.
    unsafe {
        cache::write_u32(pc, 1, shape);
        cache::write_u16(pc, 3, (distance as u16) << 5 | slot as u16);
    }
    Some(op::STORE_ATTR_ADD_VALUE)
}
