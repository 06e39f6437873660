//! The keys of the directory that signs people in: found through its OpenID configuration, kept
//! for a day, asked for again when a token names one that is not among them.

use super::token::{self, Expected, Identified, TokenRefusal};
use bytes::Bytes;
use earmark_http::{AllowList, Client, SendOptions, Transport};
use earmark_model::{Clock, Instant};
use http::Request;
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;
use url::Url;
use uuid::Uuid;

/// How long keys are good for.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// A token with an unknown key makes us ask again, but not more often than that: anybody can make
/// such tokens.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Where people sign in, and as what our add-in is known there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectorySettings {
    /// The root of the directory's addresses, such as `https://login.microsoftonline.com`.
    pub authority: Url,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The add-in's application there.
    pub client_id: String,
    /// The address under which the application offers its scope, such as `api://<client id>`.
    pub audience: String,
    /// The scope that a token must have, without that address.
    pub scope: String,
    /// Issuers that are the same directory under other names; only a sandbox has any.
    pub also_issued_by: Vec<String>,
}

/// Checks tokens of one directory.
pub struct Directory {
    settings: DirectorySettings,
    client: Client,
    clock: Arc<dyn Clock>,
    /// Locked while they are asked for, so that everybody else waits for the outcome.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    known: Option<Arc<Known>>,
    asked: Option<Instant>,
}

struct Known {
    expected: Expected,
    keys: JwkSet,
    read: Instant,
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: Url,
}

/// Why a token could not be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The token is not good.
    #[error(transparent)]
    Refused(#[from] TokenRefusal),
    /// The directory does not answer, so that nothing can be checked now.
    #[error("the directory's keys cannot be read now")]
    Unreachable,
}

impl Directory {
    /// Asks nobody yet.
    pub fn new(
        settings: DirectorySettings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let allowed = AllowList::new().origin(&settings.authority);
        let client = Client::new(transport, allowed);
        Self { settings, client, clock, kept: Mutex::default() }
    }

    /// Where people sign in.
    pub fn settings(&self) -> &DirectorySettings {
        &self.settings
    }

    /// Who holds `token`. Errors: see [`DirectoryError`]. Repeatable: yes.
    pub async fn verify(&self, token: &str) -> Result<Identified, DirectoryError> {
        let key = token::key_id(token)?;
        let known = self.known(&key).await.ok_or(DirectoryError::Unreachable)?;
        Ok(token::check(token, &known.keys, &known.expected, self.clock.now())?)
    }

    /// What is known, with `key` in it where the directory has it.
    async fn known(&self, key: &str) -> Option<Arc<Known>> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().await;
        let is_fresh = kept.known.as_ref().is_some_and(|known| now.is_within(KEEP, known.read));
        let has_key = kept.known.as_ref().is_some_and(|known| known.keys.find(key).is_some());
        let asked_lately = kept.asked.is_some_and(|asked| now.is_within(ASK_AGAIN, asked));
        if (is_fresh && has_key) || asked_lately {
            return kept.known.clone();
        }
        kept.asked = Some(now);
        // A directory that does not answer does not take away what is known.
        if let Some(read) = self.read(now).await {
            kept.known = Some(Arc::new(read));
        }
        kept.known.clone()
    }

    async fn read(&self, now: Instant) -> Option<Known> {
        let base = self.settings.authority.as_str().trim_end_matches('/');
        let tenant = &self.settings.tenant;
        let address = format!("{base}/{tenant}/v2.0/.well-known/openid-configuration");
        let configuration: Configuration = self.get(&address).await?;
        let keys: JwkSet = self.get(configuration.jwks_uri.as_str()).await?;
        let mut issuers = vec![configuration.issuer.clone()];
        issuers.extend(self.settings.also_issued_by.iter().cloned());
        let expected = Expected {
            tenant: tenant_of(&configuration.issuer)?,
            issuers,
            audiences: vec![self.settings.client_id.clone(), self.settings.audience.clone()],
            client_id: self.settings.client_id.clone(),
            scope: self.settings.scope.clone(),
        };
        Some(Known { expected, keys, read: now })
    }

    async fn get<T: DeserializeOwned>(&self, address: &str) -> Option<T> {
        let request = Request::get(address).body(Bytes::new()).ok()?;
        let options = SendOptions { timeout: Duration::from_secs(10), body_max: 1024 * 1024 };
        let answer = self.client.send(request, &options).await;
        let answer = answer
            .inspect_err(|error| tracing::warn!(%error, "the directory does not answer"))
            .ok()?;
        if !answer.status().is_success() {
            tracing::warn!(status = answer.status().as_u16(), "the directory refuses its keys");
            return None;
        }
        serde_json::from_slice(answer.body()).ok()
    }
}

/// The tenant's id, which stands in the issuer's address whatever name the tenant is called by.
fn tenant_of(issuer: &str) -> Option<Uuid> {
    issuer.split('/').find_map(|segment| Uuid::parse_str(segment).ok())
}
