//! The columns of a master as a pattern.

use super::{civil, length, zone};
use crate::value::{Row, Value};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

/// Units: the greatest interval that the column takes.
const INTERVAL_MAX: u16 = 1_000;

/// `patternendtype`.
const AFTER_OCCURRENCES: i64 = 2;
const ON_DAY: i64 = 3;

/// `instance`: the last one of a month.
const LAST: i64 = 5;

/// How a series repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// Every so many days.
    Daily,
    /// On days of a week.
    Weekly {
        /// Which.
        days: Vec<Weekday>,
        /// The day on which a week begins.
        first_day: Weekday,
    },
    /// On a day of a month; in a shorter month on its last day.
    MonthlyOn {
        /// 1 to 31.
        day: u8,
    },
    /// On one of several days of a month.
    MonthlyNth {
        /// Any of these counts.
        days: Vec<Weekday>,
        /// Which of them, from 1; −1 is the last.
        place: i32,
    },
    /// On a day of a year.
    YearlyOn {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// On one of several days of a month of a year.
    YearlyNth {
        /// 1 to 12.
        month: u8,
        /// Any of these counts.
        days: Vec<Weekday>,
        /// Which of them, from 1; −1 is the last.
        place: i32,
    },
}

/// How long a series goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// For ever.
    Never,
    /// After so many times.
    Count(u32),
    /// Up to and including that day.
    On(Date),
}

/// A series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    /// How it repeats.
    pub repeats: Repeats,
    /// Units: days, weeks, months or years, as it repeats. 1 to 1000.
    pub interval: u16,
    /// The first day of the range.
    pub start: Date,
    /// How long it goes on.
    pub end: End,
    /// Where days and hours count.
    pub zone: TimeZone,
    /// When on its day it starts.
    pub time: Time,
    /// How long it takes by the wall clock.
    pub length: SignedDuration,
}

impl Series {
    /// The series that a master's row describes; `None` where it describes none yet.
    pub fn of(row: &Row) -> Option<Self> {
        let instant = |column: &str| match row.get(column) {
            Some(Value::Instant(millis)) => Some(*millis),
            _ => None,
        };
        let number = |column: &str| row.get(column).and_then(Value::as_int);
        let zone = zone(row.get("earmark_timezone").and_then(Value::as_text).unwrap_or("UTC"));
        let opens = instant("starttime")?;
        let closes = instant("endtime")
            .or_else(|| Some(opens.saturating_add(number("duration")?.saturating_mul(60_000))))
            .unwrap_or(opens);
        let time = civil(&zone, opens)?;
        let start = civil(&zone, instant("patternstartdate").unwrap_or(opens))?.date();
        let end = match number("patternendtype") {
            Some(AFTER_OCCURRENCES) => End::Count(u32::try_from(number("occurrences")?).ok()?),
            Some(ON_DAY) => End::On(civil(&zone, instant("patternenddate")?)?.date()),
            _ => End::Never,
        };
        let interval = number("interval").unwrap_or(1).clamp(1, i64::from(INTERVAL_MAX));
        Some(Self {
            repeats: repeats(row, start)?,
            interval: u16::try_from(interval).ok()?,
            start,
            end,
            time: time.time(),
            length: length(&zone, opens, closes)?,
            zone,
        })
    }
}

fn repeats(row: &Row, start: Date) -> Option<Repeats> {
    let number = |column: &str| row.get(column).and_then(Value::as_int);
    let small = |column: &str| number(column).and_then(|number| u8::try_from(number).ok());
    let flag = |column: &str| row.get(column).and_then(Value::as_bool) == Some(true);
    let own = |number: i8| u8::try_from(number).unwrap_or(1);
    let days = || match number("daysofweekmask") {
        Some(mask) if mask & 127 != 0 => week(mask),
        _ => vec![start.weekday()],
    };
    let day = small("dayofmonth").filter(|day| (1..=31).contains(day)).unwrap_or(own(start.day()));
    let month =
        small("monthofyear").filter(|month| (1..=12).contains(month)).unwrap_or(own(start.month()));
    let place = match number("instance").unwrap_or(1) {
        LAST => -1,
        place => i32::try_from(place.clamp(1, LAST - 1)).ok()?,
    };
    Some(match number("recurrencepatterntype")? {
        0 if flag("isweekdaypattern") => {
            Repeats::Weekly { days: week(62), first_day: first_day(row) }
        }
        0 => Repeats::Daily,
        1 => Repeats::Weekly { days: days(), first_day: first_day(row) },
        2 if flag("isnthmonthly") => Repeats::MonthlyNth { days: days(), place },
        2 => Repeats::MonthlyOn { day },
        3 if flag("isnthyearly") => Repeats::YearlyNth { month, days: days(), place },
        3 => Repeats::YearlyOn { month, day },
        _ => return None,
    })
}

fn first_day(row: &Row) -> Weekday {
    let day = row.get("firstdayofweek").and_then(Value::as_int).unwrap_or_default();
    i8::try_from(day)
        .ok()
        .and_then(|day| Weekday::from_sunday_zero_offset(day).ok())
        .unwrap_or(Weekday::Sunday)
}

/// The days of a mask: Sunday is 1, Saturday is 64.
fn week(mask: i64) -> Vec<Weekday> {
    (0..7_i8)
        .filter(|day| mask & (1 << day) != 0)
        .filter_map(|day| Weekday::from_sunday_zero_offset(day).ok())
        .collect()
}
