//! `type`: attributes of classes, and making classes.

use crate::class::{
    Class, FLAG_EXCEPTION, FLAG_FINAL, FLAG_INSTANCE, FLAG_SIDE_ATTRIBUTES, FLAG_USER,
};
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::interp::functions::stored_attributes;
use crate::layout::{self, ClassPrefix, Header, NONE, Word};
use crate::object::cast;
use crate::objects::dict;
use crate::objects::instance;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::side;
use crate::slots::Slots;
use crate::value::Value;
use crate::vm::Vm;

fn class<'a>(word: Word) -> &'a Class {
    let class = cast::<Class>(word).or_else(|| class_of_user_metaclass(word));
    // SAFETY: classes are never freed.
    unsafe { &*class.expect("the slots and descriptors of `type` get classes") }
}

fn class_of_user_metaclass(word: Word) -> Option<*mut Class> {
    // SAFETY: a live value.
    unsafe { layout::has_shape(word, layout::SHAPE_CLASS) }.then_some(word as *mut Class)
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let type_ = vm.types.type_;
    // SAFETY: classes are never freed.
    unsafe {
        let slots = &mut (*type_).slots;
        slots.repr = Some(|vm, it| {
            let text = format!("<class '{}'>", class(it).full_name());
            Ok(vm.new_str(&text))
        });
        slots.get_attr = Some(get_attr);
        slots.set_attr = Some(set_attr);
        slots.call = Some(|vm, it, args| vm.instantiate(it as *mut Class, args));
        slots.new = Some(type_new);
        slots.init = Some(|_, _, _| Ok(()));
        slots.binary = Some(union_types);
    }
    vm.define_getset(
        type_,
        &[
            GetSetDef {
                name: "__name__",
                get: |vm, it| Ok(vm.new_str(&class(it).name)),
                set: Some(set_name),
            },
            GetSetDef {
                name: "__qualname__",
                get: |vm, it| Ok(vm.new_str(&class(it).qualname)),
                set: None,
            },
            GetSetDef {
                name: "__bases__",
                get: |vm, it| Ok(words_of(vm, &class(it).bases)),
                set: None,
            },
            GetSetDef {
                name: "__mro__",
                get: |vm, it| Ok(words_of(vm, &class(it).mro)),
                set: None,
            },
            GetSetDef {
                name: "__base__",
                get: base,
                set: None,
            },
        ],
    );
    vm.define(
        type_,
        &[
            NativeDef::method("mro", Arity::None, |vm, args| {
                let items = class(args.values[0]).mro.clone();
                let tuple = words_of(vm, &items);
                let items = vm.collect(tuple.word())?;
                Ok(vm.new_list(items))
            }),
            NativeDef::method("__subclasses__", Arity::None, |vm, args| {
                let tuple = words_of(vm, &class(args.values[0]).subclasses);
                let items = vm.collect(tuple.word())?;
                Ok(vm.new_list(items))
            }),
        ],
    );
    vm.ready(type_);
}

fn words_of(vm: &Vm, classes: &[*mut Class]) -> Value {
    // SAFETY: classes are never freed.
    let words: Vec<Word> = classes
        .iter()
        .map(|&class| unsafe { (*class).word() })
        .collect();
    vm.new_tuple_from(&words)
}

fn base(_: &mut Vm, it: Word) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    Ok(class(it).bases.first().map_or(Value::NONE, |&base| {
        Value::borrowed(unsafe { (*base).word() })
    }))
}

fn set_name(vm: &mut Vm, it: Word, value: Option<Word>) -> Outcome<()> {
    let Some(text) = value.and_then(as_str) else {
        return Err(vm.type_error("can only assign string to a class's __name__"));
    };
    // SAFETY: classes are never freed.
    unsafe { text.clone_into(&mut (*(it as *mut Class)).name) };
    Ok(())
}

/// `int | None` and the like, used in annotations and `isinstance`: not there yet.
fn union_types(
    vm: &mut Vm,
    op: crate::operator::BinaryOp,
    left: Word,
    right: Word,
) -> Outcome<Value> {
    let is_type = |word: Word| word == NONE || class_of_user_metaclass(word).is_some();
    if op == crate::operator::BinaryOp::Or && is_type(left) && is_type(right) {
        return Err(vm.not_implemented("unions of types"));
    }
    Ok(vm.not_implemented_value())
}

