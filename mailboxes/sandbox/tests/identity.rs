//! The token endpoint as its clients see it.

use async_trait::async_trait;
use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use earmark_model::{Clock, Instant};
use earmark_sandbox::identity::{
    ClientError, DirectoryUser, Identity, OverTls, Principal, Settings, SigningKey, TENANT,
    TokenError, Users,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;
use uuid::Uuid;

const ANA: &str = "Ana.Ruiz@fabrikam.test";
const ANA_ID: Uuid = Uuid::from_u128(7);
const NOW: i64 = 1_795_000_000;
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct Directory;

#[async_trait]
impl Users for Directory {
    async fn by_mail(&self, mail: &str) -> Option<DirectoryUser> {
        mail.eq_ignore_ascii_case(ANA).then(|| DirectoryUser {
            id: ANA_ID,
            mail: ANA.into(),
            display_name: "Ana Ruiz".into(),
        })
    }
}

/// Made once: a key costs more than all tests together.
static KEY: LazyLock<Vec<u8>> =
    LazyLock::new(|| SigningKey::generate().expect("random source").to_pkcs8().expect("bytes"));

static OWN_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("random source"));

struct Bench {
    identity: Identity,
    clock: Arc<HandClock>,
    router: Router,
}

fn bench() -> Bench {
    let clock = Arc::new(HandClock(AtomicI64::new(NOW * 1_000)));
    let key = SigningKey::from_pkcs8(&KEY).expect("the kept key");
    let identity = Identity::new(key, clock.clone(), Arc::new(Directory), Settings::default());
    let router = Router::new().nest("/login", identity.router());
    Bench { identity, clock, router }
}

impl Bench {
    fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.expect("infallible");
            let status = answer.status();
            let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("body");
            (status, serde_json::from_slice(&bytes).expect("json"))
        })
    }

    fn ask(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(post("demo").body(Body::from(body)).expect("request"))
    }

    fn get(&self, path: &str) -> Value {
        let request = Request::get(path).header(header::HOST, "127.0.0.1:8080");
        let (status, body) = self.send(request.body(Body::empty()).expect("request"));
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    fn application_token(&self) -> String {
        let (status, body) = self.ask(&APPLICATION);
        assert_eq!(status, StatusCode::OK, "{body}");
        token(&body)
    }

    fn forward(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

const APPLICATION: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_id", "demo"),
    ("client_secret", "demo"),
    ("scope", "http://127.0.0.1:8080/graph/.default"),
];

const USER: [(&str, &str); 5] = [
    ("grant_type", "password"),
    ("client_id", "demo"),
    ("username", "ana.ruiz@fabrikam.test"),
    ("password", "demo"),
    ("scope", "https://graph.microsoft.com/.default"),
];

type Form<'a> = Vec<(&'a str, &'a str)>;

/// The form with some members set; an empty value takes one away.
fn with<'a>(form: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Form<'a> {
    let mut form: Vec<_> =
        form.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name)).collect();
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    form.into_iter().copied().collect()
}

fn post(tenant: &str) -> axum::http::request::Builder {
    Request::post(format!("/login/{tenant}/oauth2/v2.0/token"))
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn token(body: &Value) -> String {
    body["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn an_application_gets_a_token_for_itself() {
    let bench = bench();
    let (status, body) = bench.ask(&APPLICATION);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!((&body["expires_in"], &body["ext_expires_in"]), (&json!(3599), &json!(3599)));
    let claims = bench.identity.verify(&token(&body)).expect("verified");
    assert_eq!(claims.audience, "http://127.0.0.1:8080/graph");
    assert_eq!(claims.client_id, "demo");
    assert_eq!(claims.expires, Instant::from_millis((NOW + 3_599) * 1_000));
    let Principal::Application { roles } = claims.principal else { panic!("not an application") };
    assert!(roles.contains("Mail.ReadWrite"));
}

#[test]
fn the_credential_may_stand_in_the_header() {
    let bench = bench();
    bench.identity.add_client("crm sync", Some("s:e/cret"), None).expect("added");
    for (tenant, credential) in
        [("demo", "crm%20sync:s%3Ae%2Fcret"), ("9d1c8a1e-0000-4000-8000-000000000001", "demo:demo")]
    {
        let body = "grant_type=client_credentials&scope=http%3A%2F%2Fx%2F.default";
        let request = post(tenant)
            .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(credential)))
            .body(Body::from(body))
            .expect("request");
        let (status, body) = bench.send(request);
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(bench.identity.verify(&token(&body)).expect("verified").audience, "http://x");
    }
}

