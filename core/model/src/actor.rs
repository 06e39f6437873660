//! Who did something, and what made the service look.

use crate::PrincipalId;

/// Who, or what, something was done by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A user of the CRM, who asked in person.
    User(PrincipalId),
    /// Whoever holds the administrator's token.
    Administrator,
    /// A person; which one is not remembered.
    Person,
    /// The automatic filter of a user or queue.
    Automatic(PrincipalId),
    /// Another recipient's copy.
    Copy,
    /// Somebody who works in the mailbox: its owner, a delegate, or a rule there.
    Mailbox,
    /// A user of the CRM, there; `None` where the CRM does not say which.
    Crm(Option<PrincipalId>),
    /// The service itself.
    Service,
}

impl Actor {
    /// The word, or the two words, used in storage and everywhere else.
    pub fn to_words(self) -> String {
        match self {
            Self::User(user) => format!("user {user}"),
            Self::Administrator => "administrator".to_owned(),
            Self::Person => "person".to_owned(),
            Self::Automatic(principal) => format!("automatic {principal}"),
            Self::Copy => "copy".to_owned(),
            Self::Mailbox => "mailbox".to_owned(),
            Self::Crm(Some(user)) => format!("crm {user}"),
            Self::Crm(None) => "crm".to_owned(),
            Self::Service => "service".to_owned(),
        }
    }

    /// The actor that [`Self::to_words`] names.
    pub fn parse(words: &str) -> Option<Self> {
        let (word, id) = match words.split_once(' ') {
            Some((word, id)) => (word, Some(PrincipalId(uuid::Uuid::parse_str(id).ok()?))),
            None => (words, None),
        };
        Some(match (word, id) {
            ("user", Some(user)) => Self::User(user),
            ("administrator", None) => Self::Administrator,
            ("person", None) => Self::Person,
            ("automatic", Some(principal)) => Self::Automatic(principal),
            ("copy", None) => Self::Copy,
            ("mailbox", None) => Self::Mailbox,
            ("crm", user) => Self::Crm(user),
            ("service", None) => Self::Service,
            _ => return None,
        })
    }
}

/// What made the service look at an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// The regular cycle, or one that somebody ran.
    Cycle,
    /// A notification of the mailbox server.
    Notification,
    /// A person's request, or the filter's.
    Request,
    /// Something that happened in the CRM.
    Crm,
    /// Category tracking was switched on or off.
    Switch,
    /// Another recipient's copy was tracked.
    Copy,
    /// Another attempt was due.
    Retry,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 7] = [
        Self::Cycle,
        Self::Notification,
        Self::Request,
        Self::Crm,
        Self::Switch,
        Self::Copy,
        Self::Retry,
    ];

    /// The word used in storage and everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::Notification => "notification",
            Self::Request => "request",
            Self::Crm => "crm",
            Self::Switch => "switch",
            Self::Copy => "copy",
            Self::Retry => "retry",
        }
    }

    /// The trigger that [`Self::as_str`] names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back() {
        let somebody = PrincipalId(uuid::Uuid::from_u128(7));
        for actor in [
            Actor::User(somebody),
            Actor::Administrator,
            Actor::Person,
            Actor::Automatic(somebody),
            Actor::Copy,
            Actor::Mailbox,
            Actor::Crm(Some(somebody)),
            Actor::Crm(None),
            Actor::Service,
        ] {
            assert_eq!(Actor::parse(&actor.to_words()), Some(actor));
        }
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::parse(trigger.as_str()), Some(trigger));
        }
        assert_eq!(Actor::parse("user"), None);
        assert_eq!(Actor::parse("copy 7"), None);
    }
}
