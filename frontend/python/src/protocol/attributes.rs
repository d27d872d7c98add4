//! Attributes: lookup through descriptors, instance, class; setting; methods.

use crate::class::{Class, FLAG_INSTANCE, FLAG_SIDE_ATTRIBUTES};
use crate::error::{Outcome, Raised};
use crate::layout::{SHAPE_FUNCTION, SHAPE_NATIVE, Word, has_shape, is_pointer};
use crate::object::cast_exact;
use crate::objects::dict;
use crate::objects::exception::{cast_exception, set_slot};
use crate::objects::function::Function;
use crate::objects::instance::{self, cast_instance};
use crate::objects::native::{Native, NativeKind};
use crate::objects::string::as_str;
use crate::side;
use crate::value::Value;
use crate::vm::Vm;

/// What a method call found.
pub enum MethodLookup {
    /// A function to be called with the object as its first argument.
    Method(Value),
    /// An attribute to be called as it is.
    Attribute(Value),
}

impl Vm {
    /// `name` as an attribute name: interned.
    ///
    /// # Errors
    /// `TypeError` if it is not a string.
    pub fn attribute_name(&mut self, name: Word) -> Outcome<Word> {
        if as_str(name).is_some() {
            return Ok(self.intern_value(name));
        }
        let got = self.class_name(name);
        Err(self.type_error(format!("attribute name must be string, not '{got}'")))
    }

