//! What people are told: a closed list of alerts, and which change of an item raises one.
//! Source: `tracelog`, the levels of the organization, and the outcome codes of single items.

use crate::{Reason, Rules};
use earmark_model::{
    Alert, AlertLevel, AlertLevels, FailureNote, Instant, ItemKind, ItemState, Link, MailboxId,
    OrganizationId, alert_id,
};

macro_rules! alerts {
    ($($name:ident $code:literal $number:literal $level:ident $permanence:ident $duration:ident $text:literal,)*) => {
        /// What an alert is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AlertKind {
            $(#[doc = $text] $name,)*
        }

        impl AlertKind {
            /// Every kind, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that is stored and shown to machines.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The number that goes with the word. It never changes.
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number),* }
            }

            /// How much it matters.
            pub const fn level(self) -> AlertLevel {
                match self { $(Self::$name => AlertLevel::$level),* }
            }

            /// Whether it takes somebody's doing to end what it is about.
            pub const fn is_permanent(self) -> bool {
                match self { $(Self::$name => alerts!(@ $permanence)),* }
            }

            /// Whether it stands for a cause that lasts, and is resolved when that ends.
            pub const fn lasts(self) -> bool {
                match self { $(Self::$name => alerts!(@ $duration)),* }
            }

            /// What it says. `{}` stands for a name or a number.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The kind that a stored code names.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
    (@ permanent) => { true };
    (@ transient) => { false };
    (@ lasts) => { true };
    (@ once) => { false };
}

alerts! {
    CategoryEnabled "category_enabled" 1001 Information transient once "The category \"{}\" has been enabled for the mailbox, because the organization's setting TrackCategorizedItems is on.",
    CategoryRecreated "category_recreated" 1002 Information transient once "The category \"{}\" was missing from the mailbox's list and was created again. Removals of the category wait for one cycle.",
    CategoryRenamed "category_renamed" 1003 Information transient once "The tracking category of the mailbox is called \"{}\" now and goes on tracking. Removals of the category wait for one cycle.",
    CategoryDisabled "category_disabled" 1004 Information transient once "The category \"{}\" was taken out of the mailbox's list, because the organization's setting TrackCategorizedItems is off. Items keep it.",
    MeetingMessageIgnored "meeting_message_ignored" 1005 Information transient once "A meeting request or reply bears the tracking category. Such messages are not tracked; assign the category to the calendar item.",
    CopyNotFound "copy_not_found" 1006 Information transient once "Another recipient's copy of a tracked message was not found in the mailbox within a day.",
    ItemTooLarge "item_too_large" 2001 Warning permanent once "An item bears the tracking category and is too large to be tracked.",
    AttemptFailed "attempt_failed" 2002 Warning transient once "An item could not be tracked; it is tried again after one cycle. Failed attempts so far: {}.",
    TrackingHeld "tracking_held" 2003 Warning transient lasts "Unusually many items of the mailbox lost tracking at once. Further removals are held for one cycle and checked again.",
    MeetingUpdateHeld "meeting_update_held" 3008 Error permanent lasts "A meeting of the mailbox was changed in the CRM. Writing that to the calendar would send its attendees an update; answer yes or no.",
    SchedulingConflict "scheduling_conflict" 3010 Error permanent lasts "An appointment bears the tracking category and takes place at the same time as another one of the same people in the CRM. It is not saved there before somebody answers: yes saves it all the same.",
    DelegateNameDiffers "delegate_name_differs" 2004 Warning permanent lasts "Somebody who may change this mailbox knows the tracking category as \"{}\". What is assigned here under that name is not tracked; give the category the same name in both mailboxes.",
    ItemUndeliverable "item_undeliverable" 3001 Error permanent once "An item could not be tracked in the first attempt and five retries, and is marked Undeliverable. Correct the cause, then assign the tracking category again.",
    ItemRefused "item_refused" 3002 Error permanent once "The CRM refused an item for good. Correct the cause, then assign the tracking category again.",
    MailboxUnreadable "mailbox_unreadable" 3003 Error permanent lasts "The mailbox may not, or cannot, be read. Nothing in it is tracked or untracked until it can.",
    MailboxOutOfOrder "mailbox_out_of_order" 3004 Error transient lasts "The mailbox does not answer. Nothing in it is tracked or untracked until it does.",
    CrmOutOfOrder "crm_out_of_order" 3005 Error transient lasts "The CRM is out of order. No attempts are made until it answers.",
    MailboxTestFailed "mailbox_test_failed" 3006 Error permanent lasts "The test of the mailbox failed for {} The mailbox is not synchronized in this part until a test succeeds.",
    MailboxOfAnother "mailbox_of_another" 3007 Error permanent lasts "The mailbox was taken over by another organization and is not synchronized here any more. What is tracked stays. To take it back, test it here and say that it is to be taken over.",
    ProfileInactive "profile_inactive" 3009 Error permanent lasts "Mailboxes are not synchronized because their email server profile is inactive. With the number of mailboxes: {}. Activate the profile, or choose another one for its mailboxes.",
    ProfilesActive "profiles_active" 1013 Information transient once "No mailbox waits for an inactive email server profile any more.",
    MailboxTested "mailbox_tested" 1011 Information transient once "The mailbox was tested, and what is chosen for it is synchronized.",
    MailboxAnswers "mailbox_answers" 1007 Information transient once "The mailbox can be read again.",
    CrmAnswers "crm_answers" 1008 Information transient once "The CRM answers again.",
    DelegateNamesAgree "delegate_names_agree" 1010 Information transient once "Everybody who may change this mailbox knows the tracking category by the name that it has here.",
    MeetingUpdatesSettled "meeting_updates_settled" 1012 Information transient once "No change of a meeting waits for an answer in the mailbox any more.",
    SchedulingConflictsSettled "scheduling_conflicts_settled" 1014 Information transient once "No appointment of the mailbox waits for an answer about a scheduling conflict any more.",
    HeldSettled "held_settled" 1009 Information transient once "No removal is held in the mailbox any more.",
}

