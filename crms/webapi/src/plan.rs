//! Writes: an address, a method and a payload as requests that happen all or not at all.

use earmark_embedded::request::{Allow, IfMatch, Key, Request, Response};
use earmark_embedded::schema::{self, Column, Relation, Table, Tie};
use earmark_embedded::value::{Row, Value};
use earmark_model::activity::RecordRef;
use earmark_odata::parse_query;
use http::Method;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::call::{Ask, Call};
use crate::decode::{Draft, Mode, creation, draft, object, target, tied};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::resource::{Located, Place, Resource, Single, Suffix, reference};
use crate::{literal, operation, property, read};

/// Requests and how their answers are told.
pub(crate) struct Plan {
    pub(crate) requests: Vec<Request>,
    pub(crate) telling: Telling,
}

/// How the answers of a plan are told.
pub(crate) enum Telling {
    /// A row was made.
    Created(&'static Table, Uuid),
    /// A row was changed or, by an upsert, made; with the place of its answer.
    Changed(&'static Table, usize),
    /// Nothing to say.
    Done,
    /// An action answers an object of this type.
    Action(&'static str, Json),
}

impl Plan {
    fn one(request: Request) -> Self {
        Self { requests: vec![request], telling: Telling::Done }
    }

    /// The row made, as the reference that later requests of a batch use.
    pub(crate) fn made(&self) -> Option<String> {
        match self.telling {
            Telling::Created(table, id) => Some(format!("{}({id})", table.set)),
            _ => None,
        }
    }
}

/// Reads a write.
pub(crate) async fn plan(call: &Call<'_>, ask: &Ask, at: Located) -> Result<Plan, Fault> {
    let refused = || Fault::method(ask.method.as_str());
    let (method, suffix) = (&ask.method, at.suffix);
    match (at.resource, suffix) {
        (Resource::Set(table), Suffix::None) if *method == Method::POST => {
            let draft = draft(call, table, &object(&ask.body)?, Mode::Create, 0).await?;
            Ok(created(call, table, draft))
        }
        (Resource::Entity(place), Suffix::None) if *method == Method::PATCH => {
            change(call, ask, place).await
        }
        (Resource::Entity(place), Suffix::None) if *method == Method::DELETE => {
            Ok(Plan::one(Request::Delete {
                table: place.table.logical.to_owned(),
                key: place.key,
                if_match: if_match(ask)?,
            }))
        }
        (Resource::Property(place, column), Suffix::None) => property_of(ask, place, column),
        (Resource::Single(place, single), Suffix::Ref) => lookup(call, ask, place, single).await,
        (Resource::Many(place, relation, member), Suffix::Ref) => {
            tie(call, ask, place, relation, member).await
        }
        (Resource::Many(place, relation, None), Suffix::None) if *method == Method::POST => {
            member(call, ask, place, relation).await
        }
        (Resource::Many(_, relation, Some(key)), Suffix::None) => {
            let table = schema::table(relation.to).ok_or_else(refused)?;
            match *method {
                Method::PATCH => change(call, ask, Place { table, key }).await,
                _ => Err(refused()),
            }
        }
        (Resource::Unbound(name), Suffix::None)
            if *method == Method::POST && name == "BulkDelete" =>
        {
            operation::bulk_delete(call, ask)
        }
        (Resource::Bound(table, key, name), Suffix::None) if *method == Method::POST => {
            operation::action(call, ask, table, key, &name).await
        }
        _ => Err(refused()),
    }
}

fn created(call: &Call<'_>, table: &'static Table, draft: Draft) -> Plan {
    let (id, requests) = creation(call, table, draft);
    Plan { requests, telling: Telling::Created(table, id) }
}

/// PATCH of a row: an upsert unless a condition says otherwise.
async fn change(call: &Call<'_>, ask: &Ask, place: Place) -> Result<Plan, Fault> {
    let Place { table, key } = place;
    let draft = draft(call, table, &object(&ask.body)?, Mode::Change, 0).await?;
    let mut row = draft.row;
    if let (Key::Id(id), Some(given)) = (&key, row.remove(table.key))
        && given.as_id() != Some(*id)
    {
        return Err(Fault::payload(format!(
            "The value of '{}' is not the id in the address.",
            table.key
        )));
    }
    let ties = draft.ties.into_iter().map(|pair| tied(table, key.clone(), pair));
    let ties: Vec<Request> = ties.collect();
    let (logical, condition) = (table.logical.to_owned(), if_match(ask)?);
    let only_new = ask.header("if-none-match").is_some_and(|value| value.trim() == "*");
    let children = (!draft.children.is_empty()).then_some(draft.children);
    let request = if condition == IfMatch::Unconditional || only_new {
        Request::Upsert {
            table: logical,
            key,
            row,
            children,
            allow: Allow { create: true, update: !only_new },
            if_match: condition,
        }
    } else {
        Request::Update { table: logical, key, row, children, if_match: condition }
    };
    let mut requests = draft.before;
    let main = requests.len();
    requests.push(request);
    requests.extend(ties);
    Ok(Plan { requests, telling: Telling::Changed(table, main) })
}

/// `If-Match`.
fn if_match(ask: &Ask) -> Result<IfMatch, Fault> {
    let Some(value) = ask.header("if-match").map(str::trim) else {
        return Ok(IfMatch::Unconditional);
    };
    if value == "*" {
        return Ok(IfMatch::Any);
    }
    version(value)
        .map(IfMatch::Version)
        .ok_or_else(|| Fault::bad("The value of the header If-Match is not a version."))
}

/// The number in `W/"123"`.
pub(crate) fn version(etag: &str) -> Option<i64> {
    let text = etag.trim();
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.trim_matches('"').parse().ok()
}

/// PUT and DELETE of a single property.
fn property_of(ask: &Ask, place: Place, column: &'static Column) -> Result<Plan, Fault> {
    let value = match ask.method {
        Method::PUT => {
            let members = object(&ask.body)?;
            let value = members
                .get("value")
                .ok_or_else(|| Fault::payload("The member 'value' is missing."))?;
            literal::json(column, value)?
        }
        Method::DELETE => Value::Null,
        _ => return Err(Fault::method(ask.method.as_str())),
    };
    Ok(put(place, column, value, if_match(ask)?))
}

/// An update of one column of a row that must be there.
fn put(place: Place, column: &Column, value: Value, condition: IfMatch) -> Plan {
    Plan::one(Request::Update {
        table: place.table.logical.to_owned(),
        key: place.key,
        row: Row::from([(column.logical.to_owned(), value)]),
        children: None,
        if_match: condition,
    })
}

/// `/navigation/$ref` of a lookup.
async fn lookup(
    call: &Call<'_>,
    ask: &Ask,
    place: Place,
    Single { column, navigation }: Single,
) -> Result<Plan, Fault> {
    let value = match ask.method {
        Method::PUT | Method::POST => {
            let text = reference_of(&ask.body)?;
            Value::Lookup(target(call, column, navigation, &text).await?)
        }
        Method::DELETE => Value::Null,
        _ => return Err(Fault::method(ask.method.as_str())),
    };
    Ok(put(place, column, value, if_match(ask)?))
}

/// `/navigation/$ref` of a collection.
async fn tie(
    call: &Call<'_>,
    ask: &Ask,
    place: Place,
    relation: &'static Relation,
    member: Option<Key>,
) -> Result<Plan, Fault> {
    let untie = ask.method == Method::DELETE;
    let to = schema::table(relation.to).ok_or_else(|| Fault::no_segment(relation.to))?;
    let far = match (&ask.method, member) {
        (&Method::DELETE, Some(key)) => Place { table: to, key },
        (&Method::DELETE, None) => {
            let query = parse_query(&ask.query)?;
            let text = query
                .custom
                .get("$id")
                .ok_or_else(|| Fault::bad("The query option '$id' is missing."))?;
            reference(call, text)?
        }
        (&Method::POST | &Method::PUT, None) => reference(call, &reference_of(&ask.body)?)?,
        _ => return Err(Fault::method(ask.method.as_str())),
    };
    if !property::fits(relation.to, far.table) {
        return Err(Fault::bad(format!(
            "'{}' does not lead to records of '{}'.",
            relation.name, far.table.logical
        )));
    }
    let id = call.id_of(far.table, &far.key).await?;
    let record = RecordRef { table: far.table.logical.to_owned(), id };
    if !untie {
        return Ok(Plan::one(tied(place.table, place.key, (relation, record))));
    }
    Ok(Plan::one(Request::Disassociate {
        table: place.table.logical.to_owned(),
        key: place.key,
        relation: relation.name.to_owned(),
        target: Some(record),
    }))
}

/// POST to a collection navigation: a row made and tied.
async fn member(
    call: &Call<'_>,
    ask: &Ask,
    place: Place,
    relation: &'static Relation,
) -> Result<Plan, Fault> {
    let table = schema::table(relation.to).ok_or_else(|| Fault::no_segment(relation.to))?;
    let parent = call.id_of(place.table, &place.key).await?;
    let mut draft = draft(call, table, &object(&ask.body)?, Mode::Create, 0).await?;
    if let Tie::Lookup(column) = relation.tie {
        draft.row.insert(column.to_owned(), Value::lookup(place.table.logical, parent));
        return Ok(created(call, table, draft));
    }
    let mut plan = created(call, table, draft);
    if let Telling::Created(_, id) = plan.telling {
        let record = RecordRef { table: table.logical.to_owned(), id };
        plan.requests.push(tied(place.table, Key::Id(parent), (relation, record)));
    }
    Ok(plan)
}

fn reference_of(body: &[u8]) -> Result<String, Fault> {
    object(body)?
        .get("@odata.id")
        .and_then(Json::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Fault::payload("The member '@odata.id' is missing."))
}

/// Tells what a plan's requests answered.
pub(crate) async fn tell(
    call: &Call<'_>,
    ask: &Ask,
    telling: Telling,
    answers: &[Response],
) -> Result<Reply, Fault> {
    let (table, id, made) = match telling {
        Telling::Done => return Ok(Reply::empty(204)),
        Telling::Action(kind, mut body) => {
            body["@odata.context"] =
                Json::from(format!("{}/$metadata#Microsoft.Dynamics.CRM.{kind}", call.base));
            return Ok(Reply::json(200, &body));
        }
        Telling::Created(table, id) => (table, id, true),
        Telling::Changed(table, main) => match answers.get(main) {
            Some(Response::Updated { id, created }) => (table, *id, *created),
            _ => return Err(crate::call::unexpected()),
        },
    };
    if !call.prefer.representation {
        let url = call.url(table, id);
        let reply = Reply::empty(204);
        let reply = if made { reply.with("Location", url.clone()) } else { reply };
        return Ok(reply.with("OData-EntityId", url));
    }
    let mut query = parse_query(&ask.query).unwrap_or_default();
    if ask.method == Method::PATCH {
        query.expand.clear();
    }
    let place = Place { table, key: Key::Id(id) };
    let body = read::entity(call, &place, &query).await?;
    let mut reply = Reply::json(if made { 201 } else { 200 }, &body);
    if let Some(applied) = call.prefer.applied(false, true) {
        reply = reply.with("Preference-Applied", applied);
    }
    Ok(reply)
}
