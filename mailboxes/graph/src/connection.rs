//! Sends operations: token, budget, one repetition after a 401, pages and batches.

use crate::auth::{Token, Tokens};
use crate::budget::Budget;
use crate::classify::{self, nonsense};
use crate::settings::GraphSettings;
use crate::wire::batch;
use crate::wire::call::{Call, Place, Reply, malformed};
use crate::wire::page::Page;
use earmark_http::{AllowList, Client, SendOptions, Transport, retry_after};
use earmark_model::{Clock, Failure, FailureClass, Instant};
use http::{HeaderMap, Request, StatusCode, Uri, header};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Units: pages of one list, far above any mailbox, so that a server cannot keep us for ever.
const PAGES_MAX: usize = 10_000;

/// Units: bytes of one page, far above what is asked for.
const PAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Units: bytes of all pages of one list.
const LIST_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Units: entries of all pages of one list, above what the largest mailbox bears.
const LIST_ENTRIES_MAX: usize = 500_000;

/// Asked of every request: ids that survive moves.
const PREFER: &str = "IdType=\"ImmutableId\"";

/// The one way to Graph, shared by all mailboxes of a server.
pub(crate) struct Connection {
    client: Client,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    /// Without the closing slash.
    root: String,
    /// Where a token may go; narrower than where the client may go.
    below_root: AllowList,
    timeout: Duration,
}

/// An entity as JSON that was not read yet.
pub(crate) type Entity = Box<RawValue>;

/// The whole of a list.
pub(crate) struct Listing<T> {
    pub(crate) entries: Vec<T>,
    /// The server's time when it wrote the first page.
    pub(crate) read_at: Option<Instant>,
}

/// An error answer with its status, for those to whom the status says more than the class.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) failure: Failure,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

impl Refusal {
    /// Whether the server does not take the request as it was written, for example its filter.
    pub(crate) fn is_about_the_request(&self) -> bool {
        matches!(self.status, 400 | 501)
    }
}

