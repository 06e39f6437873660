//! An engine between a pretend mailbox server and a pretend CRM, on a clock turned by hand.

use super::{
    crm::{Kept, Pretend},
    mailbox::{Contents, Held, Server, lock},
};
use earmark_crm_port::{
    CrmChange, CrmLink, DeliveryMethod, FilteringMethod, Health, MailboxOwner, MailboxRow,
    OrganizationSettings, OrganizationSnapshot, Tested,
};
use earmark_engine::{Engine, Parts, Random, Settings};
use earmark_ledger::{SqliteStore, Store};
use earmark_model::{
    ActivityId, Actor, AppointmentContent, Body, BodyKind, Clock, FolderRole, Importance, Instant,
    ItemContent, ItemHandle, ItemKind, Link, LinkKey, MailboxAddress, MailboxId, ObservedItem,
    OrganizationId, PrincipalId, Recurrence, RecurrenceEnd, RecurrencePattern, Request,
    RequestOrigin, RequestWish, SeriesMember, ShowAs, TaskContent, TaskStatus, Version,
};
use earmark_sqlite::Mode;
use earmark_tracking::Rules;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// The organization of every world.
pub const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
pub const ANNA: &str = "anna@fabrikam.test";
pub const BERT: &str = "bert@fabrikam.test";
pub const TRACKED: &str = "Tracked to Dynamics 365";
const BEGINNING: i64 = 1_772_438_400_000;
const CYCLE: Duration = Duration::from_secs(900);

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct Least;

impl Random for Least {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

pub struct World {
    clock: Arc<HandClock>,
    pub server: Arc<Server>,
    pub crm: Arc<Pretend>,
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    rules: Rules,
}

fn row(address: &str, number: u128) -> MailboxRow {
    MailboxRow {
        id: MailboxId(Uuid::from_u128(number)),
        address: MailboxAddress::new(address),
        owner: MailboxOwner::User(PrincipalId(Uuid::from_u128(number + 100))),
        incoming: DeliveryMethod::ServerSideSynchronization,
        act: DeliveryMethod::ServerSideSynchronization,
        obstacle: None,
        tested: Tested::default(),
        test: None,
        is_enabled: true,
        disabled_because: None,
        filtering: FilteringMethod::NoMessages,
        process_received_after: None,
        profile: None,
        health: Health::default(),
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Rules::all())
    }

    pub fn without(rule: &str) -> Self {
        Self::with(Rules::without(rule).expect("a rule of that name"))
    }

    pub fn with(rules: Rules) -> Self {
        let crm = Pretend::new(OrganizationSnapshot {
            organization: ORGANIZATION,
            name: "Fabrikam".to_owned(),
            settings: OrganizationSettings::default(),
            mailboxes: vec![row(ANNA, 10), row(BERT, 11)],
        });
        let clock = Arc::new(HandClock(AtomicI64::new(BEGINNING)));
        let server = Arc::new(Server::default());
        let store = store(&clock);
        let engine = engine(&clock, &server, &crm, &store, &rules);
        Self { clock, server, crm, store, engine, rules }
    }

    /// Lets one cycle pass, and the organization be read before the mailboxes.
    pub async fn cycle(&self) {
        self.clock.0.fetch_add(i64::try_from(CYCLE.as_millis()).expect("small"), Ordering::SeqCst);
        self.engine.run_due().await;
    }

    /// Another worker on the same ledger, between the same two sides.
    pub fn another(&self) -> Arc<Engine> {
        engine(&self.clock, &self.server, &self.crm, &self.store, &self.rules)
    }

