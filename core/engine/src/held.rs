//! What a person does about decisions that wait.

use crate::{Engine, EngineError};
use earmark_model::{
    Actor, ItemKind, LinkKey, MailboxId, OrganizationId, Request, RequestOrigin, RequestWish,
};

impl Engine {
    /// Answers whether the change of a meeting in the CRM that waits may be written to the item,
    /// which sends its attendees an update; with no, each side keeps its own. Answers whether one
    /// waited.
    ///
    /// Errors: the ledger's. Repeatable: yes.
    pub async fn answer_edit(&self, key: LinkKey, yes: bool) -> Result<bool, EngineError> {
        let (organization, mailbox) = (key.organization, key.mailbox);
        let is_asked = self.parts.store.answer_edit(key, yes).await?;
        if is_asked {
            self.marks.waiting((organization, mailbox), self.now());
            self.look_now();
        }
        Ok(is_asked)
    }

    /// Releases every decision of the mailbox that waits: with its next cycle, which is due at
    /// once, each is applied that still holds when its item was read again. Answers how many were
    /// not released before.
    ///
    /// Errors: the ledger's. Repeatable: yes.
    pub async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, EngineError> {
        let released = self.parts.store.release_held(organization, mailbox).await?;
        self.wake(organization, mailbox).await;
        Ok(released)
    }

    /// Takes back every decision of the mailbox that waits, as if a person had asked for each of
    /// its items to be tracked: a category that was removed is put back, a link that is missing is
    /// made again, and so is a record. Answers how many items that were.
    ///
    /// Errors: the ledger's. Repeatable: yes.
    pub async fn discard_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, EngineError> {
        let store = &self.parts.store;
        let links = store.links(organization, mailbox).await?;
        let mut discarded = 0;
        for held in store.held(organization, mailbox).await? {
            let known = links.iter().find(|link| link.key == held.key);
            let request = Request {
                wish: RequestWish::Track { regarding: None },
                origin: RequestOrigin::Person,
                at: self.now(),
            };
            let kind = known.map_or(ItemKind::Email, |link| link.kind);
            store.put_request(held.key, kind, request, Actor::Administrator).await?;
            discarded += 1;
        }
        self.wake(organization, mailbox).await;
        Ok(discarded)
    }
}
