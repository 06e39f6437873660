//! The body of a call: the `RemoteExecutionContext` of a change, as JSON.

use super::registered::{Registered, RegisteredStep};
use crate::{
    schema::{self, Column, Kind, Table},
    session::sql::midnight,
    step::{Image, Message},
    value::{Row, Value},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// `stage`: after the operation.
pub(super) const POST_OPERATION: i64 = 40;

const CONTRACTS: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";

/// Under which name a row as it was, and as it will be, is given.
const PRE_IMAGE: &str = "PreImage";
const POST_IMAGE: &str = "PostImage";

/// What is left out of a body that is too large.
const LARGE: [&str; 4] =
    ["InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages"];

/// What all calls of one operation have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub organization: Uuid,
    pub correlation: Uuid,
    /// The request within the operation.
    pub request: Uuid,
    pub depth: usize,
    /// Units: milliseconds since the epoch.
    pub now: i64,
}

/// The body of the call of `step` about `image`.
pub(super) fn context(
    operation: &Operation,
    registered: &Registered,
    step: &RegisteredStep,
    image: &Image,
) -> Json {
    let id = image.id.unwrap_or_default();
    let mut output = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let table = schema::table(image.table);
    if let Some((table, row)) = table.zip(image.before.as_ref()) {
        before.push(pair(PRE_IMAGE, entity(table, id, row, &BTreeMap::new())));
    }
    if let Some(table) = table.filter(|_| step.stage == POST_OPERATION) {
        if image.message == Message::Create {
            output.push(pair("id", json!(id)));
        }
        if image.message != Message::Delete {
            after.push(pair(POST_IMAGE, entity(table, id, &image.after(), &parties(image))));
        }
    }
    let target = match (image.message, table) {
        (Message::Delete, _) => reference(image.table, id),
        (_, Some(table)) => typed(entity(table, id, &image.target, &parties(image)), "Entity"),
        (_, None) => Json::Null,
    };
    json!({
        "BusinessUnitId": registered.business_unit,
        "CorrelationId": operation.correlation,
        "Depth": operation.depth,
        "InitiatingUserId": image.user,
        "InputParameters": [pair("Target", target)],
        // Steps are asked before the transaction opens.
        "IsInTransaction": false,
        "IsExecutingOffline": false,
        "IsOfflinePlayback": false,
        "IsolationMode": 1,
        "MessageName": image.message.as_str(),
        "Mode": 0,
        "OperationCreatedOn": format!("/Date({}+0000)/", operation.now),
        "OperationId": operation.request,
        "OrganizationId": operation.organization,
        "OrganizationName": registered.organization,
        "OutputParameters": output,
        "OwningExtension": untyped(reference("sdkmessageprocessingstep", step.id)),
        "ParentContext": null,
        "PostEntityImages": after,
        "PreEntityImages": before,
        "PrimaryEntityId": id,
        "PrimaryEntityName": image.table,
        "RequestId": operation.request,
        "SecondaryEntityName": "none",
        "SharedVariables": [],
        "Stage": step.stage,
        "UserId": step.user.unwrap_or(image.user),
    })
}

/// A body as bytes. Every slash is escaped, because readers of this form take a date only by its
/// escaped slashes.
pub(super) fn written(body: &Json) -> String {
    // A slash stands in strings only, and nothing before it escapes it.
    body.to_string().replace('/', "\\/")
}

/// The same body without what makes it large.
pub(super) fn reduced(mut body: Json) -> Json {
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !LARGE.contains(&name.as_str()));
    }
    body
}

fn parties(image: &Image) -> BTreeMap<&'static str, Vec<Row>> {
    let mut lists = BTreeMap::<&str, Vec<Row>>::new();
    for (attribute, row) in image.parties() {
        lists.entry(attribute).or_default().push(row.clone());
    }
    lists
}

fn pair(key: &str, value: Json) -> Json {
    json!({"key": key, "value": value})
}

/// A row with its parties, as an `Entity`.
fn entity(table: &Table, id: Uuid, row: &Row, parties: &BTreeMap<&'static str, Vec<Row>>) -> Json {
    let columns = row.iter().filter(|(name, _)| *name != "versionnumber");
    let mut attributes: BTreeMap<&str, Json> = columns
        .filter_map(|(name, value)| Some((name.as_str(), attribute(table.column(name)?, value))))
        .collect();
    if let Some(list) = schema::table("activityparty") {
        for (name, rows) in parties {
            attributes.insert(name, collection(list, rows));
        }
    }
    if !id.is_nil() {
        attributes.insert(table.key, json!(id));
    }
    let attributes: Vec<Json> =
        attributes.into_iter().map(|(name, value)| pair(name, value)).collect();
    json!({
        "Attributes": attributes,
        "EntityState": null,
        "FormattedValues": [],
        "Id": id,
        "KeyAttributes": [],
        "LogicalName": table.logical,
        "RelatedEntities": [],
        "RowVersion": null,
    })
}

fn collection(table: &Table, rows: &[Row]) -> Json {
    let entities: Vec<Json> =
        rows.iter().map(|row| entity(table, Uuid::nil(), row, &BTreeMap::new())).collect();
    let list = json!({
        "Entities": entities,
        "EntityName": table.logical,
        "MinActiveRowVersion": "-1",
        "MoreRecords": false,
        "PagingCookie": null,
        "TotalRecordCount": -1,
        "TotalRecordCountLimitExceeded": false,
    });
    typed(list, "EntityCollection")
}

fn reference(table: &str, id: Uuid) -> Json {
    let reference = json!({
        "Id": id, "KeyAttributes": [], "LogicalName": table, "Name": null, "RowVersion": null,
    });
    typed(reference, "EntityReference")
}

/// The value with its type, which readers expect first.
fn typed(value: Json, kind: &str) -> Json {
    let mut members = Map::new();
    members.insert("__type".to_owned(), json!(format!("{kind}:{CONTRACTS}")));
    if let Json::Object(rest) = value {
        members.extend(rest);
    }
    Json::Object(members)
}

fn untyped(mut value: Json) -> Json {
    if let Some(members) = value.as_object_mut() {
        members.remove("__type");
    }
    value
}

fn attribute(column: &Column, value: &Value) -> Json {
    let of_type = |kind: &str, value: Json| typed(json!({"Value": value}), kind);
    match (column.kind, value) {
        (_, Value::Null) => Json::Null,
        (Kind::Options(_) | Kind::State(_) | Kind::Status(_), Value::Int(number)) => {
            of_type("OptionSetValue", json!(number))
        }
        (Kind::Money, Value::Int(number)) => of_type("Money", json!(number)),
        (Kind::Money, Value::Decimal(number)) => of_type("Money", json!(number)),
        (_, Value::Bool(yes)) => json!(yes),
        (_, Value::Int(number)) => json!(number),
        (_, Value::Decimal(number)) => json!(number),
        (_, Value::Text(text)) => json!(text),
        (_, Value::Guid(id)) => json!(id),
        (_, Value::Instant(at)) => json!(format!("/Date({at})/")),
        (_, Value::Date(day)) => {
            midnight(day).map_or(Json::Null, |at| json!(format!("/Date({at})/")))
        }
        (_, Value::Lookup(to)) => reference(&to.table, to.id),
    }
}
