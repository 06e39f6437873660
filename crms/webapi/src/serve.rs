//! HTTP in and out: the address, the token, the body, and what answers them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use earmark_embedded::crm::EmbeddedCrm;
use http::{HeaderMap, Method, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::authenticate::Authenticate;
use crate::call::{Ask, Call, Face};
use crate::fault::Fault;
use crate::plan::{plan, tell};
use crate::prefer::Prefer;
use crate::read::{self, Source};
use crate::reply::Reply;
use crate::resource::{Located, Place, Resource, Suffix, locate};
use crate::settings::FaceSettings;
use crate::{batch, circumstances, csdl, definitions, impersonate, operation, service_document};

/// The versions that are served.
const VERSIONS: [&str; 3] = ["v9.0", "v9.1", "v9.2"];

/// The scheme that a request came by, put into its extensions by a listener that speaks TLS.
/// Without it and without `public_root`, addresses in answers start with `http`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme(pub &'static str);

/// The face, to be nested under `/api/data`.
pub fn router(
    crm: Arc<EmbeddedCrm>,
    authenticate: Arc<dyn Authenticate>,
    settings: FaceSettings,
) -> Router {
    let face = Face { crm, authenticate, settings };
    Router::new().fallback(serve).with_state(Arc::new(face))
}

async fn serve(State(face): State<Arc<Face>>, request: Request) -> Response {
    let id = (face.settings.ids)().to_string();
    let reply = match answer(&face, request).await {
        Ok(reply) => reply,
        Err(fault) if fault.status == 401 => {
            let uri = &face.settings.authorization_uri;
            fault.reply().with("WWW-Authenticate", format!("Bearer authorization_uri={uri}"))
        }
        Err(fault) => fault.reply(),
    };
    reply
        .with("x-ms-service-request-id", id.clone())
        .with("x-ms-request-id", id)
        .with("Cache-Control", "no-cache")
        .into_response()
}

async fn answer(face: &Face, request: Request) -> Result<Reply, Fault> {
    let (parts, body) = request.into_parts();
    let original = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
    let scheme = parts.extensions.get::<Scheme>().copied();
    let bearer = bearer(&parts.headers).ok_or_else(Fault::unauthenticated)?;
    let principal = face.authenticate.principal(bearer).ok_or_else(Fault::unauthenticated)?;
    let (root, version, path) = versioned(original.path())?;
    let base = match &face.settings.public_root {
        Some(root) => format!("{}/{version}", root.trim_end_matches('/')),
        None => format!("{}{root}/{version}", origin(original, &parts.headers, scheme)),
    };
    let mut ask = Ask {
        method: parts.method,
        path: path.to_owned(),
        query: original.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: Bytes::new(),
    };
    let caller = impersonate::caller(face, principal, &ask).await?;
    ask.body = read_body(body, &ask.headers, face.settings.body_bytes_max).await?;
    let circumstances = circumstances::of(&ask)?;
    let call = Call { face, caller, circumstances, base, prefer: Prefer::of(&ask.headers) };
    let located = locate(&call, &ask.path).await?;
    if matches!(located.resource, Resource::Batch) {
        return batch::batch(&call, &ask).await;
    }
    dispatch(&call, &ask, located).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, token) = value.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Splits a path into what is before the version, the version, and what is below it.
fn versioned(path: &str) -> Result<(&str, &'static str, &str), Fault> {
    for version in VERSIONS {
        let mut from = 0;
        while let Some(found) = path[from..].find(&format!("/{version}")) {
            let (start, end) = (from + found, from + found + version.len() + 1);
            if path[end..].is_empty() || path[end..].starts_with('/') {
                return Ok((&path[..start], version, &path[end..]));
            }
            from = end;
        }
    }
    Err(Fault::no_segment(path.trim_matches('/').split('/').next().unwrap_or_default()))
}

/// `scheme://host` that the request was sent to.
fn origin(uri: &Uri, headers: &HeaderMap, scheme: Option<Scheme>) -> String {
    let scheme = scheme.map(|scheme| scheme.0).or(uri.scheme_str()).unwrap_or("http");
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or(uri.authority().map(|authority| authority.as_str()));
    // What is reflected must be a host and nothing else.
    let host = host
        .filter(|host| {
            host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte))
        })
        .unwrap_or("localhost");
    format!("{scheme}://{host}")
}

