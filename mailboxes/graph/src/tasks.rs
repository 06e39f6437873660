//! Reads of tasks, list by list.

use crate::connection::found;
use crate::mailbox::{GraphMailbox, bears, of_mailbox};
use crate::map::task;
use crate::reading::partial;
use crate::wire::users::todo::lists::tasks::{TodoTask, get, list};
use earmark_mailbox_port::ItemRead;
use earmark_model::{CategoryName, Failure, FailureClass, ItemContent, ItemHandle, ObservedItem};
use std::collections::{BTreeMap, BTreeSet};

/// Units: readings of all lists in one sweep: lists may have changed, and a filter may be refused.
const ATTEMPTS: usize = 3;

/// What came of reading all lists once.
enum Sweep {
    Tasks(BTreeMap<ItemHandle, (String, TodoTask)>),
    ListGone,
    FilterRefused,
}

impl GraphMailbox {
    /// Every task of all lists that carries one of `names`. One request for each list and
    /// spelling, or one for each list where the server does not filter.
    pub(crate) async fn bearing_tasks(
        &self,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let spellings: BTreeSet<&str> = names.iter().map(CategoryName::as_str).collect();
        if spellings.is_empty() {
            return Ok(Vec::new());
        }
        for _ in 0..ATTEMPTS {
            match self.sweep(&spellings).await.map_err(of_tasks)? {
                Sweep::Tasks(tasks) => {
                    let mut items = self.task_summaries(tasks.into_values().collect()).await?;
                    items.retain(|item| bears(item, names));
                    items.sort_by(|one, other| one.handle.cmp(&other.handle));
                    return Ok(items);
                }
                Sweep::ListGone => self.state.task_lists.forget().await,
                Sweep::FilterRefused => self.state.task_filter.note(self.connection.now()),
            }
        }
        Err(Failure::new(
            FailureClass::ScopeUnreadable,
            "TaskListMissing",
            "A list of tasks is announced and cannot be read.",
        ))
    }

    /// The ids of the lists.
    pub(crate) async fn task_lists(&self) -> Result<Vec<String>, Failure> {
        let (connection, budget) = (&self.connection, &self.state.budget);
        self.state.task_lists.ids(connection, budget, self.address.as_str()).await
    }

    async fn sweep(&self, spellings: &BTreeSet<&str>) -> Result<Sweep, Failure> {
        let lists = self.task_lists().await?;
        let address = self.address.as_str();
        let is_filtered = !self.state.task_filter.is_fresh(self.connection.now());
        let (mut owners, mut calls) = (Vec::new(), Vec::new());
        for id in &lists {
            if is_filtered {
                calls.extend(spellings.iter().map(|name| list::bearing(address, id, name)));
            } else {
                calls.push(list::all(address, id));
            }
            owners.resize(calls.len(), id);
        }
        let answers = self.connection.list_all::<TodoTask>(&self.state.budget, &calls).await?;
        let mut tasks = BTreeMap::new();
        for (owner, answer) in owners.into_iter().zip(answers) {
            let read = match answer {
                Ok(read) => read,
                Err(refusal) if refusal.failure.class == FailureClass::ItemGone => {
                    return Ok(Sweep::ListGone);
                }
                Err(refusal) if is_filtered && refusal.is_about_the_request() => {
                    return Ok(Sweep::FilterRefused);
                }
                Err(refusal) => return Err(refusal.failure),
            };
            for one in read {
                let handle = task::handle(owner, one.id.as_deref().ok_or_else(partial)?);
                tasks.insert(handle, (owner.clone(), one));
            }
        }
        Ok(Sweep::Tasks(tasks))
    }

    /// The items that tasks of a list show; what a list shows too little of is read by id.
    async fn task_summaries(
        &self,
        tasks: Vec<(String, TodoTask)>,
    ) -> Result<Vec<ObservedItem>, Failure> {
        let (partial, whole): (Vec<_>, Vec<_>) =
            tasks.into_iter().partition(|(_, one)| task::is_partial(one));
        let id = |one: &TodoTask| one.id.clone().unwrap_or_default();
        let handles: Vec<ItemHandle> =
            partial.iter().map(|(list, one)| task::handle(list, &id(one))).collect();
        let mut items = Vec::with_capacity(whole.len() + handles.len());
        for (list, one) in &whole {
            items.push(self.observed_task(list, one)?);
        }
        for read in self.read_tasks(&handles).await? {
            if let ItemRead::Found { item, .. } = read {
                items.push(item);
            }
        }
        Ok(items)
    }

