//! The values of a row.

use earmark_model::activity::RecordRef;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One value of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing; clears the column in an update.
    Null,
    /// A yes or no.
    Bool(bool),
    /// A whole number, also the value of a choice, a state or a status.
    Int(i64),
    /// A number with a fraction: decimal, double or money.
    Decimal(f64),
    /// Text, also the logical name that an entity-name column holds.
    Text(String),
    /// An id.
    Guid(Uuid),
    /// A point in time. Units: milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A day, `yyyy-mm-dd`.
    Date(String),
    /// A row of another table.
    Lookup(RecordRef),
}

impl Value {
    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id of a guid or of a lookup.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Guid(id) => Some(*id),
            Self::Lookup(reference) => Some(reference.id),
            _ => None,
        }
    }

    /// The whole number, where it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The point in time, where it is one. Units: milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_instant(&self) -> Option<i64> {
        match self {
            Self::Instant(millis) => Some(*millis),
            _ => None,
        }
    }

    /// The yes or no, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The row that a lookup names.
    pub fn as_lookup(&self) -> Option<&RecordRef> {
        match self {
            Self::Lookup(reference) => Some(reference),
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A lookup of row `id` of `table`.
    pub fn lookup(table: &str, id: Uuid) -> Self {
        Self::Lookup(RecordRef { table: table.to_owned(), id })
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A row by the logical names of its columns; lookups stand under their logical name (`ownerid`).
pub type Row = BTreeMap<String, Value>;
