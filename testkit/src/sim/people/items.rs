//! What people do to the messages that they have.

use super::{
    super::{
        log::By,
        plan::{FOLDERS, FORMER_NAME, What},
        world::SimWorld,
    },
    TRACKED, allowed, is_ours, refused, user,
};
use anyhow::Result;
use earmark_sandbox::MessageSummary;

/// The name as somebody spells it.
fn spelled(name: &str, way: u8) -> String {
    match way {
        5 => name.to_uppercase(),
        6 => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

impl SimWorld {
    pub(super) async fn act_on_items(&self, what: &What) -> Result<()> {
        match *what {
            What::Assign { user, item, count, way } => {
                for n in item..item + count {
                    self.assign(user, n, way).await?;
                }
                Ok(())
            }
            What::Remove { user, item, count } => {
                for n in item..item + count {
                    let Some((user, item)) = self.picked(user, n).await? else { break };
                    self.unassign(user, item).await?;
                }
                Ok(())
            }
            What::Conversation { user, item, assigns } => {
                self.conversation(user, item, assigns).await
            }
            What::Other { user, item, name, at } => self.other(user, item, name, at).await,
            What::OtherOff { user, item, at } => self.other_off(user, item, at).await,
            What::Read { user, item } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                allowed(self.sandbox.set_read(user, &item.id, !item.is_read).await)?;
                self.tell_item(user, item).await
            }
            _ => self.act_on_places(what).await,
        }
    }

    async fn act_on_places(&self, what: &What) -> Result<()> {
        match *what {
            What::Move { user, item, folder } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                self.moved(user, item, FOLDERS[folder % FOLDERS.len()]).await
            }
            What::ToAndFro { user, item } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                let home = item.folder.clone();
                if home == "archive" || item.folder == "drafts" {
                    return Ok(());
                }
                self.moved(user, item.clone(), "archive").await?;
                let there = self.sandbox.message(user, &item.id).await.map_err(refused)?;
                let Some(there) = there else { return Ok(()) };
                self.moved(user, there, &home).await
            }
            What::Restore { user: index, item } => {
                let owner = user(index);
                let found = self.nth_in(owner, "deleteditems", item).await?;
                let Some(item) = found else { return Ok(()) };
                self.moved(owner, item, "inbox").await
            }
            What::Copy { user, item } => self.copied(user, item).await,
            What::Delete { user, item } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                allowed(self.sandbox.delete_message(user, &item.id).await)?;
                self.tell_item(user, item).await
            }
            What::Destroy { user, item } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                allowed(self.sandbox.destroy_message(user, &item.id).await)?;
                self.tell_item(user, item).await
            }
            What::Reimport { user, item } => self.reimported(user, item).await,
            _ => Ok(()),
        }
    }

    async fn assign(&self, index: usize, n: u64, way: u8) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        let name = match way {
            // A phone that has not heard of the rename, or somebody's old habit.
            FORMER_NAME => TRACKED.to_owned(),
            _ => spelled(&self.name_of_category(user, way == 3).await?, way),
        };
        let mut names = item.categories.clone();
        if names.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
            return Ok(());
        }
        if way == 7 {
            names.extend(["Red, green".to_owned(), "Blue; grey".to_owned()]);
        }
        if way == 4 {
            names.insert(0, name);
        } else {
            names.push(name);
        }
        self.categorize(user, item, names).await
    }

    pub(super) async fn unassign(&self, user: &str, item: MessageSummary) -> Result<()> {
        let mut names = item.categories.clone();
        names.retain(|name| !is_ours(name));
        self.categorize(user, item, names).await
    }

    async fn conversation(&self, index: usize, n: u64, assigns: bool) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        let name = self.name_of_category(user, false).await?;
        for one in self.sandbox.conversation(user, &item.id).await.map_err(refused)? {
            if !assigns {
                self.unassign(user, one).await?;
                continue;
            }
            let mut names = one.categories.clone();
            if !names.iter().any(|it| it.eq_ignore_ascii_case(&name)) {
                names.push(name.clone());
            }
            self.categorize(user, one, names).await?;
        }
        Ok(())
    }

    async fn other(&self, index: usize, n: u64, name: u64, at: usize) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        let name = match name {
            0 => "Red, green".to_owned(),
            1 => "Blue; grey".to_owned(),
            2 => " with blanks ".to_owned(),
            3 => "Größe".to_owned(),
            4 => "x".repeat(255),
            _ => format!("Colour {name}"),
        };
        let mut names = item.categories.clone();
        if names.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
            return Ok(());
        }
        names.insert(at.min(names.len()), name);
        self.categorize(user, item, names).await
    }

    async fn other_off(&self, index: usize, n: u64, at: usize) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        let mut names = item.categories.clone();
        let others: Vec<usize> =
            (0..names.len()).filter(|place| !is_ours(&names[*place])).collect();
        if others.is_empty() {
            return Ok(());
        }
        names.remove(others[at % others.len()]);
        self.categorize(user, item, names).await
    }

    async fn moved(&self, user: &str, item: MessageSummary, folder: &str) -> Result<()> {
        if item.folder == folder {
            return Ok(());
        }
        let own = folder == FOLDERS[FOLDERS.len() - 1];
        let answer = if own {
            self.sandbox.file_message(user, &item.id, folder).await
        } else {
            self.sandbox.move_message(user, &item.id, folder).await
        };
        allowed(answer)?;
        self.tell_item(user, item).await
    }

    async fn copied(&self, index: usize, n: u64) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        // Copies of copies would fill the mailbox.
        let mut twins = self.sandbox.messages(user).await.map_err(refused)?;
        twins.retain(|one| one.internet_message_id == item.internet_message_id);
        if twins.len() > 3 {
            return Ok(());
        }
        let copy = allowed(self.sandbox.copy_message(user, &item.id, "archive").await)?;
        self.tell_arrived(user, copy).await
    }

    async fn reimported(&self, index: usize, n: u64) -> Result<()> {
        let Some((user, item)) = self.picked(index, n).await? else { return Ok(()) };
        let new = allowed(self.sandbox.reimport_message(user, &item.id).await)?;
        self.tell_item(user, item).await?;
        self.tell_arrived(user, new).await
    }

    async fn tell_arrived(&self, user: &str, id: Option<String>) -> Result<()> {
        let Some(id) = id else { return Ok(()) };
        let item = self.sandbox.message(user, &id).await.map_err(refused)?;
        self.tell_change(user, By::Person, None, item);
        Ok(())
    }
}
