//! The kinds of callers, and which addresses each may reach.

use super::user::User;

/// What a user's own token opens. Everything else is the administrator's.
const FOR_USERS: [&str; 5] = [
    "/api/v1/items/status",
    "/api/v1/items/track",
    "/api/v1/items/untrack",
    "/api/v1/items/retry",
    "/api/v1/regarding",
];

/// Who makes a request.
#[derive(Debug, Clone, Copy)]
pub enum Caller {
    /// The holder of the administrator's token, or of a session made with it.
    Administrator,
    /// Somebody in Outlook.
    User(User),
}

impl Caller {
    /// Whether the caller may use the route at `path` at all.
    pub fn may_reach(self, path: &str) -> bool {
        match self {
            Self::Administrator => true,
            Self::User(_) => FOR_USERS.contains(&path),
        }
    }
}
