//! The CRM side of the demo's page: the latest records with their parties.

use crate::{api::problem::Problem, records, service::state::Organization};
use earmark_embedded::{
    Filter, Query, Request, Response, Row, Value as Cell,
    request::{Op, Order},
};
use earmark_model::{Instant, activity::RecordRef};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Units: records on the timeline.
const TIMELINE_MAX: usize = 50;

/// `participationtypemask` of a sender and an organizer.
const FROM: [i64; 2] = [1, 7];

/// `participationtypemask` of recipients and attendees.
const TO: [i64; 5] = [2, 3, 4, 5, 6];

/// `instancetypecode` of an appointment that the CRM made out of its series, and of one that
/// differs from it.
const INSTANCE: i64 = 2;
const EXCEPTION: i64 = 3;

/// A table on the timeline with the columns that it has beside the common ones; the first of them
/// says when it was, is or starts.
const TABLES: [(&str, &[&str]); 4] = [
    ("email", &["senton", "directioncode"]),
    ("appointment", &["scheduledstart", "instancetypecode"]),
    ("recurringappointmentmaster", &["effectivestartdate"]),
    ("task", &["scheduledend"]),
];

/// The latest records, newest first; `selected` is marked.
///
/// Errors: the CRM cannot be read. Repeatable: yes.
pub async fn timeline(
    organization: &Organization,
    selected: Option<Uuid>,
) -> Result<Vec<Value>, Problem> {
    let mut records: Vec<(&str, Row)> = Vec::new();
    for (table, columns) in TABLES {
        let found = latest(organization, table, columns).await?;
        records.extend(found.into_iter().map(|row| (table, row)));
    }
    records.sort_by_key(|(_, row)| std::cmp::Reverse(instant(row, "createdon")));
    records.truncate(TIMELINE_MAX);
    let ids = records.iter().filter_map(|(_, row)| id(row, "activityid")).map(Cell::Guid).collect();
    let of_records = Filter::In { column: vec!["activityid".to_owned()], values: ids };
    let columns = ["activityid", "participationtypemask", "partyid", "addressused"];
    let parties = rows(organization, query("activityparty", &columns, of_records)).await?;
    let mut known: BTreeSet<RecordRef> = parties.iter().filter_map(record).collect();
    known.extend(records.iter().filter_map(|(_, row)| lookup(row, "regardingobjectid")));
    let names = records::names(&organization.crm, known).await?;
    let cards = records.iter().map(|(table, row)| card(table, row, &parties, &names, selected));
    Ok(cards.collect())
}

/// The latest rows of a table. Of a series only what no pattern made.
async fn latest(
    organization: &Organization,
    table: &str,
    columns: &[&str],
) -> Result<Vec<Row>, Problem> {
    let columns = [&["subject", "createdon", "regardingobjectid"], columns].concat();
    let filter = match table {
        "appointment" => Filter::Compare {
            column: vec!["instancetypecode".to_owned()],
            op: Op::Ne,
            value: Cell::Int(INSTANCE),
        },
        _ => Filter::All,
    };
    let query = Query {
        order: vec![Order { column: vec!["createdon".to_owned()], descending: true }],
        limit: Some(TIMELINE_MAX as u64),
        ..query(table, &columns, filter)
    };
    rows(organization, query).await
}

fn query(table: &str, columns: &[&str], filter: Filter) -> Query {
    let columns = columns.iter().map(ToString::to_string).collect();
    Query { columns: Some(columns), filter, ..Query::of(table) }
}

async fn rows(organization: &Organization, query: Query) -> Result<Vec<Row>, Problem> {
    let crm = &organization.crm;
    match crm.execute(Request::Query(query), &crm.service_caller()).await? {
        Response::Rows { rows, .. } => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

fn card(
    table: &str,
    row: &Row,
    parties: &[Row],
    names: &BTreeMap<Uuid, String>,
    selected: Option<Uuid>,
) -> Value {
    let id = id(row, "activityid");
    let own = TABLES.iter().find(|(name, _)| *name == table).and_then(|(_, own)| own.first());
    // A task that is never due has the time of its making.
    let when = own
        .and_then(|column| instant(row, column))
        .or_else(|| instant(row, "createdon"))
        .map(|at| shown(table, Instant::from_millis(at)));
    let people = |roles: &[i64]| -> Vec<Value> {
        let plays = |party: &&Row| {
            let role =
                party.get("participationtypemask").and_then(Cell::as_int).unwrap_or_default();
            self::id(party, "activityid") == id && roles.contains(&role)
        };
        parties.iter().filter(plays).map(|party| person(party, names)).collect()
    };
    let regarding = lookup(row, "regardingobjectid");
    json!({
        "id": id.map(|id| id.to_string()),
        "subject": text(row, "subject"),
        "from": people(&FROM),
        "to": people(&TO),
        "when": when,
        "kind": kind(table, row),
        "regarding": regarding.map(|record| names.get(&record.id).cloned().unwrap_or(record.table)),
        "isSelected": id.is_some() && id == selected,
    })
}

/// A time; of a task that is due on a day, that day.
fn shown(table: &str, at: Instant) -> String {
    const DAY_MS: i64 = 86_400_000;
    let text = at.to_string();
    match text.split_once('T') {
        Some((day, _)) if table == "task" && at.as_millis() % DAY_MS == 0 => day.to_owned(),
        _ => text,
    }
}

/// What people call a record.
fn kind(table: &str, row: &Row) -> &'static str {
    let is_exception = row.get("instancetypecode").and_then(Cell::as_int) == Some(EXCEPTION);
    match table {
        "email" if row.get("directioncode").and_then(Cell::as_bool) == Some(true) => {
            "Outgoing email"
        }
        "email" => "Incoming email",
        "appointment" if is_exception => "Exception of a series",
        "recurringappointmentmaster" => "Series",
        "task" => "Task",
        _ => "Appointment",
    }
}

/// A name with what it is in the CRM; an address that stands for no record is said to.
fn person(party: &Row, names: &BTreeMap<Uuid, String>) -> Value {
    let address = text(party, "addressused");
    match record(party) {
        Some(record) => {
            let name = names.get(&record.id).map_or(address, String::as_str);
            json!({"name": name, "kind": record.table})
        }
        None => json!({"name": address, "kind": null}),
    }
}

fn record(party: &Row) -> Option<RecordRef> {
    lookup(party, "partyid")
}

fn lookup(row: &Row, column: &str) -> Option<RecordRef> {
    row.get(column).and_then(Cell::as_lookup).cloned()
}

/// Units: milliseconds since the epoch.
fn instant(row: &Row, column: &str) -> Option<i64> {
    match row.get(column) {
        Some(Cell::Instant(at)) => Some(*at),
        _ => None,
    }
}

fn id(row: &Row, column: &str) -> Option<Uuid> {
    row.get(column).and_then(Cell::as_id)
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Cell::as_text).unwrap_or_default()
}
