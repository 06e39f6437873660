//! Which lists of tasks one mailbox has.

use crate::budget::Budget;
use crate::connection::Connection;
use crate::reading::partial;
use crate::wire::users::todo::lists::{TodoTaskList, list};
use earmark_model::{Failure, Instant, limits};
use tokio::sync::Mutex;

/// Lists come and go, so that they are read again after this long.
const LEARNED_FOR: std::time::Duration = limits::SWEEP_INTERVAL;

/// The list that shows flagged mail as tasks; what it shows is mail.
const MIRROR: &str = "flaggedEmails";

/// The ids of one mailbox's lists, without the one that mirrors flagged mail.
#[derive(Default)]
pub(crate) struct TaskLists {
    learned: Mutex<Option<(Instant, Vec<String>)>>,
}

impl TaskLists {
    /// The ids. Sends nothing where they were read lately.
    pub(crate) async fn ids(
        &self,
        connection: &Connection,
        budget: &Budget,
        address: &str,
    ) -> Result<Vec<String>, Failure> {
        let mut learned = self.learned.lock().await;
        let now = connection.now();
        if let Some((_, ids)) = learned.as_ref().filter(|(at, _)| now.is_within(LEARNED_FOR, *at)) {
            return Ok(ids.clone());
        }
        let lists = connection.list::<TodoTaskList>(budget, list::request(address)).await?.entries;
        let is_mirror = |list: &TodoTaskList| {
            let name = list.wellknown_list_name.as_deref();
            name.is_some_and(|name| name.eq_ignore_ascii_case(MIRROR))
        };
        let own = lists.into_iter().filter(|list| !is_mirror(list));
        let id = |list: TodoTaskList| list.id.filter(|id| !id.is_empty()).ok_or_else(partial);
        let ids: Vec<String> = own.map(id).collect::<Result<_, _>>()?;
        *learned = Some((now, ids.clone()));
        Ok(ids)
    }

    /// Reads them again next time.
    pub(crate) async fn forget(&self) {
        *self.learned.lock().await = None;
    }
}
