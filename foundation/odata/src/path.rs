//! Resource paths: segments and their keys.

use percent_encoding::percent_decode_str;

use crate::error::ParseError;
use crate::expr::Literal;
use crate::parse::parse_literal;
use crate::query::outside;

/// Segments allowed in one path.
pub const SEGMENTS_MAX: usize = 64;

/// One segment: `emails(…)`, `$value`, `delta()`.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The name before the parentheses, percent-decoded, in the case written.
    pub name: String,
    /// Keys or parameters in the parentheses.
    pub keys: Vec<Key>,
    /// Parentheses were written, perhaps empty.
    pub parenthesised: bool,
}

/// One key or parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its name; absent for the only key of a resource.
    pub name: Option<String>,
    /// Its value. A parameter alias `@p1` comes as that text.
    pub value: Literal,
}

/// Reads a path below the service root, still percent-encoded; each segment is
/// decoded on its own. Empty segments are skipped.
///
/// **Errors**: malformed encoding, parentheses or keys.
pub fn parse_path(raw_path_below_root: &str) -> Result<Vec<Segment>, ParseError> {
    let mut segments = Vec::new();
    for (position, raw) in split(raw_path_below_root) {
        if raw.is_empty() {
            continue;
        }
        if segments.len() == SEGMENTS_MAX {
            return Err(ParseError::new(
                position,
                format!("the path has more than {SEGMENTS_MAX} segments"),
            ));
        }
        let text = percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| ParseError::new(position, "the path is not UTF-8"))?;
        segments.push(segment(&text, position)?);
    }
    Ok(segments)
}

/// Splits at slashes that stand outside parentheses. Percent-encoded
/// parentheses and quotes count like plain ones.
fn split(raw: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start, mut index) = (Vec::new(), 0, 0);
    let (mut depth, mut quoted) = (0_usize, false);
    while index < raw.len() {
        let (c, length) = char_at(raw, index);
        match c {
            '\'' if depth > 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            '/' if depth == 0 && length == 1 => {
                parts.push((start, &raw[start..index]));
                start = index + 1;
            }
            _ => {}
        }
        index += length;
    }
    parts.push((start, &raw[start..]));
    parts
}

fn char_at(raw: &str, index: usize) -> (char, usize) {
    let rest = &raw[index..];
    match rest.get(..3) {
        Some("%27") => ('\'', 3),
        Some("%28") => ('(', 3),
        Some("%29") => (')', 3),
        _ => rest.chars().next().map_or((' ', 1), |c| (c, c.len_utf8())),
    }
}

fn segment(text: &str, position: usize) -> Result<Segment, ParseError> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(Segment { name: text.to_owned(), keys: Vec::new(), parenthesised: false });
    };
    let Some(inner) = rest.strip_suffix(')') else {
        return Err(ParseError::new(position, format!("')' is missing after '{name}'")));
    };
    let mut keys = Vec::new();
    if !inner.trim().is_empty() {
        for part in outside(inner, ',') {
            keys.push(key(part.trim(), name, position)?);
        }
    }
    Ok(Segment { name: name.to_owned(), keys, parenthesised: true })
}

fn key(text: &str, name: &str, position: usize) -> Result<Key, ParseError> {
    let malformed = || ParseError::new(position, format!("the key of '{name}' is malformed"));
    if let Some((word, value)) = text.split_once('=')
        && !word.is_empty()
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '@'))
    {
        let value = value.trim();
        return Ok(Key {
            name: Some(word.to_owned()),
            value: value_of(value).ok_or_else(malformed)?,
        });
    }
    Ok(Key { name: None, value: value_of(text).ok_or_else(malformed)? })
}

fn value_of(text: &str) -> Option<Literal> {
    if text.starts_with('@') {
        return Some(Literal::Text(text.to_owned()));
    }
    parse_literal(text)
}
