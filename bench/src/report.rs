//! What was measured: one table for people, one JSON file for comparisons.

use anyhow::{Context, Result};
use serde::Serialize;
use std::{fs, path::Path};

/// One measured figure, or one that could not be measured here.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The benchmark: `P2`, `P3`, `P5`, `lists`, `peers`.
    pub id: &'static str,
    /// What was measured.
    pub what: String,
    /// The figure for people, with its unit.
    pub figure: String,
    /// The figure as a number in the same unit; none where it was not measured.
    pub value: Option<f64>,
    /// The most that `value` may be; none where there is no promise.
    pub target: Option<f64>,
    /// How the two compare.
    pub verdict: Verdict,
}

/// How a figure stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not above the target.
    Met,
    /// Above the target.
    Missed,
    /// There is no target.
    Measured,
    /// Somebody else's figure, taken on another machine; the row names its source.
    Published,
    /// It cannot be measured here; the row says why.
    NotRun,
}

impl Row {
    /// A figure that must not be above `target`.
    pub fn at_most(id: &'static str, what: &str, value: f64, target: f64, figure: String) -> Self {
        let verdict = if value <= target { Verdict::Met } else { Verdict::Missed };
        Self {
            id,
            what: what.to_owned(),
            figure,
            value: Some(value),
            target: Some(target),
            verdict,
        }
    }

    /// A figure without a target.
    pub fn measured(id: &'static str, what: &str, value: f64, figure: String) -> Self {
        let what = what.to_owned();
        Self { id, what, figure, value: Some(value), target: None, verdict: Verdict::Measured }
    }

    /// A figure that its source published.
    pub fn published(id: &'static str, what: &str, figure: &str) -> Self {
        Self::without_value(id, what, figure, Verdict::Published)
    }

    /// A figure that cannot be measured here, and why.
    pub fn not_run(id: &'static str, what: &str, why: &str) -> Self {
        Self::without_value(id, what, why, Verdict::NotRun)
    }

    fn without_value(id: &'static str, what: &str, text: &str, verdict: Verdict) -> Self {
        let (what, figure) = (what.to_owned(), text.to_owned());
        Self { id, what, figure, value: None, target: None, verdict }
    }
}

/// Whether every figure that has a target met it.
pub fn all_met(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.verdict != Verdict::Missed)
}

/// Prints the table.
pub fn print(rows: &[Row]) {
    let width = |text: fn(&Row) -> &str| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or_default()
    };
    let (what, figure) = (width(|row| &row.what), width(|row| &row.figure).min(60));
    println!("{:<6} {:<what$} {:<figure$} {:>9}  met", "id", "what", "figure", "target");
    for row in rows {
        let target = row.target.map(|target| format!("≤ {target}")).unwrap_or_default();
        let met = match row.verdict {
            Verdict::Met => "yes",
            Verdict::Missed => "NO",
            Verdict::Measured => "-",
            Verdict::Published => "published",
            Verdict::NotRun => "not run",
        };
        println!("{:<6} {:<what$} {:<figure$} {target:>9}  {met}", row.id, row.what, row.figure);
    }
}

/// Writes the rows as JSON to `path`, whose folder is made.
///
/// Errors: the file cannot be written.
pub fn write(rows: &[Row], profile: &str, path: &Path) -> Result<()> {
    let folder = path.parent().context("the report has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let report = serde_json::json!({"schema": "earmark.bench/1", "profile": profile, "rows": rows});
    let text = serde_json::to_string_pretty(&report).context("write the report")?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missed_target_fails_the_run() {
        let mut rows = vec![
            Row::at_most("P5", "start", 200.0, 200.0, "200 ms".to_owned()),
            Row::measured("P5", "size", 30.0, "30 MB".to_owned()),
            Row::not_run("peers", "another", "it needs a network"),
        ];
        assert!(all_met(&rows));
        rows.push(Row::at_most("P5", "start", 200.1, 200.0, "200.1 ms".to_owned()));
        assert!(!all_met(&rows));
    }
}
