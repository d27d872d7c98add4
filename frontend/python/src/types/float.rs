//! `float`: operators, rounding, methods, construction.

use super::convert::{call_special, has_index, lift, to_index};
use super::fault::Fault;
use super::{bigint, declined, float_text, format, int};
use crate::class::Class;
use crate::error::{Outcome, Raised};
use crate::layout::{self, Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::bigint::{Int, as_int};
use crate::objects::exception;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::BigInt;
use num_integer::Integer;
use std::cmp::Ordering;

/// An instance of a class derived from `float`. (Plain floats are immediates.)
#[repr(C)]
pub struct FloatObject {
    /// Shape [`layout::SHAPE_OTHER`].
    pub header: Header,
    /// Its value.
    pub value: f64,
}

impl Object for FloatObject {
    unsafe fn drop_contents(&mut self) {}
}

/// The value of an instance of a class derived from `float`.
pub fn subclass_value(word: Word) -> Option<f64> {
    // SAFETY: a live object.
    cast::<FloatObject>(word).map(|object| unsafe { (*object).value })
}

/// The float in `word`, subclasses included; `None` if it is none.
#[inline]
pub fn as_float(word: Word) -> Option<f64> {
    if layout::is_float(word) {
        Some(layout::float_of(word))
    } else {
        subclass_value(word)
    }
}

/// The methods of `float`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("is_integer", Arity::None, |_, args| {
        let value = receiver(args);
        Ok(Value::bool(value.is_finite() && value.fract() == 0.0))
    }),
    NativeDef::method("as_integer_ratio", Arity::None, as_integer_ratio),
    NativeDef::method("hex", Arity::None, |vm, args| {
        Ok(vm.new_str(&float_text::to_hex(receiver(args))))
    }),
    NativeDef::class_method("fromhex", Arity::One, from_hex),
    NativeDef::method("conjugate", Arity::None, |_, args| {
        Ok(Value::float(receiver(args)))
    }),
    NativeDef::method("__float__", Arity::None, |_, args| {
        Ok(Value::float(receiver(args)))
    }),
    NativeDef::method("__int__", Arity::None, |vm, args| {
        int::truncate(vm, receiver(args))
    }),
    NativeDef::method("__trunc__", Arity::None, |vm, args| {
        int::truncate(vm, receiver(args))
    }),
    NativeDef::method("__floor__", Arity::None, |vm, args| {
        int::truncate(vm, receiver(args).floor())
    }),
    NativeDef::method("__ceil__", Arity::None, |vm, args| {
        int::truncate(vm, receiver(args).ceil())
    }),
    NativeDef::method("__round__", Arity::Between(0, 1), round),
    NativeDef::method("__format__", Arity::One, format_method),
    NativeDef::method("__divmod__", Arity::One, |vm, args| {
        div_mod(vm, args.values[0], args.values[1])
    }),
    NativeDef::method("__rdivmod__", Arity::One, |vm, args| {
        div_mod(vm, args.values[1], args.values[0])
    }),
];

fn receiver(args: Args) -> f64 {
    as_float(args.values[0]).expect("methods of float are called on floats")
}

fn as_integer_ratio(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let value = receiver(args);
    if value.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = bigint::mantissa_exponent(value);
    let mut numerator = BigInt::from(mantissa);
    let mut denominator = BigInt::from(1);
    if mantissa != 0 {
        let even = mantissa
            .trailing_zeros()
            .min(exponent.min(0).unsigned_abs() as u32);
        numerator >>= even;
        let exponent = exponent + i64::from(even);
        if exponent >= 0 {
            numerator <<= exponent.unsigned_abs();
        } else {
            denominator <<= exponent.unsigned_abs();
        }
    }
    if value < 0.0 {
        numerator = -numerator;
    }
    let pair = vec![vm.new_bigint(numerator), vm.new_bigint(denominator)];
    Ok(vm.new_tuple(pair))
}

fn from_hex(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(text) = as_str(args.values[1]) else {
        let name = vm.class_name(args.values[1]);
        return Err(vm.type_error(format!("fromhex() argument must be str, not {name}")));
    };
    match float_text::from_hex(text) {
        None => Err(vm.value_error("invalid hexadecimal floating-point string")),
        Some(value) if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") => {
            Err(vm.overflow_error("hexadecimal value too large to represent as a float"))
        }
        Some(value) => Ok(Value::float(value)),
    }
}

fn round(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let value = receiver(args);
    let Some(digits) = args.get(1).filter(|&word| word != layout::NONE) else {
        return int::truncate(vm, value.round_ties_even());
    };
    let digits = to_index(vm, digits)?;
    let digits = match as_int(digits.word()) {
        Some(Int::Small(digits)) => digits.clamp(-400, 400),
        _ => 400,
    };
    match round_to(value, digits) {
        Some(value) => Ok(Value::float(value)),
        None => Err(vm.overflow_error("rounded value too large to represent")),
    }
}

