//! What a person does to mail in a mail program, for tests and sample data.

use crate::{
    delivery::Occasion,
    error::Refusal,
    sandbox::Sandbox,
    store::{
        category::{self, MasterCategory},
        change::{self, Changes, Setting},
        folder,
        handle::{IdKind, message_id, parse_message_id},
        item,
        list::{self, Extent, Selection},
        user::{self, User},
    },
};
use earmark_sqlite::rusqlite::Transaction;
use std::collections::BTreeMap;

/// What requests are named after that no client made.
pub(crate) const CAUSE: &str = "mail program";

/// A message in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSummary {
    /// The immutable id.
    pub id: String,
    /// `Message-ID` with brackets.
    pub internet_message_id: String,
    /// The subject.
    pub subject: String,
    /// The categories in their order.
    pub categories: Vec<String>,
    /// The well-known name of the folder, else its display name.
    pub folder: String,
    /// Read.
    pub is_read: bool,
    /// Not sent yet, wherever it lies.
    pub is_draft: bool,
    /// It is about a meeting: an invitation, an answer, a cancellation.
    pub is_meeting_message: bool,
}

pub(crate) fn summary(
    tx: &Transaction<'_>,
    owner: &User,
    item: item::Item,
) -> Result<MessageSummary, Refusal> {
    let folder = folder::get(tx, owner.row, item.folder)?;
    Ok(summary_in(owner, item, folder.well_known.unwrap_or(folder.name)))
}

fn summary_in(owner: &User, item: item::Item, folder: String) -> MessageSummary {
    MessageSummary {
        id: message_id(IdKind::Immutable, owner.guid, item.row, item.incarnation),
        internet_message_id: item.internet_message_id,
        subject: item.subject,
        categories: item.categories,
        folder,
        is_read: item.is_read,
        is_draft: item.is_draft,
        is_meeting_message: item.class.starts_with("IPM.Schedule.Meeting"),
    }
}

/// Whether the folder holds what its owner does not see any more.
fn is_recoverable(folder: &str) -> bool {
    folder.starts_with("recoverableitems")
}

impl Sandbox {
    /// All messages of a mailbox, newest first; those in Recoverable Items are not among them.
    pub async fn messages(&self, mail: &str) -> Result<Vec<MessageSummary>, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let selection = Selection {
                    user: owner.row,
                    extent: Extent::Mailbox,
                    conditions: Vec::new(),
                    order: Vec::new(),
                    skip: 0,
                    top: u64::MAX,
                };
                let items = list::page(tx, &selection)?.items;
                // A folder is read with its counts, which takes longer than reading an item.
                let mut folders: BTreeMap<i64, String> = BTreeMap::new();
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    let folder = match folders.get(&item.folder) {
                        Some(name) => name.clone(),
                        None => {
                            let folder = folder::get(tx, owner.row, item.folder)?;
                            let name = folder.well_known.unwrap_or(folder.name);
                            folders.insert(item.folder, name.clone());
                            name
                        }
                    };
                    all.push(summary_in(&owner, item, folder));
                }
                Ok(all)
            })
            .await
    }

    /// One message; `None` where it is gone, or lies in Recoverable Items.
    pub async fn message(&self, mail: &str, id: &str) -> Result<Option<MessageSummary>, Refusal> {
        let (mail, id) = (mail.to_owned(), id.to_owned());
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let found = parse_message_id(owner.guid, &id)
                    .and_then(|key| item::get(tx, owner.row, key))
                    .and_then(|item| summary(tx, &owner, item));
                match found {
                    Ok(message) => Ok(Some(message).filter(|it| !is_recoverable(&it.folder))),
                    Err(refusal) if refusal.status == 404 => Ok(None),
                    Err(refusal) => Err(refusal),
                }
            })
            .await
    }

    /// The master list of a mailbox, in the order of its making.
    pub async fn categories(&self, mail: &str) -> Result<Vec<MasterCategory>, Refusal> {
        let mail = mail.to_owned();
        self.database().read(move |tx| category::list(tx, user::get(tx, &mail)?.row)).await
    }

    /// Replaces the categories of a message.
    pub async fn set_categories(
        &self,
        mail: &str,
        id: &str,
        names: Vec<String>,
    ) -> Result<(), Refusal> {
        let changes = Changes { categories: Some(names), ..Changes::default() };
        self.act(mail, id, move |tx, at, item| change::apply(tx, at, item, &changes).map(|_| ()))
            .await
    }

    /// Marks a message read or unread.
    pub async fn set_read(&self, mail: &str, id: &str, is_read: bool) -> Result<(), Refusal> {
        let changes = Changes { is_read: Some(is_read), ..Changes::default() };
        self.act(mail, id, move |tx, at, item| change::apply(tx, at, item, &changes).map(|_| ()))
            .await
    }

    /// Moves a message to a well-known folder.
    pub async fn move_message(&self, mail: &str, id: &str, folder: &str) -> Result<(), Refusal> {
        let folder = folder.to_owned();
        self.act(mail, id, move |tx, at, item| {
            let to = folder::well_known(tx, at.user, &folder)?;
            change::move_to(tx, at, item, to).map(|_| ())
        })
        .await
    }

    /// Deletes a message: to Deleted Items, from there to Recoverable Items, from there for good.
    pub async fn delete_message(&self, mail: &str, id: &str) -> Result<(), Refusal> {
        self.act(mail, id, change::delete).await
    }

    async fn act(
        &self,
        mail: &str,
        id: &str,
        what: impl FnOnce(&Transaction<'_>, Setting<'_>, item::Item) -> Result<(), Refusal>
        + Send
        + 'static,
    ) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let item = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            let (now_ms, quirks) = (occasion.now_ms, occasion.quirks);
            what(tx, Setting { user: owner.row, now_ms, quirks }, item)
        })
        .await
    }

    /// Carries out what the owner of a mailbox does with the program `cause`, in one transaction.
    pub(crate) async fn acting<T: Send + 'static>(
        &self,
        cause: &'static str,
        mail: &str,
        what: impl FnOnce(&Transaction<'_>, &Occasion<'_>, &User) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (mail, now_ms, quirks) = (mail.to_owned(), self.now_ms(), self.quirks());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                what(tx, &Occasion { now_ms, cause, quirks: &quirks }, &owner)
            })
            .await
    }
}
