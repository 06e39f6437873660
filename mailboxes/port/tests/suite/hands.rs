//! The hands in the pretend world.

use crate::pretend::{Contents, State, Stored, World};
use async_trait::async_trait;
use earmark_mailbox_port::MailboxServer;
use earmark_mailbox_port::conformance::{Bench, Failing, Folder, Mail};
use earmark_model::{CategoryId, CategoryName, Instant, ItemHandle, MailboxAddress};
use std::time::Duration;

impl World {
    fn contents<T>(&self, mailbox: &MailboxAddress, act: impl FnOnce(&mut Contents) -> T) -> T {
        act(self.state().boxes.get_mut(mailbox).expect("the mailbox was made"))
    }

    fn change(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        act: impl FnOnce(&mut Stored),
    ) -> Result<(), String> {
        let mut state = self.state();
        let contents = state.boxes.get_mut(mailbox).ok_or("no such mailbox")?;
        act(contents.items.get_mut(item).ok_or("no such item")?);
        state.stamp(mailbox, item);
        Ok(())
    }
}

#[async_trait]
impl Bench for World {
    fn server(&self) -> &dyn MailboxServer {
        self.server()
    }

    fn restarted(&self) -> Box<dyn MailboxServer> {
        Box::new(self.another_server())
    }

    fn now(&self) -> Instant {
        self.state().now
    }

    fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.now = state.now.plus(duration);
    }

    async fn make_mailbox(&self, name: &str) -> Result<MailboxAddress, String> {
        let address = MailboxAddress::new(&format!("{name}@inside.test"));
        match self.state().boxes.insert(address.clone(), Contents::default()) {
            None => Ok(address),
            Some(_) => Err(format!("{name} is asked for twice")),
        }
    }

    fn unknown_mailbox(&self) -> MailboxAddress {
        MailboxAddress::new("nobody@inside.test")
    }

    async fn disable_mailbox(&self, mailbox: &MailboxAddress) -> Result<bool, String> {
        self.contents(mailbox, |contents| contents.is_disabled = true);
        Ok(true)
    }

    async fn deliver(&self, mailbox: &MailboxAddress, mail: &Mail) -> Result<ItemHandle, String> {
        let mut state = self.state();
        let handle = ItemHandle(format!("item{}", state.serial));
        let stored = Stored {
            mail: mail.clone(),
            folder: mail.folder,
            categories: mail.categories.clone(),
            serial: 0,
            at: state.now,
        };
        let State { boxes, .. } = &mut *state;
        boxes.get_mut(mailbox).ok_or("no such mailbox")?.items.insert(handle.clone(), stored);
        state.stamp(mailbox, &handle);
        Ok(handle)
    }

    async fn categories(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
    ) -> Result<Vec<String>, String> {
        let found = self.contents(mailbox, |contents| {
            contents.items.get(item).map(|stored| stored.categories.clone())
        });
        found.ok_or_else(|| "no such item".to_owned())
    }

    async fn set_categories(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        names: &[&str],
    ) -> Result<(), String> {
        self.change(mailbox, item, |stored| {
            stored.categories = names.iter().map(|name| (*name).to_owned()).collect();
        })
    }

    async fn before_next_write(
        &self,
        _mailbox: &MailboxAddress,
        item: &ItemHandle,
        name: &str,
    ) -> Result<bool, String> {
        self.state().race = Some((item.clone(), name.to_owned()));
        Ok(true)
    }

    async fn move_item(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        folder: Folder,
    ) -> Result<(), String> {
        self.change(mailbox, item, |stored| stored.folder = folder)
    }

    async fn delete(&self, mailbox: &MailboxAddress, item: &ItemHandle) -> Result<(), String> {
        let deleted = self.contents(mailbox, |contents| contents.items.remove(item));
        deleted.map(drop).ok_or_else(|| "no such item".to_owned())
    }

    async fn master_names(&self, mailbox: &MailboxAddress) -> Result<Vec<String>, String> {
        Ok(self.contents(mailbox, |contents| {
            contents.entries.iter().map(|entry| entry.name.as_str().to_owned()).collect()
        }))
    }

    async fn rename_master_entry(
        &self,
        mailbox: &MailboxAddress,
        id: &CategoryId,
        to: &str,
    ) -> Result<bool, String> {
        Ok(self.contents(mailbox, |contents| {
            let entry = contents.entries.iter_mut().find(|entry| entry.id == *id);
            entry.map(|entry| entry.name = CategoryName::new(to)).is_some()
        }))
    }

    async fn fail_next(&self, count: u32, failing: Failing) -> Result<(), String> {
        self.state().fault = Some((count, failing));
        Ok(())
    }

    async fn heal(&self) -> Result<(), String> {
        self.state().fault = None;
        self.advance(Duration::from_secs(3600));
        Ok(())
    }

    async fn expire_checkpoints(&self, _mailbox: &MailboxAddress) -> Result<bool, String> {
        let mut state = self.state();
        state.serial += 1;
        state.expired_before = state.serial;
        Ok(true)
    }

    async fn requests(&self) -> Option<u64> {
        Some(self.state().requests)
    }

    fn most_in_flight(&self) -> Option<usize> {
        Some(1)
    }
}
