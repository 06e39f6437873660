//! What went wrong outside, reduced to what decides behaviour.

use crate::Instant;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $word:literal,)*) => {
        /// Why an outside call failed, in words that every server has. Connectors map their codes
        /// to these; what each one does to an item is one table in the rules.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Cause {
            $($(#[$doc])* $name,)*
        }

        impl Cause {
            /// All of them, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word used in logs and reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

causes! {
    /// A plug-in refused.
    PlugInRefused "plug_in_refused",
    /// A plug-in failed in an unexpected way.
    PlugInFailed "plug_in_failed",
    /// A webhook that has a say could not be asked, or did not agree.
    WebhookFailed "webhook_failed",
    /// A plug-in, or the sandbox it runs in, took too long.
    PlugInTimeout "plug_in_timeout",
    /// The CRM's database took too long.
    DatabaseTimeout "database_timeout",
    /// The CRM failed in an unexpected way, under a code of its own.
    UnexpectedError "unexpected_error",
    /// No answer within our own time-out, or the connection broke before it came.
    NoAnswer "no_answer",
    /// The mailbox server answered that it took too long.
    MailboxTimeout "mailbox_timeout",
    /// The message has no usable sender.
    InvalidSender "invalid_sender",
    /// A code or a decision that nobody knows.
    UnknownDecision "unknown_decision",
    /// The owner of a queue may not own the record.
    QueueOwnerUnprivileged "queue_owner_unprivileged",
    /// Who is to own the record, or who acts, lacks a privilege.
    PrivilegeMissing "privilege_missing",
    /// Somebody or something that the record needs is not there.
    ReferenceMissing "reference_missing",
    /// The request as such is not possible.
    InvalidRequest "invalid_request",
    /// A value that the other side cannot take.
    UnacceptableValue "unacceptable_value",
    /// Somebody else changed it first, or it is there already.
    Conflict "conflict",
    /// The item or the record is not there any more.
    Gone "gone",
    /// Told to wait.
    Throttled "throttled",
    /// The credential is not accepted.
    Unauthenticated "unauthenticated",
    /// There was no connection.
    NoConnection "no_connection",
    /// A gateway answered in place of the server.
    Gateway "gateway",
    /// The server as a whole is out of order, and says so.
    OutOfOrder "out_of_order",
    /// No attempt was made, because the server is known to be out of order.
    CircuitOpen "circuit_open",
    /// The mailbox or folder may not or cannot be read now.
    ScopeUnreadable "scope_unreadable",
    /// There is no mailbox at this address.
    MailboxMissing "mailbox_missing",
    /// A checkpoint is no longer known.
    CheckpointExpired "checkpoint_expired",
    /// An answer that makes no sense, or a mistake of ours.
    Bug "bug",
}

/// The closed list of ways in which an outside call fails. The class decides what the engine
/// does next, the cause what the failure does to the item.
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
    /// Understood and refused; the cause says why.
    Refused,
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
            Self::Refused => "refused",
            Self::Unacceptable { .. } => "unacceptable",
            Self::Unauthenticated => "unauthenticated",
            Self::Bug => "bug",
        }
    }

    /// The cause of a failure of which no more than the class is known.
    pub const fn usual_cause(&self) -> Cause {
        match self {
            Self::Throttled { .. } => Cause::Throttled,
            Self::Timeout => Cause::NoAnswer,
            Self::Unavailable => Cause::OutOfOrder,
            Self::CheckpointExpired => Cause::CheckpointExpired,
            Self::Conflict => Cause::Conflict,
            Self::ItemGone | Self::RecordGone => Cause::Gone,
            Self::ScopeUnreadable => Cause::ScopeUnreadable,
            Self::Refused => Cause::UnknownDecision,
            Self::Unacceptable { .. } => Cause::UnacceptableValue,
            Self::Unauthenticated => Cause::Unauthenticated,
            Self::Bug => Cause::Bug,
        }
    }
}

/// A failure of an outside call: class and cause for machines, code and detail for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the engine does next.
    pub class: FailureClass,
    /// What the failure does to the item.
    pub cause: Cause,
    /// The other side's own code, or ours where it gave none.
    pub code: String,
    /// One sentence for people. Never a subject, body, address or token.
    pub detail: String,
}

impl Failure {
    /// A failure with the usual cause of its class.
    pub fn new(class: FailureClass, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let cause = class.usual_cause();
        Self { class, cause, code: code.into(), detail: detail.into() }
    }

    /// A refusal because of `cause`.
    pub fn refused(cause: Cause, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FailureClass::Refused, code, detail).because(cause)
    }

    /// The same failure because of `cause`.
    #[must_use]
    pub fn because(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }

    /// The same failure read as another class, with its usual cause.
    #[must_use]
    pub fn read_as(self, class: FailureClass) -> Self {
        Self::new(class, self.code, self.detail)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.class.as_str(), self.code, self.detail)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_cause_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        assert_eq!(words.len(), Cause::ALL.len());
    }
}
