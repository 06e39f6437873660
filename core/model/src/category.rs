//! Categories: a name on an item, an entry in a mailbox's master list.

use crate::CategoryId;
use std::fmt;

/// A category as items carry it: the display name, kept exactly, compared without regard to case.
#[derive(Debug, Clone)]
pub struct CategoryName(String);

impl CategoryName {
    /// Keeps `name` exactly as given.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name exactly as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same category for people: equal after trimming and case folding.
    pub fn is_same(&self, other: &str) -> bool {
        fold(&self.0) == fold(other)
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

impl PartialEq for CategoryName {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(&other.0)
    }
}

impl Eq for CategoryName {}

impl PartialOrd for CategoryName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CategoryName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fold(&self.0).cmp(&fold(&other.0))
    }
}

impl From<&str> for CategoryName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for CategoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The colour of a master category: none, or one of 25 numbered presets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryColor {
    /// No colour.
    None,
    /// `preset0` (red) to `preset24` (dark cranberry).
    Preset(u8),
}

/// One entry of a mailbox's master list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterCategory {
    /// Survives renames; a re-created entry has another.
    pub id: CategoryId,
    /// What items carry.
    pub name: CategoryName,
    /// Its colour.
    pub color: CategoryColor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case_and_keep_their_spelling() {
        let stored = CategoryName::new("Tracked To Dynamics 365");
        assert!(stored.is_same("tracked to dynamics 365 "));
        assert_eq!(stored.as_str(), "Tracked To Dynamics 365");
        assert!(!stored.is_same("Track to Dynamics 365"));
    }
}
