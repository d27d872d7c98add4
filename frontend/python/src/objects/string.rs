//! `str`: UTF-8 in one block with its header, hash and lengths.
//!
//! Python indexes by code point; in a string that is all ASCII (`chars == bytes`) that is an array access, otherwise a
//! walk. Names are *interned*: two interned strings are equal exactly if they are the same object.

use std::alloc::{Layout, dealloc as system_free, realloc};

use crate::alloc;
use crate::layout::{self, Header, Word};
use crate::object::{Object, cast, new_header};
use crate::value::Value;
use crate::vm::Vm;

/// A string; its bytes follow.
#[repr(C)]
pub struct Str {
    /// Shape [`layout::SHAPE_STR`].
    pub header: Header,
    /// Hash of the contents; 0 until it is asked for.
    hash: u64,
    /// Length in bytes.
    bytes: usize,
    /// Length in code points.
    chars: usize,
    /// Is this *the* string with these contents among all interned ones?
    interned: bool,
    data: [u64; 0],
}

impl Object for Str {
    const SHAPE: u32 = layout::SHAPE_STR;

    unsafe fn drop_contents(&mut self) {}
}

const PREFIX: usize = size_of::<Str>();

fn block_size(bytes: usize) -> usize {
    PREFIX + bytes
}

impl Str {
    /// The contents.
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: `bytes` bytes of UTF-8 follow the header, written when the string was made.
        unsafe {
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(
                self.data.as_ptr().cast(),
                self.bytes,
            ))
        }
    }

    /// Length in code points: Python's `len`.
    #[inline]
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// Are all characters ASCII, so that code point `i` is byte `i`?
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.chars == self.bytes
    }

    /// Is this an interned string?
    #[inline]
    pub fn is_interned(&self) -> bool {
        self.interned
    }

    /// Code point number `index`, if there is one.
    #[inline]
    pub fn char_at(&self, index: usize) -> Option<char> {
        if self.is_ascii() {
            self.as_str()
                .as_bytes()
                .get(index)
                .map(|&byte| byte as char)
        } else {
            self.as_str().chars().nth(index)
        }
    }

    /// The byte offset of code point number `index`; the length in bytes for an index at or beyond the end.
    pub fn byte_offset(&self, index: usize) -> usize {
        if self.is_ascii() {
            return index.min(self.bytes);
        }
        self.as_str()
            .char_indices()
            .nth(index)
            .map_or(self.bytes, |(offset, _)| offset)
    }
}

/// The string behind `word`, if it is one (or an instance of a subclass).
#[inline]
pub fn cast_str<'a>(word: Word) -> Option<&'a Str> {
    // SAFETY: a live object; strings don't change while they are shared.
    cast::<Str>(word).map(|string| unsafe { &*string })
}

/// The contents of `word`, if it is a string. Valid for as long as `word` is kept alive.
#[inline]
pub fn as_str<'a>(word: Word) -> Option<&'a str> {
    cast_str(word).map(Str::as_str)
}

/// Hash of a string's contents.
#[inline]
pub fn hash(word: Word) -> u64 {
    let string = word as *mut Str;
    // SAFETY: callers pass strings; the hash field is written by this thread alone.
    unsafe {
        if (*string).hash == 0 {
            (*string).hash = hash_bytes((*string).as_str().as_bytes());
        }
        (*string).hash
    }
}

/// Never 0, which stands for "not computed".
fn hash_bytes(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64 ^ K;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks of eight"));
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(K);
    }
    for &byte in chunks.remainder() {
        hash = (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(K);
    }
    hash ^= hash >> 29;
    hash | 1
}

/// Do two strings have the same contents?
#[inline]
pub fn equal(left: Word, right: Word) -> bool {
    if left == right {
        return true;
    }
    // SAFETY: callers pass strings.
    let (left, right) = unsafe { (&*(left as *mut Str), &*(right as *mut Str)) };
    if left.interned && right.interned {
        return false;
    }
    left.bytes == right.bytes && left.as_str() == right.as_str()
}

