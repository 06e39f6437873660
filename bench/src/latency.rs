//! P3: from a notification to the visible record, at a fixed rate that waits for nobody.

use crate::{
    Plan,
    face::{ADMIN, Face, Message},
    histogram::{Histogram, percentile_millis},
    process::Server,
    report::Row,
};
use anyhow::{Context, Result, ensure};
use earmark_model::{ItemKind, OrganizationId, identity};
use reqwest::Method;
use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time};

const ID: &str = "P3";
const P50_MS: f64 = 3.0;
const P99_MS: f64 = 20.0;
const LAG: &str = "earmark_notification_to_record_seconds";

const MAILBOXES: usize = 50;

/// Between two changes: 100 a second, spread over all mailboxes.
const EVERY: Duration = Duration::from_millis(10);

/// Units: changes before anything is measured, and those that are measured.
const WARM_UP: usize = 300;
const MEASURED: usize = 1_200;

/// One change in this many is also watched from outside.
const SAMPLE: usize = 10;

/// Between two looks at a record that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_micros(500);

/// The longest that anything may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a watched change took.
struct Watched {
    since_answer: Duration,
    since_due: Duration,
}

/// How the time of a watched change is taken, with its name.
type Side = (&'static str, fn(&Watched) -> Duration);

/// Runs it with the real program over sockets.
///
/// Errors: the program refused a step, or a change was never tracked.
pub async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let mut command = Command::new(&plan.binary);
    command.args(["demo", "--empty", "--no-open", "--json", "--listen", "127.0.0.1:0"]);
    command.args(["--admin-token", ADMIN, "--data-dir"]).arg(folder.path().join("data"));
    let demo = Server::start(&mut command)?;
    let face = Face::new(&demo.root)?;
    let organization = organization(&face).await?;
    let mut messages = prepare(&face).await?;
    let measured = messages.split_off(WARM_UP);

    flow(&face, organization, &messages).await?;
    quiet(&face).await?;
    let before = Histogram::read(&face.text("/metrics").await?, LAG);
    let cpu = demo.process.cpu()?;
    let began = Instant::now();
    let mut watched = flow(&face, organization, &measured).await?;
    let (cpu, took) = (demo.process.cpu()? - cpu, began.elapsed());
    quiet(&face).await?;
    let lag = Histogram::read(&face.text("/metrics").await?, LAG).since(&before);
    Ok(rows(&lag, &mut watched, cpu, took))
}

/// People with subscriptions, and as many messages as there will be changes, one mailbox after
/// the other.
async fn prepare(face: &Face) -> Result<Vec<Message>> {
    let each = (WARM_UP + MEASURED).div_ceil(MAILBOXES);
    let mut mailboxes = Vec::new();
    for number in 0..MAILBOXES {
        let mail = format!("person{number}@fabrikam.test");
        face.add_person(&mail, true).await?;
        mailboxes.push(face.deliver(&mail, each).await?.into_iter());
    }
    quiet(face).await?;
    let page = face.text("/metrics").await?;
    let subscriptions = figure(&page, "earmark_subscriptions");
    ensure!(subscriptions >= MAILBOXES as u64, "only {subscriptions} subscriptions were made");
    let mut messages = Vec::new();
    while messages.len() < WARM_UP + MEASURED {
        messages.extend(mailboxes.iter_mut().filter_map(Iterator::next));
    }
    messages.truncate(WARM_UP + MEASURED);
    Ok(messages)
}

