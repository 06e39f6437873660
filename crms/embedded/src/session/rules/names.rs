//! Full names, computed from their parts.

use crate::{
    schema::Table,
    value::{Row, Value},
};

/// Computes the full name where a part of it changes.
pub(super) fn complete(table: &Table, current: Option<&Row>, changes: &mut Row) {
    if !matches!(table.logical, "contact" | "lead" | "systemuser") {
        return;
    }
    let parts = ["firstname", "middlename", "lastname"];
    let touched = parts.iter().any(|part| changes.contains_key(*part));
    if !touched {
        return;
    }
    let name = parts
        .iter()
        .filter_map(|part| {
            let value = changes.get(*part).or_else(|| current?.get(*part))?;
            value.as_text().map(str::trim).filter(|text| !text.is_empty())
        })
        .collect::<Vec<_>>()
        .join(" ");
    let value = if name.is_empty() { Value::Null } else { Value::Text(name) };
    changes.insert("fullname".to_owned(), value);
}
