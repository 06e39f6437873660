//! A draft as rows: the activity, its parties, its attachments.
//!
//! [`email`], [`appointment`], [`series`] and [`task`] say which column holds what; [`party`]
//! and [`text`] are shared. Text that a column does not hold is cut, never refused.

mod appointment;
mod email;
mod party;
pub(super) mod series;
mod task;
mod text;

use super::unsupported;
use crate::{
    request::{Child, Request},
    schema,
    session::check::truncated,
    session::rules::AttachmentLimits,
    value::{Row, Value},
};
use earmark_model::{
    ActivityDraft, Failure, Importance, ItemContent, PrincipalId, activity::RecordRef,
};

/// What the CRM knows about the people of a draft, read before the transaction.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The draft's owner.
    pub owner: RecordRef,
    /// The user or queue whose filter accepted it.
    pub accepted_for: Option<RecordRef>,
    /// The owner of the mailbox's queue, where it is a queue's.
    pub queue_owner: Option<PrincipalId>,
    /// What the organization lets through.
    pub limits: AttachmentLimits,
}

/// The table that keeps the record of a draft.
///
/// Errors: kinds without a table, and content of another kind than the draft says.
pub(super) fn table_of(draft: &ActivityDraft) -> Result<&'static str, Failure> {
    use earmark_model::ItemKind;
    match (draft.kind, &draft.content) {
        (ItemKind::Email, ItemContent::Message(_)) => Ok("email"),
        (ItemKind::Appointment, ItemContent::Appointment(content)) => {
            Ok(if content.recurrence.is_some() {
                "recurringappointmentmaster"
            } else {
                "appointment"
            })
        }
        (ItemKind::Task, ItemContent::Task(_)) => Ok("task"),
        _ => Err(unsupported(draft.kind)),
    }
}

/// What the synchronization keeps in step: the mapped columns, and the parties.
///
/// `rich_text` says whether appointments keep HTML. Emails have no such columns: what was sent
/// does not change.
pub(super) fn mapped(draft: &ActivityDraft, rich_text: bool) -> Result<(Row, Vec<Child>), Failure> {
    let table = table_of(draft)?;
    let row = match &draft.content {
        ItemContent::Appointment(content) => match &content.recurrence {
            Some(recurrence) => series::columns(content, recurrence),
            // What belongs to a series has the text of a series.
            None => appointment::columns(content, rich_text && draft.occurrence.is_none()),
        },
        ItemContent::Task(content) => task::columns(content),
        ItemContent::Message(_) => return Err(unsupported(draft.kind)),
    };
    Ok((row, draft.parties.iter().map(|party| party::row(table, party)).collect()))
}

/// The creation of a draft's record. Units of `now`: milliseconds since the epoch.
pub(super) fn creation(
    draft: &ActivityDraft,
    known: &Known,
    rich_text: bool,
    now: i64,
) -> Result<Request, Failure> {
    let table = table_of(draft)?;
    if let ItemContent::Message(content) = &draft.content {
        return Ok(email::request(draft, content, known));
    }
    let (mut row, children) = mapped(draft, rich_text)?;
    put(&mut row, "activityid", Value::Guid(draft.id.0));
    put(&mut row, "ownerid", Value::Lookup(known.owner.clone()));
    if let Some(occurrence) = &draft.occurrence {
        let start = Value::Instant(occurrence.original_start.as_millis());
        put(&mut row, "originalstartdate", start);
    }
    if let Some(regarding) = regarding(draft, table) {
        put(&mut row, "regardingobjectid", regarding);
    }
    if let ItemContent::Task(_) = &draft.content {
        put(&mut row, "actualstart", Value::Instant(now));
    }
    Ok(Request::Create { table: table.to_owned(), row, children })
}

/// A body as plain text.
pub(super) fn plain(body: &earmark_model::Body) -> String {
    text::plain(body)
}

/// An iCalendar UID as the column keeps it.
pub(super) fn stored_uid(uid: &str) -> &str {
    truncated(uid, appointment::UID_MAX)
}

/// What a draft is about, where a row of `table` may be about such a record.
pub(super) fn regarding(draft: &ActivityDraft, table: &str) -> Option<Value> {
    draft.regarding.clone().filter(|record| may_be_regarding(table, record)).map(Value::Lookup)
}

/// Whether a row of `table` may be about such a record.
pub(super) fn may_be_regarding(table: &str, record: &RecordRef) -> bool {
    points_to(table, "regardingobjectid", &record.table)
}

fn points_to(table: &str, column: &str, target: &str) -> bool {
    schema::table(table)
        .and_then(|table| table.column(column))
        .is_some_and(|column| column.targets().iter().any(|found| found.table == target))
}

fn put(row: &mut Row, column: &str, value: Value) {
    row.insert(column.to_owned(), value);
}

fn priority(importance: Importance) -> Value {
    Value::Int(match importance {
        Importance::Low => 0,
        Importance::Normal => 1,
        Importance::High => 2,
    })
}

fn put_state(row: &mut Row, (state, status): (i64, i64)) {
    put(row, "statecode", Value::Int(state));
    put(row, "statuscode", Value::Int(status));
}
