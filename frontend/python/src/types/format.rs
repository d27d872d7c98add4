//! The format-spec mini language: `format(value, ">10,.2f")`, behind f-strings, `str.format` and `format()`.
//!
//! A [`Spec`] is parsed once; what may stand in it depends on the type formatted, so each type has its own checks,
//! in the order in which Python makes them (the messages are the same).

use super::bigint;
use super::fault::{Fault, Outcome};
use super::float_text::{self, Case};
use malachite_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

/// Where the padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    AfterSign,
}

/// Thousands separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `,` every three digits.
    Comma,
    /// `_` every three digits (four in bases 2, 8 and 16).
    Underscore,
}

impl Grouping {
    const fn symbol(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Underscore => '_',
        }
    }
}

/// A parsed format specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    fill: char,
    align: Option<Align>,
    sign: Option<char>,
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<Grouping>,
    precision: Option<usize>,
    kind: Option<char>,
}

const fn align_of(character: char) -> Option<Align> {
    match character {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

/// A number at the start of `rest`, and what follows it.
fn take_number(rest: &[char]) -> Outcome<(Option<usize>, &[char])> {
    let count = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    if count == 0 {
        return Ok((None, rest));
    }
    let text: String = rest[..count].iter().collect();
    let number = text
        .parse::<i64>()
        .map_err(|_| Fault::value("Too many decimal digits in format string"))?;
    Ok((Some(number as usize), &rest[count..]))
}

/// `character` as it stands in a message about format codes.
fn code_text(character: char) -> String {
    if (' '..='\u{7f}').contains(&character) {
        character.to_string()
    } else {
        format!("\\x{:x}", character as u32)
    }
}

impl Spec {
    /// Parses `text`, which is to format a value of type `type_name`.
    ///
    /// # Errors
    /// `ValueError` where the text is no specification.
    pub fn parse(text: &str, type_name: &str) -> Outcome<Self> {
        let characters: Vec<char> = text.chars().collect();
        let mut rest = characters.as_slice();
        let mut spec = Self {
            fill: ' ',
            align: None,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let mut fill_given = false;
        if let Some(align) = rest.get(1).copied().and_then(align_of) {
            (spec.fill, spec.align, fill_given) = (rest[0], Some(align), true);
            rest = &rest[2..];
        } else if let Some(align) = rest.first().copied().and_then(align_of) {
            spec.align = Some(align);
            rest = &rest[1..];
        }
        if let Some(&sign @ ('+' | '-' | ' ')) = rest.first() {
            spec.sign = Some(sign);
            rest = &rest[1..];
        }
        for (flag, symbol) in [
            (&mut spec.no_negative_zero, 'z'),
            (&mut spec.alternate, '#'),
        ] {
            if rest.first() == Some(&symbol) {
                *flag = true;
                rest = &rest[1..];
            }
        }
        if !fill_given && rest.first() == Some(&'0') {
            spec.fill = '0';
            if spec.align.is_none() && type_name != "str" {
                spec.align = Some(Align::AfterSign);
            }
            rest = &rest[1..];
        }
        let (width, after) = take_number(rest)?;
        spec.width = width.unwrap_or(0);
        rest = after;
        rest = spec.parse_grouping(rest)?;
        if rest.first() == Some(&'.') {
            let (precision, after) = take_number(&rest[1..])?;
            if precision.is_none() {
                return Err(Fault::value("Format specifier missing precision"));
            }
            spec.precision = precision;
            rest = after;
        }
        match rest {
            [] => {}
            [kind] => spec.kind = Some(*kind),
            _ => {
                return Err(Fault::value(format!(
                    "Invalid format specifier '{text}' for object of type '{type_name}'"
                )));
            }
        }
        spec.check_grouping(type_name)?;
        Ok(spec)
    }

    fn parse_grouping<'a>(&mut self, rest: &'a [char]) -> Outcome<&'a [char]> {
        let both = || Fault::value("Cannot specify both ',' and '_'.");
        let mut rest = rest;
        if rest.first() == Some(&',') {
            self.grouping = Some(Grouping::Comma);
            rest = &rest[1..];
        }
        if rest.first() == Some(&'_') {
            if self.grouping.is_some() {
                return Err(both());
            }
            self.grouping = Some(Grouping::Underscore);
            rest = &rest[1..];
        }
        if rest.first() == Some(&',') && self.grouping == Some(Grouping::Underscore) {
            return Err(both());
        }
        Ok(rest)
    }

    fn check_grouping(&self, type_name: &str) -> Outcome<()> {
        let Some(grouping) = self.grouping else {
            return Ok(());
        };
        let kind = self.kind.or_else(|| (type_name == "str").then_some('s'));
        match (kind, grouping) {
            (None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | 'F' | '%'), _)
            | (Some('b' | 'o' | 'x' | 'X'), Grouping::Underscore) => Ok(()),
            (Some(kind), _) => Err(Self::grouping_fault(grouping, kind)),
        }
    }

    fn grouping_fault(grouping: Grouping, kind: char) -> Fault {
        Fault::value(format!(
            "Cannot specify '{}' with '{}'.",
            grouping.symbol(),
            code_text(kind)
        ))
    }

    fn unknown_code(kind: char, type_name: &str) -> Fault {
        Fault::value(format!(
            "Unknown format code '{}' for object of type '{type_name}'",
            code_text(kind)
        ))
    }

    /// `text` padded to the width.
    fn pad(&self, sign: &str, body: &str, default: Align) -> String {
        let length = sign.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(length);
        let align = self.align.unwrap_or(default);
        let (before, between, after) = match align {
            Align::Left => (0, 0, missing),
            Align::Right => (missing, 0, 0),
            Align::Center => (missing / 2, 0, missing - missing / 2),
            Align::AfterSign => (0, missing, 0),
        };
        let fill = |count| std::iter::repeat_n(self.fill, count);
        let mut result =
            String::with_capacity(sign.len() + body.len() + missing * self.fill.len_utf8());
        result.extend(fill(before));
        result.push_str(sign);
        result.extend(fill(between));
        result.push_str(body);
        result.extend(fill(after));
        result
    }

    /// Puts the sign, the prefix, the separators and the padding round `digits` (whose whole part is the first
    /// `whole` characters).
    fn finish_number(
        &self,
        negative: bool,
        prefix: &str,
        digits: &str,
        whole: usize,
        group: usize,
    ) -> String {
        let sign = match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let lead = format!("{sign}{prefix}");
        // Infinities and NaNs have no digits to group.
        let Some(grouping) = self.grouping.filter(|_| whole > 0) else {
            return self.pad(&lead, digits, Align::Right);
        };
        let (head, tail) = digits.split_at(whole);
        // Zero padding is grouped like the digits: the zeros are put in before the separators.
        let fills_with_zeros = self.fill == '0' && self.align == Some(Align::AfterSign);
        let room = if fills_with_zeros {
            self.width.saturating_sub(lead.len() + tail.len())
        } else {
            0
        };
        let body = format!("{}{tail}", grouped(head, grouping.symbol(), group, room));
        self.pad(&lead, &body, Align::Right)
    }
}

