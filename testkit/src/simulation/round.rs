//! One round: acts and bad luck in turn, then healing, then comparing.

use super::{
    Simulation, USERS,
    model::{Copy, Message},
};
use crate::world::Mail;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// Units: acts of one round.
const ACTS: usize = 8;

/// Units: cycles after which everything must have come to rest.
const CYCLES_TO_REST: usize = 5;

impl Simulation {
    pub(super) async fn round(&mut self) -> Result<()> {
        self.between_rounds().await?;
        self.trouble().await?;
        for _ in 0..ACTS {
            self.act().await?;
            self.luck().await?;
        }
        self.tell("everything heals");
        self.world.clear_faults().await?;
        for _ in 0..CYCLES_TO_REST {
            self.world.cycle().await;
        }
        self.compare().await?;
        self.rest().await?;
        for message in &mut self.model.messages {
            message.is_taken = false;
        }
        Ok(())
    }

    /// What may only happen while nothing is under way.
    async fn between_rounds(&mut self) -> Result<()> {
        if self.chance(50) {
            self.receive().await?;
        }
        if !self.renames && self.chance(25) {
            self.tell("the ledger is lost");
            self.world.lose_ledger().await?;
            self.world.cycle().await;
            self.world.cycle().await;
        }
        self.renamed = self.renames && self.chance(25);
        if self.renamed {
            self.rename().await?;
        }
        Ok(())
    }

    pub(super) async fn receive(&mut self) -> Result<()> {
        let subject = format!("Note {}", self.model.messages.len());
        let users: &[&'static str] = match self.pick(3) {
            0 => &USERS[..1],
            1 => &USERS[1..],
            _ => &USERS,
        };
        self.tell(format!("{subject} arrives for {}", users.join(", ")));
        let mail = Mail {
            subject: subject.clone(),
            from: "kim@contoso.test".to_owned(),
            to: users.iter().map(|user| (*user).to_owned()).collect(),
            ..Mail::default()
        };
        self.world.deliver(&mail).await?;
        self.model.messages.push(Message::new(subject, users));
        Ok(())
    }

    async fn rename(&mut self) -> Result<()> {
        let user = USERS[self.pick(USERS.len())];
        let (from, to) = (self.model.name(user), format!("CRM {}", self.model.names(user).len()));
        let rewrites = self.chance(50);
        self.tell(format!("{user} renames the category to {to}, rewriting items: {rewrites}"));
        self.world.rename_category(user, &from, &to, rewrites).await?;
        self.model.rename(user, &to);
        Ok(())
    }

    /// The faults of this round.
    async fn trouble(&mut self) -> Result<()> {
        let mut rules = Vec::new();
        for target in ["graph", "crm"] {
            let fault = match self.pick(7) {
                0 => json!({"dropResponse": true}),
                1 => json!({"status": 503}),
                2 => json!({"status": 429, "retryAfter": 40}),
                3 => json!({"duplicate": true}),
                4 => json!({"status": 429}),
                5 => json!({"status": 401}),
                _ => continue,
            };
            let percent = 5 + self.pick(25);
            self.tell(format!("{percent} % of the requests to {target} suffer {fault}"));
            let probability = Value::from(percent as f64 / 100.0);
            rules.push(json!({"target": target, "probability": probability, "fault": fault}));
        }
        self.world.set_faults(Value::from(rules)).await
    }

    /// Time passes, well or badly.
    async fn luck(&mut self) -> Result<()> {
        match self.pick(8) {
            0 => {
                self.tell("one cycle passes");
                self.world.cycle().await;
            }
            1 => {
                let minutes = 1 + self.random_minutes();
                self.tell(format!("{minutes} minutes pass"));
                self.world.pass(Duration::from_secs(60 * minutes)).await;
            }
            2 => {
                let request = 1 + u32::try_from(self.pick(25)).unwrap_or(0);
                let struck = self.world.crash_during(request).await?;
                self.tell(format!("killed after request {request}: {struck}"));
            }
            3 => {
                self.tell("a restart");
                self.world.restart().await?;
            }
            _ => {}
        }
        Ok(())
    }

