//! Operators, subscripts, truth, unpacking and iteration.

use super::decide;
use crate::interp::arith::{EXTEND_KINDS, both_floats, both_ints, extended, kinds_of};
use crate::interp::cache;
use crate::interp::registers::Registers;
use crate::layout::{
    NONE, SHAPE_DICT, SHAPE_LIST, SHAPE_LIST_ITER, SHAPE_RANGE_ITER, SHAPE_SET, SHAPE_STR,
    SHAPE_TUPLE, SHAPE_TUPLE_ITER, Word, has_shape, is_bool, is_int,
};
use crate::opcode as op;
use crate::operator::{BinaryOp, Comparison, SUBSCRIPT};
use crate::vm::Vm;

fn is(word: Word, shape: u32) -> bool {
    // SAFETY: a live value on the stack.
    unsafe { has_shape(word, shape) }
}

/// `BINARY_OP`
pub fn binary_op(_: &Vm, registers: &Registers, arg: u8) {
    let (left, right) = (registers.peek(2), registers.peek(1));
    if arg == SUBSCRIPT {
        let form = if is(left, SHAPE_LIST) && is_int(right) {
            Some(op::BINARY_OP_SUBSCR_LIST_INT)
        } else if is(left, SHAPE_TUPLE) && is_int(right) {
            Some(op::BINARY_OP_SUBSCR_TUPLE_INT)
        } else if is(left, SHAPE_STR) && is_int(right) {
            Some(op::BINARY_OP_SUBSCR_STR_INT)
        } else if is(left, SHAPE_DICT) {
            Some(op::BINARY_OP_SUBSCR_DICT)
        } else {
            None
        };
        return decide(registers, form, op::BINARY_OP);
    }
    let plain = BinaryOp::from_number(arg).map(BinaryOp::plain);
    let form = match plain {
        Some(BinaryOp::Add) if both_ints(left, right) => Some(op::BINARY_OP_ADD_INT),
        Some(BinaryOp::Subtract) if both_ints(left, right) => Some(op::BINARY_OP_SUBTRACT_INT),
        Some(BinaryOp::Multiply) if both_ints(left, right) => Some(op::BINARY_OP_MULTIPLY_INT),
        Some(BinaryOp::Add) if both_floats(left, right) => Some(op::BINARY_OP_ADD_FLOAT),
        Some(BinaryOp::Subtract) if both_floats(left, right) => Some(op::BINARY_OP_SUBTRACT_FLOAT),
        Some(BinaryOp::Multiply) if both_floats(left, right) => Some(op::BINARY_OP_MULTIPLY_FLOAT),
        Some(BinaryOp::Add) if is(left, SHAPE_STR) && is(right, SHAPE_STR) => {
            Some(op::BINARY_OP_ADD_UNICODE)
        }
        _ => {
            let kinds =
                kinds_of(left, right).filter(|&kinds| extended(arg, kinds, left, right).is_some());
            kinds.map(|kinds| {
                // SAFETY: `pc` is at the cache of a BINARY_OP.
                unsafe { cache::write_u16(registers.pc, EXTEND_KINDS, kinds) };
                op::BINARY_OP_EXTEND
            })
        }
    };
    decide(registers, form, op::BINARY_OP);
}

/// `COMPARE_OP`
pub fn compare_op(registers: &Registers) {
    let (left, right) = (registers.peek(2), registers.peek(1));
    // SAFETY: the instruction is before its cache.
    let arg = unsafe { (*registers.pc.sub(1)).arg };
    let equality = arg >> 5 == Comparison::Equal as u8 || arg >> 5 == Comparison::NotEqual as u8;
    let form = if both_ints(left, right) {
        Some(op::COMPARE_OP_INT)
    } else if both_floats(left, right) {
        Some(op::COMPARE_OP_FLOAT)
    } else if equality && is(left, SHAPE_STR) && is(right, SHAPE_STR) {
        Some(op::COMPARE_OP_STR)
    } else {
        None
    };
    decide(registers, form, op::COMPARE_OP);
}

/// `CONTAINS_OP`
pub fn contains_op(registers: &Registers) {
    let container = registers.peek(1);
    let form = if is(container, SHAPE_DICT) {
        Some(op::CONTAINS_OP_DICT)
    } else if is(container, SHAPE_SET) {
        Some(op::CONTAINS_OP_SET)
    } else {
        None
    };
    decide(registers, form, op::CONTAINS_OP);
}

/// `TO_BOOL`
pub fn to_bool(vm: &Vm, registers: &Registers) {
    let operand = registers.peek(1);
    let form = if is_bool(operand) {
        Some(op::TO_BOOL_BOOL)
    } else if is_int(operand) {
        Some(op::TO_BOOL_INT)
    } else if operand == NONE {
        Some(op::TO_BOOL_NONE)
    } else if is(operand, SHAPE_LIST) {
        Some(op::TO_BOOL_LIST)
    } else if is(operand, SHAPE_STR) {
        Some(op::TO_BOOL_STR)
    } else {
        let class = vm.class_of(operand);
        let always = crate::layout::is_pointer(operand)
            && class.slots.truthy.is_none()
            && class.slots.len.is_none()
            && class.prefix.version != 0;
        always.then(|| {
            // SAFETY: `pc` is at the cache of a TO_BOOL: counter, then two units.
            unsafe { cache::write_u32(registers.pc, 1, class.prefix.version) };
            op::TO_BOOL_ALWAYS_TRUE
        })
    };
    decide(registers, form, op::TO_BOOL);
}

/// `STORE_SUBSCR`
pub fn store_subscr(registers: &Registers) {
    let (container, key) = (registers.peek(2), registers.peek(1));
    let form = if is(container, SHAPE_LIST) && is_int(key) {
        Some(op::STORE_SUBSCR_LIST_INT)
    } else if is(container, SHAPE_DICT) {
        Some(op::STORE_SUBSCR_DICT)
    } else {
        None
    };
    decide(registers, form, op::STORE_SUBSCR);
}

/// `UNPACK_SEQUENCE`
pub fn unpack_sequence(registers: &Registers, count: usize) {
    let sequence = registers.peek(1);
    let form = if is(sequence, SHAPE_TUPLE) {
        Some(if count == 2 {
            op::UNPACK_SEQUENCE_TWO_TUPLE
        } else {
            op::UNPACK_SEQUENCE_TUPLE
        })
    } else if is(sequence, SHAPE_LIST) {
        Some(op::UNPACK_SEQUENCE_LIST)
    } else {
        None
    };
    decide(registers, form, op::UNPACK_SEQUENCE);
}

/// `FOR_ITER`
pub fn for_iter(registers: &Registers) {
    let iterator = registers.peek(1);
    let form = if is(iterator, SHAPE_RANGE_ITER) {
        Some(op::FOR_ITER_RANGE)
    } else if is(iterator, SHAPE_LIST_ITER) {
        Some(op::FOR_ITER_LIST)
    } else if is(iterator, SHAPE_TUPLE_ITER) {
        Some(op::FOR_ITER_TUPLE)
    } else {
        None
    };
    decide(registers, form, op::FOR_ITER);
}
