//! What a run says in the end.

use super::{checks::Outcome, killer::Kills, options::Options, watch::Watched};
use std::{fmt::Write, time::Duration};

/// New records within a stretch of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Throughput {
    /// Units: records.
    pub records: u64,
    /// How long it was measured.
    pub time: Duration,
}

impl Throughput {
    /// Units: records a second.
    pub fn rate(self) -> f64 {
        let records = u32::try_from(self.records).map_or(f64::INFINITY, f64::from);
        records / self.time.as_secs_f64().max(0.001)
    }
}

/// Everything.
#[derive(Debug)]
pub struct Report {
    /// What was asked for.
    pub options: Options,
    /// What was done to the workers.
    pub kills: Kills,
    /// Undisturbed.
    pub calm: Throughput,
    /// While workers were killed.
    pub disturbed: Throughput,
    /// Whether there was always something to do.
    pub watched: Watched,
    /// Units: messages, records, links that were there in the end.
    pub there: [usize; 3],
    /// How long it took until nothing waited any more.
    pub settled: Duration,
    /// What the checkers saw.
    pub outcome: Outcome,
    /// Everything that does not hold, with stories.
    pub violations: Vec<String>,
}

impl Report {
    /// The disturbed throughput as a part of the undisturbed one.
    pub fn ratio(&self) -> f64 {
        self.disturbed.rate() / self.calm.rate().max(0.001)
    }

    /// For people.
    pub fn text(&self) -> String {
        let (options, kills) = (&self.options, &self.kills);
        let [messages, records, links] = self.there;
        let mut text = format!(
            "chaos: seed {}, {} mailboxes, two workers on one data folder\n\
             kills: {} in {:.0?}, one time every {:.1?} ({} times both, {} upon a write); {} \
             starts again, the slowest ready after {:.2?}\n\
             undisturbed: {} records in {:.0?}, {:.1} a second\n\
             disturbed:   {} records in {:.0?}, {:.1} a second, {:.0} % of the undisturbed\n\
             load:        the service had nothing to do at {} of {} looks\n\
             in the end:  {messages} messages, {records} records, {links} links; quiet after {:.1?}\n",
            options.seed,
            options.mailboxes,
            kills.workers,
            options.disturbed,
            options.kill_every,
            kills.both,
            kills.mid_write,
            kills.restarts,
            kills.slowest_start,
            self.calm.records,
            self.calm.time,
            self.calm.rate(),
            self.disturbed.records,
            self.disturbed.time,
            self.disturbed.rate(),
            self.ratio() * 100.0,
            self.watched.idle,
            self.watched.looked,
            self.settled,
        );
        for (checker, occasions) in &self.outcome.occasions {
            let _ = writeln!(text, "{occasions:>9}  {checker}");
        }
        for violation in &self.violations {
            let _ = writeln!(text, "VIOLATED {violation}");
        }
        let _ = write!(text, "{} violations", self.violations.len());
        text
    }
}
