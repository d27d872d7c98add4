//! Facts about characters that `str` methods and number parsing share.

use unic_ucd_category::GeneralCategory;

/// White space as `str.split` and `str.strip` see it: Unicode's, and the four ASCII separators.
#[inline]
pub fn is_space(character: char) -> bool {
    matches!(character, '\t'..='\r' | '\u{1c}'..='\u{1f}' | ' ')
        || (!character.is_ascii() && character.is_whitespace())
}

/// Does `str.splitlines` end a line here?
pub fn is_line_break(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The value of a digit in `base`: ASCII letters and digits, or a decimal digit of any script.
#[inline]
pub fn digit_value(character: char, base: u32) -> Option<u8> {
    if character.is_ascii() {
        return character.to_digit(base).map(|digit| digit as u8);
    }
    decimal_value(character).filter(|&digit| u32::from(digit) < base)
}

/// The value of a decimal digit of any script.
pub fn decimal_value(character: char) -> Option<u8> {
    if character.is_ascii() {
        return character.to_digit(10).map(|digit| digit as u8);
    }
    if GeneralCategory::of(character) != GeneralCategory::DecimalNumber {
        return None;
    }
    // Decimal digits of a script are ten in a row; runs are aligned to nothing, so count back to the first, modulo
    // ten for scripts whose digits follow each other without a gap (the mathematical ones begin at U+1D7CE).
    let code = character as u32;
    if (0x1d7ce..=0x1d7ff).contains(&code) {
        return Some(((code - 0x1d7ce) % 10) as u8);
    }
    let mut first = code;
    while char::from_u32(first - 1)
        .is_some_and(|c| GeneralCategory::of(c) == GeneralCategory::DecimalNumber)
    {
        first -= 1;
    }
    Some(((code - first) % 10) as u8)
}

/// `str.isalpha`: a letter of any kind.
pub fn is_alpha(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphabetic()
    } else {
        GeneralCategory::of(character).is_letter()
    }
}

/// `str.isdecimal`.
pub fn is_decimal(character: char) -> bool {
    character.is_ascii_digit() || (!character.is_ascii() && decimal_value(character).is_some())
}

/// `str.isdigit`: decimals, and superscripts and circled digits.
pub fn is_digit(character: char) -> bool {
    is_decimal(character)
        || matches!(character,
            '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{1369}'..='\u{1371}' | '\u{19da}' | '\u{2070}'
            | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}' | '\u{2474}'..='\u{247c}'
            | '\u{2488}'..='\u{2490}' | '\u{24ea}' | '\u{24f5}'..='\u{24fd}' | '\u{24ff}' | '\u{2776}'..='\u{277e}'
            | '\u{2780}'..='\u{2788}' | '\u{278a}'..='\u{2792}')
}

/// `str.isnumeric`: anything with a numeric value.
pub fn is_numeric(character: char) -> bool {
    is_digit(character) || (!character.is_ascii() && character.is_numeric())
}

/// `str.isprintable` of one character.
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        (' '..='~').contains(&character)
    } else {
        rustpython_literal::char::is_printable(character)
    }
}

/// Is `character` title case, as `ǅ` is?
pub fn is_title(character: char) -> bool {
    !character.is_ascii() && GeneralCategory::of(character) == GeneralCategory::TitlecaseLetter
}

/// Does `character` have case?
pub fn is_cased(character: char) -> bool {
    character.is_lowercase() || character.is_uppercase() || is_title(character)
}

/// May an identifier begin with it?
pub fn is_identifier_start(character: char) -> bool {
    character == '_'
        || is_alpha(character)
        || GeneralCategory::of(character) == GeneralCategory::LetterNumber
}

/// May an identifier go on with it?
pub fn is_identifier_part(character: char) -> bool {
    is_identifier_start(character)
        || is_decimal(character)
        || matches!(
            GeneralCategory::of(character),
            GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::ConnectorPunctuation
        )
}
