//! Descriptors: computed attributes of built-in types, `property`, `staticmethod`, `classmethod`, and the binding of
//! native methods.

#![expect(
    clippy::type_complexity,
    reason = "a getter's signature is read where it is, not behind an alias"
)]

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{EMPTY, Header, NONE, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::dict;
use crate::objects::native::{Args, Arity, Native, NativeDef, NativeKind};
use crate::objects::string::as_str;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// A computed attribute of a built-in type.
#[derive(Clone, Copy)]
pub struct GetSetDef {
    /// Its name.
    pub name: &'static str,
    /// Reads it.
    pub get: fn(&mut Vm, Word) -> Outcome<Value>,
    /// Sets it, or deletes it for `None`; absent if it is read-only.
    pub set: Option<fn(&mut Vm, Word, Option<Word>) -> Outcome<()>>,
}

/// A [`GetSetDef`] as an object.
#[repr(C)]
pub struct GetSet {
    header: Header,
    def: GetSetDef,
    owner: *mut Class,
}

impl Object for GetSet {
    unsafe fn drop_contents(&mut self) {}
}

/// `property`.
#[repr(C)]
pub struct Property {
    header: Header,
    getter: Word,
    setter: Word,
    deleter: Word,
    doc: Word,
}

impl Object for Property {
    unsafe fn drop_contents(&mut self) {
        [self.getter, self.setter, self.deleter, self.doc]
            .into_iter()
            .for_each(decref);
    }
}

impl Property {
    /// The function that reads the property; [`EMPTY`] if there is none.
    pub fn getter(&self) -> Word {
        self.getter
    }

    /// The function that sets the property; [`EMPTY`] if there is none.
    pub fn setter(&self) -> Word {
        self.setter
    }
}

/// `staticmethod` and `classmethod`: a wrapped function.
#[repr(C)]
pub struct Wrapped {
    header: Header,
    function: Word,
}

impl Object for Wrapped {
    unsafe fn drop_contents(&mut self) {
        decref(self.function);
    }
}

/// What `staticmethod` and `classmethod` objects hold, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Of a `staticmethod`.
    Static(Word),
    /// Of a `classmethod`.
    Class(Word),
}

/// What `word` holds if it is exactly a `staticmethod` or a `classmethod`.
pub fn wrapping(vm: &Vm, word: Word) -> Option<Wrapping> {
    let class: *const Class = vm.class_of(word);
    // SAFETY: a live object of that layout.
    let function = || cast::<Wrapped>(word).map(|wrapped| unsafe { (*wrapped).function });
    if std::ptr::eq(class, vm.types.staticmethod) {
        function().map(Wrapping::Static)
    } else if std::ptr::eq(class, vm.types.classmethod) {
        function().map(Wrapping::Class)
    } else {
        None
    }
}

