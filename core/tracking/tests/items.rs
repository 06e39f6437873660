//! Meetings and tasks: 1 1 1 with every answer about fields, field source, exceptions, keys.

use earmark_model::{
    ActivityId, Address, AppointmentContent, Baseline, Body, BodyKind, CrmSide, Direction,
    FolderRole, Importance, Instant, ItemContent, ItemHandle, ItemKind, ItemState, Link, LinkKey,
    MailboxId, MailboxSide, ObservedItem, OrganizationId, OwnWrite, PrincipalId, Request,
    RequestOrigin, RequestWish, SeriesMember, ShowAs, UndeliverableMark, Version,
    activity::{PartyRole, RecordRef},
    limits::MAX_TRACK_RETRIES,
};
use earmark_tracking::{
    Decision, Effect, Facts, MasterView, Reading, Reason, Rules, decide,
    fields::{asks_for_source, field_source},
    find::{Candidate, Found, find_by_key},
    parties::{Match, Resolution, addresses, parties},
    record::{Confirmed, confirm, settle},
    series::{Series, exception_side, note_bearing},
};
use std::collections::BTreeMap;

const NOW: Instant = Instant::from_millis(10);
const UUIDS: [&str; 3] = [
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
];

fn activity(number: usize) -> ActivityId {
    UUIDS[number].parse().expect("valid")
}

fn item(kind: ItemKind) -> ObservedItem {
    ObservedItem {
        handle: ItemHandle::from("AAkItem"),
        kind,
        version: Version::from("v2"),
        categories: Vec::new(),
        folder: FolderRole::Other,
        is_draft: false,
        message_id: None,
        sender: None,
        created: None,
        modified: None,
        received: None,
        ical_uid: None,
        is_series: false,
        series: None,
        is_organizer: false,
    }
}

/// A tracked link whose record has the fields of version 2.
fn link(kind: ItemKind) -> Link {
    let key = LinkKey {
        organization: OrganizationId(UUIDS[0].parse().expect("valid")),
        mailbox: MailboxId(UUIDS[1].parse().expect("valid")),
        handle: ItemHandle::from("AAkItem"),
    };
    let mut link = Link::new(key, kind, Instant::from_millis(0));
    link.baseline = Baseline::Tracked;
    link.crm = CrmSide::Linked;
    link.state = ItemState::Tracked;
    link.activity = Some(activity(0));
    link.linked_at = Some(Instant::from_millis(1));
    link.synced_version = Some(Version::from("v2"));
    link.synced_hash = Some(7);
    link.back_linked = true;
    link
}

fn facts<'a>(item: &'a ObservedItem, link: &'a Link) -> Facts<'a> {
    Facts {
        reading: Reading::Found(item),
        mailbox: MailboxSide::With,
        inherited: false,
        bears_undeliverable: false,
        link: Some(link),
        crm: link.crm,
        switch_on: true,
        first_sweep_after_switch_on: false,
        master: MasterView::Settled,
        tombstone: false,
        copy_of_linked: false,
        is_internal: false,
        is_field_source: true,
        now: NOW,
    }
}

/// 1 1 1: `(effects, reason)`.
fn steady(facts: &Facts<'_>) -> (Vec<Effect>, Reason) {
    let Decision { effects, reason, settle, .. } = decide(facts, &Rules::all());
    assert_eq!((settle.baseline, settle.state), (None, ItemState::Tracked));
    (effects, reason)
}

#[test]
fn s1_m1_c1_unchanged_does_nothing() {
    for kind in [ItemKind::Appointment, ItemKind::Task, ItemKind::Email] {
        assert_eq!(steady(&facts(&item(kind), &link(kind))), (Vec::new(), Reason::Steady));
    }
}

#[test]
fn s1_m1_c1_changed_updates_meetings_and_tasks_and_no_mail() {
    for (kind, told) in [
        (ItemKind::Appointment, (vec![Effect::Update], Reason::FieldsUpdated)),
        (ItemKind::Task, (vec![Effect::Update], Reason::FieldsUpdated)),
        (ItemKind::Email, (Vec::new(), Reason::Steady)),
    ] {
        let mut link = link(kind);
        link.synced_version = Some(Version::from("v1"));
        assert_eq!(steady(&facts(&item(kind), &link)), told);
    }
}

