//! `POST /notifications`: where the mailbox server delivers change notifications and lifecycle
//! events. Open to everybody, because the server has no token of ours.
//!
//! What comes in is a hint from a stranger. A body of the right form is answered with 202 whatever
//! it says, so that nobody learns which subscriptions exist; what does not repeat the secret of a
//! subscription of ours is counted and dropped. Work is bounded: bytes, entries and bodies at once,
//! and the engine's own limits.

use super::problem::{self, Problem};
use crate::service::state::Service;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use earmark_engine::Heard;
use earmark_mailbox_port::Notification;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Units: bytes of one delivery.
const BODY_MAX: usize = 1024 * 1024;

/// Units: notifications in one delivery.
const ENTRIES_MAX: usize = 1_000;

/// Units: characters of a validation token.
const TOKEN_MAX: usize = 4_096;

/// Units: deliveries that are read at the same time; others wait.
const AT_ONCE: usize = 64;

/// How long a delivery may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);

/// What is known about deliveries since the start.
pub struct Inbox {
    places: Semaphore,
    received: AtomicU64,
    accepted: AtomicU64,
    forged: AtomicU64,
    malformed: AtomicU64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            places: Semaphore::new(AT_ONCE),
            received: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            forged: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
        }
    }
}

impl Inbox {
    /// Units: notifications by outcome, and deliveries that were none.
    pub fn counts(&self) -> [(&'static str, u64); 4] {
        [
            ("received", self.received.load(Relaxed)),
            ("accepted", self.accepted.load(Relaxed)),
            ("forged", self.forged.load(Relaxed)),
            ("malformed", self.malformed.load(Relaxed)),
        ]
    }
}

/// The open route.
pub fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/notifications", post(receive))
        .method_not_allowed_fallback(problem::method_not_allowed)
}

async fn receive(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if let Some(token) = query.as_deref().and_then(validation_token) {
        return validated(token);
    }
    let inbox = &service.inbox;
    let delivered = {
        let Ok(_place) = inbox.places.acquire().await else {
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "is stopping"));
        };
        delivered(&service, &headers, body).await.inspect_err(|_| {
            inbox.malformed.fetch_add(1, Relaxed);
        })?
    };
    for notification in delivered {
        inbox.received.fetch_add(1, Relaxed);
        let count = match hear(&service, notification).await {
            Heard::Accepted { .. } => &inbox.accepted,
            Heard::Forged | Heard::Unknown => &inbox.forged,
        };
        count.fetch_add(1, Relaxed);
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// The value of `validationToken`, decoded.
fn validation_token(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "validationToken").map(|(_, value)| value.into_owned())
}

/// The token comes back as it is, as plain text and never as a page.
fn validated(token: String) -> Result<Response, Problem> {
    if token.len() > TOKEN_MAX {
        let detail = format!("`validationToken` is longer than {TOKEN_MAX} bytes");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "validation_token", detail));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, token).into_response())
}

async fn delivered(
    service: &Service,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<Notification>, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the delivery is larger than 1 MiB",
        )
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse().ok()).is_some_and(|length: usize| length > BODY_MAX) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(ARRIVES_WITHIN, to_bytes(body, BODY_MAX)).await;
    let body = match read {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(too_large()),
        Err(_) => {
            let detail = "the delivery did not arrive in time";
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "slow", detail));
        }
    };
    // Every organization's server reads the same form; which one it is for shows only inside.
    let read = service
        .organizations
        .iter()
        .find_map(|organization| organization.mailboxes.read_notifications(&body).ok());
    let Some(notifications) = read else {
        let detail = "the body is no delivery of change notifications";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", detail));
    };
    if notifications.len() > ENTRIES_MAX {
        let detail = format!("more than {ENTRIES_MAX} notifications in one delivery");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many", detail));
    }
    Ok(notifications)
}

/// The organization that has the subscription takes it.
async fn hear(service: &Service, notification: Notification) -> Heard {
    for organization in &service.organizations {
        match organization.engine.notified(notification.clone()).await {
            Heard::Unknown => {}
            heard => return heard,
        }
    }
    Heard::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_token_is_decoded_and_bounded() {
        let token = validation_token("a=1&validationToken=Validation%3A+%3Cb%3E+x").expect("there");
        assert_eq!(token, "Validation: <b> x");
        assert_eq!(validation_token("a=1"), None);
        let answer = validated(token).expect("answered");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        assert!(validated("x".repeat(TOKEN_MAX + 1)).is_err());
    }
}
