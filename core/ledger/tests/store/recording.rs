use crate::bench::{
    ANNA, BERT, LEASE, ORGANIZATION, activity, claim, clock, full_link, key, leased, links,
    only_link, run, schedule, store, store_at,
};
use earmark_ledger::{
    AcceptanceMemory, CategoryMemory, Comparison, ComparisonMemory, CrmPause, DelegatesMemory,
    EpochKey, EpochRow, HeldDecision, HistoryEntry, Intent, MailboxMemory, OrganizationMemory,
    Record, StampMemory, Store, StoreError, SweptLink, TestMemory, Tombstone, Unit,
};
use earmark_model::{
    Actor, Baseline, CategoryColor, Clock, CrmSide, Direction, FailureNote, Instant, ItemKind, Link,
};
use earmark_sqlite::Mode;
use std::time::Duration;

fn at(millis: i64) -> Instant {
    Instant::from_millis(millis)
}

fn tombstone(source: &str) -> Tombstone {
    Tombstone { mailbox: ANNA, source_key: source.into(), direction: Direction::Incoming }
}

fn epoch_key(source: &str) -> EpochKey {
    EpochKey { kind: ItemKind::Email, source_key: source.into(), discriminator: "sent".into() }
}

fn mailbox_memory() -> MailboxMemory {
    let category = |name: &str| CategoryMemory {
        id: Some("c-1".into()),
        name: name.into(),
        color: CategoryColor::Preset(4),
        previous_names: vec!["b".into(), "a".into()],
    };
    MailboxMemory {
        tracked: Some(category("Tracked")),
        undeliverable: Some(CategoryMemory {
            id: None,
            color: CategoryColor::None,
            previous_names: vec![],
            ..category("Undeliverable")
        }),
        checkpoint: Some("delta".into()),
        swept_at: Some(at(1)),
        bearers: 2,
        unsettled_until: Some(at(3)),
        saw_switch_off: true,
        not_before: Some(at(4)),
        circuit_opened: Some(at(5)),
        circuit_failures: 6,
        last_success: Some(at(7)),
        last_failure: Some(failure()),
        regular_due: Some(at(8)),
        acceptance: AcceptanceMemory {
            since: Some(at(9)),
            closed_at: Some(at(10)),
            arrived_until: Some(at(11)),
            watermark: Some(at(12)),
            watermark_at: Some(at(13)),
        },
        delegates: DelegatesMemory {
            mailboxes: vec![ANNA, BERT],
            read_at: Some(at(14)),
            differs: true,
        },
        stamp: StampMemory { read_at: Some(at(15)), is_anothers: true },
        test: TestMemory {
            at: Some(at(16)),
            incoming: "another_organization".to_owned(),
            act: "access_refused".to_owned(),
        },
        comparison: ComparisonMemory::default(),
    }
}

fn failure() -> FailureNote {
    FailureNote { class: "timeout".into(), code: "t".into(), detail: "d".into() }
}

fn pause() -> CrmPause {
    CrmPause { not_before: Some(at(1)), circuit_opened: Some(at(2)), circuit_failures: 3 }
}

fn full_record() -> Record {
    Record {
        links: vec![full_link(key(ANNA, "1"))],
        mailbox: Some(mailbox_memory()),
        organization: Some(OrganizationMemory {
            checkpoint: Some("feed".into()),
            pause: pause(),
            last_success: Some(at(4)),
            last_failure: Some(failure()),
        }),
        pause: Some(pause()),
        tombstones: vec![tombstone("a"), tombstone("b")],
        tombstones_cleared: vec![tombstone("b")],
        epochs: vec![EpochRow {
            key: epoch_key("a"),
            epoch: 2,
            deleted: true,
            activity: Some(activity(1)),
        }],
        intents: vec![Intent { kind: "subscription".into(), target: "t".into(), issued_at: at(1) }],
        held: vec![HeldDecision {
            key: key(ANNA, "1"),
            reason: "r".into(),
            held_since: at(1),
            released_at: None,
        }],
        endings: vec![SweptLink { key: key(ANNA, "1"), at: at(9), by_user: false }],
        history: vec![HistoryEntry {
            key: key(ANNA, "1"),
            at: at(9),
            event: "tracked".into(),
            reason: "r".into(),
            trigger: "cycle".into(),
            actor: Some(Actor::Service),
            answers: None,
            detail: "d".into(),
        }],
        wake: vec![BERT],
        ..Record::default()
    }
}

