//! What the log adds up to: the world as it is, and what happened to each item.

use super::{
    names::Names,
    sent::Sent,
    story::{
        Home, Message, Place, Remembered, Removal, Story, is_put_aside, key, key_of, meeting_key,
        says_anew, single_key, task_key,
    },
};
use crate::sim::{
    crm::TABLE,
    item::Item,
    log::{By, Entry, Happening, MasterEntry, Org},
};
use earmark_embedded::{Row, Value};
use earmark_ledger::Record;
use earmark_model::{ActivityId, Baseline, CrmSide, Instant, ItemHandle, MailboxId};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// By how much the clock of a service is set at most.
const CLOCK_SET_BY: Duration = Duration::from_secs(24 * 60 * 60);

/// What CRM users change of a record that both sides keep.
pub(super) const GIVEN: [&str; 7] = [
    "subject",
    "location",
    "scheduledstart",
    "scheduledend",
    "starttime",
    "endtime",
    "occurrences",
];

/// An item: whose, and its id.
pub type ItemKey = (String, String);

/// The world as it is.
#[derive(Debug, Default)]
pub struct Truth {
    /// The instant of the last entry.
    pub now: Instant,
    /// The regular cycle.
    pub cycle: Duration,
    /// The service asks for notifications.
    pub push: bool,
    /// Reads and lists may show items as they were a while ago.
    pub stale_reads: bool,
    /// Whose service a mailbox belongs to.
    pub homes: BTreeMap<String, (Org, MailboxId)>,
    /// Whose a mailbox is.
    pub owners: BTreeMap<MailboxId, String>,
    /// Items that are there, by user and id.
    pub items: BTreeMap<ItemKey, Item>,
    /// What happened to items, also to those that are gone.
    pub stories: BTreeMap<ItemKey, Story>,
    /// What happened to messages, by organization and key.
    pub messages: BTreeMap<(Org, String), Message>,
    /// Email activities that are there.
    pub records: BTreeMap<(Org, ActivityId), Row>,
    /// Records that CRM users changed.
    pub edited: BTreeMap<(Org, ActivityId), Edited>,
    /// Live links.
    pub links: BTreeMap<(Org, MailboxId, ItemHandle), ActivityId>,
    /// When live links were made.
    pub linked: BTreeMap<(MailboxId, ItemHandle), Instant>,
    /// How items were linked to records.
    pub joined: BTreeMap<(Org, ActivityId), Joined>,
    /// Master lists.
    pub masters: BTreeMap<String, Vec<MasterEntry>>,
    /// The category of each mailbox.
    pub names: BTreeMap<String, Names>,
    /// Organizations.
    pub organizations: BTreeMap<Org, Home>,
    /// Mailboxes.
    pub places: BTreeMap<String, Place>,
    /// What the ledgers hold of items.
    pub remembered: BTreeMap<(MailboxId, ItemHandle), Remembered>,
    /// Wishes of people and of the service that are stored and not served.
    pub wishes: BTreeSet<(MailboxId, ItemHandle)>,
    /// The last complete cycle of each mailbox: as the service says, and when it was recorded.
    pub successes: BTreeMap<MailboxId, (Instant, Instant)>,
    /// Requests to the mailbox server, by number.
    pub sent: BTreeMap<u64, Sent>,
    /// Calls under way that ask for the settings: which worker's, and since when.
    pub asking: BTreeMap<u64, ((Org, usize), Instant)>,
    /// As of when each worker has read the settings.
    pub heard: BTreeMap<(Org, usize), Instant>,
    /// How often each fault struck.
    pub faults: BTreeMap<&'static str, u64>,
    /// Nothing goes wrong any more.
    pub is_healed: bool,
}

/// What CRM users did to a record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Edited {
    /// It was closed, or opened again.
    pub was_closed: bool,
    /// When what both sides keep was last changed.
    pub given: Option<Instant>,
}

/// How items were linked to a record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Joined {
    /// Units: times that an item was linked to it.
    pub times: u64,
    /// When an item was last linked to it, or a link was cut.
    pub last: Instant,
}

impl Joined {
    fn take_in(&mut self, at: Instant) {
        self.times += 1;
        self.last = at;
    }
}

