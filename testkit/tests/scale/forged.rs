//! A flood of notifications that strangers made up, among genuine ones: not one request comes of
//! it, nothing genuine is lost, and no more is kept than without it.

use super::{TRACKED, add_user, assign, items, receive, size, tracked, world};
use bytes::Bytes;
use earmark_engine::{Backlog, Heard};
use earmark_mailbox_port::MailboxServer;
use earmark_testkit::World;
use serde_json::{Value, json};

/// Units: forged notifications in all.
const FORGED: usize = size(20_000, 500);

const MAILBOXES: usize = size(100, 10);

/// Units: rounds in each of which something is assigned in every mailbox.
const ROUNDS: usize = 5;

/// Units: genuine notifications of different items of one mailbox, more than are kept one by one.
const BURST: usize = 3 * Backlog::ITEMS_MAX;

/// Units: notifications of one delivery.
const DELIVERY: usize = 500;

fn user(number: usize) -> String {
    format!("u{number}@fabrikam.test")
}

async fn prepared() -> World {
    let world = world().await;
    world.offer_push().await.expect("push");
    for number in 0..MAILBOXES {
        add_user(&world, &user(number)).await;
        for round in 0..ROUNDS {
            receive(&world, &user(number), &format!("Offer {round}")).await;
        }
    }
    for _ in 0..2 {
        world.cycle().await;
    }
    world.clear_counts().await.expect("counts");
    world
}

/// What became of notifications.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    accepted: usize,
    forged: usize,
    unknown: usize,
}

/// Tells the service what a delivery says.
async fn hear(world: &World, body: &Bytes, outcome: &mut Outcome) {
    let read = world.graph_server().read_notifications(body).expect("a delivery");
    for notification in read {
        match world.engine().notified(notification).await {
            Heard::Accepted { .. } => outcome.accepted += 1,
            Heard::Forged => outcome.forged += 1,
            Heard::Unknown => outcome.unknown += 1,
        }
    }
}

/// The `number`-th forged notification: about a real subscription with a wrong secret, with that of
/// another or with none, about the fate of one, or about one that is nobody's.
fn forged(number: usize, subscriptions: &[Value]) -> Value {
    let known = &subscriptions[number % subscriptions.len()];
    let mut entry = json!({
        "subscriptionId": known["id"],
        "clientState": "guessed",
        "changeType": "updated",
        "resource": known["resource"],
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": format!("AAMk{number}")},
    });
    match number % 7 {
        0 => entry["clientState"] = Value::Null,
        1 => entry["subscriptionId"] = json!(format!("nobody-{number}")),
        2 => entry["lifecycleEvent"] = json!("missed"),
        3 => entry["lifecycleEvent"] = json!("subscriptionRemoved"),
        4 => entry["subscriptionId"] = json!("x".repeat(1_000)),
        5 => entry["clientState"] = json!("0".repeat(64)),
        _ => {}
    }
    entry
}

/// What is to be told now, with as many forged notifications before, between and after.
async fn deliveries(world: &World, forged: &[Value]) -> Vec<Bytes> {
    let mut entries = Vec::new();
    for body in world.delivered().await {
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        entries.extend(body["value"].as_array().expect("a list").iter().cloned());
    }
    let genuine = entries.len();
    assert!(genuine > 0, "nothing was to be told");
    let mut mixed = Vec::new();
    let mut others = forged.chunks(forged.len().div_ceil(genuine + 1).max(1));
    for entry in entries {
        mixed.extend(others.next().into_iter().flatten().cloned());
        mixed.push(entry);
    }
    mixed.extend(others.flatten().cloned());
    let body = |entries: &[Value]| Bytes::from(json!({"value": entries}).to_string());
    mixed.chunks(DELIVERY).map(body).collect()
}

/// What was asked, what became of the notifications, and the most that was kept.
type Run = (Vec<(String, String, String, u64)>, Outcome, Vec<Backlog>);

/// In each round somebody assigns the category in every mailbox; no time is let pass for a cycle.
async fn run(world: &World, flood: usize) -> Run {
    let mut subscriptions = Vec::new();
    for number in 0..MAILBOXES {
        subscriptions.extend(world.subscriptions(&user(number)).await.expect("subscriptions"));
    }
    let made_up: Vec<Value> = (0..flood).map(|number| forged(number, &subscriptions)).collect();
    let (mut outcome, mut kept) = (Outcome::default(), Vec::new());
    for round in 0..ROUNDS {
        for number in 0..MAILBOXES {
            assign(world, &user(number), &format!("Offer {round}")).await;
        }
        let some = made_up.iter().skip(round).step_by(ROUNDS).cloned().collect::<Vec<_>>();
        for body in deliveries(world, &some).await {
            hear(world, &body, &mut outcome).await;
        }
        kept.push(world.engine().backlog());
        world.run_due().await;
        for number in 0..MAILBOXES {
            assert_eq!(tracked(world, &user(number)).await, round + 1, "{}", user(number));
        }
    }
    (world.counts().await.expect("counts"), outcome, kept)
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_forged_notifications_changes_nothing() {
    let (calm, flooded) = (prepared().await, prepared().await);
    let (asked, heard, kept) = run(&calm, 0).await;
    let (asked_then, heard_then, kept_then) = run(&flooded, FORGED).await;
    assert_eq!((heard.forged, heard.unknown), (0, 0));
    assert!(heard.accepted >= MAILBOXES * ROUNDS, "{heard:?}");
    assert_eq!(heard_then.accepted, heard.accepted);
    assert_eq!(heard_then.forged + heard_then.unknown, FORGED);
    assert!(heard_then.forged > 0 && heard_then.unknown > 0, "{heard_then:?}");
    assert_eq!(asked_then, asked, "somebody was asked because of a forged notification");
    assert_eq!(kept_then, kept, "forged notifications were kept");
    println!(
        "{FORGED} forged notifications among {} genuine ones: {} requests with and without them",
        heard.accepted,
        asked.iter().map(|row| row.3).sum::<u64>()
    );
}

#[tokio::test(start_paused = true)]
async fn more_genuine_notifications_than_are_kept_are_a_whole_mailbox() {
    let world = prepared().await;
    assign(&world, &user(0), "Offer 0").await;
    let bodies = world.delivered().await;
    let body: Value = serde_json::from_slice(&bodies[0]).expect("JSON");
    let genuine = &body["value"][0];
    let entries: Vec<Value> = (0..BURST)
        .map(|number| {
            let mut entry = genuine.clone();
            entry["resource"] = json!(format!("users/u0/messages/AAMk{number}"));
            entry["resourceData"]["id"] = json!(format!("AAMk{number}"));
            entry
        })
        .collect();
    let mut outcome = Outcome::default();
    let mut most = 0;
    for some in entries.chunks(DELIVERY) {
        hear(&world, &Bytes::from(json!({"value": some}).to_string()), &mut outcome).await;
        let kept = world.engine().backlog();
        assert_eq!(kept.mailboxes, 1);
        most = most.max(kept.items);
    }
    assert_eq!(outcome, Outcome { accepted: BURST, ..Outcome::default() });
    assert_eq!(most, Backlog::ITEMS_MAX);
    assert_eq!(world.engine().backlog(), Backlog { mailboxes: 1, items: 0 });
    world.run_due().await;
    assert_eq!(tracked(&world, &user(0)).await, 1, "the change was lost");
    let item = items(&world, &user(0), "Offer 0").await.remove(0);
    assert_eq!(item.categories, [TRACKED]);
    assert_eq!(world.engine().backlog(), Backlog::default());
    println!("{BURST} notifications of one mailbox: at most {most} items kept");
}
