//! The console's sign-in: sessions in memory, each with a secret for its requests.
//!
//! A session ends after 30 minutes without a request and after 12 hours in any case; a restart ends
//! all of them. The cookie holds 256 random bits, of which only a hash is kept.

use super::rate::Rate;
use crate::service::machine::SystemRandom;
use axum::http::{HeaderMap, header};
use earmark_model::Instant;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Without a request for that long, a session ends.
pub const IDLE: Duration = Duration::from_secs(30 * 60);

/// However much it is used, a session ends after that.
pub const ABSOLUTE: Duration = Duration::from_secs(12 * 60 * 60);

/// The header that carries the session's secret.
pub const CSRF_HEADER: &str = "x-earmark-csrf";

/// Units: sessions at once; the oldest ends when one more begins.
const SESSIONS_MAX: usize = 100;

/// Units: wrong tokens in a minute, from everybody together.
const WRONG_MAX: u32 = 10;

type Hash = [u8; 32];

/// What is kept of a session.
#[derive(Debug, Clone)]
pub struct Session {
    /// What its requests carry in [`CSRF_HEADER`].
    pub csrf: String,
    began: Instant,
    used: Instant,
}

impl Session {
    /// When it ends if nothing is asked any more.
    pub fn ends(&self) -> Instant {
        self.used.plus(IDLE).min(self.began.plus(ABSOLUTE))
    }
}

/// Why a request with a session's cookie is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionRefusal {
    /// There is no such session, or it has ended.
    Ended,
    /// It does not come from the console's own page.
    Forged,
}

/// All sessions.
pub struct Sessions {
    kept: Mutex<BTreeMap<Hash, Session>>,
    wrong: Rate<()>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { kept: Mutex::default(), wrong: Rate::new(WRONG_MAX) }
    }
}

impl Sessions {
    /// Begins a session; answers the value of its cookie and what is kept of it.
    ///
    /// Errors: the system has no randomness to give.
    pub fn begin(&self, now: Instant) -> Result<(String, Session), getrandom::Error> {
        let (value, csrf) = (SystemRandom.token()?, SystemRandom.token()?);
        let session = Session { csrf, began: now, used: now };
        let mut kept = self.lock();
        kept.retain(|_, session| session.ends() > now);
        if kept.len() >= SESSIONS_MAX {
            let oldest = kept.iter().min_by_key(|(_, session)| session.began);
            if let Some(oldest) = oldest.map(|(hash, _)| *hash) {
                kept.remove(&oldest);
            }
        }
        kept.insert(hash(&value), session.clone());
        Ok((value, session))
    }

    /// The session of a request's cookie, used now.
    pub fn of(&self, headers: &HeaderMap, now: Instant) -> Option<Session> {
        let hash = hash(cookie(headers)?);
        let mut kept = self.lock();
        let session = kept.get_mut(&hash)?;
        if session.ends() <= now {
            kept.remove(&hash);
            return None;
        }
        session.used = now;
        Some(session.clone())
    }

    /// Whether a request with a cookie comes from a session's own page: it carries the session's
    /// secret, and the browser does not say that another site made it.
    pub fn check(&self, headers: &HeaderMap, now: Instant) -> Result<Session, SessionRefusal> {
        let session = self.of(headers, now).ok_or(SessionRefusal::Ended)?;
        let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        let is_own = given.is_some_and(|given| hash(given) == hash(&session.csrf));
        if is_own && is_same_origin(headers) { Ok(session) } else { Err(SessionRefusal::Forged) }
    }

    /// Ends the session of a request's cookie.
    pub fn end(&self, headers: &HeaderMap) {
        if let Some(value) = cookie(headers) {
            self.lock().remove(&hash(value));
        }
    }

    /// How long nobody may try to sign in, after too many wrong tokens.
    pub fn closed_for(&self, now: Instant) -> Option<Duration> {
        self.wrong.wait(&(), now)
    }

