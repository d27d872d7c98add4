//! The uops of the Python VM: one inline function each, from which come stencils, the uop interpreter, folding, facts.
//!
//! Three families, in this order:
//!
//! 1. *conversions and checks* between tagged words and raw values;
//! 2. *raw operations* on machine integers, floats and the prefixes of objects, each with what it reads and writes;
//! 3. *instructions*: compositions of the first two, one for each specialized bytecode, as plain copy-and-patch would
//!    have them. The optimizer takes them apart.
//!
//! Values on the operand stack own a reference, so expansions of bytecodes (in `jit/expand`) speak of counts
//! explicitly: uops here borrow their inputs, and a result that comes out of an object is borrowed from it until an
//! [`incref`] follows.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::layout::*;
use sashiko_stencils::uop::Word;
use sashiko_stencils::uop::*;

sashiko_stencils::kinds! {
    /// No value.
    UNBOUND,
    /// A small integer.
    INT,
    /// A float.
    FLOAT,
    /// `True` or `False`.
    BOOL,
    /// `None`.
    NONE_TYPE,
    /// `str`.
    STR,
    /// `list`.
    LIST,
    /// `tuple`.
    TUPLE,
    /// `dict`.
    DICT,
    /// Iterator over a range.
    RANGE_ITER,
    /// Iterator over a list.
    LIST_ITER,
    /// Iterator over a tuple.
    TUPLE_ITER,
    /// Any other object.
    OBJECT,
}

/// Kinds of values that have no reference count.
pub const UNCOUNTED: Kinds = Kinds(UNBOUND.0 | INT.0 | FLOAT.0 | BOOL.0 | NONE_TYPE.0);

/// The kind of a constant that is not an object.
pub const fn kinds_of(word: Word) -> Kinds {
    match word {
        EMPTY => UNBOUND,
        NONE => NONE_TYPE,
        FALSE | TRUE => BOOL,
        _ if is_int(word) => INT,
        _ if is_float(word) => FLOAT,
        _ => Kinds::ANY,
    }
}

sashiko_stencils::aliases! {
    /// `len` and `items` of lists.
    LIST_SHAPE,
    /// The items of lists.
    LIST_ITEMS,
    /// State of iterators.
    ITERATORS,
    /// Shapes of instances.
    SHAPES,
    /// Attributes of instances.
    FIELDS,
    /// Keys of dicts.
    DICT_KEYS,
    /// Values of dicts.
    DICT_VALUES,
    /// Versions of classes and functions.
    VERSIONS,
    /// Contents of cells.
    CELLS,
    /// Everything else.
    OTHER,
}

// ---- conversions and checks -------------------------------------------------------------------------------------

/// The integer in a word that must hold a small one.
#[uop(guard, checks(word: INT), unchecked = int_of, unboxes, reads())]
pub fn unbox_int(word: Word) -> Exit<i64> {
    is_int(word).or_exit()?;
    Some(int_of(word))
}

/// The integer in a word that is known to hold a small one.
#[uop(pure, unboxes)]
pub fn int_of(word: Word) -> i64 {
    crate::layout::int_of(word)
}

/// The word of an integer; leaves when it takes more than 48 bits.
#[uop(pure, boxes, result = INT)]
pub fn box_int(value: i64) -> Exit<Word> {
    fits_int(value).or_exit()?;
    Some(word_of_int(value))
}

/// The float in a word that must hold one.
#[uop(guard, checks(word: FLOAT), unchecked = float_of, unboxes, reads())]
pub fn unbox_float(word: Word) -> Exit<f64> {
    let (bits, borrow) = word.overflowing_sub(FLOAT_OFFSET);
    (!borrow).or_exit()?;
    Some(f64::from_bits(bits))
}

/// The float in a word that is known to hold one.
#[uop(pure, unboxes)]
pub fn float_of(word: Word) -> f64 {
    crate::layout::float_of(word)
}

/// The word of a float.
#[uop(pure, boxes, result = FLOAT)]
pub fn box_float(value: f64) -> Word {
    word_of_float(value)
}

/// The truth value in a word that must be `True` or `False`.
#[uop(guard, checks(word: BOOL), unchecked = bool_of, unboxes, reads())]
pub fn unbox_bool(word: Word) -> Exit<bool> {
    is_bool(word).or_exit()?;
    Some(word & 1 != 0)
}

/// The truth value in a word that is known to be `True` or `False`.
#[uop(pure, unboxes)]
pub fn bool_of(word: Word) -> bool {
    word & 1 != 0
}

/// The word of a truth value.
#[uop(pure, boxes, result = BOOL)]
pub fn box_bool(value: bool) -> Word {
    word_of_bool(value)
}

