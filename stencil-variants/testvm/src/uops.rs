//! The uops that become stencils.

use sashiko_stencils::uop::{Exit, Fast, Imm32, Imm64, OrExit, Word, uop};

use crate::layout::{
    Array, FLOAT_OFFSET, Pair, VmFields, fits_int, float_of_word, int_of_word, is_bool, is_float,
    is_int, is_pointer, word_of_bool, word_of_float, word_of_int,
};

// ---- conversions

/// The integer in a word; leaves the trace if it holds none.
#[uop(guard, checks(value: INT), unchecked = int_of, unboxes)]
pub(crate) fn unbox_int(value: Word) -> Exit<i64> {
    is_int(value).or_exit()?;
    Some(int_of_word(value))
}

/// The integer in a word that is known to hold one.
#[uop(pure, unboxes)]
pub(crate) fn int_of(value: Word) -> i64 {
    int_of_word(value)
}

/// The word of an integer; leaves the trace if it needs more than 48 bits.
#[uop(pure, boxes, result = INT)]
pub(crate) fn box_int(value: i64) -> Exit<Word> {
    fits_int(value).or_exit()?;
    Some(word_of_int(value))
}

/// The float in a word; leaves the trace if it holds none.
#[uop(guard, checks(value: FLOAT), unchecked = float_of, unboxes)]
pub(crate) fn unbox_float(value: Word) -> Exit<f64> {
    is_float(value).or_exit()?;
    Some(float_of_word(value))
}

/// The float in a word that is known to hold one.
#[uop(pure, unboxes)]
pub(crate) fn float_of(value: Word) -> f64 {
    f64::from_bits(value.wrapping_sub(FLOAT_OFFSET))
}

/// The word of a float.
#[uop(pure, boxes, result = FLOAT)]
pub(crate) fn box_float(value: f64) -> Word {
    word_of_float(value)
}

/// The truth value in a word; leaves the trace if it holds none.
#[uop(guard, checks(value: BOOL), unchecked = bool_of, unboxes)]
pub(crate) fn unbox_bool(value: Word) -> Exit<bool> {
    is_bool(value).or_exit()?;
    Some(value & 1 != 0)
}

/// The truth value in a word that is known to hold one.
#[uop(pure, unboxes)]
pub(crate) fn bool_of(value: Word) -> bool {
    value & 1 != 0
}

/// The word of a truth value.
#[uop(pure, boxes, result = BOOL)]
pub(crate) fn box_bool(value: bool) -> Word {
    word_of_bool(value)
}

/// An integer as a float.
#[uop(pure)]
pub(crate) fn int_to_float(value: i64) -> f64 {
    value as f64
}

/// Leaves the trace once something it assumes is no longer true.
#[uop(guard, patch_point, reads(ASSUMPTIONS), reason = assumption)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is the engine that makes it leave"
)]
pub(crate) fn still_valid() -> Exit<()> {
    Some(())
}

// ---- integers

/// Sum; leaves the trace on overflow.
#[uop(pure, commutes, reason = overflow)]
pub(crate) fn int_add(left: i64, right: i64) -> Exit<i64> {
    left.checked_add(right)
}

/// Difference; leaves the trace on overflow.
#[uop(pure, reason = overflow)]
pub(crate) fn int_sub(left: i64, right: i64) -> Exit<i64> {
    left.checked_sub(right)
}

/// Product; leaves the trace on overflow.
#[uop(pure, commutes, reason = overflow)]
pub(crate) fn int_mul(left: i64, right: i64) -> Exit<i64> {
    left.checked_mul(right)
}

/// Negation; leaves the trace on overflow.
#[uop(pure, reason = overflow)]
pub(crate) fn int_neg(value: i64) -> Exit<i64> {
    value.checked_neg()
}

/// Bitwise and.
#[uop(pure, commutes)]
pub(crate) fn int_and(left: i64, right: i64) -> i64 {
    left & right
}

/// Bitwise exclusive or.
#[uop(pure, commutes)]
pub(crate) fn int_xor(left: i64, right: i64) -> i64 {
    left ^ right
}

/// Shift to the left, by the count modulo 64.
#[uop(pure)]
pub(crate) fn int_shl(left: i64, right: i64) -> i64 {
    left.wrapping_shl(right as u32)
}

/// Arithmetic shift to the right, by the count modulo 64.
#[uop(pure)]
pub(crate) fn int_shr(left: i64, right: i64) -> i64 {
    left.wrapping_shr(right as u32)
}

