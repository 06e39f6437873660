//! One transaction as one caller: what `execute` does inside.
//!
//! [`access`] (who may), [`read`] and [`query`] (rows out), [`check`] (are the values right),
//! [`create`], [`update`], [`delete`], [`associate`], [`convert`] (rows in), [`rules`] (what a table keeps true
//! by itself), [`log`] (versions and the change log), [`known`] (what need not be read again),
//! [`sql`] (values and statements).

pub(crate) mod access;
mod associate;
pub(crate) mod check;
mod convert;
mod create;
mod delete;
mod filter;
mod known;
mod log;
mod page;
mod predict;
mod query;
mod read;
pub(crate) mod rules;
pub(crate) mod sql;
mod update;

pub(crate) use predict::Expected;

use crate::{
    caller::Caller,
    crm::Fixed,
    error::{CrmError, code},
    request::{Key, Request, Response},
    schema::{self, Table},
};
use access::Access;
use earmark_sqlite::rusqlite::Connection;
use known::Known;
use std::cell::RefCell;
use uuid::Uuid;

/// One transaction as one caller.
pub(crate) struct Session<'a> {
    pub tx: &'a Connection,
    pub fixed: Fixed,
    pub caller: Caller,
    /// Units: milliseconds since the epoch.
    pub now: i64,
    ids: &'a (dyn Fn() -> Uuid + Send + Sync),
    access: RefCell<Access>,
    known: Known,
}

impl<'a> Session<'a> {
    pub fn new(
        tx: &'a Connection,
        fixed: Fixed,
        caller: Caller,
        now: i64,
        ids: &'a (dyn Fn() -> Uuid + Send + Sync),
    ) -> Self {
        Self { tx, fixed, caller, now, ids, access: RefCell::default(), known: Known::default() }
    }

    /// Carries out one request.
    pub fn execute(&self, request: Request) -> Result<Response, CrmError> {
        self.require_enabled()?;
        match request {
            Request::Retrieve { table, key, columns } => {
                self.retrieve(find(&table)?, &key, columns.as_deref()).map(Response::Row)
            }
            Request::Query(query) => self.query(&query),
            Request::Create { table, row, children } => {
                let (id, row) = self.create(find(&table)?, row, &children)?;
                Ok(Response::Created { id, row })
            }
            Request::Update { table, key, row, children, if_match } => {
                let id = self.update(find(&table)?, &key, row, children.as_deref(), if_match)?;
                Ok(Response::Updated { id, created: false })
            }
            Request::Upsert { table, key, row, children, allow, if_match } => {
                let (id, created) =
                    self.upsert(find(&table)?, &key, row, children.as_deref(), allow, if_match)?;
                Ok(Response::Updated { id, created })
            }
            Request::Delete { table, key, if_match } => {
                self.delete(find(&table)?, &key, if_match)?;
                Ok(Response::Deleted)
            }
            Request::Associate { table, key, relation, target } => {
                self.associate(find(&table)?, &key, &relation, &target)?;
                Ok(Response::Done)
            }
            Request::Disassociate { table, key, relation, target } => {
                self.disassociate(find(&table)?, &key, &relation, target.as_ref())?;
                Ok(Response::Done)
            }
            Request::WhoAmI => Ok(Response::WhoAmI {
                user: self.caller.user,
                business_unit: self.fixed.business_unit,
                organization: self.fixed.organization,
            }),
        }
    }

    /// Forgets what was read about rows that change now.
    fn forget_known(&self) {
        self.known.forget();
    }

    pub fn new_id(&self) -> Uuid {
        (self.ids)()
    }

    /// The row that `key` names.
    pub fn resolve(&self, table: &'static Table, key: &Key) -> Result<Uuid, CrmError> {
        match key {
            Key::Id(id) => Ok(*id),
            Key::Alternate(_) => self.find_alternate(table, key)?.ok_or_else(|| {
                CrmError::new(
                    code::RECORD_NOT_FOUND_BY_KEY,
                    format!("no '{}' has these key values", table.logical),
                )
            }),
        }
    }
}

/// The table of that logical name.
pub(crate) fn find(logical: &str) -> Result<&'static Table, CrmError> {
    schema::table(logical).ok_or_else(|| CrmError::no_table(logical))
}
