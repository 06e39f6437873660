//! When a series takes place, as the columns of its master say it.

use crate::{
    recurrence::{End, Repeats, Series},
    value::{Row, Value},
};
use earmark_model::{
    FieldValue, Instant, Recurrence, RecurrenceEnd, RecurrencePattern, calendar::WeekIndex,
};

/// The columns that say it, but for the days that are taken out of a series.
pub(super) const COLUMNS: [&str; 20] = [
    "starttime",
    "endtime",
    "sortdate",
    "isalldayevent",
    "earmark_timezone",
    "patternstartdate",
    "patternenddate",
    "patternendtype",
    "occurrences",
    "recurrencepatterntype",
    "interval",
    "daysofweekmask",
    "dayofmonth",
    "monthofyear",
    "instance",
    "firstdayofweek",
    "isnthmonthly",
    "isnthyearly",
    "isweekdaypattern",
    "isregenerate",
];

/// What a master's row says; `None` where it says nothing, or names no time at all. A series begins
/// with its first occurrence, whatever day its range begins with.
pub(super) fn value(row: &Row) -> Option<FieldValue> {
    let series = Series::of(row)?;
    let first = series.first()?;
    let end = match series.end {
        End::Never => RecurrenceEnd::Never,
        End::Count(count) => RecurrenceEnd::After(count),
        End::On(day) => RecurrenceEnd::On(day),
    };
    Some(FieldValue::Series {
        start: Instant::from_millis(first.start),
        end: Instant::from_millis(first.end),
        is_all_day: row.get("isalldayevent") == Some(&Value::Bool(true)),
        recurrence: Recurrence {
            pattern: pattern(&series),
            start: first.day,
            end,
            time_zone: row
                .get("earmark_timezone")
                .and_then(Value::as_text)
                .unwrap_or("UTC")
                .to_owned(),
        },
    })
}

fn pattern(series: &Series) -> RecurrencePattern {
    let interval = u32::from(series.interval);
    match series.repeats.clone() {
        Repeats::Daily => RecurrencePattern::Daily { interval },
        Repeats::Weekly { days, first_day } => {
            RecurrencePattern::Weekly { interval, days, first_day }
        }
        Repeats::MonthlyOn { day } => RecurrencePattern::AbsoluteMonthly { interval, day },
        Repeats::MonthlyNth { days, place } => {
            RecurrencePattern::RelativeMonthly { interval, days, index: index(place) }
        }
        Repeats::YearlyOn { month, day } => {
            RecurrencePattern::AbsoluteYearly { interval, month, day }
        }
        Repeats::YearlyNth { month, days, place } => {
            RecurrencePattern::RelativeYearly { interval, month, days, index: index(place) }
        }
    }
}

/// −1 is the last.
const fn index(place: i32) -> WeekIndex {
    match place {
        1 => WeekIndex::First,
        2 => WeekIndex::Second,
        3 => WeekIndex::Third,
        4 => WeekIndex::Fourth,
        _ => WeekIndex::Last,
    }
}

/// Whether `kept`, which the columns have of an item's `own` recurrence, says all that it says.
pub(super) fn is_whole(own: &Recurrence, kept: &Recurrence) -> bool {
    own.end == kept.end && in_order(&own.pattern) == in_order(&kept.pattern)
}

