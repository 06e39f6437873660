//! The documented limits of requests over time, for each application and mailbox.
//!
//! Windows slide by the clock that was given, in steps. What was refused counts as well, so that
//! whoever goes on asking stays refused.

use crate::{
    concurrency::{InFlight, Place},
    error::Refusal,
    graph::Request,
    sandbox::Sandbox,
    store::user,
};
use http::Method;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// One limit. Source: the throttling limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    /// Units: requests or bytes in one window.
    most: u64,
    /// Units: milliseconds.
    window_ms: i64,
}

/// Units: steps of a window.
const STEPS: i64 = 20;

/// Requests of one application in one mailbox.
const MAILBOX_REQUESTS: Limit = Limit { most: 10_000, window_ms: 10 * 60 * 1000 };

/// Bytes that one application uploads into one mailbox.
const MAILBOX_UPLOAD: Limit = Limit { most: 150 * 1024 * 1024, window_ms: 5 * 60 * 1000 };

/// Requests of one application in all.
const APPLICATION_REQUESTS: Limit = Limit { most: 130_000, window_ms: 10 * 1000 };

/// What was used in the steps of the last window, oldest first.
#[derive(Debug, Default)]
struct Usage {
    steps: VecDeque<(i64, u64)>,
}

impl Usage {
    /// Adds to the usage. The answer is how long to wait when the limit was reached before:
    /// until enough steps have left the window. Units: milliseconds.
    fn take(&mut self, limit: Limit, amount: u64, now_ms: i64) -> Option<i64> {
        let step_ms = limit.window_ms / STEPS;
        let step = now_ms.div_euclid(step_ms) * step_ms;
        while self.steps.front().is_some_and(|(start, _)| *start + limit.window_ms <= step) {
            self.steps.pop_front();
        }
        let before: u64 = self.steps.iter().map(|(_, used)| used).sum();
        match self.steps.back_mut() {
            Some((start, used)) if *start == step => *used = used.saturating_add(amount),
            _ => self.steps.push_back((step, amount)),
        }
        if before < limit.most {
            return None;
        }
        let mut left = before.saturating_add(amount);
        for (start, used) in &self.steps {
            left -= used;
            if left < limit.most {
                return Some(start + limit.window_ms - now_ms);
            }
        }
        Some(limit.window_ms)
    }

    fn is_over(&self, now_ms: i64) -> bool {
        let longest = MAILBOX_REQUESTS.window_ms;
        self.steps.back().is_none_or(|(start, _)| start + longest + longest / STEPS < now_ms)
    }
}

#[derive(Debug, Default)]
struct State {
    applications: BTreeMap<String, Usage>,
    /// Requests and uploads by application and mailbox.
    mailboxes: BTreeMap<(String, String), (Usage, Usage)>,
    /// The ids of mailboxes by the names that requests use.
    names: BTreeMap<String, String>,
    refused: u64,
}

/// What was used.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    state: Mutex<State>,
}

/// One request as the limits see it.
#[derive(Debug, Clone, Copy)]
struct Asking<'a> {
    application: &'a str,
    mailbox: Option<&'a str>,
    /// Units: bytes.
    upload: u64,
    now_ms: i64,
}

impl Throttle {
    /// Counts a request. Errors: 429 when a limit was reached.
    fn take(&self, asking: Asking<'_>) -> Result<(), Refusal> {
        let mut state = self.with();
        let Asking { application, mailbox, upload, now_ms } = asking;
        if !state.applications.contains_key(application) {
            state.applications.retain(|_, usage| !usage.is_over(now_ms));
        }
        let usage = state.applications.entry(application.to_owned()).or_default();
        let mut wait = usage.take(APPLICATION_REQUESTS, 1, now_ms);
        if let Some(mailbox) = mailbox {
            let key = (application.to_owned(), mailbox.to_owned());
            if !state.mailboxes.contains_key(&key) {
                state.mailboxes.retain(|_, (requests, _)| !requests.is_over(now_ms));
            }
            let (requests, uploads) = state.mailboxes.entry(key).or_default();
            wait = wait.max(requests.take(MAILBOX_REQUESTS, 1, now_ms));
            if upload > 0 {
                wait = wait.max(uploads.take(MAILBOX_UPLOAD, upload, now_ms));
            }
        }
        match wait {
            None => Ok(()),
            Some(wait_ms) => Err(Refusal {
                retry_after: Some(((wait_ms + 999) / 1000).max(1).to_string()),
                ..Refusal::new(429, "TooManyRequests", "Please retry again later.")
            }),
        }
    }

