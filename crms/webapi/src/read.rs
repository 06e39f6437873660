//! Reads: one row, pages of rows, counts, single values and references.

use earmark_embedded::request::{Filter, Order, Query as Rows};
use earmark_embedded::schema::{self, Relation, Table, Tie};
use earmark_embedded::value::Value;
use earmark_odata::{Query, parse_query};
use serde_json::{Value as Json, json};

use crate::call::{Ask, Call, Listed, id, unexpected};
use crate::encode::{self, Entity};
use crate::expand;
use crate::fault::Fault;
use crate::fetch;
use crate::filter::Scope;
use crate::format;
use crate::page::{context, cookie, next_link, page_body};
use crate::plan::version;
use crate::prefer::{TOTAL, TOTAL_EXCEEDED};
use crate::property;
use crate::reply::Reply;
use crate::resource::{Place, Single, Suffix, through};
use crate::settings::{EXPANDS_MAX, PAGE_ROWS_MAX};
use crate::sql;

/// Reads and checks the query options of a read of `table`.
pub(crate) fn options(call: &Call<'_>, table: &'static Table, raw: &str) -> Result<Query, Fault> {
    let query = parse_query(raw)?;
    if query.skip.is_some() {
        return Err(Fault::bad("The query parameter $skip is not supported."));
    }
    if query.search.is_some() {
        return Err(Fault::bad("The query parameter $search is not supported."));
    }
    if query.delta_token.is_some() || call.prefer.track_changes {
        return Err(Fault::no_tracking(table.logical));
    }
    for name in query.custom.keys() {
        match name.to_ascii_lowercase().as_str() {
            "$format" | "$id" => {}
            "fetchxml" | "savedquery" | "userquery" | "sql" | "$apply" => {
                return Err(Fault::not_supported(&format!("The query parameter {name}")));
            }
            other if other.starts_with('$') => {
                return Err(Fault::bad(format!("The query parameter {name} is not supported.")));
            }
            _ => {}
        }
    }
    if expand::count(&query.expand) > EXPANDS_MAX {
        return Err(Fault::bad(format!(
            "The number of $expand options exceeds the limit of {EXPANDS_MAX}."
        )));
    }
    encode::shown(table, &query, false)?;
    expand::check(table, &query.expand, 0)?;
    Ok(query)
}

/// One row as an entity with its context.
pub(crate) async fn entity(call: &Call<'_>, place: &Place, query: &Query) -> Result<Json, Fault> {
    let table = place.table;
    let shown = encode::shown(table, query, false)?;
    let columns = encode::needed(table, query, &shown);
    let row = call.row(table, &place.key, columns).await?;
    let rows = [row];
    let labels = format::labels(call, &rows, &shown).await?;
    let mut entities = vec![encode::entity(call, table, &rows[0], &shown, &labels)];
    expand::expand(call, table, &rows, &mut entities, query, 0).await?;
    let mut entity = entities.pop().unwrap_or_default();
    let context = format!("{}/$entity", context(call, table, query));
    entity.insert("@odata.context".into(), Json::from(context));
    Ok(Json::Object(entity))
}

/// GET of one row.
pub(crate) async fn one(call: &Call<'_>, ask: &Ask, place: &Place) -> Result<Reply, Fault> {
    let query = options(call, place.table, &ask.query)?;
    let body = entity(call, place, &query).await?;
    let etag = body["@odata.etag"].as_str().unwrap_or_default().to_owned();
    // Expansions and annotations have no version of their own.
    let known = ask.header("if-none-match").and_then(version);
    if known.is_some()
        && known == version(&etag)
        && query.expand.is_empty()
        && !call.prefer.annotates_any()
    {
        return Ok(Reply::empty(304).with("ETag", etag));
    }
    let reply = Reply::json(200, &body).with("ETag", etag);
    Ok(applied(call, reply, false))
}

/// What a list is read from.
pub(crate) struct Source {
    pub(crate) table: &'static Table,
    /// The rows of a collection navigation; everything otherwise.
    pub(crate) within: Filter,
}

