//! What the service remembers, and what a person asks of it.

use super::{Place, Seen, World, http::literal};
use anyhow::{Context, Result};
use earmark_ledger::HistoryEntry;
use earmark_model::{
    Actor, Instant, ItemHandle, ItemKind, Link, LinkKey, MailboxId, Request, RequestOrigin,
    RequestWish, activity::RecordRef,
};

impl World {
    /// The token of the administrator.
    pub const fn admin_token(&self) -> &'static str {
        super::ADMIN_TOKEN
    }

    /// The row of a mailbox in the CRM.
    pub async fn mailbox(&self, address: &str) -> Result<MailboxId> {
        let filter = literal(address);
        let path = format!(
            "/api/data/v9.2/mailboxes?$select=mailboxid&$filter=emailaddress%20eq%20{filter}"
        );
        let rows = self.rows(&path).await?;
        let id = rows.first().and_then(|row| row["mailboxid"].as_str());
        let id = id.with_context(|| format!("the CRM has no mailbox {address}"))?;
        id.parse().context("the id of the mailbox row")
    }

    /// State and reason of an item; `None` where nothing is remembered.
    pub async fn item_state(&self, user: &str, id: &str) -> Result<Option<(String, String)>> {
        let links = self.links(user).await?;
        let link = links.into_iter().find(|link| is_handle(&link.key.handle, id));
        Ok(link.map(|link| (link.state.as_str().to_owned(), link.reason)))
    }

    /// When the last of these items was linked to its record.
    ///
    /// Errors: one of them never was.
    pub async fn last_tracked(&self, user: &str, items: &[Seen]) -> Result<Instant> {
        let links = self.links(user).await?;
        let mut last = None;
        for item in items {
            let link = links.iter().find(|link| is_handle(&link.key.handle, &item.id));
            let at = link.and_then(|link| link.linked_at);
            last =
                last.max(Some(at.with_context(|| format!("{} was never linked", item.subject))?));
        }
        last.context("there is no such item")
    }

    /// Everything that is remembered about a mailbox's items.
    pub async fn links(&self, user: &str) -> Result<Vec<Link>> {
        let mailbox = self.mailbox(user).await?;
        let links = self.store().links(self.outside.organization(), mailbox).await;
        links.context("read the ledger")
    }

    /// Has the next cycle of a mailbox compare it fully with the ledger and the CRM.
    pub async fn compare_fully(&self, user: &str) -> Result<()> {
        let mailbox = self.mailbox(user).await?;
        self.engine().compare_fully(self.outside.organization(), mailbox);
        Ok(())
    }

    /// The reasons in an item's history, oldest first.
    pub async fn history(&self, user: &str, id: &str) -> Result<Vec<String>> {
        Ok(self.entries(user, id).await?.into_iter().map(|entry| entry.reason).collect())
    }

    /// An item's history, oldest first.
    pub(super) async fn entries(&self, user: &str, id: &str) -> Result<Vec<HistoryEntry>> {
        let key = self.key(user, id).await?;
        self.store().history(&key).await.context("read the ledger")
    }

    /// A person asks, outside Outlook, that a message be tracked or untracked: the wish is stored
    /// and the item is looked at as soon as possible, as the own API does it. `regarding` is table
    /// and id.
    pub async fn request(
        &self,
        user: &str,
        id: &str,
        tracks: bool,
        regarding: Option<(String, String)>,
    ) -> Result<()> {
        self.ask(user, ItemKind::Email, id, tracks, regarding).await
    }

    /// The same for an item of any kind.
    pub async fn request_for(
        &self,
        user: &str,
        item: &Seen,
        tracks: bool,
        regarding: Option<(String, String)>,
    ) -> Result<()> {
        let kind = match item.place {
            Place::Mail => ItemKind::Email,
            Place::Calendar => ItemKind::Appointment,
            Place::Contacts => ItemKind::Contact,
            Place::Tasks { .. } => ItemKind::Task,
        };
        self.ask(user, kind, &item.id, tracks, regarding).await
    }

    /// A person answers whether a change of the meeting in the CRM may be told to its attendees;
    /// whether one waits.
    pub async fn answer_edit(&self, user: &str, item: &Seen, yes: bool) -> Result<bool> {
        self.act();
        let key = self.key(user, &item.id).await?;
        Ok(self.engine().answer_edit(key, yes).await?)
    }

    async fn ask(
        &self,
        user: &str,
        kind: ItemKind,
        id: &str,
        tracks: bool,
        regarding: Option<(String, String)>,
    ) -> Result<()> {
        self.act();
        let key = self.key(user, id).await?;
        let regarding = match regarding {
            None => None,
            Some((table, id)) => {
                let id = id.parse().context("the id of the regarding")?;
                Some(Some(RecordRef { table, id }))
            }
        };
        let wish = if tracks { RequestWish::Track { regarding } } else { RequestWish::Untrack };
        let request = Request { wish, origin: RequestOrigin::Person, at: self.now() };
        let stored = self.store().put_request(key.clone(), kind, request, Actor::Person).await;
        stored.map(drop).context("store the request")?;
        self.engine().touch(key.organization, key.mailbox, kind, key.handle).await;
        Ok(())
    }

    /// What is remembered about an item stands under this key; a task is known only once it was
    /// looked at.
    async fn key(&self, user: &str, id: &str) -> Result<LinkKey> {
        let known = self.links(user).await?.into_iter().map(|link| link.key);
        let key = known.into_iter().find(|key| is_handle(&key.handle, id));
        Ok(key.unwrap_or(LinkKey {
            organization: self.outside.organization(),
            mailbox: self.mailbox(user).await?,
            handle: ItemHandle::from(id),
        }))
    }
}

/// Whether a handle is that of the item with this id: a task's names its list as well.
fn is_handle(handle: &ItemHandle, id: &str) -> bool {
    handle.as_str().ends_with(id)
}
