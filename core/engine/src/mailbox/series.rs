//! Series and their exceptions: reading the exceptions, and carrying out the series first.
//!
//! An exception has the category of its series, so the series is decided about and recorded before
//! its exceptions are looked at. The version of a series counts as dealt with only when its
//! exceptions were, too: after a crash in between they are read again.

use super::{Cycle, observe::Readings};
use crate::EngineError;
use earmark_ledger::Record;
use earmark_mailbox_port::Scope;
use earmark_model::{
    Baseline, FailureClass, ItemHandle, ItemKind, ItemState, Link, MailboxSide, ObservedItem,
    RequestWish, Version, limits,
};
use earmark_tracking::{
    Reading,
    category::{Names, mailbox_side},
    series::{Series, exception_side},
};
use futures::{StreamExt, stream};
use std::collections::BTreeSet;

impl Cycle<'_> {
    /// Adds the exceptions of every series that is tracked, or will be, and that changed.
    pub(super) async fn read_exceptions(
        &mut self,
        readings: &mut Readings,
    ) -> Result<(), EngineError> {
        if !self.settings.track_categorized_items || self.frozen.contains_key(&Scope::Calendar) {
            return Ok(());
        }
        let names = self.names();
        let masters: Vec<ItemHandle> = readings
            .values()
            .flatten()
            .filter(|item| self.asks_for_exceptions(item, &names))
            .map(|item| item.handle.clone())
            .collect();
        let mailbox = &self.mailbox;
        let mut read = stream::iter(masters)
            .map(|master| async move { (mailbox.exceptions(&master).await, master) })
            .buffered(limits::MAILBOX_REQUESTS_IN_FLIGHT)
            .collect::<Vec<_>>()
            .await
            .into_iter();
        for (exceptions, master) in &mut read {
            match exceptions {
                Ok(exceptions) => {
                    let read = exceptions.into_iter().map(|item| (item.handle.clone(), Some(item)));
                    readings.extend(read);
                    self.series_read.insert(master);
                }
                // It went away meanwhile; the next reading says so.
                Err(failure) if failure.class == FailureClass::ItemGone => {}
                Err(failure) => self.freeze(Scope::Calendar, failure)?,
            }
        }
        Ok(())
    }

    fn asks_for_exceptions(&self, item: &ObservedItem, names: &Names) -> bool {
        if item.kind != ItemKind::Appointment || !item.is_series {
            return false;
        }
        let link = self.links.get(&item.handle);
        let side = mailbox_side(Reading::Found(item), link, names, self.rules());
        if side == MailboxSide::Gone {
            return false;
        }
        let Some(link) = link else { return side == MailboxSide::With };
        if link.baseline == Baseline::Tracked {
            let changed = link.synced_version.as_ref() != Some(&item.version);
            return changed || self.full || self.first_sweep_after_switch_on;
        }
        let asked = link.request.as_ref().map(|request| &request.wish);
        let assigned = side == MailboxSide::With && !link.ignored;
        assigned || matches!(asked, Some(RequestWish::Track { .. }))
    }

    /// Carries out what was read: everything else before the exceptions.
    pub(super) async fn work_off(&mut self, readings: Readings) -> Result<(), EngineError> {
        let asleep = self.dormant(&readings);
        let (exceptions, first): (Readings, Readings) =
            readings.into_iter().partition(|(handle, item)| {
                self.rules().series_first && self.is_exception(handle, item.as_ref())
            });
        let work = self.plan(first, asleep).await?;
        self.carry_out(work).await?;
        if !exceptions.is_empty() {
            let work = self.plan(exceptions, Vec::new()).await?;
            self.carry_out(work).await?;
        }
        if self.report.is_unfinished {
            return Ok(());
        }
        self.finish_series().await
    }

    fn is_exception(&self, handle: &ItemHandle, item: Option<&ObservedItem>) -> bool {
        match item {
            Some(item) => item.series.is_some(),
            None => self.links.get(handle).is_some_and(|link| link.series.is_some()),
        }
    }

    /// **M** of one reading, and whether an exception has it from its series alone.
    pub(super) fn side(
        &self,
        item: Option<&ObservedItem>,
        link: Option<&Link>,
        names: &Names,
    ) -> (MailboxSide, bool) {
        let reading = item.map_or(Reading::Gone, Reading::Found);
        let own = mailbox_side(reading, link, names, self.rules());
        let Some(member) = item.and_then(|item| item.series.as_ref()) else { return (own, false) };
        let series = Series::of(self.links.get(&member.master));
        exception_side(own, link, series, self.rules())
    }

    /// An exception that only has what its series has, while that is as it was.
    pub(super) fn is_like_its_series(&self, link: &Link, readings: &Readings) -> bool {
        let Some(member) = link.series.as_ref().filter(|_| !link.seen_bearing) else {
            return false;
        };
        let master = self.links.get(&member.master);
        let seen = readings.get(&member.master).and_then(Option::as_ref);
        (link.baseline == Baseline::Tracked || link.ignored)
            && Series::of(master) == Series::Tracked
            && seen.is_some_and(|item| {
                master.and_then(|master| master.synced_version.as_ref()) == Some(&item.version)
            })
    }

    /// Closed series of which an exception shows up: perhaps they are back.
    pub(super) fn lost_series(&self, readings: &Readings) -> BTreeSet<ItemHandle> {
        let members = readings.values().flatten().filter_map(|item| item.series.as_ref());
        let closed = |master: &&ItemHandle| {
            self.links.get(*master).is_some_and(|link| link.state == ItemState::SourceGone)
        };
        members.map(|member| &member.master).filter(closed).cloned().collect()
    }

    /// Holds back the version of a series whose exceptions are still to be carried out. Answers it
    /// where they were read; else the series is looked at again.
    pub(super) fn hold_back(&self, before: Option<&Link>, link: &mut Link) -> Option<Version> {
        let known = before.and_then(|before| before.synced_version.clone());
        let handle = &link.key.handle;
        if link.synced_version == known || !self.series_planned.contains(handle) {
            return None;
        }
        let reached = std::mem::replace(&mut link.synced_version, known);
        reached.filter(|_| self.series_read.contains(&link.key.handle))
    }

    async fn finish_series(&mut self) -> Result<(), EngineError> {
        let mut finished = Vec::new();
        for (handle, version) in std::mem::take(&mut self.series_due) {
            if let Some(link) = self.links.get_mut(&handle) {
                link.synced_version = Some(version);
                finished.push(link.clone());
            }
        }
        if !finished.is_empty() {
            let record = Record { links: finished, ..Record::default() };
            self.engine.parts.store.commit(&self.lease, record).await?;
        }
        Ok(())
    }
}