impl Source {
    /// All rows of a table.
    pub(crate) fn all(table: &'static Table) -> Self {
        Self { table, within: Filter::All }
    }

    /// The rows at the other end of a collection navigation.
    pub(crate) fn tied(relation: &Relation, parent: uuid::Uuid) -> Result<Self, Fault> {
        let table = schema::table(relation.to).ok_or_else(unexpected)?;
        let within = match relation.tie {
            Tie::Lookup(column) => Filter::eq(column, Value::Guid(parent)),
            Tie::Intersect { table: between, near, .. } => {
                let back = schema::relations(relation.to)
                    .find(|back| {
                        matches!(back.tie, Tie::Intersect { table, far, .. }
                            if table == between && far == near && back.to == relation.from)
                    })
                    .ok_or_else(unexpected)?;
                let from = schema::table(relation.from).ok_or_else(unexpected)?;
                Filter::Any {
                    relation: back.name.to_owned(),
                    filter: Box::new(Filter::eq(from.key, Value::Guid(parent))),
                }
            }
        };
        Ok(Self { table, within })
    }

    /// The CRM's query for these rows.
    pub(crate) fn rows(&self, call: &Call<'_>, query: &Query) -> Result<Rows, Fault> {
        let table = self.table;
        let scope = Scope {
            table,
            variable: None,
            aliases: &query.custom,
            user: call.caller.user,
            now: call.now(),
        };
        let asked = match &query.filter {
            Some(expr) => scope.filter(expr)?,
            None => Filter::All,
        };
        let filter = match (&self.within, asked) {
            (Filter::All, asked) => asked,
            (within, Filter::All) => within.clone(),
            (within, asked) => Filter::And(vec![within.clone(), asked]),
        };
        let mut order = Vec::new();
        for term in &query.order_by {
            let (column, _) = scope.path(&term.path)?;
            order.push(Order { column, descending: term.descending });
        }
        Ok(Rows {
            columns: encode::needed(table, query, &encode::shown(table, query, true)?),
            filter,
            order,
            ..Rows::of(table.logical)
        })
    }
}

/// GET of a page of rows.
pub(crate) async fn list(call: &Call<'_>, ask: &Ask, source: &Source) -> Result<Reply, Fault> {
    let table = source.table;
    let whole = source.within == Filter::All;
    if let (true, Some(text)) = (whole, custom(&ask.query, "fetchxml")?) {
        return fetch::list(call, table, &text).await;
    }
    let query = match custom(&ask.query, "sql")? {
        Some(text) if whole => {
            let skip_token = parse_query(&ask.query)?.skip_token;
            Query { skip_token, ..sql::query(table, &text)? }
        }
        _ => options(call, table, &ask.query)?,
    };
    let mut rows = source.rows(call, &query)?;
    let page = match (call.prefer.page_rows, query.top) {
        (Some(page), _) => page,
        (None, Some(top)) => top.min(PAGE_ROWS_MAX),
        (None, None) => PAGE_ROWS_MAX,
    };
    let totals = [TOTAL, TOTAL_EXCEEDED].iter().any(|name| call.prefer.annotates(name));
    rows.limit = Some(page.max(1));
    rows.count = query.count || totals;
    let (number, after) = match &query.skip_token {
        Some(token) => cookie(token)?,
        None => (1, None),
    };
    rows.after = after;
    let mut listed = call.rows(rows).await?;
    if page == 0 {
        listed.rows.clear();
        listed.next = None;
    }
    let complete = call.prefer.page_rows.is_none() && query.top.is_some_and(|top| top <= page);
    let next = listed
        .next
        .clone()
        .filter(|_| !complete)
        .map(|token| next_link(call, ask, &token, number + 1));
    let entities = entities(call, table, &query, &listed, 0).await?;
    let body = page_body(call, table, &query, entities, &listed, next);
    Ok(applied(call, Reply::json(200, &body), true))
}