/// `value` rounded to `digits` decimals, half to even by its exact value; `None` on overflow.
fn round_to(value: f64, digits: i64) -> Option<f64> {
    if !value.is_finite() || digits > 323 {
        return Some(value);
    }
    if digits >= 0 {
        return float_text::fixed(value, digits as usize, float_text::Case::Lower, false)
            .parse()
            .ok();
    }
    if digits < -308 {
        return Some(0.0f64.copysign(value));
    }
    let unit = BigInt::from(10).pow(digits.unsigned_abs() as u32);
    let (quotient, remainder) = bigint::from_f64(value.abs()).div_rem(&unit);
    let exact = value.fract() == 0.0;
    let up = match (remainder * 2u32).cmp(&unit) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => !exact || quotient.is_odd(),
    };
    let quotient = if up { quotient + 1u32 } else { quotient };
    bigint::to_f64(&(quotient * unit)).map(|rounded| rounded.copysign(value))
}

fn format_method(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(spec) = as_str(args.values[1]) else {
        let name = vm.class_name(args.values[1]);
        return Err(vm.type_error(format!("__format__() argument must be str, not {name}")));
    };
    let text = lift(vm, format::format_float(receiver(args), spec))?;
    Ok(vm.new_str(&text))
}

/// Slot `repr`.
///
/// # Errors
/// None.
pub fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    Ok(vm.new_str(&float_text::repr(as_float(word).unwrap_or(f64::NAN))))
}

/// Slot `hash`.
///
/// # Errors
/// None.
pub fn hash(_: &mut Vm, word: Word) -> Outcome<u64> {
    // NaNs are immediates and have no identity; that they all hash alike is as good.
    Ok(as_float(word).and_then(bigint::hash_f64).unwrap_or(0) as u64)
}

/// Slot `truthy`.
///
/// # Errors
/// None.
pub fn truthy(_: &mut Vm, word: Word) -> Outcome<bool> {
    Ok(as_float(word) != Some(0.0))
}

/// Slot `compare`: exact, also with integers.
///
/// # Errors
/// None.
pub fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if let (Some(left), Some(right)) = (as_float(left), as_float(right)) {
        return Ok(Value::bool(op.apply(&left, &right)));
    }
    let ordering = match (as_float(left), as_float(right), as_int(left), as_int(right)) {
        (Some(float), None, None, Some(int)) => compare_int(&int, float).map(Ordering::reverse),
        (None, Some(float), Some(int), None) => compare_int(&int, float),
        _ => return declined(vm),
    };
    Ok(Value::bool(match ordering {
        Some(ordering) => op.of(ordering),
        None => op == Comparison::NotEqual,
    }))
}

fn compare_int(int: &Int, float: f64) -> Option<Ordering> {
    match int {
        Int::Small(value) => bigint::compare_i64_f64(*value, float),
        Int::Big(value) => bigint::compare_f64(value, float),
    }
}

/// Slot `unary`.
///
/// # Errors
/// None.
pub fn unary(vm: &mut Vm, op: UnaryOp, word: Word) -> Outcome<Value> {
    let Some(value) = as_float(word) else {
        return declined(vm);
    };
    Ok(Value::float(match op {
        UnaryOp::Negative => -value,
        UnaryOp::Positive => value,
        UnaryOp::Absolute => value.abs(),
        UnaryOp::Invert => return declined(vm),
    }))
}

/// Both operands as floats; `None` if one is no number.
fn operands(vm: &mut Vm, left: Word, right: Word) -> Outcome<Option<(f64, f64)>> {
    let mut operand = |word: Word| -> Outcome<Option<f64>> {
        match as_float(word) {
            Some(value) => Ok(Some(value)),
            None => super::convert::int_to_f64(vm, word),
        }
    };
    let Some(left) = operand(left)? else {
        return Ok(None);
    };
    Ok(operand(right)?.map(|right| (left, right)))
}

/// Slot `binary`.
///
/// # Errors
/// Division by zero, powers out of range.
pub fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    let Some((a, b)) = operands(vm, left, right)? else {
        return declined(vm);
    };
    let value = match op.plain() {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::TrueDivide => match b {
            0.0 => return Err(zero_division(vm, "float division by zero")),
            _ => a / b,
        },
        BinaryOp::FloorDivide => match b {
            0.0 => return Err(zero_division(vm, "float floor division by zero")),
            _ => floor_div_mod(a, b).0,
        },
        BinaryOp::Remainder => match b {
            0.0 => return Err(zero_division(vm, "float modulo")),
            _ => floor_div_mod(a, b).1,
        },
        BinaryOp::Power => return power(vm, a, b).map(Value::float),
        _ => return declined(vm),
    };
    Ok(Value::float(layout::canonical(value)))
}

#[cold]
fn zero_division(vm: &mut Vm, message: &str) -> Raised {
    vm.raise(vm.types.ZeroDivisionError, message)
}