/// Fills in the classes.
#[expect(clippy::too_many_lines, reason = "a table, in the form of code")]
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    // SAFETY: classes are never freed.
    unsafe {
        (*types.getset_descriptor).slots.descr_get = Some(getset_get);
        (*types.getset_descriptor).slots.descr_set = Some(getset_set);
        (*types.property).slots.descr_get = Some(property_get);
        (*types.property).slots.descr_set = Some(property_set);
        (*types.property).slots.new = Some(property_new);
        (*types.staticmethod).slots.descr_get =
            Some(|_, wrapped, _, _| Ok(wrapped_function(wrapped)));
        (*types.staticmethod).slots.new = Some(wrapped_new);
        (*types.staticmethod).slots.call = Some(|vm, wrapped, args| {
            let function = wrapped_function(wrapped);
            vm.call_with(function.word(), args)
        });
        (*types.classmethod).slots.descr_get = Some(classmethod_get);
        (*types.classmethod).slots.new = Some(wrapped_new);
        (*types.method_descriptor).slots.descr_get = Some(native_get);
        (*types.wrapper_descriptor).slots.descr_get = Some(native_get);
        (*types.classmethod_descriptor).slots.descr_get = Some(|vm, native, _, class| {
            let class = Value::borrowed((*class).word());
            Ok(vm.new_method(Value::borrowed(native), class))
        });
        for class in [
            types.builtin_function_or_method,
            types.method_descriptor,
            types.wrapper_descriptor,
            types.classmethod_descriptor,
        ] {
            (*class).slots.repr = Some(native_repr);
            (*class).slots.call =
                Some(|vm, native, args| vm.call_native(native as *mut Native, args));
        }
    }
    vm.define(
        types.property,
        &[
            NativeDef::method("getter", Arity::One, |vm, args| property_copy(vm, args, 0)),
            NativeDef::method("setter", Arity::One, |vm, args| property_copy(vm, args, 1)),
            NativeDef::method("deleter", Arity::One, |vm, args| property_copy(vm, args, 2)),
        ],
    );
    vm.define_getset(
        types.property,
        &[
            GetSetDef {
                name: "fget",
                get: |_, it| Ok(or_none(property(it).getter)),
                set: None,
            },
            GetSetDef {
                name: "fset",
                get: |_, it| Ok(or_none(property(it).setter)),
                set: None,
            },
            GetSetDef {
                name: "fdel",
                get: |_, it| Ok(or_none(property(it).deleter)),
                set: None,
            },
            GetSetDef {
                name: "__doc__",
                get: |_, it| Ok(or_none(property(it).doc)),
                set: None,
            },
        ],
    );
    for class in [types.staticmethod, types.classmethod] {
        let get: fn(&mut Vm, Word) -> Outcome<Value> = |_, wrapped| Ok(wrapped_function(wrapped));
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__func__",
                get,
                set: None,
            }],
        );
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__wrapped__",
                get,
                set: None,
            }],
        );
    }
    for class in [
        types.builtin_function_or_method,
        types.method_descriptor,
        types.wrapper_descriptor,
        types.classmethod_descriptor,
    ] {
        let name: fn(&mut Vm, Word) -> Outcome<Value> = |_, native| {
            let native = cast_native(native);
            Ok(Value::borrowed(native.name))
        };
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__name__",
                get: name,
                set: None,
            }],
        );
        let qualname: fn(&mut Vm, Word) -> Outcome<Value> = |vm, native| {
            let text = cast_native(native).qualified_name();
            Ok(vm.new_str(&text))
        };
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__qualname__",
                get: qualname,
                set: None,
            }],
        );
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__doc__",
                get: |_, _| Ok(Value::NONE),
                set: None,
            }],
        );
        let module: fn(&mut Vm, Word) -> Outcome<Value> = |vm, native| {
            let module = cast_native(native).module;
            Ok(vm.new_str(if module.is_empty() {
                "builtins"
            } else {
                module
            }))
        };
        vm.define_getset(
            class,
            &[GetSetDef {
                name: "__module__",
                get: module,
                set: None,
            }],
        );
    }
    for class in [
        types.getset_descriptor,
        types.property,
        types.staticmethod,
        types.classmethod,
        types.builtin_function_or_method,
        types.method_descriptor,
        types.wrapper_descriptor,
        types.classmethod_descriptor,
    ] {
        vm.ready(class);
    }
}

fn or_none(word: Word) -> Value {
    if word == EMPTY {
        Value::NONE
    } else {
        Value::borrowed(word)
    }
}

fn property<'a>(word: Word) -> &'a mut Property {
    let property = cast::<Property>(word).expect("a slot of `property`");
    // SAFETY: a live property.
    unsafe { &mut *property }
}

fn cast_native<'a>(word: Word) -> &'a Native {
    // SAFETY: the classes of native functions have no other instances.
    unsafe { &*(word as *mut Native) }
}

