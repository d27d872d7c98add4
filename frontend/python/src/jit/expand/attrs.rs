//! Attributes: instance slots under a shape guard, methods and class attributes under a version guard, modules.

use super::arith::shape_of;
use super::{Expander, Expansion};
use crate::class::{Class, FLAG_CUSTOM_GETATTR, FLAG_CUSTOM_SETATTR};
use crate::layout::{self, EMPTY, SHAPE_FIRST_INSTANCE, SHAPE_FUNCTION, SHAPE_MODULE, Word};
use crate::objects::dict;
use crate::objects::instance::{self, INLINE_OFFSET};
use crate::objects::module::Module;
use crate::uops_table::op as uop;

impl Expander<'_> {
    pub(super) fn load_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[(arg >> 1) as usize];
        let method = arg & 1 != 0;
        let object = self.cursor.peek(0);
        let shape = shape_of(object);
        if method && let Some(expansion) = self.load_builtin_method(object, name) {
            return expansion;
        }
        if shape == SHAPE_MODULE {
            return self.load_module_attr(object, name, method);
        }
        if shape >= SHAPE_FIRST_INSTANCE {
            let class = self.vm.class_of(object);
            if class.flags & FLAG_CUSTOM_GETATTR == 0 {
                if let Some((offset, seen)) = self.inline_slot(object, name)
                    && class.lookup(name).is_none()
                    && seen != EMPTY
                {
                    self.guard_shape_and_class(object, shape);
                    self.peek(uop::FIELD_LOAD, &[0], &[offset]);
                    if layout::is_pointer(seen) {
                        // An attribute that was deleted since has to raise.
                        self.peek(uop::GUARD_BOUND, &[0], &[]);
                    }
                    self.settle_or_promote(seen);
                    self.replace_operands(1);
                    if method {
                        self.recorder().constant(EMPTY);
                    }
                    return self.next();
                }
                let in_slot = self.vm.shapes.get(shape).slot(name).is_some();
                if let Some(found) = class.lookup(name).filter(|_| !in_slot) {
                    if method && shape_of(found) == SHAPE_FUNCTION {
                        self.guard_shape_and_class(object, shape);
                        self.push_constant(found);
                        self.recorder().swap(1);
                        return self.next();
                    }
                    if !method && is_plain_value(found) {
                        self.guard_shape_and_class(object, shape);
                        self.push_constant(found);
                        self.replace_operands(1);
                        return self.next();
                    }
                }
            }
        }
        self.guard_operands(&[0]);
        self.peek(uop::LOAD_ATTR, &[0], &[name]);
        self.replace_operands(1);
        if method {
            self.recorder().constant(EMPTY);
        }
        self.next()
    }

    /// Guards that the object on top has this shape, and that its class is as it is now.
    fn guard_shape_and_class(&mut self, object: Word, shape: u32) {
        self.peek(uop::GUARD_SHAPE, &[0], &[u64::from(shape)]);
        let class: *const Class = self.vm.class_of(object);
        // SAFETY: classes are never freed.
        let version = unsafe { (*class).prefix.version };
        self.peek(
            uop::GUARD_VERSION_OF_CLASS,
            &[],
            &[class as u64, u64::from(version)],
        );
    }

    /// Byte offset and current value of the inline slot of attribute `name`, if the object's shape has one.
    fn inline_slot(&self, object: Word, name: Word) -> Option<(u64, Word)> {
        let instance = instance::cast_instance(object)?;
        // SAFETY: a live instance; its shape names its slots.
        unsafe {
            let index = self.vm.shapes.get((*instance).header.shape).slot(name)?;
            let inline = self.vm.class_of(object).inline_slots as usize;
            (index < inline).then(|| {
                (
                    (INLINE_OFFSET + 8 * index) as u64,
                    *instance::slot(instance, index),
                )
            })
        }
    }

    fn load_module_attr(&mut self, module: Word, name: Word, method: bool) -> Expansion {
        // SAFETY: the shape says so.
        let namespace = unsafe { (*(module as *const Module)).namespace };
        let position = dict::table(namespace)
            .position_of_name(name)
            .ok_or("unknown attribute of a module")?;
        let seen = dict::table(namespace)
            .entry_at(position)
            .ok_or("dict entry gone")?
            .value;
        self.recording.keep(module);
        self.peek(uop::GUARD_SAME, &[0], &[module]);
        self.guard_keys(namespace)?;
        self.peek(uop::DICT_VALUE_AT, &[], &[namespace, position as u64]);
        self.settle_or_promote(seen);
        self.replace_operands(1);
        if method {
            self.recorder().constant(EMPTY);
        }
        self.next()
    }

    pub(super) fn store_attr(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[arg as usize];
        let (object, value) = (self.cursor.peek(0), self.cursor.peek(1));
        let shape = shape_of(object);
        if shape >= SHAPE_FIRST_INSTANCE
            && self.vm.class_of(object).flags & FLAG_CUSTOM_SETATTR == 0
        {
            let plain = self.vm.class_of(object).lookup(name).is_none();
            if let Some((offset, _)) = self.inline_slot(object, name).filter(|_| plain) {
                self.guard_shape_and_class(object, shape);
                // [value, object] with the old attribute on top; the value has moved into the object.
                self.peek(uop::FIELD_SWAP, &[0, 1], &[offset]);
                self.uop(uop::DECREF);
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
}

/// Is this class attribute given as it is when looked up on an instance (no function, no descriptor)?
fn is_plain_value(word: Word) -> bool {
    !layout::is_pointer(word)
        || matches!(
            shape_of(word),
            layout::SHAPE_STR
                | layout::SHAPE_LIST
                | layout::SHAPE_TUPLE
                | layout::SHAPE_DICT
                | layout::SHAPE_BIGINT
        )
}
