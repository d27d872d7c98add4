//! Integer algorithms that `malachite` leaves open: Python's rounding, hashing and reading of integers.
//!
//! Everything here works on [`BigInt`] values and machine numbers; the binding in `int.rs` keeps 48-bit integers away
//! from it. What matters and is easy to get wrong:
//!
//! - `a / b` of integers is the *correctly rounded* quotient, also where `a` or `b` is beyond a float's range;
//! - an integer and a float compare exactly, never by converting the integer;
//! - hashes are the value modulo `2^61 - 1`, so that equal numbers of different types hash alike.

use super::fault::{Fault, Outcome};
use malachite_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;

/// The prime `2^61 - 1` that numeric hashes are taken modulo.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;
/// The most decimal digits that conversions between `int` and `str` take.
pub const MAX_STR_DIGITS: usize = 4300;
/// Mantissa bits of a double, the hidden one included.
const MANTISSA_BITS: i64 = 53;
/// Exponent of the smallest normal double, as in `0.1xxx * 2^-1021`.
const MIN_EXPONENT: i64 = -1021;

/// Quotient and remainder of floor division; `None` if `divisor` is zero.
pub fn floor_div_mod(dividend: &BigInt, divisor: &BigInt) -> Option<(BigInt, BigInt)> {
    (!divisor.is_zero()).then(|| dividend.div_mod_floor(divisor))
}

/// `base ** exponent`.
///
/// # Errors
/// `MemoryError` if the result would have more than some gigabits.
pub fn pow(base: &BigInt, exponent: u64) -> Outcome<BigInt> {
    if exponent == 0 {
        return Ok(BigInt::one());
    }
    if base.is_zero() || base.is_one() {
        return Ok(base.clone());
    }
    if base.magnitude().is_one() {
        return Ok(if exponent.is_multiple_of(2) {
            BigInt::one()
        } else {
            base.clone()
        });
    }
    let too_big = || Fault::memory("");
    let exponent = u32::try_from(exponent).map_err(|_| too_big())?;
    if base.bits().saturating_mul(exponent.into()) > 1 << 34 {
        return Err(too_big());
    }
    Ok(base.pow(exponent))
}

