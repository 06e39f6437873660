//! Words, constants and signs of a filter text.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use crate::error::ParseError;
use crate::expr::Literal;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A name, dots included.
    Word(String),
    /// A constant that is not a word.
    Constant(Literal),
    /// One of `( ) [ ] , / : =`.
    Sign(char),
}

/// A token and its byte offset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) position: usize,
}

/// Splits a text into tokens.
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed>, ParseError> {
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(next) = text[position..].chars().next() {
        if next.is_whitespace() {
            position += next.len_utf8();
            continue;
        }
        let (token, length) = token_at(text, position, next)?;
        found.push(Placed { token, position });
        position += length;
    }
    Ok(found)
}

fn token_at(text: &str, position: usize, next: char) -> Result<(Token, usize), ParseError> {
    let rest = &text[position..];
    if "()[],/:=".contains(next) {
        return Ok((Token::Sign(next), 1));
    }
    if next == '\'' || next == '"' {
        let (value, length) = quoted(rest, next).ok_or_else(|| unterminated(position))?;
        return Ok((Token::Constant(Literal::Text(value)), length));
    }
    if let Some((literal, length)) = guid(rest) {
        return Ok((Token::Constant(literal), length));
    }
    if next.is_ascii_digit() || ((next == '-' || next == '+') && digit_at(rest, 1)) {
        return number_or_date(rest, position);
    }
    if is_word_start(next) {
        return word(rest, position);
    }
    Err(ParseError::new(position, format!("the character '{next}' is not expected here")))
}

fn unterminated(position: usize) -> ParseError {
    ParseError::new(position, "there is an unterminated string literal")
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '@' | '$')
}

fn word(rest: &str, position: usize) -> Result<(Token, usize), ParseError> {
    let length = rest
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '@' | '$' | '.')))
        .unwrap_or(rest.len());
    let name = &rest[..length];
    if rest[length..].starts_with('\'') {
        let (value, more) =
            quoted(&rest[length..], '\'').ok_or_else(|| unterminated(position + length))?;
        let literal = prefixed(name, value)
            .ok_or_else(|| ParseError::new(position, format!("'{name}' has a malformed value")))?;
        return Ok((Token::Constant(literal), length + more));
    }
    Ok((Token::Word(name.to_owned()), length))
}

/// `guid'…'`, `datetime'…'` and the like; every other prefix gives the text.
fn prefixed(name: &str, value: String) -> Option<Literal> {
    Some(match name.to_ascii_lowercase().as_str() {
        "guid" => Literal::Guid(Uuid::parse_str(&value).ok()?),
        "datetime" | "datetimeoffset" => Literal::Instant(instant(&value)?),
        "date" => Literal::Date(value.parse().ok()?),
        _ => Literal::Text(value),
    })
}

/// A quoted text at the start; the quote is doubled inside single quotes and
/// escaped by a backslash inside double ones.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            value.push(chars.next()?.1);
        } else if c != quote {
            value.push(c);
        } else if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            value.push(quote);
        } else {
            return Some((value, index + 1));
        }
    }
    None
}

const GUID_LENGTH: usize = 36;

fn guid(rest: &str) -> Option<(Literal, usize)> {
    let text = rest.get(..GUID_LENGTH)?;
    let shaped = text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = !rest[GUID_LENGTH..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
    if !shaped || !ends {
        return None;
    }
    Some((Literal::Guid(Uuid::parse_str(text).ok()?), GUID_LENGTH))
}

fn digit_at(text: &str, index: usize) -> bool {
    text.as_bytes().get(index).is_some_and(u8::is_ascii_digit)
}

fn number_or_date(rest: &str, position: usize) -> Result<(Token, usize), ParseError> {
    let dated = rest.len() >= 10
        && rest.bytes().take(10).enumerate().all(|(index, byte)| {
            if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
        });
    let length = if dated {
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | ':' | '.')))
    } else {
        number_end(rest)
    }
    .unwrap_or(rest.len());
    let text = &rest[..length];
    if let Some((instant, length)) = spaced_offset(rest, text).filter(|_| dated) {
        return Ok((Token::Constant(Literal::Instant(instant)), length));
    }
    let literal = if dated { date(text) } else { number(text) };
    literal
        .map(|literal| (Token::Constant(literal), length))
        .ok_or_else(|| ParseError::new(position, format!("'{text}' is not a number or a date")))
}

/// An instant whose `+` was sent unencoded and so reads as a space: `…T10:00:00 01:00`.
fn spaced_offset(rest: &str, text: &str) -> Option<(Timestamp, usize)> {
    const OFFSET: usize = " 01:00".len();
    let offset = rest.get(text.len()..text.len() + OFFSET)?.strip_prefix(' ')?;
    let shaped = offset.bytes().enumerate().all(|(index, byte)| match index {
        2 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let local = text.contains(['T', 't']) && !text.ends_with(['Z', 'z']);
    if !shaped || !local {
        return None;
    }
    format!("{text}+{offset}").parse().ok().map(|instant| (instant, text.len() + OFFSET))
}

/// Where a number ends: a sign inside it only follows an exponent.
fn number_end(rest: &str) -> Option<usize> {
    let mut previous = ' ';
    for (index, c) in rest.char_indices() {
        let signed = matches!(c, '-' | '+') && (index == 0 || matches!(previous, 'e' | 'E'));
        if !(c.is_ascii_alphanumeric() || c == '.' || signed) {
            return Some(index);
        }
        previous = c;
    }
    None
}

fn date(text: &str) -> Option<Literal> {
    if text.len() == 10 {
        return text.parse::<Date>().ok().map(Literal::Date);
    }
    instant(text).map(Literal::Instant)
}

/// A date-time; without an offset it is taken as UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if !text.contains(['T', 't', ' ']) || text.ends_with(['Z', 'z']) {
        return None;
    }
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn number(text: &str) -> Option<Literal> {
    let digits = text.trim_end_matches(['L', 'l', 'M', 'm', 'D', 'd', 'F', 'f']);
    if text.len() - digits.len() > 1 {
        return None;
    }
    if let Ok(value) = digits.parse::<i64>() {
        return Some(Literal::Int(value));
    }
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some(Literal::Decimal(value))
}
