//! Whether a message was sent or received by the mailbox that holds it.

use crate::Rules;
use earmark_model::{Direction, FolderRole, MailboxAddress};

/// Outgoing in Sent Items, or anywhere when the sender is the mailbox owner and the copy never
/// travelled. Decided at the first link, never recomputed. Source: design section 2.
pub fn direction(
    folder: FolderRole,
    sender: Option<&str>,
    owner: &MailboxAddress,
    has_transport: bool,
    rules: &Rules,
) -> Direction {
    let own = sender.is_some_and(|sender| sender.eq_ignore_ascii_case(owner.as_str()));
    let never_travelled = own && !has_transport && rules.direction_without_transport;
    if folder == FolderRole::SentItems || never_travelled {
        Direction::Outgoing
    } else {
        Direction::Incoming
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: FolderRole, sender: &str, has_transport: bool) -> Direction {
        let owner = MailboxAddress::new("anna@fabrikam.test");
        direction(folder, Some(sender), &owner, has_transport, &Rules::all())
    }

    #[test]
    fn sent_items_are_outgoing_whoever_sent_them() {
        assert_eq!(of(FolderRole::SentItems, "team@fabrikam.test", true), Direction::Outgoing);
    }

    #[test]
    fn a_self_sent_message_has_one_copy_of_each_direction() {
        assert_eq!(of(FolderRole::SentItems, "anna@fabrikam.test", false), Direction::Outgoing);
        assert_eq!(of(FolderRole::Inbox, "Anna@Fabrikam.test", true), Direction::Incoming);
    }

    #[test]
    fn an_own_copy_filed_elsewhere_is_outgoing() {
        assert_eq!(of(FolderRole::Other, "Anna@Fabrikam.test", false), Direction::Outgoing);
    }

    #[test]
    fn received_mail_is_incoming() {
        assert_eq!(of(FolderRole::Inbox, "kim@contoso.test", true), Direction::Incoming);
        assert_eq!(of(FolderRole::Inbox, "kim@contoso.test", false), Direction::Incoming);
    }
}
