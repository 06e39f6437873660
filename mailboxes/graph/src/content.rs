//! Reads what a message says, with as few requests as its size allows.

use crate::classify::nonsense;
use crate::connection::Connection;
use crate::map;
use crate::server::MailboxState;
use crate::wire::users::messages::Message;
use crate::wire::users::messages::attachments::{Attachment as Wire, get, list, value};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use earmark_model::{Attachment, BodyKind, Failure, FailureClass, MessageContent, limits};

/// Units: bytes. Up to this the attachments come in one answer, above it one by one.
const TOGETHER_MAX: u64 = 8 * 1024 * 1024;

/// Units: bytes of one answer: base64 adds a third, names and ids a little.
const TOGETHER_ANSWER_MAX: u64 = TOGETHER_MAX * 2;

/// Units: bytes of an answer with one attachment of any permitted size.
const ONE_ANSWER_MAX: u64 = limits::MESSAGE_SIZE_MAX * 3 / 2;

/// Takes padding or none.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads the attachments of one message.
pub(crate) struct ContentReader<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) state: &'a MailboxState,
    pub(crate) address: &'a str,
    pub(crate) id: &'a str,
}

impl ContentReader<'_> {
    /// The content of `message`, which was read by id with everything but its attachments.
    /// Beyond the largest size that is tracked no byte of an attachment is read.
    pub(crate) async fn read(&self, message: &Message) -> Result<MessageContent, Failure> {
        let mut content = map::content(message);
        if !may_have_attachments(message, &content) {
            return Ok(content);
        }
        let told = map::size(message);
        content.attachments = match told {
            Some(size) if size > TOGETHER_MAX => self.one_by_one(size).await?,
            _ => match self.together().await {
                Err(failure) if failure.code == "AnswerTooLarge" => {
                    self.one_by_one(told.unwrap_or(0)).await?
                }
                other => other?,
            },
        };
        let size_of = |attachment: &Attachment| attachment.size;
        let attached = content.attachments.iter().map(size_of).fold(0, u64::saturating_add);
        content.size = told.unwrap_or_else(|| content.size.saturating_add(attached));
        if attached > limits::MESSAGE_SIZE_MAX {
            // The server told a size that its own attachments exceed.
            content.size = content.size.max(attached);
        }
        Ok(content)
    }

    async fn together(&self) -> Result<Vec<Attachment>, Failure> {
        let call = list::whole(self.address, self.id, TOGETHER_ANSWER_MAX);
        let listing = self.connection.list::<Wire>(&self.state.budget, call).await?;
        self.each(listing.entries).await
    }

    /// The attachments with their bytes. Once they are larger together than any message may be,
    /// whatever the server said before, the rest comes without.
    async fn each(&self, wires: Vec<Wire>) -> Result<Vec<Attachment>, Failure> {
        let (mut attachments, mut held) = (Vec::new(), 0_u64);
        for wire in wires.into_iter().filter(|wire| !wire.is_reference()) {
            if held > limits::MESSAGE_SIZE_MAX {
                attachments.push(attachment(&wire, None));
                continue;
            }
            let Some(one) = self.one(wire).await? else { continue };
            held = held.saturating_add(one.size);
            if held > limits::MESSAGE_SIZE_MAX {
                // Such a message is not tracked, so that none of the bytes is needed.
                attachments.push(one);
                attachments.iter_mut().for_each(|one| one.content = None);
            } else {
                attachments.push(one);
            }
        }
        Ok(attachments)
    }

    async fn one_by_one(&self, told: u64) -> Result<Vec<Attachment>, Failure> {
        let call = list::outline(self.address, self.id);
        let outline = self.connection.list::<Wire>(&self.state.budget, call).await?.entries;
        let sizes = outline.iter().filter_map(|wire| wire.size);
        let sum = sizes.fold(0, u64::saturating_add);
        let is_too_large = told.max(sum) > limits::MESSAGE_SIZE_MAX;
        if is_too_large {
            let wires = outline.iter().filter(|wire| !wire.is_reference());
            return Ok(wires.map(|wire| attachment(wire, None)).collect());
        }
        self.each(outline).await
    }

    /// One attachment with its bytes; `None` for a link to a file elsewhere.
    async fn one(&self, wire: Wire) -> Result<Option<Attachment>, Failure> {
        if wire.is_reference() {
            return Ok(None);
        }
        let id = wire.id.clone().unwrap_or_default();
        if wire.is_item() {
            let call = value::request(self.address, self.id, &id, ONE_ANSWER_MAX);
            let reply = self.connection.send(&self.state.budget, &call).await.map_err(attached)?;
            return Ok(Some(item(&wire, reply.body.to_vec())));
        }
        let wire = if wire.content_bytes.is_some() {
            wire
        } else {
            let call = get::request(self.address, self.id, &id, ONE_ANSWER_MAX);
            let reply = self.connection.send(&self.state.budget, &call).await.map_err(attached)?;
            reply.json()?
        };
        let bytes = BASE64.decode(wire.content_bytes.as_deref().unwrap_or_default());
        let bytes = bytes.map_err(|_| {
            nonsense("MalformedAttachment", "The content of an attachment is not base64.")
        })?;
        Ok(Some(attachment(&wire, Some(bytes))))
    }
}

/// `hasAttachments` leaves out pictures that the body shows in place.
fn may_have_attachments(message: &Message, content: &MessageContent) -> bool {
    message.has_attachments.unwrap_or(true)
        || (content.body.kind == BodyKind::Html
            && content.body.text.to_ascii_lowercase().contains("cid:"))
}

/// A missing attachment must not read as a missing message.
fn attached(failure: Failure) -> Failure {
    match failure.class {
        FailureClass::ItemGone => {
            nonsense("AttachmentMissing", "A listed attachment is not there.")
        }
        _ => failure,
    }
}

fn attachment(wire: &Wire, content: Option<Vec<u8>>) -> Attachment {
    let content_id = wire.content_id.as_deref().unwrap_or_default().trim().trim_matches(['<', '>']);
    Attachment {
        name: wire.name.clone().unwrap_or_default(),
        content_type: wire
            .content_type
            .clone()
            .filter(|kind| !kind.is_empty())
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        content_id: (!content_id.is_empty()).then(|| content_id.to_owned()),
        is_inline: wire.is_inline.unwrap_or(false),
        size: content.as_ref().map_or(wire.size.unwrap_or(0), |bytes| bytes.len() as u64),
        content,
    }
}

/// An attached item as a message file.
fn item(wire: &Wire, mime: Vec<u8>) -> Attachment {
    let mut attachment = attachment(wire, Some(mime));
    attachment.content_type = "message/rfc822".to_owned();
    if !attachment.name.to_ascii_lowercase().ends_with(".eml") {
        attachment.name.push_str(".eml");
    }
    attachment
}