/// Shift to the left that leaves the trace when bits are lost or the count is not below 64.
#[uop(pure, reason = overflow)]
pub(crate) fn int_shl_exact(left: i64, right: i64) -> Exit<i64> {
    ((right as u64) < 64).or_exit()?;
    let shifted = left.wrapping_shl(right as u32);
    (shifted.wrapping_shr(right as u32) == left).or_exit()?;
    Some(shifted)
}

/// The smaller.
#[uop(pure, commutes)]
pub(crate) fn int_min(left: i64, right: i64) -> i64 {
    if left < right { left } else { right }
}

/// The larger.
#[uop(pure, commutes)]
pub(crate) fn int_max(left: i64, right: i64) -> i64 {
    if left > right { left } else { right }
}

/// Number of bits set.
#[uop(pure)]
pub(crate) fn int_popcnt(value: i64) -> i64 {
    i64::from(value.count_ones())
}

/// A mix of all bits: several instructions with a wide constant.
#[uop(pure)]
pub(crate) fn int_hash(value: i64) -> i64 {
    let mut hash = value as u64;
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 29;
    hash as i64
}

/// One of two integers.
#[uop(pure)]
pub(crate) fn int_select(condition: bool, yes: i64, no: i64) -> i64 {
    if condition { yes } else { no }
}

/// `value + addend`, wrapping: with a constant of 32 bits.
#[uop(pure)]
pub(crate) fn int_add_const(value: i64, addend: Imm32) -> i64 {
    value.wrapping_add(i64::from(addend))
}

/// `value ^ mask`: with a constant of 64 bits.
#[uop(pure)]
pub(crate) fn int_xor_const(value: i64, mask: Imm64) -> i64 {
    value ^ mask as i64
}

/// Is the left integer less?
#[uop(pure)]
pub(crate) fn int_lt(left: i64, right: i64) -> bool {
    left < right
}

/// Is the left integer less or equal?
#[uop(pure)]
pub(crate) fn int_le(left: i64, right: i64) -> bool {
    left <= right
}

/// Are the integers equal?
#[uop(pure, commutes)]
pub(crate) fn int_eq(left: i64, right: i64) -> bool {
    left == right
}

/// Do the integers differ?
#[uop(pure, commutes)]
pub(crate) fn int_ne(left: i64, right: i64) -> bool {
    left != right
}

// ---- floats

/// Sum.
#[uop(pure, commutes)]
pub(crate) fn float_add(left: f64, right: f64) -> f64 {
    left + right
}

/// Difference.
#[uop(pure)]
pub(crate) fn float_sub(left: f64, right: f64) -> f64 {
    left - right
}

/// Product.
#[uop(pure, commutes)]
pub(crate) fn float_mul(left: f64, right: f64) -> f64 {
    left * right
}

/// Quotient; leaves the trace when the divisor is zero.
#[uop(pure, reason = division_by_zero)]
pub(crate) fn float_div(left: f64, right: f64) -> Exit<f64> {
    (right != 0.0).or_exit()?;
    Some(left / right)
}

/// Square root.
#[uop(pure)]
pub(crate) fn float_sqrt(value: f64) -> f64 {
    use core::arch::x86_64::{_mm_cvtsd_f64, _mm_set_sd, _mm_sqrt_sd};
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvtsd_f64(_mm_sqrt_sd(_mm_set_sd(value), _mm_set_sd(value))) }
}

/// Negation.
#[uop(pure)]
pub(crate) fn float_neg(value: f64) -> f64 {
    -value
}

/// Magnitude.
#[uop(pure)]
pub(crate) fn float_abs(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !(1 << 63))
}

/// Is the left float less?
#[uop(pure)]
pub(crate) fn float_lt(left: f64, right: f64) -> bool {
    left < right
}

/// Are the floats equal?
#[uop(pure, commutes)]
pub(crate) fn float_eq(left: f64, right: f64) -> bool {
    left == right
}

/// The integer with the same value; leaves the trace if there is none.
#[uop(pure)]
#[expect(clippy::float_cmp, reason = "exactness is what is asked")]
pub(crate) fn float_to_int(value: f64) -> Exit<i64> {
    use core::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
    // SAFETY: SSE2 is part of x86-64; out of range gives i64::MIN.
    let truncated = unsafe { _mm_cvttsd_si64(_mm_set_sd(value)) };
    (truncated as f64 == value && truncated != i64::MIN).or_exit()?;
    Some(truncated)
}

// ---- truth values and guards

/// The other truth value.
#[uop(pure)]
pub(crate) fn bool_not(value: bool) -> bool {
    !value
}

/// Leaves the trace if false.
#[uop(guard, reads())]
pub(crate) fn guard_true(condition: bool) -> Exit<()> {
    condition.or_exit()
}

