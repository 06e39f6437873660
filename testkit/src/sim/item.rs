//! An item of a mailbox as it truly is: a message, an appointment, a series, an exception, a task.

use earmark_model::{ItemKind, calendar::Recurrence};
use earmark_sandbox::{EventSummary, MessageSummary, TaskStatus, TaskSummary};

/// An item of a mailbox in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is. What a person receives about a meeting is a meeting message.
    pub kind: ItemKind,
    /// The id under which the service knows it.
    pub id: String,
    /// `Message-ID` with brackets; empty for what is no message.
    pub internet_message_id: String,
    /// The subject, or the title.
    pub subject: String,
    /// The categories in their order.
    pub categories: Vec<String>,
    /// The folder, or the list of a task.
    pub folder: String,
    /// Read.
    pub is_read: bool,
    /// Not sent yet, wherever it lies.
    pub is_draft: bool,
    /// What else there is to an appointment or a task.
    pub says: Says,
}

/// What an appointment or a task says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// It is a message.
    Nothing,
    /// An appointment.
    Appointment(Box<Appointment>),
    /// A task.
    Task(Box<Task>),
}

/// What an appointment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// When it starts. Units: milliseconds since the epoch, here and below.
    pub start_ms: i64,
    /// When it ends.
    pub end_ms: i64,
    /// Where.
    pub location: String,
    /// It lasts whole days.
    pub is_all_day: bool,
    /// It is private.
    pub is_private: bool,
    /// `free`, `tentative`, `busy` and so on.
    pub show_as: String,
    /// The owner of the mailbox organizes it.
    pub is_organizer: bool,
    /// How it repeats, of a series.
    pub recurrence: Option<Recurrence>,
    /// Of an exception: its series, and when it starts by that.
    pub member: Option<(String, i64)>,
}

/// What a task says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// How far it has come.
    pub status: TaskStatus,
    /// When it is due. Units: milliseconds since the epoch.
    pub due_ms: Option<i64>,
    /// The records that it carries.
    pub carries: Vec<String>,
}

impl Appointment {
    /// It is a series.
    pub const fn is_series(&self) -> bool {
        self.recurrence.is_some()
    }
}

/// The folder of everything that is in a calendar.
const CALENDAR: &str = "calendar";

impl From<MessageSummary> for Item {
    fn from(message: MessageSummary) -> Self {
        Self {
            kind: match message.is_meeting_message {
                true => ItemKind::MeetingMessage,
                false => ItemKind::Email,
            },
            id: message.id,
            internet_message_id: message.internet_message_id,
            subject: message.subject,
            categories: message.categories,
            folder: message.folder,
            is_read: message.is_read,
            is_draft: message.is_draft,
            says: Says::Nothing,
        }
    }
}

impl From<EventSummary> for Item {
    fn from(event: EventSummary) -> Self {
        let appointment = Appointment {
            start_ms: event.start_ms,
            end_ms: event.end_ms,
            location: event.location,
            is_all_day: event.is_all_day,
            is_private: event.is_private,
            show_as: event.show_as,
            is_organizer: event.is_organizer,
            recurrence: event.recurrence,
            member: event.series.zip(event.original_ms),
        };
        Self {
            kind: ItemKind::Appointment,
            id: event.id,
            internet_message_id: String::new(),
            subject: event.subject,
            categories: event.categories,
            folder: CALENDAR.to_owned(),
            is_read: true,
            is_draft: false,
            says: Says::Appointment(Box::new(appointment)),
        }
    }
}

impl From<TaskSummary> for Item {
    fn from(task: TaskSummary) -> Self {
        Self {
            kind: ItemKind::Task,
            // The handle of a task names its list as well.
            id: format!("{}|{}", task.handle.list_id, task.handle.task_id),
            internet_message_id: String::new(),
            subject: task.title,
            categories: task.categories,
            folder: task.list,
            is_read: true,
            is_draft: false,
            says: Says::Task(Box::new(Task {
                status: task.status,
                due_ms: task.due_ms,
                carries: task.linked,
            })),
        }
    }
}

impl Item {
    /// What it says as an appointment; `None` where it is none.
    pub fn appointment(&self) -> Option<&Appointment> {
        match &self.says {
            Says::Appointment(appointment) => Some(appointment),
            Says::Nothing | Says::Task(_) => None,
        }
    }

    /// Of an exception, the id of its series.
    pub fn series(&self) -> Option<&str> {
        let (series, _) = self.appointment()?.member.as_ref()?;
        Some(series)
    }

    /// Of a task, the records that it carries.
    pub fn carries(&self) -> &[String] {
        match &self.says {
            Says::Task(task) => &task.carries,
            Says::Nothing | Says::Appointment(_) => &[],
        }
    }

    /// It is kept in step with its record after it was tracked.
    pub const fn is_followed(&self) -> bool {
        matches!(self.kind, ItemKind::Appointment | ItemKind::Task)
    }

    /// Whether the two say the same to a record: everything but the categories, and what the
    /// service itself leaves on a task.
    pub fn says_as(&self, other: &Self) -> bool {
        let of = |item: &Self| match &item.says {
            Says::Task(task) => {
                let (status, due_ms) = (task.status, task.due_ms);
                Says::Task(Box::new(Task { status, due_ms, carries: Vec::new() }))
            }
            says => says.clone(),
        };
        self.subject == other.subject && of(self) == of(other)
    }
}
