//! Messages and attachments as the wire has them.

use super::{attachments::attachment_value, extensions, request::Request};
use crate::{
    error::Refusal,
    preview,
    store::{
        attachment, extended, extension,
        handle::{change_key, folder_id, message_id},
        item::{self, Item, Text},
        message::{Address, BodyType},
        user::User,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_odata::{Expr, Literal, Query};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Map, Value, json};

/// What `$select` can name. Source: the message resource.
const PROPERTIES: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "body",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "flag",
    "uniqueBody",
    "internetMessageHeaders",
    "meetingMessageType",
];

/// Left out unless `$select` names them.
const ON_REQUEST: &[&str] = &["uniqueBody", "internetMessageHeaders"];

/// What needs the body's row.
const FROM_TEXT: &[&str] = &["body", "uniqueBody", "internetMessageHeaders"];

/// What an answer shows of a message, and in which form.
#[derive(Debug)]
pub(crate) struct View<'a> {
    request: &'a Request,
    user: &'a User,
    select: Vec<String>,
    expand: &'a Query,
}

impl<'a> View<'a> {
    /// The view that a request asks for.
    ///
    /// Errors: 400 when `$select` or `$expand` names something that messages do not have.
    pub(crate) fn new(request: &'a Request, user: &'a User) -> Result<Self, Refusal> {
        Self::selecting(request, user, &request.query.select)
    }

    /// The view with another `$select`.
    pub(crate) fn selecting(
        request: &'a Request,
        user: &'a User,
        select: &[String],
    ) -> Result<Self, Refusal> {
        let mut names = Vec::new();
        for name in select {
            let first = name.split('/').next().unwrap_or(name);
            let known = PROPERTIES.iter().find(|known| known.eq_ignore_ascii_case(first));
            let known = known.copied().or((first == "*").then_some("*"));
            names.push(known.ok_or_else(|| {
                Refusal::bad_query(format!(
                    "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Message'."
                ))
            })?.to_owned());
        }
        if names.iter().any(|name| name == "*") {
            names.clear();
        }
        for expand in &request.query.expand {
            let known = [
                "attachments",
                "extensions",
                "singleValueExtendedProperties",
                "multiValueExtendedProperties",
            ];
            if !known.iter().any(|name| name.eq_ignore_ascii_case(&expand.path)) {
                return Err(Refusal::bad_query(format!(
                    "Parsing OData Select and Expand failed: '{}' cannot be expanded here.",
                    expand.path
                )));
            }
        }
        Ok(Self { request, user, select: names, expand: &request.query })
    }

    /// The part of the context that names the selected properties: `(id,subject)`, or nothing.
    pub(crate) fn context_suffix(&self) -> String {
        if self.select.is_empty() { String::new() } else { format!("({})", self.select.join(",")) }
    }

    fn shows(&self, name: &str) -> bool {
        if self.select.is_empty() {
            !ON_REQUEST.contains(&name)
        } else {
            self.select.iter().any(|selected| selected == name)
        }
    }

    /// A message as the view shows it.
    pub(crate) fn message(&self, tx: &Transaction<'_>, item: &Item) -> Result<Value, Refusal> {
        let expands =
            |name: &str| self.expand.expand.iter().any(|one| one.path.eq_ignore_ascii_case(name));
        let needs_text = FROM_TEXT.iter().any(|name| self.shows(name))
            || expands("singleValueExtendedProperties");
        let text = if needs_text { item::text(tx, item.row)? } else { Text::default() };
        let mut map = self.frame(item);
        for name in PROPERTIES {
            if *name != "id"
                && self.shows(name)
                && let Some(value) = self.property(name, item, &text)
            {
                map.insert((*name).to_owned(), value);
            }
        }
        self.expanded(tx, item, &text, &mut map)?;
        Ok(Value::Object(map))
    }

