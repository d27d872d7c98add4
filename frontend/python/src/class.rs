//! Classes: what an object's header points to.
//!
//! A class holds its namespace, its linearised bases (the MRO, C3), the native *slots* that operators dispatch through,
//! and how its instances lie in memory. Built-in classes fill their slots with Rust functions; a Python class inherits
//! them and overrides each slot for which it defines a special method (see [`crate::slots`]).
//!
//! Classes are never freed: shapes, inline caches and compiled code name them.

use std::any::TypeId;
use std::cell::Cell;
use std::ptr;

use crate::jit::watch;
use crate::layout::{self, ClassPrefix, Header, Word, header};
use crate::object::Object;
use crate::objects::dict;
use crate::slots::Slots;
use crate::value::Value;
use crate::vm::Vm;

/// A class.
#[repr(C)]
pub struct Class {
    /// What compiled code reads.
    pub prefix: ClassPrefix,
    /// See the `FLAG_*` constants.
    pub flags: u32,
    /// Number of attribute slots in the object itself, in instances that have shapes.
    pub inline_slots: u32,
    /// Shape of an instance without attributes; 0 if instances have no shapes.
    pub root_shape: u32,
    /// The Rust type of instances.
    pub native: TypeId,
    /// Frees an instance.
    pub dealloc: unsafe fn(*mut Header),
    /// What operators dispatch through.
    pub slots: Slots,
    /// `__name__`.
    pub name: String,
    /// `__qualname__`.
    pub qualname: String,
    /// `__module__`.
    pub module: String,
    /// Direct bases.
    pub bases: Vec<*mut Class>,
    /// The class itself, then its bases in method resolution order.
    pub mro: Vec<*mut Class>,
    /// Namespace: a dict from interned names.
    pub namespace: Value,
    /// Direct subclasses, for invalidation.
    pub subclasses: Vec<*mut Class>,
    /// The Python `__init__` of calls specialized for this version of the class.
    pub init_cache: *mut crate::objects::function::Function,
    /// Names looked up since the class last changed, and what was found ([`layout::EMPTY`]: nothing).
    pub lookups: LookupCache,
}

/// Recent lookups of a class: pairs of name and value, placed by the name's address.
#[derive(Default)]
pub struct LookupCache([Cell<(Word, Word)>; 32]);

impl LookupCache {
    fn place(&self, name: Word) -> &Cell<(Word, Word)> {
        &self.0[(name >> 5) as usize & 31]
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0
            .iter()
            .for_each(|place| place.set((layout::EMPTY, layout::EMPTY)));
    }
}

/// Made by a class statement or `type(...)`.
pub const FLAG_USER: u32 = 1;
/// Instances have shapes and attribute slots ([`layout::Instance`]).
pub const FLAG_INSTANCE: u32 = 2;
/// Instances have some other native layout, and attributes beside it ([`crate::side`]).
pub const FLAG_SIDE_ATTRIBUTES: u32 = 4;
/// `bool`, `NoneType` and others that can't be a base.
pub const FLAG_FINAL: u32 = 8;
/// Attribute lookup of instances goes through a Python `__getattr__` or `__getattribute__`.
pub const FLAG_CUSTOM_GETATTR: u32 = 16;
/// Instances define `__setattr__` or `__delattr__` in Python.
pub const FLAG_CUSTOM_SETATTR: u32 = 32;
/// Binary operators look for Python methods.
pub const FLAG_USER_BINARY: u32 = 64;
/// `__new__` is defined in Python.
pub const FLAG_USER_NEW: u32 = 128;
/// `__init__` is defined in Python.
pub const FLAG_USER_INIT: u32 = 256;
/// Instances have a Python `__del__`.
pub const FLAG_FINALIZER: u32 = 1024;
/// Instances are exceptions.
pub const FLAG_EXCEPTION: u32 = 512;

impl Object for Class {
    const SHAPE: u32 = layout::SHAPE_CLASS;

    unsafe fn drop_contents(&mut self) {
        unreachable!("classes are immortal");
    }
}

impl Class {
    /// The class of any value.
    #[inline]
    pub fn of<'a>(vm: &Vm, word: Word) -> &'a Class {
        // SAFETY: classes are never freed.
        unsafe { &*Class::ptr_of(vm, word) }
    }

