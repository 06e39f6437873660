//! Who holds a bearer token.

use uuid::Uuid;

/// What a token says about its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A system user by its `systemuserid`.
    SystemUser(Uuid),
    /// A system user by its directory object (`azureactivedirectoryobjectid`).
    DirectoryObject(Uuid),
    /// An application user by its client id (`applicationid`).
    Application(Uuid),
}

/// Reads bearer tokens.
pub trait Authenticate: Send + Sync {
    /// The holder of a token; `None` where it is not valid here.
    fn principal(&self, bearer: &str) -> Option<Principal>;
}
