//! Reads by id, one and several.

use crate::script::{FOLDERS, SELECT, World, batch, error, ok, summary, world};
use earmark_mailbox_port::{Detail, ItemRead};
use earmark_model::{Failure, FailureClass, FolderRole, ItemHandle, ItemKind};

async fn read(world: &World, id: &str) -> Result<ItemRead, Failure> {
    world.anna().item(ItemKind::Email, &ItemHandle::from(id), Detail::Summary).await
}

#[tokio::test]
async fn an_id_is_encoded_and_a_missing_item_is_gone() {
    let world = world();
    world.script.answers(error(404, "ErrorItemNotFound"));
    assert_eq!(read(&world, "A/B+C=?%").await, Ok(ItemRead::Gone));
    let line = format!("GET /users/anna@example.test/messages/A/B+C=?%?$select={SELECT}");
    assert_eq!(world.script.lines(), [line]);
}

#[tokio::test]
async fn a_missing_mailbox_is_not_a_missing_item() {
    for code in [
        "ErrorInvalidUser",
        "MailboxNotEnabledForRESTAPI",
        "Request_ResourceNotFound",
        "ResourceNotFound",
        "Whatever",
    ] {
        let world = world();
        world.script.answers(error(404, code));
        let failure = read(&world, "a").await.expect_err(code);
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::ScopeUnreadable, code));
    }
}

