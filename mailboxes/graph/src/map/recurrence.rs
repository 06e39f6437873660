//! How a series repeats.

use crate::classify::nonsense;
use crate::wire::users::events::{
    PatternedRecurrence, RecurrencePattern as Pattern, RecurrenceRange,
};
use earmark_model::{Failure, Recurrence, RecurrenceEnd, RecurrencePattern, WeekIndex};
use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value, json};

/// The series that `wire` describes, in the zone `made_in` where it names none.
///
/// Errors: `Bug` where a part is not understood without which the series would be another one.
pub(crate) fn recurrence(wire: &PatternedRecurrence, made_in: &str) -> Result<Recurrence, Failure> {
    read(wire, made_in).ok_or_else(|| {
        nonsense("MalformedRecurrence", "A series was answered without a way in which it repeats.")
    })
}

fn read(wire: &PatternedRecurrence, made_in: &str) -> Option<Recurrence> {
    let range = wire.range.as_ref()?;
    let start = date(range.start_date.as_deref())?;
    let zone = range.recurrence_time_zone.as_deref().filter(|zone| !zone.trim().is_empty());
    Some(Recurrence {
        pattern: pattern(wire.pattern.as_ref()?, start)?,
        start,
        end: end(range)?,
        time_zone: zone.unwrap_or(made_in).to_owned(),
    })
}

/// Numbers that are missing or out of range are those of the first day.
fn pattern(wire: &Pattern, start: Date) -> Option<RecurrencePattern> {
    let interval = wire.interval.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1);
    let number = |number: Option<i64>, max: u8| {
        number.and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=max).contains(n))
    };
    let first = |part: i8| part.unsigned_abs();
    let day = || number(wire.day_of_month, 31).unwrap_or(first(start.day()));
    let month = || number(wire.month, 12).unwrap_or(first(start.month()));
    let days = || days(wire, start);
    let name = wire.pattern_type.as_deref()?.to_ascii_lowercase();
    Some(match name.as_str() {
        "daily" => RecurrencePattern::Daily { interval },
        "weekly" => RecurrencePattern::Weekly {
            interval,
            days: days()?,
            first_day: wire
                .first_day_of_week
                .as_deref()
                .and_then(weekday)
                .unwrap_or(Weekday::Sunday),
        },
        "absolutemonthly" => RecurrencePattern::AbsoluteMonthly { interval, day: day() },
        "relativemonthly" => {
            RecurrencePattern::RelativeMonthly { interval, days: days()?, index: index(wire)? }
        }
        "absoluteyearly" => {
            RecurrencePattern::AbsoluteYearly { interval, month: month(), day: day() }
        }
        "relativeyearly" => RecurrencePattern::RelativeYearly {
            interval,
            month: month(),
            days: days()?,
            index: index(wire)?,
        },
        _ => return None,
    })
}

/// The days of the week, each once; `None` where one is not understood.
fn days(wire: &Pattern, start: Date) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for name in wire.days_of_week.iter().flatten() {
        let day = weekday(name)?;
        if !days.contains(&day) {
            days.push(day);
        }
    }
    if days.is_empty() {
        days.push(start.weekday());
    }
    Some(days)
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// The first one where nothing is said, as documented.
fn index(wire: &Pattern) -> Option<WeekIndex> {
    Some(match wire.index.as_deref().unwrap_or("first").to_ascii_lowercase().as_str() {
        "first" => WeekIndex::First,
        "second" => WeekIndex::Second,
        "third" => WeekIndex::Third,
        "fourth" => WeekIndex::Fourth,
        "last" => WeekIndex::Last,
        _ => return None,
    })
}

fn end(range: &RecurrenceRange) -> Option<RecurrenceEnd> {
    Some(match range.range_type.as_deref()?.to_ascii_lowercase().as_str() {
        "noend" => RecurrenceEnd::Never,
        "enddate" => RecurrenceEnd::On(date(range.end_date.as_deref())?),
        "numbered" => {
            let count = range.number_of_occurrences.and_then(|n| u32::try_from(n).ok());
            RecurrenceEnd::After(count.filter(|count| *count > 0)?)
        }
        _ => return None,
    })
}

/// The `recurrence` of an event, as it is written; days and hours count in the zone of that name.
pub(crate) fn written(recurrence: &Recurrence, zone: &str) -> Value {
    let mut range = Map::new();
    let mut put = |name: &str, value: Value| range.insert(name.to_owned(), value);
    put("startDate", json!(recurrence.start.to_string()));
    put("recurrenceTimeZone", json!(zone));
    match recurrence.end {
        RecurrenceEnd::Never => put("type", json!("noEnd")),
        RecurrenceEnd::On(day) => {
            put("endDate", json!(day.to_string()));
            put("type", json!("endDate"))
        }
        RecurrenceEnd::After(count) => {
            put("numberOfOccurrences", json!(count));
            put("type", json!("numbered"))
        }
    };
    json!({ "pattern": written_pattern(&recurrence.pattern), "range": range })
}

