//! Hard limits that no assignment overrides. Source: A17.

use crate::{Reason, Rules};
use earmark_model::{MessageContent, limits};

/// Why a message can never be tracked as it is; `None` when it can.
pub fn hard_limit(message: &MessageContent, rules: &Rules) -> Option<Reason> {
    (rules.size_limit && message.size > limits::MESSAGE_SIZE_MAX).then_some(Reason::TooLarge)
}

/// Whether the message has a sender that a party can be made of. A message without one is
/// refused with `InvalidSender`, which counts as an attempt (R22).
pub fn has_valid_sender(message: &MessageContent) -> bool {
    message.from.as_ref().or(message.sender.as_ref()).is_some_and(|sender| {
        sender
            .address
            .split_once('@')
            .is_some_and(|(local, domain)| !local.trim().is_empty() && !domain.trim().is_empty())
    })
}
