//! The static files, under the addresses that people and pages use.

use crate::api::problem::Problem;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, sync::Arc};

/// The static files, compiled in.
#[derive(RustEmbed)]
#[folder = "../../web/static"]
struct Assets;

/// The files that every page uses, at `/assets/`.
pub fn shared() -> Router {
    Router::new().route(
        "/assets/{*path}",
        get(async |Path(path): Path<String>, headers: HeaderMap| file(&path, &headers)),
    )
}

/// A page at `/{name}/`, with its own files from the folder `name`.
pub fn page(name: &'static str, html: askama::Result<String>) -> Router {
    let file = move |path: &str, headers: &HeaderMap| file(&format!("{name}/{path}"), headers);
    let html: Option<Arc<str>> = html.ok().map(Arc::from);
    Router::new()
        .route(&format!("/{name}"), get(async move || Redirect::permanent(&format!("/{name}/"))))
        .route(
            &format!("/{name}/"),
            get(async move |headers: HeaderMap| match html.as_deref() {
                Some(html) => {
                    let tag = Sha256::digest(html);
                    answer("index.html", &tag, Cow::Owned(html.as_bytes().to_vec()), &headers)
                }
                None => not_shown(),
            }),
        )
        .route(
            &format!("/{name}/{{*path}}"),
            get(async move |Path(path): Path<String>, headers: HeaderMap| file(&path, &headers)),
        )
}

/// One file; a browser that has it is told so.
pub fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Assets::get(path) else {
        return Problem::missing("path", "there is nothing at this address").into_response();
    };
    answer(path, &file.metadata.sha256_hash(), file.data, headers)
}

fn answer(path: &str, hash: &[u8], data: Cow<'static, [u8]>, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // It is asked for each time, so that a page never runs with the script of another version.
    // Outlook refuses pictures that may not be kept.
    let keep = if path.ends_with(".png") { "max-age=86400" } else { "no-cache" };
    let kept = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, keep.to_owned())];
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(header::CONTENT_TYPE, kind(path))], data).into_response()
}

fn not_shown() -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "page", "the page cannot be shown")
        .into_response()
}

/// The content of a file that must be there; empty where it is not.
pub fn bytes(path: &str) -> Vec<u8> {
    Assets::get(path).map(|file| file.data.into_owned()).unwrap_or_default()
}

/// Whether there is such a file.
pub fn has(path: &str) -> bool {
    Assets::get(path).is_some()
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
