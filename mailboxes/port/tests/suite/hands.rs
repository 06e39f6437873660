//! The hands in the pretend world.

use crate::notices;
use crate::pretend::{Contents, Entry, Flaw, State, Stored, What, World};
use async_trait::async_trait;
use earmark_mailbox_port::conformance::{Bench, Errand, Failing, Folder, Mail, Meeting};
use earmark_mailbox_port::{IdForm, MailboxServer};
use earmark_model::{CategoryId, CategoryName, Instant, ItemHandle, ItemKind, MailboxAddress};
use jiff::civil::Date;
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

    fn put(
        &self,
        mailbox: &MailboxAddress,
        handle: ItemHandle,
        what: What,
        categories: &[String],
    ) -> Result<ItemHandle, String> {
        let mut state = self.state();
        let stored = Stored { what, categories: categories.to_vec(), serial: 0, at: state.now };
        let State { boxes, .. } = &mut *state;
        boxes.get_mut(mailbox).ok_or("no such mailbox")?.items.insert(handle.clone(), stored);
        state.stamp(mailbox, &handle);
        Ok(handle)
    }

    /// A new handle in a mailbox.
    fn handle(&self, mailbox: &MailboxAddress) -> ItemHandle {
        ItemHandle(format!("{mailbox}/item{}", self.state().serial))
    }

    fn change_series(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        act: impl FnOnce(&mut Entry),
    ) -> Result<(), String> {
        self.change(mailbox, master, |stored| {
            if let What::Event(entry) = &mut stored.what {
                act(entry);
            }
        })
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
        let what = What::Mail { mail: mail.clone(), folder: mail.folder, is_flagged: false };
        self.put(mailbox, self.handle(mailbox), what, &mail.categories)
    }

    async fn make_event(
        &self,
        mailbox: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<ItemHandle, String> {
        let handle = self.handle(mailbox);
        let uid = format!("uid-{handle}");
        let meeting = meeting.clone();
        let categories = meeting.categories.clone();
        let cancelled = Vec::new();
        let entry = Entry { meeting, uid, is_organizer: true, member: None, cancelled };
        self.put(mailbox, handle, What::Event(entry), &categories)
    }

    async fn invite(
        &self,
        organizer: &MailboxAddress,
        attendee: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<(ItemHandle, ItemHandle), String> {
        let own = self.make_event(organizer, meeting).await?;
        let invited = self.make_event(attendee, meeting).await?;
        self.change_series(attendee, &invited, |entry| {
            entry.uid = format!("uid-{own}");
            entry.is_organizer = false;
        })?;
        Ok((own, invited))
    }

    async fn make_exception(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
        subject: &str,
    ) -> Result<ItemHandle, String> {
        let handle = self.occurrence(mailbox, master, day).await?;
        let mut made = None;
        self.change_series(mailbox, master, |series| {
            let meeting = Meeting { subject: subject.to_owned(), day, ..series.meeting.clone() };
            let member = Some((master.clone(), day));
            let uid = format!("{}-{day}", series.uid);
            let is_organizer = series.is_organizer;
            made = Some(Entry { meeting, uid, is_organizer, member, cancelled: Vec::new() });
        })?;
        let entry = made.ok_or("that is no series")?;
        let categories = entry.meeting.categories.clone();
        self.put(mailbox, handle, What::Event(entry), &categories)
    }

    async fn occurrence(
        &self,
        _mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<ItemHandle, String> {
        Ok(ItemHandle(format!("{master}@{day}")))
    }

    async fn cancel_occurrence(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<(), String> {
        self.change_series(mailbox, master, |series| series.cancelled.push(day))
    }

    async fn make_task_list(&self, mailbox: &MailboxAddress, name: &str) -> Result<String, String> {
        self.contents(mailbox, |contents| contents.lists.insert(name.to_owned()));
        Ok(name.to_owned())
    }

    async fn delete_task_list(&self, mailbox: &MailboxAddress, list: &str) -> Result<(), String> {
        self.contents(mailbox, |contents| {
            contents.lists.remove(list);
            contents.items.retain(
                |_, stored| !matches!(&stored.what, What::Task { list: of, .. } if of == list),
            );
        });
        Ok(())
    }

    async fn make_task(
        &self,
        mailbox: &MailboxAddress,
        list: &str,
        errand: &Errand,
    ) -> Result<ItemHandle, String> {
        let what = What::Task { list: list.to_owned(), errand: errand.clone(), link: None };
        self.put(mailbox, self.handle(mailbox), what, &errand.categories)
    }

    async fn move_task(
        &self,
        mailbox: &MailboxAddress,
        task: &ItemHandle,
        list: &str,
    ) -> Result<ItemHandle, String> {
        let old = self.contents(mailbox, |contents| contents.items.remove(task));
        let mut stored = old.ok_or("no such task")?;
        if let What::Task { list: of, link, .. } = &mut stored.what {
            list.clone_into(of);
            if self.state().flaw == Some(Flaw::LinkStaysBehind) {
                *link = None;
            }
        }
        self.put(mailbox, self.handle(mailbox), stored.what, &stored.categories)
    }

    async fn flag(&self, mailbox: &MailboxAddress, item: &ItemHandle) -> Result<bool, String> {
        self.change(mailbox, item, |stored| {
            if let What::Mail { is_flagged, .. } = &mut stored.what {
                *is_flagged = true;
            }
        })?;
        Ok(true)
    }

    async fn share(
        &self,
        mailbox: &MailboxAddress,
        with: &MailboxAddress,
        edits: bool,
    ) -> Result<bool, String> {
        self.contents(mailbox, |contents| contents.shared.push((with.clone(), edits)));
        Ok(true)
    }

    async fn other_address(
        &self,
        mailbox: &MailboxAddress,
    ) -> Result<Option<MailboxAddress>, String> {
        let other = MailboxAddress::new(&format!("also-{mailbox}"));
        self.state().other_names.insert(other.clone(), mailbox.clone());
        Ok(Some(other))
    }

    async fn take_tasks_away(&self, mailbox: &MailboxAddress) -> Result<bool, String> {
        self.contents(mailbox, |contents| contents.has_no_tasks = true);
        Ok(true)
    }

    fn push_url(&self) -> Option<String> {
        Some("https://sync.inside.test/hook".to_owned())
    }

    async fn delivered(&self) -> Result<Vec<Vec<u8>>, String> {
        Ok(std::mem::take(&mut self.state().delivered))
    }

    async fn end_subscription(&self, subscription: &str) -> Result<(), String> {
        let mut state = self.state();
        let at = state.subscriptions.iter().position(|(_, one, _)| one.id == subscription);
        let (_, _, target) = state.subscriptions.remove(at.ok_or("no such subscription")?);
        notices::tell_end(&mut state, subscription, &target.client_state);
        Ok(())
    }

    async fn categories(
        &self,
        mailbox: &MailboxAddress,
        _kind: ItemKind,
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
        _kind: ItemKind,
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
        _kind: ItemKind,
        item: &ItemHandle,
        name: &str,
    ) -> Result<bool, String> {
        self.state().race = Some((item.clone(), name.to_owned()));
        Ok(true)
    }

    fn feed_shows_categories(&self) -> bool {
        true
    }

    async fn move_item(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        folder: Folder,
    ) -> Result<(), String> {
        self.change(mailbox, item, |stored| {
            if let What::Mail { folder: place, .. } = &mut stored.what {
                *place = folder;
            }
        })
    }

    async fn delete(
        &self,
        mailbox: &MailboxAddress,
        _kind: ItemKind,
        item: &ItemHandle,
    ) -> Result<(), String> {
        // A series takes its exceptions along.
        self.contents(mailbox, |contents| {
            contents.items.retain(|_, stored| match &stored.what {
                What::Event(entry) => entry.member.as_ref().is_none_or(|(of, _)| of != item),
                What::Mail { .. } | What::Task { .. } => true,
            });
        });
        let deleted = self.contents(mailbox, |contents| contents.items.remove(item));
        deleted.map(drop).ok_or_else(|| "no such item".to_owned())
    }

    async fn other_name(
        &self,
        _: &MailboxAddress,
        item: &ItemHandle,
        form: IdForm,
    ) -> Result<Option<String>, String> {
        Ok(Some(match form {
            IdForm::RestImmutable => item.to_string(),
            other => format!("{}:{item}", other.as_str()),
        }))
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
