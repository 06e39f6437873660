use crate::bench::{ANNA, BERT, ORGANIZATION, full_link, key, leased, links, run, schedule};
use earmark_ledger::{
    HeldDecision, HistoryEntry, ItemQuery, Record, Store, StoreError, SweptLink, Trouble, Unit,
};
use earmark_model::{Actor, Instant, ItemState, Link, OrganizationId, limits};
use uuid::Uuid;

fn entry(handle: &str, millis: i64) -> HistoryEntry {
    HistoryEntry {
        key: key(ANNA, handle),
        at: Instant::from_millis(millis),
        event: "tracked".into(),
        reason: "r".into(),
        trigger: "cycle".into(),
        actor: Some(Actor::Service),
        answers: None,
        detail: String::new(),
    }
}

#[test]
fn items_come_in_pages_that_never_overlap() {
    run(async {
        let (store, clock, lease) = leased().await;
        schedule(&store, &[Unit::Mailbox(ANNA), Unit::Mailbox(BERT)], &clock).await;
        let mut all: Vec<Link> = (0..5).map(|n| full_link(key(ANNA, &n.to_string()))).collect();
        all.extend((0..2).map(|n| full_link(key(BERT, &n.to_string()))));
        store.commit(&lease, links(all.clone())).await.expect("committed");
        let mut query = ItemQuery { limit: 3, ..ItemQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = store.items(ORGANIZATION, query.clone()).await.expect("page");
            assert!(page.items.len() <= 3);
            seen.extend(page.items.into_iter().map(|(_, link)| link));
            query.cursor = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        let bert = ItemQuery { mailbox: Some(BERT), limit: 2, ..ItemQuery::default() };
        let page = store.items(ORGANIZATION, bert).await.expect("page");
        assert_eq!((page.items.len(), page.next), (2, None));
        let (id, link) = page.items[0].clone();
        assert_eq!(store.item(ORGANIZATION, id).await.expect("item"), link);
        let elsewhere = OrganizationId(Uuid::from_u128(2));
        assert!(matches!(store.item(elsewhere, id).await, Err(StoreError::NotFound)));
        assert!(matches!(store.item(ORGANIZATION, 999).await, Err(StoreError::NotFound)));
    });
}

#[test]
fn items_are_found_by_message_id_with_and_without_brackets_by_state_and_by_handle() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let pending = Link { state: ItemState::Pending, ..full_link(key(ANNA, "2")) };
        let both = vec![full_link(key(ANNA, "1")), pending];
        store.commit(&lease, links(both)).await.expect("committed");
        let base = ItemQuery { limit: 10, ..ItemQuery::default() };
        let by_message = |text: &str| ItemQuery { message_id: Some(text.into()), ..base.clone() };
        let queries = [
            (by_message("<2@example.com>"), 1),
            (by_message(" 2@example.com"), 1),
            (by_message("3@example.com"), 0),
            (ItemQuery { state: Some(ItemState::Pending), ..base.clone() }, 1),
            (ItemQuery { state: Some(ItemState::Held), ..base.clone() }, 0),
            (ItemQuery { handle: Some("2".into()), ..base.clone() }, 1),
            (ItemQuery { mailbox: Some(BERT), ..base.clone() }, 0),
            (ItemQuery { limit: 0, ..base.clone() }, 1),
            (base, 2),
        ];
        for (query, count) in queries {
            let page = store.items(ORGANIZATION, query.clone()).await.expect("page");
            assert_eq!(page.items.len(), count, "{query:?}");
        }
    });
}

#[test]
fn history_is_oldest_first_and_does_not_need_a_link() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let first = Record { history: vec![entry("1", 20), entry("1", 10)], ..Record::default() };
        store.commit(&lease, first).await.expect("committed");
        let second = Record {
            links: vec![full_link(key(ANNA, "1"))],
            history: vec![entry("1", 30), entry("2", 5)],
            ..Record::default()
        };
        store.commit(&lease, second).await.expect("committed");
        let history = store.history(&key(ANNA, "1")).await.expect("history");
        assert_eq!(history, [entry("1", 10), entry("1", 20), entry("1", 30)]);
        assert_eq!(store.links(ORGANIZATION, ANNA).await.expect("links").len(), 1);
    });
}

