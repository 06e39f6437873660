//! Which record belongs to which item: the deterministic record id and what it is made of.

use crate::{ActivityId, MessageContent};
use crate::{Address, Direction, Instant, ItemKind, MailboxId, OrganizationId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The id scheme. It never changes without a migration of every record.
const SCHEME: &str = "earmark/1";

/// The id of the record for one source. Repeatable: equal arguments give the equal id, which is
/// what makes a lost answer, a crash, a second worker or a deleted ledger harmless.
///
/// A UUID of version 8 over the SHA-256 of the fields, each preceded by its length in bytes as
/// four bytes, most significant first. Source: design section 2.
pub fn record_id(
    organization: OrganizationId,
    kind: ItemKind,
    source_key: &str,
    discriminator: &str,
    epoch: u32,
) -> ActivityId {
    let mut hash = Sha256::new();
    let organization = organization.to_string();
    let epoch = epoch.to_string();
    for field in [SCHEME, &organization, kind.as_str(), source_key, discriminator, &epoch] {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        hash.update(length.to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    ActivityId(Uuid::new_v8(bytes))
}

/// The source key of an email: its `Message-ID` without brackets and surrounding space, nothing
/// else changed; where it has none, a hash of From, Date, Subject and the sorted recipients.
pub fn email_source_key(message_id: Option<&str>, content: &MessageContent) -> String {
    match message_id.map(bare_message_id) {
        Some(bare) if !bare.is_empty() => bare.to_owned(),
        _ => headers_hash(content),
    }
}

/// A `Message-ID` without surrounding space and one pair of brackets.
pub fn bare_message_id(message_id: &str) -> &str {
    let trimmed = message_id.trim();
    trimmed.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(trimmed).trim()
}

fn headers_hash(content: &MessageContent) -> String {
    let mut recipients: Vec<String> = [&content.to, &content.cc, &content.bcc]
        .into_iter()
        .flatten()
        .map(|recipient| recipient.address.to_lowercase())
        .collect();
    recipients.sort();
    let from = content.from.as_ref().map(folded).unwrap_or_default();
    let date = content.sent.map(Instant::as_millis).unwrap_or_default().to_string();
    let mut hash = Sha256::new();
    for field in [from.as_str(), &date, &content.subject, &recipients.join(",")] {
        hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hash.finalize();
    let mut key = String::from("no-message-id:");
    for byte in &digest[..16] {
        key.push_str(&format!("{byte:02x}"));
    }
    key
}

fn folded(address: &Address) -> String {
    address.address.to_lowercase()
}

/// The source key of an appointment: the iCalendar UID; an exception or an occurrence on its own
/// adds the original start in UTC.
pub fn appointment_source_key(ical_uid: &str, original_start: Option<Instant>) -> String {
    match original_start {
        None => ical_uid.to_owned(),
        Some(start) => format!("{ical_uid}@{start}"),
    }
}

/// The source key of a task: the mailbox and the task id there.
pub fn task_source_key(mailbox: MailboxId, task: &str) -> String {
    format!("{mailbox}/{task}")
}

/// What tells apart the two records of one internal message: `sent` for an Outgoing copy while
/// two activities are on, else empty.
pub fn discriminator(direction: Direction, two_activities: bool) -> &'static str {
    match (direction, two_activities) {
        (Direction::Outgoing, true) => "sent",
        (Direction::Outgoing, false) | (Direction::Incoming, _) => "",
    }
}
