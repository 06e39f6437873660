//! Rows as JSON entities.

use earmark_embedded::schema::{Column, Kind, Table};
use earmark_embedded::value::{Row, Value};
use earmark_odata::Query;
use serde_json::{Map, Value as Json};

use crate::call::Call;
use crate::fault::Fault;
use crate::format::{Labels, formatted};
use crate::prefer::{FORMATTED, LOOKUP_TABLE, NAVIGATION};
use crate::{literal, property};

/// A JSON object.
pub(crate) type Entity = Map<String, Json>;

/// The columns that are shown; `None` for all.
pub(crate) type Shown = Option<Vec<&'static Column>>;

/// The columns of `$select`. Names of navigations are let through and show nothing. `lenient`
/// lets unknown names through as well.
pub(crate) fn shown(table: &'static Table, query: &Query, lenient: bool) -> Result<Shown, Fault> {
    if query.select.is_empty() || query.select.iter().any(|name| name == "*") {
        return Ok(None);
    }
    let mut columns = Vec::new();
    for name in &query.select {
        match property::column(table, name) {
            Some(column) => columns.push(column),
            None if lenient || navigates(table, name) => {}
            None => return Err(Fault::no_property(name, table.logical)),
        }
    }
    Ok(Some(columns))
}

fn navigates(table: &'static Table, name: &str) -> bool {
    table.navigation(name).is_some()
        || earmark_embedded::schema::relation(table.logical, name).is_some()
}

/// The columns to read for what is shown and expanded.
pub(crate) fn needed(table: &'static Table, query: &Query, shown: &Shown) -> Option<Vec<String>> {
    let shown = shown.as_ref()?;
    let mut names: Vec<String> = shown.iter().map(|column| column.logical.to_owned()).collect();
    for expand in &query.expand {
        if let Some((column, _)) = property::navigation(table, &expand.path) {
            names.push(column.logical.to_owned());
        }
    }
    names.sort();
    names.dedup();
    Some(names)
}

/// One row as an entity, without its expansions.
pub(crate) fn entity(
    call: &Call<'_>,
    table: &'static Table,
    row: &Row,
    shown: &Shown,
    labels: &Labels,
) -> Entity {
    let mut entity = Entity::new();
    if let Some(version) = row.get("versionnumber").and_then(Value::as_int) {
        entity.insert("@odata.etag".into(), Json::from(format!("W/\"{version}\"")));
    }
    match shown {
        Some(columns) => {
            for column in columns {
                member(call, &mut entity, column, row, labels);
            }
        }
        None => {
            for column in table.columns {
                member(call, &mut entity, column, row, labels);
            }
        }
    }
    if let Some(key) = row.get(table.key) {
        entity.insert(table.key.to_owned(), literal::to_json(key));
        if property::is_principal(table) {
            entity.insert("ownerid".into(), literal::to_json(key));
        }
    }
    entity
}

fn member(
    call: &Call<'_>,
    entity: &mut Entity,
    column: &'static Column,
    row: &Row,
    labels: &Labels,
) {
    let name = property::name(column);
    let value = row.get(column.logical).unwrap_or(&Value::Null);
    entity.insert(name.clone(), shaped(column, value));
    if !call.prefer.annotates_any() || value.is_null() {
        return;
    }
    let mut annotate = |annotation: &str, text: Option<String>| {
        if let (true, Some(text)) = (call.prefer.annotates(annotation), text) {
            entity.insert(format!("{name}@{annotation}"), Json::from(text));
        }
    };
    annotate(FORMATTED, formatted(column, value, labels));
    if let Value::Lookup(reference) = value {
        annotate(LOOKUP_TABLE, Some(reference.table.clone()));
        let target =
            column.targets().iter().find(|target| property::leads(target.table, &reference.table));
        annotate(NAVIGATION, target.map(|target| target.navigation.to_owned()));
    }
}

/// A value as its column's type prints it: amounts always have a fraction.
pub(crate) fn shaped(column: &Column, value: &Value) -> Json {
    match (&column.kind, value) {
        (Kind::Decimal | Kind::Double | Kind::Money, Value::Int(number)) => {
            Json::from(*number as f64)
        }
        (_, value) => literal::to_json(value),
    }
}
