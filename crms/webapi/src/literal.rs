//! Values from filters, keys and payloads, by the kind of their column.

use earmark_embedded::schema::{Column, Kind};
use earmark_embedded::value::Value;
use earmark_model::activity::RecordRef;
use earmark_odata::Literal;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::fault::Fault;

/// The type name of a column in `$metadata`.
pub(crate) fn edm(kind: &Kind) -> &'static str {
    match kind {
        Kind::Key | Kind::Guid | Kind::Lookup { .. } => "Edm.Guid",
        Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName => "Edm.String",
        Kind::Int { .. } | Kind::Options(_) | Kind::State(_) | Kind::Status(_) => "Edm.Int32",
        Kind::BigInt => "Edm.Int64",
        Kind::Decimal | Kind::Money => "Edm.Decimal",
        Kind::Double => "Edm.Double",
        Kind::Bool { .. } => "Edm.Boolean",
        Kind::Instant => "Edm.DateTimeOffset",
        Kind::Date => "Edm.Date",
    }
}

/// A literal of a filter or key as a value of a column. Texts are read as the column's kind, as
/// filter functions send every value as text.
pub(crate) fn value(column: &Column, literal: &Literal) -> Result<Value, Fault> {
    let mismatch = || {
        Fault::bad(format!(
            "A binary operator with incompatible types was detected. The value {literal} does not \
             fit '{}' of type '{}'.",
            column.logical,
            edm(&column.kind)
        ))
    };
    if *literal == Literal::Null {
        return Ok(Value::Null);
    }
    match &column.kind {
        Kind::Key | Kind::Guid | Kind::Lookup { .. } => guid(literal).map(Value::Guid),
        Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName => match literal {
            Literal::Text(text) => Some(Value::Text(text.clone())),
            _ => None,
        },
        Kind::Int { .. } | Kind::Options(_) | Kind::State(_) | Kind::Status(_) | Kind::BigInt => {
            match literal {
                Literal::Int(number) => Some(Value::Int(*number)),
                Literal::Text(text) => text.trim().parse().ok().map(Value::Int),
                _ => None,
            }
        }
        Kind::Decimal | Kind::Money | Kind::Double => match literal {
            Literal::Int(number) => Some(Value::Decimal(*number as f64)),
            Literal::Decimal(number) => Some(Value::Decimal(*number)),
            Literal::Text(text) => number(text).map(Value::Decimal),
            _ => None,
        },
        Kind::Bool { .. } => match literal {
            Literal::Bool(value) => Some(Value::Bool(*value)),
            Literal::Text(text) => truth(text).map(Value::Bool),
            Literal::Int(number @ 0..=1) => Some(Value::Bool(*number == 1)),
            _ => None,
        },
        Kind::Instant => match literal {
            Literal::Instant(instant) => Some(Value::Instant(instant.as_millisecond())),
            Literal::Date(date) => instant(&date.to_string()).map(Value::Instant),
            Literal::Text(text) => instant(text).map(Value::Instant),
            _ => None,
        },
        Kind::Date => match literal {
            Literal::Date(date) => Some(Value::Date(date.to_string())),
            Literal::Text(text) => day(text).map(Value::Date),
            _ => None,
        },
    }
    .ok_or_else(mismatch)
}

/// A member of a payload as a value of a column. Lookups are not written this way.
pub(crate) fn json(column: &Column, given: &Json) -> Result<Value, Fault> {
    let mismatch = || {
        Fault::payload(format!(
            "Cannot convert the value of '{}' to the expected type '{}'.",
            column.logical,
            edm(&column.kind)
        ))
    };
    if given.is_null() {
        return Ok(Value::Null);
    }
    match &column.kind {
        Kind::Key | Kind::Guid => {
            given.as_str().and_then(|text| Uuid::parse_str(text).ok()).map(Value::Guid)
        }
        Kind::Lookup { .. } => {
            return Err(Fault::payload(
                "CRM do not support direct update of Entity Reference properties, \
                 Use Navigation properties instead.",
            ));
        }
        Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName => {
            given.as_str().map(|text| Value::Text(text.to_owned()))
        }
        Kind::Int { .. } | Kind::Options(_) | Kind::State(_) | Kind::Status(_) => {
            given.as_i64().map(Value::Int)
        }
        Kind::BigInt => given.as_i64().or_else(|| given.as_str()?.parse().ok()).map(Value::Int),
        Kind::Decimal | Kind::Money | Kind::Double => {
            given.as_f64().or_else(|| number(given.as_str()?)).map(Value::Decimal)
        }
        Kind::Bool { .. } => given.as_bool().map(Value::Bool),
        Kind::Instant => given.as_str().and_then(instant).map(Value::Instant),
        Kind::Date => given.as_str().and_then(day).map(Value::Date),
    }
    .ok_or_else(mismatch)
}

/// A value as a member of an answer.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => Json::from(*number),
        Value::Decimal(number) => Json::from(*number),
        Value::Text(text) | Value::Date(text) => Json::from(text.as_str()),
        Value::Guid(id) | Value::Lookup(RecordRef { id, .. }) => Json::from(id.to_string()),
        Value::Instant(millis) => jiff::Timestamp::from_millisecond(*millis)
            .map_or(Json::Null, |instant| Json::from(instant.to_string())),
    }
}

/// The id in a literal.
pub(crate) fn guid(literal: &Literal) -> Option<Uuid> {
    match literal {
        Literal::Guid(id) => Some(*id),
        Literal::Text(text) => Uuid::parse_str(text.trim()).ok(),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// A point in time; a bare local time is taken as UTC, a bare day as its midnight there.
fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let civil = match text.parse::<jiff::civil::DateTime>() {
        Ok(civil) if !text.ends_with(['Z', 'z']) => civil,
        _ => return None,
    };
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

fn day(text: &str) -> Option<String> {
    text.trim().parse::<jiff::civil::Date>().ok().map(|day| day.to_string())
}
