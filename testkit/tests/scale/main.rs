//! Many items and many mailboxes: nothing is untracked by mistake, everything happens in time,
//! nobody starves.
//!
//! Built with optimisation (`cargo xtask scale`) the worlds are as large as promised; otherwise
//! small ones show the same.

mod backlog;
mod broken;
mod effects;
mod forged;
mod middle;
mod outage;
mod restored;

use earmark_engine::Settings;
use earmark_model::{Baseline, CrmSide, ItemState, limits};
use earmark_testkit::{
    World,
    world::{Mail, Seen},
};
use std::time::Duration;

const TRACKED: &str = "Tracked to Dynamics 365";
const ANNA: &str = "anna@fabrikam.test";
const KIM: &str = "kim@contoso.test";

/// How long one answer of a mailbox server takes, and one of the CRM: what is usual from one data
/// centre to another.
const MAILBOX_ANSWER: Duration = Duration::from_millis(50);
const CRM_ANSWER: Duration = Duration::from_millis(20);

/// Every effect is there after one cycle and this.
const SLACK: Duration = Duration::from_secs(10);

/// The size that was promised, or a small one.
const fn size(promised: usize, small: usize) -> usize {
    if cfg!(debug_assertions) { small } else { promised }
}

/// A world with one contact, whose mailbox server holds to the documented limits.
async fn world() -> World {
    let world = World::new(1).await.expect("a world");
    world.set_quirk("mailboxConcurrency", true).await.expect("a quirk");
    world.set_quirk("throttling", true).await.expect("a quirk");
    world.add_party("contact", "Kim Lee", KIM, None).await.expect("a contact");
    world
}

async fn add_user(world: &World, user: &str) {
    world.add_user(user, user, false).await.expect("a user");
}

async fn receive(world: &World, user: &str, subject: &str) {
    let mail = Mail {
        subject: subject.to_owned(),
        from: KIM.to_owned(),
        to: vec![user.to_owned()],
        ..Mail::default()
    };
    world.deliver(&mail).await.expect("delivered");
}

async fn items(world: &World, user: &str, subject: &str) -> Vec<Seen> {
    world.items(user, subject, Some("inbox")).await.expect("items")
}

/// A person, or a rule of theirs, assigns the category to all of these within one moment.
async fn assign(world: &World, user: &str, subject: &str) {
    for item in items(world, user, subject).await {
        let act = world.categorizing(user, &item, &[TRACKED]).expect("an act");
        world.perform(act).await.expect("assigned");
    }
}

/// Units: items of the mailbox that are tracked and linked.
async fn tracked(world: &World, user: &str) -> usize {
    let links = world.links(user).await.expect("the ledger");
    let is_tracked = |link: &&earmark_model::Link| {
        link.baseline == Baseline::Tracked
            && link.crm == CrmSide::Linked
            && link.state == ItemState::Tracked
    };
    links.iter().filter(is_tracked).count()
}

/// From now on requests are counted.
async fn count(world: &World) {
    world.clear_counts().await.expect("counts");
    world.clear_answers();
}

/// Units: calls of the CRM's operations with this route, or of all, since counting began.
async fn calls(world: &World, route: Option<&str>) -> u64 {
    let counts = world.counts().await.expect("counts");
    let of_crm = counts.iter().filter(|row| row.0 == "crm");
    of_crm.filter(|row| route.is_none_or(|route| row.2 == route)).map(|row| row.3).sum()
}

/// The time that so many answers take when as many as the limits allow are waited for at once.
fn bound(requests: u64, calls: u64, at_once: usize) -> Duration {
    let waiting = MAILBOX_ANSWER.as_secs_f64() * requests as f64;
    Duration::from_secs_f64((waiting + CRM_ANSWER.as_secs_f64() * calls as f64) / at_once as f64)
}

/// Units: requests under way at once in all mailboxes, where there are so many mailboxes.
fn at_once(mailboxes: usize) -> usize {
    let worked_on = Settings::default().mailboxes_at_once.min(mailboxes);
    worked_on * limits::MAILBOX_REQUESTS_IN_FLIGHT
}

/// Graph's limit of requests at once held, and at most one answer of a hundred was a 429 since
/// counting began. Answers how many answers there were, and how many of them were a 429.
fn within_limits(world: &World) -> (u64, u64) {
    assert!(world.most_in_flight() <= limits::MAILBOX_REQUESTS_IN_FLIGHT);
    let answers = world.answers();
    let (all, throttled) = (answers.all(), answers.throttled);
    assert!(throttled * 100 <= all, "{throttled} of {all} answers are 429");
    (all, throttled)
}

const fn in_time() -> Duration {
    limits::CYCLE.saturating_add(SLACK)
}
