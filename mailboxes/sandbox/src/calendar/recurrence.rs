//! How a series repeats, from and to its form on the wire (`patternedRecurrence`).

use crate::{
    error::Refusal,
    graph::{member, optional_text, text_member},
};
use earmark_model::{Recurrence, RecurrenceEnd, RecurrencePattern, WeekIndex};
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};

/// Units: occurrences of a numbered series, and periods between two occurrences. Source: the
/// limits of Outlook.
pub const COUNT_MAX: u32 = 999;
const INTERVAL_MAX: u32 = 999;

const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];

const INDEXES: [(&str, WeekIndex); 5] = [
    ("first", WeekIndex::First),
    ("second", WeekIndex::Second),
    ("third", WeekIndex::Third),
    ("fourth", WeekIndex::Fourth),
    ("last", WeekIndex::Last),
];

/// From the wire; `zone` counts where the range names none.
///
/// Errors: 400 naming the member that is missing or cannot be.
pub fn parse(value: &Value, zone: &str) -> Result<Recurrence, Refusal> {
    let pattern = member(value, "pattern")
        .ok_or_else(|| invalid("pattern", "'recurrence' needs a 'pattern'."))?;
    let range =
        member(value, "range").ok_or_else(|| invalid("range", "'recurrence' needs a 'range'."))?;
    let pattern = pattern_of(pattern)?;
    let start = date(range, "startDate")?;
    let end = match text_member(range, "type")?.to_ascii_lowercase().as_str() {
        "noend" => RecurrenceEnd::Never,
        "enddate" => RecurrenceEnd::On(date(range, "endDate")?),
        "numbered" => RecurrenceEnd::After(number(range, "numberOfOccurrences", 1..=COUNT_MAX)?),
        other => {
            return Err(invalid("type", format!("Requested value '{other}' was not found.")));
        }
    };
    if let RecurrenceEnd::On(last) = end
        && last < start
    {
        return Err(invalid("endDate", "'endDate' must not be before 'startDate'."));
    }
    let time_zone = optional_text(range, "recurrenceTimeZone")?
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| zone.to_owned());
    super::zone::get(&time_zone)?;
    Ok(Recurrence { pattern, start, end, time_zone })
}

fn pattern_of(value: &Value) -> Result<RecurrencePattern, Refusal> {
    let interval = number(value, "interval", 1..=INTERVAL_MAX)?;
    let day = || number(value, "dayOfMonth", 1..=31).map(small);
    let month = || number(value, "month", 1..=12).map(small);
    Ok(match text_member(value, "type")?.to_ascii_lowercase().as_str() {
        "daily" => RecurrencePattern::Daily { interval },
        "weekly" => RecurrencePattern::Weekly {
            interval,
            days: days(value)?,
            first_day: match optional_text(value, "firstDayOfWeek")? {
                Some(name) => weekday(&name)?,
                None => Weekday::Sunday,
            },
        },
        "absolutemonthly" => RecurrencePattern::AbsoluteMonthly { interval, day: day()? },
        "relativemonthly" => RecurrencePattern::RelativeMonthly {
            interval,
            days: days(value)?,
            index: index(value)?,
        },
        "absoluteyearly" => {
            RecurrencePattern::AbsoluteYearly { interval, month: month()?, day: day()? }
        }
        "relativeyearly" => RecurrencePattern::RelativeYearly {
            interval,
            month: month()?,
            days: days(value)?,
            index: index(value)?,
        },
        other => {
            return Err(invalid("type", format!("Requested value '{other}' was not found.")));
        }
    })
}

/// To the wire.
pub fn shown(recurrence: &Recurrence) -> Value {
    let mut pattern = json!({
        "type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0,
        "daysOfWeek": [], "firstDayOfWeek": "sunday", "index": "first",
    });
    let mut put = |values: &[(&str, Value)]| {
        for (name, value) in values {
            pattern[*name] = value.clone();
        }
    };
    let names = |days: &[Weekday]| json!(days.iter().map(|day| day_name(*day)).collect::<Vec<_>>());
    match &recurrence.pattern {
        RecurrencePattern::Daily { interval } => put(&[("interval", json!(interval))]),
        RecurrencePattern::Weekly { interval, days, first_day } => put(&[
            ("type", json!("weekly")),
            ("interval", json!(interval)),
            ("daysOfWeek", names(days)),
            ("firstDayOfWeek", json!(day_name(*first_day))),
        ]),
        RecurrencePattern::AbsoluteMonthly { interval, day } => put(&[
            ("type", json!("absoluteMonthly")),
            ("interval", json!(interval)),
            ("dayOfMonth", json!(day)),
        ]),
        RecurrencePattern::RelativeMonthly { interval, days, index } => put(&[
            ("type", json!("relativeMonthly")),
            ("interval", json!(interval)),
            ("daysOfWeek", names(days)),
            ("index", json!(index_name(*index))),
        ]),
        RecurrencePattern::AbsoluteYearly { interval, month, day } => put(&[
            ("type", json!("absoluteYearly")),
            ("interval", json!(interval)),
            ("month", json!(month)),
            ("dayOfMonth", json!(day)),
        ]),
        RecurrencePattern::RelativeYearly { interval, month, days, index } => put(&[
            ("type", json!("relativeYearly")),
            ("interval", json!(interval)),
            ("month", json!(month)),
            ("daysOfWeek", names(days)),
            ("index", json!(index_name(*index))),
        ]),
    }
    json!({ "pattern": pattern, "range": range(recurrence) })
}

