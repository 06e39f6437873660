//! A rename, a deletion and a switch-off in the middle of a cycle, with push on.

use super::{ANNA, TRACKED, add_user, assign, items, receive, size, tracked, world};
use earmark_testkit::{World, world::Act};
use std::time::Duration;

const ITEMS: usize = size(5_000, 120);

/// Above two thousand items the level is swept once an hour; every cycle here sweeps.
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn cycle(world: &World) {
    world.advance(HOUR);
    world.cycle().await;
}

/// A world in which everything is tracked, and how many requests a cycle makes.
async fn prepared() -> (World, u32) {
    let world = world().await;
    add_user(&world, ANNA).await;
    world.offer_push().await.expect("push");
    world.cycle().await;
    for number in 0..ITEMS {
        receive(&world, ANNA, &format!("Note {number}")).await;
    }
    assign(&world, ANNA, "Note *").await;
    // More than the throttled requests of ten minutes may be needed.
    for _ in 0..3 {
        cycle(&world).await;
    }
    assert_eq!(tracked(&world, ANNA).await, ITEMS);
    let before = world.requests_to_mailboxes();
    cycle(&world).await;
    let requests = world.requests_to_mailboxes() - before;
    (world, u32::try_from(requests).expect("a number of requests"))
}

/// A cycle in the middle of which this happens.
async fn in_the_middle(world: &World, request: u32, acts: Vec<Act>) {
    world.before_request(request, acts);
    cycle(world).await;
    assert!(world.has_acted(), "the cycle ended before request {request}");
}

/// Nothing was untracked, now and after what comes later.
async fn nothing_is_lost(world: &World, category: &str, what: &str) {
    for _ in 0..2 {
        assert_eq!(tracked(world, ANNA).await, ITEMS, "{what}");
        cycle(world).await;
    }
    assert_eq!(tracked(world, ANNA).await, ITEMS, "{what}");
    let list = world.category_list(ANNA).await.expect("the list");
    assert!(list.iter().any(|name| name == category), "{what}: {list:?}");
    let bare = items(world, ANNA, "Note *").await.into_iter().filter(|i| i.categories.is_empty());
    assert_eq!(bare.count(), 0, "{what}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_untracked_by_what_happens_in_the_middle_of_a_cycle() {
    let (world, requests) = prepared().await;
    let mut name = TRACKED.to_owned();
    for (round, request) in [1, requests / 2, requests].into_iter().enumerate() {
        for rewrites in [true, false] {
            let next = format!("In our CRM {round} {rewrites}");
            let act = world.renaming(ANNA, &name, &next, rewrites).expect("an act");
            in_the_middle(&world, request, vec![act]).await;
            name = next;
            let what = format!("renamed before request {request}, rewriting: {rewrites}");
            nothing_is_lost(&world, &name, &what).await;
        }
        let act = world.deleting(ANNA, &name).await.expect("an act");
        in_the_middle(&world, request, vec![act]).await;
        cycle(&world).await;
        nothing_is_lost(&world, &name, &format!("deleted before request {request}")).await;
        let off = world.setting("TrackCategorizedItems", "false").expect("an act");
        in_the_middle(&world, request, vec![off]).await;
        cycle(&world).await;
        world.set_setting("TrackCategorizedItems", "true").await.expect("set");
        cycle(&world).await;
        nothing_is_lost(&world, &name, &format!("off before request {request}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_untracked_while_a_deletion_strips_items_and_is_taken_back() {
    let (world, requests) = prepared().await;
    for request in [1, requests / 2, requests] {
        let mut acts = vec![world.deleting(ANNA, TRACKED).await.expect("an act")];
        let some: Vec<_> = items(&world, ANNA, "Note *").await.into_iter().step_by(2).collect();
        for item in &some {
            acts.push(world.categorizing(ANNA, item, &[]).expect("an act"));
        }
        in_the_middle(&world, request, acts).await;
        for item in &some {
            let act = world.categorizing(ANNA, item, &[TRACKED]).expect("an act");
            world.perform(act).await.expect("put back");
        }
        nothing_is_lost(&world, TRACKED, &format!("stripped before request {request}")).await;
    }
}
