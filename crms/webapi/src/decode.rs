//! Payloads: a JSON object as a row, the rows made with it, and what is tied afterwards.

use std::future::Future;
use std::pin::Pin;

use earmark_embedded::request::{Child, Key, Request};
use earmark_embedded::schema::{self, Column, Relation, Table};
use earmark_embedded::value::{Row, Value};
use earmark_model::activity::RecordRef;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::call::Call;
use crate::fault::Fault;
use crate::resource::{NAMESPACE, reference};
use crate::{literal, property};

/// Nesting allowed in a payload.
const DEPTH_MAX: usize = 8;

/// What a payload asks for.
#[derive(Default)]
pub(crate) struct Draft {
    /// The row's own values.
    pub(crate) row: Row,
    /// Rows made with it.
    pub(crate) children: Vec<Child>,
    /// Rows that must be made before it, since it points to them.
    pub(crate) before: Vec<Request>,
    /// Rows that are tied to it when it is there.
    pub(crate) ties: Vec<(&'static Relation, RecordRef)>,
}

/// Whether the row is made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Create,
    Change,
}

type Decoding<'a> = Pin<Box<dyn Future<Output = Result<Draft, Fault>> + Send + 'a>>;

/// Reads a request body as an object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Json>, Fault> {
    if body.trim_ascii().is_empty() {
        return Err(Fault::payload("The request body is empty; a JSON object is expected."));
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match earmark_odata::parse_json(body) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(Fault::payload("The request body is not a JSON object.")),
        Err(error) => Err(Fault::payload(format!("The request body is not valid JSON: {error}."))),
    }
}

/// Reads an object as a row of `table`.
pub(crate) fn draft<'a>(
    call: &'a Call<'_>,
    table: &'static Table,
    members: &'a Map<String, Json>,
    mode: Mode,
    depth: usize,
) -> Decoding<'a> {
    Box::pin(async move {
        if depth > DEPTH_MAX {
            return Err(Fault::payload(format!("The payload is nested deeper than {DEPTH_MAX}.")));
        }
        let mut draft = Draft::default();
        for (name, value) in members {
            draft.member(call, table, name, value, mode, depth).await?;
        }
        Ok(draft)
    })
}

impl Draft {
    async fn member(
        &mut self,
        call: &Call<'_>,
        table: &'static Table,
        name: &str,
        value: &Json,
        mode: Mode,
        depth: usize,
    ) -> Result<(), Fault> {
        if name == "@odata.type" {
            return typed(table, value);
        }
        if let Some(navigation) = name.strip_suffix("@odata.bind") {
            return self.bind(call, table, navigation, value).await;
        }
        if name.contains('@') {
            return Ok(());
        }
        if let (Some(relation), Json::Array(items)) = (schema::relation(table.logical, name), value)
        {
            return self.many(call, relation, items, mode, depth).await;
        }
        if let (Some((column, navigation)), Json::Object(_) | Json::Null) =
            (property::navigation(table, name), value)
        {
            return self.single(call, table, column, navigation, value, mode, depth).await;
        }
        let column = property::column(table, name)
            .ok_or_else(|| Fault::invalid_property(name, table.logical))?;
        self.row.insert(column.logical.to_owned(), literal::json(column, value)?);
        Ok(())
    }

    /// `navigation@odata.bind`.
    async fn bind(
        &mut self,
        call: &Call<'_>,
        table: &'static Table,
        name: &str,
        value: &Json,
    ) -> Result<(), Fault> {
        if let Some((column, navigation)) = property::navigation(table, name) {
            let value = match value {
                Json::Null => Value::Null,
                Json::String(text) => Value::Lookup(target(call, column, navigation, text).await?),
                _ => return Err(Fault::payload(format!("'{name}@odata.bind' is not a text."))),
            };
            self.row.insert(column.logical.to_owned(), value);
            return Ok(());
        }
        let relation =
            schema::relation(table.logical, name).ok_or_else(|| Fault::undeclared(name))?;
        let items = value
            .as_array()
            .ok_or_else(|| Fault::payload(format!("'{name}@odata.bind' is not a list.")))?;
        for item in items {
            let text = item.as_str().ok_or_else(|| {
                Fault::payload(format!("'{name}@odata.bind' is not a list of texts."))
            })?;
            let place = reference(call, text)?;
            if !property::fits(relation.to, place.table) {
                return Err(wrong_table(name, place.table));
            }
            let id = call.id_of(place.table, &place.key).await?;
            let record = RecordRef { table: place.table.logical.to_owned(), id };
            self.ties.push((relation, record));
        }
        Ok(())
    }

