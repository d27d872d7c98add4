//! String algorithms on `&str`: what the methods of `str` compute.
//!
//! Positions are in characters, as Python counts them; for ASCII text they are byte positions, and the functions
//! that depend on it take the short way.

use super::unicode;
use std::fmt::Write;

/// The byte offset of character `index`; the end of the text if there are fewer.
pub fn byte_offset(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices()
        .nth(index)
        .map_or(text.len(), |(offset, _)| offset)
}

/// Number of characters.
pub fn char_count(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// `repr(text)`: quoted, with escapes for what cannot be printed.
pub fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut result = String::with_capacity(text.len() + 2);
    result.push(quote);
    for character in text.chars() {
        match character {
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '\\' => result.push_str("\\\\"),
            _ if character == quote => {
                result.push('\\');
                result.push(quote);
            }
            _ if unicode::is_printable(character) => result.push(character),
            _ => push_escape(&mut result, character),
        }
    }
    result.push(quote);
    result
}

/// `ascii(value)`: `repr` with everything beyond ASCII escaped.
pub fn escape_non_ascii(repr: &str) -> String {
    let mut result = String::with_capacity(repr.len());
    for character in repr.chars() {
        if character.is_ascii() {
            result.push(character);
        } else {
            push_escape(&mut result, character);
        }
    }
    result
}

fn push_escape(result: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = match character as u32 {
        code @ 0..=0xff => write!(result, "\\x{code:02x}"),
        code @ 0x100..=0xffff => write!(result, "\\u{code:04x}"),
        code => write!(result, "\\U{code:08x}"),
    };
}

/// `text.split(None, limit)`.
pub fn split_space(text: &str, limit: Option<usize>) -> Vec<&str> {
    if limit.is_none() && text.is_ascii() {
        let is_space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | 0x1c..=0x1f | b' ');
        let words = text
            .as_bytes()
            .split(is_space)
            .filter(|word| !word.is_empty());
        return words.filter_map(|word| str::from_utf8(word).ok()).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(unicode::is_space);
    while !rest.is_empty() {
        if limit.is_some_and(|limit| parts.len() >= limit) {
            parts.push(rest);
            break;
        }
        let Some(end) = rest.find(unicode::is_space) else {
            parts.push(rest);
            break;
        };
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(unicode::is_space);
    }
    parts
}

/// `text.rsplit(None, limit)`.
pub fn rsplit_space(text: &str, limit: Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(unicode::is_space);
    while !rest.is_empty() {
        if limit.is_some_and(|limit| parts.len() >= limit) {
            parts.push(rest);
            break;
        }
        let mut backwards = rest.char_indices().rev();
        let Some((at, space)) = backwards.find(|&(_, c)| unicode::is_space(c)) else {
            parts.push(rest);
            break;
        };
        parts.push(&rest[at + space.len_utf8()..]);
        rest = rest[..at].trim_end_matches(unicode::is_space);
    }
    parts.reverse();
    parts
}

/// `text.split(separator, limit)`; the separator is not empty.
pub fn split<'a>(text: &'a str, separator: &str, limit: Option<usize>) -> Vec<&'a str> {
    match limit {
        Some(limit) => text.splitn(limit.saturating_add(1), separator).collect(),
        None => text.split(separator).collect(),
    }
}

/// `text.rsplit(separator, limit)`; the separator is not empty.
pub fn rsplit<'a>(text: &'a str, separator: &str, limit: Option<usize>) -> Vec<&'a str> {
    let mut parts: Vec<&str> = match limit {
        Some(limit) => text.rsplitn(limit.saturating_add(1), separator).collect(),
        None => text.rsplit(separator).collect(),
    };
    parts.reverse();
    parts
}

