//! `str`: its methods. The algorithms are in [`super::text`].

use super::convert::{is_absent, lift, to_i64_clamped, to_span};
use super::text::{self, Place};
use super::{iterate, str_format, unicode};
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::bigint::{Int, as_int};
use crate::objects::dict;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::{Str, as_str, cast_str};
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `str`.
pub const METHODS: &[NativeDef] = &[
    NativeDef::method("upper", Arity::None, |vm, args| {
        map_ascii(vm, args, u8::to_ascii_uppercase, str::to_uppercase)
    }),
    NativeDef::method("lower", Arity::None, |vm, args| {
        map_ascii(vm, args, u8::to_ascii_lowercase, str::to_lowercase)
    }),
    NativeDef::method("title", Arity::None, |vm, args| {
        map_text(vm, args, text::title)
    }),
    NativeDef::method("capitalize", Arity::None, |vm, args| {
        map_text(vm, args, text::capitalize)
    }),
    NativeDef::method("swapcase", Arity::None, |vm, args| {
        map_text(vm, args, text::swap_case)
    }),
    NativeDef::method("casefold", Arity::None, |vm, args| {
        map_text(vm, args, text::case_fold)
    }),
    NativeDef::method("isalpha", Arity::None, |_, args| {
        all_chars(args, unicode::is_alpha)
    }),
    NativeDef::method("isdigit", Arity::None, |_, args| {
        all_chars(args, unicode::is_digit)
    }),
    NativeDef::method("isdecimal", Arity::None, |_, args| {
        all_chars(args, unicode::is_decimal)
    }),
    NativeDef::method("isnumeric", Arity::None, |_, args| {
        all_chars(args, unicode::is_numeric)
    }),
    NativeDef::method("isalnum", Arity::None, |_, args| {
        all_chars(args, |c| unicode::is_alpha(c) || unicode::is_numeric(c))
    }),
    NativeDef::method("isspace", Arity::None, |_, args| {
        all_chars(args, unicode::is_space)
    }),
    NativeDef::method("islower", Arity::None, |_, args| {
        Ok(Value::bool(text::is_all_cased(receiver(args), false)))
    }),
    NativeDef::method("isupper", Arity::None, |_, args| {
        Ok(Value::bool(text::is_all_cased(receiver(args), true)))
    }),
    NativeDef::method("istitle", Arity::None, |_, args| {
        Ok(Value::bool(text::is_title(receiver(args))))
    }),
    NativeDef::method("isidentifier", Arity::None, |_, args| {
        Ok(Value::bool(text::is_identifier(receiver(args))))
    }),
    NativeDef::method("isprintable", Arity::None, |_, args| {
        Ok(Value::bool(
            receiver(args).chars().all(unicode::is_printable),
        ))
    }),
    NativeDef::method("isascii", Arity::None, |_, args| {
        Ok(Value::bool(receiver(args).is_ascii()))
    }),
    NativeDef::method("find", Arity::Any, |vm, args| {
        search(vm, args, "find", text::find)
    }),
    NativeDef::method("rfind", Arity::Any, |vm, args| {
        search(vm, args, "rfind", text::rfind)
    }),
    NativeDef::method("index", Arity::Any, |vm, args| {
        index(vm, args, "index", text::find)
    }),
    NativeDef::method("rindex", Arity::Any, |vm, args| {
        index(vm, args, "rindex", text::rfind)
    }),
    NativeDef::method("count", Arity::Any, count),
    NativeDef::method("startswith", Arity::Any, |vm, args| {
        affix(vm, args, "startswith", |text, part| text.starts_with(part))
    }),
    NativeDef::method("endswith", Arity::Any, |vm, args| {
        affix(vm, args, "endswith", |text, part| text.ends_with(part))
    }),
    NativeDef::method("split", Arity::Keywords, |vm, args| {
        split_with(vm, args, "split", text::split_space, text::split)
    }),
    NativeDef::method("rsplit", Arity::Keywords, |vm, args| {
        split_with(vm, args, "rsplit", text::rsplit_space, text::rsplit)
    }),
    NativeDef::method("splitlines", Arity::Keywords, split_lines),
    NativeDef::method("join", Arity::One, join),
    NativeDef::method("replace", Arity::Between(2, 3), replace),
    NativeDef::method("strip", Arity::Between(0, 1), |vm, args| {
        strip(vm, args, "strip", true, true)
    }),
    NativeDef::method("lstrip", Arity::Between(0, 1), |vm, args| {
        strip(vm, args, "lstrip", true, false)
    }),
    NativeDef::method("rstrip", Arity::Between(0, 1), |vm, args| {
        strip(vm, args, "rstrip", false, true)
    }),
    NativeDef::method("center", Arity::Between(1, 2), |vm, args| {
        pad(vm, args, Place::Center)
    }),
    NativeDef::method("ljust", Arity::Between(1, 2), |vm, args| {
        pad(vm, args, Place::Left)
    }),
    NativeDef::method("rjust", Arity::Between(1, 2), |vm, args| {
        pad(vm, args, Place::Right)
    }),
    NativeDef::method("zfill", Arity::One, |vm, args| {
        let width = to_i64_clamped(vm, args.values[1])?.max(0) as usize;
        Ok(vm.new_str(&text::zero_fill(receiver(args), width)))
    }),
    NativeDef::method("partition", Arity::One, |vm, args| {
        partition(vm, args, false)
    }),
    NativeDef::method("rpartition", Arity::One, |vm, args| {
        partition(vm, args, true)
    }),
    NativeDef::method("expandtabs", Arity::Keywords, expand_tabs),
    NativeDef::method("removeprefix", Arity::One, |vm, args| {
        let part = text_argument(vm, args.values[1], "removeprefix() argument")?;
        let text = receiver(args);
        Ok(vm.new_str(text.strip_prefix(part).unwrap_or(text)))
    }),
    NativeDef::method("removesuffix", Arity::One, |vm, args| {
        let part = text_argument(vm, args.values[1], "removesuffix() argument")?;
        let text = receiver(args);
        Ok(vm.new_str(text.strip_suffix(part).unwrap_or(text)))
    }),
    NativeDef::method("translate", Arity::One, translate),
    NativeDef::static_method("maketrans", Arity::Between(1, 3), make_trans),
    NativeDef::method("format", Arity::Keywords, |vm, args| {
        let text = receiver(args);
        let source = str_format::Source::Arguments(args.rest());
        str_format::format(vm, text, &source)
    }),
    NativeDef::method("format_map", Arity::One, |vm, args| {
        let source = str_format::Source::Mapping(args.values[1]);
        str_format::format(vm, receiver(args), &source)
    }),
    NativeDef::method("encode", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("bytes"))
    }),
    NativeDef::method("__format__", Arity::One, |vm, args| {
        let spec = text_argument(vm, args.values[1], "__format__() argument")?;
        let text = lift(vm, super::format::format_str(receiver(args), spec))?;
        Ok(vm.new_str(&text))
    }),
    NativeDef::method("__getnewargs__", Arity::None, |vm, args| {
        let text = vm.new_str(receiver(args));
        Ok(vm.new_tuple(vec![text]))
    }),
];

