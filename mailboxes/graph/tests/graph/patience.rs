//! Throttling and the number of requests at once.

use crate::script::{World, error, ok, status, with, world};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_graph::{GraphServer, GraphSettings};
use earmark_http::{SendError, SendOptions, Transport};
use earmark_mailbox_port::MailboxServer;
use earmark_model::{Clock, Failure, FailureClass, Instant, MailboxAddress};
use http::{Request, Response};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn list(world: &World) -> Result<usize, Failure> {
    world.anna().master_categories().await.map(|list| list.len())
}

fn until(world: &World, millis: u64) -> FailureClass {
    FailureClass::Throttled { until: Some(world.clock.now().plus(Duration::from_millis(millis))) }
}

#[tokio::test]
async fn nothing_is_sent_for_a_mailbox_that_was_told_to_wait() {
    let world = world();
    world.script.answers(with(error(429, "TooManyRequests"), "retry-after", "2.128"));
    let wanted = until(&world, 2128);
    assert_eq!(list(&world).await.expect_err("throttled").class, wanted);
    world.clock.advance(2);
    assert_eq!(list(&world).await.expect_err("throttled").class, wanted);
    assert_eq!(world.script.lines().len(), 1);
    let other = world.server.open(&MailboxAddress::new("ben@example.test"));
    world.script.answers(ok(r#"{"value":[]}"#));
    other.master_categories().await.expect("another mailbox");
    world.clock.advance(1);
    world.script.answers(ok(r#"{"value":[]}"#));
    list(&world).await.expect("list");
}

#[tokio::test]
async fn without_a_header_the_wait_doubles_until_a_request_is_served() {
    let world = world();
    for seconds in [2, 4, 8] {
        world.script.answers(error(429, "TooManyRequests"));
        assert_eq!(list(&world).await.expect_err("throttled").class, until(&world, seconds * 1000));
        world.clock.advance(i64::try_from(seconds).expect("small"));
    }
    world.script.answers(ok(r#"{"value":[]}"#));
    list(&world).await.expect("list");
    world.script.answers(error(503, "ErrorServerBusy"));
    assert_eq!(list(&world).await.expect_err("throttled").class, until(&world, 2000));
}

#[tokio::test]
async fn an_outage_with_a_time_is_patience_and_without_one_an_outage() {
    let world = world();
    world.script.answers(status(503, "<html>busy</html>"));
    assert_eq!(list(&world).await.expect_err("outage").class, FailureClass::Unavailable);
    world.script.answers(with(status(503, ""), "retry-after", "Sun, 22 Nov 2026 10:15:09 GMT"));
    assert_eq!(list(&world).await.expect_err("throttled").class, until(&world, 9000));
}

#[tokio::test]
async fn a_throttled_token_endpoint_is_not_asked_again_before_its_time() {
    let world = world();
    let busy = with(status(429, r#"{"error":"temporarily_unavailable"}"#), "retry-after", "5");
    world.script.tokens.lock().expect("lock").push_back(busy);
    let wanted = until(&world, 5000);
    assert_eq!(list(&world).await.expect_err("throttled").class, wanted);
    assert_eq!(list(&world).await.expect_err("throttled").class, wanted);
    assert_eq!(world.script.token_requests().len(), 1);
}

/// Counts how many requests are under way at once.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Transport for Crowd {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        if request.uri().path().ends_with("/token") {
            return Ok(Response::new(Bytes::from_static(
                br#"{"access_token":"t","expires_in":3599}"#,
            )));
        }
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::new(Bytes::from_static(br#"{"value":[]}"#)))
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Instant {
        Instant::from_millis(0)
    }
}

#[tokio::test]
async fn four_requests_at_most_are_in_flight_for_one_mailbox() {
    let crowd = Arc::new(Crowd::default());
    let url = |text: &str| text.parse().expect("url");
    let settings = GraphSettings::new(
        url("http://graph.test/v1.0"),
        url("http://login.test"),
        "t",
        "c",
        SecretString::from("s"),
    );
    let server = GraphServer::new(settings, crowd.clone(), Arc::new(Stopped));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mailbox = server.open(&MailboxAddress::new("anna@example.test"));
        tasks.spawn(async move { mailbox.master_categories().await });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("task").expect("list");
    }
    assert_eq!(crowd.most.load(Ordering::SeqCst), 4);
}
