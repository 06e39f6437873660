//! Tokens.

use crate::script::{World, error, ok, status, world};
use earmark_model::FailureClass;

async fn list(world: &World) -> Result<usize, earmark_model::Failure> {
    world.anna().master_categories().await.map(|list| list.len())
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_renewed_five_minutes_before_its_end() {
    let world = world();
    for _ in 0..4 {
        world.script.answers(ok(r#"{"value":[]}"#));
    }
    list(&world).await.expect("list");
    list(&world).await.expect("list");
    world.clock.advance(3598 - 300);
    list(&world).await.expect("list");
    assert_eq!(
        world.script.token_requests(),
        [
            "grant_type=client_credentials&client_id=client%261&client_secret=sec+ret&scope=https%3A%2F%2Fgraph.example.test%2F.default"
        ]
    );
    world.clock.advance(1);
    list(&world).await.expect("list");
    assert_eq!(world.script.token_requests().len(), 2);
    let sent = world.script.take();
    let bearer =
        |index: usize| sent[index].headers["authorization"].to_str().expect("text").to_owned();
    assert_eq!((bearer(2), bearer(3)), ("Bearer token1".to_owned(), "Bearer token2".to_owned()));
    for request in &sent {
        assert_eq!(request.headers["prefer"], "IdType=\"ImmutableId\"");
    }
}

#[tokio::test]
async fn many_who_need_a_token_share_one_request() {
    let world = world();
    let mailboxes: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            earmark_mailbox_port::MailboxServer::open(
                &world.server,
                &earmark_model::MailboxAddress::new(name),
            )
        })
        .into();
    let mut tasks = tokio::task::JoinSet::new();
    for mailbox in mailboxes {
        world.script.answers(ok(r#"{"value":[]}"#));
        tasks.spawn(async move { mailbox.master_categories().await.map(|_| ()) });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("task").expect("list");
    }
    assert_eq!(world.script.token_requests().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_repeated() {
    let world = world();
    world.script.answers(error(401, "InvalidAuthenticationToken"));
    world.script.answers(ok(r#"{"value":[]}"#));
    list(&world).await.expect("list");
    assert_eq!(world.script.token_requests().len(), 2);
    world.script.answers(error(401, "InvalidAuthenticationToken"));
    world.script.answers(error(401, "UnknownError"));
    assert_eq!(list(&world).await.expect_err("refused").class, FailureClass::Unauthenticated);
    assert_eq!(world.script.token_requests().len(), 3);
}

#[tokio::test]
async fn a_refused_credential_never_shows_in_the_failure() {
    let world = world();
    world.script.tokens.lock().expect("lock").push_back(status(
        401,
        r#"{"error":"invalid_client","error_description":"AADSTS7000215: sec ret","error_codes":[7000215]}"#,
    ));
    let failure = list(&world).await.expect_err("refused");
    assert_eq!(
        (failure.class.clone(), failure.code.as_str()),
        (FailureClass::Unauthenticated, "invalid_client")
    );
    assert!(!failure.to_string().contains("sec ret"));
}

#[tokio::test]
async fn odd_grants_are_taken_or_refused_without_a_panic() {
    for (body, good) in [
        (r#"{"access_token":"t","expires_in":"3599"}"#, true),
        (r#"{"access_token":"t"}"#, true),
        (r#"{"access_token":"t","expires_in":-5}"#, true),
        (r#"{"access_token":"t","expires_in":1e30}"#, true),
        (r#"{"access_token":"a\nb","expires_in":60}"#, false),
        (r#"{"token":"t"}"#, false),
        ("<html>sign in</html>", false),
        ("", false),
    ] {
        let world = world();
        world.script.tokens.lock().expect("lock").push_back(status(200, body));
        world.script.answers(ok(r#"{"value":[]}"#));
        match list(&world).await {
            Ok(_) => assert!(good, "{body}"),
            Err(failure) => {
                assert!(!good && failure.class == FailureClass::Bug, "{body} {failure}")
            }
        }
    }
}
