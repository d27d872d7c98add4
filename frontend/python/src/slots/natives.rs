//! Special methods of built-in classes, made from their slots.
//!
//! One native function serves each slot; the method object names the class whose slot is meant (its owner), so that
//! `super().__repr__()` reaches the base's.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{NONE, Word};
use crate::object::cast;
use crate::objects::dict;
use crate::objects::native::{Args, Arity, Native, NativeDef, NativeFn, NativeKind};
use crate::objects::string::as_str;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::slots::Slots;
use crate::value::Value;
use crate::vm::Vm;

/// The slots of the class whose method is being called, after checking the receiver.
fn owner(vm: &mut Vm, args: &Args) -> Outcome<Slots> {
    let native =
        cast::<Native>(args.callee).expect("slot wrappers are called through their objects");
    // SAFETY: live objects; classes are never freed.
    let (class, name) = unsafe { (&*(*native).owner, as_str((*native).name).unwrap_or("")) };
    if vm.is_instance(args.values[0], class) {
        return Ok(class.slots);
    }
    let got = vm.class_name(args.values[0]);
    let wanted = &class.name;
    Err(vm.type_error(format!(
        "descriptor '{name}' requires a '{wanted}' object but received a '{got}'"
    )))
}

fn name_of<'a>(args: &Args) -> &'a str {
    let native =
        cast::<Native>(args.callee).expect("slot wrappers are called through their objects");
    // SAFETY: a live object; its name is interned.
    as_str(unsafe { (*native).name }).unwrap_or("")
}

const MISSING: &str = "the method exists because the slot is filled";

fn repr(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.repr.expect(MISSING)(vm, args.values[0])
}

fn str(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.str.expect(MISSING)(vm, args.values[0])
}

fn hash(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let hash = owner(vm, &args)?.hash.expect(MISSING)(vm, args.values[0])?;
    Ok(vm.new_int(hash as i64))
}

fn compare(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    let name = name_of(&args);
    let op = Comparison::ALL
        .into_iter()
        .find(|op| op.method_name() == name)
        .expect(MISSING);
    slots.compare.expect(MISSING)(vm, args.values[0], args.values[1], op)
}

fn truthy(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.truthy.expect(MISSING)(vm, args.values[0]).map(Value::bool)
}

fn len(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let len = owner(vm, &args)?.len.expect(MISSING)(vm, args.values[0])?;
    Ok(vm.new_uint(len as u64))
}

fn get_item(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.get_item.expect(MISSING)(vm, args.values[0], args.values[1])
}

fn set_item(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.set_item.expect(MISSING)(
        vm,
        args.values[0],
        args.values[1],
        Some(args.values[2]),
    )?;
    Ok(Value::NONE)
}

fn del_item(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.set_item.expect(MISSING)(vm, args.values[0], args.values[1], None)?;
    Ok(Value::NONE)
}

fn contains(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.contains.expect(MISSING)(vm, args.values[0], args.values[1]).map(Value::bool)
}

fn iter(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.iter.expect(MISSING)(vm, args.values[0])
}

fn next(vm: &mut Vm, args: Args) -> Outcome<Value> {
    match owner(vm, &args)?.next.expect(MISSING)(vm, args.values[0])? {
        Some(item) => Ok(item),
        None => Err(vm.raise_stop_iteration()),
    }
}

fn call(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.call.expect(MISSING)(vm, args.values[0], args.rest())
}

fn get_attribute(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    let name = vm.attribute_name(args.values[1])?;
    let found = match slots.get_attr {
        Some(get_attr) => get_attr(vm, args.values[0], name)?,
        None => vm.generic_get_attr(args.values[0], name)?,
    };
    found
        .ok_or(())
        .map_err(|()| vm.no_attribute(args.values[0], name))
}

fn set_attribute(vm: &mut Vm, args: Args) -> Outcome<Value> {
    set_or_delete_attribute(vm, &args, Some(args.values[2]))
}

fn delete_attribute(vm: &mut Vm, args: Args) -> Outcome<Value> {
    set_or_delete_attribute(vm, &args, None)
}

fn set_or_delete_attribute(vm: &mut Vm, args: &Args, value: Option<Word>) -> Outcome<Value> {
    let slots = owner(vm, args)?;
    let name = vm.attribute_name(args.values[1])?;
    match slots.set_attr {
        Some(set_attr) => set_attr(vm, args.values[0], name, value)?,
        None => vm.generic_set_attr(args.values[0], name, value)?,
    }
    Ok(Value::NONE)
}

fn descr_get(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    let instance = args.values[1];
    let class = match args.get(2).and_then(cast::<Class>) {
        Some(class) => class,
        None => Class::ptr_of(vm, instance),
    };
    slots.descr_get.expect(MISSING)(
        vm,
        args.values[0],
        (instance != NONE).then_some(instance),
        class,
    )
}

fn descr_set(vm: &mut Vm, args: Args) -> Outcome<Value> {
    owner(vm, &args)?.descr_set.expect(MISSING)(
        vm,
        args.values[0],
        args.values[1],
        Some(args.values[2]),
    )?;
    Ok(Value::NONE)
}

fn init(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    if let Some(init) = slots.init {
        init(vm, args.values[0], args.rest())?;
    }
    Ok(Value::NONE)
}

