//! The `patternedRecurrence` of a task: checked, and with all its members.

use super::request::{member, optional_text, text_member};
use crate::error::Refusal;
use jiff::civil::Date;
use serde_json::{Value, json};

const DAYS: &[&str] =
    &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const WEEKS: &[&str] = &["first", "second", "third", "fourth", "last"];
const PATTERNS: &[&str] =
    &["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"];
const RANGES: &[&str] = &["endDate", "noEnd", "numbered"];

/// The recurrence that a body asks for.
///
/// Errors: 400 naming the member that is missing or cannot be.
pub(crate) fn recurrence(value: &Value) -> Result<Value, Refusal> {
    let part = |name: &str| {
        member(value, name)
            .filter(|part| part.is_object())
            .ok_or_else(|| Refusal::invalid_member(name, format!("'{name}' is required.")))
    };
    Ok(json!({ "pattern": pattern(part("pattern")?)?, "range": range(part("range")?)? }))
}

fn pattern(value: &Value) -> Result<Value, Refusal> {
    let kind = one_of("type", &text_member(value, "type")?, PATTERNS)?;
    let mut days = Vec::new();
    for day in member(value, "daysOfWeek").and_then(Value::as_array).into_iter().flatten() {
        days.push(one_of("daysOfWeek", day.as_str().unwrap_or_default(), DAYS)?);
    }
    let week = optional_text(value, "index")?.unwrap_or_else(|| "first".to_owned());
    let first_day = optional_text(value, "firstDayOfWeek")?.unwrap_or_else(|| "sunday".to_owned());
    let (month, day) = (number(value, "month", 0, 12)?, number(value, "dayOfMonth", 0, 31)?);
    let needs = |name: &str, is_there: bool| {
        if is_there {
            return Ok(());
        }
        Err(Refusal::invalid_member(name, format!("A pattern of type '{kind}' needs '{name}'.")))
    };
    let by_day = kind == "weekly" || kind.starts_with("relative");
    needs("daysOfWeek", !by_day || !days.is_empty())?;
    needs("dayOfMonth", !kind.starts_with("absolute") || day > 0)?;
    needs("month", !kind.ends_with("Yearly") || month > 0)?;
    Ok(json!({
        "type": kind,
        "interval": number(value, "interval", 1, 999)?,
        "month": month,
        "dayOfMonth": day,
        "daysOfWeek": days,
        "firstDayOfWeek": one_of("firstDayOfWeek", &first_day, DAYS)?,
        "index": one_of("index", &week, WEEKS)?,
    }))
}

fn range(value: &Value) -> Result<Value, Refusal> {
    let kind = one_of("type", &text_member(value, "type")?, RANGES)?;
    let is_numbered = kind == "numbered";
    if is_numbered && member(value, "numberOfOccurrences").is_none() {
        return Err(Refusal::invalid_member(
            "numberOfOccurrences",
            "A range of type 'numbered' needs 'numberOfOccurrences'.",
        ));
    }
    let end = match kind {
        "endDate" => date("endDate", &text_member(value, "endDate")?)?,
        _ => "0001-01-01".to_owned(),
    };
    Ok(json!({
        "type": kind,
        "startDate": date("startDate", &text_member(value, "startDate")?)?,
        "endDate": end,
        "recurrenceTimeZone":
            optional_text(value, "recurrenceTimeZone")?.unwrap_or_else(|| "UTC".to_owned()),
        "numberOfOccurrences": number(value, "numberOfOccurrences", i64::from(is_numbered), 999)?,
    }))
}

/// A number within bounds; the lower one where it is missing.
fn number(value: &Value, name: &str, min: i64, max: i64) -> Result<i64, Refusal> {
    let found = match member(value, name) {
        None => min,
        Some(found) => found.as_i64().unwrap_or(-1),
    };
    if (min..=max).contains(&found) {
        return Ok(found);
    }
    Err(Refusal::invalid_member(name, format!("'{name}' must be a number from {min} to {max}.")))
}

fn date(name: &str, text: &str) -> Result<String, Refusal> {
    text.parse::<Date>().map(|date| date.to_string()).map_err(|_| {
        Refusal::invalid_member(name, format!("'{name}' must be a date such as 2026-11-25."))
    })
}

fn one_of<'a>(name: &str, word: &str, known: &[&'a str]) -> Result<&'a str, Refusal> {
    known.iter().find(|one| one.eq_ignore_ascii_case(word)).copied().ok_or_else(|| {
        Refusal::invalid_member(name, format!("Requested value '{word}' was not found."))
    })
}
