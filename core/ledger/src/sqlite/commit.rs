//! Recording: everything of one commit or nothing, under the fence of the lease.

use super::{
    alerts, copies, crm_feed, decisions, history, keys, links, memory, requests, schedule,
    subscriptions,
};
use crate::{Lease, Record, StoreError, Unit};
use earmark_model::{Instant, LinkKey, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn commit(
    tx: &Connection,
    lease: &Lease,
    record: &Record,
    now: Instant,
) -> Result<Vec<MailboxId>, StoreError> {
    let leased = keys::leased(tx, lease, now)?;
    let organization = keys::ensure_organization(tx, lease.organization)?;
    let mut units = Units::new(lease, leased);
    put_links(tx, &mut units, lease, record)?;
    if let Some(memory) = &record.mailbox {
        memory::put_mailbox(tx, leased, memory)?;
    }
    if let Some(memory) = &record.organization {
        memory::put_organization(tx, organization, memory)?;
    }
    if let Some(pause) = record.pause {
        memory::put_pause(tx, organization, pause)?;
    }
    for tombstone in &record.tombstones_cleared {
        let unit = units.of(tx, lease.organization, tombstone.mailbox)?;
        decisions::clear_tombstone(tx, unit, tombstone)?;
    }
    for tombstone in &record.tombstones {
        let unit = units.of(tx, lease.organization, tombstone.mailbox)?;
        decisions::put_tombstone(tx, unit, tombstone)?;
    }
    for epoch in &record.epochs {
        decisions::put_epoch(tx, organization, epoch)?;
    }
    for epoch in &record.revived {
        decisions::revive_epoch(tx, organization, epoch)?;
    }
    decisions::put_intents(tx, leased, &record.intents, &record.intents_done)?;
    for resource in &record.subscriptions_ended {
        subscriptions::end(tx, leased, resource)?;
    }
    for subscription in &record.subscriptions {
        subscriptions::put(tx, leased, subscription)?;
    }
    for held in &record.held {
        decisions::put_held(tx, units.of_key(tx, &held.key)?, held)?;
    }
    for key in &record.released {
        decisions::release_held(tx, units.of_key(tx, key)?, key)?;
    }
    for ending in &record.endings {
        decisions::put_ending(tx, organization, units.of_key(tx, &ending.key)?, ending)?;
    }
    for entry in &record.history {
        history::put(tx, units.of_key(tx, &entry.key)?, entry)?;
    }
    for end in &record.alerts_ended {
        alerts::end(tx, organization, end, now)?;
    }
    for alert in &record.alerts {
        alerts::raise(tx, organization, alert)?;
    }
    for (key, activity) in &record.unlinked_in_crm {
        crm_feed::unlink(tx, lease.organization, key, *activity)?;
    }
    let mut affected =
        crm_feed::delete_activities(tx, organization, &record.deleted_activities, now)?;
    affected.extend(crm_feed::edit_activities(tx, organization, &record.edited_activities, now)?);
    if let Some(comparison) = record.comparison {
        crm_feed::compare_all(tx, organization, comparison)?;
    }
    affected.extend(put_copies(tx, &mut units, lease, record, now)?);
    for mailbox in &record.wake {
        schedule::wake(tx, lease.organization, Unit::Mailbox(*mailbox), now)?;
    }
    Ok(affected.into_iter().collect())
}

/// Requests that were served go first, so that what is stored afterwards is a newer one, and
/// the engine's own come last.
fn put_links(
    tx: &Connection,
    units: &mut Units,
    lease: &Lease,
    record: &Record,
) -> Result<(), StoreError> {
    let mut served = BTreeSet::new();
    for (key, at) in &record.served {
        let unit = units.of_key(tx, key)?;
        if let Some(row) = links::find(tx, unit, &key.handle)? {
            requests::clear(tx, row, *at)?;
        }
        served.insert(key);
    }
    for link in &record.links {
        let unit = units.of_key(tx, &link.key)?;
        let fence = (unit == units.leased).then_some(lease.fence);
        links::put(tx, unit, link, fence, served.contains(&link.key))?;
    }
    for link in &record.requested {
        let unit = units.of_key(tx, &link.key)?;
        requests::put_where_none(tx, unit, link)?;
    }
    Ok(())
}

/// Copies that this mailbox is done with, and those that others are to expect. Answers whose.
fn put_copies(
    tx: &Connection,
    units: &mut Units,
    lease: &Lease,
    record: &Record,
    now: Instant,
) -> Result<Vec<MailboxId>, StoreError> {
    for copy in &record.copies_looked {
        copies::looked(tx, units.leased, copy)?;
    }
    for (copy, outcome) in &record.copies_closed {
        copies::close(tx, units.leased, copy, *outcome, now)?;
    }
    let mut opened = Vec::new();
    for copy in &record.expected {
        let unit = units.of(tx, lease.organization, copy.mailbox)?;
        let origin = units.of_key(tx, &copy.origin)?;
        if copies::open(tx, unit, origin, copy, now)? {
            opened.push(copy.mailbox);
        }
    }
    Ok(opened)
}

/// The rows of the mailboxes that one commit is about.
struct Units {
    leased: i64,
    known: BTreeMap<(OrganizationId, MailboxId), i64>,
}

impl Units {
    fn new(lease: &Lease, leased: i64) -> Self {
        let known = match lease.unit {
            Unit::Organization => BTreeMap::new(),
            Unit::Mailbox(mailbox) => BTreeMap::from([((lease.organization, mailbox), leased)]),
        };
        Self { leased, known }
    }

    fn of_key(&mut self, tx: &Connection, key: &LinkKey) -> Result<i64, StoreError> {
        self.of(tx, key.organization, key.mailbox)
    }

    fn of(
        &mut self,
        tx: &Connection,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<i64, StoreError> {
        if let Some(unit) = self.known.get(&(organization, mailbox)) {
            return Ok(*unit);
        }
        let unit = keys::ensure_unit(tx, organization, Unit::Mailbox(mailbox))?;
        self.known.insert((organization, mailbox), unit);
        Ok(unit)
    }
}
