//! One run from beginning to end.

use super::{
    checks::{self, Outcome},
    killer::{Kills, Workers},
    options::Options,
    oracle::{self, Picture},
    people,
    report::{Report, Throughput},
    story,
    watch::{self, Watched},
    world::World,
};
use earmark_sqlite::rusqlite::{Connection, OpenFlags};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How long everything may take to become quiet. Less than a lease: what a killed worker held must
/// not have to wait until it runs out.
const QUIET_WITHIN: Duration = Duration::from_secs(100);

/// See [`rounds`].
const ROUNDS_MAX: u32 = 8;

/// Units: stories of violations that are told.
const STORIES: usize = 5;

/// Checkers that have proved nothing if they never had an occasion.
const CHECKERS: [&str; 6] = [
    "a bearer has one live link to its record",
    "a message has one record in one direction",
    "a record stays",
    "what a person tracked is tracked",
    "what a person untracked is not",
    "what bears nothing is not linked",
];

/// A stretch of the run. Units: seconds since 1970, whole ones, as the CRM dates its records.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: i64,
    to: i64,
}

/// Runs it.
pub async fn run(options: Options) -> Report {
    let world = Arc::new(World::start(options.clone()).await);
    let mut workers = Workers::start(Arc::clone(&world)).await;
    enable(&world).await;
    let (stop, stop_watching) = (CancellationToken::new(), CancellationToken::new());
    let watching =
        tokio::spawn(watch::watch(Arc::clone(&world), stop.clone(), stop_watching.clone()));
    let mut people = Vec::new();
    for number in 0..options.mailboxes {
        people.push(tokio::spawn(people::act(Arc::clone(&world), number, stop.clone())));
        people.push(tokio::spawn(people::ask(Arc::clone(&world), number, stop.clone())));
    }
    let (mut calm, mut disturbed) = (Vec::new(), Vec::new());
    let rounds = rounds(options.disturbed);
    let kill_every = options.kill_every;
    for _ in 0..rounds {
        calm.push(stretch(options.calm / rounds, async |_| {}).await);
        let killing = stretch(options.disturbed / rounds, async |until| {
            let mut pace = tokio::time::interval(kill_every);
            pace.tick().await;
            while Instant::now() + kill_every <= until {
                pace.tick().await;
                workers.kill().await;
            }
        });
        disturbed.push(killing.await);
    }
    stop.cancel();
    for person in people {
        person.await.expect("a person acts to the end");
    }
    stop_watching.cancel();
    let watched = watching.await.expect("it ends");
    let began = Instant::now();
    let (picture, mut outcome) = quiet(&world, &watched.known).await;
    let settled = began.elapsed();
    outcome.occasions.insert("records only become more", watched.compared);
    let mut violations = told(&world, &picture, &outcome).await;
    let kills = workers.kills;
    workers.end_all();
    drop(workers);
    for file in ["ledger.db", "crm.db"] {
        violations.extend(damage(&world, file));
        *outcome.occasions.entry("a file is sound").or_default() += 1;
    }
    violations.append(&mut world.seen.lock().expect("not poisoned"));
    let rates = (count(&picture, &calm), count(&picture, &disturbed));
    let done = Done { kills, rates, watched, settled };
    let report = finished(options, done, &picture, outcome, violations);
    if !report.violations.is_empty()
        && let Ok(world) = Arc::try_unwrap(world).map_err(drop)
    {
        println!("the files stay in {}", world.keep().display());
    }
    report
}

/// What was measured.
struct Done {
    kills: Kills,
    /// Undisturbed and disturbed.
    rates: (Throughput, Throughput),
    watched: Watched,
    settled: Duration,
}

fn finished(
    options: Options,
    done: Done,
    picture: &Picture,
    outcome: Outcome,
    violations: Vec<String>,
) -> Report {
    let Done { kills, rates: (calm, disturbed), watched, settled } = done;
    let links = picture.links.values().map(Vec::len).sum();
    let there = [picture.messages.len(), picture.emails.len(), links];
    let mut report =
        Report { options, kills, calm, disturbed, watched, there, settled, outcome, violations };
    if let Some(least) = report.options.ratio_min.filter(|least| report.ratio() < *least) {
        let (is, least) = (report.ratio() * 100.0, least * 100.0);
        report.violations.push(format!("throughput: {is:.0} % of the undisturbed, not {least} %"));
    }
    let must = [
        ("a worker is killed", kills.workers),
        ("something is tracked meanwhile", disturbed.records),
    ];
    let occasions = CHECKERS.map(|name| (name, report.outcome.occasions.get(name).copied()));
    for (what, count) in must.into_iter().chain(occasions.map(|(n, c)| (n, c.unwrap_or(0)))) {
        if count == 0 {
            report.violations.push(format!("never: {what}"));
        }
    }
    report
}