#[test]
fn a_user_gets_a_token_bounded_by_what_was_asked() {
    let bench = bench();
    let cases = [
        ("https://graph.microsoft.com/.default", "https://graph.microsoft.com", "Mail.Send", 9),
        ("Mail.Read offline_access", "https://graph.microsoft.com", "Mail.Read", 1),
        ("http://h/api/user_impersonation openid", "http://h/api", "user_impersonation", 1),
    ];
    for (scope, audience, word, count) in cases {
        let (status, body) = bench.ask(&with(&USER, &[("scope", scope)]));
        assert_eq!(status, StatusCode::OK, "{body}");
        let claims = bench.identity.verify(&token(&body)).expect("verified");
        assert_eq!((claims.audience.as_str(), claims.object_id), (audience, ANA_ID));
        let Principal::User { scopes, mail } = claims.principal else { panic!("not a user") };
        assert_eq!((mail.as_str(), scopes.len()), (ANA, count));
        assert!(scopes.contains(word), "{scopes:?}");
        assert!(body["scope"].as_str().expect("scope").contains(word));
        // An identity token says who somebody is and opens nothing.
        match body["id_token"].as_str() {
            Some(id) => assert_eq!(bench.identity.verify(id), Err(TokenError::Malformed)),
            None => assert!(!scope.contains("openid")),
        }
    }
}

#[test]
fn each_refusal_has_its_documented_code() {
    let bench = bench();
    let cases: [(Form<'_>, u16, &str, u32); 13] = [
        (with(&APPLICATION, &[("grant_type", "")]), 400, "invalid_request", 900_144),
        (with(&APPLICATION, &[("client_id", "")]), 400, "invalid_request", 900_144),
        (with(&APPLICATION, &[("scope", "")]), 400, "invalid_request", 900_144),
        (with(&APPLICATION, &[("grant_type", "implicit")]), 400, "unsupported_grant_type", 70_003),
        (with(&APPLICATION, &[("client_id", "other")]), 400, "unauthorized_client", 700_016),
        (with(&APPLICATION, &[("client_secret", "")]), 401, "invalid_client", 7_000_216),
        (with(&APPLICATION, &[("client_secret", "no")]), 401, "invalid_client", 7_000_215),
        (with(&APPLICATION, &[("scope", "Mail.Read")]), 400, "invalid_scope", 70_011),
        (with(&USER, &[("scope", "http://a/x http://b/y")]), 400, "invalid_scope", 70_011),
        (with(&USER, &[("scope", "profile")]), 400, "invalid_scope", 70_011),
        (with(&USER, &[("username", "x@fabrikam.test")]), 400, "invalid_grant", 50_034),
        (with(&USER, &[("password", "wrong")]), 400, "invalid_grant", 50_126),
        (with(&USER, &[("client_secret", "no")]), 401, "invalid_client", 7_000_215),
    ];
    for (form, status, error, code) in cases {
        let (found, body) = bench.ask(&form);
        assert_eq!(found.as_u16(), status, "{form:?} {body}");
        assert_eq!((&body["error"], &body["error_codes"]), (&json!(error), &json!([code])));
        let text = body["error_description"].as_str().expect("text");
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
        assert_eq!(body["timestamp"], json!(timestamp()));
        for id in ["trace_id", "correlation_id"] {
            body[id].as_str().and_then(|id| Uuid::parse_str(id).ok()).expect("an id");
        }
        assert!(!text.contains("wrong") && !text.contains('\n'));
    }
    let (status, body) = bench.send(post("no%20tenant").body(Body::empty()).expect("request"));
    assert_eq!((status.as_u16(), &body["error_codes"]), (400, &json!([90_002])));
}

fn timestamp() -> String {
    Instant::from_millis(NOW * 1_000).to_string().replace('T', " ")
}

#[test]
fn a_certificate_proves_who_an_application_is() {
    let bench = bench();
    let der = certificate();
    bench.identity.add_client("app", None, Some(&pem("CERTIFICATE", &der))).expect("added");
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&der));
    let good = json!({
        "aud": "https://127.0.0.1:8443/login/demo/oauth2/v2.0/token",
        "iss": "app", "sub": "app", "jti": "1", "nbf": NOW - 5, "iat": NOW - 5, "exp": NOW + 600,
    });
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let (rs, ps) = (Algorithm::RS256, Algorithm::PS256);
    let own = Some(thumbprint.as_str());
    let cases = [
        (ps, own, good.clone(), None),
        (rs, None, good.clone(), None),
        (ps, own, changed("exp", json!(1_795_000_600.75)), None),
        (ps, own, changed("exp", json!("tomorrow")), Some(700_027)),
        (ps, Some("AAAA"), good.clone(), Some(700_027)),
        (ps, own, changed("aud", json!("https://elsewhere.test/")), Some(700_023)),
        (ps, own, changed("sub", json!("demo")), Some(700_021)),
        (ps, own, changed("exp", json!(NOW - 600)), Some(700_024)),
        (ps, own, changed("nbf", json!(NOW + 600)), Some(700_024)),
        (ps, own, json!({"aud": 1}), Some(700_027)),
        (Algorithm::RS512, own, good.clone(), Some(700_027)),
    ];
    let key = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", &private(&OWN_KEY)).as_bytes());
    let key = key.expect("a key");
    for (algorithm, x5t, claims, refused) in cases {
        let header = Header { x5t_s256: x5t.map(str::to_owned), ..Header::new(algorithm) };
        let assertion = jsonwebtoken::encode(&header, &claims, &key).expect("signed");
        let (status, body) = bench.ask(&assertion_form(&assertion));
        match refused {
            None => assert_eq!(status, StatusCode::OK, "{body}"),
            Some(code) => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
                assert_eq!(body["error_codes"], json!([code]), "{claims}");
            }
        }
    }
    // The older form names the certificate by its SHA-1.
    let sha1 = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der));
    for (x5t, status) in [(sha1.as_str(), StatusCode::OK), ("AAAA", StatusCode::UNAUTHORIZED)] {
        let header = Header { x5t: Some(x5t.to_owned()), ..Header::new(rs) };
        let assertion = jsonwebtoken::encode(&header, &good, &key).expect("signed");
        assert_eq!(bench.ask(&assertion_form(&assertion)).0, status);
    }
    let stranger = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", &KEY).as_bytes()).expect("a key");
    let forged = jsonwebtoken::encode(&Header::new(ps), &good, &stranger).expect("signed");
    for assertion in [forged.as_str(), "x", "a.b.c"] {
        let (_, body) = bench.ask(&assertion_form(assertion));
        assert_eq!(body["error_codes"], json!([700_027]));
    }
    // No certificate, no assertion; no secret, no secret.
    let (_, body) = bench.ask(&with(&assertion_form(&forged), &[("client_id", "demo")]));
    assert_eq!(body["error_codes"], json!([700_027]));
    let (_, body) = bench.ask(&with(&APPLICATION, &[("client_id", "app")]));
    assert_eq!(body["error_codes"], json!([7_000_215]));
}

