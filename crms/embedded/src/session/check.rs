//! Are the values of a row right: names, types, lengths, ranges, who may write.

use super::{Session, find, sql::midnight};
use crate::{
    error::{CrmError, code},
    schema::{Column, Kind, Table, Target},
    value::{Row, Value},
};
use earmark_model::{Instant, activity::RecordRef};
use uuid::Uuid;

impl Session<'_> {
    /// The row with each value in the form that its column keeps.
    pub(super) fn checked(&self, table: &'static Table, row: Row) -> Result<Row, CrmError> {
        let mut checked = Row::new();
        for (name, value) in row {
            let column =
                table.column(&name).ok_or_else(|| CrmError::no_column(table.logical, &name))?;
            if column.read_only && !self.caller.service {
                return Err(CrmError::new(
                    code::CANNOT_UPDATE_READ_ONLY,
                    format!(
                        "column '{name}' of '{}' is kept by the CRM itself; leave it out",
                        table.logical
                    ),
                ));
            }
            checked.insert(name, fitted(table, column, value)?);
        }
        Ok(checked)
    }

    /// Refuses lookups to rows that are not there, and completes those that name only an id.
    pub(super) fn check_lookups(&self, row: &Row) -> Result<(), CrmError> {
        for value in row.values() {
            if let Value::Lookup(target) = value
                && !self.exists(find(&target.table)?, target.id)?
            {
                return Err(CrmError::missing(&target.table, target.id));
            }
        }
        Ok(())
    }
}

fn fitted(table: &'static Table, column: &'static Column, value: Value) -> Result<Value, CrmError> {
    let wrong = |what: &str| {
        CrmError::new(
            code::INVALID_ARGUMENT,
            format!("column '{}' of '{}' {what}", column.logical, table.logical),
        )
    };
    match (&column.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (Kind::Text { .. } | Kind::Memo { .. }, Value::Text(text)) if text.is_empty() => {
            Ok(Value::Null)
        }
        (Kind::Text { max } | Kind::Memo { max }, Value::Text(text)) => {
            within(table, column, &text, *max)?;
            Ok(Value::Text(text))
        }
        (Kind::EntityName, Value::Text(text)) => Ok(Value::Text(text)),
        (Kind::Int { min, max }, Value::Int(number)) => {
            in_range(table, column, number, i64::from(*min), i64::from(*max))
        }
        (Kind::BigInt, Value::Int(number)) => Ok(Value::Int(number)),
        (Kind::Decimal | Kind::Double | Kind::Money, Value::Int(number)) => {
            // Rounding beyond 2^53 is what the column's own type does.
            #[allow(clippy::cast_precision_loss)]
            let number = number as f64;
            Ok(Value::Decimal(number))
        }
        (Kind::Decimal | Kind::Double | Kind::Money, Value::Decimal(number)) => number
            .is_finite()
            .then_some(Value::Decimal(number))
            .ok_or_else(|| wrong("is no number")),
        (Kind::Bool { .. }, Value::Bool(yes)) => Ok(Value::Bool(yes)),
        (Kind::Key | Kind::Guid, Value::Guid(id)) => Ok(Value::Guid(id)),
        (Kind::Key | Kind::Guid, Value::Text(text)) => {
            Uuid::parse_str(&text).map(Value::Guid).map_err(|_| wrong("takes an id"))
        }
        (Kind::Instant, Value::Instant(at)) => Ok(Value::Instant(at)),
        (Kind::Instant, Value::Date(day)) => {
            midnight(&day).map(Value::Instant).ok_or_else(|| wrong("takes a point in time"))
        }
        (Kind::Instant, Value::Text(text)) => Instant::parse_rfc3339(&text)
            .map(Instant::as_millis)
            .or_else(|| midnight(&text))
            .map(Value::Instant)
            .ok_or_else(|| wrong("takes a point in time, such as 2026-11-22T10:00:00Z")),
        (Kind::Date, Value::Date(day) | Value::Text(day)) => {
            let day = day.get(..10).unwrap_or(&day).to_owned();
            midnight(&day)
                .map(|_| Value::Date(day))
                .ok_or_else(|| wrong("takes a day, such as 2026-11-22"))
        }
        (Kind::Options(options), Value::Int(number)) => {
            one_of(table, column, number, options.iter().map(|option| option.0))
        }
        (Kind::State(options), Value::Int(number)) => {
            one_of(table, column, number, options.iter().map(|option| option.0))
        }
        (Kind::Status(options), Value::Int(number)) => {
            one_of(table, column, number, options.iter().map(|option| option.0))
        }
        (Kind::Lookup { targets }, Value::Lookup(reference)) => {
            pointed(table, column, targets, reference)
        }
        _ => Err(wrong("takes a value of another type")),
    }
}

