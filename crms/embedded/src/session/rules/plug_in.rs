//! Plug-in steps and their endpoints: what can be registered.

use crate::{
    error::{CrmError, code},
    plug_ins::{
        endpoint::{HTTP_HEADER, HTTP_QUERY_STRING, WEBHOOK_KEY, credentials},
        listed, takes_steps,
    },
    schema,
    session::{
        Session, find,
        sql::{blob, id_at},
    },
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::params;
use uuid::Uuid;

/// `stage`: the ones that can be registered.
const STAGES: [i64; 3] = [10, 20, 40];
/// `contract`: a webhook.
const WEBHOOK: i64 = 8;
/// `messageformat`: JSON.
const JSON: i64 = 2;
/// Attributes of activities that hold parties.
const PARTIES: [&str; 9] = [
    "bcc",
    "cc",
    "customers",
    "from",
    "optionalattendees",
    "organizer",
    "requiredattendees",
    "resources",
    "to",
];

/// Completes a new step.
pub(super) fn complete_step(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    for (column, value) in [("mode", 0), ("rank", 1), ("supporteddeployment", 0)] {
        row.entry(column.to_owned()).or_insert(Value::Int(value));
    }
    check_step(session, row)
}

/// Looks at a change of a step.
pub(super) fn change_step(
    session: &Session<'_>,
    current: &Row,
    changes: &Row,
) -> Result<(), CrmError> {
    let mut row = current.clone();
    row.extend(changes.clone());
    row.retain(|_, value| !value.is_null());
    check_step(session, &row)
}

fn check_step(session: &Session<'_>, row: &Row) -> Result<(), CrmError> {
    let table = "sdkmessageprocessingstep";
    let number = |column: &str| row.get(column).and_then(Value::as_int);
    if number("mode") != Some(0) {
        return Err(refused(table, "mode", "takes 0 (synchronous) only"));
    }
    if number("stage").is_some_and(|stage| !STAGES.contains(&stage)) {
        return Err(refused(table, "stage", "takes 10, 20 and 40 only"));
    }
    if number("supporteddeployment") != Some(0) {
        return Err(refused(table, "supporteddeployment", "takes 0 (server only)"));
    }
    let message = row.get("sdkmessageid").and_then(Value::as_id);
    let filter = row.get("sdkmessagefilterid").and_then(Value::as_id);
    let (Some(message), Some(filter)) = (message, filter) else {
        return check_columns(row, None);
    };
    let columns: Vec<_> = find("sdkmessagefilter")?.columns.iter().collect();
    let filter = session.row(find("sdkmessagefilter")?, filter, &columns)?.unwrap_or_default();
    if filter.get("sdkmessageid").and_then(Value::as_id) != Some(message) {
        return Err(refused(table, "sdkmessagefilterid", "belongs to another message"));
    }
    check_columns(row, filter.get("primaryobjecttypecode").and_then(Value::as_text))
}

/// Refuses filtering attributes that the table does not have.
fn check_columns(row: &Row, table: Option<&str>) -> Result<(), CrmError> {
    let text = row.get("filteringattributes").and_then(Value::as_text).unwrap_or_default();
    let has = |name: &str, table: &schema::Table| {
        table.column(name).is_some() || (table.is_activity && PARTIES.contains(&name))
    };
    let known = |name: &str| match table.and_then(schema::table) {
        Some(table) => has(name, table),
        None => schema::tables().iter().any(|table| takes_steps(table.logical) && has(name, table)),
    };
    match listed(text).find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(refused(
            "sdkmessageprocessingstep",
            "filteringattributes",
            &format!("names '{name}', which is no column of the table"),
        )),
    }
}

/// Completes a new endpoint.
pub(super) fn complete_endpoint(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    for (column, value) in
        [("connectionmode", 1), ("messagecharset", 1), ("messageformat", JSON), ("userclaim", 1)]
    {
        row.entry(column.to_owned()).or_insert(Value::Int(value));
    }
    let id = row.get("serviceendpointid").and_then(Value::as_id).unwrap_or_default();
    check_endpoint(session, id, &Row::new(), row)
}

/// Looks at a change of an endpoint.
pub(super) fn change_endpoint(
    session: &Session<'_>,
    current: &Row,
    changes: &mut Row,
) -> Result<(), CrmError> {
    let id = current.get("serviceendpointid").and_then(Value::as_id).unwrap_or_default();
    check_endpoint(session, id, current, changes)
}

fn check_endpoint(
    session: &Session<'_>,
    id: Uuid,
    current: &Row,
    changes: &mut Row,
) -> Result<(), CrmError> {
    let table = "serviceendpoint";
    let number = |changes: &Row, column: &str| {
        changes.get(column).or_else(|| current.get(column)).and_then(Value::as_int)
    };
    if number(changes, "contract").is_some_and(|contract| contract != WEBHOOK) {
        return Err(refused(table, "contract", "takes 8 (webhook) only"));
    }
    if number(changes, "messageformat") != Some(JSON) {
        return Err(refused(table, "messageformat", "takes 2 (JSON) only"));
    }
    let kind = number(changes, "authtype").unwrap_or(WEBHOOK_KEY);
    if ![WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY_STRING].contains(&kind) {
        let what = "takes 4 (webhook key), 5 (header) and 6 (query string) only";
        return Err(refused(table, "authtype", what));
    }
    match changes.remove("authvalue") {
        Some(Value::Text(value)) => {
            credentials(kind, &value)?;
            keep(session, id, Some(&value))?;
            changes.insert("isauthvalueset".to_owned(), Value::Bool(true));
        }
        Some(_) => {
            keep(session, id, None)?;
            changes.insert("isauthvalueset".to_owned(), Value::Bool(false));
        }
        None if changes.contains_key("authtype")
            && current.get("authtype").and_then(Value::as_int).is_some_and(|old| old != kind)
            && current.get("isauthvalueset") == Some(&Value::Bool(true)) =>
        {
            return Err(refused(table, "authtype", "changes only together with 'authvalue'"));
        }
        None => {}
    }
    Ok(())
}

/// Keeps what an endpoint is asked with, apart from its row.
fn keep(session: &Session<'_>, id: Uuid, value: Option<&str>) -> Result<(), CrmError> {
    session
        .tx
        .prepare_cached("DELETE FROM serviceendpoint_auth WHERE serviceendpointid = ?")?
        .execute([blob(id)])?;
    if let Some(value) = value {
        session
            .tx
            .prepare_cached("INSERT INTO serviceendpoint_auth VALUES (?, ?)")?
            .execute(params![id.as_bytes(), value])?;
    }
    Ok(())
}

/// Refuses to delete an endpoint that steps rest on, and forgets what it is asked with.
pub(super) fn forget_endpoint(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    let mut steps = session.tx.prepare_cached(
        "SELECT sdkmessageprocessingstepid FROM sdkmessageprocessingstep WHERE eventhandler = ?",
    )?;
    if let Some(step) = steps.query_map([blob(id)], |row| id_at(row, 0))?.next().transpose()? {
        return Err(CrmError::new(
            code::CANNOT_DELETE_DUE_TO_ASSOCIATION,
            format!("the 'serviceendpoint' is used by step {step}; delete its steps first"),
        ));
    }
    keep(session, id, None)
}

fn refused(table: &str, column: &str, what: &str) -> CrmError {
    CrmError::new(code::INVALID_ARGUMENT, format!("column '{column}' of '{table}' {what}"))
}