#[test]
fn s1_m1_c1_changed_is_passed_over_where_another_link_is_the_field_source() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    link.synced_version = Some(Version::from("v1"));
    let facts = Facts { is_field_source: false, ..facts(&item, &link) };
    assert_eq!(steady(&facts), (Vec::new(), Reason::Steady));
    let decision = decide(&facts, &Rules::all());
    let mut after = link.clone();
    settle(&mut after, &decision, None, NOW);
    assert_eq!((after.synced_version, after.synced_hash), (Some(Version::from("v2")), None));
}

#[test]
fn s1_m1_c1_without_a_snapshot_takes_over_and_writes_nothing() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    link.synced_hash = None;
    for version in ["v1", "v2"] {
        link.synced_version = Some(Version::from(version));
        let expected = (vec![Effect::TakeOver], Reason::TookOverFields);
        assert_eq!(steady(&facts(&item, &link)), expected);
    }
}

#[test]
fn s1_m1_c1_of_a_task_that_carries_nothing_leaves_the_back_link() {
    let (item, mut link) = (item(ItemKind::Task), link(ItemKind::Task));
    link.back_linked = false;
    assert_eq!(steady(&facts(&item, &link)), (vec![Effect::PutBackLink], Reason::Steady));
    link.synced_version = None;
    let expected = (vec![Effect::Update, Effect::PutBackLink], Reason::FieldsUpdated);
    assert_eq!(steady(&facts(&item, &link)), expected);
    link.baseline = Baseline::Untracked;
    let decision = decide(&facts(&item, &link), &Rules::all());
    assert_eq!(decision.effects, [Effect::PutBackLink]);
    link.crm = CrmSide::NotLinked;
    let decision = decide(&facts(&item, &link), &Rules::all());
    let track = Effect::Track { raise_epoch: false, regarding: None };
    assert_eq!(decision.effects, [track, Effect::PutBackLink]);
}

#[test]
fn a_person_tracks_a_task_with_its_back_link_and_without_a_category_while_off() {
    let (item, mut link) = (item(ItemKind::Task), link(ItemKind::Task));
    (link.baseline, link.crm) = (Baseline::Untracked, CrmSide::NotLinked);
    let wish = RequestWish::Track { regarding: None };
    link.request = Some(Request { wish, origin: RequestOrigin::Person, at: NOW });
    let facts = Facts { mailbox: MailboxSide::Without, switch_on: false, ..facts(&item, &link) };
    let track = Effect::Track { raise_epoch: false, regarding: None };
    assert_eq!(decide(&facts, &Rules::all()).effects, [track, Effect::PutBackLink]);
}

#[test]
fn changes_of_what_is_gone_removed_or_untracked_go_nowhere() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    link.synced_version = None;
    for (mailbox, crm, effects) in [
        (MailboxSide::Without, CrmSide::Linked, vec![Effect::Unlink]),
        (MailboxSide::With, CrmSide::NotLinked, vec![Effect::RemoveCategory]),
        (MailboxSide::With, CrmSide::RecordDeleted, vec![Effect::RemoveCategory]),
        (MailboxSide::Gone, CrmSide::Linked, Vec::new()),
        (MailboxSide::Unreadable, CrmSide::Linked, Vec::new()),
    ] {
        link.crm = crm;
        let facts = Facts { mailbox, crm, ..facts(&item, &link) };
        assert_eq!(decide(&facts, &Rules::all()).effects, effects, "{mailbox:?} {crm:?}");
    }
}

#[test]
fn while_the_switch_is_off_a_change_goes_on_and_the_link_sleeps() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    link.synced_version = None;
    let facts = Facts { switch_on: false, ..facts(&item, &link) };
    let decision = decide(&facts, &Rules::all());
    assert_eq!((decision.effects, decision.reason), (vec![Effect::Update], Reason::Dormant));
}

fn copy(handle: &str, linked: i64, is_organizer: bool) -> Link {
    let mut copy = link(ItemKind::Appointment);
    copy.key.handle = ItemHandle::from(handle);
    copy.linked_at = Some(Instant::from_millis(linked));
    copy.is_organizer = is_organizer;
    copy
}

