//! Writes to items: category names, fields of meetings and tasks, and what we leave on a task.

use crate::mailbox::{GraphMailbox, scope_of};
use crate::map::{self, members, task};
use crate::tasks::no_service;
use crate::wire::call::{Call, Reply};
use crate::wire::users::todo::lists::tasks::linked_resources;
use crate::wire::users::todo::lists::tasks::update as task_update;
use crate::wire::users::{
    State,
    events::{self, Attendee},
    messages,
};
use earmark_mailbox_port::{CategoryWrite, ItemRead, Scope};
use earmark_model::{
    ActivityId, CategoryName, Failure, FailureClass, Field, FieldValue, ItemHandle, ItemKind,
    Version,
};

impl GraphMailbox {
    pub(crate) async fn write_categories(
        &self,
        scope: Scope,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        let known = self.state.known.at(handle, base);
        // A version that the server does not compare is only as good as the read before it.
        let is_conditional = base.as_str().ends_with('"');
        let known =
            known.filter(|names| is_conditional && map::changed(names, add, remove) != *names);
        let names = match known {
            Some(names) => names,
            // Not seen at this version, or nothing seems left to do: look at the item itself.
            None => match self.categories_now(scope, handle).await? {
                None => return Ok(CategoryWrite::Gone),
                Some((version, names)) if map::changed(&names, add, remove) == names => {
                    return Ok(CategoryWrite::Done(version));
                }
                Some((version, _)) if version != *base => return Ok(CategoryWrite::Stale),
                Some((_, names)) => names,
            },
        };
        let wanted = map::changed(&names, add, remove);
        let Some(call) = self.update(scope, handle, &wanted, base)? else {
            return Ok(CategoryWrite::Gone);
        };
        match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => self.written(scope, handle, &reply, &wanted).await,
            Err(failure)
                if scope == Scope::Tasks && self.is_elsewhere(handle, &failure).await? =>
            {
                Ok(CategoryWrite::Gone)
            }
            Err(failure) => refused(failure),
        }
    }

    /// The write of `names`; `None` for a handle that names nothing.
    fn update(
        &self,
        scope: Scope,
        handle: &ItemHandle,
        names: &[String],
        base: &Version,
    ) -> Result<Option<Call>, Failure> {
        let (address, id) = (self.address.as_str(), handle.as_str());
        Ok(Some(match scope {
            Scope::Mail => messages::update::categories(address, id, names, base)?,
            Scope::Calendar => events::update::categories(address, id, names, base)?,
            Scope::Tasks => {
                let Some((list, id)) = task::ids(handle) else { return Ok(None) };
                task_update::categories(address, list, id, names, base)?
            }
        }))
    }

    /// The names on an item now and their version; `None` where it is gone.
    async fn categories_now(
        &self,
        scope: Scope,
        handle: &ItemHandle,
    ) -> Result<Option<(Version, Vec<String>)>, Failure> {
        Ok(match self.read(scope, std::slice::from_ref(handle)).await?.pop() {
            Some(ItemRead::Found { item, .. }) => Some((item.version, item.categories)),
            Some(ItemRead::Gone) | None => None,
        })
    }

    /// What a good answer to a write shows; the answer may leave out what was written.
    async fn written(
        &self,
        scope: Scope,
        handle: &ItemHandle,
        reply: &Reply,
        wanted: &[String],
    ) -> Result<CategoryWrite, Failure> {
        let state: State = if reply.body.is_empty() { State::default() } else { reply.json()? };
        let shown = version(scope, &state).zip(map::categories(&state.categories));
        let now = match shown {
            Some(shown) => Some(shown),
            None => self.categories_now(scope, handle).await?,
        };
        let Some((version, names)) = now else { return Ok(CategoryWrite::Gone) };
        self.state.known.put(handle, &version, &names);
        Ok(if names == wanted { CategoryWrite::Done(version) } else { CategoryWrite::Stale })
    }

    /// Gives fields of an event or a task new values.
    pub(crate) async fn write_fields(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        changes: &[(Field, FieldValue)],
        zone: Option<&str>,
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        let scope = scope_of(kind)?;
        // A version that the server does not compare is only as good as the read before it.
        if !base.as_str().ends_with('"') {
            match self.categories_now(scope, handle).await? {
                None => return Ok(CategoryWrite::Gone),
                Some((version, _)) if version != *base => return Ok(CategoryWrite::Stale),
                Some(_) => {}
            }
        }
        let (address, id) = (self.address.as_str(), handle.as_str());
        let invites = changes.iter().any(|(field, _)| *field == Field::Attendees);
        let invited = if invites { self.attendees_now(handle).await? } else { Some(Vec::new()) };
        let Some(invited) = invited else { return Ok(CategoryWrite::Gone) };
        let members = members::members(kind, changes, zone, &invited)?;
        let call = if scope == Scope::Tasks {
            let Some((list, id)) = task::ids(handle) else { return Ok(CategoryWrite::Gone) };
            task_update::members(address, list, id, &members, base)?
        } else {
            events::update::members(address, id, &members, base)?
        };
        if let Err(failure) = self.connection.send(&self.state.budget, &call).await {
            let is_elsewhere = scope == Scope::Tasks && self.is_elsewhere(handle, &failure).await?;
            return if is_elsewhere { Ok(CategoryWrite::Gone) } else { refused(failure) };
        }
        // What the server made of it is what counts.
        Ok(match self.categories_now(scope, handle).await? {
            Some((version, _)) => CategoryWrite::Done(version),
            None => CategoryWrite::Gone,
        })
    }

    /// Whom an event invites; `None` where it is gone.
    async fn attendees_now(&self, handle: &ItemHandle) -> Result<Option<Vec<Attendee>>, Failure> {
        let call = events::get::attendees(self.address.as_str(), handle.as_str());
        match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => Ok(Some(reply.json::<events::Event>()?.attendees.unwrap_or_default())),
            Err(failure) if failure.class == FailureClass::ItemGone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Leaves the id of `activity` on a task, unless it is there. Changes the one that is there
    /// where it leads elsewhere, so that a task never has two.
    pub(crate) async fn write_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure> {
        let Some((list, task)) = self.whole_task(handle).await? else {
            return Ok(CategoryWrite::Gone);
        };
        if task::ours(&task).any(|link| task::activity(link) == Some(activity)) {
            let item = task::observed(list, &task).ok_or_else(crate::reading::partial)?;
            return Ok(CategoryWrite::Done(item.version));
        }
        let (address, id) = (self.address.as_str(), task.id.as_deref().unwrap_or_default());
        let activity = activity.to_string();
        let call = match task::ours(&task).find_map(|link| link.id.as_deref()) {
            Some(link) => linked_resources::update::request(address, list, id, link, &activity)?,
            None => {
                let name = task::APPLICATION;
                linked_resources::create::request(address, list, id, name, &activity)?
            }
        };
        if let Err(failure) = self.connection.send(&self.state.budget, &call).await {
            return refused(failure);
        }
        // The link may have changed the task's version.
        match self.categories_now(Scope::Tasks, handle).await? {
            Some((version, _)) => Ok(CategoryWrite::Done(version)),
            None => Ok(CategoryWrite::Gone),
        }
    }
}

fn version(scope: Scope, state: &State) -> Option<Version> {
    let etag = state.etag.as_deref();
    match scope {
        Scope::Mail | Scope::Calendar => map::tag(etag, state.change_key.as_deref()),
        Scope::Tasks => task::version_of(etag, state.last_modified_date_time.as_deref()),
    }
}

/// What a refused write means.
fn refused(failure: Failure) -> Result<CategoryWrite, Failure> {
    match failure.class {
        FailureClass::Conflict => Ok(CategoryWrite::Stale),
        FailureClass::ItemGone => Ok(CategoryWrite::Gone),
        _ => Err(no_service(failure)),
    }
}
