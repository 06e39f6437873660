//! Decisions that the brake holds, released or discarded by a person.

use crate::{Engine, EngineError};
use earmark_model::{MailboxId, OrganizationId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What a person wants done with what is held in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldOrder {
    /// Carry it out, if it still holds.
    Release,
    /// Leave the items tracked.
    Discard,
}

/// Orders that the next whole cycle of a mailbox follows.
#[derive(Debug, Default)]
pub(crate) struct HeldOrders(Mutex<BTreeMap<(OrganizationId, MailboxId), HeldOrder>>);

impl HeldOrders {
    fn put(&self, key: (OrganizationId, MailboxId), order: HeldOrder) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, order);
    }

    /// The order for a mailbox; handed out once.
    pub(crate) fn take(&self, key: (OrganizationId, MailboxId)) -> Option<HeldOrder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key)
    }
}

impl Engine {
    /// Lets the mailbox's next cycle carry out what is held, as far as it still holds, without
    /// waiting for its time. Answers how many decisions wait. Repeatable: yes.
    pub async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, EngineError> {
        self.order(organization, mailbox, HeldOrder::Release).await
    }

    /// Lets the mailbox's next cycle leave tracked what is held, without its category. Answers how
    /// many decisions wait. Repeatable: yes.
    pub async fn discard_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, EngineError> {
        self.order(organization, mailbox, HeldOrder::Discard).await
    }

    async fn order(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        order: HeldOrder,
    ) -> Result<u64, EngineError> {
        let held = self.parts.store.held(organization, mailbox).await?.len();
        if held > 0 {
            self.held_orders.put((organization, mailbox), order);
            self.wake(organization, mailbox).await;
        }
        Ok(u64::try_from(held).unwrap_or(u64::MAX))
    }
}
