//! One call of one step, and what its answer means.

use super::{
    BODY_MAX, Webhooks, context,
    endpoint::{self, Credentials},
    registered::RegisteredStep,
};
use crate::{
    error::{Code, CrmError, code},
    step::Image,
};
use bytes::Bytes;
use earmark_http::{AllowList, Client, SendError, SendOptions};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use serde_json::Value as Json;
use std::{sync::Arc, time::Duration};
use url::Url;
use uuid::Uuid;

/// Units: bytes of an answer that are looked at.
const ANSWER_MAX: u64 = 64 * 1024;

/// Units: characters of a refusal's text that are kept.
const TEXT_MAX: usize = 500;

/// The answers after which a call is made once more.
const REPEATED: [StatusCode; 3] =
    [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];

/// What a call says outside of its body.
pub(super) struct Heading<'a> {
    pub organization: &'a str,
    pub correlation: Uuid,
}

/// How an endpoint is called.
struct Endpoint {
    client: Client,
    url: Url,
    credentials: Option<Credentials>,
}

/// Calls the endpoint of `step` with `body`, at most twice. Repeatable: yes.
///
/// Errors: the webhook codes; `IsvAborted` where the endpoint explains its refusal in a problem
/// document (RFC 9457).
pub(super) async fn post(
    webhooks: &Webhooks,
    step: &RegisteredStep,
    image: &Image,
    heading: Heading<'_>,
    body: Json,
    left: Duration,
) -> Result<(), CrmError> {
    let endpoint = endpoint(webhooks, step)?;
    let request = request(&endpoint, image, &heading, body)?;
    let options = SendOptions { timeout: left, body_max: ANSWER_MAX };
    let first = endpoint.client.send(request.clone(), &options).await;
    let answer = match first {
        Ok(answer) if REPEATED.contains(&answer.status()) => {
            endpoint.client.send(request, &options).await
        }
        answer => answer,
    };
    judged(step, answer)
}

fn endpoint(webhooks: &Webhooks, step: &RegisteredStep) -> Result<Endpoint, CrmError> {
    // What was registered under other rules is not asked.
    let mut url = endpoint::checked(&step.url, webhooks.loopback)
        .map_err(|problem| failed(step, code::WEBHOOK_DISABLED, &format!("its 'url' {problem}")))?;
    let credentials = match &step.auth_value {
        Some(value) => Some(endpoint::credentials(step.auth_type, &value.0)?),
        None => None,
    };
    if let Some(credentials) = &credentials {
        credentials.extend(&mut url);
    }
    let allowed = AllowList::new().origin(&url);
    let client = Client::new(Arc::clone(&webhooks.transport), allowed);
    Ok(Endpoint { client, url, credentials })
}

fn request(
    endpoint: &Endpoint,
    image: &Image,
    heading: &Heading<'_>,
    body: Json,
) -> Result<Request<Bytes>, CrmError> {
    let unusable = |_| CrmError::new(code::WEBHOOK_POST_FAILED, "the address makes no request");
    let whole = context::written(&body);
    let is_large = whole.len() > BODY_MAX;
    let text = if is_large { context::written(&context::reduced(body)) } else { whole };
    let mut request = Request::post(endpoint.url.as_str())
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header("x-ms-dynamics-organization", ascii(heading.organization))
        .header("x-ms-dynamics-entity-name", image.table)
        .header("x-ms-dynamics-request-name", image.message.as_str())
        .header("x-ms-correlation-request-id", heading.correlation.to_string())
        .body(Bytes::from(text))
        .map_err(unusable)?;
    if is_large {
        let name = HeaderName::from_static("x-ms-dynamics-msg-size-exceeded");
        request.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    if let Some(credentials) = &endpoint.credentials {
        credentials.write(&mut request);
    }
    Ok(request)
}

/// A name as a header takes it.
fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn judged(
    step: &RegisteredStep,
    answer: Result<Response<Bytes>, SendError>,
) -> Result<(), CrmError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Err(lost(step, &error)),
    };
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    if let Some(text) = explained(&answer) {
        return Err(CrmError::new(code::ISV_ABORTED, text));
    }
    let what = format!("its endpoint answered with status {}", status.as_u16());
    Err(failed(step, code::WEBHOOK_NON_SUCCESS, &what))
}

fn lost(step: &RegisteredStep, error: &SendError) -> CrmError {
    let (code, what) = match error {
        SendError::Timeout => (code::WEBHOOK_TIMED_OUT, "its endpoint did not answer in time"),
        SendError::Redirect { .. } => {
            (code::WEBHOOK_NON_SUCCESS, "its endpoint answered with a redirect")
        }
        SendError::HostNotAllowed { .. } => {
            (code::WEBHOOK_DISABLED, "its endpoint may not be called")
        }
        SendError::Connect { .. } => (code::WEBHOOK_POST_FAILED, "its endpoint cannot be reached"),
        SendError::Interrupted { .. } | SendError::BodyTooLarge { .. } | SendError::Bug { .. } => {
            (code::WEBHOOK_POST_FAILED, "its endpoint gave no whole answer")
        }
    };
    failed(step, code, what)
}

pub(super) fn failed(step: &RegisteredStep, code: Code, what: &str) -> CrmError {
    CrmError::new(code, format!("the plug-in step '{}' ({}) failed: {what}", step.name, step.id))
}

/// The text of a problem document with which an endpoint refuses; `None` for every other answer,
/// whose body counts for nothing.
fn explained(answer: &Response<Bytes>) -> Option<String> {
    let kind = answer.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !answer.status().is_client_error() || !kind.eq_ignore_ascii_case("application/problem+json")
    {
        return None;
    }
    let problem: Json = serde_json::from_slice(answer.body()).ok()?;
    let text = problem["detail"].as_str().or_else(|| problem["title"].as_str())?;
    let text: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_MAX).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
