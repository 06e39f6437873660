//! A CRM as a worker sees it: it takes time, it fails, and it is watched.

use super::{
    faults::crm::{CrmVerdict, no_answer},
    life::Life,
    log::{By, CrmMethod, Happening},
};
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Health, Lookup, LookupRequest,
    OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Updated,
};
use earmark_embedded::{EmbeddedCrm, Filter, Key, Query, Request, Response, Row, Value};
use earmark_engine::Random;
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Failure, FailureClass, Field, Instant, ItemHandle, MailboxId,
    OrganizationId, PrincipalId, Regarding,
};
use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

/// The CRM of an organization, as one worker reaches it.
pub(super) struct WatchedCrm {
    pub(super) inner: Arc<dyn Crm>,
    pub(super) embedded: Arc<EmbeddedCrm>,
    pub(super) life: Arc<Life>,
}

/// What a call is about.
#[derive(Debug, Clone)]
struct About {
    method: CrmMethod,
    link: Option<CrmLink>,
    activity: Option<ActivityId>,
}

impl About {
    const fn only(method: CrmMethod) -> Self {
        Self { method, link: None, activity: None }
    }
}

/// A record and a link before a call.
struct Before {
    record: Option<Row>,
    linked_to: Option<ActivityId>,
}

/// One call at its place: whoever carries it out tells what it changed.
#[derive(Clone)]
struct Effect {
    embedded: Arc<EmbeddedCrm>,
    life: Arc<Life>,
    about: About,
}

/// What a call does, as often as it is carried out.
type Work<T> =
    dyn Fn(Arc<dyn Crm>) -> Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>> + Send + Sync;

impl Effect {
    async fn watched<T>(&self, inner: &Arc<dyn Crm>, work: &Work<T>) -> Result<T, Failure> {
        let before = self.image().await;
        let answer = work(inner.clone()).await;
        self.tell_changes(before).await;
        answer
    }

    async fn image(&self) -> Before {
        let record = match self.about.activity {
            Some(activity) => record(&self.embedded, activity).await,
            None => None,
        };
        let linked_to = match &self.about.link {
            Some(link) => linked_to(&self.embedded, link).await,
            None => None,
        };
        Before { record, linked_to }
    }

