//! Reading single facts about CRM records.

use crate::api::problem::Problem;
use axum::http::StatusCode;
use earmark_embedded::{
    Caller, CrmError, EmbeddedCrm, Filter, Key, Query, Request, Response, Value, schema,
};
use earmark_model::{Regarding, activity::RecordRef};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

/// The regarding records of activities, by activity; those without one are absent.
pub async fn regarding(
    crm: &Arc<EmbeddedCrm>,
    activities: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Regarding>, Problem> {
    if activities.is_empty() {
        return Ok(BTreeMap::new());
    }
    let values = activities.into_iter().map(Value::Guid).collect();
    let query = Query {
        columns: Some(vec!["regardingobjectid".to_owned()]),
        filter: Filter::In { column: vec!["activityid".to_owned()], values },
        ..Query::of("activitypointer")
    };
    let answer = crm.execute(Request::Query(query), &crm.service_caller()).await?;
    let Response::Rows { rows, .. } = answer else { return Ok(BTreeMap::new()) };
    let pair = |row: &earmark_embedded::Row| {
        let activity = row.get("activityid")?.as_id()?;
        Some((activity, row.get("regardingobjectid")?.as_lookup()?.clone()))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// The primary names of records, one read for each table; those that are not there are absent.
pub async fn names(
    crm: &Arc<EmbeddedCrm>,
    records: BTreeSet<RecordRef>,
) -> Result<BTreeMap<Uuid, String>, Problem> {
    let mut by_table: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in records {
        by_table.entry(record.table).or_default().push(Value::Guid(record.id));
    }
    let mut names = BTreeMap::new();
    for (name, ids) in by_table {
        let Some(table) = schema::table(&name) else { continue };
        let Some(column) = table.name else { continue };
        let query = Query {
            columns: Some(vec![column.to_owned()]),
            filter: Filter::In { column: vec![table.key.to_owned()], values: ids },
            ..Query::of(&name)
        };
        let answer = crm.execute(Request::Query(query), &crm.service_caller()).await?;
        let Response::Rows { rows, .. } = answer else { continue };
        for row in rows {
            let id = row.get(table.key).and_then(Value::as_id);
            let text = row.get(column).and_then(Value::as_text);
            names.extend(id.map(|id| (id, text.unwrap_or_default().to_owned())));
        }
    }
    Ok(names)
}

/// Whether a record is there for `caller`: one that may not be read is not.
pub async fn exists(
    crm: &Arc<EmbeddedCrm>,
    table: &str,
    id: Uuid,
    caller: &Caller,
) -> Result<bool, Problem> {
    let Some(known) = schema::table(table) else { return Ok(false) };
    let request = Request::Retrieve {
        table: table.to_owned(),
        key: Key::Id(id),
        columns: Some(vec![known.key.to_owned()]),
    };
    match crm.execute(request, caller).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.status, 403 | 404) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl From<CrmError> for Problem {
    fn from(error: CrmError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let detail = format!("the CRM refused (0x{:08x}): {}", error.code, error.message);
        Self::new(status, "crm", detail).hint("Correct what the CRM names, then try again")
    }
}
