use crate::bench::{
    ANNA, BERT, LEASE, ORGANIZATION, claim, clock, leased, run, schedule, store, store_at,
};
use earmark_ledger::{Record, Store, StoreError, Unit};
use earmark_model::{Clock, OrganizationId};
use earmark_sqlite::Mode;
use std::time::Duration;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn the_longest_due_is_claimed_first_and_only_once() {
    run(async {
        let (store, clock) = store();
        let now = clock.now();
        let units = vec![
            (Unit::Mailbox(ANNA), now),
            (Unit::Mailbox(BERT), now.minus(MINUTE)),
            (Unit::Organization, now.plus(MINUTE)),
        ];
        store.put_units(ORGANIZATION, units).await.expect("put");
        let leases = claim(&store, "w1").await;
        let claimed: Vec<Unit> = leases.iter().map(|lease| lease.unit).collect();
        assert_eq!(claimed, [Unit::Mailbox(BERT), Unit::Mailbox(ANNA)]);
        assert_eq!(leases[0].fence, 1);
        assert_eq!(leases[0].expires, now.plus(LEASE));
        assert!(claim(&store, "w2").await.is_empty());
        let status = store.units(ORGANIZATION).await.expect("units");
        assert_eq!(status.len(), 3);
        assert_eq!(status[0].unit, Unit::Organization);
        assert_eq!(status[0].held_by, None);
        assert_eq!(status[1].held_by.as_deref(), Some("w1"));
    });
}

#[test]
fn a_claim_can_be_bounded_and_restricted_to_one_organization() {
    run(async {
        let (store, clock) = store();
        let other = OrganizationId(Uuid::from_u128(2));
        schedule(&store, &[Unit::Mailbox(ANNA), Unit::Mailbox(BERT)], &clock).await;
        let units = vec![(Unit::Organization, clock.now())];
        store.put_units(other, units).await.expect("put");
        let lease_for = |only, limit| store.claim("w", only, limit, LEASE);
        assert_eq!(lease_for(Some(OrganizationId(Uuid::nil())), 9).await.expect("claim"), []);
        let leases = lease_for(Some(other), 9).await.expect("claim");
        assert_eq!(leases.len(), 1);
        assert_eq!(leases[0].organization, other);
        assert_eq!(lease_for(None, 1).await.expect("claim").len(), 1);
        assert_eq!(lease_for(None, 9).await.expect("claim").len(), 1);
    });
}

#[test]
fn what_waits_does_not_wait_longer_when_the_clock_is_set_back() {
    run(async {
        let day = MINUTE * 24 * 60;
        let (store, clock, lease) = leased().await;
        store.release(&lease, clock.now().plus(MINUTE * 10), true).await.expect("released");
        clock.back(day);
        assert!(claim(&store, "w").await.is_empty());
        clock.forward(MINUTE * 9);
        assert!(claim(&store, "w").await.is_empty());
        clock.forward(MINUTE * 2);
        let held = claim(&store, "w").await.remove(0);
        clock.back(day);
        // What the worker had read was not moved.
        let next = claim(&store, "v").await.remove(0);
        assert!(next.fence > held.fence);
        let late = store.commit(&held, Record::default()).await;
        assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    });
}

#[test]
fn nothing_is_recorded_between_a_clock_that_is_set_back_and_the_next_claim() {
    run(async {
        let (store, clock, held) = leased().await;
        clock.back(MINUTE / 2);
        let held = store.renew(&held, LEASE).await.expect("an ordinary correction");
        clock.back(MINUTE * 10);
        let renewed = store.renew(&held, LEASE).await;
        assert!(matches!(renewed, Err(StoreError::LeaseLost)), "{renewed:?}");
        let late = store.commit(&held, Record::default()).await;
        assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
        let next = claim(&store, "v").await.remove(0);
        assert!(next.fence > held.fence);
        store.renew(&next, LEASE).await.expect("it holds");
    });
}

