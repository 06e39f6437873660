//! Parties of an activity.

use super::email::first_address;
use crate::{
    error::{CrmError, code},
    request::Child,
    session::{
        Session,
        sql::{blob, optional_id_at, plain},
    },
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::OptionalExtension;
use uuid::Uuid;

/// Fills the address and the owner of a new party.
pub(super) fn before_create(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    if !row.contains_key("addressused")
        && let Some(record) = row.get("partyid").and_then(Value::as_lookup)
        && let Some(address) = first_address(session, record)?
    {
        row.insert("addressused".to_owned(), Value::Text(address));
    }
    follow_activity(session, row)?;
    inherit_owner(session, row, "activityid")
}

/// The parties of an activity, in order, as those of a row of `table` are made.
pub(crate) fn parties_of(
    session: &Session<'_>,
    activity: Uuid,
    table: &str,
) -> Result<Vec<Child>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT participationtypemask, addressused, unresolvedpartyname, partyid, partyid_table \
         FROM activityparty WHERE activityid = ? ORDER BY participationtypemask, rowid",
    )?;
    let rows = statement.query_map([blob(activity)], |row| {
        let mask = ("participationtypemask".to_owned(), Value::Int(row.get(0)?));
        let mut party = Row::from([mask]);
        for (index, column) in [(1, "addressused"), (2, "unresolvedpartyname")] {
            if let Some(text) = row.get::<_, Option<String>>(index)? {
                party.insert(column.to_owned(), Value::Text(text));
            }
        }
        if let (Some(id), Some(table)) = (optional_id_at(row, 3)?, row.get(4)?) {
            party.insert("partyid".to_owned(), Value::Lookup(RecordRef { table, id }));
        }
        let relation = format!("{table}_activity_parties");
        Ok(Child { relation, row: party, children: Vec::new() })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Refuses a part that nobody plays in such an activity, and says what of a series it is.
fn follow_activity(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    let Some(activity) = row.get("activityid").and_then(Value::as_id) else { return Ok(()) };
    let found: Option<(String, Option<i64>)> = session
        .tx
        .prepare_cached(
            "SELECT activitytypecode, instancetypecode FROM activitypointer WHERE activityid = ?",
        )?
        .query_row([blob(activity)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((table, kind)) = found else { return Ok(()) };
    let mask = row.get("participationtypemask").and_then(Value::as_int).unwrap_or_default();
    if !parts(&table).contains(&mask) {
        return Err(CrmError::new(
            code::INVALID_ARGUMENT,
            format!("nobody takes part in '{table}' with participationtypemask {mask}"),
        ));
    }
    row.insert("instancetypecode".to_owned(), Value::Int(kind.unwrap_or_default()));
    Ok(())
}

/// The values of `participationtypemask` that an activity knows: of an email sender, recipients
/// and related records; of a meeting attendees, organizer and resources; of any the record that
/// it is about and the owner.
fn parts(table: &str) -> &'static [i64] {
    match table {
        "email" => &[1, 2, 3, 4, 8, 9, 13],
        "appointment" | "recurringappointmentmaster" => &[5, 6, 7, 8, 9, 10],
        _ => &[8, 9],
    }
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
