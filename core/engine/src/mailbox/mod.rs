//! One cycle of one mailbox.
//!
//! [`Cycle::prepare`] recalls; [`observe`] reads the mailbox, each [`scope`] by itself: the level,
//! what is missing from it ([`level`]) and the exceptions of [`series`]; [`master`] settles its
//! list of categories; [`plan`] decides, under the brake; [`apply`] carries out one item's
//! decision, with [`identify`], [`booking`] and [`promote`] for the record, [`follow`] and [`merge`] for its
//! later changes and [`categorize`] for the mailbox side, under a [`lease`] that is kept; [`save`] records.
//! What was sent without an answer is [`late`] when it is carried out after all. [`mend`] forgets
//! what a full comparison contradicts. [`acceptance`] makes requests for new mail; [`copies`] makes
//! other mailboxes expect what was tracked, and finds what is expected here; [`alert`] is what people
//! are told, and [`health`] what the CRM shows beside the mailbox.
//! [`delegates`] are those who know the category by another name. [`stamp`] says whose the mailbox
//! is, and [`testing`] is what happens before it is served.
//! [`partial`] is the same about a few items that are known to have changed; [`subscribe`] keeps
//! the mailbox's notifications coming.

pub(crate) mod acceptance;
mod alert;
mod apply;
mod booking;
mod categorize;
mod copies;
mod delegates;
mod fields;
mod follow;
mod health;
mod identify;
mod late;
mod lease;
pub(crate) mod level;
mod master;
pub(crate) mod mend;
mod merge;
mod observe;
mod partial;
mod plan;
mod promote;
mod save;
pub(crate) mod scope;
mod series;
mod stamp;
mod subscribe;
mod testing;

pub(crate) use promote::circuit_open;

use crate::{
    CycleReport, Engine, EngineError, alerts::Raised, circuit::Circuit, dirty::Dirt, engine::Known,
    latency::Waiting,
};
use earmark_crm_port::{Crm, Health, MailboxRow, OrganizationSettings, OrganizationSnapshot};
use earmark_ledger::{ExpectedCopy, HeldDecision, Lease, MailboxMemory, Tombstone};
use earmark_mailbox_port::{Mailbox, Scope};
use earmark_model::{
    Failure, FailureClass, FailureNote, Instant, ItemContent, ItemHandle, Link, MailboxId,
    ObservedItem, OrganizationId, Version,
};
use earmark_tracking::{MasterView, Rules, retry};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

/// After this time a mailbox that could not be worked on is tried again, if the cycle is longer.
pub(crate) const RETRY_UNREADABLE: Duration = Duration::from_secs(60);

/// After this time items are looked at again that somebody else was changing.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The same of items that were changing before already.
const LOOK_AGAIN_LATER: Duration = Duration::from_secs(60);

/// After this time a mailbox with a long backlog gives way to others that are due, and goes on when
/// its turn comes again. What was begun is finished first.
const TURN: Duration = Duration::from_secs(60);

/// Units: times that a mailbox is read in one cycle because its category has got another name.
const RENAMES_MAX: u32 = 5;

/// What is remembered about the mailbox, as far as the cycle needs it.
struct Recalled {
    memory: MailboxMemory,
    links: Vec<Link>,
    tombstones: Vec<Tombstone>,
    held: Vec<HeldDecision>,
    expected: Vec<ExpectedCopy>,
    partial: Option<partial::Partial>,
}

