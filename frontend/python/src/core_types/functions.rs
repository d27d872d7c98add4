//! Python functions, bound methods and cells.

use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::jit::watch;
use crate::layout::{EMPTY, NONE, Word};
use crate::object::cast_exact;
use crate::objects::cell::Cell;
use crate::objects::dict;
use crate::objects::exception::set_slot;
use crate::objects::function::Function;
use crate::objects::method::Method;
use crate::objects::native::Native;
use crate::objects::string::as_str;
use crate::operator::Comparison;
use crate::value::Value;
use crate::vm::Vm;

/// Fills in the classes.
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    // SAFETY: classes are never freed.
    unsafe {
        let slots = &mut (*types.function).slots;
        slots.repr = Some(function_repr);
        slots.descr_get = Some(function_get);
        slots.call = Some(Vm::call_with);
        let slots = &mut (*types.method).slots;
        slots.repr = Some(method_repr);
        slots.call = Some(Vm::call_with);
        slots.get_attr = Some(method_get_attr);
        slots.compare = Some(method_compare);
        slots.hash = Some(|vm, object| {
            let method = method(object);
            Ok(vm.hash((*method).function)?.rotate_left(7) ^ (*method).receiver.rotate_right(4))
        });
        (*types.cell).slots.repr = Some(|vm, object| {
            let value = (*(object as *mut Cell)).value;
            let content = if value == EMPTY {
                "empty".to_owned()
            } else {
                format!("{} object at {value:#x}", vm.class_name(value))
            };
            Ok(vm.new_str(&format!("<cell at {object:#x}: {content}>")))
        });
    }
    vm.define_getset(types.function, FUNCTION_ATTRIBUTES);
    vm.define_getset(
        types.cell,
        &[GetSetDef {
            name: "cell_contents",
            get: |vm, cell| {
                // SAFETY: the descriptor checked the receiver.
                let value = unsafe { (*(cell as *mut Cell)).value };
                if value == EMPTY {
                    return Err(vm.value_error("cell is empty"));
                }
                Ok(Value::borrowed(value))
            },
            set: None,
        }],
    );
    for class in [types.function, types.method, types.cell] {
        vm.ready(class);
    }
}

fn function<'a>(word: Word) -> &'a mut Function {
    // SAFETY: the descriptors and slots of the class get its instances.
    unsafe { &mut *(word as *mut Function) }
}

fn or_none(word: Word) -> Outcome<Value> {
    Ok(if word == EMPTY {
        Value::NONE
    } else {
        Value::borrowed(word)
    })
}

fn store(slot: &mut Word, value: Option<Word>) {
    set_slot(
        slot,
        value.filter(|&word| word != NONE).map(Value::borrowed),
    );
}

const FUNCTION_ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "__name__",
        get: |_, it| or_none(function(it).name),
        set: Some(|vm, it, value| set_text(vm, &mut function(it).name, value, "__name__")),
    },
    GetSetDef {
        name: "__qualname__",
        get: |_, it| or_none(function(it).qualname),
        set: Some(|vm, it, value| set_text(vm, &mut function(it).qualname, value, "__qualname__")),
    },
    GetSetDef {
        name: "__doc__",
        get: |_, it| or_none(function(it).doc),
        set: Some(|_, it, value| {
            set_slot(
                &mut function(it).doc,
                Some(Value::borrowed(value.unwrap_or(NONE))),
            );
            Ok(())
        }),
    },
    GetSetDef {
        name: "__code__",
        get: |_, it| or_none(function(it).code as Word),
        set: None,
    },
    GetSetDef {
        name: "__globals__",
        get: |_, it| or_none(function(it).globals),
        set: None,
    },
    GetSetDef {
        name: "__closure__",
        get: |_, it| or_none(function(it).closure),
        set: None,
    },
    GetSetDef {
        name: "__defaults__",
        get: |_, it| or_none(function(it).defaults),
        set: Some(|vm, it, value| {
            if value.is_some_and(|word| {
                word != NONE && crate::objects::tuple::cast_tuple(word).is_none()
            }) {
                return Err(vm.type_error("__defaults__ must be set to a tuple object"));
            }
            store(&mut function(it).defaults, value);
            vm.function_changed(function(it));
            Ok(())
        }),
    },
    GetSetDef {
        name: "__kwdefaults__",
        get: |_, it| or_none(function(it).keyword_defaults),
        set: Some(|vm, it, value| {
            if value.is_some_and(|word| word != NONE && dict::cast_dict(word).is_none()) {
                return Err(vm.type_error("__kwdefaults__ must be set to a dict object"));
            }
            store(&mut function(it).keyword_defaults, value);
            vm.function_changed(function(it));
            Ok(())
        }),
    },
    GetSetDef {
        name: "__module__",
        get: |vm, it| {
            if let Some(own) = vm.own_attribute(it, vm.names.__module__) {
                return Ok(own);
            }
            let name = vm.names.__name__;
            or_none(dict::get_name(function(it).globals, name).unwrap_or(EMPTY))
        },
        set: Some(|vm, it, value| {
            let slot = &mut function(it).attributes;
            if *slot == EMPTY {
                set_slot(slot, Some(vm.new_dict()));
            }
            dict::set_name(
                *slot,
                vm.names.__module__,
                Value::borrowed(value.unwrap_or(NONE)),
            );
            Ok(())
        }),
    },
    GetSetDef {
        name: "__annotations__",
        get: |vm, it| {
            let annotations = function(it).annotations;
            if annotations == EMPTY {
                return Ok(vm.new_dict());
            }
            if dict::cast_dict(annotations).is_some() {
                return Ok(Value::borrowed(annotations));
            }
            // PEP 649: a function that computes them, for format 1 (values).
            vm.call(annotations, &[crate::layout::word_of_int(1)])
        },
        set: Some(|_, it, value| {
            store(&mut function(it).annotations, value);
            Ok(())
        }),
    },
    GetSetDef {
        name: "__dict__",
        get: |vm, it| {
            let slot = &mut function(it).attributes;
            if *slot == EMPTY {
                set_slot(slot, Some(vm.new_dict()));
            }
            or_none(*slot)
        },
        set: None,
    },
];