    /// The worker that [`Self::cycle`] is about.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine)
    }

    pub fn forward(&self, time: Duration) {
        self.clock.0.fetch_add(i64::try_from(time.as_millis()).expect("small"), Ordering::SeqCst);
    }

    /// From now on each promotion takes `each`, and the one with this place, from 1, takes `longer`.
    pub fn slow_down(&self, each: Duration, (place, longer): (u32, Duration)) {
        let (clock, mut count) = (Arc::clone(&self.clock), 0);
        lock(&self.crm.state).meanwhile = Some(Box::new(move || {
            count += 1;
            let time = if count == place { longer } else { each };
            clock.0.fetch_add(i64::try_from(time.as_millis()).expect("small"), Ordering::SeqCst);
        }));
    }

    /// A mailbox is enabled in the CRM.
    pub fn enable(&self, address: &str, number: u128) -> MailboxId {
        let row = row(address, number);
        let id = row.id;
        lock(&self.crm.snapshot).mailboxes.push(row);
        id
    }

    /// A worker claims everything that is due, and its process ends.
    pub async fn claim_and_end(&self, worker: &str) -> usize {
        let lease = Settings::default().lease;
        self.store.claim(worker, None, 100, lease).await.expect("the ledger").len()
    }

    /// The service starts again with an empty ledger.
    pub fn lose_ledger(&mut self) {
        self.store = store(&self.clock);
        self.engine = engine(&self.clock, &self.server, &self.crm, &self.store, &self.rules);
    }

    pub fn switch(&self, on: bool) {
        lock(&self.crm.snapshot).settings.track_categorized_items = on;
    }

    pub fn contents(&self, address: &str) -> Arc<Mutex<Contents>> {
        self.server.contents(address)
    }

    /// Puts an item into a mailbox.
    pub fn put(&self, address: &str, handle: &str, content: ItemContent, made: Made) {
        let kind = match &content {
            ItemContent::Message(_) => ItemKind::Email,
            ItemContent::Appointment(_) => ItemKind::Appointment,
            ItemContent::Task(_) => ItemKind::Task,
        };
        let appointment = match &content {
            ItemContent::Appointment(appointment) => Some(appointment),
            ItemContent::Message(_) | ItemContent::Task(_) => None,
        };
        let item = ObservedItem {
            handle: ItemHandle::from(handle),
            kind,
            version: Version::from("v0"),
            categories: made.bears.then(|| TRACKED.to_owned()).into_iter().collect(),
            folder: FolderRole::Other,
            is_draft: false,
            message_id: None,
            sender: None,
            created: None,
            modified: None,
            received: None,
            ical_uid: appointment.map(|appointment| appointment.ical_uid.clone()),
            is_series: appointment.is_some_and(|appointment| appointment.recurrence.is_some()),
            series: made.of.map(|(master, start)| SeriesMember {
                master: ItemHandle::from(master),
                original_start: start,
            }),
            is_organizer: appointment.is_some_and(|appointment| appointment.is_organizer),
        };
        let contents = self.contents(address);
        let mut contents = lock(&contents);
        let handle = item.handle.clone();
        contents.items.insert(handle.clone(), Held { item, content });
        contents.touch(&handle);
    }

    /// Somebody changes an item.
    pub fn edit(&self, address: &str, handle: &str, change: impl FnOnce(&mut Held)) {
        let contents = self.contents(address);
        let mut contents = lock(&contents);
        let handle = ItemHandle::from(handle);
        change(contents.items.get_mut(&handle).expect("the item"));
        contents.touch(&handle);
    }

    pub fn rename(&self, address: &str, handle: &str, subject: &str) {
        self.edit(address, handle, |held| super::set_subject(&mut held.content, subject));
    }

    pub fn assign(&self, address: &str, handle: &str) {
        self.edit(address, handle, |held| held.item.categories.push(TRACKED.to_owned()));
    }

    pub fn unassign(&self, address: &str, handle: &str) {
        self.edit(address, handle, |held| held.item.categories.clear());
    }

    pub fn delete(&self, address: &str, handle: &str) {
        lock(&self.contents(address)).items.remove(&ItemHandle::from(handle));
    }

    pub fn refuse(&self, address: &str, scope: earmark_mailbox_port::Scope, refuses: bool) {
        let contents = self.contents(address);
        let mut contents = lock(&contents);
        if refuses {
            contents.refused.insert(scope);
        } else {
            contents.refused.remove(&scope);
        }
    }

    /// What the mailbox server was asked since the last time.
    pub fn asked(&self, address: &str) -> Vec<String> {
        std::mem::take(&mut lock(&self.contents(address)).asked)
    }

    /// What the CRM was asked since the last time.
    pub fn asked_crm(&self) -> Vec<&'static str> {
        std::mem::take(&mut lock(&self.crm.state).asked)
    }

    fn key(&self, address: &str, handle: &str) -> LinkKey {
        let mailbox = if address == ANNA { 10 } else { 11 };
        LinkKey {
            organization: ORGANIZATION,
            mailbox: MailboxId(Uuid::from_u128(mailbox)),
            handle: ItemHandle::from(handle),
        }
    }

    pub async fn links(&self, address: &str) -> Vec<Link> {
        let mailbox = self.key(address, "").mailbox;
        self.store.links(ORGANIZATION, mailbox).await.expect("the ledger")
    }

    pub async fn link(&self, address: &str, handle: &str) -> Link {
        let links = self.links(address).await;
        let link = links.into_iter().find(|link| link.key.handle.as_str() == handle);
        link.unwrap_or_else(|| panic!("nothing is remembered about {handle}"))
    }

    pub async fn told(&self, address: &str, handle: &str) -> String {
        let link = self.link(address, handle).await;
        format!("{} because {}", link.state.as_str(), link.reason)
    }

    pub async fn memory(&self, address: &str) -> earmark_ledger::MailboxMemory {
        let mailbox = self.key(address, "").mailbox;
        self.store.mailbox(ORGANIZATION, mailbox).await.expect("the ledger")
    }

    pub async fn request(&self, address: &str, handle: &str, wish: RequestWish) {
        let at = self.clock.now();
        let request = Request { wish, origin: RequestOrigin::Person, at };
        let key = self.key(address, handle);
        self.store
            .put_request(key, ItemKind::Email, request, Actor::Person)
            .await
            .expect("the ledger");
    }

    /// The record that an item is linked to, as the CRM has it.
    pub async fn record(&self, address: &str, handle: &str) -> Kept {
        let activity = self.activity(address, handle).await;
        lock(&self.crm.state).records[&activity].clone()
    }

    pub async fn activity(&self, address: &str, handle: &str) -> ActivityId {
        self.link(address, handle).await.activity.expect("a record")
    }

    pub async fn subject(&self, address: &str, handle: &str) -> String {
        super::subject(&self.record(address, handle).await.draft.content).to_owned()
    }

    pub fn records(&self) -> usize {
        lock(&self.crm.state).records.len()
    }

    pub async fn close_record(&self, address: &str, handle: &str, closed: bool) {
        let activity = self.activity(address, handle).await;
        let mut state = lock(&self.crm.state);
        state.records.get_mut(&activity).expect("the record").is_closed = closed;
    }

    /// A CRM user takes the link away.
    pub async fn unlink_in_crm(&self, address: &str, handle: &str) {
        let activity = self.activity(address, handle).await;
        let key = self.key(address, handle);
        let link = CrmLink { mailbox: key.mailbox, handle: key.handle };
        let mut state = lock(&self.crm.state);
        state.links.remove(&link);
        state.happened.push(CrmChange::Unlinked { link, activity });
    }

    /// A CRM user deletes the record.
    pub async fn delete_record(&self, address: &str, handle: &str) {
        let activity = self.activity(address, handle).await;
        let mut state = lock(&self.crm.state);
        state.records.remove(&activity);
        state.links.retain(|_, linked| *linked != activity);
        state.happened.push(CrmChange::RecordDeleted { activity });
    }

    pub async fn reconcile(&self) -> earmark_engine::ReconcileReport {
        self.engine.reconcile(ORGANIZATION, None, false).await.expect("a report")
    }
}

