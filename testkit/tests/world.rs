//! The world itself: repeatable, and as thrifty with requests as promised.

use earmark_testkit::{World, world::Mail};

const TRACKED: &str = "Tracked to Dynamics 365";
const ANNA: &str = "anna@fabrikam.test";
const KIM: &str = "kim@contoso.test";

/// A world with one mailbox that was served once.
async fn world(seed: u64) -> World {
    let world = World::new(seed).await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("a user");
    world.add_party("contact", "Kim Lee", KIM, None).await.expect("a contact");
    world.cycle().await;
    world
}

async fn receive(world: &World, subject: &str, attachments: &[&str]) {
    let mail = Mail {
        subject: subject.to_owned(),
        from: KIM.to_owned(),
        to: vec![ANNA.to_owned()],
        message_id: Some(format!("<{subject}@contoso.test>")),
        attachments: attachments.iter().map(|name| (*name).to_owned()).collect(),
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

/// What one cycle asks of a side, one line for each route.
async fn cycle(world: &World, side: &str) -> Vec<String> {
    world.clear_counts().await.expect("cleared");
    world.cycle().await;
    let counts = world.counts().await.expect("counts");
    let of_side = counts.into_iter().filter(|(target, ..)| target == side);
    let mut lines: Vec<String> =
        of_side.map(|(_, method, route, count)| format!("{method} {route} {count}")).collect();
    // The lists of tasks are looked up anew each hour, in whichever cycle that is.
    lines.retain(|line| line != "GET /users/{id}/todo/lists 1");
    lines.sort();
    lines
}

/// The sweep of the calendar, both halves in one batch.
const CALENDAR: [&str; 2] = ["GET /users/{id}/calendarView 1", "GET /users/{id}/events 1"];
/// The sweep of the only list of tasks.
const TASKS: &str = "GET /users/{id}/todo/lists/{id}/tasks 1";
const LIST: &str = "GET /users/{id}/outlook/masterCategories 1";
/// The window of changed mail and the level sweep.
const WINDOW_AND_SWEEP: &str = "GET /users/{id}/messages 2";

/// What an idle cycle asks, in the order of the counts, with what is asked beyond it.
fn with_floor(beyond: &[&'static str]) -> Vec<&'static str> {
    let mut all = vec![WINDOW_AND_SWEEP, TASKS, LIST, "POST /$batch 1"];
    all.extend(CALENDAR);
    all.extend(beyond);
    all.sort_unstable();
    all
}

#[tokio::test(start_paused = true)]
async fn an_idle_mailbox_costs_the_floor_of_requests() {
    let world = world(1).await;
    cycle(&world, "graph").await;
    assert_eq!(cycle(&world, "graph").await, with_floor(&[]));
    receive(&world, "Untouched", &[]).await;
    world.cycle().await;
    world.cycle().await;
    assert_eq!(cycle(&world, "graph").await, with_floor(&[]));
}

#[tokio::test(start_paused = true)]
async fn a_tracked_email_costs_one_read_and_its_record_one_read_and_one_write() {
    let world = world(1).await;
    receive(&world, "First", &[]).await;
    assign(&world, "First").await;
    // Folders are learnt with the first item.
    world.cycle().await;
    let idle_crm = cycle(&world, "crm").await;

    receive(&world, "Offer", &[]).await;
    assign(&world, "Offer").await;
    let graph = cycle(&world, "graph").await;
    assert_eq!(graph, with_floor(&["GET /users/{id}/messages/{id} 1"]));

    receive(&world, "Files", &["a.txt", "b.txt"]).await;
    assign(&world, "Files").await;
    let graph = cycle(&world, "graph").await;
    let attachments = "GET /users/{id}/messages/{id}/attachments 1";
    assert_eq!(graph, with_floor(&["GET /users/{id}/messages/{id} 1", attachments]));

    receive(&world, "Third", &[]).await;
    assign(&world, "Third").await;
    let mut crm = cycle(&world, "crm").await;
    crm.retain(|line| !idle_crm.contains(line));
    assert_eq!(crm, ["GET /emails 1", "POST /emails 1"]);
}

#[tokio::test(start_paused = true)]
async fn an_untrack_costs_nothing_beyond_the_window_and_one_write() {
    let world = world(1).await;
    receive(&world, "Offer", &[]).await;
    assign(&world, "Offer").await;
    world.cycle().await;
    let idle_crm = cycle(&world, "crm").await;
    unassign(&world, "Offer").await;
    world.clear_counts().await.expect("cleared");
    world.cycle().await;
    let counts = world.counts().await.expect("counts");
    let of_side = |wanted: &str| -> Vec<String> {
        let of_side = counts.iter().filter(|(side, ..)| side == wanted);
        of_side.map(|(_, method, route, count)| format!("{method} {route} {count}")).collect()
    };
    // The window of changed mail showed the item, so it need not be read by itself.
    assert_eq!(of_side("graph"), with_floor(&[]));
    let mut crm = of_side("crm");
    crm.retain(|line| !idle_crm.contains(line));
    assert_eq!(crm, ["DELETE /exchangesyncidmappings({id}) 1"], "idle: {idle_crm:?}");
}

/// Everything that can be seen of a world after some days with faults.
async fn history(seed: u64) -> String {
    let world = world(seed).await;
    for number in 0..6 {
        receive(&world, &format!("Note {number}"), &["a.txt"]).await;
    }
    assign(&world, "Note *").await;
    let faults = serde_json::json!([
        {"target": "graph", "probability": 0.2, "fault": {"status": 503}},
        {"target": "crm", "probability": 0.2, "fault": {"dropResponse": true}},
    ]);
    world.set_faults(faults).await.expect("faults");
    world.pass(std::time::Duration::from_secs(3 * 3600)).await;
    unassign(&world, "Note 1").await;
    world.crash_during(3).await.expect("a crash");
    world.pass(std::time::Duration::from_secs(3 * 3600)).await;
    let counts = world.counts().await.expect("counts");
    let records = world.all_records().await.expect("records");
    let links = world.links(ANNA).await.expect("links");
    format!("{counts:#?}\n{records}\n{links:#?}")
}

#[tokio::test(start_paused = true)]
async fn equal_seeds_make_equal_worlds() {
    let (first, second) = (history(5).await, history(5).await);
    assert!(first == second, "{first}\n\n{second}");
    assert_ne!(first, history(6).await);
}
