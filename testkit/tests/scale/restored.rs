//! A CRM restored from last week's backup: what it has lost is held, and nothing is stripped.

use super::{ANNA, KIM, TRACKED, add_user, assign, items, receive, size, tracked};
use earmark_testkit::World;

const BEN: &str = "ben@fabrikam.test";

/// Units: items of each mailbox that are tracked before the backup.
const ITEMS: usize = size(100, 12);

/// Units: days from the backup to the restore, and items that are tracked on each.
const DAYS: usize = size(7, 1);
const EACH_DAY: usize = size(20, 6);

/// Units: cycles of one day.
const CYCLES: usize = 96;

const NEW: usize = DAYS * EACH_DAY;

async fn prepared() -> World {
    let world = World::new(1).await.expect("a world");
    world.add_party("contact", "Kim Lee", KIM, None).await.expect("a contact");
    for user in [ANNA, BEN] {
        add_user(&world, user).await;
        for number in 0..ITEMS {
            receive(&world, user, &format!("Old {number}")).await;
        }
        assign(&world, user, "Old *").await;
    }
    cycles(&world, 2).await;
    world.back_up_crm().expect("backed up");
    world
}

async fn cycles(world: &World, count: usize) {
    for _ in 0..count {
        world.cycle().await;
    }
}

/// Ordinary life since the backup: mail arrives and is tracked, and on the last day one older item
/// of each mailbox is untracked.
async fn time_passes(world: &World) {
    for day in 0..DAYS {
        for user in [ANNA, BEN] {
            for number in 0..EACH_DAY {
                receive(world, user, &format!("New {day} {number}")).await;
            }
            assign(world, user, &format!("New {day} *")).await;
        }
        cycles(world, CYCLES).await;
    }
    for user in [ANNA, BEN] {
        let item = items(world, user, "Old 0").await.remove(0);
        world.unassign(user, &item, TRACKED).await.expect("removed");
    }
    cycles(world, 2).await;
}

/// All of these items are in this state for this reason, with these categories.
async fn all_are(world: &World, user: &str, subject: &str, wanted: (&str, &str), names: &[&str]) {
    for item in items(world, user, subject).await {
        let (state, reason) =
            world.item_state(user, &item.id).await.expect("the ledger").expect("");
        let what = format!("{} of {user}", item.subject);
        assert_eq!((state.as_str(), reason.as_str()), wanted, "{what}");
        assert_eq!(item.categories, names, "{what}");
    }
}

/// The CRM has no link any more to what was untracked, though its backup had one.
async fn what_was_untracked_is_unlinked(world: &World) {
    for record in world.records("Old 0").await.expect("records") {
        let links = world.links_of(&record.id).await.expect("links");
        assert!(links.is_empty(), "{record:?} {links:?}");
    }
}

/// What the CRM lost is held and keeps its category; what it still has is as it was.
async fn everything_is_held(world: &World) {
    for user in [ANNA, BEN] {
        assert_eq!(items(world, user, "New *").await.len(), NEW);
        all_are(world, user, "New *", ("held", "missing_in_crm"), &[TRACKED]).await;
        the_others_are_as_before(world, user).await;
    }
}

async fn the_others_are_as_before(world: &World, user: &str) {
    for item in items(world, user, "Old *").await {
        let is_untracked = item.subject == "Old 0";
        let state = world.item_state(user, &item.id).await.expect("the ledger");
        let state = state.map(|(state, _)| state).unwrap_or_default();
        assert_eq!(item.categories.is_empty(), is_untracked, "{} of {user}", item.subject);
        assert_eq!(state == "tracked", !is_untracked, "{} of {user}: {state}", item.subject);
    }
}

#[tokio::test(start_paused = true)]
async fn a_crm_restored_from_last_week_strips_nothing() {
    let world = prepared().await;
    time_passes(&world).await;
    for user in [ANNA, BEN] {
        assert_eq!(tracked(&world, user).await, ITEMS - 1 + NEW);
    }
    world.restore_crm().expect("restored");
    cycles(&world, 2).await;
    everything_is_held(&world).await;
    world.restart().await.expect("restarted");
    cycles(&world, CYCLES).await;
    everything_is_held(&world).await;
    what_was_untracked_is_unlinked(&world).await;

    world.decide_held(ANNA, true).await.expect("released");
    world.decide_held(BEN, false).await.expect("discarded");
    cycles(&world, 3).await;
    assert_eq!(items(&world, ANNA, "New *").await.len(), NEW);
    for item in items(&world, ANNA, "New *").await {
        let (state, _) = world.item_state(ANNA, &item.id).await.expect("the ledger").expect("");
        assert_eq!(state, "record_deleted", "{}", item.subject);
        assert!(item.categories.is_empty(), "{}", item.subject);
    }
    assert_eq!(tracked(&world, ANNA).await, ITEMS - 1);
    assert_eq!(tracked(&world, BEN).await, ITEMS - 1 + NEW);
    for item in items(&world, BEN, "New *").await {
        assert_eq!(item.categories, [TRACKED], "{}", item.subject);
        assert_eq!(world.records(&item.subject).await.expect("records").len(), 1);
    }
    for user in [ANNA, BEN] {
        the_others_are_as_before(&world, user).await;
    }
    println!("{DAYS} days: {NEW} items lost by the CRM in each of 2 mailboxes, {NEW} held in each");
}
