//! Rows as a person sees them.

use earmark_crm_port::conformance::{
    AppointmentState, SeenAppointment, SeenTask, SeriesPart, TaskState,
};
use earmark_embedded::{Row, Value};
use earmark_model::activity::{PartyRole, RecordRef};
use earmark_model::{ActivityId, Importance, Instant, PrincipalId};
use uuid::Uuid;

pub fn id_of(row: &Row, column: &str) -> Option<Uuid> {
    row.get(column).and_then(Value::as_id)
}

pub fn text_of(row: &Row, column: &str) -> String {
    row.get(column).and_then(Value::as_text).unwrap_or_default().to_owned()
}

fn instant(row: &Row, column: &str) -> Option<Instant> {
    match row.get(column) {
        Some(Value::Instant(millis)) => Some(Instant::from_millis(*millis)),
        _ => None,
    }
}

fn number(row: &Row, column: &str) -> Option<i64> {
    row.get(column).and_then(Value::as_int)
}

fn flag(row: &Row, column: &str) -> bool {
    row.get(column).and_then(Value::as_bool) == Some(true)
}

fn regarding(row: &Row) -> Option<RecordRef> {
    row.get("regardingobjectid").and_then(Value::as_lookup).cloned()
}

fn importance(row: &Row) -> Importance {
    match number(row, "prioritycode") {
        Some(0) => Importance::Low,
        Some(2) => Importance::High,
        _ => Importance::Normal,
    }
}

/// Role, address and record of each party.
pub fn parties(rows: &[Row]) -> Vec<(PartyRole, String, Option<RecordRef>)> {
    let mut parties: Vec<_> = rows
        .iter()
        .map(|party| {
            let role = match number(party, "participationtypemask") {
                Some(1) => PartyRole::Sender,
                Some(2) => PartyRole::To,
                Some(3) => PartyRole::Cc,
                Some(4) => PartyRole::Bcc,
                Some(5) => PartyRole::Required,
                Some(6) => PartyRole::Optional,
                Some(7) => PartyRole::Organizer,
                other => panic!("a party has the mask {other:?}"),
            };
            let record = party.get("partyid").and_then(Value::as_lookup).cloned();
            (role, text_of(party, "addressused").to_lowercase(), record)
        })
        .collect();
    parties.sort();
    parties
}

/// An appointment or a master.
pub fn appointment(row: &Row, party_rows: &[Row]) -> Result<SeenAppointment, String> {
    let state = match (number(row, "statecode"), number(row, "statuscode")) {
        (Some(0), Some(1)) => AppointmentState::Free,
        (Some(0), Some(2)) => AppointmentState::Tentative,
        (Some(1), Some(3)) => AppointmentState::Completed,
        (Some(2), Some(4)) => AppointmentState::Cancelled,
        (Some(3), Some(5)) => AppointmentState::Busy,
        (Some(3), Some(6)) => AppointmentState::OutOfOffice,
        other => return Err(format!("an appointment has state and status {other:?}")),
    };
    let is_master = text_of(row, "activitytypecode") == "recurringappointmentmaster";
    let part = match number(row, "instancetypecode") {
        Some(0) => SeriesPart::Single,
        Some(1) if is_master => SeriesPart::Master,
        Some(2) => SeriesPart::Instance,
        Some(3) => SeriesPart::Exception,
        other => return Err(format!("an appointment has the instance type {other:?}")),
    };
    let join_url = text_of(row, "onlinemeetingjoinurl");
    let is_online = flag(row, "isonlinemeeting");
    if is_online == join_url.is_empty() {
        return Err("an online meeting is joined somewhere".to_owned());
    }
    let minutes = if is_master { "duration" } else { "scheduleddurationminutes" };
    Ok(SeenAppointment {
        id: ActivityId(id_of(row, "activityid").ok_or("no id")?),
        subject: text_of(row, "subject"),
        description: text_of(row, "description"),
        location: text_of(row, "location"),
        start: instant(row, "scheduledstart"),
        end: instant(row, "scheduledend"),
        minutes: number(row, minutes),
        is_all_day: flag(row, "isalldayevent"),
        state,
        importance: importance(row),
        is_private: flag(row, "ismapiprivate"),
        join_url: is_online.then_some(join_url),
        ical_uid: text_of(row, "globalobjectid"),
        part,
        series: id_of(row, "seriesid").map(ActivityId),
        original_start: instant(row, "originalstartdate"),
        owner: PrincipalId(id_of(row, "ownerid").ok_or("no owner")?),
        regarding: regarding(row),
        parties: parties(party_rows),
    })
}

/// A task.
pub fn task(row: &Row) -> Result<SeenTask, String> {
    let state = match (number(row, "statecode"), number(row, "statuscode")) {
        (Some(0), Some(2)) => TaskState::NotStarted,
        (Some(0), Some(3)) => TaskState::InProgress,
        (Some(0), Some(4)) => TaskState::Waiting,
        (Some(0), Some(7)) => TaskState::Deferred,
        (Some(1), Some(5)) => TaskState::Completed,
        (Some(2), Some(6)) => TaskState::Cancelled,
        other => return Err(format!("a task has state and status {other:?}")),
    };
    Ok(SeenTask {
        subject: text_of(row, "subject"),
        description: text_of(row, "description"),
        start: instant(row, "scheduledstart"),
        due: instant(row, "scheduledend"),
        percent: number(row, "percentcomplete"),
        state,
        importance: importance(row),
        completed: instant(row, "actualend"),
        owner: PrincipalId(id_of(row, "ownerid").ok_or("no owner")?),
        regarding: regarding(row),
    })
}
