//! Claiming what is due, and the loop that does it until it is stopped.

use crate::{
    CycleReport, Parts, Stopwatch, circuit::Circuits, deadline::WithinTime, dirty::Marks,
    latency::Arrivals, mailbox, mailbox::Cycle, organization, peers::Peers, push::Push,
};
use earmark_crm_port::{
    Crm, Health, MailboxRow, OrganizationSettings, OrganizationSnapshot, TestRequest,
};
use earmark_ledger::{Lease, StoreError, Unit};
use earmark_mailbox_port::{Bounds, Mailbox};
use earmark_model::{Failure, FailureClass, Instant, MailboxId, OrganizationId};
use earmark_tracking::profile;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, sync::broadcast, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Why the engine could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The ledger refused.
    #[error("the ledger could not be used")]
    Store(#[from] StoreError),
    /// The CRM or the mailbox failed.
    #[error("{0}")]
    Outside(#[from] Failure),
    /// No such organization or mailbox.
    #[error("no such mailbox in this organization")]
    UnknownMailbox,
    /// The mailbox is not enabled.
    #[error("the mailbox is not enabled: {0}")]
    NotEnabled(String),
    /// The engine was stopped meanwhile.
    #[error("the engine is stopping")]
    Stopping,
}

/// The engine of one worker.
pub struct Engine {
    pub(crate) parts: Parts,
    pub(crate) crm_circuits: Arc<Circuits<OrganizationId>>,
    pub(crate) mailbox_circuits: Circuits<(OrganizationId, MailboxId)>,
    pub(crate) marks: Marks,
    pub(crate) arrivals: Arrivals,
    pub(crate) push: Push,
    pub(crate) peers: OnceLock<Arc<dyn Peers>>,
    snapshots: Mutex<BTreeMap<OrganizationId, Known>>,
    full: Mutex<BTreeSet<(OrganizationId, MailboxId)>>,
    woken: Notify,
    stopping: CancellationToken,
    pub(crate) done: broadcast::Sender<Done>,
}

/// What the CRM last said about an organization.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) snapshot: Arc<OrganizationSnapshot>,
    /// When reading it began.
    pub(crate) read_at: Instant,
    /// The filter of at least one mailbox takes all messages.
    pub(crate) somebody_accepts: bool,
}

/// One completed cycle.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) organization: OrganizationId,
    pub(crate) mailbox: MailboxId,
    pub(crate) started: Instant,
    pub(crate) is_whole: bool,
    pub(crate) report: CycleReport,
}

impl Engine {
    /// An engine that does nothing yet.
    pub fn new(mut parts: Parts) -> Arc<Self> {
        let crm_circuits = Arc::<Circuits<OrganizationId>>::default();
        let within_time = |crm| {
            let (circuits, clock) = (crm_circuits.clone(), parts.clock.clone());
            Arc::new(WithinTime { crm, circuits, clock }) as Arc<dyn Crm>
        };
        parts.crms = parts.crms.into_iter().map(within_time).collect();
        let (done, _) = broadcast::channel(1_024);
        Arc::new(Self {
            parts,
            crm_circuits,
            mailbox_circuits: Circuits::default(),
            marks: Marks::default(),
            arrivals: Arrivals::default(),
            push: Push::default(),
            peers: OnceLock::new(),
            snapshots: Mutex::default(),
            full: Mutex::default(),
            woken: Notify::new(),
            stopping: CancellationToken::new(),
            done,
        })
    }

    /// From now on the time from notifications to records is taken. A second stopwatch is ignored.
    pub fn measure(&self, stopwatch: Arc<dyn Stopwatch>) {
        self.arrivals.measure(stopwatch);
    }

