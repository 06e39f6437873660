use crate::bench::{ANNA, BERT, ORGANIZATION, full_link, key, leased, links, run, track};
use earmark_ledger::{Record, Store, SubscriptionRow, Tombstone};
use earmark_model::{
    Actor, Baseline, Clock, CrmSide, Direction, Instant, ItemHandle, ItemKind, ItemState, Link,
    UndeliverableMark,
};

fn quiet(handle: &str) -> Link {
    Link {
        owes_category: false,
        undeliverable: UndeliverableMark::None,
        crm: CrmSide::Linked,
        ..full_link(key(ANNA, handle))
    }
}

#[test]
fn a_glimpse_shows_what_is_asked_for_and_what_waits() {
    run(async {
        let (store, clock, lease) = leased().await;
        let all = vec![
            quiet("asked"),
            quiet("quiet"),
            Link { owes_category: true, ..quiet("owes") },
            Link { state: ItemState::Retrying, ..quiet("retrying") },
            Link { crm: CrmSide::RecordDeleted, ..quiet("ended") },
            Link { undeliverable: UndeliverableMark::Intended, ..quiet("intended") },
            Link { crm: CrmSide::NotLinked, baseline: Baseline::Untracked, ..quiet("untracked") },
        ];
        store.commit(&lease, links(all)).await.expect("committed");
        let request = track(clock.now());
        store
            .put_request(key(ANNA, "wanted"), ItemKind::Email, request, Actor::Person)
            .await
            .expect("stored");
        let asked = vec![ItemHandle::from("asked"), "owes".into(), "unknown".into()];
        let seen = store.glimpse(ORGANIZATION, ANNA, asked.clone()).await.expect("glimpse");
        let handles: Vec<&str> = seen.links.iter().map(|link| link.key.handle.as_str()).collect();
        assert_eq!(handles, ["ended", "intended", "owes", "retrying", "wanted", "asked"]);
        assert_eq!(seen.memory, store.mailbox(ORGANIZATION, ANNA).await.expect("ok"));
        assert_eq!(store.tracked_in(ORGANIZATION, ANNA).await.expect("ok"), 6);
        let other = store.glimpse(ORGANIZATION, BERT, asked).await.expect("glimpse");
        assert_eq!(other.links, []);
    });
}

#[test]
fn what_is_alike_is_found_by_message_id_and_source_key() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let stone = Tombstone {
            mailbox: ANNA,
            source_key: "one@example.com".into(),
            direction: Direction::Incoming,
        };
        let record = Record {
            links: vec![quiet("one"), quiet("two")],
            tombstones: vec![stone.clone(), Tombstone { source_key: "x".into(), ..stone.clone() }],
            ..Record::default()
        };
        store.commit(&lease, record).await.expect("committed");
        let keys = vec!["one@example.com".to_owned()];
        let (found, stones) =
            store.alike(ORGANIZATION, ANNA, keys.clone(), keys.clone()).await.expect("alike");
        assert_eq!(found, [quiet("one")]);
        assert_eq!(stones, [stone]);
        let nobody = store.alike(ORGANIZATION, BERT, keys.clone(), keys).await.expect("alike");
        assert_eq!(nobody, (vec![], vec![]));
    });
}

#[test]
fn a_subscription_is_found_by_its_id_until_it_ends() {
    run(async {
        let (store, _clock, lease) = leased().await;
        let row = |id: &str| SubscriptionRow {
            mailbox: ANNA,
            resource: "messages".into(),
            id: id.into(),
            client_state: "canary".into(),
            expires: Instant::from_millis(9),
            url: "https://sync.contoso.example/".into(),
        };
        for id in ["first", "second"] {
            let record = Record { subscriptions: vec![row(id)], ..Record::default() };
            store.commit(&lease, record).await.expect("committed");
        }
        assert_eq!(store.subscription("first".into()).await.expect("ok"), None);
        let known = store.subscription("second".into()).await.expect("ok");
        assert_eq!(known, Some((ORGANIZATION, row("second"))));
        assert!(!format!("{known:?}").contains("canary"));
        let ended = Record { subscriptions_ended: vec!["messages".into()], ..Record::default() };
        store.commit(&lease, ended).await.expect("committed");
        assert_eq!(store.subscriptions(ORGANIZATION, None).await.expect("ok"), []);
    });
}
