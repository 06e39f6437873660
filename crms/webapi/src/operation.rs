//! Functions and actions.

use earmark_embedded::request::{Allow, IfMatch, Key, Request, Response};
use earmark_embedded::schema::{self, Table};
use earmark_embedded::value::{Row, Value};
use earmark_model::activity::RecordRef;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::call::{Ask, Call, unexpected};
use crate::decode::{Mode, creation, draft, object};
use crate::fault::Fault;
use crate::impersonate::privileges;
use crate::plan::{Plan, Telling};
use crate::reply::Reply;
use crate::resource::{NAMESPACE, reference};
use crate::settings::{BATCH_REQUESTS_MAX, VERSION};

/// Functions and actions that stand at the root.
pub(crate) const UNBOUND: &[&str] = &["BulkDelete", "RetrieveVersion", "WhoAmI"];

/// GET of an unbound function.
pub(crate) async fn unbound(call: &Call<'_>, name: &str) -> Result<Reply, Fault> {
    match name {
        "WhoAmI" => match call.execute(Request::WhoAmI).await? {
            Response::WhoAmI { user, business_unit, organization } => Ok(told(
                call,
                "WhoAmIResponse",
                json!({
                    "BusinessUnitId": business_unit,
                    "UserId": user,
                    "OrganizationId": organization,
                }),
            )),
            _ => Err(unexpected()),
        },
        "RetrieveVersion" => Ok(told(call, "RetrieveVersionResponse", json!({"Version": VERSION}))),
        _ => Err(Fault::method("GET")),
    }
}

/// POST of `BulkDelete` for rows named by their ids. The rows are deleted at once, all or none;
/// the job is over when it is answered.
pub(crate) fn bulk_delete(call: &Call<'_>, ask: &Ask) -> Result<Plan, Fault> {
    let refused = || {
        Fault::payload("'QuerySet' must name records by one condition: their key, operator 'In'.")
    };
    let members = object(&ask.body)?;
    let queries = members.get("QuerySet").and_then(Json::as_array).ok_or_else(refused)?;
    let mut requests = Vec::new();
    for query in queries {
        let name = query["EntityName"].as_str().unwrap_or_default();
        let table = schema::table(name).ok_or_else(|| Fault::no_segment(name))?;
        let conditions = query["Criteria"]["Conditions"].as_array().ok_or_else(refused)?;
        let [condition] = conditions.as_slice() else {
            return Err(refused());
        };
        let by_key = condition["AttributeName"] == table.key && condition["Operator"] == "In";
        let values = condition["Values"].as_array().filter(|_| by_key).ok_or_else(refused)?;
        for value in values {
            let text = value["Value"].as_str().ok_or_else(refused)?;
            let id = Uuid::parse_str(text).map_err(|_| refused())?;
            requests.push(Request::Delete {
                table: table.logical.to_owned(),
                key: Key::Id(id),
                if_match: IfMatch::Unconditional,
            });
        }
    }
    Ok(Plan {
        requests,
        telling: Telling::Action("BulkDeleteResponse", json!({"JobId": call.new_id()})),
    })
}

/// GET of a bound function.
pub(crate) async fn bound(
    call: &Call<'_>,
    table: &'static Table,
    key: Option<Key>,
    name: &str,
) -> Result<Reply, Fault> {
    match (table.logical, key, name) {
        ("systemuser", Some(key), "RetrieveUserPrivileges") => {
            let row = call.row(table, &key, Some(vec!["businessunitid".into()])).await?;
            let unit = row.get("businessunitid").and_then(Value::as_id);
            let user = crate::call::id(table, &row).ok_or_else(unexpected)?;
            let held: Vec<Json> = privileges(call.face, user)
                .await?
                .into_iter()
                .map(|held| {
                    json!({
                        "Depth": depth(held.depth_mask),
                        "PrivilegeId": held.id,
                        "BusinessUnitId": unit,
                        "PrivilegeName": held.name,
                    })
                })
                .collect();
            let body = json!({"RolePrivileges": held});
            Ok(told(call, "RetrieveUserPrivilegesResponse", body))
        }
        _ => Err(Fault::no_segment(&format!("{NAMESPACE}{name}"))),
    }
}

/// The widest depth in a mask.
fn depth(mask: i64) -> &'static str {
    match mask {
        mask if mask & 8 != 0 => "Global",
        mask if mask & 4 != 0 => "Deep",
        mask if mask & 2 != 0 => "Local",
        _ => "Basic",
    }
}

fn told(call: &Call<'_>, kind: &str, mut body: Json) -> Reply {
    body["@odata.context"] = Json::from(format!("{}/$metadata#{NAMESPACE}{kind}", call.base));
    Reply::json(200, &body)
}

