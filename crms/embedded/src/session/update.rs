//! Changing rows.

use super::{
    Session,
    access::Right,
    create::settle_state,
    find,
    log::{ChangeKind, WasLink},
    rules,
    sql::{blob, encode},
};
use crate::{
    error::{CrmError, code},
    request::{Allow, Child, IfMatch, Key},
    schema::{self, Ownership, Table, Tie},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::{params_from_iter, types::Value as Sql};
use std::collections::BTreeSet;
use uuid::Uuid;

impl Session<'_> {
    /// Changes a row as the caller asks.
    pub(super) fn update(
        &self,
        table: &'static Table,
        key: &Key,
        row: Row,
        children: Option<&[Child]>,
        if_match: IfMatch,
    ) -> Result<Uuid, CrmError> {
        self.require(table, Right::Write)?;
        let id = self.resolve(table, key)?;
        let table = self.concrete(table, id)?;
        if rules::is_kept_by_store(table) && !rules::has_depth(table) {
            return Err(CrmError::new(
                code::INVALID_OPERATION,
                format!("rows of '{}' are not changed one by one", table.logical),
            ));
        }
        let current = self.whole(table, id)?.ok_or_else(|| CrmError::missing(table.logical, id))?;
        self.require_on(table, id, Right::Write)?;
        require_version(table, &current, if_match)?;
        self.require_append(table, Some(id), &row)?;
        let mut row = self.checked(table, row)?;
        // The key may be repeated in a body, as clients do.
        row.remove(table.key);
        self.change(table, id, &current, row, children)?;
        Ok(id)
    }

    /// Makes the row or changes it.
    pub(super) fn upsert(
        &self,
        table: &'static Table,
        key: &Key,
        row: Row,
        children: Option<&[Child]>,
        allow: Allow,
        if_match: IfMatch,
    ) -> Result<(Uuid, bool), CrmError> {
        let found = match key {
            Key::Id(id) => self.exists(table, *id)?.then_some(*id),
            Key::Alternate(_) => self.find_alternate(table, key)?,
        };
        if let Some(id) = found {
            if !allow.update {
                return Err(CrmError::new(
                    code::DUPLICATE_RECORD,
                    format!("a '{}' with this key exists already", table.logical),
                ));
            }
            return self.update(table, &Key::Id(id), row, children, if_match).map(|id| (id, false));
        }
        if !allow.create || if_match != IfMatch::Unconditional {
            return Err(match key {
                Key::Id(id) => CrmError::missing(table.logical, *id),
                Key::Alternate(_) => CrmError::new(
                    code::RECORD_NOT_FOUND_BY_KEY,
                    format!("no '{}' has these key values", table.logical),
                ),
            });
        }
        let mut whole = match key {
            Key::Id(id) => Row::from([(table.key.to_owned(), Value::Guid(*id))]),
            Key::Alternate(values) => values.clone(),
        };
        whole.extend(row);
        self.create_id(table, whole, children.unwrap_or_default()).map(|id| (id, true))
    }

    /// Changes a row, whoever asks.
    pub(crate) fn change(
        &self,
        table: &'static Table,
        id: Uuid,
        current: &Row,
        mut changes: Row,
        children: Option<&[Child]>,
    ) -> Result<(), CrmError> {
        settle_state(table, Some(current), &mut changes)?;
        self.settle_new_owner(table, id, current, &mut changes)?;
        rules::before_update(self, table, current, &mut changes, children)?;
        for column in table.columns.iter().filter(|column| column.required) {
            if changes.get(column.logical).is_some_and(Value::is_null) {
                return Err(CrmError::new(
                    code::REQUIRED_FIELD_MISSING,
                    format!("column '{}' of '{}' is never empty", column.logical, table.logical),
                ));
            }
        }
        self.check_lookups(&changes)?;
        self.check_keys(table, id, &changes)?;
        let was = self.link_that_ends(table, id, &changes)?;
        self.write_columns(table, id, changes.clone(), was.as_ref())?;
        if let Some(children) = children {
            self.replace_children(table, id, children)?;
        }
        rules::after_update(self, table, id, current, &changes, children)
    }

    /// Writes columns with a new version and notes it, nothing else.
    pub(crate) fn write_columns(
        &self,
        table: &'static Table,
        id: Uuid,
        mut changes: Row,
        was: Option<&WasLink>,
    ) -> Result<(), CrmError> {
        let version = self.next_version()?;
        for (column, value) in [
            ("modifiedon", Value::Instant(self.now)),
            ("modifiedby", Value::lookup("systemuser", self.caller.user)),
        ] {
            if table.column(column).is_some() {
                changes.insert(column.to_owned(), value);
            }
        }
        let (mut sets, mut values) = (vec!["\"versionnumber\" = ?".to_owned()], Vec::new());
        values.push(Sql::Integer(version));
        for (name, value) in &changes {
            let Some(column) = table.column(name).filter(|c| c.logical != "versionnumber") else {
                continue;
            };
            for (name, value) in encode(column, value) {
                sets.push(format!("\"{name}\" = ?"));
                values.push(value);
            }
        }
        values.push(blob(id));
        let sql =
            format!("UPDATE {} SET {} WHERE \"{}\" = ?", table.logical, sets.join(", "), table.key);
        self.tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        self.known.forget();
        self.note(version, ChangeKind::Update, table.logical, id, was)
    }

    /// The table that really keeps the row, where `table` only reads it.
    pub(crate) fn concrete(
        &self,
        table: &'static Table,
        id: Uuid,
    ) -> Result<&'static Table, CrmError> {
        if !table.is_view {
            return Ok(table);
        }
        let columns: Vec<_> = table.column("activitytypecode").into_iter().collect();
        let row = self.row(table, id, &columns)?;
        let row = row.ok_or_else(|| CrmError::missing(table.logical, id))?;
        find(row.get("activitytypecode").and_then(Value::as_text).unwrap_or_default())
    }

    fn settle_new_owner(
        &self,
        table: &'static Table,
        id: Uuid,
        current: &Row,
        changes: &mut Row,
    ) -> Result<(), CrmError> {
        let Some(value) = changes.get("ownerid") else { return Ok(()) };
        if table.ownership != Ownership::User || Some(value) == current.get("ownerid") {
            return Ok(());
        }
        let Value::Lookup(owner) = value.clone() else {
            return Err(CrmError::new(
                code::REQUIRED_FIELD_MISSING,
                format!("column 'ownerid' of '{}' is never empty", table.logical),
            ));
        };
        self.require_on(table, id, Right::Assign)?;
        if !self.exists(find(&owner.table)?, owner.id)? {
            return Err(CrmError::missing(&owner.table, owner.id));
        }
        self.require_owner_may(&owner, table, Right::Read)?;
        self.put_unit(table, &owner, changes)
    }

    fn link_that_ends(
        &self,
        table: &Table,
        id: Uuid,
        changes: &Row,
    ) -> Result<Option<WasLink>, CrmError> {
        if table.logical != "exchangesyncidmapping" {
            return Ok(None);
        }
        let unlinked = changes.get("isunlinkedincrm").and_then(Value::as_bool) == Some(true);
        let moved = ["objectid", "exchangeentryid"].iter().any(|name| changes.contains_key(*name));
        if !unlinked && !moved {
            return Ok(None);
        }
        self.link_of_mapping(id)
    }

    /// Takes all parties of an activity away.
    pub(crate) fn forget_parties(&self, activity: Uuid) -> Result<(), CrmError> {
        self.tx
            .prepare_cached("DELETE FROM activityparty WHERE activityid = ?")?
            .execute([blob(activity)])?;
        self.known.forget();
        Ok(())
    }

    fn replace_children(
        &self,
        table: &'static Table,
        id: Uuid,
        children: &[Child],
    ) -> Result<(), CrmError> {
        let names: BTreeSet<&str> = children.iter().map(|child| child.relation.as_str()).collect();
        for name in names {
            let relation = schema::relation(table.logical, name)
                .ok_or_else(|| CrmError::no_column(table.logical, name))?;
            let Tie::Lookup(column) = relation.tie else {
                return Err(CrmError::new(
                    code::INVALID_ARGUMENT,
                    format!("'{name}' is tied row by row; use its $ref"),
                ));
            };
            // Only what belongs to the row alone is replaced; other rows are added to.
            if matches!(relation.to, "activityparty") {
                self.tx
                    .prepare_cached(&format!("DELETE FROM {} WHERE \"{column}\" = ?", relation.to))?
                    .execute([blob(id)])?;
                self.known.forget();
            }
        }
        children.iter().try_for_each(|child| self.create_child(table, id, child))
    }
}

/// Refuses a change that insists on another version.
pub(super) fn require_version(
    table: &Table,
    current: &Row,
    if_match: IfMatch,
) -> Result<(), CrmError> {
    let IfMatch::Version(version) = if_match else { return Ok(()) };
    if current.get("versionnumber").and_then(Value::as_int) == Some(version) {
        return Ok(());
    }
    Err(CrmError::new(
        code::CONCURRENCY_VERSION_MISMATCH,
        format!(
            "The version of the existing record doesn't match the RowVersion property provided \
             ('{}', version {version}); read it again",
            table.logical
        ),
    ))
}
