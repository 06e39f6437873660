//! What `POST /sandbox/v1/users` with `systemUser` does in the CRM.

use async_trait::async_trait;
use earmark_embedded::{
    EmbeddedCrm,
    provision::{DEFAULT_ROLE, NewQueue, NewUser},
};
use earmark_engine::Engine;
use earmark_model::OrganizationId;
use earmark_sandbox::{Provision, ProvisionCrm, UserKind};
use std::sync::{Arc, OnceLock};

/// Makes CRM users and queues, and has them served at once.
pub struct Provisioning {
    crm: Arc<EmbeddedCrm>,
    engine: OnceLock<Arc<Engine>>,
}

impl Provisioning {
    /// Over `crm`. The engine is made after the sandbox, and told about later.
    pub fn new(crm: Arc<EmbeddedCrm>) -> Arc<Self> {
        Arc::new(Self { crm, engine: OnceLock::new() })
    }

    /// From now on new mailboxes are put into the schedule of `engine`.
    pub fn serve_with(&self, engine: Arc<Engine>) {
        // A second engine is never made.
        let _ = self.engine.set(engine);
    }
}

#[async_trait]
impl ProvisionCrm for Provisioning {
    async fn provision(&self, user: &Provision) -> Result<(), String> {
        let made = match user.kind {
            UserKind::User => {
                let new = NewUser {
                    mail: user.mail.clone(),
                    display_name: user.display_name.clone(),
                    directory_id: Some(user.directory_id),
                    role: Some(DEFAULT_ROLE.to_owned()),
                    enabled: true,
                };
                self.crm.provision_user(new).await
            }
            UserKind::Shared => {
                let new = NewQueue {
                    mail: user.mail.clone(),
                    name: user.display_name.clone(),
                    owner: None,
                    enabled: true,
                };
                self.crm.provision_queue(new).await
            }
        };
        made.map_err(|error| format!("the CRM refused: {}", error.message))?;
        if let Some(engine) = self.engine.get() {
            let organization = OrganizationId(self.crm.organization_id());
            if let Err(error) = engine.refresh(organization).await {
                // The engine reads the mailboxes again within a cycle.
                tracing::warn!(error = %error, "a new mailbox is served a little later");
            }
        }
        Ok(())
    }
}
