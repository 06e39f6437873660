//! Reading single facts about CRM records.

use crate::api::problem::Problem;
use axum::http::StatusCode;
use earmark_embedded::{
    CrmError, EmbeddedCrm, Filter, Key, Query, Request, Response, Value, schema,
};
use earmark_model::Regarding;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// The regarding records of emails, by activity; those without one are absent.
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
        ..Query::of("email")
    };
    let answer = crm.execute(Request::Query(query), &crm.service_caller()).await?;
    let Response::Rows { rows, .. } = answer else { return Ok(BTreeMap::new()) };
    let pair = |row: &earmark_embedded::Row| {
        let activity = row.get("activityid")?.as_id()?;
        Some((activity, row.get("regardingobjectid")?.as_lookup()?.clone()))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// Whether a record is there.
pub async fn exists(crm: &Arc<EmbeddedCrm>, table: &str, id: Uuid) -> Result<bool, Problem> {
    let Some(known) = schema::table(table) else { return Ok(false) };
    let request = Request::Retrieve {
        table: table.to_owned(),
        key: Key::Id(id),
        columns: Some(vec![known.key.to_owned()]),
    };
    match crm.execute(request, &crm.service_caller()).await {
        Ok(_) => Ok(true),
        Err(error) if error.status == 404 => Ok(false),
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
