//! Emails: defaults, and the columns that follow from the parties.

use crate::{
    error::CrmError,
    request::Child,
    schema::{self, Table},
    session::{Session, check::truncated, find, sql::blob},
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::OptionalExtension;
use uuid::Uuid;

const PARTIES: &str = "email_activity_parties";
/// Units: characters of `torecipients`.
const RECIPIENTS_MAX: usize = 500;
/// Units: characters of `sender`.
const SENDER_MAX: usize = 250;

/// Status of a received and of a sent email that the service tracks: completed.
const RECEIVED: i64 = 4;
const SENT: i64 = 3;

/// Fills what every new activity has.
pub(super) fn complete_activity(table: &Table, row: &mut Row) {
    let defaults = [
        ("activitytypecode", Value::text(table.logical)),
        ("instancetypecode", Value::Int(0)),
        ("prioritycode", Value::Int(1)),
        ("isregularactivity", Value::Bool(true)),
        ("attachmentcount", Value::Int(0)),
    ];
    for (column, value) in defaults {
        if table.column(column).is_some() {
            row.entry(column.to_owned()).or_insert(value);
        }
    }
}

/// Fills what every new email has.
pub(super) fn before_create(
    session: &Session<'_>,
    row: &mut Row,
    children: &[Child],
) -> Result<(), CrmError> {
    let outgoing = row.get("directioncode").and_then(Value::as_bool).unwrap_or(true);
    if session.caller.service && row.get("statuscode") == Some(&Value::Int(1)) {
        // The service only makes records of mail that was sent or received already.
        let status = if outgoing { SENT } else { RECEIVED };
        row.insert("statecode".to_owned(), Value::Int(1));
        row.insert("statuscode".to_owned(), Value::Int(status));
    }
    row.entry("mimetype".to_owned()).or_insert_with(|| Value::text("text/html"));
    row.entry("notifications".to_owned()).or_insert(Value::Int(0));
    from_parties(session, row, children)
}

/// Follows a change of the parties.
pub(super) fn before_update(
    session: &Session<'_>,
    changes: &mut Row,
    children: Option<&[Child]>,
) -> Result<(), CrmError> {
    from_parties(session, changes, children.unwrap_or_default())
}

/// Fills `sender`, `emailsender` and `torecipients` from the parties, where they are given.
fn from_parties(session: &Session<'_>, row: &mut Row, children: &[Child]) -> Result<(), CrmError> {
    let parties: Vec<&Row> =
        children.iter().filter(|child| child.relation == PARTIES).map(|child| &child.row).collect();
    if parties.is_empty() {
        return Ok(());
    }
    let mut recipients = String::new();
    for party in parties {
        let address = address_of(session, party)?;
        match party.get("participationtypemask").and_then(Value::as_int) {
            Some(1) => {
                if let Some(address) = &address {
                    row.entry("sender".to_owned())
                        .or_insert_with(|| Value::text(truncated(address, SENDER_MAX)));
                }
                fill_email_sender(row, party);
            }
            Some(2) => {
                if let Some(address) = address {
                    recipients.push_str(&address);
                    recipients.push(';');
                }
            }
            _ => {}
        }
    }
    row.entry("torecipients".to_owned())
        .or_insert_with(|| Value::text(truncated(&recipients, RECIPIENTS_MAX)));
    Ok(())
}

fn fill_email_sender(row: &mut Row, party: &Row) {
    let Some(record) = party.get("partyid").and_then(Value::as_lookup) else { return };
    let targets =
        schema::table("email").and_then(|table| table.column("emailsender")).map(|c| c.targets());
    if targets.unwrap_or_default().iter().any(|target| target.table == record.table) {
        row.entry("emailsender".to_owned()).or_insert_with(|| Value::Lookup(record.clone()));
    }
}

fn address_of(session: &Session<'_>, party: &Row) -> Result<Option<String>, CrmError> {
    if let Some(address) = party.get("addressused").and_then(Value::as_text) {
        return Ok(Some(address.to_owned()));
    }
    match party.get("partyid").and_then(Value::as_lookup) {
        Some(record) => first_address(session, record),
        None => Ok(None),
    }
}

/// The first address of a record.
pub(super) fn first_address(
    session: &Session<'_>,
    record: &RecordRef,
) -> Result<Option<String>, CrmError> {
    let table = find(&record.table)?;
    if table.address_columns.is_empty() {
        return Ok(None);
    }
    let columns: Vec<String> =
        table.address_columns.iter().map(|column| format!("\"{column}\"")).collect();
    let sql = format!(
        "SELECT coalesce({}, NULL) FROM {} WHERE \"{}\" = ?",
        columns.join(", "),
        table.logical,
        table.key
    );
    let found: Option<Option<String>> = session
        .tx
        .prepare_cached(&sql)?
        .query_row([blob(record.id)], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

/// Takes away what belongs to an activity alone: parties, attachments, links, queue items.
pub(super) fn forget_parts(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    for sql in [
        "DELETE FROM activityparty WHERE activityid = ?",
        "DELETE FROM activitymimeattachment WHERE objectid = ?",
        "DELETE FROM exchangesyncidmapping WHERE objectid = ?",
        "DELETE FROM queueitem WHERE objectid = ?",
    ] {
        session.tx.prepare_cached(sql)?.execute([blob(id)])?;
    }
    Ok(())
}