#[test]
fn an_expired_lease_goes_to_the_next_worker_with_a_higher_fence() {
    run(async {
        let (store, clock, first) = leased().await;
        clock.forward(LEASE - Duration::from_millis(1));
        assert!(claim(&store, "w2").await.is_empty());
        let first = store.renew(&first, LEASE).await.expect("renewed");
        clock.forward(Duration::from_millis(2));
        assert!(claim(&store, "w2").await.is_empty());
        assert_eq!(store.next_due().await.expect("due"), Some(first.expires));
        clock.forward(LEASE);
        let lost = store.renew(&first, LEASE).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)));
        let second = claim(&store, "w2").await.remove(0);
        assert_eq!(second.fence, first.fence + 1);
        let lost = store.release(&first, clock.now(), true).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)));
        store.release(&second, clock.now().plus(MINUTE), true).await.expect("released");
        let again = store.release(&second, clock.now(), true).await;
        assert!(matches!(again, Err(StoreError::LeaseLost)));
        let status = store.units(ORGANIZATION).await.expect("units").remove(0);
        assert_eq!((status.cycles, status.held_by), (1, None));
        assert_eq!(status.due, Some(clock.now().plus(MINUTE)));
    });
}

#[test]
fn what_an_ended_worker_held_is_due_at_once_and_nothing_of_it_is_recorded() {
    run(async {
        let (store, clock, dead) = leased().await;
        let later = clock.now().plus(LEASE * 2);
        store.wake(ORGANIZATION, Unit::Mailbox(ANNA), later).await.expect("woken");
        assert_eq!(store.take_back("w2").await.expect("nothing of w2"), 0);
        assert!(claim(&store, "w2").await.is_empty());
        assert_eq!(store.take_back("w1").await.expect("taken back"), 1);
        assert_eq!(store.take_back("w1").await.expect("repeated"), 0);
        // Also before anybody else has it.
        let lost = store.commit(&dead, earmark_ledger::Record::default()).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
        let next = claim(&store, "w2").await.remove(0);
        assert_eq!((next.unit, next.fence), (Unit::Mailbox(ANNA), dead.fence + 2));
        let lost = store.renew(&dead, LEASE).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)));
        store.release(&next, clock.now().plus(LEASE * 9), true).await.expect("released");
        assert_eq!(store.next_due().await.expect("due"), Some(later), "what was to come stays");
    });
}

#[test]
fn a_unit_woken_while_it_is_leased_is_due_again() {
    run(async {
        let (store, clock, lease) = leased().await;
        store.wake(ORGANIZATION, Unit::Mailbox(ANNA), clock.now()).await.expect("woken");
        assert!(claim(&store, "w2").await.is_empty());
        store.release(&lease, clock.now().plus(MINUTE), true).await.expect("released");
        let lease = claim(&store, "w2").await.remove(0);
        // The wake is used up.
        store.release(&lease, clock.now().plus(MINUTE), false).await.expect("released");
        assert!(claim(&store, "w3").await.is_empty());
        assert_eq!(store.next_due().await.expect("due"), Some(clock.now().plus(MINUTE)));
        // Never later than it was.
        let later = clock.now().plus(MINUTE * 2);
        store.wake(ORGANIZATION, Unit::Mailbox(ANNA), later).await.expect("woken");
        assert_eq!(store.next_due().await.expect("due"), Some(clock.now().plus(MINUTE)));
    });
}

#[test]
fn a_wake_for_later_outlives_a_worker_that_died() {
    run(async {
        let (store, clock, _dead) = leased().await;
        let later = clock.now().plus(LEASE * 2);
        store.wake(ORGANIZATION, Unit::Mailbox(ANNA), later).await.expect("woken");
        clock.forward(LEASE);
        let lease = claim(&store, "w2").await.remove(0);
        store.release(&lease, clock.now().plus(LEASE * 9), true).await.expect("released");
        assert_eq!(store.next_due().await.expect("due"), Some(later));
    });
}