#[tokio::test]
async fn null_categories_by_id_are_none_and_missing_ones_a_failure() {
    let world = world();
    let anna = world.warm().await;
    let by_id = |id: &'static str| {
        let anna = anna.clone();
        async move { anna.item(ItemKind::Email, &ItemHandle::from(id), Detail::Summary).await }
    };
    world
        .script
        .answers(ok(r#"{"id":"a","changeKey":"k","categories":null,"parentFolderId":"F-inbox"}"#));
    let Ok(ItemRead::Found { item, .. }) = by_id("a").await else { panic!("not found") };
    assert!(item.categories.is_empty());
    assert_eq!(item.version.as_str(), "W/\"k\"");
    world.script.answers(ok(r#"{"id":"a","changeKey":"k","parentFolderId":"F-inbox"}"#));
    assert_eq!(by_id("a").await.expect_err("partial").code, "PartialItem");
}

#[tokio::test]
async fn folders_are_resolved_through_their_ancestors_and_again_after_an_hour() {
    let world = world();
    let anna = world.warm().await;
    let deep = r#"{"id":"a","changeKey":"k","categories":[],"parentFolderId":"F-deep"}"#;
    let read = || async {
        let read = anna.item(ItemKind::Email, &ItemHandle::from("a"), Detail::Summary).await;
        let Ok(ItemRead::Found { item, .. }) = read else { panic!("not found") };
        item.folder
    };
    world.script.answers(ok(deep));
    world.script.answers(ok(r#"{"id":"F-deep","parentFolderId":"F-middle"}"#));
    world.script.answers(ok(r#"{"id":"F-middle","parentFolderId":"F-root"}"#));
    assert_eq!(read().await, FolderRole::Other);
    world.script.answers(ok(deep));
    assert_eq!(read().await, FolderRole::Other);
    assert_eq!(world.script.lines().len(), 4);
    // The user moved the folder into Junk.
    world.clock.advance(3600);
    world.script.answers(ok(deep));
    world.script.answers(ok(FOLDERS));
    world.script.answers(ok(r#"{"id":"F-deep","parentFolderId":"F-junk"}"#));
    assert_eq!(read().await, FolderRole::Junk);
}

/// Id, status and body of one part of a batch.
type Part = (usize, u16, &'static str);

const NOT_FOUND: &str = r#"{"error":{"code":"ErrorItemNotFound"}}"#;

#[tokio::test]
async fn several_items_come_in_batches_of_twenty_in_the_order_asked_for() {
    let world = world();
    let anna = world.warm().await;
    let handles: Vec<ItemHandle> = (0..21).map(|n| ItemHandle(format!("i{n}="))).collect();
    let bodies: Vec<String> =
        (0..21).map(|n| summary(&format!("i{n}="), "W/\\\"1\\\"", &[])).collect();
    let mut first: Vec<_> = (0..20).map(|n| (n, 200, bodies[n].as_str())).collect();
    first[3] = (3, 404, NOT_FOUND);
    first.reverse();
    world.script.answers(ok(&batch(&first)));
    world.script.answers(ok(&batch(&[(0, 200, &bodies[20])])));
    let read = anna.items(ItemKind::Email, &handles).await.expect("items");
    for (index, (handle, read)) in handles.iter().zip(&read).enumerate() {
        match read {
            ItemRead::Found { item, .. } => assert_eq!(&item.handle, handle),
            ItemRead::Gone => assert_eq!(index, 3),
        }
    }
    let sent = world.script.take();
    assert_eq!(sent.len(), 2);
    let body: serde_json::Value = serde_json::from_str(&sent[0].body).expect("json");
    assert_eq!(body["requests"].as_array().expect("list").len(), 20);
    assert_eq!(
        body["requests"][0],
        serde_json::json!({"id":"0","method":"GET","url":format!("/users/anna@example.test/messages/i0%3D?$select={SELECT}"),"headers":{"Prefer":"IdType=\"ImmutableId\""}})
    );
}

#[tokio::test]
async fn one_part_that_fails_fails_the_batch_with_its_own_meaning() {
    let until = |world: &World| {
        Some(earmark_model::Clock::now(&*world.clock).plus(std::time::Duration::from_secs(7)))
    };
    let cases: &[(&[Part], Option<FailureClass>)] = &[
        (&[(0, 200, "{}"), (1, 429, r#"{"error":{"code":"ApplicationThrottled"}}"#)], None),
        (
            &[(0, 404, NOT_FOUND), (1, 403, r#"{"error":{"code":"ErrorAccessDenied"}}"#)],
            Some(FailureClass::ScopeUnreadable),
        ),
        (&[(0, 404, NOT_FOUND)], Some(FailureClass::Bug)),
        (&[(0, 404, NOT_FOUND), (1, 200, "\"PGh0bWw+\"")], Some(FailureClass::Bug)),
        (
            &[(0, 404, NOT_FOUND), (1, 404, r#"{"error":{"code":"ErrorInvalidUser"}}"#)],
            Some(FailureClass::ScopeUnreadable),
        ),
    ];
    for (parts, class) in cases {
        let world = world();
        let anna = world.warm().await;
        world.script.answers(ok(&batch(parts)));
        let failure =
            anna.items(ItemKind::Email, &["a".into(), "b".into()]).await.expect_err("failure");
        let wanted = class.clone().unwrap_or(FailureClass::Throttled { until: until(&world) });
        assert_eq!(failure.class, wanted, "{parts:?}");
    }
}

#[tokio::test]
async fn a_part_with_a_refused_token_repeats_the_batch_with_a_new_one() {
    let world = world();
    let anna = world.warm().await;
    let unauthorized = r#"{"error":{"code":"InvalidAuthenticationToken"}}"#;
    world.script.answers(ok(&batch(&[(0, 401, unauthorized), (1, 401, unauthorized)])));
    world.script.answers(ok(&batch(&[(0, 404, NOT_FOUND), (1, 404, NOT_FOUND)])));
    let read = anna.items(ItemKind::Email, &["a".into(), "b".into()]).await.expect("items");
    assert_eq!(read, [ItemRead::Gone, ItemRead::Gone]);
    assert_eq!(world.script.token_requests().len(), 2);
}

#[tokio::test]
async fn other_kinds_are_not_read_here() {
    let world = world();
    let read = world.anna().item(ItemKind::Contact, &ItemHandle::from("a"), Detail::Summary).await;
    assert_eq!(read.expect_err("unsupported").code, "UnsupportedKind");
    assert!(world.script.lines().is_empty());
}

#[tokio::test]
async fn messages_are_asked_for_by_their_ids_as_they_may_be_stored() {
    let world = world();
    let anna = world.warm().await;
    let pages = [
        (0, 200, r#"{"value":[]}"#),
        (1, 200, r#"{"value":[],"@odata.nextLink":"https://graph.example.test/v1.0/next"}"#),
        (2, 200, r#"{"value":[]}"#),
    ];
    world.script.answers(ok(&batch(&pages)));
    world.script.answers(ok(r#"{"value":[]}"#));
    let ids = ["<a'b%20@x.test>", " bare@x.test", "<>", ""].map(str::to_owned);
    assert_eq!(anna.messages(&ids).await, Ok(Vec::new()));
    let sent = world.script.take();
    assert_eq!(sent.len(), 2);
    let body: serde_json::Value = serde_json::from_str(&sent[0].body).expect("json");
    let urls: Vec<String> = body["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|one| {
            let url = one["url"].as_str().expect("url");
            let url = percent_encoding::percent_decode_str(url).decode_utf8_lossy();
            url.split("&$select").next().unwrap_or_default().to_owned()
        })
        .collect();
    let path = "/users/anna@example.test/messages?$filter=internetMessageId eq";
    assert_eq!(
        urls,
        [
            format!("{path} ' bare@x.test'"),
            format!("{path} '<a''b%20@x.test>'"),
            format!("{path} '<bare@x.test>'"),
        ]
    );
    assert_eq!(sent[1].line, "GET /next");
}

#[tokio::test]
async fn a_throttled_part_of_a_search_by_ids_is_no_missing_message() {
    let world = world();
    let anna = world.warm().await;
    let throttled = r#"{"error":{"code":"ApplicationThrottled","message":"x"}}"#;
    let parts = [(0, 200, r#"{"value":[]}"#), (1, 429, throttled)];
    world.script.answers(ok(&batch(&parts)));
    let ids = ["<a@x.test>", "<b@x.test>"].map(str::to_owned);
    let failure = anna.messages(&ids).await.expect_err("throttled");
    assert!(matches!(failure.class, FailureClass::Throttled { until: Some(_) }));
}

#[tokio::test]
async fn ids_are_translated_by_the_server_and_one_that_means_nothing_is_none() {
    let world = world();
    let anna = world.anna();
    let refused = || error(400, "ErrorInvalidIdMalformed");
    // All of them, `b` with `z`, `z`, `b`, `a`.
    for _ in 0..3 {
        world.script.answers(refused());
    }
    world.script.answers(ok(r#"{"value":[{"sourceId":"b","targetId":null}]}"#));
    world.script.answers(ok(r#"{"value":[{"sourceId":"a","targetId":"A"}]}"#));
    let ids = ["b", "z", "", "a", "a"].map(str::to_owned);
    let handle = |id: &str| Some(ItemHandle::from(id));
    let translated = anna.translate(earmark_mailbox_port::IdForm::Ews, &ids).await;
    assert_eq!(translated, Ok(vec![None, None, None, handle("A"), handle("A")]));
    let sent = world.script.take();
    assert_eq!(sent[0].line, "POST /users/anna@example.test/translateExchangeIds");
    assert_eq!(
        sent[0].body,
        r#"{"inputIds":["a","b","z"],"sourceIdType":"ewsId","targetIdType":"restImmutableEntryId"}"#
    );
    assert_eq!(sent.len(), 5);
    let own = anna.translate(earmark_mailbox_port::IdForm::RestImmutable, &ids).await;
    assert_eq!(own.map(|handles| handles.len()), Ok(5));
    assert!(world.script.take().is_empty());
}