/// The pattern with its days in the order of the week, each once.
fn in_order(pattern: &RecurrencePattern) -> RecurrencePattern {
    let mut pattern = pattern.clone();
    match &mut pattern {
        RecurrencePattern::Weekly { days, .. }
        | RecurrencePattern::RelativeMonthly { days, .. }
        | RecurrencePattern::RelativeYearly { days, .. } => {
            days.sort_unstable_by_key(|day| day.to_sunday_zero_offset());
            days.dedup();
        }
        RecurrencePattern::Daily { .. }
        | RecurrencePattern::AbsoluteMonthly { .. }
        | RecurrencePattern::AbsoluteYearly { .. } => {}
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::draft::series;
    use earmark_model::{AppointmentContent, Body, BodyKind, Importance, ShowAs};
    use jiff::civil::{Date, Weekday, date};

    fn content(recurrence: &Recurrence) -> AppointmentContent {
        let at = |hour: i64| Instant::from_millis(1_772_755_200_000 + hour * 3_600_000);
        AppointmentContent {
            ical_uid: String::new(),
            subject: String::new(),
            body: Body { kind: BodyKind::Text, text: String::new() },
            location: String::new(),
            start: at(8),
            end: at(9),
            is_all_day: false,
            time_zone: "Europe/Berlin".to_owned(),
            show_as: ShowAs::Busy,
            importance: Importance::Normal,
            is_private: false,
            is_organizer: true,
            organizer: None,
            required: Vec::new(),
            optional: Vec::new(),
            join_url: None,
            recurrence: Some(recurrence.clone()),
            cancelled: Vec::new(),
        }
    }

    fn repeating(pattern: RecurrencePattern, end: RecurrenceEnd) -> Recurrence {
        // A Friday, nine o'clock in its zone.
        let start = date(2026, 3, 6);
        Recurrence { pattern, start, end, time_zone: "W. Europe Standard Time".to_owned() }
    }

    fn read(recurrence: &Recurrence) -> FieldValue {
        value(&series::columns(&content(recurrence), recurrence)).expect("a series")
    }

    #[test]
    fn what_the_columns_say_is_what_they_were_given() {
        use RecurrencePattern as P;
        let days = || vec![Weekday::Friday];
        let (first_day, index, interval) = (Weekday::Monday, WeekIndex::First, 2);
        let until: Date = date(2027, 3, 5);
        for (pattern, end) in [
            (P::Daily { interval }, RecurrenceEnd::After(5)),
            (P::Weekly { interval, days: days(), first_day }, RecurrenceEnd::Never),
            (P::AbsoluteMonthly { interval, day: 6 }, RecurrenceEnd::On(until)),
            (P::RelativeMonthly { interval, days: days(), index }, RecurrenceEnd::Never),
            (P::AbsoluteYearly { interval, month: 3, day: 6 }, RecurrenceEnd::After(3)),
            (P::RelativeYearly { interval, month: 3, days: days(), index }, RecurrenceEnd::Never),
        ] {
            let recurrence = repeating(pattern, end);
            let FieldValue::Series { start, end, is_all_day, recurrence: kept } = read(&recurrence)
            else {
                panic!("not the time of a series: {recurrence:?}");
            };
            let given = content(&recurrence);
            assert_eq!((start, end, is_all_day), (given.start, given.end, false));
            assert_eq!(kept, recurrence);
        }
    }

    #[test]
    fn a_series_begins_with_its_first_occurrence() {
        let mondays = RecurrencePattern::Weekly {
            interval: 1,
            days: vec![Weekday::Monday],
            first_day: Weekday::Sunday,
        };
        let read = read(&repeating(mondays, RecurrenceEnd::Never));
        let FieldValue::Series { start, recurrence, .. } = read else { panic!("{read:?}") };
        assert_eq!(recurrence.start, date(2026, 3, 9));
        assert_eq!(start, Instant::parse_rfc3339("2026-03-09T08:00:00Z").expect("a time"));
    }

    #[test]
    fn what_a_column_does_not_take_is_not_whole() {
        let daily =
            |interval| repeating(RecurrencePattern::Daily { interval }, RecurrenceEnd::Never);
        let is_whole_of = |own: Recurrence| match read(&own) {
            FieldValue::Series { recurrence, .. } => is_whole(&own, &recurrence),
            other => panic!("{other:?}"),
        };
        assert!(is_whole_of(daily(3)));
        assert!(!is_whole_of(daily(5_000)));
        let weekly = RecurrencePattern::Weekly {
            interval: 1,
            days: vec![Weekday::Friday, Weekday::Monday, Weekday::Friday],
            first_day: Weekday::Monday,
        };
        assert!(is_whole_of(repeating(weekly, RecurrenceEnd::Never)));
    }
}
