//! `GET /users/{id}/messages/{id}`. Answers a [`super::Message`].

use super::SUMMARY;
use crate::wire::call::{Call, option};

/// `PidTagMessageSize`: bytes of the whole message.
pub(crate) const SIZE: &str = "Integer 0x0E08";

/// `PidTagInReplyToId`, also there on copies that never travelled and have no headers.
pub(crate) const IN_REPLY_TO: &str = "String 0x1042";

/// The properties of the content beside those of the summary.
const CONTENT: &str = "subject,body,sender,toRecipients,ccRecipients,bccRecipients,sentDateTime,\
    importance,hasAttachments,conversationIndex,isReadReceiptRequested,\
    isDeliveryReceiptRequested,internetMessageHeaders";

/// What a list would show.
pub(crate) fn summary(address: &str, id: &str) -> Call {
    Call::get(format!("{}?$select={SUMMARY}", super::path_of(address, id)))
}

/// Everything but the attachments.
pub(crate) fn content(address: &str, id: &str) -> Call {
    let properties =
        format!("singleValueExtendedProperties($filter=id eq '{SIZE}' or id eq '{IN_REPLY_TO}')");
    let expand = option("$expand", &properties);
    Call::get(format!("{}?$select={SUMMARY},{CONTENT}&{expand}", super::path_of(address, id)))
}
