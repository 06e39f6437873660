//! Ids as clients see them: opaque, case-sensitive, of the shape that the original has.
//!
//! A default id names the place of an item and changes with every move; an immutable id does not.

use crate::error::Refusal;
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use jiff::civil::Date;
use uuid::Uuid;

/// Which kind of id a caller asked for (`Prefer: IdType="ImmutableId"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdKind {
    /// Changes with every move.
    #[default]
    Default,
    /// Stays for the life of the item in its mailbox.
    Immutable,
}

pub(super) const DEFAULT: [u8; 3] = [0x00, 0x03, 0x24];
pub(super) const IMMUTABLE: [u8; 3] = [0x00, 0x09, 0x00];
pub(super) const FOLDER: [u8; 3] = [0x01, 0x03, 0x24];
const CONVERSATION: [u8; 3] = [0x00, 0x04, 0x24];

const MESSAGE_TYPE: u8 = 0x46;
const ATTACHMENT_TYPE: u8 = 0x12;
const FOLDER_TYPE: u8 = 0x2e;
const EVENT_TYPE: u8 = 0x0e;
const CALENDAR_TYPE: u8 = 0x0f;

/// A message in a mailbox, and which of its incarnations is meant: each move makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageKey {
    /// The row.
    pub row: i64,
    /// The incarnation; `None` for an immutable id.
    pub incarnation: Option<i64>,
}

/// The id of a message.
pub fn message_id(kind: IdKind, mailbox: Uuid, row: i64, incarnation: i64) -> String {
    match kind {
        IdKind::Default => encode(DEFAULT, MESSAGE_TYPE, mailbox, &[row, incarnation]),
        IdKind::Immutable => encode(IMMUTABLE, MESSAGE_TYPE, mailbox, &[row]),
    }
}

/// The id of an attachment.
pub fn attachment_id(
    kind: IdKind,
    mailbox: Uuid,
    message: i64,
    incarnation: i64,
    row: i64,
) -> String {
    match kind {
        IdKind::Default => encode(DEFAULT, ATTACHMENT_TYPE, mailbox, &[message, incarnation, row]),
        IdKind::Immutable => encode(IMMUTABLE, ATTACHMENT_TYPE, mailbox, &[message, row]),
    }
}

/// The id of a folder: the same in both kinds.
pub fn folder_id(mailbox: Uuid, row: i64) -> String {
    encode(FOLDER, FOLDER_TYPE, mailbox, &[row])
}

/// The id of a conversation from its key (the first 16 bytes of the thread's hash).
pub fn conversation_id(key: [u8; 16]) -> String {
    let mut bytes = CONVERSATION.to_vec();
    bytes.extend([0x00, 0x10, 0x00]);
    bytes.extend(key);
    bytes.extend([0x00, 0x10]);
    URL_SAFE.encode(bytes)
}

/// Reads the id of a message of `mailbox`, of either kind.
///
/// Errors: 400 when it is no message id at all, 404 when it is one of another mailbox.
pub fn parse_message_id(mailbox: Uuid, id: &str) -> Result<MessageKey, Refusal> {
    match decode(id, MESSAGE_TYPE, mailbox)? {
        (DEFAULT, numbers) => match numbers[..] {
            [row, incarnation] => Ok(MessageKey { row, incarnation: Some(incarnation) }),
            _ => Err(Refusal::malformed_id()),
        },
        (IMMUTABLE, numbers) => match numbers[..] {
            [row] => Ok(MessageKey { row, incarnation: None }),
            _ => Err(Refusal::malformed_id()),
        },
        _ => Err(Refusal::malformed_id()),
    }
}

/// Reads the id of an attachment; the answer is its row.
pub fn parse_attachment_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    let (_, numbers) = decode(id, ATTACHMENT_TYPE, mailbox)?;
    numbers.last().copied().ok_or_else(Refusal::malformed_id)
}

/// Reads the id of a folder; the answer is its row.
pub fn parse_folder_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    match decode(id, FOLDER_TYPE, mailbox)? {
        (FOLDER, numbers) if numbers.len() == 1 => Ok(numbers[0]),
        _ => Err(Refusal::malformed_id()),
    }
}

/// The id of an event. An occurrence is named by its series and its day, so that its id stays
/// when it becomes an exception.
pub fn event_id(kind: IdKind, mailbox: Uuid, row: i64, day: Option<Date>) -> String {
    let prefix = match kind {
        IdKind::Default => DEFAULT,
        IdKind::Immutable => IMMUTABLE,
    };
    let number = |day: Date| {
        i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
    };
    match day {
        None => encode(prefix, EVENT_TYPE, mailbox, &[row]),
        Some(day) => encode(prefix, EVENT_TYPE, mailbox, &[row, number(day)]),
    }
}

