//! Length, subscripts, membership and iteration.

use crate::error::Outcome;
use crate::layout::{self, Word, has_shape};
use crate::objects::bigint::{Int, as_int};
use crate::objects::iterators::{range_next, sequence_next};
use crate::objects::{list, tuple};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// `len(object)`.
    ///
    /// # Errors
    /// `TypeError` if it has none, or what `__len__` raises.
    pub fn len(&mut self, object: Word) -> Outcome<usize> {
        match self.class_of(object).slots.len {
            Some(len) => len(self, object),
            None => {
                let name = self.class_name(object);
                Err(self.type_error(format!("object of type '{name}' has no len()")))
            }
        }
    }

    /// `object[key]`.
    ///
    /// # Errors
    /// `TypeError` if it can't be subscripted, or what its class raises.
    pub fn get_item(&mut self, object: Word, key: Word) -> Outcome<Value> {
        if let Some(get_item) = self.class_of(object).slots.get_item {
            return get_item(self, object, key);
        }
        if let Some(class) = crate::object::cast::<crate::class::Class>(object) {
            // SAFETY: classes are never freed.
            let class = unsafe { &*class };
            if class.lookup(self.names.__class_getitem__).is_some() {
                let method = self.get_attr(object, self.names.__class_getitem__)?;
                return self.call(method.word(), &[key]);
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", class.name)));
        }
        let name = self.class_name(object);
        Err(self.type_error(format!("'{name}' object is not subscriptable")))
    }

    /// `object[key] = value`.
    ///
    /// # Errors
    /// `TypeError` if its items can't be assigned, or what its class raises.
    pub fn set_item(&mut self, object: Word, key: Word, value: Word) -> Outcome<()> {
        match self.class_of(object).slots.set_item {
            Some(set_item) => set_item(self, object, key, Some(value)),
            None => {
                let name = self.class_name(object);
                Err(self.type_error(format!("'{name}' object does not support item assignment")))
            }
        }
    }

    /// `del object[key]`.
    ///
    /// # Errors
    /// `TypeError` if its items can't be deleted, or what its class raises.
    pub fn del_item(&mut self, object: Word, key: Word) -> Outcome<()> {
        match self.class_of(object).slots.set_item {
            Some(set_item) => set_item(self, object, key, None),
            None => {
                let name = self.class_name(object);
                Err(self.type_error(format!("'{name}' object doesn't support item deletion")))
            }
        }
    }

    /// `item in object`.
    ///
    /// # Errors
    /// `TypeError` if it is neither a container nor iterable, or what its class raises.
    pub fn contains(&mut self, object: Word, item: Word) -> Outcome<bool> {
        if let Some(contains) = self.class_of(object).slots.contains {
            return contains(self, object, item);
        }
        let slots = &self.class_of(object).slots;
        if slots.iter.is_none() && slots.get_item.is_none() {
            let name = self.class_name(object);
            return Err(self.type_error(format!("argument of type '{name}' is not iterable")));
        }
        let iterator = self.iter(object)?;
        while let Some(next) = self.iter_next(iterator.word())? {
            if self.eq(next.word(), item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `iter(object)`.
    ///
    /// # Errors
    /// `TypeError` if it is not iterable, or what `__iter__` raises.
    #[expect(clippy::iter_not_returning_iterator, reason = "it is Python's `iter`")]
    pub fn iter(&mut self, object: Word) -> Outcome<Value> {
        let slots = &self.class_of(object).slots;
        if let Some(iter) = slots.iter {
            return iter(self, object);
        }
        if slots.get_item.is_some() {
            return Ok(crate::core_types::iteration::new_getitem_iter(self, object));
        }
        let name = self.class_name(object);
        Err(self.type_error(format!("'{name}' object is not iterable")))
    }

    /// `next(iterator)`; `None` at the end.
    ///
    /// # Errors
    /// `TypeError` if it is no iterator, or what `__next__` raises.
    #[inline]
    pub fn iter_next(&mut self, iterator: Word) -> Outcome<Option<Value>> {
        // SAFETY: a live value; shapes say what it is.
        unsafe {
            if has_shape(iterator, layout::SHAPE_RANGE_ITER) {
                return Ok(range_next(self, &mut *(iterator as *mut layout::RangeIter)));
            }
            if has_shape(iterator, layout::SHAPE_LIST_ITER) {
                let iterator = &mut *(iterator as *mut layout::SeqIter);
                return Ok(sequence_next(iterator, |seq| {
                    (*(seq as *mut layout::List)).items()
                }));
            }
            if has_shape(iterator, layout::SHAPE_TUPLE_ITER) {
                let iterator = &mut *(iterator as *mut layout::SeqIter);
                return Ok(sequence_next(iterator, |seq| {
                    (*(seq as *mut layout::Tuple)).items()
                }));
            }
        }
        match self.class_of(iterator).slots.next {
            Some(next) => next(self, iterator),
            None => {
                let name = self.class_name(iterator);
                Err(self.type_error(format!("'{name}' object is not an iterator")))
            }
        }
    }

    /// All items of an iterable.
    ///
    /// # Errors
    /// `TypeError` if it is not iterable, or what iterating raises.
    pub fn collect(&mut self, iterable: Word) -> Outcome<Vec<Value>> {
        if let Some(list) = crate::object::cast_exact::<layout::List>(iterable) {
            // SAFETY: a live list; copied at once.
            return Ok(unsafe { (*list).items() }
                .iter()
                .map(|&item| Value::borrowed(item))
                .collect());
        }
        if let Some(tuple) = crate::object::cast_exact::<layout::Tuple>(iterable) {
            // SAFETY: a live tuple.
            return Ok(unsafe { (*tuple).items() }
                .iter()
                .map(|&item| Value::borrowed(item))
                .collect());
        }
        let iterator = self.iter(iterable)?;
        let mut items = Vec::new();
        while let Some(item) = self.iter_next(iterator.word())? {
            items.push(item);
        }
        Ok(items)
    }

    /// The items of a list or tuple without copying the references, if `word` is one; for a quick look.
    pub fn borrow_items<'a>(&self, word: Word) -> Option<&'a [Word]> {
        if let Some(list) = list::cast_list(word) {
            return Some(list.items());
        }
        tuple::cast_tuple(word).map(tuple::Tuple::items)
    }

    /// `object` as a machine integer, through `__index__`; `None` if it is beyond 64 bits.
    ///
    /// # Errors
    /// `TypeError` if it is no integer.
    pub fn index(&mut self, object: Word) -> Outcome<Option<i64>> {
        if let Some(int) = as_int(object) {
            return Ok(int.to_i64());
        }
        let value = self.index_value(object)?;
        Ok(as_int(value.word()).and_then(|int| int.to_i64()))
    }

    /// `object` as an integer of any size, through `__index__`.
    ///
    /// # Errors
    /// `TypeError` if it is no integer.
    pub fn index_value(&mut self, object: Word) -> Outcome<Value> {
        if as_int(object).is_some() {
            return Ok(Value::borrowed(object));
        }
        let name = self.class_name(object);
        let Some(method) = self.special_method(object, self.names.__index__)? else {
            return Err(self.type_error(format!(
                "'{name}' object cannot be interpreted as an integer"
            )));
        };
        let value = method.call(self, object, crate::objects::native::Args::of(&[]))?;
        if matches!(as_int(value.word()), Some(Int::Small(_) | Int::Big(_))) {
            return Ok(value);
        }
        let got = self.class_name(value.word());
        Err(self.type_error(format!("__index__ returned non-int (type {got})")))
    }
}