fn source(links: &[Link]) -> Option<&str> {
    field_source(links, &Rules::all()).map(|key| key.handle.as_str())
}

#[test]
fn the_organizers_copy_is_the_field_source_whenever_it_was_linked() {
    let links = [copy("a", 1, false), copy("b", 9, true), copy("c", 2, false)];
    assert_eq!(source(&links), Some("b"));
}

#[test]
fn without_it_the_earliest_link_is_and_the_next_one_after_that() {
    let mut links = vec![copy("b", 5, false), copy("a", 7, false), copy("c", 3, false)];
    assert_eq!(source(&links), Some("c"));
    links[2].crm = CrmSide::NotLinked;
    assert_eq!(source(&links), Some("b"));
    links[0].baseline = Baseline::Untracked;
    assert_eq!(source(&links), Some("a"));
    assert_eq!(source(&links[..1]), None);
}

#[test]
fn who_is_the_source_is_asked_only_where_it_matters() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    assert!(!asks_for_source(&item, &link));
    link.synced_hash = None;
    assert!(asks_for_source(&item, &link));
    link.synced_hash = Some(7);
    link.synced_version = Some(Version::from("v1"));
    assert!(asks_for_source(&item, &link));
    link.baseline = Baseline::Untracked;
    assert!(!asks_for_source(&item, &link));
    link.state = ItemState::SourceGone;
    assert!(asks_for_source(&item, &link), "it comes back");
}

#[test]
fn s0_m1_c1_of_what_comes_back_is_followed_where_it_was_changed_meanwhile() {
    let (item, mut link) = (item(ItemKind::Appointment), link(ItemKind::Appointment));
    (link.baseline, link.state) = (Baseline::Untracked, ItemState::SourceGone);
    let decide = |link: &Link| decide(&facts(&item, link), &Rules::all());
    assert_eq!(decide(&link).effects, [], "it says what it said");
    link.synced_version = Some(Version::from("v1"));
    let decision = decide(&link);
    assert_eq!(decision.effects, [Effect::Update]);
    assert_eq!(decision.reason, Reason::BothSidesAgree);
}

fn exception(seen_bearing: bool) -> Link {
    let mut link = link(ItemKind::Appointment);
    link.series = Some(SeriesMember {
        master: ItemHandle::from("AAkSeries"),
        original_start: Instant::from_millis(5),
    });
    link.seen_bearing = seen_bearing;
    link
}

#[test]
fn m_of_an_exception() {
    use MailboxSide::{Gone, Unreadable, With, Without};
    let (fresh, bore) = (exception(false), exception(true));
    let begun = Link { baseline: Baseline::Untracked, ..fresh.clone() };
    let cases = [
        // It bears the category itself.
        (With, None, Series::Untracked, (With, false)),
        (With, Some(&fresh), Series::Tracked, (With, false)),
        (With, Some(&bore), Series::Tracked, (With, false)),
        // It has it from its series.
        (Without, None, Series::Tracked, (With, true)),
        (Without, Some(&fresh), Series::Tracked, (With, true)),
        // It once bore it itself.
        (Without, Some(&bore), Series::Tracked, (Without, false)),
        // Its series is not tracked.
        (Without, None, Series::Untracked, (Without, false)),
        (Without, Some(&fresh), Series::Untracked, (Without, false)),
        // Nothing is decided yet about its series, whose record is gone.
        (Without, None, Series::Held, (Without, false)),
        (Without, Some(&begun), Series::Held, (Without, false)),
        (Without, Some(&fresh), Series::Held, (With, true)),
        // Its series has gone.
        (With, Some(&bore), Series::Gone, (Gone, false)),
        (Without, Some(&fresh), Series::Gone, (Gone, false)),
        // What is gone or unreadable stays so.
        (Gone, Some(&fresh), Series::Tracked, (Gone, false)),
        (Unreadable, Some(&fresh), Series::Gone, (Unreadable, false)),
    ];
    for (own, link, series, expected) in cases {
        let side = exception_side(own, link, series, &Rules::all());
        assert_eq!(side, expected, "{own:?} {series:?}");
    }
}

