//! Notifications: from the pretend Exchange to a running worker, and what becomes of
//! subscriptions.

use super::{
    faults::{kind::Kind, push::Delivery},
    log::{Happening, Org},
    wire::Network,
    workers::Running,
    world::{ADMIN, SimWorld, USERS},
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_engine::Heard;
use earmark_graph::validation_answer;
use earmark_http::{SendError, SendOptions, ServiceTransport, Transport};
use earmark_mailbox_port::{Happened, MailboxServer};
use earmark_model::Instant;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

/// What the mailbox server says about subscriptions.
const EVENTS: [&str; 3] = ["missed", "subscriptionRemoved", "reauthorizationRequired"];

/// When a delivery that nobody took is brought again.
const AGAIN: Duration = Duration::from_secs(60);

/// The address under which an organization's service hears.
pub(super) fn url(organization: Org) -> String {
    format!("https://sync.earmark.test/{organization}/notifications")
}

/// Where notifications arrive, by organization.
#[derive(Default)]
pub(super) struct Postbox {
    arrived: Mutex<Vec<(Org, Bytes)>>,
    /// Deliveries that are still on their way.
    parked: Mutex<Vec<Delivery>>,
    /// Not kept alive by this: the network's sandbox has the postbox.
    network: OnceLock<Weak<Network>>,
    /// When the pretend Exchange has something to tell by itself.
    next: Mutex<Option<Instant>>,
}

impl Postbox {
    /// From now on its faults are those of this network.
    pub(super) fn belongs_to(&self, network: &Arc<Network>) {
        let _ = self.network.set(Arc::downgrade(network));
    }

    fn expect_next(&self, at: Option<Instant>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn is_expected(&self, now: Instant) -> bool {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.is_some_and(|at| at <= now)
    }

    fn take(&self) -> Vec<(Org, Bytes)> {
        std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn park(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner).extend(deliveries);
    }

    /// What has come by now, in the order in which it comes.
    fn due(&self, now: Instant) -> Vec<Delivery> {
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due: Vec<Delivery> = parked.extract_if(.., |one| one.due <= now).collect();
        due.sort_by_key(|one| one.due);
        due
    }

    /// Everything under way arrives at once.
    pub(super) fn hurry(&self, now: Instant) {
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        parked.iter_mut().for_each(|one| one.due = one.due.min(now));
    }

    /// Answers too slowly, now and then.
    async fn dawdle(&self) {
        let Some(network) = self.network.get().and_then(Weak::upgrade) else { return };
        if let Some(time) = network.faults.slow_answer(network.true_now()) {
            network.strike(Kind::PushSlow, None);
            tokio::time::sleep(time).await;
        }
    }
}

#[async_trait]
impl Transport for Postbox {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let token = request.uri().query().and_then(validation_answer);
        let (status, body) = match token {
            Some(token) => (StatusCode::OK, Bytes::from(token)),
            None => {
                self.dawdle().await;
                let organization = (0..USERS.len())
                    .find(|index| request.uri().path().starts_with(&format!("/{index}/")));
                let mut bodies = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
                bodies.extend(organization.map(|index| (index, request.into_body())));
                (StatusCode::ACCEPTED, Bytes::new())
            }
        };
        let answer = Response::builder().status(status).header("content-type", "text/plain");
        answer.body(body).map_err(|error| SendError::Bug { detail: error.to_string() })
    }
}

impl SimWorld {
    /// Lets the pretend Exchange deliver what it has to tell, as well or badly as it comes.
    pub async fn hear(&self) {
        if self.has_news().await {
            let next = self.sandbox.deliver_notifications().await;
            self.postbox.expect_next(next);
        }
        let now = self.network.true_now();
        for (organization, body) in self.postbox.take() {
            let faults = &self.network.faults;
            let (seen, kind) = faults.on_delivery(organization, USERS.len(), &body, now);
            if let Some(kind) = kind {
                self.network.strike(kind, None);
            }
            self.postbox.park(seen);
        }
        for delivery in self.postbox.due(now) {
            self.delivered(delivery);
        }
    }

    /// Whether the pretend Exchange noticed something, or said that something would be due now.
    async fn has_news(&self) -> bool {
        let is_noticed = tokio::select! {
            biased;
            () = self.sandbox.wait_for_notices() => true,
            () = std::future::ready(()) => false,
        };
        is_noticed || self.postbox.is_expected(self.now())
    }

    /// One delivery reaches a running worker, or is brought again where none runs.
    fn delivered(&self, delivery: Delivery) {
        let organization = delivery.organization;
        let Some(Running { worker, engine, server, life }) = self.running(organization) else {
            let due = delivery.due.plus(AGAIN);
            self.postbox.park([Delivery { due, ..delivery }]);
            return;
        };
        let Ok(notifications) = server.read_notifications(&delivery.body) else { return };
        let is_genuine = delivery.is_genuine;
        self.tell(Happening::Notified { organization, is_genuine });
        let network = self.network.clone();
        // A worker may stand still, or end; nobody else waits for it.
        tokio::spawn(async move {
            for notification in notifications {
                // Whoever is asked to renew a subscription does so in time, and looks at nothing.
                let tells = notification.happened != Happened::RenewalRequired;
                let heard = engine.notified(notification).await;
                // Who was killed meanwhile gives no answer.
                if let Heard::Accepted { mailbox } = heard
                    && tells
                    && !life.is_over()
                {
                    network.tell(Happening::Heard { organization, worker, mailbox });
                }
            }
        });
    }

    /// The mailbox server says something about every subscription to a mailbox. Units of
    /// `event`: index of its words, modulo how many there are.
    pub(super) async fn announce(&self, user: &str, event: usize) -> Result<()> {
        let event = EVENTS[event % EVENTS.len()];
        for (id, resource) in self.subscriptions(user).await? {
            if resource.contains("/todo/") && event != "reauthorizationRequired" {
                continue;
            }
            let path = format!("/subscriptions/{id}/lifecycle");
            self.control(Method::POST, &path, Some(json!({"event": event}))).await?;
            self.network.strike(Kind::Lifecycle, None);
        }
        Ok(())
    }

    /// The mailbox server forgets every subscription to a mailbox.
    pub(super) async fn forget_subscriptions(&self, user: &str) -> Result<()> {
        for (id, _) in self.subscriptions(user).await? {
            self.control(Method::DELETE, &format!("/subscriptions/{id}"), None).await?;
            self.network.strike(Kind::Forgotten, None);
        }
        Ok(())
    }

    /// The mailbox server asks again whether an address wants notifications; a stranger asks with
    /// a token of its own.
    pub(super) fn validate_again(&self) -> Result<()> {
        for token in ["Validation: Testing client application", "<script>alert(1)</script>\r\nX: y"]
        {
            let encoded: String =
                percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC)
                    .to_string();
            let answer = validation_answer(&format!("validationToken={encoded}"));
            anyhow::ensure!(answer.as_deref() == Some(token), "the answer is {answer:?}");
            self.network.strike(Kind::Validation, None);
        }
        Ok(())
    }

    /// Id and resource of every subscription to anything of a mailbox.
    async fn subscriptions(&self, user: &str) -> Result<Vec<(String, String)>> {
        let list = self.control(Method::GET, "/subscriptions", None).await?;
        let rows = list["subscriptions"].as_array().cloned().unwrap_or_default();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let pairs = rows.iter().map(|row| (text(row, "id"), text(row, "resource")));
        Ok(pairs.filter(|(_, resource)| resource.contains(user)).collect())
    }

    /// One request to the control API of the pretend Exchange.
    async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("http://exchange.test{path}"))
            .header("authorization", ADMIN)
            .header("content-type", "application/json")
            .body(Bytes::from(body))?;
        let transport = ServiceTransport::new(self.control.clone());
        let answer = transport.send(request, &SendOptions::default()).await?;
        anyhow::ensure!(answer.status().is_success(), "{path} answered {}", answer.status());
        let body = answer.into_body();
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{path} answered no JSON"))
    }
}
