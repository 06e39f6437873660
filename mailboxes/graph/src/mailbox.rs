//! The port's mailbox over Graph.

use crate::checkpoint;
use crate::classify::nonsense;
use crate::connection::Connection;
use crate::map;
use crate::server::MailboxState;
use crate::wire::page::Page;
use crate::wire::users::calendar::calendar_permissions::{self, CalendarPermission};
use crate::wire::users::calendar::{self, Calendar};
use crate::wire::users::mail_folders::{self, MailFolder};
use crate::wire::users::messages::{Message, list};
use crate::wire::users::outlook::master_categories::{self, OutlookCategory};
use async_trait::async_trait;
use earmark_mailbox_port::{
    Bounds, CategoryWrite, ChangePage, Checkpoint, Detail, IdForm, ItemRead, Mailbox, PushTarget,
    Renewal, Scope, Subscription,
};
use earmark_model::{
    ActivityId, CategoryColor, CategoryId, CategoryName, Failure, FailureClass, Field, FieldValue,
    Instant, ItemHandle, ItemKind, MailboxAddress, MasterCategory, ObservedItem, Version,
};
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
    pub(crate) bounds: Bounds,
}

impl GraphMailbox {
    pub(crate) fn new(
        connection: Arc<Connection>,
        address: MailboxAddress,
        state: Arc<MailboxState>,
        bounds: Bounds,
    ) -> Self {
        Self { connection, address, state, bounds }
    }

    /// Summaries by handle, in the order asked for.
    pub(crate) async fn read(
        &self,
        scope: Scope,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        match scope {
            Scope::Mail => self.read_messages(handles).await,
            Scope::Calendar => self.read_events(handles).await,
            Scope::Tasks => self.read_tasks(handles).await,
        }
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
pub(crate) fn of_mailbox(failure: Failure) -> Failure {
    match failure.class {
        FailureClass::ItemGone => failure.read_as(FailureClass::ScopeUnreadable),
        FailureClass::Conflict | FailureClass::CheckpointExpired => {
            failure.read_as(FailureClass::Unavailable)
        }
        _ => failure,
    }
}

/// Whether `item` carries one of `names`, in any case.
pub(crate) fn bears(item: &ObservedItem, names: &[CategoryName]) -> bool {
    item.categories.iter().any(|category| names.iter().any(|name| name.is_same(category)))
}

/// The part of the mailbox in which items of a kind are.
pub(crate) fn scope_of(kind: ItemKind) -> Result<Scope, Failure> {
    match kind {
        ItemKind::Email | ItemKind::MeetingMessage => Ok(Scope::Mail),
        ItemKind::Appointment => Ok(Scope::Calendar),
        ItemKind::Task => Ok(Scope::Tasks),
        ItemKind::Contact => {
            Err(nonsense("UnsupportedKind", "This connector does not read contacts."))
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
        match scope {
            Scope::Mail => self.bearing_messages(names).await,
            Scope::Calendar => self.bearing_events(names).await,
            Scope::Tasks => self.bearing_tasks(names).await,
        }
    }

    async fn item(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        let scope = scope_of(kind)?;
        let names = match detail {
            Detail::Summary => {
                let read = self.read(scope, std::slice::from_ref(handle)).await?.pop();
                return Ok(read.unwrap_or(ItemRead::Gone));
            }
            Detail::Content => None,
            Detail::ContentIfBearing(names) => Some(names),
        };
        let wants = |item: &ObservedItem| names.is_none_or(|names| bears(item, names));
        match scope {
            Scope::Mail => self.read_message_content(handle, wants).await,
            Scope::Calendar => self.read_event_content(handle, wants).await,
            Scope::Tasks => self.read_task_content(handle, wants).await,
        }
    }

    async fn items(
        &self,
        kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        self.read(scope_of(kind)?, handles).await
    }

    async fn messages(&self, message_ids: &[String]) -> Result<Vec<ObservedItem>, Failure> {
        self.messages_with_ids(message_ids).await
    }

    async fn received(&self, since: Instant) -> Result<Vec<ObservedItem>, Failure> {
        self.received_after(since).await
    }

    async fn translate(
        &self,
        form: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure> {
        self.translate_ids(form, ids).await
    }

    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        self.read_exceptions(master).await
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        self.list_master_categories().await
    }

    async fn delegates(&self) -> Result<Vec<MailboxAddress>, Failure> {
        let call = calendar_permissions::list::request(self.address.as_str());
        let listing = self.connection.list::<CalendarPermission>(&self.state.budget, call).await;
        let permissions = listing.map_err(of_mailbox)?.entries;
        let editors = permissions.iter().filter_map(CalendarPermission::editor);
        Ok(editors.map(MailboxAddress::new).collect())
    }

    async fn primary_address(&self) -> Result<MailboxAddress, Failure> {
        let call = calendar::get::owner(self.address.as_str());
        let reply = self.connection.send(&self.state.budget, &call).await.map_err(of_mailbox)?;
        let owner = reply.json::<Calendar>()?.owner.and_then(|owner| owner.address);
        let owner = owner.filter(|address| !address.trim().is_empty());
        owner.map(|address| MailboxAddress::new(&address)).ok_or_else(|| {
            nonsense("NoCalendarOwner", "The main calendar does not say whose it is.")
        })
    }

    async fn stamp(&self) -> Result<Option<String>, Failure> {
        let call = mail_folders::get::stamp(self.address.as_str());
        let reply = self.connection.send(&self.state.budget, &call).await.map_err(of_mailbox)?;
        Ok(reply.json::<MailFolder>()?.stamp())
    }

    async fn put_stamp(&self, stamp: &str) -> Result<(), Failure> {
        let call = mail_folders::update::stamp(self.address.as_str(), stamp)?;
        self.connection.send(&self.state.budget, &call).await.map_err(of_mailbox)?;
        Ok(())
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
        self.write_categories(scope_of(kind)?, handle, add, remove, base).await
    }

    async fn put_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure> {
        self.write_back_link(handle, activity).await
    }

    async fn change_fields(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        changes: &[(Field, FieldValue)],
        zone: Option<&str>,
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.write_fields(kind, handle, changes, zone, base).await
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        self.resources().await
    }

    async fn subscribe(
        &self,
        resource: &str,
        target: &PushTarget,
    ) -> Result<Subscription, Failure> {
        self.make_subscription(resource, target).await
    }

    async fn renew(&self, subscription: &str, expires: Instant) -> Result<Renewal, Failure> {
        self.prolong(subscription, expires).await
    }

    async fn subscriptions(&self, url: &str) -> Result<Vec<Subscription>, Failure> {
        self.subscriptions_to(url).await
    }

    async fn unsubscribe(&self, subscription: &str) -> Result<(), Failure> {
        self.end_subscription(subscription).await
    }
}
