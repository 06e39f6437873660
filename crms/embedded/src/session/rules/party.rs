//! Parties of an activity.

use super::email::first_address;
use crate::{
    error::CrmError,
    session::{
        Session,
        sql::{blob, plain},
    },
    value::{Row, Value},
};
use uuid::Uuid;

/// Fills the address and the owner of a new party.
pub(super) fn before_create(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    if !row.contains_key("addressused")
        && let Some(record) = row.get("partyid").and_then(Value::as_lookup)
        && let Some(address) = first_address(session, record)?
    {
        row.insert("addressused".to_owned(), Value::Text(address));
    }
    row.entry("instancetypecode".to_owned()).or_insert(Value::Int(0));
    inherit_owner(session, row, "activityid")
}

/// Gives a part of an activity the owner of the activity.
pub(super) fn inherit_owner(
    session: &Session<'_>,
    row: &mut Row,
    column: &str,
) -> Result<(), CrmError> {
    let Some(activity) = row.get(column).and_then(Value::as_id) else { return Ok(()) };
    let owner = session.owner_of_activity(activity)?;
    if !owner.is_null() {
        row.insert("ownerid".to_owned(), owner);
    }
    Ok(())
}

/// Follows a change of the activity's owner.
pub(super) fn follow_owner(session: &Session<'_>, id: Uuid, changes: &Row) -> Result<(), CrmError> {
    let Some(Value::Lookup(owner)) = changes.get("ownerid") else { return Ok(()) };
    let unit = changes.get("owningbusinessunit").map_or(blob(session.fixed.business_unit), plain);
    for (table, column) in [("activityparty", "activityid"), ("activitymimeattachment", "objectid")]
    {
        session
            .tx
            .prepare_cached(&format!(
                "UPDATE {table} SET ownerid = ?1, ownerid_table = ?2, owningbusinessunit = ?3 \
                 WHERE {column} = ?4"
            ))?
            .execute((blob(owner.id), &owner.table, &unit, blob(id)))?;
    }
    Ok(())
}
