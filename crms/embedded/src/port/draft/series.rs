//! The master of a series as columns of `recurringappointmentmaster`.

use super::{appointment, put, text};
use crate::{
    recurrence::{TakenOut, at, zone},
    value::{Row, Value},
};
use earmark_model::{
    AppointmentContent,
    calendar::{Recurrence, RecurrenceEnd, RecurrencePattern, WeekIndex},
};
use jiff::civil::{Date, Weekday};

/// Units: the greatest interval and number of occurrences that the columns take.
const INTERVAL_MAX: u32 = 1_000;
const OCCURRENCES_MAX: u32 = 999;

/// Units: characters of a zone's name.
const ZONE_MAX: usize = 200;

/// Monday to Friday, as a mask.
const WEEKDAYS: i64 = 62;

/// `recurrencepatterntype`.
const DAILY: i64 = 0;
const WEEKLY: i64 = 1;
const MONTHLY: i64 = 2;
const YEARLY: i64 = 3;

/// Every column of the pattern; those that a pattern does not use are emptied.
const EMPTY: [&str; 8] = [
    "daysofweekmask",
    "dayofmonth",
    "monthofyear",
    "instance",
    "firstdayofweek",
    "occurrences",
    "patternenddate",
    "deletedexceptionslist",
];

/// The mapped columns of a master. Days that were cancelled in the mailbox stand in
/// `deletedexceptionslist`; an update keeps the deletions of the CRM beside them.
pub(in crate::port) fn columns(content: &AppointmentContent, recurrence: &Recurrence) -> Row {
    let mut row = appointment::shared(content, false);
    for column in EMPTY {
        put(&mut row, column, Value::Null);
    }
    for column in ["isnthmonthly", "isnthyearly", "isweekdaypattern", "isregenerate"] {
        put(&mut row, column, Value::Bool(false));
    }
    put(&mut row, "seriesstatus", Value::Bool(true));
    put(&mut row, "starttime", Value::Instant(content.start.as_millis()));
    put(&mut row, "endtime", Value::Instant(content.end.as_millis()));
    put(&mut row, "sortdate", Value::Instant(content.start.as_millis()));
    put_range(&mut row, content, recurrence);
    put_pattern(&mut row, &recurrence.pattern);
    let taken =
        TakenOut { cancelled: content.cancelled.iter().copied().collect(), ..TakenOut::default() };
    text::put_mapped(&mut row, "deletedexceptionslist", &taken.text(), usize::MAX);
    row
}

fn put_range(row: &mut Row, content: &AppointmentContent, recurrence: &Recurrence) {
    let name = match recurrence.time_zone.trim() {
        "" => content.time_zone.trim(),
        name => name,
    };
    text::put_mapped(row, "earmark_timezone", name, ZONE_MAX);
    let zone = zone(name);
    let midnight = |day: Date| {
        at(&zone, day.to_datetime(jiff::civil::Time::midnight()))
            .map_or(Value::Null, |at| Value::Instant(at.as_millisecond()))
    };
    put(row, "patternstartdate", midnight(recurrence.start));
    let kind = match recurrence.end {
        RecurrenceEnd::Never => 1,
        RecurrenceEnd::After(count) => {
            put(row, "occurrences", Value::Int(i64::from(count.clamp(1, OCCURRENCES_MAX))));
            2
        }
        RecurrenceEnd::On(day) => {
            put(row, "patternenddate", midnight(day));
            3
        }
    };
    put(row, "patternendtype", Value::Int(kind));
}

fn put_pattern(row: &mut Row, pattern: &RecurrencePattern) {
    let (kind, interval) = match pattern {
        RecurrencePattern::Daily { interval } => (DAILY, interval),
        RecurrencePattern::Weekly { interval, days, first_day } => {
            let mask = put_days(row, days);
            let is_weekdays = *interval == 1 && mask == WEEKDAYS;
            put(row, "isweekdaypattern", Value::Bool(is_weekdays));
            put(row, "firstdayofweek", Value::Int(from_sunday(*first_day)));
            (WEEKLY, interval)
        }
        RecurrencePattern::AbsoluteMonthly { interval, day } => {
            put_day(row, *day);
            (MONTHLY, interval)
        }
        RecurrencePattern::RelativeMonthly { interval, days, index } => {
            put_days(row, days);
            put(row, "instance", Value::Int(place(*index)));
            put(row, "isnthmonthly", Value::Bool(true));
            (MONTHLY, interval)
        }
        RecurrencePattern::AbsoluteYearly { interval, month, day } => {
            put_day(row, *day);
            put_month(row, *month);
            (YEARLY, interval)
        }
        RecurrencePattern::RelativeYearly { interval, month, days, index } => {
            put_days(row, days);
            put_month(row, *month);
            put(row, "instance", Value::Int(place(*index)));
            put(row, "isnthyearly", Value::Bool(true));
            (YEARLY, interval)
        }
    };
    put(row, "recurrencepatterntype", Value::Int(kind));
    put(row, "interval", Value::Int(i64::from((*interval).clamp(1, INTERVAL_MAX))));
}

/// Puts the days of a week as a mask, Sunday 1 to Saturday 64, and answers it.
fn put_days(row: &mut Row, days: &[Weekday]) -> i64 {
    let mask = days.iter().fold(0, |mask, day| mask | (1 << from_sunday(*day)));
    if mask != 0 {
        put(row, "daysofweekmask", Value::Int(mask));
    }
    mask
}

fn put_day(row: &mut Row, day: u8) {
    put(row, "dayofmonth", Value::Int(i64::from(day.clamp(1, 31))));
}

fn put_month(row: &mut Row, month: u8) {
    put(row, "monthofyear", Value::Int(i64::from(month.clamp(1, 12))));
}

fn from_sunday(day: Weekday) -> i64 {
    i64::from(day.to_sunday_zero_offset())
}

const fn place(index: WeekIndex) -> i64 {
    match index {
        WeekIndex::First => 1,
        WeekIndex::Second => 2,
        WeekIndex::Third => 3,
        WeekIndex::Fourth => 4,
        WeekIndex::Last => 5,
    }
}