impl Connection {
    pub(crate) fn new(
        settings: GraphSettings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let below_root = AllowList::new().below(&settings.graph_root);
        let allowed = below_root.clone().below(&settings.authority);
        Self {
            client: Client::new(transport, allowed),
            root: settings.graph_root.as_str().trim_end_matches('/').to_owned(),
            below_root,
            timeout: settings.timeout,
            tokens: Tokens::new(settings, Arc::clone(&clock)),
            clock,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Sends one operation and answers its good reply.
    pub(crate) async fn send(&self, budget: &Budget, call: &Call) -> Result<Reply, Failure> {
        Ok(self.ask(budget, call).await??)
    }

    /// Sends one operation and answers its reply or its refusal. The outer failure is a missing
    /// answer, or patience that the server asked for.
    pub(crate) async fn ask(
        &self,
        budget: &Budget,
        call: &Call,
    ) -> Result<Result<Reply, Refusal>, Failure> {
        budget.check(self.now())?;
        let _places = budget.enter(call.places).await;
        let token = self.tokens.token(&self.client, None).await?;
        // Others may have been told to wait while this one waited for its place and its token.
        budget.check(self.now())?;
        let mut reply = self.exchange(call, &token).await?;
        if reply.status == StatusCode::UNAUTHORIZED {
            let token = self.tokens.token(&self.client, Some(&token)).await?;
            budget.check(self.now())?;
            reply = self.exchange(call, &token).await?;
        }
        if reply.status.is_success() {
            budget.served();
            return Ok(Ok(reply));
        }
        self.refusal(budget, reply.status.as_u16(), &reply.headers, &reply.body).map(Err)
    }

    /// What an error answer means. A `Throttled` failure comes with its instant as the outer one
    /// and keeps others from sending before it.
    fn refusal(
        &self,
        budget: &Budget,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Refusal, Failure> {
        let told = retry_after(headers, self.now().as_millis()).map(Instant::from_millis);
        let mut failure = classify::answer(status, body, told.is_some());
        if let FailureClass::Throttled { until } = &mut failure.class {
            *until = Some(budget.throttled(told, self.now()));
            return Err(failure);
        }
        Ok(Refusal { status, failure })
    }

    async fn exchange(&self, call: &Call, token: &Token) -> Result<Reply, Failure> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(self.address(&call.place)?)
            .header(header::ACCEPT, "application/json")
            .header("prefer", PREFER);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let bearer = format!("Bearer {}", token.value.expose_secret());
        let mut bearer = http::HeaderValue::from_str(&bearer).map_err(|_| {
            nonsense("MalformedToken", "The token holds signs that no header takes.")
        })?;
        bearer.set_sensitive(true);
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .header(header::AUTHORIZATION, bearer)
            .body(call.body.clone().unwrap_or_default())
            .map_err(|_| nonsense("MalformedRequest", "The request cannot be written."))?;
        let options = SendOptions { timeout: self.timeout, body_max: call.body_max };
        let answer =
            self.client.send(request, &options).await.map_err(|e| classify::transport(&e))?;
        let (parts, body) = answer.into_parts();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    fn address(&self, place: &Place) -> Result<Uri, Failure> {
        match place {
            Place::Below(path) => format!("{}{path}", self.root)
                .parse()
                .map_err(|_| nonsense("MalformedRequest", "The address cannot be written.")),
            Place::Link(link) => self.link(link),
        }
    }

    /// A link that the server gave, verbatim; only signs that no request line takes are encoded.
    fn link(&self, link: &str) -> Result<Uri, Failure> {
        let uri = link
            .parse::<Uri>()
            .ok()
            .or_else(|| link.parse::<url::Url>().ok()?.as_str().parse().ok())
            .filter(|uri| self.below_root.permits(uri));
        uri.ok_or_else(|| {
            nonsense("ForeignNextLink", "The next page lies outside the configured Graph root.")
        })
    }

    /// Every page of a list, or a failure.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        budget: &Budget,
        first: Call,
    ) -> Result<Listing<T>, Failure> {
        let first = Call { body_max: first.body_max.min(PAGE_BYTES_MAX), ..first };
        let reply = self.send(budget, &first).await?;
        let read_at = reply.date();
        let page = reply.json()?;
        drop(reply);
        let entries = self.pages(budget, &first, page).await?;
        Ok(Listing { entries, read_at })
    }

    /// Every page of several lists, in their order; the first pages in as few requests as
    /// possible. A refusal is that of a first page: once a list began, it comes whole or fails.
    pub(crate) async fn list_all<T: DeserializeOwned>(
        &self,
        budget: &Budget,
        calls: &[Call],
    ) -> Result<Vec<Result<Vec<T>, Refusal>>, Failure> {
        let mut lists = Vec::with_capacity(calls.len());
        for (call, answer) in calls.iter().zip(self.read_all(budget, calls).await?) {
            lists.push(match answer {
                Ok(value) => {
                    let page = serde_json::from_str(value.get()).map_err(|e| malformed(&e))?;
                    drop(value);
                    Ok(self.pages(budget, call, page).await?)
                }
                Err(refusal) => Err(refusal),
            });
        }
        Ok(lists)
    }

    /// The entries of `page` and of every page after it.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        budget: &Budget,
        first: &Call,
        mut page: Page<T>,
    ) -> Result<Vec<T>, Failure> {
        let first = Call { body_max: first.body_max.min(PAGE_BYTES_MAX), ..first.clone() };
        let mut followed = BTreeSet::new();
        let mut entries = Vec::new();
        let mut bytes = 0_usize;
        loop {
            entries.append(&mut page.value);
            if entries.len() > LIST_ENTRIES_MAX || bytes > LIST_BYTES_MAX {
                return Err(nonsense(
                    "ListTooLong",
                    &format!(
                        "The list is longer than {LIST_ENTRIES_MAX} entries or {LIST_BYTES_MAX} \
                         bytes; take the category off what is not needed any more."
                    ),
                ));
            }
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else {
                return Ok(entries);
            };
            if followed.len() >= PAGES_MAX || !followed.insert(link.clone()) {
                return Err(nonsense("EndlessPages", "The list of pages does not end."));
            }
            let reply = self.send(budget, &first.clone().following(link)).await?;
            bytes = bytes.saturating_add(reply.body.len());
            page = reply.json()?;
        }
    }

    /// Carries out reads, one by itself and several in batches; answers in their order. The
    /// outer failure is about all of them, or about patience that one of them asked for.
    pub(crate) async fn read_all(
        &self,
        budget: &Budget,
        calls: &[Call],
    ) -> Result<Vec<Result<Entity, Refusal>>, Failure> {
        let [only] = calls else { return self.batch(budget, calls).await };
        Ok(vec![match self.ask(budget, only).await? {
            Ok(reply) => Ok(reply.json()?),
            Err(refusal) => Err(refusal),
        }])
    }

    /// Carries out `calls` in as few requests as possible; answers in their order. The outer
    /// failure is about the batch as a whole, or about patience that one of them asked for.
    pub(crate) async fn batch(
        &self,
        budget: &Budget,
        calls: &[Call],
    ) -> Result<Vec<Result<Entity, Refusal>>, Failure> {
        let mut answers = Vec::with_capacity(calls.len());
        for some in calls.chunks(batch::REQUESTS_MAX) {
            let mut replies = self.batch_once(budget, some).await?;
            if replies.iter().any(|reply| reply.status == StatusCode::UNAUTHORIZED.as_u16()) {
                let stale = self.tokens.token(&self.client, None).await?;
                self.tokens.token(&self.client, Some(&stale)).await?;
                replies = self.batch_once(budget, some).await?;
            }
            for reply in replies {
                answers.push(self.inner(budget, reply)?);
            }
        }
        Ok(answers)
    }

    async fn batch_once(
        &self,
        budget: &Budget,
        calls: &[Call],
    ) -> Result<Vec<batch::InnerReply>, Failure> {
        let reply = self.send(budget, &batch::request(calls, PREFER)?).await?;
        batch::read(&reply, calls.len())
    }

    fn inner(
        &self,
        budget: &Budget,
        reply: batch::InnerReply,
    ) -> Result<Result<Entity, Refusal>, Failure> {
        if (200..300).contains(&reply.status) {
            return Ok(Ok(reply.body));
        }
        let body = reply.body.get().as_bytes();
        self.refusal(budget, reply.status, &reply.headers, body).map(Err)
    }
}

/// The entity that an answer holds; `None` where there is no such item.
pub(crate) fn found<T: DeserializeOwned>(
    answer: Result<Entity, Refusal>,
) -> Result<Option<T>, Failure> {
    match answer {
        Ok(entity) => {
            serde_json::from_str(entity.get()).map(Some).map_err(|error| malformed(&error))
        }
        Err(refusal) if refusal.failure.class == FailureClass::ItemGone => Ok(None),
        Err(refusal) => Err(refusal.failure),
    }
}
