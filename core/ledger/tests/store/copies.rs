use crate::bench::{
    ANNA, BERT, HandClock, LEASE, ORGANIZATION, activity, claim, clock, full_link, key, links, run,
    schedule, store, store_at,
};
use earmark_ledger::{CopyOutcome, ExpectedCopy, Lease, Record, SqliteStore, Store, Unit};
use earmark_model::{Clock, Direction, Instant, ItemHandle, MailboxId};
use earmark_sqlite::{Mode, rusqlite::Connection};
use std::{path::Path, slice::from_ref, sync::Arc, time::Duration};
use uuid::Uuid;

const CLEO: MailboxId = MailboxId(Uuid::from_u128(12));

fn copy(mailbox: MailboxId, source: &str) -> ExpectedCopy {
    ExpectedCopy {
        mailbox,
        source_key: source.to_owned(),
        direction: Some(Direction::Incoming),
        activity: activity(5),
        origin: key(ANNA, "tracked"),
        opened_at: Instant::from_millis(1_000_000),
        looked_at: None,
        is_put_away: false,
    }
}

fn expecting(expected: Vec<ExpectedCopy>) -> Record {
    Record { expected, ..Record::default() }
}

async fn open(store: &SqliteStore, mailbox: MailboxId) -> Vec<ExpectedCopy> {
    store.expected_copies(ORGANIZATION, mailbox).await.expect("copies")
}

/// Anna's and Bert's mailboxes, with Anna's lease; Bert's is due in an hour.
async fn two() -> (SqliteStore, Arc<HandClock>, Lease) {
    let (store, clock) = store();
    schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
    let later = clock.now().plus(Duration::from_secs(3_600));
    let units = vec![(Unit::Mailbox(ANNA), clock.now()), (Unit::Mailbox(BERT), later)];
    store.put_units(ORGANIZATION, units).await.expect("put units");
    let lease = store.claim("w1", None, 1, LEASE).await.expect("claim").remove(0);
    assert_eq!(lease.unit, Unit::Mailbox(ANNA));
    (store, clock, lease)
}

#[test]
fn a_copy_is_expected_once_and_makes_its_mailbox_due() {
    run(async {
        let (store, clock, lease) = two().await;
        let wanted = copy(BERT, "one@example.com");
        let woken = store.commit(&lease, expecting(vec![wanted.clone()])).await.expect("ok");
        assert_eq!(woken, [BERT]);
        assert_eq!(open(&store, BERT).await, from_ref(&wanted));
        assert_eq!(open(&store, CLEO).await, []);
        let again = ExpectedCopy { activity: activity(6), ..wanted.clone() };
        let woken = store.commit(&lease, expecting(vec![again])).await.expect("ok");
        assert_eq!(woken, []);
        assert_eq!(open(&store, BERT).await, from_ref(&wanted));
        let due = store.claim("w2", None, 10, LEASE).await.expect("claim");
        assert_eq!(due.len(), 1, "Bert's mailbox is due at once");
        assert_eq!(due[0].unit, Unit::Mailbox(BERT));
        let seen = store.glimpse(ORGANIZATION, BERT, vec![ItemHandle::from("x")]).await;
        assert_eq!(seen.expect("glimpse").expected, [wanted]);
        drop(clock);
    });
}

#[test]
fn a_mailbox_with_a_linked_copy_of_that_direction_expects_none() {
    run(async {
        let (store, _clock, lease) = two().await;
        store.commit(&lease, links(vec![full_link(key(BERT, "here"))])).await.expect("ok");
        let source = "here@example.com";
        let sent = ExpectedCopy { direction: Some(Direction::Outgoing), ..copy(BERT, source) };
        let either = ExpectedCopy { direction: None, ..copy(BERT, source) };
        let woken = store.commit(&lease, expecting(vec![sent, either])).await.expect("ok");
        assert_eq!(woken, []);
        let received = copy(BERT, source);
        let woken = store.commit(&lease, expecting(vec![received.clone()])).await.expect("ok");
        assert_eq!((woken, open(&store, BERT).await), (vec![BERT], vec![received]));
    });
}

#[test]
fn what_was_looked_for_stays_expected_until_it_is_closed_and_may_be_expected_anew() {
    run(async {
        let (store, clock, lease) = two().await;
        let (one, two) = (copy(BERT, "one@example.com"), copy(BERT, "two@example.com"));
        let both = vec![one.clone(), two.clone()];
        store.commit(&lease, expecting(both)).await.expect("ok");
        let bert = store.claim("w2", None, 10, LEASE).await.expect("claim").remove(0);
        let seen = ExpectedCopy { looked_at: Some(clock.now()), is_put_away: true, ..one.clone() };
        let record = Record {
            copies_looked: vec![seen.clone()],
            copies_closed: vec![(two.clone(), CopyOutcome::Found)],
            ..Record::default()
        };
        store.commit(&bert, record.clone()).await.expect("ok");
        assert_eq!(open(&store, BERT).await, from_ref(&seen));
        store.commit(&bert, record).await.expect("a repetition changes nothing");
        let later = ExpectedCopy { opened_at: Instant::from_millis(2_000_000), ..two };
        let woken = store.commit(&lease, expecting(vec![one, later.clone()])).await.expect("ok");
        assert_eq!(woken, [BERT]);
        assert_eq!(open(&store, BERT).await, [seen, later]);
    });
}

#[test]
fn closed_copies_go_with_the_history_of_their_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let clock = clock();
    let store = store_at(&path, Mode::Inline, &clock);
    run(async {
        schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
        let lease = claim(&store, "w1").await.remove(0);
        let (one, two) = (copy(ANNA, "one@example.com"), copy(ANNA, "two@example.com"));
        let both = vec![one.clone(), two.clone()];
        store.commit(&lease, expecting(both)).await.expect("ok");
        let closed = vec![(one, CopyOutcome::NotFound)];
        let record = Record { copies_closed: closed, ..Record::default() };
        store.commit(&lease, record).await.expect("ok");
        store.prune_history(ORGANIZATION, clock.now(), 10).await.expect("pruned");
        assert_eq!(rows(&path), 2, "what was closed at that instant stays");
        let after = clock.now().plus(Duration::from_millis(1));
        store.prune_history(ORGANIZATION, after, 10).await.expect("pruned");
        assert_eq!(rows(&path), 1);
        assert_eq!(open(&store, ANNA).await, [two]);
    });
}

fn rows(path: &Path) -> i64 {
    let connection = Connection::open(path).expect("the file");
    let count = "SELECT count(*) FROM expected_copy";
    connection.query_row(count, [], |row| row.get(0)).expect("a count")
}
