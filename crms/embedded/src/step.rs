//! Synchronous plug-in steps: what is asked before a change is made.

use crate::{error::CrmError, value::Row};
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
    /// The row as it is now; `None` for a new row.
    pub before: Option<Row>,
    /// Who asks.
    pub user: Uuid,
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