#[test]
fn how_a_series_stands() {
    assert_eq!(Series::of(None), Series::Untracked);
    let mut master = link(ItemKind::Appointment);
    assert_eq!(Series::of(Some(&master)), Series::Tracked);
    master.crm = CrmSide::RecordDeleted;
    assert_eq!(Series::of(Some(&master)), Series::Held);
    master.uncategorized = true;
    assert_eq!(Series::of(Some(&master)), Series::Untracked);
    master.baseline = Baseline::Untracked;
    assert_eq!(Series::of(Some(&master)), Series::Untracked);
    master.state = ItemState::SourceGone;
    assert_eq!(Series::of(Some(&master)), Series::Gone);
}

#[test]
fn the_first_own_assignment_is_remembered_and_ends_that_it_is_left_alone() {
    let mut link = exception(false);
    link.ignored = true;
    note_bearing(&mut link, MailboxSide::Without);
    assert!(link.ignored && !link.seen_bearing);
    note_bearing(&mut link, MailboxSide::With);
    assert!(!link.ignored && link.seen_bearing);
    link.ignored = true;
    note_bearing(&mut link, MailboxSide::With);
    assert!(link.ignored, "a bearer that is left alone stays so until it is seen without");
}

#[test]
fn what_an_exception_does_not_bear_is_not_taken_off_it() {
    let (item, mut link) = (item(ItemKind::Appointment), exception(false));
    link.crm = CrmSide::NotLinked;
    let facts = Facts { inherited: true, ..facts(&item, &link) };
    let decision = decide(&facts, &Rules::all());
    assert_eq!((decision.reason, decision.effects.len()), (Reason::UntrackedInCrm, 0));
    assert_eq!(decision.settle.ignored, Some(true));
    let mut after = link.clone();
    settle(&mut after, &decision, None, NOW);
    let facts = Facts { link: Some(&after), ..facts };
    let again = decide(&facts, &Rules::all());
    assert_eq!((again.reason, again.effects.len()), (Reason::UntrackedInCrm, 0));
}

#[test]
fn what_a_series_says_is_no_new_assignment_of_an_exception_that_was_given_up() {
    let (item, mut link) = (item(ItemKind::Appointment), exception(false));
    (link.baseline, link.crm) = (Baseline::Untracked, CrmSide::NotLinked);
    link.undeliverable = UndeliverableMark::Intended;
    link.attempts = MAX_TRACK_RETRIES + 1;
    // The mark was sent at an earlier version, and its answer was lost.
    link.own_write = Some(OwnWrite { base: Version::from("v1"), result: None });
    let marked = Facts { inherited: true, bears_undeliverable: true, ..facts(&item, &link) };
    let decision = decide(&marked, &Rules::all());
    assert_eq!((decision.reason, decision.effects.len()), (Reason::UndeliverableBefore, 0));
    assert_eq!(decision.settle.undeliverable, Some(UndeliverableMark::Marked));
    let mut after = link.clone();
    settle(&mut after, &decision, None, NOW);
    let again = decide(&Facts { link: Some(&after), ..marked.clone() }, &Rules::all());
    assert_eq!((again.reason, again.effects.len()), (Reason::UndeliverableBefore, 0));
    let assigned = decide(&Facts { inherited: false, ..marked }, &Rules::all());
    assert!(assigned.fresh_episode, "a category of its own is somebody's act");
}

#[test]
fn exceptions_say_that_they_come_and_go_with_their_series() {
    let (item, mut link) = (item(ItemKind::Appointment), exception(false));
    let without = Facts { mailbox: MailboxSide::Without, ..facts(&item, &link) };
    assert_eq!(decide(&without, &Rules::all()).reason, Reason::SeriesUntracked);
    (link.baseline, link.crm) = (Baseline::Untracked, CrmSide::NotLinked);
    let inherits = Facts { inherited: true, ..facts(&item, &link) };
    assert_eq!(decide(&inherits, &Rules::all()).reason, Reason::SeriesTracked);
    let first_sweep = Facts { first_sweep_after_switch_on: true, ..inherits };
    assert_eq!(decide(&first_sweep, &Rules::all()).reason, Reason::SeriesTracked);
}

