//! What people may do in each other's mailboxes.
//!
//! Permissions of calendars are those of the Graph face. Permissions of mail folders are not part
//! of Graph: an owner gives them in Outlook, for which the control API stands, and they hold for
//! all folders.

use super::calendar;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

/// What somebody may do with what another one owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Nothing.
    None,
    /// Read it.
    Read,
    /// Change it.
    Edit,
}

/// A role in somebody's mail, by Outlook's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailRole {
    /// Nothing; takes a role away.
    None,
    /// Reads.
    Reviewer,
    /// Reads, changes and makes.
    Editor,
}

impl MailRole {
    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Reviewer => Some("reviewer"),
            Self::Editor => Some("editor"),
        }
    }
}

/// Gives a role in the mail of `user`, or takes it away.
pub fn put_mail(
    tx: &Transaction<'_>,
    user: i64,
    address: &str,
    role: MailRole,
) -> Result<(), Refusal> {
    let address = address.trim().to_lowercase();
    match role.as_str() {
        Some(role) => tx
            .prepare_cached("INSERT OR REPLACE INTO mail_permission VALUES (?1, ?2, ?3)")?
            .execute(params![user, address, role])?,
        None => tx
            .prepare_cached("DELETE FROM mail_permission WHERE user = ?1 AND address = ?2")?
            .execute(params![user, address])?,
    };
    Ok(())
}

/// What `address` may do with the mail of `user`.
pub fn of_mail(tx: &Transaction<'_>, user: i64, address: &str) -> Result<Right, Refusal> {
    let role: Option<String> = tx
        .prepare_cached("SELECT role FROM mail_permission WHERE user = ?1 AND address = ?2")?
        .query_row(params![user, address.trim().to_lowercase()], |row| row.get(0))
        .optional()?;
    Ok(match role.as_deref() {
        Some("editor") => Right::Edit,
        Some(_) => Right::Read,
        None => Right::None,
    })
}

/// What `address` may do with the calendars of `user`: only the main one can be given to others.
pub fn of_calendar(tx: &Transaction<'_>, user: i64, address: &str) -> Result<Right, Refusal> {
    let main = calendar::default(tx, user)?;
    let is_asked = |known: &Option<String>| {
        known.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(address.trim()))
    };
    let all = calendar::permissions(tx, main.row)?;
    let role = all
        .iter()
        .find(|one| is_asked(&one.address))
        .or_else(|| all.iter().find(|one| one.address.is_none()))
        .map_or("none", |one| one.role.as_str());
    Ok(match role {
        "write" | "delegateWithoutPrivateEventAccess" | "delegateWithPrivateEventAccess" => {
            Right::Edit
        }
        "read" => Right::Read,
        _ => Right::None,
    })
}
