//! What the ledger remembers about sources and what contradicts that, once it is known that the CRM
//! has the link and the record.

use super::Cycle;
use crate::EngineError;
use earmark_ledger::{EpochKey, EpochRow, Record, Store, Tombstone};
use earmark_model::{ActivityId, Baseline, CrmSide, ItemHandle, Link, MailboxId, OrganizationId};
use std::collections::{BTreeMap, BTreeSet};

/// An item with its record.
type At = (ItemHandle, Option<ActivityId>);

/// What is remembered and cannot be true.
#[derive(Debug, Default)]
pub(crate) struct Contradictions {
    /// Epochs whose record is remembered as deleted, though an item is linked to it.
    pub(crate) epochs: Vec<(EpochRow, At)>,
    /// Messages that a person untracked for good, though they are tracked.
    pub(crate) tombstones: Vec<(Tombstone, At)>,
}

/// Compares epochs and tombstones with `links` that the CRM has.
///
/// Errors: the ledger's.
pub(crate) async fn contradictions(
    store: &dyn Store,
    organization: OrganizationId,
    mailbox: MailboxId,
    links: Vec<Link>,
) -> Result<Contradictions, EngineError> {
    let mut wrong = Contradictions::default();
    let tracked = |link: &Link| link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked;
    let by_key: BTreeMap<EpochKey, Link> =
        links.into_iter().filter(tracked).filter_map(|link| Some((key_of(&link)?, link))).collect();
    let keys: Vec<EpochKey> = by_key.keys().cloned().collect();
    for row in store.epochs(organization, keys).await? {
        let link = by_key.get(&row.key);
        let same = link.filter(|link| row.deleted && row.activity == link.activity);
        if let Some(link) = same.filter(|link| link.activity.is_some()) {
            wrong.epochs.push((row, (link.key.handle.clone(), link.activity)));
        }
    }
    let stones: BTreeSet<Tombstone> =
        store.tombstones(organization, mailbox).await?.into_iter().collect();
    for stone in stones {
        let same = |link: &&Link| {
            link.source_key.as_deref() == Some(&stone.source_key)
                && link.direction == Some(stone.direction)
        };
        if let Some(link) = by_key.values().find(same) {
            let at = (link.key.handle.clone(), link.activity);
            wrong.tombstones.push((stone, at));
        }
    }
    Ok(wrong)
}

fn key_of(link: &Link) -> Option<EpochKey> {
    Some(EpochKey {
        kind: link.kind,
        source_key: link.source_key.clone()?,
        discriminator: link.discriminator.clone(),
    })
}

impl Cycle<'_> {
    /// After a full comparison, whose links are the CRM's: what contradicts them is forgotten.
    pub(super) async fn forget_contradictions(&mut self) -> Result<(), EngineError> {
        if !self.full || !self.crm_available {
            return Ok(());
        }
        let links = self.links.values().filter(|link| !self.missing.contains(&link.key.handle));
        let store = self.engine.parts.store.as_ref();
        let (organization, mailbox) = (self.lease.organization, self.row.id);
        let wrong = contradictions(store, organization, mailbox, links.cloned().collect()).await?;
        if wrong.epochs.is_empty() && wrong.tombstones.is_empty() {
            return Ok(());
        }
        let stones: Vec<Tombstone> = wrong.tombstones.into_iter().map(|(stone, _)| stone).collect();
        for stone in &stones {
            self.tombstones.remove(stone);
        }
        let record = Record {
            revived: wrong.epochs.into_iter().map(|(row, _)| row).collect(),
            tombstones_cleared: stones,
            ..Record::default()
        };
        store.commit(&self.lease, record).await?;
        Ok(())
    }
}
