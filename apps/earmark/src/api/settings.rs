//! `/api/v1/settings`: the organization settings.

use super::{
    endpoint::{Endpoint, Parameter},
    input::{Body, Chosen, Named, Parameters},
    mailboxes::ORGANIZATION,
    problem::Problem,
    setting_docs,
};
use crate::service::state::Organization;
use axum::{
    Json,
    http::StatusCode,
    routing::{MethodRouter, delete, get, put},
};
use earmark_embedded::{
    IfMatch, Key, Request, Response, Row, Value as Cell, schema,
    settings::{self, Setting, SettingKind, Stored},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::service::state::Service;
use std::sync::Arc;

const ONE: &str = "/api/v1/settings/{name}";

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Parameter] = &[
        ORGANIZATION,
        Parameter { name: "dryRun", kind: "boolean", description: "Only say what would change." },
    ];
    let endpoint =
        |method, path, operation, summary, handler: MethodRouter<Arc<Service>>| Endpoint {
            method,
            path,
            operation,
            summary,
            query: &[ORGANIZATION],
            body: None,
            answer: "Setting",
            handler,
        };
    vec![
        Endpoint {
            answer: "SettingList",
            ..endpoint(
                "get",
                "/api/v1/settings",
                "listSettings",
                "Every setting with its effective value.",
                get(list),
            )
        },
        endpoint("get", ONE, "getSetting", "One setting.", get(show)),
        Endpoint {
            query: CHANGE,
            body: Some("SettingValue"),
            ..endpoint("put", ONE, "setSetting", "Gives a setting a value.", put(set))
        },
        Endpoint {
            query: CHANGE,
            ..endpoint(
                "delete",
                ONE,
                "unsetSetting",
                "Takes a setting's value away, so that the default holds.",
                delete(unset),
            )
        },
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    value: Value,
}

/// The organization's row and its settings text.
struct Present {
    row: Row,
    stored: Stored,
}

async fn list(organization: Chosen) -> Result<Json<Value>, Problem> {
    let present = read(&organization).await?;
    let items: Vec<Value> =
        settings::registry().iter().map(|setting| view(setting, &present)).collect();
    Ok(Json(json!({"schema": "earmark.setting.list/1", "items": items, "next": null})))
}

async fn show(organization: Chosen, Named(name): Named) -> Result<Json<Value>, Problem> {
    let setting = find(&name)?;
    let present = read(&organization).await?;
    Ok(Json(labelled(view(setting, &present))))
}

async fn set(
    organization: Chosen,
    Named(name): Named,
    Parameters(change): Parameters<Change>,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Value>, Problem> {
    let setting = find(&name)?;
    let text = match &wanted.value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => wanted.value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(Problem::unusable("value", "`value` must be text, a number or a boolean")
                .hint("To take a value away, delete the setting"));
        }
    };
    apply(&organization, setting, Some(&text), change.dry_run).await
}

async fn unset(
    organization: Chosen,
    Named(name): Named,
    Parameters(change): Parameters<Change>,
) -> Result<Json<Value>, Problem> {
    apply(&organization, find(&name)?, None, change.dry_run).await
}

/// Sets the setting called `name`, as whoever administers it would.
///
/// Errors: there is no such setting, or it does not take the value.
pub async fn write(organization: &Organization, name: &str, value: &str) -> Result<(), Problem> {
    apply(organization, find(name)?, Some(value), false).await.map(|_| ())
}

/// Checks the new value, then writes it unless it is only a preview.
async fn apply(
    organization: &Organization,
    setting: &Setting,
    value: Option<&str>,
    dry_run: bool,
) -> Result<Json<Value>, Problem> {
    let mut present = read(organization).await?;
    let before = view(setting, &present);
    let rows = change(setting, value, &mut present)?;
    let after = view(setting, &present);
    let mut answer = labelled(after);
    answer["dryRun"] = json!(dry_run);
    answer["preview"] =
        json!(setting_docs::preview(organization, setting.name, &before, &answer).await?);
    if !dry_run {
        let crm = &organization.crm;
        let update = |row| Request::Update {
            table: "organization".to_owned(),
            key: Key::Id(crm.organization_id()),
            row,
            children: None,
            if_match: IfMatch::Any,
        };
        let requests = rows.into_iter().map(update).collect();
        let done = crm.execute_all(requests, &crm.administrator()).await;
        done.map_err(|refusal| refusal.error)?;
        // A switch that was thrown is seen at once rather than a cycle later.
        let snapshot = organization.refresh().await?;
        for row in snapshot.mailboxes.iter().filter(|row| row.is_enabled) {
            organization.engine.wake(organization.id, row.id).await;
        }
    }
    Ok(Json(answer))
}