    /// The class of any value, as a pointer.
    #[inline]
    pub fn ptr_of(vm: &Vm, word: Word) -> *mut Class {
        if layout::is_pointer(word) {
            // SAFETY: a live object.
            return unsafe { (*header(word)).class.cast() };
        }
        if layout::is_int(word) {
            vm.types.int
        } else if layout::is_float(word) {
            vm.types.float
        } else if layout::is_bool(word) {
            vm.types.bool
        } else {
            vm.types.NoneType
        }
    }

    /// The class as a value.
    pub fn word(&self) -> Word {
        ptr::from_ref(self) as Word
    }

    /// Is this class `other`, or derived from it?
    #[inline]
    pub fn is_subclass(&self, other: *const Class) -> bool {
        ptr::eq(self, other) || self.mro.iter().any(|&class| ptr::eq(class, other))
    }

    /// Was this class made by a Python program?
    #[inline(always)]
    pub fn is_user(&self) -> bool {
        self.flags & FLAG_USER != 0
    }

    /// Attribute `name` (interned) of the class or its bases, borrowed from the namespace that has it.
    #[inline]
    pub fn lookup(&self, name: Word) -> Option<Word> {
        let place = self.lookups.place(name);
        let (known, value) = place.get();
        if known == name {
            return (value != layout::EMPTY).then_some(value);
        }
        let found = self.lookup_with_owner(name).map(|(_, value)| value);
        // Classes without a version are still being made.
        if self.prefix.version != 0 {
            place.set((name, found.unwrap_or(layout::EMPTY)));
        }
        found
    }

    /// Like [`Class::lookup`], with the class that has it.
    pub fn lookup_with_owner(&self, name: Word) -> Option<(*mut Class, Word)> {
        self.mro.iter().find_map(|&class| {
            // SAFETY: classes are never freed.
            let namespace = unsafe { (*class).namespace.word() };
            dict::get_name(namespace, name).map(|value| (class, value))
        })
    }

    /// Attribute `name` of the class or its bases *after* `start` in this class's MRO: what `super()` looks up.
    pub fn lookup_after(&self, start: *const Class, name: Word) -> Option<Word> {
        let after = self
            .mro
            .iter()
            .skip_while(|&&class| !ptr::eq(class, start))
            .skip(1);
        // SAFETY: classes are never freed.
        after
            .map(|&class| unsafe { (*class).namespace.word() })
            .find_map(|names| dict::get_name(names, name))
    }

    /// The name as `repr` and messages have it: with the module, unless that is `builtins`.
    pub fn full_name(&self) -> String {
        if self.module == "builtins" {
            self.qualname.clone()
        } else {
            format!("{}.{}", self.module, self.qualname)
        }
    }
}

impl Vm {
    /// The class of `word`.
    #[inline]
    pub fn class_of<'a>(&self, word: Word) -> &'a Class {
        Class::of(self, word)
    }

    /// The name of `word`'s class, for messages.
    pub fn class_name<'a>(&self, word: Word) -> &'a str {
        &Class::of(self, word).name
    }

    /// Is `word` an instance of `class` or of one derived from it? (Without `__instancecheck__`.)
    #[inline]
    pub fn is_instance(&self, word: Word, class: *const Class) -> bool {
        Class::of(self, word).is_subclass(class)
    }

    /// Gives `class` and everything derived from it a new version: inline caches and compiled code that relied on the
    /// old one stop matching. Called after each change to a class.
    pub fn class_changed(&mut self, class: *mut Class) {
        self.class_versions += 1;
        // SAFETY: classes are never freed; the walk reads them one at a time.
        unsafe {
            (*class).prefix.version = self.class_versions;
            (*class).lookups.clear();
            if let Some(jit) = &mut self.jit {
                jit.broken(watch::of_class(class));
            }
            for index in 0..(*class).subclasses.len() {
                self.class_changed((&(*class).subclasses)[index]);
            }
        }
    }
}

impl Class {
    /// Linearises `bases` (C3), the new class itself left out.
    ///
    /// # Errors
    /// `None` if there is no consistent order.
    pub fn linearize(bases: &[*mut Class]) -> Option<Vec<*mut Class>> {
        // SAFETY: classes are never freed.
        let mut lists: Vec<Vec<*mut Class>> = bases
            .iter()
            .map(|&base| unsafe { (*base).mro.clone() })
            .collect();
        lists.push(bases.to_vec());
        let mut order = Vec::new();
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Some(order);
            }
            let next = lists
                .iter()
                .map(|list| list[0])
                .find(|head| !lists.iter().any(|list| list[1..].contains(head)))?;
            order.push(next);
            for list in &mut lists {
                if list[0] == next {
                    list.remove(0);
                }
            }
        }
    }
}