    async fn tell_changes(&self, before: Before) {
        let (network, organization) = (&self.life.network, self.life.organization);
        let by = By::Service { organization, worker: self.life.worker };
        let now = self.image().await;
        if let Some(activity) = self.about.activity.filter(|_| now.record != before.record) {
            let (before, after) = (before.record, now.record);
            network.tell(Happening::Record { organization, by, activity, before, after });
        }
        let link = self.about.link.as_ref().filter(|_| now.linked_to != before.linked_to);
        let Some(link) = link else { return };
        for (activity, is_linked) in [(before.linked_to, false), (now.linked_to, true)] {
            let Some(activity) = activity else { continue };
            network.tell(Happening::Link {
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

impl WatchedCrm {
    /// Makes one call: tells that it begins, waits, does it, waits, tells how it ended.
    async fn call<T: Send + 'static>(
        &self,
        about: About,
        work: Arc<Work<T>>,
    ) -> Result<T, Failure> {
        let life = &self.life;
        life.step().await.map_err(|_| no_answer())?;
        let network = &life.network;
        let number = life.log().number();
        let organization = life.organization;
        network.tell(Happening::Call {
            number,
            organization,
            worker: life.worker,
            method: about.method,
            item: about.link.as_ref().map(|link| (link.mailbox, link.handle.clone())),
            activity: about.activity,
        });
        let there = Duration::from_millis(5 + network.random.below(45));
        tokio::time::sleep(there * network.faults.slowness(network.true_now())).await;
        let answer = self.arrive(number, about, work).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        life.step().await.map_err(|_| no_answer())?;
        let failure = answer.as_ref().err();
        let cause = failure.map(|it| it.cause.as_str());
        let clock = &network.service_clocks[organization];
        let until = failure.and_then(|it| match it.class {
            FailureClass::Throttled { until } => until.map(|until| clock.truly(until)),
            _ => None,
        });
        let failure = failure.map(|it| (it.class.as_str().to_owned(), it.code.clone()));
        network.tell(Happening::Called { call: number, failure, cause, until });
        answer
    }

    async fn arrive<T: Send + 'static>(
        &self,
        number: u64,
        about: About,
        work: Arc<Work<T>>,
    ) -> Result<T, Failure> {
        let life = &self.life;
        let faults = &life.network.faults;
        let (kind, verdict) =
            faults.on_call(life.organization, about.method, about.activity, life.now());
        if let Some(kind) = kind {
            life.network.strike(kind, Some(number));
        }
        let activity = about.activity;
        let effect = Effect { embedded: self.embedded.clone(), life: life.clone(), about };
        match verdict {
            CrmVerdict::Fine => effect.watched(&self.inner, &*work).await,
            CrmVerdict::Instead(after, failure) => {
                tokio::time::sleep(after).await;
                Err(failure)
            }
            CrmVerdict::Lost(after) => {
                let _ = effect.watched(&self.inner, &*work).await;
                tokio::time::sleep(after).await;
                Err(no_answer())
            }
            CrmVerdict::Twice => {
                let _ = effect.watched(&self.inner, &*work).await;
                effect.watched(&self.inner, &*work).await
            }
            CrmVerdict::Later(after, delay) => {
                let inner = self.inner.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(after + delay).await;
                    let _ = effect.watched(&inner, &*work).await;
                });
                tokio::time::sleep(after).await;
                Err(no_answer())
            }
            CrmVerdict::Unseen(until) => {
                if let Some(activity) = activity {
                    faults.hide(activity, until);
                }
                effect.watched(&self.inner, &*work).await
            }
        }
    }
}

/// The tables that records are in.
pub(super) const TABLES: [&str; 4] = ["email", "appointment", "task", "recurringappointmentmaster"];

/// The column that names the table of a row. The CRM itself may answer it as a number.
pub(super) const TABLE: &str = "activitytypecode";

/// The `instancetypecode` of what the CRM makes of a series by itself.
const INSTANCE: i64 = 2;

/// The row of an activity, with the name of its table; `None` where there is none.
pub(super) async fn record(crm: &Arc<EmbeddedCrm>, activity: ActivityId) -> Option<Row> {
    for table in TABLES {
        let (table, key) = (table.to_owned(), Key::Id(activity.0));
        let request = Request::Retrieve { table: table.clone(), key, columns: None };
        if let Ok(Response::Row(mut row)) = crm.execute(request, &crm.administrator()).await {
            row.insert(TABLE.to_owned(), Value::text(table));
            return Some(row);
        }
    }
    None
}

/// All rows of the tables that records are in, but for the instances of series.
pub(super) async fn records(crm: &Arc<EmbeddedCrm>) -> BTreeMap<ActivityId, Row> {
    let mut all = BTreeMap::new();
    for table in TABLES {
        for mut row in rows(crm, Query::of(table)).await {
            let is_instance = row.get("instancetypecode").and_then(Value::as_int) == Some(INSTANCE);
            row.insert(TABLE.to_owned(), Value::text(table));
            let id = row.get("activityid").and_then(Value::as_id).filter(|_| !is_instance);
            all.extend(id.map(|id| (ActivityId(id), row)));
        }
    }
    all
}

const MAPPING: &str = "exchangesyncidmapping";

async fn rows(crm: &Arc<EmbeddedCrm>, query: Query) -> Vec<Row> {
    match crm.execute(Request::Query(query), &crm.administrator()).await {
        Ok(Response::Rows { rows, .. }) => rows,
        _ => Vec::new(),
    }
}

fn is_live(row: &Row) -> bool {
    row.get("isunlinkedincrm").and_then(Value::as_bool) != Some(true)
}

/// The record that an item is linked to now.
pub(super) async fn linked_to(crm: &Arc<EmbeddedCrm>, link: &CrmLink) -> Option<ActivityId> {
    let columns = ["objectid", "isunlinkedincrm", "exchangeentryid"].map(str::to_owned);
    let query = Query {
        columns: Some(columns.to_vec()),
        // The mailbox is no column of its own; an immutable id names an item of one mailbox only.
        filter: Filter::eq("exchangeentryid", Value::text(link.handle.as_str())),
        ..Query::of(MAPPING)
    };
    let rows = rows(crm, query).await;
    let text = |row: &Row| row.get("exchangeentryid").and_then(Value::as_text).map(str::to_owned);
    // The CRM does not tell the case of letters apart; ids do.
    let is_same = |row: &&Row| text(row).as_deref() == Some(link.handle.as_str());
    let live = rows.iter().filter(is_same).find(|row| is_live(row))?;
    live.get("objectid").and_then(Value::as_id).map(ActivityId)
}

/// Everything that is watched in a CRM.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub(super) records: BTreeMap<ActivityId, Row>,
    pub(super) links: BTreeMap<(MailboxId, ItemHandle), ActivityId>,
}