impl AlertKind {
    /// What is said when the cause of a lasting alert ended.
    pub const fn after(self) -> Option<Self> {
        match self {
            Self::MailboxUnreadable | Self::MailboxOutOfOrder => Some(Self::MailboxAnswers),
            Self::CrmOutOfOrder => Some(Self::CrmAnswers),
            Self::ProfileInactive => Some(Self::ProfilesActive),
            Self::TrackingHeld => Some(Self::HeldSettled),
            Self::MeetingUpdateHeld => Some(Self::MeetingUpdatesSettled),
            Self::SchedulingConflict => Some(Self::SchedulingConflictsSettled),
            Self::DelegateNameDiffers => Some(Self::DelegateNamesAgree),
            Self::MailboxTestFailed | Self::MailboxOfAnother => Some(Self::MailboxTested),
            _ => None,
        }
    }
}

/// What the other side, or the service, calls the outcome for one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The word.
    pub word: String,
    /// Its number, where it has one.
    pub number: Option<i32>,
}

/// Outcomes of mail that have a word of their own.
const MAIL_OUTCOMES: &[(u32, &str)] = &[
    (0x8004_0265, "UnknownIncomingEmailIntegrationError"),
    (0x8004_0224, "UnknownIncomingEmailIntegrationError"),
    (0x8004_0b05, "NoRecipientMatch"),
];

/// The code of a refusal by a plug-in, whatever way it went wrong.
const PLUG_IN: u32 = 0x8004_0265;

/// The outcome that a failure's code stands for, by the kind of item.
pub fn outcome(kind: ItemKind, code: &str) -> Outcome {
    let digits = code.strip_prefix("0x").or_else(|| code.strip_prefix("0X"));
    let Some(number) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
        return Outcome { word: code.to_owned(), number: None };
    };
    let own_word = MAIL_OUTCOMES.iter().find(|(known, _)| *known == number);
    match own_word.filter(|_| kind == ItemKind::Email) {
        Some((_, word)) => {
            let number = if *word == "NoRecipientMatch" { number } else { PLUG_IN };
            Outcome { word: (*word).to_owned(), number: Some(number.cast_signed()) }
        }
        None => Outcome { word: format!("Crm.{number:08X}"), number: Some(number.cast_signed()) },
    }
}

/// An alert that something calls for, before anybody was asked whether they want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// What it is about.
    pub kind: AlertKind,
    /// What tells this occasion from others of the same kind in the same mailbox.
    pub episode: String,
    /// What stands for `{}` in the text.
    pub named: String,
    /// The outcome, where it is about one.
    pub outcome: Option<Outcome>,
}

impl Occasion {
    /// An occasion without an outcome.
    pub fn new(kind: AlertKind, episode: impl Into<String>, named: impl Into<String>) -> Self {
        Self { kind, episode: episode.into(), named: named.into(), outcome: None }
    }
}

/// What a copy calls for that was expected since `opened_at` and did not come.
pub fn for_missing_copy(opened_at: Instant, source_key: &str, rules: &Rules) -> Option<Occasion> {
    let episode = format!("{} {source_key}", opened_at.as_millis());
    rules.alerts_of_items.then(|| Occasion::new(AlertKind::CopyNotFound, episode, ""))
}

