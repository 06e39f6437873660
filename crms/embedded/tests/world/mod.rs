//! A CRM in memory, driven by hand.

#![allow(dead_code)] // Each test file uses its own part of it.

pub mod look;

use earmark_embedded::provision::{NewUser, Provisioned};
use earmark_embedded::request::{Child, Key};
use earmark_embedded::{
    Caller, CrmError, EmbeddedCrm, IfMatch, NewOrganization, Request, Response, Row, Value,
};
use earmark_model::{Clock, Instant};
use earmark_sqlite::Mode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use uuid::Uuid;

/// A clock that goes on by one second whenever somebody looks.
pub struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

pub fn clock() -> Arc<Ticking> {
    Arc::new(Ticking(AtomicI64::new(1_800_000_000_000)))
}

pub fn ids() -> Arc<dyn Fn() -> Uuid + Send + Sync> {
    let next = AtomicU64::new(1);
    Arc::new(move || {
        Uuid::from_u64_pair(
            0x1d00_0000_0000_4000,
            (0x8 << 60) | next.fetch_add(1, Ordering::Relaxed),
        )
    })
}

pub fn organization() -> NewOrganization {
    NewOrganization { id: None, name: "Contoso".to_owned() }
}

pub fn crm() -> Arc<EmbeddedCrm> {
    crm_at(clock())
}

pub fn crm_at(clock: Arc<Ticking>) -> Arc<EmbeddedCrm> {
    EmbeddedCrm::open(None, Mode::Inline, clock, ids(), &organization()).expect("opened")
}

pub fn row<const N: usize>(columns: [(&str, Value); N]) -> Row {
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub fn text(text: &str) -> Value {
    Value::text(text)
}

pub fn child<const N: usize>(relation: &str, columns: [(&str, Value); N]) -> Child {
    Child { relation: relation.to_owned(), row: row(columns), children: Vec::new() }
}

pub fn create(table: &str, row: Row, children: Vec<Child>) -> Request {
    Request::Create { table: table.to_owned(), row, children }
}

pub fn update(table: &str, id: Uuid, row: Row) -> Request {
    Request::Update {
        table: table.to_owned(),
        key: Key::Id(id),
        row,
        children: None,
        if_match: IfMatch::Any,
    }
}

pub async fn made(
    crm: &Arc<EmbeddedCrm>,
    caller: &Caller,
    table: &str,
    row: Row,
) -> Result<Uuid, CrmError> {
    match crm.execute(create(table, row, Vec::new()), caller).await? {
        Response::Created { id, .. } => Ok(id),
        other => panic!("{other:?}"),
    }
}

pub async fn read(crm: &Arc<EmbeddedCrm>, table: &str, id: Uuid) -> Result<Row, CrmError> {
    let request = Request::Retrieve { table: table.to_owned(), key: Key::Id(id), columns: None };
    match crm.execute(request, &crm.administrator()).await? {
        Response::Row(row) => Ok(row),
        other => panic!("{other:?}"),
    }
}

pub async fn user(crm: &Arc<EmbeddedCrm>, mail: &str, role: Option<&str>) -> Provisioned {
    crm.provision_user(NewUser {
        mail: mail.to_owned(),
        display_name: "Anna Berg".to_owned(),
        directory_id: None,
        role: role.map(str::to_owned),
        enabled: true,
    })
    .await
    .expect("provisioned")
}
