//! Which events there are: of a mailbox, of a calendar, between two instants.

use super::{
    event::{COLUMNS, Event, Kind, read},
    fold, occurrence,
};
use crate::{error::Refusal, quirks::Quirks};
use earmark_odata::{Compare, Expr, Literal};
use earmark_sqlite::rusqlite::{Transaction, params_from_iter, types::Value};

/// Units: events that one view of a calendar computes at most. Source: none; the original has a
/// limit of its own that is not documented.
pub const VIEW_MAX: usize = 20_000;

/// Single events and series, of one calendar or of all, in the order of their making. `filter`
/// may leave out some that cannot fit; whether the others do is for the caller to find out.
pub fn items(
    tx: &Transaction<'_>,
    user: i64,
    calendar: Option<i64>,
    filter: Option<&Expr>,
) -> Result<Vec<Event>, Refusal> {
    let mut sql = format!("SELECT {COLUMNS} FROM event e WHERE e.user = ? AND e.master IS NULL");
    let mut values = vec![Value::Integer(user)];
    if let Some(calendar) = calendar {
        sql.push_str(" AND e.calendar = ?");
        values.push(Value::Integer(calendar));
    }
    if let Some(filter) = filter {
        narrow(user, filter, &mut sql, &mut values);
    }
    sql.push_str(" ORDER BY e.id");
    Ok(tx
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), read)?
        .collect::<Result<_, _>>()?)
}

/// Single events, occurrences and exceptions of a calendar between two instants, in the order of
/// their start.
///
/// Errors: 400 when there are more than [`VIEW_MAX`].
pub fn view(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    calendar: i64,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<Event>, Refusal> {
    // An exception may be far from its series, so that a series with one in the window counts.
    let sql = format!(
        "SELECT {COLUMNS} FROM event e WHERE e.calendar = ?1 AND e.master IS NULL
           AND ((e.start_ms < ?3 AND (e.last_ms IS NULL OR e.last_ms >= ?2))
             OR e.id IN (SELECT x.master FROM event x WHERE x.calendar = ?1
                  AND x.master IS NOT NULL AND x.start_ms < ?3 AND x.last_ms >= ?2))"
    );
    let found: Vec<Event> = tx
        .prepare_cached(&sql)?
        .query_map([calendar, from_ms, to_ms], read)?
        .collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for one in found {
        if one.kind == Kind::Master {
            all.extend(occurrence::between(tx, quirks, &one, from_ms, to_ms)?);
        } else if crate::calendar::series::overlaps(
            one.content.start_ms,
            one.content.end_ms,
            from_ms,
            to_ms,
        ) {
            all.push(one);
        }
        if all.len() > VIEW_MAX {
            return Err(Refusal::new(
                400,
                "ErrorCalendarViewRangeTooBig",
                "The specified view range exceeds the maximum range; choose a shorter one.",
            ));
        }
    }
    all.sort_by_key(|one| (one.content.start_ms, one.row, one.day));
    Ok(all)
}

/// Conditions of SQL for those parts of a filter that an index answers.
fn narrow(user: i64, filter: &Expr, sql: &mut String, values: &mut Vec<Value>) {
    match filter {
        Expr::And(left, right) => {
            narrow(user, left, sql, values);
            narrow(user, right, sql, values);
        }
        Expr::Lambda { any: true, path, variable: Some(variable), body: Some(body) }
            if is(path, "categories") =>
        {
            if let Some(name) = equal(body, |path| path.len() == 1 && path[0] == *variable) {
                sql.push_str(
                    " AND e.id IN (SELECT k.event FROM event_category k
                       WHERE k.user = ? AND k.folded = ?)",
                );
                values.extend([Value::Integer(user), Value::Text(fold(name))]);
            }
        }
        _ => {
            if let Some(uid) = equal(filter, |path| is(path, "icaluid")) {
                sql.push_str(" AND e.uid = ? COLLATE NOCASE");
                values.push(Value::Text(uid.to_owned()));
            }
        }
    }
}

fn is(path: &[String], name: &str) -> bool {
    path.len() == 1 && path[0].eq_ignore_ascii_case(name)
}

/// The text that a path is compared with, where an expression is no more than that.
fn equal(expr: &Expr, fits: impl Fn(&[String]) -> bool) -> Option<&str> {
    let Expr::Compare { left, op: Compare::Eq, right } = expr else { return None };
    match (left.as_ref(), right.as_ref()) {
        (Expr::Path(path), Expr::Literal(Literal::Text(text)))
        | (Expr::Literal(Literal::Text(text)), Expr::Path(path))
            if fits(path) =>
        {
            Some(text)
        }
        _ => None,
    }
}