#[test]
fn what_waits_is_released_by_a_person_once_and_stays_released_when_it_is_held_again() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let org = ORGANIZATION;
        let record = full_record();
        store.commit(&lease, record.clone()).await.expect("committed");
        assert_eq!(store.release_held(org, BERT).await.expect("ok"), 0);
        assert_eq!(store.release_held(org, ANNA).await.expect("ok"), 1);
        assert_eq!(store.release_held(org, ANNA).await.expect("ok"), 0);
        let again = Record { held: record.held, ..Record::default() };
        store.commit(&lease, again).await.expect("committed");
        let held = store.held(org, ANNA).await.expect("ok");
        assert!(held[0].released_at.is_some());
    });
}

#[test]
fn everything_that_is_recorded_is_remembered() {
    run(async {
        let (store, clock, lease) = leased().await;
        let record = full_record();
        assert_eq!(store.commit(&lease, record.clone()).await.expect("committed"), []);
        // A second time changes nothing but what is a log.
        let again = Record { endings: vec![], history: vec![], ..record.clone() };
        store.commit(&lease, again).await.expect("committed");
        let org = ORGANIZATION;
        assert_eq!(store.links(org, ANNA).await.expect("ok"), record.links);
        assert_eq!(Some(store.mailbox(org, ANNA).await.expect("ok")), record.mailbox);
        assert_eq!(Some(store.organization(org).await.expect("ok")), record.organization);
        assert_eq!(store.tombstones(org, ANNA).await.expect("ok"), record.tombstones);
        let wanted = vec![epoch_key("unknown"), epoch_key("a")];
        assert_eq!(store.epochs(org, wanted).await.expect("ok"), record.epochs);
        assert_eq!(store.intents(org, ANNA).await.expect("ok"), record.intents);
        assert_eq!(store.held(org, ANNA).await.expect("ok"), record.held);
        assert_eq!(store.endings(org, at(9)).await.expect("ok"), record.endings);
        assert_eq!(store.endings(org, at(10)).await.expect("ok"), []);
        assert_eq!(store.history(&key(ANNA, "1")).await.expect("ok"), record.history);
        assert_eq!(store.tracked_count(org).await.expect("ok"), 1);
        let done = Record {
            intents_done: vec![("subscription".into(), "t".into())],
            released: vec![key(ANNA, "1")],
            mailbox: Some(MailboxMemory::default()),
            links: vec![Link { baseline: Baseline::Untracked, ..record.links[0].clone() }],
            ..Record::default()
        };
        store.commit(&lease, done).await.expect("committed");
        assert_eq!(store.intents(org, ANNA).await.expect("ok"), []);
        assert_eq!(store.held(org, ANNA).await.expect("ok"), []);
        assert_eq!(store.mailbox(org, ANNA).await.expect("ok"), MailboxMemory::default());
        assert_eq!(store.tracked_count(org).await.expect("ok"), 0);
        drop(clock);
    });
}

#[test]
fn nothing_is_remembered_before_anything_was_recorded() {
    run(async {
        let (store, _clock) = store();
        assert_eq!(store.mailbox(ORGANIZATION, ANNA).await.expect("ok"), Default::default());
        assert_eq!(store.organization(ORGANIZATION).await.expect("ok"), Default::default());
        assert_eq!(store.links(ORGANIZATION, ANNA).await.expect("ok"), []);
        assert_eq!(store.tracked_count(ORGANIZATION).await.expect("ok"), 0);
        assert_eq!(store.units(ORGANIZATION).await.expect("ok"), []);
    });
}

#[test]
fn a_lost_lease_records_nothing() {
    run(async {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ledger.db");
        let clock = clock();
        let (one, two) =
            (store_at(&path, Mode::Threaded, &clock), store_at(&path, Mode::Threaded, &clock));
        schedule(&one, &[Unit::Mailbox(ANNA)], &clock).await;
        let stale = claim(&one, "one").await.remove(0);
        clock.forward(LEASE);
        let expired = one.commit(&stale, full_record()).await;
        assert!(matches!(expired, Err(StoreError::LeaseLost)), "ran out, nobody took it yet");
        let fresh = claim(&two, "two").await.remove(0);
        let taken = one.commit(&stale, full_record()).await;
        assert!(matches!(taken, Err(StoreError::LeaseLost)), "another worker has it");
        assert_eq!(two.links(ORGANIZATION, ANNA).await.expect("links"), []);
        assert_eq!(two.history(&key(ANNA, "1")).await.expect("history"), []);
        two.commit(&fresh, full_record()).await.expect("committed");
        assert_eq!(one.links(ORGANIZATION, ANNA).await.expect("links").len(), 1);
    });
}

