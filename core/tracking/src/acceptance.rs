//! Which new mail is accepted automatically. Source: sections 2.2 and 2.4 of the behaviour of the
//! original.
//!
//! What is promised about order: mail counts as new when it arrives in the mailbox, whatever
//! its instant of reception says, as long as that is later than the beginning. So a message that
//! was held up on its way is accepted, and one that was there before, in whatever folder, is not:
//! neither when it changes nor when it is moved back into the Inbox. After a loss nobody knows
//! what was there, and the watermark stands for it: what was received after it is new.

use crate::Rules;
use earmark_model::{
    Address, FolderRole, Instant, ItemKind, MessageContent, ObservedItem, PrincipalId,
};

/// From when on mail is accepted in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// Mail received at this instant or before is never accepted.
    pub received_after: Instant,
    /// What arrived in the mailbox before this instant was looked at already; `None` where
    /// nothing is known about that.
    pub arrived_until: Option<Instant>,
}

/// Who may accept a message: a user or queue with a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptor {
    /// The user or queue.
    pub principal: PrincipalId,
    /// Its filter takes all messages, and its mailbox is served.
    pub accepts_all: bool,
}

/// Whose a mailbox or an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insider {
    /// A user's.
    User,
    /// A queue's.
    Queue,
}

/// What the organization says about mail among its users and queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InternalMail {
    /// Internal mail makes one record for the sender and one for the recipients.
    pub two_activities: bool,
    /// The received copy is rejected only where the sent one is recorded.
    pub only_if_recorded: bool,
    /// Mail from a user to a queue is never rejected.
    pub to_queues: bool,
    /// Mail from a queue is rejected where the sent copy is recorded.
    pub not_from_queues: bool,
}

/// When a message arrived in its mailbox, by the mailbox server's clock.
pub fn arrived(item: &ObservedItem) -> Option<Instant> {
    item.created.or(item.received)
}

/// Whether an item without a link is new mail for which an acceptor is looked for.
pub fn is_new(item: &ObservedItem, beginning: &Beginning, rules: &Rules) -> bool {
    let received = item.received;
    let is_after_beginning = received.is_some_and(|at| at > beginning.received_after);
    // Servers tell whole seconds: what came in the same second is looked at once more.
    let is_known = beginning
        .arrived_until
        .is_some_and(|until| arrived(item).is_none_or(|arrived| arrived < until));
    item.kind == ItemKind::Email
        && !item.is_draft
        && (item.folder == FolderRole::Inbox || !rules.accepted_in_root_inbox)
        && (is_after_beginning || !rules.accepted_after_watermark)
        && (!is_known || !rules.accepted_on_arrival)
}

/// For whom a message is accepted: the first recipient, in the order of To and Cc, whose filter
/// takes it, else the owner of the mailbox that holds it, who may have received it as a hidden
/// recipient or through a list. With `own_filter_only` nobody but the owner accepts.
///
/// `acceptors` answers the users and queues with an address; `content` is `None` where the
/// message could not be read.
pub fn accepted_for(
    content: Option<&MessageContent>,
    own: &Acceptor,
    own_filter_only: bool,
    acceptors: impl Fn(&str) -> Vec<Acceptor>,
    rules: &Rules,
) -> Option<PrincipalId> {
    let own_accepts = own.accepts_all.then_some(own.principal);
    if own_filter_only || !rules.accepted_by_recipients {
        return own_accepts;
    }
    let recipients: Vec<&Address> =
        content.into_iter().flat_map(|content| content.to.iter().chain(&content.cc)).collect();
    recipients
        .into_iter()
        .flat_map(|recipient| acceptors(&recipient.address))
        .find(|acceptor| acceptor.accepts_all)
        .map(|acceptor| acceptor.principal)
        .or(own_accepts)
}

