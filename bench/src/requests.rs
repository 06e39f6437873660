//! P2: exact requests against the floor of the design, in worlds on virtual time.

use crate::{
    face::{BATCH, TRACKED},
    floor::{self, ratio},
    report::Row,
};
use anyhow::{Context, Result};
use earmark_testkit::{
    World,
    world::{Mail, Seen},
};
use serde_json::json;

const ID: &str = "P2";
const TARGET: f64 = 1.05;
const ANNA: &str = "anna@fabrikam.test";
const KIM: &str = "kim@contoso.test";

/// Units: cycles of an idle mailbox; ten days of 15 minutes.
const CYCLES: u64 = 960;

/// Units: cycles after which everything that is looked up now and then was looked up anew.
const LOOK_UP: u64 = 8;

/// Units: emails that are tracked and untracked. Each takes [`EACH`] cycles without it and as many
/// with it, at another place among the look-ups each time.
const EMAILS: u64 = 3 * LOOK_UP;

/// See [`EMAILS`].
const EACH: u64 = 2;

/// How a change becomes known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Cycle,
    Notification,
}

/// Runs all of it; no time passes but virtual time.
///
/// Errors: a world refused a step.
pub fn run() -> Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("make a runtime")?;
    runtime.block_on(async {
        let mut rows = vec![idle(false).await?, idle(true).await?];
        for by in [By::Cycle, By::Notification] {
            rows.extend(emails(by).await?);
        }
        Ok(rows)
    })
}

/// A mailbox in which nothing happens, empty or with tracked items of every kind.
async fn idle(is_filled: bool) -> Result<Row> {
    let world = World::new(1).await?;
    world.add_user(ANNA, "Anna Berg", false).await?;
    if is_filled {
        fill(&world).await?;
    }
    pass(&world, LOOK_UP).await;
    world.clear_counts().await?;
    pass(&world, CYCLES).await;
    let found = asked(&world, &["graph"]).await?;
    let what = if is_filled { "idle, items of every kind tracked" } else { "idle, empty" };
    Ok(row(&format!("{what}: {CYCLES} cycles"), found, CYCLES * floor::idle_cycle(1, 1)))
}

async fn fill(world: &World) -> Result<()> {
    let at = |time: &str| json!({"dateTime": time, "timeZone": "UTC"});
    let event = |subject: &str, day: &str| {
        json!({
            "subject": subject,
            "start": at(&format!("{day}T09:00:00")),
            "end": at(&format!("{day}T10:00:00")),
            "categories": [TRACKED],
        })
    };
    world.plan(ANNA, event("Review", "2026-03-10")).await?;
    let mut series = event("Stand-up", "2026-03-11");
    series["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["wednesday"]},
        "range": {"type": "numbered", "startDate": "2026-03-11", "numberOfOccurrences": 5},
    });
    world.plan(ANNA, series).await?;
    let task = json!({"title": "Call Kim", "categories": [TRACKED]});
    world.add_task(ANNA, None, task).await?;
    let mail = receive(world, 0).await?;
    world.assign(ANNA, &mail, TRACKED).await?;
    pass(world, EACH).await;
    let tracked = world.links(ANNA).await?.iter().filter(|link| link.activity.is_some()).count();
    anyhow::ensure!(tracked >= 4, "only {tracked} of the four items were tracked");
    Ok(())
}

/// Tracks and untracks emails one at a time.
async fn emails(by: By) -> Result<[Row; 2]> {
    let world = World::new(2).await?;
    if by == By::Notification {
        world.offer_push().await?;
    }
    world.add_user(ANNA, "Anna Berg", false).await?;
    world.add_party("contact", "Kim Lee", KIM, None).await?;
    pass(&world, LOOK_UP).await;
    let (mut idle, mut tracked, mut untracked) = ([0, 0], 0, 0);
    for number in 0..EMAILS {
        let mail = receive(&world, number).await?;
        pass(&world, 1).await;
        idle[0] += cost(&world, by, None).await?;
        tracked += cost(&world, by, Some((&mail, true))).await?;
        let records = world.records(&mail.subject).await?.len();
        anyhow::ensure!(records == 1, "{records} records of one tracked email");
        let mail = world.item_by_id(ANNA, &mail.id).await?;
        idle[1] += cost(&world, by, None).await?;
        untracked += cost(&world, by, Some((&mail, false))).await?;
        let (state, _) = world.item_state(ANNA, &mail.id).await?.context("the email is known")?;
        anyhow::ensure!(state == "untracked_by_user", "an untracked email is {state}");
    }
    let (tracked, untracked) = (tracked.saturating_sub(idle[0]), untracked.saturating_sub(idle[1]));
    let (how, floor) = match by {
        By::Cycle => ("cycle", floor::UNTRACKED_IN_CYCLE),
        By::Notification => ("notification", floor::UNTRACKED),
    };
    Ok([
        row(&format!("{EMAILS} emails tracked, by {how}"), tracked, EMAILS * floor::TRACKED),
        row(&format!("{EMAILS} emails untracked, by {how}"), untracked, EMAILS * floor),
    ])
}

/// Units: requests to both sides while a person does something, or nothing, and it becomes known.
async fn cost(world: &World, by: By, act: Option<(&Seen, bool)>) -> Result<u64> {
    world.clear_counts().await?;
    match act {
        Some((mail, true)) => world.assign(ANNA, mail, TRACKED).await?,
        Some((mail, false)) => world.unassign(ANNA, mail, TRACKED).await?,
        None => {}
    }
    match by {
        By::Cycle => pass(world, EACH).await,
        By::Notification => world.settle().await,
    }
    asked(world, &["graph", "crm"]).await
}

async fn receive(world: &World, number: u64) -> Result<Seen> {
    let subject = format!("Offer {number}");
    let mail = Mail {
        subject: subject.clone(),
        from: KIM.to_owned(),
        to: vec![ANNA.to_owned()],
        message_id: Some(format!("<offer-{number}@contoso.test>")),
        ..Mail::default()
    };
    world.deliver(&mail).await?;
    world.items(ANNA, &subject, None).await?.pop().context("the message arrived")
}

async fn pass(world: &World, cycles: u64) {
    for _ in 0..cycles {
        world.cycle().await;
    }
}

/// Units: requests to these targets as the server counts them against its limits: each request
/// inside a `$batch`, and not the batch itself.
async fn asked(world: &World, targets: &[&str]) -> Result<u64> {
    let counts = world.counts().await?;
    let is_meant = |target: &str, route: &str| targets.contains(&target) && route != BATCH;
    let of_interest = counts.iter().filter(|(target, _, route, _)| is_meant(target, route));
    Ok(of_interest.map(|(.., count)| count).sum())
}

fn row(what: &str, found: u64, floor: u64) -> Row {
    let ratio = ratio(found, floor);
    Row::at_most(ID, what, ratio, TARGET, format!("{found} / {floor} requests = {ratio:.3}"))
}
