//! What a change will look like, for the steps that are asked before it.

use super::{Session, find};
use crate::{
    error::CrmError,
    request::{Key, Request},
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
    /// that changes no row of its own.
    pub fn predict(
        &self,
        request: &Request,
    ) -> Result<Option<(Image, Option<Expected>)>, CrmError> {
        match request {
            Request::Create { table, row, .. } => {
                let table = find(table)?;
                let id = row.get(table.key).and_then(Value::as_id);
                let expected = id.map(|id| Expected { table, id, version: None });
                Ok(Some((self.image(Message::Create, table, id, row, None), expected)))
            }
            Request::Update { table, key, row, .. } | Request::Upsert { table, key, row, .. } => {
                self.on_row(find(table)?, key, row, Message::Update)
            }
            Request::Delete { table, key, .. } => {
                self.on_row(find(table)?, key, &Row::new(), Message::Delete)
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

    fn on_row(
        &self,
        table: &'static Table,
        key: &Key,
        row: &Row,
        message: Message,
    ) -> Result<Option<(Image, Option<Expected>)>, CrmError> {
        let id = match key {
            Key::Id(id) => Some(*id),
            Key::Alternate(_) => self.find_alternate(table, key)?,
        };
        let before = match id {
            Some(id) => self.whole(table, id)?,
            None => None,
        };
        let message = if before.is_some() { message } else { Message::Create };
        let version = before.as_ref().and_then(|before| before.get("versionnumber")?.as_int());
        let expected = id.map(|id| Expected { table, id, version });
        Ok(Some((self.image(message, table, id, row, before), expected)))
    }

    fn image(
        &self,
        message: Message,
        table: &'static Table,
        id: Option<Uuid>,
        target: &Row,
        before: Option<Row>,
    ) -> Image {
        Image {
            message,
            table: table.logical,
            id,
            target: target.clone(),
            before,
            user: self.caller.user,
        }
    }
}
