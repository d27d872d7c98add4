//! Operators: the fast paths of specialized instructions, and the generic forms.
//!
//! A fast path takes borrowed words and answers `None` when its guard fails or the result does not fit; then the
//! generic form runs.

use crate::error::Outcome;
use crate::interp::cache::{self, count_down};
use crate::interp::registers::Registers;
use crate::interp::special::{self, Use};
use crate::interp::specialize;
use crate::layout::{
    INT_TAG, NONE, SHAPE_STR, Word, fits_int, float_of, has_shape, int_of, is_float, is_int,
    word_of_bool, word_of_float, word_of_int,
};
use crate::objects::string;
use crate::operator::{BinaryOp, Comparison, SUBSCRIPT, UnaryOp};
use crate::types::slices;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// Are both words small integers?
#[inline(always)]
pub fn both_ints(left: Word, right: Word) -> bool {
    ((left ^ INT_TAG) | (right ^ INT_TAG)) >> 48 == 0
}

/// Are both words floats?
#[inline(always)]
pub fn both_floats(left: Word, right: Word) -> bool {
    is_float(left) & is_float(right)
}

#[inline(always)]
fn small(value: i64) -> Option<Word> {
    fits_int(value).then(|| word_of_int(value))
}

/// `left + right`
#[inline(always)]
pub fn add_int(left: Word, right: Word) -> Option<Word> {
    if both_ints(left, right) {
        small(int_of(left) + int_of(right))
    } else {
        None
    }
}

/// `left - right`
#[inline(always)]
pub fn subtract_int(left: Word, right: Word) -> Option<Word> {
    if both_ints(left, right) {
        small(int_of(left) - int_of(right))
    } else {
        None
    }
}

/// `left * right`
#[inline(always)]
pub fn multiply_int(left: Word, right: Word) -> Option<Word> {
    if both_ints(left, right) {
        int_of(left).checked_mul(int_of(right)).and_then(small)
    } else {
        None
    }
}

/// A float operation.
#[inline(always)]
pub fn float_op(left: Word, right: Word, op: impl FnOnce(f64, f64) -> f64) -> Option<Word> {
    both_floats(left, right).then(|| word_of_float(op(float_of(left), float_of(right))))
}

/// What `BINARY_OP_EXTEND` remembers in its cache: the kinds of its operands.
pub mod kinds {
    /// Two small integers.
    pub const INT_INT: u16 = 0;
    /// A float and a small integer.
    pub const FLOAT_INT: u16 = 1;
    /// A small integer and a float.
    pub const INT_FLOAT: u16 = 2;
    /// Two floats.
    pub const FLOAT_FLOAT: u16 = 3;
}

/// The kinds of two numbers, if `BINARY_OP_EXTEND` knows them.
pub fn kinds_of(left: Word, right: Word) -> Option<u16> {
    match (is_int(left), is_float(left), is_int(right), is_float(right)) {
        (true, _, true, _) => Some(kinds::INT_INT),
        (_, true, true, _) => Some(kinds::FLOAT_INT),
        (true, _, _, true) => Some(kinds::INT_FLOAT),
        (_, true, _, true) => Some(kinds::FLOAT_FLOAT),
        _ => None,
    }
}

/// An arithmetic operation on two numbers of the given kinds; `None` if they are not of these kinds, or for what the
/// generic form must do (errors, overflow).
#[inline(always)]
pub fn extended(op: u8, kinds: u16, left: Word, right: Word) -> Option<Word> {
    match kinds {
        kinds::INT_INT if both_ints(left, right) => int_op(op, int_of(left), int_of(right)),
        kinds::FLOAT_INT if is_float(left) && is_int(right) => {
            float_arithmetic(op, float_of(left), int_of(right) as f64)
        }
        kinds::INT_FLOAT if is_int(left) && is_float(right) => {
            float_arithmetic(op, int_of(left) as f64, float_of(right))
        }
        kinds::FLOAT_FLOAT if both_floats(left, right) => {
            float_arithmetic(op, float_of(left), float_of(right))
        }
        _ => None,
    }
}

