//! What a task says. Content passes through to the CRM and is kept nowhere else.

use crate::{ActivityId, Body, Importance, Instant};

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskStatus {
    /// Not started.
    #[default]
    NotStarted,
    /// In progress.
    InProgress,
    /// Waiting on others.
    WaitingOnOthers,
    /// Completed.
    Completed,
    /// Deferred.
    Deferred,
}

/// A task. Whom it is assigned to is never read (R28), nor are reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskContent {
    /// The title, whole.
    pub subject: String,
    /// The notes.
    pub body: Body,
    /// How far it has come.
    pub status: TaskStatus,
    /// Units: percent; `None` where the server keeps none and the status does not tell it.
    pub percent_complete: Option<u8>,
    /// Importance.
    pub importance: Importance,
    /// The day on which it starts: midnight in the zone it was made in.
    pub start: Option<Instant>,
    /// The day on which it is due: midnight in the zone it was made in.
    pub due: Option<Instant>,
    /// When it was completed.
    pub completed: Option<Instant>,
    /// The record that an earlier tracking left on the task; it travels with it.
    pub back_link: Option<ActivityId>,
}
