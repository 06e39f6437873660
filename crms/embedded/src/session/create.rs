//! Making rows.

use super::{
    Session,
    access::{Reach, Right},
    log::ChangeKind,
    rules,
    sql::{blob, encode},
};
use crate::{
    error::{CrmError, code},
    request::Child,
    schema::{self, Kind, Ownership, Table, Tie},
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::{OptionalExtension, params_from_iter, types::Value as Sql};
use uuid::Uuid;

impl Session<'_> {
    /// Makes a row as the caller asks, and what hangs on it.
    pub(super) fn create(
        &self,
        table: &'static Table,
        row: Row,
        children: &[Child],
    ) -> Result<(Uuid, Row), CrmError> {
        let id = self.create_id(table, row, children)?;
        let row = self.whole(table, id)?.ok_or_else(|| CrmError::missing(table.logical, id))?;
        Ok((id, row))
    }

    /// As [`Self::create`], without reading the row back.
    pub(crate) fn create_id(
        &self,
        table: &'static Table,
        row: Row,
        children: &[Child],
    ) -> Result<Uuid, CrmError> {
        if table.is_view || rules::is_kept_by_store(table) {
            return Err(CrmError::new(
                code::INVALID_OPERATION,
                format!("rows of '{}' are not made one by one", table.logical),
            ));
        }
        let reach = self.require(table, Right::Create)?;
        self.require_append(table, None, &row)?;
        let row = self.checked(table, row)?;
        self.require_place(table, &reach, &row)?;
        if row.get("ownerid").and_then(Value::as_id).is_some_and(|id| id != self.caller.user) {
            self.require(table, Right::Assign)?;
        }
        self.make(table, row, children)
    }

    /// Refuses a row made for an owner, or in a business unit, that the right does not reach.
    fn require_place(
        &self,
        table: &'static Table,
        reach: &Reach,
        row: &Row,
    ) -> Result<(), CrmError> {
        let (owner, unit) = match table.ownership {
            Ownership::Organization => return Ok(()),
            Ownership::BusinessUnit => {
                let unit = super::read::lookup_in(row, "businessunitid").map(|unit| unit.id);
                (None, unit.unwrap_or(self.fixed.business_unit))
            }
            Ownership::User => {
                let me = RecordRef { table: "systemuser".to_owned(), id: self.caller.user };
                let owner = super::read::lookup_in(row, "ownerid").cloned().unwrap_or(me);
                (Some(owner.id), self.unit_of(&owner)?)
            }
        };
        self.require_reach(table, reach, Right::Create, owner, unit)
    }

    /// Makes a row that follows from another one; its owner needs no role for it.
    pub(crate) fn make_owned(&self, table: &'static Table, row: Row) -> Result<Uuid, CrmError> {
        self.make_with(table, row, &[], false)
    }

    /// Makes a row, whoever asks.
    pub(crate) fn make(
        &self,
        table: &'static Table,
        row: Row,
        children: &[Child],
    ) -> Result<Uuid, CrmError> {
        // Parties and attachments have the owner that their activity was allowed to have.
        let is_part = matches!(table.logical, "activityparty" | "activitymimeattachment");
        self.make_with(table, row, children, !is_part)
    }

    fn make_with(
        &self,
        table: &'static Table,
        mut row: Row,
        children: &[Child],
        ask_owner: bool,
    ) -> Result<Uuid, CrmError> {
        let given = row.get(table.key).and_then(Value::as_id);
        let id = given.unwrap_or_else(|| self.new_id());
        if given.is_some() && self.exists(table, id)? {
            return Err(CrmError::new(
                code::DUPLICATE_RECORD,
                format!("a '{}' with id {id} exists already", table.logical),
            ));
        }
        row.retain(|_, value| !value.is_null());
        row.insert(table.key.to_owned(), Value::Guid(id));
        self.stamp_new(table, &mut row);
        settle_state(table, None, &mut row)?;
        rules::before_create(self, table, &mut row, children)?;
        self.settle_owner(table, &mut row, ask_owner)?;
        fill_defaults(table, &mut row);
        require_columns(table, &row)?;
        self.check_lookups(&row)?;
        self.check_keys(table, id, &row)?;
        self.insert(table, id, &row)?;
        for child in children {
            self.create_child(table, id, child)?;
        }
        rules::after_create(self, table, id, &row)?;
        Ok(id)
    }

    /// Makes a row that hangs on row `id` of `table`.
    pub(super) fn create_child(
        &self,
        table: &'static Table,
        id: Uuid,
        child: &Child,
    ) -> Result<(), CrmError> {
        let relation = schema::relation(table.logical, &child.relation)
            .ok_or_else(|| CrmError::no_column(table.logical, &child.relation))?;
        let far = super::find(relation.to)?;
        let mut row = child.row.clone();
        if let Tie::Lookup(column) = relation.tie {
            row.insert(column.to_owned(), Value::lookup(table.logical, id));
        }
        let made = self.create_id(far, row, &child.children)?;
        if let Tie::Intersect { .. } = relation.tie {
            let target = RecordRef { table: far.logical.to_owned(), id: made };
            self.tie(relation, id, &target)?;
        }
        Ok(())
    }

    /// Inserts a row that no rule looks at: the first rows of an organization.
    pub(crate) fn insert_row(
        &self,
        table: &'static Table,
        id: Uuid,
        mut row: Row,
    ) -> Result<(), CrmError> {
        row.insert(table.key.to_owned(), Value::Guid(id));
        self.stamp_new(table, &mut row);
        fill_defaults(table, &mut row);
        self.insert(table, id, &row)
    }

    /// Inserts a row that was in another table before.
    pub(super) fn insert_moved(
        &self,
        table: &'static Table,
        id: Uuid,
        mut row: Row,
    ) -> Result<(), CrmError> {
        fill_defaults(table, &mut row);
        self.insert(table, id, &row)
    }

    fn insert(&self, table: &'static Table, id: Uuid, row: &Row) -> Result<(), CrmError> {
        let version = self.next_version()?;
        let (mut names, mut values) = (Vec::new(), Vec::<Sql>::new());
        for (name, value) in row {
            let Some(column) = table.column(name) else { continue };
            for (name, value) in encode(column, value) {
                names.push(format!("\"{name}\""));
                values.push(value);
            }
        }
        names.push("\"versionnumber\"".to_owned());
        values.push(Sql::Integer(version));
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            table.logical,
            names.join(", "),
            vec!["?"; values.len()].join(", ")
        );
        self.tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        self.note(version, ChangeKind::Create, table.logical, id, None)
    }

    fn stamp_new(&self, table: &Table, row: &mut Row) {
        let now = Value::Instant(self.now);
        let created = row.get("overriddencreatedon").cloned().unwrap_or_else(|| now.clone());
        let me = Value::lookup("systemuser", self.caller.user);
        for (column, value) in [
            ("createdon", created),
            ("modifiedon", now),
            ("createdby", me.clone()),
            ("modifiedby", me),
        ] {
            if table.column(column).is_some() {
                row.entry(column.to_owned()).or_insert(value);
            }
        }
        row.remove("versionnumber");
    }

    /// Fills the owner and the business unit of a new row, and refuses an owner without roles.
    fn settle_owner(
        &self,
        table: &'static Table,
        row: &mut Row,
        ask_owner: bool,
    ) -> Result<(), CrmError> {
        if table.ownership != Ownership::User {
            return Ok(());
        }
        let me = RecordRef { table: "systemuser".to_owned(), id: self.caller.user };
        let owner = super::read::lookup_in(row, "ownerid").cloned().unwrap_or(me);
        if ask_owner && owner.id != self.caller.user {
            self.require_owner_may(&owner, table, Right::Read)?;
        }
        self.put_unit(table, &owner, row)?;
        row.insert("ownerid".to_owned(), Value::Lookup(owner));
        Ok(())
    }

    /// Puts the owner's business unit into a row.
    pub(super) fn put_unit(
        &self,
        table: &Table,
        owner: &RecordRef,
        row: &mut Row,
    ) -> Result<(), CrmError> {
        let Some(column) = table.column("owningbusinessunit") else { return Ok(()) };
        let unit = self.unit_of(owner)?;
        let value = if column.is_lookup() {
            Value::lookup("businessunit", unit)
        } else {
            Value::Guid(unit)
        };
        row.insert(column.logical.to_owned(), value);
        Ok(())
    }

    fn unit_of(&self, owner: &RecordRef) -> Result<Uuid, CrmError> {
        let far = super::find(&owner.table)?;
        if let Some(unit) = self.known.unit(far.logical, owner.id) {
            return Ok(unit);
        }
        let sql = format!("SELECT businessunitid FROM {} WHERE \"{}\" = ?", far.logical, far.key);
        let unit: Option<Option<[u8; 16]>> = self
            .tx
            .prepare_cached(&sql)?
            .query_row([blob(owner.id)], |row| row.get(0))
            .optional()?;
        let unit = unit
            .ok_or_else(|| CrmError::missing(far.logical, owner.id))?
            .map_or(self.fixed.business_unit, Uuid::from_bytes);
        self.known.note_unit(far.logical, owner.id, unit);
        Ok(unit)
    }

    /// Refuses a second row with the values of an alternate key. The keys of `email` and
    /// `systemuser` find rows but do not bind them: one message may be tracked twice on purpose.
    pub(super) fn check_keys(
        &self,
        table: &'static Table,
        id: Uuid,
        row: &Row,
    ) -> Result<(), CrmError> {
        let binding: &[&str] = match table.logical {
            "account" => &["accountnumber"],
            "incident" => &["ticketnumber"],
            "systemuser" | "team" => &["azureactivedirectoryobjectid"],
            _ => return Ok(()),
        };
        for name in binding {
            let (Some(value), Some(column)) = (row.get(*name), table.column(name)) else {
                continue;
            };
            if value.is_null() {
                continue;
            }
            let sql = format!(
                "SELECT 1 FROM {} WHERE \"{name}\" = ? AND \"{}\" <> ?",
                table.logical, table.key
            );
            let value = super::sql::comparable(table, column, value)?;
            if self.tx.prepare_cached(&sql)?.exists([value, blob(id)])? {
                return Err(CrmError::new(
                    code::DUPLICATE_RECORD_KEY,
                    format!("another '{}' has the same '{name}'", table.logical),
                ));
            }
        }
        Ok(())
    }
}

