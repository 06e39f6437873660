//! Deciding for every candidate, and holding what the brake holds.

use super::{
    Cycle,
    apply::is_users_act,
    late::{is_uncertain, may_have_succeeded},
    observe::Readings,
};
use crate::EngineError;
use earmark_ledger::{HeldDecision, Tombstone};
use earmark_model::{
    Baseline, CrmSide, Instant, ItemHandle, ItemKind, ItemState, Link, LinkKey, MailboxSide,
    ObservedItem,
};
use earmark_tracking::{
    Decision, Facts, Reading, Reason, brake,
    category::{self, Names, bears_undeliverable, mailbox_side},
    decide,
    record::is_unlink_open,
    series,
};

/// Units: records of which one must be there for the CRM to be believed.
const CANARIES: usize = 5;

/// One item with its decision.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) handle: ItemHandle,
    /// What was read; `None` when the item is gone.
    pub(super) item: Option<ObservedItem>,
    pub(super) link: Link,
    /// The link has a row in the ledger.
    pub(super) known: bool,
    pub(super) decision: Decision,
    /// An attempt was begun whose outcome is not known: the CRM must be asked first.
    pub(super) uncertain: bool,
}

/// What a decision needs to know beyond the reading; refined once the item's content was read.
pub(super) struct Known {
    pub(super) crm: CrmSide,
    pub(super) tombstone: bool,
    pub(super) copy_of_linked: bool,
    pub(super) is_internal: bool,
}

/// How many endings may still be applied now. The organization's counts only those that no user
/// made on the very item.
struct Allowance {
    mailbox: usize,
    organization: usize,
}

impl Allowance {
    fn take(&mut self, by_user: bool) -> bool {
        if self.mailbox == 0 || (!by_user && self.organization == 0) {
            return false;
        }
        self.mailbox -= 1;
        if !by_user {
            self.organization -= 1;
        }
        true
    }
}