    /// The refusal, every second time without saying how long to wait.
    fn silenced(&self, refusal: Refusal) -> Refusal {
        let mut state = self.with();
        state.refused += 1;
        let is_silent = state.refused.is_multiple_of(2);
        Refusal { retry_after: refusal.retry_after.filter(|_| !is_silent), ..refusal }
    }

    /// Nothing was used yet.
    pub(crate) fn forget(&self) {
        *self.with() = State::default();
    }

    fn with(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// Counts a request and takes a place for it among those that one application may have under
    /// way in one mailbox.
    ///
    /// Errors: 429 when a limit was reached.
    pub(crate) async fn admit(&self, request: &Request) -> Result<Option<Place>, Refusal> {
        let Some(application) = request.caller.client() else { return Ok(None) };
        let quirks = &request.quirks;
        if !quirks.throttling && !quirks.mailbox_concurrency {
            return Ok(None);
        }
        let mailbox = self.mailbox_of(request).await?;
        let writes = matches!(request.method, Method::POST | Method::PATCH | Method::PUT);
        let upload = if writes { u64::try_from(request.body.len()).unwrap_or(u64::MAX) } else { 0 };
        let mailbox_name = mailbox.as_deref();
        let asking = Asking { application, mailbox: mailbox_name, upload, now_ms: request.now_ms };
        let counted = if quirks.throttling { self.throttle().take(asking) } else { Ok(()) };
        let entered = counted.and_then(|()| match &mailbox {
            Some(mailbox) if quirks.mailbox_concurrency => {
                InFlight::enter(self.in_flight(), application, mailbox.clone()).map(Some)
            }
            _ => Ok(None),
        });
        entered.map_err(|refusal| {
            if quirks.retry_after_missing { self.throttle().silenced(refusal) } else { refusal }
        })
    }

    /// Counts what is uploaded outside of ordinary requests, to the address of a session.
    ///
    /// Errors: 429 when a limit was reached.
    pub(crate) fn admit_upload(
        &self,
        application: &str,
        mailbox: &str,
        upload: u64,
    ) -> Result<(), Refusal> {
        if !self.quirks().throttling {
            return Ok(());
        }
        let now_ms = self.now_ms();
        self.throttle().take(Asking { application, mailbox: Some(mailbox), upload, now_ms })
    }

    /// The mailbox that a request goes to, under the one name that all its requests share.
    async fn mailbox_of(&self, request: &Request) -> Result<Option<String>, Refusal> {
        let name = match request.route().as_slice() {
            ["users", name, _, ..] => (*name).to_owned(),
            ["me", _, ..] => match request.caller.object() {
                object if object.is_nil() => return Ok(None),
                object => return Ok(Some(object.to_string())),
            },
            _ => return Ok(None),
        };
        if let Some(known) = self.throttle().with().names.get(&name) {
            return Ok(Some(known.clone()));
        }
        let asked = name.clone();
        let found = self.database().read(move |tx| user::find(tx, &asked)).await?;
        let id = found.map(|user| user.guid.to_string());
        if let Some(id) = &id {
            self.throttle().with().names.insert(name, id.clone());
        }
        Ok::<_, Refusal>(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limit = Limit { most: 10, window_ms: 20_000 };

    #[test]
    fn a_window_slides_and_says_how_long_to_wait() {
        let mut usage = Usage::default();
        for second in 0..10 {
            assert_eq!(usage.take(SMALL, 1, second * 1000), None);
        }
        assert_eq!(usage.take(SMALL, 1, 10_000), Some(11_000));
        // The refused one counts: at 20 seconds ten of the eleven are still in the window.
        assert_eq!(usage.take(SMALL, 1, 20_000), Some(2_000));
        assert_eq!(usage.take(SMALL, 1, 22_000), None);
    }

    #[test]
    fn an_application_has_a_limit_over_all_mailboxes() {
        let throttle = Throttle::default();
        let ask = |mailbox: usize, now_ms| {
            let mailbox = format!("m{mailbox}");
            let asking = Asking { application: "a", mailbox: Some(&mailbox), upload: 0, now_ms };
            throttle.take(asking)
        };
        for count in 0..130_000 {
            assert_eq!(ask(count % 26, 0), Ok(()), "request {count}");
        }
        assert_eq!(ask(0, 0).expect_err("refused").retry_after.as_deref(), Some("10"));
        assert_eq!(ask(0, 10_000), Ok(()));
    }
}
