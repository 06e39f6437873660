//! Who may call what: checked once, before any route.

use super::problem::Problem;
use crate::{
    access::{Caller, session::SessionRefusal},
    service::state::Service,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Lets callers through that may reach the route, and says to the route who calls.
pub async fn guard(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    match caller(&service, request.headers()).await {
        Ok(caller) if caller.may_reach(request.uri().path()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(_) => Problem::new(
            StatusCode::FORBIDDEN,
            "administrator_only",
            "this address is the administrator's",
        )
        .hint("Ask an administrator")
        .into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Who calls: by token where there is one, else by the console's session.
async fn caller(service: &Service, headers: &HeaderMap) -> Result<Caller, Problem> {
    if let Some(token) = bearer(headers) {
        if is_same(token, service.admin_token.expose_secret()) {
            return Ok(Caller::Administrator);
        }
        return match &service.addin {
            // Only a token of a directory has dots.
            Some(addin) if token.contains('.') => {
                addin.admit(token, service.clock.now()).await.map(Caller::User)
            }
            _ => Err(not_accepted()),
        };
    }
    if !headers.contains_key(header::COOKIE) {
        return Err(not_accepted());
    }
    match service.sessions.check(headers, service.clock.now()) {
        Ok(_) => Ok(Caller::Administrator),
        Err(SessionRefusal::Ended) => Err(not_accepted()),
        Err(SessionRefusal::Forged) => Err(forged()),
    }
}

/// Neither token nor session.
pub fn not_accepted() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "token",
        "the administrator's token is missing or not accepted",
    )
    .hint("Send it as `Authorization: Bearer …`; on the command line set EARMARK_TOKEN")
}

/// A request with a session's cookie that the console's page did not make.
pub fn forged() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "forged", "only the console's own page may ask this")
        .hint("Reload the page")
}

/// Whether the request carries exactly `token`. Takes the same time for every token of a length.
pub fn is_bearer(headers: &HeaderMap, token: &str) -> bool {
    bearer(headers).is_some_and(|given| is_same(given, token))
}

/// The bearer token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case("bearer ").then_some(token)
}

/// Whether two tokens are the same. Takes the same time for every pair of one length.
pub fn is_same(given: &str, token: &str) -> bool {
    !token.is_empty() && same(given.as_bytes(), token.as_bytes())
}

fn same(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0_u8, |seen, (a, b)| seen | (a ^ b));
    std::hint::black_box(differences) == 0 && a.len() == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_accepted() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().expect("a header"));
            headers
        };
        assert!(is_bearer(&with("Bearer secret"), "secret"));
        assert!(is_bearer(&with("bearer secret"), "secret"));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"] {
            assert!(!is_bearer(&with(wrong), "secret"), "{wrong}");
        }
        assert!(!is_bearer(&HeaderMap::new(), "secret"));
        assert!(!is_bearer(&with("Bearer "), ""));
    }
}