fn get_attr(vm: &mut Vm, object: Word, name: Word) -> Outcome<Option<Value>> {
    let this = class(object);
    let this_ptr = object as *mut Class;
    let meta = vm.class_of(object);
    let meta_ptr = Class::ptr_of(vm, object);
    let on_meta = meta.lookup(name);
    if let Some(descriptor) = on_meta {
        let slots = &vm.class_of(descriptor).slots;
        if let (Some(_), Some(descr_get)) = (slots.descr_set, slots.descr_get) {
            // `__name__`, `__mro__`… of the class itself win; `__doc__`, `__module__` are in its namespace.
            return descr_get(vm, descriptor, Some(object), meta_ptr).map(Some);
        }
    }
    if name == vm.names.__dict__ {
        let copy = vm.new_dict();
        dict::copy_into(this.namespace.word(), copy.word());
        return Ok(Some(copy));
    }
    if let Some(found) = this.lookup(name) {
        let found = Value::borrowed(found);
        return match vm.class_of(found.word()).slots.descr_get {
            Some(descr_get) => descr_get(vm, found.word(), None, this_ptr).map(Some),
            None => Ok(Some(found)),
        };
    }
    if name == vm.names.__module__ {
        return Ok(Some(vm.new_str(&this.module)));
    }
    if name == vm.names.__doc__ {
        return Ok(Some(Value::NONE));
    }
    let Some(found) = on_meta else {
        return Ok(None);
    };
    let found = Value::borrowed(found);
    match vm.class_of(found.word()).slots.descr_get {
        Some(descr_get) => descr_get(vm, found.word(), Some(object), meta_ptr).map(Some),
        None => Ok(Some(found)),
    }
}

fn set_attr(vm: &mut Vm, object: Word, name: Word, value: Option<Word>) -> Outcome<()> {
    let this = class(object);
    let text = as_str(name).unwrap_or("?");
    if !this.is_user() {
        let class = &this.name;
        return Err(vm.type_error(format!(
            "cannot set '{text}' attribute of immutable type '{class}'"
        )));
    }
    if let Some(descriptor) = vm.class_of(object).lookup(name)
        && let Some(descr_set) = vm.class_of(descriptor).slots.descr_set
    {
        return descr_set(vm, descriptor, object, value);
    }
    // What was found so far is forgotten before it may be dropped, and once more when the slots are up to date.
    vm.class_changed(object as *mut Class);
    match value {
        Some(value) => dict::set_name(this.namespace.word(), name, Value::borrowed(value)),
        None if dict::remove_name(this.namespace.word(), name).is_none() => {
            return Err(vm.no_attribute(object, name));
        }
        None => {}
    }
    if text.starts_with("__") && text.ends_with("__") {
        vm.update_user_slots(object as *mut Class);
    }
    vm.class_changed(object as *mut Class);
    Ok(())
}

/// `type(name, bases, namespace)`.
fn type_new(vm: &mut Vm, meta: *mut Class, args: Args) -> Outcome<Value> {
    let &[name, bases, namespace] = args.positional() else {
        return Err(vm.type_error("type() takes 1 or 3 arguments"));
    };
    let (Some(name), Some(bases), Some(_)) = (
        as_str(name),
        crate::objects::tuple::cast_tuple(bases),
        dict::cast_dict(namespace),
    ) else {
        return Err(vm.type_error("type.__new__() arguments must be str, tuple and dict"));
    };
    let keywords: Vec<(Word, Word)> = args
        .names
        .iter()
        .copied()
        .zip(args.values[args.positional().len()..].iter().copied())
        .collect();
    let items = bases.items().to_vec();
    vm.new_class(meta, name, &items, namespace, &keywords)
}

