//! The CRM side of one item: what it is, whether its record exists, making and linking it.

use super::{
    Cycle,
    apply::{Side, Stop},
    fields,
    follow::{note_zone, version_read},
    merge::as_the_record,
    plan::Known,
};
use earmark_crm_port::{
    CrmLink, FoundRecord, Lookup, LookupRequest, NaturalKey, Promoted, Updated,
};
use earmark_ledger::EpochRow;
use earmark_mailbox_port::ItemRead;
use earmark_model::{
    ActivityDraft, ActivityId, Baseline, Cause, CrmSide, Direction, Failure, FailureClass,
    ItemContent, ItemKind, ItemState, Link, ObservedItem, Occurrence, PrincipalId, Regarding,
    RequestOrigin, Version, activity::Party,
};
use earmark_tracking::{
    Decision, Effect, Reason, Settle, copies, eligibility,
    fields::follows,
    find::{Candidate, Found, Wanted, find, find_by_key},
    owner::{People, Tracker, owner},
    parties::{Match, Resolution, parties},
    queues::{self, QueueSettings},
    record::{self, Confirmed, Identified},
};
use std::collections::BTreeMap;

/// What only the item's content and the CRM can tell.
pub(super) struct Recalled {
    pub(super) item: ObservedItem,
    pub(super) content: ItemContent,
    pub(super) identified: Identified,
    epoch: EpochRow,
    lookup: Lookup,
    occurrence: Option<Occurrence>,
    /// The version that is dealt with once the record is there.
    version: Version,
}

impl Recalled {
    /// The CRM has no link for the item.
    const fn is_unlinked(&self) -> bool {
        self.lookup.linked_to.is_none()
    }

    /// The record of the link, which was deleted, is there again: after a lost ledger it is made
    /// again under the id that it had.
    fn has_again(&self, link: &Link) -> bool {
        self.lookup.records.iter().any(|record| Some(record.id) == link.activity)
    }
}

