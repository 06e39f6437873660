//! Reading one row.

use super::{Session, access::Right, sql};
use crate::{
    error::{CrmError, code},
    request::Key,
    schema::{Column, Table},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::{OptionalExtension, params_from_iter};
use uuid::Uuid;

impl Session<'_> {
    /// One row, as far as the caller may read it.
    pub(super) fn retrieve(
        &self,
        table: &'static Table,
        key: &Key,
        columns: Option<&[String]>,
    ) -> Result<Row, CrmError> {
        self.require(table, Right::Read)?;
        let columns = wanted(table, columns)?;
        let id = self.resolve(table, key)?;
        let row =
            self.row(table, id, &columns)?.ok_or_else(|| CrmError::missing(table.logical, id))?;
        self.require_on(table, id, Right::Read)?;
        Ok(row)
    }

    /// One row, whoever asks.
    pub(crate) fn row(
        &self,
        table: &'static Table,
        id: Uuid,
        columns: &[&'static Column],
    ) -> Result<Option<Row>, CrmError> {
        let text = format!(
            "SELECT {} FROM {} t WHERE t.\"{}\" = ?",
            sql::select_list(columns, "t"),
            table.logical,
            table.key
        );
        Ok(self
            .tx
            .prepare_cached(&text)?
            .query_row([sql::blob(id)], |row| sql::decode(row, columns))
            .optional()?)
    }

    /// One whole row, whoever asks.
    pub(crate) fn whole(&self, table: &'static Table, id: Uuid) -> Result<Option<Row>, CrmError> {
        let columns: Vec<&'static Column> = table.columns.iter().collect();
        self.row(table, id, &columns)
    }

    /// Whether the row is there.
    pub(crate) fn exists(&self, table: &'static Table, id: Uuid) -> Result<bool, CrmError> {
        if self.known.is_there(table.logical, id) {
            return Ok(true);
        }
        let text = format!("SELECT 1 FROM {} WHERE \"{}\" = ?", table.logical, table.key);
        let is_there = self.tx.prepare_cached(&text)?.exists([sql::blob(id)])?;
        if is_there {
            self.known.note(table.logical, id);
        }
        Ok(is_there)
    }

    /// The owner of an activity; nobody where the row has none.
    ///
    /// Errors: there is no such activity.
    pub(crate) fn owner_of_activity(&self, activity: Uuid) -> Result<Value, CrmError> {
        if let Some(owner) = self.known.owner(activity) {
            return Ok(owner);
        }
        let table = super::find("activitypointer")?;
        let columns: Vec<_> = table.column("ownerid").into_iter().collect();
        let row = self.row(table, activity, &columns)?;
        let mut row = row.ok_or_else(|| CrmError::missing(table.logical, activity))?;
        let owner = row.remove("ownerid").unwrap_or(Value::Null);
        self.known.note_owner(activity, owner.clone());
        Ok(owner)
    }

    /// The row with these alternate key values.
    pub(super) fn find_alternate(
        &self,
        table: &'static Table,
        key: &Key,
    ) -> Result<Option<Uuid>, CrmError> {
        let values = match key {
            Key::Id(id) => return Ok(Some(*id)),
            Key::Alternate(values) => values,
        };
        let known = table.alternate_keys.iter().any(|columns| {
            columns.len() == values.len() && columns.iter().all(|name| values.contains_key(*name))
        });
        if !known {
            let names: Vec<&str> = values.keys().map(String::as_str).collect();
            return Err(CrmError::new(
                code::INVALID_KEY_OPERATION,
                format!("'{}' has no key of the columns {}", table.logical, names.join(", ")),
            ));
        }
        let mut text = format!("SELECT \"{}\" FROM {} WHERE 1", table.key, table.logical);
        let mut parameters = Vec::new();
        for (name, value) in values {
            let column =
                table.column(name).ok_or_else(|| CrmError::no_column(table.logical, name))?;
            if value.is_null() {
                return Ok(None);
            }
            text.push_str(&format!(" AND \"{name}\" = ?"));
            parameters.push(sql::comparable(table, column, value)?);
        }
        text.push_str(" ORDER BY versionnumber LIMIT 1");
        Ok(self
            .tx
            .prepare_cached(&text)?
            .query_row(params_from_iter(parameters), |row| sql::id_at(row, 0))
            .optional()?)
    }
}

/// The columns asked for, and the key.
pub(super) fn wanted(
    table: &'static Table,
    columns: Option<&[String]>,
) -> Result<Vec<&'static Column>, CrmError> {
    let Some(names) = columns else { return Ok(table.columns.iter().collect()) };
    let mut found = Vec::with_capacity(names.len() + 1);
    for name in names {
        found.push(table.column(name).ok_or_else(|| CrmError::no_column(table.logical, name))?);
    }
    if !names.iter().any(|name| name == table.key) {
        found.extend(table.column(table.key));
    }
    found.sort_by_key(|column| column.logical);
    found.dedup_by_key(|column| column.logical);
    Ok(found)
}

/// The lookup in `row`, where it is one.
pub(crate) fn lookup_in<'a>(
    row: &'a Row,
    column: &str,
) -> Option<&'a earmark_model::activity::RecordRef> {
    row.get(column).and_then(Value::as_lookup)
}