fn assertion_form(assertion: &str) -> Vec<(&str, &str)> {
    let changes = [
        ("client_id", "app"),
        ("client_secret", ""),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ];
    with(&APPLICATION, &changes)
}

#[test]
fn clients_find_endpoint_and_key_and_can_check_a_token_themselves() {
    let bench = bench();
    let found = bench.get("/login/demo/v2.0/.well-known/openid-configuration");
    let base = "http://127.0.0.1:8080/login";
    assert_eq!(found["issuer"], json!(format!("{base}/{TENANT}/v2.0")));
    assert_eq!(found["token_endpoint"], json!(format!("{base}/demo/oauth2/v2.0/token")));
    let keys = found["jwks_uri"].as_str().and_then(|uri| uri.strip_prefix("http://127.0.0.1:8080"));
    let set: JwkSet = serde_json::from_value(bench.get(keys.expect("own address"))).expect("keys");
    let token = bench.application_token();
    let header = jsonwebtoken::decode_header(&token).expect("header");
    let jwk = set.find(header.kid.as_deref().expect("kid")).expect("the key is in the set");
    let mut validation = Validation::new(Algorithm::RS256);
    // The clock of this test is not the machine's.
    validation.validate_exp = false;
    validation.set_issuer(&[found["issuer"].as_str().expect("issuer")]);
    validation.set_audience(&["http://127.0.0.1:8080/graph"]);
    let key = DecodingKey::from_jwk(jwk).expect("RSA");
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).expect("valid").claims;
    assert_eq!((&claims["tid"], &claims["ver"]), (&json!(TENANT), &json!("2.0")));
    assert_eq!((&claims["appid"], &claims["azp"]), (&json!("demo"), &json!("demo")));
    assert_eq!(claims["nbf"], json!(NOW));
}

#[test]
fn addresses_are_https_ones_where_the_request_came_over_tls() {
    let bench = bench();
    let path = "/login/common/v2.0/.well-known/openid-configuration";
    let over_tls = Request::get(path)
        .header(header::HOST, "localhost:8443")
        .extension(OverTls)
        .body(Body::empty())
        .expect("request");
    let behind_proxy = Request::get(path)
        .header(header::HOST, "localhost:8443")
        .header("x-forwarded-proto", "https")
        .body(Body::empty())
        .expect("request");
    for request in [over_tls, behind_proxy] {
        let (_, body) = bench.send(request);
        let expected = "https://localhost:8443/login/common/oauth2/v2.0/token";
        assert_eq!(body["token_endpoint"], json!(expected));
    }
}

