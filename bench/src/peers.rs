//! Peers of one node: a script as an administrator would write it, measured beside Earmark on the
//! same mail, and what others published.

mod ours;
mod script;

use crate::{Plan, report::Row};
use anyhow::Result;
use std::process::{Command, Stdio};

const ID: &str = "peers";

/// Units: rounds, in which both take turns; the median is reported.
const ROUNDS: usize = 3;

/// Units: messages that are tracked in one cycle of one mailbox.
const MESSAGES: usize = 400;

/// Units: idle cycles after that.
const IDLE_CYCLES: usize = 10;

/// Units: mailboxes of the two figures of memory.
const FEW_AND_MANY: [usize; 2] = [1, 100];

/// What one side took in one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Units: milliseconds of processor time for each tracked message, of everything but the
    /// mailbox server.
    cpu_ms: f64,
    /// Units: requests to the mailbox server for each tracked message.
    requests: f64,
    /// Units: the same of an idle cycle.
    idle_requests: f64,
    /// Units: milliseconds of processor time of an idle cycle.
    idle_cpu_ms: f64,
}

impl Round {
    /// From seconds and requests of all messages, and of all idle cycles.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    fn of(cpu: f64, requests: u64, idle_requests: u64, idle_cpu: f64) -> Self {
        let (messages, cycles) = (MESSAGES as f64, IDLE_CYCLES as f64);
        Self {
            cpu_ms: 1_000.0 * cpu / messages,
            requests: requests as f64 / messages,
            idle_requests: idle_requests as f64 / cycles,
            idle_cpu_ms: 1_000.0 * idle_cpu / cycles,
        }
    }
}

/// A figure of a round with its name and unit.
type Figure = (&'static str, &'static str, fn(&Round) -> f64);

const FIGURES: [Figure; 4] = [
    ("processor time for each tracked message, CRM included", "ms", |round| round.cpu_ms),
    ("mailbox requests for each tracked message", "", |round| round.requests),
    ("mailbox requests of an idle cycle (script: mail alone)", "", |round| round.idle_requests),
    ("processor time of an idle cycle, 400 tracked", "ms", |round| round.idle_cpu_ms),
];

/// Runs it; what cannot run here is said so.
///
/// Errors: a program refused a step.
pub async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if has_python() {
        let (mut ours, mut script) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(ours::round(plan).await?);
            script.push(script::round(plan).await?);
        }
        rows.extend(FIGURES.iter().flat_map(|figure| compare(figure, &ours, &script)));
        for mailboxes in FEW_AND_MANY {
            let sides = [
                ("Earmark with its CRM", ours::resident(plan, mailboxes).await?),
                ("the script", script::resident(plan, mailboxes).await?),
            ];
            for (side, kib) in sides {
                let what = format!("memory with {mailboxes} mailboxes, {side}");
                let mib = kib / 1_024.0;
                rows.push(Row::measured(ID, &what, mib, format!("{mib:.1} MiB")));
            }
        }
    } else {
        rows.push(Row::not_run(ID, "Python script, delta for each folder", "there is no python3"));
    }
    rows.extend(others());
    Ok(rows)
}

fn has_python() -> bool {
    let mut command = Command::new("python3");
    command.args(["-c", "import sqlite3"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn compare(figure: &Figure, ours: &[Round], script: &[Round]) -> [Row; 3] {
    let (what, unit, of) = figure;
    let (ours, script) = (median(ours.iter().map(of)), median(script.iter().map(of)));
    let row = |side: &str, value: f64| {
        let text = format!("{value:.2} {unit}");
        Row::measured(ID, &format!("{what}, {side}"), value, text.trim_end().to_owned())
    };
    let ratio = script / ours;
    [
        row("Earmark", ours),
        row("the script", script),
        Row::measured(ID, &format!("{what}, script / Earmark"), ratio, format!("{ratio:.2}")),
    ]
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Peers that are not measured here, each with its source or the reason.
fn others() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        (
            "server-side synchronization: time between two looks at a mailbox",
            "5 min added after each, 15 min promised (community.dynamics.com, SSS series part 2)",
        ),
        (
            "EmailEngine: warm-up of 1,000 accounts, one connection each",
            "about 50 min at 3 s each (learn.emailengine.app, performance tuning)",
        ),
        (
            "job queues on one PostgreSQL 17, jobs a second",
            "River 344, Oban 265, Procrastinate 256, pg-boss 2,957, awa 6,481 \
             (hardbyte/postgresql-job-queue-benchmarking, 2026-05-01, by awa's author)",
        ),
    ]
    .map(|(what, figure)| Row::published(ID, what, figure))
    .into();
    rows.extend(
        [
            ("EmailEngine: memory of an account", "needs IMAP accounts, Redis and a licence key"),
            (
                "isync, offlineimap, vdirsyncer: processor time",
                "the sandbox speaks no IMAP or CalDAV",
            ),
            ("pg-boss, Procrastinate: the same load", "there is no PostgreSQL back end to compare"),
            ("server-side synchronization itself", "needs a tenant of Microsoft 365"),
        ]
        .map(|(what, why)| Row::not_run(ID, what, why)),
    );
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median([9.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
        assert!(median([].into_iter()).is_nan());
    }

    #[test]
    fn a_comparison_names_both_sides_and_how_many_times_more() {
        let round = |cpu_ms| Round { cpu_ms, requests: 1.0, idle_requests: 6.0, idle_cpu_ms: 1.0 };
        let rows = compare(&FIGURES[0], &[round(0.5)], &[round(4.0)]);
        assert_eq!(rows.map(|row| row.figure), ["0.50 ms", "4.00 ms", "8.00"]);
    }
}
