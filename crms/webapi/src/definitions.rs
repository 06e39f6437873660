//! `EntityDefinitions`: tables, columns and relationships as data.

use earmark_embedded::schema::{self, Ownership, Table, Tie};
use earmark_odata::{
    Evaluate, Expand, Literal, Query, Segment, compare_by, matches, parse_query, project,
};
use serde_json::{Value as Json, json};

use crate::attribute::{attribute, label, stable};
use crate::call::{Ask, Call};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::resource::NAMESPACE;

/// GET of `EntityDefinitions…`.
pub(crate) fn definitions(
    call: &Call<'_>,
    ask: &Ask,
    segments: &[Segment],
) -> Result<Reply, Fault> {
    let query = parse_query(&ask.query)?;
    let Some((first, rest)) = segments.split_first() else {
        return Err(Fault::no_segment("EntityDefinitions"));
    };
    if first.keys.is_empty() {
        if let Some(segment) = rest.first() {
            return Err(Fault::no_segment(&segment.name));
        }
        let all = schema::tables().iter().map(|table| (entity(table), Some(*table))).collect();
        return list(call, "EntityDefinitions", all, &query);
    }
    let found = schema::tables().iter().find(|table| named(first, &entity(table)));
    let table = *found.ok_or_else(|| missing("entity", first))?;
    let Some((second, rest)) = rest.split_first() else {
        let mut body = entity(table);
        expanded(&mut body, table, &query.expand)?;
        shown(&mut body, &query);
        body["@odata.context"] = context(call, "EntityDefinitions/$entity");
        return Ok(Reply::json(200, &body));
    };
    match second.name.as_str() {
        "Attributes" => attributes(call, table, second, rest, &query),
        "ManyToOneRelationships" | "OneToManyRelationships" | "ManyToManyRelationships" => {
            let all = relationships(table, &second.name);
            list(call, &second.name, all.into_iter().map(|one| (one, None)).collect(), &query)
        }
        "Keys" => {
            let all = keys(table).into_iter().map(|one| (one, None)).collect();
            list(call, "EntityDefinitions/Keys", all, &query)
        }
        name => match entity(table).get(name) {
            Some(value) => Ok(Reply::json(
                200,
                &json!({"@odata.context": context(call, name), "value": value}),
            )),
            None => Err(Fault::no_segment(name)),
        },
    }
}

/// GET of `RelationshipDefinitions`.
pub(crate) fn relationship_definitions(call: &Call<'_>, ask: &Ask) -> Result<Reply, Fault> {
    let query = parse_query(&ask.query)?;
    let of = |table: &&'static Table| {
        let mut all = relationships(table, "OneToManyRelationships");
        all.extend(relationships(table, "ManyToManyRelationships"));
        all
    };
    let all = schema::tables().iter().flat_map(of).map(|one| (one, None)).collect();
    list(call, "RelationshipDefinitions", all, &query)
}

fn attributes(
    call: &Call<'_>,
    table: &'static Table,
    segment: &Segment,
    rest: &[Segment],
    query: &Query,
) -> Result<Reply, Fault> {
    let cast = rest
        .first()
        .and_then(|segment| segment.name.strip_prefix(NAMESPACE))
        .map(|name| format!("#{NAMESPACE}{name}"));
    let rest = if cast.is_some() { rest.get(1..).unwrap_or_default() } else { rest };
    let options = query.expand.iter().any(|expand| expand.path == "OptionSet");
    let fits = |body: &Json| cast.as_deref().is_none_or(|cast| body["@odata.type"] == cast);
    let all = table.columns.iter().map(|column| attribute(table, column, options));
    if segment.keys.is_empty() {
        let all = all.filter(|body| fits(body)).map(|body| (body, None)).collect();
        return list(call, "EntityDefinitions/Attributes", all, query);
    }
    let mut found = all.filter(|body| named(segment, body));
    let mut body = found.next().ok_or_else(|| missing("attribute", segment))?;
    if !fits(&body) {
        return Err(missing("attribute", segment));
    }
    if let Some(property) = rest.first() {
        let full = table.columns.iter().map(|column| attribute(table, column, true));
        let full = full.into_iter().find(|body| named(segment, body)).unwrap_or_default();
        let value =
            full.get(&property.name).ok_or_else(|| Fault::no_segment(&property.name))?.clone();
        return Ok(match value {
            Json::Object(_) => Reply::json(200, &value),
            value => Reply::json(
                200,
                &json!({"@odata.context": context(call, &property.name), "value": value}),
            ),
        });
    }
    shown(&mut body, query);
    body["@odata.context"] = context(call, "EntityDefinitions/Attributes/$entity");
    Ok(Reply::json(200, &body))
}

fn context(call: &Call<'_>, what: &str) -> Json {
    Json::from(format!("{}/$metadata#{what}", call.base))
}

fn missing(what: &str, segment: &Segment) -> Fault {
    let key = segment.keys.first().map(|key| key.value.to_string()).unwrap_or_default();
    Fault::new(404, 0x8004_0217, format!("Could not find an {what} with the key {key}."))
}

/// Whether a key names an object: by `LogicalName` or by `MetadataId`.
fn named(segment: &Segment, body: &Json) -> bool {
    let [key] = segment.keys.as_slice() else {
        return false;
    };
    match (key.name.as_deref(), &key.value) {
        (Some("LogicalName"), Literal::Text(text)) => body["LogicalName"] == text.as_str(),
        (None | Some("MetadataId"), Literal::Guid(id)) => body["MetadataId"] == id.to_string(),
        _ => false,
    }
}

