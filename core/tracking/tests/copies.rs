//! Who is to have a copy of a tracked message, and what counts as that copy.

use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{
    CrmSide, Direction, FolderRole, Instant, ItemHandle, ItemKind, ItemState, Link, LinkKey,
    MailboxAddress, MailboxId, ObservedItem, OrganizationId, Request, RequestOrigin, RequestWish,
    Version, limits,
};
use earmark_tracking::{
    Rules,
    copies::{Expected, Fit, Place, Promoted, Seen, expected, fit, is_over, may_make_record},
};
use std::time::Duration;

const ANNA: u128 = 1;
const BEN: u128 = 2;
const TEAM: u128 = 3;

fn guid(number: u128) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn mailbox(number: u128) -> MailboxId {
    MailboxId(guid(number).parse().expect("valid"))
}

fn owner(number: u128) -> RecordRef {
    let table = if number == TEAM { "queue" } else { "systemuser" };
    RecordRef { table: table.to_owned(), id: guid(number + 100).parse().expect("valid") }
}

fn address(number: u128) -> String {
    format!("m{number}@fabrikam.test")
}

fn places() -> Vec<Place> {
    let place = |number| Place {
        mailbox: mailbox(number),
        address: MailboxAddress::new(&address(number)),
        owner: owner(number),
        is_enabled: true,
    };
    [ANNA, BEN, TEAM].into_iter().map(place).collect()
}

fn party(role: PartyRole, number: u128) -> Party {
    Party { role, address: address(number), name: String::new(), record: Some(owner(number)) }
}

/// From a stranger to Anna, Ben and the team.
fn parties() -> Vec<Party> {
    let stranger = Party {
        role: PartyRole::Sender,
        address: "kim@contoso.test".to_owned(),
        name: String::new(),
        record: None,
    };
    vec![
        stranger,
        party(PartyRole::To, ANNA),
        party(PartyRole::Cc, BEN),
        party(PartyRole::Bcc, TEAM),
    ]
}

fn promoted(parties: &[Party]) -> Promoted<'_> {
    Promoted {
        mailbox: mailbox(ANNA),
        parties,
        direction: Direction::Incoming,
        request: None,
        two_activities: true,
        switch_on: true,
    }
}

fn of(promoted: &Promoted<'_>, places: &[Place]) -> Vec<Expected> {
    expected(promoted, places, &Rules::all())
}

fn in_mailbox(number: u128, direction: Option<Direction>) -> Expected {
    Expected { mailbox: mailbox(number), direction }
}

fn request(origin: RequestOrigin) -> Request {
    let wish = RequestWish::Track { regarding: None };
    Request { wish, origin, at: Instant::from_millis(1) }
}

#[test]
fn every_other_recipient_who_is_a_user_or_a_queue_expects_a_received_copy() {
    let parties = parties();
    let incoming = Some(Direction::Incoming);
    let wanted = [in_mailbox(BEN, incoming), in_mailbox(TEAM, incoming)];
    assert_eq!(of(&promoted(&parties), &places()), wanted);
    let person = request(RequestOrigin::Person);
    let asked = Promoted { request: Some(&person), ..promoted(&parties) };
    assert_eq!(of(&asked, &places()), wanted);
}

#[test]
fn with_two_activities_a_sent_message_is_expected_nowhere_and_with_one_everywhere() {
    let parties = parties();
    let sent = Promoted { direction: Direction::Outgoing, ..promoted(&parties) };
    assert_eq!(of(&sent, &places()), []);
    let one = Promoted { two_activities: false, ..sent };
    assert_eq!(of(&one, &places()), [in_mailbox(BEN, None), in_mailbox(TEAM, None)]);
}

#[test]
fn the_tracking_mailbox_expects_nothing_and_neither_does_the_senders() {
    let parties = [party(PartyRole::Sender, BEN), party(PartyRole::To, ANNA)];
    let one = Promoted { two_activities: false, ..promoted(&parties) };
    assert_eq!(of(&one, &places()), []);
    let rules = Rules::without("copies_not_of_sender").expect("a rule");
    assert_eq!(expected(&one, &places(), &rules), [in_mailbox(BEN, None)]);
}

#[test]
fn an_unresolved_recipient_and_a_mailbox_that_is_not_enabled_expect_nothing() {
    let mut parties = parties();
    parties[2].record = None;
    let mut places = places();
    places[2].is_enabled = false;
    assert_eq!(of(&promoted(&parties), &places), []);
}

