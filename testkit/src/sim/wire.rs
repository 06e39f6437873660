//! The way from a worker to the pretend Exchange: it takes time, it fails, and it is watched.

use super::{
    faults::{Faults, Shape, Verdict, kind::Kind},
    item::Item,
    life::Life,
    log::{By, Happening, Log, MasterEntry},
    people::Hands,
    skew::SkewedClock,
};
use crate::{SeededRandom, VirtualClock};
use async_trait::async_trait;
use axum::Router;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use earmark_engine::Random;
use earmark_http::{SendError, SendOptions, ServiceTransport, Transport};
use earmark_model::Clock;
use earmark_sandbox::Sandbox;
use http::{Method, Request, Response, header};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What every worker's wire shares.
pub(super) struct Network {
    pub(super) router: Router,
    pub(super) sandbox: Arc<Sandbox>,
    /// The true time, which is the mailbox server's as well.
    pub(super) clock: Arc<VirtualClock>,
    /// What the machines of each organization's service take for the time.
    pub(super) service_clocks: Vec<Arc<SkewedClock>>,
    pub(super) log: Log,
    pub(super) random: SeededRandom,
    pub(super) faults: Faults,
    /// What people are about to do.
    pub(super) hands: Hands,
    /// Units: entries on a page of messages, where the server gives fewer than it is asked for.
    pub(super) page: Option<u32>,
}

/// The wire of one worker.
pub(super) struct Wire(pub(super) Arc<Life>);

/// What a request is about, as far as it may change something that is watched.
enum About {
    Message {
        user: String,
        id: String,
    },
    /// An appointment or a task, by the id under which the service knows it.
    Plan {
        user: String,
        id: String,
    },
    Master {
        user: String,
    },
    Nothing,
}

/// What it was about, as it is now.
enum Image {
    Message(Option<Box<Item>>),
    /// Everything of the calendars and task lists: what is written to a series may show on others.
    Plans(Vec<Item>),
    Master(Vec<MasterEntry>),
    Nothing,
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let life = &self.0;
        life.step().await.map_err(|_| over())?;
        let number = self.told(&request);
        let network = &life.network;
        let shape = Shape::of(&request);
        network.faults.entered(life.organization, &shape);
        let request = Some(request);
        let mut flight = Flight { life: life.clone(), number, shape, request, is_waited_for: true };
        let there = network.latency();
        tokio::time::sleep(there).await;
        let answer = flight.arrive(options).await;
        tokio::time::sleep(there / 2).await;
        flight.is_waited_for = false;
        drop(flight);
        life.step().await.map_err(|_| over())?;
        let retry_after = answer.as_ref().ok().and_then(|answer| {
            let now = network.clock.now().as_millis();
            let until = earmark_http::retry_after(answer.headers(), now)?;
            u64::try_from(until - now).ok()
        });
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        network.tell(Happening::Answer { request: number, status, retry_after });
        answer
    }
}

/// What a worker that ended would be told.
fn over() -> SendError {
    SendError::Interrupted { detail: "the worker ended".to_owned() }
}

impl Wire {
    fn told(&self, request: &Request<Bytes>) -> u64 {
        let life = &self.0;
        let number = life.log().number();
        let text = |name: header::HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        life.network.tell(Happening::Request {
            number,
            organization: life.organization,
            worker: life.worker,
            method: request.method().to_string(),
            path: path.to_owned(),
            client: text(header::AUTHORIZATION).as_deref().and_then(client_of),
            if_match: text(header::IF_MATCH),
            body: request.body().to_vec(),
        });
        number
    }
}

/// A request under way. Where its sender ends before it arrives, it may arrive all the same.
struct Flight {
    life: Arc<Life>,
    number: u64,
    shape: Shape,
    /// Until it arrived.
    request: Option<Request<Bytes>>,
    /// Until it was answered.
    is_waited_for: bool,
}

