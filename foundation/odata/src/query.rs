//! Query options: `$select`, `$filter`, `$expand` and the rest.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

use crate::error::ParseError;
use crate::expr::Expr;
use crate::parse::parse_filter;

/// Nesting allowed in `$expand`.
pub const EXPAND_DEPTH_MAX: usize = 16;

/// The query options of one request, or of one expanded property.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// `$select`, in order; paths as they were written.
    pub select: Vec<String>,
    /// `$filter`.
    pub filter: Option<Expr>,
    /// `$orderby`.
    pub order_by: Vec<OrderBy>,
    /// `$top`.
    pub top: Option<u64>,
    /// `$skip`.
    pub skip: Option<u64>,
    /// `$count=true`.
    pub count: bool,
    /// `$expand`.
    pub expand: Vec<Expand>,
    /// `$skiptoken`, decoded.
    pub skip_token: Option<String>,
    /// `$deltatoken`, decoded.
    pub delta_token: Option<String>,
    /// `$search`, as written.
    pub search: Option<String>,
    /// Options without `$`, and `$` options not named here, by the name written.
    pub custom: BTreeMap<String, String>,
    /// The text of `$filter`, decoded.
    pub filter_text: Option<String>,
}

/// One term of `$orderby`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// Property, reached through the named ones before it.
    pub path: Vec<String>,
    /// `desc`.
    pub descending: bool,
}

/// One expanded property.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// The navigation property, without `/$ref`.
    pub path: String,
    /// The options in its parentheses.
    pub query: Query,
    /// `/$ref` followed: references alone are asked for.
    pub reference: bool,
}

/// Reads the part of an address behind `?`, still percent-encoded.
///
/// Option names are read in any case, with or without `$`.
///
/// **Errors**: a malformed or repeated option; the text names it.
pub fn parse_query(raw_query: &str) -> Result<Query, ParseError> {
    let mut options = Options::default();
    let mut position = 0;
    for pair in raw_query.split('&') {
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            options.put(&decoded(name, position)?, decoded(value, position)?, position, 0)?;
        }
        position += pair.len() + 1;
    }
    Ok(options.query)
}

fn decoded(raw: &str, position: usize) -> Result<String, ParseError> {
    let spaced = raw.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ParseError::new(position, "the query string is not UTF-8"))
}

#[derive(Default)]
struct Options {
    query: Query,
    seen: BTreeSet<String>,
}

impl Options {
    fn put(
        &mut self,
        name: &str,
        value: String,
        position: usize,
        depth: usize,
    ) -> Result<(), ParseError> {
        let key = name.trim().trim_start_matches('$').to_ascii_lowercase();
        let fail = |message: String| ParseError::new(position, message);
        let known = matches!(
            key.as_str(),
            "select"
                | "filter"
                | "orderby"
                | "top"
                | "skip"
                | "count"
                | "expand"
                | "skiptoken"
                | "deltatoken"
                | "search"
        );
        if known && !self.seen.insert(key.clone()) {
            return Err(fail(format!("Query option '${key}' was specified more than once")));
        }
        let query = &mut self.query;
        match key.as_str() {
            "select" => query.select = names(&value),
            "filter" => {
                let expr = parse_filter(&value).map_err(|error| {
                    ParseError::new(error.position, format!("$filter: {}", error.message))
                })?;
                query.filter = Some(expr);
                query.filter_text = Some(value);
            }
            "orderby" => query.order_by = order_by(&value).map_err(fail)?,
            "top" => query.top = Some(whole("$top", &value).map_err(fail)?),
            "skip" => query.skip = Some(whole("$skip", &value).map_err(fail)?),
            "count" => query.count = truth("$count", &value).map_err(fail)?,
            "expand" => query.expand = expand(&value, position, depth)?,
            "skiptoken" => query.skip_token = Some(value),
            "deltatoken" => query.delta_token = Some(value),
            "search" => query.search = Some(value),
            _ => {
                query.custom.insert(name.trim().to_owned(), value);
            }
        }
        Ok(())
    }
}

fn names(value: &str) -> Vec<String> {
    outside(value, ',')
        .into_iter()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn whole(option: &str, value: &str) -> Result<u64, String> {
    value.trim().parse().map_err(|_| {
        format!("Invalid value '{value}' for {option}: a non-negative integer is expected")
    })
}

fn truth(option: &str, value: &str) -> Result<bool, String> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("Invalid value '{value}' for {option}: 'true' or 'false' is expected")),
    }
}

/// Reads `$orderby`.
fn order_by(value: &str) -> Result<Vec<OrderBy>, String> {
    let mut order = Vec::new();
    for term in value.split(',').map(str::trim).filter(|term| !term.is_empty()) {
        let mut words = term.split_whitespace();
        let path = words.next().unwrap_or_default();
        let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                return Err(format!("$orderby: 'asc' or 'desc' expected, not '{other}'"));
            }
        };
        let named =
            path.split('/').all(|part| !part.is_empty() && !part.contains(['(', ')', '\'']));
        if words.next().is_some() || !named {
            return Err(format!("$orderby: the term '{term}' is malformed"));
        }
        order.push(OrderBy { path: path.split('/').map(str::to_owned).collect(), descending });
    }
    Ok(order)
}

fn expand(value: &str, position: usize, depth: usize) -> Result<Vec<Expand>, ParseError> {
    let fail = |message: String| ParseError::new(position, message);
    if depth >= EXPAND_DEPTH_MAX {
        return Err(fail(format!("$expand is nested deeper than {EXPAND_DEPTH_MAX}")));
    }
    let mut found = Vec::new();
    for term in outside(value, ',') {
        let term = term.trim();
        if term.is_empty() {
            continue;
        }
        let (path, inner) = match term.split_once('(') {
            None => (term, None),
            Some((path, rest)) => {
                let inner = rest
                    .strip_suffix(')')
                    .ok_or_else(|| fail(format!("$expand: ')' is missing in '{path}'")))?;
                (path, Some(inner))
            }
        };
        let (path, reference) = match path.trim().strip_suffix("/$ref") {
            Some(path) => (path, true),
            None => (path.trim(), false),
        };
        if path.is_empty() || path.contains([')', '\'', ' ']) {
            return Err(fail(format!("$expand: the term '{term}' is malformed")));
        }
        let mut options = Options::default();
        for option in inner.map(|inner| outside(inner, ';')).unwrap_or_default() {
            if option.trim().is_empty() {
                continue;
            }
            let (name, value) = option
                .split_once('=')
                .ok_or_else(|| fail(format!("$expand: the option '{option}' has no value")))?;
            options.put(name, value.to_owned(), position, depth + 1)?;
        }
        found.push(Expand { path: path.to_owned(), query: options.query, reference });
    }
    Ok(found)
}

/// Splits at a separator that stands outside quotes and parentheses.
pub(crate) fn outside(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (index, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ if c == separator && !quoted && depth == 0 => {
                parts.push(&text[start..index]);
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
