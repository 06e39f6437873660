//! Paths: which rows, columns and operations an address names.

use earmark_embedded::request::Key;
use earmark_embedded::schema::{self, Column, Relation, Table};
use earmark_embedded::value::{Row, Value};
use earmark_odata::{Literal, Segment, parse_path};

use crate::call::Call;
use crate::fault::Fault;
use crate::{literal, property};

/// The namespace of types and operations.
pub(crate) const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) table: &'static Table,
    pub(crate) key: Key,
}

/// What a path names.
#[derive(Debug, Clone)]
pub(crate) enum Resource {
    /// `/`
    ServiceDocument,
    /// `/$metadata`
    Metadata,
    /// `/$batch`
    Batch,
    /// `/EntityDefinitions…`
    Definitions(Vec<Segment>),
    /// `/RelationshipDefinitions`
    RelationshipDefinitions,
    /// `/WhoAmI()`
    Unbound(String),
    /// `/emails`
    Set(&'static Table),
    /// `/emails(…)`
    Entity(Place),
    /// `/emails(…)/subject`
    Property(Place, &'static Column),
    /// `/emails(…)/regardingobjectid_contact_email`
    Single(Place, Single),
    /// `/emails(…)/email_activity_parties`, perhaps with a member's key.
    Many(Place, &'static Relation, Option<Key>),
    /// `/emails(…)/Microsoft.Dynamics.CRM.X`, `/emails/Microsoft.Dynamics.CRM.X`
    Bound(&'static Table, Option<Key>, String),
}

/// A single-valued navigation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Single {
    pub(crate) column: &'static Column,
    pub(crate) navigation: &'static str,
}

/// What follows the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    None,
    Value,
    Count,
    Ref,
}

/// A resource and its suffix.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub(crate) resource: Resource,
    pub(crate) suffix: Suffix,
}

/// Finds what a path names. Rows are read only where the path goes through a lookup.
pub(crate) async fn locate(call: &Call<'_>, path: &str) -> Result<Located, Fault> {
    let mut segments = parse_path(path)?;
    let suffix = match segments.last().map(|segment| segment.name.as_str()) {
        Some("$value") => Suffix::Value,
        Some("$count") => Suffix::Count,
        Some("$ref") => Suffix::Ref,
        _ => Suffix::None,
    };
    if suffix != Suffix::None {
        segments.pop();
    }
    let mut segments = segments.into_iter();
    let Some(first) = segments.next() else {
        return Ok(Located { resource: Resource::ServiceDocument, suffix });
    };
    let mut resource = match first.name.as_str() {
        "EntityDefinitions" => {
            let all = std::iter::once(first).chain(segments).collect();
            return Ok(Located { resource: Resource::Definitions(all), suffix });
        }
        "$metadata" => Resource::Metadata,
        "$batch" => Resource::Batch,
        "RelationshipDefinitions" if first.keys.is_empty() => Resource::RelationshipDefinitions,
        _ => root(&first)?,
    };
    for segment in segments {
        resource = step(call, resource, &segment).await?;
    }
    Ok(Located { resource, suffix })
}

fn root(segment: &Segment) -> Result<Resource, Fault> {
    let Some(table) = schema::table_by_set(&segment.name) else {
        let name = segment.name.strip_prefix(NAMESPACE).unwrap_or(&segment.name);
        if crate::operation::UNBOUND.contains(&name) {
            return Ok(Resource::Unbound(name.to_owned()));
        }
        return Err(Fault::no_segment(&segment.name));
    };
    if segment.keys.is_empty() {
        return Ok(Resource::Set(table));
    }
    let key = key(table, segment)?;
    Ok(Resource::Entity(Place { table, key }))
}

async fn step(call: &Call<'_>, from: Resource, segment: &Segment) -> Result<Resource, Fault> {
    if let Some(name) = segment.name.strip_prefix(NAMESPACE) {
        return typed(from, name);
    }
    let place = match from {
        Resource::Entity(place) => place,
        Resource::Single(place, single) => match through(call, &place, single).await? {
            Some(place) => place,
            None => return Err(Fault::no_segment(&segment.name)),
        },
        Resource::Many(_, relation, Some(key)) => Place {
            table: schema::table(relation.to).ok_or_else(|| Fault::no_segment(relation.to))?,
            key,
        },
        _ => return Err(Fault::no_segment(&segment.name)),
    };
    below(place, segment)
}

/// A member of a row.
fn below(place: Place, segment: &Segment) -> Result<Resource, Fault> {
    let table = place.table;
    if let Some((column, navigation)) = property::navigation(table, &segment.name) {
        return Ok(Resource::Single(place, Single { column, navigation }));
    }
    if let Some(relation) = schema::relation(table.logical, &segment.name) {
        let member = match (segment.keys.is_empty(), schema::table(relation.to)) {
            (false, Some(to)) => Some(key(to, segment)?),
            _ => None,
        };
        return Ok(Resource::Many(place, relation, member));
    }
    match property::column(table, &segment.name) {
        Some(column) => Ok(Resource::Property(place, column)),
        None => Err(Fault::no_segment(&segment.name)),
    }
}

/// A type cast or a bound operation.
fn typed(from: Resource, name: &str) -> Result<Resource, Fault> {
    if schema::table(name).is_some() {
        return Ok(from);
    }
    match from {
        Resource::Set(table) => Ok(Resource::Bound(table, None, name.to_owned())),
        Resource::Entity(place) => {
            Ok(Resource::Bound(place.table, Some(place.key), name.to_owned()))
        }
        _ => Err(Fault::no_segment(name)),
    }
}

/// The row that a lookup leads to.
pub(crate) async fn through(
    call: &Call<'_>,
    place: &Place,
    single: Single,
) -> Result<Option<Place>, Fault> {
    let columns = vec![single.column.logical.to_owned()];
    let row = call.row(place.table, &place.key, Some(columns)).await?;
    let Some(reference) = row.get(single.column.logical).and_then(Value::as_lookup) else {
        return Ok(None);
    };
    let leads = property::reaches(single.column, single.navigation, &reference.table);
    Ok(schema::table(&reference.table)
        .filter(|_| leads)
        .map(|table| Place { table, key: Key::Id(reference.id) }))
}

/// The key that a segment names.
pub(crate) fn key(table: &'static Table, segment: &Segment) -> Result<Key, Fault> {
    let malformed = || {
        let kind = format!("{NAMESPACE}{}", table.logical);
        Fault::bad(format!(
            "The key in the request URI is not valid for resource '{kind}'. Ensure that the names \
             and number of key properties match the declared or alternate key properties for the \
             resource '{kind}'."
        ))
    };
    if let [only] = segment.keys.as_slice() {
        let name = match property::is_principal(table) {
            true => "ownerid",
            false => table.key,
        };
        if only.name.as_deref().is_none_or(|given| given == name) {
            return literal::guid(&only.value).map(Key::Id).ok_or_else(malformed);
        }
    }
    let mut row = Row::new();
    for part in &segment.keys {
        let name = part.name.as_deref().ok_or_else(malformed)?;
        let column = property::column(table, name).ok_or_else(malformed)?;
        if part.value == Literal::Null {
            return Err(malformed());
        }
        row.insert(column.logical.to_owned(), literal::value(column, &part.value)?);
    }
    let declared = table
        .alternate_keys
        .iter()
        .any(|names| names.len() == row.len() && names.iter().all(|name| row.contains_key(*name)));
    if declared { Ok(Key::Alternate(row)) } else { Err(malformed()) }
}

/// The row that a reference names: `/contacts(id)`, `contacts(id)` or an absolute address.
pub(crate) fn reference(call: &Call<'_>, text: &str) -> Result<Place, Fault> {
    let malformed = || Fault::payload(format!("The reference '{text}' does not name a record."));
    let path = match text.strip_prefix(&call.base) {
        Some(path) => path,
        // Any address of this face will do, whatever host it was reached by.
        None => match text.find("/api/data/v") {
            Some(start) => {
                let below = &text[start + "/api/data/".len()..];
                below.split_once('/').map_or("", |(_, path)| path)
            }
            None => text,
        },
    };
    let path = path.split('?').next().unwrap_or(path);
    let segments = parse_path(path).map_err(|_| malformed())?;
    let [segment] = segments.as_slice() else {
        return Err(malformed());
    };
    let table = schema::table_by_set(&segment.name).ok_or_else(malformed)?;
    if segment.keys.is_empty() {
        return Err(malformed());
    }
    let key = key(table, segment)?;
    Ok(Place { table, key })
}
