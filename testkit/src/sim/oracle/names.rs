//! Which categories are the service's, as the history of a master list tells.

use crate::sim::log::MasterEntry;
use earmark_model::Instant;
use std::collections::BTreeSet;

/// The name of the category as the service makes it.
pub const TRACKED: &str = "Tracked to Dynamics 365";

/// The category of items that were given up.
pub const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";

/// The category of one mailbox under all names that it ever had.
#[derive(Debug, Clone)]
pub struct Names {
    ids: BTreeSet<String>,
    /// In lower case.
    all: BTreeSet<String>,
    /// Entries that are in the list now.
    pub entries: Vec<MasterEntry>,
    last: String,
    /// When an entry of ours was last made, renamed or taken away.
    pub changed: Option<Instant>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            ids: BTreeSet::new(),
            all: BTreeSet::from([TRACKED.to_lowercase()]),
            entries: Vec::new(),
            last: TRACKED.to_owned(),
            changed: None,
        }
    }
}

impl Names {
    /// Takes in what became of the list.
    pub fn take_in(&mut self, list: &[MasterEntry], at: Instant) {
        let is_ours = |(id, name): &&MasterEntry| self.ids.contains(id) || self.is_ours(name);
        let ours: Vec<MasterEntry> = list.iter().filter(is_ours).cloned().collect();
        if ours == self.entries {
            return;
        }
        for (id, name) in &ours {
            self.ids.insert(id.clone());
            self.all.insert(name.to_lowercase());
            self.last.clone_from(name);
        }
        self.entries = ours;
        self.changed = Some(at);
    }

    /// Whether the name is, or ever was, the category's.
    pub fn is_ours(&self, name: &str) -> bool {
        self.all.contains(name) || self.all.contains(&name.to_lowercase())
    }

    /// Whether the name is the category's now, or was its last one.
    pub fn is_current(&self, name: &str) -> bool {
        if self.entries.is_empty() {
            return self.last.eq_ignore_ascii_case(name);
        }
        self.entries.iter().any(|(_, own)| own.eq_ignore_ascii_case(name))
    }

    /// Whether one of these names is, or ever was, the category's.
    pub fn bears(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.is_ours(name))
    }

    /// Whether these names have one for each entry that is or was the category's. An entry that
    /// was made again stands beside one that was renamed before, and one of them is the service's.
    pub fn bears_all(&self, names: &[String]) -> bool {
        let bears = |own: &String| names.iter().any(|name| own.eq_ignore_ascii_case(name));
        self.bears_current(names) && self.entries.iter().all(|(_, own)| bears(own))
    }

    /// Whether one of these names is the category's now.
    pub fn bears_current(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.is_current(name))
    }
}

/// Whether the name is that of the category of items that were given up.
pub fn is_undeliverable(name: &str) -> bool {
    name.eq_ignore_ascii_case(UNDELIVERABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_entry_is_followed_by_its_id() {
        let mut names = Names::default();
        let entry = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        names.take_in(&[entry("1", TRACKED), entry("2", "Red")], Instant::from_millis(1));
        names.take_in(&[entry("1", "Mine"), entry("2", "Red")], Instant::from_millis(2));
        assert!(names.is_ours("tracked to dynamics 365"));
        assert!(names.is_current("mine"));
        assert!(!names.is_current(TRACKED));
        assert!(!names.is_ours("Red"));
    }
}
