//! `sql=`: a plain SELECT over one table, rewritten as query options.

use earmark_embedded::schema::Table;
use earmark_odata::{OrderBy, Query, parse_filter};

use crate::fault::Fault;
use crate::property;

/// Units: bytes of one statement.
const BYTES_MAX: usize = 32 * 1024;

fn refused(what: impl AsRef<str>) -> Fault {
    Fault::bad(format!("The SQL query is not supported: {}.", what.as_ref()))
}

/// Reads `SELECT [TOP n] columns FROM table [WHERE …] [ORDER BY …]`.
pub(crate) fn query(table: &'static Table, text: &str) -> Result<Query, Fault> {
    if text.len() > BYTES_MAX {
        return Err(refused(format!("it is longer than {BYTES_MAX} bytes")));
    }
    let mut words = Words { table, found: tokens(text)?, next: 0 };
    let mut query = Query::default();
    words.expect("SELECT")?;
    if words.take("TOP") {
        let count = words.name()?;
        query.top = Some(count.parse().map_err(|_| refused("TOP takes a number"))?);
    }
    loop {
        let name = words.name()?;
        match words.column(&name) {
            _ if name == "*" => query.select.push(name),
            Some(column) => query.select.push(column),
            None => return Err(Fault::no_property(&name, table.logical)),
        }
        if !words.take(",") {
            break;
        }
    }
    words.expect("FROM")?;
    let from = words.name()?;
    if !from.eq_ignore_ascii_case(table.logical) {
        return Err(refused(format!("'{from}' is not the table of the address")));
    }
    if words.take("WHERE") {
        let filter = words.condition()?;
        query.filter = Some(parse_filter(&filter)?);
    }
    if words.take("ORDER") {
        words.expect("BY")?;
        query.order_by = words.order()?;
    }
    match words.peek() {
        None => Ok(query),
        Some(word) => Err(refused(format!("'{word}' is not expected"))),
    }
}

struct Words {
    table: &'static Table,
    found: Vec<String>,
    next: usize,
}

impl Words {
    fn peek(&self) -> Option<&str> {
        self.found.get(self.next).map(String::as_str)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|found| found.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), Fault> {
        match self.take(word) {
            true => Ok(()),
            false => Err(refused(format!("'{word}' is missing"))),
        }
    }

    fn name(&mut self) -> Result<String, Fault> {
        let word = self.peek().map(str::to_owned).ok_or_else(|| refused("it ends early"))?;
        self.next += 1;
        Ok(word)
    }

    /// A column by its logical name, as it is read through the face.
    fn column(&self, word: &str) -> Option<String> {
        let word = word.rsplit('.').next().unwrap_or(word).trim_matches(['[', ']']);
        self.table.column(&word.to_ascii_lowercase()).map(property::name)
    }

    /// The text of WHERE as a filter.
    fn condition(&mut self) -> Result<String, Fault> {
        let mut parts: Vec<String> = Vec::new();
        while let Some(word) = self.peek().map(str::to_owned) {
            let upper = word.to_ascii_uppercase();
            if upper == "ORDER" {
                break;
            }
            self.next += 1;
            let part = match upper.as_str() {
                "=" => "eq".to_owned(),
                "<>" | "!=" => "ne".to_owned(),
                ">" => "gt".to_owned(),
                ">=" => "ge".to_owned(),
                "<" => "lt".to_owned(),
                "<=" => "le".to_owned(),
                "AND" | "OR" | "NOT" | "IN" | "NULL" => upper.to_ascii_lowercase(),
                "IS" if self.take("NOT") => "ne".to_owned(),
                "IS" => "eq".to_owned(),
                "LIKE" => {
                    let negated = parts.last().is_some_and(|part| part == "not");
                    parts.truncate(parts.len().saturating_sub(usize::from(negated)));
                    let column = parts.pop().ok_or_else(|| refused("LIKE has no column"))?;
                    let call = like(&column, &self.name()?)?;
                    if negated { format!("not {call}") } else { call }
                }
                "(" | ")" | "," => word,
                _ if word.starts_with(['\'', '-'])
                    || word.starts_with(|c: char| c.is_ascii_digit()) =>
                {
                    word
                }
                _ => self
                    .column(&word)
                    .ok_or_else(|| Fault::no_property(&word, self.table.logical))?,
            };
            parts.push(part);
        }
        Ok(parts.join(" "))
    }

    fn order(&mut self) -> Result<Vec<OrderBy>, Fault> {
        let mut order = Vec::new();
        loop {
            let name = self.name()?;
            let column =
                self.column(&name).ok_or_else(|| Fault::no_property(&name, self.table.logical))?;
            let descending = self.take("DESC");
            if !descending {
                self.take("ASC");
            }
            order.push(OrderBy { path: vec![column], descending });
            if !self.take(",") {
                return Ok(order);
            }
        }
    }
}

fn like(column: &str, literal: &str) -> Result<String, Fault> {
    let text = literal
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
        .ok_or_else(|| refused("LIKE takes a text"))?;
    Ok(match (text.starts_with('%'), text.ends_with('%')) {
        (true, true) => format!("contains({column},'{}')", text.trim_matches('%')),
        (true, false) => format!("endswith({column},'{}')", &text[1..]),
        (false, true) => format!("startswith({column},'{}')", &text[..text.len() - 1]),
        (false, false) => format!("{column} eq '{text}'"),
    })
}

/// Words, texts with their quotes, and signs.
fn tokens(text: &str) -> Result<Vec<String>, Fault> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest).ok_or_else(|| refused("a text has no end"))?,
            '<' | '>' | '!' => 1 + usize::from(rest[1..].starts_with(['=', '>'])),
            '(' | ')' | ',' | '=' | '*' => 1,
            _ if first.is_alphanumeric() || "_-[.".contains(first) => rest
                .find(|c: char| !(c.is_alphanumeric() || "_-[].".contains(c)))
                .unwrap_or(rest.len()),
            other => return Err(refused(format!("the character '{other}'"))),
        };
        found.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// The length of a quoted text; two quotes stand for one.
fn quoted(text: &str) -> Option<usize> {
    let mut from = 1;
    loop {
        let end = from + text[from..].find('\'')? + 1;
        if !text[end..].starts_with('\'') {
            return Some(end);
        }
        from = end + 1;
    }
}
