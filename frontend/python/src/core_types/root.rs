//! `object`, `NoneType`, `NotImplemented`, `Ellipsis`.

use crate::class::{Class, FLAG_INSTANCE, FLAG_USER_INIT, FLAG_USER_NEW};
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::Word;
use crate::object::allocate;
use crate::objects::instance;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::special::Bare;
use crate::objects::string::as_str;
use crate::value::Value;
use crate::vm::Vm;

/// Fills in the classes.
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    // SAFETY: classes are never freed.
    unsafe {
        let slots = &mut (*types.object).slots;
        slots.repr = Some(object_repr);
        slots.hash = Some(identity_hash);
        slots.compare = Some(Vm::default_compare);
        slots.new = Some(object_new);
        slots.init = Some(object_init);
        (*types.NoneType).slots.repr = Some(|vm, _| Ok(vm.new_str("None")));
        (*types.NoneType).slots.truthy = Some(|_, _| Ok(false));
        (*types.NoneType).slots.hash = Some(|_, _| Ok(0x00fc_a867));
        (*types.NoneType).slots.new = Some(|_, _, _| Ok(Value::NONE));
        (*types.NotImplementedType).slots.repr = Some(|vm, _| Ok(vm.new_str("NotImplemented")));
        (*types.ellipsis).slots.repr = Some(|vm, _| Ok(vm.new_str("Ellipsis")));
    }
    vm.define(
        types.object,
        &[
            NativeDef::method("__format__", Arity::One, object_format),
            NativeDef::class_method("__init_subclass__", Arity::Keywords, |_, _| Ok(Value::NONE)),
        ],
    );
    vm.define_getset(
        types.object,
        &[GetSetDef {
            name: "__class__",
            get: get_class,
            set: None,
        }],
    );
    vm.define_getset(
        types.object,
        &[GetSetDef {
            name: "__dict__",
            get: get_dict,
            set: None,
        }],
    );
    for class in [
        types.object,
        types.NoneType,
        types.NotImplementedType,
        types.ellipsis,
    ] {
        vm.ready(class);
    }
}

fn object_repr(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let class = vm.class_of(object);
    Ok(vm.new_str(&format!("<{} object at {object:#x}>", class.full_name())))
}

/// The hash of objects that compare by identity.
pub fn identity_hash(_: &mut Vm, object: Word) -> Outcome<u64> {
    Ok(object.rotate_right(4))
}

fn object_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    let class_ref = unsafe { &*class };
    if !args.values.is_empty() && class_ref.flags & (FLAG_USER_INIT | FLAG_USER_NEW) == 0 {
        let name = &class_ref.name;
        return Err(vm.type_error(format!("{name}() takes no arguments")));
    }
    if class_ref.flags & FLAG_INSTANCE != 0 {
        return Ok(instance::new(class));
    }
    if class == vm.types.object {
        return Ok(allocate(class, |header| Bare { header }));
    }
    let name = class_ref.full_name();
    Err(vm.type_error(format!(
        "object.__new__({name}) is not safe, use {name}.__new__()"
    )))
}

fn object_init(vm: &mut Vm, object: Word, args: Args) -> Outcome<()> {
    let class = vm.class_of(object);
    if !args.values.is_empty()
        && class.flags & FLAG_USER_INIT != 0
        && class.flags & FLAG_INSTANCE != 0
    {
        return Err(vm.type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)",
        ));
    }
    Ok(())
}

fn object_format(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if as_str(args.values[1]).is_some_and(|spec| !spec.is_empty()) {
        let name = vm.class_name(args.values[0]);
        return Err(vm.type_error(format!(
            "unsupported format string passed to {name}.__format__"
        )));
    }
    vm.str(args.values[0])
}

fn get_class(vm: &mut Vm, object: Word) -> Outcome<Value> {
    Ok(Value::borrowed(vm.class_of(object).word()))
}

/// A copy: changing it does not change the object. (What `vars` and `__dict__` are mostly used for is reading.)
fn get_dict(vm: &mut Vm, object: Word) -> Outcome<Value> {
    if let Some(class) = crate::object::cast::<Class>(object) {
        // SAFETY: classes are never freed.
        let namespace = unsafe { (*class).namespace.word() };
        let dict = vm.new_dict();
        crate::objects::dict::copy_into(namespace, dict.word());
        return Ok(dict);
    }
    let Some(attributes) = vm.own_attributes(object) else {
        return Err(vm.no_attribute(object, vm.names.__dict__));
    };
    let dict = vm.new_dict();
    for (name, value) in attributes {
        crate::objects::dict::set_name(dict.word(), name, value);
    }
    Ok(dict)
}