/// `__new__` is a static method: the class to make comes first.
fn new(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let native = cast::<Native>(args.callee).expect("called through its object");
    // SAFETY: a live object; classes are never freed.
    let owner = unsafe { &*(*native).owner };
    let Some(class) = args.get(0).and_then(cast::<Class>) else {
        return Err(vm.type_error(format!("{}.__new__(): not enough arguments", owner.name)));
    };
    // SAFETY: classes are never freed.
    if !unsafe { (*class).is_subclass(owner) } {
        // SAFETY: as above.
        let name = unsafe { &(*class).name };
        let wanted = &owner.name;
        return Err(vm.type_error(format!(
            "{wanted}.__new__({name}): {name} is not a subtype of {wanted}"
        )));
    }
    owner.slots.new.expect(MISSING)(vm, class, args.rest())
}

fn binary(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    let name = name_of(&args);
    let function = slots.binary.expect(MISSING);
    let (left, right) = (args.values[0], args.values[1]);
    for &op in BinaryOp::PLAIN {
        let (plain, reflected) = op.method_names();
        if name == plain {
            return function(vm, op, left, right);
        }
        if name == reflected {
            return function(vm, op, right, left);
        }
    }
    unreachable!("operator methods are named after operators")
}

fn unary(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let slots = owner(vm, &args)?;
    let name = name_of(&args);
    let op = UnaryOp::ALL
        .iter()
        .find(|op| op.method_name() == name)
        .expect(MISSING);
    slots.unary.expect(MISSING)(vm, *op, args.values[0])
}

const fn wrapper(name: &'static str, arity: Arity, function: NativeFn) -> NativeDef {
    NativeDef {
        name,
        arity,
        kind: NativeKind::SlotWrapper,
        function,
    }
}

/// Makes the methods of the slots that `class` fills itself.
pub(super) fn add_slot_methods(vm: &mut Vm, class: *mut Class) {
    // SAFETY: classes are never freed.
    let slots = unsafe { (*class).slots };
    let mut defs = Vec::new();
    let mut add = |filled: bool, name, arity, function| {
        if filled {
            defs.push(wrapper(name, arity, function));
        }
    };
    add(slots.repr.is_some(), "__repr__", Arity::None, repr);
    add(slots.str.is_some(), "__str__", Arity::None, str);
    add(slots.hash.is_some(), "__hash__", Arity::None, hash);
    for op in Comparison::ALL {
        add(
            slots.compare.is_some(),
            op.method_name(),
            Arity::One,
            compare,
        );
    }
    add(slots.truthy.is_some(), "__bool__", Arity::None, truthy);
    add(slots.len.is_some(), "__len__", Arity::None, len);
    add(
        slots.get_item.is_some(),
        "__getitem__",
        Arity::One,
        get_item,
    );
    add(
        slots.set_item.is_some(),
        "__setitem__",
        Arity::Between(2, 2),
        set_item,
    );
    add(
        slots.set_item.is_some(),
        "__delitem__",
        Arity::One,
        del_item,
    );
    add(
        slots.contains.is_some(),
        "__contains__",
        Arity::One,
        contains,
    );
    add(slots.iter.is_some(), "__iter__", Arity::None, iter);
    add(slots.next.is_some(), "__next__", Arity::None, next);
    add(slots.call.is_some(), "__call__", Arity::Keywords, call);
    let is_object = class == vm.types.object;
    add(
        slots.get_attr.is_some() || is_object,
        "__getattribute__",
        Arity::One,
        get_attribute,
    );
    add(
        slots.set_attr.is_some() || is_object,
        "__setattr__",
        Arity::Between(2, 2),
        set_attribute,
    );
    add(
        slots.set_attr.is_some() || is_object,
        "__delattr__",
        Arity::One,
        delete_attribute,
    );
    add(
        slots.descr_get.is_some(),
        "__get__",
        Arity::Between(1, 2),
        descr_get,
    );
    add(
        slots.descr_set.is_some(),
        "__set__",
        Arity::Between(2, 2),
        descr_set,
    );
    add(slots.init.is_some(), "__init__", Arity::Keywords, init);
    if slots.new.is_some() {
        defs.push(NativeDef {
            name: "__new__",
            arity: Arity::Keywords,
            kind: NativeKind::Function,
            function: new,
        });
    }
    for def in &defs {
        let name = vm.intern(def.name);
        // SAFETY: classes are never freed.
        let namespace = unsafe { (*class).namespace.word() };
        if dict::get_name(namespace, name).is_none() {
            let native = vm.new_native(def, class);
            dict::set_name(namespace, name, native);
        }
    }
}

/// Makes the methods of operators that `class` implements in its `binary` and `unary` slots.
pub(super) fn add_operator_methods(
    vm: &mut Vm,
    class: *mut Class,
    binaries: &[BinaryOp],
    unaries: &[UnaryOp],
) {
    let mut defs: Vec<NativeDef> = Vec::new();
    for op in binaries {
        let (plain, reflected) = op.method_names();
        defs.push(wrapper(plain, Arity::One, binary));
        defs.push(wrapper(reflected, Arity::One, binary));
    }
    defs.extend(
        unaries
            .iter()
            .map(|op| wrapper(op.method_name(), Arity::None, unary)),
    );
    for def in &defs {
        let name = vm.intern(def.name);
        let native = vm.new_native(def, class);
        // SAFETY: classes are never freed.
        dict::set_name(unsafe { (*class).namespace.word() }, name, native);
    }
}