impl Recalled {
    async fn whole(
        engine: &Engine,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Self, EngineError> {
        let store = &engine.parts.store;
        Ok(Self {
            memory: store.mailbox(organization, mailbox).await?,
            links: store.links(organization, mailbox).await?,
            tombstones: store.tombstones(organization, mailbox).await?,
            held: store.held(organization, mailbox).await?,
            expected: store.expected_copies(organization, mailbox).await?,
            partial: None,
        })
    }
}

/// Everything one cycle works with.
pub(crate) struct Cycle<'a> {
    engine: &'a Engine,
    lease: Lease,
    row: MailboxRow,
    settings: OrganizationSettings,
    snapshot: Arc<OrganizationSnapshot>,
    /// When reading the snapshot began.
    read_at: Instant,
    /// The filter of at least one mailbox takes all messages.
    somebody_accepts: bool,
    crm: Arc<dyn Crm>,
    mailbox: Arc<dyn Mailbox>,
    memory: MailboxMemory,
    links: BTreeMap<ItemHandle, Link>,
    tombstones: BTreeSet<Tombstone>,
    held: BTreeMap<ItemHandle, HeldDecision>,
    /// Copies of messages that others track, which are expected here.
    expected: Vec<ExpectedCopy>,
    /// Tracked items that the CRM does not have any more without having said so.
    missing: BTreeSet<ItemHandle>,
    /// Items that the CRM has linked and the ledger did not know.
    found_again: BTreeSet<ItemHandle>,
    of_others: Vec<earmark_model::CategoryName>,
    master: MasterView,
    first_sweep_after_switch_on: bool,
    crm_available: bool,
    /// When the CRM may be asked again, where that is known.
    crm_next: Option<Instant>,
    full: bool,
    next_checkpoint: Option<String>,
    /// After what time the mailbox is looked at once more, because items of it were changing.
    look_again: Option<Duration>,
    mark_intended: bool,
    /// Parts that cannot be read in this cycle.
    frozen: BTreeMap<Scope, Failure>,
    /// Items whose link gives a record its fields, where that was asked.
    sources: BTreeSet<ItemHandle>,
    /// Series that are decided about, those whose exceptions were read, and the versions that are
    /// dealt with when these are.
    series_planned: BTreeSet<ItemHandle>,
    series_read: BTreeSet<ItemHandle>,
    series_due: BTreeMap<ItemHandle, Version>,
    /// Contents that were read together with their items.
    kept: Mutex<BTreeMap<ItemHandle, (ObservedItem, Box<ItemContent>)>>,
    /// What is known about new mail, and the watermark before it.
    arrivals: acceptance::Arrivals,
    watermark_before: Option<Instant>,
    partial: Option<partial::Partial>,
    /// The partial cycle came upon something that only a whole one can deal with.
    is_insufficient: bool,
    /// Notifications whose time is taken.
    heard: Waiting<'a>,
    raised: Raised,
    /// What the CRM is to show about the mailbox, where that changed.
    health: Option<Health>,
    started: Instant,
    report: CycleReport,
}

impl<'a> Cycle<'a> {
    /// Recalls what is remembered about the mailbox: everything, or for a partial cycle what it is
    /// about.
    pub(crate) async fn prepare(
        engine: &'a Engine,
        lease: Lease,
        mailbox: MailboxId,
    ) -> Result<Self, EngineError> {
        let organization = lease.organization;
        let Known { snapshot, read_at, somebody_accepts } =
            engine.known_with(organization, mailbox).await?;
        let row = snapshot
            .mailboxes
            .iter()
            .find(|row| row.id == mailbox)
            .cloned()
            .ok_or(EngineError::UnknownMailbox)?;
        if !row.is_enabled {
            return Err(EngineError::NotEnabled(row.disabled_because.unwrap_or_default()));
        }
        let crm = engine.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        engine.recall_crm(organization).await?;
        let settings = snapshot.settings.clone();
        let dirt = engine.marks.take((organization, mailbox));
        let recalled = match dirt {
            Some(Dirt::Items(items)) if !engine.wants_full(organization, mailbox) => {
                Recalled::partial(engine, &lease, &row, somebody_accepts, &settings, items).await?
            }
            Some(Dirt::Items(_) | Dirt::Whole) | None => None,
        };
        // Whether it is ours again is found out by a whole cycle only.
        let recalled = match recalled.filter(|recalled| !recalled.memory.stamp.is_anothers) {
            Some(recalled) => recalled,
            None => Recalled::whole(engine, organization, mailbox).await?,
        };
        let Recalled { memory, links, tombstones, held, expected, partial } = recalled;
        Ok(Self {
            first_sweep_after_switch_on: settings.track_categorized_items && memory.saw_switch_off,
            full: partial.is_none()
                && (engine.take_full(organization, mailbox) || memory.comparison.is_due()),
            partial,
            engine,
            lease,
            mailbox: engine.open(&row, &settings),
            row,
            settings,
            snapshot,
            read_at,
            somebody_accepts,
            crm,
            memory,
            links: links.into_iter().map(|link| (link.key.handle.clone(), link)).collect(),
            tombstones: tombstones.into_iter().collect(),
            missing: held.iter().filter(|held| is_doubtful(held)).map(handle_of).collect(),
            held: held.into_iter().map(|held| (held.key.handle.clone(), held)).collect(),
            expected,
            found_again: BTreeSet::new(),
            of_others: Vec::new(),
            master: MasterView::NotRead,
            crm_available: true,
            crm_next: None,
            next_checkpoint: None,
            look_again: None,
            mark_intended: false,
            frozen: BTreeMap::new(),
            sources: BTreeSet::new(),
            series_planned: BTreeSet::new(),
            series_read: BTreeSet::new(),
            series_due: BTreeMap::new(),
            kept: Mutex::default(),
            arrivals: acceptance::Arrivals::default(),
            watermark_before: None,
            is_insufficient: false,
            heard: engine.arrivals.take((organization, mailbox)),
            raised: Raised::default(),
            health: None,
            started: engine.now(),
            report: CycleReport::default(),
        })
    }

