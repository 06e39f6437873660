//! Subscriptions to change notifications.

use crate::error::Refusal;
use earmark_sqlite::rusqlite::{self, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

/// What a subscription is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Event,
    Task,
}

impl Kind {
    /// The word in storage.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Event => "event",
            Self::Task => "task",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "event" => Self::Event,
            "task" => Self::Task,
            _ => Self::Message,
        }
    }
}

/// Which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    pub(crate) created: bool,
    pub(crate) updated: bool,
    pub(crate) deleted: bool,
}

/// One subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// The row; 0 before it is kept.
    pub(crate) row: i64,
    pub(crate) guid: Uuid,
    /// The row of the mailbox's user.
    pub(crate) user: i64,
    /// The application that made it.
    pub(crate) application: String,
    /// The directory id of who made it.
    pub(crate) creator: String,
    /// The resource as it was written.
    pub(crate) resource: String,
    pub(crate) kind: Kind,
    /// The row of the folder or list; `None`: the whole mailbox.
    pub(crate) container: Option<i64>,
    /// The changes as they were written.
    pub(crate) change_type: String,
    pub(crate) wanted: Wanted,
    /// Notices name items by immutable ids.
    pub(crate) immutable: bool,
    pub(crate) url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) tls: String,
    /// Units: milliseconds since the epoch, here and below.
    pub(crate) expires_ms: i64,
    /// When its maker is to be told that it ends; `None`: never, or told already.
    pub(crate) warn_ms: Option<i64>,
}

const COLUMNS: &str =
    "id, guid, user, application, creator, resource, kind, container, change_type,
  created, updated, deleted, immutable, url, lifecycle_url, client_state, tls, expires_ms, warn_ms";

/// Keeps a new subscription.
pub(crate) fn insert(tx: &Transaction<'_>, new: &Subscription) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO subscription (guid, user, application, creator, resource, kind, container,
           change_type, created, updated, deleted, immutable, url, lifecycle_url, client_state,
           tls, expires_ms, warn_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        new.guid.to_string(),
        new.user,
        new.application,
        new.creator,
        new.resource,
        new.kind.as_str(),
        new.container,
        new.change_type,
        new.wanted.created,
        new.wanted.updated,
        new.wanted.deleted,
        new.immutable,
        new.url,
        new.lifecycle_url,
        new.client_state,
        new.tls,
        new.expires_ms,
        new.warn_ms,
    ])?;
    Ok(())
}

/// A subscription that is still there, by id in any case.
pub(crate) fn find(
    tx: &Transaction<'_>,
    guid: &str,
    now_ms: i64,
) -> Result<Option<Subscription>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM subscription WHERE guid = ?1 AND removed = 0 AND expires_ms > ?2"
    );
    let guid = guid.to_ascii_lowercase();
    Ok(tx.prepare_cached(&sql)?.query_row(params![guid, now_ms], read).optional()?)
}

/// All subscriptions that are still there, in the order of their making.
pub(crate) fn list(tx: &Transaction<'_>, now_ms: i64) -> Result<Vec<Subscription>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM subscription WHERE removed = 0 AND expires_ms > ?1 ORDER BY id"
    );
    Ok(tx.prepare_cached(&sql)?.query_map([now_ms], read)?.collect::<Result<_, _>>()?)
}

/// How many subscriptions to mail and events a mailbox has, over all applications.
pub(crate) fn count_of_mailbox(
    tx: &Transaction<'_>,
    user: i64,
    now_ms: i64,
) -> Result<i64, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT count(*) FROM subscription
             WHERE user = ?1 AND kind <> 'task' AND removed = 0 AND expires_ms > ?2",
        )?
        .query_row([user, now_ms], |row| row.get(0))?)
}

/// Whether somebody subscribed to a task list.
pub(crate) fn is_on_list(
    tx: &Transaction<'_>,
    user: i64,
    list: i64,
    now_ms: i64,
) -> Result<bool, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM subscription WHERE user = ?1 AND kind = 'task'
               AND container = ?2 AND removed = 0 AND expires_ms > ?3)",
        )?
        .query_row([user, list, now_ms], |row| row.get(0))?)
}

/// Gives a subscription another end.
pub(crate) fn renew(
    tx: &Transaction<'_>,
    row: i64,
    expires_ms: i64,
    warn_ms: Option<i64>,
) -> Result<(), Refusal> {
    tx.prepare_cached("UPDATE subscription SET expires_ms = ?2, warn_ms = ?3 WHERE id = ?1")?
        .execute(params![row, expires_ms, warn_ms])?;
    Ok(())
}

/// Takes a subscription away with everything that was still to be told.
pub(crate) fn delete(tx: &Transaction<'_>, row: i64) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM subscription WHERE id = ?1")?.execute([row])?;
    Ok(())
}

/// The subscription is there no more, but for what is still to be said about that.
pub(crate) fn remove(tx: &Transaction<'_>, row: i64) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM notice WHERE subscription = ?1")?.execute([row])?;
    tx.prepare_cached(
        "UPDATE subscription SET removed = 1, created = 0, updated = 0, deleted = 0,
           warn_ms = NULL WHERE id = ?1",
    )?
    .execute([row])?;
    Ok(())
}

/// Ends the subscriptions whose time is over, and those that were removed and told so.
pub(crate) fn sweep(tx: &Transaction<'_>, now_ms: i64) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM subscription WHERE expires_ms <= ?1")?.execute([now_ms])?;
    tx.prepare_cached(
        "DELETE FROM subscription WHERE removed = 1
           AND NOT EXISTS (SELECT 1 FROM notice WHERE subscription = subscription.id)",
    )?
    .execute([])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let guid: String = row.get(1)?;
    let kind: String = row.get(6)?;
    Ok(Subscription {
        row: row.get(0)?,
        guid: Uuid::parse_str(&guid).unwrap_or_default(),
        user: row.get(2)?,
        application: row.get(3)?,
        creator: row.get(4)?,
        resource: row.get(5)?,
        kind: Kind::parse(&kind),
        container: row.get(7)?,
        change_type: row.get(8)?,
        wanted: Wanted { created: row.get(9)?, updated: row.get(10)?, deleted: row.get(11)? },
        immutable: row.get(12)?,
        url: row.get(13)?,
        lifecycle_url: row.get(14)?,
        client_state: row.get(15)?,
        tls: row.get(16)?,
        expires_ms: row.get(17)?,
        warn_ms: row.get(18)?,
    })
}

/// A subscription by its row, whether or not it is still there for clients.
pub(crate) fn by_row(tx: &Transaction<'_>, row: i64) -> Result<Subscription, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM subscription WHERE id = ?1");
    Ok(tx.prepare_cached(&sql)?.query_row([row], read)?)
}
