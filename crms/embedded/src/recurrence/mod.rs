//! Series: from the columns of a master to the times at which it takes place.
//!
//! [`pattern`] (the columns read), [`days`] (the days that fit, through calcard's RRULE),
//! [`zone`] (Windows and IANA names), [`list`] (occurrences that were taken out).
//!
//! Invariants: nothing here touches a row; work is bounded by the span that is asked for,
//! whatever the pattern; days and hours count in the zone of the series, so that a meeting stays
//! at its hour across daylight saving.

mod days;
mod list;
mod pattern;
mod zone;

pub(crate) use list::TakenOut;
pub(crate) use pattern::{End, Repeats, Series};
pub(crate) use zone::zone;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The end of time for a series, 9999-01-01T00:00:00Z. Units: milliseconds since the epoch.
const LATEST: i64 = 253_370_764_800_000;

/// One time at which a series takes place. Units: milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// When it starts by the pattern.
    pub start: i64,
    /// When it ends by the pattern.
    pub end: i64,
    /// Its day in the zone of the series.
    pub day: Date,
}

impl Series {
    /// The times that start within `from..=to`, at most `limit` of them, in their order.
    /// Units: milliseconds since the epoch.
    pub fn slots(&self, from: i64, to: i64, limit: usize) -> Vec<Slot> {
        let (Some(first), Some(last)) = (self.day_of(from), self.day_of(to)) else {
            return Vec::new();
        };
        // A day is in the span when any of its hours is; the hour decides below.
        self.days(first, last, limit.saturating_add(1))
            .into_iter()
            .filter_map(|day| self.slot(day))
            .filter(|slot| (from..=to).contains(&slot.start))
            .take(limit)
            .collect()
    }

    /// The first time that starts after `after`.
    pub fn first_after(&self, after: i64) -> Option<Slot> {
        self.slots(after.saturating_add(1), LATEST, 1).first().copied()
    }

    /// The first time of all.
    pub fn first(&self) -> Option<Slot> {
        self.days(self.start, Date::MAX, 1).first().and_then(|day| self.slot(*day))
    }

    /// The last time of a series that ends.
    pub fn last(&self) -> Option<Slot> {
        let days = match self.end {
            End::Never => return None,
            End::Count(count) => self.days(self.start, Date::MAX, count as usize),
            End::On(day) => self.days_before(day),
        };
        days.last().and_then(|day| self.slot(*day))
    }

    /// The time on `day`, which is one of the days of the series.
    fn slot(&self, day: Date) -> Option<Slot> {
        let start_civil = day.to_datetime(self.time);
        let start = at(&self.zone, start_civil)?;
        let end = start_civil.checked_add(self.length).ok().and_then(|end| at(&self.zone, end));
        // An hour that daylight saving takes out moves the start behind such an end.
        let end =
            end.filter(|end| *end >= start).or_else(|| start.checked_add(self.length).ok())?;
        Some(Slot { start: start.as_millisecond(), end: end.as_millisecond(), day })
    }

    /// The day that an instant falls on. Units: milliseconds since the epoch.
    pub fn day_of(&self, millis: i64) -> Option<Date> {
        Timestamp::from_millisecond(millis).ok().map(|at| self.zone.to_datetime(at).date())
    }
}

/// The instant of a wall clock; one that is skipped counts as if the clock had not been changed
/// yet, of one that comes twice the first counts.
pub(crate) fn at(zone: &TimeZone, civil: DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// The wall clock in `zone`. Units: milliseconds since the epoch.
pub(crate) fn civil(zone: &TimeZone, millis: i64) -> Option<DateTime> {
    Timestamp::from_millisecond(millis).ok().map(|at| zone.to_datetime(at))
}

/// How long something takes by the wall clock of `zone`, at least nothing.
fn length(zone: &TimeZone, start: i64, end: i64) -> Option<SignedDuration> {
    let length = civil(zone, end)?.duration_since(civil(zone, start)?);
    Some(length.max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests;