    fn random_minutes(&self) -> u64 {
        u64::try_from(self.pick(30)).unwrap_or(0)
    }

    /// One person does one thing.
    async fn act(&mut self) -> Result<()> {
        if !self.renamed && self.chance(10) {
            return self.drop_entry().await;
        }
        let message = self.pick(self.model.messages.len());
        let copy = self.pick(self.model.messages[message].copies.len());
        if self.chance(25) {
            return self.add_foreign(message, copy).await;
        }
        if self.model.messages[message].is_taken {
            return Ok(());
        }
        self.model.messages[message].is_taken = true;
        if self.model.messages[message].copies.iter().any(|copy| copy.discarded) {
            return self.put_back(message).await;
        }
        match self.pick(10) {
            0..=3 => self.toggle(message, copy).await,
            4 => self.ask(message, copy).await,
            5 => self.in_crm(message, copy).await,
            6 => self.move_to(message, copy, "archive").await,
            7 => self.move_to(message, copy, "deleteditems").await,
            _ => self.toggle(message, copy).await,
        }
    }

    /// A user deletes the category from the list; it is made again.
    async fn drop_entry(&mut self) -> Result<()> {
        let user = USERS[self.pick(USERS.len())];
        let name = self.model.name(user);
        if self.world.category_id(user, &name).await?.is_some() {
            self.tell(format!("{user} deletes the category from the list"));
            self.world.delete_category(user, &name).await?;
        }
        Ok(())
    }

    async fn add_foreign(&mut self, message: usize, copy: usize) -> Result<()> {
        let Message { subject, copies, .. } = &mut self.model.messages[message];
        let Copy { user, foreign, .. } = &mut copies[copy];
        let category = format!("Colour {}", foreign.len());
        let item = self.world.items(user, subject, None).await?.remove(0);
        self.world.assign(user, &item, &category).await?;
        foreign.push(category);
        Ok(())
    }

    /// The category goes on where it is not, and off where it is.
    async fn toggle(&mut self, message: usize, copy: usize) -> Result<()> {
        let Message { subject, copies, .. } = self.model.messages[message].clone();
        let Copy { user, bears, .. } = copies[copy].clone();
        let item = self.world.items(user, &subject, None).await?.remove(0);
        if !bears {
            self.tell(format!("{user} assigns the category to {subject}"));
            self.world.assign(user, &item, &self.model.name(user)).await?;
            self.model.messages[message].track(copy);
            return Ok(());
        }
        self.tell(format!("{user} removes the category from {subject}"));
        let name = item.categories.iter().find(|name| self.model.is_ours(user, name));
        let name = name.with_context(|| format!("{subject} should bear the category"))?;
        self.world.unassign(user, &item, name).await?;
        self.model.messages[message].untrack(copy);
        Ok(())
    }

    /// A person asks for the opposite of what is.
    async fn ask(&mut self, message: usize, copy: usize) -> Result<()> {
        let Message { subject, copies, .. } = self.model.messages[message].clone();
        let Copy { user, bears, .. } = copies[copy].clone();
        let item = self.world.items(user, &subject, None).await?.remove(0);
        self.tell(format!("a person asks that {subject} of {user} be tracked: {}", !bears));
        self.world.request(user, &item.id, !bears, None).await?;
        if bears {
            self.model.messages[message].untrack(copy);
        } else {
            self.model.messages[message].track(copy);
        }
        Ok(())
    }

    /// A CRM user unlinks a copy or deletes the record.
    async fn in_crm(&mut self, message: usize, copy: usize) -> Result<()> {
        let Message { subject, copies, has_record, .. } = self.model.messages[message].clone();
        if !has_record {
            return Ok(());
        }
        let record = self.world.records(&subject).await?.remove(0);
        let linked = copies.iter().filter(|copy| copy.linked).count();
        if self.chance(50) || linked != 1 || !copies[copy].linked {
            self.tell(format!("a CRM user deletes the record of {subject}"));
            self.world.delete_record(&record.id).await?;
            self.model.messages[message].delete_record();
            return Ok(());
        }
        self.tell(format!("a CRM user unlinks the record of {subject}"));
        for link in self.world.links_of(&record.id).await? {
            self.world.unlink(&link).await?;
        }
        self.model.messages[message].untrack(copy);
        Ok(())
    }

