//! How far series are expanded.

use crate::{error::CrmError, session::Session};
use jiff::{Timestamp, ToSpan, Unit, civil::DateTime, tz::TimeZone};

/// Units: months, where the organization does not say.
const PAST_MONTHS: i64 = 3;
const FUTURE_MONTHS: i64 = 12;

/// Units: months that the columns take at most.
const PAST_MONTHS_MAX: i64 = 120;
const FUTURE_MONTHS_MAX: i64 = 140;

/// Units: instances that one transaction makes at most.
const AT_ONCE_MAX: i64 = 1_000;

/// The window around a point in time. Units: milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Nothing before is made.
    pub from: i64,
    /// Nothing after is made yet.
    pub to: i64,
    /// How many instances may be made in one transaction; the rest follows with the next
    /// expansion.
    pub at_once: usize,
}

/// The organization's window around `now`: the columns `pastexpansionwindow`,
/// `futureexpansionwindow` and `recurrenceexpansionsynchcreatemax`.
pub(super) fn window(session: &Session<'_>, now: i64) -> Result<Window, CrmError> {
    let (past, future, at_once): (Option<i64>, Option<i64>, Option<i64>) = session
        .tx
        .prepare_cached(
            "SELECT pastexpansionwindow, futureexpansionwindow, \
             recurrenceexpansionsynchcreatemax FROM organization LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let past = past.unwrap_or(PAST_MONTHS).clamp(1, PAST_MONTHS_MAX);
    let future = future.unwrap_or(FUTURE_MONTHS).clamp(1, FUTURE_MONTHS_MAX);
    let at_once = at_once.unwrap_or(AT_ONCE_MAX).clamp(1, AT_ONCE_MAX);
    Ok(Window {
        from: moved(now, -past),
        to: moved(now, future),
        at_once: usize::try_from(at_once).unwrap_or(1),
    })
}

/// Units: milliseconds since the epoch; months.
fn moved(millis: i64, months: i64) -> i64 {
    let at = Timestamp::from_millisecond(millis).map(|at| TimeZone::UTC.to_datetime(at));
    at.and_then(|at| at.checked_add(months.months()))
        .and_then(|at| DateTime::round(at, Unit::Millisecond))
        .and_then(|at| TimeZone::UTC.to_timestamp(at))
        .map_or(millis, Timestamp::as_millisecond)
}