/// `text.splitlines(keep)`.
pub fn split_lines(text: &str, keep: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if !unicode::is_line_break(character) {
            continue;
        }
        let mut end = at + character.len_utf8();
        if character == '\r' && characters.next_if(|&(_, next)| next == '\n').is_some() {
            end += 1;
        }
        lines.push(&text[start..if keep { end } else { at }]);
        start = end;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// Position of the first `needle` that lies wholly in the characters `start..end` of `text`.
pub fn find(text: &str, needle: &str, start: usize, end: usize) -> Option<usize> {
    let (from, to) = window(text, start, end)?;
    let at = text[from..to].find(needle)?;
    Some(start + char_count(&text[from..from + at]))
}

/// Position of the last `needle` that lies wholly in the characters `start..end` of `text`.
pub fn rfind(text: &str, needle: &str, start: usize, end: usize) -> Option<usize> {
    let (from, to) = window(text, start, end)?;
    let at = text[from..to].rfind(needle)?;
    Some(start + char_count(&text[from..from + at]))
}

/// Number of occurrences of `needle` in the characters `start..end`, not overlapping.
pub fn count(text: &str, needle: &str, start: usize, end: usize) -> usize {
    let Some((from, to)) = window(text, start, end) else {
        return 0;
    };
    if needle.is_empty() {
        return char_count(&text[from..to]) + 1;
    }
    text[from..to].matches(needle).count()
}

/// The bytes of characters `start..end`; `None` if `start` lies beyond `end` or the text.
pub fn window(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    if start > end {
        return None;
    }
    if text.is_ascii() {
        return (start <= text.len()).then(|| (start, end.min(text.len())));
    }
    (start <= char_count(text)).then(|| (byte_offset(text, start), byte_offset(text, end)))
}

/// `text.replace(old, new, limit)`.
pub fn replace(text: &str, old: &str, new: &str, limit: Option<usize>) -> String {
    match limit {
        Some(limit) => text.replacen(old, new, limit),
        None => text.replace(old, new),
    }
}

/// `text.title()`: every word begins with a capital.
pub fn title(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut in_word = false;
    for character in text.chars() {
        if in_word {
            result.extend(character.to_lowercase());
        } else {
            push_title(&mut result, character);
        }
        in_word = unicode::is_cased(character);
    }
    result
}

/// `character` as it begins a word. (Of the characters whose title case is not their upper case, only the digraphs
/// and the ligatures that expand are known.)
fn push_title(result: &mut String, character: char) {
    match character {
        'ŉ' => result.push_str("ʼN"),
        '\u{1c4}'..='\u{1c6}' => result.push('\u{1c5}'),
        '\u{1c7}'..='\u{1c9}' => result.push('\u{1c8}'),
        '\u{1ca}'..='\u{1cc}' => result.push('\u{1cb}'),
        '\u{1f1}'..='\u{1f3}' => result.push('\u{1f2}'),
        _ => {
            let mut upper = character.to_uppercase();
            result.extend(upper.next());
            for rest in upper {
                result.extend(rest.to_lowercase());
            }
        }
    }
}

/// `text.capitalize()`.
pub fn capitalize(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    if let Some(first) = characters.next() {
        push_title(&mut result, first);
    }
    result.push_str(&characters.as_str().to_lowercase());
    result
}

/// `text.swapcase()`.
pub fn swap_case(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_uppercase() {
            result.extend(character.to_lowercase());
        } else {
            result.extend(character.to_uppercase());
        }
    }
    result
}