/// Floor division of small integers; the divisor is not zero.
#[inline(always)]
pub fn floor_div(left: i64, right: i64) -> i64 {
    let quotient = left / right;
    if (left % right != 0) && ((left < 0) != (right < 0)) {
        quotient - 1
    } else {
        quotient
    }
}

/// Remainder with the sign of the divisor, which is not zero.
#[inline(always)]
pub fn floor_mod(left: i64, right: i64) -> i64 {
    let remainder = left % right;
    if remainder != 0 && ((remainder < 0) != (right < 0)) {
        remainder + right
    } else {
        remainder
    }
}

fn int_op(op: u8, left: i64, right: i64) -> Option<Word> {
    use BinaryOp as Op;
    match BinaryOp::from_number(op)?.plain() {
        Op::Add => small(left + right),
        Op::Subtract => small(left - right),
        Op::Multiply => left.checked_mul(right).and_then(small),
        Op::FloorDivide if right != 0 => small(floor_div(left, right)),
        Op::Remainder if right != 0 => small(floor_mod(left, right)),
        Op::TrueDivide if right != 0 => Some(word_of_float(left as f64 / right as f64)),
        Op::And => small(left & right),
        Op::Or => small(left | right),
        Op::Xor => small(left ^ right),
        Op::LeftShift if (0..48).contains(&right) => left.checked_mul(1 << right).and_then(small),
        Op::RightShift if right >= 0 => small(left >> right.min(63)),
        _ => None,
    }
}

fn float_arithmetic(op: u8, left: f64, right: f64) -> Option<Word> {
    use BinaryOp as Op;
    let value = match BinaryOp::from_number(op)?.plain() {
        Op::Add => left + right,
        Op::Subtract => left - right,
        Op::Multiply => left * right,
        Op::TrueDivide if right != 0.0 => left / right,
        Op::Power if left > 0.0 && right.is_finite() => {
            let power = left.powf(right);
            if power.is_infinite() && left.is_finite() {
                return None;
            }
            power
        }
        _ => return None,
    };
    Some(word_of_float(value))
}

/// The registers behind the instruction whose cache of `units` they are at.
fn behind(registers: Registers, units: usize) -> Registers {
    let mut after = registers;
    after.skip(units);
    after
}

/// `BINARY_OP` of any operands: replaces the two topmost words by the result, except that the stack pointer is the
/// caller's to lower; or gives the frame of the special method that goes on.
#[inline(never)]
pub fn binary_op(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a BINARY_OP.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::binary_op(vm, &registers, arg as u8);
    }
    let (left, right) = (registers.peek(2), registers.peek(1));
    if arg as u8 == SUBSCRIPT {
        if let Some(function) = special::method(vm, left, vm.names.__getitem__, 2) {
            let after = behind(registers, 5);
            return special::enter(vm, &after, function, &[left, right], Use::Item).map(Some);
        }
        let result = vm.get_item(left, right)?;
        return finish_binary(registers, left, right, result);
    }
    let op = BinaryOp::from_number(arg as u8).expect("the compiler's operators are known");
    // SAFETY: live values.
    if op.plain() == BinaryOp::Add
        && unsafe { has_shape(left, SHAPE_STR) && has_shape(right, SHAPE_STR) }
    {
        concat_strings(vm, &registers);
        return Ok(None);
    }
    if let Some((function, used)) = special::binary(vm, op, left, right) {
        let arguments = if used == Use::Right {
            [right, left]
        } else {
            [left, right]
        };
        return special::enter(vm, &behind(registers, 5), function, &arguments, used).map(Some);
    }
    let result =
        match kinds_of(left, right).and_then(|kinds| extended(arg as u8, kinds, left, right)) {
            Some(word) => Value::from_owned(word),
            None => vm.binary_op(op, left, right)?,
        };
    finish_binary(registers, left, right, result)
}