/// What to write to the organization, in order; `present` becomes what it will be. A text that is
/// written is merged into the one that is there, and an empty one clears it.
fn change(
    setting: &Setting,
    value: Option<&str>,
    present: &mut Present,
) -> Result<Vec<Row>, Problem> {
    if setting.is_organization_column {
        let column = setting.name.to_ascii_lowercase();
        let cell = column_value(setting, value)?;
        present.row.insert(column.clone(), cell.clone());
        return Ok(vec![Row::from([(column, cell)])]);
    }
    let text = |text: String| Row::from([("orgdborgsettings".to_owned(), Cell::Text(text))]);
    match value {
        Some(value) => {
            present.stored.set(setting.name, value).map_err(refused)?;
            Ok(vec![text(present.stored.to_text())])
        }
        None => {
            present.stored.unset(setting.name);
            Ok(vec![text(String::new()), text(present.stored.to_text())])
        }
    }
}

fn column_value(setting: &Setting, value: Option<&str>) -> Result<Cell, Problem> {
    let known = schema::table("organization")
        .is_some_and(|table| table.column(&setting.name.to_ascii_lowercase()).is_some());
    if !known {
        return Err(Problem::unusable("setting", "the embedded CRM has no such column")
            .hint("The setting has no effect here; leave it"));
    }
    let plain = Setting { is_organization_column: false, ..*setting };
    let text = match value {
        Some(value) => plain.accept(value).map_err(refused)?,
        None => plain.default_value(),
    };
    Ok(match setting.kind {
        SettingKind::Boolean { .. } => Cell::Bool(text == "true"),
        SettingKind::Number { .. } => Cell::Int(text.parse().unwrap_or_default()),
        SettingKind::Double { .. } => Cell::Decimal(text.parse().unwrap_or_default()),
        SettingKind::Text { .. } | SettingKind::Word { .. } => Cell::Text(text),
    })
}

fn refused(error: earmark_embedded::CrmError) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "setting", error.message)
        .hint("`earmark setting docs` shows type, range and default")
}

fn find(name: &str) -> Result<&'static Setting, Problem> {
    settings::find(name).ok_or_else(|| {
        Problem::missing("setting", format!("no such setting: `{name}`"))
            .hint("`earmark setting list` shows every name; case does not matter")
    })
}

async fn read(organization: &Organization) -> Result<Present, Problem> {
    let crm = &organization.crm;
    let request = Request::Retrieve {
        table: "organization".to_owned(),
        key: Key::Id(crm.organization_id()),
        columns: None,
    };
    let Response::Row(row) = crm.execute(request, &crm.administrator()).await? else {
        return Err(Problem::missing("organization", "the CRM has no organization row"));
    };
    let text = row.get("orgdborgsettings").and_then(|cell| cell.as_text()).unwrap_or_default();
    let stored = Stored::parse(text);
    Ok(Present { row, stored })
}

/// A setting as it stands: what was set, the default, and which of them holds.
fn view(setting: &Setting, present: &Present) -> Value {
    let default = typed(setting, &setting.default_value());
    let value = if setting.is_organization_column {
        match present.row.get(&setting.name.to_ascii_lowercase()) {
            Some(Cell::Bool(value)) => json!(value),
            Some(Cell::Int(value)) => json!(value),
            Some(Cell::Decimal(value)) => json!(value),
            Some(Cell::Text(value)) => json!(value),
            _ => Value::Null,
        }
    } else {
        present.stored.get(setting.name).map_or(Value::Null, |text| typed(setting, text))
    };
    let is_default = value.is_null() || setting.is_organization_column && value == default;
    let (kind, min, max) = match setting.kind {
        SettingKind::Boolean { .. } => ("boolean", None, None),
        SettingKind::Number { min, max, .. } => {
            ("number", (min != i64::MIN).then_some(min), (max != i64::MAX).then_some(max))
        }
        SettingKind::Double { .. } => ("double", None, None),
        SettingKind::Text { .. } => ("text", None, None),
        SettingKind::Word { .. } => ("word", None, None),
    };
    json!({
        "name": setting.name,
        "type": kind,
        "value": if is_default { Value::Null } else { value.clone() },
        "default": default,
        "effective": if value.is_null() { default.clone() } else { value },
        "source": if is_default { "default" } else { "organization" },
        "min": min,
        "max": max,
        "description": setting_docs::description(setting.name),
        "hasEffect": setting_docs::description(setting.name).is_some(),
    })
}

fn labelled(mut view: Value) -> Value {
    view["schema"] = json!("earmark.setting/1");
    view
}

fn typed(setting: &Setting, text: &str) -> Value {
    match setting.kind {
        SettingKind::Boolean { .. } => json!(text.eq_ignore_ascii_case("true") || text == "1"),
        SettingKind::Number { .. } => {
            text.parse::<i64>().map_or_else(|_| json!(text), |n| json!(n))
        }
        SettingKind::Double { .. } => {
            text.parse::<f64>().map_or_else(|_| json!(text), |n| json!(n))
        }
        SettingKind::Text { .. } | SettingKind::Word { .. } => json!(text),
    }
}