/// `digits` with `separator` before every `group` digits from the right, and zeros in front until it is `room` long.
fn grouped(digits: &str, separator: char, group: usize, room: usize) -> String {
    let mut reversed = String::with_capacity(digits.len() * 4 / 3 + 1);
    let mut count = 0;
    for digit in digits.chars().rev() {
        if count != 0 && count % group == 0 {
            reversed.push(separator);
        }
        reversed.push(digit);
        count += 1;
    }
    while reversed.len() < room {
        if count != 0 && count % group == 0 {
            reversed.push(separator);
        }
        // A separator never stands first: it may make the text one longer than asked for.
        reversed.push('0');
        count += 1;
    }
    reversed.chars().rev().collect()
}

/// `format(text, spec)`.
///
/// # Errors
/// `ValueError` where the specification does not suit a string.
pub fn format_str(text: &str, spec_text: &str) -> Outcome<String> {
    if spec_text.is_empty() {
        return Ok(text.to_owned());
    }
    let spec = Spec::parse(spec_text, "str")?;
    match spec.kind {
        None | Some('s') => {}
        Some(kind) => return Err(Spec::unknown_code(kind, "str")),
    }
    if let Some(sign) = spec.sign {
        return Err(Fault::value(if sign == ' ' {
            "Space not allowed in string format specifier"
        } else {
            "Sign not allowed in string format specifier"
        }));
    }
    if spec.no_negative_zero {
        return Err(Fault::value(
            "Negative zero coercion (z) not allowed in string format specifier",
        ));
    }
    if spec.alternate {
        return Err(Fault::value(
            "Alternate form (#) not allowed in string format specifier",
        ));
    }
    if spec.align == Some(Align::AfterSign) {
        return Err(Fault::value(
            "'=' alignment not allowed in string format specifier",
        ));
    }
    if let Some(grouping) = spec.grouping {
        return Err(Spec::grouping_fault(grouping, 's'));
    }
    match spec.precision {
        Some(precision) => {
            let end = text
                .char_indices()
                .nth(precision)
                .map_or(text.len(), |(index, _)| index);
            Ok(spec.pad("", &text[..end], Align::Left))
        }
        None => Ok(spec.pad("", text, Align::Left)),
    }
}

