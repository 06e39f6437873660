//! A full comparison finds what differs, says what it is, repairs what the rules can repair, and
//! finds nothing when it looks again.

use earmark_engine::{DifferenceKind, ReconcileReport, Repair};
use earmark_testkit::{
    World,
    world::{Mail, Seen},
};
use http::Method;
use serde_json::json;
use std::time::Duration;

const TRACKED: &str = "Tracked to Dynamics 365";
const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";
const ANNA: &str = "anna@fabrikam.test";
const BERT: &str = "bert@fabrikam.test";
const KIM: &str = "kim@contoso.test";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A world with one mailbox in which these messages are tracked.
async fn world(subjects: &[&str]) -> World {
    let world = World::new(1).await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("a user");
    world.add_party("contact", "Kim Lee", KIM, None).await.expect("a contact");
    world.cycle().await;
    for subject in subjects {
        track(&world, subject).await;
    }
    world.cycle().await;
    for subject in subjects {
        assert_eq!(state(&world, subject).await, "tracked", "{subject}");
    }
    nothing_differs(&world).await;
    world
}

async fn track(world: &World, subject: &str) {
    receive(world, subject).await;
    let item = item(world, subject).await;
    world.assign(ANNA, &item, TRACKED).await.expect("assigned");
}

async fn receive(world: &World, subject: &str) {
    let mail = Mail {
        subject: subject.to_owned(),
        from: KIM.to_owned(),
        to: vec![ANNA.to_owned()],
        message_id: Some(format!("<{subject}@contoso.test>")),
        ..Mail::default()
    };
    world.deliver(&mail).await.expect("delivered");
}

async fn item(world: &World, subject: &str) -> Seen {
    world.items(ANNA, subject, None).await.expect("items").remove(0)
}

async fn unassign(world: &World, subject: &str) {
    let item = item(world, subject).await;
    world.unassign(ANNA, &item, TRACKED).await.expect("taken off");
}

async fn state(world: &World, subject: &str) -> String {
    let item = item(world, subject).await;
    let state = world.item_state(ANNA, &item.id).await.expect("a state");
    state.map_or_else(String::new, |(state, _)| state)
}

async fn count(world: &World, subject: &str) -> usize {
    world.records(subject).await.expect("records").len()
}

fn kinds(report: &ReconcileReport) -> Vec<&'static str> {
    let mut kinds: Vec<_> = report.differences.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

async fn found(world: &World) -> Vec<&'static str> {
    let report = world.reconcile(false).await.expect("a report");
    assert!(!report.applied && report.repaired.is_empty());
    assert_eq!(report.unreadable, []);
    kinds(&report)
}

/// Nothing differs, and a repair of nothing writes nothing, there or here.
async fn nothing_differs(world: &World) {
    world.clear_counts().await.expect("cleared");
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!(report.differences, []);
    assert_eq!((report.repaired, report.waiting), (vec![], vec![]));
    for (target, method, route, count) in world.counts().await.expect("counts") {
        let reads = method == "GET" || route.ends_with("$batch");
        assert!(reads, "{count} × {target} {method} {route}");
    }
}

/// Exactly these differ; a repair leaves none of them, and the next one finds nothing.
async fn is_repaired(world: &World, wanted: &[&str]) {
    assert_eq!(found(world).await, wanted);
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!(kinds(&report), Vec::<&str>::new(), "{report:#?}");
    assert_eq!(report.unfinished, []);
    let mut repaired: Vec<_> = report.repaired.iter().map(|one| one.kind.as_str()).collect();
    repaired.sort_unstable();
    assert_eq!(repaired, wanted);
    nothing_differs(world).await;
}

