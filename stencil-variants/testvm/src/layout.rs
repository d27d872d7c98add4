//! How values lie in memory.
//!
//! | word                         | meaning                                                  |
//! |------------------------------|----------------------------------------------------------|
//! | `0`                          | no value                                                 |
//! | `2`, `6`, `7`                | none, false, true                                        |
//! | `16 ..= 2^47 - 1`            | pointer to an [`Array`]                                  |
//! | `1 << 48 \| low 48 bits`     | an integer of 48 bits, two's complement                  |
//! | `2 << 48 ..`                 | a float: its bits plus `2 << 48`                         |

#![expect(
    clippy::inline_always,
    reason = "called from uop bodies, which cannot call"
)]

use sashiko_stencils::uop::Kinds;
pub use sashiko_stencils::uop::Word;

sashiko_stencils::kinds! {
    /// An integer of 48 bits.
    INT,
    /// A float.
    FLOAT,
    /// True or false.
    BOOL,
    /// None.
    NONE,
    /// A pointer to an [`Array`].
    ARRAY,
}

sashiko_stencils::aliases! {
    /// The elements of arrays.
    ARRAY_ITEMS,
    /// The lengths and data pointers of arrays.
    ARRAY_SHAPE,
    /// Reference counts.
    COUNTS,
    /// The fields of the VM that uops may touch.
    VM_FIELDS,
    /// What traces assume.
    ASSUMPTIONS,
    /// The tags of pairs.
    TAGS,
}

/// Kinds whose values carry no reference count.
pub const UNCOUNTED: Kinds = INT.union(FLOAT).union(BOOL).union(NONE);

/// No value.
pub const EMPTY: Word = 0;
/// None.
pub const NIL: Word = 2;
/// False; true is the next word.
pub const FALSE: Word = 6;
/// True.
pub const TRUE: Word = 7;
/// The tag of an integer.
pub const INT_TAG: Word = 1 << 48;
/// What is added to the bits of a float.
pub const FLOAT_OFFSET: Word = 2 << 48;

/// Is `word` an integer?
#[inline(always)]
pub const fn is_int(word: Word) -> bool {
    word >> 48 == 1
}

/// Is `word` a float?
#[inline(always)]
pub const fn is_float(word: Word) -> bool {
    word >= FLOAT_OFFSET
}

/// Is `word` true or false?
#[inline(always)]
pub const fn is_bool(word: Word) -> bool {
    word | 1 == TRUE
}

/// Is `word` a pointer?
#[inline(always)]
pub const fn is_pointer(word: Word) -> bool {
    // The upper bound moves down with the word, or the smallest integers would pass.
    word.wrapping_sub(16) < INT_TAG - 16
}

/// The integer in `word`; meaningless if it holds none.
#[inline(always)]
pub const fn int_of_word(word: Word) -> i64 {
    ((word << 16) as i64) >> 16
}

/// The float in `word`; meaningless if it holds none.
#[inline(always)]
pub const fn float_of_word(word: Word) -> f64 {
    f64::from_bits(word.wrapping_sub(FLOAT_OFFSET))
}

/// Does `value` fit in 48 bits?
#[inline(always)]
pub const fn fits_int(value: i64) -> bool {
    (value << 16) >> 16 == value
}

/// The word of an integer, which must fit.
#[inline(always)]
pub const fn word_of_int(value: i64) -> Word {
    ((value as u64) << 16 >> 16) | INT_TAG
}

/// The word of a float.
#[inline(always)]
pub const fn word_of_float(value: f64) -> Word {
    value.to_bits().wrapping_add(FLOAT_OFFSET)
}

/// The word of a truth value.
#[inline(always)]
pub const fn word_of_bool(value: bool) -> Word {
    FALSE + value as u64
}

/// An array of words: what a pointer points to.
#[repr(C)]
#[derive(Debug)]
pub struct Array {
    /// Number of references.
    pub refcount: u64,
    /// The elements.
    pub data: *mut Word,
    /// Number of elements.
    pub len: usize,
}

/// Two words and a number. It begins like an array of two elements, and may be used as one; but when it is dropped
/// nobody is told, and its elements are dropped with it.
#[repr(C)]
#[derive(Debug)]
pub struct Pair {
    /// An array of the two elements.
    pub array: Array,
    /// The number.
    pub tag: i64,
}

/// The part of the VM that uops touch directly: the first of [`TestVm`](crate::TestVm).
#[repr(C)]
#[derive(Debug, Default)]
pub struct VmFields {
    /// Counts down at patch points; see `check_budget`.
    pub budget: i64,
    /// A variable that uops can load and store.
    pub global: Word,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pointers_are_pointers() {
        for i in -20..20 {
            assert!(!is_pointer(word_of_int(i)));
        }
        for word in [EMPTY, NIL, FALSE, TRUE, 15, INT_TAG, FLOAT_OFFSET, u64::MAX] {
            assert!(!is_pointer(word), "{word:x}");
        }
        assert!(is_pointer(16) && is_pointer(INT_TAG - 1));
    }
}