/// Goes on if the word holds a small integer.
#[uop(guard, checks(word: INT), reads())]
pub fn guard_int(word: Word) -> Exit<()> {
    is_int(word).or_exit()
}

/// Goes on if the word holds a float.
#[uop(guard, checks(word: FLOAT), reads())]
pub fn guard_float(word: Word) -> Exit<()> {
    is_float(word).or_exit()
}

/// Goes on if the word is `True` or `False`.
#[uop(guard, checks(word: BOOL), reads())]
pub fn guard_bool(word: Word) -> Exit<()> {
    is_bool(word).or_exit()
}

/// Goes on if the word is `None`.
#[uop(guard, checks(word: NONE_TYPE), reads())]
pub fn guard_none(word: Word) -> Exit<()> {
    (word == NONE).or_exit()
}

/// Goes on if the word holds no value: a local is unbound.
#[uop(guard, checks(word: UNBOUND), reads())]
pub fn guard_unbound(word: Word) -> Exit<()> {
    (word == EMPTY).or_exit()
}

/// Goes on if the word is not `None`.
#[uop(guard, reads())]
pub fn guard_not_none(word: Word) -> Exit<()> {
    (word != NONE).or_exit()
}

/// Goes on if the word points to an object.
#[uop(guard, reads())]
pub fn guard_pointer(word: Word) -> Exit<()> {
    is_pointer(word).or_exit()
}

/// Goes on if the word holds a value: a local is bound.
#[uop(guard, reads())]
pub fn guard_bound(word: Word) -> Exit<()> {
    (word != EMPTY).or_exit()
}

/// Goes on if the word is this very one.
#[uop(guard, reads())]
pub fn guard_same(word: Word, expected: Imm64) -> Exit<()> {
    (word == expected).or_exit()
}

/// Goes on if both are the same word.
#[uop(guard, reads(), commutes)]
pub fn guard_words_same(left: Word, right: Word) -> Exit<()> {
    (left == right).or_exit()
}

/// Goes on if the word is a list.
#[uop(guard, checks(word: LIST), reads())]
pub fn guard_list(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_LIST) }.or_exit()
}

/// Goes on if the word is a tuple.
#[uop(guard, checks(word: TUPLE), reads())]
pub fn guard_tuple(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_TUPLE) }.or_exit()
}

/// Goes on if the word is a `str`.
#[uop(guard, checks(word: STR), reads())]
pub fn guard_str(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_STR) }.or_exit()
}

/// Goes on if the word is a range iterator.
#[uop(guard, checks(word: RANGE_ITER), reads())]
pub fn guard_range_iter(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_RANGE_ITER) }.or_exit()
}

/// Goes on if the word is a list iterator.
#[uop(guard, checks(word: LIST_ITER), reads())]
pub fn guard_list_iter(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_LIST_ITER) }.or_exit()
}

/// Goes on if the word is a tuple iterator.
#[uop(guard, checks(word: TUPLE_ITER), reads())]
pub fn guard_tuple_iter(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_TUPLE_ITER) }.or_exit()
}

/// Goes on if the word is an object of this shape.
#[uop(guard, reads(SHAPES))]
pub fn guard_shape(word: Word, shape: Imm32) -> Exit<()> {
    unsafe { has_shape(word, shape as u32) }.or_exit()
}

/// Goes on if the word is an object of a class that still has this version.
#[uop(guard, reads(SHAPES, VERSIONS))]
pub fn guard_class_version(word: Word, version: Imm32) -> Exit<()> {
    is_pointer(word).or_exit()?;
    let class = unsafe { (*header(word)).class }.cast::<ClassPrefix>();
    (unsafe { (*class).version } == version as u32).or_exit()
}

/// Goes on if this class still has this version.
#[uop(guard, reads(VERSIONS))]
pub fn guard_version_of_class(class: Imm64, version: Imm32) -> Exit<()> {
    (unsafe { (*(class as *const ClassPrefix)).version } == version as u32).or_exit()
}

/// Goes on if the word is a function of this version.
#[uop(guard, reads(VERSIONS))]
pub fn guard_function_version(word: Word, version: Imm32) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_FUNCTION) }.or_exit()?;
    (unsafe { (*(word as *const FunctionPrefix)).version } == version as u32).or_exit()
}

/// Goes on if this dict still has these keys.
#[uop(guard, reads(DICT_KEYS))]
pub fn guard_dict_keys(dict: Imm64, version: Imm32) -> Exit<()> {
    (unsafe { (*(dict as *const DictPrefix)).keys_version } == version as u32).or_exit()
}

/// Goes on if the tuple has this many items.
#[uop(guard, reads())]
pub fn guard_tuple_len(tuple: Word, len: Imm32) -> Exit<()> {
    (unsafe { (*(tuple as *const Tuple)).len } == len as usize).or_exit()
}