/// Every record, and every live link of these mailboxes.
pub(super) async fn whole(
    crm: &Arc<EmbeddedCrm>,
    port: &Arc<dyn Crm>,
    mailboxes: impl IntoIterator<Item = MailboxId>,
) -> Whole {
    let mut whole = Whole { records: records(crm).await, ..Whole::default() };
    for mailbox in mailboxes {
        for (link, activity) in port.links(mailbox).await.unwrap_or_default() {
            whole.links.insert((link.mailbox, link.handle), activity);
        }
    }
    whole
}

/// A call of the port with copies of what it is given.
macro_rules! work {
    ($inner:ident => $call:expr) => {
        Arc::new(move |$inner: Arc<dyn Crm>| {
            Box::pin($call) as Pin<Box<dyn Future<Output = Result<_, Failure>> + Send>>
        })
    };
}

#[async_trait]
impl Crm for WatchedCrm {
    fn organization(&self) -> OrganizationId {
        self.inner.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        let request = request.clone();
        let work = work!(inner => {
            let request = request.clone();
            async move { inner.lookup(&request).await }
        });
        let mut found: Lookup = self.call(About::only("lookup"), work).await?;
        let (faults, now) = (&self.life.network.faults, self.life.now());
        found.records.retain(|record| !faults.is_unseen(record.id, now));
        found.linked_to = found.linked_to.filter(|id| !faults.is_unseen(*id, now));
        Ok(found)
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        let about = About { method: "promote", link: Some(link.clone()), activity: Some(draft.id) };
        let given = Arc::new((draft.clone(), link.clone()));
        let work = work!(inner => {
            let given = given.clone();
            async move { inner.promote(&given.0, &given.1).await }
        });
        self.call(about, work).await
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        let about = About { method: "update", link: None, activity: Some(draft.id) };
        let given = Arc::new((draft.clone(), keeping.to_vec()));
        let work = work!(inner => {
            let given = given.clone();
            async move { inner.update(&given.0, &given.1).await }
        });
        self.call(about, work).await
    }

    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        let draft = draft.clone();
        let work = work!(inner => {
            let draft = draft.clone();
            async move { inner.conflicts(&draft).await }
        });
        self.call(About::only("conflicts"), work).await
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        let about = About { method: "compare", link: None, activity: Some(draft.id) };
        let draft = Arc::new(draft.clone());
        let work = work!(inner => {
            let draft = draft.clone();
            async move { inner.compare(&draft).await }
        });
        self.call(about, work).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        let about = About { method: "link", link: Some(link.clone()), activity: Some(activity) };
        let given = Arc::new((link.clone(), regarding.map(Option::<&Regarding>::cloned)));
        let work = work!(inner => {
            let given = given.clone();
            async move {
                inner.link(&given.0, activity, given.1.as_ref().map(Option::as_ref)).await
            }
        });
        self.call(about, work).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        let about = About { method: "put_in_queues", link: None, activity: Some(activity) };
        let queues = queues.to_vec();
        let work = work!(inner => {
            let queues = queues.clone();
            async move { inner.put_in_queues(activity, &queues).await }
        });
        self.call(about, work).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        let about = About { method: "unlink", link: Some(link.clone()), activity: Some(activity) };
        let link = link.clone();
        let work = work!(inner => {
            let link = link.clone();
            async move { inner.unlink(&link, activity).await }
        });
        self.call(about, work).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        let checkpoint = checkpoint.cloned();
        let work = work!(inner => {
            let checkpoint = checkpoint.clone();
            async move { inner.changes(checkpoint.as_ref()).await }
        });
        self.call(About::only("changes"), work).await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        let work = work!(inner => async move { inner.links(mailbox).await });
        self.call(About::only("links"), work).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        let activities = activities.to_vec();
        let work = work!(inner => {
            let activities = activities.clone();
            async move { inner.existing(&activities).await }
        });
        self.call(About::only("existing"), work).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        let work =
            work!(inner => async move { inner.keep_watermark(mailbox, received_after).await });
        self.call(About::only("keep_watermark"), work).await
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        let work = work!(inner => async move { inner.record_test(mailbox, asked, outcome).await });
        self.call(About::only("record_test"), work).await
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        let health = health.clone();
        let work = work!(inner => {
            let health = health.clone();
            async move { inner.record_health(mailbox, &health).await }
        });
        self.call(About::only("record_health"), work).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        let work = work!(inner => async move { inner.settings().await });
        self.call(About::only("settings"), work).await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        let alerts = alerts.to_vec();
        let work = work!(inner => {
            let alerts = alerts.clone();
            async move { inner.raise(&alerts).await }
        });
        self.call(About::only("raise"), work).await
    }
}
