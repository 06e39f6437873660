//! What a change will look like, for the steps that are asked before it.

use super::{Session, access::Right, find};
use crate::{
    error::CrmError,
    request::{Child, IfMatch, Key, Request},
    schema::Table,
    step::{Image, Message},
    value::{Row, Value},
};
use uuid::Uuid;

/// A row as the steps saw it; `version` is `None` where it was not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    table: &'static Table,
    id: Uuid,
    version: Option<i64>,
}

impl Session<'_> {
    /// The change that `request` will make, and the row that it rests on. `None` for a request
    /// that changes no row of its own, or none that is there yet.
    ///
    /// Errors: the caller may not do it, so that nobody is asked about what will not happen.
    pub fn predict(
        &self,
        request: &Request,
    ) -> Result<Option<(Image, Option<Expected>)>, CrmError> {
        self.require_enabled()?;
        match request {
            Request::Create { table, row, children } => {
                let table = find(table)?;
                self.require(table, Right::Create)?;
                let id = row.get(table.key).and_then(Value::as_id);
                let expected = id.map(|id| Expected { table, id, version: None });
                Ok(Some((self.image(Message::Create, table, id, row, children, None), expected)))
            }
            Request::Update { table, key, row, children, .. } => {
                self.on_row(find(table)?, key, row, children.as_deref(), Message::Update)
            }
            Request::Upsert { table, key, row, children, allow, if_match } => {
                let seen =
                    self.on_row(find(table)?, key, row, children.as_deref(), Message::Update)?;
                let may_make = allow.create && *if_match == IfMatch::Unconditional;
                match seen {
                    None if may_make => self.by_upsert(find(table)?, key, row, children.as_deref()),
                    seen => Ok(seen),
                }
            }
            Request::Delete { table, key, .. } => {
                self.on_row(find(table)?, key, &Row::new(), None, Message::Delete)
            }
            Request::Retrieve { .. }
            | Request::Query(_)
            | Request::Associate { .. }
            | Request::Disassociate { .. }
            | Request::WhoAmI => Ok(None),
        }
    }

    /// Whether the rows that the steps saw are still the same.
    pub fn still_holds(&self, expected: &[Expected]) -> Result<bool, CrmError> {
        for row in expected {
            let now = self.row(row.table, row.id, &[])?;
            // A row that appeared meanwhile is not stale: creating it again is refused as such.
            let version = now.as_ref().and_then(|now| now.get("versionnumber")?.as_int());
            if row.version.is_some() && version != row.version {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A change of a row that is there.
    fn on_row(
        &self,
        table: &'static Table,
        key: &Key,
        row: &Row,
        children: Option<&[Child]>,
        message: Message,
    ) -> Result<Option<(Image, Option<Expected>)>, CrmError> {
        let right = match message {
            Message::Delete => Right::Delete,
            Message::Create | Message::Update => Right::Write,
        };
        let Some(id) = self.known_id(table, key)? else { return Ok(None) };
        let Some(before) = self.whole(table, id)? else { return Ok(None) };
        let table = self.concrete(table, id)?;
        self.require_on(table, id, right)?;
        let before = if table.is_activity { self.whole(table, id)? } else { Some(before) };
        let version = before.as_ref().and_then(|before| before.get("versionnumber")?.as_int());
        let expected = Expected { table, id, version };
        let children = children.unwrap_or_default();
        let image = self.image(message, table, Some(id), row, children, before);
        Ok(Some((image, Some(expected))))
    }

    /// A row that an upsert makes.
    fn by_upsert(
        &self,
        table: &'static Table,
        key: &Key,
        row: &Row,
        children: Option<&[Child]>,
    ) -> Result<Option<(Image, Option<Expected>)>, CrmError> {
        self.require(table, Right::Create)?;
        let (mut whole, id) = match key {
            Key::Id(id) => (Row::new(), Some(*id)),
            Key::Alternate(values) => (values.clone(), None),
        };
        whole.extend(row.clone());
        let children = children.unwrap_or_default();
        let image = self.image(Message::Create, table, id, &whole, children, None);
        Ok(Some((image, id.map(|id| Expected { table, id, version: None }))))
    }

    fn known_id(&self, table: &'static Table, key: &Key) -> Result<Option<Uuid>, CrmError> {
        match key {
            Key::Id(id) => Ok(Some(*id)),
            Key::Alternate(_) => self.find_alternate(table, key),
        }
    }

    fn image(
        &self,
        message: Message,
        table: &'static Table,
        id: Option<Uuid>,
        target: &Row,
        children: &[Child],
        before: Option<Row>,
    ) -> Image {
        Image {
            message,
            table: table.logical,
            id,
            target: target.clone(),
            children: children.to_vec(),
            before,
            user: self.caller.user,
        }
    }
}