#[test]
fn our_own_write_moves_what_is_up_to_date_along_and_nothing_else() {
    let write = Confirmed::Categories { base: Version::from("v2"), result: Version::from("v3") };
    let mut up_to_date = link(ItemKind::Appointment);
    confirm(&mut up_to_date, &Effect::AddCategory, &write, NOW, &Rules::all());
    assert_eq!(up_to_date.synced_version, Some(Version::from("v3")));
    let expected = OwnWrite { base: Version::from("v2"), result: Some(Version::from("v3")) };
    assert_eq!(up_to_date.own_write, Some(expected));
    let mut behind = link(ItemKind::Appointment);
    behind.synced_version = Some(Version::from("v1"));
    confirm(&mut behind, &Effect::AddCategory, &write, NOW, &Rules::all());
    assert_eq!(behind.synced_version, Some(Version::from("v1")));
}

#[test]
fn another_record_knows_nothing_of_what_the_last_one_was_given() {
    let mut link = link(ItemKind::Task);
    let effect = Effect::Track { raise_epoch: true, regarding: None };
    confirm(&mut link, &effect, &Confirmed::Linked(activity(0)), NOW, &Rules::all());
    assert!(link.back_linked && link.synced_hash.is_some());
    confirm(&mut link, &effect, &Confirmed::Linked(activity(1)), NOW, &Rules::all());
    assert!(!link.back_linked && link.synced_hash.is_none() && link.synced_version.is_none());
}

fn candidate(number: usize, created: i64) -> Candidate {
    Candidate {
        id: activity(number),
        direction: Direction::Incoming,
        sender: None,
        sent: None,
        created: Instant::from_millis(created),
    }
}

#[test]
fn the_carried_record_wins_then_the_oldest() {
    let found = |carried, except| {
        let candidates = [candidate(0, 3), candidate(1, 1), candidate(2, 2)];
        find_by_key(&candidates, carried, except, &Rules::all())
    };
    assert_eq!(found(None, None), Found::Link(activity(1)));
    assert_eq!(found(Some(activity(0)), None), Found::Link(activity(0)));
    assert_eq!(found(Some(activity(0)), Some(activity(0))), Found::Link(activity(1)));
    assert_eq!(find_by_key(&[], Some(activity(0)), None, &Rules::all()), Found::Create);
}

#[test]
fn organizer_and_attendees_are_resolved_like_a_sender() {
    let address = |address: &str| Address { name: String::new(), address: address.to_owned() };
    let content = ItemContent::Appointment(AppointmentContent {
        ical_uid: String::new(),
        subject: String::new(),
        body: Body { kind: BodyKind::Text, text: String::new() },
        location: String::new(),
        start: NOW,
        end: NOW,
        is_all_day: false,
        time_zone: "UTC".to_owned(),
        show_as: ShowAs::Busy,
        importance: Importance::Normal,
        is_private: false,
        is_organizer: false,
        organizer: Some(address("Kim@Contoso.test")),
        required: vec![address("kim@contoso.test")],
        optional: vec![address("nobody@contoso.test")],
        join_url: None,
        recurrence: None,
        cancelled: Vec::new(),
    });
    assert_eq!(addresses(&content), ["kim@contoso.test", "nobody@contoso.test"]);
    let kim = |table: &str| Match {
        record: RecordRef { table: table.to_owned(), id: UUIDS[0].parse().expect("valid") },
        is_active: true,
        owner: None,
        created: NOW,
        mail_owner: None,
        may_own: false,
    };
    let matches =
        BTreeMap::from([("kim@contoso.test".to_owned(), vec![kim("account"), kim("contact")])]);
    let resolution = Resolution {
        owner: PrincipalId(UUIDS[1].parse().expect("valid")),
        resolve_inactive: false,
        unresolve_ambiguous_sender: false,
        unresolve_ambiguous_recipients: false,
    };
    let parties = parties(&content, &matches, &resolution, &Rules::all());
    let told: Vec<_> = parties
        .iter()
        .map(|party| (party.role, party.record.as_ref().map(|record| record.table.as_str())))
        .collect();
    let expected = [
        (PartyRole::Organizer, Some("contact")),
        (PartyRole::Required, Some("contact")),
        (PartyRole::Optional, None),
    ];
    assert_eq!(told, expected);
}
