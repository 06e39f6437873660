//! Looking for two live records of one source.

use super::{Difference, DifferenceKind, ReconcileReport, Unreadable, picture::Picture};
use crate::{Engine, EngineError};
use earmark_crm_port::{CrmLink, LookupRequest, NaturalKey};
use earmark_model::{
    ActivityId, Baseline, Direction, ItemHandle, ItemKind, Link, MailboxId, OrganizationId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the id of a record is computed from, the epoch left out.
type Source = (ItemKind, String, Option<Direction>, String);

/// The linked items of every mailbox, by source.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<Source, Vec<At>>);

/// One linked item.
struct At {
    mailbox: MailboxId,
    item: ItemHandle,
    activity: ActivityId,
    message_id: Option<String>,
    reason: String,
}

impl Sources {
    /// Takes the tracked and linked items of one mailbox over.
    pub(super) fn note(&mut self, mailbox: MailboxId, picture: &Picture) {
        for link in picture.known.values().filter(|link| link.baseline == Baseline::Tracked) {
            let records = picture.linked.get(&link.key.handle).map_or(&[][..], Vec::as_slice);
            let [activity] = records else { continue };
            let Some(source) = source(link) else { continue };
            self.0.entry(source).or_default().push(At {
                mailbox,
                item: link.key.handle.clone(),
                activity: *activity,
                message_id: link.message_id.clone(),
                reason: link.reason.clone(),
            });
        }
    }
}

fn source(link: &Link) -> Option<Source> {
    let key = link.source_key.clone()?;
    Some((link.kind, key, link.direction, link.discriminator.clone()))
}

impl Engine {
    /// Adds every source that has several records: as its items are linked, and as the CRM finds
    /// emails by their `Message-ID`.
    pub(super) async fn find_doubles(
        &self,
        organization: OrganizationId,
        sources: Sources,
        report: &mut ReconcileReport,
    ) -> Result<(), EngineError> {
        let mut readable = true;
        for ((kind, _, direction, _), items) in sources.0 {
            let mut records: BTreeSet<ActivityId> = items.iter().map(|at| at.activity).collect();
            let Some(first) = items.into_iter().next() else { continue };
            if let Some(direction) = direction.filter(|_| kind == ItemKind::Email && readable) {
                match self.records_of(organization, &first, direction).await {
                    Ok(found) => records.extend(found),
                    Err(EngineError::Outside(failure)) => {
                        readable = false;
                        report.unreadable.push(Unreadable::new(first.mailbox, "crm", &failure));
                    }
                    Err(error) => return Err(error),
                }
            }
            if records.len() > 1 {
                let all: Vec<String> = records.iter().map(ToString::to_string).collect();
                report.differences.push(Difference {
                    mailbox: first.mailbox,
                    kind: DifferenceKind::SourceDoubled,
                    item: Some(first.item),
                    activity: Some(first.activity),
                    reason: Some(first.reason),
                    detail: all.join(" "),
                    repair: DifferenceKind::SourceDoubled.repair(),
                });
            }
        }
        Ok(())
    }

    /// The records with the message's `Message-ID` and direction.
    async fn records_of(
        &self,
        organization: OrganizationId,
        at: &At,
        direction: Direction,
    ) -> Result<Vec<ActivityId>, EngineError> {
        let Some(message_id) = at.message_id.clone().filter(|id| !id.is_empty()) else {
            return Ok(Vec::new());
        };
        let crm = self.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        let request = LookupRequest {
            kind: ItemKind::Email,
            key: NaturalKey::MessageId(Some(message_id)),
            id: at.activity,
            link: CrmLink { mailbox: at.mailbox, handle: at.item.clone() },
            addresses: Vec::new(),
        };
        let found = crm.lookup(&request).await?;
        let same = found.records.into_iter().filter(|record| record.direction == direction);
        Ok(same.map(|record| record.id).collect())
    }
}