fn wrapped_function(word: Word) -> Value {
    let wrapped = cast::<Wrapped>(word).expect("a slot of `staticmethod` or `classmethod`");
    // SAFETY: a live object.
    Value::borrowed(unsafe { (*wrapped).function })
}

fn native_repr(vm: &mut Vm, native: Word) -> Outcome<Value> {
    let native = cast_native(native);
    let name = as_str(native.name).unwrap_or("?");
    let text = if native.owner.is_null() || native.kind == NativeKind::Function {
        format!("<built-in function {name}>")
    } else {
        // SAFETY: classes are never freed.
        let owner = unsafe { &(*native.owner).name };
        let what = if native.kind == NativeKind::SlotWrapper {
            "slot wrapper"
        } else {
            "method"
        };
        format!("<{what} '{name}' of '{owner}' objects>")
    };
    Ok(vm.new_str(&text))
}

fn native_get(vm: &mut Vm, native: Word, instance: Option<Word>, _: *mut Class) -> Outcome<Value> {
    match instance {
        Some(instance) => Ok(vm.new_method(Value::borrowed(native), Value::borrowed(instance))),
        None => Ok(Value::borrowed(native)),
    }
}

fn getset_get(
    vm: &mut Vm,
    descriptor: Word,
    instance: Option<Word>,
    _: *mut Class,
) -> Outcome<Value> {
    let Some(instance) = instance else {
        return Ok(Value::borrowed(descriptor));
    };
    let getset = cast::<GetSet>(descriptor).expect("a slot of its class");
    // SAFETY: a live object.
    let (def, owner) = unsafe { ((*getset).def, (*getset).owner) };
    check_receiver(vm, def.name, owner, instance)?;
    (def.get)(vm, instance)
}

fn getset_set(vm: &mut Vm, descriptor: Word, instance: Word, value: Option<Word>) -> Outcome<()> {
    let getset = cast::<GetSet>(descriptor).expect("a slot of its class");
    // SAFETY: a live object.
    let (def, owner) = unsafe { ((*getset).def, (*getset).owner) };
    check_receiver(vm, def.name, owner, instance)?;
    let Some(set) = def.set else {
        let (class, name) = (vm.class_name(instance), def.name);
        return Err(vm.raise(
            vm.types.AttributeError,
            format!("attribute '{name}' of '{class}' objects is not writable"),
        ));
    };
    set(vm, instance, value)
}

fn check_receiver(vm: &mut Vm, name: &str, owner: *mut Class, instance: Word) -> Outcome<()> {
    if vm.is_instance(instance, owner) {
        return Ok(());
    }
    // SAFETY: classes are never freed.
    let wanted = unsafe { &(*owner).name };
    let got = vm.class_name(instance);
    Err(vm.type_error(format!(
        "descriptor '{name}' for '{wanted}' objects doesn't apply to a '{got}' object"
    )))
}

fn property_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [getter, setter, deleter, doc] =
        args.bind(vm, "property", ["fget", "fset", "fdel", "doc"], 0)?;
    let own = |word: Option<Word>| {
        word.filter(|&word| word != NONE)
            .map_or(EMPTY, |word| Value::borrowed(word).into_word())
    };
    let mut doc = own(doc);
    if doc == EMPTY
        && let Some(getter) = getter
        && let Some(text) = vm.get_attr_opt(getter, vm.names.__doc__)?
    {
        doc = text.into_word();
    }
    let (getter, setter, deleter) = (own(getter), own(setter), own(deleter));
    Ok(allocate(class, |header| Property {
        header,
        getter,
        setter,
        deleter,
        doc,
    }))
}

fn property_copy(vm: &mut Vm, args: Args, which: usize) -> Outcome<Value> {
    let old = property(args.values[0]);
    let mut parts = [old.getter, old.setter, old.deleter];
    parts[which] = args.values[1];
    let class = Class::ptr_of(vm, args.values[0]);
    let parts = parts.map(|word| or_none(word).into_word());
    let copy = allocate(class, |header| {
        let [getter, setter, deleter] = parts.map(|word| if word == NONE { EMPTY } else { word });
        Property {
            header,
            getter,
            setter,
            deleter,
            doc: or_none(old.doc).into_word(),
        }
    });
    Ok(copy)
}

