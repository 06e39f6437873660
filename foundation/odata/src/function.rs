//! The canonical functions of filters.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use crate::evaluate::{EvaluateError, Operand, instant};

/// Calls a function by its lower-case name. Null arguments give null.
pub(crate) fn call<'a>(
    function: &str,
    arguments: &[Operand<'a>],
    ignore_case: bool,
) -> Result<Operand<'a>, EvaluateError> {
    let wanted = match function {
        "tolower" | "toupper" | "trim" | "length" | "year" | "month" | "day" | "hour"
        | "minute" | "second" | "date" | "round" | "floor" | "ceiling" => 1..=1,
        "contains" | "startswith" | "endswith" | "substringof" | "indexof" | "concat" => 2..=2,
        "substring" => 2..=3,
        _ => {
            return Err(EvaluateError::new(format!(
                "An unknown function with name '{function}' was found"
            )));
        }
    };
    if !wanted.contains(&arguments.len()) {
        return Err(EvaluateError::new(format!(
            "The function '{function}' does not take {} arguments",
            arguments.len()
        )));
    }
    Ok(match function {
        "contains" | "startswith" | "endswith" | "substringof" | "indexof" | "concat" => {
            pair(function, &arguments[0], &arguments[1], ignore_case)
        }
        "substring" => substring(arguments),
        "tolower" | "toupper" | "trim" | "length" => of_text(function, &arguments[0]),
        "round" | "floor" | "ceiling" => rounded(function, &arguments[0]),
        _ => part_of_date(function, &arguments[0]),
    }
    .unwrap_or(Operand::Null))
}

fn text<'b>(operand: &'b Operand<'_>) -> Option<&'b str> {
    match operand {
        Operand::Text(text) => Some(text),
        _ => None,
    }
}

fn owned<'a>(text: String) -> Operand<'a> {
    Operand::Text(Cow::Owned(text))
}

fn count<'a>(length: usize) -> Operand<'a> {
    Operand::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

fn pair<'a>(
    function: &str,
    left: &Operand<'a>,
    right: &Operand<'a>,
    ignore_case: bool,
) -> Option<Operand<'a>> {
    let (left, right) = (text(left)?, text(right)?);
    if function == "concat" {
        return Some(owned(format!("{left}{right}")));
    }
    let (left, right) = if ignore_case {
        (left.to_lowercase(), right.to_lowercase())
    } else {
        (left.to_owned(), right.to_owned())
    };
    Some(match function {
        "startswith" => Operand::Bool(left.starts_with(&right)),
        "endswith" => Operand::Bool(left.ends_with(&right)),
        "substringof" => Operand::Bool(right.contains(&left)),
        "indexof" => match left.find(&right) {
            Some(at) => count(left[..at].chars().count()),
            None => Operand::Int(-1),
        },
        _ => Operand::Bool(left.contains(&right)),
    })
}

fn substring<'a>(arguments: &[Operand<'a>]) -> Option<Operand<'a>> {
    let index = |operand: &Operand<'a>| match operand {
        Operand::Int(value) => usize::try_from(*value).ok(),
        _ => None,
    };
    let start = index(&arguments[1])?;
    let length = match arguments.get(2) {
        Some(length) => index(length)?,
        None => usize::MAX,
    };
    let taken = text(&arguments[0])?.chars().skip(start).take(length);
    Some(owned(taken.collect()))
}

fn of_text<'a>(function: &str, operand: &Operand<'a>) -> Option<Operand<'a>> {
    if let ("length", Operand::List(list)) = (function, operand) {
        return Some(count(list.len()));
    }
    let text = text(operand)?;
    Some(match function {
        "tolower" => owned(text.to_lowercase()),
        "toupper" => owned(text.to_uppercase()),
        "trim" => owned(text.trim().to_owned()),
        _ => count(text.chars().count()),
    })
}

fn rounded<'a>(function: &str, operand: &Operand<'a>) -> Option<Operand<'a>> {
    Some(match (operand, function) {
        (Operand::Int(value), _) => Operand::Int(*value),
        (Operand::Decimal(value), "floor") => Operand::Decimal(value.floor()),
        (Operand::Decimal(value), "ceiling") => Operand::Decimal(value.ceil()),
        (Operand::Decimal(value), _) => Operand::Decimal(value.round()),
        _ => return None,
    })
}

fn part_of_date<'a>(function: &str, operand: &Operand<'a>) -> Option<Operand<'a>> {
    let when = instant(operand)?.to_zoned(TimeZone::UTC);
    let part = match function {
        "year" => i64::from(when.year()),
        "month" => i64::from(when.month()),
        "day" => i64::from(when.day()),
        "hour" => i64::from(when.hour()),
        "minute" => i64::from(when.minute()),
        "second" => i64::from(when.second()),
        _ => return Some(Operand::Date(when.date())),
    };
    Some(Operand::Int(part))
}
