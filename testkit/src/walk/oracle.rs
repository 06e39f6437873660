//! What must hold, whatever happened.

use super::{
    DECOY, UNDELIVERABLE, USERS, Walk,
    item::{self, Item},
};
use crate::{World, world::Seen};
use anyhow::{Context, Result, bail, ensure};
use earmark_model::{
    Baseline, CrmSide, Instant, ItemState, Link, OrganizationId, UndeliverableMark,
};
use earmark_tracking::Reason;
use http::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ROOT: &str = "/api/data/v9.2";

/// An email activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    subject: String,
    /// Message-ID, or the subject where there is none, and whether it is outgoing.
    key: (String, bool),
}

impl Record {
    pub(super) fn family(&self) -> &str {
        item::family(&self.subject)
    }
}

/// The organization that the world serves.
pub(super) async fn organization(world: &World) -> Result<OrganizationId> {
    let path = format!("{ROOT}/organizations?$select=organizationid");
    let answer = world.admin(Method::GET, &path, None).await?;
    let id = answer["value"][0]["organizationid"].as_str().context("an organization")?;
    id.parse().context("the id of the organization")
}

impl Walk {
    /// Compares what the items show with what was known. `service` is whether the service worked
    /// since then.
    pub(super) async fn look(&mut self, service: bool) -> Result<()> {
        for user in USERS {
            let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
            for one in self.world.items(user, "*", None).await? {
                if one.subject != DECOY {
                    seen.insert(one.id.clone(), one);
                }
            }
            let known: Vec<String> = self
                .items
                .values()
                .filter(|item| item.user == user && item.alive)
                .map(|item| item.id.clone())
                .collect();
            for id in known {
                let now = seen.remove(&id);
                let now = now.with_context(|| format!("{} vanished", self.items[&id].name()))?;
                self.look_at(&id, &now, service).await?;
            }
            for (id, now) in seen {
                self.welcome(user, id, &now);
            }
        }
        Ok(())
    }

    fn welcome(&mut self, user: &'static str, id: String, now: &Seen) {
        let mut item = Item::new(user, id.clone(), now.subject.clone());
        item.bears = now.categories.iter().any(|name| self.is_ours(user, name));
        // A copy that bears the category may be left alone, and is nobody's wish.
        item.unclear = item.bears;
        item.foreign = self.foreign_of(user, &now.categories);
        if item.bears {
            self.wanted.insert(item.subject.clone());
        }
        self.items.insert(id, item);
    }

    fn foreign_of(&self, user: &str, names: &[String]) -> Vec<String> {
        let is_foreign = |name: &&String| !self.is_ours(user, name) && *name != UNDELIVERABLE;
        names.iter().filter(is_foreign).cloned().collect()
    }

    async fn look_at(&mut self, id: &str, now: &Seen, service: bool) -> Result<()> {
        let item = self.items[id].clone();
        let name = item.name();
        let mut foreign = self.foreign_of(item.user, &now.categories);
        if let Some((_, moment)) = self.armed.clone().filter(|(armed, _)| armed == id)
            && foreign.last() == Some(&moment)
            && service
        {
            self.armed = None;
            self.items.entry(id.to_owned()).and_modify(|item| item.foreign.push(moment.clone()));
            foreign.pop();
        }
        ensure!(
            foreign == item.foreign,
            "I5: {name} should keep {:?}, it has {:?}",
            item.foreign,
            now.categories
        );
        let bears = now.categories.iter().any(|name| self.is_ours(item.user, name));
        if bears == item.bears {
            return Ok(());
        }
        ensure!(service, "{name} bears the category: {bears}, nobody did that");
        ensure!(self.switch_on, "I10: {name}: category written while the switch is off");
        let gave_up = now.categories.iter().any(|name| name == UNDELIVERABLE);
        if bears {
            let is_copy = !item.may_add && self.is_copy_of_wanted(&item).await?;
            let has_cause = item.may_add || is_copy;
            ensure!(has_cause, "I4: the service added the category to {name} without a cause");
        } else {
            ensure!(
                item.may_remove || gave_up,
                "the service took the category off {name} without a cause"
            );
        }
        self.tell(format!("{name}: the service set the category: {bears}"));
        self.items.entry(id.to_owned()).and_modify(|item| {
            item.bears = bears;
            // What was taken back before it was tracked is a copy like any other.
            item.unclear |= bears && item.intent == Some(false);
        });
        Ok(())
    }

    /// Another person's copy of the message was wanted, and nobody untracked this one.
    async fn is_copy_of_wanted(&self, item: &Item) -> Result<bool> {
        let is_other = |other: &Item| other.user != item.user && other.family() == item.family();
        let is_wanted = |other: &Item| is_other(other) && self.wanted.contains(&other.subject);
        let Some(link) = self.link(item).await? else { return Ok(false) };
        let mailbox = self.world.mailbox(item.user).await?;
        let stones = self.world.store().tombstones(self.organization, mailbox).await?;
        let untracked = stones.iter().any(|stone| {
            link.source_key.as_ref() == Some(&stone.source_key)
                && link.direction == Some(stone.direction)
        });
        Ok(!untracked && self.items.values().any(is_wanted))
    }