impl Cycle<'_> {
    /// Reads the item with its content, and the CRM's answer about it, in one read each.
    pub(super) async fn recall(
        &self,
        item: &ObservedItem,
        link: &mut Link,
        decision: &Decision,
    ) -> Result<Recalled, Stop> {
        let effect = first_track(decision);
        let fail = |side| {
            let effect = effect.clone();
            move |failure| Stop::Failed(side, effect, failure)
        };
        if self.crm_is_down() {
            return Err(fail(Side::Crm)(circuit_open()));
        }
        let read = self.read_content(item).await.map_err(fail(Side::Mailbox))?;
        let ItemRead::Found { item: fresh, content: Some(content) } = read else {
            return Err(Stop::Settled(self.gone(link)));
        };
        let content = *content;
        if !fits(fresh.kind, &content) {
            return Err(Stop::Settled(left_alone(Reason::UnsupportedKind)));
        }
        // Whoever only asks what an unknown outcome left behind makes no record.
        if decision.needs_record() {
            if let Some(reason) = eligibility::hard_limit(&content, self.rules()) {
                return Err(Stop::Settled(left_alone(reason)));
            }
            if !eligibility::has_valid_sender(&content, self.rules()) {
                return Err(fail(Side::Crm)(invalid_sender()));
            }
        }
        let is_first_reading = link.source_key.is_none();
        note_zone(link, &content);
        let identified = self.identify(&fresh, &content, link);
        record::identify(link, &identified);
        if is_first_reading
            && decision.reason == Reason::CategoryAssigned
            && eligibility::has_senders_category(&content, &self.names(), self.rules())
        {
            return Err(Stop::Settled(left_alone(Reason::CategoryFromSender)));
        }
        let mut epoch = self.epoch(fresh.kind, &identified).await.map_err(fail(Side::Crm))?;
        let occurrence = self.occurrence(&fresh, &content).await.map_err(fail(Side::Crm))?;
        let id = self.id_of(&epoch);
        let request = self.lookup_request(&fresh, &content, id, epoch.activity);
        let lookup = self.crm.lookup(&request).await.map_err(fail(Side::Crm))?;
        let missing = epoch.activity.filter(|activity| is_missing(*activity, &request, &lookup));
        if let Some(activity) = missing.filter(|_| !epoch.deleted) {
            // The CRM's feed may tell of the deletion only later; and what was just made may be
            // found by queries only later, so that its id has to be asked for.
            let existing = self.crm.existing(&[activity]).await.map_err(fail(Side::Crm))?;
            epoch.deleted = existing.is_empty();
        }
        // Deleted once, it is there again with the CRM's backup: a second one is not made.
        epoch.deleted &= !epoch.activity.is_some_and(|activity| is_found(activity, &lookup));
        if let Some(activity) = lookup.linked_to {
            link.crm = CrmSide::Linked;
            record::point_to(link, activity);
            link.linked_at = link.linked_at.or(Some(self.now()));
        } else if link.crm == CrmSide::Linked
            && (link.baseline == Baseline::Untracked
                || decision.reason == Reason::RequestedByPerson)
        {
            link.crm = CrmSide::NotLinked;
        }
        let version = version_read(item, &fresh);
        Ok(Recalled { item: fresh, content, identified, epoch, lookup, occurrence, version })
    }

    /// The same rules, on the full facts.
    pub(super) fn decide_again(&self, recalled: &Recalled, link: &Link) -> Decision {
        let crm = match link.crm {
            CrmSide::NotLinked if recalled.epoch.deleted => CrmSide::RecordDeleted,
            // Somebody assigned the category anew before: that record is there for this item too.
            CrmSide::RecordDeleted
                if is_succeeded(&recalled.epoch, link) || recalled.has_again(link) =>
            {
                CrmSide::NotLinked
            }
            other => other,
        };
        let known = Known {
            crm,
            tombstone: self.has_tombstone(link),
            copy_of_linked: self.is_copy(recalled, link),
            is_internal: self.is_internal_copy(
                &recalled.item,
                recalled.identified.direction,
                link,
                recalled.lookup.records.iter().map(|record| record.direction),
            ),
        };
        self.decide_with(Some(&recalled.item), Some(link), &self.names(), &known)
    }

    /// Finds the record or creates it, and links the item to it. `resumed` says that an attempt
    /// was begun before whose outcome nobody knows.
    pub(super) async fn track(
        &self,
        recalled: &Recalled,
        link: &Link,
        raise_epoch: bool,
        regarding: Option<Option<&Regarding>>,
        resumed: bool,
        effect: &Effect,
    ) -> Result<Tracked, Stop> {
        let fail = |failure| Stop::Failed(Side::Crm, effect.clone(), failure);
        let mut epoch = recalled.epoch.clone();
        let deleted = epoch.activity.unwrap_or_else(|| self.id_of(&epoch));
        if raise_epoch {
            epoch.epoch += 1;
            epoch.deleted = false;
        }
        let crm_link = self.crm_link(&recalled.item);
        let draft = ActivityDraft {
            regarding: regarding.flatten().cloned(),
            accepted_for: accepted_for(link),
            ..self.draft_of(recalled, self.id_of(&epoch))
        };
        let (activity, source) = match self.find(recalled, raise_epoch.then_some(deleted)) {
            Found::OtherContent => {
                return Err(Stop::Settled(left_alone(Reason::SameMessageIdOtherContent)));
            }
            // An occurrence that the CRM made out of the pattern of its series becomes the
            // exception that the item is; one that an item gave its values stays as it is.
            Found::Link(found) if recalled.occurrence.is_some() && recalled.is_unlinked() => {
                let given = recalled.epoch.activity.is_some()
                    || self.is_shared(found, link).await.map_err(fail)?;
                let promoted = self.crm.promote(&draft, &crm_link).await.map_err(fail)?;
                let (Promoted::Created(activity) | Promoted::AlreadyThere(activity)) = promoted;
                if regarding.is_some() {
                    self.link(&crm_link, activity, regarding).await.map_err(fail)?;
                }
                (activity, if given { Values::Other } else { Values::Drafted })
            }
            Found::Link(activity) => {
                if recalled.lookup.linked_to != Some(activity) || regarding.is_some() {
                    self.wait_in_own_queue(recalled, activity).await.map_err(fail)?;
                    self.link(&crm_link, activity, regarding).await.map_err(fail)?;
                }
                let own = resumed && activity == draft.id;
                (activity, if own { Values::Perhaps } else { Values::Other })
            }
            Found::Create if !copies::may_make_record(link.request.as_ref(), self.rules()) => {
                // What was just made may be found by queries only later; its id is known.
                let is_shown = recalled.lookup.records.iter().any(|found| found.id == draft.id);
                if is_shown || self.crm.existing(&[draft.id]).await.map_err(fail)?.is_empty() {
                    return Err(Stop::Settled(without_record()));
                }
                self.wait_in_own_queue(recalled, draft.id).await.map_err(fail)?;
                self.link(&crm_link, draft.id, regarding).await.map_err(fail)?;
                (draft.id, Values::Other)
            }
            Found::Create => {
                let conflict =
                    self.in_conflict(&draft, &recalled.item, link).await.map_err(fail)?;
                if let Some(instead) = conflict {
                    return Err(Stop::Settled(instead));
                }
                match self.crm.promote(&draft, &crm_link).await.map_err(fail)? {
                    Promoted::Created(activity) => (activity, Values::Drafted),
                    Promoted::AlreadyThere(activity) => (activity, Values::Other),
                }
            }
        };
        epoch.activity = Some(activity);
        let fields = self.fields_after(recalled, link, activity, source).await.map_err(fail)?;
        Ok(Tracked { activity, epoch, fields, parties: draft.parties })
    }

    /// Links the item to a record that is there. What it is to be about and is gone since somebody
    /// asked for it is left out, as it is where the record is made.
    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        match self.crm.link(link, activity, regarding).await {
            Err(failure) if is_about_regarding(&failure) => {
                tracing::warn!(activity.id = %activity, code = %failure.code,
                    "the record to be set regarding is gone; the activity is linked without it");
                self.crm.link(link, activity, None).await
            }
            answer => answer,
        }
    }

    /// Puts a record that is there into the queue whose copy of it turned up. Before the link is
    /// made, so that a lost attempt is made again.
    async fn wait_in_own_queue(
        &self,
        recalled: &Recalled,
        activity: ActivityId,
    ) -> Result<(), Failure> {
        let queue = queues::of_later_copy(
            recalled.item.kind,
            recalled.identified.direction,
            self.row.owner.queue(),
            self.queue_settings(),
            self.rules(),
        );
        match queue {
            Some(queue) if recalled.is_unlinked() => {
                self.crm.put_in_queues(activity, &[queue]).await
            }
            _ => Ok(()),
        }
    }

    const fn queue_settings(&self) -> QueueSettings {
        QueueSettings {
            of_recipients: self.settings.queue_items_of_recipients,
            of_mailbox: self.settings.queue_item_of_mailbox,
        }
    }

    /// What the record has of the item's fields now that both are linked.
    async fn fields_after(
        &self,
        recalled: &Recalled,
        link: &Link,
        activity: ActivityId,
        values: Values,
    ) -> Result<Option<Confirmed>, Failure> {
        if !follows(recalled.item.kind) {
            return Ok(None);
        }
        let version = recalled.version.clone();
        let hash = fields::hash(&recalled.content);
        let as_given = |compared| Confirmed::Fields { version: version.clone(), hash, compared };
        let known = link.synced_hash.filter(|_| link.activity == Some(activity));
        let outdated = match values {
            Values::Drafted => false,
            // The lost attempt was ours, and the item may have changed since.
            Values::Perhaps => known != Some(hash),
            // Linked again, it still knows what it last gave the record. What others gave a record
            // stays until the item changes.
            Values::Other => known.is_some_and(|known| known != hash),
        };
        let draft = self.draft_of(recalled, activity);
        if !outdated {
            let is_known = known.is_some() && !link.synced_fields.is_empty();
            let compared = if is_known { None } else { Some(self.compared(&draft).await?) };
            // What others gave a record is where a new link begins; a link that only the ledger
            // lost leaves both sides as they are.
            let begins = matches!(values, Values::Other) && link.crm != CrmSide::Linked;
            let compared = if begins { compared.map(as_the_record) } else { compared };
            return Ok(Some(as_given(compared)));
        }
        if self.is_shared(activity, link).await? {
            // Which of the links gives the record its fields is asked in the next cycle.
            // Until then what differs is nobody's change in the CRM.
            if known.is_some() {
                return Ok(None);
            }
            return Ok(Some(as_given(Some(as_the_record(self.compared(&draft).await?)))));
        }
        Ok(Some(match self.crm.update(&draft, &[]).await? {
            Updated::Done => as_given(Some(self.compared(&draft).await?)),
            Updated::Closed => Confirmed::OtherFields { version },
        }))
    }

    /// What an item that turned out to be linked has in common with its record.
    pub(super) async fn fields_found(
        &self,
        recalled: &Recalled,
        link: &Link,
        resumed: bool,
    ) -> Result<Option<Confirmed>, Stop> {
        let Some(activity) = link.activity.filter(|_| link.crm == CrmSide::Linked) else {
            return Ok(None);
        };
        let own = resumed && activity == self.id_of(&recalled.epoch);
        let values = if own { Values::Perhaps } else { Values::Other };
        let fields = self.fields_after(recalled, link, activity, values).await;
        fields.map_err(|failure| Stop::Failed(Side::Crm, Effect::Update, failure))
    }

    /// Unlinking, and setting the regarding of a linked record.
    pub(super) async fn in_crm(&self, link: &Link, effect: &Effect) -> Result<Confirmed, Stop> {
        let fail = |failure| Stop::Failed(Side::Crm, effect.clone(), failure);
        if self.crm_is_down() {
            return Err(fail(circuit_open()));
        }
        let Some(activity) = link.activity else { return Ok(Confirmed::Unlinked) };
        let crm_link = CrmLink { mailbox: link.key.mailbox, handle: link.key.handle.clone() };
        if let Effect::SetRegarding(regarding) = effect {
            self.link(&crm_link, activity, Some(regarding.as_ref())).await.map_err(fail)?;
            return Ok(Confirmed::RegardingSet);
        }
        self.crm.unlink(&crm_link, activity).await.map_err(fail)?;
        Ok(Confirmed::Unlinked)
    }

    fn find(&self, recalled: &Recalled, except: Option<ActivityId>) -> Found {
        if let Some(linked) = recalled.lookup.linked_to {
            return Found::Link(linked);
        }
        let candidates: Vec<Candidate> = recalled.lookup.records.iter().map(candidate).collect();
        let message = match &recalled.content {
            ItemContent::Message(message) => message,
            ItemContent::Appointment(_) => {
                return find_by_key(&candidates, None, except, self.rules());
            }
            ItemContent::Task(task) => {
                let carried = self.carried(task.back_link);
                return find_by_key(&candidates, carried, except, self.rules());
            }
        };
        let sender = message.from.as_ref().map(|from| from.address.to_lowercase());
        let wanted = Wanted {
            direction: recalled.identified.direction,
            sender: sender.as_deref(),
            sent: message.sent,
            two_activities: self.settings.two_activities,
            except,
        };
        find(&candidates, &wanted, self.rules())
    }

    pub(super) fn draft_of(&self, recalled: &Recalled, id: ActivityId) -> ActivityDraft {
        let Recalled { item, content, identified, lookup, occurrence, .. } = recalled;
        let draft = self.draft(id, item, content, identified.direction, lookup);
        ActivityDraft { occurrence: *occurrence, ..draft }
    }

    /// What the record with this id is to say, by the item alone.
    pub(super) fn draft(
        &self,
        id: ActivityId,
        item: &ObservedItem,
        content: &ItemContent,
        direction: Direction,
        lookup: &Lookup,
    ) -> ActivityDraft {
        let tracker =
            Tracker { owner: self.row.owner.record_owner(), queue: self.row.owner.queue() };
        let resolution = Resolution {
            owner: tracker.owner,
            resolve_inactive: self.settings.resolve_inactive,
            unresolve_ambiguous_sender: self.settings.unresolve_ambiguous_sender,
            unresolve_ambiguous_recipients: self.settings.unresolve_ambiguous_recipients,
        };
        let (matches, rules) = (matches(lookup), self.rules());
        let parties = parties(content, &matches, &resolution, rules);
        let people = People { parties: &parties, matches: &matches };
        ActivityDraft {
            id,
            kind: item.kind,
            direction,
            message_id: item.message_id.clone(),
            owner: owner(content, direction, &people, &tracker, rules),
            queues: queues::of_new_record(
                item.kind,
                direction,
                &parties,
                tracker.queue,
                self.queue_settings(),
                rules,
            ),
            parties,
            occurrence: None,
            content: content.clone(),
            regarding: None,
            mailbox: self.row.id,
            accepted_for: None,
        }
    }

    fn gone(&self, link: &Link) -> Decision {
        let known =
            Known { crm: link.crm, tombstone: false, copy_of_linked: false, is_internal: false };
        self.decide_with(None, Some(link), &self.names(), &known)
    }
}

