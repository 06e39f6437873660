//! Faults of one request to the mailbox server.

use super::{
    super::{log::Org, wire::Network},
    FRESH, Faults,
    answer::{self, Alter, error},
    broken::{Broken, BrokenMailbox},
    kind::Kind,
};
use bytes::Bytes;
use earmark_engine::Random;
use earmark_http::{SendError, SendOptions};
use earmark_model::Clock;
use http::{Method, Request, Response};
use std::time::Duration;

/// What becomes of one request.
pub(in crate::sim) enum Verdict {
    /// It is carried out and answered.
    Fine,
    /// It never arrives; this is the answer, after this time.
    Instead(Duration, Result<Response<Bytes>, SendError>),
    /// It is carried out, and the answer is lost; the service knows after this time.
    Lost(Duration, SendError),
    /// It is carried out, and the answer is altered on the way.
    Altered(Alter),
    /// It is carried out twice; the second answer arrives.
    Twice,
    /// It is carried out only after the second time, when the service has given up after the
    /// first.
    Later(Duration, Duration, SendError),
}

/// What a request is, as far as faults ask.
#[derive(Debug, Default)]
pub(in crate::sim) struct Shape {
    /// The address in the path; `None` for batches and tokens.
    pub(in crate::sim) user: Option<String>,
    /// What the inner requests of a batch are about: number, address, id of a message.
    pub(in crate::sim) inner: Vec<(String, Option<String>, Option<String>)>,
    /// The id of a message.
    pub(in crate::sim) message: Option<String>,
    /// The whole address.
    address: String,
    is_read: bool,
    is_login: bool,
    is_list: bool,
    is_next: bool,
    /// It writes to an item of any kind.
    is_change: bool,
}

impl Shape {
    /// Of a request.
    pub(in crate::sim) fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let parts = parts(path);
        let (user, message) = about(&parts);
        let last = parts.last().map(String::as_str);
        let query = request.uri().query().unwrap_or_default();
        Self {
            inner: if last == Some("$batch") { inner(request.body()) } else { Vec::new() },
            is_list: request.method() == Method::GET && last == Some("messages"),
            is_change: request.method() == Method::PATCH
                && parts.iter().any(|part| matches!(&**part, "messages" | "events" | "tasks")),
            is_next: query.contains("skip") || query.contains("kiptoken"),
            is_read: request.method() == Method::GET || last == Some("$batch"),
            address: request.uri().to_string(),
            is_login: path.starts_with("/login"),
            user,
            message,
        }
    }

    /// Whose mailboxes it reads or writes.
    pub(in crate::sim) fn users(&self) -> impl Iterator<Item = &str> {
        let inner = self.inner.iter().filter_map(|(_, user, _)| user.as_deref());
        self.user.as_deref().into_iter().chain(inner)
    }
}

/// The parts of a path, decoded.
pub(in crate::sim) fn parts(path: &str) -> Vec<String> {
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
}

/// The address, and the id of the message.
fn about(parts: &[String]) -> (Option<String>, Option<String>) {
    let Some(at) = parts.iter().position(|part| part.eq_ignore_ascii_case("users")) else {
        return (None, None);
    };
    let message = parts.iter().position(|part| part == "messages");
    let message = message.and_then(|at| parts.get(at + 1));
    (parts.get(at + 1).cloned(), message.cloned())
}

fn inner(body: &[u8]) -> Vec<(String, Option<String>, Option<String>)> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let requests = body["requests"].as_array().cloned().unwrap_or_default();
    let of = |request: &serde_json::Value| {
        // What a batch changed would have to be told.
        assert_eq!(request["method"], "GET", "the connector batches reads only");
        let url = request["url"].as_str().unwrap_or_default();
        let (user, message) = about(&parts(url.split('?').next().unwrap_or_default()));
        (request["id"].as_str().unwrap_or_default().to_owned(), user, message)
    };
    requests.iter().map(of).collect()
}

impl Faults {
    /// Decides about one request, which has just been sent.
    pub(in crate::sim) fn on_request(
        &self,
        network: &Network,
        organization: Org,
        shape: &Shape,
        options: &SendOptions,
    ) -> (Option<Kind>, Verdict) {
        if let Some(verdict) = self.broken_for_good(shape, options) {
            return (None, verdict);
        }
        let user = shape.users().next().unwrap_or_default().to_owned();
        if let Some(kind) = self.burst(organization, &user, network) {
            return (Some(kind), self.of_burst(kind));
        }
        if self.is_too_many(organization, shape) {
            return (Some(Kind::Fifth), self.fifth(shape));
        }
        if let Some(verdict) = self.not_readable(network, shape) {
            return (Some(Kind::PushEarly), verdict);
        }
        let fits = |kind: &Kind| kind.is_of_wire() && fits(*kind, shape);
        let Some(kind) = self.draw(Kind::ALL.iter().copied().filter(fits)) else {
            return (None, Verdict::Fine);
        };
        match self.verdict(kind, network, shape, options) {
            Some(verdict) => {
                self.begin_burst(kind, organization, &user, network);
                (Some(kind), verdict)
            }
            None => (None, Verdict::Fine),
        }
    }

