//! Queue items: what waits in a queue.

use crate::{
    error::CrmError,
    session::{Session, find},
    value::{Row, Value},
};

/// Copies what a list of queue items shows from the object.
pub(super) fn before_create(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    row.insert("enteredon".to_owned(), Value::Instant(session.now));
    let Some(object) = row.get("objectid").and_then(Value::as_lookup).cloned() else {
        return Ok(());
    };
    let table = find(&object.table)?;
    let whole = session
        .whole(table, object.id)?
        .ok_or_else(|| CrmError::missing(table.logical, object.id))?;
    let name = table.name.and_then(|name| whole.get(name)).cloned();
    for (column, value) in [
        ("title", name),
        ("sender", whole.get("sender").cloned()),
        ("torecipients", whole.get("torecipients").cloned()),
    ] {
        if let Some(value) = value {
            row.entry(column.to_owned()).or_insert(value);
        }
    }
    Ok(())
}
