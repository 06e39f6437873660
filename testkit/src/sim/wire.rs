//! The way from a worker to the pretend Exchange: it takes time, it fails, and it is watched.

use super::{
    faults::{Faults, Verdict},
    log::{By, Happening, Log, MasterEntry, Org},
};
use crate::{SeededRandom, VirtualClock};
use async_trait::async_trait;
use axum::Router;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use earmark_engine::Random;
use earmark_http::{SendError, SendOptions, ServiceTransport, Transport};
use earmark_model::Clock;
use earmark_sandbox::{MessageSummary, Sandbox};
use http::{Method, Request, Response, header};
use std::{sync::Arc, time::Duration};

/// What every worker's wire shares.
pub(super) struct Network {
    pub(super) router: Router,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) log: Log,
    pub(super) random: SeededRandom,
    pub(super) faults: Faults,
}

/// The wire of one worker.
pub(super) struct Wire {
    pub(super) network: Arc<Network>,
    pub(super) organization: Org,
    pub(super) worker: usize,
}

/// What a request is about, as far as it may change something that is watched.
enum About {
    Message { user: String, id: String },
    Master { user: String },
    Nothing,
}

/// What it was about, as it is now.
enum Image {
    Message(Option<MessageSummary>),
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
        let number = self.told(&request);
        let there = self.network.latency();
        tokio::time::sleep(there).await;
        let verdict = self.network.faults.on_request(&self.network, number, &request);
        let answer = self.carried_out(number, request, options, verdict).await;
        tokio::time::sleep(there / 2).await;
        let retry_after = answer.as_ref().ok().and_then(|answer| {
            let now = self.network.clock.now().as_millis();
            let until = earmark_http::retry_after(answer.headers(), now)?;
            u64::try_from(until - now).ok()
        });
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        self.network.tell(Happening::Answer { request: number, status, retry_after });
        answer
    }
}

impl Wire {
    fn told(&self, request: &Request<Bytes>) -> u64 {
        let number = self.network.log.number();
        let text = |name: header::HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        self.network.tell(Happening::Request {
            number,
            organization: self.organization,
            worker: self.worker,
            method: request.method().to_string(),
            path: path.to_owned(),
            client: text(header::AUTHORIZATION).as_deref().and_then(client_of),
            if_match: text(header::IF_MATCH),
            body: request.body().to_vec(),
        });
        number
    }

    async fn carried_out(
        &self,
        number: u64,
        request: Request<Bytes>,
        options: &SendOptions,
        verdict: Verdict,
    ) -> Result<Response<Bytes>, SendError> {
        match verdict {
            Verdict::Fine => self.watched(number, request, options).await,
            Verdict::Instead(answer) => answer,
            Verdict::Lost(error) => {
                let _ = self.watched(number, request, options).await;
                Err(error)
            }
            Verdict::Altered(alter) => {
                self.watched(number, request, options).await.map(|answer| alter(answer))
            }
            Verdict::Twice => {
                let _ = self.watched(number, request.clone(), options).await;
                self.watched(number, request, options).await
            }
            Verdict::Later(delay, error) => {
                let late = Self {
                    network: self.network.clone(),
                    organization: self.organization,
                    worker: self.worker,
                };
                let options = options.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let _ = late.watched(number, request, &options).await;
                });
                Err(error)
            }
        }
    }

    /// Carries the request out and tells what it changed.
    async fn watched(
        &self,
        number: u64,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let about = about(&request);
        let before = self.network.image(&about).await;
        let answer =
            ServiceTransport::new(self.network.router.clone()).send(request, options).await;
        let after = self.network.image(&about).await;
        let by = By::Service { organization: self.organization, worker: self.worker };
        self.network.changed(about, before, after, by, Some(number));
        answer
    }
}

impl Network {
    pub(super) fn tell(&self, what: Happening) {
        self.log.tell(self.clock.now(), what);
    }

    /// How long the way there takes.
    fn latency(&self) -> Duration {
        Duration::from_millis(10 + self.random.below(90))
    }

    async fn image(&self, about: &About) -> Image {
        match about {
            About::Message { user, id } => {
                Image::Message(self.sandbox.message(user, id).await.ok().flatten())
            }
            About::Master { user } => Image::Master(self.master(user).await),
            About::Nothing => Image::Nothing,
        }
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
                self.tell(Happening::Item { user, id, by, request, before, after });
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
    let parts: Vec<String> = request
        .uri()
        .path()
        .split('/')
        .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let Some(at) = parts.iter().position(|part| part.eq_ignore_ascii_case("users")) else {
        return About::Nothing;
    };
    match &parts[at + 1..] {
        [user, kind, id, ..] if kind == "messages" => {
            About::Message { user: user.clone(), id: id.clone() }
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
