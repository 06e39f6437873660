//! Automatic acceptance: new mail becomes requests, and nothing else. What becomes of a request
//! is decided where all requests are.
//!
//! New mail is what the feed of changes shows and what notifications name. After a loss, and when
//! a filter was opened, the root Inbox is read from the watermark on. The watermark stands in the
//! CRM; a whole cycle moves it on past what was dealt with for good. Mail that nobody accepts
//! leaves nothing behind but that.

use super::{Cycle, observe::Readings};
use crate::EngineError;
use earmark_crm_port::{FilteringMethod, MailboxOwner, MailboxRow, OrganizationSnapshot};
use earmark_ledger::{AcceptanceMemory, Record};
use earmark_mailbox_port::{ChangePage, Detail, ItemRead};
use earmark_model::{
    Direction, Failure, FailureClass, Instant, ItemContent, ItemHandle, Link, MailboxAddress,
    ObservedItem, Request, RequestOrigin, RequestWish, limits,
};
use earmark_tracking::acceptance::{
    Acceptor, Beginning, Insider, InternalMail, accepted_for, arrived, is_internal, is_new,
    watermark,
};
use futures::{StreamExt, stream};
use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

/// Units: messages read, with their content, before they are dealt with.
const AT_ONCE: usize = 16;

/// Mailbox servers tell reception by whole seconds; this much is taken off our own clock.
const SECOND: Duration = Duration::from_secs(1);

/// By how much the mailbox server's clock may be behind ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// What a whole cycle has found out about new mail.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// New mail without a link, by handle.
    new: BTreeMap<ItemHandle, ObservedItem>,
    /// When those messages were received for which a request of ours waits, or is made.
    received: BTreeMap<ItemHandle, Instant>,
    /// When the latest message seen was received.
    latest: Option<Instant>,
    /// What is remembered once the cycle is complete.
    next: AcceptanceMemory,
}

