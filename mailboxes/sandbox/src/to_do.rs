//! What a person does to tasks in the To Do program, for tests and sample data.

use crate::{
    error::Refusal,
    sandbox::Sandbox,
    store::{
        change::Setting,
        handle::IdKind,
        handle_tasks::{parse_task_id, parse_task_list_id, task_id, task_list_id},
        task::{self, NewTask, Task, TaskPlace},
        task_change::{self, TaskChanges},
        task_list,
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

impl Sandbox {
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
