//! The two traits that a mailbox connector implements.

use crate::push::{Notification, PushTarget, Renewal, Subscription};
use async_trait::async_trait;
use earmark_model::{
    ActivityId, Capabilities, CategoryColor, CategoryId, CategoryName, Failure, Field, FieldValue,
    Instant, ItemContent, ItemHandle, ItemKind, MailboxAddress, MasterCategory, ObservedItem,
    Version, limits,
};
use std::{sync::Arc, time::Duration};

/// A mailbox server: opens mailboxes.
pub trait MailboxServer: Send + Sync {
    /// What mailboxes of this server can do.
    fn capabilities(&self) -> Capabilities;

    /// A handle on one mailbox. Costs no request and does not check that the mailbox exists.
    /// Handles of one mailbox share its request budget, for which the last of `bounds` that said
    /// something about it counts.
    fn open_within(&self, address: &MailboxAddress, bounds: &Bounds) -> Arc<dyn Mailbox>;

    /// The same for whoever asks for nothing in particular.
    fn open(&self, address: &MailboxAddress) -> Arc<dyn Mailbox> {
        self.open_within(address, &Bounds::default())
    }

    /// Reads the body of a delivery of change notifications. What it says is a hint from a
    /// stranger: nothing in it is checked but its form.
    ///
    /// Errors: `Unacceptable` when the body is no such delivery. Repeatable: yes.
    fn read_notifications(&self, body: &[u8]) -> Result<Vec<Notification>, Failure>;
}

/// What whoever opens a mailbox asks its connector to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Units: requests under way at once, fewer than the connector itself would allow; `None` where
    /// nobody asks.
    pub in_flight: Option<usize>,
    /// How far back exceptions of series are looked for.
    pub calendar_past: Duration,
    /// How far ahead they are.
    pub calendar_ahead: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            in_flight: None,
            calendar_past: limits::CALENDAR_PAST,
            calendar_ahead: limits::CALENDAR_AHEAD,
        }
    }
}

/// A part of a mailbox that is read by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Mail of all folders.
    Mail,
    /// The main calendar: single items, masters of series, and the exceptions that fall into the
    /// window of [`Bounds::calendar_past`] and `calendar_ahead`. An occurrence that
    /// does not differ from its series is no item.
    Calendar,
    /// The tasks of all lists, without those that only mirror flagged mail.
    Tasks,
}

impl Scope {
    /// The word used in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Calendar => "calendar",
            Self::Tasks => "tasks",
        }
    }
}

/// The forms in which an item of a mailbox is named, beside its handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// `restId`: changes when the item moves.
    Rest,
    /// `ewsId`: what Outlook on the desktop and the web gives an add-in.
    Ews,
    /// `entryId`: MAPI's, base64url.
    Entry,
    /// `restImmutableEntryId`: stays when the item moves within the mailbox.
    RestImmutable,
}

impl IdForm {
    /// The field's own name of the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "restId",
            Self::Ews => "ewsId",
            Self::Entry => "entryId",
            Self::RestImmutable => "restImmutableEntryId",
        }
    }

    /// The form that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Rest, Self::Ews, Self::Entry, Self::RestImmutable]
            .into_iter()
            .find(|form| form.as_str() == text)
    }
}

/// Where a feed of changes stopped: only the connector understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint(pub String);

/// One round of the feed of changed mail, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// Items that are new or changed; may name an item that did not change.
    pub changed: Vec<ObservedItem>,
    /// Items that left the mail. Not proof that they are gone: read them by id.
    pub gone: Vec<ItemHandle>,
    /// Where the next round starts.
    pub next: Checkpoint,
}

/// How much of an item to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail<'a> {
    /// What a list shows.
    Summary,
    /// Everything, with attachments.
    Content,
    /// Everything where the item carries one of these names (in any case), else a summary; in one
    /// request where there are no attachments.
    ContentIfBearing(&'a [CategoryName]),
}

/// The answer to a read by id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every answer is `Found`")]
pub enum ItemRead {
    /// It is there.
    Found {
        /// Its summary.
        item: ObservedItem,
        /// Its content, where that was asked for.
        content: Option<Box<ItemContent>>,
    },
    /// The mailbox was read, and it holds no such item.
    Gone,
}