    /// Whether it is about a few items only.
    pub(crate) const fn is_partial(&self) -> bool {
        self.partial.is_some()
    }

    /// Runs the cycle. Answers what it did, when the mailbox is due next, and whether it raised
    /// alerts.
    pub(crate) async fn run(mut self) -> (CycleReport, Instant, bool) {
        let (report, due) =
            if self.is_partial() { self.run_partial().await } else { self.run_whole().await };
        (report, due, self.raised.is_any())
    }

    async fn run_whole(&mut self) -> (CycleReport, Instant) {
        if let Some(until) = self.memory.not_before.filter(|until| *until > self.now()) {
            return (self.take_report(), until);
        }
        let mut moved = None;
        let outcome = self.work().await;
        self.note_comparison(outcome.is_ok());
        let due = match outcome {
            Ok(()) if self.report.is_unfinished => self.gives_way(),
            Ok(()) => {
                moved = self.settle_acceptance();
                self.completed()
            }
            Err(EngineError::Outside(failure)) => self.interrupted(failure),
            Err(EngineError::Stopping) => self.now(),
            Err(error) => return self.abandoned(&error),
        };
        let due = self.regular_to_come().map_or(due, |at| at.min(due));
        self.memory.regular_due = Some(due);
        if let Err(error) = self.save_memory().await {
            tracing::error!(mailbox.id = %self.row.id, error = %error, "the cycle was not recorded");
        } else if let Some(moved) = moved {
            self.keep_watermark(moved).await;
        }
        self.keep_health().await;
        (self.take_report(), due)
    }

    pub(super) fn take_report(&mut self) -> CycleReport {
        std::mem::take(&mut self.report)
    }

    async fn work(&mut self) -> Result<(), EngineError> {
        self.check_circuits().await?;
        self.check_stamp().await?;
        // What changes from here on is either told or seen below.
        self.keep_subscriptions().await?;
        if self.settings.track_categorized_items && self.memory.tracked.is_none() {
            self.settle_master_list().await?;
            self.master = MasterView::NotRead;
        }
        let mut readings = self.observe().await?;
        let mut name = self.names().current;
        self.settle_master_list().await?;
        // What bears a new name was not looked for; and it may get another one meanwhile.
        for round in 1_u32.. {
            let is_renamed = name.is_some() && self.names().current != name;
            if !is_renamed || !self.settings.track_categorized_items {
                break;
            }
            if round == RENAMES_MAX {
                return Err(categorize::kept_changing().into());
            }
            self.memory.swept_at = None;
            readings = self.observe().await?;
            name = self.names().current;
            self.settle_master_list().await?;
        }
        self.note_waiting(&readings);
        self.work_off(readings).await?;
        if self.report.is_unfinished {
            return Ok(());
        }
        self.forget_contradictions().await?;
        self.compare_names_with_delegates().await?;
        self.accept_new_mail().await
    }

    /// An open circuit is probed at most once a minute; while it stays open nothing is attempted.
    async fn check_circuits(&mut self) -> Result<(), EngineError> {
        let organization = self.lease.organization;
        match self.engine.crm_circuits.check(organization, self.now()) {
            Circuit::Closed => {}
            Circuit::Open { until } => {
                self.crm_available = false;
                self.crm_next = Some(until);
            }
            Circuit::ProbeDue => {
                let asked = self.now();
                let answer = self.crm.settings().await;
                self.crm_available = answer.is_ok();
                self.engine.heard_from_crm(organization, answer.as_ref().err());
                if let Ok(snapshot) = answer {
                    self.engine.learn(organization, snapshot, asked).await?;
                }
            }
        }
        Ok(())
    }

    /// The ledger refused: nothing more can be recorded under this lease.
    fn abandoned(&mut self, error: &EngineError) -> (CycleReport, Instant) {
        tracing::error!(mailbox.id = %self.row.id, error = %error, "the cycle ended early");
        self.report.failure = Some(Failure::new(FailureClass::Bug, "Ledger", error.to_string()));
        let due = self.now().plus(RETRY_UNREADABLE);
        (self.take_report(), due)
    }

    /// A full comparison that did not come to its end is still to be done.
    fn note_comparison(&mut self, is_ended: bool) {
        if !self.full {
            return;
        }
        if is_ended && self.crm_available && !self.report.is_unfinished {
            self.memory.comparison.done = self.memory.comparison.wanted;
        } else {
            self.engine.compare_fully(self.lease.organization, self.row.id);
        }
    }