/// Leaves the trace if true.
#[uop(guard, reads())]
pub(crate) fn guard_false(condition: bool) -> Exit<()> {
    (!condition).or_exit()
}

/// Leaves the trace unless the left integer is less.
#[uop(compose)]
pub(crate) fn guard_int_lt(left: i64, right: i64) -> Exit<()> {
    guard_true(int_lt(left, right))
}

/// Leaves the trace if the left integer is less.
#[uop(compose)]
pub(crate) fn guard_int_ge(left: i64, right: i64) -> Exit<()> {
    guard_false(int_lt(left, right))
}

/// Leaves the trace unless the integers are equal.
#[uop(compose)]
pub(crate) fn guard_int_eq(left: i64, right: i64) -> Exit<()> {
    guard_true(int_eq(left, right))
}

/// Leaves the trace if the integers are equal.
#[uop(compose)]
pub(crate) fn guard_int_ne(left: i64, right: i64) -> Exit<()> {
    guard_false(int_eq(left, right))
}

/// Leaves the trace unless the left float is less.
#[uop(compose)]
pub(crate) fn guard_float_lt(left: f64, right: f64) -> Exit<()> {
    guard_true(float_lt(left, right))
}

/// Leaves the trace unless the word is this one.
#[uop(guard, reads())]
pub(crate) fn guard_same(value: Word, expected: Imm64) -> Exit<()> {
    (value == expected).or_exit()
}

/// Leaves the trace unless the word holds a float.
#[uop(guard, checks(value: FLOAT))]
pub(crate) fn guard_float(value: Word) -> Exit<()> {
    is_float(value).or_exit()
}

/// Leaves the trace unless the word is an array.
#[uop(guard, checks(value: ARRAY))]
pub(crate) fn guard_array(value: Word) -> Exit<()> {
    is_pointer(value).or_exit()
}

/// Leaves the trace unless the word is none.
#[uop(guard, checks(value: NONE))]
pub(crate) fn guard_none(value: Word) -> Exit<()> {
    (value == crate::layout::NIL).or_exit()
}

// ---- operations on words

/// Sum of two words that hold integers.
#[uop(compose)]
pub(crate) fn add_int(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_int(left)?;
    let right = unbox_int(right)?;
    box_int(int_add(left, right)?)
}

/// Difference of two words that hold integers.
#[uop(compose)]
pub(crate) fn sub_int(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_int(left)?;
    let right = unbox_int(right)?;
    box_int(int_sub(left, right)?)
}

/// Product of two words that hold integers.
#[uop(compose)]
pub(crate) fn mul_int(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_int(left)?;
    let right = unbox_int(right)?;
    box_int(int_mul(left, right)?)
}

/// Sum of two words that hold floats.
#[uop(compose)]
pub(crate) fn add_float(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_float(left)?;
    let right = unbox_float(right)?;
    Some(box_float(float_add(left, right)))
}

/// Product of two words that hold floats.
#[uop(compose)]
pub(crate) fn mul_float(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_float(left)?;
    let right = unbox_float(right)?;
    Some(box_float(float_mul(left, right)))
}

/// Is the left integer less? A truth value in a word.
#[uop(compose)]
pub(crate) fn lt_int(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_int(left)?;
    let right = unbox_int(right)?;
    Some(box_bool(int_lt(left, right)))
}

/// Is the left float less? A truth value in a word.
#[uop(compose)]
pub(crate) fn lt_float(left: Word, right: Word) -> Exit<Word> {
    let left = unbox_float(left)?;
    let right = unbox_float(right)?;
    Some(box_bool(float_lt(left, right)))
}

// ---- memory

/// Number of elements of an array.
#[uop(reads(ARRAY_SHAPE))]
pub(crate) fn array_len(array: Word) -> i64 {
    // SAFETY: recorded behind `guard_array`.
    unsafe { (*(array as *const Array)).len as i64 }
}

/// Where the elements of an array are.
#[uop(reads(ARRAY_SHAPE))]
pub(crate) fn array_data(array: Word) -> *mut Word {
    // SAFETY: recorded behind `guard_array`.
    unsafe { (*(array as *const Array)).data }
}

/// Element of an array; leaves the trace if the index is out of range.
#[uop(reads(ARRAY_ITEMS, ARRAY_SHAPE), reason = index_out_of_range)]
pub(crate) fn array_load(array: Word, index: i64) -> Exit<Word> {
    // SAFETY: recorded behind `guard_array`; the index is checked.
    unsafe {
        let array = array as *const Array;
        ((index as u64) < (*array).len as u64).or_exit()?;
        Some((*array).data.add(index as usize).read())
    }
}