impl Truth {
    /// Takes one entry in.
    pub fn take_in(&mut self, entry: &Entry) {
        self.now = entry.at;
        match &entry.what {
            Happening::Opened { cycle, push, stale_reads, homes } => {
                self.stale_reads = *stale_reads;
                self.open(*cycle, *push, homes);
            }
            Happening::Item { user, id, by, before, after, .. } => {
                self.item(user, id, *by, before.as_ref(), after.as_ref());
            }
            Happening::Master { user, after, .. } => {
                self.masters.insert(user.clone(), after.clone());
                self.names.entry(user.clone()).or_default().take_in(after, entry.at);
                self.renamed(user);
            }
            Happening::Request { number, .. } => {
                self.sent.extend(Sent::of(entry.at, &entry.what).map(|sent| (*number, sent)));
            }
            Happening::Answer { request, status, .. } => {
                if let Some(sent) = self.sent.get_mut(request) {
                    sent.answer = Some(*status);
                }
            }
            Happening::Record { organization, activity, by, before, after } => {
                self.record(*organization, *activity, *by, before.as_ref(), after.as_ref());
            }
            Happening::Link { organization, mailbox, handle, activity, is_linked, by } => {
                let key = (*organization, *mailbox, handle.clone());
                if *is_linked {
                    self.joined.entry((*organization, *activity)).or_default().take_in(entry.at);
                    self.links.insert(key, *activity);
                    self.linked.insert((*mailbox, handle.clone()), entry.at);
                } else {
                    self.joined.entry((*organization, *activity)).or_default().last = entry.at;
                    self.links.remove(&key);
                    self.linked.remove(&(*mailbox, handle.clone()));
                    self.cut(*by, *organization, *mailbox, handle);
                }
            }
            Happening::Asked { user, id, tracks, .. } => self.asked(user, id, *tracks),
            Happening::Recorded { record, mailbox, is_taken: true, .. } => {
                self.recorded(record);
                let memory = record.mailbox.as_ref().zip(*mailbox);
                if let Some((memory, mailbox)) = memory {
                    self.completed(memory.last_success, mailbox);
                }
            }
            Happening::Healed => self.is_healed = true,
            Happening::Call { number, organization, worker, method: "settings", .. } => {
                self.asking.insert(*number, ((*organization, *worker), entry.at));
            }
            Happening::Called { call, failure, .. } => {
                let asked = self.asking.remove(call).filter(|_| failure.is_none());
                self.heard.extend(asked);
            }
            Happening::Fault { kind, .. } => *self.faults.entry(kind).or_default() += 1,
            other => self.administered(other),
        }
    }

    fn open(&mut self, cycle: Duration, push: bool, homes: &[(Org, String, MailboxId)]) {
        self.cycle = cycle;
        self.push = push;
        for (organization, user, mailbox) in homes {
            self.homes.insert(user.clone(), (*organization, *mailbox));
            self.owners.insert(*mailbox, user.clone());
            self.names.entry(user.clone()).or_default();
            self.places.entry(user.clone()).or_default();
            self.organizations.entry(*organization).or_default();
        }
    }

    /// What administrators and bad luck do.
    fn administered(&mut self, what: &Happening) {
        let now = Some(self.now);
        match what {
            Happening::Setting { organization, name, value } => {
                if let Some(user) = name.strip_prefix("filter of ") {
                    self.accepts(user, value == "true");
                }
                let home = self.organizations.entry(*organization).or_default();
                if name.eq_ignore_ascii_case("TrackCategorizedItems") {
                    home.is_off = value.eq_ignore_ascii_case("false");
                    home.switched = now;
                } else if name.eq_ignore_ascii_case("ignoreinternalemail") {
                    home.one_activity = value.eq_ignore_ascii_case("true");
                    home.ever_one_activity = true;
                }
            }
            Happening::Mailbox { user, is_enabled, .. } => {
                let place = self.places.entry(user.clone()).or_default();
                place.is_disabled = !is_enabled;
                place.toggled = now;
            }
            Happening::Accepts { user, is_all, .. } => self.accepts(user, *is_all),
            Happening::Clock { organization, .. } => {
                self.organizations.entry(*organization).or_default().clock_set = now;
            }
            Happening::Released { user, .. } => {
                self.places.entry(user.clone()).or_default().released = now;
            }
            Happening::Broken { organization, user: None } => {
                self.organizations.entry(*organization).or_default().is_broken = true;
            }
            Happening::Broken { user: Some(user), .. } => {
                self.places.entry(user.clone()).or_default().is_broken = true;
            }
            Happening::Ledger { organization, as_of } => {
                let home = self.organizations.entry(*organization).or_default();
                *(if as_of.is_some() { &mut home.rolled_back } else { &mut home.lost }) = now;
                let homes = &self.owners;
                let org_of = |mailbox: &MailboxId| {
                    homes.get(mailbox).and_then(|user| self.homes.get(user)).map(|home| home.0)
                };
                self.remembered.retain(|(mailbox, _), _| org_of(mailbox) != Some(*organization));
                self.wishes.retain(|(mailbox, _)| org_of(mailbox) != Some(*organization));
            }
            Happening::Restored { organization, .. } => {
                self.organizations.entry(*organization).or_default().restored = now;
            }
            _ => {}
        }
    }