fn fill_defaults(table: &Table, row: &mut Row) {
    for column in table.columns {
        if let Kind::Bool { default, .. } = column.kind {
            row.entry(column.logical.to_owned()).or_insert(Value::Bool(default));
        }
    }
}

fn require_columns(table: &Table, row: &Row) -> Result<(), CrmError> {
    let missing: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.required && !row.contains_key(column.logical))
        .map(|column| column.logical)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CrmError::new(
        code::REQUIRED_FIELD_MISSING,
        format!("a '{}' cannot be made without {}", table.logical, missing.join(", ")),
    ))
}

/// Completes state and status of a row, and refuses two that do not belong together.
pub(super) fn settle_state(
    table: &'static Table,
    current: Option<&Row>,
    row: &mut Row,
) -> Result<(), CrmError> {
    let statuses = table.statuses();
    let given = |row: &Row, name: &str| row.get(name).and_then(Value::as_int);
    if row.get("statecode").is_some_and(Value::is_null) {
        return Err(CrmError::new(code::INVALID_STATE_STATUS, "column 'statecode' is never empty"));
    }
    if row.get("statuscode").is_some_and(Value::is_null) {
        return Err(CrmError::new(
            code::INVALID_STATE_STATUS,
            "column 'statuscode' is never empty",
        ));
    }
    let first_of = |state: i64| {
        statuses.iter().find(|(_, _, of)| i64::from(*of) == state).map(|(status, ..)| *status)
    };
    let (state, status) = (given(row, "statecode"), given(row, "statuscode"));
    let (state, status) = match (state, status) {
        (None, None) if current.is_some() || statuses.is_empty() => return Ok(()),
        (None, None) => (0, first_of(0).map(i64::from)),
        (Some(state), None) => {
            let kept = current
                .and_then(|current| given(current, "statuscode"))
                .filter(|status| belongs(statuses, *status, state));
            (state, kept.or_else(|| first_of(state).map(i64::from)))
        }
        (None, Some(status)) => {
            let state = statuses.iter().find(|(value, ..)| i64::from(*value) == status);
            (state.map_or(-1, |(_, _, state)| i64::from(*state)), Some(status))
        }
        (Some(state), Some(status)) => (state, Some(status)),
    };
    let Some(status) = status.filter(|status| belongs(statuses, *status, state)) else {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        return Err(CrmError::new(
            code::INVALID_STATE_STATUS,
            format!(
                "{status} is not a valid status code for state code {state} on '{}'",
                table.logical
            ),
        ));
    };
    row.insert("statecode".to_owned(), Value::Int(state));
    row.insert("statuscode".to_owned(), Value::Int(status));
    Ok(())
}

fn belongs(statuses: &[(i32, &str, i32)], status: i64, state: i64) -> bool {
    statuses.iter().any(|(value, _, of)| i64::from(*value) == status && i64::from(*of) == state)
}
