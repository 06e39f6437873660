//! What an act changes in calendars and task lists, and how it is told.

use super::{
    super::{item::Item, log::By, plan::users, world::SimWorld},
    allowed, is_ours, user,
};
use anyhow::Result;
use earmark_model::ItemKind;
use earmark_sandbox::{Mark, Refusal, Sandbox};

/// All mailboxes before an act.
pub(super) struct Before {
    marks: Vec<(&'static str, Mark)>,
    plans: Vec<(&'static str, Vec<Item>)>,
}

/// Replaces the categories of an item of any kind.
pub(super) async fn set_categories(
    sandbox: &Sandbox,
    user: &str,
    item: &Item,
    names: Vec<String>,
) -> Result<(), Refusal> {
    match item.kind {
        ItemKind::Appointment => sandbox.set_event_categories(user, &item.id, names).await,
        ItemKind::Task => sandbox.set_task_categories(user, task_id(item), names).await,
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => {
            sandbox.set_categories(user, &item.id, names).await
        }
    }
}

/// The id of a task, without that of its list.
pub(super) fn task_id(item: &Item) -> &str {
    item.id.split_once('|').map_or(&*item.id, |(_, task)| task)
}

impl SimWorld {
    /// Everything that an act may change: invitations go to other mailboxes.
    pub(super) async fn before(&self) -> Result<Before> {
        let marks = self.marks().await?;
        let mut plans = Vec::new();
        for user in users() {
            plans.push((user, self.network.plans(user).await));
        }
        Ok(Before { marks, plans })
    }

    /// Tells what an act of `actor` changed.
    pub(super) async fn tell_since(&self, before: Before, actor: &str) -> Result<()> {
        for (user, plans) in before.plans {
            let by = if user == actor { By::Person } else { By::Server };
            let now = self.network.plans(user).await;
            self.network.tell_plans(user, plans, now, None, |_| by);
        }
        self.tell_new(&before.marks, Some(actor)).await
    }

    /// A user and the how-maniest of that user's items that fit, counted round and round.
    pub(super) async fn picked_plan(
        &self,
        index: usize,
        n: u64,
        fits: impl Fn(&Item) -> bool,
    ) -> Result<Option<(&'static str, Item)>> {
        let user = user(index);
        let mut items = self.network.plans(user).await;
        items.retain(fits);
        let count = u64::try_from(items.len())?;
        if count == 0 {
            return Ok(None);
        }
        Ok(Some((user, items.swap_remove(usize::try_from(n % count)?))))
    }

    /// A person assigns the category to an appointment or a task, or takes it off.
    pub(super) async fn mark(&self, user: &str, item: &Item, assigns: bool) -> Result<()> {
        let name = self.name_of_category(user, false).await?;
        self.mark_by(user, item, assigns, name).await
    }

    /// The same by a name that need not be the one of the mailbox.
    pub(super) async fn mark_by(
        &self,
        user: &str,
        item: &Item,
        assigns: bool,
        name: String,
    ) -> Result<()> {
        let mut names = item.categories.clone();
        if assigns {
            if !names.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        } else {
            names.retain(|name| !is_ours(name));
        }
        if names == item.categories {
            return Ok(());
        }
        let before = self.before().await?;
        allowed(set_categories(&self.sandbox, user, item, names).await)?;
        self.tell_since(before, user).await
    }
}