    /// New mail of this mailbox is accepted from now on, with what came shortly before; what came
    /// to somebody else is looked at within two cycles, and may be to this user as well.
    fn accepts(&mut self, user: &str, is_all: bool) {
        let place = self.places.entry(user.to_owned()).or_default();
        if !is_all {
            place.stopped_accepting |= place.ever_accepted;
            return;
        }
        place.ever_accepted = true;
        let now = self.now;
        let home = self.homes.get(user).map(|home| home.0);
        let was_set = home.and_then(|home| self.organizations.get(&home)?.clock_set).is_some();
        let unseen = now.minus(self.longest_cycle() * 2);
        let unseen = if was_set { unseen.minus(CLOCK_SET_BY) } else { unseen };
        for ((owner, _), story) in &self.stories {
            let is_new = Some(story.organization) == home && story.born >= unseen;
            if story.is_followed || owner != user && !is_new {
                continue;
            }
            let key = (story.organization, story.key.clone());
            self.messages.entry(key).or_default().wanted.get_or_insert(now);
        }
    }

    /// A recipient may accept a message whose own copy could not be delivered.
    fn somebody_accepts(&self, organization: Org) -> bool {
        self.places_of(organization).any(|place| place.ever_accepted)
    }

    /// A mailbox of the organization accepted new mail, and then no more.
    pub(super) fn stopped_accepting(&self, organization: Org) -> bool {
        self.places_of(organization).any(|place| place.stopped_accepting)
    }

    fn places_of(&self, organization: Org) -> impl Iterator<Item = &Place> {
        let is_there =
            move |user: &str| self.homes.get(user).is_some_and(|home| home.0 == organization);
        self.places.iter().filter(move |(user, _)| is_there(user)).map(|(_, place)| place)
    }

    /// What bears the category by its present name is assigned.
    fn renamed(&mut self, user: &str) {
        let Some(names) = self.names.get(user) else { return };
        let Some((organization, _)) = self.homes.get(user) else { return };
        let of_user = self.items.iter().filter(|((owner, _), _)| owner == user);
        for (_, item) in of_user.filter(|(_, item)| names.bears_current(&item.categories)) {
            let message = self.messages.entry((*organization, key_of(item))).or_default();
            message.wanted = Some(self.now);
        }
    }

    /// Whether the service has surely read the names that count now, and not forgotten them since.
    pub(super) fn knows_names(&self, user: &str) -> bool {
        let Some(changed) = self.names.get(user).and_then(|names| names.changed) else {
            return true;
        };
        let Some((organization, mailbox)) = self.homes.get(user) else { return false };
        let forgets = self.organizations.get(organization).is_some_and(|home| {
            home.lost.is_some() || home.rolled_back.is_some() || home.clock_set.is_some()
        });
        let surely = changed.plus(self.longest_cycle() * 2);
        let has_read = self.successes.get(mailbox).is_some_and(|(_, recorded)| *recorded >= surely);
        has_read && !forgets && !self.stale_reads
    }

