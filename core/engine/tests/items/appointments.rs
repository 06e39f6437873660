//! Appointments: tracked once, then kept in step with their record.

use crate::world::{ANNA, BEARING, BERT, PLAIN, World, invited, meeting};
use earmark_mailbox_port::Scope;
use earmark_model::{ItemHandle, RequestWish};

const TRACK: RequestWish = RequestWish::Track { regarding: None };

promises! {
    an_appointment_is_tracked_and_compared_once needs [];
    changes_reach_the_record_and_what_is_not_mapped_does_not needs [fields_follow];
    our_own_category_write_is_no_change needs [own_writes_keep_fields];
    the_organizers_copy_gives_the_fields needs [one_field_source, organizer_is_field_source];
    whoever_takes_over_writes_nothing needs [takeover_writes_nothing];
    a_closed_record_takes_no_change needs [];
    changes_go_on_while_the_switch_is_off needs [fields_follow_while_off];
    an_uncategorized_meeting_is_kept_in_step needs [];
    a_change_after_a_lost_answer_is_not_lost needs [];
    a_lost_ledger_writes_nothing_until_the_next_change needs [];
    a_refused_update_is_repeated needs [];
    a_change_in_the_moment_of_our_write_is_not_lost needs [];
    a_deleted_meeting_closes_its_link needs [row_gone];
    tracked_again_it_has_one_record_and_brings_its_changes needs [find_before_create];
    a_person_untracks_by_request needs [person_untrack];
    assigned_again_after_a_lost_answer_to_the_unlink_it_is_linked_again needs [row_removed];
}

async fn an_appointment_is_tracked_and_compared_once(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    let reads = ["sweep mail", "sweep calendar", "sweep tasks", "read m"];
    assert_eq!(world.asked(ANNA), reads);
    assert_eq!(world.asked_crm(), ["lookup", "promote", "compare"]);
    assert_eq!(world.told(ANNA, "m").await, "tracked because category_assigned");
    let link = world.link(ANNA, "m").await;
    assert_eq!(link.time_zone.as_deref(), Some("Europe/Berlin"));
    assert!(link.is_organizer && link.synced_hash.is_some());
    world.cycle().await;
    assert_eq!(world.asked(ANNA), reads[..3]);
    assert_eq!(world.asked_crm(), [""; 0]);
}

async fn changes_reach_the_record_and_what_is_not_mapped_does_not(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.rename(ANNA, "m", "Better offer");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Better offer");
    assert_eq!(world.told(ANNA, "m").await, "tracked because fields_updated");
    world.asked_crm();
    world.edit(ANNA, "m", |held| held.item.categories.push("Blue".to_owned()));
    world.cycle().await;
    assert_eq!(world.asked_crm(), [""; 0]);
    assert_eq!(world.told(ANNA, "m").await, "tracked because fields_updated");
    world.asked(ANNA);
    world.cycle().await;
    assert!(!world.asked(ANNA).contains(&"read m".to_owned()));
}

async fn our_own_category_write_is_no_change(world: World) {
    world.put(ANNA, "m", meeting("Offer"), PLAIN);
    world.request(ANNA, "m", TRACK).await;
    world.cycle().await;
    assert!(world.asked(ANNA).contains(&"write m".to_owned()));
    world.cycle().await;
    assert!(!world.asked(ANNA).contains(&"read m".to_owned()));
    assert_eq!(world.told(ANNA, "m").await, "tracked because requested_by_person");
}

async fn the_organizers_copy_gives_the_fields(world: World) {
    world.put(BERT, "b", invited("Offer"), BEARING);
    world.cycle().await;
    world.put(ANNA, "a", meeting("Offer"), BEARING);
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.records(), 1);
    assert_eq!(world.activity(ANNA, "a").await, world.activity(BERT, "b").await);
    world.rename(BERT, "b", "what Bert calls it");
    world.cycle().await;
    assert_eq!(world.subject(BERT, "b").await, "Offer");
    world.rename(ANNA, "a", "what Anna calls it");
    world.cycle().await;
    assert_eq!(world.subject(BERT, "b").await, "what Anna calls it");
}

async fn whoever_takes_over_writes_nothing(world: World) {
    world.put(ANNA, "a", meeting("Offer"), BEARING);
    world.put(BERT, "b", invited("Offer"), BEARING);
    world.cycle().await;
    world.rename(BERT, "b", "what Bert calls it");
    world.cycle().await;
    world.refuse(BERT, Scope::Calendar, true);
    world.unassign(ANNA, "a");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "a").await, "untracked_by_user because category_removed");
    world.rename(BERT, "b", "what Bert calls it now");
    world.refuse(BERT, Scope::Calendar, false);
    world.cycle().await;
    assert_eq!(world.subject(BERT, "b").await, "Offer");
    assert_eq!(world.told(BERT, "b").await, "tracked because took_over_fields");
    world.rename(BERT, "b", "Bert's meeting");
    world.cycle().await;
    assert_eq!(world.subject(BERT, "b").await, "Bert's meeting");
}