/// Goes on if the list has this many items.
#[uop(guard, reads(LIST_SHAPE))]
pub fn guard_list_len(list: Word, len: Imm32) -> Exit<()> {
    (unsafe { (*(list as *const List)).len } == len as usize).or_exit()
}

/// Goes on if the condition holds.
#[uop(guard, reads())]
pub fn guard_true(condition: bool) -> Exit<()> {
    condition.or_exit()
}

/// Goes on if the condition does not hold.
#[uop(guard, reads())]
pub fn guard_false(condition: bool) -> Exit<()> {
    (!condition).or_exit()
}

// ---- references -------------------------------------------------------------------------------------------------

/// Adds a reference; words that are no objects have none.
#[uop(counts = +1, reads(), writes())]
pub fn incref(word: Word) {
    if is_pointer(word) {
        unsafe { (*header(word)).refcount += 1 };
    }
}

/// Drops a reference; frees the object with its last.
#[uop(counts = -1, slow = free_object)]
pub fn decref(word: Word) -> Fast {
    if is_pointer(word) {
        let count = unsafe { (*header(word)).refcount };
        if count == 1 {
            return Fast::Slow;
        }
        unsafe { (*header(word)).refcount = count - 1 };
    }
    Fast::Done
}

// ---- raw integers -----------------------------------------------------------------------------------------------

/// left + right; leaves on overflow.
#[uop(pure, commutes)]
pub fn int_add(left: i64, right: i64) -> Exit<i64> {
    left.checked_add(right)
}

/// left - right; leaves on overflow.
#[uop(pure)]
pub fn int_sub(left: i64, right: i64) -> Exit<i64> {
    left.checked_sub(right)
}

/// left * right; leaves on overflow.
#[uop(pure, commutes)]
pub fn int_mul(left: i64, right: i64) -> Exit<i64> {
    left.checked_mul(right)
}

/// -value; leaves on overflow.
#[uop(pure)]
pub fn int_neg(value: i64) -> Exit<i64> {
    value.checked_neg()
}

/// left & right.
#[uop(pure, commutes)]
pub fn int_and(left: i64, right: i64) -> i64 {
    left & right
}

/// left | right.
#[uop(pure, commutes)]
pub fn int_or(left: i64, right: i64) -> i64 {
    left | right
}

/// left ^ right.
#[uop(pure, commutes)]
pub fn int_xor(left: i64, right: i64) -> i64 {
    left ^ right
}

/// left << right; leaves when bits are lost or the distance is not 0 to 62.
#[uop(pure)]
pub fn int_shl(left: i64, right: i64) -> Exit<i64> {
    ((right as u64) < 63).or_exit()?;
    let result = left << (right & 63);
    (result >> (right & 63) == left).or_exit()?;
    Some(result)
}

/// left >> right; leaves when the distance is negative.
#[uop(pure)]
pub fn int_shr(left: i64, right: i64) -> Exit<i64> {
    ((right as u64) < 64).or_exit()?;
    Some(left >> (right & 63))
}

/// floor(value / 2^shift).
#[uop(pure)]
pub fn int_floor_div_pow2(value: i64, shift: Imm32) -> i64 {
    value >> (shift & 63)
}

/// value mod 2^k, given 2^k - 1.
#[uop(pure)]
pub fn int_mod_pow2(value: i64, mask: Imm32) -> i64 {
    value & mask as i64
}

/// left < right.
#[uop(pure)]
pub fn int_lt(left: i64, right: i64) -> bool {
    left < right
}

/// left <= right.
#[uop(pure)]
pub fn int_le(left: i64, right: i64) -> bool {
    left <= right
}

/// left == right.
#[uop(pure, commutes)]
pub fn int_eq(left: i64, right: i64) -> bool {
    left == right
}

/// left != right.
#[uop(pure, commutes)]
pub fn int_ne(left: i64, right: i64) -> bool {
    left != right
}

/// value != 0.
#[uop(pure)]
pub fn int_is_nonzero(value: i64) -> bool {
    value != 0
}

/// !value.
#[uop(pure)]
pub fn bool_not(value: bool) -> bool {
    !value
}

/// Are both the same word? For objects and singletons that is identity.
#[uop(pure, commutes)]
pub fn word_same(left: Word, right: Word) -> bool {
    left == right
}

/// Are they different words?
#[uop(pure, commutes)]
pub fn word_differs(left: Word, right: Word) -> bool {
    left != right
}

/// Goes on if left < right.
#[uop(guard, reads())]
pub fn guard_int_lt(left: i64, right: i64) -> Exit<()> {
    (left < right).or_exit()
}

/// Goes on if left <= right.
#[uop(guard, reads())]
pub fn guard_int_le(left: i64, right: i64) -> Exit<()> {
    (left <= right).or_exit()
}