#[test]
fn a_deleted_record_is_seen_by_every_link_and_beside_the_epoch() {
    run(async {
        let (store, clock) = store();
        let units = [Unit::Organization, Unit::Mailbox(ANNA), Unit::Mailbox(BERT)];
        schedule(&store, &units, &clock).await;
        let leases = claim(&store, "w").await;
        let lease = |unit| leases.iter().find(|l| l.unit == unit).expect("leased").clone();
        for mailbox in [ANNA, BERT] {
            let link = full_link(key(mailbox, "1"));
            store.commit(&lease(Unit::Mailbox(mailbox)), links(vec![link])).await.expect("ok");
            let due = clock.now().plus(LEASE * 10);
            store.release(&lease(Unit::Mailbox(mailbox)), due, true).await.expect("ok");
        }
        let deleted =
            Record { deleted_activities: vec![activity(5), activity(404)], ..Record::default() };
        let woken = store.commit(&lease(Unit::Organization), deleted).await.expect("ok");
        assert_eq!(woken, [ANNA, BERT]);
        assert_eq!(claim(&store, "w").await.len(), 2, "both are due at once");
        assert_eq!(only_link(&store, ANNA).await.crm, CrmSide::RecordDeleted);
        assert_eq!(only_link(&store, BERT).await.crm, CrmSide::RecordDeleted);
        let wanted = vec![epoch_key("1@example.com")];
        let epochs = store.epochs(ORGANIZATION, wanted.clone()).await.expect("ok");
        let expected = EpochRow {
            key: wanted[0].clone(),
            epoch: 0,
            deleted: true,
            activity: Some(activity(5)),
        };
        assert_eq!(epochs, std::slice::from_ref(&expected));
        // Once the epoch was raised, the deletion of the record before it changes nothing.
        let raised = EpochRow { epoch: 1, deleted: false, activity: Some(activity(6)), ..expected };
        let record = Record {
            epochs: vec![raised.clone()],
            deleted_activities: vec![activity(5)],
            ..Record::default()
        };
        store.commit(&lease(Unit::Organization), record).await.expect("ok");
        assert_eq!(store.epochs(ORGANIZATION, wanted).await.expect("ok"), [raised]);
    });
}

#[test]
fn a_feed_that_began_anew_has_every_mailbox_and_meeting_compared_until_it_is_done() {
    run(async {
        let (store, clock) = store();
        schedule(&store, &[Unit::Organization, Unit::Mailbox(ANNA)], &clock).await;
        let leases = claim(&store, "w").await;
        let lease = |unit| leases.iter().find(|l| l.unit == unit).expect("leased").clone();
        let mut meeting = full_link(key(ANNA, "1"));
        (meeting.kind, meeting.baseline) = (ItemKind::Appointment, Baseline::Tracked);
        let (told, merged) = (meeting.edits.told, meeting.edits.merged);
        store.commit(&lease(Unit::Mailbox(ANNA)), links(vec![meeting])).await.expect("ok");
        let anew = || {
            let comparison = Some(Comparison::MailboxesAndRecords);
            Record { comparison, ..Record::default() }
        };
        store.commit(&lease(Unit::Organization), anew()).await.expect("ok");
        let edits = only_link(&store, ANNA).await.edits;
        assert!(edits.is_open() && edits.merged == merged, "{edits:?}, {told} told before");
        assert!(edits.is_guess);
        let mut memory = store.mailbox(ORGANIZATION, ANNA).await.expect("ok");
        assert_eq!(memory.comparison, ComparisonMemory { wanted: 1, done: 0 });
        memory.comparison.done = memory.comparison.wanted;
        // What is wanted meanwhile is still to be done.
        store.commit(&lease(Unit::Organization), anew()).await.expect("ok");
        let done = Record { mailbox: Some(memory), ..Record::default() };
        store.commit(&lease(Unit::Mailbox(ANNA)), done).await.expect("ok");
        let memory = store.mailbox(ORGANIZATION, ANNA).await.expect("ok");
        assert_eq!(memory.comparison, ComparisonMemory { wanted: 2, done: 1 });
        assert!(memory.comparison.is_due());
    });
}

