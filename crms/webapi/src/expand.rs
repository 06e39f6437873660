//! `$expand`: what rows point to and what hangs on them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use earmark_embedded::request::Filter;
use earmark_embedded::schema::{self, Column, Relation, Table, Tie};
use earmark_embedded::value::{Row, Value};
use earmark_odata::{Expand, Query};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::call::{Call, Listed, id, unexpected};
use crate::encode::Entity;
use crate::fault::Fault;
use crate::format::IDS_PER_QUERY;
use crate::page::skip_token;
use crate::read::{Source, entities};
use crate::settings::PAGE_ROWS_MAX;
use crate::{encode, property};

type Expanding<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// How many terms there are, nested ones included.
pub(crate) fn count(expands: &[Expand]) -> usize {
    expands.iter().map(|expand| 1 + count(&expand.query.expand)).sum()
}

/// Checks names and options before anything is read.
pub(crate) fn check(table: &'static Table, expands: &[Expand], depth: usize) -> Result<(), Fault> {
    for expand in expands {
        let relation = schema::relation(table.logical, &expand.path);
        let to = match (table.navigation(&expand.path), relation) {
            (Some((_, target)), _) => schema::table(target),
            (None, Some(_)) if expand.reference => {
                return Err(Fault::bad(
                    "Expand with $ref is only supported on lookup type navigation property.",
                ));
            }
            (None, Some(relation)) => schema::table(relation.to),
            (None, None) => None,
        };
        let to = to.ok_or_else(|| Fault::no_property(&expand.path, table.logical))?;
        let query = &expand.query;
        let refused = [
            ("$skip", query.skip.is_some()),
            ("$search", query.search.is_some()),
            ("$count", query.count),
            ("$orderby", depth > 0 && !query.order_by.is_empty()),
            ("$top", depth > 0 && query.top.is_some()),
        ];
        if let Some((option, _)) = refused.iter().find(|(_, given)| *given) {
            return Err(Fault::bad(format!(
                "The query option {option} is not supported in $expand of '{}'.",
                expand.path
            )));
        }
        if let Some(option) = query.custom.keys().next() {
            return Err(Fault::bad(format!(
                "The query option {option} is not supported in $expand of '{}'.",
                expand.path
            )));
        }
        let shared = table.navigation(&expand.path).is_some_and(|(column, _)| {
            let same = |target: &&schema::Target| target.navigation == expand.path;
            column.targets().iter().filter(same).count() > 1
        });
        encode::shown(to, query, shared)?;
        check(to, &query.expand, depth + 1)?;
    }
    Ok(())
}

/// Puts the expansions of `query` into the entities, which stand in the order of `rows`.
pub(crate) fn expand<'a>(
    call: &'a Call<'_>,
    table: &'static Table,
    rows: &'a [Row],
    into: &'a mut [Entity],
    query: &'a Query,
    depth: usize,
) -> Expanding<'a> {
    Box::pin(async move {
        for term in &query.expand {
            if let Some((column, navigation)) = property::navigation(table, &term.path) {
                single(call, rows, into, term, (column, navigation), depth).await?;
            } else if let Some(relation) = schema::relation(table.logical, &term.path) {
                many(call, table, rows, into, (term, relation), depth).await?;
            } else {
                return Err(Fault::no_property(&term.path, table.logical));
            }
        }
        Ok(())
    })
}

/// The row that a lookup of each row points to.
async fn single(
    call: &Call<'_>,
    rows: &[Row],
    into: &mut [Entity],
    term: &Expand,
    (column, navigation): (&'static Column, &'static str),
    depth: usize,
) -> Result<(), Fault> {
    let pointed: Vec<_> = rows
        .iter()
        .map(|row| {
            row.get(column.logical)
                .and_then(Value::as_lookup)
                .filter(|reference| property::reaches(column, navigation, &reference.table))
        })
        .collect();
    let mut wanted: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for reference in pointed.iter().flatten() {
        wanted.entry(&reference.table).or_default().push(reference.id);
    }
    let mut found: BTreeMap<Uuid, Json> = BTreeMap::new();
    for (name, mut ids) in wanted {
        let table = schema::table(name).ok_or_else(unexpected)?;
        ids.sort_unstable();
        ids.dedup();
        if term.reference {
            let link = |id: &Uuid| (*id, json!({"@odata.id": call.url(table, *id)}));
            found.extend(ids.iter().map(link));
            continue;
        }
        for some in ids.chunks(IDS_PER_QUERY) {
            let source = Source { table, within: among(table.key, some) };
            let listed = call.rows(source.rows(call, &term.query)?).await?;
            let read = entities(call, table, &term.query, &listed, depth + 1).await?;
            for (row, entity) in listed.rows.iter().zip(read) {
                if let Some(id) = id(table, row) {
                    found.insert(id, Json::Object(entity));
                }
            }
        }
    }
    for (entity, reference) in into.iter_mut().zip(&pointed) {
        let value = reference.and_then(|reference| found.get(&reference.id).cloned());
        if let (true, Some(reference)) = (term.reference, reference) {
            entity.insert(property::name(column), Json::from(reference.id.to_string()));
        }
        entity.insert(term.path.clone(), value.unwrap_or(Json::Null));
    }
    Ok(())
}

