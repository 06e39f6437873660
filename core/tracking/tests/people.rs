//! Who an email is from, whose it is, and where it waits: one named case a row.

use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{
    Address, Body, BodyKind, Direction, Importance, Instant, ItemContent, ItemKind, MessageContent,
    PrincipalId,
};
use earmark_tracking::Rules;
use earmark_tracking::owner::{People, Tracker, owner};
use earmark_tracking::parties::{Match, Resolution, parties};
use earmark_tracking::queues::{QueueSettings, of_later_copy, of_new_record};
use std::collections::BTreeMap;

const SENDER: &str = "kim@contoso.test";

fn id(number: u128) -> PrincipalId {
    PrincipalId(text(number).parse().expect("valid"))
}

fn text(number: u128) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn found(table: &str, number: u128) -> Match {
    Match {
        record: RecordRef { table: table.to_owned(), id: id(number).0 },
        is_active: true,
        owner: None,
        created: Instant::from_millis(i64::try_from(number).expect("small")),
        mail_owner: None,
        may_own: false,
    }
}

/// A user, or a queue of `owner`, that receives mail.
fn receiver(table: &str, number: u128, owner: u128, may_own: bool) -> Match {
    Match { mail_owner: Some(id(owner)), may_own, ..found(table, number) }
}

fn message(to: &[&str], cc: &[&str]) -> ItemContent {
    let address = |text: &str| Address { name: String::new(), address: text.to_owned() };
    let list = |texts: &[&str]| texts.iter().map(|text| address(text)).collect();
    ItemContent::Message(MessageContent {
        subject: "Offer".to_owned(),
        body: Body { kind: BodyKind::Text, text: String::new() },
        from: Some(address(SENDER)),
        sender: None,
        to: list(to),
        cc: list(cc),
        bcc: Vec::new(),
        sent: None,
        received: None,
        importance: Importance::Normal,
        in_reply_to: None,
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport: true,
        attachments: Vec::new(),
        keywords: Vec::new(),
        size: 1,
    })
}

const fn resolution(owner: PrincipalId) -> Resolution {
    Resolution {
        owner,
        resolve_inactive: false,
        unresolve_ambiguous_sender: false,
        unresolve_ambiguous_recipients: false,
    }
}

#[test]
fn the_sender_is_found_in_the_order_of_eight_tables() {
    const ORDER: [&str; 8] =
        ["systemuser", "contact", "account", "lead", "equipment", "team", "businessunit", "queue"];
    for first in 0..ORDER.len() {
        // The later the table, the older the record.
        let rows: Vec<Match> = ORDER[first..]
            .iter()
            .zip((1..100).rev())
            .map(|(table, age)| found(table, age))
            .collect();
        let matches = BTreeMap::from([(SENDER.to_owned(), rows)]);
        let found = parties(&message(&[], &[]), &matches, &resolution(id(1)), &Rules::all());
        let record = found[0].record.as_ref().expect("resolved");
        assert_eq!(record.table, ORDER[first]);
    }
}

#[test]
fn a_record_of_the_tracker_comes_before_every_table() {
    let mine = Match { owner: Some(id(7)), ..found("account", 9) };
    let rows = vec![found("systemuser", 1), found("contact", 2), mine.clone()];
    let matches = BTreeMap::from([(SENDER.to_owned(), rows)]);
    let found = parties(&message(&[], &[]), &matches, &resolution(id(7)), &Rules::all());
    assert_eq!(found[0].record, Some(mine.record));
}

/// Name, To, Cc, owner of the sender's record, who tracks, and whose it is.
type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], u128, Tracker, u128);