async fn read_body(
    body: axum::body::Body,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Bytes, Fault> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Fault::too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::too_large(limit)),
        Err(_) => Err(Fault::bad("The request body ended early.")),
    }
}

/// Answers everything but a batch.
pub(crate) async fn dispatch(call: &Call<'_>, ask: &Ask, located: Located) -> Result<Reply, Fault> {
    if matches!(ask.method, Method::GET | Method::HEAD) {
        return get(call, ask, located).await;
    }
    if call.prefer.representation {
        check_representation(call, ask, &located)?;
    }
    let plan = plan(call, ask, located).await?;
    let answers = call.execute_all(plan.requests).await.map_err(|(_, fault)| fault)?;
    tell(call, ask, plan.telling, &answers).await
}

/// A representation that cannot be read must be refused before anything is written.
pub(crate) fn check_representation(
    call: &Call<'_>,
    ask: &Ask,
    located: &Located,
) -> Result<(), Fault> {
    let table = match &located.resource {
        Resource::Set(table) => Some(*table),
        Resource::Entity(place) => Some(place.table),
        Resource::Many(_, relation, _) => earmark_embedded::schema::table(relation.to),
        _ => None,
    };
    table.map_or(Ok(()), |table| read::options(call, table, &ask.query).map(drop))
}

async fn get(call: &Call<'_>, ask: &Ask, located: Located) -> Result<Reply, Fault> {
    let refused = || Fault::method("GET");
    match (located.resource, located.suffix) {
        (Resource::ServiceDocument, Suffix::None) => Ok(service_document::service_document(call)),
        (Resource::Metadata, Suffix::None) => {
            Ok(Reply::content(200, "application/xml", csdl::csdl().as_bytes().to_vec()))
        }
        (Resource::Definitions(segments), Suffix::None) => {
            definitions::definitions(call, ask, &segments)
        }
        (Resource::RelationshipDefinitions, Suffix::None) => {
            definitions::relationship_definitions(call, ask)
        }
        (Resource::Unbound(name), Suffix::None) => operation::unbound(call, &name).await,
        (Resource::Bound(table, key, name), Suffix::None) => {
            operation::bound(call, table, key, &name).await
        }
        (Resource::Set(table), Suffix::None) => read::list(call, ask, &Source::all(table)).await,
        (Resource::Set(table), Suffix::Count) => read::count(call, ask, &Source::all(table)).await,
        (Resource::Entity(place), Suffix::None) => read::one(call, ask, &place).await,
        (Resource::Entity(place), Suffix::Ref) => read::reference(call, &place).await,
        (Resource::Property(place, column), suffix @ (Suffix::None | Suffix::Value)) => {
            read::value(call, &place, column, suffix).await
        }
        (Resource::Single(place, single), suffix @ (Suffix::None | Suffix::Ref)) => {
            read::single(call, ask, &place, single, suffix).await
        }
        (Resource::Many(_, relation, Some(key)), Suffix::None) => {
            let table = earmark_embedded::schema::table(relation.to).ok_or_else(refused)?;
            read::one(call, ask, &Place { table, key }).await
        }
        (Resource::Many(place, relation, None), suffix) => {
            // The parent must be there and readable.
            let row = call.row(place.table, &place.key, Some(vec![place.table.key.into()])).await?;
            let parent = crate::call::id(place.table, &row).ok_or_else(refused)?;
            let source = Source::tied(relation, parent)?;
            match suffix {
                Suffix::None => read::list(call, ask, &source).await,
                Suffix::Count => read::count(call, ask, &source).await,
                Suffix::Ref => read::references(call, &source).await,
                Suffix::Value => Err(refused()),
            }
        }
        _ => Err(refused()),
    }
}