    async fn move_to(&mut self, message: usize, copy: usize, folder: &str) -> Result<()> {
        let Message { subject, copies, .. } = self.model.messages[message].clone();
        let user = copies[copy].user;
        self.tell(format!("{user} moves {subject} to {folder}"));
        let item = self.world.items(user, &subject, None).await?.remove(0);
        self.world.move_item(user, &item.id, folder).await?;
        self.model.messages[message].copies[copy].discarded = folder == "deleteditems";
        Ok(())
    }

    async fn put_back(&mut self, message: usize) -> Result<()> {
        let discarded = self.model.messages[message].copies.iter().position(|copy| copy.discarded);
        match discarded {
            Some(copy) => self.move_to(message, copy, "inbox").await,
            None => Ok(()),
        }
    }

    /// What there is, beside what there should be.
    async fn compare(&mut self) -> Result<()> {
        ensure!(self.world.sent().await?.is_empty(), "something was sent");
        for message in self.model.messages.clone() {
            if let Err(difference) = self.compare_message(&message).await {
                self.explain(&message).await?;
                return Err(difference);
            }
        }
        Ok(())
    }

    /// Tells what the service thought about a message.
    async fn explain(&mut self, message: &Message) -> Result<()> {
        for copy in &message.copies {
            for item in self.world.items(copy.user, &message.subject, None).await? {
                let history = self.world.history(copy.user, &item.id).await?;
                let (subject, categories) = (&item.subject, &item.categories);
                self.tell(format!("{subject} of {}: {categories:?} {history:?}", copy.user));
            }
        }
        Ok(())
    }

    async fn compare_message(&self, message: &Message) -> Result<()> {
        let subject = &message.subject;
        let records = self.world.records(subject).await?;
        let wanted = usize::from(message.has_record);
        if records.len() != wanted {
            bail!("{subject} should have {wanted} records, it has {}", records.len());
        }
        for copy in &message.copies {
            self.compare_copy(subject, copy).await?;
        }
        let wanted = message.copies.iter().filter(|copy| copy.linked).count();
        let mut links = 0;
        for record in &records {
            links += self.world.links_of(&record.id).await?.len();
        }
        ensure!(links == wanted, "{subject} should have {wanted} links, it has {links}");
        Ok(())
    }

    async fn compare_copy(&self, subject: &str, copy: &Copy) -> Result<()> {
        let user = copy.user;
        let items = self.world.items(user, subject, None).await?;
        ensure!(items.len() == 1, "{user} should have one {subject}");
        let is_ours = |name: &&String| self.model.is_ours(user, name);
        let ours = items[0].categories.iter().filter(is_ours).count();
        let foreign: Vec<&String> =
            items[0].categories.iter().filter(|name| !is_ours(name)).collect();
        let state = self.world.item_state(user, &items[0].id).await?;
        ensure!(
            ours == usize::from(copy.bears),
            "{subject} of {user} ({state:?}) should bear the category: {}, it has {:?}",
            copy.bears,
            items[0].categories
        );
        ensure!(
            foreign.iter().copied().eq(copy.foreign.iter()),
            "{subject} of {user} should keep {:?}, it has {:?}",
            copy.foreign,
            items[0].categories
        );
        Ok(())
    }

    /// One more cycle writes nothing.
    async fn rest(&self) -> Result<()> {
        self.world.clear_counts().await?;
        self.world.cycle().await;
        for (target, method, route, count) in self.world.counts().await? {
            let reads = method == "GET" || route.ends_with("$batch");
            ensure!(reads, "a world at rest sends {count} × {target} {method} {route}");
        }
        Ok(())
    }
}