/// The outcome of a write to an item.
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
    /// Everything that changed in the mail of all folders since `checkpoint`; from now on, without one.
    ///
    /// Errors: `CheckpointExpired` when the checkpoint is not known any more.
    /// Repeatable: yes, the same items may come again.
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, Failure>;

    /// *Every* item of `scope`, in any folder and of any age, that carries one of `names` (in
    /// any case): complete, or a failure. A server without tasks answers `ScopeUnreadable` for
    /// [`Scope::Tasks`]. Repeatable: yes.
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
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure>;

    /// Several items by their handles, summaries only, in the order asked for. Connectors batch
    /// where they can. Repeatable: yes.
    async fn items(&self, kind: ItemKind, handles: &[ItemHandle])
    -> Result<Vec<ItemRead>, Failure>;

    /// Every message of any folder whose `Message-ID` is one of `message_ids` (compared without
    /// brackets, exactly otherwise), what lies in Drafts left out; connectors batch where they can. An id is
    /// best given as it is stored: one without brackets costs a second question. An id that no
    /// message has is no failure. Repeatable: yes.
    async fn messages(&self, message_ids: &[String]) -> Result<Vec<ObservedItem>, Failure>;

    /// The messages that lie in the root Inbox now and were received after `since`, oldest first:
    /// complete, or a failure. Repeatable: yes.
    async fn received(&self, since: Instant) -> Result<Vec<ObservedItem>, Failure>;

    /// The handles of items that somebody else names in another form, in the order asked for;
    /// `None` for an id that means nothing here. What a handle names may be gone all the same, and
    /// an id that has the form of handles already is answered as it is. Repeatable: yes.
    async fn translate(
        &self,
        form: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure>;

    /// The exceptions of a series, of any time, whether they carry a category or not; none where
    /// the series is gone. Repeatable: yes.
    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, Failure>;

    /// The whole master list of categories. Repeatable: yes.
    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure>;

    /// The addresses of the people of the organization who may change this mailbox beside its owner,
    /// as far as the server tells; nobody where it does not. Repeatable: yes.
    async fn delegates(&self) -> Result<Vec<MailboxAddress>, Failure>;

    /// The primary address of the mailbox, as its server has it. Repeatable: yes.
    async fn primary_address(&self) -> Result<MailboxAddress, Failure>;

    /// The mark that somebody left in the mailbox to say whose it is; `None` where nobody did.
    /// Servers that keep none say so in [`Capabilities::stamp`], and answer `None`. Repeatable: yes.
    async fn stamp(&self) -> Result<Option<String>, Failure>;

    /// Leaves a mark in the place of the one that is there. No item of the mailbox changes.
    /// Repeatable: yes.
    async fn put_stamp(&self, stamp: &str) -> Result<(), Failure>;

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

    /// Leaves the id of its record on a task, where it travels with the task from list to list.
    /// Nothing else of the task changes. Repeatable: yes, an id that is there is `Done`.
    async fn put_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure>;

    /// Gives fields of a meeting or task new values in one atomic step, and touches nothing else.
    /// A server tells the attendees of a meeting of such a change where the owner organizes it.
    /// The time of a meeting is written as an hour in `zone`, by its Windows or IANA name.
    ///
    /// `base` is the version that the decision was based on. Errors: `Unacceptable` for a field
    /// that the kind has not. Repeatable: yes, a repetition answers `Done` or `Stale`.
    async fn change_fields(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        changes: &[(Field, FieldValue)],
        zone: Option<&str>,
        base: &Version,
    ) -> Result<CategoryWrite, Failure>;

    /// What notifications can be asked for in this mailbox: opaque names, for one subscription
    /// each. Servers without push answer none. Repeatable: yes.
    async fn push_resources(&self) -> Result<Vec<String>, Failure>;

    /// Asks for notifications about one resource. Each call makes one more subscription: write an
    /// intent first, and look at [`Mailbox::subscriptions`] before a repetition.
    async fn subscribe(&self, resource: &str, target: &PushTarget)
    -> Result<Subscription, Failure>;

    /// Prolongs a subscription to `expires`, or as far as the server allows. Repeatable: yes.
    async fn renew(&self, subscription: &str, expires: Instant) -> Result<Renewal, Failure>;

    /// The subscriptions to resources of this mailbox that deliver to `url`. Repeatable: yes.
    async fn subscriptions(&self, url: &str) -> Result<Vec<Subscription>, Failure>;

    /// Ends a subscription; a missing one is success. Repeatable: yes.
    async fn unsubscribe(&self, subscription: &str) -> Result<(), Failure>;
}
