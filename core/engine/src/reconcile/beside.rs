//! Comparing what belongs to no single item: the list of categories, expected copies,
//! subscriptions, and what is remembered about sources.

use super::{Difference, DifferenceKind, Found, Unreadable, picture::Picture};
use crate::{Engine, EngineError, mailbox::mend};
use earmark_crm_port::MailboxRow;
use earmark_model::{ActivityId, ItemHandle, MailboxId, OrganizationId};
use earmark_tracking::{
    category::{KnownEntry, MasterStep, master_step},
    copies,
};

impl Engine {
    /// Compares what is remembered about the mailbox beside its items.
    ///
    /// Errors: the ledger's.
    pub(super) async fn compare_beside(
        &self,
        organization: OrganizationId,
        row: &MailboxRow,
        picture: &Picture,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        found.differences.extend(self.entry(picture));
        self.copies(organization, row.id, found).await?;
        self.contradictions(organization, picture, found).await?;
        if self.has_push() {
            self.subscriptions(organization, row, found).await?;
        }
        Ok(())
    }

    fn entry(&self, picture: &Picture) -> Option<Difference> {
        let wanted = &self.parts.settings;
        let known = picture.memory.tracked.as_ref().map(|entry| KnownEntry {
            id: entry.id.as_ref(),
            name: &entry.name,
            color: entry.color,
        });
        let was_known = known.is_some();
        let step = master_step(
            &picture.list,
            known,
            (&wanted.tracked_name, wanted.tracked_color),
            picture.switch_on,
            &self.parts.rules,
        );
        let kind = match step {
            MasterStep::Follow(_) => DifferenceKind::EntryRenamed,
            MasterStep::Adopt(_) if was_known => DifferenceKind::EntryRebound,
            // The ledger never saw the entry, and the mailbox has it.
            MasterStep::Adopt(_) | MasterStep::Keep(_) | MasterStep::Leave => return None,
            MasterStep::Create { .. } => DifferenceKind::EntryMissing,
            MasterStep::Drop(_) => DifferenceKind::EntryLeft,
        };
        Some(about(picture.mailbox, kind, None, String::new()))
    }

    async fn copies(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        let expected = self.parts.store.expected_copies(organization, mailbox).await?;
        let now = self.now();
        for copy in expected {
            if copies::is_over(copy.opened_at, now, &self.parts.rules) {
                let since = format!("since {}", copy.opened_at);
                let kind = DifferenceKind::CopyOverdue;
                found.differences.push(about(mailbox, kind, Some(copy.activity), since));
            }
        }
        Ok(())
    }

    async fn contradictions(
        &self,
        organization: OrganizationId,
        picture: &Picture,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        let links = picture.known.values().filter(|link| {
            let record = picture.linked.get(&link.key.handle).and_then(|all| all.first());
            record.is_some_and(|record| picture.existing.contains(record))
        });
        let wrong = mend::contradictions(
            self.parts.store.as_ref(),
            organization,
            picture.mailbox,
            links.cloned().collect(),
        )
        .await?;
        let one = |kind, (item, activity): (ItemHandle, Option<ActivityId>)| Difference {
            item: Some(item),
            ..about(picture.mailbox, kind, activity, String::new())
        };
        let epochs = wrong.epochs.into_iter().map(|(_, at)| at);
        let stones = wrong.tombstones.into_iter().map(|(_, at)| at);
        found.differences.extend(epochs.map(|at| one(DifferenceKind::EpochContradicts, at)));
        found.differences.extend(stones.map(|at| one(DifferenceKind::TombstoneContradicts, at)));
        Ok(())
    }

    async fn subscriptions(
        &self,
        organization: OrganizationId,
        row: &MailboxRow,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        let Some(push) = self.parts.settings.push.as_ref() else { return Ok(()) };
        let rows = self.parts.store.subscriptions(organization, Some(row.id)).await?;
        let mailbox = self.opened(row);
        let read = async {
            let resources = mailbox.push_resources().await?;
            Ok((resources, mailbox.subscriptions(&push.url).await?))
        };
        let (resources, there) = match read.await {
            Ok(read) => read,
            Err(failure) => {
                found.unreadable.push(Unreadable::new(row.id, "subscriptions", &failure));
                return Ok(());
            }
        };
        let refused = self.push.notes((organization, row.id), |notes| notes.refused.clone());
        let now = self.now();
        for resource in resources {
            let known = rows.iter().find(|known| known.resource == resource);
            let lives = known.is_some_and(|known| {
                known.url == push.url
                    && known.expires > now
                    && there.iter().any(|one| one.id == known.id)
            });
            // What the server refused is asked for again in its own time.
            let waits = refused.get(&resource).is_some_and(|again| *again > now);
            if !lives && !waits {
                let kind = DifferenceKind::SubscriptionMissing;
                found.differences.push(about(row.id, kind, None, resource));
            }
        }
        Ok(())
    }
}

/// A difference of the mailbox as a whole.
pub(super) fn about(
    mailbox: MailboxId,
    kind: DifferenceKind,
    activity: Option<ActivityId>,
    detail: String,
) -> Difference {
    let repair = kind.repair();
    Difference { mailbox, kind, item: None, activity, reason: None, detail, repair }
}