    /// A message of which only the read state changed.
    pub(crate) fn read_state(&self, item: &Item) -> Value {
        let mut map = self.frame(item);
        map.insert("isRead".to_owned(), json!(item.is_read));
        map.insert("parentFolderId".to_owned(), json!(folder_id(self.user.guid, item.folder)));
        Value::Object(map)
    }

    fn frame(&self, item: &Item) -> Map<String, Value> {
        let mut map = Map::new();
        if let Some(kind) = meeting_type(&item.class) {
            map.insert("@odata.type".to_owned(), json!(kind.0));
        }
        map.insert("@odata.etag".to_owned(), json!(etag(self.user, item)));
        map.insert("id".to_owned(), json!(self.id(item)));
        map
    }

    fn id(&self, item: &Item) -> String {
        message_id(self.request.prefer.ids, self.user.guid, item.row, item.incarnation)
    }

    fn property(&self, name: &str, item: &Item, text: &Text) -> Option<Value> {
        let recipients = &item.recipients;
        Some(match name {
            "createdDateTime" => json!(instant(item.created_ms)),
            "lastModifiedDateTime" => json!(instant(item.modified_ms)),
            "changeKey" => json!(change_key(self.user.guid, item.version)),
            "categories" => json!(item.categories),
            "receivedDateTime" => json!(instant(item.received_ms)),
            "sentDateTime" => json!(instant(item.sent_ms)),
            "hasAttachments" => json!(item.has_attachments),
            "internetMessageId" if item.internet_message_id.is_empty() => Value::Null,
            "internetMessageId" => json!(item.internet_message_id),
            "subject" => json!(item.subject),
            "bodyPreview" => json!(item.preview),
            "importance" => json!(item.importance),
            "parentFolderId" => json!(folder_id(self.user.guid, item.folder)),
            "conversationId" => json!(item.conversation_id),
            "conversationIndex" => json!(STANDARD.encode(&item.conversation_index)),
            "isDeliveryReceiptRequested" => json!(item.delivery_receipt),
            "isReadReceiptRequested" => json!(item.read_receipt),
            "isRead" => json!(item.is_read),
            "isDraft" => json!(item.is_draft),
            "webLink" => json!(self.web_link(item)),
            "inferenceClassification" => json!(item.inference),
            "body" | "uniqueBody" => self.body(text),
            "sender" => recipient(item.sender.as_ref()),
            "from" => recipient(item.from.as_ref()),
            "toRecipients" => addresses(&recipients.to),
            "ccRecipients" => addresses(&recipients.cc),
            "bccRecipients" => addresses(&recipients.bcc),
            "replyTo" => addresses(&recipients.reply_to),
            "flag" => item.flag.clone(),
            "internetMessageHeaders" => headers(&text.headers),
            "meetingMessageType" => json!(meeting_type(&item.class)?.1),
            _ => return None,
        })
    }

    fn body(&self, text: &Text) -> Value {
        let body =
            preview::converted(&text.body, self.request.prefer.body.unwrap_or(BodyType::Html));
        json!({ "contentType": body.content_type.as_str(), "content": body.content })
    }

    fn web_link(&self, item: &Item) -> String {
        let origin = self.request.root.strip_suffix("/graph").unwrap_or(&self.request.root);
        format!("{origin}/outlook/?ItemID={}&exvsurl=1&viewmodel=ReadMessageItem", self.id(item))
    }

