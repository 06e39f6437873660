//! The sandbox as a whole: its file, its faces, what is shared between requests.

use crate::{
    concurrency::InFlight,
    control,
    directory::Directory,
    error::Refusal,
    graph::{self, Uploads},
    identity::{Identity, KeyError, SigningKey},
    notifier::{Notifier, Watched},
    quirks::Quirks,
    settings::{AdminCheck, SandboxSettings},
    store::{SCHEMA, setting},
    throttle::Throttle,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_http::Wiretap;
use earmark_model::{Clock, Instant};
use earmark_sqlite::{Database, Mode};
use http::HeaderMap;
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    pin::pin,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};
use tokio::sync::Notify;

const SIGNING_KEY: &str = "signingKey";
const QUIRKS: &str = "quirks";

/// Why a sandbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its file cannot be opened.
    #[error(transparent)]
    File(#[from] earmark_sqlite::OpenError),
    /// Its file can be opened, not read.
    #[error("the sandbox database refused a statement")]
    Store(#[source] Refusal),
    /// Its key is damaged or cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A pretend Exchange: one organization, its users, their mailboxes.
pub struct Sandbox {
    database: Watched,
    clock: Arc<dyn Clock>,
    seed: u64,
    tap: Arc<Wiretap>,
    settings: SandboxSettings,
    identity: Identity,
    token_secret: String,
    quirks: RwLock<Quirks>,
    in_flight: Arc<InFlight>,
    throttle: Throttle,
    noticed: Arc<Notify>,
    notifier: Notifier,
    uploads: Arc<Uploads>,
    requests: AtomicU64,
}

impl Sandbox {
    /// Opens or creates the sandbox in the file at `path` (`None`: in memory).
    ///
    /// `seed` decides every id that is made. Faults and counts live in `tap`, which the caller
    /// also puts before the Graph face.
    ///
    /// Errors: the file cannot be opened. Repeatable: yes, the state is kept.
    pub fn open(
        path: Option<&Path>,
        mode: Mode,
        clock: Arc<dyn Clock>,
        seed: u64,
        tap: Arc<Wiretap>,
        settings: SandboxSettings,
    ) -> Result<Arc<Self>, OpenError> {
        let database = Arc::new(Database::open(path, mode, &SCHEMA)?);
        let first = settings.quirks.clone();
        let kept = block_on(database.write(move |tx| Kept::read_or_make(tx, seed, &first)))
            .map_err(OpenError::Store)?;
        let key = match (&kept.signing_key, path) {
            (Some(bytes), _) => SigningKey::from_pkcs8(bytes)?,
            (None, Some(_)) => {
                let made = SigningKey::generate()?;
                let bytes = STANDARD.encode(made.to_pkcs8()?);
                block_on(database.write(move |tx| setting::put(tx, SIGNING_KEY, &bytes)))
                    .map_err(OpenError::Store)?;
                made
            }
            (None, None) => SigningKey::from_pkcs8(&passing_key()?)?,
        };
        let users = Arc::new(Directory::new(Arc::clone(&database)));
        let identity = Identity::new(key, Arc::clone(&clock), users, settings.identity.clone());
        for client in &kept.clients {
            // An application that was accepted once is accepted again.
            let _ = identity.add_client(
                &client.client_id,
                client.secret.as_deref(),
                client.certificate.as_deref(),
            );
        }
        let noticed = Arc::<Notify>::default();
        let heard = settings.push.is_some().then(|| Arc::clone(&noticed));
        Ok(Arc::new(Self {
            database: Watched::new(database, heard),
            clock,
            seed,
            tap,
            settings,
            identity,
            token_secret: kept.token_secret,
            quirks: RwLock::new(kept.quirks),
            in_flight: Arc::default(),
            throttle: Throttle::default(),
            noticed,
            notifier: Notifier::default(),
            uploads: Arc::default(),
            requests: AtomicU64::new(0),
        }))
    }

    /// The Graph face, to be nested under `/graph`; serves `/v1.0/…` and `/beta/…`.
    pub fn graph_router(self: &Arc<Self>) -> axum::Router {
        graph::router(Arc::clone(self))
    }

    /// The control API, to be nested under `/sandbox/v1`; every route needs the admin token.
    pub fn control_router(self: &Arc<Self>, admin: AdminCheck) -> axum::Router {
        control::router(Arc::clone(self), admin)
    }

    /// The token endpoint, to be nested under `/login`.
    pub fn login_router(&self) -> axum::Router {
        self.identity.router()
    }

    /// The token endpoint itself: other faces verify bearers by it.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The faults and counts.
    pub fn tap(&self) -> &Arc<Wiretap> {
        &self.tap
    }

    /// How the server behaves at present.
    pub fn quirks(&self) -> Quirks {
        self.quirks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on the server behaves like this. Kept over a restart.
    pub async fn set_quirks(&self, quirks: Quirks) -> Result<(), Refusal> {
        let text = serde_json::to_string(&quirks).expect("plain records always serialize");
        self.database.write(move |tx| setting::put(tx, QUIRKS, &text)).await?;
        *self.quirks.write().unwrap_or_else(PoisonError::into_inner) = quirks;
        Ok(())
    }

    pub(crate) fn database(&self) -> &Watched {
        &self.database
    }

    pub(crate) fn settings(&self) -> &SandboxSettings {
        &self.settings
    }

    pub(crate) fn public_root(&self) -> Option<&str> {
        self.settings.public_root.as_deref().map(|root| root.trim_end_matches('/'))
    }

    pub(crate) fn is_admin(&self, headers: &HeaderMap) -> bool {
        (self.settings.admin)(headers)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn uploads(&self) -> &Arc<Uploads> {
        &self.uploads
    }

    pub(crate) fn token_secret(&self) -> &str {
        &self.token_secret
    }

    pub(crate) fn in_flight(&self) -> &Arc<InFlight> {
        &self.in_flight
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// The word that something was noticed.
    pub(crate) fn noticed(&self) -> &Notify {
        &self.noticed
    }

    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Units: milliseconds since the epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now().as_millis()
    }

    /// A new id for one request: a function of the seed and of how many there were.
    pub(crate) fn next_request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut hash = Sha256::new();
        hash.update(self.token_secret.as_bytes());
        hash.update(count.to_be_bytes());
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Keeps an application for the next start.
    pub(crate) async fn keep_client(&self, client: KeptClient) -> Result<(), Refusal> {
        self.database
            .write(move |tx| {
                let mut clients = Kept::clients(tx)?;
                clients.retain(|one| !one.client_id.eq_ignore_ascii_case(&client.client_id));
                clients.push(client);
                let text = serde_json::to_string(&clients).expect("plain records always serialize");
                setting::put(tx, CLIENTS, &text)
            })
            .await
    }
}

const CLIENTS: &str = "clients";

/// An application as it is kept.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct KeptClient {
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) certificate: Option<String>,
}

/// What one start leaves for the next.
struct Kept {
    token_secret: String,
    signing_key: Option<Vec<u8>>,
    quirks: Quirks,
    clients: Vec<KeptClient>,
}

impl Kept {
    fn read_or_make(
        tx: &earmark_sqlite::rusqlite::Transaction<'_>,
        seed: u64,
        first: &Quirks,
    ) -> Result<Self, Refusal> {
        let token_secret = match setting::get(tx, setting::TOKEN_SECRET)? {
            Some(secret) => secret,
            None => {
                let secret = setting::next_guid(tx, seed)?.to_string();
                setting::put(tx, setting::TOKEN_SECRET, &secret)?;
                secret
            }
        };
        let kept = setting::get(tx, QUIRKS)?;
        let quirks = kept.and_then(|text| serde_json::from_str(&text).ok());
        let signing_key =
            setting::get(tx, SIGNING_KEY)?.and_then(|text| STANDARD.decode(text).ok());
        Ok(Self {
            token_secret,
            signing_key,
            quirks: quirks.unwrap_or_else(|| first.clone()),
            clients: Self::clients(tx)?,
        })
    }

    fn clients(tx: &earmark_sqlite::rusqlite::Transaction<'_>) -> Result<Vec<KeptClient>, Refusal> {
        let text = setting::get(tx, CLIENTS)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}

/// The key of sandboxes in memory: one for the process, because an RSA key takes long to make
/// and a simulation opens thousands of sandboxes.
fn passing_key() -> Result<Vec<u8>, KeyError> {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = KEY.get() {
        return Ok(bytes.clone());
    }
    let bytes = SigningKey::generate()?.to_pkcs8()?;
    Ok(KEY.get_or_init(|| bytes).clone())
}

/// Waits for the store while a sandbox is opened: its threads answer by themselves, and inline
/// it answers in the first poll.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}
