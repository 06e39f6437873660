//! The CRM side of the demo's page: the latest email records with their parties.

use crate::{api::problem::Problem, service::state::Organization};
use earmark_embedded::{
    Filter, Query, Request, Response, Row, Value as Cell, request::Order, schema,
};
use earmark_model::{Instant, activity::RecordRef};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Units: records on the timeline.
const TIMELINE_MAX: u64 = 50;

/// `participationtypemask` of the sender; recipients have the next three.
const SENDER: i64 = 1;
const BCC: i64 = 4;

/// The latest records, newest first; `selected` is marked.
///
/// Errors: the CRM cannot be read. Repeatable: yes.
pub async fn timeline(
    organization: &Organization,
    selected: Option<Uuid>,
) -> Result<Vec<Value>, Problem> {
    let columns = ["subject", "senton", "createdon", "directioncode", "regardingobjectid"];
    let emails = Query {
        order: vec![Order { column: vec!["createdon".to_owned()], descending: true }],
        limit: Some(TIMELINE_MAX),
        ..query("email", &columns, Filter::All)
    };
    let emails = rows(organization, emails).await?;
    let ids = emails.iter().filter_map(|row| id(row, "activityid")).map(Cell::Guid).collect();
    let of_emails = Filter::In { column: vec!["activityid".to_owned()], values: ids };
    let columns = ["activityid", "participationtypemask", "partyid", "addressused"];
    let parties = rows(organization, query("activityparty", &columns, of_emails)).await?;
    let mut known: BTreeSet<RecordRef> = parties.iter().filter_map(record).collect();
    known.extend(emails.iter().filter_map(|row| lookup(row, "regardingobjectid")));
    let names = names(organization, known).await?;
    Ok(emails.iter().map(|row| card(row, &parties, &names, selected)).collect())
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

/// The primary names of records, one read for each table.
async fn names(
    organization: &Organization,
    records: BTreeSet<RecordRef>,
) -> Result<BTreeMap<Uuid, String>, Problem> {
    let mut by_table: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for record in records {
        by_table.entry(record.table).or_default().push(Cell::Guid(record.id));
    }
    let mut names = BTreeMap::new();
    for (name, ids) in by_table {
        let Some(table) = schema::table(&name) else { continue };
        let Some(column) = table.name else { continue };
        let filter = Filter::In { column: vec![table.key.to_owned()], values: ids };
        for row in rows(organization, query(&name, &[column], filter)).await? {
            if let Some(id) = id(&row, table.key) {
                names.insert(id, text(&row, column).to_owned());
            }
        }
    }
    Ok(names)
}

fn card(
    row: &Row,
    parties: &[Row],
    names: &BTreeMap<Uuid, String>,
    selected: Option<Uuid>,
) -> Value {
    let id = id(row, "activityid");
    let when = ["senton", "createdon"].iter().find_map(|column| match row.get(*column) {
        Some(Cell::Instant(at)) => Some(Instant::from_millis(*at).to_string()),
        _ => None,
    });
    let people = |from: i64, to: i64| -> Vec<Value> {
        let plays = |party: &&Row| {
            let role =
                party.get("participationtypemask").and_then(Cell::as_int).unwrap_or_default();
            self::id(party, "activityid") == id && (from..=to).contains(&role)
        };
        parties.iter().filter(plays).map(|party| person(party, names)).collect()
    };
    let outgoing = row.get("directioncode").and_then(Cell::as_bool) == Some(true);
    let regarding = lookup(row, "regardingobjectid");
    json!({
        "id": id.map(|id| id.to_string()),
        "subject": text(row, "subject"),
        "from": people(SENDER, SENDER),
        "to": people(SENDER + 1, BCC),
        "when": when,
        "direction": if outgoing { "Outgoing" } else { "Incoming" },
        "regarding": regarding.map(|record| names.get(&record.id).cloned().unwrap_or(record.table)),
        "isSelected": id.is_some() && id == selected,
    })
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

fn id(row: &Row, column: &str) -> Option<Uuid> {
    row.get(column).and_then(Cell::as_id)
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Cell::as_text).unwrap_or_default()
}