    fn broken_for_good(&self, shape: &Shape, options: &SendOptions) -> Option<Verdict> {
        let Some(Broken::Mailbox { user, how }) = &self.broken else { return None };
        if !shape.users().any(|one| one.eq_ignore_ascii_case(user)) {
            return None;
        }
        let soon = Duration::ZERO;
        let (status, code) = match how {
            BrokenMailbox::Forbidden => (403, "ErrorAccessDenied"),
            BrokenMailbox::NotFound => (404, "ErrorInvalidUser"),
            BrokenMailbox::Unavailable => (503, "ServiceUnavailable"),
            BrokenMailbox::Late => {
                return Some(Verdict::Instead(options.timeout, Err(SendError::Timeout)));
            }
        };
        if shape.user.is_none() {
            return Some(Verdict::Altered(answer::every_inner(status, code)));
        }
        Some(Verdict::Instead(soon, Ok(error(status, code))))
    }

    /// What strikes every request of the mailbox now.
    fn burst(&self, organization: Org, user: &str, network: &Network) -> Option<Kind> {
        let now = network.clock.now();
        let mut state = self.state();
        let key = (organization, user.to_owned());
        let (kind, until) = state.bursts.get(&key).copied()?;
        if now < until {
            return Some(kind);
        }
        state.bursts.remove(&key);
        None
    }

    fn begin_burst(&self, kind: Kind, organization: Org, user: &str, network: &Network) {
        let length = match kind {
            Kind::OutOfOrder => self.seconds(1, 120),
            Kind::Forbidden => self.seconds(60, 3_600),
            _ => return,
        };
        let until = network.clock.now().plus(length);
        self.state().bursts.insert((organization, user.to_owned()), (kind, until));
    }

    fn of_burst(&self, kind: Kind) -> Verdict {
        let answer = match kind {
            Kind::Forbidden => error(403, "ErrorAccessDenied"),
            _ => self.out_of_order(),
        };
        Verdict::Instead(Duration::ZERO, Ok(answer))
    }

    fn out_of_order(&self) -> Response<Bytes> {
        match self.random.below(6) {
            0 => error(500, "ErrorInternalServerError"),
            1 => error(502, ""),
            2 => error(503, "ServiceUnavailable"),
            3 => error(504, ""),
            4 => error(504, "ErrorTimeoutExpired"),
            _ => error(503, ""),
        }
    }

    /// Whether more requests are under way in one of the mailboxes than it takes at once.
    fn is_too_many(&self, organization: Org, shape: &Shape) -> bool {
        let state = self.state();
        let mut most = 0;
        for user in shape.users() {
            let under_way = state.in_flight.get(&(organization, user.to_owned()));
            most = most.max(under_way.copied().unwrap_or(0));
        }
        most > PLACES
    }

    fn fifth(&self, shape: &Shape) -> Verdict {
        let wait = self.chance(50).then(|| 1 + self.random.below(20));
        if shape.inner.is_empty() {
            let mut answer = error(429, "ApplicationThrottled");
            if let Some(wait) = wait {
                answer::set(&mut answer, "retry-after", &wait.to_string());
            }
            return Verdict::Instead(Duration::ZERO, Ok(answer));
        }
        let which = self.random.below(shape.inner.len() as u64);
        Verdict::Altered(answer::one_inner(which, 429, "ApplicationThrottled", wait))
    }

    fn verdict(
        &self,
        kind: Kind,
        network: &Network,
        shape: &Shape,
        options: &SendOptions,
    ) -> Option<Verdict> {
        let soon = Duration::ZERO;
        let timeout = options.timeout;
        let instead = |answer| Verdict::Instead(soon, Ok(answer));
        Some(match kind {
            Kind::Lost => Verdict::Instead(timeout, Err(SendError::Timeout)),
            Kind::AnswerLost if self.chance(50) => Verdict::Lost(timeout, SendError::Timeout),
            Kind::AnswerLost => Verdict::Lost(soon, interrupted()),
            Kind::Late => Verdict::Later(timeout, self.seconds(1, 900), SendError::Timeout),
            Kind::Twice => Verdict::Twice,
            Kind::Throttled => instead(self.throttled(network)),
            Kind::OutOfOrder => instead(self.out_of_order()),
            Kind::Conflict => instead(error(412, "ErrorIrresolvableConflict")),
            Kind::Stale => return self.not_found_yet(network, shape),
            Kind::Unauthenticated => instead(answer::challenge()),
            Kind::Forbidden => instead(error(403, "ErrorAccessDenied")),
            Kind::Nonsense => self.nonsense(options),
            Kind::Stall => Verdict::Lost(timeout, SendError::Timeout),
            Kind::NoConnection => {
                let detail = "no such host".to_owned();
                Verdict::Instead(soon, Err(SendError::Connect { detail }))
            }
            Kind::Redirect => Verdict::Instead(soon, Err(SendError::Redirect { status: 302 })),
            Kind::Fifth => self.fifth(shape),
            Kind::CategoryRefused => instead(error(400, "ErrorInvalidRequest")),
            Kind::PageGone => instead(error(410, "SyncStateNotFound")),
            Kind::LinkExpired => instead(error(400, "ErrorInvalidSyncStateData")),
            Kind::Repeated => Verdict::Altered(answer::repeated(self.random.next())),
            Kind::EmptyPage => Verdict::Altered(answer::empty_page(shape.address.clone())),
            Kind::Unreported => Verdict::Altered(answer::unreported(self.random.next())),
            Kind::Partial => Verdict::Altered(answer::partial(self.random.next())),
            _ => return None,
        })
    }

