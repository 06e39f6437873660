//! Users and queues with their mailboxes, ready to be synchronized.

use crate::{
    caller::Caller,
    crm::EmbeddedCrm,
    error::CrmError,
    roles,
    session::{Session, find, sql},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::OptionalExtension;
use std::sync::Arc;
use uuid::Uuid;

/// The role that a user gets where none is named.
pub const DEFAULT_ROLE: &str = roles::PERSON;

/// A user to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The primary address.
    pub mail: String,
    /// The name as people know it; the last word becomes the last name.
    pub display_name: String,
    /// The id of the directory's user (`azureactivedirectoryobjectid`).
    pub directory_id: Option<Uuid>,
    /// The security role; `None`: none at all.
    pub role: Option<String>,
    /// Whether the mailbox is approved, tested and enabled at once.
    pub enabled: bool,
}

/// A queue to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQueue {
    /// The address.
    pub mail: String,
    /// The name as people know it.
    pub name: String,
    /// The user that owns it; `None`: the administrator.
    pub owner: Option<Uuid>,
    /// Whether the mailbox is approved, tested and enabled at once.
    pub enabled: bool,
}

/// What was made, or was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioned {
    /// The user or the queue.
    pub principal: Uuid,
    /// Its mailbox row.
    pub mailbox: Uuid,
}

impl EmbeddedCrm {
    /// Makes a user with personal settings, mailbox and role. A user with that address is kept
    /// and completed. Repeatable: yes.
    pub async fn provision_user(self: &Arc<Self>, user: NewUser) -> Result<Provisioned, CrmError> {
        self.transact(Vec::new(), self.provisioner(), move |session, _| {
            let table = find("systemuser")?;
            let found = by_address(session, "systemuser", "internalemailaddress", &user.mail)?;
            let (last, first) = names(&user.display_name);
            let first = if first.is_empty() { Value::Null } else { Value::Text(first) };
            let mut row = Row::from([
                ("lastname".to_owned(), Value::Text(last)),
                ("firstname".to_owned(), first),
                ("isdisabled".to_owned(), Value::Bool(false)),
            ]);
            if let Some(id) = user.directory_id {
                row.insert("azureactivedirectoryobjectid".to_owned(), Value::Guid(id));
            }
            let id = match found {
                Some(id) => {
                    let current = session.whole(table, id)?.unwrap_or_default();
                    session.change(table, id, &current, row, None)?;
                    id
                }
                None => {
                    row.extend([
                        ("internalemailaddress".to_owned(), Value::text(user.mail.trim())),
                        ("domainname".to_owned(), Value::text(user.mail.trim())),
                        ("accessmode".to_owned(), Value::Int(0)),
                        ("islicensed".to_owned(), Value::Bool(true)),
                        ("incomingemaildeliverymethod".to_owned(), Value::Int(2)),
                    ]);
                    session.make(table, row, &[])?
                }
            };
            if let Some(role) = &user.role {
                roles::give(session, id, role)?;
            }
            finish(session, id, user.enabled)
        })
        .await
    }

    /// Makes a queue with its mailbox. A queue with that address is kept. Repeatable: yes.
    pub async fn provision_queue(
        self: &Arc<Self>,
        queue: NewQueue,
    ) -> Result<Provisioned, CrmError> {
        let administrator = self.fixed.administrator;
        self.transact(Vec::new(), self.provisioner(), move |session, _| {
            let id = match by_address(session, "queue", "emailaddress", &queue.mail)? {
                Some(id) => {
                    let active = Row::from([("statecode".to_owned(), Value::Int(0))]);
                    set(session, "queue", id, active)?;
                    id
                }
                None => {
                    let owner = queue.owner.unwrap_or(administrator);
                    let row = Row::from([
                        ("name".to_owned(), Value::text(queue.name.clone())),
                        ("emailaddress".to_owned(), Value::text(queue.mail.trim())),
                        ("ownerid".to_owned(), Value::lookup("systemuser", owner)),
                        ("queueviewtype".to_owned(), Value::Int(0)),
                        // Nothing is accepted before an administrator says so.
                        ("incomingemailfilteringmethod".to_owned(), Value::Int(4)),
                        ("incomingemaildeliverymethod".to_owned(), Value::Int(2)),
                    ]);
                    session.make(find("queue")?, row, &[])?
                }
            };
            finish(session, id, queue.enabled)
        })
        .await
    }

