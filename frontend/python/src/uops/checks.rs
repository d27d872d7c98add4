//! Conversions and checks between tagged words and raw values, and reference counts.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::layout::*;
use sashiko_stencils::uop::Word;
use sashiko_stencils::uop::*;

/// The integer in a word that must hold a small one.
#[uop(guard, checks(word: INT), unchecked = int_of, unboxes, reads())]
pub fn unbox_int(word: Word) -> Exit<i64> {
    // The tag goes to the low end, where it is compared, and is shifted out.
    let turned = word.rotate_left(16);
    (turned as u16 == 1).or_exit()?;
    Some(turned as i64 >> 16)
}

/// The integer in a word that is known to hold a small one.
#[uop(pure, unboxes)]
pub fn int_of(word: Word) -> i64 {
    crate::layout::int_of(word)
}

/// The word of an integer; leaves when it takes more than 48 bits.
#[uop(pure, boxes, result = INT)]
pub fn box_int(value: i64) -> Exit<Word> {
    let shifted = value << 16;
    (shifted >> 16 == value).or_exit()?;
    Some((shifted as u64 | 1).rotate_right(16))
}

/// The float in a word that must hold one.
#[uop(guard, checks(word: FLOAT), unchecked = float_of, unboxes, reads())]
pub fn unbox_float(word: Word) -> Exit<f64> {
    // As an addition, because the compiler makes a comparison of its own of a subtraction's borrow.
    let (bits, carry) = FLOAT_OFFSET.wrapping_neg().overflowing_add(word);
    carry.or_exit()?;
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
#[uop(guard, checks(word: NOT_NONE), reads())]
pub fn guard_not_none(word: Word) -> Exit<()> {
    (word != NONE).or_exit()
}

/// Goes on if the word has no reference count.
#[uop(guard, checks(word: UNCOUNTED), reads())]
pub fn guard_uncounted(word: Word) -> Exit<()> {
    (!is_pointer(word)).or_exit()
}

/// Goes on if the word points to an object.
#[uop(guard, reads(), checks(word: COUNTED))]
pub fn guard_pointer(word: Word) -> Exit<()> {
    is_pointer(word).or_exit()
}

/// Goes on if the word holds a value: a local is bound.
#[uop(guard, checks(word: BOUND), reads())]
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

/// Goes on if the word is a dict.
#[uop(guard, checks(word: DICT), reads())]
pub fn guard_dict(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_DICT) }.or_exit()
}

/// Goes on if the word is an object of this very class.
#[uop(guard, reads(SHAPES))]
pub fn guard_class(word: Word, class: Imm64) -> Exit<()> {
    is_pointer(word).or_exit()?;
    (unsafe { (*header(word)).class } as u64 == class).or_exit()
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

/// Goes on if this object has this shape.
#[uop(guard, tests(object.SHAPES = shape))]
pub fn guard_shape_of_object(object: Word, shape: Imm32) -> Exit<()> {
    (unsafe { (*header(object)).shape } == shape as u32).or_exit()
}

/// Goes on if the word is an object of this shape.
#[uop(compose)]
pub fn guard_shape(word: Word, shape: Imm32) -> Exit<()> {
    guard_pointer(word)?;
    guard_shape_of_object(word, shape)
}

/// Goes on if the word is an object of a class that still has this version.
#[uop(guard, reads(SHAPES, VERSIONS), proves(word: COUNTED))]
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
#[uop(guard, reads(VERSIONS), proves(word: COUNTED))]
pub fn guard_function_version(word: Word, version: Imm32) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_FUNCTION) }.or_exit()?;
    (unsafe { (*(word as *const FunctionPrefix)).version } == version as u32).or_exit()
}

/// Goes on if the word is a function that runs this code, with these globals.
#[uop(guard, reads(VERSIONS), proves(word: COUNTED))]
pub fn guard_function_code(word: Word, code: Imm64, globals: Imm64) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_FUNCTION) }.or_exit()?;
    let function = word as *const FunctionBody;
    (unsafe { (*function).code } as u64 == code).or_exit()?;
    (unsafe { (*function).globals } == globals).or_exit()
}

/// Goes on if the word is not this very one.
#[uop(guard, reads())]
pub fn guard_differs(word: Word, other: Imm64) -> Exit<()> {
    (word != other).or_exit()
}

/// Goes on as long as what the trace assumes holds: the place where it leaves when something breaks.
#[uop(guard, patch_point, reads(ASSUMPTIONS), reason = assumption)]
pub fn still_valid() -> Exit<()> {
    Some(())
}

/// Goes on if this dict still has these keys.
#[uop(guard, reads(DICT_KEYS))]
pub fn guard_dict_keys(dict: Imm64, version: Imm32) -> Exit<()> {
    (unsafe { (*(dict as *const DictPrefix)).keys_version } == version as u32).or_exit()
}

/// Goes on if the tuple has this many items.
#[uop(guard, tests(tuple.TUPLE_LENS = len), reads())]
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

/// Adds a reference; words that are no objects have none.
#[uop(counts = +1, reads(), writes(), unchecked = incref_object)]
pub fn incref(word: Word) {
    if is_pointer(word) {
        unsafe { (*header(word)).refcount += 1 };
    }
}

/// Adds a reference to an object.
#[uop(counts = +1, reads(), writes())]
pub fn incref_object(word: Word) {
    unsafe { (*header(word)).refcount += 1 };
}

/// Drops a reference; frees the object with its last. What is to be finalized waits until the trace is left.
#[uop(counts = -1, reads(), writes(), slow = free_object, unchecked = decref_object)]
pub fn decref(word: Word) -> Fast {
    if is_pointer(word) {
        decrement(word)
    } else {
        Fast::Done
    }
}

/// Drops a reference to an object; frees it with its last. What is to be finalized waits until the trace is left.
#[uop(counts = -1, reads(), writes(), slow = free_object)]
pub fn decref_object(word: Word) -> Fast {
    decrement(word)
}

/// Drops a reference; frees the object with its last, which may run Python code.
#[uop(counts = -1, slow = finalize_object, unchecked = decref_object_finalizing)]
pub fn decref_finalizing(word: Word) -> Fast {
    if is_pointer(word) {
        decrement(word)
    } else {
        Fast::Done
    }
}

/// Drops a reference to an object; frees it with its last, which may run Python code.
#[uop(counts = -1, slow = finalize_object)]
pub fn decref_object_finalizing(word: Word) -> Fast {
    decrement(word)
}

/// One instruction on memory, whose flags tell whether that was the last reference.
#[inline(always)]
fn decrement(word: Word) -> Fast {
    let count = unsafe { &raw mut (*header(word)).refcount };
    unsafe {
        *count -= 1;
        if *count == 0 { Fast::Slow } else { Fast::Done }
    }
}
