//! The occurrences that were taken out of a series: the column `deletedexceptionslist`.
//!
//! Entries are separated by `;`. An instant (`2026-11-22T09:00:00Z`) is the original start of an
//! occurrence whose row somebody deleted in the CRM; a day (`2026-11-22`), in the zone of the
//! series, is an occurrence that was cancelled in the mailbox.

use super::Slot;
use earmark_model::Instant;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TakenOut {
    /// Original starts of deleted rows. Units: milliseconds since the epoch.
    pub deleted: BTreeSet<i64>,
    /// Days that were cancelled in the mailbox.
    pub cancelled: BTreeSet<Date>,
}

impl TakenOut {
    /// Reads the column; what is neither an instant nor a day is passed over.
    pub fn parse(text: &str) -> Self {
        let mut taken = Self::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            if let Some(start) = Instant::parse_rfc3339(entry) {
                taken.deleted.insert(start.as_millis());
            } else if let Ok(day) = entry.parse::<Date>() {
                taken.cancelled.insert(day);
            }
        }
        taken
    }

    /// Whether the time is not to have a row.
    pub fn has(&self, slot: &Slot) -> bool {
        self.deleted.contains(&slot.start) || self.cancelled.contains(&slot.day)
    }

    /// The column again; empty where nothing was taken out.
    pub fn text(&self) -> String {
        let deleted = self.deleted.iter().map(|start| Instant::from_millis(*start).to_string());
        let cancelled = self.cancelled.iter().map(Date::to_string);
        deleted.chain(cancelled).collect::<Vec<_>>().join(";")
    }
}

#[cfg(test)]
mod tests {
    use super::TakenOut;

    #[test]
    fn the_column_is_read_and_written() {
        let text = "2026-11-22T09:00:00Z;2026-12-24";
        let taken = TakenOut::parse(text);
        assert_eq!((taken.deleted.len(), taken.cancelled.len()), (1, 1));
        assert_eq!(taken.text(), text);
        assert_eq!(TakenOut::parse(" ;nonsense; ").text(), "");
    }
}
