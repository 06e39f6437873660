//! The port's mailbox over Graph.

use crate::checkpoint;
use crate::classify::nonsense;
use crate::connection::Connection;
use crate::map;
use crate::reading::partial;
use crate::server::MailboxState;
use crate::wire::call::Reply;
use crate::wire::page::Page;
use crate::wire::users::messages::{Message, list, update};
use crate::wire::users::outlook::master_categories::{self, OutlookCategory};
use async_trait::async_trait;
use earmark_mailbox_port::{
    CategoryWrite, ChangePage, Checkpoint, Detail, ItemRead, Mailbox, PushTarget, Renewal, Scope,
    Subscription,
};
use earmark_model::{
    ActivityId, CategoryColor, CategoryId, CategoryName, Failure, FailureClass, Instant,
    ItemHandle, ItemKind, MailboxAddress, MasterCategory, ObservedItem, Version,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How far a window of changes reaches back before its checkpoint, because servers' clocks
/// differ and writes become visible late. Source: design section 6.
const OVERLAP: Duration = Duration::from_secs(5 * 60);

/// One mailbox.
pub(crate) struct GraphMailbox {
    pub(crate) connection: Arc<Connection>,
    pub(crate) address: MailboxAddress,
    pub(crate) state: Arc<MailboxState>,
}

impl GraphMailbox {
    pub(crate) fn new(
        connection: Arc<Connection>,
        address: MailboxAddress,
        state: Arc<MailboxState>,
    ) -> Self {
        Self { connection, address, state }
    }

    /// The names on an item now and their version; `None` where it is gone.
    async fn categories_now(
        &self,
        handle: &ItemHandle,
    ) -> Result<Option<(Version, Vec<String>)>, Failure> {
        Ok(match self.read(std::slice::from_ref(handle)).await?.pop() {
            Some(ItemRead::Found { item, .. }) => Some((item.version, item.categories)),
            Some(ItemRead::Gone) | None => None,
        })
    }

    /// What a good answer to a write shows; the answer may leave out what was written.
    async fn written(
        &self,
        handle: &ItemHandle,
        reply: &Reply,
        wanted: &[String],
    ) -> Result<CategoryWrite, Failure> {
        let message: Message =
            if reply.body.is_empty() { Message::default() } else { reply.json()? };
        let shown = map::version(&message).zip(map::categories(&message));
        let now = match shown {
            Some(shown) => Some(shown),
            None => self.categories_now(handle).await?,
        };
        let Some((version, names)) = now else { return Ok(CategoryWrite::Gone) };
        self.state.known.put(handle, &version, &names);
        Ok(if names == wanted { CategoryWrite::Done(version) } else { CategoryWrite::Stale })
    }

    async fn list_master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        let call = master_categories::list::request(self.address.as_str());
        let listing = self.connection.list::<OutlookCategory>(&self.state.budget, call).await;
        let listing = listing.map_err(of_mailbox)?;
        Ok(listing.entries.into_iter().map(map::master_category).collect())
    }
}

/// What a failure means that is about the mailbox as a whole: nothing found where a list should
/// be is a mailbox that cannot be read, and what only items or feeds can have is an outage.
fn of_mailbox(failure: Failure) -> Failure {
    let class = match failure.class {
        FailureClass::ItemGone => FailureClass::ScopeUnreadable,
        FailureClass::Conflict | FailureClass::CheckpointExpired => FailureClass::Unavailable,
        other => other,
    };
    Failure { class, ..failure }
}

/// Only mail is read and written here.
fn check_kind(kind: ItemKind) -> Result<(), Failure> {
    match kind {
        ItemKind::Email | ItemKind::MeetingMessage => Ok(()),
        ItemKind::Appointment | ItemKind::Task | ItemKind::Contact => {
            Err(nonsense("UnsupportedKind", "This connector reads mail only."))
        }
    }
}

#[async_trait]
impl Mailbox for GraphMailbox {
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, Failure> {
        let address = self.address.as_str();
        let budget = &self.state.budget;
        let Some(checkpoint) = checkpoint else {
            let reply = self.connection.send(budget, &list::any(address)).await;
            let reply = reply.map_err(of_mailbox)?;
            // Only a list is an answer; a page of HTML has a date as well.
            let _: Page<Message> = reply.json()?;
            // Without the server's time ours has to do, as far back as clocks may differ.
            let from = reply.date().unwrap_or_else(|| self.connection.now().minus(OVERLAP));
            let next = checkpoint::write(from);
            return Ok(ChangePage { changed: Vec::new(), gone: Vec::new(), next });
        };
        let since = checkpoint::read(checkpoint)?;
        let call = list::changed(address, since.minus(OVERLAP));
        let listing = self.connection.list::<Message>(budget, call).await;
        let listing = listing.map_err(|failure| match failure.class {
            FailureClass::CheckpointExpired => failure,
            _ => of_mailbox(failure),
        })?;
        let read_at = listing.read_at;
        let changed = self.summaries(listing.entries).await?;
        // The first page shows everything up to the server's time when it was written. Without
        // that time the newest item is as far as this reading is known to reach.
        let newest = changed.iter().filter_map(|item| item.modified).max();
        let next = checkpoint::write(read_at.or(newest).unwrap_or(since));
        Ok(ChangePage { changed, gone: Vec::new(), next })
    }