#[test]
fn units_that_are_not_named_leave_the_schedule_and_known_ones_keep_their_due_time() {
    run(async {
        let (store, clock, lease) = leased().await;
        let due = clock.now().plus(MINUTE);
        store.release(&lease, due, true).await.expect("released");
        schedule(&store, &[Unit::Mailbox(ANNA), Unit::Mailbox(BERT)], &clock).await;
        assert_eq!(claim(&store, "w").await.len(), 1);
        assert_eq!(store.units(ORGANIZATION).await.expect("units")[0].due, Some(due));
        schedule(&store, &[Unit::Mailbox(BERT)], &clock).await;
        clock.forward(MINUTE * 5);
        assert_eq!(claim(&store, "w").await.len(), 1);
        assert_eq!(store.units(ORGANIZATION).await.expect("units").len(), 1);
        schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
        let status = store.units(ORGANIZATION).await.expect("units").remove(0);
        assert_eq!((status.due, status.cycles), (Some(clock.now()), 1));
    });
}

#[test]
fn who_holds_a_unit_that_leaves_the_schedule_finishes_with_it() {
    run(async {
        let (store, clock, lease) = leased().await;
        schedule(&store, &[], &clock).await;
        store.renew(&lease, LEASE).await.expect("renewed");
        store.release(&lease, clock.now(), true).await.expect("released");
        assert!(claim(&store, "w").await.is_empty());
        assert_eq!(store.next_due().await.expect("due"), None);
    });
}

#[test]
fn a_paused_unit_stays_paused_until_it_is_resumed() {
    run(async {
        let (store, clock) = store();
        schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
        store.pause(ORGANIZATION, Unit::Mailbox(ANNA)).await.expect("paused");
        schedule(&store, &[Unit::Mailbox(ANNA)], &clock).await;
        store.wake(ORGANIZATION, Unit::Mailbox(ANNA), clock.now()).await.expect("woken");
        assert!(claim(&store, "w").await.is_empty());
        assert_eq!(store.units(ORGANIZATION).await.expect("units")[0].due, None);
        store.resume(ORGANIZATION, Unit::Mailbox(ANNA)).await.expect("resumed");
        assert_eq!(claim(&store, "w").await.len(), 1);
    });
}

#[test]
fn two_stores_over_one_file_share_one_schedule() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("ledger.db");
    let clock = clock();
    let (one, two) =
        (store_at(&path, Mode::Threaded, &clock), store_at(&path, Mode::Inline, &clock));
    run(async {
        let units: Vec<Unit> = (0..40)
            .map(|n| Unit::Mailbox(earmark_model::MailboxId(Uuid::from_u128(100 + n))))
            .collect();
        schedule(&one, &units, &clock).await;
        let mut claimed = Vec::new();
        while claimed.len() < 40 {
            let mine = one.claim("one", None, 3, LEASE).await.expect("claim");
            let theirs = two.claim("two", None, 2, LEASE).await.expect("claim");
            assert!(!mine.is_empty() || !theirs.is_empty());
            claimed.extend(mine.into_iter().chain(theirs).map(|lease| lease.unit));
        }
        claimed.sort();
        claimed.dedup();
        assert_eq!(claimed, units);
        assert!(two.claim("two", None, 2, LEASE).await.expect("claim").is_empty());
    });
}

#[test]
fn two_writers_on_threads_wait_for_each_other() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("ledger.db");
    let clock = clock();
    run(schedule(&store_at(&path, Mode::Inline, &clock), &[Unit::Mailbox(ANNA)], &clock));
    let workers: Vec<_> = (0..2)
        .map(|number| {
            let store = store_at(&path, Mode::Threaded, &clock);
            std::thread::spawn(move || {
                run(async move {
                    for turn in 0..100_i64 {
                        let at = earmark_model::Instant::from_millis(turn * 2 + number);
                        let unit = Unit::Mailbox(ANNA);
                        store.wake(ORGANIZATION, unit, at).await.expect("waits, never fails");
                    }
                });
            })
        })
        .collect();
    for worker in workers {
        worker.join().expect("no panic");
    }
}
