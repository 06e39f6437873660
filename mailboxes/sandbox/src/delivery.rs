//! How a message reaches mailboxes: the sender's Sent Items and every local recipient's Inbox.

use crate::{
    error::Refusal,
    quirks::Quirks,
    rules,
    store::{
        change::{self, Setting},
        export::export,
        fold, folder,
        insert::{Place, insert},
        item::Item,
        message::{Address, NewMessage},
        outbox, setting,
        user::{self, User},
        whole_seconds,
    },
};
use earmark_model::Instant;
use earmark_sqlite::rusqlite::{Transaction, params};
use std::collections::BTreeSet;

/// When and why something is sent or delivered.
#[derive(Debug, Clone)]
pub(crate) struct Occasion<'a> {
    pub(crate) now_ms: i64,
    /// The request that causes it: method and route.
    pub(crate) cause: &'a str,
    pub(crate) quirks: &'a Quirks,
}

/// Who got a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// `Message-ID` with brackets: that of the message, or the one that was made for it.
    pub message_id: String,
    /// The mailboxes here whose Inbox holds it now.
    pub recipients: Vec<String>,
    /// Recipients without a mailbox here.
    pub external: Vec<String>,
    /// The mailbox here whose Sent Items holds it now.
    pub sender: Option<String>,
}

/// A message from anywhere: into every local recipient's Inbox and the local sender's Sent Items.
///
/// `recipients` are those of the envelope; empty stands for To, Cc and Bcc.
pub(crate) fn deliver(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    mut message: NewMessage,
    recipients: &[String],
) -> Result<Delivered, Refusal> {
    if message.internet_message_id.is_none() {
        message.internet_message_id = Some(new_message_id(tx, "delivered")?);
    }
    let envelope =
        if recipients.is_empty() { all_recipients(&message) } else { recipients.to_vec() };
    let mut delivered = into_inboxes(tx, occasion, &message, &envelope)?;
    delivered.message_id = message.internet_message_id.clone().unwrap_or_default();
    if delivered.recipients.is_empty() && !envelope.is_empty() && sender_of(tx, &message)?.is_none()
    {
        return Err(Refusal::new(
            422,
            "ErrorInvalidRecipients",
            "None of the recipients has a mailbox here; make one with POST users, or name one with ?rcpt=.",
        )
        .about("rcpt"));
    }
    if let Some(sender) = sender_of(tx, &message)? {
        into_sent_items(tx, occasion, &sender, &message)?;
        delivered.sender = Some(sender.mail);
    }
    Ok(delivered)
}

/// A message of a mailbox goes out; `save` keeps a copy in Sent Items.
pub(crate) fn send_new(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    mut message: NewMessage,
    save: bool,
) -> Result<(), Refusal> {
    complete(tx, occasion, owner, &mut message)?;
    go_out(tx, occasion, owner, &message)?;
    if save {
        into_sent_items(tx, occasion, owner, &message)?;
    }
    Ok(())
}

/// A draft goes out and becomes the copy in Sent Items: its immutable id stays.
pub(crate) fn send_draft(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    draft: Item,
) -> Result<(), Refusal> {
    if !draft.is_draft {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "The message was sent already; only a draft can be sent.",
        ));
    }
    let mut message = export(tx, &draft)?;
    complete(tx, occasion, owner, &mut message)?;
    go_out(tx, occasion, owner, &message)?;
    let sent_items = folder::well_known(tx, owner.row, "sentitems")?;
    let at = Setting { user: owner.row, now_ms: occasion.now_ms, quirks: occasion.quirks };
    let sent = change::move_to(tx, at, draft, sent_items)?;
    let (from, sender) = (message.from.as_ref(), message.sender.as_ref());
    let now_ms = whole_seconds(occasion.now_ms);
    tx.execute(
        "UPDATE message SET is_draft = 0, is_read = 1, sent_ms = ?2, received_ms = ?2,
           modified_ms = ?2, from_name = ?3, from_address = ?4, sender_name = ?5,
           sender_address = ?6 WHERE id = ?1",
        params![
            sent.row,
            now_ms,
            from.map(|from| &from.name),
            from.map(|from| &from.address),
            sender.map(|sender| &sender.name),
            sender.map(|sender| &sender.address)
        ],
    )?;
    Ok(())
}

/// A message into the mailbox of one user, as an import of old mail does: the owner's own
/// messages without a trace of transport into Sent Items, drafts into Drafts, all else into Inbox.
pub(crate) fn import_folder(message: &NewMessage, owner: &User) -> &'static str {
    let is_own = message
        .from
        .as_ref()
        .or(message.sender.as_ref())
        .is_some_and(|from| fold(&from.address) == fold(&owner.mail));
    match (message.is_draft, is_own && !has_transport_header(message)) {
        (true, _) => "drafts",
        (false, true) => "sentitems",
        (false, false) => "inbox",
    }
}

/// An address in full: the name of the directory where the header had none.
pub(crate) fn resolved(tx: &Transaction<'_>, address: &Address) -> Result<Address, Refusal> {
    if !address.name.is_empty() {
        return Ok(address.clone());
    }
    let name = user::find(tx, &address.address)?
        .map_or_else(|| address.address.clone(), |user| user.display_name);
    Ok(Address { name, address: address.address.clone() })
}

