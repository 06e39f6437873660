//! Calendar items to put into the outside world.

use earmark_model::{Importance, Instant, RecurrenceEnd, RecurrencePattern, ShowAs};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// A calendar item that its owner makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The subject.
    pub subject: String,
    /// The HTML body.
    pub html: String,
    /// Where.
    pub location: String,
    /// The first day.
    pub day: Date,
    /// When it begins on that day; not looked at where it lasts whole days.
    pub time: Time,
    /// Units: minutes that it lasts, or days where it lasts whole days.
    pub length: i64,
    /// Whether it lasts whole days.
    pub is_all_day: bool,
    /// The zone in which day and time count, as the server is to store it.
    pub time_zone: String,
    /// How it shows in the calendar.
    pub show_as: ShowAs,
    /// Importance.
    pub importance: Importance,
    /// Marked private.
    pub is_private: bool,
    /// An online meeting.
    pub is_online: bool,
    /// Addresses of those whose attendance is required.
    pub required: Vec<String>,
    /// Addresses of those whose attendance is optional.
    pub optional: Vec<String>,
    /// Addresses of rooms and equipment.
    pub resources: Vec<String>,
    /// How it repeats from its day on.
    pub recurrence: Option<(RecurrencePattern, RecurrenceEnd)>,
    /// The category names, in their order.
    pub categories: Vec<String>,
}

/// The zone of [`Meeting`]s by the name that Windows has for it.
pub(super) const WINDOWS_ZONE: &str = "W. Europe Standard Time";

/// The same zone by its IANA name.
const IANA_ZONE: &str = "Europe/Berlin";

impl Meeting {
    /// An hour from nine o'clock on `day`.
    pub fn new(subject: &str, day: Date) -> Self {
        Self {
            subject: subject.to_owned(),
            html: "<p>Agenda</p>".to_owned(),
            location: "Room 1".to_owned(),
            day,
            time: Time::constant(9, 0, 0, 0),
            length: 60,
            is_all_day: false,
            time_zone: WINDOWS_ZONE.to_owned(),
            show_as: ShowAs::Busy,
            importance: Importance::Normal,
            is_private: false,
            is_online: false,
            required: Vec::new(),
            optional: Vec::new(),
            resources: Vec::new(),
            recurrence: None,
            categories: Vec::new(),
        }
    }

    /// With category names.
    pub fn with(mut self, names: &[&str]) -> Self {
        self.categories = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// As a series.
    pub fn repeated(mut self, pattern: RecurrencePattern, end: RecurrenceEnd) -> Self {
        self.recurrence = Some((pattern, end));
        self
    }

    /// When it starts and ends by the clocks of its zone.
    pub fn local(&self) -> (DateTime, DateTime) {
        if self.is_all_day {
            let end = self.day.saturating_add(jiff::Span::new().days(self.length));
            (self.day.into(), end.into())
        } else {
            let start = self.day.to_datetime(self.time);
            (start, start.saturating_add(jiff::Span::new().minutes(self.length)))
        }
    }
}

/// The instant at which clocks in the zone of the suite's items show `local`.
pub(super) fn in_zone(local: DateTime) -> Result<Instant, String> {
    let zone = TimeZone::get(IANA_ZONE).map_err(|error| error.to_string())?;
    let zoned = local.to_zoned(zone).map_err(|error| error.to_string())?;
    Ok(Instant::from_millis(zoned.timestamp().as_millisecond()))
}

/// The day on which it is `instant` in UTC, and `days` later.
pub(super) fn day_after(instant: Instant, days: i64) -> Result<Date, String> {
    let timestamp = jiff::Timestamp::from_millisecond(instant.as_millis());
    let timestamp = timestamp.map_err(|error| error.to_string())?;
    let day = timestamp.to_zoned(TimeZone::UTC).date();
    Ok(day.saturating_add(jiff::Span::new().days(days)))
}
