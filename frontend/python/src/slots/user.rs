//! Slots of Python classes: each looks its special method up and calls it.

use crate::class::{
    Class, FLAG_CUSTOM_GETATTR, FLAG_CUSTOM_SETATTR, FLAG_FINALIZER, FLAG_USER_BINARY,
    FLAG_USER_INIT, FLAG_USER_NEW,
};
use crate::error::{Outcome, Raised};
use crate::finalizer;
use crate::layout::{self, NONE, Word, has_shape};
use crate::objects::bigint::{Int, as_int};
use crate::objects::native::Args;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::slots::Slots;
use crate::value::Value;
use crate::vm::Vm;

/// Flags that [`override_slots`] computes.
pub(super) const OVERRIDE_FLAGS: u32 = FLAG_CUSTOM_GETATTR
    | FLAG_CUSTOM_SETATTR
    | FLAG_USER_BINARY
    | FLAG_USER_INIT
    | FLAG_USER_NEW
    | FLAG_FINALIZER;

/// Puts the functions below into the slots whose special method is defined in Python in `class` or a base.
pub(super) fn override_slots(vm: &Vm, class: &Class, slots: &mut Slots, flags: &mut u32) {
    let names = vm.names;
    // Where a name is defined: by Python code, or by a built-in base (whose slot then goes in).
    let mut decide = |name: Word,
                      set: &mut dyn FnMut(&mut Slots, &mut u32),
                      copy: &mut dyn FnMut(&mut Slots, &Slots)| {
        if let Some((owner, _)) = class.lookup_with_owner(name) {
            // SAFETY: classes are never freed.
            let owner = unsafe { &*owner };
            if owner.is_user() {
                set(slots, flags);
            } else {
                copy(slots, &owner.slots);
            }
        }
    };
    macro_rules! slot {
        ($name:ident => $slot:ident) => {
            decide(
                names.$name,
                &mut |slots, _| slots.$slot = Some($slot),
                &mut |slots, from| slots.$slot = from.$slot,
            )
        };
    }
    macro_rules! any {
        ($name:expr => $slot:ident $(, $flag:expr)?) => {
            decide($name, &mut |slots, _flags| { slots.$slot = Some($slot); $(*_flags |= $flag;)? }, &mut |_, _| {})
        };
    }
    slot!(__repr__ => repr);
    slot!(__str__ => str);
    slot!(__hash__ => hash);
    slot!(__bool__ => truthy);
    slot!(__len__ => len);
    slot!(__getitem__ => get_item);
    slot!(__contains__ => contains);
    slot!(__iter__ => iter);
    slot!(__next__ => next);
    slot!(__call__ => call);
    slot!(__get__ => descr_get);
    any!(names.__setitem__ => set_item);
    any!(names.__delitem__ => set_item);
    any!(names.__set__ => descr_set);
    any!(names.__delete__ => descr_set);
    any!(names.__getattribute__ => get_attr, FLAG_CUSTOM_GETATTR);
    any!(names.__getattr__ => get_attr, FLAG_CUSTOM_GETATTR);
    any!(names.__setattr__ => set_attr, FLAG_CUSTOM_SETATTR);
    any!(names.__delattr__ => set_attr, FLAG_CUSTOM_SETATTR);
    decide(
        names.__init__,
        &mut |slots, flags| {
            slots.init = Some(init);
            *flags |= FLAG_USER_INIT;
        },
        &mut |slots, from| slots.init = from.init,
    );
    decide(
        names.__new__,
        &mut |slots, flags| {
            slots.new = Some(new);
            *flags |= FLAG_USER_NEW;
        },
        &mut |slots, from| slots.new = from.new,
    );
    decide(
        names.__del__,
        &mut |_, flags| {
            *flags |= FLAG_FINALIZER;
            finalizer::announce();
        },
        &mut |_, _| {},
    );
    for op in Comparison::ALL {
        any!(op.method(&names) => compare);
    }
    for op in UnaryOp::ALL {
        any!(op.method(&names) => unary);
    }
    for &op in BinaryOp::PLAIN {
        any!(op.method(&names) => binary, FLAG_USER_BINARY);
        any!(op.reflected(&names) => binary, FLAG_USER_BINARY);
        let inplace =
            BinaryOp::from_number(op as u8 + 13).expect("every operator has an in-place form");
        any!(inplace.method(&names) => binary, FLAG_USER_BINARY);
    }
}

fn repr(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let name = vm.names.__repr__;
    let text = vm.call_special(object, name, &[])?;
    expect_str(vm, text, "__repr__")
}