    fn throttled(&self, network: &Network) -> Response<Bytes> {
        let mut answer = error(429, "TooManyRequests");
        let wait = 1 + self.random.below(180);
        match self.random.below(4) {
            0 => answer::set(&mut answer, "retry-after", &wait.to_string()),
            1 => {
                let now = network.clock.now();
                let until = now.plus(Duration::from_secs(wait));
                answer::set(&mut answer, "date", &answer::http_date(now));
                answer::set(&mut answer, "retry-after", &answer::http_date(until));
            }
            2 => answer::set(&mut answer, "retry-after", "0"),
            _ => {}
        }
        answer
    }

    /// What came lately is not there yet in the eyes of a reader.
    fn not_found_yet(&self, network: &Network, shape: &Shape) -> Option<Verdict> {
        let now = network.clock.now();
        let state = self.state();
        missing(shape, |id| state.fresh.get(id).is_some_and(|came| now.since(*came) < FRESH))
    }

    /// What was told of cannot be read yet.
    fn not_readable(&self, network: &Network, shape: &Shape) -> Option<Verdict> {
        let now = network.clock.now();
        let state = self.state();
        if state.unreadable.is_empty() {
            return None;
        }
        missing(shape, |id| state.unreadable.get(id).is_some_and(|until| now < *until))
    }

    fn nonsense(&self, options: &SendOptions) -> Verdict {
        let limit = options.body_max;
        match self.random.below(7) {
            0 => Verdict::Altered(answer::truncated()),
            1 => Verdict::Altered(answer::html()),
            2 => Verdict::Altered(answer::richer()),
            3 => Verdict::Altered(answer::poorer()),
            4 => Verdict::Altered(answer::foreign_link()),
            5 => Verdict::Altered(answer::empty()),
            _ => Verdict::Lost(Duration::ZERO, SendError::BodyTooLarge { limit }),
        }
    }

    /// A request is under way. Ends with [`Self::left`].
    pub(in crate::sim) fn entered(&self, organization: Org, shape: &Shape) {
        let mut state = self.state();
        for (user, places) in shape.places() {
            *state.in_flight.entry((organization, user)).or_default() += places;
        }
    }

    /// It is not under way any more.
    pub(in crate::sim) fn left(&self, organization: Org, shape: &Shape) {
        let mut state = self.state();
        for (user, places) in shape.places() {
            if let Some(count) = state.in_flight.get_mut(&(organization, user)) {
                *count = count.saturating_sub(places);
            }
        }
    }
}

/// Units: requests that a mailbox takes at once from one application.
const PLACES: usize = 4;

impl Shape {
    /// How many requests at once it is in each mailbox.
    fn places(&self) -> std::collections::BTreeMap<String, usize> {
        let mut places = std::collections::BTreeMap::new();
        for user in self.users() {
            let count: &mut usize = places.entry(user.to_owned()).or_default();
            *count = (*count + 1).min(PLACES);
        }
        places
    }
}

fn interrupted() -> SendError {
    SendError::Interrupted { detail: "the connection was closed".to_owned() }
}

/// The answer that one of the messages is not there.
fn missing(shape: &Shape, is_missing: impl Fn(&String) -> bool) -> Option<Verdict> {
    if shape.message.as_ref().is_some_and(&is_missing) {
        return Some(Verdict::Instead(Duration::ZERO, Ok(error(404, "ErrorItemNotFound"))));
    }
    let inner = shape.inner.iter().position(|(_, _, id)| id.as_ref().is_some_and(&is_missing));
    let which = u64::try_from(inner?).ok()?;
    Some(Verdict::Altered(answer::one_inner(which, 404, "ErrorItemNotFound", None)))
}

/// Whether a fault can strike such a request at all.
fn fits(kind: Kind, shape: &Shape) -> bool {
    match kind {
        Kind::Conflict | Kind::CategoryRefused => shape.is_change,
        Kind::Stale => shape.message.is_some() || !shape.inner.is_empty(),
        Kind::Forbidden | Kind::Fifth => shape.user.is_some() || !shape.inner.is_empty(),
        Kind::PageGone | Kind::LinkExpired => shape.is_next,
        Kind::Repeated | Kind::EmptyPage | Kind::Unreported | Kind::Partial => shape.is_list,
        Kind::Unauthenticated | Kind::Throttled => !shape.is_login,
        Kind::Late => !shape.is_read,
        _ => true,
    }
}
