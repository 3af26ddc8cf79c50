//! A place in the text of a check, and what can be wrong there.

use core::fmt;

use super::unit::{BYTE_SUFFIXES, Spelling, TIME_SUFFIXES, Unit};

/// Something wrong with the text of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where, in bytes from the beginning of the text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// The way out, where one is known.
    pub hint: Option<String>,
}

impl ParseError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), hint: None }
    }

    /// Something wrong with the whole.
    pub(crate) fn at_start(message: impl Into<String>) -> Self {
        Self::new(0, message)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Points at the name among `known` that is most like `name`, or lists them when there are few.
    pub(super) fn suggest<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let likeness =
            |candidate: &str| strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase());
        let nearest = known.iter().map(|candidate| (likeness(candidate), candidate));
        match nearest.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((likeness, candidate)) if likeness > 0.8 => {
                self.hint(format!("did you mean `{candidate}`?"))
            }
            Some(_) if known.len() <= 12 => self.hint(format!("known: {}", quoted(&known))),
            Some(_) | None => self,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl core::error::Error for ParseError {}

/// `a`, `b`, `c`, each in backquotes.
pub(super) fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Literal {
    /// Its value in seconds, bytes or plain numbers; a percentage as a share.
    pub value: f64,
    pub unit: Unit,
    pub spelling: Spelling,
}

/// Reads a text from the left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// Bytes read.
    pub offset: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    /// What was read since `offset`, without the space around it.
    pub fn since(&self, offset: usize) -> &'a str {
        self.text[offset..self.offset].trim()
    }

    pub fn skip_space(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start().len();
    }

    /// Skips space, then takes `symbol` if it is next.
    pub fn eat(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.offset += symbol.len();
        }
        found
    }

    /// As [`Cursor::eat`], for a word that no letter or digit may follow.
    pub fn eat_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let rest = self.rest();
        let found = rest.starts_with(word)
            && !rest[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '.');
        if found {
            self.offset += word.len();
        }
        found
    }

    /// Takes `symbol` or complains that it is missing.
    pub fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    /// Takes characters as long as `wanted` says; may be empty.
    pub fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.offset += length;
        &rest[..length]
    }

    /// The complaint that something else stands here.
    pub fn unexpected(&self, expected: &str) -> ParseError {
        let mut here = *self;
        here.skip_space();
        let offset = here.offset;
        let word = here.take_while(|c| c.is_alphanumeric() || c == '.');
        let found = match (word, here.rest().chars().next()) {
            ("", None) => "the text ends".to_owned(),
            ("", Some(symbol)) => format!("found `{symbol}`"),
            (word, _) => format!("found `{word}`"),
        };
        ParseError::new(offset, format!("expected {expected}, {found}"))
    }

    /// True where a number begins.
    pub fn at_number(&self) -> bool {
        self.rest().starts_with(|c: char| c.is_ascii_digit())
    }

    /// Digits with an optional fraction; a `..` after the digits is not a fraction.
    pub fn number(&mut self) -> Result<f64, ParseError> {
        self.skip_space();
        let start = self.offset;
        if self.take_while(|c| c.is_ascii_digit()).is_empty() {
            return Err(self.unexpected("a number"));
        }
        let mut ahead = *self;
        if ahead.eat_here(".") && ahead.at_number() {
            ahead.take_while(|c| c.is_ascii_digit());
            *self = ahead;
        }
        let digits = &self.text[start..self.offset];
        let value: f64 = digits.parse().map_err(|_| ParseError::new(start, "this is not a number"))?;
        if value.is_finite() { Ok(value) } else { Err(ParseError::new(start, "this number is too large")) }
    }

    /// A number with its unit: `600`, `15%`, `90s`, `1h30m`, `2Gi`.
    pub fn literal(&mut self) -> Result<Literal, ParseError> {
        let value = self.number()?;
        if self.eat_here("%") {
            return Ok(Literal { value: value / 100.0, unit: Unit::PLAIN, spelling: Spelling::Percent });
        }
        if let Some(bytes) = self.suffix(&BYTE_SUFFIXES) {
            return Ok(Literal { value: value * bytes, unit: Unit::BYTES, spelling: Spelling::Bytes });
        }
        if let Some(seconds) = self.suffix(&TIME_SUFFIXES) {
            let mut total = value * seconds;
            while self.at_number() {
                let offset = self.offset;
                let part = self.number()?;
                let Some(seconds) = self.suffix(&TIME_SUFFIXES) else {
                    return Err(ParseError::new(offset, "this part of the time has no unit")
                        .hint("write `1h30m`, `90s`, `250ms`"));
                };
                total += part * seconds;
            }
            return Ok(Literal { value: total, unit: Unit::TIME, spelling: Spelling::Time });
        }
        let offset = self.offset;
        match self.take_while(char::is_alphabetic) {
            "" => Ok(Literal { value, unit: Unit::PLAIN, spelling: Spelling::Plain }),
            suffix => Err(ParseError::new(offset, format!("unknown unit `{suffix}`"))
                .hint("known: `%`; `ms`, `s`, `m`, `h`, `d`; `Ki`, `Mi`, `Gi`, `Ti`, `k`, `M`, `G`, `T`")),
        }
    }

    /// A span of time in seconds.
    pub fn span(&mut self) -> Result<f64, ParseError> {
        self.skip_space();
        let offset = self.offset;
        let literal = self.literal()?;
        if literal.unit == Unit::TIME {
            return Ok(literal.value);
        }
        Err(ParseError::new(offset, "expected a time with its unit").hint("write `6h`, `1h30m`, `90s`"))
    }

    /// A suffix of the table, if the letters that stand here are one of them.
    fn suffix(&mut self, table: &[(&str, f64)]) -> Option<f64> {
        let mut ahead = *self;
        let letters = ahead.take_while(char::is_alphabetic);
        let factor = table.iter().find(|(suffix, _)| *suffix == letters).map(|(_, factor)| *factor);
        if factor.is_some() {
            *self = ahead;
        }
        factor
    }

    /// As [`Cursor::eat`], without skipping space.
    pub fn eat_here(&mut self, symbol: &str) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.offset += symbol.len();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_carry_their_units() {
        let literal =
            |text: &str| Cursor::new(text).literal().map(|literal| (literal.value, literal.spelling));
        assert_eq!(literal("600"), Ok((600.0, Spelling::Plain)));
        assert_eq!(literal("570..630"), Ok((570.0, Spelling::Plain)));
        assert_eq!(literal("0.5%"), Ok((0.005, Spelling::Percent)));
        assert_eq!(literal("1h30m"), Ok((5_400.0, Spelling::Time)));
        assert_eq!(literal("250ms"), Ok((0.25, Spelling::Time)));
        assert_eq!(literal("2Gi"), Ok((2_147_483_648.0, Spelling::Bytes)));
        let error = literal("5 parsecs").map(|_| ());
        assert_eq!(error, Ok(()), "a space ends a number");
        let error = literal("5parsecs").unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (1, "unknown unit `parsecs`"));
        assert!(literal("1h30").unwrap_err().message.contains("no unit"));
    }
}
