//! The messages and tables for which steps can be registered, and the privileges to do it: put in
//! when the file is opened, with the same ids in every organization.

use crate::{
    error::CrmError,
    roles::{ADMINISTRATOR, SERVICE},
    session::{Session, find, sql::id_at},
    step::Message,
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::{OptionalExtension, params};
use uuid::Uuid;

/// The nouns in the privileges of these tables.
pub(crate) const NOUNS: [&str; 3] = ["SdkMessage", "SdkMessageProcessingStep", "ServiceEndpoint"];

/// The privilege to leave registered steps out.
pub(super) const BYPASS: &str = "prvBypassCustomPlugins";

/// All privileges of this file; administrators hold them, others where a role gives them. The
/// service reads, and nothing else.
const PRIVILEGES: [&str; 11] = [
    BYPASS,
    "prvReadSdkMessage",
    "prvAppendToSdkMessageProcessingStep",
    "prvCreateSdkMessageProcessingStep",
    "prvDeleteSdkMessageProcessingStep",
    "prvReadSdkMessageProcessingStep",
    "prvWriteSdkMessageProcessingStep",
    "prvCreateServiceEndpoint",
    "prvDeleteServiceEndpoint",
    "prvReadServiceEndpoint",
    "prvWriteServiceEndpoint",
];

/// `privilegedepthmask`: the whole organization.
const GLOBAL: i64 = 8;

/// The tables that take steps: what people and other programs change row by row.
const TABLES: [&str; 16] = [
    "account",
    "appointment",
    "businessunit",
    "contact",
    "email",
    "emailserverprofile",
    "incident",
    "lead",
    "mailbox",
    "opportunity",
    "queue",
    "queueitem",
    "recurringappointmentmaster",
    "systemuser",
    "task",
    "team",
];

const MESSAGES: [Message; 3] = [Message::Create, Message::Update, Message::Delete];

/// Whether steps can be registered for a table.
pub(crate) fn takes_steps(table: &str) -> bool {
    TABLES.contains(&table)
}

/// Puts in what is not there yet. Repeatable: yes.
pub(crate) fn settle(session: &Session<'_>) -> Result<(), CrmError> {
    for message in MESSAGES {
        let id = message_id(message);
        put(session, "sdkmessage", id, || {
            Row::from([
                ("name".to_owned(), Value::text(message.as_str())),
                ("isactive".to_owned(), Value::Bool(true)),
                ("sdkmessageidunique".to_owned(), Value::Guid(id)),
            ])
        })?;
        for table in TABLES {
            let id = stable(&["sdkmessagefilter", message.as_str(), table]);
            put(session, "sdkmessagefilter", id, || {
                Row::from([
                    ("sdkmessageid".to_owned(), Value::lookup("sdkmessage", message_id(message))),
                    ("primaryobjecttypecode".to_owned(), Value::text(table)),
                    ("secondaryobjecttypecode".to_owned(), Value::text("none")),
                    ("iscustomprocessingstepallowed".to_owned(), Value::Bool(true)),
                    ("isvisible".to_owned(), Value::Bool(true)),
                    ("sdkmessagefilteridunique".to_owned(), Value::Guid(id)),
                ])
            })?;
        }
    }
    PRIVILEGES.iter().try_for_each(|name| allow(session, name))
}

fn message_id(message: Message) -> Uuid {
    stable(&["sdkmessage", message.as_str()])
}

fn put(
    session: &Session<'_>,
    table: &str,
    id: Uuid,
    row: impl FnOnce() -> Row,
) -> Result<(), CrmError> {
    let table = find(table)?;
    if session.exists(table, id)? {
        return Ok(());
    }
    session.insert_row(table, id, row())
}

/// Makes a privilege that is not there yet, and gives it to the standard roles.
fn allow(session: &Session<'_>, name: &str) -> Result<(), CrmError> {
    let privilege = stable(&["privilege", name]);
    if session.exists(find("privilege")?, privilege)? {
        return Ok(());
    }
    let row = Row::from([("name".to_owned(), Value::text(name))]);
    session.insert_row(find("privilege")?, privilege, row)?;
    give(session, privilege, name, ADMINISTRATOR)?;
    // The service reads the names of what rows point to, for those who may read the rows.
    if name.starts_with("prvRead") { give(session, privilege, name, SERVICE) } else { Ok(()) }
}

/// Puts a privilege into the role of that name. A role that was renamed gets it by hand.
fn give(session: &Session<'_>, privilege: Uuid, name: &str, role: &str) -> Result<(), CrmError> {
    let found: Option<Uuid> = session
        .tx
        .prepare_cached("SELECT roleid FROM role WHERE name = ? ORDER BY versionnumber LIMIT 1")?
        .query_row([role], |row| id_at(row, 0))
        .optional()?;
    let Some(found) = found else { return Ok(()) };
    session
        .tx
        .prepare_cached(
            "INSERT INTO roleprivileges (roleprivilegeid, roleid, privilegeid, \
             privilegedepthmask, versionnumber) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            stable(&["roleprivileges", role, name]).as_bytes(),
            found.as_bytes(),
            privilege.as_bytes(),
            GLOBAL,
            session.next_version()?
        ])?;
    Ok(())
}

/// An id that is the same in every organization: FNV-1a of 128 bits over the names.
fn stable(names: &[&str]) -> Uuid {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = names.iter().flat_map(|name| name.bytes().chain(std::iter::once(0)));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change_and_tables_that_take_steps_exist() {
        let create = message_id(Message::Create);
        assert_eq!(create, stable(&["sdkmessage", "Create"]));
        assert_ne!(create, message_id(Message::Update));
        assert!(TABLES.iter().all(|table| find(table).is_ok()));
        assert!(TABLES.is_sorted());
    }
}
