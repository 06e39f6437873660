//! Copies of tracked messages: made expected in the other recipients' mailboxes, and found there.
//!
//! Whoever tracks a message writes into no other mailbox. [`Cycle::fan_out`] says which ones are to
//! expect a copy; that is recorded together with the link, and makes them due. Each looks for its
//! copies once, by their `Message-ID`s ([`Cycle::find_copies`]); what comes later is known by the
//! feed of changed mail or by a notification, without a further request. A copy that was found
//! becomes a stored request, and the same cycle decides about it. What did not turn up is looked for
//! again now and then, because neither a search nor a feed shows everything at once.

use super::{Cycle, apply::concerns_mailbox, observe::Readings, promote::Recalled};
use crate::{Engine, EngineError};
use earmark_crm_port::{MailboxOwner, MailboxRow};
use earmark_ledger::{CopyOutcome, ExpectedCopy, HistoryEntry, Record, Tombstone};
use earmark_model::{
    ActivityId, Actor, Baseline, CrmSide, Direction, Instant, ItemContent, ItemState, Link,
    MailboxId, ObservedItem, OrganizationId, Request, RequestOrigin, RequestWish, Trigger,
    activity::{Party, RecordRef},
    identity,
};
use earmark_tracking::{
    Reason,
    copies::{self, Fit, Place, Promoted, Seen},
};
use std::{collections::BTreeSet, time::Duration};

/// Units: copies that are looked for, and recorded, together.
const AT_ONCE: usize = 200;

/// After this time a whole cycle looks again for what was not found.
const LOOK_AGAIN: Duration = Duration::from_secs(30 * 60);

impl Engine {
    /// Mailboxes that expect copies from now on are looked at for what waits there, and for nothing
    /// else. They are due already.
    pub(crate) fn expect_copies(&self, organization: OrganizationId, mailboxes: &[MailboxId]) {
        for mailbox in mailboxes {
            self.marks.waiting((organization, *mailbox), self.now());
        }
        if !mailboxes.is_empty() {
            self.look_now();
        }
    }
}

