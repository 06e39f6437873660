//! `earmark reconcile`.

use crate::{
    failure::CommandError,
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;

/// What `reconcile` takes.
#[derive(Debug, Args)]
pub struct ReconcileArguments {
    /// Repair what the comparison found; without it nothing is changed
    #[arg(long)]
    pub apply: bool,
}

/// Runs a full comparison and prints its report.
pub async fn run(
    arguments: ReconcileArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let report = remote.post("/api/v1/reconcile", &json!({"apply": arguments.apply})).await?;
    output.value(&report, || text(&report, arguments.apply));
    Ok(())
}

fn text(report: &Value, applied: bool) -> String {
    let found = &report["report"];
    let mut text = String::new();
    for name in ["mailboxes", "bearers", "links"] {
        let _ = writeln!(text, "{name}: {}", cell(&found[name]));
    }
    let rows = |name: &str| found[name].as_array().cloned().unwrap_or_default();
    for row in rows("unreadable") {
        let _ = writeln!(text, "could not read {}: {}", cell(&row["mailbox"]), cell(&row["code"]));
    }
    let differences = rows("differences");
    for row in &differences {
        let [mailbox, item, difference] =
            ["mailbox", "graphId", "difference"].map(|name| printable(&cell(&row[name])));
        let _ = writeln!(text, "{difference}: {mailbox} {item}");
    }
    let _ = match (differences.is_empty(), applied) {
        (true, _) => writeln!(text, "nothing differs"),
        (false, true) => writeln!(text, "{} are being repaired by the rules", differences.len()),
        (false, false) => {
            writeln!(text, "{} differ; repeat with --apply to repair them", differences.len())
        }
    };
    text
}