    /// Disables the user, or deactivates the queue, of an address, and its mailbox. Whether there
    /// was one. Repeatable: yes.
    pub async fn retire(self: &Arc<Self>, mail: &str) -> Result<bool, CrmError> {
        let mail = mail.to_owned();
        self.transact(Vec::new(), self.provisioner(), move |session, _| {
            let user = by_address(session, "systemuser", "internalemailaddress", &mail)?;
            let queue = by_address(session, "queue", "emailaddress", &mail)?;
            let off = [
                user.map(|id| ("systemuser", id, ("isdisabled", Value::Bool(true)))),
                queue.map(|id| ("queue", id, ("statecode", Value::Int(1)))),
            ];
            for (table, id, (column, value)) in off.into_iter().flatten() {
                set(session, table, id, Row::from([(column.to_owned(), value)]))?;
                let mailbox = mailbox_of(session, id)?;
                set(
                    session,
                    "mailbox",
                    mailbox,
                    Row::from([("statecode".to_owned(), Value::Int(1))]),
                )?;
            }
            Ok(user.is_some() || queue.is_some())
        })
        .await
    }

    /// The administrator, with the right to write what the store keeps itself.
    fn provisioner(&self) -> Caller {
        Caller { user: self.fixed.administrator, service: true }
    }
}

fn finish(session: &Session<'_>, principal: Uuid, enabled: bool) -> Result<Provisioned, CrmError> {
    let mailbox = mailbox_of(session, principal)?;
    if enabled {
        let columns = [
            ("emailrouteraccessapproval", Value::Int(1)),
            ("incomingemaildeliverymethod", Value::Int(2)),
            ("enabledforincomingemail", Value::Bool(true)),
            ("enabledforact", Value::Bool(true)),
            ("incomingemailstatus", Value::Int(1)),
            ("actstatus", Value::Int(1)),
            ("mailboxstatus", Value::Int(1)),
            ("testmailboxaccesscompletedon", Value::Instant(session.now)),
            ("statecode", Value::Int(0)),
        ];
        let row = columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        set(session, "mailbox", mailbox, row)?;
    }
    Ok(Provisioned { principal, mailbox })
}

fn set(session: &Session<'_>, table: &str, id: Uuid, row: Row) -> Result<(), CrmError> {
    let table = find(table)?;
    let current = session.whole(table, id)?.ok_or_else(|| CrmError::missing(table.logical, id))?;
    session.change(table, id, &current, row, None)
}

fn mailbox_of(session: &Session<'_>, principal: Uuid) -> Result<Uuid, CrmError> {
    session
        .tx
        .prepare_cached("SELECT mailboxid FROM mailbox WHERE regardingobjectid = ?")?
        .query_row([sql::blob(principal)], |row| sql::id_at(row, 0))
        .optional()?
        .ok_or_else(|| CrmError::missing("mailbox", principal))
}

fn by_address(
    session: &Session<'_>,
    table: &'static str,
    column: &str,
    address: &str,
) -> Result<Option<Uuid>, CrmError> {
    let key = find(table)?.key;
    let text = format!("SELECT \"{key}\" FROM {table} WHERE \"{column}\" = ? LIMIT 1");
    Ok(session
        .tx
        .prepare_cached(&text)?
        .query_row([address.trim()], |row| sql::id_at(row, 0))
        .optional()?)
}

/// Last and first name out of a display name.
fn names(display_name: &str) -> (String, String) {
    match display_name.trim().rsplit_once(' ') {
        Some((first, last)) => (last.to_owned(), first.trim().to_owned()),
        None => (display_name.trim().to_owned(), String::new()),
    }
}
