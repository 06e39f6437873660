//! Ids of task lists, tasks and contacts.
//!
//! The id of a task belongs to its list: in another list it is another one. `Prefer:
//! IdType="ImmutableId"` changes neither it nor that of a list; an id of the immutable form, as
//! `translateExchangeIds` makes it, is understood all the same.

use super::handle::{DEFAULT, FOLDER, IMMUTABLE, IdKind, decode, encode};
use crate::error::Refusal;
use uuid::Uuid;

const TASK_LIST_TYPE: u8 = 0x2f;
const TASK_TYPE: u8 = 0x47;
const CONTACT_TYPE: u8 = 0x48;

/// The id of a task list.
pub fn task_list_id(mailbox: Uuid, row: i64) -> String {
    encode(FOLDER, TASK_LIST_TYPE, mailbox, &[row])
}

/// The id of a task.
pub fn task_id(kind: IdKind, mailbox: Uuid, row: i64) -> String {
    encode(prefix(kind), TASK_TYPE, mailbox, &[row])
}

/// The id of a contact.
pub fn contact_id(kind: IdKind, mailbox: Uuid, row: i64) -> String {
    encode(prefix(kind), CONTACT_TYPE, mailbox, &[row])
}

/// Reads the id of a task list; the answer is its row.
///
/// Errors, here and below: 400 when it is no such id, 404 when it is one of another mailbox.
pub fn parse_task_list_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    match decode(id, TASK_LIST_TYPE, mailbox)? {
        (FOLDER, numbers) => one(&numbers),
        _ => Err(Refusal::malformed_id()),
    }
}

/// Reads the id of a task, of either form; the answer is its row.
pub fn parse_task_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    item(decode(id, TASK_TYPE, mailbox)?)
}

/// Reads the id of a contact, of either kind; the answer is its row.
pub fn parse_contact_id(mailbox: Uuid, id: &str) -> Result<i64, Refusal> {
    item(decode(id, CONTACT_TYPE, mailbox)?)
}

/// The same task or contact as an id of another kind; `None` when it is neither.
pub fn translated(kind: IdKind, mailbox: Uuid, id: &str) -> Option<String> {
    let task = parse_task_id(mailbox, id).map(|row| task_id(kind, mailbox, row));
    task.or_else(|_| parse_contact_id(mailbox, id).map(|row| contact_id(kind, mailbox, row))).ok()
}

const fn prefix(kind: IdKind) -> [u8; 3] {
    match kind {
        IdKind::Default => DEFAULT,
        IdKind::Immutable => IMMUTABLE,
    }
}

fn item((prefix, numbers): ([u8; 3], Vec<i64>)) -> Result<i64, Refusal> {
    match prefix {
        DEFAULT | IMMUTABLE => one(&numbers),
        _ => Err(Refusal::malformed_id()),
    }
}

fn one(numbers: &[i64]) -> Result<i64, Refusal> {
    match numbers {
        [row] => Ok(*row),
        _ => Err(Refusal::malformed_id()),
    }
}