    /// Works until `stop` is cancelled, then lets running cycles end at their next safe point.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.put_organizations().await {
            tracing::error!(error = %error, "the schedule could not be prepared");
        }
        let mut running = JoinSet::new();
        let mut looked = None;
        while !stop.is_cancelled() {
            self.take_over(&mut looked).await;
            let free = self.parts.settings.mailboxes_at_once.saturating_sub(running.len());
            for lease in self.claim(free).await {
                let engine = Arc::clone(&self);
                running.spawn(async move { engine.work(lease).await });
            }
            let wait = self.idle_time().await;
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = self.woken.notified() => {}
                () = tokio::time::sleep(wait), if running.len() < self.parts.settings.mailboxes_at_once => {}
            }
        }
        self.stopping.cancel();
        while running.join_next().await.is_some() {}
    }

    /// Does everything that is due now, one unit after another, and answers how many units that
    /// were. Repeatable: yes.
    pub async fn run_due(&self) -> usize {
        if let Err(error) = self.put_organizations().await {
            tracing::error!(error = %error, "the schedule could not be prepared");
        }
        self.take_over(&mut None).await;
        let mut count = 0;
        loop {
            let leases = self.claim(1).await;
            if leases.is_empty() {
                return count;
            }
            for lease in leases {
                self.work(lease).await;
                count += 1;
            }
        }
    }

    /// When the next unit is due.
    pub async fn next_due(&self) -> Option<Instant> {
        self.parts.store.next_due().await.ok().flatten()
    }

    /// Makes a mailbox due now, for a whole cycle. Carries no facts. Repeatable: yes.
    pub async fn wake(&self, organization: OrganizationId, mailbox: MailboxId) {
        self.marks.whole((organization, mailbox), self.now());
        self.wake_unit(organization, Unit::Mailbox(mailbox)).await;
    }

    /// Makes the next cycle of a mailbox a full comparison of mailbox, ledger and CRM.
    pub fn compare_fully(&self, organization: OrganizationId, mailbox: MailboxId) {
        lock(&self.full).insert((organization, mailbox));
    }

    /// Reads settings and mailboxes of the organization and puts the schedule accordingly.
    pub async fn refresh(
        &self,
        organization: OrganizationId,
    ) -> Result<Arc<OrganizationSnapshot>, EngineError> {
        let crm = self.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        let read_at = self.now();
        let snapshot = crm.settings().await?;
        self.learn(organization, snapshot, read_at).await
    }

    /// Takes over what the CRM said of the organization. `read_at` is when it was asked.
    pub(crate) async fn learn(
        &self,
        organization: OrganizationId,
        snapshot: OrganizationSnapshot,
        read_at: Instant,
    ) -> Result<Arc<OrganizationSnapshot>, EngineError> {
        let snapshot = Arc::new(snapshot);
        let now = self.now();
        let mut units = vec![(Unit::Organization, now)];
        let enabled = snapshot.mailboxes.iter().filter(|row| row.is_enabled || row.test.is_some());
        units.extend(enabled.map(|row| (Unit::Mailbox(row.id), now)));
        let before = self.found(organization).map(|known| known.snapshot);
        let is_early = |row: &&MailboxRow| {
            due_test(row, now).is_some()
                || before.as_ref().is_some_and(|before| is_hastened(row, &before.mailboxes))
        };
        let early: Vec<MailboxId> =
            snapshot.mailboxes.iter().filter(is_early).map(|row| row.id).collect();
        let served: BTreeSet<MailboxId> =
            units.iter().filter_map(|(unit, _)| unit_mailbox(*unit)).collect();
        self.marks.retain(organization, |mailbox| served.contains(&mailbox));
        self.arrivals.retain(organization, |mailbox| served.contains(&mailbox));
        // A unit may be claimed as soon as it is scheduled, and needs its row then.
        let somebody_accepts = snapshot.mailboxes.iter().any(mailbox::acceptance::accepts_all);
        let read = Known { snapshot: Arc::clone(&snapshot), read_at, somebody_accepts };
        let known = lock(&self.snapshots).insert(organization, read);
        if known.is_none() {
            self.know_subscriptions(organization).await?;
        }
        self.parts.store.put_units(organization, units).await?;
        for mailbox in early {
            self.parts.store.wake(organization, Unit::Mailbox(mailbox), now).await?;
        }
        self.woken.notify_one();
        Ok(snapshot)
    }

    /// The present instant, by the engine's clock.
    pub fn now(&self) -> Instant {
        self.parts.clock.now()
    }

    pub(crate) fn crm(&self, organization: OrganizationId) -> Option<Arc<dyn Crm>> {
        self.parts.crms.iter().find(|crm| crm.organization() == organization).cloned()
    }

    /// Takes over, once, whether the CRM was to be left alone when the service last ended.
    pub(crate) async fn recall_crm(&self, organization: OrganizationId) -> Result<(), EngineError> {
        if self.crm_circuits.is_unknown(organization) {
            let memory = self.parts.store.organization(organization).await?;
            self.crm_circuits.recall(organization, memory.pause);
        }
        Ok(())
    }

    /// What an answer of the CRM, or a failure of it, says about the CRM as a whole: a pause that
    /// it asks for holds for every mailbox of the organization.
    pub(crate) fn heard_from_crm(&self, organization: OrganizationId, failure: Option<&Failure>) {
        match failure.map(|failure| &failure.class) {
            None => {
                if self.crm_circuits.answered(organization) {
                    tracing::info!(organization.id = %organization, "the CRM answers again");
                }
            }
            Some(FailureClass::Throttled { until: Some(until) }) => {
                self.crm_circuits.pause(organization, *until);
            }
            Some(_) => {}
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    pub(crate) async fn snapshot(
        &self,
        organization: OrganizationId,
    ) -> Result<Arc<OrganizationSnapshot>, EngineError> {
        Ok(self.known(organization).await?.snapshot)
    }

    pub(crate) async fn known(&self, organization: OrganizationId) -> Result<Known, EngineError> {
        if let Some(known) = self.found(organization) {
            let interval = self.organization_interval();
            return if self.is_overtaken(organization, &known, interval).await? {
                self.reread(organization, known).await
            } else {
                Ok(known)
            };
        }
        if self.crm_circuits.is_open(organization, self.now()) {
            return Err(mailbox::circuit_open().into());
        }
        self.refresh(organization).await?;
        self.found(organization).ok_or(EngineError::UnknownMailbox)
    }

    /// Reads settings and mailboxes again; `known` stays where the CRM cannot be asked.
    pub(crate) async fn reread(
        &self,
        organization: OrganizationId,
        known: Known,
    ) -> Result<Known, EngineError> {
        if self.crm_circuits.is_open(organization, self.now()) {
            return Ok(known);
        }
        match self.refresh(organization).await {
            Ok(_) => Ok(self.found(organization).unwrap_or(known)),
            Err(EngineError::Outside(failure)) => {
                self.heard_from_crm(organization, Some(&failure));
                Ok(known)
            }
            Err(error) => Err(error),
        }
    }

    /// When settings and mailboxes were last read by this worker.
    pub(crate) fn read_at(&self, organization: OrganizationId) -> Option<Instant> {
        self.found(organization).map(|known| known.read_at)
    }

    fn found(&self, organization: OrganizationId) -> Option<Known> {
        lock(&self.snapshots).get(&organization).cloned()
    }

    /// What the CRM shows about a mailbox now, as far as it is known without asking.
    pub(crate) fn note_health(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        health: Health,
    ) {
        let mut snapshots = lock(&self.snapshots);
        let Some(known) = snapshots.get_mut(&organization) else { return };
        let snapshot = Arc::make_mut(&mut known.snapshot);
        if let Some(row) = snapshot.mailboxes.iter_mut().find(|row| row.id == mailbox) {
            row.health = health;
        }
    }

    /// How often settings and changes of an organization are read.
    fn organization_interval(&self) -> Duration {
        let settings = &self.parts.settings;
        settings.cycle.min(settings.organization_interval)
    }

    /// The settings that were read last; the defaults before the first time.
    pub(crate) fn known_settings(&self, organization: OrganizationId) -> OrganizationSettings {
        let known = lock(&self.snapshots).get(&organization).cloned();
        known.map(|known| known.snapshot.settings.clone()).unwrap_or_default()
    }

    pub(crate) fn wants_full(&self, organization: OrganizationId, mailbox: MailboxId) -> bool {
        lock(&self.full).contains(&(organization, mailbox))
    }

    pub(crate) fn take_full(&self, organization: OrganizationId, mailbox: MailboxId) -> bool {
        lock(&self.full).remove(&(organization, mailbox))
    }

    pub(crate) async fn wake_unit(&self, organization: OrganizationId, unit: Unit) {
        if let Err(error) = self.parts.store.wake(organization, unit, self.now()).await {
            tracing::error!(error = %error, "a wake-up was not stored; the regular cycle remains");
        }
        self.woken.notify_one();
    }

    /// Something was made due.
    pub(crate) fn look_now(&self) {
        self.woken.notify_one();
    }

    /// Due times shorter than the cycle by up to a tenth, so that mailboxes spread out; but not
    /// before what the email server profile of the mailbox asks for has passed.
    pub(crate) fn next_cycle(&self, row: &MailboxRow) -> Instant {
        let cycle = u64::try_from(self.parts.settings.cycle.as_millis()).unwrap_or(u64::MAX);
        let span = cycle / 1_000 * earmark_model::limits::CYCLE_JITTER_PER_MILLE;
        let earlier = self.parts.random.below(span);
        let regular = Duration::from_millis(cycle - earlier);
        self.now().plus(profile::interval(regular, polling_interval(row), &self.parts.rules))
    }

    /// How far apart the regular cycles of a mailbox are.
    pub(crate) fn cycle_of(&self, row: &MailboxRow) -> Duration {
        profile::interval(self.parts.settings.cycle, polling_interval(row), &self.parts.rules)
    }

    /// Opens a mailbox within what the organization and its email server profile ask for.
    pub(crate) fn open(
        &self,
        row: &MailboxRow,
        settings: &OrganizationSettings,
    ) -> Arc<dyn Mailbox> {
        let bounds = Bounds {
            in_flight: row.profile.as_ref().and_then(|profile| profile.connections),
            calendar_past: settings.calendar_past,
            calendar_ahead: settings.calendar_ahead,
        };
        self.parts.mailboxes.open_within(&row.address, &bounds)
    }

    async fn put_organizations(&self) -> Result<(), EngineError> {
        for crm in &self.parts.crms {
            let organization = crm.organization();
            if lock(&self.snapshots).contains_key(&organization) {
                continue;
            }
            self.recall_crm(organization).await?;
            // A CRM that is to be left alone is asked by the next probe only.
            let is_paused = self.crm_circuits.is_open(organization, self.now());
            let outcome = if is_paused {
                Err(mailbox::circuit_open().into())
            } else {
                self.refresh(organization).await
            };
            if let Err(error) = outcome {
                tracing::warn!(error = %error, "the organization cannot be read yet");
                // The schedule of the last run goes on; the organization unit keeps asking.
                let now = self.now();
                if self.parts.store.units(organization).await?.is_empty() {
                    let asking = vec![(Unit::Organization, now)];
                    self.parts.store.put_units(organization, asking).await?;
                }
                self.parts.store.wake(organization, Unit::Organization, now).await?;
            }
        }
        Ok(())
    }

    async fn claim(&self, limit: usize) -> Vec<Lease> {
        if limit == 0 {
            return Vec::new();
        }
        let settings = &self.parts.settings;
        match self.parts.store.claim(&settings.worker, None, limit, settings.lease).await {
            Ok(leases) => leases,
            Err(error) => {
                tracing::error!(error = %error, "nothing could be claimed");
                Vec::new()
            }
        }
    }

    async fn idle_time(&self) -> Duration {
        let now = self.now();
        let longest = self.looks_for_ended().unwrap_or(self.parts.settings.look_again);
        self.next_due().await.map_or(longest, |due| due.since(now).min(longest))
    }

    async fn work(&self, lease: Lease) {
        match lease.unit {
            Unit::Organization => self.work_organization(&lease).await,
            Unit::Mailbox(mailbox) => self.work_mailbox(lease, mailbox).await,
        }
    }

    async fn work_organization(&self, lease: &Lease) {
        if let Err(error) = organization::cycle(self, lease).await {
            tracing::warn!(organization.id = %lease.organization, error = %error,
                "the organization could not be read");
        }
        let due = self.now().plus(self.organization_interval());
        self.give_back(lease, due, true).await;
    }

    async fn work_mailbox(&self, lease: Lease, mailbox: MailboxId) {
        let started = self.now();
        let organization = lease.organization;
        if let Some(due) = self.test_where_asked(&lease, mailbox).await {
            self.give_back(&lease, due, false).await;
            let report = CycleReport::default();
            let _ =
                self.done.send(Done { organization, mailbox, started, is_whole: false, report });
            return;
        }
        let (is_whole, (report, due)) = match Cycle::prepare(self, lease.clone(), mailbox).await {
            Ok(cycle) => {
                let is_whole = !cycle.is_partial();
                let (report, due, has_raised) = cycle.run().await;
                if has_raised {
                    self.hand_over_alerts(organization).await;
                }
                (is_whole, (report, due))
            }
            Err(error) => {
                tracing::warn!(mailbox.id = %mailbox, error = %error, "the cycle did not begin");
                (true, (CycleReport::default(), self.now().plus(mailbox::RETRY_UNREADABLE)))
            }
        };
        let is_complete = report.failure.is_none() && !report.is_unfinished;
        self.give_back(&lease, due, is_whole && is_complete).await;
        // Nobody may be waiting.
        let _ = self.done.send(Done { organization, mailbox, started, is_whole, report });
    }

    /// Tests the mailbox where somebody asked for that; answers when it is due again then.
    async fn test_where_asked(&self, lease: &Lease, mailbox: MailboxId) -> Option<Instant> {
        let organization = lease.organization;
        let known = self.known_with(organization, mailbox).await.ok()?;
        let row = known.snapshot.mailboxes.iter().find(|row| row.id == mailbox)?;
        let request = match due_test(row, self.now()) {
            Some(request) => request,
            // Nothing else can be done in a mailbox that is not enabled.
            None => return row.test.filter(|_| !row.is_enabled)?.not_before,
        };
        let tested = self.test(lease, row, request, &known.snapshot.settings).await;
        self.hand_over_alerts(organization).await;
        let tested = match tested {
            // The outcome decides whether the mailbox is served.
            Ok(due) => self.reread(organization, known).await.map(|_| due),
            Err(error) => Err(error),
        };
        Some(tested.unwrap_or_else(|error| {
            tracing::warn!(mailbox.id = %mailbox, error = %error, "a test is repeated");
            self.now().plus(mailbox::RETRY_UNREADABLE)
        }))
    }

    async fn give_back(&self, lease: &Lease, due: Instant, completed: bool) {
        match self.parts.store.release(lease, due, completed).await {
            Ok(()) => {}
            Err(StoreError::LeaseLost) => {
                tracing::info!("a lease ran out; another worker goes on");
            }
            Err(error) => tracing::error!(error = %error, "a lease was not given back"),
        }
    }
}

/// Its email server profile does not ask any longer for as much time between cycles as it did.
fn is_hastened(row: &MailboxRow, before: &[MailboxRow]) -> bool {
    let was = before.iter().find(|was| was.id == row.id).and_then(polling_interval);
    row.is_enabled && was.is_some_and(|was| was > polling_interval(row).unwrap_or_default())
}

fn polling_interval(row: &MailboxRow) -> Option<Duration> {
    row.profile.as_ref().map(|profile| profile.polling_interval)
}

/// The test that somebody asked for, once its time has come.
fn due_test(row: &MailboxRow, now: Instant) -> Option<TestRequest> {
    row.test.filter(|test| test.not_before.is_none_or(|at| at <= now))
}

fn unit_mailbox(unit: Unit) -> Option<MailboxId> {
    match unit {
        Unit::Mailbox(mailbox) => Some(mailbox),
        Unit::Organization => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