/// The owner of a mailbox as an address.
pub(crate) fn address_of(user: &User) -> Address {
    Address { name: user.display_name.clone(), address: user.mail.clone() }
}

/// A new `Message-ID`: no two in one sandbox are equal.
pub(crate) fn new_message_id(tx: &Transaction<'_>, domain: &str) -> Result<String, Refusal> {
    let guid = setting::next_guid(tx, setting::own_seed(tx)?)?.simple().to_string();
    let domain = domain.rsplit('@').next().unwrap_or(domain);
    Ok(format!("<{}@{domain}>", guid.to_uppercase()))
}

fn complete(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    message: &mut NewMessage,
) -> Result<(), Refusal> {
    if all_recipients(message).is_empty() {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRecipients",
            "At least one recipient is not valid. A message can't be sent because it contains no recipients.",
        ));
    }
    let own = address_of(owner);
    message.from.get_or_insert_with(|| own.clone());
    message.sender.get_or_insert(own);
    for list in [&mut message.to, &mut message.cc, &mut message.bcc, &mut message.reply_to] {
        for address in list.iter_mut() {
            *address = resolved(tx, address)?;
        }
    }
    if message.internet_message_id.is_none() {
        message.internet_message_id = Some(new_message_id(tx, &owner.mail)?);
    }
    message.sent_ms = Some(occasion.now_ms);
    message.received_ms = Some(occasion.now_ms);
    message.created_ms = None;
    message.is_draft = false;
    Ok(())
}

fn go_out(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    message: &NewMessage,
) -> Result<(), Refusal> {
    let recipients = all_recipients(message);
    let delivered = into_inboxes(tx, occasion, message, &recipients)?;
    let sent = outbox::Sent {
        at: Instant::from_millis(occasion.now_ms).to_string(),
        cause: occasion.cause.to_owned(),
        from: owner.mail.clone(),
        recipients,
        external: delivered.external,
        subject: message.subject.clone(),
        internet_message_id: message.internet_message_id.clone().unwrap_or_default(),
    };
    outbox::record(tx, occasion.now_ms, &sent)
}

fn into_inboxes(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    message: &NewMessage,
    envelope: &[String],
) -> Result<Delivered, Refusal> {
    let mut delivered = Delivered::default();
    let mut seen = BTreeSet::new();
    let copy = received_copy(occasion, message);
    for recipient in envelope {
        match user::find(tx, recipient)? {
            Some(user) if user.enabled => {
                if seen.insert(user.row) {
                    let inbox = folder::well_known(tx, user.row, "inbox")?;
                    rules::carry_out(tx, occasion, &user, inbox, &copy)?;
                    delivered.recipients.push(user.mail);
                }
            }
            _ => delivered.external.push(recipient.clone()),
        }
    }
    Ok(delivered)
}

/// What a recipient gets: a trace of transport, no Bcc, no categories of the sender.
fn received_copy(occasion: &Occasion<'_>, message: &NewMessage) -> NewMessage {
    let mut copy = message.clone();
    copy.bcc.clear();
    copy.internet_message_headers.retain(|(name, _)| !name.eq_ignore_ascii_case("bcc"));
    if !occasion.quirks.keep_external_categories {
        copy.categories.clear();
        copy.internet_message_headers.retain(|(name, _)| !name.eq_ignore_ascii_case("keywords"));
    }
    if !has_transport_header(&copy) {
        let date = mail_date(occasion.now_ms);
        let trace = format!("from sandbox.earmark.invalid by sandbox.earmark.invalid; {date}");
        copy.internet_message_headers.insert(0, ("Received".to_owned(), trace));
    }
    copy.received_ms = Some(occasion.now_ms);
    copy.created_ms = None;
    (copy.is_read, copy.is_draft) = (false, false);
    copy
}

fn into_sent_items(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    message: &NewMessage,
) -> Result<(), Refusal> {
    let mut copy = message.clone();
    copy.internet_message_headers.retain(|(name, _)| !name.eq_ignore_ascii_case("received"));
    copy.created_ms = None;
    copy.received_ms = Some(occasion.now_ms);
    (copy.is_read, copy.is_draft) = (true, false);
    let folder = folder::well_known(tx, owner.row, "sentitems")?;
    insert(tx, Place { user: owner.row, folder, now_ms: occasion.now_ms }, &copy)?;
    Ok(())
}

fn sender_of(tx: &Transaction<'_>, message: &NewMessage) -> Result<Option<User>, Refusal> {
    for address in [&message.sender, &message.from].into_iter().flatten() {
        if let Some(user) = user::find(tx, &address.address)?.filter(|user| user.enabled) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// A time as header fields have it.
fn mail_date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|instant| instant.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
        .unwrap_or_default()
}

fn has_transport_header(message: &NewMessage) -> bool {
    message.internet_message_headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("received"))
}

fn all_recipients(message: &NewMessage) -> Vec<String> {
    let mut seen = BTreeSet::new();
    [&message.to, &message.cc, &message.bcc]
        .into_iter()
        .flatten()
        .filter(|address| !address.address.trim().is_empty() && seen.insert(fold(&address.address)))
        .map(|address| address.address.clone())
        .collect()
}