fn set_text(vm: &mut Vm, slot: &mut Word, value: Option<Word>, name: &str) -> Outcome<()> {
    let Some(value) = value.filter(|&word| as_str(word).is_some()) else {
        return Err(vm.type_error(format!("{name} must be set to a string object")));
    };
    set_slot(slot, Some(Value::borrowed(value)));
    Ok(())
}

fn function_repr(vm: &mut Vm, object: Word) -> Outcome<Value> {
    let name = as_str(function(object).qualname).unwrap_or("?");
    Ok(vm.new_str(&format!("<function {name} at {object:#x}>")))
}

fn function_get(
    vm: &mut Vm,
    object: Word,
    instance: Option<Word>,
    _: *mut Class,
) -> Outcome<Value> {
    match instance {
        Some(instance) => Ok(vm.new_method(Value::borrowed(object), Value::borrowed(instance))),
        None => Ok(Value::borrowed(object)),
    }
}

fn method(object: Word) -> *mut Method {
    object as *mut Method
}

fn method_repr(vm: &mut Vm, object: Word) -> Outcome<Value> {
    // SAFETY: a slot of its class.
    let (function, receiver) = unsafe { ((*method(object)).function, (*method(object)).receiver) };
    if let Some(native) = cast_exact::<Native>(function) {
        // SAFETY: a live function.
        let name = as_str(unsafe { (*native).name }).unwrap_or("?");
        let class = vm.class_name(receiver);
        return Ok(vm.new_str(&format!(
            "<built-in method {name} of {class} object at {receiver:#x}>"
        )));
    }
    let name = vm.get_attr_opt(function, vm.names.__qualname__)?;
    let name = name
        .as_ref()
        .and_then(|name| as_str(name.word()))
        .unwrap_or("?")
        .to_owned();
    let receiver = vm.repr_text(receiver)?;
    Ok(vm.new_str(&format!("<bound method {name} of {receiver}>")))
}

fn method_get_attr(vm: &mut Vm, object: Word, name: Word) -> Outcome<Option<Value>> {
    // SAFETY: a slot of its class.
    let (function, receiver) = unsafe { ((*method(object)).function, (*method(object)).receiver) };
    if name == vm.names.__self__ {
        return Ok(Some(Value::borrowed(receiver)));
    }
    if name == vm.names.__func__ {
        return Ok(Some(Value::borrowed(function)));
    }
    if let Some(found) = vm.generic_get_attr(object, name)?
        && [
            vm.names.__class__,
            vm.names.__call__,
            vm.names.__eq__,
            vm.names.__hash__,
            vm.names.__repr__,
        ]
        .contains(&name)
    {
        return Ok(Some(found));
    }
    vm.get_attr_opt(function, name)
}

fn method_compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let same_kind = cast_exact::<Method>(left).zip(cast_exact::<Method>(right));
    let (Some((left, right)), Comparison::Equal | Comparison::NotEqual) = (same_kind, op) else {
        return Ok(vm.not_implemented_value());
    };
    // SAFETY: live methods.
    let equal =
        unsafe { (*left).receiver == (*right).receiver && (*left).function == (*right).function };
    Ok(Value::bool(equal == (op == Comparison::Equal)))
}

impl Vm {
    /// Gives a function whose defaults or code changed a new version.
    pub fn function_changed(&mut self, function: &mut Function) {
        self.function_versions += 1;
        function.prefix.version = self.function_versions;
        if let Some(jit) = &mut self.jit {
            jit.broken(watch::of_function(function));
        }
    }
}
