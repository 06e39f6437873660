//! The nouns of the alerts that are kept.

use earmark_model::{Alert, AlertLevel, AlertState, Instant, MailboxId};

/// An alert as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAlert {
    /// As it was raised first.
    pub alert: Alert,
    /// How it stands.
    pub state: AlertState,
    /// When it was raised last; a lasting cause that shows again is the same alert.
    pub last_at: Instant,
    /// Units: how often it was raised.
    pub count: u64,
    /// When somebody acknowledged it.
    pub acknowledged_at: Option<Instant>,
    /// When it was resolved.
    pub resolved_at: Option<Instant>,
    /// The CRM has it.
    pub is_delivered: bool,
}

/// A cause that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEnd {
    /// The mailbox; `None` for the organization.
    pub mailbox: Option<MailboxId>,
    /// The code of the lasting alert.
    pub code: String,
    /// What is raised if such an alert was not resolved yet.
    pub then: Option<Alert>,
}

/// Which alerts to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertQuery {
    /// Only those about this mailbox.
    pub mailbox: Option<MailboxId>,
    /// Only this level.
    pub level: Option<AlertLevel>,
    /// Only this state.
    pub state: Option<AlertState>,
    /// Only this code.
    pub code: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<i64>,
    /// Units: alerts at most.
    pub limit: usize,
}

/// A page of alerts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPage {
    /// The alerts.
    pub alerts: Vec<KeptAlert>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<i64>,
}
