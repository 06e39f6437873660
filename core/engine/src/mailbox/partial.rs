//! A cycle about a few items that are known to have changed, and about what waits.
//!
//! It reads those items by id and nothing else: no sweep, no feed of changes, and the master list
//! only where tracking could end. It decides, applies and records like every cycle, under the same
//! guards, and leaves the regular cycle where it is. Whenever it cannot be sure of its ground it
//! leaves the work to a whole cycle.

use super::{
    Cycle, RENAMES_MAX, Recalled, acceptance::accepts_all, categorize, observe::Readings,
    scope::scope_of,
};
use crate::{CycleReport, Engine, EngineError};
use earmark_crm_port::{MailboxRow, OrganizationSettings};
use earmark_ledger::{Lease, MailboxMemory};
use earmark_mailbox_port::{Detail, ItemRead, Scope};
use earmark_model::{
    Baseline, CategoryName, CrmSide, Failure, FailureClass, Instant, ItemContent, ItemHandle,
    ItemKind, ItemState, Link, MailboxSide, ObservedItem, RequestWish, UndeliverableMark, identity,
    limits,
};
use earmark_tracking::{MasterView, Reading, Reason, category::mailbox_side};
use futures::{StreamExt, stream};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Units: items read, with their content, before they are dealt with.
const AT_ONCE: usize = 16;

/// What a partial cycle is about.
pub(super) struct Partial {
    items: BTreeMap<ItemHandle, ItemKind>,
    before: MailboxMemory,
}

impl Partial {
    /// Whether the cycle is about this item because it is known to have changed.
    pub(super) fn concerns(&self, handle: &ItemHandle) -> bool {
        self.items.contains_key(handle)
    }
}

impl Recalled {
    /// Recalls what the items need; `None` where the cycle has to be whole.
    pub(super) async fn partial(
        engine: &Engine,
        lease: &Lease,
        row: &MailboxRow,
        somebody_accepts: bool,
        settings: &OrganizationSettings,
        items: BTreeMap<ItemHandle, ItemKind>,
    ) -> Result<Option<Self>, EngineError> {
        let handles = items.keys().cloned().collect();
        let store = &engine.parts.store;
        let glimpse = store.glimpse(lease.organization, row.id, handles).await?;
        let memory = glimpse.memory;
        let is_switch_on = settings.track_categorized_items;
        let is_early = memory.regular_due.is_some_and(|at| at > engine.now());
        let is_settled =
            if is_switch_on { memory.tracked.is_some() && !memory.saw_switch_off } else { true };
        // From when on mail is accepted is for a whole cycle to find out.
        let accepting = accepts_all(row) || (somebody_accepts && !settings.own_filter_only);
        let is_open = !accepting || memory.acceptance.since.is_some();
        if !is_early || !is_settled || !is_open || memory.comparison.is_due() {
            return Ok(None);
        }
        let partial = Partial { items, before: memory.clone() };
        Ok(Some(Self {
            memory,
            links: glimpse.links,
            tombstones: Vec::new(),
            held: glimpse.held,
            expected: glimpse.expected,
            partial: Some(partial),
        }))
    }
}

