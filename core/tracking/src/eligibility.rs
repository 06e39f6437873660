//! Hard limits that no assignment overrides. Source: A17.

use crate::{Reason, Rules};
use earmark_model::{ItemContent, limits};

/// Why an item can never be tracked as it is; `None` when it can. Only messages have a size.
pub fn hard_limit(content: &ItemContent, rules: &Rules) -> Option<Reason> {
    let ItemContent::Message(message) = content else { return None };
    (rules.size_limit && message.size > limits::MESSAGE_SIZE_MAX).then_some(Reason::TooLarge)
}

/// Whether the message has a sender that a party can be made of. A message without one is
/// refused with `InvalidSender`, which counts as an attempt (R22). Meetings and tasks need none.
pub fn has_valid_sender(content: &ItemContent) -> bool {
    let ItemContent::Message(message) = content else { return true };
    message.from.as_ref().or(message.sender.as_ref()).is_some_and(|sender| {
        sender
            .address
            .split_once('@')
            .is_some_and(|(local, domain)| !local.trim().is_empty() && !domain.trim().is_empty())
    })
}
