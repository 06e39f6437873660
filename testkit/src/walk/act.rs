//! What people do.

use super::{USERS, Walk, item::Item};
use crate::world::Mail;
use anyhow::{Context, Result};
use earmark_ledger::CategoryMemory;
use earmark_model::{Baseline, CrmSide, Link};

const KIM: &str = "kim@contoso.test";

impl Walk {
    /// One person does one thing.
    pub(super) async fn act(&mut self) -> Result<()> {
        match self.pick(100) {
            0..=3 => return self.receive().await,
            4..=6 => return self.rename().await,
            7..=9 => return self.drop_entry().await,
            10..=11 => return self.toggle_switch().await,
            12..=17 => return self.in_crm().await,
            _ => {}
        }
        let Some(id) = self.some_item() else { return Ok(()) };
        match self.pick(100) {
            0..=44 => self.categorize(&id).await,
            45..=59 => self.foreign(&id).await,
            60..=71 => self.request(&id).await,
            72..=87 => self.move_item(&id).await,
            88..=90 => self.delete(&id).await,
            91..=94 => self.copy(&id).await,
            _ => self.arm(&id),
        }
    }

    fn some_item(&self) -> Option<String> {
        let free =
            |item: &&Item| item.alive && self.armed.as_ref().is_none_or(|(id, _)| *id != item.id);
        let ids: Vec<&String> = self.items.values().filter(free).map(|item| &item.id).collect();
        if ids.is_empty() { None } else { Some(ids[self.pick(ids.len())].clone()) }
    }

    fn item(&self, id: &str) -> Item {
        self.items.get(id).cloned().expect("only known items are chosen")
    }

    fn edit(&mut self, id: &str) -> &mut Item {
        self.items.get_mut(id).expect("only known items are chosen")
    }

    pub(super) async fn link(&self, item: &Item) -> Result<Option<Link>> {
        let links = self.world.links(item.user).await?;
        Ok(links.into_iter().find(|link| link.key.handle.as_str() == item.id))
    }

    pub(super) async fn known_entry(&self, user: &str) -> Result<Option<CategoryMemory>> {
        let mailbox = self.world.mailbox(user).await?;
        let memory = self.world.store().mailbox(self.organization, mailbox).await;
        Ok(memory.context("read the ledger")?.tracked)
    }

    /// A message arrives, or is sent, in one of several ways.
    pub(super) async fn receive(&mut self) -> Result<()> {
        if self.families > 14 {
            return Ok(());
        }
        self.families += 1;
        let subject = format!("M{} note", self.families);
        let someone = USERS[self.pick(USERS.len())];
        let other = USERS[self.pick(USERS.len())];
        let way = self.pick(7);
        self.tell(format!("{subject} arrives in way {way} for {someone}, {other}"));
        let to = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let mail = Mail { subject: subject.clone(), from: KIM.to_owned(), ..Mail::default() };
        match way {
            0 => self.world.deliver(&Mail { to: to(&[someone]), ..mail }).await,
            1 | 2 => self.world.deliver(&Mail { to: to(&USERS), ..mail }).await,
            3 => self.world.send_mail(someone, &Mail { to: to(&[someone]), ..mail }).await,
            4 => self.world.send_mail(someone, &Mail { to: to(&[other, KIM]), ..mail }).await,
            5 => {
                for user in [USERS[0], USERS[1]] {
                    let text = format!(
                        "Subject: {subject}\r\nFrom: <{KIM}>\r\nTo: <{someone}>\r\n\
                         Date: Mon, 02 Mar 2026 07:00:00 +0000\r\n\r\nHello.\r\n"
                    );
                    self.world.import(user, text).await?;
                }
                Ok(())
            }
            _ => self.same_id_other_content(&mail, someone, other).await,
        }
    }

    async fn same_id_other_content(&mut self, mail: &Mail, one: &str, two: &str) -> Result<()> {
        let message_id = Some(format!("<family-{}@contoso.test>", self.families));
        let first = Mail { to: vec![one.to_owned()], message_id, ..mail.clone() };
        self.world.deliver(&first).await?;
        let second = Mail {
            subject: format!("M{} other", self.families),
            from: "lou@contoso.test".to_owned(),
            to: vec![two.to_owned()],
            ..first
        };
        self.world.deliver(&second).await
    }

