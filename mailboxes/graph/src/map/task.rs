//! Tasks of To Do.

use super::{categories, instant, tag, zone};
use crate::wire::users::todo::lists::tasks::TodoTask;
use crate::wire::users::todo::lists::tasks::linked_resources::LinkedResource;
use earmark_model::{
    ActivityId, FolderRole, ItemHandle, ItemKind, ObservedItem, TaskContent, TaskStatus, Version,
};

/// The name under which we leave something on a task.
pub(crate) const APPLICATION: &str = "Earmark";

/// Between the id of the list and that of the task, which never hold it.
const SEPARATOR: char = '|';

/// The handle of a task.
pub(crate) fn handle(list: &str, task: &str) -> ItemHandle {
    ItemHandle(format!("{list}{SEPARATOR}{task}"))
}

/// The ids of the list and of the task; `None` for what is no handle of a task.
pub(crate) fn ids(handle: &ItemHandle) -> Option<(&str, &str)> {
    let (list, task) = handle.as_str().split_once(SEPARATOR)?;
    (!list.is_empty() && !task.is_empty()).then_some((list, task))
}

/// Whether a list showed too little of `task`, so that it has to be read by id.
pub(crate) fn is_partial(task: &TodoTask) -> bool {
    !matches!(task.categories, Some(Some(_))) || version(task).is_none()
}

/// The version: the entity tag, else the time of the last change, which the server does not
/// compare for us.
pub(crate) fn version(task: &TodoTask) -> Option<Version> {
    version_of(task.etag.as_deref(), task.last_modified_date_time.as_deref())
}

/// As [`version`], of the parts.
pub(crate) fn version_of(etag: Option<&str>, modified: Option<&str>) -> Option<Version> {
    let by_time = || Some(Version(format!("modified:{}", instant(modified)?)));
    tag(etag, None).or_else(by_time)
}

/// The item that `task` of `list` shows; `None` where a part is missing without which nothing may
/// be concluded. Null categories are none.
pub(crate) fn observed(list: &str, task: &TodoTask) -> Option<ObservedItem> {
    Some(ObservedItem {
        handle: handle(list, task.id.as_deref().filter(|id| !id.is_empty())?),
        kind: ItemKind::Task,
        version: version(task)?,
        categories: categories(&task.categories)?,
        folder: FolderRole::Other,
        is_draft: false,
        message_id: None,
        sender: None,
        created: instant(task.created_date_time.as_deref()),
        modified: instant(task.last_modified_date_time.as_deref()),
        received: None,
        ical_uid: None,
        is_series: false,
        series: None,
        is_organizer: false,
    })
}

/// The content that `task` shows. A day that is not understood is none.
pub(crate) fn content(task: &TodoTask) -> TaskContent {
    let status = status(task.status.as_deref());
    TaskContent {
        subject: task.title.clone().unwrap_or_default(),
        body: super::body(task.body.as_ref()),
        status,
        percent_complete: match status {
            TaskStatus::NotStarted => Some(0),
            TaskStatus::Completed => Some(100),
            TaskStatus::InProgress | TaskStatus::WaitingOnOthers | TaskStatus::Deferred => None,
        },
        importance: super::importance(task.importance.as_deref()),
        start: task.start_date_time.as_ref().and_then(zone::instant),
        due: task.due_date_time.as_ref().and_then(zone::instant),
        completed: task.completed_date_time.as_ref().and_then(zone::instant),
        back_link: ours(task).find_map(activity),
    }
}

/// What we left on the task.
pub(crate) fn ours(task: &TodoTask) -> impl Iterator<Item = &LinkedResource> {
    task.linked_resources.iter().flatten().filter(|link| {
        link.application_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(APPLICATION))
    })
}

/// The record that a link leads to.
pub(crate) fn activity(link: &LinkedResource) -> Option<ActivityId> {
    link.external_id.as_deref()?.trim().parse().ok()
}

fn status(text: Option<&str>) -> TaskStatus {
    match text.unwrap_or_default().to_ascii_lowercase().as_str() {
        "inprogress" => TaskStatus::InProgress,
        "waitingonothers" => TaskStatus::WaitingOnOthers,
        "completed" => TaskStatus::Completed,
        "deferred" => TaskStatus::Deferred,
        _ => TaskStatus::NotStarted,
    }
}