impl Cycle<'_> {
    /// The copies that are expected elsewhere now that the item is linked to its record.
    pub(super) fn fan_out(
        &self,
        recalled: &Recalled,
        link: &Link,
        activity: ActivityId,
        parties: &[Party],
    ) -> Vec<ExpectedCopy> {
        let bare = recalled.item.message_id.as_deref().map(identity::bare_message_id);
        let Some(bare) = bare.filter(|bare| !bare.is_empty()) else { return Vec::new() };
        if !matches!(recalled.content, ItemContent::Message(_)) {
            return Vec::new();
        }
        let promoted = Promoted {
            mailbox: self.row.id,
            parties,
            direction: recalled.identified.direction,
            request: link.request.as_ref(),
            two_activities: self.settings.two_activities,
            switch_on: self.settings.track_categorized_items,
        };
        let places: Vec<Place> = self.snapshot.mailboxes.iter().map(place).collect();
        let expected = copies::expected(&promoted, &places, self.rules());
        let one = |expected: copies::Expected| ExpectedCopy {
            mailbox: expected.mailbox,
            source_key: bare.to_owned(),
            direction: expected.direction,
            activity,
            origin: link.key.clone(),
            opened_at: self.now(),
            looked_at: None,
            is_put_away: false,
        };
        expected.into_iter().map(one).collect()
    }

    /// The same for an item that turned out to be linked by an attempt whose answer was lost.
    pub(super) fn fan_out_again(&self, recalled: &Recalled, link: &Link) -> Vec<ExpectedCopy> {
        let Some(activity) = link.activity.filter(|_| link.crm == CrmSide::Linked) else {
            return Vec::new();
        };
        let parties = self.draft_of(recalled, activity).parties;
        self.fan_out(recalled, link, activity, &parties)
    }

    /// Compares what is expected here with `shown`, looks for what was never looked for, and in a
    /// whole cycle gives up what is overdue. Answers the items for which a request is stored now.
    ///
    /// Errors: the mailbox as a whole could not be read; what is expected stays so.
    pub(super) async fn find_copies(
        &mut self,
        shown: &[ObservedItem],
    ) -> Result<Vec<ObservedItem>, EngineError> {
        if self.expected.is_empty() {
            return Ok(Vec::new());
        }
        self.recall_copies().await?;
        self.close_settled().await?;
        let mut found = self.take_copies(shown, &[]).await?;
        found.extend(self.look_for_copies().await?);
        if !self.is_partial() {
            self.give_up_overdue().await?;
        }
        Ok(found)
    }

    /// Compares what is expected here with what a partial cycle read.
    pub(super) async fn compare_copies(&mut self, readings: &Readings) -> Result<(), EngineError> {
        if !self.expected.is_empty() {
            let shown: Vec<ObservedItem> = readings.values().flatten().cloned().collect();
            self.take_copies(&shown, &[]).await?;
        }
        Ok(())
    }

    /// A partial cycle recalls what else there is of the same messages.
    async fn recall_copies(&mut self) -> Result<(), EngineError> {
        if !self.is_partial() {
            return Ok(());
        }
        let keys: Vec<String> = self.expected.iter().map(|copy| copy.source_key.clone()).collect();
        let (organization, mailbox) = (self.lease.organization, self.row.id);
        let store = &self.engine.parts.store;
        let (links, stones) = store.alike(organization, mailbox, keys.clone(), keys).await?;
        for link in links {
            self.links.entry(link.key.handle.clone()).or_insert(link);
        }
        self.tombstones.extend(stones);
        Ok(())
    }

    /// Closes what needs no look into the mailbox: the record is tracked by nobody any more, a copy
    /// is linked here, or a person untracked it.
    async fn close_settled(&mut self) -> Result<(), EngineError> {
        let activities: BTreeSet<ActivityId> =
            self.expected.iter().map(|copy| copy.activity).collect();
        let store = &self.engine.parts.store;
        let links =
            store.links_to(self.lease.organization, activities.into_iter().collect()).await?;
        let linked = |link: &&Link| link.crm == CrmSide::Linked;
        let tracked: BTreeSet<ActivityId> =
            links.iter().filter(linked).filter_map(|link| link.activity).collect();
        let here: BTreeSet<(&str, Direction)> = self
            .links
            .values()
            .filter(|link| link.crm == CrmSide::Linked || link.baseline == Baseline::Tracked)
            .filter_map(|link| Some((link.source_key.as_deref()?, link.direction?)))
            .collect();
        let is_sought = copies::are_sought(self.settings.track_categorized_items, self.rules());
        let outcome = |copy: &ExpectedCopy| {
            let key = copy.source_key.as_str();
            let directions = match copy.direction {
                Some(direction) => vec![direction],
                None => vec![Direction::Incoming, Direction::Outgoing],
            };
            let is_tracked = tracked.contains(&copy.activity);
            if !is_sought || !copies::is_wanted(is_tracked, self.rules()) {
                Some(CopyOutcome::Withdrawn)
            } else if directions.iter().any(|direction| here.contains(&(key, *direction))) {
                Some(CopyOutcome::Found)
            } else if self.rules().automatic_ends_at_tombstone
                && directions.iter().all(|direction| self.is_untracked(key, *direction))
            {
                Some(CopyOutcome::Untracked)
            } else {
                None
            }
        };
        let mut record = Record::default();
        let mut open = Vec::new();
        for copy in &self.expected {
            match outcome(copy) {
                Some(outcome) => record.copies_closed.push((copy.clone(), outcome)),
                None => open.push(copy.clone()),
            }
        }
        self.expected = open;
        self.commit_copies(record).await
    }

    fn is_untracked(&self, source_key: &str, direction: Direction) -> bool {
        let stone =
            Tombstone { mailbox: self.row.id, source_key: source_key.to_owned(), direction };
        self.tombstones.contains(&stone)
    }

    /// Looks for copies that were never looked for, for those that lie where they do not count, and
    /// for those that were not found a while ago; after a loss for all of them.
    async fn look_for_copies(&mut self) -> Result<Vec<ObservedItem>, EngineError> {
        let now = self.now();
        let keys: BTreeSet<String> = self
            .expected
            .iter()
            .filter(|copy| {
                let is_long_ago = |at: Instant| now.since(at) >= LOOK_AGAIN;
                let is_due = copy.is_put_away || copy.looked_at.is_some_and(is_long_ago);
                self.full || copy.looked_at.is_none() || (is_due && !self.is_partial())
            })
            .map(|copy| copy.source_key.clone())
            .collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let mut found = Vec::new();
        for chunk in keys.chunks(AT_ONCE) {
            self.engine.parts.store.renew(&self.lease, self.engine.parts.settings.lease).await?;
            // As the header has it, so that the server is asked once.
            let ids: Vec<String> = chunk.iter().map(|key| format!("<{key}>")).collect();
            match self.mailbox.messages(&ids).await {
                Ok(items) => found.extend(self.take_copies(&items, chunk).await?),
                Err(failure) if concerns_mailbox(&failure) => return Err(failure.into()),
                // The next cycle asks again; nothing else of this one is held up.
                Err(failure) => {
                    tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
                        class = failure.class.as_str(), "copies could not be looked for");
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Stores a request for each of `items` that is an expected copy, and that those of `looked`
    /// were looked for. Answers the items.
    async fn take_copies(
        &mut self,
        items: &[ObservedItem],
        looked: &[String],
    ) -> Result<Vec<ObservedItem>, EngineError> {
        let now = self.now();
        let mut record = Record::default();
        let (mut open, mut wanted) = (Vec::new(), Vec::new());
        for copy in &self.expected {
            match self.compare(copy, items) {
                Compared::Found(found) => {
                    record.copies_closed.push((copy.clone(), CopyOutcome::Found));
                    wanted.extend(found);
                }
                Compared::Missing { is_put_away } if looked.contains(&copy.source_key) => {
                    let looked_at = Some(now);
                    let copy = ExpectedCopy { looked_at, is_put_away, ..copy.clone() };
                    record.copies_looked.push(copy.clone());
                    open.push(copy);
                }
                Compared::Missing { .. } => open.push(copy.clone()),
            }
        }
        self.expected = open;
        record.requested = wanted.iter().map(|item| self.asked_for(item)).collect();
        let asked = record.requested.clone();
        self.commit_copies(record).await?;
        for link in asked {
            self.links.insert(link.key.handle.clone(), link);
        }
        Ok(wanted)
    }

    fn compare(&self, copy: &ExpectedCopy, items: &[ObservedItem]) -> Compared {
        let names = self.names();
        let untracked = |direction| self.is_untracked(&copy.source_key, direction);
        let fit = |item: &ObservedItem| {
            let link = self.links.get(&item.handle);
            let bears = self.bears(item, &names);
            let seen = Seen { item, owner: &self.row.address, link, bears };
            copies::fit(&copy.source_key, copy.direction, &seen, untracked, self.rules())
        };
        let (mut wanted, mut is_put_away) = (Vec::new(), false);
        for item in items {
            match fit(item) {
                Fit::Other => {}
                Fit::PutAway => is_put_away = true,
                Fit::Settled => return Compared::Found(Vec::new()),
                Fit::Wanted => wanted.push(item.clone()),
            }
        }
        if wanted.is_empty() { Compared::Missing { is_put_away } } else { Compared::Found(wanted) }
    }

    fn asked_for(&self, item: &ObservedItem) -> Link {
        let now = self.now();
        let wish = RequestWish::Track { regarding: None };
        let request = Request { wish, origin: RequestOrigin::Copy, at: now };
        let known = self.links.get(&item.handle).cloned();
        let new = || Link {
            message_id: item.message_id.clone(),
            state: ItemState::Pending,
            reason: Reason::CopyOfTrackedMessage.code().to_owned(),
            ..Link::new(self.key_of(&item.handle), item.kind, now)
        };
        Link { request: Some(request), ..known.unwrap_or_else(new) }
    }

    /// What did not come in time is told in the history of the item that made it expected.
    async fn give_up_overdue(&mut self) -> Result<(), EngineError> {
        let now = self.now();
        let rules = self.rules();
        let is_over = |copy: &ExpectedCopy| copies::is_over(copy.opened_at, now, rules);
        let (overdue, open) = self.expected.drain(..).partition(is_over);
        self.expected = open;
        let overdue: Vec<ExpectedCopy> = overdue;
        let mailbox = self.row.id;
        let told = |copy: &ExpectedCopy| HistoryEntry {
            key: copy.origin.clone(),
            at: now,
            event: Reason::CopyNotFound.code().to_owned(),
            reason: Reason::CopyNotFound.code().to_owned(),
            trigger: Trigger::Cycle.as_str().to_owned(),
            actor: Some(Actor::Service),
            answers: None,
            detail: mailbox.to_string(),
        };
        let record = Record {
            history: overdue.iter().map(told).collect(),
            alerts: overdue.iter().filter_map(|copy| self.alert_of_missing(copy)).collect(),
            copies_closed: overdue.into_iter().map(|copy| (copy, CopyOutcome::NotFound)).collect(),
            ..Record::default()
        };
        self.commit_copies(record).await
    }

    async fn commit_copies(&self, record: Record) -> Result<(), EngineError> {
        if record != Record::default() {
            self.engine.parts.store.commit(&self.lease, record).await?;
        }
        Ok(())
    }
}

/// What became of an expected copy among some items.
enum Compared {
    /// It is there: these items are to be tracked, none where one of them is dealt with already.
    Found(Vec<ObservedItem>),
    /// It is not there, or only where it does not count.
    Missing {
        /// The latter.
        is_put_away: bool,
    },
}

fn place(row: &MailboxRow) -> Place {
    let (table, id) = match row.owner {
        MailboxOwner::User(user) => ("systemuser", user),
        MailboxOwner::Queue { queue, .. } => ("queue", queue),
    };
    Place {
        mailbox: row.id,
        address: row.address.clone(),
        owner: RecordRef { table: table.to_owned(), id: id.0 },
        is_enabled: row.is_enabled,
    }
}