/// The string that a method was called on.
fn receiver(args: Args<'_>) -> &str {
    receiver_str(args).as_str()
}

fn receiver_str(args: Args<'_>) -> &Str {
    cast_str(args.values[0]).expect("methods of str are called on strings")
}

/// A string argument, or `TypeError: <what> must be str, not <type>`.
fn text_argument<'a>(vm: &mut Vm, word: Word, what: &str) -> Outcome<&'a str> {
    if let Some(text) = as_str(word) {
        return Ok(text);
    }
    let name = vm.class_name(word);
    Err(vm.type_error(format!("{what} must be str, not {name}")))
}

fn map_text(vm: &mut Vm, args: Args, change: impl FnOnce(&str) -> String) -> Outcome<Value> {
    let text = receiver(args);
    Ok(vm.new_str(&change(text)))
}

/// [`map_text`], byte by byte where all are ASCII.
fn map_ascii(
    vm: &mut Vm,
    args: Args,
    byte: fn(&u8) -> u8,
    change: fn(&str) -> String,
) -> Outcome<Value> {
    const SHORT: usize = 64;
    let text = receiver(args).as_bytes();
    let mut changed = [0; SHORT];
    if text.len() > SHORT || !text.is_ascii() {
        return map_text(vm, args, change);
    }
    for (place, old) in changed.iter_mut().zip(text) {
        *place = byte(old);
    }
    let changed = &changed[..text.len()];
    if changed == text && vm.class_of(args.values[0]).word() == vm.types.str as Word {
        return Ok(Value::borrowed(args.values[0]));
    }
    Ok(vm.new_ascii(changed))
}