impl Vm {
    /// Makes a Python class.
    ///
    /// `keywords` go to `__init_subclass__`.
    ///
    /// # Errors
    /// `TypeError` for bases that don't fit together, or what `__set_name__` and `__init_subclass__` raise.
    pub fn new_class(
        &mut self,
        meta: *mut Class,
        name: &str,
        bases: &[Word],
        namespace: Word,
        keywords: &[(Word, Word)],
    ) -> Outcome<Value> {
        let mut base_classes = Vec::new();
        for &base in bases {
            let Some(base) = class_of_user_metaclass(base) else {
                let got = self.class_name(base);
                return Err(self.type_error(format!("bases must be types, not '{got}'")));
            };
            // SAFETY: classes are never freed.
            if unsafe { (*base).flags } & FLAG_FINAL != 0 {
                // SAFETY: as above.
                let name = unsafe { &(*base).name };
                return Err(
                    self.type_error(format!("type '{name}' is not an acceptable base type"))
                );
            }
            if base_classes.contains(&base) {
                // SAFETY: as above.
                let name = unsafe { &(*base).name };
                return Err(self.type_error(format!("duplicate base class {name}")));
            }
            base_classes.push(base);
        }
        if base_classes.is_empty() {
            base_classes.push(self.types.object);
        }
        let Some(mut mro) = Class::linearize(&base_classes) else {
            // SAFETY: classes are never freed.
            let names: Vec<&str> = base_classes
                .iter()
                .map(|&base| unsafe { (*base).name.as_str() })
                .collect();
            let names = names.join(", ");
            return Err(self.type_error(format!(
                "Cannot create a consistent method resolution\norder (MRO) for bases {names}"
            )));
        };
        let solid = self.solid_base(&base_classes)?;
        let namespace_copy = self.new_dict();
        dict::copy_into(namespace, namespace_copy.word());
        let class = self.allocate_user_class(meta, name, solid, namespace_copy);
        mro.insert(0, class);
        // SAFETY: classes are never freed.
        let this = unsafe { &mut *class };
        this.mro = mro;
        this.bases.clone_from(&base_classes);
        for &base in &base_classes {
            // SAFETY: as above.
            unsafe { (*base).subclasses.push(class) };
        }
        let stored = stored_attributes(self, namespace);
        self.size_instances(this, &base_classes, stored);
        self.finish_namespace(this);
        self.update_user_slots(class);
        self.class_changed(class);
        let value = Value::borrowed(this.word());
        self.announce_class(&value, keywords)?;
        Ok(value)
    }

    /// The built-in class that determines the layout of instances.
    fn solid_base(&mut self, bases: &[*mut Class]) -> Outcome<*mut Class> {
        let mut solid = self.types.object;
        for &base in bases {
            // SAFETY: classes are never freed.
            let native = unsafe {
                (*base)
                    .mro
                    .iter()
                    .copied()
                    .find(|class| !(**class).is_user())
            };
            let native = native.expect("every MRO ends with `object`");
            // SAFETY: as above.
            unsafe {
                if (*solid).is_subclass(native) {
                    continue;
                }
                if !(*native).is_subclass(solid) && (*native).native != (*solid).native {
                    return Err(self.type_error("multiple bases have instance lay-out conflict"));
                }
            }
            solid = native;
        }
        Ok(solid)
    }

    fn allocate_user_class(
        &mut self,
        meta: *mut Class,
        name: &str,
        solid: *mut Class,
        namespace: Value,
    ) -> *mut Class {
        let plain = solid == self.types.object;
        // SAFETY: classes are never freed.
        let (native, base_dealloc, exceptional) = unsafe {
            (
                (*solid).native,
                (*solid).dealloc,
                (*solid).is_subclass(self.types.BaseException),
            )
        };
        let (flags, dealloc): (u32, unsafe fn(*mut Header)) = if plain {
            (FLAG_INSTANCE, instance::dealloc)
        } else if exceptional {
            (FLAG_EXCEPTION, base_dealloc)
        } else {
            (FLAG_SIDE_ATTRIBUTES, side::dealloc)
        };
        let native = if plain {
            std::any::TypeId::of::<layout::Instance>()
        } else {
            native
        };
        if dict::get_name(namespace.word(), self.names.__module__).is_none()
            && let Some(frame) = self.running_frame()
            && let Some(name) = dict::get_name(frame.function().globals, self.names.__name__)
        {
            dict::set_name(
                namespace.word(),
                self.names.__module__,
                Value::borrowed(name),
            );
        }
        let module = dict::get_name(namespace.word(), self.names.__module__)
            .and_then(as_str)
            .unwrap_or("builtins");
        let qualname = dict::get_name(namespace.word(), self.names.__qualname__)
            .and_then(as_str)
            .unwrap_or(name);
        let class = Class {
            prefix: ClassPrefix {
                header: Header {
                    refcount: 1 << 30,
                    shape: layout::SHAPE_CLASS,
                    class: meta.cast(),
                },
                version: 0,
            },
            flags: flags | FLAG_USER,
            inline_slots: 0,
            root_shape: 0,
            native,
            dealloc,
            slots: Slots::default(),
            name: name.to_owned(),
            qualname: qualname.to_owned(),
            module: module.to_owned(),
            bases: Vec::new(),
            mro: Vec::new(),
            namespace,
            subclasses: Vec::new(),
            init_cache: std::ptr::null_mut(),
            lookups: crate::class::LookupCache::default(),
        };
        Box::leak(Box::new(class))
    }

