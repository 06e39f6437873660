//! An hour without the mailbox server, in which people went on: everything catches up, within the
//! limits, and no mailbox at the cost of another.

use super::{
    CRM_ANSWER, KIM, MAILBOX_ANSWER, TRACKED, add_user, assign, at_once, bound, calls, count,
    in_time, items, receive, size, tracked, within_limits, world,
};
use earmark_model::ItemState;
use earmark_testkit::{World, world::Mail};
use serde_json::json;
use std::time::Duration;

const MAILBOXES: usize = size(1_000, 20);

/// Units: rounds of ten changes that the people of each mailbox make during the outage.
const ROUNDS: usize = size(10, 2);

/// Units: changes of one round. Five messages come, of which three get the category; one message
/// that is tracked loses it, and one gets a category that is nobody's business.
const CHANGES: usize = 10;
const ARRIVE: usize = 5;
const ASSIGNED: usize = 3;

const OUTAGE: Duration = Duration::from_secs(60 * 60);

/// A mailbox that cannot be read is tried again after this time.
const TRIED_AGAIN: Duration = Duration::from_secs(60);

const LOOK: Duration = Duration::from_secs(1);

fn user(number: usize) -> String {
    format!("u{number}@fabrikam.test")
}

async fn prepared() -> World {
    let world = world().await;
    for number in 0..MAILBOXES {
        add_user(&world, &user(number)).await;
        for round in 0..ROUNDS {
            receive(&world, &user(number), &format!("Old {round}")).await;
        }
        assign(&world, &user(number), "Old *").await;
        receive(&world, &user(number), "Private").await;
    }
    for _ in 0..2 {
        world.cycle().await;
    }
    for number in 0..MAILBOXES {
        assert_eq!(tracked(&world, &user(number)).await, ROUNDS);
    }
    world
}

/// What one person does in one round, within one moment.
async fn changes(world: &World, user: &str, round: usize) {
    for number in 0..ARRIVE {
        let mail = Mail {
            subject: format!("New {round} {number}"),
            from: KIM.to_owned(),
            to: vec![user.to_owned()],
            ..Mail::default()
        };
        let act = world.delivering(&mail).expect("an act");
        world.perform(act).await.expect("delivered");
    }
    let new = items(world, user, &format!("New {round} *")).await;
    let old = items(world, user, &format!("Old {round}")).await;
    let private = items(world, user, "Private").await;
    let color = format!("Colour {round}");
    let named =
        |list: Vec<_>, names: Vec<String>| list.into_iter().map(move |item| (item, names.clone()));
    let assigned = named(new.into_iter().take(ASSIGNED).collect(), vec![TRACKED.to_owned()]);
    let others = named(old, Vec::new()).chain(named(private, vec![color]));
    for (item, names) in assigned.chain(others) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let act = world.categorizing(user, &item, &names).expect("an act");
        world.perform(act).await.expect("categorized");
    }
}

/// Everything that was done there has its effect, and nothing else has one.
async fn has_caught_up(world: &World, user: &str) -> bool {
    let links = world.links(user).await.expect("the ledger");
    let untracked = links.iter().filter(|link| link.state == ItemState::UntrackedByUser).count();
    untracked == ROUNDS && tracked(world, user).await == ROUNDS * ASSIGNED
}

/// How long each mailbox took since the server answered again.
async fn catch_up(world: &World) -> Vec<Duration> {
    let since = world.now();
    let mut waiting: Vec<usize> = (0..MAILBOXES).collect();
    let mut took = Vec::new();
    while !waiting.is_empty() {
        tokio::time::sleep(LOOK).await;
        let waited = world.now().since(since);
        let mut still = Vec::new();
        for number in waiting {
            if has_caught_up(world, &user(number)).await {
                took.push(waited);
            } else {
                let what = format!("{} waits after {} s", user(number), waited.as_secs());
                assert!(waited <= in_time(), "{what}");
                still.push(number);
            }
        }
        waiting = still;
    }
    took
}

/// Jain's index of what each mailbox was granted while everybody had as much to do: 1 where everybody has the same, 1/n where one has everything.
fn fairness(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    sum * sum / (squares * shares.len() as f64)
}

#[tokio::test(start_paused = true)]
async fn after_an_hour_everybody_catches_up() {
    let world = prepared().await;
    let (took, requests) = world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            let down = json!({"target": "graph", "fault": {"status": 503}});
            world.add_fault(down).await.expect("a fault");
            for round in 0..ROUNDS {
                for number in 0..MAILBOXES {
                    changes(&world, &user(number), round).await;
                }
                tokio::time::sleep(OUTAGE / u32::try_from(ROUNDS).expect("a few")).await;
            }
            world.clear_faults().await.expect("no faults");
            count(&world).await;
            let before = world.requests_to_mailboxes();
            (catch_up(&world).await, world.requests_to_mailboxes() - before)
        })
        .await;
    let bound = bound(requests, calls(&world, None).await, at_once(MAILBOXES));
    let (all, throttled) = within_limits(&world);
    let last = took.iter().max().copied().unwrap_or_default();
    let mean = took.iter().sum::<Duration>() / u32::try_from(took.len()).expect("a number");
    let granted = world.answers().by_mailbox;
    let granted: Vec<f64> = granted.values().map(|count| *count as f64).collect();
    let fairness = fairness(&granted);
    println!(
        "{} changes behind an outage of an hour: caught up after {} s, a mailbox after {} s on \
         average; bound {:.1} s; {all} answers, {throttled} of them 429; fairness {fairness:.4}",
        MAILBOXES * ROUNDS * CHANGES,
        last.as_secs(),
        mean.as_secs(),
        bound.as_secs_f64(),
    );
    assert_eq!(granted.len(), MAILBOXES, "a mailbox was asked nothing");
    assert!(fairness >= 0.9, "{fairness}");
    assert!(last <= TRIED_AGAIN + bound.mul_f64(1.5) + 2 * LOOK, "{last:?} for {bound:?}");
}
