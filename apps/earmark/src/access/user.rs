//! From a directory's user to the mailboxes that somebody may act for.

use super::token::Identified;
use crate::{api::problem::Problem, service::state::Organization};
use axum::http::StatusCode;
use earmark_crm_port::organization::{MailboxOwner, MailboxRow};
use earmark_embedded::{Caller, Filter, Query, Request, Response, Value};
use earmark_model::{
    FailureClass, Instant, ItemKind, MailboxAddress, MailboxId, OrganizationId, PrincipalId,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// How long it is believed who may change a mailbox.
const BELIEVED: Duration = Duration::from_secs(5 * 60);

/// Somebody in Outlook, known by tenant and object id.
pub type User = Identified;

/// What of a mailbox somebody may act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Everything,
    /// Its calendar: the owner shares it with the right to change it.
    Calendar,
}

impl Reach {
    /// Whether items of `kind` are within it.
    pub fn includes(self, kind: ItemKind) -> bool {
        self == Self::Everything || kind == ItemKind::Appointment
    }
}

/// What the mailbox server said of people and their mailboxes, believed for a while.
#[derive(Default)]
pub struct Delegations {
    /// Who may change which mailbox.
    kept: Mutex<BTreeMap<MailboxId, (Instant, Vec<MailboxAddress>)>>,
    /// The primary address of the mailbox with an id of the directory.
    primary: Mutex<BTreeMap<(OrganizationId, User), (Instant, MailboxAddress)>>,
}

impl Delegations {
    async fn of(
        &self,
        organization: &Organization,
        row: &MailboxRow,
    ) -> Result<Vec<MailboxAddress>, Problem> {
        let now = organization.engine.now();
        let lately = |(at, delegates): &(Instant, Vec<MailboxAddress>)| {
            now.is_within(BELIEVED, *at).then(|| delegates.clone())
        };
        let kept = self.lock().get(&row.id).and_then(lately);
        if let Some(delegates) = kept {
            return Ok(delegates);
        }
        let delegates = organization.mailboxes.open(&row.address).delegates().await?;
        self.lock().insert(row.id, (now, delegates.clone()));
        Ok(delegates)
    }

    /// The primary address of the user's mailbox; `None` where the server knows of none.
    async fn primary_of(
        &self,
        organization: &Organization,
        user: &User,
    ) -> Result<Option<MailboxAddress>, Problem> {
        let now = organization.engine.now();
        let all = || self.primary.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (organization.id, *user);
        let kept = all().get(&key).filter(|(at, _)| now.is_within(BELIEVED, *at)).cloned();
        if let Some((_, address)) = kept {
            return Ok(Some(address));
        }
        let id = MailboxAddress::new(&user.object.to_string());
        match organization.mailboxes.open(&id).primary_address().await {
            Ok(primary) => {
                all().insert(key, (now, primary.clone()));
                Ok(Some(primary))
            }
            Err(failure) => match failure.class {
                FailureClass::Throttled { .. }
                | FailureClass::Timeout
                | FailureClass::Unavailable
                | FailureClass::Unauthenticated => Err(failure.into()),
                _ => Ok(None),
            },
        }
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, BTreeMap<MailboxId, (Instant, Vec<MailboxAddress>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user of the CRM that the directory's user is: the one with that id of the directory, else the
/// owner of the mailbox that the mailbox server knows under it.
///
/// Errors: a problem for the person where there is none, or it is disabled.
pub async fn crm_user(
    organization: &Organization,
    delegations: &Delegations,
    user: &User,
) -> Result<Caller, Problem> {
    if let Some(found) = by_directory_id(organization, user).await? {
        return Ok(Caller::user(found));
    }
    by_mailbox(organization, delegations, user).await?.map(Caller::user).ok_or_else(|| {
        Problem::new(StatusCode::FORBIDDEN, "no_crm_user", "you are no user of the CRM")
            .hint("Ask an administrator for an account there")
    })
}

async fn by_directory_id(
    organization: &Organization,
    user: &User,
) -> Result<Option<Uuid>, Problem> {
    let query = Query {
        columns: Some(vec!["systemuserid".to_owned()]),
        filter: Filter::And(vec![
            Filter::eq("azureactivedirectoryobjectid", Value::Guid(user.object)),
            Filter::eq("isdisabled", Value::Bool(false)),
        ]),
        limit: Some(1),
        ..Query::of("systemuser")
    };
    let crm = &organization.crm;
    let answer = crm.execute(Request::Query(query), &crm.service_caller()).await?;
    let Response::Rows { rows, .. } = answer else { return Ok(None) };
    Ok(rows.first().and_then(|row| row.get("systemuserid")?.as_id()))
}

/// A mailbox server of a directory takes its ids in the place of addresses. Whose mailbox it is says
/// the CRM, by the primary address that the server answers; never the person's token.
async fn by_mailbox(
    organization: &Organization,
    delegations: &Delegations,
    user: &User,
) -> Result<Option<Uuid>, Problem> {
    let Some(primary) = delegations.primary_of(organization, user).await? else {
        return Ok(None);
    };
    let rows = organization.snapshot().await?.mailboxes;
    let row = rows.iter().find(|row| row.address == primary && row.obstacle.is_none());
    Ok(row.and_then(|row| match &row.owner {
        MailboxOwner::User(id) => Some(id.0),
        MailboxOwner::Queue { .. } => None,
    }))
}

/// The mailbox called `address`, what of it the user may act for, and who that is in the CRM.
///
/// Errors: one and the same problem for a mailbox that is not known and for one of others.
pub async fn reach(
    organization: &Organization,
    delegations: &Delegations,
    user: &User,
    address: &str,
) -> Result<(MailboxRow, Reach, PrincipalId), Problem> {
    let own = crm_user(organization, delegations, user).await?.user;
    let foreign = || {
        Problem::new(StatusCode::FORBIDDEN, "not_your_mailbox", "you may not act for this mailbox")
            .hint("Its owner can share the calendar with you; the rest is the owner's alone")
    };
    let wanted = MailboxAddress::new(address);
    let rows = organization.snapshot().await?.mailboxes;
    let row = rows.iter().find(|row| row.address == wanted).ok_or_else(foreign)?;
    let is_own = |row: &MailboxRow| matches!(&row.owner, MailboxOwner::User(id) if id.0 == own);
    if is_own(row) {
        return Ok((row.clone(), Reach::Everything, PrincipalId(own)));
    }
    let delegates = delegations.of(organization, row).await.map_err(|_| foreign())?;
    let mine = rows.iter().filter(|row| is_own(row));
    if mine.map(|row| &row.address).any(|address| delegates.contains(address)) {
        return Ok((row.clone(), Reach::Calendar, PrincipalId(own)));
    }
    Err(foreign())
}
