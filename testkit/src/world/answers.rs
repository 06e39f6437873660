//! What mailbox servers answered: how often to each mailbox, how often "too many requests", and how
//! late.

use super::World;
use bytes::Bytes;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The status that asks for fewer requests.
const TOO_MANY: u16 = 429;

/// Counts of answers. Each part of a batch counts, and the batch itself does not, as against the
/// limits of Graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Units: answers, by the mailbox that was asked about.
    pub by_mailbox: BTreeMap<String, u64>,
    /// Units: answers 429 among them.
    pub throttled: u64,
}

impl Answers {
    /// Units: answers about any mailbox.
    pub fn all(&self) -> u64 {
        self.by_mailbox.values().sum()
    }
}

#[derive(Default)]
struct State {
    answers: Answers,
    late: BTreeMap<String, Duration>,
}

/// Counts answers, and knows whose are late.
#[derive(Default)]
pub(super) struct Tally {
    state: Mutex<State>,
}

/// One request, as far as it is counted.
pub(super) struct Asked {
    mailbox: Option<String>,
    is_batch: bool,
}

impl Asked {
    /// What a request asks; every part of a batch is about the same mailbox.
    pub(super) fn of(request: &http::Request<Bytes>) -> Self {
        let path = request.uri().path();
        let is_batch = path.ends_with("/$batch");
        let mailbox = if is_batch {
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            body["requests"][0]["url"].as_str().and_then(mailbox_in)
        } else {
            mailbox_in(path)
        };
        Self { mailbox, is_batch }
    }
}

fn mailbox_in(path: &str) -> Option<String> {
    let name = path.split(['/', '?']).skip_while(|part| *part != "users").nth(1)?;
    percent_encoding::percent_decode_str(name).decode_utf8().ok().map(|name| name.to_lowercase())
}

impl Tally {
    /// How long an answer takes beyond what every answer takes.
    pub(super) fn lateness(&self, asked: &Asked) -> Duration {
        let mailbox = asked.mailbox.as_deref().unwrap_or_default();
        self.state().late.get(mailbox).copied().unwrap_or_default()
    }

    /// Counts an answer.
    pub(super) fn note(&self, asked: Asked, answer: &http::Response<Bytes>) {
        let Some(mailbox) = asked.mailbox else { return };
        let is_throttled = |status: u64| status == u64::from(TOO_MANY);
        let status = u64::from(answer.status().as_u16());
        let (mut all, mut throttled) = (1, u64::from(is_throttled(status)));
        if asked.is_batch && answer.status().is_success() {
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let parts = body["responses"].as_array().map(Vec::as_slice).unwrap_or_default();
            let statuses = || parts.iter().filter_map(|part| part["status"].as_u64());
            all = statuses().count() as u64;
            throttled = statuses().filter(|status| is_throttled(*status)).count() as u64;
        }
        let mut state = self.state();
        *state.answers.by_mailbox.entry(mailbox).or_default() += all;
        state.answers.throttled += throttled;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// What mailbox servers answered since the last [`World::clear_answers`].
    pub fn answers(&self) -> Answers {
        self.interrupter.tally.state().answers.clone()
    }

    /// Starts counting answers anew.
    pub fn clear_answers(&self) {
        self.interrupter.tally.state().answers = Answers::default();
    }

    /// From now on each answer about this mailbox takes so much longer than others. Where that is
    /// longer than the service waits, it gets none.
    pub fn answer_late(&self, user: &str, time: Duration) {
        self.interrupter.tally.state().late.insert(user.to_lowercase(), time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, body: &'static str) -> Asked {
        let request = http::Request::post(format!("http://a.test/graph/v1.0{path}"));
        Asked::of(&request.body(Bytes::from_static(body.as_bytes())).expect("a request"))
    }

    fn answer(status: u16, body: &'static str) -> http::Response<Bytes> {
        let answer = http::Response::builder().status(status);
        answer.body(Bytes::from_static(body.as_bytes())).expect("an answer")
    }

    #[test]
    fn parts_of_a_batch_count_and_the_batch_does_not() {
        let tally = Tally::default();
        tally.note(request("/users/Anna%40a.test/messages/1", ""), &answer(429, ""));
        let batch = r#"{"requests":[{"id":"0","url":"/users/anna@a.test/events?$top=1"}]}"#;
        let parts = r#"{"responses":[{"id":"0","status":200},{"id":"1","status":429}]}"#;
        tally.note(request("/$batch", batch), &answer(200, parts));
        tally.note(request("/$batch", batch), &answer(503, ""));
        tally.note(request("/demo/oauth2/v2.0/token", ""), &answer(200, ""));
        let answers = tally.state().answers.clone();
        assert_eq!(answers.by_mailbox, BTreeMap::from([("anna@a.test".to_owned(), 4)]));
        assert_eq!((answers.all(), answers.throttled), (4, 2));
    }
}
