//! What a calendar item says. Content passes through to the CRM and is kept nowhere else.

use crate::{Address, Body, Importance, Instant};
use jiff::civil::{Date, Weekday};

/// How the owner of a calendar item appears to others while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShowAs {
    /// Free.
    Free,
    /// Tentative.
    Tentative,
    /// Busy.
    #[default]
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    WorkingElsewhere,
}

/// Which day of its kind in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WeekIndex {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last.
    Last,
}

/// How a series repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecurrencePattern {
    /// Every `interval` days.
    Daily {
        /// Units: days.
        interval: u32,
    },
    /// On `days` of every `interval`-th week.
    Weekly {
        /// Units: weeks.
        interval: u32,
        /// The days of the week, at least one.
        days: Vec<Weekday>,
        /// The day on which a week begins.
        first_day: Weekday,
    },
    /// On a day of every `interval`-th month; in a shorter month on its last day.
    AbsoluteMonthly {
        /// Units: months.
        interval: u32,
        /// 1 to 31.
        day: u8,
    },
    /// On the `index`-th of `days` in every `interval`-th month.
    RelativeMonthly {
        /// Units: months.
        interval: u32,
        /// Any of these days counts.
        days: Vec<Weekday>,
        /// Which of them.
        index: WeekIndex,
    },
    /// On a day of a month in every `interval`-th year.
    AbsoluteYearly {
        /// Units: years.
        interval: u32,
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// On the `index`-th of `days` of a month in every `interval`-th year.
    RelativeYearly {
        /// Units: years.
        interval: u32,
        /// 1 to 12.
        month: u8,
        /// Any of these days counts.
        days: Vec<Weekday>,
        /// Which of them.
        index: WeekIndex,
    },
}

/// How long a series goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceEnd {
    /// For ever.
    Never,
    /// Up to and including this day, in the zone of the series.
    On(Date),
    /// After so many occurrences, cancelled ones included.
    After(u32),
}

/// A series: pattern and range, in a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// How it repeats.
    pub pattern: RecurrencePattern,
    /// The first day of the range, in the zone of the series.
    pub start: Date,
    /// How long it goes on.
    pub end: RecurrenceEnd,
    /// The zone in which days and hours count, by its Windows or IANA name, exactly as stored.
    pub time_zone: String,
}

/// A calendar item: a single appointment, one occurrence, or the master of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentContent {
    /// The iCalendar UID; for an occurrence that of its series.
    pub ical_uid: String,
    /// The subject, whole.
    pub subject: String,
    /// The body.
    pub body: Body,
    /// Where it takes place; may be empty.
    pub location: String,
    /// When it starts; of a series, its first occurrence. All-day items: midnight in `time_zone`.
    pub start: Instant,
    /// When it ends; the first instant that is not part of it.
    pub end: Instant,
    /// Whether it lasts whole days.
    pub is_all_day: bool,
    /// The zone it was made in, by its Windows or IANA name, exactly as stored.
    pub time_zone: String,
    /// How it shows in the calendar.
    pub show_as: ShowAs,
    /// Importance.
    pub importance: Importance,
    /// Marked private: others see only that there is something.
    pub is_private: bool,
    /// Whether the mailbox owner organizes it.
    pub is_organizer: bool,
    /// Who organizes it.
    pub organizer: Option<Address>,
    /// Whose attendance is required.
    pub required: Vec<Address>,
    /// Whose attendance is optional, rooms and equipment included.
    pub optional: Vec<Address>,
    /// The address at which an online meeting is joined; `None` where it is none.
    pub join_url: Option<String>,
    /// How it repeats; `Some` exactly for the master of a series.
    pub recurrence: Option<Recurrence>,
    /// The days, in the zone of the series, on which an occurrence of it was cancelled.
    pub cancelled: Vec<Date>,
}
