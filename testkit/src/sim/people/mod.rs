//! People's acts, carried out and told.
//!
//! Everybody acts through the sandbox's and the CRM's own entrances, which take no time. Each act
//! tells the log what was there before and what is there now, side effects included; an act that
//! makes no sense now does nothing and tells nothing. [`mail`] is what arrives and leaves,
//! [`items`] what is done to messages, [`lists`] what is done to the master list and to rules,
//! [`calendar`] and [`tasks`] what is done to what is no mail ([`plans`] tells what that changes),
//! [`crm`] what CRM users do, [`offices`] what administrators do, and [`moment`] what somebody does
//! just before the service writes.

mod calendar;
mod crm;
mod items;
mod lists;
mod mail;
mod moment;
mod offices;
mod plans;
mod tasks;

use super::{
    item::Item,
    log::{By, Happening},
    plan::{What, users},
    world::SimWorld,
};
use anyhow::Result;
use earmark_sandbox::{MessageSummary, Refusal};
pub(super) use moment::Hands;

/// The name of the category as the service makes it. Every other name that people give it begins
/// so as well.
pub(super) const TRACKED: &str = "Tracked to Dynamics 365";

/// The name of the category of items that were given up.
const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";

/// Whether this is a name of the category, in any case.
fn is_ours(name: &str) -> bool {
    let starts = name.get(..TRACKED.len()).is_some_and(|it| it.eq_ignore_ascii_case(TRACKED));
    starts && !name.eq_ignore_ascii_case(UNDELIVERABLE)
}

/// `None` where the sandbox refuses for a reason that lies in the request: the act made no sense.
fn allowed<T>(answer: Result<T, Refusal>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(refusal) if refusal.status < 500 => Ok(None),
        Err(refusal) => Err(refused(refusal)),
    }
}

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("the sandbox refuses an act: {refusal}")
}

/// A user by index, counted round and round.
fn user(index: usize) -> &'static str {
    let all = users();
    all[index % all.len()]
}

impl SimWorld {
    /// Somebody does something; nothing where it makes no sense now.
    pub(super) async fn act(&self, what: &What, _number: usize) -> Result<()> {
        match *what {
            What::Deliver { to, n, oddity } => self.deliver(to, n, oddity).await,
            What::Send { user, to, n } => self.send(user, to, n).await,
            What::Reply { user, item } => self.reply(user, item).await,
            What::Draft { user, to, n, categorized } => self.draft(user, to, n, categorized).await,
            What::SendDraft { user, item } => self.send_draft(user, item).await,
            What::Rename { .. }
            | What::Drop { .. }
            | What::Make { .. }
            | What::Rule { .. }
            | What::NoRules { .. }
            | What::TakeOff { .. } => self.act_on_lists(what).await,
            What::Setting { .. }
            | What::Mailbox { .. }
            | What::Filter { .. }
            | What::Role { .. }
            | What::PlugIn { .. } => self.administer(what).await,
            What::Conflicts { .. } | What::Profile { .. } if self.options.calendar => {
                self.administer(what).await
            }
            _ if what.is_of_calendar() && !self.options.calendar => Ok(()),
            What::Meet { .. }
            | What::ChangeMeeting { .. }
            | What::ChangeTime { .. }
            | What::ChangeSeries { .. }
            | What::Delegate { .. }
            | What::Answer { .. }
            | What::DeleteMeeting { .. }
            | What::MarkMeeting { .. } => self.act_in_calendar(what).await,
            What::AddTask { .. }
            | What::ChangeTask { .. }
            | What::MoveTask { .. }
            | What::DeleteTask { .. }
            | What::MarkTask { .. } => self.act_on_tasks(what).await,
            What::DeleteActivity { .. }
            | What::CloseActivity { .. }
            | What::EditActivity { .. }
            | What::ChangeRecord { .. }
            | What::AskAbout { .. }
            | What::Ask { .. }
            | What::DeleteRecord { .. }
            | What::Unlink { .. }
            | What::Close { .. }
            | What::Edit { .. } => self.act_in_crm(what).await,
            What::Moment { user: index, deed, n } => {
                self.network.hands.arm(user(index), deed, n);
                Ok(())
            }
            What::Kill { .. } | What::Luck(_) => Ok(()),
            _ => self.act_on_items(what).await,
        }
    }

    /// A user and one of that user's messages.
    async fn picked(&self, index: usize, n: u64) -> Result<Option<(&'static str, MessageSummary)>> {
        let user = user(index);
        let item = self.sandbox.nth_message(user, n).await.map_err(refused)?;
        Ok(item.map(|item| (user, item)))
    }

    /// Tells what became of an item by a person's act; nothing where it is as before.
    async fn tell_item(&self, user: &str, before: MessageSummary) -> Result<()> {
        let after = self.sandbox.message(user, &before.id).await.map_err(refused)?;
        if after.as_ref() != Some(&before) {
            self.tell_change(user, By::Person, Some(before), after);
        }
        Ok(())
    }

    fn tell_change(
        &self,
        user: &str,
        by: By,
        before: Option<MessageSummary>,
        after: Option<MessageSummary>,
    ) {
        let Some(id) = before.as_ref().or(after.as_ref()).map(|item| item.id.clone()) else {
            return;
        };
        let (user, before, after) =
            (user.to_owned(), before.map(Item::from), after.map(Item::from));
        self.tell(Happening::Item { user, id, by, request: None, before, after });
    }

    async fn categorize(&self, user: &str, item: MessageSummary, names: Vec<String>) -> Result<()> {
        if names == item.categories {
            return Ok(());
        }
        if allowed(self.sandbox.set_categories(user, &item.id, names).await)?.is_some() {
            self.tell_item(user, item).await?;
        }
        Ok(())
    }

    /// The name that a person finds in the list: with several, the first or the last.
    async fn name_of_category(&self, user: &str, takes_last: bool) -> Result<String> {
        let list = self.sandbox.categories(user).await.map_err(refused)?;
        let mut ours = list.into_iter().map(|entry| entry.name).filter(|name| is_ours(name));
        let found = if takes_last { ours.next_back() } else { ours.next() };
        Ok(found.unwrap_or_else(|| TRACKED.to_owned()))
    }
}
