//! `str`: operators, subscripts, iteration, construction.

use super::convert::{has_index, slice_span, to_i64_clamped, to_position};
use super::iterators::{self, Advance};
use super::{declined, percent, slice, str, text};
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::native::Args;
use crate::objects::string::{self, Str, as_str, cast_str};
use crate::operator::{BinaryOp, Comparison};
use crate::value::Value;
use crate::vm::Vm;

fn string_of<'a>(word: Word) -> &'a Str {
    cast_str(word).expect("slots of str are called on strings")
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    let (Some(left_text), Some(right_text)) = (as_str(left), as_str(right)) else {
        return declined(vm);
    };
    // The order of UTF-8 is the order of code points.
    Ok(Value::bool(match op {
        Comparison::Equal => string::equal(left, right),
        Comparison::NotEqual => !string::equal(left, right),
        _ => op.apply(&left_text, &right_text),
    }))
}

/// `text[key]`.
fn get_item(vm: &mut Vm, word: Word, key: Word) -> Outcome<Value> {
    let string = string_of(word);
    if slice::is_slice(key) {
        let (start, step, count) = slice_span(vm, key, string.chars())?;
        return Ok(pick(vm, string, start, step, count));
    }
    if !has_index(vm, key) {
        let name = vm.class_name(key);
        return Err(vm.type_error(format!("string indices must be integers, not '{name}'")));
    }
    let position = to_position(
        vm,
        key,
        string.chars(),
        "string",
        "string index out of range",
    )?;
    Ok(vm.char_str(string.char_at(position).unwrap_or('\0')))
}

fn pick(vm: &Vm, string: &Str, start: i64, step: i64, count: usize) -> Value {
    let text = string.as_str();
    if count == 0 {
        return vm.new_str("");
    }
    if step == 1 {
        let from = string.byte_offset(start as usize);
        let length = if string.is_ascii() {
            count
        } else {
            text::byte_offset(&text[from..], count)
        };
        return vm.new_str(&text[from..from + length]);
    }
    let places = (0..count).map(|i| (start + step * i as i64) as usize);
    let picked: String = if string.is_ascii() {
        let bytes: Vec<u8> = places.map(|place| text.as_bytes()[place]).collect();
        return vm.new_ascii(&bytes);
    } else {
        let characters: Vec<char> = text.chars().collect();
        places.map(|place| characters[place]).collect()
    };
    vm.new_str(&picked)
}

fn contains(vm: &mut Vm, word: Word, item: Word) -> Outcome<bool> {
    let Some(part) = as_str(item) else {
        let name = vm.class_name(item);
        return Err(vm.type_error(format!(
            "'in <string>' requires string as left operand, not {name}"
        )));
    };
    Ok(string_of(word).as_str().contains(part))
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
    match op.plain() {
        BinaryOp::Add => match (as_str(left), as_str(right)) {
            (Some(_), Some(right_text)) => {
                let mut joined =
                    String::with_capacity(string_of(left).as_str().len() + right_text.len());
                joined.push_str(string_of(left).as_str());
                joined.push_str(right_text);
                Ok(vm.new_str(&joined))
            }
            (Some(_), None) if !vm.class_of(right).is_user() && !op.is_inplace() => {
                let name = vm.class_name(right);
                Err(vm.type_error(format!("can only concatenate str (not \"{name}\") to str")))
            }
            _ => declined(vm),
        },
        BinaryOp::Multiply => {
            let (string, count) = if cast_str(left).is_some() {
                (left, right)
            } else {
                (right, left)
            };
            repeat(vm, string, count)
        }
        BinaryOp::Remainder if cast_str(left).is_some() => {
            let text = percent::format(vm, string_of(left).as_str(), right)?;
            Ok(vm.new_str(&text))
        }
        _ => declined(vm),
    }
}

fn repeat(vm: &mut Vm, string: Word, count: Word) -> Outcome<Value> {
    if !has_index(vm, count) {
        if vm.class_of(count).is_user() {
            return declined(vm);
        }
        let name = vm.class_name(count);
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{name}'"
        )));
    }
    let count = to_i64_clamped(vm, count)?.max(0) as usize;
    let text = string_of(string).as_str();
    match text.len().checked_mul(count) {
        Some(total) if total < 1 << 36 => Ok(vm.new_str(&text.repeat(count))),
        _ => Err(vm.raise(vm.types.MemoryError, "")),
    }
}

/// State of a string's iterator.
pub struct Characters {
    string: Value,
    /// Byte offset of the next character.
    at: usize,
}

impl Advance for Characters {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let rest = &string_of(self.string.word()).as_str()[self.at..];
        let Some(character) = rest.chars().next() else {
            return Ok(None);
        };
        self.at += character.len_utf8();
        Ok(Some(vm.char_str(character)))
    }

    fn remaining(&self) -> Option<usize> {
        Some(text::char_count(
            &string_of(self.string.word()).as_str()[self.at..],
        ))
    }
}

fn iter(vm: &mut Vm, word: Word) -> Outcome<Value> {
    Ok(iterators::new(
        vm.types.str_iterator,
        Characters {
            string: Value::borrowed(word),
            at: 0,
        },
    ))
}

/// A plain string with the contents of `word`, which may be of a subclass.
fn plain(vm: &mut Vm, word: Word) -> Outcome<Value> {
    if vm.class_of(word).word() == vm.types.str as Word {
        return Ok(Value::borrowed(word));
    }
    Ok(vm.new_str(string_of(word).as_str()))
}

fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [object, encoding, errors] = args.bind(vm, "str", ["object", "encoding", "errors"], 0)?;
    if encoding.is_some() || errors.is_some() {
        return Err(vm.not_implemented("decoding bytes with str()"));
    }
    let value = match object {
        Some(object) => vm.str(object)?,
        None => vm.new_str(""),
    };
    if class == vm.types.str {
        return Ok(value);
    }
    let text = string_of(value.word());
    Ok(string::new_of_class(class, text.as_str(), text.chars()))
}

/// Fills in the class `str` and its iterator.
pub fn install(vm: &mut Vm) {
    let class = vm.types.str;
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(|vm, word| Ok(vm.new_str(&text::repr(string_of(word).as_str()))));
    slots.str = Some(plain);
    slots.hash = Some(|_, word| Ok(string::hash(word)));
    slots.compare = Some(compare);
    slots.len = Some(|_, word| Ok(string_of(word).chars()));
    slots.get_item = Some(get_item);
    slots.contains = Some(contains);
    slots.iter = Some(iter);
    slots.binary = Some(binary);
    slots.new = Some(new);
    vm.define(class, str::METHODS);
    vm.define_operators(
        class,
        &[BinaryOp::Add, BinaryOp::Multiply, BinaryOp::Remainder],
        &[],
    );
    vm.ready(class);
    iterators::install::<Characters>(vm, vm.types.str_iterator);
}
