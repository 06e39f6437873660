//! The token endpoint: who may ask, what they get, and how a token is checked.
//!
//! Read [`client`] (applications), [`users`] (people), `grant` (the request), [`claims`] (what a
//! token says), [`key`] (how it is signed), `seen` (checked once), [`refusal`] (what a refused request is told), then
//! `router` and `discovery` (how clients find it all).
//!
//! Invariants: the time comes from the clock that was given; no secret, password or token is
//! ever logged or shown by `Debug`; every tenant is the one tenant of this server.

mod assertion;
pub mod claims;
pub mod client;
mod discovery;
mod grant;
pub mod key;
pub mod refusal;
mod router;
mod seen;
pub mod users;

pub use claims::{Claims, Principal, TokenError};
pub use client::ClientError;
pub use key::{KeyError, SigningKey};
pub use refusal::TokenRefusal;
pub use router::OverTls;
pub use users::{DirectoryUser, Users};

use client::Clients;
use earmark_model::Clock;
use seen::Seen;
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// The one tenant; every name or id of a tenant stands for it.
pub const TENANT: Uuid = Uuid::from_u128(0x72f9_88bf_0000_4000_8000_6561_726d_6172);

/// The password of every user.
pub const PASSWORD: &str = "demo";

/// Id and secret of the application that is always there.
pub const DEMO_CLIENT: &str = "demo";

/// How the token endpoint behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a token is good for. Default: 3599 seconds.
    pub token_life: Duration,
    /// What tokens of applications allow.
    pub roles: Vec<String>,
    /// What tokens of users allow when they ask for everything (`/.default`).
    pub scopes: Vec<String>,
    /// The audience of a scope that names none, such as `Mail.ReadWrite`.
    pub default_audience: String,
}

impl Default for Settings {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Self {
            token_life: Duration::from_secs(3_599),
            roles: words(&[
                "Calendars.ReadWrite",
                "Contacts.ReadWrite",
                "Mail.ReadWrite",
                "Mail.Send",
                "MailboxSettings.ReadWrite",
                "Tasks.ReadWrite.All",
                "User.Read.All",
            ]),
            scopes: words(&[
                "Calendars.ReadWrite",
                "Calendars.ReadWrite.Shared",
                "Contacts.ReadWrite",
                "Mail.ReadWrite",
                "Mail.ReadWrite.Shared",
                "Mail.Send",
                "MailboxSettings.ReadWrite",
                "Tasks.ReadWrite",
                "User.Read",
            ]),
            default_audience: "https://graph.microsoft.com".to_owned(),
        }
    }
}

/// The token endpoint with its applications; clones are the same one.
#[derive(Clone)]
pub struct Identity {
    inner: Arc<Inner>,
}

struct Inner {
    key: SigningKey,
    clock: Arc<dyn Clock>,
    users: Arc<dyn Users>,
    settings: Settings,
    token_life: RwLock<Duration>,
    clients: Clients,
    seen: Seen,
    refusals: AtomicU64,
}

impl Identity {
    /// A token endpoint that knows the application `demo` with the secret `demo`.
    pub fn new(
        key: SigningKey,
        clock: Arc<dyn Clock>,
        users: Arc<dyn Users>,
        settings: Settings,
    ) -> Self {
        let token_life = RwLock::new(settings.token_life);
        let inner = Inner {
            key,
            clock,
            users,
            settings,
            token_life,
            clients: Clients::with_demo(),
            seen: Seen::default(),
            refusals: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Adds an application, or replaces the one of that id. Repeatable: yes.
    ///
    /// Errors: neither secret nor certificate was given, or the certificate holds no RSA key.
    pub fn add_client(
        &self,
        client_id: &str,
        secret: Option<&str>,
        certificate_pem: Option<&str>,
    ) -> Result<(), ClientError> {
        self.inner.clients.add(client_id, secret, certificate_pem)
    }

    /// From now on tokens are good for this long. Repeatable: yes.
    pub fn set_token_life(&self, life: Duration) {
        *self.inner.token_life.write().unwrap_or_else(PoisonError::into_inner) = life;
    }

    /// The routes, to be nested under `/login`.
    pub fn router(&self) -> axum::Router {
        router::router(self.clone())
    }

    /// Checks a bearer token and says whom it stands for. Errors: not a token of this endpoint,
    /// or not valid now.
    pub fn verify(&self, bearer: &str) -> Result<Claims, TokenError> {
        self.inner.seen.verify(&self.inner.key, self.inner.clock.now(), bearer)
    }

    fn token_life(&self) -> Duration {
        *self.inner.token_life.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells apart the refusals of one run, so that people can find one in a log.
    fn next_refusal(&self) -> u64 {
        self.inner.refusals.fetch_add(1, Ordering::Relaxed)
    }
}
