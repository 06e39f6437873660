//! Which record an item belongs to: source key, natural key, epoch, occurrence.

use super::{Cycle, promote::Recalled};
use earmark_crm_port::{CrmLink, LookupRequest, NaturalKey};
use earmark_ledger::{EpochKey, EpochRow, StoreError};
use earmark_model::{
    ActivityId, Baseline, CrmSide, Direction, Failure, FailureClass, ItemContent, ItemKind, Link,
    ObservedItem, Occurrence, identity,
};
use earmark_tracking::{direction::direction, parties, record::Identified};

/// How often the record of one task is thought to have been deleted and made again.
const EPOCHS_LOOKED_BACK: u32 = 8;

impl Cycle<'_> {
    /// Decided at the first link, never again. Direction and discriminator are a message's;
    /// meetings and tasks are neither sent nor received.
    pub(super) fn identify(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
    ) -> Identified {
        if let (Some(source_key), Some(direction)) = (&link.source_key, link.direction) {
            let discriminator = link.discriminator.clone();
            return Identified { source_key: source_key.clone(), direction, discriminator };
        }
        let incoming = |source_key| Identified {
            source_key,
            direction: Direction::Incoming,
            discriminator: String::new(),
        };
        match content {
            ItemContent::Message(message) => {
                let sender = message.from.as_ref().map(|from| from.address.as_str());
                let owner = &self.row.address;
                let transport = message.has_transport;
                let direction = direction(item.folder, sender, owner, transport, self.rules());
                let discriminator =
                    identity::discriminator(direction, self.settings.two_activities);
                Identified {
                    source_key: identity::email_source_key(item.message_id.as_deref(), message),
                    direction,
                    discriminator: discriminator.to_owned(),
                }
            }
            ItemContent::Appointment(appointment) => {
                let start = item.series.as_ref().map(|member| member.original_start);
                incoming(identity::appointment_source_key(&appointment.ical_uid, start))
            }
            ItemContent::Task(task) => {
                let moved =
                    task.back_link.and_then(|activity| self.key_before_move(link, activity));
                let handle = item.handle.as_str();
                incoming(moved.unwrap_or_else(|| identity::task_source_key(self.row.id, handle)))
            }
        }
    }

    /// A task that moved to another list has another id there; what it carries leads to the key
    /// that it had before. It may still carry a record that was deleted, where it was moved before
    /// it was given the one that was made instead.
    fn key_before_move(&self, link: &Link, carried: ActivityId) -> Option<String> {
        if !self.rules().back_link_found {
            return None;
        }
        let others = || {
            self.links
                .values()
                .filter(|other| other.kind == ItemKind::Task && other.key != link.key)
        };
        others()
            .find(|other| other.activity == Some(carried))
            .or_else(|| others().find(|other| self.had_record(other, carried)))?
            .source_key
            .clone()
    }

    /// Whether a task had this record, which was deleted, before the one that it has now.
    fn had_record(&self, task: &Link, activity: ActivityId) -> bool {
        let Some(source_key) = task.source_key.as_deref().filter(|_| task.activity.is_some())
        else {
            return false;
        };
        let of_epoch =
            |epoch| identity::record_id(self.lease.organization, task.kind, source_key, "", epoch);
        (0..EPOCHS_LOOKED_BACK).any(|epoch| of_epoch(epoch) == activity)
    }

    /// The present epoch of the source. The lookup may tell later that its record is gone.
    pub(super) async fn epoch(
        &self,
        kind: ItemKind,
        identified: &Identified,
    ) -> Result<EpochRow, Failure> {
        let key = EpochKey {
            kind,
            source_key: identified.source_key.clone(),
            discriminator: identified.discriminator.clone(),
        };
        let rows = self.epochs(key.clone()).await?;
        Ok(rows.unwrap_or(EpochRow { key, epoch: 0, deleted: false, activity: None }))
    }

    async fn epochs(&self, key: EpochKey) -> Result<Option<EpochRow>, Failure> {
        let store = &self.engine.parts.store;
        let rows = store.epochs(self.lease.organization, vec![key]).await.map_err(of_ledger)?;
        Ok(rows.into_iter().next())
    }

    /// Which occurrence of which series an exception is.
    pub(super) async fn occurrence(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
    ) -> Result<Option<Occurrence>, Failure> {
        let (Some(member), ItemContent::Appointment(appointment)) = (&item.series, content) else {
            return Ok(None);
        };
        let here = self
            .links
            .get(&member.master)
            .filter(|link| link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked)
            .and_then(|link| link.activity);
        let series = match here {
            Some(activity) => Some(activity),
            None => self.series_elsewhere(&appointment.ical_uid).await?,
        };
        Ok(Some(Occurrence { original_start: member.original_start, series }))
    }

    /// The record of a series that only other mailboxes track.
    async fn series_elsewhere(&self, ical_uid: &str) -> Result<Option<ActivityId>, Failure> {
        let key = EpochKey {
            kind: ItemKind::Appointment,
            source_key: identity::appointment_source_key(ical_uid, None),
            discriminator: String::new(),
        };
        let known = self.epochs(key).await?.filter(|row| !row.deleted);
        let Some(activity) = known.and_then(|row| row.activity) else { return Ok(None) };
        let links = self.links_to(vec![activity]).await?;
        let tracked = links.iter().any(|link| link.crm == CrmSide::Linked);
        Ok(tracked.then_some(activity))
    }

    /// Whether an item other than this one is linked to the record.
    pub(super) async fn is_shared(
        &self,
        activity: ActivityId,
        link: &Link,
    ) -> Result<bool, Failure> {
        let links = self.links_to(vec![activity]).await?;
        Ok(links.iter().any(|other| other.key != link.key && other.crm == CrmSide::Linked))
    }

    /// The links of all mailboxes to these records.
    async fn links_to(&self, activities: Vec<ActivityId>) -> Result<Vec<Link>, Failure> {
        let store = &self.engine.parts.store;
        store.links_to(self.lease.organization, activities).await.map_err(of_ledger)
    }

    /// What to ask the CRM before a record is made or given new values: `id` is the record that
    /// there is, or would be.
    pub(super) fn lookup_request(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        id: ActivityId,
        known: Option<ActivityId>,
    ) -> LookupRequest {
        let key = match content {
            ItemContent::Message(_) => NaturalKey::MessageId(item.message_id.clone()),
            ItemContent::Appointment(appointment) => NaturalKey::Appointment {
                ical_uid: appointment.ical_uid.clone(),
                original_start: item.series.as_ref().map(|member| member.original_start),
            },
            ItemContent::Task(task) => NaturalKey::Task(self.carried(task.back_link).or(known)),
        };
        let addresses = parties::addresses(content);
        LookupRequest { kind: item.kind, key, id, link: self.crm_link(item), addresses }
    }

    /// The record that a task carries, as far as that counts.
    pub(super) fn carried(&self, back_link: Option<ActivityId>) -> Option<ActivityId> {
        back_link.filter(|_| self.rules().back_link_found)
    }

    pub(super) fn crm_link(&self, item: &ObservedItem) -> CrmLink {
        CrmLink { mailbox: self.row.id, handle: item.handle.clone() }
    }

    /// The id that the record of an epoch has, or would have.
    pub(super) fn id_of(&self, row: &EpochRow) -> ActivityId {
        let EpochKey { kind, source_key, discriminator } = &row.key;
        let organization = self.lease.organization;
        identity::record_id(organization, *kind, source_key, discriminator, row.epoch)
    }

    /// A second item with the `Message-ID` and direction of a linked one in this mailbox, made
    /// after that link was confirmed.
    pub(super) fn is_copy(&self, recalled: &Recalled, link: &Link) -> bool {
        if !matches!(recalled.content, ItemContent::Message(_)) {
            return false;
        }
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
}

pub(super) fn of_ledger(error: StoreError) -> Failure {
    Failure::new(FailureClass::Bug, "Ledger", error.to_string())
}