/// Reads the id of an event of `mailbox`, of either kind: its row, or that of its series with the
/// day of the occurrence.
///
/// Errors: 400 when it is no event id at all, 404 when it is one of another mailbox.
pub fn parse_event_id(mailbox: Uuid, id: &str) -> Result<(i64, Option<Date>), Refusal> {
    let (prefix, numbers) = decode(id, EVENT_TYPE, mailbox)?;
    if prefix != DEFAULT && prefix != IMMUTABLE {
        return Err(Refusal::malformed_id());
    }
    match numbers[..] {
        [row] => Ok((row, None)),
        [row, day] => {
            let day = day_of(day).ok_or_else(Refusal::malformed_id)?;
            Ok((row, Some(day)))
        }
        _ => Err(Refusal::malformed_id()),
    }
}

/// The day that a number such as 20260318 stands for.
pub(crate) fn day_of(number: i64) -> Option<Date> {
    let part = |number: i64| i8::try_from(number % 100).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, part(number / 100)?, part(number)?).ok()
}

/// The id of a calendar: the same in both kinds.
pub fn calendar_id(mailbox: Uuid, row: i64) -> String {
    encode(DEFAULT, CALENDAR_TYPE, mailbox, &[row])
}

/// Reads the id of a calendar; the answer is its row.
pub fn parse_calendar_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    match decode(id, CALENDAR_TYPE, mailbox)? {
        (DEFAULT, numbers) if numbers.len() == 1 => Ok(numbers[0]),
        _ => Err(Refusal::malformed_id()),
    }
}

/// The change key of a version of an item.
pub fn change_key(mailbox: Uuid, version: i64) -> String {
    let mut bytes = vec![0x09, 0, 0, 0, 0x16, 0, 0, 0];
    bytes.extend(&mailbox.as_bytes()[..10]);
    bytes.extend(&version.to_be_bytes()[2..]);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(super) fn encode(prefix: [u8; 3], kind: u8, mailbox: Uuid, numbers: &[i64]) -> String {
    let mut bytes = prefix.to_vec();
    bytes.push(kind);
    bytes.extend(mailbox.as_bytes());
    for number in numbers {
        bytes.extend(number.to_be_bytes());
    }
    URL_SAFE.encode(bytes)
}

pub(super) fn decode(id: &str, kind: u8, mailbox: Uuid) -> Result<([u8; 3], Vec<i64>), Refusal> {
    let bytes = URL_SAFE.decode(id).map_err(|_| Refusal::malformed_id())?;
    let (head, tail) = bytes.split_at_checked(20).ok_or_else(Refusal::malformed_id)?;
    if head[3] != kind || tail.len() % 8 != 0 {
        return Err(Refusal::malformed_id());
    }
    if head[4..] != mailbox.as_bytes()[..] {
        return Err(Refusal::item_not_found());
    }
    let numbers = tail
        .chunks_exact(8)
        .map(|chunk| {
            let mut number = [0; 8];
            number.copy_from_slice(chunk);
            i64::from_be_bytes(number)
        })
        .collect();
    Ok(([head[0], head[1], head[2]], numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_what_they_were_made_from() {
        let mailbox = Uuid::from_u128(7);
        let id = message_id(IdKind::Default, mailbox, 12, 3);
        assert!(id.starts_with("AAMk"), "{id}");
        assert_eq!(
            parse_message_id(mailbox, &id),
            Ok(MessageKey { row: 12, incarnation: Some(3) })
        );
        let id = message_id(IdKind::Immutable, mailbox, 12, 3);
        assert_eq!(parse_message_id(mailbox, &id), Ok(MessageKey { row: 12, incarnation: None }));
        assert_eq!(parse_folder_id(mailbox, &folder_id(mailbox, 5)), Ok(5));
    }

    #[test]
    fn ids_of_elsewhere_are_refused() {
        let mailbox = Uuid::from_u128(7);
        let id = message_id(IdKind::Default, Uuid::from_u128(8), 12, 3);
        assert_eq!(parse_message_id(mailbox, &id), Err(Refusal::item_not_found()));
        for id in ["", "AAMk", "not an id", "AAMkäöü", &folder_id(mailbox, 1)] {
            assert_eq!(parse_message_id(mailbox, id), Err(Refusal::malformed_id()));
        }
    }
}