    /// `object.name` (`name` interned).
    ///
    /// # Errors
    /// `AttributeError` if there is none, or what a descriptor raises.
    pub fn get_attr(&mut self, object: Word, name: Word) -> Outcome<Value> {
        match self.find_attr(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// `object.name`, or `None` if there is no such attribute (an `AttributeError` from Python code counts as that).
    ///
    /// # Errors
    /// Any other exception on the way.
    pub fn get_attr_opt(&mut self, object: Word, name: Word) -> Outcome<Option<Value>> {
        match self.find_attr(object, name) {
            Err(raised) if self.catch(raised, self.types.AttributeError) => Ok(None),
            other => other,
        }
    }

    fn find_attr(&mut self, object: Word, name: Word) -> Outcome<Option<Value>> {
        match self.class_of(object).slots.get_attr {
            Some(get_attr) => get_attr(self, object, name),
            None => self.generic_get_attr(object, name),
        }
    }

    /// What `object.__getattribute__` does; `None` if there is no such attribute.
    ///
    /// # Errors
    /// What a descriptor raises.
    pub fn generic_get_attr(&mut self, object: Word, name: Word) -> Outcome<Option<Value>> {
        let class_ptr = Class::ptr_of(self, object);
        // SAFETY: classes are never freed.
        let class = unsafe { &*class_ptr };
        let found = class.lookup(name);
        if let Some(descriptor) = found {
            let slots = &self.class_of(descriptor).slots;
            if let (Some(_), Some(descr_get)) = (slots.descr_set, slots.descr_get) {
                let descriptor = Value::borrowed(descriptor);
                return descr_get(self, descriptor.word(), Some(object), class_ptr).map(Some);
            }
        }
        if let Some(value) = self.own_attribute(object, name) {
            return Ok(Some(value));
        }
        let Some(found) = found else { return Ok(None) };
        let found = Value::borrowed(found);
        match self.class_of(found.word()).slots.descr_get {
            Some(descr_get) => descr_get(self, found.word(), Some(object), class_ptr).map(Some),
            None => Ok(Some(found)),
        }
    }

    /// The dict that holds `object`'s own attributes, if that is where they are; made if `create`.
    fn attribute_dict(&self, object: Word, create: bool) -> Option<Word> {
        let place = if let Some(exception) = cast_exception(object) {
            &raw mut exception.attributes
        } else if let Some(function) = cast_exact::<Function>(object) {
            // SAFETY: a live function.
            unsafe { &raw mut (*function).attributes }
        } else if self.class_of(object).flags & FLAG_SIDE_ATTRIBUTES != 0 {
            return if create {
                Some(side::attributes_mut(self, object))
            } else {
                side::attributes(object)
            };
        } else {
            return None;
        };
        // SAFETY: a slot of a live object.
        let slot = unsafe { &mut *place };
        if *slot == crate::layout::EMPTY {
            if !create {
                return None;
            }
            set_slot(slot, Some(self.new_dict()));
        }
        Some(*slot)
    }

    /// Attribute `name` of the object itself, its class left out.
    pub fn own_attribute(&mut self, object: Word, name: Word) -> Option<Value> {
        if let Some(instance) = cast_instance(object) {
            return instance::get(self, instance, name).map(Value::borrowed);
        }
        let dict = self.attribute_dict(object, false)?;
        dict::get_name(dict, name).map(Value::borrowed)
    }

    /// The object's own attributes, in order; `None` if its class has no place for any.
    pub fn own_attributes(&mut self, object: Word) -> Option<Vec<(Word, Value)>> {
        if let Some(instance) = cast_instance(object) {
            return Some(instance::attributes(self, instance));
        }
        let can_have = cast_exception(object).is_some()
            || cast_exact::<Function>(object).is_some()
            || self.class_of(object).flags & FLAG_SIDE_ATTRIBUTES != 0;
        can_have.then(|| {
            let dict = self.attribute_dict(object, false);
            let entries = dict
                .into_iter()
                .flat_map(|dict| dict::table(dict).entries());
            entries
                .map(|entry| (entry.key, Value::borrowed(entry.value)))
                .collect()
        })
    }

    /// `object.name = value` (`name` interned).
    ///
    /// # Errors
    /// `AttributeError` if it can't be set, or what a descriptor raises.
    pub fn set_attr(&mut self, object: Word, name: Word, value: Word) -> Outcome<()> {
        match self.class_of(object).slots.set_attr {
            Some(set_attr) => set_attr(self, object, name, Some(value)),
            None => self.generic_set_attr(object, name, Some(value)),
        }
    }

    /// `del object.name` (`name` interned).
    ///
    /// # Errors
    /// `AttributeError` if there is none, or what a descriptor raises.
    pub fn del_attr(&mut self, object: Word, name: Word) -> Outcome<()> {
        match self.class_of(object).slots.set_attr {
            Some(set_attr) => set_attr(self, object, name, None),
            None => self.generic_set_attr(object, name, None),
        }
    }

    /// What `object.__setattr__` and `object.__delattr__` do.
    ///
    /// # Errors
    /// `AttributeError` if there is no place for the attribute, or what a descriptor raises.
    pub fn generic_set_attr(
        &mut self,
        object: Word,
        name: Word,
        value: Option<Word>,
    ) -> Outcome<()> {
        let class = self.class_of(object);
        let found = class.lookup(name);
        if let Some(descriptor) = found
            && let Some(descr_set) = self.class_of(descriptor).slots.descr_set
        {
            let descriptor = Value::borrowed(descriptor);
            return descr_set(self, descriptor.word(), object, value);
        }
        if class.flags & FLAG_INSTANCE != 0 {
            let instance = cast_instance(object).expect("the class says so");
            match value {
                Some(value) => instance::set(self, instance, name, Value::borrowed(value)),
                None if !instance::delete(self, instance, name) => {
                    return Err(self.no_attribute(object, name));
                }
                None => {}
            }
            return Ok(());
        }
        if let Some(dict) = self.attribute_dict(object, value.is_some()) {
            match value {
                Some(value) => dict::set_name(dict, name, Value::borrowed(value)),
                None if dict::remove_name(dict, name).is_none() => {
                    return Err(self.no_attribute(object, name));
                }
                None => {}
            }
            return Ok(());
        }
        if found.is_some() {
            let (class, name) = (&class.name, as_str(name).unwrap_or("?"));
            return Err(self.raise(
                self.types.AttributeError,
                format!("'{class}' object attribute '{name}' is read-only"),
            ));
        }
        Err(self.no_attribute(object, name))
    }

    /// Raises `AttributeError` for a missing attribute.
    #[cold]
    pub fn no_attribute(&mut self, object: Word, name: Word) -> Raised {
        let text = as_str(name).unwrap_or("?");
        let message = if let Some(class) = crate::object::cast::<Class>(object) {
            // SAFETY: classes are never freed.
            format!("type object '{}' has no attribute '{text}'", unsafe {
                &(*class).name
            })
        } else if let Some(module) = crate::object::cast::<crate::objects::module::Module>(object) {
            // SAFETY: a live module.
            let own_name = dict::get_name(unsafe { (*module).namespace }, self.names.__name__);
            format!(
                "module '{}' has no attribute '{text}'",
                own_name.and_then(as_str).unwrap_or("?")
            )
        } else {
            format!(
                "'{}' object has no attribute '{text}'",
                self.class_name(object)
            )
        };
        self.raise(self.types.AttributeError, message)
    }

    /// Is this value, as a class attribute, a function that takes the instance as its first argument — with nothing
    /// else to know about binding it?
    #[inline]
    pub fn is_plain_method(&self, found: Word) -> bool {
        if !is_pointer(found) {
            return false;
        }
        // SAFETY: a live value.
        unsafe {
            has_shape(found, SHAPE_FUNCTION)
                || (has_shape(found, SHAPE_NATIVE)
                    && matches!(
                        (*(found as *mut Native)).kind,
                        NativeKind::Method | NativeKind::SlotWrapper
                    ))
        }
    }

    /// Looks up `object.name` to call it: methods are not bound.
    ///
    /// # Errors
    /// `AttributeError` if there is none, or what a descriptor raises.
    pub fn get_method(&mut self, object: Word, name: Word) -> Outcome<MethodLookup> {
        let class = self.class_of(object);
        if class.slots.get_attr.is_none()
            && let Some(found) = class.lookup(name)
            && self.is_plain_method(found)
        {
            if let Some(own) = self.own_attribute(object, name) {
                return Ok(MethodLookup::Attribute(own));
            }
            return Ok(MethodLookup::Method(Value::borrowed(found)));
        }
        self.get_attr(object, name).map(MethodLookup::Attribute)
    }
}
