//! Who asks.

use uuid::Uuid;

/// The user in whose name a request runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The `systemuserid`.
    pub user: Uuid,
    /// Whether this is the synchronization service itself, which may write the columns that the
    /// CRM keeps for itself (sent time, threading). Never true for a request from outside.
    pub service: bool,
}

impl Caller {
    /// An ordinary user.
    pub const fn user(user: Uuid) -> Self {
        Self { user, service: false }
    }
}