/// Whether the received copy of a message makes no record because a user or queue of the same
/// organization sent it. `sender` is `None` for outsiders; `is_recorded` says that a record of the
/// sent copy is there.
pub fn is_internal(
    sender: Option<Insider>,
    mailbox: Insider,
    is_recorded: bool,
    settings: &InternalMail,
    rules: &Rules,
) -> bool {
    if settings.two_activities || !rules.internal_mail_rejected {
        return false;
    }
    match sender {
        None => false,
        Some(Insider::User) if mailbox == Insider::Queue && settings.to_queues => false,
        Some(Insider::User) => is_recorded || !settings.only_if_recorded,
        Some(Insider::Queue) => is_recorded && settings.not_from_queues,
    }
}

/// The watermark after a cycle: as late as the latest message seen, but before every message for
/// which a request still waits, so that a lost ledger makes that request again. It never goes back
/// and never lies in the future.
pub fn watermark(
    before: Option<Instant>,
    latest: Option<Instant>,
    waiting: impl IntoIterator<Item = Instant>,
    now: Instant,
) -> Option<Instant> {
    let latest = latest.map(|latest| latest.min(now));
    let held = waiting
        .into_iter()
        .min()
        .map(|earliest| Instant::from_millis(earliest.as_millis().saturating_sub(1)));
    let reached = match (latest, held) {
        (Some(latest), Some(held)) => Some(latest.min(held)),
        (latest, _) => latest,
    };
    reached.max(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_model::{Body, BodyKind, Importance, ItemHandle, Version};

    fn anna() -> PrincipalId {
        PrincipalId("11111111-1111-4111-8111-111111111111".parse().expect("valid"))
    }

    fn support() -> PrincipalId {
        PrincipalId("22222222-2222-4222-8222-222222222222".parse().expect("valid"))
    }

    fn at(second: i64) -> Instant {
        Instant::from_millis(second * 1_000)
    }

    fn item(arrived: i64, received: i64) -> ObservedItem {
        ObservedItem {
            handle: ItemHandle("AAMk-1".to_owned()),
            kind: ItemKind::Email,
            version: Version("v1".to_owned()),
            categories: Vec::new(),
            folder: FolderRole::Inbox,
            is_draft: false,
            message_id: None,
            sender: None,
            created: Some(at(arrived)),
            modified: None,
            received: Some(at(received)),
            ical_uid: None,
            is_series: false,
            series: None,
            is_organizer: false,
        }
    }

    fn beginning() -> Beginning {
        Beginning { received_after: at(100), arrived_until: Some(at(200)) }
    }

    fn is_taken(item: &ObservedItem) -> bool {
        is_new(item, &beginning(), &Rules::all())
    }

    #[test]
    fn what_arrives_is_new_and_what_was_there_is_not() {
        assert!(is_taken(&item(201, 201)));
        assert!(is_taken(&item(201, 150)), "held up on its way");
        assert!(is_taken(&item(200, 200)), "in the same second");
        assert!(!is_taken(&item(150, 150)), "there already");
        assert!(!is_taken(&item(201, 100)), "received before the beginning");
        let lost = Beginning { arrived_until: None, ..beginning() };
        assert!(is_new(&item(150, 150), &lost, &Rules::all()));
    }

    #[test]
    fn only_mail_in_the_root_inbox_is_new() {
        for folder in [FolderRole::Other, FolderRole::SentItems, FolderRole::Junk] {
            assert!(!is_taken(&ObservedItem { folder, ..item(201, 201) }));
        }
        assert!(!is_taken(&ObservedItem { is_draft: true, ..item(201, 201) }));
        assert!(!is_taken(&ObservedItem { kind: ItemKind::MeetingMessage, ..item(201, 201) }));
        assert!(!is_taken(&ObservedItem { received: None, ..item(201, 201) }));
    }

    fn message(to: &[&str], cc: &[&str]) -> MessageContent {
        let list = |addresses: &[&str]| {
            let one =
                |address: &&str| Address { name: String::new(), address: (*address).to_owned() };
            addresses.iter().map(one).collect()
        };
        MessageContent {
            subject: String::new(),
            body: Body { kind: BodyKind::Text, text: String::new() },
            from: None,
            sender: None,
            to: list(to),
            cc: list(cc),
            bcc: Vec::new(),
            sent: None,
            received: None,
            importance: Importance::Normal,
            in_reply_to: None,
            conversation_index: None,
            read_receipt_requested: false,
            delivery_receipt_requested: false,
            has_transport: true,
            attachments: Vec::new(),
            keywords: Vec::new(),
            size: 0,
        }
    }

    fn acceptors(address: &str) -> Vec<Acceptor> {
        match address {
            "support@fabrikam.test" => vec![Acceptor { principal: support(), accepts_all: true }],
            "anna@fabrikam.test" => vec![Acceptor { principal: anna(), accepts_all: false }],
            _ => Vec::new(),
        }
    }

    fn chosen(content: Option<&MessageContent>, own: bool, only: bool) -> Option<PrincipalId> {
        let own = Acceptor { principal: anna(), accepts_all: own };
        accepted_for(content, &own, only, acceptors, &Rules::all())
    }

    #[test]
    fn the_first_recipient_that_accepts_is_named() {
        let both = message(&["anna@fabrikam.test"], &["support@fabrikam.test"]);
        assert_eq!(chosen(Some(&both), false, false), Some(support()));
        assert_eq!(chosen(Some(&both), false, true), None);
        assert_eq!(chosen(Some(&both), true, true), Some(anna()));
    }

    #[test]
    fn the_owner_accepts_what_came_by_a_list_or_could_not_be_read() {
        let list = message(&["everybody@fabrikam.test"], &[]);
        assert_eq!(chosen(Some(&list), true, false), Some(anna()));
        assert_eq!(chosen(Some(&list), false, false), None);
        assert_eq!(chosen(None, true, false), Some(anna()));
    }

    #[test]
    fn internal_mail_is_rejected_as_the_settings_say() {
        let settings = InternalMail {
            two_activities: false,
            only_if_recorded: true,
            to_queues: true,
            not_from_queues: false,
        };
        let rules = Rules::all();
        let (user, queue) = (Insider::User, Insider::Queue);
        let rejects = |sender, mailbox, is_recorded, settings: InternalMail| {
            is_internal(sender, mailbox, is_recorded, &settings, &rules)
        };
        assert!(rejects(Some(user), user, true, settings));
        assert!(!rejects(Some(user), user, false, settings));
        assert!(!rejects(None, user, true, settings));
        assert!(!rejects(Some(user), queue, true, settings));
        assert!(rejects(Some(user), queue, true, InternalMail { to_queues: false, ..settings }));
        let legacy = InternalMail { only_if_recorded: false, ..settings };
        assert!(rejects(Some(user), user, false, legacy));
        assert!(!rejects(Some(queue), user, true, settings));
        let strict = InternalMail { not_from_queues: true, ..settings };
        assert!(rejects(Some(queue), user, true, strict));
        assert!(!rejects(Some(queue), user, false, strict));
        let two = InternalMail { two_activities: true, ..legacy };
        assert!(!rejects(Some(user), user, true, two));
    }

    #[test]
    fn the_watermark_stops_before_what_waits_and_never_goes_back() {
        let now = at(1_000);
        assert_eq!(watermark(None, None, [], now), None);
        assert_eq!(watermark(None, Some(at(5)), [], now), Some(at(5)));
        let before_waiting = Instant::from_millis(3_999);
        assert_eq!(watermark(Some(at(2)), Some(at(9)), [at(7), at(4)], now), Some(before_waiting));
        assert_eq!(watermark(Some(at(8)), Some(at(9)), [at(4)], now), Some(at(8)));
        assert_eq!(watermark(Some(at(8)), Some(at(2_000)), [], now), Some(now));
    }
}
