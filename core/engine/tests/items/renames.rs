//! The category gets another name on all items while a cycle is under way: what bears the new name
//! is neither free of the category nor assigned anew.

use crate::{
    mailbox::lock,
    world::{ANNA, BEARING, ORGANIZATION, World, meeting},
};
use earmark_model::{ItemKind, RequestWish};

fn rename(world: &World, before: &str, times: u32, name: &str) {
    let contents = world.contents(ANNA);
    lock(&contents).renames.push((before.to_owned(), times, name.to_owned()));
}

async fn is_untracked(world: &World) {
    for _ in 0..3 {
        world.cycle().await;
    }
    let contents = world.contents(ANNA);
    let categories = lock(&contents).items[&"m".into()].item.categories.clone();
    assert_eq!(categories, Vec::<String>::new());
    assert_eq!(
        world.told(ANNA, "m").await,
        "untracked_by_user because untrack_requested_by_person"
    );
    assert!(lock(&world.crm.state).links.is_empty());
}

#[tokio::test]
async fn just_before_the_category_is_taken_off() {
    let world = World::new();
    world.put(ANNA, "m", meeting("Review"), BEARING);
    world.cycle().await;
    assert_eq!(world.records(), 1);
    world.request(ANNA, "m", RequestWish::Untrack).await;
    rename(&world, "write m", 0, "Ours");
    is_untracked(&world).await;
}

#[tokio::test]
async fn just_before_the_item_is_read_again() {
    let world = World::new();
    world.put(ANNA, "m", meeting("Review"), BEARING);
    lock(&world.crm.state).loses_answer = true;
    world.cycle().await;
    assert_eq!(world.records(), 1);
    world.request(ANNA, "m", RequestWish::Untrack).await;
    rename(&world, "read m", 0, "Ours");
    is_untracked(&world).await;
}

#[tokio::test]
async fn and_only_that_item_is_looked_at_next() {
    let world = World::new();
    world.put(ANNA, "m", meeting("Review"), BEARING);
    world.cycle().await;
    world.request(ANNA, "m", RequestWish::Untrack).await;
    rename(&world, "write m", 0, "Ours");
    world.cycle().await;
    world.asked(ANNA);
    let mailbox = world.link(ANNA, "m").await.key.mailbox;
    world.engine().touch(ORGANIZATION, mailbox, ItemKind::Appointment, "m".into()).await;
    world.engine().run_due().await;
    assert_eq!(world.asked(ANNA).first().map(String::as_str), Some("read m"), "a partial cycle");
    is_untracked(&world).await;
}

#[tokio::test]
async fn twice_in_one_cycle() {
    let world = World::new();
    world.cycle().await;
    world.put(ANNA, "m", meeting("Review"), BEARING);
    world.request(ANNA, "m", RequestWish::Untrack).await;
    rename(&world, "sweep calendar", 0, "Ours");
    rename(&world, "sweep tasks", 1, "Still ours");
    is_untracked(&world).await;
}

#[tokio::test]
async fn again_and_again_and_nothing_is_concluded() {
    let world = World::new();
    world.put(ANNA, "m", meeting("Review"), BEARING);
    world.cycle().await;
    for times in 0..10 {
        rename(&world, "sweep tasks", times, &format!("Ours {times}"));
    }
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.link(ANNA, "m").await.state.as_str(), "tracked");
    assert_eq!(lock(&world.crm.state).links.len(), 1);
    lock(&world.contents(ANNA)).renames.clear();
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.link(ANNA, "m").await.state.as_str(), "tracked");
}
