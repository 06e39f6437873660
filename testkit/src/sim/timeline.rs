//! What happened to the items of a violation, line by line.
//!
//! A violation names items, messages, records in its words. Everything in the log that is about
//! them is shown: people's acts, the service's requests and calls with their answers, what the
//! ledger took, the life of workers, faults. Long ids are replaced by short names.

mod names;
mod words;

use super::{
    log::{Entry, Happening},
    oracle::Violation,
};
use names::Names;

/// Units: entries that are shown where the violation names nothing of the log.
const LAST: usize = 120;

/// The lines about what `violation` names.
pub fn timeline(entries: &[Entry], violation: &Violation) -> String {
    let names = Names::in_words(&violation.what, entries);
    let mut lines = vec![format!("{}: {}", violation.checker, names.shorten(&violation.what))];
    lines.extend(names.legend());
    if names.is_empty() {
        let from = entries.len().saturating_sub(LAST);
        lines.push(format!("The violation names nothing; the last {LAST} entries:"));
        lines.extend(entries[from..].iter().map(|entry| words::line(entry, &names)));
        return lines.join("\n");
    }
    let mut numbers = std::collections::BTreeSet::new();
    for entry in entries {
        if is_about(entry, &names, &numbers) {
            if let Happening::Request { number, .. } | Happening::Call { number, .. } = &entry.what
            {
                numbers.insert(*number);
            }
            lines.push(words::line(entry, &names));
        }
    }
    lines.join("\n")
}

/// One entry as a line, with its ids as they are.
pub fn line(entry: &Entry) -> String {
    words::line(entry, &Names::default())
}

/// Whether an entry belongs to the story of what is named. `numbers` are the requests and calls
/// that do.
fn is_about(entry: &Entry, names: &Names, numbers: &std::collections::BTreeSet<u64>) -> bool {
    match &entry.what {
        Happening::Item { id, .. } | Happening::Asked { id, .. } => names.has_item(id),
        Happening::Record { activity, .. } => names.has_record(*activity),
        Happening::Link { handle, activity, .. } => {
            names.has_item(handle.as_str()) || names.has_record(*activity)
        }
        Happening::Request { path, body, .. } => names.is_in_request(path, body),
        Happening::Answer { request: number, .. } | Happening::Called { call: number, .. } => {
            numbers.contains(number)
        }
        Happening::Call { item, activity, .. } => {
            item.as_ref().is_some_and(|(_, handle)| names.has_item(handle.as_str()))
                || activity.is_some_and(|activity| names.has_record(activity))
        }
        Happening::Recorded { record, .. } => {
            record.links.iter().any(|link| names.has_item(link.key.handle.as_str()))
        }
        Happening::Master { user, .. } | Happening::Mailbox { user, .. } => names.has_user(user),
        Happening::Fault { number, .. } => number.is_none_or(|number| numbers.contains(&number)),
        Happening::Setting { organization, .. }
        | Happening::Worker { organization, .. }
        | Happening::Ledger { organization, .. }
        | Happening::Restored { organization, .. } => names.has_organization(*organization),
        Happening::Claimed { .. }
        | Happening::GaveBack { .. }
        | Happening::Notified { .. }
        | Happening::Heard { .. } => false,
        _ => true,
    }
}