async fn a_closed_record_takes_no_change(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.close_record(ANNA, "m", true).await;
    world.rename(ANNA, "m", "too late");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Offer");
    assert_eq!(world.told(ANNA, "m").await, "tracked because record_closed");
    world.asked_crm();
    world.cycle().await;
    assert_eq!(world.asked_crm(), [""; 0]);
    assert_eq!(world.told(ANNA, "m").await, "tracked because record_closed");
    world.close_record(ANNA, "m", false).await;
    world.rename(ANNA, "m", "in time");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "in time");
}

async fn changes_go_on_while_the_switch_is_off(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.switch(false);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "dormant because dormant");
    world.rename(ANNA, "m", "changed while off");
    world.unassign(ANNA, "m");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "dormant because dormant");
    assert_eq!(world.subject(ANNA, "m").await, "changed while off");
}

async fn an_uncategorized_meeting_is_kept_in_step(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.switch(false);
    world.cycle().await;
    world.unassign(ANNA, "m");
    world.switch(true);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "tracked because uncategorized_since_switch_on");
    world.rename(ANNA, "m", "changed");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "changed");
    assert_eq!(world.told(ANNA, "m").await, "tracked because uncategorized_since_switch_on");
}

async fn a_change_after_a_lost_answer_is_not_lost(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    crate::mailbox::lock(&world.crm.state).loses_answer = true;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "retrying because attempt_failed");
    world.rename(ANNA, "m", "Better offer");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "tracked because both_sides_agree");
    assert_eq!(world.records(), 1);
    assert_eq!(world.subject(ANNA, "m").await, "Better offer");
}

async fn a_lost_ledger_writes_nothing_until_the_next_change(mut world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.lose_ledger();
    world.rename(ANNA, "m", "changed meanwhile");
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.records(), 1);
    assert_eq!(world.subject(ANNA, "m").await, "Offer");
    world.rename(ANNA, "m", "changed afterwards");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "changed afterwards");
}

async fn a_refused_update_is_repeated(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.rename(ANNA, "m", "Better offer");
    crate::mailbox::lock(&world.crm.state).refuses_updates = true;
    world.cycle().await;
    let link = world.link(ANNA, "m").await;
    assert_eq!((link.reason.as_str(), link.attempts), ("attempt_interrupted", 0));
    crate::mailbox::lock(&world.crm.state).refuses_updates = false;
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Better offer");
    assert_eq!(world.told(ANNA, "m").await, "tracked because fields_updated");
}

async fn a_change_in_the_moment_of_our_write_is_not_lost(world: World) {
    world.put(ANNA, "m", meeting("Offer"), PLAIN);
    world.request(ANNA, "m", TRACK).await;
    crate::mailbox::lock(&world.contents(ANNA)).raced = Some(ItemHandle::from("m"));
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Offer");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "changed in the same moment");
}

async fn a_deleted_meeting_closes_its_link(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.delete(ANNA, "m");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "source_gone because source_gone");
    assert_eq!(world.records(), 1);
}

async fn tracked_again_it_has_one_record_and_brings_its_changes(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.unassign(ANNA, "m");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "untracked_by_user because category_removed");
    world.rename(ANNA, "m", "Better offer");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Offer");
    world.assign(ANNA, "m");
    world.asked_crm();
    world.cycle().await;
    assert_eq!(world.asked_crm(), ["lookup", "link", "update", "compare"]);
    assert_eq!(world.subject(ANNA, "m").await, "Better offer");
    assert_eq!(world.records(), 1);
}

async fn a_person_untracks_by_request(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.request(ANNA, "m", RequestWish::Untrack).await;
    world.cycle().await;
    let told = world.told(ANNA, "m").await;
    assert_eq!(told, "untracked_by_user because untrack_requested_by_person");
    world.rename(ANNA, "m", "nobody's business");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "m").await, "Offer");
}

async fn assigned_again_after_a_lost_answer_to_the_unlink_it_is_linked_again(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.unassign(ANNA, "m");
    crate::mailbox::lock(&world.crm.state).loses_answer = true;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "pending because attempt_interrupted");
    world.assign(ANNA, "m");
    world.cycle().await;
    assert_eq!(world.link(ANNA, "m").await.baseline, earmark_model::Baseline::Tracked);
    assert_eq!(crate::mailbox::lock(&world.crm.state).links.len(), 1);
    assert_eq!(world.records(), 1);
}

#[tokio::test]
async fn tracked_again_without_an_answer_and_taken_back_leaves_no_link() {
    let world = World::new();
    world.put(ANNA, "m", meeting("Review"), BEARING);
    world.cycle().await;
    world.unassign(ANNA, "m");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "untracked_by_user because category_removed");
    world.assign(ANNA, "m");
    crate::mailbox::lock(&world.crm.state).loses_answer = true;
    world.cycle().await;
    assert_eq!(crate::mailbox::lock(&world.crm.state).links.len(), 1);
    world.unassign(ANNA, "m");
    world.cycle().await;
    assert!(crate::mailbox::lock(&world.crm.state).links.is_empty(), "the link is nobody's");
    assert_eq!(world.records(), 1);
    assert_eq!(world.link(ANNA, "m").await.state.as_str(), "untracked_by_user");
}