    async fn bearing(
        &self,
        scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        if scope != Scope::Mail {
            return Ok(Vec::new());
        }
        // Each spelling is asked for by itself: whether the server folds case is not documented.
        let spellings: BTreeSet<&str> = names.iter().map(CategoryName::as_str).collect();
        let mut messages: BTreeMap<String, Message> = BTreeMap::new();
        for name in spellings {
            let call = list::bearing(self.address.as_str(), name);
            let listing = self.connection.list::<Message>(&self.state.budget, call).await;
            let listing = listing.map_err(of_mailbox)?;
            for message in listing.entries {
                messages.insert(message.id.clone().ok_or_else(partial)?, message);
            }
        }
        let mut items = self.summaries(messages.into_values().collect()).await?;
        items.retain(|item| {
            item.categories.iter().any(|category| names.iter().any(|name| name.is_same(category)))
        });
        items.sort_by(|one, other| one.handle.cmp(&other.handle));
        Ok(items)
    }

    async fn item(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        check_kind(kind)?;
        match detail {
            Detail::Content | Detail::ContentIfBearing(_) => self.read_with_content(handle).await,
            Detail::Summary => {
                let read = self.read(std::slice::from_ref(handle)).await?.pop();
                Ok(read.unwrap_or(ItemRead::Gone))
            }
        }
    }

    async fn items(
        &self,
        kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        check_kind(kind)?;
        self.read(handles).await
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        self.list_master_categories().await
    }

    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure> {
        // The list comes first, because the server may take a second spelling of a name.
        let is_wanted = |entry: &MasterCategory| entry.name == *name;
        if let Some(there) = self.list_master_categories().await?.into_iter().find(is_wanted) {
            return Ok(there);
        }
        let address = self.address.as_str();
        let call = master_categories::create::request(address, name.as_str(), &map::color(color))?;
        let refusal = match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => return Ok(map::master_category(reply.json()?)),
            Err(failure) => failure,
        };
        // A duplicate is answered with 409 or 400 and with codes that nobody documents.
        if !matches!(refusal.class, FailureClass::Conflict | FailureClass::Bug) {
            return Err(of_mailbox(refusal));
        }
        let there = self.list_master_categories().await?.into_iter().find(is_wanted);
        there.ok_or_else(|| nonsense(&refusal.code, &refusal.detail))
    }

    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure> {
        let call = master_categories::delete::request(self.address.as_str(), id.as_str());
        match self.connection.send(&self.state.budget, &call).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.class == FailureClass::ItemGone => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn change_categories(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        check_kind(kind)?;
        let known = self.state.known.at(handle, base);
        let known = known.filter(|names| map::changed(names, add, remove) != *names);
        let names = match known {
            Some(names) => names,
            // Not seen at this version, or nothing seems left to do: look at the item itself.
            None => match self.categories_now(handle).await? {
                None => return Ok(CategoryWrite::Gone),
                Some((version, names)) if map::changed(&names, add, remove) == names => {
                    return Ok(CategoryWrite::Done(version));
                }
                Some((version, _)) if version != *base => return Ok(CategoryWrite::Stale),
                Some((_, names)) => names,
            },
        };
        let wanted = map::changed(&names, add, remove);
        let call = update::categories(self.address.as_str(), handle.as_str(), &wanted, base)?;
        match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => self.written(handle, &reply, &wanted).await,
            Err(failure) => match failure.class {
                FailureClass::Conflict => Ok(CategoryWrite::Stale),
                FailureClass::ItemGone => Ok(CategoryWrite::Gone),
                _ => Err(failure),
            },
        }
    }

    async fn exceptions(&self, _: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        Ok(Vec::new())
    }

    async fn put_back_link(&self, _: &ItemHandle, _: ActivityId) -> Result<CategoryWrite, Failure> {
        Err(nonsense("UnsupportedKind", "This connector reads mail only."))
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn subscribe(&self, _: &str, _: &PushTarget) -> Result<Subscription, Failure> {
        Err(nonsense("UnsupportedKind", "This connector reads mail only."))
    }

    async fn renew(&self, _: &str, _: Instant) -> Result<Renewal, Failure> {
        Ok(Renewal::Gone)
    }

    async fn subscriptions(&self, _: &str) -> Result<Vec<Subscription>, Failure> {
        Ok(Vec::new())
    }

    async fn unsubscribe(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
}
