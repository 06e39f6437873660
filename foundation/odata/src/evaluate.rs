//! Evaluates expressions over JSON values, for small in-memory collections.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use crate::expr::{Compare, Expr, Literal};
use crate::function;
use crate::query::OrderBy;
use crate::token;

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evaluate {
    /// Texts are compared without regard to case.
    pub ignore_case: bool,
}

/// An expression that has no value for any entity, such as an unknown function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluateError {
    /// What is wrong with the expression.
    pub message: String,
}

impl EvaluateError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Whether an entity satisfies an expression.
///
/// Properties are looked up case-sensitively; a missing one is null. Logic is
/// three-valued as in OData: null in the end means no. Texts that are instants
/// compare as instants with instants, texts that are GUIDs with GUIDs.
///
/// **Errors**: an unknown function or a wrong number of arguments.
pub fn matches(expr: &Expr, entity: &Value, options: &Evaluate) -> Result<bool, EvaluateError> {
    let scope = Scope { root: entity, variables: Vec::new(), options: *options };
    Ok(truth(&scope.value(expr)?) == Some(true))
}

/// Orders two entities; null comes first, texts are compared without case.
pub fn compare_by(order: &[OrderBy], a: &Value, b: &Value) -> Ordering {
    for term in order {
        let (left, right) = (follow(a, &term.path), follow(b, &term.path));
        let found = match (left, right) {
            (Operand::Null, Operand::Null) => Ordering::Equal,
            (Operand::Null, _) => Ordering::Less,
            (_, Operand::Null) => Ordering::Greater,
            (left, right) => order_of(&left, &right, true).unwrap_or(Ordering::Equal),
        };
        if found != Ordering::Equal {
            return if term.descending { found.reverse() } else { found };
        }
    }
    Ordering::Equal
}

/// Leaves the selected properties, their annotations, `id` and everything that
/// starts with `@`. A path keeps its first property; `*` and nothing keep all.
pub fn project(entity: &mut Value, select: &[String]) {
    if select.is_empty() || select.iter().any(|name| name == "*") {
        return;
    }
    let Some(members) = entity.as_object_mut() else {
        return;
    };
    members.retain(|name, _| {
        let property = name.split_once('@').map_or(name.as_str(), |(before, _)| before);
        property.is_empty()
            || property == "id"
            || select.iter().any(|wanted| wanted.split('/').next() == Some(property))
    });
}

/// A value during evaluation.
#[derive(Debug, Clone)]
pub(crate) enum Operand<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Text(Cow<'a, str>),
    Guid(Uuid),
    Instant(Timestamp),
    Date(Date),
    List(&'a [Value]),
    Object,
}

impl<'a> Operand<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Int(value),
                None => Self::Decimal(number.as_f64().unwrap_or(f64::MAX)),
            },
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(list) => Self::List(list),
            Value::Object(_) => Self::Object,
        }
    }

    fn literal(literal: &'a Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Decimal(value) => Self::Decimal(*value),
            Literal::Text(text) => Self::Text(Cow::Borrowed(text)),
            Literal::Guid(id) => Self::Guid(*id),
            Literal::Instant(instant) => Self::Instant(*instant),
            Literal::Date(date) => Self::Date(*date),
        }
    }
}

/// True, false or null.
pub(crate) fn truth(operand: &Operand<'_>) -> Option<bool> {
    match operand {
        Operand::Bool(value) => Some(*value),
        _ => None,
    }
}

struct Scope<'a> {
    root: &'a Value,
    variables: Vec<(&'a str, &'a Value)>,
    options: Evaluate,
}

impl<'a> Scope<'a> {
    fn value(&self, expr: &'a Expr) -> Result<Operand<'a>, EvaluateError> {
        Ok(match expr {
            Expr::And(left, right) => match truth(&self.value(left)?) {
                Some(false) => Operand::Bool(false),
                left => kleene(left, truth(&self.value(right)?), false),
            },
            Expr::Or(left, right) => match truth(&self.value(left)?) {
                Some(true) => Operand::Bool(true),
                left => kleene(left, truth(&self.value(right)?), true),
            },
            Expr::Not(inner) => match truth(&self.value(inner)?) {
                Some(value) => Operand::Bool(!value),
                None => Operand::Null,
            },
            Expr::Compare { left, op, right } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Operand::Bool(compare(&left, *op, &right, self.options.ignore_case))
            }
            Expr::In { left, list } => {
                let left = self.value(left)?;
                Operand::Bool(list.iter().any(|literal| {
                    let right = Operand::literal(literal);
                    compare(&left, Compare::Eq, &right, self.options.ignore_case)
                }))
            }
            Expr::Call { function, arguments } => {
                let values = arguments
                    .iter()
                    .map(|argument| self.value(argument))
                    .collect::<Result<Vec<_>, _>>()?;
                function::call(function, &values, self.options.ignore_case)?
            }
            Expr::Lambda { any, path, variable, body } => {
                self.lambda(*any, path, variable.as_deref(), body.as_deref())?
            }
            Expr::Path(path) => self.path(path),
            Expr::Literal(literal) => Operand::literal(literal),
        })
    }