impl Cycle<'_> {
    /// Whether anybody could accept mail of this mailbox.
    pub(super) fn is_accepting(&self) -> bool {
        accepts_all(&self.row)
            || (self.somebody_accepts
                && !self.settings.own_filter_only
                && self.rules().accepted_by_recipients)
    }

    /// Sorts new mail out of what the feed showed, and out of the root Inbox where the feed cannot
    /// tell. `is_lost` says that the feed began anew.
    pub(super) async fn find_new_mail(
        &mut self,
        page: &ChangePage,
        is_lost: bool,
    ) -> Result<(), EngineError> {
        let known = self.memory.acceptance.clone();
        let mut next = known.clone();
        let mut latest = None;
        for item in page.changed.iter().filter(|item| !item.is_draft) {
            next.arrived_until = next.arrived_until.max(arrived(item));
            latest = latest.max(item.received);
        }
        if !self.is_accepting() {
            next.since = None;
            next.closed_at = Some(self.read_at);
            self.arrivals = Arrivals { next, ..Arrivals::default() };
            return Ok(());
        }
        let row = self.row.process_received_after;
        // What was read before our last write says nothing about it.
        let is_told = known.watermark_at.is_none_or(|written| written < self.read_at);
        let told = row.filter(|row| is_told && known.watermark != Some(*row));
        let begins = known.since.is_none();
        let goes_back = told.is_some() && told < known.watermark;
        let since = match (known.since, told) {
            (None, _) => row.max(known.closed_at.map(|at| at.minus(SECOND))),
            // An administrator set it.
            (Some(_), Some(told)) => Some(told),
            (Some(since), None) => Some(since),
        };
        let from = match (since, is_lost) {
            (Some(since), true) if !begins => {
                Some(since.max(told.or(known.watermark).unwrap_or(since)))
            }
            (Some(since), false) if !begins && !goes_back => {
                next.since = Some(since);
                None
            }
            (since, _) => since,
        };
        let since = since.unwrap_or_else(|| self.now().minus(SECOND));
        next.since = Some(since);
        if told.is_some() {
            next.watermark = told;
        }
        let mut beginning = Beginning { received_after: since, arrived_until: known.arrived_until };
        if begins || goes_back {
            beginning.arrived_until = None;
        }
        let mut seen: Vec<ObservedItem> =
            page.changed.iter().filter(|item| !item.is_draft).cloned().collect();
        if let Some(from) = from {
            seen.extend(self.mailbox.received(from).await?);
            next.arrived_until = next.arrived_until.max(Some(self.now().minus(CLOCKS_DIFFER)));
        }
        let mut arrivals = Arrivals::default();
        for item in seen {
            next.arrived_until = next.arrived_until.max(arrived(&item));
            latest = latest.max(item.received);
            if self.is_new_mail(&item, &beginning) {
                arrivals.new.insert(item.handle.clone(), item);
            }
        }
        self.arrivals = Arrivals { latest, next, ..arrivals };
        Ok(())
    }

    fn is_new_mail(&self, item: &ObservedItem, beginning: &Beginning) -> bool {
        !self.links.contains_key(&item.handle) && is_new(item, beginning, self.rules())
    }

    /// Notes when the messages of waiting requests were received: the watermark stays before them.
    pub(super) fn note_waiting(&mut self, readings: &Readings) {
        for (handle, item) in readings {
            let waits = self.links.get(handle).is_some_and(is_automatic);
            if let Some(received) = item.as_ref().and_then(|item| item.received).filter(|_| waits) {
                self.arrivals.received.insert(handle.clone(), received);
            }
        }
    }

    /// Looks for somebody who accepts what is new, and carries the requests out.
    pub(super) async fn accept_new_mail(&mut self) -> Result<(), EngineError> {
        let mut new = std::mem::take(&mut self.arrivals.new);
        new.retain(|handle, _| !self.links.contains_key(handle));
        let handles: Vec<ItemHandle> = new.keys().cloned().collect();
        for chunk in handles.chunks(AT_ONCE) {
            if self.engine.is_stopping() {
                return Err(EngineError::Stopping);
            }
            let lease_for = self.engine.parts.settings.lease;
            self.engine.parts.store.renew(&self.lease, lease_for).await?;
            let mut readings = self.read_new(chunk).await?;
            // What is in the list may not be shown yet to who asks for it: it is accepted for what
            // the list says of it, and waits.
            if self.rules().listed_mail_is_there {
                for handle in chunk {
                    readings.entry(handle.clone()).or_insert_with(|| new.get(handle).cloned());
                }
            }
            let accepted = self.accept(&readings).await?;
            readings.retain(|handle, _| accepted.contains(handle));
            for (handle, item) in &readings {
                if let Some(received) = item.as_ref().and_then(|item| item.received) {
                    self.arrivals.received.insert(handle.clone(), received);
                }
            }
            let work = self.plan(readings, Vec::new()).await?;
            self.carry_out(work).await?;
            self.forget_contents();
        }
        Ok(())
    }

    /// Reads new mail with its content. Where that cannot be read the message alone says what
    /// it can; the attempt to track it counts.
    async fn read_new(&self, handles: &[ItemHandle]) -> Result<Readings, EngineError> {
        let read: Vec<(ItemHandle, Result<ItemRead, Failure>)> = stream::iter(handles.to_vec())
            .map(|handle| async move {
                let read = self.read_message(&handle).await;
                (handle, read)
            })
            .buffer_unordered(limits::MAILBOX_REQUESTS_IN_FLIGHT)
            .collect()
            .await;
        let mut readings = Readings::new();
        for (handle, outcome) in read {
            if let ItemRead::Found { item, content } = outcome? {
                self.keep_content(&item, content);
                readings.insert(handle, Some(item));
            }
        }
        Ok(readings)
    }

    async fn read_message(&self, handle: &ItemHandle) -> Result<ItemRead, Failure> {
        let kind = earmark_model::ItemKind::Email;
        match self.mailbox.item(kind, handle, Detail::Content).await {
            Err(failure) if !super::apply::concerns_mailbox(&failure) => {
                self.mailbox.item(kind, handle, Detail::Summary).await
            }
            read => read,
        }
    }

    /// Makes a request for each new message among `readings` that somebody accepts, and answers
    /// which those are.
    async fn accept(&mut self, readings: &Readings) -> Result<Vec<ItemHandle>, EngineError> {
        let Some(since) = self.beginning().map(|beginning| beginning.received_after) else {
            return Ok(Vec::new());
        };
        // Whether it was there before was asked when it was found; it may have moved since.
        let beginning = Beginning { received_after: since, arrived_until: None };
        let now = self.now();
        let mut requested = Vec::new();
        for item in readings.values().flatten() {
            if !self.is_new_mail(item, &beginning) || self.is_surely_internal(item) {
                continue;
            }
            let Some(accepted_for) = self.accepted_for(item) else { continue };
            let mut link = Link::new(self.key_of(&item.handle), item.kind, now);
            link.message_id.clone_from(&item.message_id);
            link.request = Some(Request {
                wish: RequestWish::Track { regarding: None },
                origin: RequestOrigin::Automatic { accepted_for },
                at: now,
            });
            requested.push(link);
        }
        if requested.is_empty() {
            return Ok(Vec::new());
        }
        let record = Record { requested: requested.clone(), ..Record::default() };
        self.engine.parts.store.commit(&self.lease, record).await?;
        let handles = requested.iter().map(|link| link.key.handle.clone()).collect();
        self.links.extend(requested.into_iter().map(|link| (link.key.handle.clone(), link)));
        Ok(handles)
    }

    /// The same for a partial cycle, in which new mail is what is known to have changed.
    pub(super) async fn accept_among(&mut self, readings: &Readings) -> Result<(), EngineError> {
        if !self.is_accepting() {
            return Ok(());
        }
        let Some(beginning) = self.beginning() else { return Ok(()) };
        let mut new = Readings::new();
        for item in readings.values().flatten() {
            if self.is_new_mail(item, &beginning) {
                new.insert(item.handle.clone(), Some(item.clone()));
            }
        }
        let unread: Vec<ItemHandle> =
            new.keys().filter(|handle| !self.has_content(handle)).cloned().collect();
        if !unread.is_empty() {
            self.read_new(&unread).await?;
        }
        self.accept(&new).await.map(drop)
    }

    /// From when on mail is accepted, once a whole cycle has settled that.
    fn beginning(&self) -> Option<Beginning> {
        let settled = &self.memory.acceptance;
        let known = if self.is_partial() { settled } else { &self.arrivals.next };
        let arrived_until = known.arrived_until;
        known.since.map(|received_after| Beginning { received_after, arrived_until })
    }

    fn accepted_for(&self, item: &ObservedItem) -> Option<earmark_model::PrincipalId> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let message = kept.get(&item.handle).and_then(|(_, content)| match content.as_ref() {
            ItemContent::Message(message) => Some(message),
            ItemContent::Appointment(_) | ItemContent::Task(_) => None,
        });
        let acceptors = |address: &str| {
            rows_of(&self.snapshot, address).iter().map(acceptor).collect::<Vec<_>>()
        };
        let own = acceptor(&self.row);
        accepted_for(message, &own, self.settings.own_filter_only, acceptors, self.rules())
    }

    /// Internal mail that is rejected whatever is recorded needs no request and no record.
    fn is_surely_internal(&self, item: &ObservedItem) -> bool {
        self.is_internal_mail(item, false)
    }

    /// Whether the received copy of internal mail makes no record.
    pub(super) fn is_internal_copy(
        &self,
        item: &ObservedItem,
        direction: Direction,
        link: &Link,
        recorded: impl IntoIterator<Item = Direction>,
    ) -> bool {
        let is_recorded = recorded.into_iter().any(|other| other == Direction::Outgoing);
        is_automatic(link)
            && direction == Direction::Incoming
            && self.is_internal_mail(item, is_recorded)
    }

    fn is_internal_mail(&self, item: &ObservedItem, is_recorded: bool) -> bool {
        let senders =
            item.sender.as_deref().map_or(&[][..], |sender| rows_of(&self.snapshot, sender));
        let sender = senders.first().map(insider);
        let settings = InternalMail {
            two_activities: self.settings.two_activities,
            only_if_recorded: self.settings.reject_internal_if_recorded,
            to_queues: self.settings.keep_internal_to_queues,
            not_from_queues: self.settings.reject_internal_from_queues,
        };
        is_internal(sender, insider(&self.row), is_recorded, &settings, self.rules())
    }

    /// What is remembered of acceptance after a complete cycle. Answers the watermark where the
    /// CRM is to keep another one.
    pub(super) fn settle_acceptance(&mut self) -> Option<Instant> {
        let Arrivals { received, latest, mut next, .. } = std::mem::take(&mut self.arrivals);
        let waiting: Vec<&Link> = self.links.values().filter(|link| is_automatic(link)).collect();
        let times: Option<Vec<Instant>> =
            waiting.iter().map(|link| received.get(&link.key.handle).copied()).collect();
        let moved = match (next.since, times) {
            (Some(_), Some(times)) => watermark(next.watermark, latest, times, self.now())
                .filter(|moved| Some(*moved) > next.watermark),
            // Of a message that waits it is not known when it was received.
            (Some(_), None) | (None, _) => None,
        };
        if moved.is_some() {
            next.watermark_at = Some(self.now());
        }
        self.watermark_before = next.watermark;
        next.watermark = moved.or(next.watermark);
        self.memory.acceptance = next;
        moved
    }

    /// Has the CRM keep the watermark. It is remembered as intended before: where only the answer
    /// is lost, what the CRM shows later is ours. A failure costs nothing but time after a loss.
    pub(super) async fn keep_watermark(&mut self, moved: Instant) {
        if self.crm_is_down() {
            return self.take_back_watermark().await;
        }
        let Err(failure) = self.crm.keep_watermark(self.row.id, moved).await else { return };
        tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
            class = failure.class.as_str(), "the CRM did not keep the watermark");
        if failure.class != FailureClass::Timeout {
            self.take_back_watermark().await;
        }
    }

    async fn take_back_watermark(&mut self) {
        self.memory.acceptance.watermark = self.watermark_before;
        if let Err(error) = self.save_memory().await {
            tracing::error!(mailbox.id = %self.row.id, error = %error,
                "the watermark was not recorded");
        }
    }
}

