//! `int` and `bool`: operators, methods, construction.
//!
//! Operators take machine integers as far as they go and fall back on [`super::bigint`].

use super::convert::{call_special, has_index, lift, to_index};
use super::fault::Fault;
use super::{bigint, declined, float, format, quick_format};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::object::allocate;
use crate::objects::bigint::{BigIntObject, Int, as_int};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The methods of `int`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("bit_length", Arity::None, |vm, args| {
        let bits = match receiver(args) {
            Int::Small(value) => u64::from(64 - value.unsigned_abs().leading_zeros()),
            Int::Big(value) => value.bits(),
        };
        Ok(vm.new_uint(bits))
    }),
    NativeDef::method("bit_count", Arity::None, |vm, args| {
        let ones = match receiver(args) {
            Int::Small(value) => u64::from(value.unsigned_abs().count_ones()),
            Int::Big(value) => value
                .iter_u64_digits()
                .map(|digit| u64::from(digit.count_ones()))
                .sum(),
        };
        Ok(vm.new_uint(ones))
    }),
    NativeDef::method("conjugate", Arity::None, plain),
    NativeDef::method("__int__", Arity::None, plain),
    NativeDef::method("__index__", Arity::None, plain),
    NativeDef::method("__trunc__", Arity::None, plain),
    NativeDef::method("__floor__", Arity::None, plain),
    NativeDef::method("__ceil__", Arity::None, plain),
    NativeDef::method("__float__", Arity::None, |vm, args| {
        super::convert::to_f64(vm, args.values[0]).map(Value::float)
    }),
    NativeDef::method("__round__", Arity::Between(0, 1), round),
    NativeDef::method("__format__", Arity::One, format_method),
    NativeDef::method("__divmod__", Arity::One, |vm, args| {
        div_mod(vm, args.values[0], args.values[1])
    }),
    NativeDef::method("__rdivmod__", Arity::One, |vm, args| {
        div_mod(vm, args.values[1], args.values[0])
    }),
    NativeDef::method("as_integer_ratio", Arity::None, |vm, args| {
        let numerator = plain(vm, args)?;
        Ok(vm.new_tuple(vec![numerator, Value::small_int(1)]))
    }),
    NativeDef::method("to_bytes", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("bytes"))
    }),
    NativeDef::class_method("from_bytes", Arity::Keywords, from_bytes),
];

fn receiver<'a>(args: Args<'_>) -> Int<'a> {
    int_of(args.values[0])
}

/// The integer in a word that is one.
fn int_of<'a>(word: Word) -> Int<'a> {
    as_int(word).expect("methods of int are called on integers")
}

/// The integer itself, as a plain `int` (not `bool`, not a subclass).
fn plain(vm: &mut Vm, args: Args) -> Outcome<Value> {
    Ok(plain_int(vm, args.values[0]))
}

/// The integer `word` as a plain `int`.
pub fn plain_int(vm: &Vm, word: Word) -> Value {
    match int_of(word) {
        Int::Small(value) => vm.new_int(value),
        Int::Big(_) if vm.class_of(word).word() == vm.types.int as Word => Value::borrowed(word),
        Int::Big(value) => vm.new_bigint(value.clone()),
    }
}

fn round(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(digits) = args.get(1) else {
        return plain(vm, args);
    };
    let digits = to_index(vm, digits)?;
    let digits = as_int(digits.word())
        .and_then(|digits| digits.to_i64())
        .unwrap_or(i64::MIN);
    if digits >= 0 {
        return plain(vm, args);
    }
    let value = receiver(args).to_bigint();
    if digits.unsigned_abs() > value.bits() / 3 + 2 {
        return Ok(Value::small_int(0));
    }
    let unit = BigInt::from(10).pow(digits.unsigned_abs() as u32);
    let (quotient, remainder) = value.div_mod_floor(&unit);
    let twice = remainder * 2u32;
    let up = twice > unit || (twice == unit && quotient.is_odd());
    let quotient = if up { quotient + 1u32 } else { quotient };
    Ok(vm.new_bigint(quotient * unit))
}

fn format_method(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(spec) = as_str(args.values[1]) else {
        let name = vm.class_name(args.values[1]);
        return Err(vm.type_error(format!("__format__() argument must be str, not {name}")));
    };
    let text = format_int(vm, args.values[0], spec)?;
    Ok(vm.new_str(&text))
}

