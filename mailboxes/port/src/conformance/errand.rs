//! Tasks to put into the outside world.

use earmark_model::{Importance, TaskStatus};
use jiff::civil::Date;

/// A task that its owner makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The title.
    pub title: String,
    /// The notes, as plain text.
    pub text: String,
    /// How far it has come.
    pub status: TaskStatus,
    /// Importance.
    pub importance: Importance,
    /// The day on which it starts.
    pub start: Option<Date>,
    /// The day on which it is due.
    pub due: Option<Date>,
    /// The zone in which the days count, as the server is to store it.
    pub time_zone: String,
    /// The category names, in their order.
    pub categories: Vec<String>,
}

impl Errand {
    /// A task that is not started and has no days.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            text: String::new(),
            status: TaskStatus::NotStarted,
            importance: Importance::Normal,
            start: None,
            due: None,
            time_zone: super::meeting::WINDOWS_ZONE.to_owned(),
            categories: Vec::new(),
        }
    }

    /// With category names.
    pub fn with(mut self, names: &[&str]) -> Self {
        self.categories = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }
}