fn is_automatic(link: &Link) -> bool {
    link.request
        .as_ref()
        .is_some_and(|request| matches!(request.origin, RequestOrigin::Automatic { .. }))
}

/// Whether the mailbox is served and its filter takes all messages.
pub(crate) fn accepts_all(row: &MailboxRow) -> bool {
    row.is_enabled && row.filtering == FilteringMethod::AllMessages
}

fn acceptor(row: &MailboxRow) -> Acceptor {
    let principal = match row.owner {
        MailboxOwner::User(user) => user,
        MailboxOwner::Queue { queue, .. } => queue,
    };
    Acceptor { principal, accepts_all: accepts_all(row) }
}

const fn insider(row: &MailboxRow) -> Insider {
    match row.owner {
        MailboxOwner::User(_) => Insider::User,
        MailboxOwner::Queue { .. } => Insider::Queue,
    }
}

/// The mailboxes with an address; they stand in the order of their addresses.
fn rows_of<'s>(snapshot: &'s OrganizationSnapshot, address: &str) -> &'s [MailboxRow] {
    let address = MailboxAddress::new(address);
    let rows = &snapshot.mailboxes;
    let first = rows.partition_point(|row| row.address < address);
    let count = rows[first..].partition_point(|row| row.address == address);
    &rows[first..first + count]
}
