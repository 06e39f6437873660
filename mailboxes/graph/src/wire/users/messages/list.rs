//! `GET /users/{id}/messages`, over all folders of the mailbox. Answers pages of
//! [`super::Message`].

use super::SUMMARY;
use crate::wire::call::{self, Call, option};
use earmark_model::Instant;

/// Units: messages on a page of a sweep. Source: the documented maximum is 1,000.
const PAGE_SIZE: u32 = 500;

/// Units: copies of one message on a page.
const COPIES_PAGE_SIZE: u32 = 50;

/// Every message that carries the category `name`.
pub(crate) fn bearing(address: &str, name: &str) -> Call {
    let filter = call::bearing(name);
    Call::get(format!("{}?{filter}&$select={SUMMARY}&$top={PAGE_SIZE}", super::path(address)))
}

/// Every message that was changed at or after `since`, the newest first: what changes while
/// pages are read moves to the front, so that an item may come twice but none is passed over.
pub(crate) fn changed(address: &str, since: Instant) -> Call {
    let millis = since.as_millis();
    let second = Instant::from_millis(millis - millis.rem_euclid(1000));
    let filter = option("$filter", &format!("lastModifiedDateTime ge {second}"));
    let order = option("$orderby", "lastModifiedDateTime desc");
    let path = super::path(address);
    Call::get(format!("{path}?{filter}&{order}&$select={SUMMARY}&$top={PAGE_SIZE}"))
}

/// The smallest question about the mailbox's mail, asked for the server's time.
pub(crate) fn any(address: &str) -> Call {
    Call::get(format!("{}?$select=id&$top=1", super::path(address)))
}

/// Every message whose `Message-ID` is stored as `stored`.
pub(crate) fn with_message_id(address: &str, stored: &str) -> Call {
    let filter = option("$filter", &format!("internetMessageId eq {}", call::literal(stored)));
    let path = super::path(address);
    Call::get(format!("{path}?{filter}&$select={SUMMARY}&$top={COPIES_PAGE_SIZE}"))
}

/// The messages that lie in the root Inbox and were received after `since`, the oldest first.
pub(crate) fn received(address: &str, since: Instant) -> Call {
    let filter = option("$filter", &format!("receivedDateTime gt {since}"));
    let order = option("$orderby", "receivedDateTime");
    let path = format!("{}/mailFolders/inbox/messages", call::user(address));
    Call::get(format!("{path}?{filter}&{order}&$select={SUMMARY}&$top={PAGE_SIZE}"))
}
