//! Calendar items, tasks and alerts as a person sees them in the CRM.

use earmark_model::activity::{PartyRole, RecordRef};
use earmark_model::{ActivityId, AlertLevel, Importance, Instant, PrincipalId};

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppointmentState {
    /// Open, shown as free.
    Free,
    /// Open, shown as tentative.
    Tentative,
    /// Scheduled, shown as busy.
    Busy,
    /// Scheduled, shown as out of office.
    OutOfOffice,
    /// Completed.
    Completed,
    /// Cancelled.
    Cancelled,
}

/// What part of a series an appointment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesPart {
    /// Of none.
    Single,
    /// The series itself.
    Master,
    /// An occurrence like the others.
    Instance,
    /// An occurrence that differs.
    Exception,
}

/// An appointment or a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAppointment {
    /// The record.
    pub id: ActivityId,
    /// The subject.
    pub subject: String,
    /// The description, as plain text.
    pub description: String,
    /// The location.
    pub location: String,
    /// When it starts; of a series, its first occurrence.
    pub start: Option<Instant>,
    /// When it ends.
    pub end: Option<Instant>,
    /// Units: minutes.
    pub minutes: Option<i64>,
    /// Whether it lasts whole days.
    pub is_all_day: bool,
    /// Where it stands.
    pub state: AppointmentState,
    /// Its priority.
    pub importance: Importance,
    /// Whether it is marked private.
    pub is_private: bool,
    /// Where it is joined, for an online meeting.
    pub join_url: Option<String>,
    /// Its iCalendar UID.
    pub ical_uid: String,
    /// What part of a series it is.
    pub part: SeriesPart,
    /// The series that it belongs to.
    pub series: Option<ActivityId>,
    /// When it would have taken place by the pattern of its series.
    pub original_start: Option<Instant>,
    /// Who owns it.
    pub owner: PrincipalId,
    /// What it is about.
    pub regarding: Option<RecordRef>,
    /// Role, address in lower case and record of each party, sorted.
    pub parties: Vec<(PartyRole, String, Option<RecordRef>)>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Open: not started.
    NotStarted,
    /// Open: in progress.
    InProgress,
    /// Open: waiting on somebody.
    Waiting,
    /// Open: deferred.
    Deferred,
    /// Completed.
    Completed,
    /// Cancelled.
    Cancelled,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTask {
    /// The subject.
    pub subject: String,
    /// The description.
    pub description: String,
    /// When it starts.
    pub start: Option<Instant>,
    /// When it is due.
    pub due: Option<Instant>,
    /// Units: percent.
    pub percent: Option<i64>,
    /// Where it stands.
    pub state: TaskState,
    /// Its priority.
    pub importance: Importance,
    /// When it was completed.
    pub completed: Option<Instant>,
    /// Who owns it.
    pub owner: PrincipalId,
    /// What it is about.
    pub regarding: Option<RecordRef>,
}

/// How a person closes a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// As completed.
    Completed,
    /// As cancelled.
    Cancelled,
}

/// An alert, as somebody who looks for it in the CRM sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAlert {
    /// How much it matters.
    pub level: AlertLevel,
    /// What it says.
    pub text: String,
}