    /// Counts a wrong token.
    pub fn count_wrong(&self, now: Instant) {
        // Being at the limit already is no news.
        let _ = self.wrong.take(&(), now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Hash, Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the cookie. The prefix binds it to this host and to https; browsers refuse it over
/// plain http, where the console is reached on this machine only.
const SECURE_NAME: &str = "__Host-earmark";
const PLAIN_NAME: &str = "earmark";

/// The `Set-Cookie` that begins a session, or with an empty `value` ends it.
pub fn set_cookie(value: &str, is_secure: bool) -> String {
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    if is_secure {
        format!("{SECURE_NAME}={value}; Secure; HttpOnly; SameSite=Strict; Path=/{end}")
    } else {
        format!("{PLAIN_NAME}={value}; HttpOnly; SameSite=Strict; Path=/{end}")
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(name, value)| {
            [SECURE_NAME, PLAIN_NAME].contains(&name.trim()) && !value.trim().is_empty()
        })
        .map(|(_, value)| value.trim())
}

/// Whether a browser made the request from a page of this very origin. What says nothing about
/// its origin passes: it is no browser, and has the secret.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
        (None, _) => true,
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Instant {
        Instant::from_millis(minutes * 60_000)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a header"));
        }
        headers
    }

    fn with_cookie(value: &str, more: &[(&'static str, &str)]) -> HeaderMap {
        let mut all = headers(more);
        all.insert(header::COOKIE, format!("other=1; earmark={value}").parse().expect("a header"));
        all
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_twelve_hours() {
        let sessions = Sessions::default();
        let (value, session) = sessions.begin(at(0)).expect("random");
        let own = with_cookie(&value, &[(CSRF_HEADER, &session.csrf)]);
        let mut now = 0;
        while now < 12 * 60 {
            assert!(sessions.check(&own, at(now)).is_ok(), "minute {now}");
            now += 29;
        }
        assert_eq!(sessions.check(&own, at(12 * 60)).err(), Some(SessionRefusal::Ended));
        let (value, session) = sessions.begin(at(0)).expect("random");
        let own = with_cookie(&value, &[(CSRF_HEADER, &session.csrf)]);
        assert_eq!(sessions.check(&own, at(30)).err(), Some(SessionRefusal::Ended));
        assert_eq!(sessions.check(&own, at(1)).err(), Some(SessionRefusal::Ended), "for good");
    }

    #[test]
    fn each_sign_in_has_a_cookie_of_its_own_and_signing_out_ends_it() {
        let sessions = Sessions::default();
        let (one, first) = sessions.begin(at(0)).expect("random");
        let (two, second) = sessions.begin(at(0)).expect("random");
        assert!(one != two && first.csrf != second.csrf);
        sessions.end(&with_cookie(&one, &[]));
        assert!(sessions.of(&with_cookie(&one, &[]), at(1)).is_none());
        assert!(sessions.of(&with_cookie(&two, &[]), at(1)).is_some());
    }

    #[test]
    fn a_request_of_another_site_is_refused() {
        let sessions = Sessions::default();
        let (value, session) = sessions.begin(at(0)).expect("random");
        let csrf = session.csrf.as_str();
        let check = |more: &[(&'static str, &str)]| {
            sessions.check(&with_cookie(&value, more), at(1)).map(|_| ())
        };
        let host = ("host", "localhost:8080");
        assert_eq!(check(&[(CSRF_HEADER, csrf), host]), Ok(()));
        assert_eq!(
            check(&[(CSRF_HEADER, csrf), host, ("origin", "http://localhost:8080")]),
            Ok(())
        );
        for forged in [
            vec![host],
            vec![host, (CSRF_HEADER, "guess")],
            vec![host, (CSRF_HEADER, csrf), ("origin", "https://evil.test")],
            vec![host, (CSRF_HEADER, csrf), ("origin", "null")],
            vec![host, (CSRF_HEADER, csrf), ("sec-fetch-site", "cross-site")],
            vec![host, (CSRF_HEADER, csrf), ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(check(&forged), Err(SessionRefusal::Forged), "{forged:?}");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_over_https() {
        assert_eq!(
            set_cookie("v", true),
            "__Host-earmark=v; Secure; HttpOnly; SameSite=Strict; Path=/"
        );
        assert_eq!(set_cookie("", false), "earmark=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    }

    #[test]
    fn after_too_many_wrong_tokens_nobody_signs_in_for_a_while() {
        let sessions = Sessions::default();
        for _ in 0..WRONG_MAX {
            assert_eq!(sessions.closed_for(at(0)), None);
            sessions.count_wrong(at(0));
        }
        assert!(sessions.closed_for(at(0)).is_some());
        assert_eq!(sessions.closed_for(at(1)), None);
    }
}