/// Stores an element of an array; leaves the trace if the index is out of range.
#[uop(reads(ARRAY_SHAPE), writes(ARRAY_ITEMS), reason = index_out_of_range)]
pub(crate) fn array_store(array: Word, index: i64, value: Word) -> Exit<()> {
    // SAFETY: recorded behind `guard_array`; the index is checked.
    unsafe {
        let array = array as *const Array;
        ((index as u64) < (*array).len as u64).or_exit()?;
        (*array).data.add(index as usize).write(value);
        Some(())
    }
}

/// Element of an array at a constant index; leaves the trace if it is out of range.
#[uop(reads(ARRAY_ITEMS, ARRAY_SHAPE), reason = index_out_of_range)]
pub(crate) fn array_load_const(array: Word, index: Imm32) -> Exit<Word> {
    array_load(array, i64::from(index))
}

/// Word at a byte offset from a pointer, unchecked.
#[uop(reads(ARRAY_ITEMS))]
pub(crate) fn data_load(data: *mut Word, offset: Imm32) -> Word {
    // SAFETY: recorded behind checks of what `data` points to.
    unsafe { data.byte_offset(offset as isize).read() }
}

/// Stores a float's word at a byte offset from a pointer, unchecked.
#[uop(reads(), writes(ARRAY_ITEMS))]
pub(crate) fn data_store_float(data: *mut Word, value: f64, offset: Imm32) {
    // SAFETY: recorded behind checks of what `data` points to.
    unsafe {
        data.byte_offset(offset as isize)
            .write(word_of_float(value));
    }
}

/// The VM's global variable.
#[uop(reads(VM_FIELDS))]
pub(crate) fn global_load(ctx: *mut VmFields) -> Word {
    // SAFETY: `ctx` points to the VM, which begins with its fields.
    unsafe { (*ctx).global }
}

/// Stores the VM's global variable.
#[uop(reads(), writes(VM_FIELDS))]
pub(crate) fn global_store(ctx: *mut VmFields, value: Word) {
    // SAFETY: as for `global_load`.
    unsafe { (*ctx).global = value }
}

/// Counts the VM's budget down; leaves the trace when it is spent.
#[uop(reads(VM_FIELDS), writes(VM_FIELDS))]
pub(crate) fn check_budget(ctx: *mut VmFields) -> Exit<()> {
    // SAFETY: as for `global_load`.
    let budget = unsafe { &mut (*ctx).budget };
    (*budget > 0).or_exit()?;
    *budget -= 1;
    Some(())
}

/// Word of the frame at a byte offset from its base.
#[uop]
pub(crate) fn frame_load(base: *mut Word, offset: Imm32) -> Word {
    // SAFETY: the frame is as large as the trace says.
    unsafe { base.byte_offset(offset as isize).read() }
}

// ---- reference counts

/// Adds a reference; words that are no pointers have none.
#[uop(counts = +1, reads(COUNTS), writes(COUNTS), unchecked = incref_array)]
pub(crate) fn incref(value: Word) {
    if is_pointer(value) {
        // SAFETY: a pointer word points to a live array.
        unsafe { (*(value as *mut Array)).refcount += 1 }
    }
}

/// Adds a reference to an array.
#[uop(counts = +1, reads(COUNTS), writes(COUNTS))]
pub(crate) fn incref_array(array: Word) {
    // SAFETY: recorded where the word is known to point to an array.
    unsafe { (*(array as *mut Array)).refcount += 1 }
}

/// Drops a reference; the VM is told when it was the last.
#[uop(counts = -1, slow = array_dropped, unchecked = decref_array)]
pub(crate) fn decref(value: Word) -> Fast {
    if is_pointer(value) {
        // SAFETY: a pointer word points to a live array.
        let count = unsafe { &mut (*(value as *mut Array)).refcount };
        *count -= 1;
        if *count == 0 {
            return Fast::Slow;
        }
    }
    Fast::Done
}

/// Drops a reference to an array; the VM is told when it was the last.
#[uop(counts = -1, slow = array_dropped)]
pub(crate) fn decref_array(array: Word) -> Fast {
    // SAFETY: recorded where the word is known to point to an array.
    let count = unsafe { &mut (*(array as *mut Array)).refcount };
    *count -= 1;
    if *count == 0 { Fast::Slow } else { Fast::Done }
}

// ---- objects and fields