fn range(recurrence: &Recurrence) -> Value {
    let (kind, end, count) = match recurrence.end {
        RecurrenceEnd::Never => ("noEnd", "0001-01-01".to_owned(), 0),
        RecurrenceEnd::On(last) => ("endDate", last.to_string(), 0),
        RecurrenceEnd::After(count) => ("numbered", "0001-01-01".to_owned(), count),
    };
    json!({
        "type": kind,
        "startDate": recurrence.start.to_string(),
        "endDate": end,
        "recurrenceTimeZone": recurrence.time_zone,
        "numberOfOccurrences": count,
    })
}

/// The name of a day on the wire.
fn day_name(day: Weekday) -> &'static str {
    DAYS.iter().find(|(_, known)| *known == day).map_or("sunday", |(name, _)| name)
}

fn index_name(index: WeekIndex) -> &'static str {
    INDEXES.iter().find(|(_, known)| *known == index).map_or("first", |(name, _)| name)
}

fn weekday(name: &str) -> Result<Weekday, Refusal> {
    DAYS.iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, day)| *day)
        .ok_or_else(|| invalid("daysOfWeek", format!("Requested value '{name}' was not found.")))
}

fn days(value: &Value) -> Result<Vec<Weekday>, Refusal> {
    let mut found = Vec::new();
    for one in member(value, "daysOfWeek").and_then(Value::as_array).into_iter().flatten() {
        let day = weekday(one.as_str().unwrap_or_default())?;
        if !found.contains(&day) {
            found.push(day);
        }
    }
    if found.is_empty() {
        return Err(invalid("daysOfWeek", "'daysOfWeek' must name at least one day."));
    }
    Ok(found)
}

fn index(value: &Value) -> Result<WeekIndex, Refusal> {
    let Some(name) = optional_text(value, "index")? else { return Ok(WeekIndex::First) };
    INDEXES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        .map(|(_, index)| *index)
        .ok_or_else(|| invalid("index", format!("Requested value '{name}' was not found.")))
}

fn date(value: &Value, name: &str) -> Result<Date, Refusal> {
    text_member(value, name)?
        .parse()
        .map_err(|_| invalid(name, format!("'{name}' must be a date such as 2026-11-23.")))
}

fn number(value: &Value, name: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Refusal> {
    member(value, name)
        .and_then(Value::as_f64)
        .filter(|number| number.fract() == 0.0)
        .and_then(|number| format!("{number:.0}").parse().ok())
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            invalid(
                name,
                format!("'{name}' must be a number from {} to {}.", range.start(), range.end()),
            )
        })
}

fn small(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn invalid(name: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ErrorPropertyValidationFailure", message).about(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_shown_again() {
        for pattern in [
            json!({ "type": "daily", "interval": 2 }),
            json!({ "type": "weekly", "interval": 1, "daysOfWeek": ["Monday", "friday"], "firstDayOfWeek": "monday" }),
            json!({ "type": "absoluteMonthly", "interval": 3, "dayOfMonth": 31 }),
            json!({ "type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "last" }),
            json!({ "type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29 }),
            json!({ "type": "relativeYearly", "interval": 1, "month": 11, "daysOfWeek": ["thursday"], "index": "fourth" }),
        ] {
            for range in [
                json!({ "type": "noEnd", "startDate": "2026-11-23" }),
                json!({ "type": "endDate", "startDate": "2026-11-23", "endDate": "2027-01-31" }),
                json!({ "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 10 }),
            ] {
                let read =
                    parse(&json!({ "pattern": pattern, "range": range }), "UTC").expect("valid");
                assert_eq!(parse(&shown(&read), "Europe/Berlin").expect("valid"), read);
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let range = json!({ "type": "noEnd", "startDate": "2026-11-23" });
        for (pattern, range, name) in [
            (json!({ "type": "hourly", "interval": 1 }), range.clone(), "type"),
            (json!({ "type": "daily", "interval": 0 }), range.clone(), "interval"),
            (json!({ "type": "weekly", "interval": 1 }), range.clone(), "daysOfWeek"),
            (json!({ "type": "absoluteMonthly", "interval": 1 }), range, "dayOfMonth"),
            (
                json!({ "type": "daily", "interval": 1 }),
                json!({ "type": "endDate", "startDate": "2026-11-23", "endDate": "2026-11-22" }),
                "endDate",
            ),
        ] {
            let refusal = parse(&json!({ "pattern": pattern, "range": range }), "UTC");
            assert_eq!(refusal.expect_err(name).field.as_deref(), Some(name));
        }
    }
}
