//! Alerts: what a person should be told about a mailbox or an organization.

use crate::{Instant, MailboxId, OrganizationId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The id scheme of alerts.
const SCHEME: &str = "earmark-alert/1";

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertLevel {
    /// Worth knowing.
    Information,
    /// Somebody may have to look.
    Warning,
    /// Something does not work.
    Error,
}

impl AlertLevel {
    /// Every level, the least first.
    pub const ALL: [Self; 3] = [Self::Information, Self::Warning, Self::Error];

    /// The word used in JSON and everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// How an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertState {
    /// Nobody dealt with it.
    Open,
    /// Somebody knows of it.
    Acknowledged,
    /// Its cause ended, or somebody says so.
    Resolved,
}

impl AlertState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Resolved];

    /// The word used in JSON and everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    /// The state that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Which levels an organization wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertLevels {
    /// Errors.
    pub errors: bool,
    /// Warnings.
    pub warnings: bool,
    /// Information.
    pub information: bool,
}

impl Default for AlertLevels {
    fn default() -> Self {
        Self { errors: true, warnings: false, information: true }
    }
}

/// One alert, as it was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The same for every repetition: see [`alert_id`].
    pub id: Uuid,
    /// The mailbox; `None` for one about the organization.
    pub mailbox: Option<MailboxId>,
    /// How much it matters.
    pub level: AlertLevel,
    /// The word for machines.
    pub code: String,
    /// The number that goes with the word.
    pub number: u32,
    /// It stands for a cause that lasts and ends by itself.
    pub lasts: bool,
    /// What it is about does not go away without somebody's doing.
    pub is_permanent: bool,
    /// The outcome that the other side, or the service, gave it; empty where there is none.
    pub outcome: String,
    /// The number of that outcome.
    pub outcome_number: Option<i32>,
    /// One or two sentences for people. Never a subject, body or address.
    pub text: String,
    /// When.
    pub at: Instant,
}

/// The id of an alert. Repeatable: equal arguments give the equal id, so that a repetition is the
/// same alert. `episode` tells one occasion from the next.
pub fn alert_id(
    organization: OrganizationId,
    mailbox: Option<MailboxId>,
    code: &str,
    episode: &str,
) -> Uuid {
    let organization = organization.to_string();
    let mailbox = mailbox.map(|mailbox| mailbox.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for field in [SCHEME, &organization, &mailbox, code, episode] {
        hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back() {
        for level in AlertLevel::ALL {
            assert_eq!(AlertLevel::parse(level.as_str()), Some(level));
        }
        for state in AlertState::ALL {
            assert_eq!(AlertState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn an_episode_has_one_id_and_another_episode_another() {
        let organization = OrganizationId(Uuid::from_u128(1));
        let mailbox = Some(MailboxId(Uuid::from_u128(2)));
        let id = |mailbox, code, episode| alert_id(organization, mailbox, code, episode);
        assert_eq!(id(mailbox, "a", "1"), id(mailbox, "a", "1"));
        assert_ne!(id(mailbox, "a", "1"), id(mailbox, "a", "2"));
        assert_ne!(id(mailbox, "a", "1"), id(None, "a", "1"));
        assert_ne!(id(mailbox, "a", "b1"), id(mailbox, "ab", "1"));
    }
}
