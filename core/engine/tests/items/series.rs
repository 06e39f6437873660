//! Series and their exceptions. Handles of exceptions sort before those of their series, so that
//! nothing comes out right by chance.

use crate::{
    mailbox::lock,
    subject,
    world::{ANNA, BEARING, Made, World, meeting, series, start},
};
use earmark_model::RequestWish;

const INHERITS: Made = Made { bears: false, of: Some(("s", start_of(3))) };
const BEARS: Made = Made { bears: true, of: Some(("s", start_of(3))) };

const fn start_of(day: i64) -> earmark_model::Instant {
    earmark_model::Instant::from_millis(1_772_438_400_000 + day * 86_400_000)
}

promises! {
    an_exception_is_tracked_with_its_series needs [exceptions_inherit, series_first];
    an_unchanged_series_is_not_read_again needs [];
    an_exception_that_comes_later_is_tracked needs [];
    an_exception_that_bore_the_category_is_removed_with_it needs [exceptions_once_bearing];
    what_only_inherited_goes_with_the_category_of_the_series needs [];
    untracked_in_the_crm_it_does_not_come_back needs [inherited_left_alone];
    untracked_by_a_person_it_does_not_come_back needs [inherited_left_alone];
    a_deleted_record_of_an_exception_is_not_made_again needs [inherited_left_alone];
    an_own_assignment_brings_an_untracked_exception_back needs [];
    an_occurrence_alone_is_tracked_without_its_series needs [];
    exceptions_go_with_their_series needs [exceptions_go_with_series];
    an_instance_of_the_crm_becomes_the_exception needs [];
    a_changed_exception_reaches_its_record needs [fields_follow];
    exceptions_are_read_again_after_a_crash needs [];
    exceptions_made_while_the_switch_is_off_are_found needs [];
    a_comparison_finds_nothing_wrong_with_what_inherits needs [];
}

/// A tracked series with one exception that bears nothing itself.
async fn tracked(world: &World) {
    world.put(ANNA, "s", series("Stand-up"), BEARING);
    world.put(ANNA, "e", meeting("Stand-up, later"), INHERITS);
    world.cycle().await;
}

async fn an_exception_is_tracked_with_its_series(world: World) {
    tracked(&world).await;
    assert_eq!(world.told(ANNA, "s").await, "tracked because category_assigned");
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
    let occurrence = world.record(ANNA, "e").await.draft.occurrence.expect("an occurrence");
    assert_eq!(occurrence.original_start, start(3));
    assert_eq!(occurrence.series, Some(world.activity(ANNA, "s").await));
    assert!(!world.link(ANNA, "e").await.seen_bearing);
}

async fn an_unchanged_series_is_not_read_again(world: World) {
    tracked(&world).await;
    assert!(world.asked(ANNA).contains(&"exceptions s".to_owned()));
    world.cycle().await;
    assert_eq!(world.asked(ANNA), ["sweep mail", "sweep calendar", "sweep tasks"]);
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
}

async fn an_exception_that_comes_later_is_tracked(world: World) {
    world.put(ANNA, "s", series("Stand-up"), BEARING);
    world.cycle().await;
    world.put(ANNA, "e", meeting("Stand-up, later"), INHERITS);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
}

async fn an_exception_that_bore_the_category_is_removed_with_it(world: World) {
    world.put(ANNA, "s", series("Stand-up"), BEARING);
    world.put(ANNA, "e", meeting("Stand-up, later"), BEARS);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because category_assigned");
    world.unassign(ANNA, "e");
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "untracked_by_user because category_removed");
    assert_eq!(world.told(ANNA, "s").await, "tracked because category_assigned");
    assert_eq!(world.records(), 2);
}

async fn what_only_inherited_goes_with_the_category_of_the_series(world: World) {
    tracked(&world).await;
    let other = Made { bears: true, of: Some(("s", start(4))) };
    world.put(ANNA, "f", meeting("Stand-up, elsewhere"), other);
    world.cycle().await;
    world.unassign(ANNA, "s");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "s").await, "untracked_by_user because category_removed");
    assert_eq!(world.told(ANNA, "e").await, "untracked_by_user because series_untracked");
    assert_eq!(world.told(ANNA, "f").await, "tracked because category_assigned");
    world.assign(ANNA, "s");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
    assert_eq!(world.records(), 3);
}

async fn untracked_in_the_crm_it_does_not_come_back(world: World) {
    tracked(&world).await;
    world.unlink_in_crm(ANNA, "e").await;
    world.cycle().await;
    world.cycle().await;
    world.rename(ANNA, "s", "Sit-down");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "untracked_by_user because untracked_in_crm");
    assert!(!world.asked(ANNA).contains(&"write e".to_owned()));
    world.unassign(ANNA, "s");
    world.cycle().await;
    world.assign(ANNA, "s");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
}

