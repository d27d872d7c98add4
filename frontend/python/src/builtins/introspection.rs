//! Built-in functions that look at objects: their classes, attributes, text.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::object::cast;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::objects::module::Module;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::objects::tuple::cast_tuple;
use crate::types::check_depth;
use crate::types::text::escape_non_ascii;
use crate::value::Value;
use crate::vm::Vm;

/// What this file adds to `builtins`.
pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("isinstance", Arity::Between(2, 2), is_instance),
    NativeDef::function("issubclass", Arity::Between(2, 2), is_subclass),
    NativeDef::function("callable", Arity::One, |vm, args| {
        Ok(Value::bool(is_callable(vm, args.values[0])))
    }),
    NativeDef::function("repr", Arity::One, |vm, args| vm.repr(args.values[0])),
    NativeDef::function("ascii", Arity::One, |vm, args| {
        let text = vm.repr_text(args.values[0])?;
        Ok(vm.new_str(&escape_non_ascii(&text)))
    }),
    NativeDef::function("format", Arity::Between(1, 2), format),
    NativeDef::function("hash", Arity::One, |vm, args| {
        let hash = vm.hash(args.values[0])?;
        Ok(vm.new_int(hash as i64))
    }),
    NativeDef::function("id", Arity::One, |vm, args| Ok(vm.new_uint(args.values[0]))),
    NativeDef::function("getattr", Arity::Between(2, 3), get_attr),
    NativeDef::function("hasattr", Arity::Between(2, 2), |vm, args| {
        let name = attribute_name(vm, args.values[1])?;
        Ok(Value::bool(
            vm.get_attr_opt(args.values[0], name)?.is_some(),
        ))
    }),
    NativeDef::function("setattr", Arity::Between(3, 3), |vm, args| {
        let name = attribute_name(vm, args.values[1])?;
        vm.set_attr(args.values[0], name, args.values[2])?;
        Ok(Value::NONE)
    }),
    NativeDef::function("delattr", Arity::Between(2, 2), |vm, args| {
        let name = attribute_name(vm, args.values[1])?;
        vm.del_attr(args.values[0], name)?;
        Ok(Value::NONE)
    }),
    NativeDef::function("vars", Arity::Between(0, 1), vars),
    NativeDef::function("dir", Arity::Between(0, 1), dir),
    NativeDef::function("globals", Arity::None, |vm, _| globals(vm)),
    NativeDef::function("locals", Arity::None, |vm, _| locals(vm)),
    NativeDef::function("exec", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("exec()"))
    }),
    NativeDef::function("eval", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("eval()"))
    }),
    NativeDef::function("compile", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("compile()"))
    }),
];

/// Can `word` be called?
pub(super) fn is_callable(vm: &Vm, word: Word) -> bool {
    vm.class_of(word).slots.call.is_some()
        || cast::<Function>(word).is_some()
        || cast::<Class>(word).is_some()
        || cast::<layout::Method>(word).is_some()
}

fn attribute_name(vm: &mut Vm, name: Word) -> Outcome<Word> {
    if as_str(name).is_some() {
        return vm.attribute_name(name);
    }
    let got = vm.class_name(name);
    Err(vm.type_error(format!("attribute name must be string, not '{got}'")))
}

