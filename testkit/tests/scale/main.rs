//! Many items and many mailboxes: nothing is untracked by mistake, everything happens in time,
//! nobody starves.
//!
//! Built with optimisation (`cargo xtask scale`) the worlds are as large as promised; otherwise
//! small ones show the same.

mod backlog;
mod effects;
mod middle;

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

const fn in_time() -> Duration {
    limits::CYCLE.saturating_add(SLACK)
}