/// Goes on if left == right.
#[uop(guard, reads(), commutes)]
pub fn guard_int_eq(left: i64, right: i64) -> Exit<()> {
    (left == right).or_exit()
}

/// Goes on if left != right.
#[uop(guard, reads(), commutes)]
pub fn guard_int_ne(left: i64, right: i64) -> Exit<()> {
    (left != right).or_exit()
}

/// The integer as a float.
#[uop(pure)]
pub fn int_to_float(value: i64) -> f64 {
    value as f64
}

/// left / right as a float; leaves when right is zero or either is not exact as a float.
#[uop(pure)]
pub fn int_true_div(left: i64, right: i64) -> Exit<f64> {
    const EXACT: i64 = 1 << 53;
    (right != 0).or_exit()?;
    ((left + EXACT) as u64 <= 2 * EXACT as u64).or_exit()?;
    ((right + EXACT) as u64 <= 2 * EXACT as u64).or_exit()?;
    Some(left as f64 / right as f64)
}

// ---- raw floats -------------------------------------------------------------------------------------------------

/// left + right.
#[uop(pure, commutes)]
pub fn float_add(left: f64, right: f64) -> f64 {
    left + right
}

/// left - right.
#[uop(pure)]
pub fn float_sub(left: f64, right: f64) -> f64 {
    left - right
}

/// left * right.
#[uop(pure, commutes)]
pub fn float_mul(left: f64, right: f64) -> f64 {
    left * right
}

/// left / right; leaves when right is zero.
#[uop(pure)]
pub fn float_div(left: f64, right: f64) -> Exit<f64> {
    (right != 0.0).or_exit()?;
    Some(left / right)
}

/// -value.
#[uop(pure)]
pub fn float_neg(value: f64) -> f64 {
    -value
}

/// |value|.
#[uop(pure)]
pub fn float_abs(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !(1 << 63))
}

/// The square root; leaves when value is negative.
#[uop(pure)]
pub fn float_sqrt(value: f64) -> Exit<f64> {
    use core::arch::x86_64::{_mm_cvtsd_f64, _mm_set_sd, _mm_sqrt_sd};
    (!(value < 0.0)).or_exit()?;
    // SAFETY: SSE2 is part of x86-64.
    Some(unsafe { _mm_cvtsd_f64(_mm_sqrt_sd(_mm_set_sd(value), _mm_set_sd(value))) })
}

/// left < right.
#[uop(pure)]
pub fn float_lt(left: f64, right: f64) -> bool {
    left < right
}

/// left <= right.
#[uop(pure)]
pub fn float_le(left: f64, right: f64) -> bool {
    left <= right
}

/// left == right.
#[uop(pure, commutes)]
pub fn float_eq(left: f64, right: f64) -> bool {
    left == right
}

/// left != right.
#[uop(pure, commutes)]
pub fn float_ne(left: f64, right: f64) -> bool {
    left != right
}

/// Goes on if left < right.
#[uop(guard, reads())]
pub fn guard_float_lt(left: f64, right: f64) -> Exit<()> {
    (left < right).or_exit()
}

/// Goes on unless left < right.
#[uop(guard, reads())]
pub fn guard_float_not_lt(left: f64, right: f64) -> Exit<()> {
    (!(left < right)).or_exit()
}

/// Goes on if left <= right.
#[uop(guard, reads())]
pub fn guard_float_le(left: f64, right: f64) -> Exit<()> {
    (left <= right).or_exit()
}

/// Goes on unless left <= right.
#[uop(guard, reads())]
pub fn guard_float_not_le(left: f64, right: f64) -> Exit<()> {
    (!(left <= right)).or_exit()
}

/// Goes on if left == right.
#[uop(guard, reads(), commutes)]
pub fn guard_float_eq(left: f64, right: f64) -> Exit<()> {
    (left == right).or_exit()
}

/// Goes on if left != right.
#[uop(guard, reads(), commutes)]
pub fn guard_float_ne(left: f64, right: f64) -> Exit<()> {
    (left != right).or_exit()
}

// ---- objects ----------------------------------------------------------------------------------------------------

/// Number of items of a list.
#[uop(reads(LIST_SHAPE), writes())]
pub fn list_len(list: Word) -> i64 {
    unsafe { (*(list as *const List)).len as i64 }
}

/// Number of items of a tuple.
#[uop(reads(), writes())]
pub fn tuple_len(tuple: Word) -> i64 {
    unsafe { (*(tuple as *const Tuple)).len as i64 }
}

/// Item of a list, borrowed; leaves when the index is not one of 0 to len - 1.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_item(list: Word, index: i64) -> Exit<Word> {
    let list = list as *const List;
    unsafe {
        ((index as u64) < (*list).len as u64).or_exit()?;
        Some(*(*list).items.add(index as usize))
    }
}

