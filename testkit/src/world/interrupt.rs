//! Stopping the service between two of its requests, and acting just before one of them.

use super::{
    answers::{Asked, Tally},
    refusal::Refusals,
};
use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Health, Lookup, LookupRequest,
    OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Updated,
};
use earmark_http::{SendError, SendOptions, ServiceTransport, Transport};
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Failure, Field, Instant, MailboxId, OrganizationId,
    PrincipalId, Regarding,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;
use tower::ServiceExt;

/// Units: requests to mailbox servers at one moment, beyond which the service is going in circles.
const REQUESTS_MAX: u64 = 100_000;

/// Counts what the service sends and stops it after a chosen request.
#[derive(Default)]
pub(super) struct Interrupter {
    flights: Mutex<Flights>,
    /// Requests since the service last came to rest.
    restless: AtomicU64,
    /// Requests until the stop; zero or less when none is wanted.
    left: AtomicI64,
    struck: Notify,
    before_write: Mutex<Option<http::Request<Bytes>>>,
    /// What others do just before one of the requests, and how many come before that.
    before_request: Mutex<Option<(u32, Vec<http::Request<Bytes>>)>>,
    /// How long each request to a mailbox server and each call of a CRM takes.
    charge: OnceLock<Charge>,
    /// Requests since the world began.
    all: AtomicU64,
    /// Requests that do not get to the mailbox server.
    pub(super) refusals: Refusals,
    /// What was answered.
    pub(super) tally: Tally,
}

/// How long the service waits for answers.
#[derive(Debug)]
pub(super) struct Charge {
    /// For each answer of a mailbox server.
    pub(super) mailbox: Duration,
    /// For each answer of a CRM.
    pub(super) crm: Duration,
}

/// Requests that are under way, by mailbox.
#[derive(Default)]
struct Flights {
    now: BTreeMap<String, usize>,
    most: usize,
}

/// One request that is under way.
struct Flight<'a> {
    flights: &'a Mutex<Flights>,
    mailbox: String,
}

impl<'a> Flight<'a> {
    fn begin(flights: &'a Mutex<Flights>, path: &str) -> Self {
        let mailbox = path.split('/').skip_while(|part| *part != "users").nth(1);
        let mailbox = mailbox.unwrap_or_default().to_owned();
        let mut all = flights.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.now.entry(mailbox.clone()).or_default();
        *count += 1;
        let count = *count;
        // A batch and a token are asked for in the name of no mailbox.
        if !mailbox.is_empty() {
            all.most = all.most.max(count);
        }
        drop(all);
        Self { flights, mailbox }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut all = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.now.get_mut(&self.mailbox) {
            *count -= 1;
        }
    }
}

