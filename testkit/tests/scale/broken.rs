//! What is broken for good holds up nobody else: mailboxes that are refused, late or silent, and a
//! table of the CRM whose records are all refused.

use super::{
    CRM_ANSWER, MAILBOX_ANSWER, TRACKED, add_user, assign, in_time, items, receive, size, tracked,
    world,
};
use earmark_model::Instant;
use earmark_testkit::{World, world::Seen};
use serde_json::json;
use std::time::Duration;

/// Units: healthy mailboxes.
const MAILBOXES: usize = size(1_000, 24);

/// The kinds of broken mailboxes, and how many there are of each: of the silent ones more than
/// would keep every place busy, were they tried again each minute.
const BROKEN: [(&str, usize); 3] = [("refused", 5), ("late", 5), ("silent", 64)];

/// How late the late ones answer, and the silent ones would.
const LATE: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(60 * 60);

/// How long they have been broken before anything else happens.
const FOR_LONG: Duration = Duration::from_secs(60 * 60);

/// Units: moments at which something is assigned in every mailbox, evenly over a cycle, so that it
/// does not matter when in its cycle a mailbox was.
const MOMENTS: u32 = 6;
const BETWEEN: Duration = Duration::from_secs(150);

/// What is assigned.
#[derive(Clone, Copy)]
enum Kind {
    Emails,
    Tasks,
}

fn user(number: usize) -> String {
    format!("u{number}@fabrikam.test")
}

fn broken(kind: &str) -> impl Iterator<Item = String> {
    let count = BROKEN.iter().find(|one| one.0 == kind).map(|one| one.1).unwrap_or_default();
    (0..count).map(move |number| format!("{kind}{number}@fabrikam.test"))
}

fn all_broken() -> impl Iterator<Item = String> {
    BROKEN.iter().flat_map(|one| broken(one.0))
}

fn subject(moment: u32) -> String {
    format!("Offer {moment}")
}

/// Everybody has something to be tracked at each moment.
async fn prepared(kind: Kind) -> World {
    let world = world().await;
    for user in (0..MAILBOXES).map(user) {
        add_user(&world, &user).await;
        for moment in 0..MOMENTS {
            match kind {
                Kind::Emails => receive(&world, &user, &subject(moment)).await,
                Kind::Tasks => {
                    let task = json!({"title": subject(moment)});
                    world.add_task(&user, None, task).await.expect("a task");
                }
            }
        }
    }
    for user in all_broken() {
        add_user(&world, &user).await;
        receive(&world, &user, "Private").await;
    }
    world.cycle().await;
    world
}

async fn found(world: &World, kind: Kind, user: &str, moment: u32) -> Seen {
    let found = match kind {
        Kind::Emails => items(world, user, &subject(moment)).await,
        Kind::Tasks => world.tasks(user, &subject(moment)).await.expect("tasks"),
    };
    found.into_iter().next().expect("an item")
}

async fn breaks_mailboxes(world: &World) {
    for user in broken("refused") {
        let path = format!("users/{user}/**");
        let fault = json!({"status": 403, "code": "ErrorAccessDenied"});
        let rule = json!({"target": "graph", "path": path, "fault": fault});
        world.add_fault(rule).await.expect("a fault");
    }
    broken("late").for_each(|user| world.answer_late(&user, LATE));
    broken("silent").for_each(|user| world.answer_late(&user, NEVER));
}

/// A plug-in refuses every email, and there is one to be tracked in each of the other mailboxes.
async fn breaks_table(world: &World) {
    let fault = json!({"status": 400, "code": "0x80040265"});
    let rule = json!({"target": "crm", "method": "POST", "path": "emails", "fault": fault});
    world.add_fault(rule).await.expect("a fault");
    for user in all_broken() {
        assign(world, &user, "Private").await;
    }
}

/// How long it took from an assignment in a healthy mailbox to its effect.
struct Delays {
    mean: Duration,
    longest: Duration,
}