    fn size_instances(&mut self, class: &mut Class, bases: &[*mut Class], stored: usize) {
        if class.flags & FLAG_INSTANCE == 0 {
            return;
        }
        // SAFETY: classes are never freed.
        let inherited: u32 = bases
            .iter()
            .map(|&base| unsafe { (*base).inline_slots })
            .sum();
        class.inline_slots = (inherited + stored as u32).clamp(4, 32);
        class.root_shape = self.shapes.add_root(class);
    }

    fn finish_namespace(&mut self, class: &mut Class) {
        let namespace = class.namespace.word();
        let names = self.names;
        dict::remove_name(namespace, names.__qualname__);
        dict::remove_name(namespace, names.__classcell__);
        if dict::get_name(namespace, names.__eq__).is_some()
            && dict::get_name(namespace, names.__hash__).is_none()
        {
            dict::set_name(namespace, names.__hash__, Value::NONE);
        }
        if dict::get_name(namespace, names.__doc__).is_none() {
            dict::set_name(namespace, names.__doc__, Value::NONE);
        }
        if let Some(new) = dict::get_name(namespace, names.__new__)
            // SAFETY: a live value.
            && unsafe { layout::has_shape(new, layout::SHAPE_FUNCTION) }
        {
            let wrapped = self.new_static_method(Value::borrowed(new));
            dict::set_name(namespace, names.__new__, wrapped);
        }
        for name in [names.__init_subclass__, names.__class_getitem__] {
            if let Some(function) = dict::get_name(namespace, name)
                // SAFETY: a live value.
                && unsafe { layout::has_shape(function, layout::SHAPE_FUNCTION) }
            {
                let wrapped = self.new_class_method(Value::borrowed(function));
                dict::set_name(namespace, name, wrapped);
            }
        }
    }

    /// `__set_name__` of attributes, then `__init_subclass__` of the bases.
    fn announce_class(&mut self, class: &Value, keywords: &[(Word, Word)]) -> Outcome<()> {
        let this = class_of_user_metaclass(class.word()).expect("just made");
        // SAFETY: classes are never freed.
        let namespace = unsafe { (*this).namespace.word() };
        let entries: Vec<(Word, Value)> = dict::table(namespace)
            .entries()
            .map(|entry| (entry.key, Value::borrowed(entry.value)))
            .collect();
        for (name, value) in entries {
            if let Some(method) = self.special_method(value.word(), self.names.__set_name__)? {
                method.call(self, value.word(), Args::of(&[class.word(), name]))?;
            }
        }
        let found = self.super_lookup(this, class.word(), this, self.names.__init_subclass__)?;
        if let Some(hook) = found {
            let names: Vec<Word> = keywords.iter().map(|&(name, _)| name).collect();
            let values: Vec<Word> = keywords.iter().map(|&(_, value)| value).collect();
            self.call_with(
                hook.word(),
                Args {
                    values: &values,
                    names: &names,
                    callee: layout::EMPTY,
                },
            )?;
        }
        Ok(())
    }

    /// All built-in exception classes, bases before what is derived from them.
    pub(crate) fn exception_classes(&self) -> Vec<*mut Class> {
        let mut classes = vec![self.types.BaseException];
        let mut next = 0;
        while let Some(&class) = classes.get(next) {
            // SAFETY: classes are never freed.
            classes.extend(unsafe {
                (*class)
                    .subclasses
                    .iter()
                    .filter(|class| !(***class).is_user())
            });
            next += 1;
        }
        classes
    }
}