fn finish_binary(
    registers: Registers,
    left: Word,
    right: Word,
    result: Value,
) -> Outcome<Option<Registers>> {
    registers.poke(2, result.into_word());
    decref(left);
    decref(right);
    Ok(None)
}

/// `left + right` of two plain strings on the stack. If the left one is the variable that the result is about to be
/// stored in, that reference is dropped first, so that it can grow in place: `s += piece` in a loop is linear.
pub fn concat_strings(vm: &Vm, registers: &Registers) {
    use crate::opcode::{STORE_FAST, STORE_FAST_LOAD_FAST};
    let (left, right) = (registers.peek(2), registers.peek(1));
    // SAFETY: an instruction follows the cache of five units; the local is within the frame.
    unsafe {
        let next = *registers.pc.add(5);
        let target = match next.op {
            STORE_FAST => Some(next.arg as usize),
            STORE_FAST_LOAD_FAST => Some((next.arg >> 4) as usize),
            _ => None,
        };
        if let Some(target) = target
            && *registers.local(target) == left
        {
            *registers.local(target) = crate::layout::EMPTY;
            decref(left);
        }
    }
    registers.poke(2, crate::layout::EMPTY);
    let result = string::concat(vm, Value::from_owned(left), right);
    registers.poke(2, result.into_word());
    decref(right);
}

/// `COMPARE_OP` of any operands; stack as in [`binary_op`]. Bit 4 of the argument asks for a truth value.
#[inline(never)]
pub fn compare_op(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a COMPARE_OP.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::compare_op(&registers);
    }
    let (left, right) = (registers.peek(2), registers.peek(1));
    let op = Comparison::ALL[arg >> 5];
    if let Some(function) = special::compare(vm, op, left, right) {
        let after = behind(registers, 1);
        return special::enter(vm, &after, function, &[left, right], Use::Compare).map(Some);
    }
    let mut result = vm.compare(op, left, right)?;
    if arg & 16 != 0 {
        result = Value::bool(vm.truthy(result.word())?);
    }
    finish_binary(registers, left, right, result)
}

/// A comparison of two small integers.
#[inline(always)]
pub fn compare_ints(arg: usize, left: Word, right: Word) -> Option<Word> {
    both_ints(left, right)
        .then(|| word_of_bool(compare_numbers(arg, &int_of(left), &int_of(right))))
}

/// A comparison of two floats.
#[inline(always)]
pub fn compare_floats(arg: usize, left: Word, right: Word) -> Option<Word> {
    both_floats(left, right)
        .then(|| word_of_bool(compare_numbers(arg, &float_of(left), &float_of(right))))
}

#[inline(always)]
fn compare_numbers<T: PartialOrd>(arg: usize, left: &T, right: &T) -> bool {
    match arg >> 5 {
        0 => left < right,
        1 => left <= right,
        2 => left == right,
        3 => left != right,
        4 => left > right,
        _ => left >= right,
    }
}

/// `==` or `!=` of two plain strings; `None` if they are none.
#[inline(always)]
pub fn compare_strings(arg: usize, left: Word, right: Word) -> Option<Word> {
    // SAFETY: live values.
    let strings = unsafe { has_shape(left, SHAPE_STR) && has_shape(right, SHAPE_STR) };
    strings.then(|| {
        word_of_bool(string::equal(left, right) == (arg >> 5 == Comparison::Equal as usize))
    })
}

/// `CONTAINS_OP`; stack as in [`binary_op`].
#[inline(never)]
pub fn contains_op(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a CONTAINS_OP.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::contains_op(&registers);
    }
    let (item, container) = (registers.peek(2), registers.peek(1));
    if let Some(function) = special::method(vm, container, vm.names.__contains__, 2) {
        let after = behind(registers, 1);
        return special::enter(vm, &after, function, &[container, item], Use::Contains).map(Some);
    }
    let found = vm.contains(container, item)?;
    finish_binary(
        registers,
        item,
        container,
        Value::bool(found != (arg & 1 != 0)),
    )
}