/// POST of a bound action.
pub(crate) async fn action(
    call: &Call<'_>,
    ask: &Ask,
    table: &'static Table,
    key: Option<Key>,
    name: &str,
) -> Result<Plan, Fault> {
    match (table.logical, key, name) {
        ("queue", Some(key), "AddToQueue") => add_to_queue(call, ask, table, &key).await,
        (_, None, "CreateMultiple") => create_multiple(call, ask, table).await,
        (_, None, "UpdateMultiple") => change_multiple(call, ask, table, false).await,
        (_, None, "UpsertMultiple") => change_multiple(call, ask, table, true).await,
        _ => Err(Fault::no_segment(&format!("{NAMESPACE}{name}"))),
    }
}

async fn add_to_queue(
    call: &Call<'_>,
    ask: &Ask,
    queues: &'static Table,
    key: &Key,
) -> Result<Plan, Fault> {
    let members = object(&ask.body)?;
    let target = members
        .get("Target")
        .and_then(Json::as_object)
        .ok_or_else(|| Fault::payload("The parameter 'Target' is missing."))?;
    let kind = target.get("@odata.type").and_then(Json::as_str).unwrap_or_default();
    let kind = kind.trim_start_matches('#');
    let table = kind
        .strip_prefix(NAMESPACE)
        .and_then(schema::table)
        .ok_or_else(|| Fault::payload("The '@odata.type' of 'Target' is not a table."))?;
    let object_id = own_id(table, target)
        .ok_or_else(|| Fault::payload(format!("'Target' has no '{}'.", table.key)))?;
    let items = schema::table("queueitem").ok_or_else(unexpected)?;
    let mut made = match members.get("QueueItemProperties").and_then(Json::as_object) {
        Some(properties) => draft(call, items, properties, Mode::Create, 0).await?,
        None => crate::decode::Draft::default(),
    };
    let queue = call.id_of(queues, key).await?;
    let record = RecordRef { table: table.logical.to_owned(), id: object_id };
    made.row.insert("queueid".into(), Value::lookup("queue", queue));
    made.row.insert("objectid".into(), Value::Lookup(record));
    let (id, requests) = creation(call, items, made);
    Ok(Plan {
        requests,
        telling: Telling::Action("AddToQueueResponse", json!({"QueueItemId": id})),
    })
}

fn own_id(table: &Table, members: &Map<String, Json>) -> Option<Uuid> {
    Uuid::parse_str(members.get(table.key)?.as_str()?).ok()
}

/// The parameter `Targets`.
fn targets(ask: &Ask) -> Result<Vec<Map<String, Json>>, Fault> {
    let missing = || Fault::payload("The parameter 'Targets' is not a list of objects.");
    let mut members = object(&ask.body)?;
    let Some(Json::Array(items)) = members.remove("Targets") else {
        return Err(missing());
    };
    if items.len() > BATCH_REQUESTS_MAX {
        return Err(Fault::payload(format!(
            "'Targets' has more than {BATCH_REQUESTS_MAX} records."
        )));
    }
    items
        .into_iter()
        .map(|item| match item {
            Json::Object(members) => Ok(members),
            _ => Err(missing()),
        })
        .collect()
}

async fn create_multiple(call: &Call<'_>, ask: &Ask, table: &'static Table) -> Result<Plan, Fault> {
    let (mut ids, mut requests) = (Vec::new(), Vec::new());
    for members in targets(ask)? {
        let made = draft(call, table, &members, Mode::Create, 0).await?;
        let (id, some) = creation(call, table, made);
        ids.push(id);
        requests.extend(some);
    }
    Ok(Plan { requests, telling: Telling::Action("CreateMultipleResponse", json!({"Ids": ids})) })
}

async fn change_multiple(
    call: &Call<'_>,
    ask: &Ask,
    table: &'static Table,
    upsert: bool,
) -> Result<Plan, Fault> {
    let mut requests = Vec::new();
    for members in targets(ask)? {
        let key = match members.get("@odata.id").and_then(Json::as_str) {
            Some(text) => reference(call, text)?.key,
            None => own_id(table, &members).map(Key::Id).ok_or_else(|| {
                Fault::payload(format!("A record of 'Targets' has no '{}'.", table.key))
            })?,
        };
        let mut changed = draft(call, table, &members, Mode::Change, 0).await?;
        changed.row.remove(table.key);
        let (table, row) = (table.logical.to_owned(), changed.row);
        requests.push(change(table, key, row, upsert));
    }
    Ok(Plan { requests, telling: Telling::Done })
}

fn change(table: String, key: Key, row: Row, upsert: bool) -> Request {
    if !upsert {
        return Request::Update { table, key, row, children: None, if_match: IfMatch::Any };
    }
    Request::Upsert {
        table,
        key,
        row,
        children: None,
        allow: Allow { create: true, update: true },
        if_match: IfMatch::Unconditional,
    }
}