    fn path(&self, path: &'a [String]) -> Operand<'a> {
        let Some((first, rest)) = path.split_first() else {
            return Operand::Null;
        };
        if first == "$it" {
            return follow(self.root, rest);
        }
        match self.variables.iter().rev().find(|(name, _)| name == first) {
            Some((_, value)) => follow(value, rest),
            None => follow(self.root, path),
        }
    }

    fn lambda(
        &self,
        any: bool,
        path: &'a [String],
        variable: Option<&'a str>,
        body: Option<&'a Expr>,
    ) -> Result<Operand<'a>, EvaluateError> {
        let list: &'a [Value] = match self.path(path) {
            Operand::List(list) => list,
            _ => &[],
        };
        let (Some(variable), Some(body)) = (variable, body) else {
            return Ok(Operand::Bool(!list.is_empty()));
        };
        for element in list {
            let mut variables = self.variables.clone();
            variables.push((variable, element));
            let inner = Scope { root: self.root, variables, options: self.options };
            if (truth(&inner.value(body)?) == Some(true)) == any {
                return Ok(Operand::Bool(any));
            }
        }
        Ok(Operand::Bool(!any))
    }
}

/// The second half of `and` (`absorbing` false) or `or` (`absorbing` true).
fn kleene<'a>(left: Option<bool>, right: Option<bool>, absorbing: bool) -> Operand<'a> {
    match (left, right) {
        (_, Some(right)) if right == absorbing => Operand::Bool(absorbing),
        (Some(_), Some(_)) => Operand::Bool(!absorbing),
        _ => Operand::Null,
    }
}

fn follow<'a>(start: &'a Value, path: &[String]) -> Operand<'a> {
    let mut value = start;
    for name in path {
        if name == "$count" {
            let length = value.as_array().map_or(0, Vec::len);
            return Operand::Int(i64::try_from(length).unwrap_or(i64::MAX));
        }
        match value.get(name.as_str()) {
            Some(inner) => value = inner,
            None => return Operand::Null,
        }
    }
    Operand::of(value)
}

fn compare(left: &Operand<'_>, op: Compare, right: &Operand<'_>, ignore_case: bool) -> bool {
    let nulls = (matches!(left, Operand::Null), matches!(right, Operand::Null));
    match nulls {
        (true, true) => return op == Compare::Eq,
        (true, false) | (false, true) => return op == Compare::Ne,
        (false, false) => {}
    }
    let order = order_of(left, right, ignore_case);
    match op {
        Compare::Eq => order == Some(Ordering::Equal),
        Compare::Ne => order != Some(Ordering::Equal),
        Compare::Gt => order == Some(Ordering::Greater),
        Compare::Ge => order.is_some_and(Ordering::is_ge),
        Compare::Lt => order == Some(Ordering::Less),
        Compare::Le => order.is_some_and(Ordering::is_le),
    }
}

/// The order of two values, where they can be compared.
pub(crate) fn order_of(
    left: &Operand<'_>,
    right: &Operand<'_>,
    ignore_case: bool,
) -> Option<Ordering> {
    match (left, right) {
        (Operand::Bool(a), Operand::Bool(b)) => Some(a.cmp(b)),
        (Operand::Int(a), Operand::Int(b)) => Some(a.cmp(b)),
        (Operand::Text(a), Operand::Text(b)) => Some(texts(a, b, ignore_case)),
        (Operand::Guid(_), _) | (_, Operand::Guid(_)) => Some(guid(left)?.cmp(&guid(right)?)),
        (Operand::Instant(_) | Operand::Date(_), _)
        | (_, Operand::Instant(_) | Operand::Date(_)) => Some(instant(left)?.cmp(&instant(right)?)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

fn texts(a: &str, b: &str, ignore_case: bool) -> Ordering {
    // Instants come as texts in JSON; `…00Z` and `…00.0000000Z` are the same one.
    if let (Some(a), Some(b)) = (dated(a), dated(b)) {
        return a.cmp(&b);
    }
    if ignore_case { a.to_lowercase().cmp(&b.to_lowercase()) } else { a.cmp(b) }
}

fn dated(text: &str) -> Option<Timestamp> {
    let shaped = text.len() >= 16
        && text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && text.as_bytes().get(10) == Some(&b'T');
    if shaped { token::instant(text) } else { None }
}

fn guid(operand: &Operand<'_>) -> Option<Uuid> {
    match operand {
        Operand::Guid(id) => Some(*id),
        Operand::Text(text) => Uuid::parse_str(text).ok(),
        _ => None,
    }
}

pub(crate) fn instant(operand: &Operand<'_>) -> Option<Timestamp> {
    let date = match operand {
        Operand::Instant(instant) => return Some(*instant),
        Operand::Date(date) => *date,
        Operand::Text(text) => match token::instant(text) {
            Some(instant) => return Some(instant),
            None => text.parse().ok()?,
        },
        _ => return None,
    };
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn number(operand: &Operand<'_>) -> Option<f64> {
    match operand {
        Operand::Int(value) => Some(*value as f64),
        Operand::Decimal(value) => Some(*value),
        _ => None,
    }
}
