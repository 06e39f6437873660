//! `$batch`: many requests in one, change sets all or nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use earmark_odata::multipart::{
    BatchPart, BatchRequest, BatchResponse, ResponsePart, boundary, parse_batch, print_batch,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value as Json;

use crate::call::{Ask, Call};
use crate::fault::Fault;
use crate::plan::{Telling, plan, tell};
use crate::prefer::Prefer;
use crate::reply::Reply;
use crate::resource::{Resource, locate};
use crate::serve::{check_representation, dispatch};
use crate::settings::BATCH_REQUESTS_MAX;

/// Units: characters of a target inside a batch.
const TARGET_CHARS_MAX: usize = 32_768;

/// Content-IDs and the rows that their requests made.
type Names = BTreeMap<String, String>;

/// POST of a batch. Without `odata.continue-on-error` the first refusal ends it; the refusal stands
/// inside, the batch itself is answered with 200.
pub(crate) async fn batch(call: &Call<'_>, ask: &Ask) -> Result<Reply, Fault> {
    if ask.method != Method::POST {
        return Err(Fault::method(ask.method.as_str()));
    }
    let boundary = ask.header("content-type").and_then(boundary).ok_or_else(|| {
        Fault::bad("The Content-Type of a batch must be multipart/mixed with a boundary.")
    })?;
    let parts = parse_batch(&boundary, &ask.body, BATCH_REQUESTS_MAX)?;
    let (mut names, mut answers) = (Names::new(), Vec::new());
    for part in &parts {
        let (answer, refused) = match part {
            BatchPart::Request(request) => {
                let reply = match alone(call, request, &mut names).await {
                    Ok(reply) => reply,
                    Err(fault) => fault.reply(),
                };
                let refused = reply.status >= 400;
                (ResponsePart::Response(response(request.content_id.clone(), reply)), refused)
            }
            BatchPart::ChangeSet(requests) => match change_set(call, requests, &mut names).await {
                Ok(responses) => {
                    let boundary = format!("changesetresponse_{}", call.new_id());
                    (ResponsePart::ChangeSet { boundary, responses }, false)
                }
                Err((content_id, fault)) => {
                    let answer = response(content_id, fault.reply());
                    (ResponsePart::Response(answer), true)
                }
            },
        };
        answers.push(answer);
        if refused && !call.prefer.continue_on_error {
            break;
        }
    }
    let boundary = format!("batchresponse_{}", call.new_id());
    let body = print_batch(&boundary, &answers);
    let mut reply = Reply::content(200, &format!("multipart/mixed; boundary={boundary}"), body);
    if call.prefer.continue_on_error {
        reply = reply.with("Preference-Applied", "odata.continue-on-error");
    }
    Ok(reply)
}

fn response(content_id: Option<String>, reply: Reply) -> BatchResponse {
    BatchResponse {
        content_id,
        status: reply.status,
        reason: reply.reason().to_owned(),
        headers: reply.headers,
        body: reply.body,
    }
}

/// A request that stands alone.
async fn alone(call: &Call<'_>, request: &BatchRequest, names: &mut Names) -> Result<Reply, Fault> {
    let ask = inner(call, request, names)?;
    let call = Call { prefer: Prefer::of(&ask.headers), ..call.clone() };
    let located = locate(&call, &ask.path).await?;
    if matches!(located.resource, Resource::Batch) {
        return Err(Fault::bad("A batch cannot hold another batch."));
    }
    let reply = dispatch(&call, &ask, located).await?;
    let made = reply.headers.iter().find(|(name, _)| name == "OData-EntityId");
    if let (Some(id), Some((_, url))) = (&request.content_id, made) {
        names.insert(id.clone(), url.clone());
    }
    Ok(reply)
}

