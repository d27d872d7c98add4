//! Trace text as tokens.
//!
//! Lines matter (an instruction is a line), except between parentheses. A line that begins with `;` is a comment, and
//! so is the rest of a line after `;;`; a single `;` behind an instruction introduces its origin, which is text like
//! any other.

use std::borrow::Cow;
use std::fmt;

/// Why a text is no trace: where, what would have been right, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for ParseError {}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// A word: letters, digits, `_`, `-`, `.`, beginning with a letter or `_`.
    Name(&'t str),
    /// A number as written.
    Number(&'t str),
    /// A string in quotes, without them.
    Text(Cow<'t, str>),
    /// Any other character.
    Mark(char),
    /// The end of a line that held something.
    Newline,
    /// The end of the text.
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Name(text) | Token::Number(text) => write!(f, "`{text}`"),
            Token::Text(text) => write!(f, "{text:?}"),
            Token::Mark(mark) => write!(f, "`{mark}`"),
            Token::Newline => f.write_str("the end of the line"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

/// A place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    line: u32,
    line_start: usize,
    offset: usize,
}

/// Cuts a text into tokens, one at a time.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    line_start: usize,
    /// Is there no token on this line yet?
    fresh: bool,
    parentheses: u32,
}

/// May `c` stand in a name behind its first character?
pub(super) fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// May a name begin with `c`?
pub(super) fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer {
            text,
            offset: 0,
            line: 1,
            line_start: 0,
            fresh: true,
            parentheses: 0,
        }
    }

    /// An error at `place`.
    pub(super) fn error(&self, place: Place, message: impl Into<String>) -> ParseError {
        let before = &self.text[place.line_start..place.offset];
        ParseError {
            line: place.line,
            column: before.chars().count() as u32 + 1,
            message: message.into(),
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    fn skip_line(&mut self) {
        self.offset += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// The place of the next token; blanks and comments before it are skipped.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            match rest.as_bytes().first() {
                Some(b' ' | b'\t' | b'\r') => self.offset += 1,
                Some(b'\n') if self.fresh || self.parentheses > 0 => {
                    self.offset += 1;
                    self.line += 1;
                    self.line_start = self.offset;
                }
                Some(b';') if self.fresh || rest.starts_with(";;") => self.skip_line(),
                _ => return,
            }
        }
    }

    /// The next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token<'t>, Place), ParseError> {
        self.skip_blanks();
        let place = Place {
            line: self.line,
            line_start: self.line_start,
            offset: self.offset,
        };
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            let ends_line = !std::mem::replace(&mut self.fresh, true);
            let token = if ends_line {
                Token::Newline
            } else {
                Token::End
            };
            return Ok((token, place));
        };
        if first == '\n' {
            self.offset += 1;
            self.line += 1;
            self.line_start = self.offset;
            self.fresh = true;
            return Ok((Token::Newline, place));
        }
        self.fresh = false;
        let second = rest.as_bytes().get(1).copied().unwrap_or(0);
        if begins_name(first) {
            let length = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
            return Ok((Token::Name(self.take(length)), place));
        }
        if first.is_ascii_digit() || first == '-' && second.is_ascii_digit() {
            let length = number_length(rest);
            return Ok((Token::Number(self.take(length)), place));
        }
        if first == '"' {
            return Ok((Token::Text(self.quoted(place)?), place));
        }
        match first {
            '(' => self.parentheses += 1,
            ')' => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        self.offset += first.len_utf8();
        Ok((Token::Mark(first), place))
    }

    fn take(&mut self, length: usize) -> &'t str {
        let taken = &self.rest()[..length];
        self.offset += length;
        taken
    }

    /// A string in quotes: `\"`, `\\` and `\u{hex}` are the escapes.
    fn quoted(&mut self, place: Place) -> Result<Cow<'t, str>, ParseError> {
        let unfinished = "this string has no end: close it with `\"` on the same line";
        let rest = &self.rest()[1..];
        let plain = rest
            .find(['"', '\\', '\n'])
            .ok_or_else(|| self.error(place, unfinished))?;
        if rest.as_bytes()[plain] == b'"' {
            self.offset += plain + 2;
            return Ok(Cow::Borrowed(&rest[..plain]));
        }
        let mut text = String::new();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.offset += at + 2;
                    return Ok(Cow::Owned(text));
                }
                '\n' => break,
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    Some((_, 'u')) => {
                        let digits: String = chars
                            .by_ref()
                            .map(|(_, c)| c)
                            .take_while(|c| *c != '}')
                            .collect();
                        let code = digits
                            .strip_prefix('{')
                            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                            .and_then(char::from_u32);
                        let wrong = "expected `\\u{hex digits of a character}`";
                        text.push(code.ok_or_else(|| self.error(place, wrong))?);
                    }
                    _ => {
                        let wrong = "expected `\\\"`, `\\\\` or `\\u{..}` behind the `\\`";
                        return Err(self.error(place, wrong));
                    }
                },
                c => text.push(c),
            }
        }
        Err(self.error(place, unfinished))
    }
}

/// How long the number is that `text` begins with: a sign, digits, a point, an exponent, or `0x` and hex digits.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let start = usize::from(bytes[0] == b'-');
    let hex = text[start..].starts_with("0x");
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        let exponent_sign =
            matches!(byte, b'-' | b'+') && !hex && matches!(bytes[at - 1], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || exponent_sign) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            let (token, _) = lexer.next().expect("tokens");
            if token == Token::End {
                return tokens;
            }
            tokens.push(token.to_string());
        }
    }

    #[test]
    fn comments_and_blank_lines_are_no_tokens() {
        let text = "; a comment\n\n  a ;; more\n; again\nb";
        let line = "the end of the line";
        assert_eq!(tokens(text), ["`a`", line, "`b`", line]);
    }

    #[test]
    fn an_origin_is_text() {
        assert_eq!(
            tokens("a ; \"x\" pc 1"),
            ["`a`", "`;`", "\"x\"", "`pc`", "`1`", "the end of the line"]
        );
    }

    #[test]
    fn lines_do_not_end_in_parentheses() {
        assert_eq!(tokens("(\n\n)\n"), ["`(`", "`)`", "the end of the line"]);
    }

    #[test]
    fn numbers_keep_signs_points_and_exponents() {
        assert_eq!(
            tokens("-5, 1.5e-7 0xab-")[..4],
            ["`-5`", "`,`", "`1.5e-7`", "`0xab`"]
        );
    }

    #[test]
    fn strings_have_escapes() {
        assert_eq!(tokens(r#""a\"\\\u{7}""#)[0], "\"a\\\"\\\\\\u{7}\"");
    }

    #[test]
    fn an_open_string_says_where() {
        let mut lexer = Lexer::new("\n  \"abc\n");
        let error = lexer.next().expect_err("no end");
        assert_eq!((error.line, error.column), (2, 3));
    }
}
