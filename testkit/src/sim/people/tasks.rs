//! What people do with their tasks.

use super::{
    super::{
        item::{Item, Says},
        plan::What,
        world::SimWorld,
    },
    allowed,
    plans::task_id,
    refused, user,
};
use anyhow::Result;
use earmark_model::ItemKind;
use earmark_sandbox::{NewTask, TaskChanges, TaskStatus};

/// Lists that people have: the one that everybody has, and two of their own.
const LISTS: [&str; 3] = ["Tasks", "Projects", "Later"];

/// Units: milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

fn is_task(item: &Item) -> bool {
    item.kind == ItemKind::Task
}

impl SimWorld {
    pub(super) async fn act_on_tasks(&self, what: &What) -> Result<()> {
        match *what {
            What::AddTask { user: index, n, categorized } => {
                self.add_task(user(index), n, categorized).await
            }
            What::ChangeTask { user, item, change, n } => {
                let picked = self.picked_plan(user, item, is_task).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                self.change_task(user, &item, change, n).await
            }
            What::MoveTask { user, item, list } => {
                let picked = self.picked_plan(user, item, is_task).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                self.move_task(user, &item, LISTS[list % LISTS.len()]).await
            }
            What::DeleteTask { user, item } => {
                let picked = self.picked_plan(user, item, is_task).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                let before = self.before().await?;
                allowed(self.sandbox.delete_task(user, task_id(&item)).await)?;
                self.tell_since(before, user).await
            }
            What::MarkTask { user, item, assigns } => {
                let picked = self.picked_plan(user, item, is_task).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                self.mark(user, &item, assigns).await
            }
            _ => Ok(()),
        }
    }

    async fn add_task(&self, owner: &str, n: u64, categorized: bool) -> Result<()> {
        let mut categories = Vec::new();
        if categorized {
            categories.push(self.name_of_category(owner, false).await?);
        }
        let today = self.now().as_millis().div_euclid(DAY) * DAY;
        let due_ms = (!n.is_multiple_of(3)).then(|| today + DAY * 7);
        let title = format!("Errand {n}");
        let task = NewTask { title, due_ms, categories, ..NewTask::default() };
        let before = self.before().await?;
        allowed(self.sandbox.create_task(owner, task).await)?;
        self.tell_since(before, owner).await
    }

    async fn change_task(&self, owner: &str, item: &Item, change: u8, n: u64) -> Result<()> {
        let Says::Task(task) = &item.says else { return Ok(()) };
        let none = TaskChanges::default();
        let changes = match change % 4 {
            0 => {
                // The number stays, by which it is known.
                let known = item.subject.split(" anew").next().unwrap_or(&item.subject);
                TaskChanges { title: Some(format!("{known} anew {n}")), ..none }
            }
            1 => {
                let today = self.now().as_millis().div_euclid(DAY) * DAY;
                let due_ms = Some(Some(today + DAY * i64::try_from(1 + n % 20)?));
                TaskChanges { due_ms, ..none }
            }
            2 if task.status == TaskStatus::Completed => {
                TaskChanges { status: Some(TaskStatus::InProgress), ..none }
            }
            2 => TaskChanges { status: Some(TaskStatus::Completed), ..none },
            _ => TaskChanges { status: Some(TaskStatus::WaitingOnOthers), ..none },
        };
        let before = self.before().await?;
        allowed(self.sandbox.change_task(owner, task_id(item), changes).await)?;
        self.tell_since(before, owner).await
    }

    /// In another list it has another id.
    async fn move_task(&self, owner: &str, item: &Item, list: &str) -> Result<()> {
        if item.folder == list {
            return Ok(());
        }
        let to = match list {
            "Tasks" => list.to_owned(),
            own => self.sandbox.task_list(owner, own).await.map_err(refused)?,
        };
        let before = self.before().await?;
        allowed(self.sandbox.move_task(owner, task_id(item), &to).await)?;
        self.tell_since(before, owner).await
    }
}
