//! `text % values`: formatting as by C's `printf`.

use super::convert::{raise_fault, to_f64};
use super::float_text::{self, Case};
use super::{bigint, float, int};
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::bigint::as_int;
use crate::objects::string::{as_str, cast_str};
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::BigInt;
use num_traits::Signed;
use std::fmt::Write;

/// One conversion: `%-10.2f`.
#[derive(Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of printf are independent"
)]
struct Directive {
    left: bool,
    sign: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// The values, and which comes next.
struct Values<'a> {
    all: Word,
    items: &'a [Word],
    next: usize,
}

impl Values<'_> {
    fn take(&mut self, vm: &mut Vm) -> Outcome<Word> {
        let Some(&item) = self.items.get(self.next) else {
            return Err(vm.type_error("not enough arguments for format string"));
        };
        self.next += 1;
        Ok(item)
    }
}

/// `text % values`.
///
/// # Errors
/// `TypeError` and `ValueError` where text and values don't go together.
pub fn format(vm: &mut Vm, text: &str, values: Word) -> Outcome<String> {
    let single = [values];
    let items: &[Word] = match cast_tuple(values) {
        Some(tuple) => tuple.items(),
        None => &single,
    };
    let is_mapping = cast_tuple(values).is_none()
        && cast_str(values).is_none()
        && vm.class_of(values).slots.get_item.is_some();
    let mut values = Values {
        all: values,
        items,
        next: 0,
    };
    let mut result = String::with_capacity(text.len());
    let mut used_keys = false;
    let characters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        if characters[at] != '%' {
            result.push(characters[at]);
            at += 1;
            continue;
        }
        at += 1;
        let mut keyed = None;
        if characters.get(at) == Some(&'(') {
            if !is_mapping {
                return Err(vm.type_error("format requires a mapping"));
            }
            let (key, after) = parse_key(vm, &characters, at + 1)?;
            at = after;
            let key = vm.new_str(&key);
            keyed = Some(vm.get_item(values.all, key.word())?);
            used_keys = true;
        }
        let (directive, after) = parse_directive(vm, &characters, at, &mut values)?;
        at = after;
        let Some(&kind) = characters.get(at) else {
            return Err(vm.value_error("incomplete format"));
        };
        if kind == '%' {
            result.push('%');
        } else {
            if !"sracdiouxXeEfFgG".contains(kind) {
                let code = kind as u32;
                return Err(vm.value_error(format!(
                    "unsupported format character '{kind}' (0x{code:x}) at index {at}"
                )));
            }
            let word = match &keyed {
                Some(value) => value.word(),
                None => values.take(vm)?,
            };
            if !push_plain(&mut result, &directive, kind, word) {
                result.push_str(&convert(vm, &directive, kind, word)?);
            }
        }
        at += 1;
    }
    if !used_keys && !is_mapping && values.next < values.items.len() {
        return Err(vm.type_error("not all arguments converted during string formatting"));
    }
    Ok(result)
}

/// Converts in the most usual cases: `%d` of a small integer, `%s` of a string. Was it one?
fn push_plain(result: &mut String, directive: &Directive, kind: char, word: Word) -> bool {
    if *directive != Directive::default() {
        return false;
    }
    match kind {
        'd' | 's' if layout::is_int(word) => {
            // Writing to a string cannot fail.
            let _ = write!(result, "{}", layout::int_of(word));
            true
        }
        // SAFETY: a live value.
        's' if unsafe { layout::has_shape(word, layout::SHAPE_STR) } => {
            result.push_str(as_str(word).unwrap_or(""));
            true
        }
        _ => false,
    }
}

fn parse_key(vm: &mut Vm, text: &[char], start: usize) -> Outcome<(String, usize)> {
    let mut depth = 1;
    for (at, &character) in text.iter().enumerate().skip(start) {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((text[start..at].iter().collect(), at + 1));
        }
    }
    Err(vm.value_error("incomplete format key"))
}

fn parse_directive(
    vm: &mut Vm,
    text: &[char],
    start: usize,
    values: &mut Values,
) -> Outcome<(Directive, usize)> {
    let mut directive = Directive::default();
    let mut at = start;
    loop {
        match text.get(at) {
            Some('-') => directive.left = true,
            Some('+') => directive.sign = true,
            Some(' ') => directive.space = true,
            Some('#') => directive.alternate = true,
            Some('0') => directive.zero = true,
            _ => break,
        }
        at += 1;
    }
    let (width, after) = parse_number(vm, text, at, values)?;
    at = after;
    if let Some(width) = width {
        directive.left |= width < 0;
        directive.width = width.unsigned_abs() as usize;
    }
    if text.get(at) == Some(&'.') {
        let (precision, after) = parse_number(vm, text, at + 1, values)?;
        directive.precision = Some(precision.unwrap_or(0).max(0) as usize);
        at = after;
    }
    while matches!(text.get(at), Some('h' | 'l' | 'L')) {
        at += 1;
    }
    Ok((directive, at))
}

