//! Keeping the subscriptions of a mailbox: made where missing, renewed at half of their life,
//! forgotten with their resource.
//!
//! Subscribing has no natural key: the intent is written down first, and what an intent may have
//! left on the server is taken away before it is repeated, because its secret is lost.

use super::Cycle;
use crate::{EngineError, push::Notes};
use earmark_ledger::{Intent, Record, SubscriptionRow};
use earmark_mailbox_port::{PushTarget, Renewal};
use earmark_model::{Failure, FailureClass, FailureNote, Instant};
use std::{collections::BTreeSet, fmt::Write, time::Duration};

/// How long a subscription is asked to last. Source: the longest that Microsoft Graph grants for
/// messages, events and tasks, which are 4,230 minutes; it refuses more, and by its own clock.
const LIFETIME: Duration = Duration::from_secs((4_230 - CLOCKS_DIFFER) * 60);

/// Units: minutes that the server's clock may be behind.
const CLOCKS_DIFFER: u64 = 30;

/// A resource that the server refuses is asked for again after this time.
const REFUSED_FOR: Duration = Duration::from_secs(6 * 60 * 60);

/// The kind of intent under which a subscription is made.
const SUBSCRIPTION: &str = "subscription";

impl Cycle<'_> {
    /// Subscribes and renews where that is due; an idle cycle sends nothing. What fails is told
    /// and tried again in the next cycle, and never fails this one.
    ///
    /// Errors: the ledger refused.
    pub(super) async fn keep_subscriptions(&mut self) -> Result<(), EngineError> {
        let engine = self.engine;
        let Some(push) = engine.parts.settings.push.as_ref().filter(|_| engine.has_push()) else {
            return Ok(());
        };
        let (is_complete, failure) = match self.subscriptions_as_wanted(&push.url).await {
            Ok(None) => return Ok(()),
            Ok(Some(outcome)) => outcome,
            Err(EngineError::Outside(failure)) => (false, Some(failure)),
            Err(error) => return Err(error),
        };
        let note = failure.map(|failure| {
            tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
                class = failure.class.as_str(), "notifications could not be asked for");
            FailureNote {
                class: failure.class.as_str().to_owned(),
                code: failure.code,
                detail: failure.detail,
            }
        });
        self.notes(|notes| {
            notes.is_complete = is_complete;
            notes.failure = note;
        });
        Ok(())
    }

    /// Answers whether nothing is left to be tried soon, and the last failure of a single resource;
    /// `None` where nothing was to be done.
    async fn subscriptions_as_wanted(
        &self,
        url: &str,
    ) -> Result<Option<(bool, Option<Failure>)>, EngineError> {
        let (organization, mailbox) = (self.lease.organization, self.row.id);
        let store = &self.engine.parts.store;
        let rows = store.subscriptions(organization, Some(mailbox)).await?;
        let intents = store.intents(organization, mailbox).await?;
        let open: Vec<String> = intents
            .into_iter()
            .filter(|intent| intent.kind == SUBSCRIPTION)
            .map(|intent| intent.target)
            .collect();
        let now = self.now();
        let is_complete = open.is_empty()
            && self.notes(|notes| {
                notes.is_complete && notes.refused.values().all(|again| *again > now)
            });
        let stays = |row: &SubscriptionRow| row.url == url && !self.has_ended(row);
        if is_complete && rows.iter().all(|row| stays(row) && !self.is_renewal_due(row)) {
            return Ok(None);
        }
        let resources = self.mailbox.push_resources().await?;
        let mut there = BTreeSet::new();
        let mut is_complete = true;
        let mut failed = None;
        for row in rows {
            let is_wanted = stays(&row) && resources.contains(&row.resource);
            match self.keep(&row, is_wanted).await {
                Ok(true) => drop(there.insert(row.resource)),
                Ok(false) => self.end(&row).await?,
                // It still lasts for a while.
                Err(EngineError::Outside(failure)) => {
                    there.insert(row.resource);
                    is_complete = false;
                    failed = Some(failure);
                }
                Err(error) => return Err(error),
            }
        }
        let missing = resources.into_iter().filter(|resource| !there.contains(resource));
        let missing: Vec<String> = missing.collect();
        if missing.iter().any(|resource| open.contains(resource)) {
            self.drop_strangers(url, &missing).await?;
        }
        for resource in missing {
            match self.subscribe(url, &resource).await {
                Ok(()) => {}
                Err(EngineError::Outside(failure)) if is_about_all(&failure) => {
                    return Err(failure.into());
                }
                Err(EngineError::Outside(failure)) => {
                    if is_refused(&failure) {
                        let again = now.plus(REFUSED_FOR);
                        self.notes(|notes| notes.refused.insert(resource, again));
                    } else {
                        is_complete = false;
                    }
                    failed = Some(failure);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some((is_complete, failed)))
    }

    /// Answers whether the subscription goes on.
    async fn keep(&self, row: &SubscriptionRow, is_wanted: bool) -> Result<bool, EngineError> {
        if !is_wanted {
            // If this fails, it runs out by itself.
            let _ = self.mailbox.unsubscribe(&row.id).await;
            return Ok(false);
        }
        if !self.is_renewal_due(row) {
            return Ok(true);
        }
        let now = self.now();
        match self.mailbox.renew(&row.id, now.plus(LIFETIME)).await? {
            Renewal::Gone => Ok(false),
            Renewal::Until(expires) => {
                self.put(SubscriptionRow { expires, ..row.clone() }, now).await?;
                Ok(true)
            }
        }
    }

    fn has_ended(&self, row: &SubscriptionRow) -> bool {
        row.expires <= self.now() || self.notes(|notes| notes.removed.contains(&row.id))
    }

    /// At half of the life that was granted; of one that was granted before this process began,
    /// the life that is always asked for is assumed.
    fn is_renewal_due(&self, row: &SubscriptionRow) -> bool {
        let (asked, granted) = self.notes(|notes| {
            (notes.renew.contains(&row.id), notes.granted.get(&row.resource).copied())
        });
        asked || row.expires.since(self.now()) <= granted.unwrap_or(LIFETIME) / 2
    }

    async fn subscribe(&self, url: &str, resource: &str) -> Result<(), EngineError> {
        let now = self.now();
        let intent =
            Intent { kind: SUBSCRIPTION.to_owned(), target: resource.to_owned(), issued_at: now };
        let before = Record { intents: vec![intent], ..Record::default() };
        self.engine.parts.store.commit(&self.lease, before).await?;
        let client_state = self.new_secret();
        let target = PushTarget {
            url: url.to_owned(),
            client_state: client_state.clone(),
            expires: now.plus(LIFETIME),
        };
        let made = match self.mailbox.subscribe(resource, &target).await {
            Ok(made) => made,
            Err(failure) => {
                if is_refused(&failure) {
                    let record = Record { intents_done: done(resource), ..Record::default() };
                    self.engine.parts.store.commit(&self.lease, record).await?;
                }
                return Err(failure.into());
            }
        };
        let row = SubscriptionRow {
            mailbox: self.row.id,
            resource: resource.to_owned(),
            id: made.id,
            client_state,
            expires: made.expires,
            url: url.to_owned(),
        };
        self.put(row, now).await
    }

    /// What a lost answer left behind cannot be verified any more.
    async fn drop_strangers(&self, url: &str, missing: &[String]) -> Result<(), EngineError> {
        for stranger in self.mailbox.subscriptions(url).await? {
            if missing.contains(&stranger.resource) {
                self.mailbox.unsubscribe(&stranger.id).await?;
            }
        }
        Ok(())
    }

    async fn put(&self, row: SubscriptionRow, now: Instant) -> Result<(), EngineError> {
        let record = Record {
            subscriptions: vec![row.clone()],
            intents_done: done(&row.resource),
            ..Record::default()
        };
        self.engine.parts.store.commit(&self.lease, record).await?;
        self.engine.push.remember(self.lease.organization, &row);
        self.notes(|notes| {
            notes.renew.remove(&row.id);
            notes.refused.remove(&row.resource);
            notes.granted.insert(row.resource.clone(), row.expires.since(now));
        });
        Ok(())
    }

    async fn end(&self, row: &SubscriptionRow) -> Result<(), EngineError> {
        let ended = vec![row.resource.clone()];
        let record = Record { subscriptions_ended: ended, ..Record::default() };
        self.engine.parts.store.commit(&self.lease, record).await?;
        self.engine.push.forget(&row.id);
        self.notes(|notes| {
            notes.removed.remove(&row.id);
            notes.renew.remove(&row.id);
            notes.granted.remove(&row.resource);
        });
        Ok(())
    }

    /// 32 random bytes in hexadecimal.
    fn new_secret(&self) -> String {
        let mut secret = String::with_capacity(64);
        for _ in 0..32 {
            let byte = self.engine.parts.random.below(256);
            // Writing to a string cannot fail.
            let _ = write!(secret, "{byte:02x}");
        }
        secret
    }

    fn notes<T>(&self, act: impl FnOnce(&mut Notes) -> T) -> T {
        self.engine.push.notes((self.lease.organization, self.row.id), act)
    }
}

fn done(resource: &str) -> Vec<(String, String)> {
    vec![(SUBSCRIPTION.to_owned(), resource.to_owned())]
}

/// Whether the server surely made no subscription.
const fn is_refused(failure: &Failure) -> bool {
    !matches!(failure.class, FailureClass::Timeout | FailureClass::Unavailable | FailureClass::Bug)
}

/// Whether the same failure awaits the next resource.
const fn is_about_all(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Throttled { .. }
            | FailureClass::Timeout
            | FailureClass::Unavailable
            | FailureClass::Unauthenticated
    )
}
