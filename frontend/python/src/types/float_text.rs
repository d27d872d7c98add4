//! Floats to text and back: shortest `repr`, the `e`, `f` and `g` forms, hexadecimal floats, and reading.
//!
//! Rust's own printing is exact and rounds half to even, so that these functions only arrange digits.

use super::quick_format;

/// Letter case of exponents and of `inf` and `nan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `1e+10`, `inf`
    Lower,
    /// `1E+10`, `INF`
    Upper,
}

impl Case {
    /// `text` (lower case) in this case.
    fn apply(self, text: &str) -> String {
        match self {
            Self::Lower => text.to_owned(),
            Self::Upper => text.to_ascii_uppercase(),
        }
    }
}

/// `repr(value)`: the shortest text that reads back as the same float.
pub fn repr(value: f64) -> String {
    if !value.is_finite() {
        return special(value, Case::Lower);
    }
    let (negative, digits, exponent) = shortest(value);
    arrange(negative, &digits, exponent, 16, true)
}

/// `inf`, `-inf` or `nan`.
fn special(value: f64, case: Case) -> String {
    case.apply(match value {
        _ if value.is_nan() => "nan",
        _ if value > 0.0 => "inf",
        _ => "-inf",
    })
}

/// Sign, shortest digits and decimal exponent: `d.ddd * 10^exponent`.
fn shortest(value: f64) -> (bool, String, i32) {
    let text = format!("{:e}", value.abs());
    let (mut digits, exponent) = split_exponent(&text);
    // Of two shortest texts at the same distance the even one is wanted: what rounding to as many digits gives.
    let even;
    if digits.len() > TIES_FROM {
        even = format!("{:.*e}", digits.len() - 2, value.abs());
        if even.parse() == Ok(value.abs()) {
            digits = split_exponent(&even).0;
        }
    }
    (value.is_sign_negative(), digits.replace('.', ""), exponent)
}

/// Digits (and their point) that a text has at the least if another is as short and as close: a tie needs a value whose
/// last binary digit is worth little more than its last decimal one.
const TIES_FROM: usize = 15;

/// The mantissa and the exponent of what `{:e}` prints.
fn split_exponent(text: &str) -> (&str, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa, exponent.parse().unwrap_or(0))
}

/// Digits as `repr` puts them: positional while the exponent is in `-4 .. limit`, else scientific.
fn arrange(negative: bool, digits: &str, exponent: i32, limit: i32, point_zero: bool) -> String {
    let mut text = String::with_capacity(24);
    if negative {
        text.push('-');
    }
    if exponent < -4 || exponent >= limit {
        text.push_str(&digits[..1]);
        if digits.len() > 1 {
            text.push('.');
            text.push_str(&digits[1..]);
        }
        push_exponent(&mut text, exponent, Case::Lower);
    } else if exponent < 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        text.push_str(digits);
    } else {
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            text.push_str(digits);
            text.extend(std::iter::repeat_n('0', whole - digits.len()));
            if point_zero {
                text.push_str(".0");
            }
        } else {
            text.push_str(&digits[..whole]);
            text.push('.');
            text.push_str(&digits[whole..]);
        }
    }
    text
}

fn push_exponent(text: &mut String, exponent: i32, case: Case) {
    text.push(if case == Case::Lower { 'e' } else { 'E' });
    text.push(if exponent < 0 { '-' } else { '+' });
    let magnitude = exponent.unsigned_abs();
    if magnitude < 10 {
        text.push('0');
    }
    text.push_str(&magnitude.to_string());
}

/// `f` form: `precision` digits behind the point; `alternate` keeps the point when there are none.
pub fn fixed(value: f64, precision: usize, case: Case, alternate: bool) -> String {
    if !value.is_finite() {
        return special(value, case);
    }
    let mut text = decimal(value, precision);
    if alternate && precision == 0 {
        text.push('.');
    }
    text
}

/// `{value:.precision$}` without its limit on the precision.
fn decimal(value: f64, precision: usize) -> String {
    if let Some(digits) = quick_format::fixed(value, precision) {
        return digits.text().iter().map(|&byte| byte as char).collect();
    }
    // No float has more than 1074 digits behind the point.
    let real = precision.min(1100);
    let mut text = format!("{value:.real$}");
    text.extend(std::iter::repeat_n('0', precision - real));
    text
}

/// `e` form: one digit, `precision` more behind the point, and the exponent.
pub fn scientific(value: f64, precision: usize, case: Case, alternate: bool) -> String {
    if !value.is_finite() {
        return special(value, case);
    }
    let real = precision.min(1100);
    let text = format!("{value:.real$e}");
    let (mantissa, exponent) = split_exponent(&text);
    let mut result = mantissa.to_owned();
    result.extend(std::iter::repeat_n('0', precision - real));
    if alternate && precision == 0 {
        result.push('.');
    }
    push_exponent(&mut result, exponent, case);
    result
}

