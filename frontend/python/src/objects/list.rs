//! `list`: a growing array of owned words.

use std::ptr;

use crate::alloc;
pub use crate::layout::List;
use crate::layout::{self, Word};
use crate::object::{Object, allocate, cast};
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

impl Object for List {
    const SHAPE: u32 = layout::SHAPE_LIST;

    unsafe fn drop_contents(&mut self) {
        for index in 0..self.len {
            // SAFETY: the first `len` words are live and owned.
            decref(unsafe { *self.items.add(index) });
        }
        self.free_items();
    }
}

impl List {
    fn free_items(&mut self) {
        if self.capacity != 0 {
            // SAFETY: allocated with this size.
            unsafe { alloc::free(self.items.cast(), self.capacity * size_of::<Word>()) };
            self.capacity = 0;
        }
    }

    /// The items, borrowed from the list: valid until it changes.
    #[inline]
    pub fn items(&self) -> &[Word] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the first `len` words are live.
        unsafe { std::slice::from_raw_parts(self.items, self.len) }
    }

    /// The items, to be reordered or exchanged; they stay owned by the list.
    #[inline]
    pub fn items_mut(&mut self) -> &mut [Word] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: the first `len` words are live.
        unsafe { std::slice::from_raw_parts_mut(self.items, self.len) }
    }

    /// Makes room for `more` items.
    pub fn reserve(&mut self, more: usize) {
        let wanted = self.len + more;
        if wanted > self.capacity {
            self.grow_to(wanted + (wanted >> 3) + 6);
        }
    }

    #[cold]
    fn grow_to(&mut self, capacity: usize) {
        let (old, new) = (
            self.capacity * size_of::<Word>(),
            capacity * size_of::<Word>(),
        );
        // SAFETY: the old block has the old size, if there is one.
        let block = unsafe {
            if self.capacity == 0 {
                alloc::allocate(new)
            } else {
                alloc::grow(self.items.cast(), old, new)
            }
        };
        self.items = block.cast();
        self.capacity = capacity;
    }

    /// Appends an item.
    #[inline]
    pub fn push(&mut self, item: Value) {
        if self.len == self.capacity {
            self.grow_to((self.len + (self.len >> 3) + 6) & !3);
        }
        // SAFETY: there is room for one more.
        unsafe { self.items.add(self.len).write(item.into_word()) };
        self.len += 1;
    }

    /// Removes and returns the last item.
    #[inline]
    pub fn pop(&mut self) -> Option<Value> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: that item was live; the list no longer counts it.
        Some(Value::from_owned(unsafe { *self.items.add(self.len) }))
    }

    /// Replaces item `index`, which must exist, and returns the old one.
    #[inline]
    pub fn replace(&mut self, index: usize, item: Value) -> Value {
        Value::from_owned(std::mem::replace(
            &mut self.items_mut()[index],
            item.into_word(),
        ))
    }

    /// Inserts before `index` (at most `len`).
    pub fn insert(&mut self, index: usize, item: Value) {
        assert!(index <= self.len);
        self.reserve(1);
        // SAFETY: room for one more; the tail moves up by one.
        unsafe {
            let place = self.items.add(index);
            ptr::copy(place, place.add(1), self.len - index);
            place.write(item.into_word());
        }
        self.len += 1;
    }

    /// Removes item `index`, which must exist.
    pub fn remove(&mut self, index: usize) -> Value {
        assert!(index < self.len);
        // SAFETY: the item is live; the tail moves down over it.
        unsafe {
            let place = self.items.add(index);
            let item = *place;
            ptr::copy(place.add(1), place, self.len - index - 1);
            self.len -= 1;
            Value::from_owned(item)
        }
    }

    /// Takes all items out; the list is empty afterwards (and no item has been dropped yet).
    pub fn take(&mut self) -> Vec<Value> {
        let items = self
            .items()
            .iter()
            .map(|&item| Value::from_owned(item))
            .collect();
        self.len = 0;
        self.free_items();
        items
    }

    /// Replaces the contents; the old ones are dropped afterwards.
    pub fn assign(&mut self, items: Vec<Value>) {
        let old = self.take();
        self.reserve(items.len());
        for item in items {
            self.push(item);
        }
        drop(old);
    }
}

/// The list behind `word`, if it is one (or an instance of a subclass). The reference is for the moment only: don't
/// hold it across anything that may run Python code.
#[inline]
pub fn cast_list<'a>(word: Word) -> Option<&'a mut List> {
    // SAFETY: a live list; the VM is single-threaded and callers keep the borrow short.
    cast::<List>(word).map(|list| unsafe { &mut *list })
}

impl Vm {
    /// A new list.
    pub fn new_list(&self, items: Vec<Value>) -> Value {
        let list = self.new_list_with_capacity(items.len());
        // SAFETY: just made.
        let target = unsafe { &mut *(list.word() as *mut List) };
        for item in items {
            target.push(item);
        }
        list
    }

    /// A new list of borrowed words.
    pub fn new_list_from(&self, items: &[Word]) -> Value {
        let list = self.new_list_with_capacity(items.len());
        // SAFETY: just made, with room for all items.
        let target = unsafe { &mut *(list.word() as *mut List) };
        for &item in items {
            incref(item);
        }
        if !items.is_empty() {
            // SAFETY: `capacity >= items.len()`.
            unsafe { ptr::copy_nonoverlapping(items.as_ptr(), target.items, items.len()) };
        }
        target.len = items.len();
        list
    }

    /// An empty list with room for `capacity` items.
    pub fn new_list_with_capacity(&self, capacity: usize) -> Value {
        let list = allocate(self.types.list, |header| List {
            header,
            items: ptr::null_mut(),
            len: 0,
            capacity: 0,
        });
        if capacity != 0 {
            // SAFETY: just made.
            unsafe { (*(list.word() as *mut List)).grow_to(capacity) };
        }
        list
    }
}