/// What a change of an item's link calls for. `before` is the link as it was, `None` for a new one.
pub fn for_item(before: Option<&Link>, after: &Link, rules: &Rules) -> Option<Occasion> {
    if !rules.alerts_of_items {
        return None;
    }
    let was = before.map(|before| before.state);
    let is_new_reason = |reason: Reason| {
        after.reason == reason.code() && before.is_none_or(|before| before.reason != after.reason)
    };
    let failed_again = before.is_none_or(|before| before.attempts < after.attempts);
    let kind = if after.state == ItemState::Undeliverable && was != Some(ItemState::Undeliverable) {
        AlertKind::ItemUndeliverable
    } else if is_new_reason(Reason::RefusedForGood) {
        AlertKind::ItemRefused
    } else if after.reason == Reason::AttemptFailed.code() && failed_again {
        AlertKind::AttemptFailed
    } else if is_new_reason(Reason::MeetingMessage) {
        AlertKind::MeetingMessageIgnored
    } else if is_new_reason(Reason::TooLarge) {
        AlertKind::ItemTooLarge
    } else {
        return None;
    };
    let note = |link: Option<&Link>| link.and_then(|link| link.failure.clone());
    let failure: Option<FailureNote> = note(Some(after)).or_else(|| note(before));
    Some(Occasion {
        kind,
        episode: format!("{} {}", after.key.handle, after.changed_at.as_millis()),
        named: after.attempts.to_string(),
        outcome: failure.map(|failure| outcome(after.kind, &failure.code)),
    })
}

/// The alert of an occasion; `None` where the organization does not want its level.
pub fn raise(
    occasion: Occasion,
    organization: OrganizationId,
    mailbox: Option<MailboxId>,
    levels: AlertLevels,
    now: Instant,
    rules: &Rules,
) -> Option<Alert> {
    let Occasion { kind, episode, named, outcome } = occasion;
    let wanted = match kind.level() {
        AlertLevel::Error => levels.errors,
        AlertLevel::Warning => levels.warnings,
        AlertLevel::Information => levels.information,
    };
    if !wanted && rules.alerts_by_level {
        return None;
    }
    Some(Alert {
        id: alert_id(organization, mailbox, kind.code(), &episode),
        mailbox,
        level: kind.level(),
        code: kind.code().to_owned(),
        number: kind.number(),
        lasts: kind.lasts(),
        is_permanent: kind.is_permanent(),
        outcome_number: outcome.as_ref().and_then(|outcome| outcome.number),
        outcome: outcome.map(|outcome| outcome.word).unwrap_or_default(),
        text: kind.text().replace("{}", &named),
        at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_numbers_are_unique_and_lead_back() {
        let codes: BTreeSet<_> = AlertKind::ALL.iter().map(|kind| kind.code()).collect();
        let numbers: BTreeSet<_> = AlertKind::ALL.iter().map(|kind| kind.number()).collect();
        assert_eq!((codes.len(), numbers.len()), (AlertKind::ALL.len(), AlertKind::ALL.len()));
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::from_code(kind.code()), Some(*kind));
            assert!(kind.text().ends_with('.'), "{kind:?}");
            assert_eq!(kind.lasts(), kind.after().is_some(), "{kind:?}");
        }
    }

    #[test]
    fn outcomes_have_the_words_and_numbers_of_the_original() {
        let mail = |code| outcome(ItemKind::Email, code);
        let calendar = |code| outcome(ItemKind::Appointment, code);
        for (found, word, number) in [
            (mail("0x80040265"), "UnknownIncomingEmailIntegrationError", Some(-2_147_220_891)),
            (mail("0x80040224"), "UnknownIncomingEmailIntegrationError", Some(-2_147_220_891)),
            (calendar("0x80040265"), "Crm.80040265", Some(-2_147_220_891)),
            (mail("0x80040220"), "Crm.80040220", Some(-2_147_220_960)),
            (mail("0x80042f0a"), "Crm.80042F0A", Some(-2_147_209_462)),
            (mail("0x80040b05"), "NoRecipientMatch", Some(-2_147_218_683)),
            (mail("0x80040216"), "Crm.80040216", Some(-2_147_220_970)),
            (mail("InvalidSender"), "InvalidSender", None),
        ] {
            assert_eq!(found, Outcome { word: word.to_owned(), number });
        }
    }

    #[test]
    fn a_level_that_nobody_wants_raises_nothing() {
        let organization =
            OrganizationId("00000000-0000-0000-0000-000000000001".parse().expect("id"));
        let raised = |kind, levels| {
            let occasion = Occasion::new(kind, "1", "x");
            raise(occasion, organization, None, levels, Instant::from_millis(0), &Rules::all())
        };
        let usual = AlertLevels::default();
        assert!(raised(AlertKind::CrmOutOfOrder, usual).is_some());
        assert!(raised(AlertKind::TrackingHeld, usual).is_none());
        assert!(raised(AlertKind::CategoryEnabled, usual).is_some());
        let quiet = AlertLevels { errors: false, warnings: true, information: false };
        assert!(raised(AlertKind::CrmOutOfOrder, quiet).is_none());
        assert!(raised(AlertKind::TrackingHeld, quiet).is_some());
        assert!(raised(AlertKind::CategoryEnabled, quiet).is_none());
    }
}