    /// Reads the records, and holds them against those of before.
    pub(super) async fn read_records(&mut self) -> Result<()> {
        let path = format!("{ROOT}/emails?$select=activityid,subject,messageid,directioncode");
        let answer = self.world.admin(Method::GET, &path, None).await?;
        let mut live = BTreeMap::new();
        let mut keys = BTreeSet::new();
        for row in answer["value"].as_array().context("a list of emails")? {
            let record = record(row);
            let family = record.family();
            // Epochs are lost with the ledger, and nothing but a Message-ID finds later ones.
            let is_lost = self.ever_lost && record.key.0 == record.subject;
            if !keys.insert(record.key.clone()) && !is_lost {
                let family = record.family().to_owned();
                self.tell(format!("{answer:#}"));
                self.explain(&family).await?;
                bail!("I1: two records of {:?}", record.key);
            }
            let asked = self.wanted.iter().any(|subject| item::family(subject) == family);
            ensure!(asked, "I2: nobody wanted a record of {}", record.subject);
            live.insert(row["activityid"].as_str().unwrap_or_default().to_owned(), record);
        }
        for (id, record) in &self.records {
            let there = live.contains_key(id) || self.deleted.contains(id);
            ensure!(there, "I3: the record of {} was deleted by nobody", record.subject);
        }
        for id in live.keys() {
            self.deleted.remove(id);
        }
        self.records.extend(live);
        Ok(())
    }

    /// Tells what the service thought about a message.
    async fn explain(&mut self, family: &str) -> Result<()> {
        let items: Vec<Item> =
            self.items.values().filter(|item| item.family() == family).cloned().collect();
        for item in items {
            let history = self.world.history(item.user, &item.id).await?;
            let link = self.link(&item).await?;
            self.tell(format!("{}: {history:?}\n{link:?}", item.name()));
        }
        Ok(())
    }

    /// Live links by item.
    async fn mappings(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let path = format!(
            "{ROOT}/exchangesyncidmappings?$select=objectid,exchangeentryid,isunlinkedincrm"
        );
        let answer = self.world.admin(Method::GET, &path, None).await?;
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in answer["value"].as_array().context("a list of links")? {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            if row["isunlinkedincrm"] != true {
                all.entry(text("exchangeentryid")).or_default().push(text("objectid"));
            }
        }
        Ok(all)
    }

    /// After healing both sides agree.
    pub(super) async fn judge(&mut self) -> Result<()> {
        self.read_records().await?;
        let mappings = self.mappings().await?;
        let mut known = BTreeSet::new();
        for user in USERS {
            if let Err(difference) = self.judge_master(user).await {
                let units = self.world.store().units(self.organization).await?;
                let mailbox = self.world.mailbox(user).await?;
                let memory = self.world.store().mailbox(self.organization, mailbox).await?;
                self.tell(format!("{units:#?}\n{mailbox} {memory:#?}"));
                return Err(difference);
            }
            let mut links = BTreeMap::new();
            for link in self.world.links(user).await? {
                let waits = self.waits_for_person(&link);
                if let Err(difference) =
                    at_rest(&link).or_else(|it| if waits { Ok(()) } else { Err(it) })
                {
                    let history = self.world.history(user, link.key.handle.as_str()).await?;
                    self.tell(format!("history: {history:?}"));
                    return Err(difference);
                }
                links.insert(link.key.handle.as_str().to_owned(), link);
            }
            known.extend(links.keys().cloned());
            let items: Vec<Item> =
                self.items.values().filter(|item| item.user == user).cloned().collect();
            for item in items {
                let link = links.get(&item.id);
                let records = mappings.get(&item.id).map_or(&[][..], Vec::as_slice);
                if let Err(difference) = self.judge_item(&item, link, records).await {
                    let history = self.world.history(user, &item.id).await?;
                    self.tell(format!("{}: {history:?}\n{link:#?}", item.name()));
                    return Err(difference);
                }
            }
        }
        for item in self.items.values_mut() {
            item.unclear = false;
            // Linked without the category, or under a name that only the lost ledger knew: nobody
            // finds such an item again until it bears the category.
            item.forgotten &= !known.contains(&item.id);
            item.may_add = false;
            item.may_remove = false;
            item.intent = None;
        }
        Ok(())
    }

    async fn judge_master(&self, user: &str) -> Result<()> {
        let known = self.known_entry(user).await?.context("C4: no entry is known")?;
        let list = self.world.category_list(user).await?;
        let count = list.iter().filter(|name| known.name.is_same(name)).count();
        ensure!(count == 1, "C4: {user} has {} {count} times in {list:?}", known.name.as_str());
        let id = self.world.category_id(user, known.name.as_str()).await?;
        let same = id.as_deref() == known.id.as_ref().map(|id| id.as_str());
        ensure!(same, "C4: {user}: the entry's id {id:?} is not {:?}", known.id);
        ensure!(
            known.name.is_same(&self.current(user)),
            "C4: {user} calls it {}, the service {}",
            self.current(user),
            known.name.as_str()
        );
        Ok(())
    }

