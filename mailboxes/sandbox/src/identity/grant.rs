//! One token request, from the form to the answer.

use super::{DirectoryUser, Identity, PASSWORD, TENANT, TokenRefusal, assertion, claims::Wire};
use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Scopes that name no resource.
const OPENID_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

const DEFAULT: &str = "/.default";

/// The members of the form, with id and secret from the header where they are there.
pub(super) struct Form {
    members: BTreeMap<String, String>,
}

impl Form {
    pub(super) fn read(body: &[u8], headers: &HeaderMap) -> Self {
        let mut members: BTreeMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        if let Some((id, secret)) = basic(headers) {
            members.entry("client_id".into()).or_insert(id);
            members.entry("client_secret".into()).or_insert(secret);
        }
        Self { members }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &'static str) -> Result<&str, TokenRefusal> {
        self.get(name).ok_or(TokenRefusal::Missing(name))
    }
}

/// Id and secret of HTTP Basic, each percent-encoded within it.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, packed) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(packed.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decoded(id), decoded(secret)))
}

/// Answers a token request made under the address `base`.
pub(super) async fn grant(
    identity: &Identity,
    form: &Form,
    tenant: &str,
    base: &str,
) -> Result<Value, TokenRefusal> {
    check_tenant(tenant)?;
    let kind = form.need("grant_type")?;
    if !matches!(kind, "client_credentials" | "password") {
        return Err(TokenRefusal::UnsupportedGrant);
    }
    let client_id = form.need("client_id")?;
    check_client(identity, form, client_id, kind == "password")?;
    let issue = Issue { identity, client_id, issuer: format!("{base}/{TENANT}/v2.0") };
    match kind {
        "password" => {
            let user = sign_in(identity, form).await?;
            issue.for_user(&user, form.need("scope")?)
        }
        _ => issue.for_application(form.need("scope")?),
    }
}

/// A name or an id of a tenant: whatever could be one stands for the one tenant.
pub(super) fn check_tenant(tenant: &str) -> Result<(), TokenRefusal> {
    let may_be = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !tenant.is_empty() && tenant.len() <= 255 && tenant.chars().all(may_be) {
        Ok(())
    } else {
        Err(TokenRefusal::UnknownTenant(tenant.chars().take(64).collect()))
    }
}

/// Checks the application's credential. With a user's password it may do without one, as
/// applications on a user's own machine do.
fn check_client(
    identity: &Identity,
    form: &Form,
    client_id: &str,
    may_be_public: bool,
) -> Result<(), TokenRefusal> {
    let client = identity
        .inner
        .clients
        .get(client_id)
        .ok_or_else(|| TokenRefusal::UnknownClient(client_id.to_owned()))?;
    if let Some(given) = form.get("client_assertion") {
        if form.need("client_assertion_type")? != assertion::KIND {
            return Err(TokenRefusal::BadAssertion);
        }
        return assertion::check(&client, client_id, given, identity.inner.clock.now());
    }
    match form.get("client_secret") {
        Some(secret) if client.has_secret(secret) => Ok(()),
        Some(_) => Err(TokenRefusal::WrongSecret(client_id.to_owned())),
        None if may_be_public => Ok(()),
        None => Err(TokenRefusal::NoCredential),
    }
}

async fn sign_in(identity: &Identity, form: &Form) -> Result<DirectoryUser, TokenRefusal> {
    let (username, password) = (form.need("username")?, form.need("password")?);
    let user = identity.inner.users.by_mail(username).await.ok_or(TokenRefusal::UnknownUser)?;
    if password != PASSWORD {
        return Err(TokenRefusal::WrongPassword);
    }
    Ok(user)
}

/// What all tokens of one request have in common.
struct Issue<'a> {
    identity: &'a Identity,
    client_id: &'a str,
    issuer: String,
}

