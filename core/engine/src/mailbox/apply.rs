//! Carrying out decisions: written down first, then applied a few at a time, then recorded.

use super::{
    Cycle, LOOK_AGAIN, LOOK_AGAIN_LATER,
    alert::waits_no_longer,
    categorize::kept_changing,
    late::is_uncertain,
    plan::Work,
    promote::{Recalled, first_track},
    save::Saved,
    scope::scope_of,
};
use crate::EngineError;
use earmark_ledger::{EpochRow, ExpectedCopy, Record, Tombstone};
use earmark_model::{
    Cause, CrmSide, Failure, FailureClass, Instant, ItemState, Link, ObservedItem,
    UndeliverableMark, Version, limits,
};
use earmark_tracking::{
    Decision, Effect, Reason, TombstoneChange,
    record::{self, Confirmed},
    retry::{self, Verdict},
};
use futures::{StreamExt, stream};
use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

/// Units: items that are recorded together at most.
const CHUNK: usize = 64;

/// How long items may wait to be recorded together. Whoever is killed again and again would
/// otherwise get nowhere where each item takes its time.
const RECORDED_WITHIN: Duration = Duration::from_millis(250);

/// Which side failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Mailbox,
    Crm,
}

/// What became of one item.
pub(super) struct Applied {
    pub(super) before: Option<Link>,
    pub(super) link: Link,
    pub(super) tombstone: Option<(TombstoneChange, Tombstone)>,
    pub(super) epoch: Option<EpochRow>,
    /// Copies that other mailboxes are to expect.
    pub(super) expected: Vec<ExpectedCopy>,
    pub(super) served: Option<Instant>,
    /// Tracking ended; says whether a user did it on this very item.
    pub(super) ended: Option<bool>,
    pub(super) failed: Option<(Side, Failure)>,
    /// The version of a series that is dealt with once its exceptions are.
    pub(super) series_due: Option<Version>,
}

/// What is to be recorded beside the link once an item is linked, whatever fails afterwards.
#[derive(Default)]
struct Beside {
    epoch: Option<EpochRow>,
    expected: Vec<ExpectedCopy>,
}

/// Why an item's decision was not carried out to its end.
pub(super) enum Stop {
    /// An effect failed.
    Failed(Side, Effect, Failure),
    /// Other facts came up; they are settled already.
    Settled(Decision),
    /// What was sent before may yet be carried out: nothing is settled, and the CRM is asked again.
    AsksAgain,
}

