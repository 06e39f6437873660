//! One mailbox row for each user and each queue, and what a user has beside it.

use crate::{
    error::CrmError,
    schema::Table,
    session::{Session, find, rules::filtering, sql::blob},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::OptionalExtension;
use uuid::Uuid;

/// `emailrouteraccessapproval`: approved.
const APPROVED: i64 = 1;
/// `emailrouteraccessapproval`: waits for an administrator.
const PENDING: i64 = 2;
/// What it takes to approve or reject an address.
const APPROVES: &str = "prvApproveRejectEmailAddress";
/// `…deliverymethod`: server-side synchronization.
const SERVER_SIDE: i64 = 2;

/// Puts a new user, team or role into the root business unit, where none is named.
pub(super) fn place(session: &Session<'_>, row: &mut Row) {
    row.entry("businessunitid".to_owned())
        .or_insert_with(|| Value::lookup("businessunit", session.fixed.business_unit));
}

/// Makes the mailbox and the personal settings of a new user.
pub(super) fn for_user(session: &Session<'_>, id: Uuid, row: &Row) -> Result<(), CrmError> {
    let unit = row.get("businessunitid").and_then(Value::as_id);
    let settings = Row::from([
        ("systemuserid".to_owned(), Value::Guid(id)),
        ("businessunitid".to_owned(), Value::Guid(unit.unwrap_or(session.fixed.business_unit))),
        (filtering::COLUMN.to_owned(), Value::Int(filtering::NO_MESSAGES)),
    ]);
    session.make(find("usersettings")?, settings, &[])?;
    let owner = Value::lookup("systemuser", id);
    let name = row.get("fullname").or_else(|| row.get("internalemailaddress")).cloned();
    let address = row.get("internalemailaddress").cloned();
    make(session, "systemuser", id, owner, name, address)
}

/// Makes the mailbox of a new queue.
pub(super) fn for_queue(session: &Session<'_>, id: Uuid, row: &Row) -> Result<(), CrmError> {
    let owner = row.get("ownerid").cloned();
    let owner = owner.unwrap_or_else(|| Value::lookup("systemuser", session.caller.user));
    make(session, "queue", id, owner, row.get("name").cloned(), row.get("emailaddress").cloned())?;
    filtering::begin_with(session, id, row)
}

fn make(
    session: &Session<'_>,
    table: &str,
    id: Uuid,
    owner: Value,
    name: Option<Value>,
    address: Option<Value>,
) -> Result<(), CrmError> {
    let mut row = Row::from([
        ("regardingobjectid".to_owned(), Value::lookup(table, id)),
        ("ownerid".to_owned(), owner),
        (
            "emailserverprofile".to_owned(),
            default_profile(session)?
                .map_or(Value::Null, |profile| Value::lookup("emailserverprofile", profile)),
        ),
        ("emailrouteraccessapproval".to_owned(), Value::Int(PENDING)),
        ("incomingemaildeliverymethod".to_owned(), Value::Int(SERVER_SIDE)),
        ("outgoingemaildeliverymethod".to_owned(), Value::Int(0)),
        ("actdeliverymethod".to_owned(), Value::Int(if table == "queue" { 2 } else { 1 })),
        ("isforwardmailbox".to_owned(), Value::Bool(false)),
    ]);
    for status in ["incomingemailstatus", "outgoingemailstatus", "actstatus", "mailboxstatus"] {
        row.insert(status.to_owned(), Value::Int(0));
    }
    for flag in ["enabledforincomingemail", "enabledforoutgoingemail", "enabledforact"] {
        row.insert(flag.to_owned(), Value::Bool(false));
    }
    for (column, value) in [("name", name), ("emailaddress", address)] {
        if let Some(value) = value {
            row.insert(column.to_owned(), value);
        }
    }
    let mailbox = session.make_owned(find("mailbox")?, row)?;
    let owner_table = find(table)?;
    session
        .tx
        .prepare_cached(&format!(
            "UPDATE {table} SET defaultmailbox = ? WHERE \"{}\" = ?",
            owner_table.key
        ))?
        .execute([blob(mailbox), blob(id)])?;
    Ok(())
}

/// The email server profile that new mailboxes get: the organization's
/// `defaultemailserverprofileid`, or the one that the organization was made with.
pub(crate) fn default_profile(session: &Session<'_>) -> Result<Option<Uuid>, CrmError> {
    let chosen: Option<Uuid> = session
        .tx
        .prepare_cached("SELECT defaultemailserverprofileid FROM organization LIMIT 1")?
        .query_row([], |row| crate::session::sql::optional_id_at(row, 0))?;
    let profiles = find("emailserverprofile")?;
    for profile in chosen.into_iter().chain([session.fixed.email_profile]) {
        if session.exists(profiles, profile)? {
            return Ok(Some(profile));
        }
    }
    Ok(None)
}

/// Whoever approves or rejects an address needs the privilege, and is noted; a new address waits
/// for approval again. Whoever asks for a test is noted. The service itself says what it found.
pub(super) fn before_update(
    session: &Session<'_>,
    table: &Table,
    current: &Row,
    changes: &mut Row,
) -> Result<(), CrmError> {
    if session.caller.service {
        return Ok(());
    }
    let is_new = |changes: &Row, column: &str| {
        let value = changes.get(column);
        value.is_some_and(|value| value != current.get(column).unwrap_or(&Value::Null))
    };
    if is_new(changes, "emailrouteraccessapproval") {
        session.require_named(APPROVES, table)?;
        let is_approved = changes.get("emailrouteraccessapproval") == Some(&Value::Int(APPROVED));
        note_approval(session, is_approved, changes);
    } else if is_new(changes, "emailaddress")
        && current.get("emailrouteraccessapproval") == Some(&Value::Int(APPROVED))
    {
        changes.insert("emailrouteraccessapproval".to_owned(), Value::Int(PENDING));
        note_approval(session, false, changes);
    }
    if changes.get("testemailconfigurationscheduled") == Some(&Value::Bool(true)) {
        note_test(session, changes);
    }
    Ok(())
}

/// Who approved the address and when; nobody while it is not approved.
fn note_approval(session: &Session<'_>, is_approved: bool, changes: &mut Row) {
    let noted = |value| if is_approved { value } else { Value::Null };
    let caller = Value::lookup("systemuser", session.caller.user);
    changes.insert("emailaddressapprovedby".to_owned(), noted(caller));
    changes.insert("emailaddressapprovedon".to_owned(), noted(Value::Instant(session.now)));
}

/// Who asked for a test and when; it begins anew.
fn note_test(session: &Session<'_>, changes: &mut Row) {
    let caller = Value::lookup("systemuser", session.caller.user);
    for (column, value) in [
        ("testandenablelastattemptedby", caller),
        ("testandenablelastattemptedon", Value::Instant(session.now)),
        ("testemailconfigurationretrycount", Value::Int(0)),
        ("postponetestemailconfigurationuntil", Value::Null),
    ] {
        changes.insert(column.to_owned(), value);
    }
}

/// Follows a change of name or address; a new address waits for approval again.
pub(super) fn follow(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    current: &Row,
    changes: &Row,
) -> Result<(), CrmError> {
    let (name, address) = match table.logical {
        "queue" => ("name", "emailaddress"),
        _ => ("fullname", "internalemailaddress"),
    };
    let changed = |column: &str| {
        changes.get(column).filter(|value| Some(*value) != current.get(column)).cloned()
    };
    let mut row = Row::new();
    if let Some(value) = changed(name) {
        row.insert("name".to_owned(), value);
    }
    if let Some(value) = changed(address) {
        row.insert("emailaddress".to_owned(), value);
        row.insert("emailrouteraccessapproval".to_owned(), Value::Int(PENDING));
        note_approval(session, false, &mut row);
    }
    if let Some(owner) = changed("ownerid").filter(|_| table.logical == "queue") {
        row.insert("ownerid".to_owned(), owner);
    }
    if row.is_empty() {
        return Ok(());
    }
    match of(session, id)? {
        Some(mailbox) => session.write_columns(find("mailbox")?, mailbox, row, None),
        None => Ok(()),
    }
}

/// Takes the mailbox of a queue away with it.
pub(super) fn forget(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    match of(session, id)? {
        Some(mailbox) => session.remove(find("mailbox")?, mailbox),
        None => Ok(()),
    }
}

fn of(session: &Session<'_>, owner: Uuid) -> Result<Option<Uuid>, CrmError> {
    Ok(session
        .tx
        .prepare_cached("SELECT mailboxid FROM mailbox WHERE regardingobjectid = ?")?
        .query_row([blob(owner)], |row| crate::session::sql::id_at(row, 0))
        .optional()?)
}

/// Puts a link that a person made into the mailbox of its owner; the service names the mailbox.
pub(super) fn place_link(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    if session.caller.service {
        return Ok(());
    }
    session
        .tx
        .prepare_cached(
            "UPDATE exchangesyncidmapping SET mailbox = (SELECT mailboxid FROM mailbox \
             WHERE regardingobjectid = exchangesyncidmapping.ownerid) \
             WHERE exchangesyncidmappingid = ?",
        )?
        .execute([blob(id)])?;
    Ok(())
}
