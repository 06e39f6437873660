//! To Do: who may come in, which resource is meant, and how refusals look there.

use super::{
    caller::{Caller, READ_TASKS, WRITE_TASKS},
    request::{Reply, Request},
    todo_delta, todo_lists, todo_parts, todo_tasks,
};
use crate::{error::Refusal, store::user::User};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;

/// A request below `todo`; `words` are those of `rest` as they were written.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    may_open(request, user, rest)
        .and_then(|()| dispatch(tx, request, user, rest, words))
        .map_err(in_its_style)
}

fn may_open(request: &Request, user: &User, rest: &[&str]) -> Result<(), Refusal> {
    let caller = &request.caller;
    if !user.to_do {
        return Err(Refusal::no_mailbox());
    }
    if let Caller::User { mail, .. } = caller
        && !mail.eq_ignore_ascii_case(&user.mail)
    {
        return Err(Refusal::new(400, "ErrorIncorrectRoutingHint", "Invalid request"));
    }
    caller.may_open(user)?;
    // For users, changes of lists need more than lists. Source: the permissions reference.
    let delegated_delta = matches!(caller, Caller::User { .. }) && rest == ["lists", "delta"];
    let reads = request.method == Method::GET && !delegated_delta;
    caller.needs(if reads { READ_TASKS } else { WRITE_TASKS })
}

fn dispatch(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, ["lists"]) => todo_lists::list(tx, request, user),
        (&Method::POST, ["lists"]) => todo_lists::create(tx, request, user),
        (&Method::GET, ["lists", "$count"]) => todo_lists::count(tx, user),
        (&Method::GET, ["lists", "delta"]) => todo_delta::lists(tx, request, user),
        (method, ["lists", _]) => {
            let list = todo_lists::find(tx, user, words[1])?;
            match *method {
                Method::GET => todo_lists::one(request, user, 200, &list),
                Method::PATCH => todo_lists::update(tx, request, user, &list),
                Method::DELETE => todo_lists::delete(tx, request, user, &list),
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, ["lists", _, "tasks", below @ ..]) => {
            let list = todo_lists::find(tx, user, words[1])?;
            let at = todo_tasks::Place { tx, request, user, list: &list };
            in_list(&at, below, &words[3..])
        }
        (_, ["lists", _, other, ..] | [other, ..]) if *other != "lists" => {
            Err(Refusal::no_segment(other))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn in_list(at: &todo_tasks::Place<'_>, below: &[&str], words: &[&str]) -> Result<Reply, Refusal> {
    match (&at.request.method, below) {
        (&Method::GET, []) => todo_tasks::list(at),
        (&Method::POST, []) => todo_tasks::create(at),
        (&Method::GET, ["delta"]) => todo_delta::tasks(at),
        (&Method::GET, ["$count"]) => todo_tasks::count(at),
        (_, []) => Err(Refusal::method_not_allowed()),
        (method, [_, part @ ..]) => {
            let task = todo_tasks::find(at, words[0])?;
            match (method, part) {
                (&Method::GET, []) => todo_tasks::one(at, 200, &task, &[]),
                (&Method::PATCH, []) => todo_tasks::update(at, task),
                (&Method::DELETE, []) => todo_tasks::delete(at, &task),
                (_, []) => Err(Refusal::method_not_allowed()),
                (_, ["linkedresources", ..]) => todo_parts::linked(at, task, &words[2..]),
                (_, ["checklistitems", ..]) => todo_parts::steps(at, task, &words[2..]),
                (_, ["extensions", ..]) => todo_parts::extensions(at, &task, &words[2..]),
                (_, [other, ..]) => Err(Refusal::no_segment(other)),
            }
        }
    }
}

/// To Do says `invalidRequest` where Outlook has a code of its own, which then stands inside; and
/// its codes start with a small letter.
fn in_its_style(refusal: Refusal) -> Refusal {
    match (refusal.status, refusal.code.as_str()) {
        (400, code) if code.starts_with("Error") => Refusal {
            inner_code: Some(refusal.code.into_boxed_str()),
            code: "invalidRequest".to_owned(),
            ..refusal
        },
        (410, _) => Refusal { code: "syncStateNotFound".to_owned(), ..refusal },
        _ => refusal,
    }
}