impl Flight {
    async fn arrive(&mut self, options: &SendOptions) -> Result<Response<Bytes>, SendError> {
        let Some(request) = self.request.take() else { return Err(over()) };
        let network = self.life.network.clone();
        let organization = self.life.organization;
        let (kind, verdict) =
            network.faults.on_request(&network, organization, &self.shape, options);
        if let Some(kind) = kind {
            network.strike(kind, Some(self.number));
        }
        let effect = Effect { life: self.life.clone(), number: self.number };
        match verdict {
            Verdict::Fine => effect.watched(request, options).await,
            Verdict::Instead(after, answer) => {
                tokio::time::sleep(after).await;
                answer
            }
            Verdict::Lost(after, error) => {
                let _ = effect.watched(request, options).await;
                tokio::time::sleep(after).await;
                Err(error)
            }
            Verdict::Altered(alter) => effect.watched(request, options).await.map(alter),
            Verdict::Twice => {
                let _ = effect.watched(request.clone(), options).await;
                effect.watched(request, options).await
            }
            Verdict::Later(after, delay, error) => {
                let options = *options;
                tokio::spawn(async move {
                    tokio::time::sleep(after + delay).await;
                    let _ = effect.watched(request, &options).await;
                });
                tokio::time::sleep(after).await;
                Err(error)
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let network = self.life.network.clone();
        network.faults.left(self.life.organization, &self.shape);
        // Its sender goes on without it.
        if self.is_waited_for && !self.life.is_over() {
            let request = self.number;
            network.tell(Happening::Answer { request, status: None, retry_after: None });
        }
        let Some(request) = self.request.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if network.random.below(2) == 0 {
            return;
        }
        let effect = Effect { life: self.life.clone(), number: self.number };
        runtime.spawn(async move {
            tokio::time::sleep(effect.life.network.latency()).await;
            let _ = effect.watched(request, &SendOptions::default()).await;
        });
    }
}

/// A request at its place.
struct Effect {
    life: Arc<Life>,
    number: u64,
}

impl Effect {
    /// Carries the request out and tells what it changed.
    async fn watched(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let network = &self.life.network;
        let about = about(&request);
        if let About::Message { user, id } | About::Plan { user, id } = &about {
            network.before_write(user, id).await;
        }
        let is_write = request.method() != Method::GET;
        let request = network.paged(request);
        let before = network.image(&about).await;
        let sent = if is_write { network.sent_count().await } else { 0 };
        let answer = ServiceTransport::new(network.router.clone()).send(request, options).await;
        let after = network.image(&about).await;
        let (organization, worker) = (self.life.organization, self.life.worker);
        let by = By::Service { organization, worker };
        network.changed(about, before, after, by, Some(self.number));
        let count = if is_write { network.sent_count().await - sent } else { 0 };
        if count > 0 {
            network.tell(Happening::Sent { organization, request: self.number, count });
        }
        answer
    }
}

impl Network {
    /// The true time.
    pub(super) fn true_now(&self) -> earmark_model::Instant {
        self.clock.now()
    }

    pub(super) fn tell(&self, what: Happening) {
        if let Happening::Item { id, before: None, .. } = &what {
            self.faults.came(id, self.clock.now());
        }
        self.log.tell(self.clock.now(), what);
    }

    /// Tells that a fault struck.
    pub(super) fn strike(&self, kind: Kind, number: Option<u64>) {
        self.tell(Happening::Fault { kind: kind.id(), number });
    }

    /// How long the way there takes.
    pub(super) fn latency(&self) -> Duration {
        Duration::from_millis(10 + self.random.below(90)) * self.faults.slowness(self.clock.now())
    }

    /// The request as the server understands it: with pages of its own choice.
    fn paged(&self, request: Request<Bytes>) -> Request<Bytes> {
        let Some(page) = self.page else { return request };
        let address = request.uri().to_string();
        let Some((head, tail)) = address.split_once("$top=500") else { return request };
        let (mut parts, body) = request.into_parts();
        if let Ok(uri) = format!("{head}$top={page}{tail}").parse() {
            parts.uri = uri;
        }
        Request::from_parts(parts, body)
    }

    async fn image(&self, about: &About) -> Image {
        match about {
            About::Message { user, id } => {
                let message = self.sandbox.message(user, id).await.ok().flatten();
                Image::Message(message.map(|message| Box::new(message.into())))
            }
            About::Plan { user, .. } => Image::Plans(self.plans(user).await),
            About::Master { user } => Image::Master(self.master(user).await),
            About::Nothing => Image::Nothing,
        }
    }

    /// Everything of a mailbox that is no message: appointments, series, exceptions, tasks; empty
    /// where there is no mailbox.
    pub(super) async fn plans(&self, user: &str) -> Vec<Item> {
        let events = self.sandbox.event_rows(user).await.unwrap_or_default();
        let tasks = self.sandbox.tasks(user).await.unwrap_or_default();
        events.into_iter().map(Item::from).chain(tasks.into_iter().map(Item::from)).collect()
    }

    /// Tells every difference between what was in a mailbox's calendars and task lists and what is
    /// there now. `by` tells who changed an item.
    pub(super) fn tell_plans(
        &self,
        user: &str,
        before: Vec<Item>,
        after: Vec<Item>,
        request: Option<u64>,
        by: impl Fn(&str) -> By,
    ) {
        let mut were: BTreeMap<String, Item> =
            before.into_iter().map(|item| (item.id.clone(), item)).collect();
        let mut changed = Vec::new();
        for item in after {
            let was = were.remove(&item.id);
            if was.as_ref() != Some(&item) {
                changed.push((item.id.clone(), was, Some(item)));
            }
        }
        // What is gone is told first: a task that moved is there under another id.
        let gone = were.into_iter().map(|(id, item)| (id, Some(item), None));
        for (id, before, after) in gone.chain(changed).collect::<Vec<_>>() {
            let (user, by) = (user.to_owned(), by(&id));
            self.tell(Happening::Item { user, id, by, request, before, after });
        }
    }

    /// Units: messages that left mailboxes of the server so far.
    async fn sent_count(&self) -> u64 {
        self.sandbox.sent_count().await.unwrap_or_default()
    }

    /// The master list of a mailbox, empty where there is none.
    pub(super) async fn master(&self, user: &str) -> Vec<MasterEntry> {
        let list = self.sandbox.categories(user).await.unwrap_or_default();
        list.into_iter().map(|entry| (entry.guid, entry.name)).collect()
    }

    fn changed(&self, about: About, before: Image, after: Image, by: By, request: Option<u64>) {
        match (about, before, after) {
            (About::Message { user, id }, Image::Message(before), Image::Message(after))
                if before != after =>
            {
                let (before, after) = (before.map(|it| *it), after.map(|it| *it));
                self.tell(Happening::Item { user, id, by, request, before, after });
            }
            (About::Plan { user, id }, Image::Plans(before), Image::Plans(after)) => {
                let by = |other: &str| if other == id { by } else { By::Server };
                self.tell_plans(&user, before, after, request, by);
            }
            (About::Master { user }, Image::Master(before), Image::Master(after))
                if before != after =>
            {
                self.tell(Happening::Master { user, by, request, before, after });
            }
            _ => {}
        }
    }
}

/// What a request may change. Reads and batches change nothing: the connector batches reads only.
fn about(request: &Request<Bytes>) -> About {
    if request.method() == Method::GET {
        return About::Nothing;
    }
    let parts = super::faults::wire::parts(request.uri().path());
    let Some(at) = parts.iter().position(|part| part.eq_ignore_ascii_case("users")) else {
        return About::Nothing;
    };
    match &parts[at + 1..] {
        [user, kind, id, ..] if kind == "messages" => {
            About::Message { user: user.clone(), id: id.clone() }
        }
        [user, kind, id, ..] if kind == "events" => {
            About::Plan { user: user.clone(), id: id.clone() }
        }
        [user, todo, lists, list, tasks, task, ..]
            if todo == "todo" && lists == "lists" && tasks == "tasks" =>
        {
            About::Plan { user: user.clone(), id: format!("{list}|{task}") }
        }
        [user, ..] if parts.iter().any(|part| part == "masterCategories") => {
            About::Master { user: user.clone() }
        }
        _ => About::Nothing,
    }
}

/// The application of a bearer token.
fn client_of(authorization: &str) -> Option<String> {
    let claims = authorization.strip_prefix("Bearer ")?.split('.').nth(1)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    claims["appid"].as_str().or_else(|| claims["azp"].as_str()).map(str::to_owned)
}
