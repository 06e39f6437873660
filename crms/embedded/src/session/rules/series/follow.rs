//! What a change of the master does to its instances.

use super::{
    APPOINTMENT, INSTANCE, TABLE, fill,
    instance::{OWN_CHOICE, SHARED, values},
    taken_out,
};
use crate::{
    error::CrmError,
    recurrence::{Series, Slot, TakenOut},
    request::Child,
    session::{
        Session, find,
        rules::{closing, party::parties_of},
        sql::{blob, id_at},
    },
    value::{Row, Value},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The columns that make the pattern, and what was taken out of it.
const PATTERN: [&str; 19] = [
    "dayofmonth",
    "daysofweekmask",
    "deletedexceptionslist",
    "duration",
    "earmark_timezone",
    "endtime",
    "firstdayofweek",
    "instance",
    "interval",
    "isnthmonthly",
    "isnthyearly",
    "isweekdaypattern",
    "monthofyear",
    "occurrences",
    "patternenddate",
    "patternendtype",
    "patternstartdate",
    "recurrencepatterntype",
    "starttime",
];

/// `statecode` and `statuscode` of what no longer takes place.
const CANCELED: (i64, i64) = (2, 4);

/// Brings the instances of a master in step with it. Exceptions and what a person closed stay.
pub(crate) fn follow(
    session: &Session<'_>,
    id: Uuid,
    changes: &Row,
    has_parties: bool,
) -> Result<(), CrmError> {
    let touched = SHARED.iter().chain(&PATTERN).any(|column| changes.contains_key(*column));
    if !touched && !has_parties {
        return Ok(());
    }
    let Some(master) = session.whole(find(TABLE)?, id)? else { return Ok(()) };
    if closing::is_closed(&master) {
        return Ok(());
    }
    if let Some(series) = Series::of(&master) {
        let parties = if has_parties { Some(parties_of(session, id, APPOINTMENT)?) } else { None };
        let change = Change { session, master: &master, changes, parties: parties.as_deref() };
        change.carry_out(&series, id)?;
    }
    fill::again(session, id, &master).map(|_| ())
}

struct Change<'a, 'b> {
    session: &'a Session<'b>,
    master: &'a Row,
    /// What changed of the master.
    changes: &'a Row,
    /// The parties, where they changed.
    parties: Option<&'a [Child]>,
}

impl Change<'_, '_> {
    fn carry_out(&self, series: &Series, id: Uuid) -> Result<(), CrmError> {
        let rows = instances(self.session, id)?;
        let (Some(first), Some(last)) = (rows.keys().next(), rows.keys().next_back()) else {
            return Ok(());
        };
        let taken = taken_out(self.master);
        let slots: BTreeMap<i64, Slot> = series
            .slots(*first, *last, usize::MAX)
            .into_iter()
            .map(|slot| (slot.start, slot))
            .collect();
        let table = find(APPOINTMENT)?;
        for (start, (instance, kind)) in rows {
            if closing::is_closed_by_person(self.session, table, instance)? {
                continue;
            }
            let is_cancelled = is_cancelled(series, &taken, start);
            match slots.get(&start).filter(|slot| !taken.has(slot)) {
                // An exception has its own words, but no day that was cancelled takes place.
                _ if kind != INSTANCE && is_cancelled => cancel(self.session, instance, false)?,
                _ if kind != INSTANCE => {}
                Some(slot) => self.renew(instance, slot)?,
                None => cancel(self.session, instance, is_cancelled)?,
            }
        }
        Ok(())
    }

    /// Makes an instance what its master says; one that was cancelled with the pattern takes
    /// place again.
    fn renew(&self, id: Uuid, slot: &Slot) -> Result<(), CrmError> {
        let table = find(APPOINTMENT)?;
        let current = self.session.whole(table, id)?.unwrap_or_default();
        let mut changes = values(self.master, slot);
        changes.retain(|column, value| {
            let is_own = OWN_CHOICE.contains(&column.as_str());
            current.get(column) != Some(value) && (!is_own || self.changes.contains_key(column))
        });
        if changes.is_empty() && self.parties.is_none() {
            return Ok(());
        }
        // Says that it is no edit of somebody's own.
        changes.insert("instancetypecode".to_owned(), Value::Int(INSTANCE));
        if self.parties.is_some_and(<[Child]>::is_empty) {
            self.session.forget_parties(id)?;
        }
        self.session.change(table, id, &current, changes, self.parties)
    }
}

/// Cancels what is left of a series that becomes a single appointment.
pub(crate) fn dissolve(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    for (instance, kind) in instances(session, id)?.into_values() {
        if kind == INSTANCE {
            cancel(session, instance, false)?;
        }
    }
    Ok(())
}

/// Cancels an instance that does not take place: a day that was cancelled in the mailbox, or what
/// the pattern no longer has and is not over.
fn cancel(session: &Session<'_>, id: Uuid, was_cancelled: bool) -> Result<(), CrmError> {
    let table = find(APPOINTMENT)?;
    let current = session.whole(table, id)?.unwrap_or_default();
    let is_ahead = matches!(
        current.get("scheduledstart"),
        Some(Value::Instant(start)) if *start > session.now
    );
    if closing::is_closed(&current) || !(is_ahead || was_cancelled) {
        return Ok(());
    }
    let changes = Row::from([
        ("statecode".to_owned(), Value::Int(CANCELED.0)),
        ("statuscode".to_owned(), Value::Int(CANCELED.1)),
    ]);
    session.change(table, id, &current, changes, None)?;
    // It follows from the series, whoever changed that.
    closing::put(session, table, id, true)
}

fn is_cancelled(series: &Series, taken: &TakenOut, start: i64) -> bool {
    series.day_of(start).is_some_and(|day| taken.cancelled.contains(&day))
}

/// The instances and exceptions of a series by their original start, each with its kind.
fn instances(session: &Session<'_>, id: Uuid) -> Result<BTreeMap<i64, (Uuid, i64)>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT originalstartdate, activityid, coalesce(instancetypecode, 0) FROM appointment \
         WHERE seriesid = ? AND originalstartdate IS NOT NULL",
    )?;
    let rows =
        statement.query_map([blob(id)], |row| Ok((row.get(0)?, (id_at(row, 1)?, row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