    fn item(&mut self, user: &str, id: &str, by: By, before: Option<&Item>, after: Option<&Item>) {
        let item_key = (user.to_owned(), id.to_owned());
        let now = self.now;
        let handle = self.homes.get(user).map(|home| (home.1, ItemHandle::from(id)));
        let (was_owed, was_tracked) = handle.map_or((false, false), |handle| {
            let known = self.remembered.get(&handle);
            let owed = known.is_some_and(|known| known.owes) || self.wishes.contains(&handle);
            let tracked = known.is_some_and(|known| known.baseline == Baseline::Tracked);
            (owed, tracked)
        });
        let organization = self.homes.get(user).map_or(0, |home| home.0);
        let knows_names = self.knows_names(user);
        let names = self.names.entry(user.to_owned()).or_default();
        let had = before.is_some_and(|item| names.bears(&item.categories));
        let has = after.is_some_and(|item| names.bears(&item.categories));
        // A former name is nobody's assignment, once the service knows that it is one.
        let counts = after.is_some_and(|item| names.bears_current(&item.categories));
        let counts = counts || has && !knows_names;
        // The name that counts now was put beside one that did before.
        let is_full =
            |item: Option<&Item>| item.is_some_and(|item| names.bears_all(&item.categories));
        let is_beside = names.entries.len() > 1 && is_full(after) && !is_full(before);
        let is_without = |item: &Item| !names.bears_current(&item.categories);
        // A renaming takes the former name off; who keeps it assigned the present one.
        let is_kept = before.zip(after).is_some_and(|(before, after)| {
            is_without(before)
                && !is_without(after)
                && before.categories.iter().all(|name| after.categories.contains(name))
        });
        let story = self.stories.entry(item_key.clone()).or_insert_with(|| Story {
            organization,
            key: after.or(before).map(key_of).unwrap_or_default(),
            born: now,
            is_followed: after.or(before).is_some_and(Item::is_followed),
            came_with: before.is_none() && has,
            ..Story::default()
        });
        if let Some(key) = after.map(key_of).filter(|key| story.is_followed && *key != story.key) {
            story.earlier.push(std::mem::replace(&mut story.key, key));
        }
        let is_others = !matches!(by, By::Service { .. });
        story.bare = if has { None } else { story.bare.or(Some(now)) };
        if has && !had {
            story.came_on = Some(now);
        }
        if [before, after].into_iter().any(|item| item.is_some() && !is_full(item)) {
            story.without = Some(now);
        }
        if after.is_none_or(is_put_aside) || before.is_some_and(is_put_aside) {
            story.discarded = Some(now);
        }
        if before.zip(after).is_some_and(|(before, after)| before.folder != after.folder) {
            story.moved = Some(now);
        }
        if is_others && says_anew(before, after) {
            story.said = Some(now);
        }
        if is_others {
            story.events += 1;
            match (had, has) {
                (false, true) => story.assigned = Some(now),
                (true, true) if is_beside || is_kept => story.assigned = Some(now),
                (true, false) if after.is_some() => {
                    story.removed = Some(Removal { at: now, was_owed, was_tracked });
                }
                _ => {}
            }
        }
        let message = (organization, story.key.clone());
        let accepts_here = self.places.get(user).is_some_and(|place| place.ever_accepted);
        // What is accepted is mail.
        let is_mail = !story.is_followed;
        let accepts = accepts_here || before.is_none() && self.somebody_accepts(organization);
        let accepts = accepts && is_mail;
        let message = self.messages.entry(message).or_default();
        message.subjects.extend(after.map(|item| item.subject.clone()));
        if is_others {
            message.changed(before, after);
            if counts || accepts {
                message.wanted = Some(now);
            }
        }
        match after {
            Some(item) => self.items.insert(item_key, item.clone()),
            None => self.items.remove(&item_key),
        };
    }

    fn record(
        &mut self,
        organization: Org,
        activity: ActivityId,
        by: By,
        before: Option<&Row>,
        after: Option<&Row>,
    ) {
        let was_restored = self.is_being_restored(organization);
        if !matches!(by, By::Service { .. })
            && let Some(row) = before.or(after)
        {
            let message = self.messages.entry((organization, record_key(row))).or_default();
            message.events += 1;
            message.was_edited = true;
            if after.is_none() && !was_restored {
                message.in_crm = Some(self.now);
            }
        }
        let key = (organization, activity);
        if !matches!(by, By::Service { .. }) {
            let edited = self.edited.entry(key).or_default();
            let differs = |column: &str| {
                before.zip(after).is_some_and(|(a, b)| a.get(column) != b.get(column))
            };
            // Whoever closes what is closed already has closed it, too.
            let state = after.and_then(|row| row.get("statecode")).and_then(Value::as_int);
            edited.was_closed |= differs("statecode") || matches!(state, Some(1 | 2));
            if GIVEN.iter().any(|column| differs(column)) {
                edited.given = Some(self.now);
            }
        }
        match after {
            Some(row) => self.records.insert(key, row.clone()),
            None => self.records.remove(&key),
        };
    }

    /// A link is gone.
    fn cut(&mut self, by: By, organization: Org, mailbox: MailboxId, handle: &ItemHandle) {
        if matches!(by, By::Service { .. }) {
            return;
        }
        let Some(user) = self.owners.get(&mailbox) else { return };
        let key = (user.clone(), handle.as_str().to_owned());
        let was_restored = self.is_being_restored(organization);
        let Some(story) = self.stories.get_mut(&key) else { return };
        story.events += 1;
        let message = self.messages.entry((organization, story.key.clone())).or_default();
        message.events += 1;
        if !was_restored {
            message.in_crm = Some(self.now);
        }
    }

    /// What is told at this instant is the work of a backup, and nobody's act.
    fn is_being_restored(&self, organization: Org) -> bool {
        self.organizations.get(&organization).is_some_and(|home| home.restored == Some(self.now))
    }