/// `format(value, spec)` of an integer; `type_name` is `int` or `bool`.
///
/// # Errors
/// `ValueError` where the specification does not suit an integer, `OverflowError` where the value does not suit the
/// specification.
pub fn format_int(value: &BigInt, spec_text: &str, type_name: &str) -> Outcome<String> {
    if spec_text.is_empty() {
        return bigint::to_decimal(value);
    }
    let spec = Spec::parse(spec_text, type_name)?;
    let kind = spec.kind.unwrap_or('d');
    match kind {
        'b' | 'o' | 'x' | 'X' | 'd' | 'n' | 'c' => {}
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let float = bigint::to_f64(value)
                .ok_or_else(|| Fault::overflow("int too large to convert to float"))?;
            return format_float_with(&spec, float, type_name);
        }
        _ => return Err(Spec::unknown_code(kind, type_name)),
    }
    if spec.precision.is_some() {
        return Err(Fault::value(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_negative_zero {
        return Err(Fault::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    if kind == 'c' {
        return format_character(&spec, value);
    }
    let (radix, prefix) = match kind {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = if radix == 10 {
        bigint::to_decimal(&value.abs())?
    } else {
        value.magnitude().to_str_radix(radix)
    };
    if kind == 'X' {
        digits.make_ascii_uppercase();
    }
    let prefix = if spec.alternate { prefix } else { "" };
    let group = if radix == 10 { 3 } else { 4 };
    Ok(spec.finish_number(value.is_negative(), prefix, &digits, digits.len(), group))
}

/// The `c` form: the character with this number.
fn format_character(spec: &Spec, value: &BigInt) -> Outcome<String> {
    if spec.sign.is_some() {
        return Err(Fault::value(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if spec.alternate {
        return Err(Fault::value(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let number = value
        .to_i64()
        .ok_or_else(|| Fault::overflow("Python int too large to convert to C long"))?;
    let character = u32::try_from(number)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)"))?;
    Ok(spec.pad("", &character.to_string(), Align::Right))
}

/// `format(value, spec)` of a float.
///
/// # Errors
/// `ValueError` where the specification does not suit a float.
pub fn format_float(value: f64, spec_text: &str) -> Outcome<String> {
    if spec_text.is_empty() {
        return Ok(float_text::repr(value));
    }
    format_float_with(&Spec::parse(spec_text, "float")?, value, "float")
}

fn format_float_with(spec: &Spec, value: f64, type_name: &str) -> Outcome<String> {
    if spec
        .precision
        .is_some_and(|precision| precision > i32::MAX as usize - 1024)
    {
        return Err(Fault::value("precision too big"));
    }
    let magnitude = value.abs();
    let precision = spec.precision.unwrap_or(6);
    let case = if matches!(spec.kind, Some('E' | 'F' | 'G')) {
        Case::Upper
    } else {
        Case::Lower
    };
    let mut digits = match spec.kind {
        None => match spec.precision {
            None if spec.alternate && magnitude.is_finite() => alternate_repr(magnitude),
            None => float_text::repr(magnitude),
            Some(precision) => {
                float_text::general(magnitude, precision, case, spec.alternate, true)
            }
        },
        Some('e' | 'E') => float_text::scientific(magnitude, precision, case, spec.alternate),
        Some('f' | 'F') => float_text::fixed(magnitude, precision, case, spec.alternate),
        Some('g' | 'G' | 'n') => {
            float_text::general(magnitude, precision, case, spec.alternate, false)
        }
        Some('%') => float_text::fixed(magnitude * 100.0, precision, case, spec.alternate),
        Some(kind) => return Err(Spec::unknown_code(kind, type_name)),
    };
    let mut negative = value.is_sign_negative() && !value.is_nan();
    if spec.no_negative_zero
        && digits
            .bytes()
            .take_while(|b| !b"eE".contains(b))
            .all(|b| !(b'1'..=b'9').contains(&b))
    {
        negative &= !magnitude.is_finite();
    }
    if spec.kind == Some('%') {
        digits.push('%');
    }
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    Ok(spec.finish_number(negative, "", &digits, whole, 3))
}

/// The shortest form with its point kept, for `#`.
fn alternate_repr(magnitude: f64) -> String {
    let text = float_text::repr(magnitude);
    if text.contains('.') {
        return text;
    }
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa}.e{exponent}"),
        None => text + ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (value, spec, expected) in [
            (42, "", "42"),
            (42, "5d", "   42"),
            (-42, "05", "-0042"),
            (42, "+", "+42"),
            (255, "#x", "0xff"),
            (255, "#010x", "0x000000ff"),
            (255, "X", "FF"),
            (1_234_567, ",", "1,234,567"),
            (1_234_567, "_", "1_234_567"),
            (255, "_b", "1111_1111"),
            (1234, "010,", "00,001,234"),
            (1234, "08,", "0,001,234"),
            (42, "^9", "   42    "),
            (42, "*<6", "42****"),
            (65, "c", "A"),
            (3, ".2f", "3.00"),
            (-7, "=+6", "-    7"),
        ] {
            assert_eq!(
                format_int(&BigInt::from(value), spec, "int").unwrap(),
                expected,
                "{value} {spec}"
            );
        }
    }

    #[test]
    fn floats() {
        for (value, spec, expected) in [
            (2.717_9, ".2f", "2.72"),
            (2.717_9, "10.3f", "     2.718"),
            (1_234_567.891, ",.2f", "1,234,567.89"),
            (0.5, "%", "50.000000%"),
            (1e10, "g", "1e+10"),
            (-0.0, "z.1f", "0.0"),
            (-1.5, "08.2f", "-0001.50"),
            (f64::NAN, "f", "nan"),
            (f64::INFINITY, "F", "INF"),
            (100.0, ".2", "1e+02"),
            (10.0, ".3", "10.0"),
            (12_345.678, "e", "1.234568e+04"),
            (5.0, "#.1", "5.e+00"),
            (1234.5, "012,.1f", "00,001,234.5"),
        ] {
            assert_eq!(
                format_float(value, spec).unwrap(),
                expected,
                "{value} {spec}"
            );
        }
    }

    #[test]
    fn strings_and_their_errors() {
        assert_eq!(format_str("abc", "6").unwrap(), "abc   ");
        assert_eq!(format_str("abc", ">6.2").unwrap(), "    ab");
        assert_eq!(format_str("a", "010").unwrap(), "a000000000");
        for (spec, message) in [
            ("d", "Unknown format code 'd' for object of type 'str'"),
            ("+", "Sign not allowed in string format specifier"),
            (
                "#",
                "Alternate form (#) not allowed in string format specifier",
            ),
            ("=5", "'=' alignment not allowed in string format specifier"),
            (",", "Cannot specify ',' with 's'."),
            (
                "<<<5",
                "Invalid format specifier '<<<5' for object of type 'str'",
            ),
        ] {
            assert_eq!(format_str("a", spec).unwrap_err().message, message);
        }
    }
}