fn all_chars(args: Args, test: impl Fn(char) -> bool) -> Outcome<Value> {
    let text = receiver(args);
    Ok(Value::bool(!text.is_empty() && text.chars().all(test)))
}

type Finder = fn(&str, &str, usize, usize) -> Option<usize>;

fn find_in(vm: &mut Vm, args: Args, function: &str, finder: Finder) -> Outcome<Option<usize>> {
    let string = receiver_str(args);
    check_search_arity(vm, args, function)?;
    let needle = needle(vm, args.values[1])?;
    let (start, end) = to_span(vm, args.get(2), args.get(3), string.chars())?;
    Ok(finder(string.as_str(), needle, start, end))
}

/// The searching methods count their arguments themselves: their complaint is worded in its own way.
fn check_search_arity(vm: &mut Vm, args: Args, function: &str) -> Outcome<()> {
    let given = args.values.len() - 1;
    match given {
        1..=3 => Ok(()),
        0 => Err(vm.type_error(format!("{function}() takes at least 1 argument (0 given)"))),
        _ => Err(vm.type_error(format!(
            "{function}() takes at most 3 arguments ({given} given)"
        ))),
    }
}

fn needle<'a>(vm: &mut Vm, word: Word) -> Outcome<&'a str> {
    if let Some(text) = as_str(word) {
        return Ok(text);
    }
    let name = vm.class_name(word);
    Err(vm.type_error(format!("must be str, not {name}")))
}

fn search(vm: &mut Vm, args: Args, function: &str, finder: Finder) -> Outcome<Value> {
    let found = find_in(vm, args, function, finder)?;
    Ok(vm.new_int(found.map_or(-1, |position| position as i64)))
}

