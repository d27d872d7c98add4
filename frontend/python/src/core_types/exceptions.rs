//! `BaseException` and what the standard exception classes add to it.

use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::{EMPTY, NONE, Word};
use crate::objects::exception::{Exception, cast_exception, set_slot};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::tuple::cast_tuple;
use crate::objects::{dict, exception};
use crate::value::Value;
use crate::vm::Vm;

fn exception<'a>(word: Word) -> &'a mut Exception {
    cast_exception(word).expect("the slots and descriptors of exceptions get exceptions")
}

fn or_none(word: Word) -> Outcome<Value> {
    Ok(if word == EMPTY {
        Value::NONE
    } else {
        Value::borrowed(word)
    })
}

const ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "args",
        get: |_, it| or_none(exception(it).args),
        set: Some(|vm, it, value| {
            let items = vm.collect(value.unwrap_or(NONE))?;
            set_slot(&mut exception(it).args, Some(vm.new_tuple(items)));
            Ok(())
        }),
    },
    GetSetDef {
        name: "__cause__",
        get: |_, it| or_none(exception(it).cause),
        set: Some(|vm, it, value| {
            let cause = value.filter(|&word| word != NONE);
            if cause.is_some_and(|word| cast_exception(word).is_none()) {
                return Err(
                    vm.type_error("exception cause must be None or derive from BaseException")
                );
            }
            set_slot(&mut exception(it).cause, cause.map(Value::borrowed));
            exception(it).suppress_context = true;
            Ok(())
        }),
    },
    GetSetDef {
        name: "__context__",
        get: |_, it| or_none(exception(it).context),
        set: Some(|vm, it, value| {
            let context = value.filter(|&word| word != NONE);
            if context.is_some_and(|word| cast_exception(word).is_none()) {
                return Err(
                    vm.type_error("exception context must be None or derive from BaseException")
                );
            }
            set_slot(&mut exception(it).context, context.map(Value::borrowed));
            Ok(())
        }),
    },
    GetSetDef {
        name: "__suppress_context__",
        get: |_, it| Ok(Value::bool(exception(it).suppress_context)),
        set: Some(|vm, it, value| {
            exception(it).suppress_context = vm.truthy(value.unwrap_or(NONE))?;
            Ok(())
        }),
    },
    GetSetDef {
        name: "__traceback__",
        get: |vm, it| {
            Ok(crate::core_types::tracebacks::of_exception(
                vm,
                exception(it),
            ))
        },
        set: Some(|_, it, value| {
            if value == Some(NONE) {
                exception(it).traceback.clear();
            }
            Ok(())
        }),
    },
];

/// Fills in the classes.
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    let base = types.BaseException;
    // SAFETY: classes are never freed.
    unsafe {
        let slots = &mut (*base).slots;
        slots.new = Some(new);
        slots.init = Some(init);
        slots.str = Some(str);
        slots.repr = Some(repr);
        (*types.KeyError).slots.str = Some(key_error_str);
    }
    vm.define_getset(base, ATTRIBUTES);
    vm.define(
        base,
        &[
            NativeDef::method("with_traceback", Arity::One, |_, args| {
                Ok(Value::borrowed(args.values[0]))
            }),
            NativeDef::method("add_note", Arity::One, add_note),
        ],
    );
    let first: fn(&mut Vm, Word) -> Outcome<Value> = first_argument;
    let value = GetSetDef {
        name: "value",
        get: first,
        set: None,
    };
    vm.define_getset(types.StopIteration, &[value]);
    for class in [types.ImportError, types.NameError, types.AttributeError] {
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "name",
                get: own_name,
                set: Some(set_own_name),
            }],
        );
    }
    let code = GetSetDef {
        name: "code",
        get: system_exit_code,
        set: Some(set_system_exit_code),
    };
    vm.define_getset(types.SystemExit, &[code]);
    vm.ready(base);
    for class in vm.exception_classes() {
        if class != base {
            vm.ready(class);
        }
    }
}