/// Is a class (given by its class's test) one of `classes`, which may be a tuple of tuples?
fn any_class(
    vm: &mut Vm,
    classes: Word,
    hook: Word,
    subject: Word,
    test: fn(&Vm, Word, *const Class) -> bool,
    complaint: &str,
) -> Outcome<bool> {
    if let Some(class) = cast::<Class>(classes) {
        if test(vm, subject, class) {
            return Ok(true);
        }
        // A metaclass may answer otherwise.
        if vm.class_of(classes).is_user()
            && let Some(method) = vm.special_method(classes, hook)?
        {
            let answer = method.call(vm, classes, Args::of(&[subject]))?;
            return vm.truthy(answer.word());
        }
        return Ok(false);
    }
    if let Some(tuple) = cast_tuple(classes) {
        check_depth(vm, " in __instancecheck__")?;
        for &class in tuple.items() {
            if any_class(vm, class, hook, subject, test, complaint)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Err(vm.type_error(complaint))
}

fn is_instance(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let complaint = "isinstance() arg 2 must be a type, a tuple of types, or a union";
    let hook = vm.names.__instancecheck__;
    let test = |vm: &Vm, subject: Word, class: *const Class| vm.is_instance(subject, class);
    any_class(vm, args.values[1], hook, args.values[0], test, complaint).map(Value::bool)
}

fn is_subclass(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if cast::<Class>(args.values[0]).is_none() {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    }
    let complaint = "issubclass() arg 2 must be a class, a tuple of classes, or a union";
    let hook = vm.names.__subclasscheck__;
    let test = |_: &Vm, subject: Word, class: *const Class| {
        // SAFETY: classes are never freed.
        cast::<Class>(subject).is_some_and(|subject| unsafe { (*subject).is_subclass(class) })
    };
    any_class(vm, args.values[1], hook, args.values[0], test, complaint).map(Value::bool)
}

fn format(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let spec = match args.get(1) {
        None => "",
        Some(word) => match as_str(word) {
            Some(spec) => spec,
            None => {
                let name = vm.class_name(word);
                return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
            }
        },
    };
    vm.format(args.values[0], spec)
}

fn get_attr(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let name = attribute_name(vm, args.values[1])?;
    match args.get(2) {
        None => vm.get_attr(args.values[0], name),
        Some(default) => {
            let found = vm.get_attr_opt(args.values[0], name)?;
            Ok(found.unwrap_or_else(|| Value::borrowed(default)))
        }
    }
}

fn vars(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(object) = args.get(0) else {
        return locals(vm);
    };
    let name = vm.names.__dict__;
    match vm.get_attr_opt(object, name)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn globals(vm: &mut Vm) -> Outcome<Value> {
    match vm.running_frame() {
        Some(frame) => Ok(Value::borrowed(frame.function().globals)),
        None => Err(vm.raise(vm.types.SystemError, "globals(): no code is running")),
    }
}

/// In a function, a new dict of the variables that are bound; elsewhere the namespace itself.
fn locals(vm: &mut Vm) -> Outcome<Value> {
    let Some(frame) = vm.running_frame() else {
        return Err(vm.raise(vm.types.SystemError, "locals(): no code is running"));
    };
    if frame.namespace() != layout::EMPTY {
        return Ok(Value::borrowed(frame.namespace()));
    }
    let result = vm.new_dict();
    for (slot, &name) in frame.code().locals.iter().enumerate() {
        let mut value = frame.local(slot);
        // SAFETY: a slot holds a live value or nothing; cells are looked into.
        unsafe {
            if layout::has_shape(value, layout::SHAPE_CELL) {
                value = (*(value as *mut layout::Cell)).value;
            }
        }
        if value != layout::EMPTY {
            dict::set_name(result.word(), name, Value::borrowed(value));
        }
    }
    Ok(result)
}

fn dir(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let mut names: Vec<String> = match args.get(0) {
        None => {
            let locals = locals(vm)?;
            names_in(locals.word())
        }
        Some(object) => {
            let hook = vm.intern("__dir__");
            if vm.class_of(object).is_user()
                && let Some(method) = vm.special_method(object, hook)?
            {
                let listed = method.call(vm, object, Args::of(&[]))?;
                let items = vm.collect(listed.word())?;
                items
                    .iter()
                    .filter_map(|item| as_str(item.word()))
                    .map(str::to_owned)
                    .collect()
            } else {
                names_of(vm, object)
            }
        }
    };
    names.sort();
    names.dedup();
    let names = names.iter().map(|name| vm.new_str(name)).collect();
    Ok(vm.new_list(names))
}

fn names_in(dict: Word) -> Vec<String> {
    dict::table(dict)
        .entries()
        .filter_map(|entry| as_str(entry.key))
        .map(str::to_owned)
        .collect()
}

/// Names of the attributes that `object` has itself, or through its classes.
fn names_of(vm: &mut Vm, object: Word) -> Vec<String> {
    if cast::<Module>(object).is_some() {
        return names_in(crate::core_types::modules::namespace(object));
    }
    let mut names = Vec::new();
    let class = match cast::<Class>(object) {
        // SAFETY: classes are never freed.
        Some(class) => unsafe { &*class },
        None => {
            let own = vm.own_attributes(object).unwrap_or_default();
            names.extend(
                own.iter()
                    .filter_map(|&(name, _)| as_str(name))
                    .map(str::to_owned),
            );
            vm.class_of(object)
        }
    };
    for &base in &class.mro {
        // SAFETY: classes are never freed.
        names.extend(names_in(unsafe { (*base).namespace.word() }));
    }
    names
}
