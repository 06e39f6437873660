use crate::bench::{
    ANNA, BERT, LEASE, ORGANIZATION, activity, claim, full_link, key, leased, links, only_link,
    run, store, track,
};
use earmark_ledger::{Record, Store, Unit};
use earmark_model::{
    Actor, Clock, Instant, ItemKind, ItemState, Link, PrincipalId, Regarding, Request,
    RequestOrigin, RequestWish,
};
use std::time::Duration;
use uuid::Uuid;

#[test]
fn a_request_is_stored_whole_whatever_it_wants() {
    run(async {
        let (store, clock) = store();
        let account = Regarding { table: "account".into(), id: Uuid::from_u128(9) };
        let accepted_for = PrincipalId(Uuid::from_u128(8));
        let wishes = [
            (RequestWish::Track { regarding: None }, RequestOrigin::Person),
            (RequestWish::Track { regarding: Some(None) }, RequestOrigin::Copy),
            (
                RequestWish::Track { regarding: Some(Some(account)) },
                RequestOrigin::Automatic { accepted_for },
            ),
            (RequestWish::Untrack, RequestOrigin::Person),
        ];
        let mut before = Instant::from_millis(0);
        for (wish, origin) in wishes {
            let request = Request { wish, origin, at: clock.now() };
            let at = store
                .put_request(key(ANNA, "1"), ItemKind::Email, request.clone(), Actor::Person)
                .await
                .expect("stored");
            assert!(at > before, "later than the one it replaces");
            before = at;
            let link = only_link(&store, ANNA).await;
            assert_eq!(link.request, Some(Request { at, ..request }));
            assert_eq!(link.state, ItemState::Pending);
        }
    });
}

#[test]
fn a_request_needs_no_lease_and_makes_a_leased_mailbox_due_again() {
    run(async {
        let (store, clock, lease) = leased().await;
        let waiting = Link { request: None, ..full_link(key(ANNA, "1")) };
        store.commit(&lease, links(vec![waiting.clone()])).await.expect("committed");
        assert!(only_link(&store, ANNA).await.not_before.is_some());
        let request = track(clock.now());
        store
            .put_request(key(ANNA, "1"), ItemKind::Email, request, Actor::Person)
            .await
            .expect("stored");
        let link = only_link(&store, ANNA).await;
        assert_eq!(link.not_before, None);
        // The worker that read the link before the request does not undo it.
        store.commit(&lease, links(vec![waiting.clone()])).await.expect("committed");
        let link = only_link(&store, ANNA).await;
        assert_eq!((link.not_before, link.state), (None, ItemState::Pending));
        assert!(link.request.is_some());
        let later = clock.now().plus(Duration::from_secs(900));
        store.release(&lease, later, true).await.expect("released");
        let lease = claim(&store, "w2").await.remove(0);
        // The next one knows the request, and its word on the link counts.
        let mut link = only_link(&store, ANNA).await;
        (link.state, link.not_before) = (ItemState::Retrying, Some(later));
        store.commit(&lease, links(vec![link.clone()])).await.expect("committed");
        assert_eq!(only_link(&store, ANNA).await, link);
    });
}

#[test]
fn only_the_request_that_was_served_is_cleared() {
    run(async {
        let (store, clock, lease) = leased().await;
        let (item, kind) = (key(ANNA, "1"), ItemKind::Email);
        let first = store
            .put_request(item.clone(), kind, track(clock.now()), Actor::Person)
            .await
            .expect("ok");
        let second = store
            .put_request(item.clone(), kind, track(clock.now()), Actor::Person)
            .await
            .expect("ok");
        assert!(second > first);
        let served = |at| Record {
            links: vec![Link { request: None, ..full_link(item.clone()) }],
            served: vec![(item.clone(), at)],
            ..Record::default()
        };
        store.commit(&lease, served(first)).await.expect("committed");
        let link = only_link(&store, ANNA).await;
        assert_eq!(link.request.map(|request| request.at), Some(second));
        assert_eq!(link.state, ItemState::Pending);
        store.commit(&lease, served(second)).await.expect("committed");
        let link = only_link(&store, ANNA).await;
        assert_eq!((link.request, link.state), (None, ItemState::Tracked));
    });
}

#[test]
fn the_engines_own_request_gives_way_to_one_that_is_there() {
    run(async {
        let (store, clock, lease) = leased().await;
        let copy = |handle| Link {
            request: Some(Request { origin: RequestOrigin::Copy, ..track(clock.now()) }),
            state: ItemState::Pending,
            ..Link::new(key(BERT, handle), ItemKind::Email, clock.now())
        };
        let record = |link| Record { requested: vec![link], ..Record::default() };
        store.commit(&lease, record(copy("1"))).await.expect("committed");
        assert_eq!(only_link(&store, BERT).await, copy("1"));
        let person = track(clock.now().plus(LEASE));
        let at = store
            .put_request(key(BERT, "1"), ItemKind::Email, person.clone(), Actor::Administrator)
            .await
            .expect("stored");
        store.commit(&lease, record(copy("1"))).await.expect("committed");
        assert_eq!(only_link(&store, BERT).await.request, Some(Request { at, ..person }));
    });
}

#[test]
fn the_engines_own_request_leaves_the_rest_of_a_known_link_alone() {
    run(async {
        let (store, clock, lease) = leased().await;
        let known = full_link(key(ANNA, "1"));
        store.commit(&lease, links(vec![known.clone()])).await.expect("committed");
        let request = Request { origin: RequestOrigin::Copy, ..track(clock.now()) };
        let requested = Link {
            request: Some(request.clone()),
            activity: Some(activity(99)),
            ..Link::new(key(ANNA, "1"), ItemKind::Email, clock.now())
        };
        let record = Record { requested: vec![requested], ..Record::default() };
        store.commit(&lease, record).await.expect("committed");
        assert_eq!(only_link(&store, ANNA).await, Link { request: Some(request), ..known });
    });
}

#[test]
fn a_request_in_a_mailbox_outside_the_schedule_waits_until_it_is_scheduled() {
    run(async {
        let (store, clock) = store();
        let request = track(clock.now());
        store
            .put_request(key(ANNA, "1"), ItemKind::Email, request, Actor::Person)
            .await
            .expect("stored");
        assert!(claim(&store, "w").await.is_empty());
        let units = vec![(Unit::Mailbox(ANNA), clock.now().plus(LEASE))];
        store.put_units(ORGANIZATION, units).await.expect("put");
        assert_eq!(claim(&store, "w").await.len(), 1);
    });
}