/// Makes every mailbox known and waits for its first cycle, which makes its category.
async fn enable(world: &World) {
    for mailbox in &world.mailboxes {
        let body = json!({"address": mailbox.address});
        world.insist(0, Method::POST, "/api/v1/mailboxes", Some(body)).await;
    }
    for (number, mailbox) in world.mailboxes.iter().enumerate() {
        let path = format!("/api/v1/mailboxes/{}/sync", mailbox.address);
        let wait = json!({"wait": true});
        // Each worker is asked: the one that answers need not be the one that has the mailbox.
        world.insist(number, Method::POST, &path, Some(wait)).await;
        let path = format!("/users/{}/outlook/masterCategories", mailbox.address);
        let list = world.graph(Method::GET, &path, None).await;
        assert!(list.to_string().contains(super::world::CATEGORY), "{list}");
    }
}

/// Units: how often calm and kills take turns, so that both are measured with few records and with
/// many.
fn rounds(disturbed: Duration) -> u32 {
    u32::try_from(disturbed.as_secs() / 30).map_or(ROUNDS_MAX, |rounds| rounds.clamp(1, ROUNDS_MAX))
}

/// Does `work`, for `time` at least.
async fn stretch(time: Duration, work: impl AsyncFnOnce(Instant)) -> Stretch {
    let (from, until) = (now(), Instant::now() + time);
    work(until).await;
    tokio::time::sleep_until(until.into()).await;
    Stretch { from, to: now() }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// New records within the stretches.
fn count(picture: &Picture, stretches: &[Stretch]) -> Throughput {
    let mut throughput = Throughput::default();
    for stretch in stretches {
        let within = |created: i64| stretch.from <= created && created < stretch.to;
        let new = picture.emails.values().filter(|email| within(email.created)).count();
        throughput.records += u64::try_from(new).expect("a count");
        let seconds = u64::try_from(stretch.to - stretch.from).expect("time goes on");
        throughput.time += Duration::from_secs(seconds);
    }
    throughput
}

/// Waits until nothing is wrong any more, or for so long that it will not become right.
async fn quiet(world: &World, known: &BTreeSet<String>) -> (Picture, Outcome) {
    let until = Instant::now() + QUIET_WITHIN;
    loop {
        for (number, mailbox) in world.mailboxes.iter().enumerate() {
            let path = format!("/api/v1/mailboxes/{}/sync", mailbox.address);
            world.insist(number, Method::POST, &path, Some(json!({"wait": true}))).await;
        }
        let picture = oracle::look(world).await;
        let outcome = checks::check(world, &picture, known).await;
        if outcome.violations.is_empty() || Instant::now() > until {
            return (picture, outcome);
        }
    }
}

async fn told(world: &World, picture: &Picture, outcome: &Outcome) -> Vec<String> {
    let mut told = Vec::new();
    for (number, violation) in outcome.violations.iter().enumerate() {
        let story = match &violation.item {
            Some((mailbox, id)) if number < STORIES => {
                story::tell(world, picture, *mailbox, id).await
            }
            _ => String::new(),
        };
        told.push(format!("{}\n{story}", violation.what));
    }
    told
}

/// What SQLite says about a file of the data folder, where it is not in order.
fn damage(world: &World, file: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(world.file(file), flags).expect("opens");
    let mut found = Vec::new();
    for pragma in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
        let mut statement = connection.prepare(pragma).expect("a pragma");
        let lines = statement.query_map([], |row| row.get::<_, String>(0)).expect("answered");
        let lines = lines.map(|line| line.expect("a line")).filter(|line| line != "ok");
        found.extend(lines.map(|line| format!("{file}: {pragma}: {line}")));
    }
    found
}