/// `format(word, spec)` of an integer.
///
/// # Errors
/// `ValueError` or `OverflowError` where they don't go together.
pub fn format_int(vm: &mut Vm, word: Word, spec: &str) -> Outcome<String> {
    if spec.is_empty() {
        return text(vm, word);
    }
    let name = if layout::is_bool(word) { "bool" } else { "int" };
    let value = int_of(word).to_bigint();
    lift(vm, format::format_int(&value, spec, name))
}

/// `str(word)` of an integer; `True` and `False` for bools.
///
/// # Errors
/// `ValueError` beyond 4300 digits.
pub fn text(vm: &mut Vm, word: Word) -> Outcome<String> {
    if layout::is_bool(word) {
        return Ok(if word == layout::TRUE {
            "True"
        } else {
            "False"
        }
        .to_owned());
    }
    match int_of(word) {
        Int::Small(value) => Ok(value.to_string()),
        Int::Big(value) => lift(vm, bigint::to_decimal(value)),
    }
}

/// `repr(word)`.
///
/// # Errors
/// As [`text`].
pub fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if layout::is_int(word) {
        let digits = quick_format::integer(layout::int_of(word));
        return Ok(vm.new_ascii(digits.text()));
    }
    let text = text(vm, word)?;
    Ok(vm.new_str(&text))
}

/// Slot `hash`.
///
/// # Errors
/// None.
pub fn hash(_: &mut Vm, word: Word) -> Outcome<u64> {
    Ok(match int_of(word) {
        Int::Small(value) => bigint::hash_i64(value),
        Int::Big(value) => bigint::hash_big(value),
    } as u64)
}

/// Slot `truthy`.
///
/// # Errors
/// None.
pub fn truthy(_: &mut Vm, word: Word) -> Outcome<bool> {
    Ok(match int_of(word) {
        Int::Small(value) => value != 0,
        Int::Big(value) => !value.is_zero(),
    })
}

/// Slot `compare`.
///
/// # Errors
/// None.
pub fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let (Some(left), Some(right)) = (as_int(left), as_int(right)) else {
        return declined(vm);
    };
    Ok(Value::bool(match (left, right) {
        (Int::Small(left), Int::Small(right)) => op.apply(&left, &right),
        (left, right) => op.apply(&left.to_bigint(), &right.to_bigint()),
    }))
}

/// Slot `unary`.
///
/// # Errors
/// None.
pub fn unary(vm: &mut Vm, op: UnaryOp, word: Word) -> Outcome<Value> {
    Ok(match (int_of(word), op) {
        (Int::Small(value), UnaryOp::Negative) => vm.new_int(-value),
        (Int::Small(value), UnaryOp::Invert) => vm.new_int(!value),
        (Int::Small(value), UnaryOp::Absolute) => vm.new_int(value.abs()),
        (Int::Small(value), UnaryOp::Positive) => vm.new_int(value),
        (Int::Big(value), UnaryOp::Negative) => vm.new_bigint(-value),
        (Int::Big(value), UnaryOp::Invert) => vm.new_bigint(-value - 1),
        (Int::Big(value), UnaryOp::Absolute) => vm.new_bigint(value.abs()),
        (Int::Big(_), UnaryOp::Positive) => plain_int(vm, word),
    })
}

/// Slot `binary`.
///
/// # Errors
/// Division by zero, negative shifts, results beyond all bounds.
pub fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    let (Some(a), Some(b)) = (as_int(left), as_int(right)) else {
        return declined(vm);
    };
    if let (Int::Small(a), Int::Small(b)) = (&a, &b)
        && let Some(value) = small_binary(vm, op.plain(), *a, *b)
    {
        return Ok(value);
    }
    let outcome = big_binary(vm, op.plain(), &a.to_bigint(), &b.to_bigint());
    match outcome {
        Ok(Some(value)) => Ok(value),
        Ok(None) => declined(vm),
        Err(fault) => Err(super::convert::raise_fault(vm, &fault)),
    }
}

/// Operations on integers of at most 48 bits that need no care; `None` sends the others to [`big_binary`].
#[inline]
fn small_binary(vm: &Vm, op: BinaryOp, a: i64, b: i64) -> Option<Value> {
    let value = match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Subtract => a.checked_sub(b)?,
        BinaryOp::Multiply => a.checked_mul(b)?,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::FloorDivide if b != 0 => Integer::div_floor(&a, &b),
        BinaryOp::Remainder if b != 0 => Integer::mod_floor(&a, &b),
        BinaryOp::TrueDivide if b != 0 => return Some(Value::float(a as f64 / b as f64)),
        BinaryOp::RightShift if b >= 0 => a >> b.min(63),
        BinaryOp::LeftShift if (0..63).contains(&b) => {
            let shifted = a << b;
            if shifted >> b != a {
                return None;
            }
            shifted
        }
        BinaryOp::Power if (0..64).contains(&b) => a.checked_pow(b as u32)?,
        _ => return None,
    };
    Some(vm.new_int(value))
}

