//! Hard limits that no assignment overrides. Source: A17.

use crate::{Reason, Rules, category::Names};
use earmark_model::{ItemContent, limits};

/// Why an item can never be tracked as it is; `None` when it can. Only messages have a size.
pub fn hard_limit(content: &ItemContent, rules: &Rules) -> Option<Reason> {
    let ItemContent::Message(message) = content else { return None };
    (rules.size_limit && message.size > limits::MESSAGE_SIZE_MAX).then_some(Reason::TooLarge)
}

/// Whether the sender wrote the tracking category into the message. Only what travelled has a
/// sender elsewhere; an own copy shows what its owner assigned. It tells nothing about who assigned
/// a category later, so ask it when an item is read for the first time.
pub fn has_senders_category(content: &ItemContent, names: &Names, rules: &Rules) -> bool {
    let ItemContent::Message(message) = content else { return false };
    let is_ours = |keyword: &String| names.to_sweep().iter().any(|name| name.is_same(keyword));
    rules.senders_category_ignored && message.has_transport && message.keywords.iter().any(is_ours)
}

/// Units: characters of an address, as mail servers take it.
const ADDRESS_MAX: usize = 320;

/// Whether the message has a sender that a party can be made of. A message without one is
/// refused with `InvalidSender`, which counts as an attempt (R22). Meetings and tasks need none.
pub fn has_valid_sender(content: &ItemContent, rules: &Rules) -> bool {
    let ItemContent::Message(message) = content else { return true };
    !rules.sender_needed
        || message
            .from
            .as_ref()
            .or(message.sender.as_ref())
            .is_some_and(|sender| is_address(&sender.address))
}

/// Whether mail could come from such an address: one local part and one domain, both with
/// something in them. *Undisclosed recipients* and the names of a directory are no addresses.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c);
    let is_literal = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']');
    let has_domain =
        is_literal || domain.split('.').all(|label| !label.is_empty() && !label.contains(is_odd));
    let has_local = !local.is_empty()
        && (is_quoted || !local.contains(is_odd))
        && !text.contains(char::is_control);
    has_local && has_domain && text.chars().count() <= ADDRESS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usable_sender_is_an_address() {
        for good in [
            "kim@contoso.test",
            " Kim.Lee+news@mail.contoso.test ",
            "o'neil@contoso.test",
            "\"Kim Lee\"@contoso.test",
            "jürgen@bücher.test",
            "root@localhost",
            "kim@[192.0.2.1]",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "kim",
            "@contoso.test",
            "kim@",
            "kim@contoso..test",
            "kim@.test",
            "kim@contoso.test.",
            "kim lee@contoso.test",
            "kim@con toso.test",
            "kim@lee@contoso.test",
            "<kim@contoso.test>",
            "undisclosed-recipients:;",
            "undisclosed@recipients:;",
            "/O=CONTOSO/OU=FIRST/CN=KIM",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert!(!is_address(&format!("{}@contoso.test", "k".repeat(320))));
    }
}