/// A record that an item is linked to.
pub(super) struct Tracked {
    pub(super) activity: ActivityId,
    pub(super) epoch: EpochRow,
    /// What the record has of the item's fields, where it is kept in step.
    pub(super) fields: Option<Confirmed>,
    /// Who takes part in it.
    pub(super) parties: Vec<Party>,
}

/// Whose values a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// Those of the draft.
    Drafted,
    /// Those of an earlier draft of ours, perhaps.
    Perhaps,
    /// What somebody else gave it.
    Other,
}

const fn fits(kind: ItemKind, content: &ItemContent) -> bool {
    match content {
        ItemContent::Message(_) => {
            matches!(kind, ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact)
        }
        ItemContent::Appointment(_) => matches!(kind, ItemKind::Appointment),
        ItemContent::Task(_) => matches!(kind, ItemKind::Task),
    }
}

fn accepted_for(link: &Link) -> Option<PrincipalId> {
    link.request.as_ref().and_then(|request| match &request.origin {
        RequestOrigin::Automatic { accepted_for } => Some(*accepted_for),
        RequestOrigin::Person | RequestOrigin::Copy => None,
    })
}

/// Whether a record that was there is not there any more. A task's is looked for by one of its
/// keys alone.
fn is_missing(activity: ActivityId, request: &LookupRequest, lookup: &Lookup) -> bool {
    if let NaturalKey::Task(carried) = request.key
        && carried != Some(activity)
        && request.id != activity
    {
        return false;
    }
    !is_found(activity, lookup)
}