fn str(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let name = vm.names.__str__;
    let text = vm.call_special(object, name, &[])?;
    expect_str(vm, text, "__str__")
}

fn expect_str(vm: &mut Vm, text: Value, method: &str) -> Outcome<Value> {
    if crate::objects::string::as_str(text.word()).is_some() {
        return Ok(text);
    }
    let got = vm.class_name(text.word());
    Err(vm.type_error(format!("{method} returned non-string (type {got})")))
}

fn hash(vm: &mut Vm, object: Word) -> Outcome<u64> {
    let name = vm.names.__hash__;
    if vm.class_of(object).lookup(name) == Some(NONE) {
        let class = vm.class_name(object);
        return Err(vm.type_error(format!("unhashable type: '{class}'")));
    }
    let hash = vm.call_special(object, name, &[])?;
    match as_int(hash.word()) {
        Some(Int::Small(-1)) => Ok(-2_i64 as u64),
        Some(Int::Small(value)) => Ok(value as u64),
        Some(Int::Big(_)) => vm.hash(hash.word()),
        None => Err(vm.type_error("__hash__ method should return an integer")),
    }
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let name = op.method(&vm.names);
    if vm.class_of(left).lookup(name).is_some() {
        return vm.call_special(left, name, &[right]);
    }
    vm.default_compare(left, right, op)
}

fn truthy(vm: &mut Vm, object: Word) -> Outcome<bool> {
    let name = vm.names.__bool__;
    let answer = vm.call_special(object, name, &[])?;
    check_truth(vm, answer.word())
}

/// `__bool__` must return a truth value.
pub(crate) fn check_truth(vm: &mut Vm, answer: Word) -> Outcome<bool> {
    if layout::is_bool(answer) {
        return Ok(answer == layout::TRUE);
    }
    let got = vm.class_name(answer);
    Err(vm.type_error(format!("__bool__ should return bool, returned {got}")))
}

fn len(vm: &mut Vm, object: Word) -> Outcome<usize> {
    let name = vm.names.__len__;
    let len = vm.call_special(object, name, &[])?;
    check_len(vm, len.word())
}

/// `__len__` must return a size.
pub(crate) fn check_len(vm: &mut Vm, len: Word) -> Outcome<usize> {
    match as_int(len) {
        Some(Int::Small(value)) if value >= 0 => Ok(value as usize),
        Some(Int::Small(_)) => Err(vm.value_error("__len__() should return >= 0")),
        Some(Int::Big(_)) => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
        None => {
            let got = vm.class_name(len);
            Err(vm.type_error(format!(
                "'{got}' object cannot be interpreted as an integer"
            )))
        }
    }
}

fn get_item(vm: &mut Vm, object: Word, key: Word) -> Outcome<Value> {
    let name = vm.names.__getitem__;
    vm.call_special(object, name, &[key])
}

fn set_item(vm: &mut Vm, object: Word, key: Word, value: Option<Word>) -> Outcome<()> {
    let (name, what) = match value {
        Some(_) => (vm.names.__setitem__, "assignment"),
        None => (vm.names.__delitem__, "deletion"),
    };
    if vm.class_of(object).lookup(name).is_none() {
        let class = vm.class_name(object);
        return Err(vm.type_error(format!("'{class}' object does not support item {what}")));
    }
    match value {
        Some(value) => vm.call_special(object, name, &[key, value])?,
        None => vm.call_special(object, name, &[key])?,
    };
    Ok(())
}

fn contains(vm: &mut Vm, object: Word, item: Word) -> Outcome<bool> {
    let name = vm.names.__contains__;
    let answer = vm.call_special(object, name, &[item])?;
    vm.truthy(answer.word())
}

fn iter(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let name = vm.names.__iter__;
    if vm.class_of(object).lookup(name) == Some(NONE) {
        let class = vm.class_name(object);
        return Err(vm.type_error(format!("'{class}' object is not iterable")));
    }
    let iterator = vm.call_special(object, name, &[])?;
    if vm.class_of(iterator.word()).slots.next.is_none() {
        let got = vm.class_name(iterator.word());
        return Err(vm.type_error(format!("iter() returned non-iterator of type '{got}'")));
    }
    Ok(iterator)
}

fn next(vm: &mut Vm, object: Word) -> Outcome<Option<Value>> {
    let name = vm.names.__next__;
    match vm.call_special(object, name, &[]) {
        Ok(item) => Ok(Some(item)),
        Err(raised) if vm.catch(raised, vm.types.StopIteration) => Ok(None),
        Err(raised) => Err(raised),
    }
}

