//! What both forms of a trace are read with: one token of lookahead, and the phrases they share.

use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{UopId, UopTable};

use super::lexer::{Lexer, ParseError, Place, Token};
use crate::ir::{End, ExitId, Origin, Resume, Slot, TraceId};

/// Most values or snapshots a text may number; it bounds the memory that a number like `v4000000000` costs.
const MOST_NUMBERED: u32 = 1 << 22;
/// Slots must be reached with a 32-bit offset in bytes.
const FARTHEST_SLOT: i32 = (1 << 28) - 1;

/// The head of either form.
pub(super) struct Head {
    /// Which end it announces: `loop`, `jump` or `leave`.
    pub(super) end: &'static str,
    pub(super) start: Resume,
    pub(super) parent: Option<ExitId>,
}

/// What both forms are read with.
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    pub(super) table: &'static UopTable,
    pub(super) token: Token<'t>,
    pub(super) place: Place,
    pub(super) codes: Vec<String>,
}

pub(super) type Parsed<T> = Result<T, ParseError>;

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, table: &'static UopTable) -> Parsed<Parser<'t>> {
        let mut lexer = Lexer::new(text);
        let (token, place) = lexer.next()?;
        Ok(Parser {
            lexer,
            table,
            token,
            place,
            codes: Vec::new(),
        })
    }

    pub(super) fn next(&mut self) -> Parsed<(Token<'t>, Place)> {
        let (token, place) = self.lexer.next()?;
        let token = std::mem::replace(&mut self.token, token);
        let place = std::mem::replace(&mut self.place, place);
        Ok((token, place))
    }

    pub(super) fn error(&self, place: Place, message: impl Into<String>) -> ParseError {
        self.lexer.error(place, message)
    }

    pub(super) fn expected(&self, place: Place, what: &str, found: &Token<'_>) -> ParseError {
        self.error(place, format!("expected {what}, found {found}"))
    }

    pub(super) fn unexpected<T>(&self, what: &str) -> Parsed<T> {
        Err(self.expected(self.place, what, &self.token))
    }

    pub(super) fn name(&mut self, what: &str) -> Parsed<(&'t str, Place)> {
        match self.token {
            Token::Name(name) => Ok((name, self.next()?.1)),
            _ => self.unexpected(what),
        }
    }

    /// The word `word`.
    pub(super) fn word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word)? {
            return Ok(());
        }
        self.unexpected(&format!("`{word}`"))
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.token == Token::Name(word)
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Parsed<bool> {
        let eats = self.at_word(word);
        if eats {
            self.next()?;
        }
        Ok(eats)
    }

    pub(super) fn at(&self, mark: char) -> bool {
        self.token == Token::Mark(mark)
    }

    pub(super) fn eat(&mut self, mark: char) -> Parsed<bool> {
        let eats = self.at(mark);
        if eats {
            self.next()?;
        }
        Ok(eats)
    }

    pub(super) fn mark(&mut self, mark: char) -> Parsed<()> {
        if self.eat(mark)? {
            return Ok(());
        }
        self.unexpected(&format!("`{mark}`"))
    }

    pub(super) fn newline(&mut self) -> Parsed<()> {
        match self.token {
            Token::Newline => self.next().map(drop),
            _ => self.unexpected("the end of the line"),
        }
    }

    /// Nothing may follow.
    pub(super) fn end_of_text(&self) -> Parsed<()> {
        match self.token {
            Token::End => Ok(()),
            _ => self.unexpected("the end of the text (a file holds one trace)"),
        }
    }

    /// A decimal or hexadecimal number without a sign.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, what: &str) -> Parsed<T> {
        let Token::Number(text) = self.token else {
            return self.unexpected(what);
        };
        let number = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        match number.ok().and_then(|number| T::try_from(number).ok()) {
            Some(number) => {
                self.next()?;
                Ok(number)
            }
            None => self.unexpected(what),
        }
    }

    /// An immediate: `#0x10`, `#-3`.
    pub(super) fn immediate(&mut self) -> Parsed<u64> {
        self.mark('#')?;
        if let Token::Number(text) = self.token
            && text.starts_with('-')
            && let Ok(number) = text.parse::<i64>()
        {
            self.next()?;
            return Ok(number as u64);
        }
        self.number("an immediate of 64 bits (`#0x10`)")
    }

    /// A name of one letter and a number, like `v3`.
    pub(super) fn numbered(
        &self,
        name: &str,
        letter: char,
        place: Place,
        what: &str,
    ) -> Parsed<u32> {
        let number = name
            .strip_prefix(letter)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(number) if number < MOST_NUMBERED => Ok(number),
            Some(_) => {
                let message =
                    format!("`{name}` is numbered too high (the most is {MOST_NUMBERED})");
                Err(self.error(place, message))
            }
            None => Err(self.expected(place, what, &Token::Name(name))),
        }
    }

    pub(super) fn slot(&mut self) -> Parsed<Slot> {
        let what = "a slot (`s3`)";
        let (name, place) = self.name(what)?;
        let number: Option<i32> = name.strip_prefix('s').and_then(|text| text.parse().ok());
        match number {
            Some(number) if number.abs_diff(0) <= FARTHEST_SLOT as u32 => Ok(Slot(number)),
            Some(_) => {
                let message =
                    format!("slot {name} is out of reach (the farthest is s{FARTHEST_SLOT})");
                Err(self.error(place, message))
            }
            None => Err(self.expected(place, what, &Token::Name(name))),
        }
    }

    pub(super) fn trace_id(&mut self) -> Parsed<TraceId> {
        let what = "a trace (`t3`)";
        let (name, place) = self.name(what)?;
        match name.strip_prefix('t').and_then(|text| text.parse().ok()) {
            Some(number) => Ok(TraceId(number)),
            None => Err(self.expected(place, what, &Token::Name(name))),
        }
    }

    pub(super) fn exit_id(&mut self) -> Parsed<ExitId> {
        let what = "an exit of a trace (`t0.e3`)";
        let (name, place) = self.name(what)?;
        let parsed = || {
            let (trace, exit) = name.strip_prefix('t')?.split_once(".e")?;
            Some(ExitId {
                trace: TraceId(trace.parse().ok()?),
                index: exit.parse().ok()?,
            })
        };
        parsed().ok_or_else(|| self.expected(place, what, &Token::Name(name)))
    }

    pub(super) fn origin(&mut self) -> Parsed<Origin> {
        let Token::Text(ref code) = self.token else {
            return self.unexpected("an origin (`\"file\" pc 3 line 1`)");
        };
        let known = self.codes.iter().position(|known| known == code);
        let code = known.unwrap_or_else(|| {
            self.codes.push(code.clone().into_owned());
            self.codes.len() - 1
        });
        self.next()?;
        self.word("pc")?;
        let pc = self.number("an offset of 32 bits")?;
        self.word("line")?;
        let line = self.number("a line number")?;
        Ok(Origin {
            code: code as u32,
            pc,
            line,
        })
    }

    pub(super) fn resume(&mut self) -> Parsed<Resume> {
        let origin = self.origin()?;
        self.word("frame")?;
        let frame = self.slot()?;
        self.word("top")?;
        let top = self.slot()?;
        Ok(Resume { origin, frame, top })
    }

    /// `loop at "file" pc 3 line 1 frame s0 top s7 from t0.e1`
    pub(super) fn head(&mut self) -> Parsed<Head> {
        let what = "how it ends: `loop`, `jump`, `leave` or `return`";
        let (word, place) = self.name(what)?;
        let end = ["loop", "jump", "leave", "return"]
            .into_iter()
            .find(|end| *end == word);
        let end = end.ok_or_else(|| self.expected(place, what, &Token::Name(word)))?;
        self.word("at")?;
        let start = self.resume()?;
        let parent = if self.eat_word("from")? {
            Some(self.exit_id()?)
        } else {
            None
        };
        self.newline()?;
        Ok(Head { end, start, parent })
    }

    /// Behind `end`: `loop`, `jump t3`, `leave` or `return`, as the head announced.
    pub(super) fn end(&mut self, announced: &str) -> Parsed<End> {
        let what = format!("`{announced}`, as the first line says");
        let (word, place) = self.name(&what)?;
        match word {
            _ if word != announced => Err(self.expected(place, &what, &Token::Name(word))),
            "loop" => Ok(End::Loop),
            "jump" => Ok(End::Jump(self.trace_id()?)),
            "return" => Ok(End::Return),
            _ => Ok(End::Leave),
        }
    }

    /// The uop called `name`, whose name was read at `place`.
    pub(super) fn uop(&mut self, name: &str, place: Place) -> Parsed<UopId> {
        let (name, place) = if name == "uop" {
            self.name("the name of a uop")?
        } else {
            (name, place)
        };
        self.table.by_name(name).ok_or_else(|| {
            let message = format!("`{}` has no uop called `{name}`", self.table.name);
            self.error(place, message)
        })
    }

    pub(super) fn kinds(&mut self) -> Parsed<Kinds> {
        if !self.eat('{')? {
            return Ok(Kinds::ANY);
        }
        let mut kinds = Kinds::NEVER;
        if self.eat('}')? {
            return Ok(kinds);
        }
        loop {
            let bits = match self.token {
                Token::Name(name) => {
                    let bit = self.table.kind_names.iter().position(|kind| *kind == name);
                    let Some(bit) = bit else {
                        return self.unexpected("the name of a kind");
                    };
                    self.next()?;
                    1 << bit
                }
                _ => self.number("the name of a kind, or bits in hex")?,
            };
            kinds = kinds.union(Kinds(bits));
            if self.eat('}')? {
                return Ok(kinds);
            }
            self.mark('|')?;
        }
    }
}