    /// Rows made through a collection navigation.
    async fn many(
        &mut self,
        call: &Call<'_>,
        relation: &'static Relation,
        items: &[Json],
        mode: Mode,
        depth: usize,
    ) -> Result<(), Fault> {
        if mode == Mode::Change && relation.to != "activityparty" {
            return Err(Fault::payload(format!(
                "Deep update of the navigation property '{}' is not supported.",
                relation.name
            )));
        }
        let table = schema::table(relation.to).ok_or_else(|| Fault::undeclared(relation.name))?;
        for item in items {
            let members = item.as_object().ok_or_else(|| {
                Fault::payload(format!("'{}' is not a list of objects.", relation.name))
            })?;
            let mut inner = draft(call, table, members, Mode::Create, depth + 1).await?;
            self.before.append(&mut inner.before);
            if let Some((tie, _)) = inner.ties.first() {
                return Err(Fault::payload(format!(
                    "'{}@odata.bind' is not supported inside '{}'.",
                    tie.name, relation.name
                )));
            }
            self.children.push(Child {
                relation: relation.name.to_owned(),
                row: inner.row,
                children: inner.children,
            });
        }
        Ok(())
    }

    /// A row made through a single-valued navigation, or the navigation cleared.
    #[expect(clippy::too_many_arguments, reason = "one step of a recursive reader")]
    async fn single(
        &mut self,
        call: &Call<'_>,
        table: &'static Table,
        column: &'static Column,
        navigation: &'static str,
        value: &Json,
        mode: Mode,
        depth: usize,
    ) -> Result<(), Fault> {
        let logical = column.logical.to_owned();
        let Json::Object(members) = value else {
            self.row.insert(logical, Value::Null);
            return Ok(());
        };
        if mode == Mode::Change {
            return Err(Fault::payload(format!(
                "Deep update of the navigation property '{navigation}' is not supported."
            )));
        }
        let to = table
            .navigation(navigation)
            .and_then(|(_, target)| schema::table(target))
            .ok_or_else(|| Fault::undeclared(navigation))?;
        let inner = draft(call, to, members, Mode::Create, depth + 1).await?;
        let (id, requests) = creation(call, to, inner);
        self.before.extend(requests);
        let record = RecordRef { table: to.logical.to_owned(), id };
        self.row.insert(logical, Value::Lookup(record));
        Ok(())
    }
}

/// The requests that make a row from a draft, and the id it will have.
pub(crate) fn creation(
    call: &Call<'_>,
    table: &'static Table,
    draft: Draft,
) -> (Uuid, Vec<Request>) {
    let Draft { mut row, children, before, ties } = draft;
    let given = row.get(table.key).and_then(Value::as_id);
    let id = given.unwrap_or_else(|| call.new_id());
    row.insert(table.key.to_owned(), Value::Guid(id));
    let mut requests = before;
    requests.push(Request::Create { table: table.logical.to_owned(), row, children });
    requests.extend(ties.into_iter().map(|tie| tied(table, Key::Id(id), tie)));
    (id, requests)
}

/// The request that ties a row to another one.
pub(crate) fn tied(
    table: &Table,
    key: Key,
    (relation, target): (&'static Relation, RecordRef),
) -> Request {
    Request::Associate {
        table: table.logical.to_owned(),
        key,
        relation: relation.name.to_owned(),
        target,
    }
}

/// The row that a reference to be put into a lookup names.
pub(crate) async fn target(
    call: &Call<'_>,
    column: &Column,
    navigation: &str,
    text: &str,
) -> Result<RecordRef, Fault> {
    let place = reference(call, text)?;
    if !property::reaches(column, navigation, place.table.logical) {
        return Err(wrong_table(navigation, place.table));
    }
    let id = call.id_of(place.table, &place.key).await?;
    Ok(RecordRef { table: place.table.logical.to_owned(), id })
}

fn wrong_table(name: &str, table: &Table) -> Fault {
    Fault::payload(format!(
        "The navigation property '{name}' does not lead to '{NAMESPACE}{}'.",
        table.logical
    ))
}

fn typed(table: &Table, value: &Json) -> Result<(), Fault> {
    let given = value.as_str().unwrap_or_default().trim_start_matches('#');
    let short = given.strip_prefix(NAMESPACE).or_else(|| given.strip_prefix("mscrm."));
    if short == Some(table.logical) {
        return Ok(());
    }
    Err(Fault::payload(format!(
        "The type '{given}' in '@odata.type' is not '{NAMESPACE}{}'.",
        table.logical
    )))
}
