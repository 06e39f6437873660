//! Contacts as the wire has them, and what bodies say about them.

use super::{
    listing::{Kind, check_members, given},
    render::instant,
    request::{Request, optional_text, text_member},
    write::texts,
};
use crate::{
    error::Refusal,
    store::{
        contact::Contact,
        handle::{self, change_key},
        handle_tasks::contact_id,
        user::User,
    },
};
use serde_json::{Map, Value, json};

/// The properties of a contact. Source: the contact resource.
pub(crate) const CONTACT: Kind = Kind {
    name: "microsoft.graph.contact",
    properties: &[
        "id",
        "changeKey",
        "createdDateTime",
        "lastModifiedDateTime",
        "parentFolderId",
        "categories",
        "assistantName",
        "birthday",
        "businessAddress",
        "businessHomePage",
        "businessPhones",
        "children",
        "companyName",
        "department",
        "displayName",
        "emailAddresses",
        "fileAs",
        "generation",
        "givenName",
        "homeAddress",
        "homePhones",
        "imAddresses",
        "initials",
        "jobTitle",
        "manager",
        "middleName",
        "mobilePhone",
        "nickName",
        "officeLocation",
        "otherAddress",
        "personalNotes",
        "profession",
        "spouseName",
        "surname",
        "title",
        "yomiCompanyName",
        "yomiGivenName",
        "yomiSurname",
    ],
};

/// Members that are kept elsewhere than among those of the body.
const APART: &[&str] =
    &["id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId", "categories"];
const LISTS: &[&str] = &["businessPhones", "children", "homePhones", "imAddresses"];
const PLACES: &[&str] = &["businessAddress", "homeAddress", "otherAddress"];
const PLACE: &[&str] = &["street", "city", "state", "countryOrRegion", "postalCode"];

/// The row that stands for the one folder of contacts; no folder of mail has it.
const FOLDER_ROW: i64 = 0;

/// What a body makes of a contact, or of one that was there: its members and its categories.
///
/// Errors: 400 naming the member that cannot be.
pub(crate) fn changed(
    body: &Value,
    before: Option<&Contact>,
) -> Result<(Map<String, Value>, Vec<String>), Refusal> {
    check_members(body, CONTACT, &[])?;
    let mut members = before.map(|contact| contact.members.clone()).unwrap_or_default();
    for name in CONTACT.properties.iter().filter(|name| !APART.contains(name)) {
        match given(body, name) {
            None => {}
            Some(Value::Null) => {
                members.remove(*name);
            }
            Some(value) => {
                members.insert((*name).to_owned(), read(name, body, value)?);
            }
        }
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let (given_name, surname) = (text("givenName"), text("surname"));
    let display_name = format!("{given_name} {surname}").trim().to_owned();
    let file_as = match (given_name, surname) {
        (given_name, "") => given_name.to_owned(),
        ("", surname) => surname.to_owned(),
        (given_name, surname) => format!("{surname}, {given_name}"),
    };
    for (name, made) in [("displayName", display_name), ("fileAs", file_as)] {
        if !made.is_empty() && !members.contains_key(name) {
            members.insert(name.to_owned(), json!(made));
        }
    }
    let categories = texts(body, "categories")?;
    let before = before.map(|contact| contact.categories.clone());
    Ok((members, categories.or(before).unwrap_or_default()))
}

fn read(name: &str, body: &Value, value: &Value) -> Result<Value, Refusal> {
    let invalid = |text: &str| Refusal::invalid_member(name, format!("'{name}' {text}"));
    if LISTS.contains(&name) {
        return Ok(json!(texts(body, name)?));
    }
    if PLACES.contains(&name) {
        let mut place = Map::new();
        for part in PLACE {
            if let Some(text) = optional_text(value, part)? {
                place.insert((*part).to_owned(), json!(text));
            }
        }
        return Ok(Value::Object(place));
    }
    if name == "emailAddresses" {
        let list = value.as_array().ok_or_else(|| invalid("must be a list."))?;
        return list
            .iter()
            .map(|one| {
                let address = text_member(one, "address")?;
                let name = optional_text(one, "name")?.unwrap_or_else(|| address.clone());
                Ok(json!({ "name": name, "address": address }))
            })
            .collect();
    }
    let text = text_member(body, name)?;
    if name == "birthday" {
        let time = earmark_model::Instant::parse_rfc3339(&text);
        return Ok(json!(time.ok_or_else(|| invalid("must be a time in UTC."))?.to_string()));
    }
    Ok(json!(text))
}

/// A contact as the wire has it.
pub(crate) fn shown(request: &Request, user: &User, contact: &Contact) -> Value {
    let mut value = json!({
        "@odata.etag": etag(user, contact),
        "id": contact_id(request.prefer.ids, user.guid, contact.row),
        "changeKey": change_key(user.guid, contact.version),
        "createdDateTime": instant(contact.created_ms),
        "lastModifiedDateTime": instant(contact.modified_ms),
        "parentFolderId": folder_id(user),
        "categories": contact.categories,
    });
    for name in CONTACT.properties.iter().filter(|name| !APART.contains(name)) {
        value[*name] = match contact.members.get(*name) {
            Some(member) => member.clone(),
            None if LISTS.contains(name) || *name == "emailAddresses" => json!([]),
            None if PLACES.contains(name) => json!({}),
            None => Value::Null,
        };
    }
    value
}

/// The etag of a contact: weak, with the change key inside.
pub(crate) fn etag(user: &User, contact: &Contact) -> String {
    format!("W/\"{}\"", change_key(user.guid, contact.version))
}

/// The id of the folder of contacts.
pub(crate) fn folder_id(user: &User) -> String {
    handle::folder_id(user.guid, FOLDER_ROW)
}

/// The folder of contacts as the wire has it.
pub(crate) fn folder_shown(user: &User) -> Value {
    json!({
        "id": folder_id(user),
        "displayName": "Contacts",
        "parentFolderId": null,
    })
}