fn index(vm: &mut Vm, args: Args, function: &str, finder: Finder) -> Outcome<Value> {
    match find_in(vm, args, function, finder)? {
        Some(position) => Ok(vm.new_int(position as i64)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn count(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let string = receiver_str(args);
    check_search_arity(vm, args, "count")?;
    let needle = needle(vm, args.values[1])?;
    let (start, end) = to_span(vm, args.get(2), args.get(3), string.chars())?;
    Ok(vm.new_int(text::count(string.as_str(), needle, start, end) as i64))
}

fn affix(vm: &mut Vm, args: Args, function: &str, test: fn(&str, &str) -> bool) -> Outcome<Value> {
    let string = receiver_str(args);
    check_search_arity(vm, args, function)?;
    let (start, end) = to_span(vm, args.get(2), args.get(3), string.chars())?;
    let window =
        text::window(string.as_str(), start, end).map(|(from, to)| &string.as_str()[from..to]);
    let matches = |part: &str| window.is_some_and(|window| test(window, part));
    let argument = args.values[1];
    if let Some(part) = as_str(argument) {
        return Ok(Value::bool(matches(part)));
    }
    let Some(parts) = cast_tuple(argument) else {
        let name = vm.class_name(argument);
        return Err(vm.type_error(format!(
            "{function} first arg must be str or a tuple of str, not {name}"
        )));
    };
    for &part in parts.items() {
        let Some(part) = as_str(part) else {
            let name = vm.class_name(part);
            return Err(vm.type_error(format!(
                "tuple for {function} must only contain str, not {name}"
            )));
        };
        if matches(part) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// A list of strings.
fn list_of(vm: &Vm, parts: Vec<&str>) -> Value {
    let items = parts.into_iter().map(|part| vm.new_str(part)).collect();
    vm.new_list(items)
}

type SpaceSplitter = for<'a> fn(&'a str, Option<usize>) -> Vec<&'a str>;
type Splitter = for<'a> fn(&'a str, &str, Option<usize>) -> Vec<&'a str>;

fn split_with(
    vm: &mut Vm,
    args: Args,
    function: &str,
    space: SpaceSplitter,
    by: Splitter,
) -> Outcome<Value> {
    let text = receiver(args);
    if args.names.is_empty()
        && let [_, separator] = args.values
        && let Some(separator) = as_str(*separator)
        && let &[byte] = separator.as_bytes()
        && text.is_ascii()
    {
        let parts = text.as_bytes().split(|&other| other == byte);
        let parts = parts.map(|part| vm.new_ascii(part)).collect();
        return Ok(vm.new_list(parts));
    }
    let [separator, limit] = args.rest().bind(vm, function, ["sep", "maxsplit"], 0)?;
    let limit = match limit {
        Some(limit) => usize::try_from(to_i64_clamped(vm, limit)?).ok(),
        None => None,
    };
    let Some(separator) = separator.filter(|&word| word != layout::NONE) else {
        return Ok(list_of(vm, space(text, limit)));
    };
    let Some(separator) = as_str(separator) else {
        let name = vm.class_name(separator);
        return Err(vm.type_error(format!("must be str or None, not {name}")));
    };
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    Ok(list_of(vm, by(text, separator, limit)))
}

fn split_lines(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [keep] = args.rest().bind(vm, "splitlines", ["keepends"], 0)?;
    let keep = match keep {
        Some(keep) => vm.truthy(keep)?,
        None => false,
    };
    Ok(list_of(vm, text::split_lines(receiver(args), keep)))
}

fn join(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let separator = receiver(args);
    let iterable = args.values[1];
    let held;
    let items = match iterate::borrowed_items(iterable) {
        // Nothing below runs Python code, so that the items may stay borrowed.
        Some(items) => items,
        None => {
            if !iterate::is_iterable(vm, iterable) {
                return Err(vm.type_error("can only join an iterable"));
            }
            held = iterate::collect(vm, iterable)?;
            iterate::as_words(&held)
        }
    };
    let mut parts = Vec::with_capacity(items.len());
    for (position, &item) in items.iter().enumerate() {
        let Some(part) = as_str(item) else {
            let name = vm.class_name(item);
            return Err(vm.type_error(format!(
                "sequence item {position}: expected str instance, {name} found"
            )));
        };
        parts.push(part);
    }
    Ok(vm.new_str(&parts.join(separator)))
}

fn replace(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let old = text_argument(vm, args.values[1], "replace() argument 1")?;
    let new = text_argument(vm, args.values[2], "replace() argument 2")?;
    let limit = match args.get(3) {
        Some(limit) => usize::try_from(to_i64_clamped(vm, limit)?).ok(),
        None => None,
    };
    Ok(vm.new_str(&text::replace(receiver(args), old, new, limit)))
}

fn strip(vm: &mut Vm, args: Args, function: &str, left: bool, right: bool) -> Outcome<Value> {
    let set = match args.get(1).filter(|&word| word != layout::NONE) {
        Some(word) => match as_str(word) {
            Some(set) => Some(set),
            None => return Err(vm.type_error(format!("{function} arg must be None or str"))),
        },
        None => None,
    };
    let whole = receiver(args).as_bytes();
    if whole.is_ascii() && set.is_none_or(str::is_ascii) {
        let drops = |byte: &u8| match set {
            Some(set) => set.as_bytes().contains(byte),
            None => matches!(byte, b'\t'..=b'\r' | 0x1c..=0x1f | b' '),
        };
        let count = |mut bytes: std::slice::Iter<u8>, from_end: bool| {
            let kept = |byte: &u8| !drops(byte);
            let found = if from_end {
                bytes.rposition(kept).map(|last| last + 1)
            } else {
                bytes.position(kept)
            };
            found.unwrap_or(if from_end { 0 } else { whole.len() })
        };
        let start = if left { count(whole.iter(), false) } else { 0 };
        let end = if right {
            count(whole.iter(), true)
        } else {
            whole.len()
        };
        let is_plain = vm.class_of(args.values[0]).word() == vm.types.str as Word;
        if (start, end) == (0, whole.len()) && is_plain {
            return Ok(Value::borrowed(args.values[0]));
        }
        return Ok(vm.new_ascii(&whole[start.min(end)..end]));
    }
    let drops = |c: char| set.map_or_else(|| unicode::is_space(c), |set| set.contains(c));
    let mut text = receiver(args);
    let whole = text.len();
    if left {
        text = text.trim_start_matches(drops);
    }
    if right {
        text = text.trim_end_matches(drops);
    }
    if text.len() == whole && vm.class_of(args.values[0]).word() == vm.types.str as Word {
        return Ok(Value::borrowed(args.values[0]));
    }
    Ok(vm.new_str(text))
}

fn pad(vm: &mut Vm, args: Args, place: Place) -> Outcome<Value> {
    let width = to_i64_clamped(vm, args.values[1])?.max(0) as usize;
    let fill = match args.get(2) {
        None => ' ',
        Some(word) => {
            let Some(text) = as_str(word) else {
                let name = vm.class_name(word);
                return Err(vm.type_error(format!(
                    "The fill character must be a unicode character, not {name}"
                )));
            };
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(fill), None) => fill,
                _ => {
                    return Err(
                        vm.type_error("The fill character must be exactly one character long")
                    );
                }
            }
        }
    };
    if width > 1 << 40 {
        return Err(vm.raise(vm.types.MemoryError, ""));
    }
    Ok(vm.new_str(&text::pad(receiver(args), width, fill, place)))
}

fn partition(vm: &mut Vm, args: Args, from_right: bool) -> Outcome<Value> {
    let separator = needle(vm, args.values[1])?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let text = receiver(args);
    let split = if from_right {
        text.rsplit_once(separator)
    } else {
        text.split_once(separator)
    };
    let parts = match split {
        Some((before, after)) => [before, separator, after],
        None if from_right => ["", "", text],
        None => [text, "", ""],
    };
    let parts = parts.iter().map(|part| vm.new_str(part)).collect();
    Ok(vm.new_tuple(parts))
}

fn expand_tabs(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [size] = args.rest().bind(vm, "expandtabs", ["tabsize"], 0)?;
    let size = match size {
        Some(size) => to_i64_clamped(vm, size)?.max(0) as usize,
        None => 8,
    };
    Ok(vm.new_str(&text::expand_tabs(receiver(args), size)))
}

fn translate(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let table = args.values[1];
    let mut result = String::with_capacity(receiver(args).len());
    for character in receiver(args).chars() {
        let code = Value::small_int(character as i64);
        let mapped = match vm.get_item(table, code.word()) {
            Ok(mapped) => mapped,
            Err(raised) => {
                if vm.catch(raised, vm.types.LookupError) {
                    result.push(character);
                    continue;
                }
                return Err(raised);
            }
        };
        if mapped.word() == layout::NONE {
            continue;
        }
        if let Some(text) = as_str(mapped.word()) {
            result.push_str(text);
        } else if let Some(Int::Small(code)) = as_int(mapped.word()) {
            match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(character) => result.push(character),
                None => return Err(vm.value_error("character mapping must be in range(0x110000)")),
            }
        } else {
            return Err(vm.type_error("character mapping must return integer, None or str"));
        }
    }
    Ok(vm.new_str(&result))
}

