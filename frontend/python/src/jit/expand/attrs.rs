//! Attributes: instance slots under a shape guard, what classes hold under a version guard, modules.

use super::arith::shape_of;
use super::inline::{Call, Locals};
use super::{Expander, Expansion};
use crate::class::{Class, FLAG_EXCEPTION, FLAG_INSTANCE, FLAG_SIDE_ATTRIBUTES};
use crate::core_types::descriptors::{Wrapping, wrapping};
use crate::core_types::superclass::search_class;
use crate::interp::attrs::python_getter;
use crate::layout::{
    self, EMPTY, SHAPE_CLASS, SHAPE_FIRST_INSTANCE, SHAPE_FUNCTION, SHAPE_METHOD, SHAPE_MODULE,
    Word,
};
use crate::object::cast;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::objects::instance::{self, INLINE_OFFSET};
use crate::objects::module::Module;
use crate::uops_table::op as uop;

/// Where an attribute of an instance lies.
#[derive(Clone, Copy)]
enum Place {
    /// At this byte offset in the object.
    Inline(u64),
    /// At this index beyond it.
    Overflow(u64),
}

/// How something found on a class comes out of it.
#[derive(Clone, Copy)]
enum Found {
    /// A function to be called with the object as its first argument.
    Method,
    /// This, as it is.
    Value(Word),
    /// This function, bound to this word.
    Bound(Word, Word),
}

