//! Deleting rows, and what hangs on them.

use super::{Session, access::Right, log::ChangeKind, rules, sql::blob, update::require_version};
use crate::{
    error::{CrmError, code},
    request::{IfMatch, Key},
    schema::{self, Table},
};
use earmark_sqlite::rusqlite::params;
use uuid::Uuid;

/// Lookups that say who did something; they keep the id of a row that is gone.
const AUDIT: [&str; 6] = [
    "createdby",
    "modifiedby",
    "createdonbehalfby",
    "modifiedonbehalfby",
    "owningbusinessunit",
    "ownerid",
];

impl Session<'_> {
    /// Deletes a row as the caller asks.
    pub(super) fn delete(
        &self,
        table: &'static Table,
        key: &Key,
        if_match: IfMatch,
    ) -> Result<(), CrmError> {
        self.require(table, Right::Delete)?;
        let id = self.resolve(table, key)?;
        let table = self.concrete(table, id)?;
        let current = self.whole(table, id)?.ok_or_else(|| CrmError::missing(table.logical, id))?;
        self.require_on(table, id, Right::Delete)?;
        require_version(table, &current, if_match)?;
        if rules::is_kept_by_store(table) || rules::is_never_deleted(table) {
            return Err(CrmError::new(
                code::CANNOT_DELETE_READ_ONLY,
                format!("rows of '{}' are not deleted; disable the row instead", table.logical),
            ));
        }
        self.remove(table, id)
    }

    /// Deletes a row and what hangs on it, whoever asks.
    pub(crate) fn remove(&self, table: &'static Table, id: Uuid) -> Result<(), CrmError> {
        let was = match table.logical {
            "exchangesyncidmapping" => self.link_of_mapping(id)?,
            _ => None,
        };
        rules::before_delete(self, table, id)?;
        self.forget_lookups(table, id)?;
        self.tx
            .prepare_cached(&format!("DELETE FROM {} WHERE \"{}\" = ?", table.logical, table.key))?
            .execute([blob(id)])?;
        self.known.forget();
        let version = self.next_version()?;
        self.note(version, ChangeKind::Delete, table.logical, id, was.as_ref())
    }

    /// Empties the lookups that point to the row; each row that had one changes by it.
    fn forget_lookups(&self, table: &Table, id: Uuid) -> Result<(), CrmError> {
        for (near, column) in pointing_at(table) {
            let name = column.logical;
            let (only, clear) = if super::sql::has_table(column) {
                let of = format!(" AND \"{name}_table\" = '{}'", table.logical);
                (of, format!(", \"{name}_table\" = NULL"))
            } else {
                (String::new(), String::new())
            };
            let here = format!("\"{name}\" = ?{only}");
            let has = format!("SELECT 1 FROM {} WHERE {here}", near.logical);
            if !self.tx.prepare_cached(&has)?.exists([blob(id)])? {
                continue;
            }
            let version = self.next_version()?;
            self.tx
                .prepare_cached(&format!(
                    "INSERT INTO change_log (version, at, kind, table_name, id, caller, \
                     by_service) SELECT ?2, ?3, 1, '{}', \"{}\", ?4, ?5 FROM {} \
                     WHERE \"{name}\" = ?1{only}",
                    near.logical, near.key, near.logical
                ))?
                .execute(params![
                    id.as_bytes(),
                    version,
                    self.now,
                    self.caller.user.as_bytes(),
                    self.caller.service
                ])?;
            let deleted = if near.logical == "activityparty" { ", ispartydeleted = 1" } else { "" };
            self.tx
                .prepare_cached(&format!(
                    "UPDATE {} SET versionnumber = ?2, \"{name}\" = NULL{clear}{deleted} \
                     WHERE \"{name}\" = ?1{only}",
                    near.logical
                ))?
                .execute(params![id.as_bytes(), version])?;
        }
        Ok(())
    }
}

/// All lookups that may point to a row of `table`.
fn pointing_at(table: &Table) -> impl Iterator<Item = (&'static Table, &'static schema::Column)> {
    let target = table.logical;
    schema::tables()
        .iter()
        .filter(|near| !near.is_view)
        .flat_map(|near| near.columns.iter().map(move |column| (*near, column)))
        .filter(move |(_, column)| {
            !AUDIT.contains(&column.logical)
                && column.targets().iter().any(|found| found.table == target)
        })
}
