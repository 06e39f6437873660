//! What a sandbox is given at construction beside its file and its clock.

use crate::{identity, quirks::Quirks, store::user::UserKind};
use async_trait::async_trait;
use earmark_http::Transport;
use http::HeaderMap;
use std::sync::Arc;
use uuid::Uuid;

/// Whether the headers of a request carry the admin token.
pub type AdminCheck = Arc<dyn Fn(&HeaderMap) -> bool + Send + Sync>;

/// A user for whom the CRM gets a user (or a queue) and an enabled mailbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// The address.
    pub mail: String,
    /// The name.
    pub display_name: String,
    /// A shared mailbox makes a queue.
    pub kind: UserKind,
    /// The user's id in the directory (`azureactivedirectoryobjectid` in the CRM).
    pub directory_id: Uuid,
}

/// What `POST users` with `systemUser` calls.
#[async_trait]
pub trait ProvisionCrm: Send + Sync {
    /// Makes the CRM user or queue, the mailbox row, the approval, the test and the enabling.
    ///
    /// Errors: one line for people, without secrets. Repeatable: yes.
    async fn provision(&self, user: &Provision) -> Result<(), String>;
}

/// What a sandbox is given at construction.
#[derive(Clone)]
pub struct SandboxSettings {
    /// The address of the Graph face without a version, `http://127.0.0.1:8080/graph`, for links
    /// in answers; `None`: host and prefix of each request.
    pub public_root: Option<String>,
    /// Who holds the admin token. The Graph face takes it as well as a token of its own.
    pub admin: AdminCheck,
    /// What makes CRM users; `None`: `systemUser` is refused.
    pub provision: Option<Arc<dyn ProvisionCrm>>,
    /// The behaviours at the first start; later starts keep what was set.
    pub quirks: Quirks,
    /// How the token endpoint behaves.
    pub identity: identity::Settings,
    /// What carries change notifications; `None`: subscriptions are refused.
    pub push: Option<Arc<dyn Transport>>,
    /// Notifications may go to http addresses of this machine as well.
    pub loopback_push: bool,
}

impl Default for SandboxSettings {
    /// Nobody is an admin, nothing is provisioned, notifications are not offered, the
    /// rest is as documented.
    fn default() -> Self {
        Self {
            public_root: None,
            admin: Arc::new(|_| false),
            provision: None,
            quirks: Quirks::default(),
            identity: identity::Settings::default(),
            push: None,
            loopback_push: false,
        }
    }
}

impl std::fmt::Debug for SandboxSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxSettings")
            .field("public_root", &self.public_root)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}
