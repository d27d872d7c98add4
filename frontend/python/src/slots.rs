//! Slots: the native functions of a class that operators dispatch through, and how Python methods get into them.
//!
//! A built-in class fills slots with Rust functions, and [`Vm::ready`] makes a method object (`__repr__`, `__len__`…)
//! for each slot it fills itself. A Python class starts with its bases' slots; each slot whose special method it (or a
//! Python base) defines is replaced by a `user_*` function from [`user`], which looks the method up and calls it.

#![expect(
    clippy::type_complexity,
    reason = "a slot's signature is read where the slot is, not behind an alias"
)]

mod natives;
pub(crate) mod user;

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::native::{Args, NativeDef, NativeKind};
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::types::iterators::Pair;
use crate::value::Value;
use crate::vm::Vm;

/// The slots of a class. A function may count on the operand that made it be chosen being of the class.
#[derive(Clone, Copy, Default)]
pub struct Slots {
    /// `repr(object)`: a string.
    pub repr: Option<fn(&mut Vm, Word) -> Outcome<Value>>,
    /// `str(object)`: a string.
    pub str: Option<fn(&mut Vm, Word) -> Outcome<Value>>,
    /// `hash(object)`; as `CPython`'s, seen as unsigned. Unhashable if absent.
    pub hash: Option<fn(&mut Vm, Word) -> Outcome<u64>>,
    /// A comparison; `NotImplemented` if the other operand is of no known kind.
    pub compare: Option<fn(&mut Vm, Word, Word, Comparison) -> Outcome<Value>>,
    /// `bool(object)`.
    pub truthy: Option<fn(&mut Vm, Word) -> Outcome<bool>>,
    /// `len(object)`.
    pub len: Option<fn(&mut Vm, Word) -> Outcome<usize>>,
    /// `object[key]`.
    pub get_item: Option<fn(&mut Vm, Word, Word) -> Outcome<Value>>,
    /// `object[key] = value`, or `del object[key]` for `None`.
    pub set_item: Option<fn(&mut Vm, Word, Word, Option<Word>) -> Outcome<()>>,
    /// `item in object`, called with (object, item).
    pub contains: Option<fn(&mut Vm, Word, Word) -> Outcome<bool>>,
    /// `iter(object)`.
    pub iter: Option<fn(&mut Vm, Word) -> Outcome<Value>>,
    /// `next(object)`; `None` at the end (no `StopIteration` is raised).
    pub next: Option<fn(&mut Vm, Word) -> Outcome<Option<Value>>>,
    /// `next(object)` as the two items of the tuple that it would be. Not inherited.
    pub next_pair: Option<fn(&mut Vm, Word) -> Outcome<Pair>>,
    /// `object(…)`.
    pub call: Option<fn(&mut Vm, Word, Args) -> Outcome<Value>>,
    /// A binary operation with the operands in source order; either may be the one of this class. `NotImplemented` if
    /// the other is of no known kind. In-place operators come as such (see [`BinaryOp`]); a class without in-place
    /// behaviour answers `NotImplemented`, and the plain operator is tried.
    pub binary: Option<fn(&mut Vm, BinaryOp, Word, Word) -> Outcome<Value>>,
    /// A unary operation; `NotImplemented` if there is none.
    pub unary: Option<fn(&mut Vm, UnaryOp, Word) -> Outcome<Value>>,
    /// Attribute lookup that replaces the usual one; `None` if there is no such attribute.
    pub get_attr: Option<fn(&mut Vm, Word, Word) -> Outcome<Option<Value>>>,
    /// Setting (or deleting, for `None`) an attribute, replacing the usual way.
    pub set_attr: Option<fn(&mut Vm, Word, Word, Option<Word>) -> Outcome<()>>,
    /// Descriptor: called with (descriptor, instance or `None` for lookup on the class, class).
    pub descr_get: Option<fn(&mut Vm, Word, Option<Word>, *mut Class) -> Outcome<Value>>,
    /// Descriptor: sets, or deletes for `None`. Its presence makes a *data* descriptor, which wins over instance
    /// attributes.
    pub descr_set: Option<fn(&mut Vm, Word, Word, Option<Word>) -> Outcome<()>>,
    /// Makes an instance; the class may be one derived from the slot's owner.
    pub new: Option<fn(&mut Vm, *mut Class, Args) -> Outcome<Value>>,
    /// Initialises an instance; the receiver is separate, not in the arguments.
    pub init: Option<fn(&mut Vm, Word, Args) -> Outcome<()>>,
}

macro_rules! merge {
    ($into:ident, $from:ident; $($slot:ident)*) => { $( $into.$slot = $into.$slot.or($from.$slot); )* };
}

/// The `hash` of classes that have none.
pub(crate) fn unhashable(vm: &mut Vm, object: Word) -> Outcome<u64> {
    let name = vm.class_name(object);
    Err(vm.type_error(format!("unhashable type: '{name}'")))
}

impl Slots {
    fn inherit(&mut self, from: &Slots) {
        merge!(self, from; repr str hash compare truthy len get_item set_item contains iter next call binary unary
            get_attr set_attr descr_get descr_set new init);
    }
}

impl Vm {
    /// Finishes a built-in class after its slots and methods have been filled in: makes methods of its own slots, then
    /// inherits the others from its bases.
    pub fn ready(&mut self, class: *mut Class) {
        natives::add_slot_methods(self, class);
        // SAFETY: classes are never freed.
        unsafe {
            let slots = &mut (*class).slots;
            if slots.compare.is_some() && slots.hash.is_none() {
                // Equality without a hash: `object`'s would be wrong.
                slots.hash = Some(unhashable);
                crate::objects::dict::set_name(
                    (*class).namespace.word(),
                    self.names.__hash__,
                    Value::NONE,
                );
            }
            for index in 1..(*class).mro.len() {
                let base = (*(&(*class).mro)[index]).slots;
                (*class).slots.inherit(&base);
            }
        }
        self.class_changed(class);
    }

    /// Adds native methods to a built-in class.
    pub fn define(&mut self, class: *mut Class, methods: &[NativeDef]) {
        for def in methods {
            let name = self.intern(def.name);
            let is_static = def.kind == NativeKind::Function;
            let mut native = self.new_native(def, class);
            if is_static {
                native = self.new_static_method(native);
            }
            // SAFETY: classes are never freed.
            crate::objects::dict::set_name(unsafe { (*class).namespace.word() }, name, native);
        }
        self.class_changed(class);
    }

    /// Gives a built-in class the methods of operators that its `binary` and `unary` slots implement (`__add__` and
    /// `__radd__` for `+`, …). Without this the operators work but can't be named.
    pub fn define_operators(&mut self, class: *mut Class, binary: &[BinaryOp], unary: &[UnaryOp]) {
        natives::add_operator_methods(self, class, binary, unary);
        self.class_changed(class);
    }

    /// Recomputes the slots of a Python class (and of those derived from it) after its namespace or bases changed.
    pub fn update_user_slots(&mut self, class: *mut Class) {
        // SAFETY: classes are never freed.
        unsafe {
            let mut slots = Slots::default();
            let mut flags = (*class).flags & !user::OVERRIDE_FLAGS;
            for index in 1..(*class).mro.len() {
                let base = (&(*class).mro)[index];
                if !(*base).is_user() {
                    slots.inherit(&(*base).slots);
                }
            }
            user::override_slots(self, &*class, &mut slots, &mut flags);
            (*class).slots = slots;
            (*class).flags = flags;
            for index in 0..(*class).subclasses.len() {
                self.update_user_slots((&(*class).subclasses)[index]);
            }
        }
    }
}