impl Cycle<'_> {
    /// Decides for everything that was read, and holds what ends too much tracking at once.
    /// `asleep` was decided without a reading.
    pub(super) async fn plan(
        &mut self,
        readings: Readings,
        asleep: Vec<Work>,
    ) -> Result<Vec<Work>, EngineError> {
        self.sources = self.field_sources(&readings).await?;
        if self.settings.track_categorized_items {
            let series = readings.values().flatten().filter(|item| item.is_series);
            self.series_planned.extend(series.map(|item| item.handle.clone()));
        }
        let names = self.names();
        let mut work = Vec::new();
        for (handle, item) in readings {
            let known = self.links.get(&handle).cloned();
            let (side, _) = self.side(item.as_ref(), known.as_ref(), &names);
            let concerns = item.is_some() && side != MailboxSide::Without;
            if known.is_none() && !concerns {
                continue;
            }
            let key = self.key_of(&handle);
            let kind = item.as_ref().map_or(ItemKind::Email, |item| item.kind);
            let mut link = known.clone().unwrap_or_else(|| Link::new(key, kind, self.now()));
            if let Some(item) = &item {
                self.note(&mut link, item, &names);
            }
            let decision =
                self.decide_first(item.as_ref(), known.is_some().then_some(&link), &names);
            let uncertain = item.is_some()
                && match decision.reason {
                    Reason::NoCategory
                    | Reason::UntrackedByUserBefore
                    | Reason::RecordDeletedInCrm => known.as_ref().is_some_and(is_uncertain),
                    Reason::UntrackRequestedByPerson => {
                        known.as_ref().is_some_and(|link| is_uncertain(link) || is_strange(link))
                    }
                    // A tombstone needs the name of the message.
                    Reason::CategoryRemoved
                    | Reason::CategoryTakenBack
                    | Reason::UntrackedInCrm => known.as_ref().is_some_and(is_strange),
                    Reason::BothSidesAgree => known
                        .as_ref()
                        .is_some_and(|link| is_unlink_open(link) || is_uncertain(link)),
                    // The CRM may have ended the link before the person asked.
                    Reason::RequestedByPerson => {
                        known.as_ref().is_some_and(|link| link.crm == CrmSide::Linked)
                    }
                    Reason::RetriesExhausted => known.as_ref().is_some_and(may_have_succeeded),
                    _ => false,
                };
            let known = known.is_some();
            work.push(Work { handle, item, link, known, decision, uncertain });
        }
        work.extend(asleep);
        self.brake(&mut work).await?;
        Ok(work)
    }

    /// What a reading tells about the item, whatever is decided about it.
    fn note(&self, link: &mut Link, item: &ObservedItem, names: &Names) {
        category::follow_name(link, item, names, self.rules());
        link.kind = item.kind;
        link.message_id = item.message_id.clone().or(link.message_id.take());
        link.series.clone_from(&item.series);
        link.is_organizer = item.is_organizer;
        let own = mailbox_side(Reading::Found(item), Some(link), names, self.rules());
        series::note_bearing(link, own);
        self.answer_for_organization(link);
    }

    /// While the switch is off tracked mail is not read, and shown as dormant.
    pub(super) fn dormant(&self, readings: &Readings) -> Vec<Work> {
        if self.settings.track_categorized_items {
            return Vec::new();
        }
        let asleep = |link: &&Link| {
            link.baseline == Baseline::Tracked
                && link.state != ItemState::Dormant
                && link.request.is_none()
                && !self.is_frozen(link)
                && !readings.contains_key(&link.key.handle)
        };
        let sleep = |link: &Link| Work {
            handle: link.key.handle.clone(),
            item: None,
            link: link.clone(),
            known: true,
            decision: self.decide_unseen(link),
            uncertain: false,
        };
        self.links.values().filter(asleep).map(sleep).collect()
    }

    fn decide_unseen(&self, link: &Link) -> Decision {
        let facts = Facts {
            reading: Reading::Unreadable,
            mailbox: MailboxSide::Without,
            inherited: false,
            bears_undeliverable: false,
            link: Some(link),
            crm: link.crm,
            switch_on: self.settings.track_categorized_items,
            first_sweep_after_switch_on: false,
            master: self.master,
            tombstone: false,
            copy_of_linked: false,
            is_internal: false,
            is_field_source: false,
            now: self.now(),
        };
        decide(&facts, self.rules())
    }

    pub(super) fn key_of(&self, handle: &ItemHandle) -> LinkKey {
        LinkKey {
            organization: self.lease.organization,
            mailbox: self.row.id,
            handle: handle.clone(),
        }
    }

    pub(super) fn bears(&self, item: &ObservedItem, names: &Names) -> bool {
        mailbox_side(Reading::Found(item), None, names, self.rules()) != MailboxSide::Without
    }

    fn decide_first(
        &self,
        item: Option<&ObservedItem>,
        link: Option<&Link>,
        names: &Names,
    ) -> Decision {
        let known = Known {
            crm: link.map_or(CrmSide::NotLinked, |link| link.crm),
            tombstone: link.is_some_and(|link| self.has_tombstone(link)),
            copy_of_linked: false,
            is_internal: false,
        };
        self.decide_with(item, link, names, &known)
    }

    /// The rules' answer for one item.
    pub(super) fn decide_with(
        &self,
        item: Option<&ObservedItem>,
        link: Option<&Link>,
        names: &Names,
        known: &Known,
    ) -> Decision {
        let (mailbox, inherited) = self.side(item, link, names);
        let facts = Facts {
            reading: item.map_or(Reading::Gone, Reading::Found),
            mailbox,
            inherited,
            bears_undeliverable: item
                .is_some_and(|item| bears_undeliverable(item, names, self.rules())),
            link,
            crm: known.crm,
            switch_on: self.settings.track_categorized_items,
            first_sweep_after_switch_on: self.first_sweep_after_switch_on,
            master: self.master,
            tombstone: known.tombstone,
            copy_of_linked: known.copy_of_linked,
            is_internal: known.is_internal,
            is_field_source: item.is_some_and(|item| self.sources.contains(&item.handle)),
            now: self.now(),
        };
        decide(&facts, self.rules())
    }

    pub(super) fn has_tombstone(&self, link: &Link) -> bool {
        let (Some(source_key), Some(direction)) = (&link.source_key, link.direction) else {
            return false;
        };
        let (mailbox, source_key) = (self.row.id, source_key.clone());
        self.tombstones.contains(&Tombstone { mailbox, source_key, direction })
    }

    /// Beyond the allowance, decisions that end tracking wait for one full cycle and are applied
    /// only when they still hold, the master entry exists and the CRM still answers.
    async fn brake(&mut self, work: &mut [Work]) -> Result<(), EngineError> {
        if !work.iter().any(|item| item.decision.ends_tracking || self.is_missing(item)) {
            return Ok(());
        }
        let mut holds = false;
        let mut allowance = self.allowance().await?;
        let now = self.now();
        let cycle = self.cycle_length();
        let ripe = |held: &HeldDecision| now.since(held.held_since) >= cycle;
        // Asked only when it matters: an ordinary untrack costs the CRM one write and no more.
        let release = self.held.values().any(ripe) && self.canary_answers().await;
        for item in work.iter_mut() {
            let held = self.held.get(&item.handle);
            let since = held.map(|held| held.held_since);
            let is_released = held.is_some_and(|held| held.released_at.is_some());
            if brake::waits_for_person(self.is_missing(item), is_released, self.rules()) {
                hold(item, Reason::MissingInCrm, since.unwrap_or(now), &mut self.held);
                self.report.held += 1;
                holds = true;
                continue;
            }
            if !item.decision.ends_tracking || is_released || (release && held.is_some_and(ripe)) {
                continue;
            }
            let by_user = is_users_act(item.decision.reason);
            if since.is_none() && allowance.take(by_user) {
                continue;
            }
            hold(item, Reason::Held, since.unwrap_or(now), &mut self.held);
            self.report.held += 1;
            holds = true;
        }
        if holds {
            self.raise_for_held();
        }
        Ok(())
    }

    /// The item's tracking would end only because its record is missing in the CRM.
    fn is_missing(&self, item: &Work) -> bool {
        self.missing.contains(&item.handle) && rests_on_crm(item)
    }

    async fn allowance(&self) -> Result<Allowance, EngineError> {
        let organization = self.lease.organization;
        let store = &self.engine.parts.store;
        let since = self.now().minus(self.cycle_length());
        let endings = store.endings(organization, since).await?;
        let here = endings.iter().filter(|ended| ended.key.mailbox == self.row.id).count();
        let everywhere = endings.iter().filter(|ended| !ended.by_user).count();
        let tracked = self.tracked_here().await?;
        let all = usize::try_from(store.tracked_count(organization).await?).unwrap_or(usize::MAX);
        Ok(Allowance {
            mailbox: brake::allowance(tracked + here, here, self.rules()),
            organization: brake::allowance(all + everywhere, everywhere, self.rules()),
        })
    }

    /// A record that is known to exist is still there.
    async fn canary_answers(&self) -> bool {
        let linked = self.links.values().filter(|link| link.crm == CrmSide::Linked);
        let canaries: Vec<_> = linked.filter_map(|link| link.activity).take(CANARIES).collect();
        if canaries.is_empty() {
            return true;
        }
        self.crm.existing(&canaries).await.is_ok_and(|found| !found.is_empty())
    }
}

