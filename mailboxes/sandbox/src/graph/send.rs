//! Sending: a draft, or a message that comes with the request.

use super::{
    request::{Reply, Request, member, optional_bool},
    write,
};
use crate::{
    delivery::{self, Occasion},
    error::Refusal,
    store::{item::Item, user::User},
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::Value;

/// `POST sendMail`.
pub(crate) fn send_mail(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<Reply, Refusal> {
    let (message, save) = match write::from_mime(request)? {
        Some(message) => (message, true),
        None => {
            let body = request.object(false)?;
            let message = member(&body, "message")
                .filter(|value| Value::is_object(value))
                .ok_or_else(|| Refusal::invalid_member("message", "'message' is required."))?;
            let save = optional_bool(&body, "saveToSentItems")?.unwrap_or(true);
            (write::message_of(message)?.0, save)
        }
    };
    delivery::send_new(tx, &occasion(request, &request.cause()), user, message, save)?;
    Ok(Reply::empty(202))
}

/// `POST messages/{id}/send`.
pub(crate) fn send_draft(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: Item,
) -> Result<Reply, Refusal> {
    delivery::send_draft(tx, &occasion(request, &request.cause()), user, item)?;
    Ok(Reply::empty(202))
}

pub(crate) fn occasion<'a>(request: &'a Request, cause: &'a str) -> Occasion<'a> {
    Occasion { now_ms: request.now_ms, cause, quirks: &request.quirks }
}
