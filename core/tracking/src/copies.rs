//! In which other mailboxes a tracked message is expected, and what counts as the copy there.
//! Source: R19 in reading A13, R20, A14.
//!
//! Whoever tracks a message writes into no other mailbox: [`expected`] says which ones are to look
//! for their copy, and each of them asks [`fit`] about what it sees.

use crate::{Rules, direction};
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{
    Baseline, CrmSide, Direction, FolderRole, Instant, ItemKind, ItemState, Link, MailboxAddress,
    MailboxId, ObservedItem, Request, RequestOrigin, identity, limits,
};

/// A message that was tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promoted<'a> {
    /// The mailbox that tracks it.
    pub mailbox: MailboxId,
    /// The parties of its record.
    pub parties: &'a [Party],
    /// The direction of its record.
    pub direction: Direction,
    /// What made it tracked, where that was a request.
    pub request: Option<&'a Request>,
    /// Internal mail makes a record for each direction.
    pub two_activities: bool,
    /// `TrackCategorizedItems`.
    pub switch_on: bool,
}

/// A mailbox of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Its address.
    pub address: MailboxAddress,
    /// The user or queue whose it is, as a party names it.
    pub owner: RecordRef,
    /// Enabled for incoming mail.
    pub is_enabled: bool,
}

/// A mailbox that is to look for its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The direction of the copy; `None` where either will do.
    pub direction: Option<Direction>,
}

/// The mailboxes of `places` in which a copy of the message is expected, in their order.
pub fn expected(promoted: &Promoted<'_>, places: &[Place], rules: &Rules) -> Vec<Expected> {
    if !rules.copies_expected || is_silent(promoted, rules) {
        return Vec::new();
    }
    let direction = match promoted.direction {
        _ if !promoted.two_activities || !rules.copies_by_direction => None,
        Direction::Incoming => Some(Direction::Incoming),
        // Nobody receives a copy that was sent.
        Direction::Outgoing => return Vec::new(),
    };
    places
        .iter()
        // Its own copy is linked already, and would be closed by a cycle that does nothing else.
        .filter(|place| place.mailbox != promoted.mailbox)
        .filter(|place| place.is_enabled || !rules.copies_only_where_enabled)
        .filter(|place| promoted.parties.iter().any(|party| is_recipient(party, place, rules)))
        .map(|place| Expected { mailbox: place.mailbox, direction })
        .collect()
}

fn is_silent(promoted: &Promoted<'_>, rules: &Rules) -> bool {
    let is_copy = promoted.request.is_some_and(|request| request.origin == RequestOrigin::Copy);
    (rules.copies_not_of_copies && is_copy) || !are_sought(promoted.switch_on, rules)
}

fn is_recipient(party: &Party, place: &Place, rules: &Rules) -> bool {
    let receives = match party.role {
        PartyRole::To | PartyRole::Cc | PartyRole::Bcc => true,
        PartyRole::Sender => !rules.copies_not_of_sender,
        PartyRole::Organizer | PartyRole::Required | PartyRole::Optional => false,
    };
    let is_owner = match &party.record {
        Some(record) => *record == place.owner,
        None => {
            !rules.copies_only_of_parties
                && party.address.trim().eq_ignore_ascii_case(place.address.as_str())
        }
    };
    receives && is_owner
}

/// Whether copies are looked for and expected at all.
pub const fn are_sought(switch_on: bool, rules: &Rules) -> bool {
    switch_on || !rules.copies_only_while_on
}

/// Whether what is expected stands for a record that somebody still tracks.
pub const fn is_wanted(is_record_tracked: bool, rules: &Rules) -> bool {
    is_record_tracked || !rules.copies_end_with_tracking
}

/// Whether a copy that is expected since `opened` has had its time at `now`.
pub fn is_over(opened: Instant, now: Instant, rules: &Rules) -> bool {
    rules.copies_expire && now.since(opened) >= limits::COPY_EXPECTED_FOR
}

/// Whether tracking for this request may make a record where none is found.
pub fn may_make_record(request: Option<&Request>, rules: &Rules) -> bool {
    let is_copy = request.is_some_and(|request| request.origin == RequestOrigin::Copy);
    !is_copy || !rules.copies_make_no_record
}

/// An item of a mailbox, as it is compared with what is expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The item.
    pub item: &'a ObservedItem,
    /// Whose mailbox it is in.
    pub owner: &'a MailboxAddress,
    /// What is remembered about the item.
    pub link: Option<&'a Link>,
    /// The item bears the category now.
    pub bears: bool,
}

/// What an item is to an expected copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Something else.
    Other,
    /// The copy, in a folder in which it does not count.
    PutAway,
    /// The copy, about which nothing is to be done: it is tracked, asked for, marked already, or
    /// a person untracked it.
    Settled,
    /// The copy, to be tracked with the record.
    Wanted,
}

/// What an item is to the copy that is expected under `source_key`. `tombstone` tells whether a
/// person untracked the message here in that direction.
pub fn fit(
    source_key: &str,
    direction: Option<Direction>,
    seen: &Seen<'_>,
    tombstone: impl Fn(Direction) -> bool,
    rules: &Rules,
) -> Fit {
    let item = seen.item;
    let bare = item.message_id.as_deref().map(identity::bare_message_id);
    if item.kind != ItemKind::Email || bare != Some(source_key) {
        return Fit::Other;
    }
    let own = direction_of(seen, rules);
    if own.is_some() && direction.is_some() && own != direction {
        return Fit::Other;
    }
    if is_put_away(item, rules) {
        return Fit::PutAway;
    }
    let untracked = rules.automatic_ends_at_tombstone && own.is_some_and(tombstone);
    if untracked || seen.bears || seen.link.is_some_and(is_dealt_with) {
        Fit::Settled
    } else {
        Fit::Wanted
    }
}

/// In a folder in which an assignment would not count.
fn is_put_away(item: &ObservedItem, rules: &Rules) -> bool {
    let put_away = match item.folder {
        FolderRole::Drafts
        | FolderRole::Outbox
        | FolderRole::DeletedItems
        | FolderRole::Junk
        | FolderRole::RecoverableItems => true,
        FolderRole::Inbox | FolderRole::SentItems | FolderRole::Other => item.is_draft,
    };
    put_away && rules.copies_not_in_deleted_items
}

/// `None` for an own message that was filed away: only its content tells whether it travelled.
fn direction_of(seen: &Seen<'_>, rules: &Rules) -> Option<Direction> {
    if let Some(known) = seen.link.and_then(|link| link.direction) {
        return Some(known);
    }
    let sender = seen.item.sender.as_deref();
    let of = |has_transport| {
        direction::direction(seen.item.folder, sender, seen.owner, has_transport, rules)
    };
    (of(true) == of(false)).then(|| of(true))
}

/// What is under way is somebody's own wish, and may have been taken back.
fn is_dealt_with(link: &Link) -> bool {
    link.request.is_some()
        || link.baseline == Baseline::Tracked
        || link.crm == CrmSide::Linked
        || matches!(link.state, ItemState::Pending | ItemState::Retrying)
}