    fn asked(&mut self, user: &str, id: &str, tracks: bool) {
        let now = self.now;
        if let Some((_, mailbox)) = self.homes.get(user) {
            self.wishes.insert((*mailbox, ItemHandle::from(id)));
        }
        let Some(story) = self.stories.get_mut(&(user.to_owned(), id.to_owned())) else { return };
        story.asked = Some((now, tracks));
        story.was_asked_for |= tracks;
        story.was_asked_off |= !tracks;
        story.events += 1;
        let key = (story.organization, story.key.clone());
        let message = self.messages.entry(key).or_default();
        message.events += 1;
        if tracks {
            message.wanted = Some(now);
        }
    }

    /// A mailbox's memory was recorded. The service's clock may be wrong; the log's is not.
    fn completed(&mut self, last: Option<Instant>, mailbox: MailboxId) {
        let known = self.successes.get(&mailbox).copied();
        let home = self.owners.get(&mailbox).and_then(|user| self.home(user));
        let back = home.and_then(|home| home.rolled_back);
        if let (Some(last), Some((value, begun))) = (last, known)
            && last < value
            && Self::is_since(back, begun)
        {
            // What an older ledger knows is no new success.
            self.successes.insert(mailbox, (last, begun));
        } else if let Some(last) = last.filter(|last| known.map(|it| it.0) != Some(*last)) {
            let before = self.successes.insert(mailbox, (last, self.now));
            if let Some((_, begun)) = before {
                self.swept(mailbox, begun);
            }
        }
    }

    /// A whole cycle is over that began after `begun`.
    fn swept(&mut self, mailbox: MailboxId, begun: Instant) {
        let Some(user) = self.owners.get(&mailbox) else { return };
        let (now, latest) = (self.now, begun.minus(self.seen_late()));
        let of_user = self.stories.range_mut((user.clone(), String::new())..);
        for (_, story) in of_user.take_while(|((owner, _), _)| owner == user) {
            if story.bare.is_some_and(|since| since <= latest) {
                story.seen_bare = Some(now);
            }
        }
    }

    fn recorded(&mut self, record: &Record) {
        for (key, _) in &record.served {
            self.wishes.remove(&(key.mailbox, key.handle.clone()));
        }
        for link in &record.requested {
            self.wishes.insert((link.key.mailbox, link.key.handle.clone()));
        }
        for link in record.links.iter().chain(&record.requested) {
            let key = (link.key.mailbox, link.key.handle.clone());
            let mut known = Remembered::of(link);
            let before = self.remembered.get(&key);
            known.was_linked |= before.is_some_and(|before| before.was_linked);
            if known.baseline == Baseline::Tracked && known.crm == CrmSide::Linked {
                known.settled = before.and_then(|before| before.settled).or(Some(self.now));
            }
            self.remembered.insert(key, known);
        }
        for (key, _) in &record.unlinked_in_crm {
            if let Some(known) = self.remembered.get_mut(&(key.mailbox, key.handle.clone())) {
                known.crm = CrmSide::NotLinked;
            }
        }
    }
}

/// What a record is of: see [`key_of`].
pub fn record_key(row: &Row) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_text).unwrap_or_default();
    let subject = text("subject");
    match table_of(row) {
        "task" => task_key(subject),
        "appointment" => match instant(row, "originalstartdate") {
            None => single_key(subject),
            start => meeting_key(subject, start),
        },
        "recurringappointmentmaster" => meeting_key(subject, None),
        _ => key(text("messageid"), subject),
    }
}

/// The table of a record; empty where the row does not say.
pub fn table_of(row: &Row) -> &str {
    row.get(TABLE).and_then(Value::as_text).unwrap_or_default()
}

/// A column with an instant. Units: milliseconds since the epoch.
pub fn instant(row: &Row, column: &str) -> Option<i64> {
    match row.get(column) {
        Some(Value::Instant(at)) => Some(*at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, bearing, plain};
    use super::*;

    #[test]
    fn a_removal_tells_what_was_known_then() {
        let mut tale = Tale::default();
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        let mut link = tale.link(ANNA, "1");
        link.baseline = Baseline::Tracked;
        tale.links(ANNA, vec![link]);
        tale.person(ANNA, plain("1"));
        let story = &tale.truth.stories[&(ANNA.to_owned(), "1".to_owned())];
        assert!(story.removed.is_some_and(|removal| removal.was_tracked && !removal.was_owed));
        assert!(story.assigned.is_some());
    }
}
