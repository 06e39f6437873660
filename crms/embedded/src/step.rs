//! Synchronous plug-in steps: what is asked before a change is made.

use crate::{error::CrmError, request::Child, schema, value::Row};
use async_trait::async_trait;
use uuid::Uuid;

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// A row is made.
    Create,
    /// A row is changed.
    Update,
    /// A row is deleted.
    Delete,
}

impl Message {
    /// The name of the message: `Create`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        }
    }
}

/// A change as it will be, if nothing else happens before.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The kind of change.
    pub message: Message,
    /// Logical name of the table.
    pub table: &'static str,
    /// The row; `None` for a new row whose id is not decided yet.
    pub id: Option<Uuid>,
    /// The columns that the request gives.
    pub target: Row,
    /// The rows that are made with it, or replace those that hang on it.
    pub children: Vec<Child>,
    /// The row as it is now; `None` for a new row.
    pub before: Option<Row>,
    /// Who asks.
    pub user: Uuid,
}

impl Image {
    /// The parties that the change names, with the attribute of an activity that holds them.
    pub fn parties(&self) -> Vec<(&'static str, &Row)> {
        let is_party = |child: &&Child| {
            schema::relation(self.table, &child.relation)
                .is_some_and(|relation| relation.to == "activityparty")
        };
        let children = self.children.iter().filter(is_party);
        children.filter_map(|child| Some((party_attribute(&child.row)?, &child.row))).collect()
    }

    /// The row as it will be, without what the CRM adds by itself.
    pub fn after(&self) -> Row {
        let mut row = self.before.clone().unwrap_or_default();
        row.extend(self.target.clone());
        row
    }
}

/// The attribute under which a party of an activity is read: `to`.
fn party_attribute(row: &Row) -> Option<&'static str> {
    Some(match row.get("participationtypemask")?.as_int()? {
        1 => "from",
        2 => "to",
        3 => "cc",
        4 => "bcc",
        5 => "requiredattendees",
        6 => "optionalattendees",
        7 => "organizer",
        10 => "resources",
        11 => "customers",
        _ => return None,
    })
}

/// One step. It is called outside of any transaction and may take its time; a change that went
/// ahead of it on the same row makes the whole request start again.
#[async_trait]
pub trait Step: Send + Sync {
    /// Whether it wants to see such changes.
    fn applies(&self, table: &str, message: Message) -> bool;

    /// Looks at the change. Answers columns to put into the target, or refuses the request.
    /// Repeatable: must be, a request may be repeated up to three times.
    async fn run(&self, image: &Image) -> Result<Row, CrmError>;
}
