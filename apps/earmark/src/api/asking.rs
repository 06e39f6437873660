//! Who asks for something about items, and what of a mailbox they may act for.

use super::{mailboxes, problem::Problem};
use crate::{
    access::{
        self, Caller,
        user::{self, Reach},
    },
    service::state::{Organization, Service},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use earmark_crm_port::organization::MailboxRow;
use earmark_model::Actor;
use std::sync::Arc;

/// The caller of a request.
pub struct Asking {
    /// The service that is asked.
    pub service: Arc<Service>,
    caller: Caller,
}

impl FromRequestParts<Arc<Service>> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        // The guard before every route puts it there.
        let caller = parts.extensions.get::<Caller>().copied();
        let caller = caller.ok_or_else(super::authorize::not_accepted)?;
        Ok(Self { service: service.clone(), caller })
    }
}

impl Asking {
    /// The mailbox at `address`, what of it the caller may act for, and who that is in the history.
    ///
    /// Errors: there is no such mailbox, or it is not the caller's.
    pub async fn reach(
        &self,
        organization: &Organization,
        address: &str,
    ) -> Result<(MailboxRow, Reach, Actor), Problem> {
        let Caller::User(user) = &self.caller else {
            let row = mailboxes::find(organization, address).await?;
            return Ok((row, Reach::Everything, Actor::Administrator));
        };
        let delegations = &self.addin()?.delegations;
        let (row, reach, own) = user::reach(organization, delegations, user, address).await?;
        Ok((row, reach, Actor::User(own)))
    }

    /// Who the caller is in the CRM: what the answer shows is what that user may read there.
    pub async fn in_crm(
        &self,
        organization: &Organization,
    ) -> Result<earmark_embedded::Caller, Problem> {
        match &self.caller {
            Caller::Administrator => Ok(organization.crm.administrator()),
            Caller::User(user) => {
                user::crm_user(organization, &self.addin()?.delegations, user).await
            }
        }
    }

    fn addin(&self) -> Result<&access::Addin, Problem> {
        self.service.addin.as_ref().ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, "addin", "the add-in is not configured here")
        })
    }
}