/// Item of a list counted from its end, borrowed; leaves when the index is not one of -len to -1.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_item_from_end(list: Word, index: i64) -> Exit<Word> {
    let list = list as *const List;
    unsafe {
        let index = index.wrapping_add((*list).len as i64);
        ((index as u64) < (*list).len as u64).or_exit()?;
        Some(*(*list).items.add(index as usize))
    }
}

/// Puts a value into a list and gives back what was there; both change hands. Leaves when the index is not one of 0 to
/// len - 1.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes(LIST_ITEMS))]
pub fn list_swap(list: Word, index: i64, value: Word) -> Exit<Word> {
    let list = list as *const List;
    unsafe {
        ((index as u64) < (*list).len as u64).or_exit()?;
        let item = (*list).items.add(index as usize);
        let old = *item;
        *item = value;
        Some(old)
    }
}

/// Item of a tuple, borrowed; the index is in bounds.
#[uop(reads(), writes())]
pub fn tuple_item(tuple: Word, index: Imm32) -> Word {
    let items = unsafe { &raw const (*(tuple as *const Tuple)).items }.cast::<Word>();
    unsafe { *items.offset(index as isize) }
}

/// Item of a tuple, borrowed; leaves when the index is not one of 0 to len - 1.
#[uop(reads(), writes())]
pub fn tuple_item_at(tuple: Word, index: i64) -> Exit<Word> {
    let tuple = tuple as *const Tuple;
    unsafe {
        ((index as u64) < (*tuple).len as u64).or_exit()?;
        Some(
            *(&raw const (*tuple).items)
                .cast::<Word>()
                .add(index as usize),
        )
    }
}

/// Item of a list whose length was checked, borrowed.
#[uop(reads(LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_item_unchecked(list: Word, index: Imm32) -> Word {
    unsafe { *(*(list as *const List)).items.offset(index as isize) }
}

/// The next value of a range iterator; leaves when there is none.
#[uop(reads(ITERATORS), writes())]
pub fn range_next(iter: Word) -> Exit<i64> {
    let iter = iter as *const RangeIter;
    unsafe {
        ((*iter).remaining != 0).or_exit()?;
        Some((*iter).next)
    }
}

/// Moves a range iterator on.
#[uop(reads(ITERATORS), writes(ITERATORS))]
pub fn range_advance(iter: Word) {
    let iter = iter as *mut RangeIter;
    unsafe {
        (*iter).next = (*iter).next.wrapping_add((*iter).step);
        (*iter).remaining = (*iter).remaining.wrapping_sub(1);
    }
}

/// Goes on if a range iterator has no more values.
#[uop(guard, reads(ITERATORS))]
pub fn range_done(iter: Word) -> Exit<()> {
    (unsafe { (*(iter as *const RangeIter)).remaining } == 0).or_exit()
}

/// The next item of a list iterator, borrowed; leaves when there is none.
#[uop(reads(ITERATORS, LIST_SHAPE, LIST_ITEMS), writes())]
pub fn list_iter_item(iter: Word) -> Exit<Word> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq != EMPTY).or_exit()?;
        let list = (*iter).seq as *const List;
        ((*iter).index < (*list).len).or_exit()?;
        Some(*(*list).items.add((*iter).index))
    }
}

/// The next item of a tuple iterator, borrowed; leaves when there is none.
#[uop(reads(ITERATORS), writes())]
pub fn tuple_iter_item(iter: Word) -> Exit<Word> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq != EMPTY).or_exit()?;
        let tuple = (*iter).seq as *const Tuple;
        ((*iter).index < (*tuple).len).or_exit()?;
        Some(
            *(&raw const (*tuple).items)
                .cast::<Word>()
                .add((*iter).index),
        )
    }
}

/// Moves a list or tuple iterator on.
#[uop(reads(ITERATORS), writes(ITERATORS))]
pub fn seq_iter_advance(iter: Word) {
    unsafe { (*(iter as *mut SeqIter)).index += 1 };
}

/// Goes on if a list iterator has no more items.
#[uop(guard, reads(ITERATORS, LIST_SHAPE))]
pub fn list_iter_done(iter: Word) -> Exit<()> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq == EMPTY || (*iter).index >= (*((*iter).seq as *const List)).len).or_exit()
    }
}

/// Goes on if a tuple iterator has no more items.
#[uop(guard, reads(ITERATORS))]
pub fn tuple_iter_done(iter: Word) -> Exit<()> {
    let iter = iter as *const SeqIter;
    unsafe {
        ((*iter).seq == EMPTY || (*iter).index >= (*((*iter).seq as *const Tuple)).len).or_exit()
    }
}

