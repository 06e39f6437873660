//! What went wrong outside, reduced to what decides behaviour.

use crate::Instant;

/// Whether a refusal counts as one of a link's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalPolicy {
    /// Retried in later cycles and counted: plug-in errors, webhooks, sandbox and SQL time-outs,
    /// invalid senders, missing roles, and whatever nobody decided yet.
    Counted,
    /// Final: repeating it cannot help until somebody changes something.
    Final,
}

/// The closed list of ways in which an outside call fails. The class alone decides behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureClass {
    /// Told to wait. `until` is when the server allows the next request, where it said so.
    Throttled {
        /// The instant before which nothing may be sent.
        until: Option<Instant>,
    },
    /// No answer in time; the effect may have happened.
    Timeout,
    /// Not reachable, or out of order as a whole.
    Unavailable,
    /// A checkpoint is no longer known; read everything again.
    CheckpointExpired,
    /// Somebody else changed it first.
    Conflict,
    /// The item is not in the mailbox any more.
    ItemGone,
    /// The mailbox or folder may not or cannot be read now.
    ScopeUnreadable,
    /// The record is not in the CRM any more.
    RecordGone,
    /// Understood and refused.
    Refused {
        /// Whether it counts as an attempt.
        policy: RefusalPolicy,
    },
    /// A value that the other side cannot take.
    Unacceptable {
        /// The field that holds it.
        field: String,
    },
    /// The credential is not accepted.
    Unauthenticated,
    /// An answer that makes no sense, or a mistake of ours.
    Bug,
}

impl FailureClass {
    /// The word used in storage, logs and answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::CheckpointExpired => "checkpoint_expired",
            Self::Conflict => "conflict",
            Self::ItemGone => "item_gone",
            Self::ScopeUnreadable => "scope_unreadable",
            Self::RecordGone => "record_gone",
            Self::Refused { .. } => "refused",
            Self::Unacceptable { .. } => "unacceptable",
            Self::Unauthenticated => "unauthenticated",
            Self::Bug => "bug",
        }
    }
}

/// A failure of an outside call: the class for machines, code and detail for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What decides behaviour.
    pub class: FailureClass,
    /// The other side's own code, or ours where it gave none.
    pub code: String,
    /// One sentence for people. Never a subject, body, address or token.
    pub detail: String,
}

impl Failure {
    /// Puts the three together.
    pub fn new(class: FailureClass, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { class, code: code.into(), detail: detail.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.class.as_str(), self.code, self.detail)
    }
}

impl std::error::Error for Failure {}
