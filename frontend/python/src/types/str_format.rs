//! `str.format`: replacement fields `{name.attribute[item]!conversion:spec}`, with specs that hold fields themselves.

use crate::error::{Outcome, Raised};
use crate::layout::Word;
use crate::objects::native::Args;
use crate::objects::string::as_str;
use crate::value::Value;
use crate::vm::Vm;

/// Where the values of fields come from.
pub enum Source<'a> {
    /// The arguments of `format`.
    Arguments(Args<'a>),
    /// The mapping of `format_map`.
    Mapping(Word),
}

/// How fields without a name are numbered: one way or the other, not both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Undecided,
    Automatic(usize),
    Manual,
}

struct Formatter<'a, 'b> {
    source: &'a Source<'b>,
    numbering: Numbering,
}

/// A replacement field, taken apart.
struct Field<'a> {
    name: &'a str,
    conversion: Option<char>,
    spec: &'a str,
}

/// `text.format(…)`.
///
/// # Errors
/// `ValueError` for malformed text, `IndexError` and `KeyError` for missing arguments, and what formatting raises.
pub fn format(vm: &mut Vm, text: &str, source: &Source) -> Outcome<Value> {
    let mut formatter = Formatter {
        source,
        numbering: Numbering::Undecided,
    };
    let result = formatter.expand(vm, text, 2)?;
    Ok(vm.new_str(&result))
}

impl Formatter<'_, '_> {
    /// Replaces the fields in `text`; specs nest `depth` levels.
    fn expand(&mut self, vm: &mut Vm, text: &str, depth: usize) -> Outcome<String> {
        if depth == 0 {
            return Err(vm.value_error("Max string recursion exceeded"));
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            result.push_str(&rest[..at]);
            let brace = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            if rest.as_bytes().first() == Some(&brace) {
                result.push(brace as char);
                rest = &rest[1..];
                continue;
            }
            if brace == b'}' {
                return Err(vm.value_error("Single '}' encountered in format string"));
            }
            if rest.is_empty() {
                return Err(vm.value_error("Single '{' encountered in format string"));
            }
            let (field, after) = parse_field(rest).map_err(|message| vm.value_error(message))?;
            rest = after;
            result.push_str(&self.field(vm, &field, depth)?);
        }
        result.push_str(rest);
        Ok(result)
    }

    fn field(&mut self, vm: &mut Vm, field: &Field, depth: usize) -> Outcome<String> {
        let mut value = self.value(vm, field.name)?;
        match field.conversion {
            None => {}
            Some('r') => value = vm.repr(value.word())?,
            Some('s') => value = vm.str(value.word())?,
            Some('a') => {
                let text = super::text::escape_non_ascii(&vm.repr_text(value.word())?);
                value = vm.new_str(&text);
            }
            Some(other) => {
                let shown = if (' '..='\u{7f}').contains(&other) {
                    format!("Unknown conversion specifier {other}")
                } else {
                    format!("Unknown conversion specifier \\x{:x}", other as u32)
                };
                return Err(vm.value_error(shown));
            }
        }
        let spec = if field.spec.contains(['{', '}']) {
            self.expand(vm, field.spec, depth - 1)?
        } else {
            field.spec.to_owned()
        };
        let text = vm.format(value.word(), &spec)?;
        Ok(as_str(text.word()).unwrap_or("").to_owned())
    }

    /// The value that a field's name stands for.
    fn value(&mut self, vm: &mut Vm, name: &str) -> Outcome<Value> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(end);
        let mut value = self.argument(vm, first)?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(vm.value_error("Empty attribute in format string"));
                }
                let attribute = vm.intern(&after[..end]);
                value = vm.get_attr(value.word(), attribute)?;
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let Some(end) = after.find(']') else {
                    return Err(vm.value_error("Missing ']' in format string"));
                };
                if end == 0 {
                    return Err(vm.value_error("Empty attribute in format string"));
                }
                let key = &after[..end];
                let key = match number(key) {
                    Some(index) => vm.new_int(index),
                    None => vm.new_str(key),
                };
                value = vm.get_item(value.word(), key.word())?;
                rest = &after[end + 1..];
            } else {
                return Err(
                    vm.value_error("Only '.' or '[' may follow ']' in format field specifier")
                );
            }
        }
        Ok(value)
    }

    fn argument(&mut self, vm: &mut Vm, name: &str) -> Outcome<Value> {
        let index = if name.is_empty() {
            let next = match self.numbering {
                Numbering::Manual => {
                    return Err(vm.value_error(
                        "cannot switch from manual field specification to automatic field numbering",
                    ));
                }
                Numbering::Undecided => 0,
                Numbering::Automatic(next) => next,
            };
            self.numbering = Numbering::Automatic(next + 1);
            Some(next as i64)
        } else {
            let index = number(name);
            if index.is_some() {
                if matches!(self.numbering, Numbering::Automatic(_)) {
                    return Err(vm.value_error(
                        "cannot switch from automatic field numbering to manual field specification",
                    ));
                }
                self.numbering = Numbering::Manual;
            }
            index
        };
        match (self.source, index) {
            (Source::Arguments(args), Some(index)) => match args.get(index as usize) {
                Some(value) => Ok(Value::borrowed(value)),
                None => Err(vm.index_error(format!(
                    "Replacement index {index} out of range for positional args tuple"
                ))),
            },
            (Source::Arguments(args), None) => match args.keyword(name) {
                Some(value) => Ok(Value::borrowed(value)),
                None => Err(missing(vm, name)),
            },
            (Source::Mapping(_), Some(_)) => {
                Err(vm.value_error("Format string contains positional fields"))
            }
            (Source::Mapping(mapping), None) => {
                let key = vm.new_str(name);
                vm.get_item(*mapping, key.word())
            }
        }
    }
}

fn missing(vm: &mut Vm, name: &str) -> Raised {
    let key = vm.new_str(name);
    vm.key_error(key.word())
}

/// The number that `text` is, if it is digits only.
fn number(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Parses a field behind its opening brace; also what follows its closing one.
fn parse_field(text: &str) -> Result<(Field<'_>, &str), &'static str> {
    let mut in_brackets = false;
    let mut end = None;
    for (at, character) in text.char_indices() {
        match character {
            '{' => return Err("unexpected '{' in field name"),
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            '}' | ':' | '!' if !in_brackets => {
                end = Some((at, character));
                break;
            }
            _ => {}
        }
    }
    let Some((at, stop)) = end else {
        return Err("expected '}' before end of string");
    };
    let name = &text[..at];
    let mut rest = &text[at + 1..];
    let mut conversion = None;
    match stop {
        '}' => {
            return Ok((
                Field {
                    name,
                    conversion,
                    spec: "",
                },
                rest,
            ));
        }
        '!' => {
            let mut characters = rest.chars();
            conversion = characters.next();
            if conversion.is_none() {
                return Err("end of string while looking for conversion specifier");
            }
            match characters.next() {
                Some('}') => {
                    return Ok((
                        Field {
                            name,
                            conversion,
                            spec: "",
                        },
                        characters.as_str(),
                    ));
                }
                Some(':') => {}
                Some(_) => return Err("expected ':' after conversion specifier"),
                None => return Err("unmatched '{' in format spec"),
            }
            rest = characters.as_str();
        }
        _ => {}
    }
    let mut depth = 1;
    for (at, character) in rest.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((
                Field {
                    name,
                    conversion,
                    spec: &rest[..at],
                },
                &rest[at + 1..],
            ));
        }
    }
    Err("unmatched '{' in format spec")
}
