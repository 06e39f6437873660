//! Who may call: the holder of the administrator's token.

use super::problem::Problem;
use crate::service::state::Service;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Lets the administrator through and nobody else.
pub async fn administrator(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if is_bearer(request.headers(), service.admin_token.expose_secret()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "token",
        "the administrator's token is missing or not accepted",
    )
    .hint("Send it as `Authorization: Bearer …`; on the command line set EARMARK_TOKEN")
    .into_response()
}

/// Whether the request carries exactly `token`. Takes the same time for every token of a length.
pub fn is_bearer(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let Some((scheme, given)) = given.and_then(|given| given.split_at_checked(7)) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty() && same(given, token.as_bytes())
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
