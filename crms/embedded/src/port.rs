//! The engine's view: each operation is one read or one transaction as the service.
//!
//! `draft` (which column holds what), `promote` (making a record), `update` (keeping it in step),
//! `compare` (its fields beside the item's), `repeats` (when a series takes place), `keep` (linking, unlinking), `waiting` (queues), `lookup`, `feed` (what others did), `snapshot`
//! (settings and mailboxes), `alerts` (what people are told), `watermark` (of automatic acceptance),
//! `testing` (how tests of mailboxes ended), `tapped` (faults and counts around it all, as if each operation were
//! the request that it stands for).

pub(crate) mod alerts;
mod booking;
mod compare;
mod draft;
mod feed;
mod health;
mod keep;
mod lookup;
mod promote;
mod repeats;
mod snapshot;
mod tapped;
mod testing;
mod update;
mod waiting;
mod watermark;

use crate::{classify::classify, crm::EmbeddedCrm, error::CrmError, session::find};
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Health, Lookup, LookupRequest,
    OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Updated,
};
use earmark_http::Wiretap;
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Cause, Failure, FailureClass, Field, Instant, ItemKind,
    MailboxId, OrganizationId, PrincipalId, Regarding,
};
use std::sync::Arc;

/// The embedded CRM behind the port.
pub struct EmbeddedCrmPort {
    crm: Arc<EmbeddedCrm>,
    tap: Option<Arc<Wiretap>>,
}

impl EmbeddedCrmPort {
    /// The view on `crm`, with faults and counts where `tap` is given.
    pub fn new(crm: Arc<EmbeddedCrm>, tap: Option<Arc<Wiretap>>) -> Self {
        Self { crm, tap }
    }
}

#[async_trait]
impl Crm for EmbeddedCrmPort {
    fn organization(&self) -> OrganizationId {
        OrganizationId(self.crm.organization_id())
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        let path = set_of(request.kind)?;
        self.tapped("GET", path, async || {
            let request = request.clone();
            self.crm
                .read(self.crm.service_caller(), move |session| lookup::lookup(session, &request))
                .await
                .map_err(refused)
        })
        .await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        let table = draft::table_of(draft)?;
        let path = find(table).map_err(refused)?.set;
        self.tapped("POST", path, async || promote::promote(&self.crm, draft, link).await).await
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        let path = path_of(draft)?;
        self.tapped("PATCH", &path, async || update::update(&self.crm, draft, keeping).await).await
    }

    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        self.tapped("GET", "appointments", async || booking::conflicts(&self.crm, draft).await)
            .await
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        let path = path_of(draft)?;
        self.tapped("GET", &path, async || compare::compare(&self.crm, draft).await).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        self.tapped("POST", "exchangesyncidmappings", async || {
            keep::link(&self.crm, link, activity, regarding.map(Option::<&Regarding>::cloned)).await
        })
        .await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        self.tapped("POST", "queueitems", async || {
            waiting::put_in_queues(&self.crm, activity, queues).await
        })
        .await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        let path = format!("exchangesyncidmappings({})", activity.0);
        self.tapped("DELETE", &path, async || keep::unlink(&self.crm, link, activity).await).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        self.tapped("GET", "activitypointers", async || {
            let since = checkpoint.map(|checkpoint| checkpoint.0.clone());
            let page = self
                .crm
                .read(self.crm.service_caller(), move |session| {
                    feed::changes(session, since.as_deref())
                })
                .await
                .map_err(refused)?;
            page.ok_or_else(|| {
                Failure::new(
                    FailureClass::CheckpointExpired,
                    "CheckpointExpired",
                    "the change log does not reach back to the checkpoint",
                )
            })
        })
        .await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        self.tapped("GET", "exchangesyncidmappings", async || {
            self.crm
                .read(self.crm.service_caller(), move |session| feed::links(session, mailbox))
                .await
                .map_err(refused)
        })
        .await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        self.tapped("GET", "activitypointers", async || {
            let activities = activities.to_vec();
            self.crm
                .read(self.crm.service_caller(), move |session| {
                    feed::existing(session, &activities)
                })
                .await
                .map_err(refused)
        })
        .await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        let path = format!("mailboxes({})", mailbox.0);
        self.tapped("PATCH", &path, async || {
            watermark::keep(&self.crm, mailbox, received_after).await
        })
        .await
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        let path = format!("mailboxes({})", mailbox.0);
        self.tapped("PATCH", &path, async || {
            testing::record(&self.crm, mailbox, asked, outcome).await
        })
        .await
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        let path = format!("mailboxes({})", mailbox.0);
        self.tapped("PATCH", &path, async || health::record(&self.crm, mailbox, health).await).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        self.tapped("GET", "organizations", async || {
            self.crm.read(self.crm.service_caller(), snapshot::snapshot).await.map_err(refused)
        })
        .await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        self.tapped("POST", "tracelogs", async || alerts::raise(&self.crm, alerts).await).await
    }
}

/// The entity set of a kind of item.
fn set_of(kind: ItemKind) -> Result<&'static str, Failure> {
    match kind {
        ItemKind::Email => Ok("emails"),
        ItemKind::Appointment => Ok("appointments"),
        ItemKind::Task => Ok("tasks"),
        ItemKind::MeetingMessage | ItemKind::Contact => Err(unsupported(kind)),
    }
}

fn unsupported(kind: ItemKind) -> Failure {
    Failure::refused(
        Cause::InvalidRequest,
        "UnsupportedKind",
        format!("items of kind '{}' have no record in this CRM", kind.as_str()),
    )
}

fn refused(error: CrmError) -> Failure {
    classify(&error, None)
}

/// The address of a draft's record.
fn path_of(draft: &ActivityDraft) -> Result<String, Failure> {
    let table = find(draft::table_of(draft)?).map_err(refused)?;
    Ok(format!("{}({})", table.set, draft.id.0))
}
