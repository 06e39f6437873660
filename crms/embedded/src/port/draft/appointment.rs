//! A calendar item as columns of `appointment`, and what masters share with it.

use super::{priority, put, put_state, text};
use crate::{
    session::check::truncated,
    value::{Row, Value},
};
use earmark_model::{AppointmentContent, calendar::ShowAs};

/// Units: characters that columns take.
const SUBJECT_MAX: usize = 200;
const LOCATION_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 1_048_576;
const JOIN_URL_MAX: usize = 600;
/// Units: characters of the column that holds the iCalendar UID.
pub(super) const UID_MAX: usize = 300;

/// `onlinemeetingtype`: the only one there is.
const ONLINE_MEETING: i64 = 1;

/// The mapped columns of a single appointment or an occurrence. `rich_text` keeps HTML.
pub(super) fn columns(content: &AppointmentContent, rich_text: bool) -> Row {
    let mut row = shared(content, rich_text);
    let (start, end) = (content.start.as_millis(), content.end.as_millis());
    put(&mut row, "scheduledstart", Value::Instant(start));
    put(&mut row, "scheduledend", Value::Instant(end));
    put(&mut row, "sortdate", Value::Instant(start));
    let minutes = (end.saturating_sub(start) / 60_000).clamp(0, i64::from(i32::MAX));
    put(&mut row, "scheduleddurationminutes", Value::Int(minutes));
    row
}

/// The mapped columns that an appointment and a master both have.
pub(super) fn shared(content: &AppointmentContent, rich_text: bool) -> Row {
    let mut row = Row::new();
    text::put_mapped(&mut row, "subject", &content.subject, SUBJECT_MAX);
    let body = if rich_text { content.body.text.clone() } else { text::plain(&content.body) };
    text::put_mapped(&mut row, "description", &body, DESCRIPTION_MAX);
    text::put_mapped(&mut row, "location", &content.location, LOCATION_MAX);
    put(&mut row, "isalldayevent", Value::Bool(content.is_all_day));
    put(&mut row, "ismapiprivate", Value::Bool(content.is_private));
    put(&mut row, "prioritycode", priority(content.importance));
    put(&mut row, "globalobjectid", Value::text(truncated(&content.ical_uid, UID_MAX)));
    let join_url = content.join_url.as_deref().unwrap_or_default();
    let is_online = content.join_url.is_some();
    put(&mut row, "isonlinemeeting", Value::Bool(is_online));
    text::put_mapped(&mut row, "onlinemeetingjoinurl", join_url, JOIN_URL_MAX);
    let kind = if is_online { Value::Int(ONLINE_MEETING) } else { Value::Null };
    put(&mut row, "onlinemeetingtype", kind);
    put_state(&mut row, state(content.show_as));
    row
}

/// `statecode` and `statuscode`: how an appointment shows is its status. There is no status for
/// working elsewhere; it counts as busy.
const fn state(show_as: ShowAs) -> (i64, i64) {
    match show_as {
        ShowAs::Free => (0, 1),
        ShowAs::Tentative => (0, 2),
        ShowAs::Busy | ShowAs::WorkingElsewhere => (3, 5),
        ShowAs::OutOfOffice => (3, 6),
    }
}