    fn observed_task(&self, list: &str, one: &TodoTask) -> Result<ObservedItem, Failure> {
        let item = task::observed(list, one).ok_or_else(partial)?;
        self.state.known.note(&item);
        Ok(item)
    }

    /// Summaries by handle, in the order asked for.
    pub(crate) async fn read_tasks(
        &self,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        let address = self.address.as_str();
        let ids = handles.iter().filter_map(task::ids);
        let calls: Vec<_> = ids.map(|(list, id)| get::summary(address, list, id)).collect();
        let answers = self.connection.read_all(&self.state.budget, &calls).await;
        let mut answers = answers.map_err(no_service)?.into_iter();
        let mut read = |handle: &ItemHandle| {
            // What is no handle of a task names none, now or later.
            let answer = task::ids(handle).and_then(|(list, _)| Some((list, answers.next()?)));
            let Some((list, answer)) = answer else { return Ok(ItemRead::Gone) };
            // The request has nothing but the two ids that could be wrong about it.
            let answer = match answer {
                Err(refusal) if may_be_elsewhere(&refusal.failure) => return Ok(ItemRead::Gone),
                other => other,
            };
            match found::<TodoTask>(answer).map_err(no_service)? {
                Some(one) => {
                    Ok(ItemRead::Found { item: self.observed_task(list, &one)?, content: None })
                }
                None => Ok(ItemRead::Gone),
            }
        };
        handles.iter().map(&mut read).collect()
    }

    /// One task with its content, where `wants` it.
    pub(crate) async fn read_task_content(
        &self,
        handle: &ItemHandle,
        wants: impl Fn(&ObservedItem) -> bool + Send,
    ) -> Result<ItemRead, Failure> {
        let Some((list, one)) = self.whole_task(handle).await? else { return Ok(ItemRead::Gone) };
        let item = self.observed_task(list, &one)?;
        let content = wants(&item).then(|| Box::new(ItemContent::Task(task::content(&one))));
        Ok(ItemRead::Found { item, content })
    }

    /// A task with its links, and the list it is in; `None` where it is gone.
    pub(crate) async fn whole_task<'a>(
        &self,
        handle: &'a ItemHandle,
    ) -> Result<Option<(&'a str, TodoTask)>, Failure> {
        let Some((list, id)) = task::ids(handle) else { return Ok(None) };
        let call = get::content(self.address.as_str(), list, id);
        match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => Ok(Some((list, reply.json()?))),
            Err(failure) if failure.class == FailureClass::ItemGone => Ok(None),
            Err(failure) if self.is_elsewhere(handle, &failure).await? => Ok(None),
            Err(failure) => Err(no_service(failure)),
        }
    }

    /// Whether `failure` of a request about a task says that the task is not in the list that its
    /// handle names.
    pub(crate) async fn is_elsewhere(
        &self,
        handle: &ItemHandle,
        failure: &Failure,
    ) -> Result<bool, Failure> {
        if !may_be_elsewhere(failure) {
            return Ok(false);
        }
        let read = self.read_tasks(std::slice::from_ref(handle)).await?;
        Ok(matches!(read.as_slice(), [ItemRead::Gone]))
    }
}

/// The service calls a request invalid, without more, where the task is in another list than the
/// one in the path. Source: "Parent folder specified does not contain a Task with given Id".
fn may_be_elsewhere(failure: &Failure) -> bool {
    failure.class == FailureClass::Bug && failure.code.eq_ignore_ascii_case("invalidRequest")
}

/// What a failure means that is about the tasks of a mailbox as a whole.
fn of_tasks(failure: Failure) -> Failure {
    of_mailbox(no_service(failure))
}

/// Where the application may not read tasks, their service answers 401 without saying that the
/// credential is wrong; it is good everywhere else.
pub(crate) fn no_service(failure: Failure) -> Failure {
    let is_theirs = failure.class == FailureClass::Unauthenticated
        && failure.code.eq_ignore_ascii_case("UnknownError");
    if is_theirs { failure.read_as(FailureClass::ScopeUnreadable) } else { failure }
}