/// `text.casefold()`: lower case of the upper case, but for the dotless i.
pub fn case_fold(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() || character == 'ı' {
            result.push(character.to_ascii_lowercase());
        } else {
            result.extend(character.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    result
}

/// `text.expandtabs(size)`.
pub fn expand_tabs(text: &str, size: usize) -> String {
    let mut result = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' if size > 0 => {
                let width = size - column % size;
                result.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\t' => {}
            _ => {
                result.push(character);
                column = if matches!(character, '\n' | '\r') {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
    result
}

/// Where [`pad`] puts the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `ljust`
    Left,
    /// `rjust`
    Right,
    /// `center`
    Center,
}

/// `text` in a field of `width` characters.
pub fn pad(text: &str, width: usize, fill: char, place: Place) -> String {
    let missing = width.saturating_sub(char_count(text));
    let before = match place {
        Place::Left => 0,
        Place::Right => missing,
        // An odd space more goes to the left if the width is odd.
        Place::Center => missing / 2 + (missing & width & 1),
    };
    let mut result = String::with_capacity(text.len() + missing * fill.len_utf8());
    result.extend(std::iter::repeat_n(fill, before));
    result.push_str(text);
    result.extend(std::iter::repeat_n(fill, missing - before));
    result
}

/// `text.zfill(width)`: zeros behind the sign.
pub fn zero_fill(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(char_count(text));
    let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
    format!("{sign}{}{digits}", "0".repeat(missing))
}

/// `text.istitle()`.
pub fn is_title(text: &str) -> bool {
    let mut after_cased = false;
    let mut any = false;
    for character in text.chars() {
        if character.is_uppercase() || unicode::is_title(character) {
            if after_cased {
                return false;
            }
            (after_cased, any) = (true, true);
        } else if character.is_lowercase() {
            if !after_cased {
                return false;
            }
            any = true;
        } else {
            after_cased = false;
        }
    }
    any
}

/// `text.islower()` (or `isupper` with `upper`): some character has case, and none has the other.
pub fn is_all_cased(text: &str, upper: bool) -> bool {
    let mut any = false;
    for character in text.chars() {
        let (wanted, other) = if upper {
            (character.is_uppercase(), character.is_lowercase())
        } else {
            (character.is_lowercase(), character.is_uppercase())
        };
        if other || unicode::is_title(character) {
            return false;
        }
        any |= wanted;
    }
    any
}

/// `text.isidentifier()`.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(unicode::is_identifier_start)
        && characters.all(unicode::is_identifier_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_chooses_quotes_and_escapes() {
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("it's \"x\""), "'it\\'s \"x\"'");
        assert_eq!(
            repr("a\n\x00\u{e9}\u{200b}\u{1f600}"),
            "'a\\n\\x00é\\u200b😀'"
        );
    }

    #[test]
    fn splitting() {
        assert_eq!(split_space("  a b  c ", None), ["a", "b", "c"]);
        assert_eq!(split_space("  a b  c ", Some(1)), ["a", "b  c "]);
        assert_eq!(rsplit_space("  a b  c ", Some(1)), ["  a b", "c"]);
        assert_eq!(rsplit("a,b,c", ",", Some(1)), ["a,b", "c"]);
        assert_eq!(split_lines("a\r\nb\n\nc", false), ["a", "b", "", "c"]);
        assert_eq!(split_lines("a\r\nb\n", true), ["a\r\n", "b\n"]);
    }

    #[test]
    fn searching_counts_characters() {
        assert_eq!(find("héllo", "l", 0, 5), Some(2));
        assert_eq!(rfind("héllo", "l", 0, 5), Some(3));
        assert_eq!(find("abc", "", 3, 3), Some(3));
        assert_eq!(find("abc", "", 4, 4), None);
        assert_eq!(count("aaaa", "aa", 0, 4), 2);
        assert_eq!(count("abc", "", 0, 3), 4);
    }

    #[test]
    fn cases_and_padding() {
        assert_eq!(title("hello wORLD it's"), "Hello World It'S");
        assert_eq!(capitalize("éCOLE"), "École");
        assert_eq!(swap_case("aBc"), "AbC");
        assert_eq!(pad("ab", 5, '*', Place::Center), "**ab*");
        assert_eq!(pad("a", 4, '*', Place::Center), "*a**");
        assert_eq!(zero_fill("-5", 4), "-005");
        assert!(is_title("Hello World") && !is_title("Hello world"));
        assert_eq!(expand_tabs("a\tb\n\tc", 4), "a   b\n    c");
    }
}
