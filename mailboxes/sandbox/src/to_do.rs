//! What a person does to tasks in the To Do program, for tests and sample data.

use crate::{
    error::Refusal,
    sandbox::Sandbox,
    store::{
        change::Setting,
        handle::IdKind,
        handle_tasks::{parse_task_id, parse_task_list_id, task_id, task_list_id},
        linked,
        task::{self, NewTask, Task, TaskPlace, TaskStatus},
        task_change::{self, TaskChanges},
        task_list::{self, TaskList},
        user::{self, User},
    },
};
use earmark_sqlite::rusqlite::Transaction;

/// Where a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHandle {
    /// The id of its list.
    pub list_id: String,
    /// Its id; another one in another list.
    pub task_id: String,
}

/// A task in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSummary {
    /// Where it is.
    pub handle: TaskHandle,
    /// The name of its list.
    pub list: String,
    /// The title.
    pub title: String,
    /// How far it has come.
    pub status: TaskStatus,
    /// When it is due. Units: milliseconds since the epoch.
    pub due_ms: Option<i64>,
    /// The categories in their order.
    pub categories: Vec<String>,
    /// What it is linked to, in the order of the making: ids in other applications.
    pub linked: Vec<String>,
}

impl Sandbox {
    /// All tasks of a mailbox in the order of their making. Those that mirror flagged mail are not
    /// among them.
    pub async fn tasks(&self, mail: &str) -> Result<Vec<TaskSummary>, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let mut all = Vec::new();
                for list in task_list::all(tx, owner.row)? {
                    for task in task::page(tx, list.row, 0, u64::MAX)? {
                        if task.mail.is_none() {
                            all.push((task.row, summary(tx, &owner, &list, task)?));
                        }
                    }
                }
                all.sort_by_key(|(row, _)| *row);
                Ok(all.into_iter().map(|(_, task)| task).collect())
            })
            .await
    }

    /// The id of a person's own list of this name, which is made where there is none.
    pub async fn task_list(&self, mail: &str, name: &str) -> Result<String, Refusal> {
        let (mail, name) = (mail.to_owned(), name.to_owned());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                let mut lists = task_list::all(tx, owner.row)?.into_iter();
                let list = match lists.find(|list| list.name == name) {
                    Some(list) => list,
                    None => task_list::create(tx, owner.row, &name)?,
                };
                Ok(task_list_id(owner.guid, list.row))
            })
            .await
    }

    /// Puts a task into the default list.
    pub async fn create_task(&self, mail: &str, task: NewTask) -> Result<TaskHandle, Refusal> {
        let (mail, now_ms, seed) = (mail.to_owned(), self.now_ms(), self.seed());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                let list = task_list::well_known(tx, owner.row, task_list::DEFAULT)?;
                let place = TaskPlace { user: owner.row, list: list.row, now_ms, seed };
                let row = task::insert(tx, place, &task)?;
                Ok(TaskHandle {
                    list_id: task_list_id(owner.guid, list.row),
                    task_id: task_id(IdKind::Default, owner.guid, row),
                })
            })
            .await
    }

    /// Replaces the categories of a task.
    pub async fn set_task_categories(
        &self,
        mail: &str,
        task_id: &str,
        names: Vec<String>,
    ) -> Result<(), Refusal> {
        let changes = TaskChanges { categories: Some(names), ..TaskChanges::default() };
        self.change_task(mail, task_id, changes).await
    }

    /// Changes a task.
    pub async fn change_task(
        &self,
        mail: &str,
        task_id: &str,
        changes: TaskChanges,
    ) -> Result<(), Refusal> {
        self.act_on_task(mail, task_id, move |tx, at, _, task| {
            task_change::apply(tx, at, task, &changes).map(|_| ())
        })
        .await
    }

    /// Deletes a task.
    pub async fn delete_task(&self, mail: &str, task_id: &str) -> Result<(), Refusal> {
        self.act_on_task(mail, task_id, |tx, at, _, task| task_change::delete(tx, at, &task)).await
    }

    /// Puts a task into another list, with all that hangs on it: it gets a new id. In Graph there
    /// is no such call.
    ///
    /// Errors: 404 when the task or the list is not there, 400 when one mirrors flagged mail.
    pub async fn move_task(
        &self,
        mail: &str,
        task_id_before: &str,
        to_list_id: &str,
    ) -> Result<TaskHandle, Refusal> {
        let to = to_list_id.to_owned();
        self.act_on_task(mail, task_id_before, move |tx, at, owner, task| {
            let list = match task_list::shorthand(&to) {
                Some(name) => task_list::well_known(tx, owner.row, name)?,
                None => {
                    let row = parse_task_list_id(owner.guid, &to)?;
                    task_list::get(tx, owner.row, row)?
                }
            };
            let moved = task_change::move_to(tx, at, &task, &list)?;
            Ok(TaskHandle {
                list_id: task_list_id(owner.guid, list.row),
                task_id: task_id(IdKind::Default, owner.guid, moved.row),
            })
        })
        .await
    }

    async fn act_on_task<T: Send + 'static>(
        &self,
        mail: &str,
        task_id: &str,
        what: impl FnOnce(&Transaction<'_>, Setting<'_>, &User, Task) -> Result<T, Refusal>
        + Send
        + 'static,
    ) -> Result<T, Refusal> {
        let (mail, id) = (mail.to_owned(), task_id.to_owned());
        let (now_ms, quirks) = (self.now_ms(), self.quirks());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                let task = task::get(tx, owner.row, parse_task_id(owner.guid, &id)?)?;
                let at = Setting { user: owner.row, now_ms, quirks: &quirks };
                what(tx, at, &owner, task)
            })
            .await
    }
}

fn summary(
    tx: &Transaction<'_>,
    owner: &User,
    list: &TaskList,
    task: Task,
) -> Result<TaskSummary, Refusal> {
    let links = linked::list(tx, task.row)?;
    Ok(TaskSummary {
        handle: TaskHandle {
            list_id: task_list_id(owner.guid, list.row),
            task_id: task_id(IdKind::Default, owner.guid, task.row),
        },
        list: list.name.clone(),
        title: task.title,
        status: task.status,
        due_ms: task.due_ms,
        categories: task.categories,
        linked: links.into_iter().filter_map(|link| link.says.external_id).collect(),
    })
}
