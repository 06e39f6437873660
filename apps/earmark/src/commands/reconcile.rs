//! `earmark reconcile`.

use crate::{
    failure::{CommandError, Exit},
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::Args;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};

/// What `reconcile` takes.
#[derive(Debug, Args)]
pub struct ReconcileArguments {
    /// Repair what the comparison found, and wait for it; without it nothing is changed
    #[arg(long)]
    pub apply: bool,
    /// Only this mailbox
    #[arg(long, value_name = "ADDR")]
    pub mailbox: Option<String>,
}

/// Runs a full comparison and prints its report.
///
/// Errors: exit 9 when something differs, 7 when something could not be read, 6 when something
/// waits for a person's decision, in this order.
pub async fn run(
    arguments: ReconcileArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let wanted = json!({"apply": arguments.apply, "mailbox": arguments.mailbox});
    let report = remote.post("/api/v1/reconcile", &wanted).await?;
    output.value(&report, || text(&report["report"], arguments.apply));
    outcome(&report["report"], arguments.apply)
}

fn outcome(found: &Value, applied: bool) -> Result<(), CommandError> {
    let count = |name: &str| found[name].as_array().map_or(0, Vec::len);
    let (differences, unfinished) = (count("differences"), count("unfinished"));
    if differences + unfinished > 0 {
        let hint = if applied {
            "Follow the remedies above, then run `earmark reconcile` again"
        } else {
            "Repeat with --apply to repair what the rules can repair"
        };
        let message = format!("{differences} differ, {unfinished} mailboxes are not done");
        return Err(CommandError::new(Exit::Unhealthy, "differs", message).hint(hint));
    }
    let unreadable = count("unreadable");
    if unreadable > 0 {
        let message = format!("{unreadable} parts could not be read; nothing is said about them");
        return Err(CommandError::new(Exit::Partial, "unreadable", message)
            .hint("`earmark doctor` shows what cannot be reached and why"));
    }
    let asking = rows(found, "waiting").iter().filter(|row| row["needsPerson"] == true).count();
    if asking > 0 {
        let message = format!("{asking} wait for a person's decision");
        return Err(CommandError::new(Exit::Refused, "held", message)
            .hint("`earmark held list` shows them; then `earmark held release` or `discard`"));
    }
    Ok(())
}

fn rows(found: &Value, name: &str) -> Vec<Value> {
    found[name].as_array().cloned().unwrap_or_default()
}

fn text(found: &Value, applied: bool) -> String {
    let mut text = String::new();
    for name in ["mailboxes", "bearers", "links"] {
        let _ = writeln!(text, "{name}: {}", cell(&found[name]));
    }
    for row in rows(found, "unreadable") {
        let [mailbox, part, code, detail] = cells(&row, ["mailbox", "part", "code", "detail"]);
        let _ = writeln!(text, "could not read {part} of {mailbox}: {code}: {detail}");
    }
    for row in rows(found, "repaired") {
        let _ = writeln!(text, "repaired {}", line(&row));
    }
    for row in rows(found, "unfinished") {
        let _ = writeln!(text, "not done in time, goes on by itself: {}", printable(&cell(&row)));
    }
    for row in rows(found, "waiting") {
        let [mailbox, item, state, reason, until] =
            cells(&row, ["mailbox", "graphId", "state", "reason", "until"]);
        let until = match (row["needsPerson"] == true, until.is_empty()) {
            (true, _) => "until a person decides".to_owned(),
            (false, true) => "until its next cycle".to_owned(),
            (false, false) => format!("until {until}"),
        };
        let _ = writeln!(text, "waiting: {mailbox} {item}: {state}, {reason}, {until}");
    }
    let differences = rows(found, "differences");
    for row in &differences {
        let _ = writeln!(text, "{}", line(row));
    }
    let told: BTreeSet<[String; 3]> =
        differences.iter().map(|row| cells(row, ["difference", "repair", "remedy"])).collect();
    for [difference, repair, remedy] in told {
        let _ = writeln!(text, "{difference} ({repair}): {remedy}");
    }
    let _ = match (differences.is_empty(), applied) {
        (true, _) => writeln!(text, "nothing differs"),
        (false, true) => writeln!(text, "{} differ still", differences.len()),
        (false, false) => writeln!(text, "{} differ; nothing was changed", differences.len()),
    };
    text
}

/// One difference: what, where, which record, why, details.
fn line(row: &Value) -> String {
    let [difference, mailbox, item, activity, reason, detail] =
        cells(row, ["difference", "mailbox", "graphId", "activityId", "reason", "detail"]);
    let mut line = format!("{difference}: {mailbox}");
    for (name, value) in
        [("item", item), ("record", activity), ("reason", reason), ("detail", detail)]
    {
        if !value.is_empty() {
            let _ = write!(line, " {name} {value}");
        }
    }
    line
}

fn cells<const N: usize>(row: &Value, names: [&str; N]) -> [String; N] {
    names.map(|name| printable(&cell(&row[name])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(found: &Value) -> Option<Exit> {
        outcome(found, true).err().map(|error| error.exit)
    }

    #[test]
    fn the_exit_code_tells_what_is_left() {
        let differs = json!({"difference": "category_missing", "mailbox": "a", "remedy": "r"});
        let waits = json!({"needsPerson": true, "mailbox": "a"});
        let unread = json!({"mailbox": "a", "part": "mail"});
        assert_eq!(exit(&json!({"differences": [], "repaired": [differs]})), None);
        assert_eq!(exit(&json!({"waiting": [{"needsPerson": false}]})), None);
        assert_eq!(exit(&json!({"waiting": [waits]})), Some(Exit::Refused));
        assert_eq!(exit(&json!({"waiting": [waits], "unreadable": [unread]})), Some(Exit::Partial));
        let all = json!({"differences": [differs], "unreadable": [unread], "waiting": [waits]});
        assert_eq!(exit(&all), Some(Exit::Unhealthy));
        assert_eq!(exit(&json!({"unfinished": ["a"]})), Some(Exit::Unhealthy));
        let told = text(&all, true);
        assert!(told.contains("until a person decides") && told.contains("1 differ still"));
    }
}
