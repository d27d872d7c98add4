//! `tuple`: a fixed number of owned words in one block.

use crate::alloc;
use crate::class::Class;
pub use crate::layout::Tuple;
use crate::layout::{self, Header, Word};
use crate::object::{Object, cast, new_header};
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

impl Object for Tuple {
    const SHAPE: u32 = layout::SHAPE_TUPLE;

    unsafe fn drop_contents(&mut self) {
        for &item in self.items() {
            decref(item);
        }
    }
}

fn block_size(len: usize) -> usize {
    size_of::<Tuple>() + len * size_of::<Word>()
}

impl Tuple {
    /// The items.
    #[inline]
    pub fn items(&self) -> &[Word] {
        // SAFETY: `len` words follow the prefix, written when the tuple was made.
        unsafe { std::slice::from_raw_parts(self.items.as_ptr(), self.len) }
    }
}

/// Frees a tuple.
///
/// # Safety
/// `object` is a tuple whose last reference is gone.
pub unsafe fn dealloc(object: *mut Header) {
    // SAFETY: by contract; the block was allocated with this size.
    unsafe {
        let tuple = object.cast::<Tuple>();
        (*tuple).drop_contents();
        alloc::free(object.cast(), block_size((*tuple).len));
    }
}

/// The tuple behind `word`, if it is one (or an instance of a subclass).
#[inline]
pub fn cast_tuple<'a>(word: Word) -> Option<&'a Tuple> {
    // SAFETY: a live tuple; tuples don't change.
    cast::<Tuple>(word).map(|tuple| unsafe { &*tuple })
}

/// A tuple of class `class` with room for `len` items that the caller must write before anybody sees it.
///
/// # Safety
/// All `len` items must be written with owned words.
pub unsafe fn allocate_raw(class: *mut Class, len: usize) -> *mut Tuple {
    let block = alloc::allocate(block_size(len)).cast::<Tuple>();
    // SAFETY: the block has room for the prefix.
    unsafe {
        block.write(Tuple {
            header: new_header(class, layout::SHAPE_TUPLE),
            len,
            items: [],
        });
    };
    block
}

/// A tuple of class `class`, `tuple` or one derived from it.
pub fn new_of_class(class: *mut Class, items: Vec<Value>) -> Value {
    // SAFETY: every item is written before the tuple leaves this function.
    unsafe {
        let tuple = allocate_raw(class, items.len());
        let place = (&raw mut (*tuple).items).cast::<Word>();
        for (index, item) in items.into_iter().enumerate() {
            place.add(index).write(item.into_word());
        }
        Value::from_owned(tuple as Word)
    }
}

impl Vm {
    /// A new tuple (the one empty tuple if there are no items).
    pub fn new_tuple(&self, items: Vec<Value>) -> Value {
        if items.is_empty() {
            return self.empty_tuple.clone();
        }
        new_of_class(self.types.tuple, items)
    }

    /// A new tuple of borrowed words.
    pub fn new_tuple_from(&self, items: &[Word]) -> Value {
        for &item in items {
            incref(item);
        }
        // SAFETY: the references were just taken.
        unsafe { self.new_tuple_from_owned(items.as_ptr(), items.len()) }
    }

    /// A new tuple of `len` owned words at `items`, which it takes over.
    ///
    /// # Safety
    /// `items` points to `len` words that the caller owns and forgets.
    pub unsafe fn new_tuple_from_owned(&self, items: *const Word, len: usize) -> Value {
        if len == 0 {
            return self.empty_tuple.clone();
        }
        // SAFETY: every item is written before the tuple leaves this function.
        unsafe {
            let tuple = allocate_raw(self.types.tuple, len);
            std::ptr::copy_nonoverlapping(items, (&raw mut (*tuple).items).cast(), len);
            Value::from_owned(tuple as Word)
        }
    }
}