fn within(table: &Table, column: &Column, text: &str, max: u32) -> Result<(), CrmError> {
    if text.len() <= max as usize || units(text) <= max as usize {
        return Ok(());
    }
    Err(CrmError::new(
        code::STRING_LENGTH_TOO_LONG,
        format!(
            "column '{}' of '{}' takes at most {max} characters, these are {}",
            column.logical,
            table.logical,
            units(text)
        ),
    ))
}

/// Units: characters as the product counts them, which is UTF-16 code units.
fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// As much of `text` as a column of `max` characters takes.
pub(crate) fn truncated(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut left = max;
    let end = text.char_indices().find_map(|(position, character)| {
        let width = character.len_utf16();
        if width > left {
            return Some(position);
        }
        left -= width;
        None
    });
    &text[..end.unwrap_or(text.len())]
}

fn in_range(
    table: &Table,
    column: &Column,
    number: i64,
    min: i64,
    max: i64,
) -> Result<Value, CrmError> {
    if (min..=max).contains(&number) {
        return Ok(Value::Int(number));
    }
    Err(CrmError::new(
        code::INTEGER_VALUE_OUT_OF_RANGE,
        format!(
            "column '{}' of '{}' takes {min} to {max}, not {number}",
            column.logical, table.logical
        ),
    ))
}

fn one_of(
    table: &Table,
    column: &Column,
    number: i64,
    mut options: impl Iterator<Item = i32>,
) -> Result<Value, CrmError> {
    if options.any(|option| i64::from(option) == number) {
        return Ok(Value::Int(number));
    }
    let status = matches!(column.kind, Kind::State(_) | Kind::Status(_));
    let code = if status { code::INVALID_STATE_STATUS } else { code::PICKLIST_VALUE_OUT_OF_RANGE };
    Err(CrmError::new(
        code,
        format!("column '{}' of '{}' has no value {number}", column.logical, table.logical),
    ))
}

fn pointed(
    table: &Table,
    column: &Column,
    targets: &[Target],
    reference: RecordRef,
) -> Result<Value, CrmError> {
    if targets.iter().any(|target| target.table == reference.table) {
        return Ok(Value::Lookup(reference));
    }
    // An activity may be named by its own table where any activity will do.
    let activity = crate::schema::table(&reference.table).is_some_and(|table| table.is_activity);
    if activity && targets.iter().any(|target| target.table == "activitypointer") {
        return Ok(Value::lookup("activitypointer", reference.id));
    }
    Err(CrmError::new(
        code::INVALID_ARGUMENT,
        format!(
            "column '{}' of '{}' does not point to '{}'",
            column.logical, table.logical, reference.table
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::truncated;

    #[test]
    fn text_is_cut_at_a_character() {
        assert_eq!(truncated("abcdef", 4), "abcd");
        assert_eq!(truncated("äöü", 2), "äö");
        assert_eq!(truncated("a😀b", 2), "a");
        assert_eq!(truncated("a😀b", 3), "a😀");
        assert_eq!(truncated("äö", 2), "äö");
    }
}