/// An attribute of an instance at a byte offset, borrowed; unset ones are no value.
#[uop(reads(FIELDS), writes())]
pub fn field_load(object: Word, offset: Imm32) -> Word {
    unsafe { *((object as *const u8).offset(offset as isize).cast::<Word>()) }
}

/// Sets an attribute of an instance at a byte offset and gives back what was there; both change hands.
#[uop(reads(FIELDS), writes(FIELDS))]
pub fn field_swap(object: Word, value: Word, offset: Imm32) -> Word {
    unsafe {
        let field = (object as *mut u8).offset(offset as isize).cast::<Word>();
        let old = *field;
        *field = value;
        old
    }
}

/// Gives an instance another shape.
#[uop(reads(), writes(SHAPES))]
pub fn set_shape(object: Word, shape: Imm32) {
    unsafe { (*header(object)).shape = shape as u32 };
}

/// A value of a dict by position, borrowed.
#[uop(reads(DICT_KEYS, DICT_VALUES), writes())]
pub fn dict_value_at(dict: Imm64, index: Imm32) -> Word {
    unsafe {
        (*(*(dict as *const DictPrefix))
            .entries
            .offset(index as isize))
        .value
    }
}

/// Replaces a value of a dict by position and gives back what was there; both change hands.
#[uop(reads(DICT_KEYS, DICT_VALUES), writes(DICT_VALUES))]
pub fn dict_swap_at(value: Word, dict: Imm64, index: Imm32) -> Word {
    unsafe {
        let entry = (*(dict as *const DictPrefix))
            .entries
            .offset(index as isize);
        let old = (*entry).value;
        (*entry).value = value;
        old
    }
}

/// What a cell holds, borrowed.
#[uop(reads(CELLS), writes())]
pub fn cell_load(cell: Word) -> Word {
    unsafe { (*(cell as *const Cell)).value }
}

/// Puts a value into a cell and gives back what was there; both change hands.
#[uop(reads(CELLS), writes(CELLS))]
pub fn cell_swap(cell: Word, value: Word) -> Word {
    unsafe {
        let cell = cell as *mut Cell;
        let old = (*cell).value;
        (*cell).value = value;
        old
    }
}

// ---- instructions -----------------------------------------------------------------------------------------------

/// BINARY_OP_ADD_INT
#[uop(compose)]
pub fn binary_op_add_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_add(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP_SUBTRACT_INT
#[uop(compose)]
pub fn binary_op_subtract_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_sub(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP_MULTIPLY_INT
#[uop(compose)]
pub fn binary_op_multiply_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_mul(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP `&` of integers
#[uop(compose)]
pub fn binary_op_and_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_and(unbox_int(left)?, unbox_int(right)?))
}

/// BINARY_OP `|` of integers
#[uop(compose)]
pub fn binary_op_or_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_or(unbox_int(left)?, unbox_int(right)?))
}

/// BINARY_OP `^` of integers
#[uop(compose)]
pub fn binary_op_xor_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_xor(unbox_int(left)?, unbox_int(right)?))
}

/// BINARY_OP `<<` of integers
#[uop(compose)]
pub fn binary_op_lshift_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_shl(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP `>>` of integers
#[uop(compose)]
pub fn binary_op_rshift_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_shr(unbox_int(left)?, unbox_int(right)?)?)
}

/// BINARY_OP `//` of an integer by a constant power of two
#[uop(compose)]
pub fn binary_op_floor_divide_pow2(left: Word, shift: Imm32) -> Exit<Word> {
    box_int(int_floor_div_pow2(unbox_int(left)?, shift))
}

/// BINARY_OP `%` of an integer by a constant power of two
#[uop(compose)]
pub fn binary_op_remainder_pow2(left: Word, mask: Imm32) -> Exit<Word> {
    box_int(int_mod_pow2(unbox_int(left)?, mask))
}

/// BINARY_OP `/` of integers
#[uop(compose)]
pub fn binary_op_true_divide_int(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(int_true_div(
        unbox_int(left)?,
        unbox_int(right)?,
    )?))
}

/// BINARY_OP_ADD_FLOAT
#[uop(compose)]
pub fn binary_op_add_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_add(
        unbox_float(left)?,
        unbox_float(right)?,
    )))
}

/// BINARY_OP_SUBTRACT_FLOAT
#[uop(compose)]
pub fn binary_op_subtract_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_sub(
        unbox_float(left)?,
        unbox_float(right)?,
    )))
}

/// BINARY_OP_MULTIPLY_FLOAT
#[uop(compose)]
pub fn binary_op_multiply_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_mul(
        unbox_float(left)?,
        unbox_float(right)?,
    )))
}