#[test]
fn a_deletion_is_forgotten_only_while_an_item_is_linked_to_the_very_record() {
    run(async {
        let (store, clock) = store();
        schedule(&store, &[Unit::Organization, Unit::Mailbox(ANNA)], &clock).await;
        let leases = claim(&store, "w").await;
        let lease = |unit| leases.iter().find(|l| l.unit == unit).expect("leased").clone();
        let link = Link { crm: CrmSide::Linked, ..full_link(key(ANNA, "1")) };
        let row = EpochRow {
            key: epoch_key("1@example.com"),
            epoch: 1,
            deleted: true,
            activity: link.activity,
        };
        let believed = Record { epochs: vec![row.clone()], ..links(vec![link]) };
        store.commit(&lease(Unit::Mailbox(ANNA)), believed).await.expect("ok");
        let deleted = async || {
            let rows = store.epochs(ORGANIZATION, vec![row.key.clone()]).await.expect("ok");
            rows[0].deleted
        };
        let other = EpochRow { activity: Some(activity(404)), ..row.clone() };
        let revive = |row: &EpochRow| Record { revived: vec![row.clone()], ..Record::default() };
        store.commit(&lease(Unit::Mailbox(ANNA)), revive(&other)).await.expect("ok");
        assert!(deleted().await, "another record");
        store.commit(&lease(Unit::Mailbox(ANNA)), revive(&row)).await.expect("ok");
        assert!(!deleted().await, "an item is linked to it");
        // The feed tells of the deletion before the comparison that saw the record is recorded.
        let fed = Record { deleted_activities: vec![activity(5)], ..Record::default() };
        store.commit(&lease(Unit::Organization), fed).await.expect("ok");
        store.commit(&lease(Unit::Mailbox(ANNA)), revive(&row)).await.expect("ok");
        assert!(deleted().await, "the feed is right");
    });
}

#[test]
fn a_link_taken_away_in_the_crm_is_not_brought_back_by_a_worker_that_read_it_before() {
    run(async {
        let (store, clock) = store();
        schedule(&store, &[Unit::Organization, Unit::Mailbox(ANNA)], &clock).await;
        let leases = claim(&store, "w").await;
        let (feed, worker) = (&leases[0], &leases[1]);
        let link = full_link(key(ANNA, "1"));
        store.commit(worker, links(vec![link.clone()])).await.expect("ok");
        let unlinked = |number| Record {
            unlinked_in_crm: vec![(key(ANNA, "1"), activity(number))],
            ..Record::default()
        };
        store.commit(feed, unlinked(404)).await.expect("ok");
        assert_eq!(only_link(&store, ANNA).await.crm, CrmSide::Linked, "another record");
        store.commit(feed, unlinked(5)).await.expect("ok");
        for _ in 0..2 {
            store.commit(worker, links(vec![link.clone()])).await.expect("ok");
            assert_eq!(only_link(&store, ANNA).await.crm, CrmSide::NotLinked);
        }
        // What the worker itself did in the CRM counts: here, on a person's request.
        let relinked = Record {
            links: vec![link.clone()],
            served: vec![(key(ANNA, "1"), clock.now())],
            ..Record::default()
        };
        store.commit(worker, relinked).await.expect("ok");
        assert_eq!(only_link(&store, ANNA).await.crm, CrmSide::Linked);
        // A later holder has read the change.
        store.commit(feed, unlinked(5)).await.expect("ok");
        store.release(worker, clock.now(), true).await.expect("ok");
        let next = store.claim("w", None, 1, Duration::from_secs(5)).await.expect("ok").remove(0);
        store.commit(&next, links(vec![link])).await.expect("ok");
        assert_eq!(only_link(&store, ANNA).await.crm, CrmSide::Linked);
    });
}

#[test]
fn an_epoch_never_falls_and_its_deletion_is_not_forgotten() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let row = |epoch, deleted, number| EpochRow {
            key: epoch_key("a"),
            epoch,
            deleted,
            activity: Some(activity(number)),
        };
        let steps = [
            (row(0, false, 1), row(0, false, 1)),
            (row(0, true, 1), row(0, true, 1)),
            (row(0, false, 1), row(0, true, 1)),
            (row(1, false, 2), row(1, false, 2)),
            (row(0, true, 1), row(1, false, 2)),
        ];
        for (written, expected) in steps {
            let record = Record { epochs: vec![written], ..Record::default() };
            store.commit(&lease, record).await.expect("committed");
            let epochs = store.epochs(ORGANIZATION, vec![epoch_key("a")]).await.expect("epochs");
            assert_eq!(epochs, [expected]);
        }
    });
}