/// Element of a pair, borrowed.
#[uop(gets(pair.ARRAY_ITEMS[index]))]
pub(crate) fn pair_get(pair: Word, index: Imm32) -> Word {
    // SAFETY: recorded where there is a pair, with index 0 or 1.
    unsafe { *(*(pair as *const Pair)).array.data.add(index as usize) }
}

/// Replaces an element of a pair; both change hands.
#[uop(gets(pair.ARRAY_ITEMS[index]), sets(pair.ARRAY_ITEMS[index] = value))]
pub(crate) fn pair_swap(pair: Word, value: Word, index: Imm32) -> Word {
    // SAFETY: as for `pair_get`.
    unsafe {
        let element = (*(pair as *const Pair)).array.data.add(index as usize);
        let old = element.read();
        element.write(value);
        old
    }
}

/// Gives a pair another tag.
#[uop(sets(pair.TAGS = tag))]
pub(crate) fn pair_retag(pair: Word, tag: Imm32) {
    // SAFETY: as for `pair_get`.
    unsafe { (*(pair as *mut Pair)).tag = i64::from(tag) };
}

/// Leaves the trace unless the pair has this tag.
#[uop(guard, tests(pair.TAGS = tag))]
pub(crate) fn guard_tag(pair: Word, tag: Imm32) -> Exit<()> {
    // SAFETY: as for `pair_get`.
    (unsafe { (*(pair as *const Pair)).tag } == i64::from(tag)).or_exit()
}

// ---- shapes of code that stencils must get right

/// The word itself. Its code is that of `int_copy`, which the compiler may notice.
#[uop(pure)]
pub(crate) fn word_copy(value: Word) -> Word {
    value
}

/// The integer itself.
#[uop(pure)]
pub(crate) fn int_copy(value: i64) -> i64 {
    value
}

/// A constant word.
#[uop(pure)]
pub(crate) fn const_word(value: Imm64) -> Word {
    value
}

/// A constant float, as its bits.
#[uop(pure)]
pub(crate) fn const_float(bits: Imm64) -> f64 {
    f64::from_bits(bits)
}

/// A constant integer, from its low 32 bits.
#[uop(pure)]
pub(crate) fn const_unsigned(value: Imm32) -> i64 {
    i64::from(value as u32)
}

/// Is the constant zero? Its stencil compares a hole with zero.
#[uop(pure)]
pub(crate) fn const_is_zero(value: Imm32) -> bool {
    value == 0
}

/// `value` if the constants are equal, else the first: compares two holes.
#[uop(pure)]
pub(crate) fn if_same_const(value: i64, first: Imm32, second: Imm32) -> i64 {
    if first == second {
        value
    } else {
        i64::from(first)
    }
}

/// Is no bit set in either the value or the constant?
#[uop(pure)]
pub(crate) fn int_is_zero_or_const(value: i64, bits: Imm32) -> bool {
    value | i64::from(bits) == 0
}

/// A sum of two neighbouring words: one hole with two addends.
#[uop(reads(ARRAY_ITEMS))]
pub(crate) fn data_sum_pair(data: *mut Word, offset: Imm32) -> i64 {
    // SAFETY: recorded behind checks of what `data` points to.
    unsafe {
        let first = data.byte_offset(offset as isize);
        first.read().wrapping_add(first.add(1).read()) as i64
    }
}

/// Leaves the trace unless the low half of the reference count is this.
#[uop(guard, reads(COUNTS))]
pub(crate) fn guard_count(array: Word, count: Imm32) -> Exit<()> {
    // SAFETY: recorded behind `guard_array`.
    let refcount = unsafe { (*(array as *const Array)).refcount };
    (refcount as u32 == count as u32).or_exit()
}

/// Index of the first element that is this word, or the length: a loop.
#[uop(reads(ARRAY_ITEMS, ARRAY_SHAPE))]
pub(crate) fn array_find(array: Word, wanted: Word) -> i64 {
    // SAFETY: recorded behind `guard_array`.
    unsafe {
        let array = array as *const Array;
        let mut index = 0;
        while index < (*array).len && (*array).data.add(index).read() != wanted {
            index += 1;
        }
        index as i64
    }
}

/// Degrees of Fahrenheit for degrees of Celsius: constants of eight bytes.
#[uop(pure)]
pub(crate) fn float_fahrenheit(celsius: f64) -> f64 {
    celsius * 1.8 + 32.0
}

/// Sign of an integer: branches that meet again.
#[uop(pure)]
pub(crate) fn int_sign(value: i64) -> i64 {
    if value < 0 { -1 } else { i64::from(value != 0) }
}

/// Always leaves the trace.
#[uop(reads(), writes())]
pub(crate) fn leave() -> Exit<()> {
    None
}
