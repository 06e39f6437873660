//! How the server behaves, and back to the beginning.

use super::{Problem, done, json_of};
use crate::{
    quirks::{Profile, Quirks},
    sandbox::Sandbox,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `{"profile": "hostile", "categoryOr": true}`: a profile, and single quirks that differ from it.
/// What is not named is as in the profile, the documented one where none is named.
pub(super) async fn put(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Problem> {
    let mut body: Map<String, Value> = json_of(request).await?;
    let profile = match body.remove("profile") {
        None | Some(Value::Null) => Profile::Documented,
        Some(name) => name.as_str().and_then(Profile::parse).ok_or_else(|| {
            Problem::field("profile", "not known; use documented, kind or hostile")
        })?,
    };
    if let Some(Value::Object(single)) = body.remove("quirks") {
        body.extend(single);
    }
    let quirks = merged(profile.quirks(), body)?;
    sandbox.set_quirks(quirks.clone()).await?;
    Ok(Json(shown(&quirks)).into_response())
}

pub(super) async fn get(State(sandbox): State<Arc<Sandbox>>) -> Response {
    Json(shown(&sandbox.quirks())).into_response()
}

pub(super) async fn reset(State(sandbox): State<Arc<Sandbox>>) -> Result<Response, Problem> {
    sandbox.reset().await?;
    Ok(done())
}

fn merged(base: Quirks, single: Map<String, Value>) -> Result<Quirks, Problem> {
    let mut all = serde_json::to_value(base).unwrap_or_default();
    for (name, value) in single {
        if all.get(&name).is_none() {
            let known: Vec<&String> =
                all.as_object().into_iter().flatten().map(|(name, _)| name).collect();
            let known = known.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Problem::field(&name, format!("not a quirk; the quirks are {known}")));
        }
        if name == "duplicateCategoryStatus" && !matches!(value.as_u64(), Some(400 | 409)) {
            return Err(Problem::field(&name, "must be 400 or 409"));
        }
        let mut candidate = all.clone();
        candidate[&name] = value;
        if serde_json::from_value::<Quirks>(candidate.clone()).is_err() {
            return Err(Problem::field(&name, "must be true or false"));
        }
        all = candidate;
    }
    serde_json::from_value(all).map_err(|error| Problem::field("quirks", error.to_string()))
}

fn shown(quirks: &Quirks) -> Value {
    let profile = [Profile::Documented, Profile::Kind, Profile::Hostile]
        .into_iter()
        .find(|profile| profile.quirks() == *quirks);
    json!({ "profile": profile, "quirks": quirks })
}