impl Expander<'_> {
    pub(super) fn load_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[(arg >> 1) as usize];
        let method = arg & 1 != 0;
        let object = self.cursor.peek(0);
        if method && let Some(expansion) = self.load_builtin_method(object, name) {
            return expansion;
        }
        match shape_of(object) {
            SHAPE_MODULE => self.load_module_attr(object, name, method),
            SHAPE_CLASS => self.load_class_attr(object, name, method),
            shape if shape >= SHAPE_FIRST_INSTANCE => self.load_instance_attr(object, name, method),
            _ => self.load_other_attr(object, name, method),
        }
    }

    fn load_instance_attr(&mut self, object: Word, name: Word, method: bool) -> Expansion {
        let class = self.vm.class_of(object);
        if class.slots.get_attr.is_some() {
            return self.load_any_attr(object, name, method);
        }
        if !method && let Some(getter) = python_getter(self.vm, object, name) {
            return self.inline_getter(object, name, getter);
        }
        let found = class.lookup(name);
        if found.is_some_and(|found| self.vm.class_of(found).slots.descr_set.is_some()) {
            return self.load_any_attr(object, name, method);
        }
        if let Some((place, seen)) = self.slot(object, name) {
            if seen == EMPTY || !self.can_rely_on(found) {
                return self.load_any_attr(object, name, method);
            }
            self.guard_lookup(0, object);
            self.rely_on(found);
            self.load_slot(place);
            self.settle_or_promote(seen);
            self.replace_operands(1);
            self.no_receiver(method);
            return self.next();
        }
        if let Some(value) = found.filter(|_| self.can_rely_on(found))
            && let Some(found_as) = self.found_on(class, value, Some(object), method)
        {
            self.guard_lookup(0, object);
            self.rely_on(found);
            return self.give(value, found_as, method);
        }
        self.load_any_attr(object, name, method)
    }

    /// The getter of a property runs in a frame over the object.
    fn inline_getter(&mut self, object: Word, name: Word, getter: Word) -> Expansion {
        let function = getter as *mut Function;
        if !self.may_inline(function) {
            self.load_any_attr(object, name, false)?;
            return Ok(super::Next::Over(self.next_pc()));
        }
        self.guard_lookup(0, object);
        self.function_stays(function);
        let owner = self.operand(0);
        self.push_constant(getter);
        let callable = self.operand(0);
        self.recording.knows(true);
        self.enter(&Call {
            function,
            callable,
            operands: 1,
            parameters: vec![owner],
            released: Vec::new(),
            locals: Locals::Nothing,
        })
    }

    /// Pushes the attribute, borrowed.
    fn load_slot(&mut self, place: Place) {
        match place {
            Place::Inline(offset) => self.peek(uop::FIELD_LOAD, &[0], &[offset]),
            Place::Overflow(index) => self.peek(uop::OVERFLOW_LOAD, &[0], &[index]),
        }
    }

    fn no_receiver(&mut self, method: bool) {
        if method {
            self.recorder().constant(EMPTY);
        }
    }

    /// The object on top is replaced by what was found on its class, which is guarded.
    fn give(&mut self, found: Word, found_as: Found, method: bool) -> Expansion {
        match found_as {
            Found::Method => {
                self.push_constant(found);
                if method {
                    self.recorder().swap(1);
                } else {
                    self.peek(uop::NEW_METHOD, &[0, 1], &[u64::from(SHAPE_METHOD)]);
                    self.recorder().nip(2);
                }
                return self.next();
            }
            Found::Value(word) => self.push_constant(word),
            Found::Bound(function, receiver) => {
                self.push_constant(function);
                self.push_constant(receiver);
                self.peek(uop::NEW_METHOD, &[1, 0], &[u64::from(SHAPE_METHOD)]);
                self.recorder().nip(2);
            }
        }
        self.replace_operands(1);
        self.no_receiver(method);
        self.next()
    }

    /// How `found` comes out of `class`, looked up on `object` or on the class itself.
    fn found_on(
        &self,
        class: &Class,
        found: Word,
        object: Option<Word>,
        method: bool,
    ) -> Option<Found> {
        let is_function = shape_of(found) == SHAPE_FUNCTION;
        if object.is_some() && (is_function || method && self.vm.is_plain_method(found)) {
            return Some(Found::Method);
        }
        match wrapping(self.vm, found) {
            Some(Wrapping::Static(function)) => return Some(Found::Value(function)),
            Some(Wrapping::Class(function)) => return Some(Found::Bound(function, class.word())),
            None => {}
        }
        let plain = is_function || self.vm.class_of(found).slots.descr_get.is_none();
        plain.then_some(Found::Value(found))
    }

    /// Can what a class holds be told to be a descriptor or none? An instance of a Python class is none if that class says
    /// so, which [`Expander::rely_on`] guards.
    fn can_rely_on(&self, found: Option<Word>) -> bool {
        found.is_none_or(|found| {
            let class = self.vm.class_of(found);
            !class.is_user() || (class.slots.descr_get.is_none() && class.slots.descr_set.is_none())
        })
    }

    fn rely_on(&mut self, found: Option<Word>) {
        if let Some(found) = found {
            let class: *const Class = self.vm.class_of(found);
            // SAFETY: classes are never freed.
            if unsafe { (*class).is_user() } {
                self.class_stays(class);
            }
        }
    }

    /// Guards that looking something up on the object at `depth` finds what it finds now: its class (and its shape, if it has
    /// one), and that the class is as it is.
    pub(super) fn guard_lookup(&mut self, depth: u16, object: Word) {
        let class = self.guard_class_of(depth, object);
        // SAFETY: classes are never freed.
        if unsafe { (*class).is_user() } {
            self.class_stays(class);
        }
    }

    /// Where attribute `name` of an instance lies, and what is there.
    fn slot(&self, object: Word, name: Word) -> Option<(Place, Word)> {
        let instance = instance::cast_instance(object)?;
        // SAFETY: a live instance; its shape names its slots.
        unsafe {
            let index = self.vm.shapes.get((*instance).header.shape).slot(name)?;
            let inline = self.vm.class_of(object).inline_slots as usize;
            let place = if index < inline {
                Place::Inline((INLINE_OFFSET + 8 * index) as u64)
            } else {
                Place::Overflow((index - inline) as u64)
            };
            Some((place, *instance::slot(instance, index)))
        }
    }

    /// Attributes of objects that are neither instances of Python classes nor modules nor classes: methods, mostly.
    fn load_other_attr(&mut self, object: Word, name: Word, method: bool) -> Expansion {
        let class = self.vm.class_of(object);
        let has_own = class.flags & (FLAG_INSTANCE | FLAG_SIDE_ATTRIBUTES | FLAG_EXCEPTION) != 0
            || shape_of(object) == SHAPE_FUNCTION;
        let found = class
            .lookup(name)
            .filter(|&found| method && self.vm.is_plain_method(found));
        if let Some(found) = found
            && !has_own
            && class.slots.get_attr.is_none()
        {
            self.guard_lookup(0, object);
            return self.give(found, Found::Method, true);
        }
        self.load_any_attr(object, name, method)
    }

    fn load_class_attr(&mut self, object: Word, name: Word, method: bool) -> Expansion {
        let meta: *const Class = self.vm.class_of(object);
        // SAFETY: the shape says so; classes are never freed.
        let class = unsafe { &*(object as *const Class) };
        let is_plain = std::ptr::eq(meta, self.vm.types.type_)
            // SAFETY: as above.
            && unsafe { (*meta).lookup(name) }.is_none()
            && name != self.vm.names.__dict__;
        let found = class
            .lookup(name)
            .filter(|&found| is_plain && self.can_rely_on(Some(found)));
        if let Some(found) = found
            && let Some(found_as) = self.found_on(class, found, None, method)
        {
            self.recording.keep(object);
            self.peek(uop::GUARD_SAME, &[0], &[object]);
            self.class_stays(class);
            self.rely_on(Some(found));
            return self.give(found, found_as, method);
        }
        self.load_any_attr(object, name, method)
    }

    /// `LOAD_ATTR` of anything, by a call.
    fn load_any_attr(&mut self, object: Word, name: Word, method: bool) -> Expansion {
        let class = self.vm.class_of(object);
        let is_method = method
            && class.slots.get_attr.is_none()
            && class
                .lookup(name)
                .is_some_and(|found| self.vm.is_plain_method(found))
            && self.vm.own_attribute(object, name).is_none();
        if is_method {
            self.guard_lookup(0, object);
            self.peek(uop::LOAD_METHOD, &[0], &[name]);
            self.recorder().swap(1);
            return self.next();
        }
        self.guard_operands(&[0]);
        self.peek(uop::LOAD_ATTR, &[0], &[name]);
        self.replace_operands(1);
        self.no_receiver(method);
        self.next()
    }

    fn load_module_attr(&mut self, module: Word, name: Word, method: bool) -> Expansion {
        // SAFETY: the shape says so.
        let namespace = unsafe { (*(module as *const Module)).namespace };
        if dict::get_name(namespace, name).is_none() {
            return self.load_any_attr(module, name, method);
        }
        self.recording.keep(module);
        self.peek(uop::GUARD_SAME, &[0], &[module]);
        self.push_name(namespace, name)?;
        self.replace_operands(1);
        self.no_receiver(method);
        self.next()
    }

    /// `LOAD_SUPER_ATTR`: `super`, the class and the receiver on the stack.
    pub(super) fn load_super_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[(arg >> 2) as usize];
        let method = arg & 1 != 0;
        let (super_class, class, receiver) = (
            self.cursor.peek(2),
            self.cursor.peek(1),
            self.cursor.peek(0),
        );
        // SAFETY: classes are never freed.
        if super_class != unsafe { (*self.vm.types.super_).word() } {
            return Err("LOAD_SUPER_ATTR with another `super`");
        }
        for (depth, word) in [(2, super_class), (1, class)] {
            self.recording.keep(word);
            self.peek(uop::GUARD_SAME, &[depth], &[word]);
        }
        if let Some(start) = cast::<Class>(class)
            && layout::is_pointer(receiver)
            && shape_of(receiver) != SHAPE_CLASS
            && let Ok(search) = search_class(self.vm, start, receiver)
            // SAFETY: classes are never freed.
            && let Some(found) = unsafe { (*search).lookup_after(start, name) }
            && method
            && self.vm.is_plain_method(found)
        {
            self.guard_lookup(0, receiver);
            self.push_constant(found);
            // [super, class, receiver, found]: the receiver moves down by one.
            self.recorder().swap(3);
            self.uop(uop::DECREF);
            self.recorder().swap(1);
            self.uop(uop::DECREF);
            return self.next();
        }
        self.guard_operands(&[0]);
        self.peek(uop::LOAD_SUPER_ATTR, &[1, 0], &[name]);
        self.replace_operands(3);
        self.no_receiver(method);
        self.next()
    }

    pub(super) fn delete_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[arg as usize];
        let object = self.cursor.peek(0);
        self.guard_operands(&[0]);
        self.peek(uop::DELETE_ATTR, &[0], &[name]);
        self.release(object);
        self.next()
    }

    pub(super) fn store_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[arg as usize];
        let (object, value) = (self.cursor.peek(0), self.cursor.peek(1));
        let class = self.vm.class_of(object);
        let found = class.lookup(name);
        let plain = class.flags & FLAG_INSTANCE != 0
            && class.slots.set_attr.is_none()
            && self.can_rely_on(found)
            && found.is_none_or(|found| self.vm.class_of(found).slots.descr_set.is_none());
        if plain {
            if let Some((place, seen)) = self.slot(object, name) {
                self.guard_lookup(0, object);
                self.rely_on(found);
                return self.store_slot(place, seen);
            }
            if let Some((offset, shape)) = self.slot_to_add(object, name) {
                self.guard_lookup(0, object);
                self.rely_on(found);
                // [value, object]; the value moves into the object.
                self.peek(uop::FIELD_STORE, &[0, 1], &[offset]);
                self.peek(uop::SET_SHAPE, &[0], &[shape]);
                self.uop(uop::DECREF);
                self.recorder().drop_top();
                return self.next();
            }
        }
        self.guard_operands(&[0, 1]);
        self.peek(uop::STORE_ATTR, &[0, 1], &[name]);
        self.release(object);
        self.release(value);
        self.next()
    }

    /// `object.name = value` where the object, which was guarded, has the attribute.
    fn store_slot(&mut self, place: Place, seen: Word) -> Expansion {
        match place {
            Place::Inline(offset) if !layout::is_pointer(seen) => {
                // What has no reference to give back is just overwritten.
                self.peek(uop::FIELD_LOAD, &[0], &[offset]);
                self.guard_immediate(0, seen);
                self.recorder().drop_top();
                self.peek(uop::FIELD_STORE, &[0, 1], &[offset]);
            }
            Place::Inline(offset) => {
                self.peek(uop::FIELD_SWAP, &[0, 1], &[offset]);
                self.uop(uop::DECREF);
            }
            Place::Overflow(index) => {
                self.peek(uop::OVERFLOW_SWAP, &[0, 1], &[index]);
                self.uop(uop::DECREF);
            }
        }
        self.uop(uop::DECREF);
        self.recorder().drop_top();
        self.next()
    }

    /// Byte offset of the slot that attribute `name` will get, and the shape the instance will have then; `None` if the
    /// slot is beyond the object.
    fn slot_to_add(&mut self, object: Word, name: Word) -> Option<(u64, u64)> {
        let shape = shape_of(object);
        let slot = self.vm.shapes.get(shape).names.len();
        if slot >= self.vm.class_of(object).inline_slots as usize {
            return None;
        }
        let next = self.vm.shapes.add_attribute(shape, name);
        Some(((INLINE_OFFSET + 8 * slot) as u64, u64::from(next)))
    }
}