/// `left + right`, which both must be plain strings; takes `left` over and grows it in place if nobody else holds it.
pub fn concat(vm: &Vm, left: Value, right: Word) -> Value {
    let left_ptr = left.word() as *mut Str;
    // SAFETY: plain strings by contract. A string with one reference that is not interned is known to nobody but the
    // caller, so it may move.
    unsafe {
        let right = &*(right as *mut Str);
        let total = (*left_ptr).bytes + right.bytes;
        let grows_in_place = (*left_ptr).header.refcount == 1
            && !(*left_ptr).interned
            && block_size((*left_ptr).bytes) > alloc::LARGEST_POOLED
            && !std::ptr::eq(left_ptr, right);
        if !grows_in_place {
            let mut joined = String::with_capacity(total);
            joined.push_str((*left_ptr).as_str());
            joined.push_str(right.as_str());
            return new_with_chars(vm, &joined, (*left_ptr).chars + right.chars);
        }
        let old =
            Layout::from_size_align(block_size((*left_ptr).bytes), 16).expect("a block's layout");
        std::mem::forget(left);
        let grown = realloc(left_ptr.cast(), old, block_size(total)).cast::<Str>();
        if grown.is_null() {
            system_free(left_ptr.cast(), old);
            std::alloc::handle_alloc_error(old);
        }
        let end = grown.cast::<u8>().add(PREFIX + (*grown).bytes);
        std::ptr::copy_nonoverlapping(right.data.as_ptr().cast(), end, right.bytes);
        (*grown).bytes = total;
        (*grown).chars += right.chars;
        (*grown).hash = 0;
        Value::from_owned(grown as Word)
    }
}

/// Frees a string.
///
/// # Safety
/// `object` is a string whose last reference is gone.
pub unsafe fn dealloc(object: *mut Header) {
    // SAFETY: allocated with this size.
    unsafe { alloc::free(object.cast(), block_size((*object.cast::<Str>()).bytes)) }
}

fn new_with_chars(vm: &Vm, text: &str, chars: usize) -> Value {
    new_of_class(vm.types.str, text, chars)
}

/// A string of class `class`, `str` or one derived from it; `chars` is the number of code points in `text`.
pub fn new_of_class(class: *mut crate::class::Class, text: &str, chars: usize) -> Value {
    let block = alloc::allocate(block_size(text.len())).cast::<Str>();
    // SAFETY: the block has room for the prefix and the text.
    unsafe {
        block.write(Str {
            header: new_header(class, layout::SHAPE_STR),
            hash: 0,
            bytes: text.len(),
            chars,
            interned: false,
            data: [],
        });
        std::ptr::copy_nonoverlapping(text.as_ptr(), block.cast::<u8>().add(PREFIX), text.len());
    }
    Value::from_owned(block as Word)
}

impl Vm {
    /// A new string.
    pub fn new_str(&self, text: &str) -> Value {
        let chars = if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        };
        new_with_chars(self, text, chars)
    }

    /// A string of one character; those of one byte are made once.
    pub fn char_str(&self, character: char) -> Value {
        if let Some(string) = self.ascii_chars.get(character as usize) {
            return string.clone();
        }
        new_with_chars(self, character.encode_utf8(&mut [0; 4]), 1)
    }

    /// The interned string with these contents. It lives as long as the VM.
    pub fn intern(&mut self, text: &str) -> Word {
        if let Some(known) = self.interned.get(text) {
            return known.word();
        }
        let string = self.new_str(text);
        let word = string.word();
        self.intern_new(string);
        word
    }

    /// The interned string with the contents of `name`, a string.
    pub fn intern_value(&mut self, name: Word) -> Word {
        // SAFETY: callers pass strings.
        let string = unsafe { &*(name as *mut Str) };
        if string.interned {
            name
        } else {
            self.intern(string.as_str())
        }
    }

    fn intern_new(&mut self, string: Value) {
        let object = string.word() as *mut Str;
        // SAFETY: just made; the table keeps it, and its bytes, alive as long as the VM lives.
        unsafe {
            (*object).interned = true;
            let key: &'static str = std::mem::transmute::<&str, &'static str>((*object).as_str());
            self.interned.insert(key, string);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::VmOptions;

    #[test]
    fn interning_makes_one_object() {
        let mut vm = Vm::new(VmOptions::default());
        let first = vm.intern("spam and eggs");
        let copy = vm.new_str("spam and eggs");
        assert_ne!(first, copy.word());
        assert_eq!(vm.intern_value(copy.word()), first);
        assert!(equal(first, copy.word()));
    }

    #[test]
    fn growing_keeps_contents_and_counts() {
        let vm = Vm::new(VmOptions::default());
        let mut text = vm.new_str("");
        let piece = vm.new_str("aé");
        for _ in 0..1000 {
            text = concat(&vm, text, piece.word());
        }
        let string = cast_str(text.word()).unwrap();
        assert_eq!(string.chars(), 2000);
        assert_eq!(string.as_str(), "aé".repeat(1000));
        assert_eq!(string.char_at(1999), Some('é'));
    }
}
