//! Notifications: hints from strangers, believed only as far as to look earlier.
//!
//! [`Engine::notified`] takes one that was delivered. It belongs to a subscription that the ledger
//! knows and repeats its secret, or it is dropped; [`Heard`] is for counting. What it says marks an item or a
//! mailbox dirty ([`crate::dirty`]) and makes the mailbox due; `mailbox::subscribe` keeps the
//! subscriptions.

use crate::{Backlog, Engine, EngineError};
use earmark_ledger::{SubscriptionRow, Unit};
use earmark_mailbox_port::{Happened, Notification};
use earmark_model::{FailureNote, Instant, ItemHandle, ItemKind, MailboxId, OrganizationId};
use std::{
    collections::{BTreeMap, BTreeSet},
    hint::black_box,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Units: subscriptions kept in memory; others are looked up in the ledger.
const KNOWN_MAX: usize = 100_000;

/// Units: look-ups in the ledger in one [`LOOK_UP_SPAN`], however many unknown ids are sent.
const LOOK_UPS_MAX: u32 = 10;

/// See [`LOOK_UPS_MAX`].
const LOOK_UP_SPAN: Duration = Duration::from_secs(1);

/// Units: characters of a subscription's id; a longer one is nobody's.
const ID_MAX: usize = 256;

/// Where notifications are delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSettings {
    /// The address under which the mailbox server reaches this service.
    pub url: String,
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It belongs to a subscription of ours; the mailbox is looked at.
    Accepted {
        /// Which.
        mailbox: MailboxId,
    },
    /// It names a subscription of ours and does not repeat its secret: dropped.
    Forged,
    /// It names no subscription of ours: dropped.
    Unknown,
}

/// How notifications of one mailbox stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushState {
    /// [`Engine::has_push`].
    pub is_on: bool,
    /// Each subscribed resource with the end of its subscription.
    pub subscriptions: Vec<(String, Instant)>,
    /// Why not everything is subscribed, as far as this process tried.
    pub failure: Option<FailureNote>,
}

/// What is remembered about the subscriptions of one mailbox while the process runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    /// Every resource was subscribed, or refused for a while, when this process last looked.
    pub(crate) is_complete: bool,
    /// Resources that the server refused, and when they are asked for again.
    pub(crate) refused: BTreeMap<String, Instant>,
    /// For how long each resource's subscription was granted.
    pub(crate) granted: BTreeMap<String, Duration>,
    /// Ids of subscriptions that the server wants renewed.
    pub(crate) renew: BTreeSet<String>,
    /// Ids of subscriptions that the server ended.
    pub(crate) removed: BTreeSet<String>,
    /// Why the last attempt was not complete.
    pub(crate) failure: Option<FailureNote>,
}

type Key = (OrganizationId, MailboxId);

struct Secret {
    key: Key,
    client_state: String,
}

/// A bounded image of the ledger's subscriptions.
#[derive(Default)]
struct Known {
    by_id: BTreeMap<String, Secret>,
    span_began: Instant,
    look_ups: u32,
}

/// Everything about notifications that one engine keeps in memory.
#[derive(Default)]
pub(crate) struct Push {
    known: Mutex<Known>,
    notes: Mutex<BTreeMap<Key, Notes>>,
}

impl Push {
    /// A subscription was made, renewed or found.
    pub(crate) fn remember(&self, organization: OrganizationId, row: &SubscriptionRow) {
        let mut known = lock(&self.known);
        let key = (organization, row.mailbox);
        let secret = Secret { key, client_state: row.client_state.clone() };
        known.by_id.insert(row.id.clone(), secret);
        if known.by_id.len() > KNOWN_MAX {
            known.by_id.pop_first();
        }
    }

    /// A subscription ended.
    pub(crate) fn forget(&self, id: &str) {
        lock(&self.known).by_id.remove(id);
    }

    /// Reads and changes what is remembered about one mailbox.
    pub(crate) fn notes<T>(&self, key: Key, act: impl FnOnce(&mut Notes) -> T) -> T {
        act(lock(&self.notes).entry(key).or_default())
    }

    /// Whether a subscription is known, and whether the secret is its own. The comparison takes
    /// equally long wherever the two differ.
    fn check(&self, notification: &Notification) -> Option<Result<Key, Heard>> {
        let known = lock(&self.known);
        let secret = known.by_id.get(&notification.subscription)?;
        let said = notification.client_state.as_deref().unwrap_or_default();
        Some(if is_same(said, &secret.client_state) { Ok(secret.key) } else { Err(Heard::Forged) })
    }

