//! The formats that most programs use, written straight into a small buffer: `d`, `05d`, `>8`, `.2f`, `8.3f`.
//!
//! What is asked for in another way, or does not fit, is left to [`super::format`], whose results are the same.

use crate::layout::{self, Word, has_shape};
use crate::objects::string::{Str, cast_str};

/// Room for a text, in bytes.
const ROOM: usize = 96;
/// Most decimals of a float that are computed here.
const DECIMALS: usize = 9;
/// Powers of ten up to [`DECIMALS`].
const UNITS: [u64; DECIMALS + 1] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// An ASCII text, written from its end to its beginning.
pub struct Digits {
    bytes: [u8; ROOM],
    start: usize,
}

impl Digits {
    fn new() -> Digits {
        Digits {
            bytes: [0; ROOM],
            start: ROOM,
        }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    /// Puts a number in decimal before what is there, with at least `least` digits.
    fn put_number(&mut self, mut number: u64, least: usize) {
        let end = self.start;
        while number != 0 || end - self.start < least {
            self.put(b'0' + (number % 10) as u8);
            number /= 10;
        }
    }

    fn len(&self) -> usize {
        ROOM - self.start
    }
}

/// An integer in decimal.
pub fn integer(value: i64) -> Digits {
    let mut digits = Digits::new();
    digits.put_number(value.unsigned_abs(), 1);
    if value < 0 {
        digits.put(b'-');
    }
    digits
}

/// Whole part and decimals (as an integer) of |value| rounded to so many decimals, half to even; `None` if they are too
/// many or too large.
pub fn rounded(value: f64, precision: usize) -> Option<(u64, u64)> {
    let unit = *UNITS.get(precision)?;
    let bits = value.abs().to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let (mantissa, exponent) = match biased {
        0x7ff => return None,
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, biased - 1075),
    };
    if exponent >= 0 {
        return (exponent <= 10).then(|| (mantissa << exponent, 0));
    }
    // value * unit = product / 2^shift
    let (product, shift) = (
        u128::from(mantissa) * u128::from(unit),
        exponent.unsigned_abs(),
    );
    if shift > 120 {
        return Some((0, 0));
    }
    let (quotient, remainder) = (product >> shift, product & ((1 << shift) - 1));
    let half = 1_u128 << (shift - 1);
    let up = remainder > half || (remainder == half && quotient & 1 != 0);
    let scaled = u64::try_from(quotient + u128::from(up)).ok()?;
    Some((scaled / unit, scaled % unit))
}

/// A float with so many decimals.
pub fn fixed(value: f64, precision: usize) -> Option<Digits> {
    let (whole, decimals) = rounded(value, precision)?;
    let mut digits = Digits::new();
    if precision > 0 {
        digits.put_number(decimals, precision);
        digits.put(b'.');
    }
    digits.put_number(whole, 1);
    if value.is_sign_negative() {
        digits.put(b'-');
    }
    Some(digits)
}

/// `[0][width][.precision][type]`
struct Spec {
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    kind: Option<u8>,
}

impl Spec {
    fn parse(text: &str) -> Option<Spec> {
        let mut rest = text.as_bytes();
        let number = |rest: &mut &[u8]| {
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, behind) = rest.split_at(count);
            *rest = behind;
            (count <= 2).then(|| {
                let digits = digits.iter().map(|digit| usize::from(digit - b'0'));
                digits.fold(0, |sum, digit| sum * 10 + digit)
            })
        };
        let zeros = rest.first() == Some(&b'0');
        let width = number(&mut rest)?;
        let precision = match rest.split_first() {
            Some((b'.', behind)) if behind.first().is_some_and(u8::is_ascii_digit) => {
                rest = behind;
                Some(number(&mut rest)?)
            }
            _ => None,
        };
        let kind = match rest {
            [] => None,
            [kind] => Some(*kind),
            _ => return None,
        };
        (width <= ROOM - 32).then_some(Spec {
            zeros,
            width,
            precision,
            kind,
        })
    }
}

/// `format(value, spec)` of a small integer or a float, in one of the common forms.
pub fn number(value: Word, spec: &str) -> Option<Digits> {
    let spec = Spec::parse(spec)?;
    let mut digits = match (spec.kind, spec.precision) {
        (None | Some(b'd'), None) if layout::is_int(value) => integer(layout::int_of(value)),
        (Some(b'f'), precision) if layout::is_float(value) => {
            fixed(layout::float_of(value), precision.unwrap_or(6))?
        }
        _ => return None,
    };
    let negative = digits.text()[0] == b'-';
    if spec.zeros {
        digits.start += usize::from(negative);
        while digits.len() + usize::from(negative) < spec.width {
            digits.put(b'0');
        }
        if negative {
            digits.put(b'-');
        }
    }
    while digits.len() < spec.width {
        digits.put(b' ');
    }
    Some(digits)
}

/// Is `format(value, spec)` the string `value` itself?
pub fn is_itself(value: Word, spec: &str) -> bool {
    // SAFETY: a live value.
    if !unsafe { has_shape(value, layout::SHAPE_STR) } {
        return false;
    }
    let width = spec.strip_prefix(['<', '>', '^']).unwrap_or(spec);
    let chars = cast_str(value).map_or(0, Str::chars);
    width
        .parse()
        .is_ok_and(|width: usize| width <= chars && !spec.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(digits: Option<Digits>) -> String {
        digits.map_or("none".to_owned(), |digits| {
            String::from_utf8_lossy(digits.text()).into_owned()
        })
    }

    #[test]
    fn decimals_are_what_exact_printing_gives() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..20_000 {
            bits = bits.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(round);
            let value = match round % 4 {
                0 => f64::from_bits(bits),
                1 => (bits as i32) as f64 / 64.0,
                2 => (bits as i32) as f64 * 0.005,
                _ => (bits as i16) as f64 / 8.0,
            };
            let precision = (bits >> 40) as usize % 10;
            if let Some(digits) = fixed(value, precision) {
                assert_eq!(text(Some(digits)), format!("{value:.precision$}"));
            }
        }
        assert_eq!(text(fixed(-0.0, 1)), "-0.0");
        assert_eq!(text(fixed(0.5, 0)), "0");
        assert_eq!(text(fixed(1.5, 0)), "2");
        assert_eq!(text(fixed(1e300, 2)), "none");
        assert_eq!(text(fixed(f64::NAN, 2)), "none");
    }

    #[test]
    fn widths_are_filled_on_the_left() {
        let int = layout::word_of_int;
        assert_eq!(text(number(int(-42), "06d")), "-00042");
        assert_eq!(text(number(int(-42), "6")), "   -42");
        assert_eq!(text(number(int(42), "d")), "42");
        let float = layout::word_of_float(-2.5);
        assert_eq!(text(number(float, "8.2f")), "   -2.50");
        assert_eq!(text(number(float, "08.2f")), "-0002.50");
        assert_eq!(text(number(float, ".1e")), "none");
        assert_eq!(text(number(int(1), "^5")), "none");
        assert_eq!(text(number(int(1), ",d")), "none");
    }
}
