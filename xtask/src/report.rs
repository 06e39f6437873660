//! The checks as they ran: headings, times, the table, the last line.

use crate::expected::Expected;
use std::time::{Duration, Instant};

/// How many passed, failed and were skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Ran, and held.
    pub passed: u64,
    /// Ran, and did not hold.
    pub failed: u64,
    /// Did not run.
    pub skipped: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// How one check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It ran and found nothing.
    Passed,
    /// It ran and found something, or it was not allowed to be left out.
    Failed(String),
    /// It could not run.
    NotRun(String),
}

/// What a check gives back: its verdict, and the tests inside it.
pub type Checked = (Verdict, Counts);

struct Row {
    check: &'static str,
    verdict: Verdict,
    tests: Counts,
    took: Duration,
}

/// All checks of one run.
pub struct Report {
    expected: Expected,
    rows: Vec<Row>,
    started: Instant,
}

impl Report {
    /// An empty report.
    pub fn new(expected: Expected) -> Self {
        Self { expected, rows: Vec::new(), started: Instant::now() }
    }

    /// What may be left out.
    pub fn expected(&self) -> &Expected {
        &self.expected
    }

    /// Runs one check under a heading.
    pub fn check(&mut self, check: &'static str, run: impl FnOnce(&Expected) -> Checked) {
        println!("\n== {check}");
        let started = Instant::now();
        let (verdict, tests) = run(&self.expected);
        let took = started.elapsed();
        let verdict = self.judge(check, verdict);
        println!("-- {check}: {}, {}", word(&verdict), seconds(took));
        if let Verdict::Failed(why) | Verdict::NotRun(why) = &verdict {
            println!("   {why}");
        }
        self.rows.push(Row { check, verdict, tests, took });
    }

    fn judge(&self, check: &str, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::NotRun(why) if !self.expected.allows_not_run(check, &why) => Verdict::Failed(
                format!("not run, and xtask/expected.toml does not allow it: {why}"),
            ),
            verdict => verdict,
        }
    }

    /// Checks and tests together.
    pub fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        for row in &self.rows {
            totals.add(row.tests);
            match row.verdict {
                Verdict::Passed => totals.passed += 1,
                Verdict::Failed(_) => totals.failed += 1,
                Verdict::NotRun(_) => totals.skipped += 1,
            }
        }
        totals
    }

    /// Prints the table and the last line; whether nothing failed.
    pub fn finish(self) -> bool {
        println!("\n{:<12} {:<8} {:>9}  details", "check", "result", "time");
        for row in &self.rows {
            let details = match &row.verdict {
                Verdict::Passed => String::new(),
                Verdict::Failed(why) | Verdict::NotRun(why) => {
                    why.lines().next().unwrap_or_default().to_owned()
                }
            };
            let tests = if row.tests == Counts::default() {
                String::new()
            } else {
                format!("{} ", sentence(row.tests))
            };
            let line = format!(
                "{:<12} {:<8} {:>9}  {tests}{details}",
                row.check,
                word(&row.verdict),
                seconds(row.took)
            );
            println!("{}", line.trim_end());
        }
        println!("{:<12} {:<8} {:>9}\n", "all", "", seconds(self.started.elapsed()));
        let totals = self.totals();
        println!("{}", sentence(totals));
        totals.failed == 0
    }
}

fn sentence(counts: Counts) -> String {
    format!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped)
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed(_) => "FAILED",
        Verdict::NotRun(_) => "not run",
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
