//! The one component that never works, in the worlds that are about everybody else.

use super::super::log::Org;
use std::fmt;

/// What is broken from the beginning to the end, also after healing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The mailbox server answers every request about one mailbox like this.
    Mailbox {
        /// Whose.
        user: String,
        /// How.
        how: BrokenMailbox,
    },
    /// The CRM of one organization refuses to make emails.
    Creation {
        /// Whose.
        organization: Org,
    },
}

/// How a mailbox is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenMailbox {
    /// It may not be read.
    Forbidden,
    /// It is not there.
    NotFound,
    /// It is out of order.
    Unavailable,
    /// Its answers come too late.
    Late,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox { user, how } => write!(f, "the mailbox {user} is {how:?}"),
            Self::Creation { organization } => {
                write!(f, "the CRM of organization {organization} makes no emails")
            }
        }
    }
}

impl Broken {
    /// Whether it is this mailbox, in any case.
    pub fn is_mailbox(&self, address: &str) -> bool {
        matches!(self, Self::Mailbox { user, .. } if user.eq_ignore_ascii_case(address))
    }
}
