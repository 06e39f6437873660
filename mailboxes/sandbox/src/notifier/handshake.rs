//! The proof that an address wants notifications: it repeats a token.

use crate::error::Refusal;
use bytes::Bytes;
use earmark_http::{SendError, SendOptions, Transport};
use http::{Method, Request, StatusCode, header};
use std::time::Duration;

/// How long an address may think. Source: the handshake rules.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Units: bytes of an answer that are read.
const ANSWER_MAX: u64 = 16 * 1024;

/// Asks `url` to repeat a token that `id` makes unique.
///
/// Errors: 400 as documented when it does not answer 200 in time with the token in plain text.
pub(crate) async fn shake_hands(
    transport: &dyn Transport,
    url: &str,
    id: &str,
) -> Result<(), Refusal> {
    let token = format!(
        "Validation: Testing client application reachability for subscription Request-Id: {id}"
    );
    let query = url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>();
    let separator = if url.contains('?') { '&' } else { '?' };
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{url}{separator}validationToken={query}"))
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Bytes::new())
        .map_err(|_| refused("The address cannot be called."))?;
    let options = SendOptions { timeout: TIMEOUT, body_max: ANSWER_MAX };
    let answer = transport.send(request, &options).await.map_err(|error| match error {
        SendError::Timeout => {
            Refusal::new(400, "InvalidRequest", "Subscription validation request timed out.")
        }
        _ => refused("The notification endpoint could not be reached."),
    })?;
    if answer.status() != StatusCode::OK {
        return Err(refused(
            "Notification endpoint must respond with 200 OK to validation request.",
        ));
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain")) {
        return Err(refused("Notification endpoint must respond with text/plain."));
    }
    if answer.body().as_ref() != token.as_bytes() {
        return Err(refused("Response must exactly match validationToken query parameter."));
    }
    Ok(())
}

fn refused(why: &str) -> Refusal {
    Refusal::new(400, "InvalidRequest", format!("Subscription validation request failed. {why}"))
}
