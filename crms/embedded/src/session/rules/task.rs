//! Tasks: the two days that stand for each other.

use crate::value::{Row, Value};

/// Fills the day that is missing from the one that is given: a task that is due without a start
/// starts then, and one that only starts is due then.
pub(super) fn before_create(row: &mut Row) {
    let given = |column: &str| row.get(column).filter(|value| !value.is_null()).cloned();
    let (start, end) = (given("scheduledstart"), given("scheduledend"));
    let (column, value) = match (start, end) {
        (Some(day), None) => ("scheduledend", day),
        (None, Some(day)) => ("scheduledstart", day),
        _ => return,
    };
    row.insert(column.to_owned(), value);
    if let Some(Value::Instant(_)) = row.get("scheduledend") {
        row.entry("scheduleddurationminutes".to_owned()).or_insert(Value::Int(0));
    }
}