fn written_pattern(pattern: &RecurrencePattern) -> Value {
    let names = |days: &[Weekday]| days.iter().map(|day| name_of(*day)).collect::<Vec<_>>();
    match pattern {
        RecurrencePattern::Daily { interval } => json!({ "type": "daily", "interval": interval }),
        RecurrencePattern::Weekly { interval, days, first_day } => json!({
            "type": "weekly",
            "interval": interval,
            "daysOfWeek": names(days),
            "firstDayOfWeek": name_of(*first_day),
        }),
        RecurrencePattern::AbsoluteMonthly { interval, day } => {
            json!({ "type": "absoluteMonthly", "interval": interval, "dayOfMonth": day })
        }
        RecurrencePattern::RelativeMonthly { interval, days, index } => json!({
            "type": "relativeMonthly",
            "interval": interval,
            "daysOfWeek": names(days),
            "index": name_of_index(*index),
        }),
        RecurrencePattern::AbsoluteYearly { interval, month, day } => json!({
            "type": "absoluteYearly",
            "interval": interval,
            "month": month,
            "dayOfMonth": day,
        }),
        RecurrencePattern::RelativeYearly { interval, month, days, index } => json!({
            "type": "relativeYearly",
            "interval": interval,
            "month": month,
            "daysOfWeek": names(days),
            "index": name_of_index(*index),
        }),
    }
}

const fn name_of(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

const fn name_of_index(index: WeekIndex) -> &'static str {
    match index {
        WeekIndex::First => "first",
        WeekIndex::Second => "second",
        WeekIndex::Third => "third",
        WeekIndex::Fourth => "fourth",
        WeekIndex::Last => "last",
    }
}

fn date(text: Option<&str>) -> Option<Date> {
    text?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn read(pattern: &str, range: &str) -> Option<Recurrence> {
        let wire =
            format!(r#"{{"pattern":{{{pattern}}},"range":{{"startDate":"2026-11-23",{range}}}}}"#);
        recurrence(&serde_json::from_str(&wire).expect("recurrence"), "Europe/Berlin").ok()
    }

    /// What is read of what is written.
    fn again(of: &Recurrence) -> Recurrence {
        let wire = serde_json::from_value(written(of, &of.time_zone)).expect("a recurrence");
        recurrence(&wire, "UTC").expect("understood")
    }

    const NO_END: &str = r#""type":"noEnd","endDate":"0001-01-01""#;

    #[test]
    fn every_pattern_is_understood() {
        use RecurrencePattern as P;
        let days = vec![Weekday::Monday, Weekday::Friday];
        let index = WeekIndex::Last;
        let list = r#""daysOfWeek":["monday","Friday","monday"]"#;
        let cases = [
            (r#""type":"daily","interval":3"#.to_owned(), P::Daily { interval: 3 }),
            (
                format!(r#""type":"weekly","interval":2,{list},"firstDayOfWeek":"monday""#),
                P::Weekly { interval: 2, days: days.clone(), first_day: Weekday::Monday },
            ),
            (
                r#""type":"weekly","interval":0"#.to_owned(),
                P::Weekly { interval: 1, days: vec![Weekday::Monday], first_day: Weekday::Sunday },
            ),
            (
                r#""type":"absoluteMonthly","interval":1,"dayOfMonth":31"#.to_owned(),
                P::AbsoluteMonthly { interval: 1, day: 31 },
            ),
            (
                format!(r#""type":"relativeMonthly","interval":1,{list},"index":"last""#),
                P::RelativeMonthly { interval: 1, days: days.clone(), index },
            ),
            (
                r#""type":"absoluteYearly","interval":1,"month":2,"dayOfMonth":29"#.to_owned(),
                P::AbsoluteYearly { interval: 1, month: 2, day: 29 },
            ),
            (
                r#""type":"absoluteYearly","interval":1,"month":0,"dayOfMonth":0"#.to_owned(),
                P::AbsoluteYearly { interval: 1, month: 11, day: 23 },
            ),
            (
                format!(r#""type":"relativeYearly","interval":1,"month":4,{list},"index":"last""#),
                P::RelativeYearly { interval: 1, month: 4, days, index },
            ),
        ];
        for (wire, wanted) in cases {
            let found = read(&wire, NO_END).expect(&wire);
            assert_eq!(again(&found), found, "{wire}");
            assert_eq!(found.pattern, wanted, "{wire}");
            assert_eq!((found.start, found.end), (date(2026, 11, 23), RecurrenceEnd::Never));
            assert_eq!(found.time_zone, "Europe/Berlin");
        }
    }

    #[test]
    fn every_range_is_understood() {
        let daily = r#""type":"daily","interval":1"#;
        let cases = [
            (r#""type":"endDate","endDate":"2027-01-25""#, RecurrenceEnd::On(date(2027, 1, 25))),
            (r#""type":"numbered","numberOfOccurrences":7"#, RecurrenceEnd::After(7)),
        ];
        for (range, wanted) in cases {
            let zone = r#""recurrenceTimeZone":"Pacific Standard Time""#;
            let found = read(daily, &format!("{range},{zone}")).expect(range);
            assert_eq!(again(&found), found, "{range}");
            assert_eq!((found.end, found.time_zone.as_str()), (wanted, "Pacific Standard Time"));
        }
    }

    #[test]
    fn what_is_not_understood_is_no_other_series() {
        for (pattern, range) in [
            (r#""type":"hourly""#, NO_END),
            (r#""interval":1"#, NO_END),
            (r#""type":"weekly","daysOfWeek":["weekend"]"#, NO_END),
            (r#""type":"relativeMonthly","index":"fifth""#, NO_END),
            (r#""type":"daily""#, r#""type":"numbered","numberOfOccurrences":0"#),
            (r#""type":"daily""#, r#""type":"endDate""#),
            (r#""type":"daily""#, r#""type":"sometimes""#),
        ] {
            assert_eq!(read(pattern, range), None, "{pattern} {range}");
        }
        let empty = recurrence(&PatternedRecurrence::default(), "UTC").expect_err("empty");
        assert_eq!(empty.code, "MalformedRecurrence");
    }
}