/// Exactly these differ; a repair leaves them to a person, stripping nothing.
async fn waits_for_a_person(world: &World, wanted: &[&str]) {
    assert_eq!(found(world).await, wanted);
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!(report.differences, [], "what is held does not differ");
    assert_eq!((report.waiting.len(), report.repaired.len()), (wanted.len(), 0));
    for waiting in &report.waiting {
        assert!(waiting.needs_person && waiting.until.is_none(), "{waiting:?}");
        assert_eq!(waiting.reason, "missing_in_crm");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_the_ledger_lost_are_written_again() {
    let world = world(&["One", "Two", "Three"]).await;
    let lost = world.break_ledger("DELETE FROM link WHERE message_id = '<Two@contoso.test>'");
    assert_eq!(lost.expect("deleted"), 1);
    is_repaired(&world, &["link_unknown"]).await;
    assert_eq!((state(&world, "Two").await.as_str(), count(&world, "Two").await), ("tracked", 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_ledger_is_found_again_from_what_both_sides_show() {
    let world = world(&["One", "Bare", "Gone"]).await;
    unassign(&world, "Bare").await;
    let gone = item(&world, "Gone").await;
    world.delete_item(ANNA, &gone.id).await.expect("deleted");
    world.lose_ledger().await.expect("lost");
    assert_eq!(found(&world).await, ["link_of_gone_item", "link_unknown", "link_unknown"]);
    // The first cycle finds what bears the category by itself.
    world.run_due().await;
    is_repaired(&world, &["link_of_gone_item", "link_unknown"]).await;
    for subject in ["One", "Bare", "Gone"] {
        let records = world.records(subject).await.expect("records");
        assert_eq!(records.len(), 1, "{subject}");
        let links = world.links_of(&records[0].id).await.expect("links");
        assert_eq!(links.len(), 1, "the link of {subject} stays");
    }
    let bare = item(&world, "Bare").await;
    assert_eq!(bare.categories, Vec::<String>::new(), "nothing is put on");
    assert_eq!(state(&world, "Bare").await, "tracked");
    let gone = world.item_state(ANNA, &gone.id).await.expect("a state");
    assert_eq!(gone.expect("a row").0, "source_gone");
    // What a person says about it from now on counts.
    world.request(ANNA, &bare.id, false, None).await.expect("asked");
    world.run_due().await;
    assert_eq!(state(&world, "Bare").await, "untracked_by_user");
    nothing_differs(&world).await;
}

#[tokio::test(start_paused = true)]
async fn a_category_taken_off_and_an_item_deleted_while_the_service_was_down() {
    let world = world(&["One", "Off", "Gone"]).await;
    unassign(&world, "Off").await;
    let gone = item(&world, "Gone").await;
    world.delete_item(ANNA, &gone.id).await.expect("deleted");
    receive(&world, "New").await;
    let new = item(&world, "New").await;
    world.assign(ANNA, &new, TRACKED).await.expect("assigned");
    is_repaired(&world, &["bearer_not_linked", "category_missing", "item_gone"]).await;
    assert_eq!(state(&world, "Off").await, "untracked_by_user");
    assert_eq!((count(&world, "Off").await, count(&world, "New").await), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_nobody_is_known_to_have_taken_away_waits_for_a_person() {
    let world = world(&["One", "Two"]).await;
    let link = "DELETE FROM exchangesyncidmapping WHERE objectid IN \
                (SELECT activityid FROM email WHERE subject = 'Two')";
    assert_eq!(world.break_crm(link).expect("deleted"), 1);
    waits_for_a_person(&world, &["link_missing"]).await;
    assert_eq!(item(&world, "Two").await.categories, [TRACKED], "nothing is stripped");
    world.decide_held(ANNA, false).await.expect("discarded");
    world.run_due().await;
    assert_eq!((state(&world, "Two").await.as_str(), count(&world, "Two").await), ("tracked", 1));
    nothing_differs(&world).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_ledger_over_a_newer_crm_is_brought_up_to_date() {
    let world = world(&["Stays", "Ends"]).await;
    world.back_up_ledger().expect("copied");
    unassign(&world, "Ends").await;
    track(&world, "Newer").await;
    world.cycle().await;
    nothing_differs(&world).await;
    world.restore_ledger().await.expect("restored");
    assert_eq!(found(&world).await, ["link_missing", "link_unknown"]);
    // The first cycle sees what both mailbox and CRM show.
    world.run_due().await;
    nothing_differs(&world).await;
    assert_eq!(state(&world, "Newer").await, "tracked");
    assert_eq!(state(&world, "Ends").await, "untracked_by_user");
    for subject in ["Stays", "Ends", "Newer"] {
        assert_eq!(count(&world, subject).await, 1, "{subject}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_crm_under_a_newer_ledger_strips_nothing() {
    let world = world(&["Old"]).await;
    world.back_up_crm().expect("copied");
    track(&world, "Newer").await;
    world.cycle().await;
    assert_eq!(count(&world, "Newer").await, 1);
    world.restore_crm().expect("restored");
    waits_for_a_person(&world, &["record_missing"]).await;
    assert_eq!(item(&world, "Newer").await.categories, [TRACKED]);
    world.decide_held(ANNA, false).await.expect("discarded");
    world.run_due().await;
    assert_eq!((count(&world, "Newer").await, count(&world, "Old").await), (1, 1));
    nothing_differs(&world).await;
}

#[tokio::test(start_paused = true)]
async fn the_list_of_categories_is_made_right() {
    let world = world(&["One"]).await;
    world.delete_category(ANNA, TRACKED).await.expect("deleted");
    is_repaired(&world, &["entry_missing"]).await;
    world.rename_category(ANNA, TRACKED, "Customers", true).await.expect("renamed");
    is_repaired(&world, &["entry_renamed"]).await;
    world.delete_category(ANNA, "Customers").await.expect("deleted");
    world.create_category(ANNA, "Customers").await.expect("made");
    is_repaired(&world, &["entry_rebound"]).await;
    assert_eq!((state(&world, "One").await.as_str(), count(&world, "One").await), ("tracked", 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_ledger_believes_against_the_crm_is_corrected() {
    let world = world(&["One", "Two"]).await;
    let elsewhere = "UPDATE link SET activity = (SELECT activity FROM link \
                     WHERE message_id = '<Two@contoso.test>') \
                     WHERE message_id = '<One@contoso.test>'";
    assert_eq!(world.break_ledger(elsewhere).expect("changed"), 1);
    is_repaired(&world, &["link_elsewhere"]).await;
    let unlinked = "UPDATE link SET crm = 0 WHERE message_id = '<One@contoso.test>'";
    assert_eq!(world.break_ledger(unlinked).expect("changed"), 1);
    is_repaired(&world, &["link_unknown"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_record_remembered_as_deleted_and_a_message_as_untracked_are_forgotten() {
    let world = world(&["One"]).await;
    let record = world.records("One").await.expect("records").remove(0);
    world.delete_record(&record.id).await.expect("deleted");
    world.cycle().await;
    world.cycle().await;
    let again = item(&world, "One").await;
    world.assign(ANNA, &again, TRACKED).await.expect("assigned");
    world.cycle().await;
    nothing_differs(&world).await;
    let deleted = world.break_ledger("UPDATE epoch SET deleted = 1").expect("changed");
    assert_eq!(deleted, 1);
    is_repaired(&world, &["epoch_contradicts"]).await;
    unassign(&world, "One").await;
    world.cycle().await;
    let back = item(&world, "One").await;
    world.assign(ANNA, &back, TRACKED).await.expect("assigned");
    let kept = world.break_ledger("CREATE TABLE kept AS SELECT * FROM tombstone");
    kept.expect("a person took it off");
    world.cycle().await;
    nothing_differs(&world).await;
    let stones = world.break_ledger("INSERT INTO tombstone SELECT * FROM kept").expect("back");
    assert_eq!(stones, 1);
    is_repaired(&world, &["tombstone_contradicts"]).await;
    assert_eq!((state(&world, "One").await.as_str(), count(&world, "One").await), ("tracked", 1));
}

#[tokio::test(start_paused = true)]
async fn two_records_of_one_message_are_told_and_left_to_a_person() {
    let world = world(&["One"]).await;
    let twin = json!({
        "subject": "One", "messageid": "<One@contoso.test>", "directioncode": false,
    });
    world.admin(Method::POST, "/api/data/v9.2/emails", Some(twin)).await.expect("made");
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!(kinds(&report), ["source_doubled"]);
    let double = &report.differences[0];
    assert_eq!((double.repair, double.detail.split(' ').count()), (Repair::Person, 2));
    assert_eq!(count(&world, "One").await, 2, "no record is deleted");
}

#[tokio::test(start_paused = true)]
async fn an_undeliverable_category_without_a_failure_is_told() {
    let world = world(&["One"]).await;
    receive(&world, "Odd").await;
    for subject in ["One", "Odd"] {
        let item = item(&world, subject).await;
        world.assign(ANNA, &item, UNDELIVERABLE).await.expect("assigned");
    }
    assert_eq!(found(&world).await, ["undeliverable_stale", "undeliverable_unknown"]);
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!(kinds(&report), ["undeliverable_unknown"]);
    assert_eq!(report.differences[0].repair, Repair::Person);
    assert_eq!(item(&world, "One").await.categories, [TRACKED]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_subscribed_is_told_and_subscribed() {
    let world = world(&["One"]).await;
    world.offer_push().await.expect("push");
    world.cycle().await;
    nothing_differs(&world).await;
    let ended = world.break_ledger("DELETE FROM subscription").expect("deleted");
    assert!(ended > 0);
    assert_eq!(found(&world).await, vec!["subscription_missing"; ended]);
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!((report.differences.len(), report.repaired.len()), (0, ended), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_never_came_is_given_up() {
    let world = world(&["One"]).await;
    world.add_user(BERT, "Bert Falk", false).await.expect("a user");
    world.cycle().await;
    let mail = Mail {
        subject: "Both".to_owned(),
        from: KIM.to_owned(),
        to: vec![ANNA.to_owned(), BERT.to_owned()],
        message_id: Some("<Both@contoso.test>".to_owned()),
        ..Mail::default()
    };
    world.deliver_but(&mail, &[BERT.to_owned()]).await.expect("delivered to one of them");
    let copy = item(&world, "Both").await;
    world.assign(ANNA, &copy, TRACKED).await.expect("assigned");
    world.cycle().await;
    nothing_differs(&world).await;
    let opened = world.now().minus(2 * DAY).as_millis();
    let old = format!("UPDATE expected_copy SET opened_at = {opened} WHERE closed_at IS NULL");
    assert_eq!(world.break_ledger(&old).expect("changed"), 1);
    is_repaired(&world, &["copy_overdue"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_no_difference_and_says_until_when() {
    let world = world(&["One"]).await;
    let lost = json!([{"target": "crm", "fault": {"status": 500}}]);
    world.set_faults(lost).await.expect("faults");
    track(&world, "Refused").await;
    world.cycle().await;
    world.clear_faults().await.expect("none");
    let report = world.reconcile(false).await.expect("a report");
    assert_eq!(report.differences, []);
    let [waiting] = report.waiting.as_slice() else { panic!("{report:#?}") };
    assert!(!waiting.needs_person);
    assert_eq!(waiting.item.as_str(), item(&world, "Refused").await.id);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_said_and_nothing_is_concluded() {
    let world = world(&["One"]).await;
    unassign(&world, "One").await;
    world.disable_user(ANNA).await.expect("disabled");
    let report = world.reconcile(true).await.expect("a report");
    assert_eq!((report.differences.len(), report.mailboxes), (0, 0));
    let [unreadable] = report.unreadable.as_slice() else { panic!("{report:#?}") };
    assert_eq!(unreadable.part, "mailbox");
    assert!(!unreadable.code.is_empty() && !unreadable.detail.is_empty());
}

#[test]
fn every_kind_that_a_person_must_repair_says_what_to_do() {
    let persons: Vec<_> = DifferenceKind::ALL
        .iter()
        .filter(|kind| kind.repair() == Repair::Person)
        .map(|kind| kind.as_str())
        .collect();
    assert_eq!(
        persons,
        [
            "link_missing",
            "record_missing",
            "item_doubled",
            "source_doubled",
            "undeliverable_unknown"
        ]
    );
}
