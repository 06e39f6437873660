//! People's acts, carried out and told.

use super::{
    log::{By, Happening},
    plan::{Pick, What, users},
    world::SimWorld,
};
use anyhow::Result;
use earmark_sandbox::{MessageSummary, Refusal};

/// The name of the category as the service makes it.
pub(super) const TRACKED: &str = "Tracked to Dynamics 365";

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("the sandbox refuses an act: {refusal}")
}

impl SimWorld {
    /// Somebody does something; nothing where it makes no sense now.
    pub(super) async fn act(&self, what: &What, number: usize) -> Result<()> {
        match what {
            What::Deliver { to } => self.deliver(*to, number).await,
            What::Assign(pick) => {
                let Some((user, item)) = self.picked(*pick).await? else { return Ok(()) };
                let mut names = item.categories.clone();
                if names.iter().any(|name| name == TRACKED) {
                    return Ok(());
                }
                names.push(TRACKED.to_owned());
                self.categorize(user, item, names).await
            }
            What::Remove(pick) => {
                let Some((user, item)) = self.picked(*pick).await? else { return Ok(()) };
                let mut names = item.categories.clone();
                names.retain(|name| name != TRACKED);
                if names == item.categories {
                    return Ok(());
                }
                self.categorize(user, item, names).await
            }
            What::Kill { .. } => Ok(()),
        }
    }

    async fn picked(&self, pick: Pick) -> Result<Option<(&'static str, MessageSummary)>> {
        let user = users()[pick.user % users().len()];
        let mut items = self.sandbox.messages(user).await.map_err(refused)?;
        if items.is_empty() {
            return Ok(None);
        }
        let at = pick.item % items.len();
        Ok(Some((user, items.swap_remove(at))))
    }

    async fn categorize(&self, user: &str, item: MessageSummary, names: Vec<String>) -> Result<()> {
        self.sandbox.set_categories(user, &item.id, names).await.map_err(refused)?;
        self.tell_item(user, item).await
    }

    /// Tells what became of an item by a person's act.
    async fn tell_item(&self, user: &str, before: MessageSummary) -> Result<()> {
        let after = self.sandbox.message(user, &before.id).await.map_err(refused)?;
        self.tell(Happening::Item {
            user: user.to_owned(),
            id: before.id.clone(),
            by: By::Person,
            request: None,
            before: Some(before),
            after,
        });
        Ok(())
    }

    async fn deliver(&self, to: u8, number: usize) -> Result<()> {
        let to: Vec<&str> = users()
            .into_iter()
            .enumerate()
            .filter(|(at, _)| to >> at & 1 == 1)
            .map(|it| it.1)
            .collect();
        let message = format!(
            "From: <kim@contoso.test>\r\nTo: <{}>\r\nSubject: Matter {number}\r\n\
             Message-ID: <{number}@contoso.test>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\
             Received: from contoso.test; Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nGood morning.\r\n",
            to.join(">, <"),
        );
        let recipients: Vec<String> = to.iter().map(|it| (*it).to_owned()).collect();
        let parsed = earmark_sandbox::mime::parse(message.as_bytes());
        let message = parsed.map_err(|refusal| anyhow::anyhow!("no message: {refusal}"))?;
        self.sandbox.deliver(message, recipients).await.map_err(refused)?;
        for user in to {
            let wanted = format!("<{number}@contoso.test>");
            for item in self.sandbox.messages(user).await.map_err(refused)? {
                if item.internet_message_id == wanted {
                    self.tell(Happening::Item {
                        user: user.to_owned(),
                        id: item.id.clone(),
                        by: By::Server,
                        request: None,
                        before: None,
                        after: Some(item),
                    });
                }
            }
        }
        Ok(())
    }
}
