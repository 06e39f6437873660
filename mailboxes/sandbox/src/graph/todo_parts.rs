//! What hangs on a task: links to other applications, steps, open extensions.

use super::{
    extensions::{bare, merged, read, shown},
    listing::given,
    request::{Reply, member, optional_bool, text_member},
    todo_tasks::Place,
};
use crate::{
    error::Refusal,
    store::{
        checklist::{self, Step},
        handle::IdKind,
        handle_tasks::task_id,
        linked::{self, Link, NewLink},
        task::Task,
        task_change, task_extension,
    },
};
use http::Method;
use serde_json::{Map, Value, json};

/// A request below `linkedResources`. Each change is one of the task as well.
pub(crate) fn linked(at: &Place<'_>, task: Task, words: &[&str]) -> Result<Reply, Refusal> {
    let row = task.row;
    let answer =
        |status: u16, link: &Link| entity(at, row, "linkedResources", status, link_shown(link));
    match (&at.request.method, words) {
        (&Method::GET, []) => {
            let values = linked::list(at.tx, row)?.iter().map(link_shown).collect();
            Ok(collection(at, row, "linkedResources", values))
        }
        (&Method::POST, []) => {
            let new = new_link(&at.request.object(false)?)?;
            changed(at, task)?;
            Ok(answer(201, &linked::insert(at.tx, at.request.seed, row, &new)?))
        }
        (method, [id]) => {
            let mut link = linked::get(at.tx, row, id)?;
            match *method {
                Method::GET => Ok(answer(200, &link)),
                Method::PATCH => {
                    link.says = link_changed(link.says, &at.request.object(false)?)?;
                    changed(at, task)?;
                    linked::update(at.tx, &link)?;
                    Ok(answer(200, &link))
                }
                Method::DELETE => {
                    changed(at, task)?;
                    linked::delete(at.tx, &link)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// A request below `checklistItems`. Each change is one of the task as well.
pub(crate) fn steps(at: &Place<'_>, task: Task, words: &[&str]) -> Result<Reply, Refusal> {
    let (row, now_ms) = (task.row, at.request.now_ms);
    let answer =
        |status: u16, step: &Step| entity(at, row, "checklistItems", status, step_shown(step));
    match (&at.request.method, words) {
        (&Method::GET, []) => {
            let values = checklist::list(at.tx, row)?.iter().map(step_shown).collect();
            Ok(collection(at, row, "checklistItems", values))
        }
        (&Method::POST, []) => {
            let body = at.request.object(false)?;
            let (name, checked_ms) = new_step(&body, now_ms)?;
            changed(at, task)?;
            let seed = at.request.seed;
            Ok(answer(201, &checklist::insert(at.tx, seed, row, &name, now_ms, checked_ms)?))
        }
        (method, [id]) => {
            let mut step = checklist::get(at.tx, row, id)?;
            match *method {
                Method::GET => Ok(answer(200, &step)),
                Method::PATCH => {
                    let body = at.request.object(false)?;
                    if member(&body, "displayName").is_some() {
                        step.display_name = text_member(&body, "displayName")?;
                    }
                    step.checked_ms = checked(&body, step.checked_ms, now_ms)?;
                    changed(at, task)?;
                    checklist::update(at.tx, &step)?;
                    Ok(answer(200, &step))
                }
                Method::DELETE => {
                    changed(at, task)?;
                    checklist::delete(at.tx, &step)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// A request below `extensions`, which are no change of the task.
pub(crate) fn extensions(at: &Place<'_>, task: &Task, words: &[&str]) -> Result<Reply, Refusal> {
    let answer = |status: u16, value: Value| entity(at, task.row, "extensions", status, value);
    match (&at.request.method, words) {
        (&Method::GET, []) => {
            let values = task_extension::list(at.tx, task.row)?.iter().map(shown).collect();
            Ok(collection(at, task.row, "extensions", values))
        }
        (&Method::POST, []) => {
            let new = read(&at.request.object(false)?)?;
            if task_extension::find(at.tx, task.row, &new.name)?.is_some() {
                return Err(Refusal::new(
                    409,
                    "ErrorExtensionExists",
                    "An extension of this name is on the task already.",
                )
                .about("extensionName"));
            }
            task_extension::put(at.tx, task.row, &new)?;
            Ok(answer(201, shown(&new)))
        }
        (method, [id]) => {
            let known = task_extension::find(at.tx, task.row, bare(id))?;
            let known = known.ok_or_else(Refusal::item_not_found)?;
            match *method {
                Method::GET => Ok(answer(200, shown(&known))),
                Method::PATCH => {
                    let known = merged(known, &at.request.object(false)?);
                    task_extension::put(at.tx, task.row, &known)?;
                    Ok(answer(200, shown(&known)))
                }
                Method::DELETE => {
                    task_extension::delete(at.tx, task.row, &known.name)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn changed(at: &Place<'_>, task: Task) -> Result<(), Refusal> {
    task_change::touch(at.tx, at.setting(), task).map(|_| ())
}

fn context(at: &Place<'_>, task: i64, what: &str) -> String {
    let id = task_id(IdKind::Default, at.user.guid, task).replace('=', "%3D");
    at.context(&format!("tasks('{id}')/{what}"))
}

fn collection(at: &Place<'_>, task: i64, part: &str, values: Vec<Value>) -> Reply {
    let mut body = json!({ "@odata.context": context(at, task, part) });
    if at.request.query.count {
        body["@odata.count"] = json!(values.len());
    }
    body["value"] = Value::Array(values);
    Reply::json(200, body)
}

fn entity(at: &Place<'_>, task: i64, part: &str, status: u16, mut value: Value) -> Reply {
    value["@odata.context"] = json!(context(at, task, &format!("{part}/$entity")));
    Reply::json(status, value)
}

/// The names of a link's members.
const LINK: [&str; 4] = ["webUrl", "applicationName", "displayName", "externalId"];

/// A link from its JSON form.
pub(crate) fn new_link(body: &Value) -> Result<NewLink, Refusal> {
    link_changed(NewLink::default(), body)
}

fn link_changed(mut link: NewLink, body: &Value) -> Result<NewLink, Refusal> {
    let members = [
        &mut link.web_url,
        &mut link.application_name,
        &mut link.display_name,
        &mut link.external_id,
    ];
    for (name, member) in LINK.iter().zip(members) {
        match given(body, name) {
            None => {}
            Some(Value::Null) => *member = None,
            Some(_) => *member = Some(text_member(body, name)?),
        }
    }
    Ok(link)
}

/// A link as the wire has it.
pub(crate) fn link_shown(link: &Link) -> Value {
    let says = &link.says;
    let values = [&says.web_url, &says.application_name, &says.display_name, &says.external_id];
    let mut map = Map::new();
    map.insert("id".to_owned(), json!(link.guid));
    for (name, value) in LINK.iter().zip(values) {
        if let Some(value) = value {
            map.insert((*name).to_owned(), json!(value));
        }
    }
    Value::Object(map)
}

/// A step of a new task: what is to be done, and when it was done.
pub(crate) fn new_step(body: &Value, now_ms: i64) -> Result<(String, Option<i64>), Refusal> {
    Ok((text_member(body, "displayName")?, checked(body, None, now_ms)?))
}

fn instant_of(body: &Value) -> Result<Option<i64>, Refusal> {
    let Some(value) = member(body, "checkedDateTime") else { return Ok(None) };
    let instant = value.as_str().and_then(earmark_model::Instant::parse_rfc3339);
    instant.map(|instant| Some(instant.as_millis())).ok_or_else(|| {
        Refusal::invalid_member("checkedDateTime", "'checkedDateTime' must be a time in UTC.")
    })
}

/// When a step was done, after a body that may say so.
fn checked(body: &Value, before: Option<i64>, now_ms: i64) -> Result<Option<i64>, Refusal> {
    let time = instant_of(body)?;
    Ok(match optional_bool(body, "isChecked")? {
        Some(true) => time.or(before).or(Some(now_ms)),
        Some(false) => None,
        None => time.or(before),
    })
}

/// A step as the wire has it.
pub(crate) fn step_shown(step: &Step) -> Value {
    let mut value = json!({
        "id": step.guid,
        "displayName": step.display_name,
        "createdDateTime": super::render::instant(step.created_ms),
        "isChecked": step.checked_ms.is_some(),
    });
    if let Some(ms) = step.checked_ms {
        value["checkedDateTime"] = json!(super::render::instant(ms));
    }
    value
}
