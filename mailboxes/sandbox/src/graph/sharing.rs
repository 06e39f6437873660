//! What people may ask of each other's mailboxes.
//!
//! A user's token reaches the mail and the main calendar of who shared them, with the permissions
//! for shared items. The list of categories, settings, rules, contacts and tasks stay the owner's.

use super::{caller::Caller, request::Request};
use crate::{
    error::Refusal,
    store::{
        sharing::{Right, of_calendar, of_mail},
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;

const READ_MAIL: &[&str] = &["Mail.Read.Shared", "Mail.ReadWrite.Shared"];
const WRITE_MAIL: &[&str] = &["Mail.ReadWrite.Shared"];
const READ_CALENDARS: &[&str] = &["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];
const WRITE_CALENDARS: &[&str] = &["Calendars.ReadWrite.Shared"];

/// Parts of an address below which everything stays the owner's.
const OWNERS: &[&str] =
    &["messagerules", "calendarpermissions", "send", "reply", "replyall", "forward"];

/// Refuses who was not let in by the owner of the mailbox.
pub(super) fn check(
    tx: &Transaction<'_>,
    request: &Request,
    owner: &User,
    below: &[&str],
) -> Result<(), Refusal> {
    let Caller::User { mail, .. } = &request.caller else { return Err(Refusal::access_denied()) };
    let reads = request.method == Method::GET;
    let is_owners = below.iter().any(|part| OWNERS.contains(part));
    let (right, scopes) = match below {
        _ if is_owners => return Err(Refusal::access_denied()),
        ["messages" | "mailfolders", ..] => {
            (of_mail(tx, owner.row, mail)?, if reads { READ_MAIL } else { WRITE_MAIL })
        }
        // The events without a calendar, and the calendar without an id, are the main one's.
        ["events" | "calendar" | "calendarview", ..] => {
            let scopes = if reads { READ_CALENDARS } else { WRITE_CALENDARS };
            (of_calendar(tx, owner.row, mail)?, scopes)
        }
        _ => return Err(Refusal::access_denied()),
    };
    request.caller.needs(scopes)?;
    let needed = if reads { Right::Read } else { Right::Edit };
    if right >= needed { Ok(()) } else { Err(Refusal::access_denied()) }
}