fn among(column: &str, ids: &[Uuid]) -> Filter {
    Filter::In {
        column: vec![column.to_owned()],
        values: ids.iter().copied().map(Value::Guid).collect(),
    }
}

/// The rows that hang on each row.
async fn many(
    call: &Call<'_>,
    table: &'static Table,
    rows: &[Row],
    into: &mut [Entity],
    (term, relation): (&Expand, &'static Relation),
    depth: usize,
) -> Result<(), Fault> {
    let parents: Vec<Uuid> =
        rows.iter().map(|row| id(table, row).ok_or_else(unexpected)).collect::<Result<_, _>>()?;
    let paged = call.prefer.page_rows.is_some() && depth == 0;
    match relation.tie {
        Tie::Lookup(column) if term.query.top.is_none() && !paged => {
            let mut groups = grouped(call, &parents, column, (term, relation), depth).await?;
            for (entity, parent) in into.iter_mut().zip(&parents) {
                let group = groups.remove(parent).unwrap_or_default();
                entity.insert(term.path.clone(), Json::Array(group));
            }
            Ok(())
        }
        Tie::Lookup(_) | Tie::Intersect { .. } => {
            for (entity, parent) in into.iter_mut().zip(&parents) {
                each(call, table, *parent, entity, (term, relation), depth).await?;
            }
            Ok(())
        }
    }
}

/// All rows of many parents at once.
async fn grouped(
    call: &Call<'_>,
    parents: &[Uuid],
    column: &str,
    (term, relation): (&Expand, &'static Relation),
    depth: usize,
) -> Result<BTreeMap<Uuid, Vec<Json>>, Fault> {
    let to = schema::table(relation.to).ok_or_else(unexpected)?;
    let mut groups: BTreeMap<Uuid, Vec<Json>> = BTreeMap::new();
    for some in parents.chunks(IDS_PER_QUERY) {
        let source = Source { table: to, within: among(column, some) };
        let mut query = source.rows(call, &term.query)?;
        if let Some(columns) = &mut query.columns {
            columns.push(column.to_owned());
        }
        let listed = call.rows(query).await?;
        let read = entities(call, to, &term.query, &listed, depth + 1).await?;
        for (row, entity) in listed.rows.iter().zip(read) {
            if let Some(parent) = row.get(column).and_then(Value::as_id) {
                groups.entry(parent).or_default().push(Json::Object(entity));
            }
        }
    }
    Ok(groups)
}

/// The rows of one parent, a page at most.
async fn each(
    call: &Call<'_>,
    table: &'static Table,
    parent: Uuid,
    entity: &mut Entity,
    (term, relation): (&Expand, &'static Relation),
    depth: usize,
) -> Result<(), Fault> {
    let source = Source::tied(relation, parent)?;
    let page = match depth {
        0 => call.prefer.page_rows.unwrap_or(PAGE_ROWS_MAX),
        _ => PAGE_ROWS_MAX,
    };
    let mut query = source.rows(call, &term.query)?;
    query.limit = Some(term.query.top.unwrap_or(page).min(page).max(1));
    let mut listed: Listed = call.rows(query).await?;
    if term.query.top == Some(0) {
        listed.rows.clear();
        listed.next = None;
    }
    let read = entities(call, source.table, &term.query, &listed, depth + 1).await?;
    let value: Vec<Json> = read.into_iter().map(Json::Object).collect();
    entity.insert(term.path.clone(), Json::Array(value));
    if let (Some(next), true) = (&listed.next, term.query.top.is_none_or(|top| top > page)) {
        let options = written(&term.query, "&");
        let options = if options.is_empty() { options } else { format!("{options}&") };
        let (row, token) = (call.url(table, parent), skip_token(next, 2));
        let link = format!("{row}/{}?{options}$skiptoken={token}", term.path);
        entity.insert(format!("{}@odata.nextLink", term.path), Json::from(link));
    }
    Ok(())
}

/// Query options as text again.
fn written(query: &Query, separator: &str) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut parts = Vec::new();
    if !query.select.is_empty() {
        parts.push(format!("$select={}", query.select.join(",")));
    }
    if let Some(filter) = &query.filter_text {
        parts.push(format!("$filter={}", encode(filter)));
    }
    if !query.order_by.is_empty() {
        let term = |term: &earmark_odata::OrderBy| {
            let word = if term.descending { "%20desc" } else { "" };
            format!("{}{word}", term.path.join("/"))
        };
        let terms: Vec<String> = query.order_by.iter().map(term).collect();
        parts.push(format!("$orderby={}", terms.join(",")));
    }
    if !query.expand.is_empty() {
        let term = |expand: &Expand| match written(&expand.query, ";").as_str() {
            _ if expand.reference => format!("{}/$ref", expand.path),
            "" => expand.path.clone(),
            inner => format!("{}({inner})", expand.path),
        };
        let terms: Vec<String> = query.expand.iter().map(term).collect();
        parts.push(format!("$expand={}", terms.join(",")));
    }
    parts.join(separator)
}