fn first_argument(_: &mut Vm, object: Word) -> Outcome<Value> {
    let args = cast_tuple(exception(object).args).expect("`args` is a tuple");
    or_none(args.items().first().copied().unwrap_or(NONE))
}

fn system_exit_code(vm: &mut Vm, object: Word) -> Outcome<Value> {
    if let Some(own) = vm.own_attribute(object, vm.names.code) {
        return Ok(own);
    }
    let args = cast_tuple(exception(object).args).expect("`args` is a tuple");
    match args.items() {
        [] => Ok(Value::NONE),
        [code] => Ok(Value::borrowed(*code)),
        _ => or_none(exception(object).args),
    }
}

fn set_system_exit_code(vm: &mut Vm, object: Word, value: Option<Word>) -> Outcome<()> {
    set_own(vm, object, vm.names.code, value);
    Ok(())
}

fn own_name(vm: &mut Vm, object: Word) -> Outcome<Value> {
    Ok(vm
        .own_attribute(object, vm.names.name)
        .unwrap_or(Value::NONE))
}

fn set_own_name(vm: &mut Vm, object: Word, value: Option<Word>) -> Outcome<()> {
    set_own(vm, object, vm.names.name, value);
    Ok(())
}

/// Sets an attribute in the exception's own dict.
pub fn set_own(vm: &Vm, object: Word, name: Word, value: Option<Word>) {
    let slot = &mut exception(object).attributes;
    if *slot == EMPTY {
        set_slot(slot, Some(vm.new_dict()));
    }
    dict::set_name(*slot, name, Value::borrowed(value.unwrap_or(NONE)));
}

fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let values = args
        .positional()
        .iter()
        .map(|&word| Value::borrowed(word))
        .collect();
    Ok(exception::new(vm, class, values))
}

fn init(vm: &mut Vm, object: Word, args: Args) -> Outcome<()> {
    let mut keywords = args.keywords();
    if let Some((name, value)) = keywords.next() {
        // `ImportError(name=…, path=…)`, `AttributeError(name=…, obj=…)`, `NameError(name=…)`.
        let takes = [
            vm.types.ImportError,
            vm.types.AttributeError,
            vm.types.NameError,
        ];
        if !takes.iter().any(|&class| vm.is_instance(object, class)) {
            let class = vm.class_name(object);
            return Err(vm.type_error(format!("{class}() takes no keyword arguments")));
        }
        for (name, value) in std::iter::once((name, value)).chain(keywords) {
            let name = vm.intern(name);
            vm.set_attr(object, name, value)?;
        }
    }
    set_slot(
        &mut exception(object).args,
        Some(vm.new_tuple_from(args.positional())),
    );
    Ok(())
}

fn str(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let args = exception(object).args;
    match cast_tuple(args).expect("`args` is a tuple").items() {
        [] => Ok(vm.new_str("")),
        [only] => vm.str(*only),
        _ => vm.repr(args),
    }
}

fn key_error_str(vm: &mut Vm, object: Word) -> Outcome<Value> {
    match cast_tuple(exception(object).args)
        .expect("`args` is a tuple")
        .items()
    {
        [only] => vm.repr(*only),
        _ => str(vm, object),
    }
}

fn repr(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let name = vm.class_name(object);
    let args = Value::borrowed(exception(object).args);
    let inner = match cast_tuple(args.word()).expect("`args` is a tuple").items() {
        [only] => format!("({})", vm.repr_text(*only)?),
        _ => vm.repr_text(args.word())?,
    };
    Ok(vm.new_str(&format!("{name}{inner}")))
}

fn add_note(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let name = vm.intern("__notes__");
    let notes = match vm.own_attribute(args.values[0], name) {
        Some(notes) => notes,
        None => {
            let notes = vm.new_list(vec![]);
            vm.generic_set_attr(args.values[0], name, Some(notes.word()))?;
            notes
        }
    };
    if let Some(list) = crate::objects::list::cast_list(notes.word()) {
        list.push(Value::borrowed(args.values[1]));
    }
    Ok(Value::NONE)
}