/// A change set; a refusal comes with the Content-ID of the request refused.
async fn change_set(
    call: &Call<'_>,
    requests: &[BatchRequest],
    names: &mut Names,
) -> Result<Vec<BatchResponse>, (Option<String>, Fault)> {
    let (mut all, mut told): (Vec<_>, Vec<(Ask, Telling, usize, usize)>) = (Vec::new(), Vec::new());
    for request in requests {
        let refused = |fault: Fault| (request.content_id.clone(), fault);
        let ask = inner(call, request, names).map_err(refused)?;
        if matches!(ask.method, Method::GET | Method::HEAD) {
            return Err(refused(Fault::bad("A change set cannot hold a GET request.")));
        }
        let located = locate(call, &ask.path).await.map_err(refused)?;
        if Prefer::of(&ask.headers).representation {
            check_representation(call, &ask, &located).map_err(refused)?;
        }
        let plan = plan(call, &ask, located).await.map_err(refused)?;
        if let (Some(id), Some(made)) = (&request.content_id, plan.made()) {
            names.insert(id.clone(), format!("{}/{made}", call.base));
        }
        told.push((ask, plan.telling, all.len(), plan.requests.len()));
        all.extend(plan.requests);
    }
    let answers = call.execute_all(all).await.map_err(|(index, fault)| {
        let which = told.iter().position(|(_, _, start, count)| index < start + count);
        (which.and_then(|which| requests[which].content_id.clone()), fault)
    })?;
    let mut responses = Vec::new();
    for ((ask, telling, start, count), request) in told.into_iter().zip(requests) {
        let call = Call { prefer: Prefer::of(&ask.headers), ..call.clone() };
        let own = answers.get(start..start + count).unwrap_or_default();
        let reply = match tell(&call, &ask, telling, own).await {
            Ok(reply) => reply,
            Err(fault) => fault.reply(),
        };
        responses.push(response(request.content_id.clone(), reply));
    }
    Ok(responses)
}

/// A request inside a batch, with its Content-ID references replaced.
fn inner(call: &Call<'_>, request: &BatchRequest, names: &Names) -> Result<Ask, Fault> {
    if request.target.len() > TARGET_CHARS_MAX {
        return Err(Fault::bad(format!(
            "The address is longer than {TARGET_CHARS_MAX} characters."
        )));
    }
    let target = replaced(&request.target, names);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| Fault::bad("A request of the batch has no known method."))?;
    Ok(Ask {
        method,
        path: below(call, path)?,
        query: query.to_owned(),
        headers,
        body: body(&request.body, names),
    })
}

/// The path below the version's root, of an absolute, a rooted or a relative address.
fn below(call: &Call<'_>, path: &str) -> Result<String, Fault> {
    if let Some(path) = path.strip_prefix(&call.base) {
        return Ok(path.to_owned());
    }
    if let Some(start) = path.find("/api/data/v") {
        let rest = &path[start + "/api/data/".len()..];
        return Ok(rest.split_once('/').map_or("", |(_, path)| path).to_owned());
    }
    if path.contains("://") {
        return Err(Fault::bad("An address of the batch does not belong to this service."));
    }
    Ok(path.to_owned())
}

/// `$1` and `$1/…` with the row that request 1 made.
fn replaced(text: &str, names: &Names) -> String {
    let Some(rest) = text.strip_prefix('/').unwrap_or(text).strip_prefix('$') else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '(']).unwrap_or(rest.len());
    match names.get(&rest[..end]) {
        Some(made) => format!("{made}{}", &rest[end..]),
        None => text.to_owned(),
    }
}

/// A body whose references to other requests are replaced. What is not JSON is left as it is and
/// refused where it is read.
fn body(raw: &[u8], names: &Names) -> Bytes {
    let refers = !names.is_empty() && raw.contains(&b'$');
    match refers.then(|| earmark_odata::parse_json(raw)) {
        Some(Ok(mut json)) => {
            refer(&mut json, names);
            Bytes::from(json.to_string())
        }
        _ => Bytes::copy_from_slice(raw),
    }
}

fn refer(json: &mut Json, names: &Names) {
    match json {
        Json::Object(members) => {
            for (name, value) in members.iter_mut() {
                if name.ends_with("@odata.bind") || name == "@odata.id" {
                    bound(value, names);
                } else {
                    refer(value, names);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| refer(item, names)),
        _ => {}
    }
}

fn bound(value: &mut Json, names: &Names) {
    match value {
        Json::String(text) => *text = replaced(text, names),
        Json::Array(items) => items.iter_mut().for_each(|item| bound(item, names)),
        _ => {}
    }
}