#[test]
fn a_token_is_good_as_long_as_it_says_by_the_given_clock() {
    let bench = bench();
    let token = bench.application_token();
    bench.forward(3_598);
    assert!(bench.identity.verify(&token).is_ok());
    bench.forward(1);
    assert_eq!(bench.identity.verify(&token), Err(TokenError::Expired));
    bench.identity.set_token_life(Duration::from_secs(5));
    let (_, body) = bench.ask(&APPLICATION);
    assert_eq!(body["expires_in"], json!(5));
    let short = body["access_token"].as_str().expect("a token").to_owned();
    bench.forward(-1);
    assert_eq!(bench.identity.verify(&short), Err(TokenError::NotYetValid));
    bench.forward(6);
    assert_eq!(bench.identity.verify(&short), Err(TokenError::Expired));
}

#[test]
fn what_was_not_issued_here_is_not_accepted() {
    let bench = bench();
    let token = bench.application_token();
    let (head, signature) = token.rsplit_once('.').expect("three parts");
    let (header, claims) = head.split_once('.').expect("three parts");
    let mut raised: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("json");
    raised["roles"] = json!(["Everything"]);
    let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(raised.to_string()));
    assert_eq!(bench.identity.verify(&forged), Err(TokenError::BadSignature));
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    for text in ["", "x", "a.b.c", &format!("{none}.{claims}.")] {
        assert_eq!(bench.identity.verify(text), Err(TokenError::Malformed), "{text}");
    }
    let other = Identity::new(
        SigningKey::from_pkcs8(&private(&OWN_KEY)).expect("a key"),
        bench.clock.clone(),
        Arc::new(Directory),
        Settings::default(),
    );
    assert_eq!(other.verify(&token), Err(TokenError::BadSignature));
}

#[test]
fn a_kept_key_is_the_same_key() {
    let key = SigningKey::from_pkcs8(&KEY).expect("the kept key");
    let again = SigningKey::from_pkcs8(&key.to_pkcs8().expect("bytes")).expect("the same");
    assert_eq!(key.id(), again.id());
    assert!(!format!("{key:?}").contains("modulus"));
    assert!(SigningKey::from_pkcs8(b"not a key").is_err());
}

#[test]
fn an_application_needs_something_to_prove_itself_with() {
    let identity = bench().identity;
    let id = || "app".to_owned();
    let none = ClientError::NoCredential { client_id: id() };
    assert_eq!(identity.add_client("app", None, None), Err(none.clone()));
    assert_eq!(identity.add_client("app", Some(""), None), Err(none));
    let bad = ClientError::BadCertificate { client_id: id() };
    assert_eq!(identity.add_client("app", None, Some("no pem")), Err(bad));
    assert_eq!(identity.add_client(" ", Some("s"), None), Err(ClientError::NoId));
    assert_eq!(identity.add_client("app", Some("s"), None), Ok(()));
}

fn private(pair: &KeyPair) -> Vec<u8> {
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("bytes");
    der.as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let packed = STANDARD.encode(der);
    let lines: Vec<&str> =
        packed.as_bytes().chunks(64).map(|line| str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An X.509 certificate with the public half of [`OWN_KEY`]; nobody checks who signed it.
fn certificate() -> Vec<u8> {
    let spki: PublicKeyX509Der<'_> = OWN_KEY.public_key().as_der().expect("bytes");
    let sha256_with_rsa = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0];
    let algorithm = der(0x30, &[&sha256_with_rsa]);
    let time = der(0x17, &[b"260101000000Z"]);
    let validity = der(0x30, &[&time, &time]);
    let common_name = [0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, b'x'];
    let name = der(0x30, &[&common_name]);
    let body = der(
        0x30,
        &[&[0xa0, 3, 2, 1, 2, 2, 1, 1], &algorithm, &name, &validity, &name, spki.as_ref()],
    );
    der(0x30, &[&body, &algorithm, &der(0x03, &[&[0], &[1; 256]])])
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let size = u16::try_from(content.len()).expect("short");
    let mut whole = vec![tag];
    match size {
        0..=127 => whole.push(size.to_be_bytes()[1]),
        _ => whole.extend([0x82, size.to_be_bytes()[0], size.to_be_bytes()[1]]),
    }
    whole.extend(content);
    whole
}
