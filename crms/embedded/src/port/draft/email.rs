//! A message as rows: the email, its parties, its attachments.

use super::{Known, party, priority, put, regarding, text::put_given};
use crate::{
    request::{Child, Request},
    session::rules::is_blocked,
    value::{Row, Value},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_model::{
    ActivityDraft, Attachment, BodyKind, Direction, MessageContent, limits::MESSAGE_ID_MAX,
};

/// Units: characters that columns take.
const SUBJECT_MAX: usize = 800;
const SENDER_MAX: usize = 250;
const CONVERSATION_MAX: usize = 2_048;
const FILE_NAME_MAX: usize = 255;
const MIME_TYPE_MAX: usize = 256;
const CONTENT_ID_MAX: usize = 250;

/// `notifications`: some attachments were not saved.
const ATTACHMENTS_LEFT_OUT: i64 = 1;

/// Units: bytes of a conversation index that name the thread.
const THREAD_BYTES: usize = 22;

/// The creation of an email.
pub(super) fn request(draft: &ActivityDraft, content: &MessageContent, known: &Known) -> Request {
    let mut children: Vec<Child> =
        draft.parties.iter().map(|party| party::row("email", party)).collect();
    let kept: Vec<&Attachment> =
        content.attachments.iter().filter(|attachment| is_kept(attachment, known)).collect();
    let left_out = kept.len() < content.attachments.len();
    children.extend(kept.iter().zip(1..).map(|(attachment, place)| file(attachment, place)));
    let mut row = email(draft, content, known);
    if left_out {
        put(&mut row, "notifications", Value::Int(ATTACHMENTS_LEFT_OUT));
    }
    Request::Create { table: "email".to_owned(), row, children }
}

/// When it was sent, and when it was over: received mail with its arrival, sent mail at once.
fn put_times(row: &mut Row, content: &MessageContent, direction: Direction) {
    let sent = content.sent.or(content.received);
    let over = match direction {
        Direction::Incoming => content.received.or(content.sent),
        Direction::Outgoing => sent,
    };
    for (column, at) in [("senton", sent), ("sortdate", sent), ("actualend", over)] {
        if let Some(at) = at {
            put(row, column, Value::Instant(at.as_millis()));
        }
    }
}

fn email(draft: &ActivityDraft, content: &MessageContent, known: &Known) -> Row {
    let outgoing = draft.direction == Direction::Outgoing;
    let mut row = Row::new();
    put(&mut row, "activityid", Value::Guid(draft.id.0));
    put(&mut row, "directioncode", Value::Bool(outgoing));
    put(&mut row, "ownerid", Value::Lookup(known.owner.clone()));
    put_given(&mut row, "subject", Some(&content.subject), SUBJECT_MAX);
    put_given(&mut row, "description", Some(&content.body.text), usize::MAX);
    let kind = match content.body.kind {
        BodyKind::Html => "text/html",
        BodyKind::Text => "text/plain",
    };
    put(&mut row, "mimetype", Value::text(kind));
    put_given(&mut row, "messageid", draft.message_id.as_deref(), MESSAGE_ID_MAX);
    put_given(&mut row, "inreplyto", content.in_reply_to.as_deref(), MESSAGE_ID_MAX);
    let from = content.from.as_ref().map(|from| from.address.as_str());
    put_given(&mut row, "sender", from, SENDER_MAX);
    if let Some(index) = content.conversation_index.as_deref() {
        put_given(&mut row, "conversationindex", Some(index), CONVERSATION_MAX);
        if let Some(hash) = thread_hash(index) {
            put(&mut row, "baseconversationindexhash", Value::Int(i64::from(hash)));
        }
    }
    put_times(&mut row, content, draft.direction);
    put(&mut row, "prioritycode", priority(content.importance));
    put(&mut row, "readreceiptrequested", Value::Bool(content.read_receipt_requested));
    put(&mut row, "deliveryreceiptrequested", Value::Bool(content.delivery_receipt_requested));
    let mailbox = if outgoing { "sendermailboxid" } else { "receivingmailboxid" };
    put(&mut row, mailbox, Value::lookup("mailbox", draft.mailbox.0));
    if let Some(accepted_for) = &known.accepted_for {
        put(&mut row, "acceptingentityid", Value::Lookup(accepted_for.clone()));
    }
    if let Some(regarding) = regarding(draft, "email") {
        put(&mut row, "regardingobjectid", regarding);
    }
    row
}

fn is_kept(attachment: &Attachment, known: &Known) -> bool {
    attachment.content.as_ref().is_some_and(|content| {
        content.len() as u64 <= known.limits.size_max
            && !is_blocked(&known.limits, &attachment.name)
    })
}

fn file(attachment: &Attachment, place: i64) -> Child {
    let mut row = Row::new();
    put_given(&mut row, "filename", Some(&attachment.name), FILE_NAME_MAX);
    put_given(&mut row, "mimetype", Some(&attachment.content_type), MIME_TYPE_MAX);
    put_given(&mut row, "attachmentcontentid", attachment.content_id.as_deref(), CONTENT_ID_MAX);
    put(&mut row, "attachmentnumber", Value::Int(place));
    let body = STANDARD.encode(attachment.content.as_deref().unwrap_or_default());
    put(&mut row, "body", Value::Text(body));
    Child { relation: "email_activity_mime_attachment".to_owned(), row, children: Vec::new() }
}

/// A number that all messages of one thread share: FNV-1a over the thread's part of the index.
fn thread_hash(index: &str) -> Option<i32> {
    let bytes = STANDARD.decode(index.trim()).ok()?;
    let thread = bytes.get(..THREAD_BYTES)?;
    let hash = thread
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    Some(hash.cast_signed())
}