/// `TO_BOOL` of any operand, in place.
#[inline(never)]
pub fn to_bool(vm: &mut Vm, registers: Registers) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a TO_BOOL.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::to_bool(vm, &registers);
    }
    let operand = registers.peek(1);
    if let Some((function, used)) = special::truth(vm, operand) {
        return special::enter(vm, &behind(registers, 3), function, &[operand], used).map(Some);
    }
    let truth = vm.truthy(operand)?;
    registers.poke(1, word_of_bool(truth));
    decref(operand);
    Ok(None)
}

/// A unary operator, in place.
#[inline(never)]
pub fn unary(vm: &mut Vm, registers: Registers, op: UnaryOp) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    let operand = registers.peek(1);
    if op == UnaryOp::Negative
        && let Some(function) = special::method(vm, operand, vm.names.__neg__, 1)
    {
        return special::enter(vm, &registers, function, &[operand], Use::Negative).map(Some);
    }
    let result = vm.unary_op(op, operand)?;
    registers.poke(1, result.into_word());
    decref(operand);
    Ok(None)
}

/// `STORE_SUBSCR`: value, container, key on the stack; the caller pops all three.
#[inline(never)]
pub fn store_subscr(vm: &mut Vm, registers: Registers) -> Outcome<Option<Registers>> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a STORE_SUBSCR.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::store_subscr(&registers);
    }
    let (value, container, key) = (registers.peek(3), registers.peek(2), registers.peek(1));
    if let Some(function) = special::method(vm, container, vm.names.__setitem__, 3) {
        let after = behind(registers, 1);
        let arguments = [container, key, value];
        return special::enter(vm, &after, function, &arguments, Use::SetItem).map(Some);
    }
    vm.set_item(container, key, value)?;
    [value, container, key].into_iter().for_each(decref);
    Ok(None)
}

/// `DELETE_SUBSCR`: container and key on the stack; the caller pops both.
#[inline(never)]
pub fn delete_subscr(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    registers.publish(vm);
    let (container, key) = (registers.peek(2), registers.peek(1));
    vm.del_item(container, key)?;
    decref(container);
    decref(key);
    Ok(())
}

/// `BINARY_SLICE`: container, start, stop; the result replaces the container, the caller pops two.
#[inline(never)]
pub fn binary_slice(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    registers.publish(vm);
    let (container, start, stop) = (registers.peek(3), registers.peek(2), registers.peek(1));
    let result = match slices::get(vm, container, start, stop, NONE) {
        Some(result) => result,
        None => {
            let slice = vm.new_slice(Value::borrowed(start), Value::borrowed(stop), Value::NONE);
            vm.get_item(container, slice.word())?
        }
    };
    registers.poke(3, result.into_word());
    [container, start, stop].into_iter().for_each(decref);
    Ok(())
}

/// `STORE_SLICE`: value, container, start, stop; the caller pops all four.
#[inline(never)]
pub fn store_slice(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    registers.publish(vm);
    let (container, start, stop) = (registers.peek(3), registers.peek(2), registers.peek(1));
    if !slices::set(container, start, stop, registers.peek(4)) {
        let slice = vm.new_slice(Value::borrowed(start), Value::borrowed(stop), Value::NONE);
        vm.set_item(container, slice.word(), registers.peek(4))?;
    }
    (1..=4).for_each(|depth| decref(registers.peek(depth)));
    Ok(())
}

/// Cache unit of `BINARY_OP_EXTEND` that holds the kinds of its operands.
pub const EXTEND_KINDS: usize = 1;

/// The kinds that a `BINARY_OP_EXTEND` was specialized for.
///
/// # Safety
/// `pc` is at the cache of a `BINARY_OP`.
#[inline(always)]
pub unsafe fn cached_kinds(pc: *const crate::objects::code::CodeUnit) -> u16 {
    // SAFETY: by contract.
    unsafe { cache::read_u16(pc, EXTEND_KINDS) }
}