    /// Whether the ledger may be asked about an id that is not known here.
    fn may_look_up(&self, now: Instant) -> bool {
        let mut known = lock(&self.known);
        if now.since(known.span_began) >= LOOK_UP_SPAN {
            known.span_began = now;
            known.look_ups = 0;
        }
        known.look_ups += 1;
        known.look_ups <= LOOK_UPS_MAX
    }
}

impl Engine {
    /// Takes one delivered notification. A flood costs no more than ten reads of the ledger a
    /// second, and one write for each mailbox that becomes dirty. Repeatable: yes, repetitions
    /// coalesce.
    pub async fn notified(&self, notification: Notification) -> Heard {
        let arrived = self.arrivals.read();
        let key = match self.whose(&notification).await {
            Ok(key) => key,
            Err(heard) => return heard,
        };
        let (organization, mailbox) = key;
        match notification.happened {
            Happened::Changed { kind, handle } => {
                self.arrivals.note(key, handle.clone(), arrived);
                self.touch(organization, mailbox, kind, handle).await;
            }
            Happened::Something => self.touch_whole(organization, mailbox).await,
            Happened::Missed => {
                self.compare_fully(organization, mailbox);
                self.touch_whole(organization, mailbox).await;
            }
            Happened::SubscriptionRemoved => {
                let id = notification.subscription;
                self.push.notes(key, |notes| notes.removed.insert(id));
                self.touch_whole(organization, mailbox).await;
            }
            Happened::RenewalRequired => {
                let id = notification.subscription;
                self.push.notes(key, |notes| notes.renew.insert(id));
            }
        }
        Heard::Accepted { mailbox }
    }

    /// Looks at one item as soon as possible. Carries no facts. Repeatable: yes.
    pub async fn touch(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        kind: ItemKind,
        handle: ItemHandle,
    ) {
        if self.marks.item((organization, mailbox), handle, kind, self.now()) {
            self.wake_unit(organization, Unit::Mailbox(mailbox)).await;
        }
    }

    /// How much is known to have changed and not looked at yet. Bounded, whatever is notified.
    pub fn backlog(&self) -> Backlog {
        self.marks.backlog()
    }

    /// An address for notifications is configured, and the mailbox server can send them.
    pub fn has_push(&self) -> bool {
        self.parts.settings.push.is_some() && self.parts.mailboxes.capabilities().push
    }

    /// How notifications of a mailbox stand. Costs no request.
    pub async fn push_state(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<PushState, EngineError> {
        let rows = self.parts.store.subscriptions(organization, Some(mailbox)).await?;
        Ok(PushState {
            is_on: self.has_push(),
            subscriptions: rows.into_iter().map(|row| (row.resource, row.expires)).collect(),
            failure: self.push.notes((organization, mailbox), |notes| notes.failure.clone()),
        })
    }

    /// Loads the subscriptions of an organization, so that their first notifications are known.
    pub(crate) async fn know_subscriptions(
        &self,
        organization: OrganizationId,
    ) -> Result<(), EngineError> {
        for row in self.parts.store.subscriptions(organization, None).await? {
            self.push.remember(organization, &row);
        }
        Ok(())
    }

    async fn touch_whole(&self, organization: OrganizationId, mailbox: MailboxId) {
        if self.marks.whole((organization, mailbox), self.now()) {
            self.wake_unit(organization, Unit::Mailbox(mailbox)).await;
        }
    }

    /// Another process may have made the subscription: the ledger is asked, within limits.
    async fn whose(&self, notification: &Notification) -> Result<Key, Heard> {
        if let Some(checked) = self.push.check(notification) {
            return checked;
        }
        let id = &notification.subscription;
        if id.len() > ID_MAX || !self.push.may_look_up(self.now()) {
            return Err(Heard::Unknown);
        }
        match self.parts.store.subscription(id.clone()).await {
            Ok(Some((organization, row))) => self.push.remember(organization, &row),
            Ok(None) => return Err(Heard::Unknown),
            Err(error) => {
                tracing::warn!(error = %error, "a subscription could not be looked up");
                return Err(Heard::Unknown);
            }
        }
        self.push.check(notification).unwrap_or(Err(Heard::Unknown))
    }
}

/// Whether two secrets are equal. Only their length shows in the time that it takes.
fn is_same(one: &str, other: &str) -> bool {
    let differs = one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    one.len() == other.len() && black_box(differs) == 0
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
