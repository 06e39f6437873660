//! Tasks: they carry the id of their record, and are recognised by it.

use crate::{
    mailbox::lock,
    world::{ANNA, BEARING, World, task},
};
use earmark_model::{ActivityId, ItemContent, ItemHandle};

promises! {
    a_task_is_tracked_and_carries_its_record needs [back_link_left];
    a_moved_task_keeps_its_record needs [back_link_found];
    a_moved_task_keeps_its_record_after_a_lost_ledger needs [back_link_found];
    a_changed_task_reaches_its_record needs [fields_follow];
    a_new_record_takes_the_place_of_a_deleted_one needs [];
    a_back_link_that_could_not_be_left_is_left_later needs [back_link_left];
    a_change_in_the_moment_of_the_back_link_is_not_lost needs [];
}

fn carried(world: &World, handle: &str) -> Option<ActivityId> {
    let contents = world.contents(ANNA);
    let contents = lock(&contents);
    match &contents.items[&ItemHandle::from(handle)].content {
        ItemContent::Task(task) => task.back_link,
        ItemContent::Message(_) | ItemContent::Appointment(_) => None,
    }
}

/// Somebody moves a task to another list, where it has another id.
fn move_task(world: &World, from: &str, to: &str) {
    let contents = world.contents(ANNA);
    let mut contents = lock(&contents);
    let mut held = contents.items.remove(&ItemHandle::from(from)).expect("the task");
    held.item.handle = ItemHandle::from(to);
    contents.items.insert(held.item.handle.clone(), held);
    contents.touch(&ItemHandle::from(to));
}

async fn a_task_is_tracked_and_carries_its_record(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "l1/t").await, "tracked because category_assigned");
    assert_eq!(world.asked(ANNA)[3..], ["read l1/t", "back link l1/t"]);
    assert_eq!(world.asked_crm(), ["lookup", "promote", "compare"]);
    assert_eq!(carried(&world, "l1/t"), Some(world.activity(ANNA, "l1/t").await));
    // What the write made is looked at once, because somebody may have changed the task with it.
    world.cycle().await;
    world.asked(ANNA);
    world.cycle().await;
    assert_eq!(world.asked(ANNA).len(), 3);
    assert_eq!(world.asked_crm(), [""; 0]);
    assert_eq!(world.told(ANNA, "l1/t").await, "tracked because category_assigned");
}

async fn a_moved_task_keeps_its_record(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    move_task(&world, "l1/t", "l2/u");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "l1/t").await, "source_gone because source_gone");
    assert_eq!(world.told(ANNA, "l2/u").await, "tracked because category_assigned");
    assert_eq!(world.activity(ANNA, "l2/u").await, world.activity(ANNA, "l1/t").await);
    assert_eq!(world.records(), 1);
    let keys = (world.link(ANNA, "l1/t").await, world.link(ANNA, "l2/u").await);
    assert_eq!(keys.0.source_key, keys.1.source_key);
    world.rename(ANNA, "l2/u", "Call Kim today");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "l2/u").await, "Call Kim today");
}

async fn a_moved_task_keeps_its_record_after_a_lost_ledger(mut world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    world.lose_ledger();
    move_task(&world, "l1/t", "l2/u");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "l2/u").await, "tracked because category_assigned");
    assert_eq!(world.records(), 1);
}

async fn a_changed_task_reaches_its_record(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    world.cycle().await;
    world.rename(ANNA, "l1/t", "Call Kim today");
    world.asked_crm();
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "l1/t").await, "Call Kim today");
    assert_eq!(world.asked_crm(), ["compare", "update", "compare"]);
}

async fn a_new_record_takes_the_place_of_a_deleted_one(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    let first = world.activity(ANNA, "l1/t").await;
    world.delete_record(ANNA, "l1/t").await;
    world.cycle().await;
    assert_eq!(world.told(ANNA, "l1/t").await, "record_deleted because record_deleted_in_crm");
    world.assign(ANNA, "l1/t");
    world.cycle().await;
    let second = world.activity(ANNA, "l1/t").await;
    assert_ne!(first, second);
    assert_eq!(carried(&world, "l1/t"), Some(second));
}

async fn a_back_link_that_could_not_be_left_is_left_later(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    lock(&world.contents(ANNA)).throttled_after = Some("read l1/t".to_owned());
    world.cycle().await;
    assert_eq!(carried(&world, "l1/t"), None);
    assert_eq!(world.told(ANNA, "l1/t").await, "pending because attempt_interrupted");
    world.cycle().await;
    assert_eq!(carried(&world, "l1/t"), Some(world.activity(ANNA, "l1/t").await));
    assert_eq!(world.told(ANNA, "l1/t").await, "tracked because both_sides_agree");
}

async fn a_change_in_the_moment_of_the_back_link_is_not_lost(world: World) {
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    lock(&world.contents(ANNA)).raced = Some(ItemHandle::from("l1/t"));
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "l1/t").await, "Call Kim");
    world.cycle().await;
    assert_eq!(world.subject(ANNA, "l1/t").await, "changed in the same moment");
}
