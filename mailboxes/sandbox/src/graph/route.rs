//! Which resource a request is for.

use super::{
    attachments, calendars,
    caller::{READ_SELF, READ_USERS, permissions},
    categories, contacts, delta, extensions, folders, messages, reply,
    request::{Reply, Request},
    rules, send, sharing, subscriptions, todo, translate, users,
};
use crate::{
    error::Refusal,
    sandbox::Sandbox,
    store::{
        folder,
        user::{self, User},
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use std::sync::Arc;

/// Carries out one request in one transaction.
pub(crate) async fn answer(sandbox: &Arc<Sandbox>, request: Request) -> Result<Reply, Refusal> {
    let _place = sandbox.admit(&request).await?;
    if request.lower.first().is_some_and(|first| first == "subscriptions") {
        return subscriptions::answer(sandbox, request).await;
    }
    let reads = request.method == Method::GET
        || request.lower.last().is_some_and(|last| last == "translateexchangeids");
    if reads {
        sandbox.database().read(move |tx| dispatch(tx, &request)).await
    } else {
        sandbox.database().write(move |tx| dispatch(tx, &request)).await
    }
}

fn dispatch(tx: &Transaction<'_>, request: &Request) -> Result<Reply, Refusal> {
    let route = request.route();
    match (&request.method, route.as_slice()) {
        (&Method::GET, ["organization"]) => users::organization(request),
        (&Method::GET, ["users"]) => {
            request.caller.needs(READ_USERS).map_err(directory_refusal)?;
            users::list(tx, request)
        }
        (&Method::GET, ["users", "$count"]) => {
            request.caller.needs(READ_USERS).map_err(directory_refusal)?;
            users::count(tx)
        }
        (&Method::GET, ["me"]) => {
            request.caller.needs(READ_SELF).map_err(directory_refusal)?;
            users::get(request, &me(tx, request)?)
        }
        (&Method::GET, ["users", _]) => user_alone(tx, request),
        (_, ["me", below @ ..]) if !below.is_empty() => {
            let user = me(tx, request)?;
            mailbox(tx, request, &user, 1)
        }
        (_, ["users", _, below @ ..]) if !below.is_empty() => {
            let user = user::get(tx, &request.words[1])?;
            mailbox(tx, request, &user, 2)
        }
        (_, ["users" | "me" | "organization", ..]) => Err(Refusal::method_not_allowed()),
        (_, [other, ..]) => Err(Refusal::no_segment(other)),
        (_, []) => Err(Refusal::no_segment("")),
    }
}

fn user_alone(tx: &Transaction<'_>, request: &Request) -> Result<Reply, Refusal> {
    let found = user::find(tx, &request.words[1])?;
    let own = found.as_ref().is_some_and(|user| {
        request.caller.may_open(user).is_ok() && request.caller.application().is_none()
    });
    request.caller.needs(if own { READ_SELF } else { READ_USERS }).map_err(directory_refusal)?;
    let user = found.ok_or_else(|| {
        Refusal::new(
            404,
            "Request_ResourceNotFound",
            format!(
                "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
                request.words[1]
            ),
        )
    })?;
    users::get(request, &user)
}

fn directory_refusal(_: Refusal) -> Refusal {
    Refusal::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// The signed-in user.
fn me(tx: &Transaction<'_>, request: &Request) -> Result<User, Refusal> {
    match &request.caller {
        super::caller::Caller::User { mail, .. } => user::get(tx, mail),
        _ => Err(Refusal::bad_request(
            "/me request is only valid with delegated authentication flow.",
        )),
    }
}

/// A request below a mailbox; its words start at `from`.
fn mailbox(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    from: usize,
) -> Result<Reply, Refusal> {
    let route = request.route();
    let below = &route[from..];
    if !user.enabled {
        return Err(Refusal::no_mailbox());
    }
    let words: Vec<&str> = request.words[from..].iter().map(String::as_str).collect();
    if let ["todo", rest @ ..] = below {
        return todo::answer(tx, request, user, rest, &words[1..]);
    }
    match request.caller.may_open(user) {
        Ok(()) => request.caller.needs(permissions(&request.method, below))?,
        Err(_) if request.caller.application().is_none() => {
            sharing::check(tx, request, user, below)?;
        }
        Err(refusal) => return Err(refusal),
    }
    if let Some(answer) = calendars::answer(tx, request, user, below, &words) {
        return answer;
    }
    match below {
        ["mailboxsettings", rest @ ..] => users::settings(request, user, rest),
        ["outlook", "mastercategories", rest @ ..] => {
            categories::answer(tx, request, user, rest, &words[2..])
        }
        ["contacts", ..] => contacts::answer(tx, request, user, &words[1..]),
        ["contactfolders", rest @ ..] => contacts::folders(tx, request, user, rest, &words[1..]),
        ["translateexchangeids"] => translate::answer(tx, request, user),
        ["sendmail"] => send::send_mail(tx, request, user),
        ["mailfolders", "delta"] => delta::folders(tx, request, user),
        ["mailfolders", id, "messages", rest @ ..] => {
            let _ = id;
            let folder = folders::find(tx, user, words[1])?;
            in_folder(tx, request, user, &folder, rest, &words[3..])
        }
        ["mailfolders", _, "childfolders", id, "messages", rest @ ..] if *id != "$count" => {
            let folder = folders::find(tx, user, words[3])?;
            in_folder(tx, request, user, &folder, rest, &words[5..])
        }
        ["mailfolders", _, "messagerules", rest @ ..] => {
            let folder = folders::find(tx, user, words[1])?;
            rules::answer(tx, request, user, &folder, rest, &words[3..])
        }
        ["mailfolders", rest @ ..] => folders::answer(tx, request, user, rest, &words[1..]),
        ["messages", "delta"] => Err(Refusal::bad_request(
            "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'.",
        )),
        ["messages", rest @ ..] => in_messages(tx, request, user, None, rest, &words[1..]),
        [other, ..] => Err(Refusal::no_segment(other)),
        [] => Err(Refusal::no_segment("")),
    }
}

fn in_folder(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &folder::Folder,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match rest {
        ["delta"] if request.method == Method::GET => delta::messages(tx, request, user, folder),
        _ => in_messages(tx, request, user, Some(folder), rest, words),
    }
}

/// A request for messages, of a folder or of the whole mailbox.
fn in_messages(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: Option<&folder::Folder>,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    let method = &request.method;
    match (method, rest) {
        (&Method::GET, []) => messages::list(tx, request, user, folder),
        (&Method::GET, ["$count"]) => messages::count(tx, request, user, folder),
        (&Method::POST, []) => messages::create(tx, request, user, folder),
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, below @ ..]) => {
            let item = messages::find(tx, user, words[0])?;
            if folder.is_some_and(|folder| folder.search.is_none() && folder.row != item.folder) {
                return Err(Refusal::item_not_found());
            }
            match (method, below) {
                (&Method::GET, []) => messages::get(tx, request, user, &item),
                (&Method::PATCH, []) => messages::update(tx, request, user, item),
                (&Method::DELETE, []) => messages::delete(tx, request, user, item),
                (&Method::GET, ["$value"]) => messages::mime(tx, &item),
                (&Method::POST, ["move"]) => messages::move_to(tx, request, user, item),
                (&Method::POST, ["copy"]) => messages::copy_to(tx, request, user, &item),
                (&Method::POST, ["permanentdelete"]) => messages::destroy(tx, user, &item),
                (&Method::POST, ["send"]) => send::send_draft(tx, request, user, item),
                (&Method::POST, [action]) if reply::Action::parse(action).is_some() => {
                    reply::answer(tx, request, user, &item, action)
                }
                (_, ["attachments", rest @ ..]) => {
                    attachments::answer(tx, request, user, &item, rest, &words[2..])
                }
                (_, ["extensions", ..]) => {
                    extensions::answer(tx, request, user, &item, &words[2..])
                }
                (_, [] | ["$value" | "move" | "copy" | "permanentdelete" | "send"]) => {
                    Err(Refusal::method_not_allowed())
                }
                (_, [other, ..]) => Err(Refusal::no_segment(other)),
            }
        }
    }
}