impl Cycle<'_> {
    /// Runs the partial cycle. Answers what it did and when the mailbox is due next, which is never
    /// later than its regular cycle.
    pub(super) async fn run_partial(&mut self) -> (CycleReport, Instant) {
        let now = self.now();
        let regular = self.memory.regular_due.unwrap_or(now);
        if let Some(until) = self.memory.not_before.filter(|until| *until > now) {
            return (self.take_report(), until);
        }
        // A mailbox that failed has its time; only a person may ask earlier.
        let is_asked = self.links.values().any(|link| link.request.is_some());
        if self.mail_was_lost() && !is_asked {
            return (self.take_report(), regular);
        }
        let outcome = self.work_partial().await;
        let is_done = outcome.is_ok();
        if is_done && !self.is_insufficient {
            self.heard_out();
        }
        let due = match outcome {
            Ok(()) => {
                let key = (self.lease.organization, self.row.id);
                self.engine.mailbox_circuits.answered(key);
                let next = if self.crm_available { regular } else { self.when_crm_is_back() };
                self.due_with_own_times(next)
            }
            Err(EngineError::Outside(failure)) => self.interrupted(failure),
            Err(EngineError::Stopping) => self.now(),
            Err(error) => {
                let (report, due) = self.abandoned(&error);
                return (report, due.min(regular));
            }
        };
        if self.is_insufficient {
            let key = (self.lease.organization, self.row.id);
            // Behind what became due meanwhile.
            let due = self.now();
            self.engine.marks.whole(key, due);
            return (self.take_report(), due);
        }
        let due = due.min(regular);
        if !is_done {
            // What was not finished is left to a whole cycle.
            self.memory.regular_due = Some(due);
        }
        if let Err(error) = self.save_memory_if_changed().await {
            tracing::error!(mailbox.id = %self.row.id, error = %error, "the cycle was not recorded");
        }
        (self.take_report(), due)
    }

    async fn work_partial(&mut self) -> Result<(), EngineError> {
        self.check_circuits().await?;
        self.find_copies(&[]).await?;
        let wanted = self.wanted();
        for (round, chunk) in wanted.chunks(AT_ONCE).enumerate() {
            if round > 0 && self.turn_is_over() {
                self.is_insufficient = true;
                return Ok(());
            }
            if round > 0 {
                let lease_for = self.engine.parts.settings.lease;
                self.engine.parts.store.renew(&self.lease, lease_for).await?;
            }
            let readings = self.read_settled(chunk).await?;
            self.compare_copies(&readings).await?;
            self.report.looked_at += readings.len() as u64;
            self.accept_among(&readings).await?;
            self.recall_alike(&readings).await?;
            let work = self.plan(readings, Vec::new()).await?;
            self.carry_out(work).await?;
            self.forget_contents();
        }
        Ok(())
    }

    /// The items that are marked, and those that wait and whose time has come.
    fn wanted(&self) -> Vec<(ItemHandle, ItemKind)> {
        let Some(partial) = &self.partial else { return Vec::new() };
        let now = self.now();
        let is_switch_on = self.settings.track_categorized_items;
        let mut wanted = partial.items.clone();
        for link in self.links.values() {
            let waits = link.request.is_some() || (is_switch_on && waits_now(link, now));
            if waits || wanted.contains_key(&link.key.handle) {
                wanted.insert(link.key.handle.clone(), link.kind);
            }
        }
        wanted.into_iter().collect()
    }

    /// Reads items, and after them the master list where it matters. Under a new name they are read
    /// once more, and the whole cycle that follows looks for the others that bear it.
    async fn read_settled(
        &mut self,
        wanted: &[(ItemHandle, ItemKind)],
    ) -> Result<Readings, EngineError> {
        for _ in 0..RENAMES_MAX {
            let mut readings = self.read_wanted(wanted).await?;
            self.leave_to_whole(&mut readings);
            self.master = MasterView::NotRead;
            if !self.master_list_matters(&readings) {
                return Ok(readings);
            }
            let name = self.names().current;
            self.settle_master_list().await?;
            if name.is_none() || self.names().current == name {
                return Ok(readings);
            }
            // What was read may bear either name.
            self.is_insufficient = true;
        }
        Err(categorize::kept_changing().into())
    }

    async fn read_wanted(
        &mut self,
        wanted: &[(ItemHandle, ItemKind)],
    ) -> Result<Readings, EngineError> {
        let names = self.names().to_sweep();
        let names = &names;
        let this = &*self;
        let read: Vec<(ItemHandle, ItemKind, Result<ItemRead, Failure>)> =
            stream::iter(wanted.to_vec())
                .map(|(handle, kind)| async move {
                    let read = this.read_one(kind, &handle, names).await;
                    (handle, kind, read)
                })
                .buffer_unordered(limits::MAILBOX_REQUESTS_IN_FLIGHT)
                .collect()
                .await;
        let mut readings = Readings::new();
        for (handle, kind, outcome) in read {
            match outcome {
                // A part that is refused freezes alone, in a whole cycle.
                Err(failure)
                    if failure.class == FailureClass::ScopeUnreadable
                        && scope_of(kind) != Scope::Mail =>
                {
                    self.is_insufficient = true;
                }
                Err(failure) => return Err(failure.into()),
                Ok(ItemRead::Found { item, content }) => {
                    self.keep_content(&item, content);
                    readings.insert(item.handle.clone(), Some(item));
                }
                Ok(ItemRead::Gone) => drop(readings.insert(handle, None)),
            }
        }
        Ok(readings)
    }

    /// A series and its exceptions depend on one another, and so does what a deleted calendar item
    /// may have been: only a whole cycle sees them together.
    fn leave_to_whole(&mut self, readings: &mut Readings) {
        let before = readings.len();
        readings.retain(|handle, item| {
            let link = self.links.get(handle);
            match item {
                Some(item) => !item.is_series && item.series.is_none(),
                None => link.is_none_or(|link| link.kind != ItemKind::Appointment),
            }
        });
        self.is_insufficient |= readings.len() < before;
    }

    /// An item whose content cannot be read is still seen; reading it again counts as an attempt
    /// where it is to be tracked.
    async fn read_one(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        names: &[CategoryName],
    ) -> Result<ItemRead, Failure> {
        let detail = self.detail(kind, self.links.get(handle), names);
        match self.mailbox.item(kind, handle, detail).await {
            Err(failure)
                if detail != Detail::Summary && !super::apply::concerns_mailbox(&failure) =>
            {
                self.mailbox.item(kind, handle, Detail::Summary).await
            }
            read => read,
        }
    }

    fn detail<'n>(
        &self,
        kind: ItemKind,
        link: Option<&Link>,
        names: &'n [CategoryName],
    ) -> Detail<'n> {
        let is_steady = link
            .is_some_and(|link| link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked);
        let request = link.and_then(|link| link.request.as_ref());
        if request.is_some_and(|request| matches!(request.wish, RequestWish::Track { .. })) {
            Detail::Content
        } else if link.is_none() && kind == ItemKind::Email && accepts_all(&self.row) {
            // What is new will be tracked.
            Detail::Content
        } else if is_steady && kind == ItemKind::Email {
            // Nothing of a tracked email is read again.
            Detail::Summary
        } else {
            Detail::ContentIfBearing(names)
        }
    }

    /// Whether what is decided could depend on the master list: tracking ends only with it, what
    /// is to be untracked may bear a new name, and a name that the entry had before may be somebody
    /// else's by now.
    fn master_list_matters(&self, readings: &Readings) -> bool {
        if !self.settings.track_categorized_items {
            return false;
        }
        let names = self.names();
        readings.iter().any(|(handle, item)| {
            let (Some(item), link) = (item, self.links.get(handle)) else { return false };
            let old = |name: &CategoryName| item.categories.iter().any(|one| name.is_same(one));
            let ends = link.is_some_and(|link| {
                let is_linked = link.baseline == Baseline::Tracked || link.crm == CrmSide::Linked;
                let wish = link.request.as_ref().map(|request| &request.wish);
                is_linked || matches!(wish, Some(RequestWish::Untrack))
            });
            names.previous.iter().any(old)
                || (ends
                    && mailbox_side(Reading::Found(item), link, &names, self.rules())
                        == MailboxSide::Without)
        })
    }

    /// Recalls the other items of the same source and what a person untracked before: for all but
    /// strangers without the category and tracked items with it.
    async fn recall_alike(&mut self, readings: &Readings) -> Result<(), EngineError> {
        let names = self.names();
        let (mut message_ids, mut source_keys) = (Vec::new(), Vec::new());
        let mut everything = false;
        for (handle, item) in readings {
            let (Some(item), link) = (item, self.links.get(handle)) else { continue };
            let bears = self.bears(item, &names);
            let is_plain = match link {
                None => !bears,
                Some(link) => bears && link.baseline == Baseline::Tracked && link.request.is_none(),
            };
            if is_plain {
                continue;
            }
            let bare = item.message_id.as_deref().map(identity::bare_message_id);
            match bare.filter(|bare| item.kind == ItemKind::Email && !bare.is_empty()) {
                Some(bare) => {
                    let known = link.and_then(|link| link.source_key.clone());
                    message_ids.push(bare.to_owned());
                    source_keys.push(known.unwrap_or_else(|| bare.to_owned()));
                }
                None => everything = true,
            }
        }
        let (organization, mailbox) = (self.lease.organization, self.row.id);
        let store = &self.engine.parts.store;
        let (links, stones) = if everything {
            let links = store.links(organization, mailbox).await?;
            (links, store.tombstones(organization, mailbox).await?)
        } else if message_ids.is_empty() {
            return Ok(());
        } else {
            store.alike(organization, mailbox, message_ids, source_keys).await?
        };
        for link in links {
            self.links.entry(link.key.handle.clone()).or_insert(link);
        }
        self.tombstones.extend(stones);
        Ok(())
    }

    /// The item with its content: kept from its first reading, or read now.
    pub(super) async fn read_content(&self, item: &ObservedItem) -> Result<ItemRead, Failure> {
        let kept = lock(&self.kept).remove(&item.handle);
        match kept {
            Some((item, content)) => Ok(ItemRead::Found { item, content: Some(content) }),
            None => self.mailbox.item(item.kind, &item.handle, Detail::Content).await,
        }
    }

    /// Keeps a content until the item is dealt with.
    pub(super) fn keep_content(&self, item: &ObservedItem, content: Option<Box<ItemContent>>) {
        if let Some(content) = content {
            lock(&self.kept).insert(item.handle.clone(), (item.clone(), content));
        }
    }

    /// Whether the item's content is kept.
    pub(super) fn has_content(&self, handle: &ItemHandle) -> bool {
        lock(&self.kept).contains_key(handle)
    }

    /// Lets go of what was kept.
    pub(super) fn forget_contents(&self) {
        lock(&self.kept).clear();
    }

    /// Units: links of the mailbox that are tracked, whether recalled or not.
    pub(super) async fn tracked_here(&self) -> Result<usize, EngineError> {
        if self.partial.is_none() {
            let tracked = |link: &&Link| link.baseline == Baseline::Tracked;
            return Ok(self.links.values().filter(tracked).count());
        }
        let store = &self.engine.parts.store;
        let count = store.tracked_in(self.lease.organization, self.row.id).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    async fn save_memory_if_changed(&mut self) -> Result<(), EngineError> {
        match &self.partial {
            Some(partial) if partial.before == self.memory && !self.raised.waits() => Ok(()),
            Some(_) | None => self.save_memory().await,
        }
    }
}

/// Something is owed to the link, and its time has come. What is held ripens with a whole cycle,
/// and a draft is told of when it is sent.
fn waits_now(link: &Link, now: Instant) -> bool {
    let is_draft = link.reason == Reason::DraftNotSent.code();
    let waits = link.owes_category
        || link.undeliverable == UndeliverableMark::Intended
        || link.state == ItemState::Retrying
        || (link.state == ItemState::Pending && !is_draft)
        || link.edits.is_open()
        || (link.baseline == Baseline::Tracked && link.crm != CrmSide::Linked);
    waits && link.state != ItemState::Held && link.not_before.is_none_or(|at| at <= now)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
