//! `GET /api/v1/regarding`: records that an activity can be about.

use super::{
    asking::Asking,
    endpoint::{Endpoint, Parameter},
    input::{Chosen, Parameters},
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use axum::{Json, routing::get};
use earmark_embedded::{Filter, Query, Request, Response, Row, request::Order};
use serde::Deserialize;
use serde_json::{Value, json};

/// Units: records in one page.
const PAGE: usize = 25;

/// The tables that are looked through, in order: table, key, name.
const TABLES: [(&str, &str, &str); 5] = [
    ("account", "accountid", "name"),
    ("contact", "contactid", "fullname"),
    ("opportunity", "opportunityid", "name"),
    ("lead", "leadid", "fullname"),
    ("incident", "incidentid", "title"),
];

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    const QUERY: &[Parameter] = &[
        ORGANIZATION,
        Parameter { name: "q", kind: "string", description: "A part of the name, in any case." },
        Parameter { name: "cursor", kind: "string", description: "`next` of the page before." },
    ];
    vec![Endpoint {
        method: "get",
        path: "/api/v1/regarding",
        operation: "listRegarding",
        summary: "Records that an activity can be about, table by table.",
        query: QUERY,
        body: None,
        answer: "NamedRecordList",
        handler: get(list),
    }]
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
}

/// Where a page starts: which table, and where in it.
struct Cursor {
    table: usize,
    after: Option<String>,
}

async fn list(
    asking: Asking,
    organization: Chosen,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Value>, Problem> {
    let mut cursor = Some(parse(wanted.cursor.as_deref())?);
    let caller = asking.in_crm(&organization).await?;
    let mut items = Vec::new();
    while let Some(at) = cursor.take().filter(|at| at.table < TABLES.len()) {
        if items.len() >= PAGE {
            cursor = Some(at);
            break;
        }
        let table = at.table;
        let query = query(&wanted.q, at, PAGE - items.len());
        let answer = organization.crm.execute(Request::Query(query), &caller).await?;
        let Response::Rows { rows, next, .. } = answer else { break };
        items.extend(rows.iter().map(|row| shown(row, table)));
        cursor = Some(match next {
            Some(after) => Cursor { table, after: Some(after) },
            None => Cursor { table: table + 1, after: None },
        });
    }
    let next = cursor.map(|at| format!("{}|{}", at.table, at.after.unwrap_or_default()));
    Ok(Json(json!({"schema": "earmark.regarding.list/1", "items": items, "next": next})))
}

fn query(text: &str, at: Cursor, limit: usize) -> Query {
    let (table, key, name) = TABLES[at.table];
    let column = vec![name.to_owned()];
    let filter = if text.trim().is_empty() {
        Filter::All
    } else {
        Filter::Contains { column: column.clone(), text: text.trim().to_owned() }
    };
    Query {
        columns: Some(vec![key.to_owned(), name.to_owned()]),
        filter,
        order: vec![Order { column, descending: false }],
        limit: Some(u64::try_from(limit).unwrap_or(1)),
        after: at.after,
        ..Query::of(table)
    }
}

fn shown(row: &Row, table: usize) -> Value {
    let (table, key, name) = TABLES[table];
    json!({
        "table": table,
        "id": row.get(key).and_then(|value| value.as_id()).map(|id| id.to_string()),
        "name": row.get(name).and_then(|value| value.as_text()),
    })
}

fn parse(cursor: Option<&str>) -> Result<Cursor, Problem> {
    let Some(cursor) = cursor else { return Ok(Cursor { table: 0, after: None }) };
    cursor
        .split_once('|')
        .and_then(|(table, after)| Some((table.parse().ok()?, after)))
        .filter(|(table, _)| *table < TABLES.len())
        .map(|(table, after)| Cursor {
            table,
            after: Some(after.to_owned()).filter(|a| !a.is_empty()),
        })
        .ok_or_else(|| {
            Problem::unusable("cursor", "the cursor is not one of ours")
                .hint("Pass the `next` of the page before, unchanged")
        })
}
