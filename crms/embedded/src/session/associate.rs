//! Tying two rows, and untying them.

use super::{Session, access::Right, find, log::ChangeKind, sql::blob};
use crate::{
    error::{CrmError, code},
    request::{IfMatch, Key},
    schema::{self, Relation, Table, Tie},
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::{OptionalExtension, params};
use uuid::Uuid;

impl Session<'_> {
    /// Ties row `key` of `table` to `target`. Repeatable: yes.
    pub(super) fn associate(
        &self,
        table: &'static Table,
        key: &Key,
        name: &str,
        target: &RecordRef,
    ) -> Result<(), CrmError> {
        let id = self.existing(table, key)?;
        if let Some((column, far)) = table.navigation(name) {
            if far != target.table {
                return Err(CrmError::no_column(table.logical, name));
            }
            let row = Row::from([(column.logical.to_owned(), Value::Lookup(target.clone()))]);
            return self.update(table, &Key::Id(id), row, None, IfMatch::Unconditional).map(|_| ());
        }
        let relation = many(table, name, Some(target))?;
        match relation.tie {
            Tie::Lookup(column) => {
                let row = Row::from([(column.to_owned(), Value::lookup(table.logical, id))]);
                let far = find(&target.table)?;
                self.update(far, &Key::Id(target.id), row, None, IfMatch::Unconditional)?;
                Ok(())
            }
            Tie::Intersect { .. } => {
                self.require_tie(relation, id, target.id)?;
                self.tie(relation, id, target)
            }
        }
    }

    /// Unties them. Repeatable: yes.
    pub(super) fn disassociate(
        &self,
        table: &'static Table,
        key: &Key,
        name: &str,
        target: Option<&RecordRef>,
    ) -> Result<(), CrmError> {
        let id = self.existing(table, key)?;
        if let Some((column, _)) = table.navigation(name) {
            let row = Row::from([(column.logical.to_owned(), Value::Null)]);
            self.update(table, &Key::Id(id), row, None, IfMatch::Unconditional)?;
            return Ok(());
        }
        let relation = many(table, name, target)?;
        let target = target.ok_or_else(|| {
            CrmError::new(code::INVALID_ARGUMENT, format!("'{name}' needs the row to untie"))
        })?;
        match relation.tie {
            Tie::Lookup(column) => {
                let row = Row::from([(column.to_owned(), Value::Null)]);
                let far = find(&target.table)?;
                self.update(far, &Key::Id(target.id), row, None, IfMatch::Unconditional)?;
                Ok(())
            }
            Tie::Intersect { .. } => {
                self.require_tie(relation, id, target.id)?;
                self.untie(relation, id, target.id)
            }
        }
    }

    /// Makes the intersect row, whoever asks.
    pub(crate) fn tie(
        &self,
        relation: &Relation,
        near_id: Uuid,
        target: &RecordRef,
    ) -> Result<(), CrmError> {
        let Tie::Intersect { table, near, far } = relation.tie else {
            return Err(CrmError::unexpected("the relation has no intersect table"));
        };
        if !self.exists(find(&target.table)?, target.id)? {
            return Err(CrmError::missing(&target.table, target.id));
        }
        let between = find(table)?;
        let (id, version) = (self.new_id(), self.next_version()?);
        let made = self
            .tx
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO {table} (\"{}\", \"{near}\", \"{far}\", versionnumber) \
                 VALUES (?, ?, ?, ?)",
                between.key
            ))?
            .execute(params![id.as_bytes(), near_id.as_bytes(), target.id.as_bytes(), version])?;
        if made == 0 {
            return Ok(());
        }
        self.note(version, ChangeKind::Create, table, id, None)
    }

    fn untie(&self, relation: &Relation, near_id: Uuid, far_id: Uuid) -> Result<(), CrmError> {
        let Tie::Intersect { table, near, far } = relation.tie else {
            return Err(CrmError::unexpected("the relation has no intersect table"));
        };
        let between = find(table)?;
        let gone: Option<[u8; 16]> = self
            .tx
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE \"{near}\" = ? AND \"{far}\" = ? RETURNING \"{}\"",
                between.key
            ))?
            .query_row([blob(near_id), blob(far_id)], |row| row.get(0))
            .optional()?;
        let Some(id) = gone else { return Ok(()) };
        self.known.forget();
        let version = self.next_version()?;
        self.note(version, ChangeKind::Delete, table, Uuid::from_bytes(id), None)
    }

    fn existing(&self, table: &'static Table, key: &Key) -> Result<Uuid, CrmError> {
        let id = self.resolve(table, key)?;
        if !self.exists(table, id)? {
            return Err(CrmError::missing(table.logical, id));
        }
        Ok(id)
    }

    /// Giving a role is assigning it; membership changes the team or the queue.
    fn require_tie(&self, relation: &Relation, near: Uuid, far: Uuid) -> Result<(), CrmError> {
        let (table, right) = match relation.tie {
            Tie::Intersect { table: "systemuserroles" | "teamroles", .. } => {
                ("role", Right::Assign)
            }
            Tie::Intersect { table: "roleprivileges", .. } => ("role", Right::Write),
            Tie::Intersect { table: "teammembership", .. } => ("team", Right::Write),
            Tie::Intersect { table: "queuemembership", .. } => ("queue", Right::Write),
            Tie::Intersect { .. } | Tie::Lookup(_) => (relation.from, Right::Write),
        };
        let id = if relation.from == table { near } else { far };
        let guarded = find(table)?;
        self.require(guarded, right)?;
        // What is not there is refused as such.
        if self.exists(guarded, id)? { self.require_on(guarded, id, right) } else { Ok(()) }
    }
}

fn many(
    table: &Table,
    name: &str,
    target: Option<&RecordRef>,
) -> Result<&'static Relation, CrmError> {
    schema::relation(table.logical, name)
        .filter(|relation| target.is_none_or(|target| target.table == relation.to))
        .ok_or_else(|| CrmError::no_column(table.logical, name))
}