/// `pow(base, exponent, modulus)`, with the sign of the modulus.
///
/// # Errors
/// `ValueError` for a zero modulus, or a negative exponent of a base that has no inverse.
pub fn mod_pow(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Outcome<BigInt> {
    if modulus.is_zero() {
        return Err(Fault::value("pow() 3rd argument cannot be 0"));
    }
    let positive = modulus.abs();
    let mut base = base.mod_floor(&positive);
    let mut exponent = exponent.clone();
    if exponent.is_negative() {
        let gcd = base.extended_gcd(&positive);
        if !gcd.gcd.is_one() {
            return Err(Fault::value("base is not invertible for the given modulus"));
        }
        base = gcd.x.mod_floor(&positive);
        exponent = -exponent;
    }
    let power = if positive.is_one() {
        BigInt::zero()
    } else {
        base.modpow(&exponent, &positive)
    };
    Ok(power.mod_floor(modulus))
}

/// `value >> bits`, rounding down.
pub fn shift_right(value: &BigInt, bits: u64) -> BigInt {
    if bits > value.bits() {
        return if value.is_negative() {
            -BigInt::one()
        } else {
            BigInt::zero()
        };
    }
    value >> bits
}

/// `value << bits`.
///
/// # Errors
/// `OverflowError` if the result would have more than some gigabits.
pub fn shift_left(value: &BigInt, bits: u64) -> Outcome<BigInt> {
    if value.is_zero() {
        return Ok(BigInt::zero());
    }
    if bits > 1 << 34 {
        return Err(Fault::overflow("too many digits in integer"));
    }
    Ok(value << bits)
}

/// `mantissa * 2^exponent`, where the result is known to be representable (or to overflow to infinity).
fn scale(mantissa: f64, exponent: i64) -> f64 {
    let mut result = mantissa;
    let mut rest = exponent;
    // Steps that stay inside the range, so that only the last one could round, and that one is exact.
    while rest > 900 {
        result *= 2f64.powi(900);
        rest -= 900;
    }
    while rest < -900 {
        result *= 2f64.powi(-900);
        rest += 900;
    }
    result * 2f64.powi(rest as i32)
}

/// `dividend / divisor`, correctly rounded (half to even); `None` if it is beyond the range of a float.
/// `divisor` must not be zero.
pub fn true_div(dividend: &BigInt, divisor: &BigInt) -> Option<f64> {
    let negative = dividend.is_negative() != divisor.is_negative();
    let sign = if negative { -1.0 } else { 1.0 };
    if dividend.is_zero() {
        return Some(0.0 * sign);
    }
    let (top, bottom) = (dividend.abs(), divisor.abs());
    let difference = top.bits() as i64 - bottom.bits() as i64;
    if difference > 1025 {
        return None;
    }
    if difference < MIN_EXPONENT - MANTISSA_BITS - 1 {
        return Some(0.0 * sign);
    }
    // Two bits more than the mantissa has, at the least; what falls off is remembered in the lowest ("sticky") bit.
    let shift = difference.max(MIN_EXPONENT) - MANTISSA_BITS - 2;
    let (quotient, remainder) = if shift <= 0 {
        (top << shift.unsigned_abs()).div_rem(&bottom)
    } else {
        top.div_rem(&(bottom << shift.unsigned_abs()))
    };
    let mut digits = quotient.to_u64()?;
    if !remainder.is_zero() {
        digits |= 1;
    }
    let length = i64::from(64 - digits.leading_zeros());
    let extra = length.max(MIN_EXPONENT - shift) - MANTISSA_BITS;
    let half = 1u64 << (extra - 1);
    let low = digits & (2 * half - 1);
    let mut kept = digits >> extra;
    if low > half || (low == half && kept & 1 == 1) {
        kept += 1;
    }
    let result = scale(kept as f64, shift + extra);
    result.is_finite().then_some(result * sign)
}

/// The nearest float, half to even; `None` if it is beyond the range.
pub fn to_f64(value: &BigInt) -> Option<f64> {
    if value.bits() <= 53 {
        return value.to_i64().map(|small| small as f64);
    }
    true_div(value, &BigInt::one())
}

/// The integer part of a finite float.
pub fn from_f64(value: f64) -> BigInt {
    if value.abs() < 9e18 {
        return BigInt::from(value as i64);
    }
    let (mantissa, exponent) = mantissa_exponent(value);
    let result = BigInt::from(mantissa) << exponent.unsigned_abs();
    if value < 0.0 { -result } else { result }
}

/// `|value| == mantissa * 2^exponent`, for a finite float.
pub fn mantissa_exponent(value: f64) -> (u64, i64) {
    let bits = value.to_bits();
    let field = (bits >> 52) & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    if field == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, field as i64 - 1075)
    }
}

/// Exact comparison of an integer and a float; `None` for NaN.
pub fn compare_f64(left: &BigInt, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    if right.is_infinite() {
        return Some(if right > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    let whole = right.trunc();
    Some(left.cmp(&from_f64(whole)).then_with(|| {
        if right > whole {
            Ordering::Less
        } else if right < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }))
}

/// Exact comparison of a machine integer and a float; `None` for NaN.
pub fn compare_i64_f64(left: i64, right: f64) -> Option<Ordering> {
    if left.unsigned_abs() <= 1 << 53 {
        return (left as f64).partial_cmp(&right);
    }
    compare_f64(&BigInt::from(left), right)
}

/// -1 is what C functions return on error, so no hash is -1.
const fn avoid_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// Hash of a machine integer.
#[inline]
pub const fn hash_i64(value: i64) -> i64 {
    let residue = (value.unsigned_abs() % HASH_MODULUS) as i64;
    avoid_minus_one(if value < 0 { -residue } else { residue })
}

/// Hash of a large integer.
pub fn hash_big(value: &BigInt) -> i64 {
    let residue = value.iter_u64_digits().rev().fold(0u64, |residue, digit| {
        let wide = (u128::from(residue) << 64) | u128::from(digit);
        (wide % u128::from(HASH_MODULUS)) as u64
    }) as i64;
    avoid_minus_one(if value.is_negative() {
        -residue
    } else {
        residue
    })
}

/// Hash of a float; `None` for NaN, whose hash is its identity.
pub fn hash_f64(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { 314_159 } else { -314_159 });
    }
    let (mantissa, exponent) = mantissa_exponent(value);
    // 2^61 is 1 modulo the prime, so a power of two is a rotation by its exponent modulo 61.
    let turn = exponent.rem_euclid(61) as u32;
    let residue = mantissa % HASH_MODULUS;
    let rotated = if turn == 0 {
        residue
    } else {
        ((residue << turn) & HASH_MODULUS) | (residue >> (61 - turn))
    };
    let hash = rotated as i64;
    Some(avoid_minus_one(if value < 0.0 { -hash } else { hash }))
}