    async fn judge_item(&self, item: &Item, link: Option<&Link>, records: &[String]) -> Result<()> {
        let name = item.name();
        ensure!(records.len() <= 1, "C1: {name} is linked to {} records", records.len());
        let linked = records.first();
        if let Some(record) = linked {
            let live = self.records.contains_key(record) && !self.deleted.contains(record);
            ensure!(live, "C1: {name} is linked to a record that is not there");
        }
        // Closing leaves the CRM's side alone, known or not.
        let is_open = item.alive && !item.discarded && !item.forgotten;
        if let Some(link) = link.filter(|_| is_open) {
            let believed = link.crm == CrmSide::Linked;
            ensure!(believed == linked.is_some(), "the ledger takes {name} for linked: {believed}");
        }
        if !item.alive || item.discarded {
            // Without its category an item is looked for by a full comparison only.
            let is_open = |link: &Link| link.baseline == Baseline::Tracked && !link.uncategorized;
            let open = link.is_some_and(is_open);
            ensure!(!open, "{name} is gone, and still tracked");
            return Ok(());
        }
        let names = self.world.item_by_id(item.user, &item.id).await?.categories;
        let current = self.current(item.user);
        let bears_current = names.iter().any(|name| name.eq_ignore_ascii_case(&current));
        // What shares a Message-ID with another message ends there, asked for or assigned.
        let other_content = Reason::SameMessageIdOtherContent.code();
        let left_alone = link.is_some_and(|link| {
            link.ignored || link.reason == other_content || self.waits_for_person(link)
        });
        if bears_current && linked.is_none() {
            ensure!(left_alone, "C1: {name} bears the category and is not linked");
        }
        let without = link.is_some_and(|link| link.uncategorized) || item.forgotten;
        if !item.bears && linked.is_some() {
            ensure!(without, "C2: {name} does not bear the category and is linked");
        }
        if item.unclear {
            return Ok(());
        }
        let gave_up = names.iter().any(|name| name == UNDELIVERABLE);
        match item.intent {
            None => {}
            Some(true) if left_alone || gave_up => {}
            // An old name counts only where the service knew the item under it.
            Some(wanted) => ensure!(
                (item.bears == wanted || !wanted && !bears_current) && linked.is_some() == wanted,
                "{name} should be tracked: {wanted}; it bears the category: {}, linked: {}",
                item.bears,
                linked.is_some()
            ),
        }
        Ok(())
    }

    /// The record was deleted before a service without its ledger first read the CRM's feed: what
    /// is missing without a word waits for a person (decision 0017).
    fn waits_for_person(&self, link: &Link) -> bool {
        let is_deleted = link.activity.is_some_and(|it| self.deleted.contains(&it.to_string()));
        self.ever_lost && is_deleted && link.reason == Reason::MissingInCrm.code()
    }

    pub(super) async fn compare_fully(&self) -> Result<()> {
        for user in USERS {
            self.world.compare_fully(user).await?;
        }
        Ok(())
    }

    /// One more full comparison writes nothing.
    pub(super) async fn rest(&mut self) -> Result<()> {
        self.tell("a full comparison");
        self.compare_fully().await?;
        let served = self.world.counts().await?;
        for (target, method, route, count) in served {
            let deletes = target == "crm" && method == "DELETE" && route.starts_with("/emails");
            ensure!(!deletes, "I3: the service sent {count} × {method} {route}");
        }
        self.world.clear_counts().await?;
        let before = self.world.now();
        self.world.cycle().await;
        self.tell_changes(before).await?;
        for (target, method, route, count) in self.world.counts().await? {
            let reads = method == "GET" || route.ends_with("$batch");
            ensure!(reads, "C7: a world at rest sends {count} × {target} {method} {route}");
        }
        self.look(false).await
    }
}

impl Walk {
    /// Tells what became of links since `before`.
    async fn tell_changes(&mut self, before: Instant) -> Result<()> {
        for user in USERS {
            for link in self.world.links(user).await? {
                if link.changed_at > before {
                    let id = link.key.handle.as_str();
                    let history = self.world.history(user, id).await?;
                    let name = self.items.get(id).map(Item::name);
                    self.tell(format!("{name:?} changed: {history:?}"));
                }
            }
        }
        Ok(())
    }
}

/// Nothing is under way for this item.
fn at_rest(link: &Link) -> Result<()> {
    let waits = matches!(link.state, ItemState::Pending | ItemState::Retrying | ItemState::Held);
    let intended = link.undeliverable == UndeliverableMark::Intended;
    if waits || intended || link.request.is_some() || link.owes_category {
        bail!("C5: something is still under way: {link:#?}");
    }
    Ok(())
}

fn record(row: &Value) -> Record {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let subject = text("subject");
    let id = text("messageid");
    let key = if id.is_empty() { subject.clone() } else { id };
    Record { subject, key: (key, row["directioncode"] == true) }
}
