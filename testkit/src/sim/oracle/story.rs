//! What happened to one item and to one message, as far as checkers ask.

use crate::sim::{item::Item, log::Org};
use earmark_ledger::HistoryEntry;
use earmark_model::{
    Baseline, CrmSide, FailureNote, Instant, ItemKind, ItemState, Link, UndeliverableMark,
    identity, limits::MESSAGE_ID_MAX,
};
use std::collections::BTreeSet;

/// What people and the mailbox server did to an item.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Whose mailbox it is in.
    pub organization: Org,
    /// The message: see [`key_of`].
    pub key: String,
    /// What it was before: the time of a series that comes back under its id starts otherwise where
    /// the series was moved.
    pub earlier: Vec<String>,
    /// When it was first seen.
    pub born: Instant,
    /// It is an appointment or a task.
    pub is_followed: bool,
    /// It arrived with the category.
    pub came_with: bool,
    /// Since when it is without the category, under any name.
    pub bare: Option<Instant>,
    /// When a whole cycle was over that began while it had been without the category for so long
    /// that the service saw it.
    pub seen_bare: Option<Instant>,
    /// When a person last put the category on, or it arrived with it.
    pub assigned: Option<Instant>,
    /// When a person last took the category off.
    pub removed: Option<Removal>,
    /// When a person last asked, and for what.
    pub asked: Option<(Instant, bool)>,
    /// A person ever asked that it be tracked.
    pub was_asked_for: bool,
    /// A person ever asked that it be untracked.
    pub was_asked_off: bool,
    /// The last instant at which it was seen without the category, or without the name of one of
    /// several entries.
    pub without: Option<Instant>,
    /// The last instant at which the category came on it, whoever put it there.
    pub came_on: Option<Instant>,
    /// The last instant at which it lay where nothing counts, or was gone.
    pub discarded: Option<Instant>,
    /// The last instant at which a person moved it.
    pub moved: Option<Instant>,
    /// When others than the service last changed what it says.
    pub said: Option<Instant>,
    /// Units: acts of others than the service.
    pub events: u64,
}

/// A person takes the category off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// When.
    pub at: Instant,
    /// Something was asked for or owed that is not confirmed yet.
    pub was_owed: bool,
    /// The item was tracked, as the service remembers.
    pub was_tracked: bool,
}

/// What happened to all copies of a message in an organization.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// A copy bore the category, or tracking was asked for, or new mail was accepted there.
    pub wanted: Option<Instant>,
    /// When a CRM user last deleted its record or cut one of its links.
    pub in_crm: Option<Instant>,
    /// Units: acts of others than the service, on any copy or in the CRM.
    pub events: u64,
    /// Units: changes of what an item of it says, and items that came.
    pub sayings: u64,
    /// A CRM user changed its record.
    pub was_edited: bool,
    /// A task was moved before it carried its record: where it is now, nobody can know what it was.
    pub was_parted: bool,
    /// The subjects of its items, of those that are gone as well.
    pub subjects: BTreeSet<String>,
}

impl Message {
    /// Others than the service changed an item of it, or one came.
    pub fn changed(&mut self, before: Option<&Item>, after: Option<&Item>) {
        self.events += 1;
        self.sayings += u64::from(says_anew(before, after));
        let is_bare = |item: &Item| item.kind == ItemKind::Task && item.carries().is_empty();
        self.was_parted |= before.is_none() && self.events > 1 && after.is_some_and(is_bare);
    }
}

/// Whether an item says something else than before, or came.
pub fn says_anew(before: Option<&Item>, after: Option<&Item>) -> bool {
    after.is_some_and(|after| before.is_none_or(|before| !before.says_as(after)))
}

/// What the service remembers of an item.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// How it is shown.
    pub state: ItemState,
    /// **S**.
    pub baseline: Baseline,
    /// **C**.
    pub crm: CrmSide,
    /// The category is owed.
    pub owes: bool,
    /// Units: attempts of the present episode.
    pub attempts: u32,
    /// Nothing is tried before.
    pub not_before: Option<Instant>,
    /// The mark.
    pub undeliverable: UndeliverableMark,
    /// Left alone.
    pub ignored: bool,
    /// The last failure.
    pub failure: Option<FailureNote>,
    /// It was linked at some time, as the ledger that is there knows.
    pub was_linked: bool,
    /// Since when it is known to be tracked and linked.
    pub settled: Option<Instant>,
}

impl Remembered {
    /// What a link says.
    pub fn of(link: &Link) -> Self {
        Self {
            state: link.state,
            baseline: link.baseline,
            crm: link.crm,
            owes: link.owes_category,
            attempts: link.attempts,
            not_before: link.not_before,
            undeliverable: link.undeliverable,
            ignored: link.ignored,
            failure: link.failure.clone(),
            was_linked: link.crm == CrmSide::Linked || link.baseline == Baseline::Tracked,
            settled: None,
        }
    }
}

/// An organization, as administrators and bad luck left it.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// `TrackCategorizedItems` is off.
    pub is_off: bool,
    /// When that was last changed.
    pub switched: Option<Instant>,
    /// Internal mail makes one record only.
    pub one_activity: bool,
    /// It ever made one record only.
    pub ever_one_activity: bool,
    /// The ledger was last lost.
    pub lost: Option<Instant>,
    /// The ledger was last put back to an earlier state.
    pub rolled_back: Option<Instant>,
    /// The CRM was last put back to an earlier state.
    pub restored: Option<Instant>,
    /// The clock of its service was last set.
    pub clock_set: Option<Instant>,
    /// The CRM is out of order for good.
    pub is_broken: bool,
}