/// `divmod(left, right)`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn div_mod(vm: &mut Vm, left: Word, right: Word) -> Outcome<Value> {
    let Some((a, b)) = operands(vm, left, right)? else {
        return declined(vm);
    };
    if b == 0.0 {
        return Err(zero_division(vm, "float divmod()"));
    }
    let (quotient, remainder) = floor_div_mod(a, b);
    Ok(vm.new_tuple(vec![
        Value::float(layout::canonical(quotient)),
        Value::float(layout::canonical(remainder)),
    ]))
}

/// Floor quotient and remainder with the sign of the divisor, which is not zero.
pub fn floor_div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    // Exact but for rounding of the quotient itself.
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0f64.copysign(a / b), remainder);
    }
    let floor = quotient.floor();
    (
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        },
        remainder,
    )
}

/// What [`try_power`] cannot give.
enum PowerFault {
    ZeroBase,
    Complex,
    Range,
}

fn try_power(base: f64, exponent: f64) -> Result<f64, PowerFault> {
    if base == 0.0 && exponent < 0.0 {
        return Err(PowerFault::ZeroBase);
    }
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.fract() != 0.0 {
        return Err(PowerFault::Complex);
    }
    let result = base.powf(exponent);
    if result.is_infinite() && base.is_finite() && exponent.is_finite() {
        return Err(PowerFault::Range);
    }
    Ok(result)
}

/// `base ** exponent`.
///
/// # Errors
/// `ZeroDivisionError` for a negative power of zero, `OverflowError` beyond the range of floats, and
/// `NotImplementedError` where the result is complex.
pub fn power(vm: &mut Vm, base: f64, exponent: f64) -> Outcome<f64> {
    match try_power(base, exponent) {
        Ok(value) => Ok(layout::canonical(value)),
        Err(PowerFault::ZeroBase) => Err(zero_division(
            vm,
            "0.0 cannot be raised to a negative power",
        )),
        Err(PowerFault::Complex) => Err(vm.not_implemented("complex numbers")),
        Err(PowerFault::Range) => {
            let args = vec![
                Value::small_int(34),
                vm.new_str("Numerical result out of range"),
            ];
            let error = exception::new(vm, vm.types.OverflowError, args);
            Err(vm.raise_object(error))
        }
    }
}

/// `base ** exponent` of integers, the exponent negative.
///
/// # Errors
/// `ZeroDivisionError` for a base of zero, `OverflowError` for integers beyond the range of floats.
pub fn power_of_ints(base: &BigInt, exponent: &BigInt) -> Result<f64, Fault> {
    let too_large = || Fault::overflow("int too large to convert to float");
    let base = bigint::to_f64(base).ok_or_else(too_large)?;
    let exponent = bigint::to_f64(exponent).ok_or_else(too_large)?;
    try_power(base, exponent)
        .map_err(|_| Fault::zero_division("0.0 cannot be raised to a negative power"))
}

/// Slot `new`.
///
/// # Errors
/// `TypeError` and `ValueError` for what is no float.
pub fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    if !args.names.is_empty() {
        return Err(vm.type_error("float() takes no keyword arguments"));
    }
    let value = match args.values {
        [] => 0.0,
        [word] => from_object(vm, *word)?,
        values => {
            let given = values.len();
            return Err(vm.type_error(format!("float expected at most 1 argument, got {given}")));
        }
    };
    if class == vm.types.float {
        return Ok(Value::float(value));
    }
    Ok(allocate(class, |header| FloatObject { header, value }))
}

fn from_object(vm: &mut Vm, word: Word) -> Outcome<f64> {
    if let Some(text) = as_str(word) {
        return match float_text::parse(text) {
            Some(value) => Ok(value),
            None => {
                let quoted = super::text::repr(text);
                Err(vm.value_error(format!("could not convert string to float: {quoted}")))
            }
        };
    }
    if as_float(word).is_some() || has_index(vm, word) || has_special_float(vm, word) {
        return super::convert::to_f64(vm, word);
    }
    let name = vm.class_name(word);
    Err(vm.type_error(format!(
        "float() argument must be a string or a real number, not '{name}'"
    )))
}

fn has_special_float(vm: &mut Vm, word: Word) -> bool {
    let name = vm.intern("__float__");
    vm.class_of(word).lookup(name).is_some()
}

/// `math.floor` and `math.ceil` of anything: the special method, or the rounded float.
///
/// # Errors
/// `TypeError` if `word` is no number.
pub fn round_special(
    vm: &mut Vm,
    word: Word,
    name: &str,
    rounded: fn(f64) -> f64,
) -> Outcome<Value> {
    if let Some(value) = as_float(word) {
        return int::truncate(vm, rounded(value));
    }
    if let Some(result) = call_special(vm, word, name, &[]) {
        return result;
    }
    let value = super::convert::to_f64(vm, word)?;
    int::truncate(vm, rounded(value))
}
