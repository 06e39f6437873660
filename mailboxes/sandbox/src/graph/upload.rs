//! Upload sessions: attachments that are too large for one request. Sessions live in memory and
//! end with the process, as they end by themselves at the original.

use super::{
    render::instant,
    request::{Reply, Request, member, optional_bool, optional_text, text_member},
};
use crate::{
    error::Refusal,
    sandbox::Sandbox,
    store::{
        attachment,
        change::{self, Setting},
        handle::{IdKind, MessageKey, attachment_id, message_id},
        item::{self, Item},
        message::NewAttachment,
        setting,
        user::{self, User},
    },
};
use bytes::Bytes;
use earmark_sqlite::rusqlite::Transaction;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Units: bytes of an attachment. Source: the documents.
const SIZE_MAX: u64 = 150 * 1024 * 1024;

/// Units: sessions that are open at once.
const SESSIONS_MAX: usize = 16;

/// Units: milliseconds for which a session stays open.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// The sessions that are open.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    open: Mutex<BTreeMap<String, Session>>,
}

#[derive(Debug, Clone)]
struct Session {
    mailbox: String,
    /// For whom the upload counts: application and mailbox; nobody for the admin.
    counted: Option<(String, String)>,
    message: i64,
    file: NewAttachment,
    size: u64,
    received: Vec<u8>,
    expires_ms: i64,
}

impl Session {
    fn shown(&self) -> Value {
        json!({
            "expirationDateTime": instant(self.expires_ms - self.expires_ms.rem_euclid(1000)),
            "nextExpectedRanges": [format!("{}-", self.received.len())],
        })
    }
}

impl Uploads {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Session>) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `POST attachments/createUploadSession`.
pub(crate) fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    message: &Item,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let file = member(&body, "AttachmentItem").ok_or_else(|| {
        Refusal::invalid_member("AttachmentItem", "'AttachmentItem' is required.")
    })?;
    let size = member(file, "size").and_then(Value::as_u64).filter(|size| *size > 0);
    let size =
        size.ok_or_else(|| Refusal::invalid_member("size", "'size' must be a number of bytes."))?;
    if size > SIZE_MAX {
        return Err(Refusal::new(
            413,
            "ErrorAttachmentSizeLimitExceeded",
            "The attachment is larger than 150 MB.",
        )
        .about("size"));
    }
    let session = Session {
        mailbox: user.mail.clone(),
        counted: request.caller.client().map(|id| (id.to_owned(), user.guid.to_string())),
        message: message.row,
        file: NewAttachment {
            name: text_member(file, "name")?,
            content_type: optional_text(file, "contentType")?
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            is_inline: optional_bool(file, "isInline")?.unwrap_or(false),
            content_id: optional_text(file, "contentId")?,
            content: Bytes::new(),
            item: false,
        },
        size,
        received: Vec::new(),
        expires_ms: request.now_ms + LIFE_MS,
    };
    let token = setting::next_guid(tx, request.seed)?.simple().to_string();
    let mut shown = session.shown();
    request.uploads.with(|open| {
        open.retain(|_, one| one.expires_ms > request.now_ms);
        if open.len() >= SESSIONS_MAX {
            return Err(Refusal::new(503, "ErrorServerBusy", "Too many upload sessions are open."));
        }
        open.insert(token.clone(), session);
        Ok(())
    })?;
    shown["@odata.context"] = json!(request.context("microsoft.graph.uploadSession"));
    shown["uploadUrl"] = json!(format!("{}/upload/{token}", request.root));
    Ok(Reply::json(201, shown))
}

/// A request to the address of a session; the address itself is the authorization.
pub(crate) async fn answer(
    sandbox: &Arc<Sandbox>,
    method: &Method,
    token: &str,
    headers: &HeaderMap,
    body: Bytes,
    root: &str,
) -> Result<Reply, Refusal> {
    let uploads = sandbox.uploads();
    let missing = || Refusal::new(404, "ErrorItemNotFound", "The upload session was not found.");
    let now_ms = sandbox.now_ms();
    let found = uploads.with(|open| open.get(token).map(|one| (one.expires_ms, one.shown())));
    let (_, shown) = found.filter(|(expires, _)| *expires > now_ms).ok_or_else(missing)?;
    match *method {
        Method::GET => Ok(Reply::json(200, shown)),
        Method::DELETE => {
            uploads.with(|open| open.remove(token));
            Ok(Reply::empty(204))
        }
        Method::PUT => {
            let counted = uploads.with(|open| open.get(token).and_then(|one| one.counted.clone()));
            if let Some((application, mailbox)) = counted {
                let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
                sandbox.admit_upload(&application, &mailbox, size)?;
            }
            let complete = uploads.with(|open| {
                let session = open.get_mut(token).ok_or_else(missing)?;
                take(session, headers, &body)?;
                if u64::try_from(session.received.len()).is_ok_and(|got| got < session.size) {
                    return Ok(Err(session.shown()));
                }
                open.remove(token).map(Ok).ok_or_else(missing)
            })?;
            match complete {
                Err(shown) => Ok(Reply::json(200, shown)),
                Ok(session) => finish(sandbox, session, root).await,
            }
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// Takes the next range: it must start where the last one ended.
fn take(session: &mut Session, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let invalid = || {
        Refusal::new(
            416,
            "ErrorInvalidRange",
            "Content-Range does not name the next expected range.",
        )
        .about("Content-Range")
    };
    let range = headers
        .get(header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(invalid)?;
    let (range, total) = range
        .trim()
        .strip_prefix("bytes ")
        .and_then(|range| range.split_once('/'))
        .ok_or_else(invalid)?;
    let (start, end) = range.split_once('-').ok_or_else(invalid)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| invalid());
    let (start, end, total) = (number(start)?, number(end)?, number(total)?);
    let fits = total == session.size
        && u64::try_from(session.received.len()).is_ok_and(|got| got == start)
        && end < total
        && u64::try_from(body.len())
            .is_ok_and(|length| start.checked_add(length) == end.checked_add(1));
    if !fits {
        return Err(invalid());
    }
    session.received.extend_from_slice(body);
    Ok(())
}

async fn finish(sandbox: &Arc<Sandbox>, session: Session, root: &str) -> Result<Reply, Refusal> {
    let (now_ms, quirks, root) = (sandbox.now_ms(), sandbox.quirks(), root.to_owned());
    sandbox
        .database()
        .write(move |tx| {
            let user = user::get(tx, &session.mailbox)?;
            let key = MessageKey { row: session.message, incarnation: None };
            let item = item::get(tx, user.row, key)?;
            let file = NewAttachment { content: session.received.into(), ..session.file };
            let row = attachment::insert(tx, item.row, now_ms, &file)?;
            let at = Setting { user: user.row, now_ms, quirks: &quirks };
            change::recount_attachments(tx, at, &item)?;
            let kind = IdKind::Default;
            let message = message_id(kind, user.guid, item.row, item.incarnation);
            let id = attachment_id(kind, user.guid, item.row, item.incarnation, row);
            let location =
                format!("{root}/v1.0/users/{}/messages/{message}/attachments/{id}", user.guid);
            let mut reply = Reply::empty(201);
            reply.headers.push(("location", location));
            Ok(reply)
        })
        .await
}