impl Home {
    /// The ledger is not, or was once not, what the log adds up to.
    pub fn was_forgotten(&self) -> bool {
        self.lost.is_some() || self.rolled_back.is_some()
    }
}

/// A mailbox, as administrators left it.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// It is not served.
    pub is_disabled: bool,
    /// When that was last changed.
    pub toggled: Option<Instant>,
    /// New mail was accepted there at some time.
    pub ever_accepted: bool,
    /// And then, for a while at least, no more.
    pub stopped_accepting: bool,
    /// Decisions that were held were last released or taken back.
    pub released: Option<Instant>,
    /// It is out of order for good.
    pub is_broken: bool,
}

/// What all copies have in common. Of a message, the Message-ID, else the subject. Of a meeting, a
/// series or a task, the number in its subject, which people never change, wherever a task goes; of
/// an exception, also when it starts by its series.
pub fn key_of(item: &Item) -> String {
    match item.kind {
        ItemKind::Task => task_key(&item.subject),
        ItemKind::Appointment => {
            let one = item.appointment();
            match one.and_then(|one| one.member.as_ref()) {
                Some((_, start)) => meeting_key(&item.subject, Some(*start)),
                None if one.is_some_and(|one| one.is_series()) => meeting_key(&item.subject, None),
                None => single_key(&item.subject),
            }
        }
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => {
            key(&item.internet_message_id, &item.subject)
        }
    }
}

/// The same of the title of a task.
pub fn task_key(title: &str) -> String {
    format!("task {}", number(title))
}

/// The same of the subject of an appointment, and of when an exception starts by its series.
pub fn meeting_key(subject: &str, start: Option<i64>) -> String {
    let number = number(subject);
    match start {
        Some(start) => format!("meeting {number}@{start}"),
        None => format!("meeting {number}"),
    }
}

/// The same of an appointment that is no series and of none; also of the one time of a series that
/// somebody was invited to.
pub fn single_key(subject: &str) -> String {
    format!("meeting {} alone", number(subject))
}

/// The key of the series that an exception with this key belongs to; `None` for all else.
pub fn series_key(key: &str) -> Option<&str> {
    let (series, _) = key.strip_prefix("meeting ")?.split_once('@')?;
    key.get(.."meeting ".len() + series.len())
}

fn number(subject: &str) -> &str {
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    subject.split_whitespace().find(is_number).unwrap_or(subject)
}

/// The same of a Message-ID and a subject.
pub fn key(message_id: &str, subject: &str) -> String {
    // The CRM keeps no more of it.
    let kept = message_id
        .char_indices()
        .nth(MESSAGE_ID_MAX)
        .map_or(message_id, |(end, _)| &message_id[..end]);
    let bare = identity::bare_message_id(kept).trim_start_matches('<');
    if bare.is_empty() { format!("subject {subject}") } else { bare.to_owned() }
}

/// Whether an assignment to the item does not count: it is not sent, wherever it lies, or lies
/// where nothing counts.
pub fn is_put_aside(item: &Item) -> bool {
    item.is_draft || is_aside(&item.folder)
}

/// Where an item lies and assignments do not count.
pub fn is_aside(folder: &str) -> bool {
    is_discarded(folder) || is_unsent(folder)
}

/// Whether what lies there is gone.
pub fn is_discarded(folder: &str) -> bool {
    matches!(folder, "deleteditems" | "junkemail") || folder.starts_with("recoverable")
}

/// Whether what lies there is not sent yet.
pub fn is_unsent(folder: &str) -> bool {
    matches!(folder, "drafts" | "outbox")
}

/// A line of the history without its instant.
pub fn line(entry: &HistoryEntry) -> (String, String, String) {
    (entry.event.clone(), entry.reason.clone(), entry.detail.clone())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{meeting, plain, series, task};
    use super::*;

    #[test]
    fn what_belongs_together_has_one_key() {
        let canceled = Item { subject: "Canceled: Meeting 7".to_owned(), ..meeting("e1", 7, &[]) };
        assert_eq!(key_of(&canceled), key_of(&meeting("e2", 7, &[])));
        let changed = Item { subject: "Errand 7 anew 9".to_owned(), ..task("t1", 7, &[]) };
        assert_eq!(key_of(&changed), key_of(&task("t2", 7, &[])));
        assert_ne!(key_of(&changed), key_of(&canceled));
        let exception = meeting("e3", 7, &[]).of_series("e1", 9_000);
        assert_ne!(key_of(&exception), key_of(&canceled));
        let its_series = key_of(&series("e1", 7, &[]));
        assert_eq!(series_key(&key_of(&exception)), Some(its_series.as_str()));
        assert_eq!(series_key(&its_series), None);
        assert_ne!(its_series, key_of(&canceled), "one time of it that somebody was invited to");
        assert_eq!(series_key(&key_of(&canceled)), None);
        assert_eq!(series_key(&key_of(&plain("1"))), None);
    }
}
