//! Mail that comes in, and what was sent.

use super::{Named, Problem, body_of, json_of};
use crate::{
    diary::ImportError,
    mime::{self, mbox},
    sandbox::Sandbox,
    store::message::NewMessage,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use std::{io::Cursor, sync::Arc};

/// `?rcpt=` (repeatable): the recipients of the envelope. `?size=`: the bytes that mailboxes count
/// for the message whatever it has, so that limits can be met without moving that much.
pub(super) async fn deliver(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Problem> {
    let media_type = media_type(&request);
    if !media_type.is_empty() && media_type != "message/rfc822" {
        return Err(Problem::new(
            415,
            format!("Content-Type: {media_type} cannot be delivered; send message/rfc822"),
        ));
    }
    let Envelope { recipients, size } = envelope(request.uri().query().unwrap_or_default())?;
    let raw = body_of(request).await?;
    if raw.len() > mime::parse::SIZE_MAX {
        return Err(Problem::new(
            413,
            "body: the message is larger than 150 MB, the largest that a mailbox takes",
        ));
    }
    let mut message =
        mime::parse(&raw).map_err(|refusal| Problem::new(422, format!("body: {refusal}")))?;
    drop(raw);
    message.raw_size = size.unwrap_or(message.raw_size);
    let delivered = sandbox.deliver(message, recipients).await?;
    let body = json!({
        "messageId": delivered.message_id,
        "recipients": delivered.recipients,
        "external": delivered.external,
        "sender": delivered.sender,
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// All messages of the body, or none: 422 has one line for each that was refused.
pub(super) async fn import(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    sandbox.user(&mail).await?;
    let media_type = media_type(&request);
    let is_mbox = match media_type.as_str() {
        "message/rfc822" => false,
        "application/mbox" => true,
        "text/calendar" => return import_calendar(&sandbox, &mail, request).await,
        other => {
            return Err(Problem::new(
                415,
                format!(
                    "Content-Type: '{other}' cannot be imported; send message/rfc822, application/mbox or text/calendar"
                ),
            ));
        }
    };
    let raw = body_of(request).await?;
    let (messages, refusals) = if is_mbox { from_mbox(&raw) } else { from_one(&raw) };
    if !refusals.is_empty() {
        let count = refusals.len();
        let problem = Problem::new(
            422,
            format!(
                "body: {count} of {} messages refused, nothing was imported",
                count + messages.len()
            ),
        );
        return Err(Problem { refusals, ..problem });
    }
    let ids = sandbox.import(&mail, messages).await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "imported": ids.len(), "count": ids.len(), "ids": ids })),
    )
        .into_response())
}

/// All events and tasks of an iCalendar file, or none.
async fn import_calendar(
    sandbox: &Sandbox,
    mail: &str,
    request: Request,
) -> Result<Response, Problem> {
    let raw = body_of(request).await?;
    match sandbox.import_calendar(mail, raw).await {
        Ok(ids) => {
            let body = json!({ "imported": ids.len(), "count": ids.len(), "ids": ids });
            Ok((StatusCode::CREATED, Json(body)).into_response())
        }
        Err(ImportError::Refused(refusal)) => Err(refusal.into()),
        Err(ImportError::Lines { lines, count }) => {
            let detail = format!(
                "body: {} of {count} events and tasks refused, nothing was imported",
                lines.len()
            );
            Err(Problem { refusals: lines, ..Problem::new(422, detail) })
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rename {
    from: String,
    to: String,
    #[serde(default)]
    rewrite_items: bool,
}

pub(super) async fn rename_category(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    let rename: Rename = json_of(request).await?;
    let rewritten =
        sandbox.rename_category(&mail, &rename.from, &rename.to, rename.rewrite_items).await?;
    Ok(Json(json!({ "rewritten": rewritten })).into_response())
}

pub(super) async fn sent(State(sandbox): State<Arc<Sandbox>>) -> Result<Response, Problem> {
    Ok(Json(json!({ "sent": sandbox.sent().await? })).into_response())
}

fn from_one(raw: &Bytes) -> (Vec<NewMessage>, Vec<String>) {
    match mime::parse(raw) {
        Ok(message) => (vec![message], Vec::new()),
        Err(refusal) => (Vec::new(), vec![format!("message 1: {refusal}")]),
    }
}

fn from_mbox(raw: &Bytes) -> (Vec<NewMessage>, Vec<String>) {
    let (mut messages, mut refusals) = (Vec::new(), Vec::new());
    for (index, raw) in mbox::Messages::new(Cursor::new(raw)).enumerate() {
        let number = index + 1;
        match raw {
            Ok(raw) => match mime::parse(&raw) {
                Ok(message) => messages.push(message),
                Err(refusal) => refusals.push(format!("message {number}: {refusal}")),
            },
            Err(error) => refusals.push(format!("message {number}: {error}")),
        }
    }
    if messages.is_empty() && refusals.is_empty() {
        refusals.push(
            "no message was found: each one of an mbox starts with a line `From `".to_owned(),
        );
    }
    (messages, refusals)
}

fn media_type(request: &Request) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[derive(Default)]
struct Envelope {
    recipients: Vec<String>,
    size: Option<u64>,
}

fn envelope(query: &str) -> Result<Envelope, Problem> {
    let mut envelope = Envelope::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "rcpt" if value.contains('@') => envelope.recipients.push(value.into_owned()),
            "rcpt" => {
                return Err(Problem::field(
                    "rcpt",
                    "not an address; give one such as ana@fabrikam.test",
                ));
            }
            "size" => {
                let size = value.parse().ok().filter(|size| *size > 0);
                envelope.size =
                    Some(size.ok_or_else(|| Problem::field("size", "not a number of bytes"))?);
            }
            _ => {
                return Err(Problem::field(&name, "not known here; name recipients with rcpt"));
            }
        }
    }
    Ok(envelope)
}
