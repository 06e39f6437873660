//! The rows of `emailsearch`: one for each address of each record that has one.

use crate::{
    error::CrmError,
    schema::Table,
    session::{Session, sql::blob},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::params;
use uuid::Uuid;

/// Makes the rows of a new record.
pub(super) fn index(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    row: &Row,
) -> Result<(), CrmError> {
    let addresses = table.address_columns.iter().filter_map(|column| row.get(*column)?.as_text());
    let mut seen: Vec<String> = Vec::new();
    for address in addresses {
        let folded = address.trim().to_lowercase();
        if folded.is_empty() || seen.contains(&folded) {
            continue;
        }
        session
            .tx
            .prepare_cached(
                "INSERT INTO emailsearch (emailsearchid, emailaddress, parentobjectid, \
                 parentobjectid_table, versionnumber) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                session.new_id().as_bytes(),
                folded,
                id.as_bytes(),
                table.logical,
                session.next_version()?
            ])?;
        seen.push(folded);
    }
    Ok(())
}

/// Makes them anew where an address changes.
pub(super) fn index_changed(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    current: &Row,
    changes: &Row,
) -> Result<(), CrmError> {
    if !table.address_columns.iter().any(|column| changes.contains_key(*column)) {
        return Ok(());
    }
    forget(session, table, id)?;
    let whole: Row = table
        .address_columns
        .iter()
        .map(|column| {
            let value = changes.get(*column).or_else(|| current.get(*column));
            ((*column).to_owned(), value.cloned().unwrap_or(Value::Null))
        })
        .collect();
    index(session, table, id, &whole)
}

/// Takes them away.
pub(super) fn forget(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), CrmError> {
    if table.address_columns.is_empty() {
        return Ok(());
    }
    session
        .tx
        .prepare_cached("DELETE FROM emailsearch WHERE parentobjectid = ?")?
        .execute([blob(id)])?;
    Ok(())
}