/// BINARY_OP `/` of floats
#[uop(compose)]
pub fn binary_op_true_divide_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_div(
        unbox_float(left)?,
        unbox_float(right)?,
    )?))
}

/// The float of an integer, for arithmetic of mixed types
#[uop(compose)]
pub fn widen_int(word: Word) -> Exit<Word> {
    Some(box_float(int_to_float(unbox_int(word)?)))
}

/// UNARY_NEGATIVE of an integer
#[uop(compose)]
pub fn unary_negative_int(word: Word) -> Exit<Word> {
    box_int(int_neg(unbox_int(word)?)?)
}

/// UNARY_NEGATIVE of a float
#[uop(compose)]
pub fn unary_negative_float(word: Word) -> Exit<Word> {
    Some(box_float(float_neg(unbox_float(word)?)))
}

/// `abs` of a float
#[uop(compose)]
pub fn call_abs_float(word: Word) -> Exit<Word> {
    Some(box_float(float_abs(unbox_float(word)?)))
}

/// `math.sqrt` of a float
#[uop(compose)]
pub fn call_sqrt_float(word: Word) -> Exit<Word> {
    Some(box_float(float_sqrt(unbox_float(word)?)?))
}

/// COMPARE_OP_INT `<`
#[uop(compose)]
pub fn compare_op_lt_int(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(int_lt(unbox_int(left)?, unbox_int(right)?)))
}

/// COMPARE_OP_INT `<=`
#[uop(compose)]
pub fn compare_op_le_int(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(int_le(unbox_int(left)?, unbox_int(right)?)))
}

/// COMPARE_OP_INT `==`
#[uop(compose)]
pub fn compare_op_eq_int(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(int_eq(unbox_int(left)?, unbox_int(right)?)))
}

/// COMPARE_OP_INT `!=`
#[uop(compose)]
pub fn compare_op_ne_int(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(int_ne(unbox_int(left)?, unbox_int(right)?)))
}

/// COMPARE_OP_FLOAT `<`
#[uop(compose)]
pub fn compare_op_lt_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(float_lt(unbox_float(left)?, unbox_float(right)?)))
}

/// COMPARE_OP_FLOAT `<=`
#[uop(compose)]
pub fn compare_op_le_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(float_le(unbox_float(left)?, unbox_float(right)?)))
}

/// COMPARE_OP_FLOAT `==`
#[uop(compose)]
pub fn compare_op_eq_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(float_eq(unbox_float(left)?, unbox_float(right)?)))
}

/// COMPARE_OP_FLOAT `!=`
#[uop(compose)]
pub fn compare_op_ne_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_bool(float_ne(unbox_float(left)?, unbox_float(right)?)))
}

/// COMPARE_OP_INT `<` and a branch that was taken when true
#[uop(compose)]
pub fn branch_lt_int(left: Word, right: Word) -> Exit<()> {
    guard_int_lt(unbox_int(left)?, unbox_int(right)?)
}

/// COMPARE_OP_INT `<=` and a branch that was taken when true
#[uop(compose)]
pub fn branch_le_int(left: Word, right: Word) -> Exit<()> {
    guard_int_le(unbox_int(left)?, unbox_int(right)?)
}

/// COMPARE_OP_INT `==` and a branch that was taken when true
#[uop(compose)]
pub fn branch_eq_int(left: Word, right: Word) -> Exit<()> {
    guard_int_eq(unbox_int(left)?, unbox_int(right)?)
}

/// COMPARE_OP_INT `!=` and a branch that was taken when true
#[uop(compose)]
pub fn branch_ne_int(left: Word, right: Word) -> Exit<()> {
    guard_int_ne(unbox_int(left)?, unbox_int(right)?)
}

/// COMPARE_OP_FLOAT `<` and a branch that was taken when true
#[uop(compose)]
pub fn branch_lt_float(left: Word, right: Word) -> Exit<()> {
    guard_float_lt(unbox_float(left)?, unbox_float(right)?)
}

/// COMPARE_OP_FLOAT `<` and a branch that was taken when false
#[uop(compose)]
pub fn branch_not_lt_float(left: Word, right: Word) -> Exit<()> {
    guard_float_not_lt(unbox_float(left)?, unbox_float(right)?)
}

/// COMPARE_OP_FLOAT `<=` and a branch that was taken when true
#[uop(compose)]
pub fn branch_le_float(left: Word, right: Word) -> Exit<()> {
    guard_float_le(unbox_float(left)?, unbox_float(right)?)
}

/// COMPARE_OP_FLOAT `<=` and a branch that was taken when false
#[uop(compose)]
pub fn branch_not_le_float(left: Word, right: Word) -> Exit<()> {
    guard_float_not_le(unbox_float(left)?, unbox_float(right)?)
}

