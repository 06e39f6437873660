//! The fields of meetings and tasks that can be changed on both sides, one by one.

use crate::{
    Address, AppointmentContent, Body, Importance, Instant, ItemContent, Recurrence, ShowAs,
    TaskContent, TaskStatus,
};

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The subject of a meeting, the title of a task.
    Subject,
    /// The body, the notes.
    Body,
    /// Where a meeting takes place.
    Location,
    /// When a meeting starts and ends, and whether it lasts whole days; of a series, also how it
    /// repeats.
    Time,
    /// How a meeting shows in the calendar.
    ShowAs,
    /// Importance.
    Importance,
    /// How far a task has come.
    Status,
    /// The day on which a task starts.
    Start,
    /// The day on which a task is due.
    Due,
    /// Who is invited to a meeting, beside its organizer.
    Attendees,
}

impl Field {
    /// Every field, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Subject,
        Self::Body,
        Self::Location,
        Self::Time,
        Self::ShowAs,
        Self::Importance,
        Self::Status,
        Self::Start,
        Self::Due,
        Self::Attendees,
    ];

    /// The word used in histories and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Body => "body",
            Self::Location => "location",
            Self::Time => "time",
            Self::ShowAs => "showAs",
            Self::Importance => "importance",
            Self::Status => "status",
            Self::Start => "start",
            Self::Due => "due",
            Self::Attendees => "attendees",
        }
    }

    /// The field that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// Subject and location.
    Text(String),
    /// Body.
    Body(Body),
    /// Time.
    Time {
        /// When it starts.
        start: Instant,
        /// When it ends; the first instant that is not part of it.
        end: Instant,
        /// Whether it lasts whole days.
        is_all_day: bool,
    },
    /// Time of a series.
    Series {
        /// When its first occurrence starts.
        start: Instant,
        /// When that ends; the first instant that is not part of it.
        end: Instant,
        /// Whether it lasts whole days.
        is_all_day: bool,
        /// How it repeats from that day on.
        recurrence: Recurrence,
    },
    /// How it shows.
    ShowAs(ShowAs),
    /// Importance.
    Importance(Importance),
    /// Status.
    Status(TaskStatus),
    /// Start and due.
    At(Option<Instant>),
    /// Attendees.
    People {
        /// Who has to come.
        required: Vec<Address>,
        /// Who may come; rooms and equipment are among them.
        optional: Vec<Address>,
    },
}

impl FieldValue {
    /// What `content` has in `field`; `None` where it has no such field that may be changed alone.
    pub fn of(content: &ItemContent, field: Field) -> Option<Self> {
        match content {
            ItemContent::Message(_) => None,
            ItemContent::Appointment(appointment) => Self::of_appointment(appointment, field),
            ItemContent::Task(task) => Self::of_task(task, field),
        }
    }

    fn of_appointment(content: &AppointmentContent, field: Field) -> Option<Self> {
        Some(match field {
            Field::Subject => Self::Text(content.subject.clone()),
            Field::Body => Self::Body(content.body.clone()),
            Field::Location => Self::Text(content.location.clone()),
            Field::Time => Self::time(content),
            Field::ShowAs => Self::ShowAs(content.show_as),
            Field::Importance => Self::Importance(content.importance),
            Field::Attendees => Self::People {
                required: content.required.clone(),
                optional: content.optional.clone(),
            },
            Field::Status | Field::Start | Field::Due => return None,
        })
    }

    fn time(content: &AppointmentContent) -> Self {
        let (start, end, is_all_day) = (content.start, content.end, content.is_all_day);
        match content.recurrence.clone() {
            None => Self::Time { start, end, is_all_day },
            Some(recurrence) => Self::Series { start, end, is_all_day, recurrence },
        }
    }

    fn of_task(content: &TaskContent, field: Field) -> Option<Self> {
        Some(match field {
            Field::Subject => Self::Text(content.subject.clone()),
            Field::Body => Self::Body(content.body.clone()),
            Field::Importance => Self::Importance(content.importance),
            Field::Status => Self::Status(content.status),
            Field::Start => Self::At(content.start),
            Field::Due => Self::At(content.due),
            Field::Location | Field::Time | Field::ShowAs | Field::Attendees => return None,
        })
    }
}

/// One field on both sides, in the terms of the record: texts as long as it keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPair {
    /// Which.
    pub field: Field,
    /// What the item has.
    pub item: FieldValue,
    /// What the record has.
    pub record: FieldValue,
    /// The record keeps the item's own value whole: nothing is lost where the record's takes its
    /// place.
    pub is_whole: bool,
}

/// What both sides had in a field when they were last compared, as eight bytes of a hash each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncedField {
    /// Which.
    pub field: Field,
    /// The item, in the terms of the record.
    pub item: u64,
    /// The record.
    pub record: u64,
}

/// An item and its record, compared field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What both have in each field.
    pub fields: Vec<SyncedField>,
    /// When the record had last been changed, by the CRM's clock.
    pub modified: Instant,
}

/// How far the edits of a record are carried over to its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrmEdits {
    /// How often the CRM, or an answer, told that there is something to compare.
    pub told: u32,
    /// The number of [`Self::told`] that was dealt with last.
    pub merged: u32,
    /// What a person answered since: whether what attendees are told of may be written.
    pub answer: Option<bool>,
    /// Something that attendees would be told of waits for an answer.
    pub is_held: bool,
    /// Nobody told of an edit; there may have been one while nothing was told.
    pub is_guess: bool,
}

impl CrmEdits {
    /// Whether both sides are to be compared.
    pub const fn is_open(&self) -> bool {
        self.told != self.merged
    }
}