impl Issue<'_> {
    fn for_application(&self, scope: &str) -> Result<Value, TokenRefusal> {
        let audience = scope
            .trim()
            .strip_suffix(DEFAULT)
            .filter(|root| !root.is_empty() && !root.contains(char::is_whitespace))
            .ok_or_else(|| TokenRefusal::BadScope(scope.to_owned()))?;
        let object = service_principal(self.client_id);
        let mut claims = self.claims(audience, object, "app");
        claims.roles = Some(self.identity.inner.settings.roles.clone());
        self.answer(&claims)
    }

    fn for_user(&self, user: &DirectoryUser, scope: &str) -> Result<Value, TokenRefusal> {
        let settings = &self.identity.inner.settings;
        let asked = Scopes::read(scope, &settings.default_audience, &settings.scopes)
            .ok_or_else(|| TokenRefusal::BadScope(scope.to_owned()))?;
        let mut claims = self.claims(&asked.audience, user.id, "user");
        claims.name = Some(user.display_name.clone());
        claims.preferred_username = Some(user.mail.clone());
        claims.scp = Some(asked.words.join(" "));
        let mut answer = self.answer(&claims)?;
        answer["scope"] = asked.full_names().into();
        if asked.wants_identity {
            claims.aud = self.client_id.to_owned();
            claims.scp = None;
            let identity_token = self.identity.inner.key.sign(&claims);
            answer["id_token"] = identity_token.map_err(|_| TokenRefusal::Server)?.into();
        }
        Ok(answer)
    }

    fn claims(&self, audience: &str, object: Uuid, kind: &str) -> Wire {
        let now = self.identity.inner.clock.now().as_millis().div_euclid(1_000);
        let life = i64::try_from(self.identity.token_life().as_secs()).unwrap_or(i64::MAX);
        Wire {
            aud: audience.trim_end_matches('/').to_owned(),
            iss: self.issuer.clone(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(life),
            appid: self.client_id.to_owned(),
            azp: self.client_id.to_owned(),
            azpacr: "1".to_owned(),
            idtyp: kind.to_owned(),
            name: None,
            oid: object,
            preferred_username: None,
            roles: None,
            scp: None,
            sub: object,
            tid: TENANT,
            ver: "2.0".to_owned(),
        }
    }

    fn answer(&self, claims: &Wire) -> Result<Value, TokenRefusal> {
        let token = self.identity.inner.key.sign(claims).map_err(|_| TokenRefusal::Server)?;
        let life = claims.exp.saturating_sub(claims.iat);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": token,
        }))
    }
}

/// The scopes that are asked for a user.
struct Scopes {
    audience: String,
    words: Vec<String>,
    wants_identity: bool,
}

impl Scopes {
    /// `None` where no resource, or more than one, is named.
    fn read(scope: &str, default_audience: &str, all: &[String]) -> Option<Self> {
        let mut audience: Option<&str> = None;
        let mut words = Vec::new();
        for one in scope.split_whitespace().filter(|one| !OPENID_SCOPES.contains(one)) {
            let (root, word) = match one.rsplit_once('/') {
                Some((root, word)) if !root.is_empty() => (root, word),
                _ => (default_audience, one),
            };
            if word.is_empty() || audience.is_some_and(|known| known != root) {
                return None;
            }
            audience = Some(root);
            match word {
                ".default" => words.extend_from_slice(all),
                word => words.push(word.to_owned()),
            }
        }
        let wants_identity = scope.split_whitespace().any(|one| one == "openid");
        let audience = match (audience, wants_identity) {
            (Some(audience), _) => audience.to_owned(),
            (None, true) => default_audience.to_owned(),
            (None, false) => return None,
        };
        words.sort();
        words.dedup();
        Some(Self { audience, words, wants_identity })
    }

    fn full_names(&self) -> String {
        let full = |word: &String| format!("{}/{word}", self.audience);
        self.words.iter().map(full).collect::<Vec<_>>().join(" ")
    }
}

/// The directory id of an application: always the same for one id.
fn service_principal(client_id: &str) -> Uuid {
    let digest = Sha256::digest(format!("service principal\n{}", client_id.to_lowercase()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}