/// COMPARE_OP_FLOAT `==` and a branch that was taken when true
#[uop(compose)]
pub fn branch_eq_float(left: Word, right: Word) -> Exit<()> {
    guard_float_eq(unbox_float(left)?, unbox_float(right)?)
}

/// COMPARE_OP_FLOAT `!=` and a branch that was taken when true
#[uop(compose)]
pub fn branch_ne_float(left: Word, right: Word) -> Exit<()> {
    guard_float_ne(unbox_float(left)?, unbox_float(right)?)
}

/// POP_JUMP_IF_FALSE that went on
#[uop(compose)]
pub fn guard_is_true(word: Word) -> Exit<()> {
    guard_true(unbox_bool(word)?)
}

/// POP_JUMP_IF_TRUE that went on
#[uop(compose)]
pub fn guard_is_false(word: Word) -> Exit<()> {
    guard_false(unbox_bool(word)?)
}

/// TO_BOOL_INT
#[uop(compose)]
pub fn to_bool_int(word: Word) -> Exit<Word> {
    Some(box_bool(int_is_nonzero(unbox_int(word)?)))
}

/// TO_BOOL_LIST
#[uop(compose)]
pub fn to_bool_list(word: Word) -> Exit<Word> {
    guard_list(word)?;
    Some(box_bool(int_is_nonzero(list_len(word))))
}

/// UNARY_NOT of a truth value
#[uop(compose)]
pub fn unary_not_bool(word: Word) -> Exit<Word> {
    Some(box_bool(bool_not(unbox_bool(word)?)))
}

/// IS_OP
#[uop(compose)]
pub fn is_op(left: Word, right: Word) -> Word {
    box_bool(word_same(left, right))
}

/// IS_OP, negated
#[uop(compose)]
pub fn is_not_op(left: Word, right: Word) -> Word {
    box_bool(word_differs(left, right))
}

/// BINARY_OP_SUBSCR_LIST_INT
#[uop(compose)]
pub fn binary_op_subscr_list_int(list: Word, index: Word) -> Exit<Word> {
    guard_list(list)?;
    list_item(list, unbox_int(index)?)
}

/// BINARY_OP_SUBSCR_LIST_INT with a negative index
#[uop(compose)]
pub fn binary_op_subscr_list_negative(list: Word, index: Word) -> Exit<Word> {
    guard_list(list)?;
    list_item_from_end(list, unbox_int(index)?)
}

/// BINARY_OP_SUBSCR_TUPLE_INT
#[uop(compose)]
pub fn binary_op_subscr_tuple_int(tuple: Word, index: Word) -> Exit<Word> {
    guard_tuple(tuple)?;
    tuple_item_at(tuple, unbox_int(index)?)
}

/// STORE_SUBSCR_LIST_INT; gives back the old item
#[uop(compose)]
pub fn store_subscr_list_int(list: Word, index: Word, value: Word) -> Exit<Word> {
    guard_list(list)?;
    list_swap(list, unbox_int(index)?, value)
}

/// FOR_ITER_RANGE, before the iterator moves on
#[uop(compose)]
pub fn for_iter_range(iter: Word) -> Exit<Word> {
    guard_range_iter(iter)?;
    box_int(range_next(iter)?)
}

/// FOR_ITER_RANGE at its end
#[uop(compose)]
pub fn for_iter_range_done(iter: Word) -> Exit<()> {
    guard_range_iter(iter)?;
    range_done(iter)
}

/// FOR_ITER_LIST, before the iterator moves on
#[uop(compose)]
pub fn for_iter_list(iter: Word) -> Exit<Word> {
    guard_list_iter(iter)?;
    list_iter_item(iter)
}

/// FOR_ITER_LIST at its end
#[uop(compose)]
pub fn for_iter_list_done(iter: Word) -> Exit<()> {
    guard_list_iter(iter)?;
    list_iter_done(iter)
}

/// FOR_ITER_TUPLE, before the iterator moves on
#[uop(compose)]
pub fn for_iter_tuple(iter: Word) -> Exit<Word> {
    guard_tuple_iter(iter)?;
    tuple_iter_item(iter)
}

/// FOR_ITER_TUPLE at its end
#[uop(compose)]
pub fn for_iter_tuple_done(iter: Word) -> Exit<()> {
    guard_tuple_iter(iter)?;
    tuple_iter_done(iter)
}

/// `len` of a list
#[uop(compose)]
pub fn call_len_list(list: Word) -> Exit<Word> {
    guard_list(list)?;
    box_int(list_len(list))
}

/// `len` of a tuple
#[uop(compose)]
pub fn call_len_tuple(tuple: Word) -> Exit<Word> {
    guard_tuple(tuple)?;
    box_int(tuple_len(tuple))
}