/// Nothing but the wish about it is known of the item: a lost ledger may have known that it was
/// linked, and a tombstone needs the name of its message.
const fn is_strange(link: &Link) -> bool {
    link.source_key.is_none()
}

/// The decision follows from what the CRM has, and would take the category off or make the record
/// again; or it waits until the item is shown as it is after our own write, when nobody would know
/// any more that nothing told of a deletion. Where a person took the category off already, nothing
/// is written and nothing can be lost by it.
fn rests_on_crm(item: &Work) -> bool {
    match item.decision.reason {
        // Nobody assigned the category again to what was linked until now.
        Reason::UntrackedInCrm | Reason::RecordDeletedInCrm | Reason::ReassignedAfterDeletion => {
            true
        }
        Reason::OwnWrite => {
            item.link.baseline == Baseline::Tracked && item.link.crm != CrmSide::Linked
        }
        _ => false,
    }
}

fn hold(
    item: &mut Work,
    why: Reason,
    since: Instant,
    held: &mut std::collections::BTreeMap<ItemHandle, HeldDecision>,
) {
    // What waits for a person says so, also while something else is held of it; else it is told what
    // was decided.
    let waits = held.get(&item.handle).is_some_and(super::is_doubtful);
    let told = match why {
        Reason::Held if waits => Reason::MissingInCrm,
        Reason::Held => item.decision.reason,
        _ => why,
    };
    let decision = HeldDecision {
        key: item.link.key.clone(),
        reason: told.code().to_owned(),
        held_since: since,
        released_at: None,
    };
    held.insert(item.handle.clone(), decision);
    item.decision = Decision::nothing(why, ItemState::Held);
    item.uncertain = false;
}