/// Rows as entities with their expansions.
pub(crate) async fn entities(
    call: &Call<'_>,
    table: &'static Table,
    query: &Query,
    listed: &Listed,
    depth: usize,
) -> Result<Vec<Entity>, Fault> {
    let shown = encode::shown(table, query, depth > 0)?;
    let labels = format::labels(call, &listed.rows, &shown).await?;
    let mut entities: Vec<Entity> =
        listed.rows.iter().map(|row| encode::entity(call, table, row, &shown, &labels)).collect();
    expand::expand(call, table, &listed.rows, &mut entities, query, depth).await?;
    Ok(entities)
}

/// An option of an address that is no query option of OData.
fn custom(raw: &str, wanted: &str) -> Result<Option<String>, Fault> {
    let mut custom = parse_query(raw)?.custom.into_iter();
    Ok(custom.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, text)| text))
}

/// GET of `$count`.
pub(crate) async fn count(call: &Call<'_>, ask: &Ask, source: &Source) -> Result<Reply, Fault> {
    let query = options(call, source.table, &ask.query)?;
    let mut rows = source.rows(call, &query)?;
    rows.columns = Some(vec![source.table.key.to_owned()]);
    rows.limit = Some(1);
    rows.count = true;
    let total = call.rows(rows).await?.total.unwrap_or_default();
    Ok(Reply::content(200, "text/plain", total.to_string().into_bytes()))
}

/// GET of `$ref` of a collection.
pub(crate) async fn references(call: &Call<'_>, source: &Source) -> Result<Reply, Fault> {
    let mut rows = source.rows(call, &Query::default())?;
    rows.columns = Some(vec![source.table.key.to_owned()]);
    rows.limit = Some(PAGE_ROWS_MAX);
    let listed = call.rows(rows).await?;
    let found: Vec<Json> = listed
        .rows
        .iter()
        .filter_map(|row| id(source.table, row))
        .map(|id| json!({"@odata.id": call.url(source.table, id)}))
        .collect();
    let context = format!("{}/$metadata#Collection($ref)", call.base);
    Ok(Reply::json(200, &json!({"@odata.context": context, "value": found})))
}

/// GET of `$ref` of one row.
pub(crate) async fn reference(call: &Call<'_>, place: &Place) -> Result<Reply, Fault> {
    let id = call.id_of(place.table, &place.key).await?;
    let context = format!("{}/$metadata#$ref", call.base);
    let body = json!({"@odata.context": context, "@odata.id": call.url(place.table, id)});
    Ok(Reply::json(200, &body))
}

/// GET of a single property, as JSON or raw.
pub(crate) async fn value(
    call: &Call<'_>,
    place: &Place,
    column: &'static schema::Column,
    suffix: Suffix,
) -> Result<Reply, Fault> {
    let columns = vec![column.logical.to_owned()];
    let row = call.row(place.table, &place.key, Some(columns)).await?;
    let value = row.get(column.logical).unwrap_or(&Value::Null);
    if value.is_null() {
        return Ok(Reply::empty(204));
    }
    let shaped = encode::shaped(column, value);
    if suffix == Suffix::Value {
        let text = match shaped {
            Json::String(text) => text,
            other => other.to_string(),
        };
        return Ok(Reply::content(200, "text/plain", text.into_bytes()));
    }
    let key = id(place.table, &row).ok_or_else(unexpected)?;
    let name = property::name(column);
    let context = format!("{}/$metadata#{}({key})/{name}", call.base, place.table.set);
    Ok(Reply::json(200, &json!({"@odata.context": context, "value": shaped})))
}

/// GET of a single-valued navigation.
pub(crate) async fn single(
    call: &Call<'_>,
    ask: &Ask,
    place: &Place,
    single: Single,
    suffix: Suffix,
) -> Result<Reply, Fault> {
    match (through(call, place, single).await?, suffix) {
        (None, _) => Ok(Reply::empty(204)),
        (Some(place), Suffix::Ref) => reference(call, &place).await,
        (Some(place), _) => one(call, ask, &place).await,
    }
}

fn applied(call: &Call<'_>, reply: Reply, list: bool) -> Reply {
    match call.prefer.applied(list, false) {
        Some(applied) => reply.with("Preference-Applied", applied),
        None => reply,
    }
}
