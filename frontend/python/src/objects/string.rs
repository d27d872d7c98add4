//! `str`: UTF-8 in one block with its header, hash and lengths.
//!
//! Python indexes by code point; in a string that is all ASCII (`chars == bytes`) that is an array access, otherwise a
//! walk. Names are *interned*: two interned strings are equal exactly if they are the same object.

use crate::alloc;
use crate::layout::{self, Header, StrPrefix, Word};
use crate::object::{Object, cast, new_header};
use crate::value::Value;
use crate::vm::Vm;

/// A string; its bytes follow.
#[repr(C)]
pub struct Str {
    /// What compiled code reads.
    prefix: StrPrefix,
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
                self.prefix.bytes,
            ))
        }
    }

    /// Length in code points: Python's `len`.
    #[inline]
    pub fn chars(&self) -> usize {
        self.prefix.chars
    }

    /// Are all characters ASCII, so that code point `i` is byte `i`?
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.prefix.chars == self.prefix.bytes
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
            return index.min(self.prefix.bytes);
        }
        self.as_str()
            .char_indices()
            .nth(index)
            .map_or(self.prefix.bytes, |(offset, _)| offset)
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
        if (*string).prefix.hash == 0 {
            (*string).prefix.hash = hash_bytes((*string).as_str().as_bytes());
        }
        (*string).prefix.hash
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
    left.prefix.bytes == right.prefix.bytes && left.as_str() == right.as_str()
}

/// Is `part` found in `whole`? Both must be strings.
pub fn contains(whole: Word, part: Word) -> bool {
    match (as_str(whole), as_str(part)) {
        (Some(whole), Some(part)) => match part.as_bytes() {
            // A short text is looked through faster than a search is set up.
            &[byte] if whole.len() < 64 => whole.as_bytes().contains(&byte),
            _ => whole.contains(part),
        },
        _ => false,
    }
}

/// The strings `parts` one after the other.
pub fn join_words(vm: &Vm, parts: &[Word]) -> Value {
    let strings = || parts.iter().filter_map(|&word| cast_str(word));
    let (bytes, chars) = strings().fold((0, 0), |(bytes, chars), part| {
        (bytes + part.prefix.bytes, chars + part.chars())
    });
    // SAFETY: the parts fill the string's bytes.
    unsafe {
        let string = allocate_raw(vm.types.str, bytes, chars);
        let mut end = string.cast::<u8>().add(PREFIX);
        for part in strings() {
            std::ptr::copy_nonoverlapping(part.data.as_ptr().cast(), end, part.prefix.bytes);
            end = end.add(part.prefix.bytes);
        }
        Value::from_owned(string as Word)
    }
}

/// `left + right`, which both must be plain strings; takes `left` over and grows it in place if nobody else holds it.
pub fn concat(vm: &Vm, left: Value, right: Word) -> Value {
    let left_ptr = left.word() as *mut Str;
    // SAFETY: plain strings by contract. A string with one reference that is not interned is known to nobody but the
    // caller, so it may move.
    unsafe {
        let right_ptr = right as *mut Str;
        let alone = (*left_ptr).prefix.header.refcount == 1
            && !(*left_ptr).interned
            && !std::ptr::eq(left_ptr, right_ptr);
        if !alone {
            return join_words(vm, &[left.word(), right]);
        }
        let (old, more) = ((*left_ptr).prefix.bytes, (*right_ptr).prefix.bytes);
        std::mem::forget(left);
        let block = alloc::grow(left_ptr.cast(), block_size(old), block_size(old + more));
        let grown = block.cast::<Str>();
        std::ptr::copy_nonoverlapping(
            (*right_ptr).data.as_ptr().cast(),
            block.add(PREFIX + old),
            more,
        );
        (*grown).prefix.bytes = old + more;
        (*grown).prefix.chars += (*right_ptr).prefix.chars;
        (*grown).prefix.hash = 0;
        Value::from_owned(grown as Word)
    }
}

/// Frees a string.
///
/// # Safety
/// `object` is a string whose last reference is gone.
pub unsafe fn dealloc(object: *mut Header) {
    // SAFETY: allocated with this size.
    unsafe {
        alloc::free(
            object.cast(),
            block_size((*object.cast::<Str>()).prefix.bytes),
        );
    }
}

fn new_with_chars(vm: &Vm, text: &str, chars: usize) -> Value {
    new_of_class(vm.types.str, text, chars)
}

/// A string of class `class` of that many bytes and code points, its text not written.
///
/// # Safety
/// The text must be written, as UTF-8 of `chars` code points, before anybody sees the string.
unsafe fn allocate_raw(class: *mut crate::class::Class, bytes: usize, chars: usize) -> *mut Str {
    let block = alloc::allocate(block_size(bytes)).cast::<Str>();
    // SAFETY: the block has room for the prefix.
    unsafe {
        block.write(Str {
            prefix: StrPrefix {
                header: new_header(class, layout::SHAPE_STR),
                hash: 0,
                bytes,
                chars,
            },
            interned: false,
            data: [],
        });
    }
    block
}

/// A string of class `class`, `str` or one derived from it; `chars` is the number of code points in `text`.
pub fn new_of_class(class: *mut crate::class::Class, text: &str, chars: usize) -> Value {
    // SAFETY: the text is written at once.
    unsafe {
        let string = allocate_raw(class, text.len(), chars);
        let data = string.cast::<u8>().add(PREFIX);
        std::ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
        Value::from_owned(string as Word)
    }
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

    /// A new string of ASCII characters.
    pub fn new_ascii(&self, text: &[u8]) -> Value {
        debug_assert!(text.is_ascii());
        // SAFETY: ASCII is UTF-8.
        let text = unsafe { std::str::from_utf8_unchecked(text) };
        if let [byte] = text.as_bytes() {
            return self.char_str(*byte as char);
        }
        new_with_chars(self, text, text.len())
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