fn call(vm: &mut Vm, object: Word, args: Args) -> Outcome<Value> {
    let method = vm.special_method(object, vm.names.__call__)?;
    let method = method.expect("the slot is filled because the method exists");
    method.call(vm, object, args)
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    if vm.class_of(left).flags & FLAG_USER_BINARY != 0 {
        return binary_half(vm, op, left, right, false);
    }
    binary_half(vm, op, left, right, true)
}

/// One side's answer to a binary operation, in a class whose operators are Python methods.
pub(crate) fn binary_half(
    vm: &mut Vm,
    op: BinaryOp,
    left: Word,
    right: Word,
    reflected: bool,
) -> Outcome<Value> {
    let (object, other) = if reflected {
        (right, left)
    } else {
        (left, right)
    };
    let name = if reflected {
        op.reflected(&vm.names)
    } else {
        op.method(&vm.names)
    };
    match vm.special_method(object, name)? {
        Some(method) => method.call(vm, object, Args::of(&[other])),
        None => Ok(vm.not_implemented_value()),
    }
}

fn unary(vm: &mut Vm, op: UnaryOp, object: Word) -> Outcome<Value> {
    let name = op.method(&vm.names);
    match vm.special_method(object, name)? {
        Some(method) => method.call(vm, object, Args::of(&[])),
        None => Ok(vm.not_implemented_value()),
    }
}

fn get_attr(vm: &mut Vm, object: Word, name: Word) -> Outcome<Option<Value>> {
    let class = vm.class_of(object);
    let found = match class.lookup_with_owner(vm.names.__getattribute__) {
        // SAFETY: classes are never freed.
        Some((owner, _)) if unsafe { (*owner).is_user() } => vm
            .call_special(object, vm.names.__getattribute__, &[name])
            .map(Some),
        _ => vm.generic_get_attr(object, name),
    };
    let has_fallback = class.lookup(vm.names.__getattr__).is_some();
    match found {
        Ok(None) if has_fallback => {}
        Err(raised) if has_fallback && vm.catch(raised, vm.types.AttributeError) => {}
        other => return other,
    }
    vm.call_special(object, vm.names.__getattr__, &[name])
        .map(Some)
}

fn set_attr(vm: &mut Vm, object: Word, name: Word, value: Option<Word>) -> Outcome<()> {
    match value {
        Some(value) => vm.call_special(object, vm.names.__setattr__, &[name, value])?,
        None => vm.call_special(object, vm.names.__delattr__, &[name])?,
    };
    Ok(())
}

fn descr_get(
    vm: &mut Vm,
    descriptor: Word,
    instance: Option<Word>,
    class: *mut Class,
) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    let class = unsafe { (*class).word() };
    vm.call_special(
        descriptor,
        vm.names.__get__,
        &[instance.unwrap_or(NONE), class],
    )
}

fn descr_set(vm: &mut Vm, descriptor: Word, instance: Word, value: Option<Word>) -> Outcome<()> {
    let name = if value.is_some() {
        vm.names.__set__
    } else {
        vm.names.__delete__
    };
    if vm.class_of(descriptor).lookup(name).is_none() {
        // SAFETY: names are interned strings.
        let name = crate::objects::string::as_str(name).unwrap_or("");
        return Err(vm.raise(vm.types.AttributeError, name));
    }
    match value {
        Some(value) => vm.call_special(descriptor, name, &[instance, value])?,
        None => vm.call_special(descriptor, name, &[instance])?,
    };
    Ok(())
}

fn init(vm: &mut Vm, object: Word, args: Args) -> Outcome<()> {
    let method = vm.special_method(object, vm.names.__init__)?;
    let method = method.expect("the slot is filled because the method exists");
    let result = method.call(vm, object, args)?;
    check_init_result(vm, result.word())
}

/// `__init__` must return `None`.
pub(crate) fn check_init_result(vm: &mut Vm, result: Word) -> Outcome<()> {
    if result == NONE {
        return Ok(());
    }
    let got = vm.class_name(result);
    Err::<(), Raised>(vm.type_error(format!("__init__() should return None, not '{got}'")))
}

fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    let class = unsafe { &*class };
    let function = class
        .lookup(vm.names.__new__)
        .expect("the slot is filled because the method exists");
    let function = vm.unwrap_static(function);
    let mut values = vec![class.word()];
    values.extend_from_slice(args.values);
    debug_assert!(unsafe { has_shape(class.word(), layout::SHAPE_CLASS) });
    vm.call_with(
        function.word(),
        Args {
            values: &values,
            ..args
        },
    )
}
