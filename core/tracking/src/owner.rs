//! Whose the record of an item is. Source: section 2.6 of the behaviour of the original. A
//! received email belongs to somebody who received it: the first of To, Cc and Bcc in which
//! anybody may own it; there the owner of the sender's record, else whoever stands first. A
//! meeting belongs to its organizer, everything else to the owner of the mailbox.

use crate::{Rules, parties::Match};
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{Direction, ItemContent, PrincipalId};
use std::collections::BTreeMap;

/// The lists of recipients in the order in which they are walked.
const WALKED: [PartyRole; 3] = [PartyRole::To, PartyRole::Cc, PartyRole::Bcc];

/// The tables whose rows have somebody who looks after them.
const LOOKED_AFTER: [&str; 3] = ["contact", "account", "lead"];

/// The mailbox that tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracker {
    /// Its user, or the owner of its queue.
    pub owner: PrincipalId,
    /// Its queue, where it is a queue's.
    pub queue: Option<PrincipalId>,
}

/// What is known about the people of an item.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// Its parties, as [`crate::parties::parties`] resolved them.
    pub parties: &'a [Party],
    /// The matches that they were resolved from, by address in lower case.
    pub matches: &'a BTreeMap<String, Vec<Match>>,
}

/// The owner of the record. Nobody among the recipients (a distribution list, a blind copy): the
/// owner of the mailbox, with or without the right.
pub fn owner(
    content: &ItemContent,
    direction: Direction,
    people: &People<'_>,
    tracker: &Tracker,
    rules: &Rules,
) -> PrincipalId {
    let found = match (content, direction) {
        (ItemContent::Message(_), Direction::Incoming) => recipient(people, tracker, rules),
        (ItemContent::Appointment(_), _) => organizer(people, rules),
        (ItemContent::Message(_), Direction::Outgoing) | (ItemContent::Task(_), _) => None,
    };
    found.unwrap_or(tracker.owner)
}

fn recipient(people: &People<'_>, tracker: &Tracker, rules: &Rules) -> Option<PrincipalId> {
    if !rules.owner_from_recipients {
        return None;
    }
    let candidates = WALKED
        .into_iter()
        .map(|role| people.candidates(role, tracker, rules))
        .find(|candidates| !candidates.is_empty())?;
    let senders = people.owner_of_sender().filter(|_| rules.owner_of_sender_first);
    senders.filter(|owner| candidates.contains(owner)).or_else(|| candidates.first().copied())
}

fn organizer(people: &People<'_>, rules: &Rules) -> Option<PrincipalId> {
    let organizer = people.parties.iter().find(|party| party.role == PartyRole::Organizer)?;
    let found = people.found(organizer)?;
    let is_fit = rules.organizer_owns
        && found.record.table == "systemuser"
        && (found.may_own || !rules.owner_may_own);
    found.mail_owner.filter(|_| is_fit)
}

impl People<'_> {
    /// Who of a list could own the record, in the order of the list.
    fn candidates(&self, role: PartyRole, tracker: &Tracker, rules: &Rules) -> Vec<PrincipalId> {
        self.parties
            .iter()
            .filter(|party| party.role == role)
            .filter_map(|party| self.found(party))
            .filter(|found| {
                let answers = is_queue_of(tracker, &found.record) && rules.owner_of_tracking_queue;
                found.may_own || answers || !rules.owner_may_own
            })
            .filter_map(|found| found.mail_owner)
            .collect()
    }

    /// Who owns the contact, account or lead that wrote.
    fn owner_of_sender(&self) -> Option<PrincipalId> {
        let sender = self.parties.iter().find(|party| party.role == PartyRole::Sender)?;
        let found = self.found(sender)?;
        found.owner.filter(|_| LOOKED_AFTER.contains(&found.record.table.as_str()))
    }

    fn found(&self, party: &Party) -> Option<&Match> {
        let record = party.record.as_ref()?;
        let matches = self.matches.get(&party.address.trim().to_lowercase())?;
        matches.iter().find(|candidate| candidate.record == *record)
    }
}

fn is_queue_of(tracker: &Tracker, record: &RecordRef) -> bool {
    record.table == "queue" && tracker.queue.is_some_and(|queue| queue.0 == record.id)
}
