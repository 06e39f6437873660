//! One row of a series.

use super::{APPOINTMENT, EXCEPTION, INSTANCE, TABLE};
use crate::{
    error::CrmError,
    recurrence::Slot,
    request::Child,
    session::{
        Session, find,
        sql::{blob, id_at, optional_id_at},
    },
    value::{Row, Value},
};
use earmark_model::{
    Instant, ItemKind, OrganizationId,
    identity::{appointment_source_key, record_id},
};
use uuid::Uuid;

/// What an instance has from its master.
pub(super) const SHARED: [&str; 18] = [
    "category",
    "description",
    "globalobjectid",
    "isalldayevent",
    "ismapiprivate",
    "isonlinemeeting",
    "location",
    "onlinemeetingchatid",
    "onlinemeetingid",
    "onlinemeetingjoinurl",
    "onlinemeetingtype",
    "ownerid",
    "prioritycode",
    "regardingobjectid",
    "statecode",
    "statuscode",
    "subcategory",
    "subject",
];

/// What of it an instance may have otherwise: it follows its master only where that changes.
pub(super) const OWN_CHOICE: [&str; 4] =
    ["category", "ownerid", "regardingobjectid", "subcategory"];

/// The values that the instance at `slot` has.
pub(super) fn values(master: &Row, slot: &Slot) -> Row {
    let minutes = (slot.end.saturating_sub(slot.start) / 60_000).clamp(0, i64::from(i32::MAX));
    let mut row = Row::from([
        ("scheduledstart".to_owned(), Value::Instant(slot.start)),
        ("scheduledend".to_owned(), Value::Instant(slot.end)),
        ("sortdate".to_owned(), Value::Instant(slot.start)),
        ("scheduleddurationminutes".to_owned(), Value::Int(minutes)),
        ("originalstartdate".to_owned(), Value::Instant(slot.start)),
        ("instancetypecode".to_owned(), Value::Int(INSTANCE)),
    ]);
    for column in SHARED {
        let value = master.get(column).cloned().unwrap_or(Value::Null);
        row.insert(column.to_owned(), value);
    }
    row
}

/// Makes the instance, or takes the appointment into the series that is there already.
pub(super) fn make(
    session: &Session<'_>,
    master_id: Uuid,
    master: &Row,
    slot: &Slot,
    parties: &[Child],
) -> Result<(), CrmError> {
    let table = find(APPOINTMENT)?;
    let uid = master.get("globalobjectid").and_then(Value::as_text);
    let id = match uid {
        Some(uid) => {
            let key = appointment_source_key(uid, Some(Instant::from_millis(slot.start)));
            let organization = OrganizationId(session.fixed.organization);
            record_id(organization, ItemKind::Appointment, &key, "", 0).0
        }
        None => session.new_id(),
    };
    if let Some(there) = occurrence(session, uid, slot.start, id)? {
        return adopt(session, master_id, &there);
    }
    let mut row = values(master, slot);
    row.insert("activityid".to_owned(), Value::Guid(id));
    row.insert("seriesid".to_owned(), Value::Guid(master_id));
    session.make(table, row, parties).map(|_| ())
}

/// An appointment that stands for one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// The row.
    pub id: Uuid,
    /// Its `instancetypecode`.
    pub kind: i64,
    /// The master that it belongs to.
    pub series: Option<Uuid>,
}

/// The appointment of that iCalendar UID and original start, or of that id.
pub(crate) fn occurrence(
    session: &Session<'_>,
    uid: Option<&str>,
    start: i64,
    id: Uuid,
) -> Result<Option<Occurrence>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT activityid, coalesce(instancetypecode, 0), seriesid, globalobjectid \
         FROM appointment WHERE (globalobjectid = ?1 AND originalstartdate = ?2) \
         OR activityid = ?3 ORDER BY activityid = ?3 DESC, createdon, activityid",
    )?;
    let rows = statement.query_map((uid, start, blob(id)), |row| {
        let found =
            Occurrence { id: id_at(row, 0)?, kind: row.get(1)?, series: optional_id_at(row, 2)? };
        Ok((found, row.get::<_, Option<String>>(3)?))
    })?;
    for row in rows {
        let (found, stored) = row?;
        // The column compares without case; two UIDs that differ in case are two meetings.
        if found.id == id || stored.as_deref() == uid {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Takes an appointment that was tracked by itself into the series. It keeps what it says, as an
/// exception does.
fn adopt(session: &Session<'_>, master: Uuid, there: &Occurrence) -> Result<(), CrmError> {
    let belongs_elsewhere = match there.series {
        Some(series) => series == master || session.exists(find(TABLE)?, series)?,
        None => false,
    };
    if belongs_elsewhere {
        return Ok(());
    }
    let table = find(APPOINTMENT)?;
    let current = session.whole(table, there.id)?.unwrap_or_default();
    let kind = if there.kind == INSTANCE { INSTANCE } else { EXCEPTION };
    let changes = Row::from([
        ("seriesid".to_owned(), Value::Guid(master)),
        ("instancetypecode".to_owned(), Value::Int(kind)),
    ]);
    session.change(table, there.id, &current, changes, None)
}
