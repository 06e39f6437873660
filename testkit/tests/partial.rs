//! Partial cycles: what is known to have changed is looked at early, by id, and the regular cycle
//! comes at its time all the same.

use earmark_model::{ItemHandle, ItemKind, OrganizationId};
use earmark_testkit::{World, world::Mail};
use http::Method;
use std::time::Duration;

const TRACKED: &str = "Tracked to Dynamics 365";
const ANNA: &str = "anna@fabrikam.test";
const KIM: &str = "kim@contoso.test";
const ITEM: &str = "GET /users/{id}/messages/{id} 1";
const LIST: &str = "GET /users/{id}/outlook/masterCategories 1";
const WINDOW_AND_SWEEP: &str = "GET /users/{id}/messages 2";

/// A world with one mailbox that was served, and whose folders are known.
async fn world() -> World {
    let world = World::new(1).await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("a user");
    world.add_party("contact", "Kim Lee", KIM, None).await.expect("a contact");
    world.cycle().await;
    receive(&world, "First").await;
    assign(&world, "First").await;
    world.cycle().await;
    world
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

async fn assign(world: &World, subject: &str) {
    for item in world.items(ANNA, subject, None).await.expect("items") {
        world.assign(ANNA, &item, TRACKED).await.expect("assigned");
    }
}

async fn unassign(world: &World, subject: &str) {
    for item in world.items(ANNA, subject, None).await.expect("items") {
        world.unassign(ANNA, &item, TRACKED).await.expect("removed");
    }
}

async fn organization(world: &World) -> OrganizationId {
    let path = "/api/data/v9.2/organizations?$select=organizationid";
    let answer = world.admin(Method::GET, path, None).await.expect("an answer");
    let id = answer["value"][0]["organizationid"].as_str().expect("an id");
    id.parse().expect("an id")
}

/// Says that these items changed, as a notification does, and does what is due then. Answers what
/// that asked of both sides, one line for each route.
async fn told(world: &World, subject: &str) -> (Vec<String>, Vec<String>) {
    let organization = organization(world).await;
    let mailbox = world.mailbox(ANNA).await.expect("a mailbox");
    world.clear_counts().await.expect("cleared");
    for item in world.items(ANNA, subject, None).await.expect("items") {
        let handle = ItemHandle::from(item.id);
        world.engine().touch(organization, mailbox, ItemKind::Email, handle).await;
    }
    world.run_due().await;
    let counts = world.counts().await.expect("counts");
    let of = |side: &str| {
        let of_side = counts.iter().filter(|(target, ..)| target == side);
        let lines = of_side.map(|(_, method, route, count)| format!("{method} {route} {count}"));
        // The organization is read on its own time.
        let own_time = |line: &String| line.contains("/emails") || line.contains("syncidmappings(");
        lines.filter(|line| side == "graph" || own_time(line)).collect()
    };
    (of("graph"), of("crm"))
}

async fn state(world: &World, subject: &str) -> String {
    let item = world.items(ANNA, subject, None).await.expect("items").remove(0);
    let state = world.item_state(ANNA, &item.id).await.expect("a state");
    state.map_or_else(String::new, |(state, _)| state)
}

#[tokio::test(start_paused = true)]
async fn a_tracked_email_costs_one_read_there_and_one_read_and_one_write_here() {
    let world = world().await;
    receive(&world, "Offer").await;
    let (graph, crm) = told(&world, "Offer").await;
    assert_eq!((graph, crm), (vec![ITEM.to_owned()], vec![]), "nobody assigned it");
    assign(&world, "Offer").await;
    let (graph, crm) = told(&world, "Offer").await;
    assert_eq!(graph, [ITEM]);
    assert_eq!(crm, ["GET /emails 1", "POST /emails 1"]);
    assert_eq!(state(&world, "Offer").await, "tracked");
    assert_eq!(world.records("Offer").await.expect("records").len(), 1);
    let (graph, crm) = told(&world, "Offer").await;
    assert_eq!((graph, crm), (vec![ITEM.to_owned()], vec![]), "told again");
}

#[tokio::test(start_paused = true)]
async fn an_untrack_costs_one_read_the_master_list_and_one_write() {
    let world = world().await;
    unassign(&world, "First").await;
    let (graph, crm) = told(&world, "First").await;
    assert_eq!(graph, [ITEM, LIST]);
    assert_eq!(crm, ["DELETE /exchangesyncidmappings({id}) 1"]);
    assert_eq!(state(&world, "First").await, "untracked_by_user");
    assign(&world, "First").await;
    told(&world, "First").await;
    assert_eq!(state(&world, "First").await, "tracked");
    assert_eq!(world.records("First").await.expect("records").len(), 1, "the same record");
}

#[tokio::test(start_paused = true)]
async fn the_regular_cycle_comes_at_its_time_whatever_is_told() {
    let world = world().await;
    for minute in 1..20 {
        world.advance(Duration::from_secs(60));
        if minute % 2 == 0 {
            receive(&world, &format!("Note {minute}")).await;
        }
        let (graph, _) = told(&world, "First").await;
        // Mailboxes spread out: a cycle is up to a tenth shorter than its time.
        if graph.contains(&WINDOW_AND_SWEEP.to_owned()) {
            assert!((13..=15).contains(&minute), "{minute}: {graph:?}");
            return;
        }
        assert_eq!(graph, [ITEM], "{minute}");
    }
    panic!("no regular cycle");
}

#[tokio::test(start_paused = true)]
async fn without_known_dirt_an_early_cycle_is_whole_and_the_regular_one_stays() {
    let world = world().await;
    let organization = organization(&world).await;
    let mailbox = world.mailbox(ANNA).await.expect("a mailbox");
    let memory = world.store().mailbox(organization, mailbox).await.expect("memory");
    receive(&world, "Offer").await;
    assign(&world, "Offer").await;
    let (item, engine) =
        (world.items(ANNA, "Offer", None).await.expect("items").remove(0), world.engine());
    engine.touch(organization, mailbox, ItemKind::Email, ItemHandle::from(item.id)).await;
    // The mark is lost with the process; that the mailbox is due is not.
    world.restart().await.expect("restarted");
    world.clear_counts().await.expect("cleared");
    world.run_due().await;
    let counts = world.counts().await.expect("counts");
    assert!(
        counts.iter().any(|(_, _, route, count)| route == "/users/{id}/messages" && *count == 2)
    );
    assert_eq!(state(&world, "Offer").await, "tracked");
    let after = world.store().mailbox(organization, mailbox).await.expect("memory");
    assert_eq!(after.regular_due, memory.regular_due);
}

#[tokio::test(start_paused = true)]
async fn the_brake_holds_in_partial_cycles_too() {
    let world = world().await;
    for number in 0..30 {
        receive(&world, &format!("Note {number}")).await;
    }
    assign(&world, "Note *").await;
    told(&world, "Note *").await;
    unassign(&world, "Note *").await;
    for number in 0..30 {
        told(&world, &format!("Note {number}")).await;
    }
    let mut held = 0;
    for number in 0..30 {
        held += usize::from(state(&world, &format!("Note {number}")).await == "held");
    }
    assert_eq!(held, 5, "25 may end in one cycle");
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_served_with_the_next_thing_told() {
    let world = world().await;
    receive(&world, "Wanted").await;
    let item = world.items(ANNA, "Wanted", None).await.expect("items").remove(0);
    world.request(ANNA, &item.id, true, None).await.expect("stored");
    let (graph, crm) = told(&world, "First").await;
    // The item told of, the item wanted, and its category.
    assert_eq!(graph, ["GET /users/{id}/messages/{id} 2", "PATCH /users/{id}/messages/{id} 1"]);
    assert_eq!(crm, ["GET /emails 1", "POST /emails 1"]);
    assert_eq!(state(&world, "Wanted").await, "tracked");
    let (graph, crm) = told(&world, "Wanted").await;
    assert_eq!((graph, crm), (vec![ITEM.to_owned()], vec![]), "our own write coming back");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_failed_has_its_time() {
    let world = world().await;
    receive(&world, "Offer").await;
    assign(&world, "Offer").await;
    let fault = serde_json::json!({"target": "graph", "fault": {"status": 503}});
    world.set_faults(serde_json::json!([fault])).await.expect("faults");
    let (graph, _) = told(&world, "Offer").await;
    assert!(!graph.is_empty());
    let (graph, _) = told(&world, "Offer").await;
    assert!(graph.is_empty(), "{graph:?}");
    world.clear_faults().await.expect("healed");
    world.pass(Duration::from_secs(120)).await;
    assert_eq!(state(&world, "Offer").await, "tracked");
}
