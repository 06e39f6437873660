//! The world of one scenario, and what its names stand for.

use super::words::Words;
use crate::{
    World,
    world::{Activity, ActivityRecord, EmailRecord, Seen},
};
use anyhow::{Context, Result, bail};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// A world with the names that a scenario uses.
pub(super) struct Stage {
    pub(super) world: World,
    /// Addresses by their local part.
    users: RefCell<BTreeMap<String, String>>,
    /// The last items seen under (user, item), so that a deleted one can be named.
    seen: RefCell<BTreeMap<Named, Vec<Seen>>>,
    /// Ids of records by the subject under which they were noted.
    noted: RefCell<BTreeMap<String, BTreeSet<String>>>,
    /// Messages of which copies are still to come, by subject.
    pub(super) delayed: RefCell<BTreeMap<String, String>>,
}

type Named = (String, Item);

/// Items as a line names them: `"Offer" [in sentitems]`, `"Review" [on 2026-03-11] in calendar`,
/// `"Call" in tasks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) subject: String,
    pub(super) on: Option<String>,
    pub(super) folder: Option<String>,
}

impl Item {
    pub(super) fn read(words: &Words<'_>) -> Result<Self> {
        let subject = words.word()?.to_owned();
        let on = if words.has("on") { Some(words.word()?.to_owned()) } else { None };
        let folder = if words.has("in") { Some(words.word()?.to_owned()) } else { None };
        Ok(Self { subject, on, folder })
    }
}

impl Stage {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            users: RefCell::default(),
            seen: RefCell::default(),
            noted: RefCell::default(),
            delayed: RefCell::default(),
        }
    }

    pub(super) fn know_user(&self, address: &str) {
        let name = address.split('@').next().unwrap_or(address).to_owned();
        self.users.borrow_mut().insert(name, address.to_owned());
    }

    /// The address of a user by address or local part, `anna's` included.
    pub(super) fn user(&self, name: &str) -> Result<String> {
        let name = name.strip_suffix("'s").unwrap_or(name);
        if name.contains('@') {
            return Ok(name.to_owned());
        }
        let users = self.users.borrow();
        users.get(name).cloned().with_context(|| format!("no user is called `{name}`"))
    }

    pub(super) fn is_user(&self, name: &str) -> bool {
        !name.contains('@') && self.user(name).is_ok()
    }

    /// The items that a line names; those that are gone as they were last seen.
    pub(super) async fn items(&self, user: &str, item: &Item) -> Result<Vec<Seen>> {
        let (subject, on) = (item.subject.as_str(), item.on.as_deref());
        let found = match item.folder.as_deref() {
            Some("calendar") => self.world.events(user, subject, on).await?,
            Some("tasks") => self.world.tasks(user, subject).await?,
            Some("contacts") => self.world.contact_cards(user, subject).await?,
            folder => self.world.items(user, subject, folder).await?,
        };
        let named = (user.to_owned(), item.clone());
        if found.is_empty() {
            let known = self.seen.borrow().get(&named).cloned();
            return known.with_context(|| format!("{user} has no item {}", item.subject));
        }
        self.seen.borrow_mut().insert(named, found.clone());
        Ok(found)
    }

    /// The one item that a line names.
    pub(super) async fn item(&self, user: &str, item: &Item) -> Result<Seen> {
        match self.items(user, item).await?.as_slice() {
            [one] => Ok(one.clone()),
            all => bail!("{user} has {} items {}; name the folder", all.len(), item.subject),
        }
    }

    /// The one record with this subject, in one direction where it is given.
    pub(super) async fn record(
        &self,
        subject: &str,
        is_outgoing: Option<bool>,
    ) -> Result<EmailRecord> {
        let mut records = self.world.records(subject).await?;
        records.retain(|record| is_outgoing.is_none_or(|wanted| wanted == record.is_outgoing));
        match records.as_slice() {
            [one] => Ok(one.clone()),
            all => bail!("there are {} such records of {subject}, not one", all.len()),
        }
    }

    /// Notes which records there are.
    pub(super) async fn note(&self, subject: &str) -> Result<()> {
        let ids = self.record_ids(subject).await?;
        if ids.is_empty() {
            bail!("there is no record of {subject}");
        }
        self.noted.borrow_mut().insert(subject.to_owned(), ids);
        Ok(())
    }

    /// The ids noted before, and those of the records that there are now.
    pub(super) async fn noted_and_now(
        &self,
        subject: &str,
    ) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
        let noted = self.noted.borrow().get(subject).cloned();
        let noted = noted.with_context(|| format!("no record of {subject} was noted"))?;
        Ok((noted, self.record_ids(subject).await?))
    }

    /// The one activity of a kind: `of "Review"`, or `of "Stand-up" on 2026-03-11`.
    pub(super) async fn activity(
        &self,
        activity: Activity,
        words: &Words<'_>,
    ) -> Result<ActivityRecord> {
        words.expect("of")?;
        let subject = words.word()?;
        let on = if words.has("on") { Some(words.word()?) } else { None };
        match self.world.activities(activity, subject, on).await?.as_slice() {
            [one] => Ok(one.clone()),
            all => bail!("there are {} {activity:?} of {subject}, not one", all.len()),
        }
    }

    /// Notes which activity there is.
    pub(super) fn note_activity(&self, record: &ActivityRecord) {
        let key = format!("{:?}", record.activity);
        self.noted.borrow_mut().insert(key, BTreeSet::from([record.id.clone()]));
    }

    /// Whether this is the activity of its kind that was noted last.
    pub(super) fn is_noted(&self, record: &ActivityRecord) -> Result<bool> {
        let noted = self.noted.borrow();
        let ids = noted.get(&format!("{:?}", record.activity));
        Ok(ids.context("nothing of this kind was noted")?.contains(&record.id))
    }

    async fn record_ids(&self, subject: &str) -> Result<BTreeSet<String>> {
        let records = self.world.records(subject).await?;
        Ok(records.into_iter().map(|record| record.id).collect())
    }
}
