//! The two traits that a mailbox connector implements.

use async_trait::async_trait;
use earmark_model::{
    Capabilities, CategoryColor, CategoryId, CategoryName, Failure, ItemHandle, ItemKind,
    MailboxAddress, MasterCategory, MessageContent, ObservedItem, Version,
};
use std::sync::Arc;

/// A mailbox server: opens mailboxes.
pub trait MailboxServer: Send + Sync {
    /// What mailboxes of this server can do.
    fn capabilities(&self) -> Capabilities;

    /// A handle on one mailbox. Costs no request and does not check that the mailbox exists.
    /// Handles of one mailbox share its request budget.
    fn open(&self, address: &MailboxAddress) -> Arc<dyn Mailbox>;
}

/// Which part of a mailbox a feed covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Mail of all folders.
    Mail,
}

impl Scope {
    /// The word used in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
        }
    }
}

/// Where a feed of changes stopped: only the connector understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint(pub String);

/// One round of a feed of changes, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// Items that are new or changed; may name an item that did not change.
    pub changed: Vec<ObservedItem>,
    /// Items that left the scope. Not proof that they are gone: read them by id.
    pub gone: Vec<ItemHandle>,
    /// Where the next round starts.
    pub next: Checkpoint,
}

/// How much of an item to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a list shows.
    Summary,
    /// Everything, with attachments.
    Content,
}

/// The answer to a read by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemRead {
    /// It is there.
    Found {
        /// Its summary.
        item: ObservedItem,
        /// Its content, when [`Detail::Content`] was asked for.
        content: Option<Box<MessageContent>>,
    },
    /// The mailbox was read, and it holds no such item.
    Gone,
}

/// The outcome of a category write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CategoryWrite {
    /// The item now is as wanted, at this version. Also when there was nothing to change.
    Done(Version),
    /// The item has another version than the one the decision was based on: look again.
    Stale,
    /// The item is not there any more.
    Gone,
}

/// One mailbox.
///
/// Errors of every method: `Throttled`, `Timeout`, `Unavailable`, `Unauthenticated`,
/// `ScopeUnreadable` (the mailbox itself is refused, disabled or unknown) or `Bug`.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Everything that changed in `scope` since `checkpoint`; from now on, without one.
    ///
    /// Errors: `CheckpointExpired` when the checkpoint is not known any more.
    /// Repeatable: yes, the same items may come again.
    async fn changes(
        &self,
        scope: Scope,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<ChangePage, Failure>;

    /// *Every* item of `scope`, in any folder and of any age, that carries one of `names` (in
    /// any case): complete, or a failure. Repeatable: yes.
    async fn bearing(
        &self,
        scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure>;

    /// One item by its handle. Repeatable: yes.
    async fn item(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail,
    ) -> Result<ItemRead, Failure>;

    /// Several items by their handles, summaries only, in the order asked for. Connectors batch
    /// where they can. Repeatable: yes.
    async fn items(&self, kind: ItemKind, handles: &[ItemHandle])
    -> Result<Vec<ItemRead>, Failure>;

    /// The whole master list of categories. Repeatable: yes.
    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure>;

    /// Adds an entry; where an entry of that name (in any case) exists, answers that one
    /// unchanged. Repeatable: yes.
    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure>;

    /// Takes an entry out of the list; items keep the name. Repeatable: yes, a missing entry is
    /// success.
    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure>;

    /// Adds and removes category names on an item in one atomic step that never touches other
    /// names and keeps their order. `remove` matches in any case; `add` writes the exact name
    /// unless one equal to it in any case is there.
    ///
    /// `base` is the version that the decision was based on. Repeatable: yes, a repetition
    /// answers `Done` or `Stale`.
    async fn change_categories(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure>;
}
