//! The CRM side of one item: what it is, whether its record exists, making and linking it.

use super::{
    Cycle,
    apply::{Side, Stop},
    plan::Known,
};
use earmark_crm_port::{CrmLink, FoundRecord, Lookup, LookupRequest, NaturalKey, Promoted};
use earmark_ledger::{EpochKey, EpochRow};
use earmark_mailbox_port::{Detail, ItemRead};
use earmark_model::{
    ActivityDraft, ActivityId, Baseline, CrmSide, Failure, FailureClass, ItemContent, ItemState,
    Link, MessageContent, ObservedItem, RefusalPolicy, Regarding, RequestOrigin, identity,
};
use earmark_tracking::{
    Decision, Effect, Reason, Settle,
    direction::direction,
    eligibility,
    find::{Candidate, Found, Wanted, find},
    parties::{Match, Resolution, parties},
    record::{self, Confirmed, Identified},
};
use std::collections::BTreeMap;

/// What only the item's content and the CRM can tell.
pub(super) struct Recalled {
    pub(super) item: ObservedItem,
    content: MessageContent,
    identified: Identified,
    epoch: EpochRow,
    lookup: Lookup,
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
        let read = self
            .mailbox
            .item(item.kind, &item.handle, Detail::Content)
            .await
            .map_err(fail(Side::Mailbox))?;
        let ItemRead::Found { item, content: Some(content) } = read else {
            return Err(Stop::Settled(self.gone(link)));
        };
        let ItemContent::Message(content) = *content else {
            return Err(Stop::Settled(left_alone(Reason::UnsupportedKind)));
        };
        // Whoever only asks what an unknown outcome left behind makes no record.
        if decision.needs_record() {
            if let Some(reason) = eligibility::hard_limit(&content, self.rules()) {
                return Err(Stop::Settled(left_alone(reason)));
            }
            if !eligibility::has_valid_sender(&content) {
                return Err(fail(Side::Crm)(invalid_sender()));
            }
        }
        let identified = self.identify(&item, &content, link);
        record::identify(link, &identified);
        let mut epoch = self.epoch(&item, &identified).await.map_err(fail(Side::Crm))?;
        let request = self.lookup_request(&item, &content, &identified, &epoch);
        let lookup = self.crm.lookup(&request).await.map_err(fail(Side::Crm))?;
        // The CRM's feed may tell of the deletion only later.
        epoch.deleted |= epoch.activity.is_some_and(|activity| is_missing(activity, &lookup));
        if let Some(activity) = lookup.linked_to {
            link.crm = CrmSide::Linked;
            link.activity = Some(activity);
            link.linked_at = link.linked_at.or(Some(self.now()));
        }
        Ok(Recalled { item, content, identified, epoch, lookup })
    }

    /// The same rules, on the full facts.
    pub(super) fn decide_again(&self, recalled: &Recalled, link: &Link) -> Decision {
        let crm = match link.crm {
            CrmSide::NotLinked if recalled.epoch.deleted => CrmSide::RecordDeleted,
            // Somebody assigned the category anew before: that record is there for this item too.
            CrmSide::RecordDeleted if is_succeeded(&recalled.epoch, link) => CrmSide::NotLinked,
            other => other,
        };
        let known = Known {
            crm,
            tombstone: self.has_tombstone(link),
            copy_of_linked: self.is_copy(recalled, link),
        };
        self.decide_with(Some(&recalled.item), Some(link), &self.names(), &known)
    }

    /// Finds the record or creates it, and links the item to it.
    pub(super) async fn track(
        &self,
        recalled: &Recalled,
        link: &Link,
        raise_epoch: bool,
        regarding: Option<Option<&Regarding>>,
        effect: &Effect,
    ) -> Result<(ActivityId, EpochRow), Stop> {
        let fail = |failure| Stop::Failed(Side::Crm, effect.clone(), failure);
        let mut row = recalled.epoch.clone();
        let deleted = self.record_of(&row, &recalled.item);
        if raise_epoch {
            row.epoch += 1;
            row.deleted = false;
        }
        let crm_link = self.crm_link(&recalled.item);
        let activity = match self.find(recalled, raise_epoch.then_some(deleted)) {
            Found::OtherContent => {
                return Err(Stop::Settled(left_alone(Reason::SameMessageIdOtherContent)));
            }
            Found::Link(activity) => {
                if recalled.lookup.linked_to != Some(activity) || regarding.is_some() {
                    self.crm.link(&crm_link, activity, regarding).await.map_err(fail)?;
                }
                activity
            }
            Found::Create => {
                let draft = self.draft(recalled, &row, link, regarding);
                match self.crm.promote(&draft, &crm_link).await.map_err(fail)? {
                    Promoted::Created(activity) | Promoted::AlreadyThere(activity) => activity,
                }
            }
        };
        row.activity = Some(activity);
        Ok((activity, row))
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
            self.crm.link(&crm_link, activity, Some(regarding.as_ref())).await.map_err(fail)?;
            return Ok(Confirmed::RegardingSet);
        }
        self.crm.unlink(&crm_link, activity).await.map_err(fail)?;
        Ok(Confirmed::Unlinked)
    }

    fn identify(&self, item: &ObservedItem, content: &MessageContent, link: &Link) -> Identified {
        if let (Some(source_key), Some(direction)) = (&link.source_key, link.direction) {
            let discriminator = link.discriminator.clone();
            return Identified { source_key: source_key.clone(), direction, discriminator };
        }
        let sender = content.from.as_ref().map(|from| from.address.as_str());
        let direction =
            direction(item.folder, sender, &self.row.address, content.has_transport, self.rules());
        let discriminator = identity::discriminator(direction, self.settings.two_activities);
        Identified {
            source_key: identity::email_source_key(item.message_id.as_deref(), content),
            direction,
            discriminator: discriminator.to_owned(),
        }
    }

    async fn epoch(
        &self,
        item: &ObservedItem,
        identified: &Identified,
    ) -> Result<EpochRow, Failure> {
        let key = EpochKey {
            kind: item.kind,
            source_key: identified.source_key.clone(),
            discriminator: identified.discriminator.clone(),
        };
        let store = &self.engine.parts.store;
        let rows = store
            .epochs(self.lease.organization, vec![key.clone()])
            .await
            .map_err(|error| Failure::new(FailureClass::Bug, "Ledger", error.to_string()))?;
        let fresh = EpochRow { key, epoch: 0, deleted: false, activity: None };
        Ok(rows.into_iter().next().unwrap_or(fresh))
    }

    fn lookup_request(
        &self,
        item: &ObservedItem,
        content: &MessageContent,
        identified: &Identified,
        epoch: &EpochRow,
    ) -> LookupRequest {
        let lists = [&content.to, &content.cc, &content.bcc];
        let recipients = lists.into_iter().flatten();
        let senders = content.from.iter().chain(content.sender.iter());
        let mut addresses: Vec<String> = senders
            .chain(recipients)
            .map(|address| address.address.trim().to_lowercase())
            .filter(|address| !address.is_empty())
            .collect();
        addresses.sort();
        addresses.dedup();
        LookupRequest {
            kind: item.kind,
            key: NaturalKey::MessageId(item.message_id.clone()),
            id: identity::record_id(
                self.lease.organization,
                item.kind,
                &identified.source_key,
                &identified.discriminator,
                epoch.epoch,
            ),
            link: self.crm_link(item),
            addresses,
        }
    }

    fn crm_link(&self, item: &ObservedItem) -> CrmLink {
        CrmLink { mailbox: self.row.id, handle: item.handle.clone() }
    }

    fn record_of(&self, row: &EpochRow, item: &ObservedItem) -> ActivityId {
        row.activity.unwrap_or_else(|| {
            let key = &row.key;
            identity::record_id(
                self.lease.organization,
                item.kind,
                &key.source_key,
                &key.discriminator,
                row.epoch,
            )
        })
    }

    fn find(&self, recalled: &Recalled, except: Option<ActivityId>) -> Found {
        if let Some(linked) = recalled.lookup.linked_to {
            return Found::Link(linked);
        }
        let candidates: Vec<Candidate> = recalled.lookup.records.iter().map(candidate).collect();
        let sender = recalled.content.from.as_ref().map(|from| from.address.to_lowercase());
        let wanted = Wanted {
            direction: recalled.identified.direction,
            sender: sender.as_deref(),
            sent: recalled.content.sent,
            two_activities: self.settings.two_activities,
            except,
        };
        find(&candidates, &wanted, self.rules())
    }

    fn draft(
        &self,
        recalled: &Recalled,
        epoch: &EpochRow,
        link: &Link,
        regarding: Option<Option<&Regarding>>,
    ) -> ActivityDraft {
        let owner = self.row.owner.record_owner();
        let resolution = Resolution {
            owner,
            resolve_inactive: self.settings.resolve_inactive,
            unresolve_ambiguous_sender: self.settings.unresolve_ambiguous_sender,
            unresolve_ambiguous_recipients: self.settings.unresolve_ambiguous_recipients,
        };
        let accepted_for = link.request.as_ref().and_then(|request| match &request.origin {
            RequestOrigin::Automatic { accepted_for } => Some(*accepted_for),
            RequestOrigin::Person | RequestOrigin::Copy => None,
        });
        let identified = &recalled.identified;
        ActivityDraft {
            id: identity::record_id(
                self.lease.organization,
                recalled.item.kind,
                &identified.source_key,
                &identified.discriminator,
                epoch.epoch,
            ),
            kind: recalled.item.kind,
            direction: identified.direction,
            message_id: recalled.item.message_id.clone(),
            parties: parties(
                &recalled.content,
                &matches(&recalled.lookup),
                &resolution,
                self.rules(),
            ),
            occurrence: None,
            content: ItemContent::Message(recalled.content.clone()),
            regarding: regarding.flatten().cloned(),
            owner,
            mailbox: self.row.id,
            accepted_for,
        }
    }

    /// A second item with the `Message-ID` and direction of a linked one in this mailbox, made
    /// after that link was confirmed.
    fn is_copy(&self, recalled: &Recalled, link: &Link) -> bool {
        let Some(created) = recalled.item.created.filter(|_| self.settings.ignore_copied_items)
        else {
            return false;
        };
        // The instants come first: they tell nearly all links apart without comparing texts.
        self.links.values().any(|other| {
            other.linked_at.is_some_and(|linked| created > linked)
                && other.baseline == Baseline::Tracked
                && other.direction == Some(recalled.identified.direction)
                && other.source_key.as_deref() == Some(recalled.identified.source_key.as_str())
                && other.key != link.key
        })
    }

    fn gone(&self, link: &Link) -> Decision {
        let known = Known { crm: link.crm, tombstone: false, copy_of_linked: false };
        self.decide_with(None, Some(link), &self.names(), &known)
    }
}

/// Whether a record that was there is not there any more.
fn is_missing(activity: ActivityId, lookup: &Lookup) -> bool {
    let is_found = lookup.records.iter().any(|record| record.id == activity);
    !is_found && lookup.linked_to != Some(activity)
}

/// Whether the link's deleted record has a successor in the present epoch.
fn is_succeeded(epoch: &EpochRow, link: &Link) -> bool {
    !epoch.deleted && epoch.activity.is_some() && epoch.activity != link.activity
}

fn first_track(decision: &Decision) -> Effect {
    decision
        .effects
        .iter()
        .find(|effect| matches!(effect, Effect::Track { .. }))
        .cloned()
        .unwrap_or(Effect::Track { raise_epoch: false, regarding: None })
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

fn invalid_sender() -> Failure {
    Failure::new(
        FailureClass::Refused { policy: RefusalPolicy::Counted },
        "InvalidSender",
        "the message has no usable sender; correct its From header",
    )
}

fn circuit_open() -> Failure {
    Failure::new(
        FailureClass::Unavailable,
        "CircuitOpen",
        "the CRM is out of order; attempts go on once it answers",
    )
}
