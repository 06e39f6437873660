//! A CRM as a worker sees it: it takes time, it fails, and it is watched.

use super::{
    log::{By, CrmMethod, Happening, Log, Org},
    wire::Network,
};
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Lookup, LookupRequest, OrganizationSnapshot,
    Promoted, Updated,
};
use earmark_embedded::{EmbeddedCrm, Key, Request, Response, Row};
use earmark_engine::Random;
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Failure, Instant, MailboxId, OrganizationId, PrincipalId,
    Regarding,
};
use std::{future::Future, sync::Arc, time::Duration};

/// The CRM of an organization, as one worker reaches it.
pub(super) struct WatchedCrm {
    pub(super) inner: Arc<dyn Crm>,
    pub(super) embedded: Arc<EmbeddedCrm>,
    pub(super) network: Arc<Network>,
    pub(super) organization: Org,
    pub(super) worker: usize,
}

/// A record and a link before a call.
struct Before {
    record: Option<Row>,
    linked_to: Option<ActivityId>,
}

impl WatchedCrm {
    /// Makes one call: tells that it begins, waits, does it, waits, tells how it ended.
    async fn call<T>(
        &self,
        method: CrmMethod,
        link: Option<&CrmLink>,
        activity: Option<ActivityId>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let number = self.log().number();
        let item = link.map(|link| (link.mailbox, link.handle.clone()));
        self.network.tell(Happening::Call {
            number,
            organization: self.organization,
            worker: self.worker,
            method,
            item,
            activity,
        });
        tokio::time::sleep(Duration::from_millis(5 + self.network.random.below(45))).await;
        let before = self.before(link, activity).await;
        let answer = work.await;
        self.tell_changes(link, activity, before).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let failure = answer.as_ref().err();
        let failure = failure.map(|it| (it.class.as_str().to_owned(), it.code.clone()));
        self.network.tell(Happening::Called { call: number, failure });
        answer
    }

    fn log(&self) -> &Log {
        &self.network.log
    }

    async fn before(&self, link: Option<&CrmLink>, activity: Option<ActivityId>) -> Before {
        let record = match activity {
            Some(activity) => email(&self.embedded, activity).await,
            None => None,
        };
        let linked_to = match link {
            Some(link) => linked_to(&self.embedded, link).await,
            None => None,
        };
        Before { record, linked_to }
    }

    async fn tell_changes(
        &self,
        link: Option<&CrmLink>,
        activity: Option<ActivityId>,
        before: Before,
    ) {
        let by = By::Service { organization: self.organization, worker: self.worker };
        let organization = self.organization;
        let now = self.before(link, activity).await;
        if let Some(activity) = activity.filter(|_| now.record != before.record) {
            let (before, after) = (before.record, now.record);
            self.network.tell(Happening::Record { organization, by, activity, before, after });
        }
        let Some(link) = link.filter(|_| now.linked_to != before.linked_to) else { return };
        for (activity, is_linked) in [(before.linked_to, false), (now.linked_to, true)] {
            let Some(activity) = activity else { continue };
            self.network.tell(Happening::Link {
                organization,
                by,
                mailbox: link.mailbox,
                handle: link.handle.clone(),
                activity,
                is_linked,
            });
        }
    }
}

/// The row of an email activity; `None` where there is none.
pub(super) async fn email(crm: &Arc<EmbeddedCrm>, activity: ActivityId) -> Option<Row> {
    let request =
        Request::Retrieve { table: "email".to_owned(), key: Key::Id(activity.0), columns: None };
    match crm.execute(request, &crm.administrator()).await {
        Ok(Response::Row(row)) => Some(row),
        _ => None,
    }
}

/// The record that an item is linked to now.
async fn linked_to(crm: &Arc<EmbeddedCrm>, link: &CrmLink) -> Option<ActivityId> {
    use earmark_embedded::{Filter, Query, Value};
    let query = Query {
        columns: Some(vec!["objectid".to_owned(), "isunlinkedincrm".to_owned()]),
        filter: Filter::And(vec![
            Filter::eq("exchangeentryid", Value::text(link.handle.as_str())),
            Filter::eq("mailboxid", Value::Guid(link.mailbox.0)),
        ]),
        ..Query::of("exchangesyncidmapping")
    };
    let answer = crm.execute(Request::Query(query), &crm.administrator()).await;
    let Ok(Response::Rows { rows, .. }) = answer else { return None };
    let live = rows
        .iter()
        .find(|row| row.get("isunlinkedincrm").and_then(Value::as_bool) != Some(true))?;
    live.get("objectid").and_then(Value::as_id).map(ActivityId)
}

#[async_trait]
impl Crm for WatchedCrm {
    fn organization(&self) -> OrganizationId {
        self.inner.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        self.call("lookup", None, None, self.inner.lookup(request)).await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        self.call("promote", Some(link), Some(draft.id), self.inner.promote(draft, link)).await
    }

    async fn update(&self, draft: &ActivityDraft) -> Result<Updated, Failure> {
        self.call("update", None, Some(draft.id), self.inner.update(draft)).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        let work = self.inner.link(link, activity, regarding);
        self.call("link", Some(link), Some(activity), work).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        let work = self.inner.put_in_queues(activity, queues);
        self.call("put_in_queues", None, Some(activity), work).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        let work = self.inner.unlink(link, activity);
        self.call("unlink", Some(link), Some(activity), work).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        self.call("changes", None, None, self.inner.changes(checkpoint)).await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        self.call("links", None, None, self.inner.links(mailbox)).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        self.call("existing", None, None, self.inner.existing(activities)).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        let work = self.inner.keep_watermark(mailbox, received_after);
        self.call("keep_watermark", None, None, work).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        self.call("settings", None, None, self.inner.settings()).await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        self.call("raise", None, None, self.inner.raise(alerts)).await
    }
}