fn make_trans(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let result = vm.new_dict();
    let code = |character: char| Value::small_int(character as i64);
    if args.values.len() == 1 {
        let Some(source) = dict::cast_dict(args.values[0]) else {
            return Err(
                vm.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        let pairs: Vec<(Value, Value)> = source
            .entries()
            .map(|entry| (Value::borrowed(entry.key), Value::borrowed(entry.value)))
            .collect();
        for (key, value) in pairs {
            let key = match cast_str(key.word()) {
                Some(text) if text.chars() == 1 => code(text.char_at(0).unwrap_or('\0')),
                Some(_) => {
                    return Err(
                        vm.value_error("string keys in translate table must be of length 1")
                    );
                }
                None => key,
            };
            dict::set(vm, result.word(), key, value)?;
        }
        return Ok(result);
    }
    let from = text_argument(
        vm,
        args.values[0],
        "first maketrans argument must be a string if there is a second argument; it",
    )?;
    let to = text_argument(vm, args.values[1], "maketrans() argument 2")?;
    if text::char_count(from) != text::char_count(to) {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (old, new) in from.chars().zip(to.chars()) {
        dict::set(vm, result.word(), code(old), code(new))?;
    }
    if !is_absent(args.get(2)) {
        let removed = text_argument(vm, args.values[2], "maketrans() argument 3")?;
        for character in removed.chars() {
            dict::set(vm, result.word(), code(character), Value::NONE)?;
        }
    }
    Ok(result)
}
