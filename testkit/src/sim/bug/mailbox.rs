//! Bugs between the engine and a mailbox.

use super::Bug;
use async_trait::async_trait;
use earmark_mailbox_port::{
    Bounds, CategoryWrite, ChangePage, Checkpoint, Detail, IdForm, ItemRead, Mailbox,
    MailboxServer, Notification, PushTarget, Renewal, Scope, Subscription,
};
use earmark_model::{
    ActivityId, Capabilities, CategoryColor, CategoryId, CategoryName, Failure, FailureClass,
    Field, FieldValue, FolderRole, Instant, ItemHandle, ItemKind, MailboxAddress, MasterCategory,
    ObservedItem, Version,
};
use std::sync::Arc;

/// A mailbox server that has a bug.
pub(super) struct BuggyServer {
    pub(super) inner: Arc<dyn MailboxServer>,
    pub(super) bug: Bug,
}

impl MailboxServer for BuggyServer {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn open_within(&self, address: &MailboxAddress, bounds: &Bounds) -> Arc<dyn Mailbox> {
        Arc::new(BuggyMailbox { inner: self.inner.open_within(address, bounds), bug: self.bug })
    }

    fn read_notifications(&self, body: &[u8]) -> Result<Vec<Notification>, Failure> {
        self.inner.read_notifications(body)
    }
}

struct BuggyMailbox {
    inner: Arc<dyn Mailbox>,
    bug: Bug,
}

impl BuggyMailbox {
    /// What is not there is empty, where that is the bug.
    fn or_nothing<T>(&self, answer: Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
        match answer {
            Err(failure)
                if self.bug == Bug::MissingMailboxIsEmpty
                    && failure.class == FailureClass::ScopeUnreadable =>
            {
                Ok(Vec::new())
            }
            other => other,
        }
    }

    /// What was moved out of the Inbox bears nothing, where that is the bug.
    fn seen(&self, mut item: ObservedItem) -> ObservedItem {
        if self.bug == Bug::MoveUntracks && item.folder == FolderRole::Other {
            item.categories.retain(|name| !name.starts_with("Tracked"));
        }
        item
    }

    fn read(&self, read: ItemRead) -> ItemRead {
        match read {
            ItemRead::Found { item, content } => ItemRead::Found { item: self.seen(item), content },
            ItemRead::Gone => ItemRead::Gone,
        }
    }
}

#[async_trait]
impl Mailbox for BuggyMailbox {
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, Failure> {
        self.inner.changes(checkpoint).await.map_err(|failure| self.bug.read_expired(failure))
    }

    async fn bearing(
        &self,
        scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let bearers = self.or_nothing(self.inner.bearing(scope, names).await)?;
        let bears = |item: &ObservedItem| {
            item.categories.iter().any(|name| names.iter().any(|one| one.is_same(name)))
        };
        Ok(bearers.into_iter().map(|item| self.seen(item)).filter(bears).collect())
    }

    async fn item(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        let answer = self.inner.item(kind, handle, detail).await;
        match answer {
            Err(failure)
                if self.bug == Bug::MissingMailboxIsEmpty
                    && failure.class == FailureClass::ScopeUnreadable =>
            {
                Ok(ItemRead::Gone)
            }
            other => other.map(|read| self.read(read)),
        }
    }

    async fn items(
        &self,
        kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        match self.inner.items(kind, handles).await {
            Err(failure)
                if self.bug == Bug::MissingMailboxIsEmpty
                    && failure.class == FailureClass::ScopeUnreadable =>
            {
                Ok(handles.iter().map(|_| ItemRead::Gone).collect())
            }
            other => other.map(|all| all.into_iter().map(|read| self.read(read)).collect()),
        }
    }

    async fn messages(&self, message_ids: &[String]) -> Result<Vec<ObservedItem>, Failure> {
        self.inner.messages(message_ids).await
    }

    async fn received(&self, since: Instant) -> Result<Vec<ObservedItem>, Failure> {
        self.inner.received(since).await
    }

    async fn translate(
        &self,
        form: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure> {
        self.inner.translate(form, ids).await
    }

    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        self.inner.exceptions(master).await
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        self.or_nothing(self.inner.master_categories().await)
    }

    async fn delegates(&self) -> Result<Vec<MailboxAddress>, Failure> {
        self.inner.delegates().await
    }

    async fn primary_address(&self) -> Result<MailboxAddress, Failure> {
        self.inner.primary_address().await
    }

    async fn stamp(&self) -> Result<Option<String>, Failure> {
        self.inner.stamp().await
    }

    async fn put_stamp(&self, stamp: &str) -> Result<(), Failure> {
        self.inner.put_stamp(stamp).await
    }

    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure> {
        self.inner.put_master_category(name, color).await
    }

    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure> {
        self.inner.drop_master_category(id).await
    }

    async fn change_categories(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.inner.change_categories(kind, handle, add, remove, base).await
    }

    async fn put_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure> {
        self.inner.put_back_link(handle, activity).await
    }

    async fn change_fields(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        changes: &[(Field, FieldValue)],
        zone: Option<&str>,
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.inner.change_fields(kind, handle, changes, zone, base).await
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        self.inner.push_resources().await
    }

    async fn subscribe(
        &self,
        resource: &str,
        target: &PushTarget,
    ) -> Result<Subscription, Failure> {
        self.inner.subscribe(resource, target).await
    }

    async fn renew(&self, subscription: &str, expires: Instant) -> Result<Renewal, Failure> {
        self.inner.renew(subscription, expires).await
    }

    async fn subscriptions(&self, url: &str) -> Result<Vec<Subscription>, Failure> {
        self.inner.subscriptions(url).await
    }

    async fn unsubscribe(&self, subscription: &str) -> Result<(), Failure> {
        self.inner.unsubscribe(subscription).await
    }
}