fn is_found(activity: ActivityId, lookup: &Lookup) -> bool {
    let is_found = lookup.records.iter().any(|record| record.id == activity);
    is_found || lookup.linked_to == Some(activity)
}

/// Whether the link's deleted record has a successor in the present epoch.
fn is_succeeded(epoch: &EpochRow, link: &Link) -> bool {
    !epoch.deleted && epoch.activity.is_some() && epoch.activity != link.activity
}

/// What fails where the item or the CRM cannot be asked: the promotion. Where none was decided,
/// what an earlier one left behind is asked, and that uses up no attempt.
fn is_about_regarding(failure: &Failure) -> bool {
    matches!(&failure.class, FailureClass::Unacceptable { field } if field == "regarding")
}

pub(super) fn first_track(decision: &Decision) -> Effect {
    let is_track = |effect: &&Effect| matches!(effect, Effect::Track { .. });
    decision.effects.iter().find(is_track).cloned().unwrap_or(Effect::Unlink)
}

fn candidate(record: &FoundRecord) -> Candidate {
    Candidate {
        id: record.id,
        direction: record.direction,
        sender: record.sender.clone(),
        sent: record.sent,
        created: record.created,
    }
}

fn matches(lookup: &Lookup) -> BTreeMap<String, Vec<Match>> {
    let one = |found: &earmark_crm_port::PartyCandidate| Match {
        record: found.record.clone(),
        is_active: found.is_active,
        owner: found.owner,
        created: found.created,
        mail_owner: found.mail_owner,
        may_own: found.may_own,
    };
    lookup
        .candidates
        .iter()
        .map(|(address, found)| (address.clone(), found.iter().map(one).collect()))
        .collect()
}

/// The bearer is left alone until it is once seen without the category.
fn left_alone(reason: Reason) -> Decision {
    let settle =
        Settle { ignored: Some(true), serve_request: true, ..Settle::state(ItemState::NotTracked) };
    Decision::settled(reason, settle)
}

/// A copy for which there is no record of its direction.
fn without_record() -> Decision {
    let settle = Settle { serve_request: true, ..Settle::state(ItemState::NotTracked) };
    Decision::settled(Reason::CopyWithoutRecord, settle)
}

fn invalid_sender() -> Failure {
    Failure::refused(
        Cause::InvalidSender,
        "InvalidSender",
        "the message has no usable sender; correct its From header",
    )
}

pub(crate) fn circuit_open() -> Failure {
    Failure::new(
        FailureClass::Unavailable,
        "CircuitOpen",
        "the CRM is out of order; attempts go on once it answers",
    )
    .because(Cause::CircuitOpen)
}
