//! A workbench: stores with a clock that is turned by hand.

use earmark_ledger::{Lease, Record, SqliteStore, Store, Unit};
use earmark_model::{
    ActivityId, Baseline, Clock, CrmSide, Direction, Instant, ItemHandle, ItemKind, ItemState,
    Link, LinkKey, MailboxId, OrganizationId, Request, RequestOrigin, RequestWish,
};
use earmark_sqlite::Mode;
use std::{
    future::Future,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

pub const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
pub const ANNA: MailboxId = MailboxId(Uuid::from_u128(10));
pub const BERT: MailboxId = MailboxId(Uuid::from_u128(11));
pub const LEASE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn forward(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }

    pub fn back(&self, by: Duration) {
        self.0.fetch_sub(by.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub fn run<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(work)
}

pub fn store() -> (SqliteStore, Arc<HandClock>) {
    let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
    (SqliteStore::open(None, Mode::Inline, clock.clone()).expect("open"), clock)
}

/// A second store over the file of a first one, as another process would have it.
pub fn store_at(path: &Path, mode: Mode, clock: &Arc<HandClock>) -> SqliteStore {
    SqliteStore::open(Some(path), mode, clock.clone()).expect("open")
}

pub fn clock() -> Arc<HandClock> {
    Arc::new(HandClock(AtomicI64::new(1_000_000)))
}

pub async fn schedule(store: &SqliteStore, units: &[Unit], clock: &HandClock) {
    let units = units.iter().map(|unit| (*unit, clock.now())).collect();
    store.put_units(ORGANIZATION, units).await.expect("put units");
}

pub async fn claim(store: &SqliteStore, worker: &str) -> Vec<Lease> {
    store.claim(worker, None, 10, LEASE).await.expect("claim")
}

/// A store with Anna's mailbox scheduled and leased.
pub async fn leased() -> (SqliteStore, Arc<HandClock>, Lease) {
    let (store, clock) = store();
    schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
    let lease = claim(&store, "w1").await.remove(0);
    (store, clock, lease)
}

pub fn key(mailbox: MailboxId, handle: &str) -> LinkKey {
    LinkKey { organization: ORGANIZATION, mailbox, handle: ItemHandle::from(handle) }
}

/// A link with every field set to something else than its default.
pub fn full_link(key: LinkKey) -> Link {
    let at = Instant::from_millis(77);
    let source = format!("{}@example.com", key.handle);
    Link {
        source_key: Some(source.clone()),
        direction: Some(Direction::Outgoing),
        discriminator: "sent".into(),
        message_id: Some(format!(" <{source}> ")),
        activity: Some(activity(5)),
        baseline: Baseline::Tracked,
        crm: CrmSide::Linked,
        owes_category: true,
        ignored: true,
        uncategorized: true,
        own_write: Some(earmark_model::OwnWrite { base: "v1".into(), result: Some("v2".into()) }),
        confirmed_name: Some("Tracked to Dynamics 365".into()),
        attempts: 3,
        not_before: Some(at),
        failure: Some(earmark_model::FailureNote {
            class: "refused".into(),
            code: "0x80040265".into(),
            detail: "A plug-in refused".into(),
        }),
        undeliverable: earmark_model::UndeliverableMark::Intended,
        linked_at: Some(at),
        state: ItemState::Tracked,
        reason: "category_assigned".into(),
        ..Link::new(key, ItemKind::Email, at)
    }
}

pub fn activity(number: u128) -> ActivityId {
    ActivityId(Uuid::from_u128(number))
}

pub fn track(at: Instant) -> Request {
    Request { wish: RequestWish::Track { regarding: None }, origin: RequestOrigin::Person, at }
}

pub fn links(links: Vec<Link>) -> Record {
    Record { links, ..Record::default() }
}

pub async fn only_link(store: &SqliteStore, mailbox: MailboxId) -> Link {
    let mut links = store.links(ORGANIZATION, mailbox).await.expect("links");
    assert_eq!(links.len(), 1);
    links.remove(0)
}
