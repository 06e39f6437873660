//! One post of notices to one address.

use crate::store::notice::Notice;
use bytes::Bytes;
use earmark_http::{Fault, SendOptions, Target, Transport, Wiretap};
use http::{Method, Request, StatusCode, header};
use serde_json::Value;
use std::time::Duration;

/// How long an address may take. Source: the delivery rules.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Units: bytes of an answer that are read; nothing in it counts.
const ANSWER_MAX: u64 = 64 * 1024;

/// Notices for one address, in order.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) url: String,
    pub(super) notices: Vec<Notice>,
}

/// What became of a post.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// The address took it, or an injected fault lost it on the way.
    Taken,
    /// It is to be sent again.
    Refused,
    /// An injected fault holds it back; `then` is what goes wrong afterwards.
    HeldBack { delay_ms: u64, then: Fault },
}

impl Post {
    /// The rows of its notices.
    pub(super) fn rows(&self) -> Vec<i64> {
        self.notices.iter().map(|notice| notice.row).collect()
    }

    /// Sends it once, unless a fault of the target `push` has it otherwise: `status` stands for
    /// what the address would have answered to a post that never arrives, so that a 2xx loses
    /// it for good; `dropResponse` lets it arrive and loses the answer.
    pub(super) async fn send(
        &self,
        transport: &dyn Transport,
        tap: &Wiretap,
        body: &Value,
    ) -> Outcome {
        let path = self.path();
        let fault = match self.notices.iter().find_map(|notice| notice.what.fault.clone()) {
            Some(waited) => waited,
            None => tap.strike(Target::Push, "POST", &path).unwrap_or_default(),
        };
        if let Some(delay_ms) = fault.delay_ms {
            return Outcome::HeldBack { delay_ms, then: Fault { delay_ms: None, ..fault } };
        }
        tap.count(Target::Push, "POST", &path);
        if let (Some(status), false) = (fault.status, fault.drop_response) {
            return if (200..300).contains(&status) { Outcome::Taken } else { Outcome::Refused };
        }
        if fault.duplicate {
            self.once(transport, body).await;
        }
        let taken = self.once(transport, body).await;
        if taken && !fault.drop_response { Outcome::Taken } else { Outcome::Refused }
    }

    /// The path that rules and counts see: the address without place and query.
    fn path(&self) -> String {
        url::Url::parse(&self.url).map(|url| url.path().to_owned()).unwrap_or_default()
    }

    async fn once(&self, transport: &dyn Transport, body: &Value) -> bool {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Bytes::from(body.to_string()));
        let Ok(request) = request else { return false };
        let options = SendOptions { timeout: TIMEOUT, body_max: ANSWER_MAX };
        let status = transport.send(request, &options).await.map(|answer| answer.status());
        status.as_ref().is_ok_and(StatusCode::is_success)
    }
}