/// `g` form: `precision` significant digits in whichever form is shorter; trailing zeros go unless `alternate`.
/// With `point_zero`, a whole number keeps `.0` (the form that an empty format type takes).
pub fn general(
    value: f64,
    precision: usize,
    case: Case,
    alternate: bool,
    point_zero: bool,
) -> String {
    if !value.is_finite() {
        return special(value, case);
    }
    let precision = precision.max(1);
    let real = (precision - 1).min(1100);
    let text = format!("{value:.real$e}");
    let (mantissa, exponent) = split_exponent(&text);
    let limit = if point_zero {
        precision as i64 - 1
    } else {
        precision as i64
    };
    let scientific = exponent < -4 || i64::from(exponent) >= limit;
    if scientific {
        let mut result = mantissa.to_owned();
        if alternate {
            if !result.contains('.') {
                result.push('.');
            }
            result.extend(std::iter::repeat_n('0', precision - 1 - real));
        } else {
            strip_zeros(&mut result);
        }
        push_exponent(&mut result, exponent, case);
        result
    } else {
        let mut result = decimal(
            value,
            (precision as i64 - 1 - i64::from(exponent)).max(0) as usize,
        );
        if alternate {
            if !result.contains('.') {
                result.push('.');
            }
        } else {
            strip_zeros(&mut result);
        }
        if point_zero && !result.contains('.') {
            result.push_str(".0");
        }
        result
    }
}

fn strip_zeros(text: &mut String) {
    if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
}

/// The float that `text` spells, as `float(text)` reads it; `None` if it spells none.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim_matches(super::unicode::is_space);
    let mut clean = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '_' {
            let between =
                previous.is_ascii_digit() && characters.peek().is_some_and(char::is_ascii_digit);
            if !between {
                return None;
            }
        } else if let (false, Some(digit)) = (
            character.is_ascii(),
            super::unicode::decimal_value(character),
        ) {
            clean.push((b'0' + digit) as char);
        } else {
            clean.push(character);
        }
        previous = character;
    }
    let unsigned = clean.strip_prefix(['+', '-']).unwrap_or(&clean);
    let lower = unsigned.to_ascii_lowercase();
    let magnitude = match lower.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => {
            let well_formed = lower.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && lower
                    .bytes()
                    .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-'));
            if !well_formed {
                return None;
            }
            lower.parse().ok()?
        }
    };
    Some(if clean.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

/// `value.hex()`.
pub fn to_hex(value: f64) -> String {
    if !value.is_finite() {
        return special(value, Case::Lower);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match ((bits >> 52) & 0x7ff) as i64 {
        0 if fraction == 0 => format!("{sign}0x0.0p+0"),
        0 => format!("{sign}0x0.{fraction:013x}p-1022"),
        field => format!("{sign}0x1.{fraction:013x}p{:+}", field - 1023),
    }
}

/// `float.fromhex(text)`; `None` if it is malformed.
pub fn from_hex(text: &str) -> Option<f64> {
    let text = text.trim_matches(super::unicode::is_space);
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let magnitude = match lower.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => hex_magnitude(lower.strip_prefix("0x").unwrap_or(&lower))?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn hex_magnitude(body: &str) -> Option<f64> {
    let (mantissa, exponent) = match body.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let value = malachite_bigint::BigInt::parse_bytes(digits.as_bytes(), 16)?;
    let scale = exponent.checked_sub(4 * i64::try_from(fraction.len()).ok()?)?;
    let one = malachite_bigint::BigInt::from(1);
    if scale.unsigned_abs() > 1 << 20 {
        return Some(if scale > 0 && value != malachite_bigint::BigInt::from(0) {
            f64::INFINITY
        } else {
            0.0
        });
    }
    let (top, bottom) = if scale >= 0 {
        (value << scale.unsigned_abs(), one)
    } else {
        (value, one << scale.unsigned_abs())
    };
    Some(super::bigint::true_div(&top, &bottom).unwrap_or(f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::excessive_precision,
        reason = "ties between shortest texts are what is tested"
    )]
    fn repr_is_the_shortest() {
        for (value, expected) in [
            (0.1, "0.1"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (123_456.789, "123456.789"),
            (5e-324, "5e-324"),
            (900_719_925_474_099.25, "900719925474099.2"),
            (900_719_925_474_099.75, "900719925474099.8"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
        ] {
            assert_eq!(repr(value), expected);
        }
    }

    #[test]
    fn general_form_drops_zeros() {
        assert_eq!(general(1e6, 6, Case::Lower, false, false), "1e+06");
        assert_eq!(general(123_456.0, 6, Case::Lower, false, false), "123456");
        assert_eq!(general(0.0001, 6, Case::Lower, false, false), "0.0001");
        assert_eq!(general(0.00001, 6, Case::Upper, false, false), "1E-05");
        assert_eq!(general(1.0, 6, Case::Lower, true, false), "1.00000");
        assert_eq!(general(100.0, 2, Case::Lower, false, false), "1e+02");
    }

    #[test]
    fn reading_takes_what_python_takes() {
        for (text, expected) in [
            (" 1.5 ", Some(1.5)),
            ("1_0.5", Some(10.5)),
            ("1_.5", None),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("1e5", Some(1e5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            (".", None),
            ("", None),
            ("e5", None),
            ("0x10", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
        assert!(parse("nan").unwrap().is_nan());
    }

    #[test]
    fn hexadecimal_round_trip() {
        for value in [0.1, 1.0, -2.5, 5e-324, 1e300] {
            assert_eq!(from_hex(&to_hex(value)), Some(value));
        }
        assert_eq!(to_hex(0.1), "0x1.999999999999ap-4");
        assert_eq!(from_hex("1.8"), Some(1.5));
        assert_eq!(from_hex("zz"), None);
    }
}
