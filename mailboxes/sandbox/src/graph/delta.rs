//! Delta queries: messages of a folder, and folders of a mailbox.

use super::{
    folder_view,
    render::View,
    request::{Reply, Request},
};
use crate::{
    error::Refusal,
    store::{
        delta::{self, Entry, Reading, State},
        filter,
        folder::{self, Folder},
        handle::{folder_id, message_id},
        user::User,
    },
};
use earmark_odata::{Compare, Expr};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Value, json};

/// Units: entries in a page without a preference.
const PAGE: u64 = 10;
/// Units: entries in a page at most.
const PAGE_MAX: u64 = 1_000;

/// `messages/delta` of a folder.
pub(crate) fn messages(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<Reply, Refusal> {
    if folder.search.is_some() {
        return Err(Refusal::bad_request(
            "Unsupported request: Change tracking is not supported against a search folder.",
        ));
    }
    let state = match token(request) {
        Some(token) => known(request, user, &token)
            .filter(|state: &State| state.folder == folder.row)
            .ok_or_else(|| Refusal::sync_state_not_found(0, user.generation))?,
        None => first(request, user, folder)?,
    };
    if state.generation != user.generation {
        return Err(Refusal::sync_state_not_found(state.generation, user.generation));
    }
    let view = View::selecting(request, user, &state.select)?;
    let size = request.prefer.page_size.or(state.top).unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let reading = Reading {
        sequence: user.sequence,
        size: usize::try_from(size).unwrap_or(1),
        immutable: request.immutable(),
        quirks: &request.quirks,
    };
    let page = delta::page(tx, &state, reading)?;
    let mut values = Vec::new();
    for entry in &page.entries {
        values.push(match entry {
            Entry::Changed { item, partial: true } => typed(view.read_state(item)),
            Entry::Changed { item, partial: false } => typed(view.message(tx, item)?),
            Entry::Gone { row, incarnation } => json!({
                "@odata.type": "#microsoft.graph.message",
                "id": message_id(request.prefer.ids, user.guid, *row, *incarnation),
                "@removed": { "reason": "deleted" },
            }),
        });
    }
    let context = request.context("Collection(message)");
    let token = delta::seal(&request.secret, &page.next);
    Ok(answered(request, &context, values, page.more, &token))
}

fn typed(mut value: Value) -> Value {
    if value.get("@odata.type").is_none() {
        value["@odata.type"] = json!("#microsoft.graph.message");
    }
    value
}

fn first(request: &Request, user: &User, folder: &Folder) -> Result<State, Refusal> {
    let query = &request.query;
    let received_from_ms = query.filter.as_ref().map(received_from).transpose()?;
    for term in &query.order_by {
        let is_received =
            term.path.len() == 1 && term.path[0].eq_ignore_ascii_case("receivedDateTime");
        if !is_received || !term.descending {
            return Err(unsupported("$orderby", "receivedDateTime desc"));
        }
    }
    if query.search.is_some() {
        return Err(unsupported("$search", "none"));
    }
    let kinds = custom(request, "changeType").unwrap_or_default();
    let mut change_types = Vec::new();
    for kind in kinds.split(',').map(str::trim).filter(|kind| !kind.is_empty()) {
        let kind = kind.to_ascii_lowercase();
        if !matches!(kind.as_str(), "created" | "updated" | "deleted") {
            return Err(unsupported("changeType", "created, updated or deleted"));
        }
        change_types.push(kind);
    }
    Ok(State {
        user: user.row,
        folder: folder.row,
        generation: user.generation,
        gone_cursor: user.sequence,
        select: query.select.clone(),
        received_from_ms,
        change_types,
        top: query.top,
        ..State::default()
    })
}

/// The one filter that a delta of messages takes: `receivedDateTime ge` or `gt` an instant.
fn received_from(filter: &Expr) -> Result<i64, Refusal> {
    let refused = || unsupported("$filter", "receivedDateTime ge or gt a time");
    let Expr::Compare { left, op, right } = filter else { return Err(refused()) };
    let (Expr::Path(path), Expr::Literal(literal)) = (left.as_ref(), right.as_ref()) else {
        return Err(refused());
    };
    if path.len() != 1 || !path[0].eq_ignore_ascii_case("receivedDateTime") {
        return Err(refused());
    }
    let ms = filter::time(literal)?;
    match op {
        Compare::Ge => Ok(ms),
        Compare::Gt => Ok(ms.saturating_add(1)),
        Compare::Eq | Compare::Ne | Compare::Lt | Compare::Le => Err(refused()),
    }
}

pub(crate) fn unsupported(option: &str, supported: &str) -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidUrlQuery",
        format!(
            "The following parameters are not supported with change tracking over this resource: '{option}' (supported: {supported})."
        ),
    )
}

/// `mailFolders/delta`.
pub(crate) fn folders(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<Reply, Refusal> {
    let state = match token(request) {
        Some(token) => known(request, user, &token)
            .filter(|state: &State| state.folder == 0)
            .ok_or_else(|| Refusal::sync_state_not_found(0, user.generation))?,
        None => State {
            user: user.row,
            generation: user.generation,
            select: request.query.select.clone(),
            ..State::default()
        },
    };
    if state.generation != user.generation {
        return Err(Refusal::sync_state_not_found(state.generation, user.generation));
    }
    let size = request.prefer.page_size.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let size = usize::try_from(size).unwrap_or(1);
    let changed = folder::changes(tx, user.row, state.cursor)?;
    let more = changed.len() > size;
    let mut values = Vec::new();
    for one in changed.iter().take(size) {
        let shown = folder_view::shown(tx, request, user, one)?;
        values.push(folder_view::selected(&state.select, shown)?);
    }
    let mut next = state.clone();
    if more {
        next.cursor = changed[size - 1].changed;
    } else {
        // A first round tells only what is there; later ones also what went.
        let gone =
            if state.base == 0 { Vec::new() } else { folder::gone(tx, user.row, state.base)? };
        for row in gone {
            values.push(json!({
                "id": folder_id(user.guid, row),
                "@removed": { "reason": "deleted" },
            }));
        }
        next.base = user.sequence;
        next.cursor = user.sequence;
    }
    let context = request.context("Collection(mailFolder)");
    let token = delta::seal(&request.secret, &next);
    Ok(answered(request, &context, values, more, &token))
}

/// A page with the link to what follows.
pub(crate) fn answered(
    request: &Request,
    context: &str,
    values: Vec<Value>,
    more: bool,
    token: &str,
) -> Reply {
    let path = request.raw_path.trim_start_matches('/');
    let (link, option) =
        if more { ("@odata.nextLink", "$skiptoken") } else { ("@odata.deltaLink", "$deltatoken") };
    let mut body = json!({ "@odata.context": context });
    body[link] = json!(format!("{}/{path}?{option}={token}", request.base()));
    body["value"] = Value::Array(values);
    Reply::json(200, body)
}

/// The token that a request carries.
pub(crate) fn token(request: &Request) -> Option<String> {
    request
        .query
        .skip_token
        .clone()
        .or_else(|| request.query.delta_token.clone())
        .or_else(|| custom(request, "skiptoken"))
        .or_else(|| custom(request, "deltatoken"))
}

fn known(request: &Request, user: &User, token: &str) -> Option<State> {
    delta::unseal::<State>(&request.secret, token).filter(|state| state.user == user.row)
}

pub(crate) fn custom(request: &Request, name: &str) -> Option<String> {
    request
        .query
        .custom
        .iter()
        .find(|(key, _)| key.trim_start_matches('$').eq_ignore_ascii_case(name))
        .map(|(_, value)| value.clone())
}