    fn expanded(
        &self,
        tx: &Transaction<'_>,
        item: &Item,
        text: &Text,
        map: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        for expand in &self.expand.expand {
            match expand.path.to_ascii_lowercase().as_str() {
                "attachments" => {
                    let mut list = Vec::new();
                    for one in attachment::list(tx, item.row)? {
                        list.push(attachment_value(
                            tx,
                            self.request,
                            self.user,
                            item,
                            &one,
                            &expand.query.select,
                        )?);
                    }
                    map.insert("attachments".to_owned(), Value::Array(list));
                }
                "extensions" => {
                    let mut wanted = Vec::new();
                    property_ids(expand.query.filter.as_ref(), &mut wanted);
                    let wanted: Vec<&str> = wanted.iter().map(|id| extensions::bare(id)).collect();
                    let list: Vec<Value> = extension::list(tx, item.row)?
                        .iter()
                        .filter(|one| {
                            wanted.is_empty()
                                || wanted.iter().any(|id| id.eq_ignore_ascii_case(&one.name))
                        })
                        .map(extensions::shown)
                        .collect();
                    map.insert("extensions".to_owned(), Value::Array(list));
                }
                name => {
                    let several = name.starts_with("multi");
                    let list = properties(tx, item, text, expand.query.filter.as_ref(), several)?;
                    if !list.is_empty() {
                        let start = if several { "multi" } else { "single" };
                        map.insert(format!("{start}ValueExtendedProperties"), Value::Array(list));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The extended properties that a filter names, as far as the message has them.
fn properties(
    tx: &Transaction<'_>,
    item: &Item,
    text: &Text,
    filter: Option<&Expr>,
    several: bool,
) -> Result<Vec<Value>, Refusal> {
    let mut wanted = Vec::new();
    property_ids(filter, &mut wanted);
    let mut list = Vec::new();
    for id in wanted {
        let id = extended::normal(&id)?;
        if extended::is_several(&id) != several {
            continue;
        }
        if let Some(value) = extended::get(tx, item, text, &id)? {
            let value = if several {
                serde_json::from_str(&value).unwrap_or_default()
            } else {
                Value::String(value)
            };
            list.push(json!({ "id": id, "value": value }));
        }
    }
    Ok(list)
}

/// The ids that the filter of an expansion names.
pub(crate) fn property_ids(filter: Option<&Expr>, ids: &mut Vec<String>) {
    match filter {
        Some(Expr::And(left, right) | Expr::Or(left, right)) => {
            property_ids(Some(left), ids);
            property_ids(Some(right), ids);
        }
        Some(Expr::Compare { left, right, .. }) => {
            for side in [left, right] {
                if let Expr::Literal(Literal::Text(id)) = side.as_ref() {
                    ids.push(id.clone());
                }
            }
        }
        _ => {}
    }
}

/// The etag of a message: weak, with the change key inside.
pub(crate) fn etag(user: &User, item: &Item) -> String {
    format!("W/\"{}\"", change_key(user.guid, item.version))
}

/// RFC 3339 in UTC. Units: milliseconds since the epoch.
pub(crate) fn instant(ms: i64) -> String {
    earmark_model::Instant::from_millis(ms).to_string()
}

pub(crate) fn recipient(address: Option<&Address>) -> Value {
    address.map_or(
        Value::Null,
        |address| json!({ "emailAddress": { "name": address.name, "address": address.address } }),
    )
}

fn addresses(list: &[Address]) -> Value {
    list.iter().map(|address| recipient(Some(address))).collect()
}

fn headers(list: &[(String, String)]) -> Value {
    list.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// (type, meetingMessageType) of a meeting message.
fn meeting_type(class: &str) -> Option<(&'static str, &'static str)> {
    let kind = class.strip_prefix("IPM.Schedule.Meeting.")?;
    Some(match kind {
        "Request" => ("#microsoft.graph.eventMessageRequest", "meetingRequest"),
        "Canceled" => ("#microsoft.graph.eventMessage", "meetingCancelled"),
        "Resp.Pos" => ("#microsoft.graph.eventMessageResponse", "meetingAccepted"),
        "Resp.Tent" => ("#microsoft.graph.eventMessageResponse", "meetingTenativelyAccepted"),
        "Resp.Neg" => ("#microsoft.graph.eventMessageResponse", "meetingDeclined"),
        _ => ("#microsoft.graph.eventMessage", "none"),
    })
}