#[test]
fn neither_a_copy_nor_a_time_without_categories_makes_others_expect_copies() {
    let parties = parties();
    let copy = request(RequestOrigin::Copy);
    let copied = Promoted { request: Some(&copy), ..promoted(&parties) };
    assert_eq!(of(&copied, &places()), []);
    let off = Promoted { switch_on: false, ..promoted(&parties) };
    assert_eq!(of(&off, &places()), []);
}

#[test]
fn only_a_copy_makes_no_record() {
    let rules = Rules::all();
    assert!(may_make_record(None, &rules));
    assert!(may_make_record(Some(&request(RequestOrigin::Person)), &rules));
    assert!(!may_make_record(Some(&request(RequestOrigin::Copy)), &rules));
}

#[test]
fn a_copy_is_expected_for_a_day() {
    let opened = Instant::from_millis(0);
    let end = opened.plus(limits::COPY_EXPECTED_FOR);
    assert!(!is_over(opened, end.minus(Duration::from_millis(1)), &Rules::all()));
    assert!(is_over(opened, end, &Rules::all()));
}

fn item(folder: FolderRole, sender: &str) -> ObservedItem {
    ObservedItem {
        handle: ItemHandle::from("AAkItem"),
        kind: ItemKind::Email,
        version: Version::from("v1"),
        categories: Vec::new(),
        folder,
        is_draft: false,
        message_id: Some(" <offer@contoso.test> ".to_owned()),
        sender: Some(sender.to_owned()),
        created: None,
        modified: None,
        received: None,
        ical_uid: None,
        is_series: false,
        series: None,
        is_organizer: false,
    }
}

fn link() -> Link {
    let organization = OrganizationId(guid(9).parse().expect("valid"));
    let handle = ItemHandle::from("AAkItem");
    let key = LinkKey { organization, mailbox: mailbox(BEN), handle };
    Link::new(key, ItemKind::Email, Instant::from_millis(0))
}

/// What Ben's item is to the copy that he is expected to have received.
fn fits(item: &ObservedItem, link: Option<&Link>, bears: bool, untracked: bool) -> Fit {
    let owner = MailboxAddress::new(&address(BEN));
    let seen = Seen { item, owner: &owner, link, bears };
    let incoming = Some(Direction::Incoming);
    fit("offer@contoso.test", incoming, &seen, |_| untracked, &Rules::all())
}

#[test]
fn the_received_message_with_that_id_is_the_copy() {
    let received = item(FolderRole::Inbox, "kim@contoso.test");
    assert_eq!(fits(&received, None, false, false), Fit::Wanted);
    let other = ObservedItem { message_id: Some("<Offer@contoso.test>".to_owned()), ..received };
    assert_eq!(fits(&other, None, false, false), Fit::Other);
}

#[test]
fn what_was_sent_is_no_received_copy_and_what_may_have_been_is_looked_at() {
    let sent = item(FolderRole::SentItems, &address(BEN));
    assert_eq!(fits(&sent, None, false, false), Fit::Other);
    let filed = item(FolderRole::Other, &address(BEN));
    assert_eq!(fits(&filed, None, false, false), Fit::Wanted);
    let known = Link { direction: Some(Direction::Outgoing), ..link() };
    assert_eq!(fits(&filed, Some(&known), false, false), Fit::Other);
}

#[test]
fn what_lies_among_drafts_and_deleted_items_waits_until_it_is_moved() {
    for folder in [
        FolderRole::Drafts,
        FolderRole::Outbox,
        FolderRole::DeletedItems,
        FolderRole::Junk,
        FolderRole::RecoverableItems,
    ] {
        assert_eq!(fits(&item(folder, "kim@contoso.test"), None, false, false), Fit::PutAway);
    }
}

#[test]
fn nothing_is_done_about_a_copy_that_is_marked_linked_asked_for_or_untracked() {
    let received = item(FolderRole::Inbox, "kim@contoso.test");
    assert_eq!(fits(&received, None, true, false), Fit::Settled);
    assert_eq!(fits(&received, None, false, true), Fit::Settled);
    let linked = Link { crm: CrmSide::Linked, ..link() };
    assert_eq!(fits(&received, Some(&linked), false, false), Fit::Settled);
    let asked = Link { request: Some(request(RequestOrigin::Person)), ..link() };
    assert_eq!(fits(&received, Some(&asked), false, false), Fit::Settled);
    let begun = Link { state: ItemState::Retrying, ..link() };
    assert_eq!(fits(&received, Some(&begun), false, false), Fit::Settled);
    assert_eq!(fits(&received, Some(&link()), false, false), Fit::Wanted);
}