#[test]
fn history_is_bounded_by_age_and_by_count() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let count = limits::HISTORY_ENTRIES_MAX + 7;
        let mut history: Vec<HistoryEntry> =
            (0..count).map(|n| entry("1", 100 + i64::try_from(n).expect("small"))).collect();
        history.extend([entry("2", 50), entry("2", 100)]);
        let ending = SweptLink { key: key(ANNA, "1"), at: Instant::from_millis(50), by_user: true };
        let record = Record { history, endings: vec![ending], ..Record::default() };
        store.commit(&lease, record).await.expect("committed");
        let prune = || {
            let before = Instant::from_millis(100);
            store.prune_history(ORGANIZATION, before, limits::HISTORY_ENTRIES_MAX)
        };
        assert_eq!(prune().await.expect("pruned"), 8);
        assert_eq!(prune().await.expect("pruned"), 0);
        // Only what came since is looked at, and what came since is looked at.
        let more = Record { history: vec![entry("1", 900)], ..Record::default() };
        store.commit(&lease, more).await.expect("committed");
        assert_eq!(prune().await.expect("pruned"), 1);
        let kept = store.history(&key(ANNA, "1")).await.expect("history");
        assert_eq!(kept.len(), limits::HISTORY_ENTRIES_MAX);
        assert_eq!(kept[0].at, Instant::from_millis(108));
        assert_eq!(store.history(&key(ANNA, "2")).await.expect("history").len(), 1);
        assert_eq!(store.endings(ORGANIZATION, Instant::default()).await.expect("ok"), []);
        let fewer = store.prune_history(ORGANIZATION, Instant::default(), 3).await.expect("ok");
        assert_eq!(fewer, u64::try_from(limits::HISTORY_ENTRIES_MAX).expect("small") - 3);
    });
}

#[test]
fn what_happened_to_all_items_is_read_on_from_a_number() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let record = Record {
            links: vec![full_link(key(ANNA, "1"))],
            history: (1..=5).map(|n| entry("1", n)).collect(),
            ..Record::default()
        };
        store.commit(&lease, record).await.expect("committed");
        let newest = store.happenings(ORGANIZATION, None, 2).await.expect("ok");
        let times: Vec<i64> = newest.iter().map(|one| one.entry.at.as_millis()).collect();
        assert_eq!(times, [4, 5], "the newest, oldest first");
        assert_eq!(newest[0].entry, entry("1", 4));
        assert!(newest[0].item.is_some());
        let first = newest[0].number - 3;
        let next = store.happenings(ORGANIZATION, Some(first), 2).await.expect("ok");
        let times: Vec<i64> = next.iter().map(|one| one.entry.at.as_millis()).collect();
        assert_eq!(times, [2, 3], "those after the number");
        let end = newest[1].number;
        assert_eq!(store.happenings(ORGANIZATION, Some(end), 2).await.expect("ok"), []);
        let another = OrganizationId(Uuid::from_u128(99));
        assert_eq!(store.happenings(another, None, 2).await.expect("ok"), []);
    });
}

#[test]
fn what_waits_or_failed_is_counted_and_listed_by_its_state() {
    run(async {
        let (store, clock, lease) = leased().await;
        schedule(&store, &[Unit::Mailbox(ANNA), Unit::Mailbox(BERT)], &clock).await;
        let with = |handle: &str, mailbox, state, reason: &str| Link {
            state,
            reason: reason.into(),
            ..full_link(key(mailbox, handle))
        };
        let record = Record {
            links: vec![
                with("1", ANNA, ItemState::Retrying, "attempt_failed"),
                with("2", ANNA, ItemState::Retrying, "attempt_failed"),
                with("3", BERT, ItemState::Retrying, "attempt_failed"),
                with("4", ANNA, ItemState::Undeliverable, "retries_exhausted"),
                with("5", ANNA, ItemState::Tracked, "steady"),
                with("6", BERT, ItemState::NotTracked, Trouble::REFUSED),
                with("7", BERT, ItemState::NotTracked, "no_category"),
            ],
            held: vec![HeldDecision {
                key: key(ANNA, "5"),
                reason: "held".into(),
                held_since: Instant::from_millis(1),
                released_at: None,
            }],
            ..Record::default()
        };
        store.commit(&lease, record).await.expect("committed");
        let trouble = |state, reason: &str, items, mailboxes| Trouble {
            state,
            reason: reason.into(),
            items,
            mailboxes,
        };
        assert_eq!(
            store.troubles(ORGANIZATION).await.expect("ok"),
            [
                trouble(ItemState::Retrying, "attempt_failed", 3, 2),
                trouble(ItemState::NotTracked, Trouble::REFUSED, 1, 1),
                trouble(ItemState::Undeliverable, "retries_exhausted", 1, 1),
            ]
        );
        for (state, count) in [
            (ItemState::Retrying, 3),
            (ItemState::Undeliverable, 1),
            (ItemState::Tracked, 1),
            (ItemState::Held, 0),
        ] {
            let query = ItemQuery { state: Some(state), limit: 10, ..ItemQuery::default() };
            let page = store.items(ORGANIZATION, query).await.expect("ok");
            assert_eq!(page.items.len(), count, "{state:?}");
        }
        for (state, reason, count) in [
            (Some(ItemState::NotTracked), Trouble::REFUSED, 1),
            (None, Trouble::REFUSED, 1),
            (Some(ItemState::NotTracked), "no_category", 1),
            (Some(ItemState::Tracked), "no_category", 0),
        ] {
            let reason = Some(reason.to_owned());
            let query = ItemQuery { state, reason, limit: 10, ..ItemQuery::default() };
            let page = store.items(ORGANIZATION, query).await.expect("ok");
            assert_eq!(page.items.len(), count, "{state:?}");
        }
        assert_eq!(store.holding(ORGANIZATION).await.expect("ok"), [ANNA]);
    });
}
