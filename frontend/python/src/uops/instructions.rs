//! Compositions of the other uops, one for each specialized bytecode, as plain copy-and-patch would have them. The optimizer
//! takes them apart.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::uops::checks::*;
use crate::uops::floats::*;
use crate::uops::integers::*;
use crate::uops::objects::*;
use sashiko_stencils::uop::*;

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

/// Goes on if an integer is not zero
#[uop(compose)]
pub fn guard_nonzero_int(word: Word) -> Exit<()> {
    guard_true(int_is_nonzero(unbox_int(word)?))
}

/// Goes on if a float is not zero
#[uop(compose)]
pub fn guard_nonzero_float(word: Word) -> Exit<()> {
    guard_true(float_is_nonzero(unbox_float(word)?))
}

/// Goes on if a float is not negative (nor a NaN)
#[uop(compose)]
pub fn guard_not_negative_float(word: Word) -> Exit<()> {
    guard_true(float_is_not_negative(unbox_float(word)?))
}

/// Goes on if a float is near enough to zero for its integer part to be small
#[uop(compose)]
pub fn guard_small_float(word: Word) -> Exit<()> {
    guard_true(float_is_small(unbox_float(word)?))
}

/// UNARY_INVERT of an integer
#[uop(compose)]
pub fn unary_invert_int(word: Word) -> Exit<Word> {
    box_int(int_invert(unbox_int(word)?))
}

/// `abs` of an integer
#[uop(compose)]
pub fn call_abs_int(word: Word) -> Exit<Word> {
    box_int(int_abs(unbox_int(word)?)?)
}

/// `min` of two integers
#[uop(compose)]
pub fn call_min_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_min(unbox_int(left)?, unbox_int(right)?))
}

/// `max` of two integers
#[uop(compose)]
pub fn call_max_int(left: Word, right: Word) -> Exit<Word> {
    box_int(int_max(unbox_int(left)?, unbox_int(right)?))
}

/// `min` of two floats
#[uop(compose)]
pub fn call_min_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_min(
        unbox_float(left)?,
        unbox_float(right)?,
    )))
}

/// `max` of two floats
#[uop(compose)]
pub fn call_max_float(left: Word, right: Word) -> Exit<Word> {
    Some(box_float(float_max(
        unbox_float(left)?,
        unbox_float(right)?,
    )))
}

/// `int` or `math.trunc` of a float
#[uop(compose)]
pub fn call_trunc_float(word: Word) -> Exit<Word> {
    box_int(float_trunc(unbox_float(word)?))
}

/// `math.floor` of a float
#[uop(compose)]
pub fn call_floor_float(word: Word) -> Exit<Word> {
    box_int(float_floor(unbox_float(word)?))
}

/// `math.ceil` of a float
#[uop(compose)]
pub fn call_ceil_float(word: Word) -> Exit<Word> {
    box_int(float_ceil(unbox_float(word)?))
}

/// `round` of a float
#[uop(compose)]
pub fn call_round_float(word: Word) -> Exit<Word> {
    box_int(float_round(unbox_float(word)?))
}

/// `len` of a string
#[uop(compose)]
pub fn call_len_str(text: Word) -> Exit<Word> {
    guard_str(text)?;
    box_int(str_len(text))
}

/// TO_BOOL of a string
#[uop(compose)]
pub fn to_bool_str(text: Word) -> Exit<Word> {
    guard_str(text)?;
    Some(box_bool(int_is_nonzero(str_len(text))))
}

/// `len` of a dict
#[uop(compose)]
pub fn call_len_dict(dict: Word) -> Exit<Word> {
    guard_dict(dict)?;
    box_int(dict_len(dict))
}

/// TO_BOOL of a dict
#[uop(compose)]
pub fn to_bool_dict(dict: Word) -> Exit<Word> {
    guard_dict(dict)?;
    Some(box_bool(int_is_nonzero(dict_len(dict))))
}

/// `len` of a set
#[uop(compose)]
pub fn call_len_set(set: Word, class: Imm64) -> Exit<Word> {
    guard_class(set, class)?;
    box_int(dict_len(set))
}

/// TO_BOOL of a set
#[uop(compose)]
pub fn to_bool_set(set: Word, class: Imm64) -> Exit<Word> {
    guard_class(set, class)?;
    Some(box_bool(int_is_nonzero(dict_len(set))))
}

/// TO_BOOL of a tuple
#[uop(compose)]
pub fn to_bool_tuple(tuple: Word) -> Exit<Word> {
    guard_tuple(tuple)?;
    Some(box_bool(int_is_nonzero(tuple_len(tuple))))
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

/// BINARY_OP_SUBSCR_TUPLE_INT with a negative index
#[uop(compose)]
pub fn binary_op_subscr_tuple_negative(tuple: Word, index: Word) -> Exit<Word> {
    guard_tuple(tuple)?;
    tuple_item_from_end(tuple, unbox_int(index)?)
}

/// STORE_SUBSCR_LIST_INT with a negative index; gives back the old item
#[uop(compose)]
pub fn store_subscr_list_negative(list: Word, index: Word, value: Word) -> Exit<Word> {
    guard_list(list)?;
    list_swap_from_end(list, unbox_int(index)?, value)
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