    fn completed(&mut self) -> Instant {
        self.heard_out();
        self.end_failures();
        self.note_going_well();
        let now = self.now();
        // The feed moves on only when everything that it showed was dealt with.
        self.memory.checkpoint = self.next_checkpoint.take();
        let key = (self.lease.organization, self.row.id);
        self.engine.mailbox_circuits.answered(key);
        self.memory.circuit_opened = None;
        self.memory.circuit_failures = 0;
        self.memory.not_before = None;
        self.memory.last_success = Some(now);
        self.memory.last_failure = self.frozen_note();
        self.memory.saw_switch_off = !self.settings.track_categorized_items;
        self.next_due()
    }

    /// Others are due. The mailbox is due at once, behind them, and looks at everything again: what
    /// is done needs nothing more.
    fn gives_way(&mut self) -> Instant {
        self.memory.swept_at = None;
        self.now()
    }

    /// Whether what is left waits for the mailbox's next turn. A full comparison, and what decides
    /// about everything that happened while the switch was off, is done in one piece.
    fn turn_is_over(&self) -> bool {
        let is_one_piece = self.full || self.first_sweep_after_switch_on;
        self.rules().turns_end && !is_one_piece && self.now().since(self.started) >= TURN
    }

    /// The regular cycle, or earlier where something waits for a time of its own.
    fn next_due(&self) -> Instant {
        let regular = if self.crm_available {
            self.regular_to_come().unwrap_or_else(|| self.engine.next_cycle(&self.row))
        } else {
            self.when_crm_is_back()
        };
        self.due_with_own_times(regular)
    }

    /// An early cycle does not stand for the regular one, which keeps its time.
    fn regular_to_come(&self) -> Option<Instant> {
        self.memory.regular_due.filter(|at| *at > self.now())
    }

    fn due_with_own_times(&self, regular: Instant) -> Instant {
        let now = self.now();
        let own_times = self.links.values().filter_map(|link| link.not_before);
        // A mark that was written down in this cycle may be sent now; one that could not be
        // written waits for the regular cycle.
        let mark = self.mark_intended.then_some(now);
        let cycle = self.cycle_length();
        let ripe = self.held.values().map(|held| held.held_since.plus(cycle));
        let again = self.look_again.map(|after| now.plus(after));
        own_times
            .filter(|at| *at > now)
            .chain(mark)
            .chain(again)
            .chain(ripe.filter(|at| *at > now))
            .fold(regular, Instant::min)
    }

    /// The mailbox as a whole could not be worked on: nothing is concluded, nothing is lost.
    fn interrupted(&mut self, failure: Failure) -> Instant {
        let now = self.now();
        let key = (self.lease.organization, self.row.id);
        self.memory.last_failure = Some(FailureNote {
            class: failure.class.as_str().to_owned(),
            code: failure.code.clone(),
            detail: failure.detail.clone(),
        });
        // A cycle that fails as a whole stands for all its items: each one counts.
        let cycle = now.to_string();
        let opens = retry::may_open_circuit(&failure)
            && self.engine.mailbox_circuits.failed(key, &cycle, now);
        if opens {
            self.memory.circuit_opened = Some(now);
        }
        self.raise_for_failure(&failure, opens);
        tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
            class = failure.class.as_str(), "the mailbox could not be worked on");
        let due = match &failure.class {
            FailureClass::Throttled { until } => {
                self.memory.not_before = *until;
                until.unwrap_or_else(|| self.soon())
            }
            FailureClass::ScopeUnreadable => self.engine.next_cycle(&self.row),
            _ if self.is_silent_for_long() => self.engine.next_cycle(&self.row),
            _ => self.soon(),
        };
        self.report.failure = Some(failure);
        due
    }

    /// The mailbox failed again and again, and takes long to do so: were it tried again each
    /// minute, a few such mailboxes would keep all places busy and everybody else waiting.
    fn is_silent_for_long(&self) -> bool {
        let is_out_of_order = self.memory.circuit_opened.is_some();
        let took = self.now().since(self.started);
        is_out_of_order && took >= RETRY_UNREADABLE
    }

    /// When the CRM may be asked again, within one cycle.
    fn when_crm_is_back(&self) -> Instant {
        let latest = self.now().plus(self.cycle_length());
        self.crm_next.map_or_else(|| self.soon(), |at| at.min(latest))
    }

    fn soon(&self) -> Instant {
        self.now().plus(RETRY_UNREADABLE.min(self.engine.parts.settings.cycle))
    }

    /// One full cycle of this mailbox.
    fn cycle_length(&self) -> Duration {
        self.engine.cycle_of(&self.row)
    }

    fn now(&self) -> Instant {
        self.engine.now()
    }

    fn rules(&self) -> &'a Rules {
        &self.engine.parts.rules
    }
}

fn is_doubtful(held: &HeldDecision) -> bool {
    held.reason == HeldDecision::MISSING_IN_CRM
}

fn handle_of(held: &HeldDecision) -> ItemHandle {
    held.key.handle.clone()
}