/// A width or precision: digits, or `*` for the next value.
fn parse_number(
    vm: &mut Vm,
    text: &[char],
    start: usize,
    values: &mut Values,
) -> Outcome<(Option<i64>, usize)> {
    if text.get(start) == Some(&'*') {
        let word = values.take(vm)?;
        if !layout::is_int(word) {
            return Err(vm.type_error("* wants int"));
        }
        return Ok((Some(layout::int_of(word)), start + 1));
    }
    let digits: String = text[start.min(text.len())..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .collect();
    if digits.is_empty() {
        return Ok((None, start));
    }
    match digits.parse::<i32>() {
        Ok(number) => Ok((Some(number.into()), start + digits.len())),
        Err(_) => Err(vm.value_error("width too big")),
    }
}

fn convert(vm: &mut Vm, directive: &Directive, kind: char, word: Word) -> Outcome<String> {
    match kind {
        's' | 'r' | 'a' => {
            let text = match kind {
                's' => vm.str_text(word)?,
                'r' => vm.repr_text(word)?,
                _ => super::text::escape_non_ascii(&vm.repr_text(word)?),
            };
            let text = match directive.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            };
            Ok(directive.pad("", &text, false))
        }
        'c' => {
            let character = character(vm, word)?;
            Ok(directive.pad("", &character.to_string(), false))
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
            let value = integer(vm, kind, word)?;
            let digits = match kind {
                'o' => value.magnitude().to_str_radix(8),
                'x' | 'X' => value.magnitude().to_str_radix(16),
                _ => bigint::to_decimal(&value.abs()).map_err(|fault| raise_fault(vm, &fault))?,
            };
            let digits = if kind == 'X' {
                digits.to_uppercase()
            } else {
                digits
            };
            let missing = directive
                .precision
                .unwrap_or(0)
                .saturating_sub(digits.len());
            let prefix = match kind {
                'o' if directive.alternate => "0o",
                'x' if directive.alternate => "0x",
                'X' if directive.alternate => "0X",
                _ => "",
            };
            let lead = format!("{}{prefix}", directive.sign_of(value.is_negative()));
            Ok(directive.pad(&lead, &format!("{}{digits}", "0".repeat(missing)), true))
        }
        _ => {
            let value = to_f64(vm, word)?;
            let precision = directive.precision.unwrap_or(6);
            let magnitude = value.abs();
            let case = if kind.is_ascii_uppercase() {
                Case::Upper
            } else {
                Case::Lower
            };
            let digits = match kind {
                'f' | 'F' => float_text::fixed(magnitude, precision, case, directive.alternate),
                'e' | 'E' => {
                    float_text::scientific(magnitude, precision, case, directive.alternate)
                }
                _ => float_text::general(magnitude, precision, case, directive.alternate, false),
            };
            let lead = directive.sign_of(value.is_sign_negative() && !value.is_nan());
            Ok(directive.pad(lead, &digits, true))
        }
    }
}

impl Directive {
    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    fn pad(&self, lead: &str, body: &str, numeric: bool) -> String {
        let missing = self.width.saturating_sub(lead.len() + body.chars().count());
        if self.left {
            format!("{lead}{body}{}", " ".repeat(missing))
        } else if self.zero && numeric {
            format!("{lead}{}{body}", "0".repeat(missing))
        } else {
            format!("{}{lead}{body}", " ".repeat(missing))
        }
    }
}

fn character(vm: &mut Vm, word: Word) -> Outcome<char> {
    if let Some(string) = cast_str(word)
        && string.chars() == 1
        && let Some(character) = string.char_at(0)
    {
        return Ok(character);
    }
    if as_str(word).is_some() || as_int(word).is_none() {
        return Err(vm.type_error("%c requires int or char"));
    }
    let number = as_int(word).and_then(|int| int.to_i64());
    match number
        .and_then(|number| u32::try_from(number).ok())
        .and_then(char::from_u32)
    {
        Some(character) => Ok(character),
        None => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

fn integer(vm: &mut Vm, kind: char, word: Word) -> Outcome<BigInt> {
    if let Some(value) = as_int(word) {
        return Ok(value.to_bigint());
    }
    let decimal = matches!(kind, 'd' | 'i' | 'u');
    let converted = if let Some(value) = float::as_float(word)
        && decimal
    {
        Some(int::truncate(vm, value)?)
    } else {
        let name = if decimal { "__int__" } else { "__index__" };
        match super::convert::call_special(vm, word, name, &[]) {
            Some(result) if float::as_float(word).is_none() => Some(result?),
            _ => None,
        }
    };
    if let Some(value) = converted.as_ref().map(Value::word).and_then(as_int) {
        return Ok(value.to_bigint());
    }
    let name = vm.class_name(word);
    let wanted = if decimal {
        "a real number"
    } else {
        "an integer"
    };
    Err(vm.type_error(format!("%{kind} format: {wanted} is required, not {name}")))
}
