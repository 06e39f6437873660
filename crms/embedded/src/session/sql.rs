//! Values of the CRM as values of SQLite, and the columns of a statement.

use crate::{
    error::{CrmError, code},
    schema::{Column, Kind, Table},
    value::{Row, Value},
};
use earmark_model::{Instant, activity::RecordRef};
use earmark_sqlite::rusqlite::{self, types::Value as Sql};
use std::fmt::Write as _;
use uuid::Uuid;

/// An id as SQLite keeps it.
pub(crate) fn blob(id: Uuid) -> Sql {
    Sql::Blob(id.as_bytes().to_vec())
}

/// An id out of a row.
pub(crate) fn id_at(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(index)?;
    Ok(Uuid::from_bytes(bytes))
}

/// An id out of a row, where there is one.
pub(crate) fn optional_id_at(
    row: &rusqlite::Row<'_>,
    index: usize,
) -> rusqlite::Result<Option<Uuid>> {
    let bytes: Option<[u8; 16]> = row.get(index)?;
    Ok(bytes.map(Uuid::from_bytes))
}

/// Whether the table of a lookup is kept beside the id.
pub(crate) const fn has_table(column: &Column) -> bool {
    match column.kind {
        Kind::Lookup { targets } => targets.len() != 1,
        _ => false,
    }
}

/// What a `SELECT` names for `columns`.
pub(crate) fn select_list(columns: &[&'static Column], alias: &str) -> String {
    let mut list = String::new();
    for column in columns {
        let name = column.logical;
        let _ = write!(list, "{alias}.\"{name}\",");
        if has_table(column) {
            let _ = write!(list, "{alias}.\"{name}_table\",");
        }
    }
    let _ = write!(list, "{alias}.\"versionnumber\"");
    list
}

/// A row of a statement whose columns [`select_list`] named.
pub(crate) fn decode(
    row: &rusqlite::Row<'_>,
    columns: &[&'static Column],
) -> rusqlite::Result<Row> {
    let mut values = Row::new();
    let mut index = 0;
    for column in columns {
        let (value, width) = decode_one(row, index, column)?;
        values.insert(column.logical.to_owned(), value);
        index += width;
    }
    let version: Option<i64> = row.get(index)?;
    values.insert("versionnumber".to_owned(), version.map_or(Value::Null, Value::Int));
    Ok(values)
}

fn decode_one(
    row: &rusqlite::Row<'_>,
    index: usize,
    column: &Column,
) -> rusqlite::Result<(Value, usize)> {
    if let Kind::Lookup { targets } = column.kind {
        let id = optional_id_at(row, index)?;
        if let [only] = targets {
            return Ok((id.map_or(Value::Null, |id| Value::lookup(only.table, id)), 1));
        }
        let table: Option<String> = row.get(index + 1)?;
        let value = match (id, table) {
            (Some(id), Some(table)) => Value::Lookup(RecordRef { table, id }),
            _ => Value::Null,
        };
        return Ok((value, 2));
    }
    let value = match row.get::<_, Sql>(index)? {
        Sql::Null => Value::Null,
        Sql::Integer(number) => match column.kind {
            Kind::Bool { .. } => Value::Bool(number != 0),
            Kind::Instant => Value::Instant(number),
            _ => Value::Int(number),
        },
        Sql::Real(number) => Value::Decimal(number),
        Sql::Text(text) => match column.kind {
            Kind::Date => Value::Date(text),
            _ => Value::Text(text),
        },
        Sql::Blob(bytes) => Uuid::from_slice(&bytes).map_or(Value::Null, Value::Guid),
    };
    Ok((value, 1))
}

/// The SQL columns and values that a column's value fills.
pub(crate) fn encode(column: &'static Column, value: &Value) -> Vec<(String, Sql)> {
    let name = column.logical.to_owned();
    if has_table(column) {
        let (id, table) = match value {
            Value::Lookup(reference) => (blob(reference.id), Sql::Text(reference.table.clone())),
            _ => (Sql::Null, Sql::Null),
        };
        return vec![(name.clone(), id), (format!("{name}_table"), table)];
    }
    vec![(name, plain(value))]
}

/// A value alone.
pub(crate) fn plain(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Bool(yes) => Sql::Integer(i64::from(*yes)),
        Value::Int(number) | Value::Instant(number) => Sql::Integer(*number),
        Value::Decimal(number) => Sql::Real(*number),
        Value::Text(text) | Value::Date(text) => Sql::Text(text.clone()),
        Value::Guid(id) => blob(*id),
        Value::Lookup(reference) => blob(reference.id),
    }
}

/// A value to compare a column with, in the column's own representation.
pub(crate) fn comparable(table: &Table, column: &Column, value: &Value) -> Result<Sql, CrmError> {
    let fits = match (&column.kind, value) {
        (_, Value::Null) => Some(Sql::Null),
        (Kind::Key | Kind::Guid | Kind::Lookup { .. }, value) => match value {
            Value::Guid(id) => Some(blob(*id)),
            Value::Lookup(reference) => Some(blob(reference.id)),
            Value::Text(text) => Uuid::parse_str(text).ok().map(blob),
            _ => None,
        },
        (Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName, Value::Text(text)) => {
            Some(Sql::Text(text.clone()))
        }
        (Kind::Text { .. } | Kind::Memo { .. }, Value::Guid(id)) => Some(Sql::Text(id.to_string())),
        (Kind::Bool { .. }, Value::Bool(yes)) => Some(Sql::Integer(i64::from(*yes))),
        (Kind::Bool { .. }, Value::Int(number @ 0..=1)) => Some(Sql::Integer(*number)),
        (Kind::Instant, Value::Instant(at)) => Some(Sql::Integer(*at)),
        (Kind::Instant, Value::Date(day)) => midnight(day).map(Sql::Integer),
        (Kind::Instant, Value::Text(text)) => Instant::parse_rfc3339(text)
            .map(Instant::as_millis)
            .or_else(|| midnight(text))
            .map(Sql::Integer),
        (Kind::Date, Value::Date(day) | Value::Text(day)) => Some(Sql::Text(day.clone())),
        (kind, Value::Int(number)) if is_number(kind) => Some(Sql::Integer(*number)),
        (kind, Value::Decimal(number)) if is_number(kind) => Some(Sql::Real(*number)),
        _ => None,
    };
    fits.ok_or_else(|| {
        CrmError::new(
            code::INVALID_ARGUMENT,
            format!(
                "the value does not fit column '{}' of '{}'; compare it with a value of its type",
                column.logical, table.logical
            ),
        )
    })
}

const fn is_number(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Int { .. }
            | Kind::BigInt
            | Kind::Decimal
            | Kind::Double
            | Kind::Money
            | Kind::Options(_)
            | Kind::State(_)
            | Kind::Status(_)
    )
}

/// Units: milliseconds since the epoch, of the beginning of a day in UTC.
pub(crate) fn midnight(day: &str) -> Option<i64> {
    Instant::parse_rfc3339(&format!("{day}T00:00:00Z")).map(Instant::as_millis)
}

/// Whether text is compared, which happens in either case.
pub(crate) const fn is_text(kind: &Kind) -> bool {
    matches!(kind, Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName)
}