    /// The category goes on or off.
    async fn categorize(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        let seen = self.world.item_by_id(item.user, id).await?;
        let current = self.current(item.user);
        let mut names = seen.categories;
        let bears_current = names.iter().any(|name| name.eq_ignore_ascii_case(&current));
        if bears_current || (item.bears && self.chance(70)) {
            self.tell(format!("category taken off {}", item.name()));
            names.retain(|name| !self.is_ours(item.user, name));
            self.world.set_categories(item.user, id, &names).await?;
            return self.after_removal(&item).await;
        }
        self.tell(format!("category {current} assigned to {}", item.name()));
        names.push(current);
        self.world.set_categories(item.user, id, &names).await?;
        self.wanted.insert(item.subject.clone());
        let link = self.link(&item).await?;
        let asked = link.is_some_and(|link| link.request.is_some());
        let off = !self.switch_on;
        let item = self.edit(id);
        item.bears = true;
        item.intent = Some(true);
        item.unclear |= asked || off || item.discarded;
        Ok(())
    }

    async fn after_removal(&mut self, item: &Item) -> Result<()> {
        let link = self.link(item).await?;
        let asked = link.is_some_and(|link| link.request.is_some() || link.owes_category);
        let off = !self.switch_on;
        let item = self.edit(&item.id);
        item.bears = false;
        item.intent = Some(false);
        item.unclear |= asked || off || item.discarded;
        item.may_add &= asked;
        Ok(())
    }

    /// Other categories come and go.
    async fn foreign(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        let mut names = self.world.item_by_id(item.user, id).await?.categories;
        if item.foreign.is_empty() || self.chance(60) {
            let name = format!("Colour {}", self.pick(1_000));
            if names.contains(&name) {
                return Ok(());
            }
            self.tell(format!("{name} assigned to {}", item.name()));
            let at = self.pick(names.len() + 1);
            names.insert(at, name);
        } else {
            let name = item.foreign[self.pick(item.foreign.len())].clone();
            self.tell(format!("{name} taken off {}", item.name()));
            names.retain(|one| *one != name);
        }
        self.world.set_categories(item.user, id, &names).await?;
        let is_foreign =
            |name: &String| !self.is_ours(item.user, name) && name != super::UNDELIVERABLE;
        let foreign = names.into_iter().filter(is_foreign).collect();
        self.edit(id).foreign = foreign;
        Ok(())
    }

    /// A person asks outside Outlook.
    async fn request(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        if item.discarded {
            return Ok(());
        }
        let tracks = self.chance(60);
        self.tell(format!("a person asks that {} be tracked: {tracks}", item.name()));
        self.world.request(item.user, id, tracks, None).await?;
        if tracks {
            self.wanted.insert(item.subject.clone());
        }
        let off = !self.switch_on;
        let item = self.edit(id);
        item.intent = Some(tracks);
        item.unclear |= off;
        if tracks {
            item.may_add = true;
        } else {
            item.may_remove = true;
        }
        Ok(())
    }

    async fn move_item(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        let folder = ["inbox", "archive", "deleteditems", "junkemail"][self.pick(4)];
        self.tell(format!("{} moved to {folder}", item.name()));
        self.world.move_item(item.user, id, folder).await?;
        let item = self.edit(id);
        let discards = matches!(folder, "deleteditems" | "junkemail");
        item.unclear |= discards != item.discarded;
        item.discarded = discards;
        Ok(())
    }

    async fn delete(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        self.tell(format!("{} deleted for good", item.name()));
        self.world.delete_item(item.user, id).await?;
        self.edit(id).alive = false;
        Ok(())
    }

    async fn copy(&mut self, id: &str) -> Result<()> {
        let item = self.item(id);
        let copies = self.items.values().filter(|one| one.subject == item.subject).count();
        if item.discarded || copies > 5 {
            return Ok(());
        }
        self.tell(format!("{} copied to archive", item.name()));
        self.world.copy_item(item.user, id, "archive").await
    }

