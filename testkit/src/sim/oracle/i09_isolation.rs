//! I9: a worker asks about mailboxes and records of its own organization only, with the
//! application of that organization.

use super::{Checker, Truth};
use crate::sim::{
    log::{Entry, Happening, Org},
    world::client,
};
use anyhow::{Result, ensure};
use earmark_model::MailboxId;

#[derive(Default)]
pub(super) struct Isolation(u64);

impl Checker for Isolation {
    fn name(&self) -> &'static str {
        "I9"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Request { number, organization, client: used, path, body, .. } => {
                self.0 += 1;
                let own = client(*organization);
                if let Some(used) = used {
                    ensure!(*used == own, "organization {organization} sends as {used}");
                }
                let Some(sent) = truth.sent.get(number) else { return Ok(()) };
                for user in &sent.users {
                    let home = truth.homes.get(user).map(|home| home.0);
                    let is_own = home.is_none_or(|home| home == *organization);
                    ensure!(is_own, "organization {organization} asks about {user}");
                }
                if path.contains("subscriptions") {
                    foreign_body(*organization, body, truth)?;
                }
                Ok(())
            }
            Happening::Call { organization, item: Some((mailbox, _)), .. } => {
                self.0 += 1;
                owns(*organization, *mailbox, truth)
            }
            Happening::Recorded { organization, mailbox: Some(mailbox), .. }
            | Happening::Claimed { organization, mailbox: Some(mailbox), .. } => {
                self.0 += 1;
                owns(*organization, *mailbox, truth)
            }
            _ => Ok(()),
        }
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn owns(organization: Org, mailbox: MailboxId, truth: &Truth) -> Result<()> {
    let owner = truth.owners.get(&mailbox).and_then(|user| truth.homes.get(user));
    let is_own = owner.is_none_or(|home| home.0 == organization);
    ensure!(is_own, "organization {organization} works on {mailbox} of another one");
    Ok(())
}

fn foreign_body(organization: Org, body: &[u8], truth: &Truth) -> Result<()> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let (user, _) = super::sent::place(body["resource"].as_str().unwrap_or_default());
    let home = user.as_ref().and_then(|user| truth.homes.get(user));
    let is_own = home.is_none_or(|home| home.0 == organization);
    ensure!(is_own, "organization {organization} subscribes to {user:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, CLEO, Tale};
    use super::*;

    #[test]
    fn another_organizations_mailbox_is_noticed() {
        let mut tale = Tale::to(Isolation::default());
        let path = |user: &str| format!("/users/{user}/messages");
        tale.request("GET", &path(ANNA), "").expect("its own");
        assert!(tale.request("GET", &path(CLEO), "").is_err());
        tale.call(CLEO, "1", "promote").expect("its own");
    }

    #[test]
    fn another_organizations_token_is_noticed() {
        let mut tale = Tale::to(Isolation::default());
        let path = "/subscriptions";
        tale.request_of(1, "earmark-1", "GET", path, "").expect("its own");
        assert!(tale.request_of(1, "earmark-0", "GET", path, "").is_err());
    }
}