impl Interrupter {
    /// Units: the most requests of one mailbox that were under way at once so far.
    pub(super) fn most_in_flight(&self) -> usize {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).most
    }

    /// The request after which the service stops, counted from now, beginning with 1.
    pub(super) fn arm(&self, request: u32) {
        self.left.store(i64::from(request), Ordering::SeqCst);
    }

    /// Wants no stop any more. Answers whether one was still to come.
    pub(super) fn disarm(&self) -> bool {
        self.left.swap(0, Ordering::SeqCst) > 0
    }

    /// Ends when the service is to be stopped.
    pub(super) async fn struck(&self) {
        self.struck.notified().await;
    }

    /// What somebody does just before the service's next write to an item.
    pub(super) fn before_next_write(&self, request: http::Request<Bytes>) {
        *self.before_write.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    }

    fn take_before_write(&self) -> Option<http::Request<Bytes>> {
        self.before_write.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What others do, one after another, just before the service's `request`-th request to a
    /// mailbox server from now, beginning with 1.
    pub(super) fn before_request(&self, request: u32, acts: Vec<http::Request<Bytes>>) {
        *self.before_request.lock().unwrap_or_else(PoisonError::into_inner) = Some((request, acts));
    }

    /// Whether what [`Interrupter::before_request`] was told was done.
    pub(super) fn is_acted(&self) -> bool {
        self.before_request.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn take_before_request(&self) -> Vec<http::Request<Bytes>> {
        let mut waiting = self.before_request.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.take() {
            Some((0 | 1, acts)) => acts,
            Some((left, acts)) => {
                *waiting = Some((left - 1, acts));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// From now on every answer takes its time.
    pub(super) fn charge(&self, charge: Charge) {
        self.charge.get_or_init(|| charge);
    }

    /// Units: requests to mailbox servers since the world began.
    pub(super) fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    async fn take_time(&self, of: impl Fn(&Charge) -> Duration) {
        if let Some(charge) = self.charge.get() {
            // So much work is no going in circles: time passes.
            self.restless.store(0, Ordering::SeqCst);
            tokio::time::sleep(of(charge)).await;
        }
    }

    /// The service begins to do what is due.
    pub(super) fn begin(&self) {
        self.restless.store(0, Ordering::SeqCst);
    }

    /// Called before each request to a mailbox server.
    fn count(&self) {
        self.all.fetch_add(1, Ordering::Relaxed);
        let count = self.restless.fetch_add(1, Ordering::SeqCst);
        assert!(count < REQUESTS_MAX, "the service asks without end while no time passes");
    }

    /// Called after each request: never comes back from the one that is the last.
    async fn pass(&self) {
        if self.left.load(Ordering::SeqCst) > 0 && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.struck.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// The way from the Graph connector to the router of the same process.
pub(super) struct Wire {
    pub(super) router: Router,
    pub(super) interrupter: Arc<Interrupter>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        options: &SendOptions,
    ) -> Result<http::Response<Bytes>, SendError> {
        self.interrupter.count();
        let _flight = Flight::begin(&self.interrupter.flights, request.uri().path());
        // As on a network, others get their turn between a request and its answer.
        tokio::task::yield_now().await;
        let asked = Asked::of(&request);
        let lateness = self.interrupter.tally.lateness(&asked);
        if lateness >= options.timeout {
            // Nobody waits so long.
            tokio::time::sleep(options.timeout).await;
            return Err(SendError::Timeout);
        }
        self.interrupter.take_time(|charge| charge.mailbox + lateness).await;
        let mut others = self.interrupter.take_before_request();
        if request.method() == http::Method::PATCH {
            others.extend(self.interrupter.take_before_write());
        }
        for other in others {
            let other = other.map(Body::from);
            match self.router.clone().oneshot(other).await {
                Ok(answer) => assert!(answer.status().is_success(), "somebody's act was refused"),
                Err(never) => match never {},
            }
        }
        let answer = match self.interrupter.refusals.check(request.method(), request.uri().path()) {
            Ok(()) => ServiceTransport::new(self.router.clone()).send(request, options).await,
            Err(refused) => Err(refused),
        };
        if let Ok(answer) = &answer {
            self.interrupter.tally.note(asked, answer);
        }
        self.interrupter.pass().await;
        answer
    }
}

/// A CRM that the service may be stopped after any call of.
pub(super) struct InterruptedCrm {
    pub(super) inner: Arc<dyn Crm>,
    pub(super) interrupter: Arc<Interrupter>,
}

impl InterruptedCrm {
    async fn after<T>(&self, answer: T) -> T {
        self.interrupter.take_time(|charge| charge.crm).await;
        self.interrupter.pass().await;
        answer
    }
}

#[async_trait]
impl Crm for InterruptedCrm {
    fn organization(&self) -> OrganizationId {
        self.inner.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        let answer = self.inner.lookup(request).await;
        self.after(answer).await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        let answer = self.inner.promote(draft, link).await;
        self.after(answer).await
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        let answer = self.inner.update(draft, keeping).await;
        self.after(answer).await
    }

    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        let answer = self.inner.conflicts(draft).await;
        self.after(answer).await
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        let answer = self.inner.compare(draft).await;
        self.after(answer).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        let answer = self.inner.link(link, activity, regarding).await;
        self.after(answer).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        let answer = self.inner.put_in_queues(activity, queues).await;
        self.after(answer).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        let answer = self.inner.unlink(link, activity).await;
        self.after(answer).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        let answer = self.inner.changes(checkpoint).await;
        self.after(answer).await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        let answer = self.inner.links(mailbox).await;
        self.after(answer).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        let answer = self.inner.existing(activities).await;
        self.after(answer).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        let answer = self.inner.keep_watermark(mailbox, received_after).await;
        self.after(answer).await
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        let answer = self.inner.record_test(mailbox, asked, outcome).await;
        self.after(answer).await
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        let answer = self.inner.record_health(mailbox, health).await;
        self.after(answer).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        let answer = self.inner.settings().await;
        self.after(answer).await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        let answer = self.inner.raise(alerts).await;
        self.after(answer).await
    }
}