    /// Another client writes just before the service does.
    fn arm(&mut self, id: &str) -> Result<()> {
        if self.armed.is_some() {
            return Ok(());
        }
        let item = self.item(id);
        self.moments += 1;
        let name = format!("Moment {}", self.moments);
        self.tell(format!("{name} will be assigned to {} before the next write", item.name()));
        self.armed = Some((id.to_owned(), name));
        Ok(())
    }

    async fn rename(&mut self) -> Result<()> {
        let user = USERS[self.pick(USERS.len())];
        let from = self.current(user);
        let entry = self.world.category_id(user, &from).await?;
        let known = self.known_entry(user).await?.and_then(|known| known.id);
        // An entry that the service never saw cannot be followed.
        let is_known = entry.as_deref() == known.as_ref().map(|id| id.as_str());
        if self.armed.is_some() || entry.is_none() || !is_known {
            return Ok(());
        }
        let count = self.names.get(user).map_or(0, std::collections::BTreeSet::len);
        let to = format!("CRM {count}");
        let rewrites = self.chance(50);
        self.tell(format!("{user} renames {from} to {to}, rewriting items: {rewrites}"));
        self.world.rename_category(user, &from, &to, rewrites).await?;
        let mut settled = Vec::new();
        for link in self.world.links(user).await? {
            let tracked = link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked;
            if tracked && link.request.is_none() {
                settled.push(link.key.handle.as_str().to_owned());
            }
        }
        if !rewrites {
            self.unclear(|item| item.user == user && !settled.contains(&item.id));
        }
        self.names.entry(user).or_default().insert(to.clone());
        self.current.insert(user, to);
        Ok(())
    }

    /// The category is deleted from the list; now and then it is made again by hand.
    async fn drop_entry(&mut self) -> Result<()> {
        let user = USERS[self.pick(USERS.len())];
        let name = self.current(user);
        if self.world.category_id(user, &name).await?.is_none() {
            return Ok(());
        }
        self.tell(format!("{user} deletes the category {name}"));
        self.world.delete_category(user, &name).await?;
        let known = self.known_entry(user).await?;
        let known =
            known.map_or(super::FIRST_NAME.to_owned(), |entry| entry.name.as_str().to_owned());
        if known != name {
            self.unclear(|item| item.user == user);
            self.current.insert(user, known.clone());
        } else if self.switch_on && self.chance(40) {
            self.tell(format!("{user} makes the category {known} again"));
            self.world.create_category(user, &known).await?;
        }
        Ok(())
    }

    pub(super) async fn toggle_switch(&mut self) -> Result<()> {
        self.switch_on = !self.switch_on;
        self.tell(format!("the switch is on: {}", self.switch_on));
        // An administrator reads the settings as well, and is not to be disturbed.
        self.world.clear_faults().await?;
        let value = if self.switch_on { "true" } else { "false" };
        self.world.set_setting("TrackCategorizedItems", value).await?;
        self.unclear(|_| true);
        self.trouble().await
    }

    /// A CRM user deletes a record or takes a link away.
    async fn in_crm(&mut self) -> Result<()> {
        self.read_records().await?;
        let live: Vec<_> =
            self.records.iter().filter(|(id, _)| !self.deleted.contains(*id)).collect();
        if live.is_empty() {
            return Ok(());
        }
        let (id, record) = live[self.pick(live.len())];
        let (id, family) = (id.clone(), record.family().to_owned());
        if self.chance(50) {
            self.tell(format!("a CRM user deletes the record {} …{}", family, &id[id.len() - 6..]));
            self.world.delete_record(&id).await?;
            self.deleted.insert(id);
        } else {
            let links = self.world.links_of(&id).await?;
            if links.is_empty() {
                return Ok(());
            }
            self.tell(format!("a CRM user unlinks a copy of {family}"));
            self.world.unlink(&links[self.pick(links.len())]).await?;
        }
        for item in self.items.values_mut().filter(|item| item.family() == family) {
            item.unclear = true;
            item.may_remove = true;
        }
        Ok(())
    }
}
