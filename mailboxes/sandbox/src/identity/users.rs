//! The people that the directory knows.

use async_trait::async_trait;
use uuid::Uuid;

/// A user as the directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The id of the directory; also what the CRM keeps as the user's directory id.
    pub id: Uuid,
    /// The address and user principal name.
    pub mail: String,
    /// The name.
    pub display_name: String,
}

/// Where users are looked up.
#[async_trait]
pub trait Users: Send + Sync {
    /// The user who signs in with this address, in any case; `None` for one that may not.
    async fn by_mail(&self, mail: &str) -> Option<DirectoryUser>;
}