#[test]
fn the_first_list_with_anybody_who_may_own_decides() {
    let of_kim = |owner: u128| Match { owner: Some(id(owner)), ..found("contact", 50) };
    let matches = |senders: u128| {
        BTreeMap::from([
            (SENDER.to_owned(), vec![of_kim(senders)]),
            ("anna@f.test".to_owned(), vec![receiver("systemuser", 1, 1, true)]),
            ("ben@f.test".to_owned(), vec![receiver("systemuser", 2, 2, true)]),
            ("bare@f.test".to_owned(), vec![receiver("systemuser", 3, 3, false)]),
            ("queue@f.test".to_owned(), vec![receiver("queue", 8, 4, true)]),
            ("poor@f.test".to_owned(), vec![receiver("queue", 9, 5, false)]),
            ("mia@c.test".to_owned(), vec![found("contact", 60)]),
        ])
    };
    let (user, poor) =
        (Tracker { owner: id(6), queue: None }, Tracker { owner: id(5), queue: Some(id(9)) });
    let rows: &[Row<'_>] = &[
        ("the first in To", &["anna@f.test", "ben@f.test"], &[], 0, user, 1),
        ("the order of the list", &["ben@f.test", "anna@f.test"], &[], 0, user, 2),
        ("who owns the sender", &["anna@f.test", "ben@f.test"], &[], 2, user, 2),
        ("who owns the sender, in a later list", &["anna@f.test"], &["ben@f.test"], 2, user, 1),
        ("Cc, where To has nobody", &["mia@c.test"], &["ben@f.test", "anna@f.test"], 0, user, 2),
        ("who may not own", &["bare@f.test", "anna@f.test"], &[], 0, user, 1),
        ("a list of those who may not", &["bare@f.test"], &["anna@f.test"], 0, user, 1),
        ("the owner of a queue", &["queue@f.test", "anna@f.test"], &[], 0, user, 4),
        ("a queue of others that may not", &["poor@f.test", "anna@f.test"], &[], 0, user, 1),
        ("the tracking queue that may not", &["poor@f.test", "anna@f.test"], &[], 0, poor, 5),
        ("a user before the tracking queue", &["anna@f.test", "poor@f.test"], &[], 0, poor, 1),
        ("nobody", &["mia@c.test", "list@f.test"], &[], 1, user, 6),
        ("spelled otherwise", &["Anna@F.test"], &[], 0, user, 1),
    ];
    for (name, to, cc, senders, tracker, wanted) in rows {
        let (content, matches) = (message(to, cc), matches(*senders));
        let parties = parties(&content, &matches, &resolution(tracker.owner), &Rules::all());
        let people = People { parties: &parties, matches: &matches };
        let of = |direction| owner(&content, direction, &people, tracker, &Rules::all());
        assert_eq!(of(Direction::Incoming), id(*wanted), "{name}");
        assert_eq!(of(Direction::Outgoing), tracker.owner, "{name}, sent");
    }
}

#[test]
fn an_email_waits_in_each_queue_once() {
    let party = |role, table: &str, number| Party {
        role,
        address: String::new(),
        name: String::new(),
        record: Some(found(table, number).record),
    };
    let parties = [
        party(PartyRole::Sender, "queue", 1),
        party(PartyRole::To, "queue", 2),
        party(PartyRole::Cc, "queue", 2),
        party(PartyRole::Cc, "queue", 3),
        party(PartyRole::To, "systemuser", 4),
    ];
    let (email, task) = (ItemKind::Email, ItemKind::Task);
    let (incoming, outgoing) = (Direction::Incoming, Direction::Outgoing);
    for (kind, direction, own, of_recipients, of_mailbox, wanted, later) in [
        (email, incoming, None, true, true, vec![2, 3], None),
        (email, incoming, Some(3), true, true, vec![2, 3], Some(3)),
        (email, incoming, Some(5), true, true, vec![2, 3, 5], Some(5)),
        (email, incoming, Some(5), false, true, vec![5], Some(5)),
        (email, incoming, Some(5), true, false, vec![2, 3], None),
        (email, incoming, Some(5), false, false, vec![], None),
        (email, outgoing, Some(5), true, true, vec![], None),
        (task, incoming, Some(5), true, true, vec![], None),
    ] {
        let settings = QueueSettings { of_recipients, of_mailbox };
        let own = own.map(id);
        let new = of_new_record(kind, direction, &parties, own, settings, &Rules::all());
        assert_eq!(new, wanted.into_iter().map(id).collect::<Vec<_>>());
        let copy = of_later_copy(kind, direction, own, settings, &Rules::all());
        assert_eq!(copy, later.map(id));
    }
}