/// Makes one change each [`EVERY`], whatever became of those before.
async fn flow(
    face: &Face,
    organization: OrganizationId,
    messages: &[Message],
) -> Result<Vec<Watched>> {
    let mut changes = JoinSet::new();
    let mut clock = time::interval(EVERY);
    clock.set_missed_tick_behavior(time::MissedTickBehavior::Burst);
    for (number, message) in messages.iter().cloned().enumerate() {
        let due = clock.tick().await.into_std();
        let face = face.clone();
        let is_watched = number % SAMPLE == 0;
        changes.spawn(async move {
            face.assign(&message).await?;
            let answered = Instant::now();
            if !is_watched {
                return anyhow::Ok(None);
            }
            let record =
                identity::record_id(organization, ItemKind::Email, &message.message_id, "", 0);
            let path = format!("/api/data/v9.2/emails({})?$select=activityid", record.0);
            while !face.is_there(&path).await? {
                ensure!(answered.elapsed() < PATIENCE, "a change was not tracked in time");
                time::sleep(LOOK_AGAIN).await;
            }
            Ok(Some(Watched { since_answer: answered.elapsed(), since_due: due.elapsed() }))
        });
    }
    let mut watched = Vec::new();
    while let Some(change) = changes.join_next().await {
        watched.extend(change.context("a change ended early")??);
    }
    Ok(watched)
}

/// Waits until nothing comes in and nothing is done any more.
async fn quiet(face: &Face) -> Result<()> {
    let began = Instant::now();
    let names = ["earmark_subscriptions", "earmark_cycles_total", "earmark_notifications_total"];
    let mut last = BTreeSet::new();
    loop {
        let page = face.text("/metrics").await?;
        let now: BTreeSet<(&str, u64)> =
            names.iter().map(|name| (*name, figure(&page, name))).collect();
        if now == last && figure(&page, "earmark_subscriptions") > 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "the program does not come to rest");
        last = now;
        time::sleep(Duration::from_millis(1_500)).await;
    }
}

/// The sum of a metric over its labels.
fn figure(page: &str, name: &str) -> u64 {
    let of = |line: &str| {
        let rest = line.strip_prefix(name)?;
        if rest.starts_with('{') { rest.rsplit_once(' ')?.1.parse::<u64>().ok() } else { None }
    };
    page.lines().filter_map(of).sum::<u64>()
}

async fn organization(face: &Face) -> Result<OrganizationId> {
    let answer = face.ask(Method::GET, "/api/data/v9.2/WhoAmI", None).await?;
    let id = answer["OrganizationId"].as_str().context("the CRM says which organization it is")?;
    Ok(OrganizationId(id.parse().context("read the organization's id")?))
}

fn rows(lag: &Histogram, watched: &mut [Watched], cpu: Duration, took: Duration) -> Vec<Row> {
    let count = lag.count();
    let mut rows = Vec::new();
    for (share, name, target) in [(0.50, "p50", P50_MS), (0.99, "p99", P99_MS)] {
        let what =
            format!("notification to record, {name} of {count}, 100/s, {MAILBOXES} mailboxes");
        rows.push(match lag.at_most_millis(share) {
            Some(bound) => Row::at_most(ID, &what, bound, target, format!("≤ {bound} ms")),
            None => Row::not_run(ID, &what, &format!("/metrics has no {LAG}")),
        });
    }
    let sides: [Side; 2] = [
        ("change answered to record visible", |one| one.since_answer),
        ("change due to record visible", |one| one.since_due),
    ];
    for (side, of) in sides {
        let mut times: Vec<Duration> = watched.iter().map(of).collect();
        for (share, name) in [(0.50, "p50"), (0.99, "p99")] {
            let what = format!("from outside: {side}, {name} of {}", times.len());
            if let Some(millis) = percentile_millis(&mut times, share) {
                rows.push(Row::measured(ID, &what, millis, format!("{millis:.1} ms")));
            }
        }
    }
    let busy = 100.0 * cpu.as_secs_f64() / took.as_secs_f64();
    rows.push(Row::measured(
        ID,
        "processor time of the whole demo meanwhile",
        busy,
        format!("{busy:.0} % of one core"),
    ));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_sum_over_its_labels_and_of_no_longer_name() {
        let page = "# TYPE a gauge\na{x=\"1\"} 3\na{x=\"2\"} 4\na_b{x=\"1\"} 50\n";
        assert_eq!(figure(page, "a"), 7);
        assert_eq!(figure(page, "c"), 0);
    }
}
