//! Answers and forwards: as a draft, or sent at once.

use super::{
    messages,
    request::{Reply, Request, member, optional_text},
    send, write,
};
use crate::{
    delivery,
    error::Refusal,
    mime, preview,
    store::{
        export::export,
        fold, folder,
        handle::MessageKey,
        insert::{Place, insert},
        item::{self, Item},
        message::{Address, Body, BodyType, NewMessage},
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::Value;

/// What is made of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reply,
    ReplyAll,
    Forward,
}

/// What is made, and whether it goes out at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Action {
    kind: Kind,
    sends: bool,
}

impl Action {
    /// From the segment, in lower case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let (kind, sends) = match word {
            "reply" => (Kind::Reply, true),
            "replyall" => (Kind::ReplyAll, true),
            "forward" => (Kind::Forward, true),
            "createreply" => (Kind::Reply, false),
            "createreplyall" => (Kind::ReplyAll, false),
            "createforward" => (Kind::Forward, false),
            _ => return None,
        };
        Some(Self { kind, sends })
    }
}

/// `POST messages/{id}/reply` and its five relatives.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    original: &Item,
    word: &str,
) -> Result<Reply, Refusal> {
    let action = Action::parse(word).ok_or_else(|| Refusal::no_segment(word))?;
    let body = request.object(true)?;
    let comment = optional_text(&body, "comment")?;
    let changed = member(&body, "message").filter(|value| Value::is_object(value));
    if comment.is_some() && changed.is_some_and(|value| member(value, "body").is_some()) {
        return Err(Refusal::invalid_member(
            "comment",
            "A comment and a body of the message cannot both be given.",
        ));
    }
    let mut message = made(tx, user, original, action.kind, comment.as_deref(), request.now_ms)?;
    if let Some(to) = write::recipients(&body, "toRecipients")? {
        message.to = to;
    }
    if let Some(changed) = changed {
        merge(&mut message, changed)?;
    }
    if action.sends {
        let cause = request.cause();
        delivery::send_new(tx, &send::occasion(request, &cause), user, message, true)?;
        return Ok(Reply::empty(202));
    }
    for address in message.to.iter_mut().chain(&mut message.cc) {
        *address = delivery::resolved(tx, address)?;
    }
    (message.is_draft, message.is_read) = (true, true);
    message.internet_message_id = Some(delivery::new_message_id(tx, &user.mail)?);
    let drafts = folder::well_known(tx, user.row, "drafts")?;
    let place = Place { user: user.row, folder: drafts, now_ms: request.now_ms };
    let row = insert(tx, place, &message)?;
    let item = item::get(tx, user.row, MessageKey { row, incarnation: None })?;
    messages::one(tx, request, user, 201, &item)
}

/// An answer to everybody who wrote or got a message, ready to be sent.
pub(crate) fn reply_to_all(
    tx: &Transaction<'_>,
    user: &User,
    original: &Item,
    comment: &str,
    now_ms: i64,
) -> Result<NewMessage, Refusal> {
    made(tx, user, original, Kind::ReplyAll, Some(comment), now_ms)
}

fn made(
    tx: &Transaction<'_>,
    user: &User,
    original: &Item,
    kind: Kind,
    comment: Option<&str>,
    now_ms: i64,
) -> Result<NewMessage, Refusal> {
    let own = delivery::address_of(user);
    let source = export(tx, original)?;
    let (to, cc) = recipients(user, original, kind);
    let prefix = if kind == Kind::Forward { "FW: " } else { "RE: " };
    let answered = Some(original.internet_message_id.clone()).filter(|id| !id.is_empty());
    let mut references = original.references.clone();
    references.extend(answered.clone());
    let attachments = match kind {
        Kind::Forward => source.attachments.clone(),
        Kind::Reply | Kind::ReplyAll => {
            source.attachments.iter().filter(|one| one.is_inline).cloned().collect()
        }
    };
    Ok(NewMessage {
        subject: prefixed(prefix, &original.subject),
        body: quoted(original, &source.body, comment),
        from: Some(own.clone()),
        sender: Some(own),
        to,
        cc,
        in_reply_to: answered,
        references,
        importance: source.importance,
        conversation_index: mime::reply_index(&original.conversation_index, now_ms),
        attachments,
        ..NewMessage::default()
    })
}

fn recipients(user: &User, original: &Item, kind: Kind) -> (Vec<Address>, Vec<Address>) {
    let is_own = |address: &Address| fold(&address.address) == fold(&user.mail);
    let answers_go_to = if original.recipients.reply_to.is_empty() {
        original.from.iter().cloned().collect()
    } else {
        original.recipients.reply_to.clone()
    };
    match kind {
        Kind::Forward => (Vec::new(), Vec::new()),
        Kind::Reply => (answers_go_to, Vec::new()),
        Kind::ReplyAll => {
            let mut to = answers_go_to;
            for address in &original.recipients.to {
                let known = to.iter().any(|one| fold(&one.address) == fold(&address.address));
                if !known && !is_own(address) {
                    to.push(address.clone());
                }
            }
            let cc = original.recipients.cc.iter().filter(|one| !is_own(one)).cloned().collect();
            (to, cc)
        }
    }
}

fn merge(message: &mut NewMessage, changed: &Value) -> Result<(), Refusal> {
    let (new, _) = write::message_of(changed)?;
    let given = |name: &str| member(changed, name).is_some();
    if given("subject") {
        message.subject = new.subject;
    }
    if given("body") {
        message.body = new.body;
    }
    if given("importance") {
        message.importance = new.importance;
    }
    for (name, list, new) in [
        ("toRecipients", &mut message.to, new.to),
        ("ccRecipients", &mut message.cc, new.cc),
        ("bccRecipients", &mut message.bcc, new.bcc),
        ("replyTo", &mut message.reply_to, new.reply_to),
    ] {
        if given(name) {
            *list = new;
        }
    }
    if given("categories") {
        message.categories = new.categories;
    }
    message.internet_message_headers.extend(new.internet_message_headers);
    message.attachments.extend(new.attachments);
    Ok(())
}

fn prefixed(prefix: &str, subject: &str) -> String {
    let has = subject.get(..3).is_some_and(|start| prefix[..3].eq_ignore_ascii_case(start));
    if has { subject.to_owned() } else { format!("{prefix}{subject}") }
}

fn quoted(original: &Item, body: &Body, comment: Option<&str>) -> Body {
    let html = preview::converted(body, BodyType::Html).content;
    let from = original.from.as_ref().map_or_else(String::new, |from| {
        format!("{} &lt;{}&gt;", preview::escape(&from.name), preview::escape(&from.address))
    });
    let content = format!(
        "<html><body><div>{}</div><hr><div><b>From:</b> {from}<br><b>Sent:</b> {}<br><b>Subject:</b> {}</div>{html}</body></html>",
        preview::escape(comment.unwrap_or_default()),
        super::render::instant(original.sent_ms),
        preview::escape(&original.subject),
    );
    Body { content_type: BodyType::Html, content }
}