async fn untracked_by_a_person_it_does_not_come_back(world: World) {
    tracked(&world).await;
    world.request(ANNA, "e", RequestWish::Untrack).await;
    world.cycle().await;
    world.cycle().await;
    world.rename(ANNA, "s", "Sit-down");
    world.rename(ANNA, "e", "Sit-down, later");
    world.cycle().await;
    let told = world.told(ANNA, "e").await;
    assert_eq!(told, "untracked_by_user because untrack_requested_by_person");
    world.request(ANNA, "e", RequestWish::Track { regarding: None }).await;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because requested_by_person");
}

async fn a_deleted_record_of_an_exception_is_not_made_again(world: World) {
    tracked(&world).await;
    world.delete_record(ANNA, "e").await;
    world.cycle().await;
    world.rename(ANNA, "s", "Sit-down");
    world.rename(ANNA, "e", "Sit-down, later");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "record_deleted because record_deleted_in_crm");
    assert_eq!(world.records(), 1);
}

async fn an_own_assignment_brings_an_untracked_exception_back(world: World) {
    tracked(&world).await;
    world.unlink_in_crm(ANNA, "e").await;
    world.cycle().await;
    world.assign(ANNA, "e");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because category_assigned");
    assert!(world.link(ANNA, "e").await.seen_bearing);
}

async fn an_occurrence_alone_is_tracked_without_its_series(world: World) {
    let series = Made { bears: false, of: None };
    world.put(ANNA, "s", crate::world::series("Stand-up"), series);
    world.put(ANNA, "e", meeting("Stand-up, later"), BEARS);
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because category_assigned");
    let occurrence = world.record(ANNA, "e").await.draft.occurrence.expect("an occurrence");
    assert_eq!((occurrence.original_start, occurrence.series), (start(3), None));
    assert_eq!((world.records(), world.links(ANNA).await.len()), (1, 1));
}

async fn exceptions_go_with_their_series(world: World) {
    tracked(&world).await;
    // A server may still show an exception whose series has gone.
    world.delete(ANNA, "s");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "s").await, "source_gone because source_gone");
    assert_eq!(world.told(ANNA, "e").await, "source_gone because source_gone");
    assert_eq!(world.records(), 2);
}

async fn an_instance_of_the_crm_becomes_the_exception(world: World) {
    lock(&world.crm.state).expands = vec![start(2), start(3)];
    tracked(&world).await;
    assert_eq!(world.records(), 3);
    let record = world.record(ANNA, "e").await;
    assert!(!record.is_plain);
    assert_eq!(subject(&record.draft.content), "Stand-up, later");
    let once = ["lookup", "promote", "compare"];
    assert_eq!(world.asked_crm(), [once, once].concat());
    world.cycle().await;
    assert_eq!(world.asked_crm(), [""; 0]);
}

async fn a_changed_exception_reaches_its_record(world: World) {
    tracked(&world).await;
    world.rename(ANNA, "e", "Stand-up, much later");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "e").await, "Stand-up, much later");
    assert_eq!(world.subject(ANNA, "s").await, "Stand-up");
    world.rename(ANNA, "s", "Sit-down");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "s").await, "Sit-down");
}

async fn exceptions_are_read_again_after_a_crash(world: World) {
    world.put(ANNA, "s", series("Stand-up"), BEARING);
    world.cycle().await;
    world.put(ANNA, "e", meeting("Stand-up, later"), INHERITS);
    world.put(ANNA, "z", meeting("Offer"), BEARING);
    // The cycle is interrupted after the series was carried out, before its exceptions were.
    lock(&world.contents(ANNA)).throttled_after = Some("read s".to_owned());
    world.cycle().await;
    assert_eq!(world.told(ANNA, "z").await, "pending because attempt_interrupted");
    assert_eq!(world.links(ANNA).await.len(), 2);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
}

async fn exceptions_made_while_the_switch_is_off_are_found(world: World) {
    world.put(ANNA, "s", series("Stand-up"), BEARING);
    world.cycle().await;
    world.switch(false);
    world.cycle().await;
    world.put(ANNA, "e", meeting("Stand-up, later"), INHERITS);
    world.cycle().await;
    assert_eq!(world.links(ANNA).await.len(), 1);
    world.switch(true);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "e").await, "tracked because series_tracked");
}

async fn a_comparison_finds_nothing_wrong_with_what_inherits(world: World) {
    tracked(&world).await;
    let report = world.reconcile().await;
    assert_eq!((report.bearers, report.links), (1, 2));
    assert_eq!(report.differences, []);
    world.edit(ANNA, "s", |held| held.item.categories.clear());
    assert_eq!(world.reconcile().await.differences.len(), 1);
}