fn list(
    call: &Call<'_>,
    what: &str,
    all: Vec<(Json, Option<&'static Table>)>,
    query: &Query,
) -> Result<Reply, Fault> {
    let mut found = Vec::new();
    for (body, table) in all {
        let holds = match &query.filter {
            Some(expr) => matches(expr, &body, &Evaluate::default())
                .map_err(|error| Fault::bad(error.to_string()))?,
            None => true,
        };
        if holds {
            found.push((body, table));
        }
    }
    found.sort_by(|(a, _), (b, _)| compare_by(&query.order_by, a, b));
    let total = found.len();
    found.truncate(usize::try_from(query.top.unwrap_or(u64::MAX)).unwrap_or(usize::MAX));
    let mut value = Vec::new();
    for (mut body, table) in found {
        if let Some(table) = table {
            expanded(&mut body, table, &query.expand)?;
        }
        shown(&mut body, query);
        value.push(body);
    }
    let mut body = json!({"@odata.context": context(call, what), "value": value});
    if query.count {
        body["@odata.count"] = Json::from(total);
    }
    Ok(Reply::json(200, &body))
}

/// Leaves what is selected, the id, and what is expanded.
fn shown(body: &mut Json, query: &Query) {
    if query.select.is_empty() {
        return;
    }
    let mut names = query.select.clone();
    names.push("MetadataId".into());
    names.extend(query.expand.iter().map(|expand| expand.path.clone()));
    project(body, &names);
}

fn expanded(body: &mut Json, table: &'static Table, expands: &[Expand]) -> Result<(), Fault> {
    for expand in expands {
        let mut items = match expand.path.as_str() {
            "Attributes" => {
                let options = expand.query.expand.iter().any(|inner| inner.path == "OptionSet");
                table.columns.iter().map(|column| attribute(table, column, options)).collect()
            }
            "ManyToOneRelationships" | "OneToManyRelationships" | "ManyToManyRelationships" => {
                relationships(table, &expand.path)
            }
            "Keys" => keys(table),
            other => return Err(Fault::no_property(other, "EntityMetadata")),
        };
        if let Some(expr) = &expand.query.filter {
            items.retain(|item| matches(expr, item, &Evaluate::default()).unwrap_or(false));
        }
        for item in &mut items {
            shown(item, &expand.query);
        }
        body[&expand.path] = Json::Array(items);
    }
    Ok(())
}

/// The description of a table.
fn entity(table: &Table) -> Json {
    let ownership = match table.ownership {
        Ownership::User => "UserOwned",
        Ownership::BusinessUnit => "BusinessOwned",
        Ownership::Organization => "OrganizationOwned",
    };
    let intersect = schema::tables().iter().flat_map(|from| schema::relations(from.logical)).any(
        |relation| matches!(relation.tie, Tie::Intersect { table: between, .. } if between == table.logical),
    );
    json!({
        "MetadataId": stable(&[table.logical]),
        "LogicalName": table.logical,
        "SchemaName": table.schema,
        "EntitySetName": table.set,
        "LogicalCollectionName": table.set,
        "CollectionSchemaName": table.set,
        "PrimaryIdAttribute": table.key,
        "PrimaryNameAttribute": table.name,
        "ObjectTypeCode": table.type_code,
        "OwnershipType": ownership,
        "IsActivity": table.is_activity && table.key == "activityid",
        "IsActivityParty": table.logical == "activityparty",
        "IsCustomEntity": false,
        "IsPrivate": false,
        "IsIntersect": intersect,
        "ChangeTrackingEnabled": false,
        "IsOptimisticConcurrencyEnabled": true,
        "DisplayName": label(table.schema),
        "DisplayCollectionName": label(table.set),
    })
}

fn keys(table: &Table) -> Vec<Json> {
    let key = |columns: &&[&str]| {
        let name = columns.join("_");
        json!({
            "MetadataId": stable(&[table.logical, "key", &name]),
            "LogicalName": name,
            "EntityLogicalName": table.logical,
            "KeyAttributes": columns,
            "EntityKeyIndexStatus": "Active",
        })
    };
    table.alternate_keys.iter().map(key).collect()
}

/// The relationships of a table of one sort.
fn relationships(table: &Table, sort: &str) -> Vec<Json> {
    if sort == "ManyToOneRelationships" {
        let columns = table.columns.iter();
        return columns
            .flat_map(|column| column.targets().iter().map(move |target| (column, target)))
            .map(|(column, target)| {
                json!({
                    "SchemaName": format!("{}_{}_{}", table.logical, column.logical, target.table),
                    "ReferencingEntity": table.logical,
                    "ReferencingAttribute": column.logical,
                    "ReferencingEntityNavigationPropertyName": target.navigation,
                    "ReferencedEntity": target.table,
                    "ReferencedAttribute": schema::table(target.table).map(|table| table.key),
                })
            })
            .collect();
    }
    schema::relations(table.logical)
        .filter_map(|relation| match (relation.tie, sort) {
            (Tie::Lookup(column), "OneToManyRelationships") => Some(json!({
                "SchemaName": relation.name,
                "ReferencedEntity": table.logical,
                "ReferencedAttribute": table.key,
                "ReferencedEntityNavigationPropertyName": relation.name,
                "ReferencingEntity": relation.to,
                "ReferencingAttribute": column,
            })),
            (Tie::Intersect { table: between, near, far }, "ManyToManyRelationships") => {
                Some(json!({
                    "SchemaName": relation.name,
                    "IntersectEntityName": between,
                    "Entity1LogicalName": table.logical,
                    "Entity1IntersectAttribute": near,
                    "Entity1NavigationPropertyName": relation.name,
                    "Entity2LogicalName": relation.to,
                    "Entity2IntersectAttribute": far,
                    "Entity2NavigationPropertyName": relation.name,
                }))
            }
            _ => None,
        })
        .collect()
}