/// The integer that `text` spells in `base` (0, or 2 to 36), as `int(text, base)` reads it: surrounding white space,
/// a sign, a prefix that fits the base, and single underscores between digits are taken. `None` if it spells none.
///
/// # Errors
/// `ValueError` if there are more decimal digits than [`MAX_STR_DIGITS`].
pub fn parse(text: &str, base: u32) -> Outcome<Option<BigInt>> {
    let text = text.trim_matches(super::unicode::is_space);
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut base = base;
    let mut body = body;
    let mut may_have_underscore = false;
    let prefix = body
        .get(..2)
        .and_then(|start| match start.to_ascii_lowercase().as_str() {
            "0x" => Some(16),
            "0o" => Some(8),
            "0b" => Some(2),
            _ => None,
        });
    match prefix {
        Some(radix) if base == 0 || base == radix => {
            base = radix;
            body = &body[2..];
            may_have_underscore = true;
        }
        _ if base == 0 => {
            base = 10;
            // `0123` is ambiguous and refused; `0`, `00` and `0_0` are zero.
            if body.starts_with('0') && body.bytes().any(|b| b != b'0' && b != b'_') {
                return Ok(None);
            }
        }
        _ => {}
    }
    if may_have_underscore {
        body = body.strip_prefix('_').unwrap_or(body);
    }
    let Some(digits) = digits_of(body, base) else {
        return Ok(None);
    };
    if !base.is_power_of_two() && digits.len() > MAX_STR_DIGITS {
        return Err(Fault::value(format!(
            "Exceeds the limit ({MAX_STR_DIGITS} digits) for integer string conversion: value has {} digits; use \
             sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        )));
    }
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Ok(BigInt::from_radix_be(sign, &digits, base))
}

/// The values of the digits in `body`; `None` if one is no digit of `base` or an underscore stands alone.
fn digits_of(body: &str, base: u32) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(body.len());
    let mut after_digit = false;
    for character in body.chars() {
        if character == '_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
        } else {
            digits.push(super::unicode::digit_value(character, base)?);
            after_digit = true;
        }
    }
    after_digit.then_some(digits)
}

/// Decimal text.
///
/// # Errors
/// `ValueError` beyond [`MAX_STR_DIGITS`] digits.
pub fn to_decimal(value: &BigInt) -> Outcome<String> {
    let too_long = || {
        Fault::value(format!(
            "Exceeds the limit ({MAX_STR_DIGITS} digits) for integer string conversion; use \
             sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // log10(2) is a little more than 0.30102; a value that surely has too many digits is not converted at all.
    if value.bits() > (MAX_STR_DIGITS as u64 + 2) * 100_000 / 30_102 {
        return Err(too_long());
    }
    let text = value.to_string();
    if text.len() - usize::from(value.is_negative()) > MAX_STR_DIGITS {
        return Err(too_long());
    }
    Ok(text)
}

/// `prefix` (as `0x`) and the digits in `radix`, behind the sign.
pub fn to_prefixed(value: &BigInt, radix: u32, prefix: &str) -> String {
    let sign = if value.is_negative() { "-" } else { "" };
    format!("{sign}{prefix}{}", value.magnitude().to_str_radix(radix))
}

/// `value.to_bytes(length, order, signed)`.
///
/// # Errors
/// `OverflowError` if it does not fit.
pub fn to_bytes(value: &BigInt, length: usize, big_endian: bool, signed: bool) -> Outcome<Vec<u8>> {
    if value.is_negative() && !signed {
        return Err(Fault::overflow("can't convert negative int to unsigned"));
    }
    let mut bytes = if signed {
        value.to_signed_bytes_le()
    } else {
        value.to_bytes_le().1
    };
    let fill = if value.is_negative() { 0xff } else { 0 };
    while bytes.len() > length && bytes.last() == Some(&fill) && {
        let next_sign = bytes.len() >= 2 && bytes[bytes.len() - 2] & 0x80 != 0;
        !signed || next_sign == value.is_negative()
    } {
        bytes.pop();
    }
    if length == 0 && value.is_zero() {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(Fault::overflow("int too big to convert"));
    }
    bytes.resize(length, fill);
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        parse(text, 0).unwrap().unwrap()
    }

    #[test]
    fn division_rounds_half_to_even() {
        assert_eq!(true_div(&big("1"), &big("3")), Some(1.0 / 3.0));
        assert_eq!(
            true_div(&(BigInt::one() << 2000u32), &(BigInt::one() << 1999u32)),
            Some(2.0)
        );
        assert_eq!(true_div(&(BigInt::one() << 2000u32), &big("3")), None);
        // 2^53 + 1 lies halfway between two floats; the even one is 2^53.
        assert_eq!(
            to_f64(&big("9007199254740993")),
            Some(9_007_199_254_740_992.0)
        );
        assert_eq!(
            to_f64(&big("9007199254740995")),
            Some(9_007_199_254_740_996.0)
        );
        assert_eq!(
            true_div(&big("1"), &(BigInt::one() << 1074u32)),
            Some(5e-324)
        );
        assert_eq!(true_div(&big("1"), &(BigInt::one() << 1075u32)), Some(0.0));
        assert_eq!(
            true_div(&big("3"), &(BigInt::one() << 1075u32)),
            Some(1e-323)
        );
        assert_eq!(true_div(&big("-7"), &big("2")), Some(-3.5));
    }

    #[test]
    fn floats_and_integers_compare_exactly() {
        assert_eq!(
            compare_f64(&big("9007199254740993"), 9_007_199_254_740_992.0),
            Some(Ordering::Greater)
        );
        assert_eq!(compare_f64(&big("3"), 3.5), Some(Ordering::Less));
        assert_eq!(compare_f64(&big("-3"), -3.5), Some(Ordering::Greater));
        assert_eq!(compare_f64(&big("3"), f64::NAN), None);
    }

    #[test]
    fn hashes_are_the_reference_ones() {
        // Values from python3.
        assert_eq!(hash_i64(-1), -2);
        assert_eq!(hash_big(&(BigInt::one() << 61u32)), 1);
        assert_eq!(hash_big(&BigInt::from(10).pow(30)), hash_reference());
        assert_eq!(hash_f64(1.5), Some(1_152_921_504_606_846_977));
        assert_eq!(hash_f64(-0.1), Some(-230_584_300_921_369_408));
        assert_eq!(hash_f64(1e300), Some(hash_big(&from_f64(1e300))));
    }

    fn hash_reference() -> i64 {
        // 10**30 modulo 2**61 - 1, by repeated multiplication.
        (0..30).fold(1u64, |power, _| {
            ((u128::from(power) * 10) % u128::from(HASH_MODULUS)) as u64
        }) as i64
    }

    #[test]
    fn reading_follows_the_literal_rules() {
        for (text, base, expected) in [
            ("  12 ", 10, Some(12)),
            ("1_000", 10, Some(1000)),
            ("0x_ff", 0, Some(255)),
            ("-0b101", 0, Some(-5)),
            ("ff", 16, Some(255)),
            ("0xff", 16, Some(255)),
            ("0b1", 16, Some(0xb1)),
            ("00", 0, Some(0)),
            ("z", 36, Some(35)),
            ("012", 0, None),
            ("1__0", 10, None),
            ("_1", 10, None),
            ("1_", 10, None),
            ("", 10, None),
            ("- 1", 10, None),
            ("9", 8, None),
        ] {
            assert_eq!(
                parse(text, base).unwrap(),
                expected.map(BigInt::from),
                "{text:?} in base {base}"
            );
        }
        assert!(parse(&"1".repeat(4301), 10).is_err());
        assert!(parse(&"1".repeat(4301), 16).is_ok());
    }

    #[test]
    fn powers_shifts_and_bytes() {
        assert_eq!(mod_pow(&big("3"), &big("-1"), &big("7")).unwrap(), big("5"));
        assert_eq!(
            mod_pow(&big("3"), &big("4"), &big("-7")).unwrap(),
            big("-3")
        );
        assert!(mod_pow(&big("2"), &big("-1"), &big("4")).is_err());
        assert_eq!(shift_right(&big("-5"), 1), big("-3"));
        assert_eq!(shift_right(&big("-5"), 100), big("-1"));
        assert_eq!(to_bytes(&big("-1"), 2, true, true).unwrap(), [0xff, 0xff]);
        assert_eq!(to_bytes(&big("128"), 1, true, false).unwrap(), [128]);
        assert!(to_bytes(&big("128"), 1, true, true).is_err());
        assert_eq!(to_bytes(&big("-128"), 1, true, true).unwrap(), [128]);
        assert_eq!(to_bytes(&big("258"), 3, false, false).unwrap(), [2, 1, 0]);
    }
}