fn property_get(
    vm: &mut Vm,
    descriptor: Word,
    instance: Option<Word>,
    _: *mut Class,
) -> Outcome<Value> {
    let Some(instance) = instance else {
        return Ok(Value::borrowed(descriptor));
    };
    let getter = property(descriptor).getter;
    if getter == EMPTY {
        return Err(property_error(vm, descriptor, instance, "getter"));
    }
    vm.call(getter, &[instance])
}

fn property_set(vm: &mut Vm, descriptor: Word, instance: Word, value: Option<Word>) -> Outcome<()> {
    let property = property(descriptor);
    let (function, what) = match value {
        Some(_) => (property.setter, "setter"),
        None => (property.deleter, "deleter"),
    };
    if function == EMPTY {
        return Err(property_error(vm, descriptor, instance, what));
    }
    match value {
        Some(value) => vm.call(function, &[instance, value])?,
        None => vm.call(function, &[instance])?,
    };
    Ok(())
}

#[cold]
fn property_error(
    vm: &mut Vm,
    descriptor: Word,
    instance: Word,
    what: &str,
) -> crate::error::Raised {
    let class = vm.class_of(instance);
    let mut name = "?";
    for &base in &class.mro {
        // SAFETY: classes are never freed.
        let table = dict::table(unsafe { (*base).namespace.word() });
        if let Some(entry) = table.entries().find(|entry| entry.value == descriptor) {
            name = as_str(entry.key).unwrap_or("?");
            break;
        }
    }
    let class = &class.qualname;
    vm.raise(
        vm.types.AttributeError,
        format!("property '{name}' of '{class}' object has no {what}"),
    )
}

fn wrapped_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let &[function] = args.values else {
        // SAFETY: classes are never freed.
        let name = unsafe { &(*class).name };
        let given = args.values.len();
        return Err(vm.type_error(format!("{name} expected 1 argument, got {given}")));
    };
    let function = Value::borrowed(function).into_word();
    Ok(allocate(class, |header| Wrapped { header, function }))
}

fn classmethod_get(
    vm: &mut Vm,
    descriptor: Word,
    _: Option<Word>,
    class: *mut Class,
) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    let class = Value::borrowed(unsafe { (*class).word() });
    Ok(vm.new_method(wrapped_function(descriptor), class))
}

impl Vm {
    /// Adds computed attributes to a built-in class.
    pub fn define_getset(&mut self, class: *mut Class, defs: &[GetSetDef]) {
        for &def in defs {
            let name = self.intern(def.name);
            let object = allocate(self.types.getset_descriptor, |header| GetSet {
                header,
                def,
                owner: class,
            });
            // SAFETY: classes are never freed.
            dict::set_name(unsafe { (*class).namespace.word() }, name, object);
        }
        self.class_changed(class);
    }

    /// `staticmethod(function)`.
    pub fn new_static_method(&self, function: Value) -> Value {
        let function = function.into_word();
        allocate(self.types.staticmethod, |header| Wrapped {
            header,
            function,
        })
    }

    /// `classmethod(function)`.
    pub fn new_class_method(&self, function: Value) -> Value {
        let function = function.into_word();
        allocate(self.types.classmethod, |header| Wrapped {
            header,
            function,
        })
    }

    /// The function in a `staticmethod`; any other value as it is.
    pub fn unwrap_static(&self, word: Word) -> Value {
        match cast::<Wrapped>(word) {
            Some(_) if self.class_of(word).is_subclass(self.types.staticmethod) => {
                wrapped_function(word)
            }
            _ => Value::borrowed(word),
        }
    }
}