impl Cycle<'_> {
    /// Carries out what was decided, in chunks; each chunk is recorded before the next begins.
    pub(super) async fn carry_out(&mut self, work: Vec<Work>) -> Result<(), EngineError> {
        let (quick, slow): (Vec<_>, Vec<_>) =
            work.into_iter().partition(|work| work.decision.effects.is_empty() && !asks_crm(work));
        let settled = quick.into_iter().map(|work| self.settle(work)).collect();
        self.save(settled).await?;
        let slow = self.begin(slow).await?;
        let mut left = slow.as_slice();
        let mut round = 0;
        while !left.is_empty() {
            if self.engine.is_stopping() {
                return Err(EngineError::Stopping);
            }
            if self.report.is_unfinished || (round > 0 && self.turn_is_over()) {
                self.report.is_unfinished = true;
                return Ok(());
            }
            self.engine.parts.store.renew(&self.lease, self.engine.parts.settings.lease).await?;
            let (begun, mut applied) = self.apply_some(left).await?;
            left = &left[begun..];
            round += 1;
            applied.sort_by(|a, b| a.link.key.cmp(&b.link.key));
            let stop = self.judge_sides(&applied);
            self.save(applied).await?;
            if let Some(failure) = stop {
                return Err(failure.into());
            }
        }
        Ok(())
    }

    /// Carries out the first of `work`, as many as are to be recorded together. Answers how many
    /// those were, with what became of them; parts that cannot be read are left out.
    async fn apply_some(&self, work: &[Work]) -> Result<(usize, Vec<Applied>), EngineError> {
        let until = self.now().plus(RECORDED_WITHIN);
        let chunk = &work[..work.len().min(CHUNK)];
        let mut readable = chunk.iter().cloned().enumerate();
        let begun = AtomicUsize::new(0);
        let this = self;
        let next = std::iter::from_fn(|| {
            if begun.load(Relaxed) > 0 && this.now() >= until {
                return None;
            }
            let found = readable.find(|(_, work)| !this.is_frozen(&work.link));
            // What could not be read is done with as well.
            begun.store(found.as_ref().map_or(chunk.len(), |(place, _)| place + 1), Relaxed);
            found.map(|(_, work)| work)
        });
        let applying = stream::iter(next)
            .map(|work| this.apply(work))
            .buffer_unordered(limits::MAILBOX_REQUESTS_IN_FLIGHT)
            .collect::<Vec<Applied>>();
        let applied = self.while_leased(applying).await?;
        Ok((begun.load(Relaxed), applied))
    }

    /// Nothing to do outside: the link becomes what the decision says.
    fn settle(&self, work: Work) -> Applied {
        let mut link = work.link;
        let before = work.known.then(|| self.links.get(&work.handle).cloned()).flatten();
        let name = self.memory.tracked.as_ref().map(|entry| &entry.name);
        record::settle(&mut link, &work.decision, name, self.now());
        self.applied(before, link, &work.decision, None)
    }

    /// Writes down what is about to be done, before anything is sent.
    async fn begin(&mut self, work: Vec<Work>) -> Result<Vec<Work>, EngineError> {
        let name = self.memory.tracked.as_ref().map(|entry| entry.name.clone());
        let now = self.now();
        let mut begun = Vec::with_capacity(work.len());
        let mut record = Record::default();
        for mut work in work {
            let before = work.link.clone();
            record::begin(&mut work.link, &work.decision, name.as_ref(), now);
            // An unlink without an answer is known of by its effect alone, which tells no more of
            // who wanted it.
            if work.decision.effects.contains(&Effect::Unlink)
                && let Some((TombstoneChange::Write, stone)) =
                    self.tombstone(&work.link, work.decision.settle.tombstone)
            {
                record.tombstones.push(stone);
            }
            if work.link != before || !work.known {
                record.links.push(work.link.clone());
            }
            begun.push(work);
        }
        if !record.links.is_empty() || !record.tombstones.is_empty() {
            self.tombstones.extend(record.tombstones.iter().cloned());
            self.engine.parts.store.commit(&self.lease, record).await?;
        }
        Ok(begun)
    }

    async fn apply(&self, work: Work) -> Applied {
        let before = work.known.then(|| self.links.get(&work.handle).cloned()).flatten();
        let ask = asks_crm(&work);
        let Work { item, mut link, mut decision, .. } = work;
        let mut beside = Beside::default();
        let outcome = match item {
            Some(item) => {
                self.act(item, ask, before.as_ref(), &mut link, &mut decision, &mut beside).await
            }
            None => self.effects_without_item(&mut link, &decision).await,
        };
        self.count_towards_circuit(&link, &outcome);
        let name = self.memory.tracked.as_ref().map(|entry| &entry.name);
        match outcome {
            Ok(()) => {
                record::settle(&mut link, &decision, name, self.now());
                let mut applied = self.applied(before, link, &decision, None);
                applied.epoch = beside.epoch;
                applied.expected = beside.expected;
                applied
            }
            Err(Stop::Settled(instead)) => {
                record::settle(&mut link, &instead, name, self.now());
                self.applied(before, link, &instead, None)
            }
            Err(Stop::AsksAgain) => {
                let instead = Decision::nothing(Reason::AttemptInterrupted, link.state);
                record::settle(&mut link, &instead, name, self.now());
                // How long it may still come counts from when it was sent, not from when it was
                // last asked for.
                link.changed_at = before.as_ref().map_or(link.changed_at, |link| link.changed_at);
                self.applied(before, link, &instead, None)
            }
            Err(Stop::Failed(side, effect, failure)) => {
                let cycle = self.cycle_length();
                let now = self.now();
                let unavailable = side == Side::Crm && self.crm_is_down();
                let is_stray = unavailable && !is_pause(&failure);
                let failure = if is_stray { outage(failure) } else { failure };
                let verdict =
                    retry::after_failure(&mut link, &effect, &failure, now, cycle, self.rules());
                if verdict == Verdict::Final {
                    link.request = None;
                    link.owes_category = false;
                }
                let mut applied = self.unfinished(before, link, Some((side, failure)));
                applied.epoch = beside.epoch;
                applied.expected = beside.expected;
                applied
            }
        }
    }

    /// Recalls what only the item's content and the CRM can tell, decides again where that
    /// matters, and carries out the effects in their order.
    async fn act(
        &self,
        mut item: ObservedItem,
        ask: bool,
        before: Option<&Link>,
        link: &mut Link,
        decision: &mut Decision,
        beside: &mut Beside,
    ) -> Result<(), Stop> {
        let mut recalled: Option<Recalled> = None;
        let resumed = before.is_some_and(is_uncertain);
        if ask {
            match self.recall(&item, link, decision).await {
                Ok(more) if self.may_be_renamed(&item, &more.item) => {
                    return Err(Stop::Failed(
                        Side::Mailbox,
                        first_track(decision),
                        kept_changing(),
                    ));
                }
                Ok(more) => {
                    *decision = self.decide_again(&more, link);
                    if self.may_be_cut(before, link, decision) {
                        return Err(Stop::AsksAgain);
                    }
                    item = more.item.clone();
                    recalled = Some(more);
                }
                // The question whether the last attempt succeeded holds up no mark.
                Err(Stop::Failed(Side::Crm, ..)) if decision.reason == Reason::RetriesExhausted => {
                }
                Err(stop) => return Err(stop),
            }
        }
        if let Some(more) = recalled.as_ref().filter(|_| decision.finds_tracked())
            && let Some(fields) =
                self.fields_found(more, link, resumed || before.is_some_and(never_compared)).await?
        {
            self.confirm(link, &Effect::TakeOver, &fields);
        }
        // The answer to an earlier attempt was lost, and what it was to record with it.
        if let Some(more) = recalled.as_ref().filter(|_| resumed && decision.finds_tracked()) {
            beside.expected = self.fan_out_again(more, link);
        }
        for effect in decision.effects.clone() {
            let confirmed = match &effect {
                Effect::Track { raise_epoch, regarding } => {
                    let Some(more) = &recalled else { continue };
                    let regarding = regarding.as_ref().map(Option::as_ref);
                    let tracked =
                        self.track(more, link, *raise_epoch, regarding, resumed, &effect).await?;
                    let parties = &tracked.parties;
                    beside.expected = self.fan_out(more, link, tracked.activity, parties);
                    beside.epoch = Some(tracked.epoch);
                    self.confirm(link, &effect, &Confirmed::Linked(tracked.activity));
                    let Some(fields) = tracked.fields else { continue };
                    fields
                }
                Effect::Update | Effect::TakeOver => {
                    self.follow(&mut item, link, decision, &effect).await?
                }
                Effect::PutBackLink => {
                    self.put_back_link(&mut item, link, recalled.as_ref(), &effect).await?
                }
                Effect::SetRegarding(_) | Effect::Unlink => self.in_crm(link, &effect).await?,
                Effect::AddCategory
                | Effect::RemoveCategory
                | Effect::MarkUndeliverable
                | Effect::RemoveUndeliverable => {
                    let written = self.categorize(&mut item, &effect).await;
                    // Where an earlier mark is on the item, only its version tells whether this
                    // one was written.
                    if written.is_err() && effect == Effect::MarkUndeliverable {
                        record::note_sent(link, &item.version);
                    }
                    written?
                }
            };
            self.confirm(link, &effect, &confirmed);
        }
        if ask && self.may_be_made(before, link, decision) {
            return Err(Stop::AsksAgain);
        }
        Ok(())
    }

    pub(super) fn confirm(&self, link: &mut Link, effect: &Effect, confirmed: &Confirmed) {
        record::confirm(link, effect, confirmed, self.now(), self.rules());
    }

    /// A gone item can still be unlinked; its categories are nobody's business any more.
    async fn effects_without_item(&self, link: &mut Link, decision: &Decision) -> Result<(), Stop> {
        for effect in &decision.effects {
            if matches!(effect, Effect::Unlink) {
                let confirmed = self.in_crm(link, effect).await?;
                self.confirm(link, effect, &confirmed);
            }
        }
        Ok(())
    }

    pub(super) fn applied(
        &self,
        before: Option<Link>,
        mut link: Link,
        decision: &Decision,
        failed: Option<(Side, Failure)>,
    ) -> Applied {
        let series_due = self.hold_back(before.as_ref(), &mut link);
        let tombstone = self.tombstone(&link, decision.settle.tombstone);
        let served = before
            .as_ref()
            .and_then(|before| before.request.as_ref())
            .filter(|_| decision.settle.serve_request)
            .map(|request| request.at);
        Applied {
            before,
            link,
            tombstone,
            epoch: None,
            expected: Vec::new(),
            served,
            ended: decision.ends_tracking.then(|| is_users_act(decision.reason)),
            failed,
            series_due,
        }
    }

    fn unfinished(
        &self,
        before: Option<Link>,
        mut link: Link,
        failed: Option<(Side, Failure)>,
    ) -> Applied {
        // What is not finished is read again, with its exceptions.
        self.hold_back(before.as_ref(), &mut link);
        let served = before
            .as_ref()
            .and_then(|before| before.request.as_ref())
            .filter(|_| link.request.is_none())
            .map(|request| request.at);
        Applied {
            before,
            link,
            tombstone: None,
            epoch: None,
            expected: Vec::new(),
            served,
            ended: None,
            failed,
            series_due: None,
        }
    }

    /// Tombstones are per (mailbox, source key, direction), written for the last linked copy.
    fn tombstone(
        &self,
        link: &Link,
        change: TombstoneChange,
    ) -> Option<(TombstoneChange, Tombstone)> {
        let stone = Tombstone {
            mailbox: self.row.id,
            source_key: link.source_key.clone()?,
            direction: link.direction?,
        };
        let other_copy_is_linked = || {
            self.links.values().any(|other| {
                // Few are linked of the many that are remembered.
                other.crm == CrmSide::Linked
                    && other.direction == link.direction
                    && other.source_key == link.source_key
                    && other.key != link.key
            })
        };
        match change {
            TombstoneChange::Keep => None,
            TombstoneChange::Write if other_copy_is_linked() => None,
            TombstoneChange::Write | TombstoneChange::Clear => Some((change, stone)),
        }
    }

    /// Five different items in a row open the CRM's circuit at once, not only at the end of a
    /// chunk.
    fn count_towards_circuit(&self, link: &Link, outcome: &Result<(), Stop>) {
        let organization = self.lease.organization;
        let circuits = &self.engine.crm_circuits;
        let now = self.now();
        match outcome {
            Err(Stop::Failed(Side::Crm, _, failure)) if is_pause(failure) => {
                self.engine.heard_from_crm(organization, Some(failure));
            }
            Err(Stop::Failed(Side::Crm, _, failure)) if retry::may_open_circuit(failure) => {
                if circuits.failed(organization, link.key.handle.as_str(), now) {
                    tracing::error!(organization.id = %organization, code = %failure.code,
                        "the CRM is out of order; no attempts until it answers");
                }
            }
            Err(Stop::Failed(Side::Crm, ..)) | Ok(()) if !circuits.is_open(organization, now) => {
                circuits.answered(organization);
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// The failure that ends the cycle, if any: what concerns the mailbox as a whole cannot be
    /// different for the next item.
    fn judge_sides(&mut self, applied: &[Applied]) -> Option<Failure> {
        if self.crm_is_down() {
            self.crm_available = false;
        }
        if self.engine.crm_circuits.is_out_of_order(self.lease.organization) {
            self.raise_for_crm();
        }
        self.mark_intended |= applied.iter().any(intends_mark);
        let again = applied.iter().filter_map(looks_again).chain(self.look_again);
        self.look_again = again.min();
        let mut stop = None;
        for item in applied {
            let Some((Side::Mailbox, failure)) = &item.failed else { continue };
            if concerns_mailbox(failure) {
                // What is refused for one part of the mailbox need not be for the others.
                let whole = self.freeze(scope_of(item.link.kind), failure.clone()).err();
                stop = whole.or(stop);
            }
        }
        stop
    }

    pub(super) fn crm_is_down(&self) -> bool {
        !self.crm_available || self.engine.crm_circuits.is_open(self.lease.organization, self.now())
    }

    pub(super) async fn save(&mut self, applied: Vec<Applied>) -> Result<(), EngineError> {
        if applied.is_empty() {
            return Ok(());
        }
        let alerts = self.alerts_of_items(&applied);
        let was_waiting = applied.iter().any(waits_no_longer);
        self.raise_for_answers(&applied);
        let mut saved = Saved::from(applied, &self.held, self.is_partial(), self.now());
        saved.record.alerts = alerts;
        self.report.tracked += saved.tracked;
        self.report.untracked += saved.untracked;
        self.report.failed += saved.failed;
        let expecting = self.engine.commit_with_pause(&self.lease, saved.record.clone()).await?;
        self.engine.expect_copies(self.lease.organization, &expecting);
        self.take_over(saved);
        if was_waiting {
            self.end_for_answers().await?;
        }
        Ok(())
    }
}

/// It was linked, and interrupted before anything was known of its record's fields.
fn never_compared(link: &Link) -> bool {
    let was_interrupted = matches!(link.state, ItemState::Pending | ItemState::Retrying);
    was_interrupted
        && link.linked_at.is_some()
        && link.synced_hash.is_none()
        && link.baseline == earmark_model::Baseline::Untracked
}

/// After what time the item is looked at again, because it is changing; later where it did so
/// before, as one that never lets itself be written would keep its server busy. That its record is
/// gone is told by the CRM's feed, whenever that is read.
fn looks_again(item: &Applied) -> Option<Duration> {
    let is_changing = |link: &Link| link.reason == Reason::ItemChangedMeanwhile.code();
    let failure = item.failed.as_ref().map(|(_, failure)| &failure.class);
    let is_open = failure.is_some_and(|class| *class != FailureClass::RecordGone);
    let was_changing = item.before.as_ref().is_some_and(is_changing);
    let after = if was_changing { LOOK_AGAIN_LATER } else { LOOK_AGAIN };
    (is_open && is_changing(&item.link)).then_some(after)
}

/// The last attempt failed just now: the Undeliverable mark is to be written.
fn intends_mark(item: &Applied) -> bool {
    let before = item.before.as_ref().map(|before| before.undeliverable);
    item.link.undeliverable == UndeliverableMark::Intended
        && before != Some(UndeliverableMark::Intended)
}

fn asks_crm(work: &Work) -> bool {
    work.decision.needs_record() || work.uncertain
}

pub(super) fn is_users_act(reason: Reason) -> bool {
    matches!(reason, Reason::CategoryRemoved | Reason::CategoryTakenBack)
}

pub(super) fn concerns_mailbox(failure: &Failure) -> bool {
    use FailureClass as Class;
    match failure.class {
        Class::Throttled { .. }
        | Class::Unavailable
        | Class::ScopeUnreadable
        | Class::Unauthenticated => true,
        Class::Timeout
        | Class::CheckpointExpired
        | Class::Conflict
        | Class::ItemGone
        | Class::RecordGone
        | Class::Refused
        | Class::Unacceptable { .. }
        | Class::Bug => false,
    }
}

/// The CRM says until when it is to be left alone.
const fn is_pause(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Throttled { until: Some(_) })
}

/// While a circuit is open nothing counts as an attempt.
fn outage(failure: Failure) -> Failure {
    failure.read_as(FailureClass::Unavailable).because(Cause::CircuitOpen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_model::{ItemHandle, ItemKind, LinkKey, MailboxId, OrganizationId};
    use uuid::Uuid;

    #[test]
    fn a_copy_that_comes_back_was_not_interrupted() {
        let (organization, mailbox) = (OrganizationId(Uuid::nil()), MailboxId(Uuid::nil()));
        let key = LinkKey { organization, mailbox, handle: ItemHandle::from("copy") };
        let at = Instant::from_millis(0);
        let mut link = Link::new(key, ItemKind::Appointment, at);
        link.linked_at = Some(at);
        for (state, was_interrupted) in [
            (ItemState::Pending, true),
            (ItemState::Retrying, true),
            (ItemState::SourceGone, false),
            (ItemState::Tracked, false),
        ] {
            link.state = state;
            assert_eq!(never_compared(&link), was_interrupted, "{state:?}");
        }
    }
}
