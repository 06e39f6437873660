//! What people do with the master list and with rules.

use super::{
    super::{
        log::{By, Happening},
        plan::{FOLDERS, What},
        world::SimWorld,
    },
    TRACKED, allowed, is_ours, refused, user,
};
use anyhow::Result;
use earmark_sandbox::RulesRun;

impl SimWorld {
    pub(super) async fn act_on_lists(&self, what: &What) -> Result<()> {
        match *what {
            What::Rename { user: index, n, rewrites } => {
                self.rename(user(index), n, rewrites).await
            }
            What::Drop { user: index } => {
                let user = user(index);
                let name = self.name_of_category(user, false).await?;
                let before = self.network.master(user).await;
                allowed(self.sandbox.delete_category(user, &name).await)?;
                self.tell_master(user, before).await
            }
            What::Make { user: index, color } => {
                let user = user(index);
                let before = self.network.master(user).await;
                let color = format!("preset{}", color % 25);
                allowed(self.sandbox.create_category(user, TRACKED, &color).await)?;
                self.tell_master(user, before).await
            }
            What::Rule { user: index, digit, ours } => {
                let user = user(index);
                let name = if ours {
                    self.name_of_category(user, false).await?
                } else {
                    "By a rule".to_owned()
                };
                // A message whose number has the digit.
                let word = format!("atter {}", digit % 10);
                allowed(self.sandbox.add_rule(user, &word, vec![name]).await)?;
                Ok(())
            }
            What::NoRules { user: index } => {
                allowed(self.sandbox.remove_rules(user(index)).await)?;
                Ok(())
            }
            What::TakeOff { user: index, folder } => self.take_off(user(index), folder).await,
            _ => Ok(()),
        }
    }

    async fn rename(&self, user: &str, n: u64, rewrites: bool) -> Result<()> {
        let from = self.name_of_category(user, false).await?;
        let to = if n == 0 { TRACKED.to_owned() } else { format!("{TRACKED} {n}") };
        let items =
            if rewrites { self.sandbox.messages(user).await.map_err(refused)? } else { Vec::new() };
        let plans = self.network.plans(user).await;
        let before = self.network.master(user).await;
        let done = self.sandbox.rename_category(user, &from, &to, rewrites).await;
        if allowed(done)?.is_some() {
            self.tell_master(user, before).await?;
            self.tell_difference(user, items).await?;
            let after = self.network.plans(user).await;
            self.network.tell_plans(user, plans, after, None, |_| By::Person);
        }
        Ok(())
    }

    async fn take_off(&self, user: &str, folder: usize) -> Result<()> {
        // The person's own folder has no well-known name.
        let folder = FOLDERS[folder % (FOLDERS.len() - 1)];
        let before = self.sandbox.messages(user).await.map_err(refused)?;
        let mut names: Vec<String> = before
            .iter()
            .flat_map(|item| &item.categories)
            .filter(|it| is_ours(it))
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let run = RulesRun { rule: None, folder: folder.to_owned(), remove_categories: names };
        allowed(self.sandbox.run_rules(user, run).await)?;
        self.tell_difference(user, before).await
    }

    async fn tell_master(&self, user: &str, before: Vec<(String, String)>) -> Result<()> {
        let after = self.network.master(user).await;
        if before != after {
            let (user, by) = (user.to_owned(), By::Person);
            self.tell(Happening::Master { user, by, request: None, before, after });
        }
        Ok(())
    }
}
