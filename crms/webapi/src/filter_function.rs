//! Query functions of the `Microsoft.Dynamics.CRM` namespace.

use earmark_embedded::request::{ColumnPath, Filter, Op};
use earmark_embedded::schema::{Column, Kind};
use earmark_embedded::value::Value;
use earmark_odata::{Compare, Expr, Literal};

use crate::fault::Fault;
use crate::filter::Scope;
use crate::literal;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The arguments by name.
struct Arguments<'a> {
    function: &'a str,
    column: ColumnPath,
    kind: &'static Column,
    value: Option<&'a Literal>,
    values: Vec<&'a Literal>,
}

/// Translates `Microsoft.Dynamics.CRM.<name>(PropertyName=…,PropertyValue(s)=…)`.
pub(crate) fn filter(scope: &Scope<'_>, name: &str, arguments: &[Expr]) -> Result<Filter, Fault> {
    let given = Arguments::read(scope, name, arguments)?;
    let (now, day) = (scope.now, scope.now.div_euclid(DAY_MS) * DAY_MS);
    Ok(match name {
        "In" => given.listed()?,
        "NotIn" => Filter::Not(Box::new(given.listed()?)),
        "Between" => given.between()?,
        "NotBetween" => Filter::Not(Box::new(given.between()?)),
        "EqualUserId" => given.is(Op::Eq, Value::Guid(scope.user)),
        "NotEqualUserId" => given.is(Op::Ne, Value::Guid(scope.user)),
        "On" => given.span(given.day()?, given.day()? + DAY_MS)?,
        "NotOn" => Filter::Not(Box::new(given.span(given.day()?, given.day()? + DAY_MS)?)),
        "OnOrAfter" => given.is(Op::Ge, given.at(given.day()?)?),
        "OnOrBefore" => given.is(Op::Lt, given.at(given.day()?.saturating_add(DAY_MS))?),
        "Today" => given.span(day, day + DAY_MS)?,
        "Yesterday" => given.span(day - DAY_MS, day)?,
        "Tomorrow" => given.span(day + DAY_MS, day + 2 * DAY_MS)?,
        "Last7Days" => given.span(day - 7 * DAY_MS, now)?,
        "Next7Days" => given.span(now, day + 8 * DAY_MS)?,
        "LastXHours" => given.span(now - given.count(HOUR_MS)?, now)?,
        "NextXHours" => given.span(now, now + given.count(HOUR_MS)?)?,
        "LastXDays" => given.span(day - given.count(DAY_MS)?, now)?,
        "NextXDays" => given.span(now, day + DAY_MS + given.count(DAY_MS)?)?,
        "LastXWeeks" => given.span(day - given.count(7 * DAY_MS)?, now)?,
        "NextXWeeks" => given.span(now, day + DAY_MS + given.count(7 * DAY_MS)?)?,
        "OlderThanXMinutes" => given.is(Op::Lt, given.at(now - given.count(MINUTE_MS)?)?),
        "OlderThanXHours" => given.is(Op::Lt, given.at(now - given.count(HOUR_MS)?)?),
        "OlderThanXDays" => given.is(Op::Lt, given.at(now - given.count(DAY_MS)?)?),
        "OlderThanXWeeks" => given.is(Op::Lt, given.at(now - given.count(7 * DAY_MS)?)?),
        _ => {
            return Err(Fault::bad(format!("The query function '{name}' is not supported.")));
        }
    })
}

impl<'a> Arguments<'a> {
    fn read(scope: &Scope<'_>, function: &'a str, arguments: &'a [Expr]) -> Result<Self, Fault> {
        let (mut property, mut value, mut values) = (None, None, Vec::new());
        for argument in arguments {
            match argument {
                Expr::Compare { left, op: Compare::Eq, right } => {
                    match (named(left), right.as_ref()) {
                        (Some("PropertyName"), Expr::Literal(Literal::Text(text))) => {
                            property = Some(text);
                        }
                        (Some("PropertyValue"), Expr::Literal(found)) => value = Some(found),
                        (Some("PropertyValue1" | "PropertyValue2"), Expr::Literal(found)) => {
                            values.push(found);
                        }
                        _ => {}
                    }
                }
                Expr::In { left, list } if named(left) == Some("PropertyValues") => {
                    values = list.iter().collect();
                }
                _ => {}
            }
        }
        let property = property.ok_or_else(|| {
            Fault::bad(format!("The query function '{function}' needs PropertyName."))
        })?;
        // A lookup may be named without `_…_value` here.
        let path: Vec<String> = match scope.table.column(property) {
            Some(column) => vec![crate::property::name(column)],
            None => property.split('/').map(str::to_owned).collect(),
        };
        let (column, kind) = scope.path(&path)?;
        Ok(Self { function, column, kind, value, values })
    }

    fn wrong(&self) -> Fault {
        Fault::bad(format!(
            "The arguments of the query function '{}' do not fit '{}'.",
            self.function, self.kind.logical
        ))
    }

    fn is(&self, op: Op, value: Value) -> Filter {
        Filter::Compare { column: self.column.clone(), op, value }
    }

    fn listed(&self) -> Result<Filter, Fault> {
        let values = self
            .values
            .iter()
            .map(|value| literal::value(self.kind, value))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Filter::In { column: self.column.clone(), values })
    }

    fn between(&self) -> Result<Filter, Fault> {
        let [low, high] = self.values.as_slice() else {
            return Err(self.wrong());
        };
        Ok(Filter::And(vec![
            self.is(Op::Ge, literal::value(self.kind, low)?),
            self.is(Op::Le, literal::value(self.kind, high)?),
        ]))
    }

    /// From `start` until before `end`.
    fn span(&self, start: i64, end: i64) -> Result<Filter, Fault> {
        Ok(Filter::And(vec![self.is(Op::Ge, self.at(start)?), self.is(Op::Lt, self.at(end)?)]))
    }

    /// A point in time as a value of the column.
    fn at(&self, millis: i64) -> Result<Value, Fault> {
        match self.kind.kind {
            Kind::Instant => Ok(Value::Instant(millis)),
            Kind::Date => jiff::Timestamp::from_millisecond(millis)
                .map(|instant| instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
                .map(Value::Date)
                .map_err(|_| self.wrong()),
            _ => Err(self.wrong()),
        }
    }

    /// The day given, as its midnight in UTC.
    fn day(&self) -> Result<i64, Fault> {
        let given = self.value.ok_or_else(|| self.wrong())?;
        let millis = match given {
            Literal::Instant(instant) => instant.as_millisecond(),
            Literal::Date(date) => midnight(*date).ok_or_else(|| self.wrong())?,
            Literal::Text(text) => text
                .get(..10)
                .and_then(|day| day.parse().ok())
                .and_then(midnight)
                .ok_or_else(|| self.wrong())?,
            _ => return Err(self.wrong()),
        };
        Ok(millis.div_euclid(DAY_MS) * DAY_MS)
    }

    /// The number given, times a unit.
    fn count(&self, unit: i64) -> Result<i64, Fault> {
        /// Units: hours, days or weeks; a hundred years of hours.
        const COUNT_MAX: i64 = 876_600;
        let number = match self.value {
            Some(Literal::Int(number)) => Some(*number),
            Some(Literal::Text(text)) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| (1..=COUNT_MAX).contains(number))
            .map(|number| number * unit)
            .ok_or_else(|| self.wrong())
    }
}

fn named(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Path(path) => match path.as_slice() {
            [name] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn midnight(date: jiff::civil::Date) -> Option<i64> {
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}
