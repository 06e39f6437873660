//! Whose name a request runs in.

use earmark_embedded::caller::Caller;
use earmark_embedded::request::{Filter, Query, Request};
use earmark_embedded::schema;
use earmark_embedded::value::{Row, Value};
use uuid::Uuid;

use crate::authenticate::Principal;
use crate::call::{Ask, Face, id, listed, unexpected};
use crate::fault::Fault;

/// The privilege to act for others.
const ACT_ON_BEHALF: &str = "prvActOnBehalfOfAnotherUser";

/// The caller behind a token, or the user that they act for.
pub(crate) async fn caller(face: &Face, principal: Principal, ask: &Ask) -> Result<Caller, Fault> {
    let own = match principal {
        Principal::SystemUser(user) => user,
        Principal::DirectoryObject(object) => {
            user(face, "azureactivedirectoryobjectid", object).await?
        }
        Principal::Application(client) => user(face, "applicationid", client).await?,
    };
    let other = if let Some(text) = ask.header("callerobjectid") {
        user(face, "azureactivedirectoryobjectid", parsed(text)?).await?
    } else if let Some(text) = ask.header("mscrmcallerid") {
        user(face, "systemuserid", parsed(text)?).await?
    } else {
        return Ok(Caller::user(own));
    };
    if other != own && !may_act_for_others(face, own).await? {
        return Err(Fault::may_not_impersonate(own));
    }
    Ok(Caller::user(other))
}

fn parsed(text: &str) -> Result<Uuid, Fault> {
    Uuid::parse_str(text.trim())
        .map_err(|_| Fault::bad("The header that names another user is not a GUID."))
}

async fn user(face: &Face, column: &str, value: Uuid) -> Result<Uuid, Fault> {
    let table = schema::table("systemuser").ok_or_else(unexpected)?;
    let filter = Filter::eq(column, Value::Guid(value));
    let rows = rows(face, "systemuser", filter, &[table.key]).await?;
    rows.first().and_then(|row| id(table, row)).ok_or_else(Fault::not_a_member)
}

async fn may_act_for_others(face: &Face, user: Uuid) -> Result<bool, Fault> {
    let held = privileges(face, user).await?;
    Ok(held.iter().any(|held| held.name == ACT_ON_BEHALF))
}

/// A privilege that a user holds through a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) depth_mask: i64,
}

/// The privileges that a user holds through their own roles, by name.
pub(crate) async fn privileges(face: &Face, user: Uuid) -> Result<Vec<Held>, Fault> {
    let of_user = Filter::eq("systemuserid", Value::Guid(user));
    let roles = ids(&rows(face, "systemuserroles", of_user, &["roleid"]).await?, "roleid");
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let of_roles = among("roleid", &roles);
    let columns = ["privilegeid", "privilegedepthmask"];
    let granted = rows(face, "roleprivileges", of_roles, &columns).await?;
    let names = rows(face, "privilege", Filter::All, &["name"]).await?;
    let mut held: Vec<Held> = Vec::new();
    for row in &granted {
        let (Some(id), Some(mask)) = (
            row.get("privilegeid").and_then(Value::as_id),
            row.get("privilegedepthmask").and_then(Value::as_int),
        ) else {
            continue;
        };
        let name = names
            .iter()
            .find(|row| row.get("privilegeid").and_then(Value::as_id) == Some(id))
            .and_then(|row| row.get("name")?.as_text());
        match held.iter_mut().find(|known| known.id == id) {
            Some(known) => known.depth_mask |= mask,
            None => {
                held.push(Held { id, name: name.unwrap_or_default().to_owned(), depth_mask: mask })
            }
        }
    }
    held.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(held)
}

fn ids(rows: &[Row], column: &str) -> Vec<Uuid> {
    rows.iter().filter_map(|row| row.get(column)?.as_id()).collect()
}

fn among(column: &str, ids: &[Uuid]) -> Filter {
    Filter::In {
        column: vec![column.to_owned()],
        values: ids.iter().copied().map(Value::Guid).collect(),
    }
}

/// Rows read by the face itself, to find out who calls and what they may.
async fn rows(
    face: &Face,
    table: &str,
    filter: Filter,
    columns: &[&str],
) -> Result<Vec<Row>, Fault> {
    let query = Query {
        columns: Some(columns.iter().map(|name| (*name).to_owned()).collect()),
        filter,
        ..Query::of(table)
    };
    let service = face.crm.service_caller();
    Ok(listed(face.crm.execute(Request::Query(query), &service).await?)?.rows)
}