fn store(clock: &Arc<HandClock>) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(None, Mode::Inline, clock.clone()).expect("a ledger in memory"))
}

fn engine(
    clock: &Arc<HandClock>,
    server: &Arc<Server>,
    crm: &Arc<Pretend>,
    store: &Arc<dyn Store>,
    rules: &Rules,
) -> Arc<Engine> {
    Engine::new(Parts {
        store: Arc::clone(store),
        crms: vec![crm.clone()],
        mailboxes: server.clone(),
        clock: clock.clone(),
        random: Arc::new(Least),
        settings: Settings::default(),
        rules: rules.clone(),
    })
}

/// How an item is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    pub bears: bool,
    pub of: Option<(&'static str, Instant)>,
}

pub const BEARING: Made = Made { bears: true, of: None };
pub const PLAIN: Made = Made { bears: false, of: None };

pub fn start(day: i64) -> Instant {
    Instant::from_millis(BEGINNING + day * 86_400_000)
}

pub fn appointment(subject: &str) -> AppointmentContent {
    AppointmentContent {
        ical_uid: "040000008200E00074C5B7101A82E008".to_owned(),
        subject: subject.to_owned(),
        body: Body { kind: BodyKind::Text, text: String::new() },
        location: String::new(),
        start: start(1),
        end: start(1).plus(Duration::from_secs(3_600)),
        is_all_day: false,
        time_zone: "Europe/Berlin".to_owned(),
        show_as: ShowAs::Busy,
        importance: Importance::Normal,
        is_private: false,
        is_organizer: true,
        organizer: None,
        required: Vec::new(),
        optional: Vec::new(),
        join_url: None,
        recurrence: None,
        cancelled: Vec::new(),
    }
}

pub fn meeting(subject: &str) -> ItemContent {
    ItemContent::Appointment(appointment(subject))
}

/// The copy of somebody who was invited.
pub fn invited(subject: &str) -> ItemContent {
    ItemContent::Appointment(AppointmentContent { is_organizer: false, ..appointment(subject) })
}

pub fn series(subject: &str) -> ItemContent {
    let recurrence = Recurrence {
        pattern: RecurrencePattern::Daily { interval: 1 },
        start: "2026-03-02".parse().expect("a day"),
        end: RecurrenceEnd::Never,
        time_zone: "Europe/Berlin".to_owned(),
    };
    let appointment = appointment(subject);
    ItemContent::Appointment(AppointmentContent { recurrence: Some(recurrence), ..appointment })
}

pub fn task(subject: &str) -> ItemContent {
    ItemContent::Task(TaskContent {
        subject: subject.to_owned(),
        body: Body { kind: BodyKind::Text, text: String::new() },
        status: TaskStatus::NotStarted,
        percent_complete: None,
        importance: Importance::Normal,
        start: None,
        due: None,
        completed: None,
        back_link: None,
    })
}