/// Everybody assigns something at each moment, and one cycle later all of it has its effect.
async fn converges(world: &World, kind: Kind) -> Delays {
    let mut assigned: Vec<Instant> = Vec::new();
    for moment in 0..MOMENTS {
        for user in (0..MAILBOXES).map(user) {
            let item = found(world, kind, &user, moment).await;
            let act = world.categorizing(&user, &item, &[TRACKED]).expect("an act");
            world.perform(act).await.expect("assigned");
        }
        assigned.push(world.now());
        tokio::time::sleep(BETWEEN).await;
    }
    tokio::time::sleep(in_time()).await;
    let (mut all, mut longest) = (Duration::ZERO, Duration::ZERO);
    for user in (0..MAILBOXES).map(user) {
        for (moment, since) in (0..MOMENTS).zip(&assigned) {
            let item = found(world, kind, &user, moment).await;
            let at = world.last_tracked(&user, &[item]).await.expect("tracked in time");
            all += at.since(*since);
            longest = longest.max(at.since(*since));
        }
    }
    let count = u32::try_from(MAILBOXES).expect("a number") * MOMENTS;
    Delays { mean: all / count, longest }
}

/// Not much later than where nothing is broken, on average and for everybody.
fn as_ordinary(what: &str, disturbed: &Delays, ordinary: &Delays) {
    println!(
        "{what}: {} s on average and {} s at most, otherwise {} s and {} s",
        disturbed.mean.as_secs(),
        disturbed.longest.as_secs(),
        ordinary.mean.as_secs(),
        ordinary.longest.as_secs(),
    );
    assert!(ordinary.longest <= in_time(), "{:?}", ordinary.longest);
    assert!(disturbed.longest <= ordinary.longest.mul_f64(1.2), "{:?}", disturbed.longest);
    assert!(disturbed.mean <= ordinary.mean.mul_f64(1.2), "{:?}", disturbed.mean);
}

async fn beside_broken_mailboxes(are_broken: bool) -> Delays {
    let world = prepared(Kind::Emails).await;
    if are_broken {
        breaks_mailboxes(&world).await;
    }
    let delays = world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            tokio::time::sleep(FOR_LONG).await;
            for user in all_broken() {
                assign(&world, &user, "Private").await;
            }
            converges(&world, Kind::Emails).await
        })
        .await;
    for user in broken("refused").chain(broken("silent")) {
        assert_eq!(tracked(&world, &user).await, usize::from(!are_broken), "{user}");
    }
    for user in broken("late") {
        assert_eq!(tracked(&world, &user).await, 1, "{user}");
    }
    delays
}

#[tokio::test(start_paused = true)]
async fn broken_mailboxes_hold_up_nobody_else() {
    let ordinary = beside_broken_mailboxes(false).await;
    let disturbed = beside_broken_mailboxes(true).await;
    let what = format!("{MAILBOXES} mailboxes beside {} broken ones", all_broken().count());
    as_ordinary(&what, &disturbed, &ordinary);
}

async fn beside_a_broken_table(is_broken: bool) -> Delays {
    let world = prepared(Kind::Tasks).await;
    world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            tokio::time::sleep(in_time()).await;
            if is_broken {
                breaks_table(&world).await;
            }
            let delays = converges(&world, Kind::Tasks).await;
            if is_broken {
                world.clear_faults().await.expect("no faults");
                tokio::time::sleep(2 * in_time()).await;
                for user in all_broken() {
                    assert_eq!(tracked(&world, &user).await, 1, "{user}");
                }
            }
            delays
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn a_broken_table_holds_up_no_other() {
    let ordinary = beside_a_broken_table(false).await;
    let disturbed = beside_a_broken_table(true).await;
    let what = format!("tasks of {MAILBOXES} mailboxes while no email is taken");
    as_ordinary(&what, &disturbed, &ordinary);
}
