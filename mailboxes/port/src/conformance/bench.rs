//! What a connector's test provides: a server under test, and hands in the outside world.

use super::{Errand, Meeting};
use crate::{IdForm, MailboxServer};
use async_trait::async_trait;
use earmark_model::{CategoryId, Instant, ItemHandle, ItemKind, MailboxAddress};
use jiff::civil::Date;
use std::time::Duration;

/// The outside world of one connector. Errors are one sentence: the world could not be prepared.
///
/// What the bench does must reach the world by another way than the connector under test, or at
/// least past its faults, counts and caches.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The server under test.
    fn server(&self) -> &dyn MailboxServer;

    /// The same world through a new server that remembers nothing, as after a restart.
    fn restarted(&self) -> Box<dyn MailboxServer>;

    /// The present instant of the clock that the connector was given.
    fn now(&self) -> Instant;

    /// Lets time pass, for the connector and for the world.
    fn advance(&self, duration: Duration);

    /// A new, empty, readable mailbox; `name` fits into the local part of an address and is
    /// asked for once.
    async fn make_mailbox(&self, name: &str) -> Result<MailboxAddress, String>;

    /// An address at which there is no mailbox.
    fn unknown_mailbox(&self) -> MailboxAddress;

    /// From now on the server refuses this mailbox; `false` where it cannot be arranged.
    async fn disable_mailbox(&self, mailbox: &MailboxAddress) -> Result<bool, String>;

    /// Puts `mail` into a mailbox and answers its handle as the connector would.
    async fn deliver(&self, mailbox: &MailboxAddress, mail: &Mail) -> Result<ItemHandle, String>;

    /// Puts a single item or a series into the main calendar, as its owner who organizes it.
    async fn make_event(
        &self,
        mailbox: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<ItemHandle, String>;

    /// Puts an item into the organizer's calendar to which `attendee` is invited, and answers the
    /// handles of both copies.
    async fn invite(
        &self,
        organizer: &MailboxAddress,
        attendee: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<(ItemHandle, ItemHandle), String>;

    /// Gives the occurrence of a series on `day` another subject, so that it becomes an exception.
    async fn make_exception(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
        subject: &str,
    ) -> Result<ItemHandle, String>;

    /// The name that the server has for the occurrence of a series on `day`.
    async fn occurrence(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<ItemHandle, String>;

    /// Cancels the occurrence of a series on `day`.
    async fn cancel_occurrence(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<(), String>;

    /// A new list of tasks; answers what the other hands call it. Asked for only where the server
    /// has tasks, as the following ones.
    async fn make_task_list(&self, mailbox: &MailboxAddress, name: &str) -> Result<String, String>;

    /// Deletes a list with its tasks.
    async fn delete_task_list(&self, mailbox: &MailboxAddress, list: &str) -> Result<(), String>;

    /// Puts a task into a list.
    async fn make_task(
        &self,
        mailbox: &MailboxAddress,
        list: &str,
        errand: &Errand,
    ) -> Result<ItemHandle, String>;

    /// Moves a task into another list, and answers the handle that it has there.
    async fn move_task(
        &self,
        mailbox: &MailboxAddress,
        task: &ItemHandle,
        list: &str,
    ) -> Result<ItemHandle, String>;

    /// Flags a message, so that programs show it among the tasks; `false` where it cannot be
    /// arranged.
    async fn flag(&self, mailbox: &MailboxAddress, item: &ItemHandle) -> Result<bool, String>;

    /// The owner lets somebody read what is in the mailbox, or change it as well; `false` where it
    /// cannot be arranged.
    async fn share(
        &self,
        mailbox: &MailboxAddress,
        with: &MailboxAddress,
        edits: bool,
    ) -> Result<bool, String>;

    /// From now on the mailbox is reached by another name as well, which is answered; `None` where
    /// it cannot be arranged.
    async fn other_address(
        &self,
        mailbox: &MailboxAddress,
    ) -> Result<Option<MailboxAddress>, String>;

    /// From now on the mailbox has no tasks; `false` where it cannot be arranged.
    async fn take_tasks_away(&self, mailbox: &MailboxAddress) -> Result<bool, String>;

    /// An address that takes notifications; `None` where nobody can.
    fn push_url(&self) -> Option<String>;

    /// The bodies that were delivered there since the last call, after everything that happened
    /// so far was told.
    async fn delivered(&self) -> Result<Vec<Vec<u8>>, String>;

    /// The server ends a subscription and says so to its address.
    async fn end_subscription(&self, subscription: &str) -> Result<(), String>;

    /// The category names on an item, in their order.
    async fn categories(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
    ) -> Result<Vec<String>, String>;

    /// Another client sets the category names of an item.
    async fn set_categories(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
        names: &[&str],
    ) -> Result<(), String>;

    /// Arranges that another client adds `name` to an item after the connector's next read of
    /// it and before its next write to it; `false` where it cannot be arranged.
    async fn before_next_write(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
        name: &str,
    ) -> Result<bool, String>;

    /// Whether the server lets a feed see that the categories of a message changed, and nothing
    /// else of it.
    fn feed_shows_categories(&self) -> bool;

    /// Moves a message into a folder, which is made where it is missing.
    async fn move_item(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        folder: Folder,
    ) -> Result<(), String>;

    /// Deletes an item for good: a read by its handle finds nothing any more.
    async fn delete(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
    ) -> Result<(), String>;

    /// What the server calls an item in another form; `None` where it has no such form.
    async fn other_name(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        form: IdForm,
    ) -> Result<Option<String>, String>;

    /// The names in the master list.
    async fn master_names(&self, mailbox: &MailboxAddress) -> Result<Vec<String>, String>;

    /// The user renames an entry of the master list; `false` where it cannot be arranged.
    async fn rename_master_entry(
        &self,
        mailbox: &MailboxAddress,
        id: &CategoryId,
        to: &str,
    ) -> Result<bool, String>;

    /// Lets the next `count` requests of the connector fail; `u32::MAX` until [`Self::heal`].
    async fn fail_next(&self, count: u32, failing: Failing) -> Result<(), String>;

    /// Takes every fault away and forgets every enforced pause of the world, also by letting
    /// time pass.
    async fn heal(&self) -> Result<(), String>;

    /// Lets the server forget every checkpoint of a mailbox; `false` where it has none to forget.
    async fn expire_checkpoints(&self, mailbox: &MailboxAddress) -> Result<bool, String>;

    /// Units: requests that the connector sent so far; `None` where nobody counts.
    async fn requests(&self) -> Option<u64>;

    /// Units: the most requests of one mailbox that were in flight at once so far; `None` where
    /// nobody counts.
    fn most_in_flight(&self) -> Option<usize>;
}

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// Refused with the demand to wait.
    Throttled {
        /// Units: seconds to wait.
        seconds: u32,
    },
    /// Out of order, without carrying the request out.
    Unavailable,
    /// Carried out, and the answer lost.
    AnswerLost,
    /// The credential is not accepted, and neither is a new one.
    Unauthenticated,
    /// A good status with a body that is no answer at all.
    Nonsense,
}

/// Where an item lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// The root Inbox.
    Inbox,
    /// Sent Items.
    SentItems,
    /// Drafts.
    Drafts,
    /// Deleted Items.
    DeletedItems,
    /// Junk.
    Junk,
    /// A folder of the user's beside the Inbox.
    Ordinary,
    /// A folder of the user's below the Inbox.
    BelowInbox,
    /// A folder below a folder below Deleted Items.
    BelowDeletedItems,
    /// A folder below Junk.
    BelowJunk,
}

impl Folder {
    /// Every folder.
    pub const ALL: [Self; 9] = [
        Self::Inbox,
        Self::SentItems,
        Self::Drafts,
        Self::DeletedItems,
        Self::Junk,
        Self::Ordinary,
        Self::BelowInbox,
        Self::BelowDeletedItems,
        Self::BelowJunk,
    ];
}

/// A message to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// The address in `From`, in the spelling to be kept.
    pub from: String,
    /// The HTML body.
    pub html: String,
    /// `Message-ID` with its brackets.
    pub message_id: String,
    /// `In-Reply-To` with its brackets.
    pub in_reply_to: Option<String>,
    /// The category names, in their order.
    pub categories: Vec<String>,
    /// Where to put it.
    pub folder: Folder,
    /// A meeting request instead of an ordinary message.
    pub is_meeting_request: bool,
    /// Whether it travelled and so has a `Received` header.
    pub has_travelled: bool,
    /// The files.
    pub attachments: Vec<Attached>,
}

/// A file of a message to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The file name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// `Content-ID` without brackets, for a picture that the body shows in place.
    pub content_id: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Mail {
    /// A plain message in the Inbox whose `Message-ID` is made of `subject`.
    pub fn new(subject: &str) -> Self {
        let id: String = subject.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            subject: subject.to_owned(),
            from: "Sender@Outside.test".to_owned(),
            html: "<p>Good morning</p>".to_owned(),
            message_id: format!("<{id}@outside.test>"),
            in_reply_to: None,
            categories: Vec::new(),
            folder: Folder::Inbox,
            is_meeting_request: false,
            has_travelled: true,
            attachments: Vec::new(),
        }
    }

    /// With category names.
    pub fn with(mut self, names: &[&str]) -> Self {
        self.categories = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// In another folder.
    pub fn lying_in(mut self, folder: Folder) -> Self {
        self.folder = folder;
        self
    }
}