/// Any operation on integers of any size; `None` where integers have none.
fn big_binary(vm: &Vm, op: BinaryOp, a: &BigInt, b: &BigInt) -> Result<Option<Value>, Fault> {
    let zero_division = |message: &'static str| Fault::zero_division(message);
    let value = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::FloorDivide => {
            bigint::floor_div_mod(a, b)
                .ok_or_else(|| zero_division("integer division or modulo by zero"))?
                .0
        }
        BinaryOp::Remainder => {
            bigint::floor_div_mod(a, b)
                .ok_or_else(|| zero_division("integer modulo by zero"))?
                .1
        }
        BinaryOp::TrueDivide => {
            if b.is_zero() {
                return Err(zero_division("division by zero"));
            }
            let quotient = bigint::true_div(a, b);
            let too_large = || Fault::overflow("integer division result too large for a float");
            return quotient
                .map(|quotient| Some(Value::float(quotient)))
                .ok_or_else(too_large);
        }
        BinaryOp::LeftShift | BinaryOp::RightShift => {
            if b.is_negative() {
                return Err(Fault::value("negative shift count"));
            }
            let bits = b.to_u64().unwrap_or(u64::MAX);
            if op == BinaryOp::LeftShift {
                bigint::shift_left(a, bits)?
            } else {
                bigint::shift_right(a, bits)
            }
        }
        BinaryOp::Power => {
            if b.is_negative() {
                return float::power_of_ints(a, b).map(|value| Some(Value::float(value)));
            }
            let exponent = b.to_u64().unwrap_or(u64::MAX);
            // Beyond 64 bits only the parity of the exponent can matter: for bases 0, 1 and -1.
            bigint::pow(a, if b.is_even() { exponent & !1 } else { exponent })?
        }
        _ => return Ok(None),
    };
    Ok(Some(vm.new_bigint(value)))
}

/// Slot `binary` of `bool`: `&`, `|` and `^` of two bools are bools.
///
/// # Errors
/// As [`binary`].
pub fn bool_binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    if layout::is_bool(left) && layout::is_bool(right) {
        let (a, b) = (left == layout::TRUE, right == layout::TRUE);
        match op.plain() {
            BinaryOp::And => return Ok(Value::bool(a & b)),
            BinaryOp::Or => return Ok(Value::bool(a | b)),
            BinaryOp::Xor => return Ok(Value::bool(a ^ b)),
            _ => {}
        }
    }
    binary(vm, op, left, right)
}

/// `divmod(left, right)` of integers.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn div_mod(vm: &mut Vm, left: Word, right: Word) -> Outcome<Value> {
    let (Some(a), Some(b)) = (as_int(left), as_int(right)) else {
        return declined(vm);
    };
    let pair = match (&a, &b) {
        (Int::Small(a), Int::Small(b)) if *b != 0 => {
            let (quotient, remainder) = a.div_mod_floor(b);
            vec![vm.new_int(quotient), vm.new_int(remainder)]
        }
        _ => {
            let Some((quotient, remainder)) = bigint::floor_div_mod(&a.to_bigint(), &b.to_bigint())
            else {
                return Err(vm.raise(
                    vm.types.ZeroDivisionError,
                    "integer division or modulo by zero",
                ));
            };
            vec![vm.new_bigint(quotient), vm.new_bigint(remainder)]
        }
    };
    Ok(vm.new_tuple(pair))
}

/// `pow(base, exponent, modulus)` of integers.
///
/// # Errors
/// As [`bigint::mod_pow`].
pub fn mod_pow(vm: &mut Vm, base: Word, exponent: Word, modulus: Word) -> Outcome<Value> {
    let value = bigint::mod_pow(
        &int_of(base).to_bigint(),
        &int_of(exponent).to_bigint(),
        &int_of(modulus).to_bigint(),
    );
    let value = lift(vm, value)?;
    Ok(vm.new_bigint(value))
}

/// Slot `new` of `int`.
///
/// # Errors
/// `TypeError` and `ValueError` for what is no integer.
pub fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let value = convert_args(vm, args)?;
    if class == vm.types.int {
        return Ok(plain_int(vm, value.word()));
    }
    let value = int_of(value.word()).to_bigint();
    Ok(allocate(class, |header| BigIntObject { header, value }))
}

