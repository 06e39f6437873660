//! Versions and the change log.

use super::{Session, sql::blob};
use crate::error::CrmError;
use earmark_sqlite::rusqlite::params;
use uuid::Uuid;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Create = 0,
    Update = 1,
    Delete = 2,
}

/// The item link that a mapping row was before it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WasLink {
    pub mailbox: Option<Uuid>,
    pub handle: String,
    pub object: Uuid,
}

impl Session<'_> {
    /// The next version of the organization.
    pub fn next_version(&self) -> Result<i64, CrmError> {
        Ok(self
            .tx
            .prepare_cached("UPDATE store_state SET version = version + 1 RETURNING version")?
            .query_row([], |row| row.get(0))?)
    }

    /// The version of the newest change, and the newest one that the log lost.
    pub fn versions(&self) -> Result<(i64, i64), CrmError> {
        Ok(self
            .tx
            .prepare_cached("SELECT version, pruned FROM store_state")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Writes down a change. `was` is what an item link was, where it ended with this change.
    pub fn note(
        &self,
        version: i64,
        kind: ChangeKind,
        table: &str,
        id: Uuid,
        was: Option<&WasLink>,
    ) -> Result<(), CrmError> {
        self.tx
            .prepare_cached(
                "INSERT INTO change_log (version, at, kind, table_name, id, caller, by_service, \
                 was_linked, mailbox, handle, object) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                version,
                self.now,
                kind as i64,
                table,
                id.as_bytes(),
                self.caller.user.as_bytes(),
                self.caller.service,
                was.is_some(),
                was.and_then(|w| w.mailbox).map(|m| m.into_bytes()),
                was.map(|w| &w.handle),
                was.map(|w| w.object.into_bytes()),
            ])?;
        Ok(())
    }

    /// Forgets changes older than `before`. Units: milliseconds since the epoch.
    pub fn prune_log(&self, before: i64) -> Result<usize, CrmError> {
        let removed = self.tx.execute(
            "DELETE FROM change_log WHERE version <= \
             coalesce((SELECT max(version) FROM change_log WHERE at < ?1), 0)",
            [before],
        )?;
        if removed > 0 {
            self.tx.execute(
                "UPDATE store_state SET pruned = max(pruned, coalesce((SELECT min(version) - 1 \
                 FROM change_log), version))",
                [],
            )?;
        }
        Ok(removed)
    }

    /// Takes the mapping row's link out, before it is deleted or unlinked.
    pub(super) fn link_of_mapping(&self, mapping: Uuid) -> Result<Option<WasLink>, CrmError> {
        use earmark_sqlite::rusqlite::OptionalExtension;
        Ok(self
            .tx
            .prepare_cached(
                "SELECT m.objectid, m.exchangeentryid, m.mailbox FROM exchangesyncidmapping m \
                 WHERE m.exchangesyncidmappingid = ? AND coalesce(m.isunlinkedincrm, 0) = 0 \
                 AND m.objectid IS NOT NULL AND m.exchangeentryid IS NOT NULL",
            )?
            .query_row([blob(mapping)], |row| {
                Ok(WasLink {
                    object: super::sql::id_at(row, 0)?,
                    handle: row.get(1)?,
                    mailbox: super::sql::optional_id_at(row, 2)?,
                })
            })
            .optional()?)
    }
}