fn convert_args(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let given = args.values.len();
    if given > 2 {
        return Err(vm.type_error(format!("int() takes at most 2 arguments ({given} given)")));
    }
    if let Some((name, _)) = args.keywords().find(|(name, _)| *name != "base") {
        return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for int()")));
    }
    let base = args.get(1).or_else(|| args.keyword("base"));
    match (args.get(0), base) {
        (None, None) => Ok(Value::small_int(0)),
        (None, Some(_)) => Err(vm.type_error("int() missing string argument")),
        (Some(word), None) => from_object(vm, word),
        (Some(word), Some(base)) => {
            let base = to_index(vm, base)?;
            let base = as_int(base.word())
                .and_then(|base| base.to_i64())
                .unwrap_or(-1);
            if base != 0 && !(2..=36).contains(&base) {
                return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            match as_str(word) {
                Some(text) => parse(vm, text, base as u32),
                None => Err(vm.type_error("int() can't convert non-string with explicit base")),
            }
        }
    }
}

fn parse(vm: &mut Vm, text: &str, base: u32) -> Outcome<Value> {
    if base == 10
        && text.len() <= 18
        && !text.starts_with('+')
        && let Ok(value) = text.parse::<i64>()
    {
        return Ok(vm.new_int(value));
    }
    match lift(vm, bigint::parse(text, base))? {
        Some(value) => Ok(vm.new_bigint(value)),
        None => {
            let quoted = super::text::repr(text);
            Err(vm.value_error(format!(
                "invalid literal for int() with base {base}: {quoted}"
            )))
        }
    }
}

/// `int(word)`.
fn from_object(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if let Some(text) = as_str(word) {
        return parse(vm, text, 10);
    }
    if let Some(value) = float::as_float(word) {
        return truncate(vm, value);
    }
    if layout::is_int(word) || layout::is_bool(word) {
        return Ok(plain_int(vm, word));
    }
    for name in ["__int__", "__index__", "__trunc__"] {
        let Some(result) = call_special(vm, word, name, &[]) else {
            continue;
        };
        let result = result?;
        if as_int(result.word()).is_some() {
            return Ok(result);
        }
        if name == "__trunc__" && has_index(vm, result.word()) {
            return to_index(vm, result.word());
        }
        let class = vm.class_name(result.word());
        return Err(vm.type_error(format!("{name} returned non-int (type {class})")));
    }
    let name = vm.class_name(word);
    Err(vm.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
    )))
}

/// The integer part of a float.
///
/// # Errors
/// `ValueError` for NaN, `OverflowError` for infinities.
pub fn truncate(vm: &mut Vm, value: f64) -> Outcome<Value> {
    if value.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert float infinity to integer"));
    }
    if value.abs() < 1e18 {
        return Ok(vm.new_int(value as i64));
    }
    Ok(vm.new_bigint(bigint::from_f64(value)))
}

fn from_bytes(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [bytes, order, signed] =
        args.rest()
            .bind(vm, "from_bytes", ["bytes", "byteorder", "signed"], 0)?;
    let Some(bytes) = bytes else {
        return Err(vm.type_error("from_bytes() missing required argument 'bytes' (pos 1)"));
    };
    let order = order.and_then(as_str).unwrap_or("big");
    let mut digits = Vec::new();
    for item in super::iterate::collect(vm, bytes)? {
        let byte = super::convert::to_i64(vm, item.word())?;
        let Ok(byte) = u8::try_from(byte) else {
            return Err(vm.value_error("bytes must be in range(0, 256)"));
        };
        digits.push(byte);
    }
    match order {
        "big" => digits.reverse(),
        "little" => {}
        _ => return Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
    let signed = match signed {
        Some(signed) => vm.truthy(signed)?,
        None => false,
    };
    let mut value = BigInt::from_bytes_le(Sign::Plus, &digits);
    if signed && digits.last().is_some_and(|&top| top >= 0x80) {
        value -= BigInt::one() << (8 * digits.len());
    }
    Ok(vm.new_bigint(value))
}

/// Slot `new` of `bool`.
///
/// # Errors
/// What asking for the truth value raises.
pub fn bool_new(vm: &mut Vm, _: *mut Class, args: Args) -> Outcome<Value> {
    if !args.names.is_empty() {
        return Err(vm.type_error("bool() takes no keyword arguments"));
    }
    match args.values {
        [] => Ok(Value::FALSE),
        [word] => vm.truthy(*word).map(Value::bool),
        values => {
            let given = values.len();
            Err(vm.type_error(format!("bool expected at most 1 argument, got {given}")))
        }
    }
}
