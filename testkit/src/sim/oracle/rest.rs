//! The world at rest, read once for all checkers, and what makes it work a little more.

use super::{Truth, sent::place, truth::table_of};
use crate::sim::{
    crm,
    item::Item,
    log::{Entry, Happening, MasterEntry, Org},
    world::SimWorld,
};
use anyhow::{Context, Result};
use earmark_embedded::Row;
use earmark_ledger::{MailboxMemory, SubscriptionRow};
use earmark_model::{ActivityId, Instant, ItemHandle, Link, MailboxId};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How often the pretend Exchange is asked for notifications.
const HEAR: Duration = Duration::from_secs(20);

/// Units: cycles after which what was asked of a healed world is done.
const CYCLES: u32 = 2;

/// Units: cycles that a service without its ledger has.
const CYCLES_WITHOUT_LEDGER: u32 = 4;

/// What the world was made to do before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It healed and had its time.
    Healed,
    /// Everything was compared once more.
    Compared,
    /// The ledgers were lost, and the service began anew.
    WithoutLedger,
}

/// One mailbox at rest.
#[derive(Debug, Clone)]
pub struct RestMailbox {
    /// Whose service.
    pub organization: Org,
    /// Whose it is.
    pub user: String,
    /// Its id.
    pub id: MailboxId,
    /// Its messages, appointments, series, exceptions and tasks.
    pub items: Vec<Item>,
    /// Its list of categories.
    pub list: Vec<MasterEntry>,
    /// Records that the CRM links items to.
    pub linked: BTreeMap<ItemHandle, Vec<ActivityId>>,
    /// What the ledger holds.
    pub ledger: BTreeMap<ItemHandle, Link>,
    /// What the ledger holds of the mailbox as a whole.
    pub memory: MailboxMemory,
    /// Units: effects whose outcome is not known.
    pub intents: usize,
    /// What the ledger knows of notifications.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Decisions that wait for somebody.
    pub held: BTreeSet<ItemHandle>,
}

/// The world at rest.
#[derive(Debug, Clone)]
pub struct Rest {
    /// What it was made to do before.
    pub step: Step,
    /// When it was read.
    pub now: Instant,
    /// Whether the mailbox server finds what bears a category in another spelling.
    pub finds_any_case: bool,
    /// What was moved is in the list of changes.
    pub tells_moves: bool,
    /// Its mailboxes.
    pub mailboxes: Vec<RestMailbox>,
    /// Live records.
    pub records: BTreeMap<(Org, ActivityId), Row>,
    /// What happened since the step began.
    pub since: Vec<Entry>,
    /// The world before the step.
    pub before: Option<Box<Rest>>,
}

impl RestMailbox {
    /// The service serves the mailbox, and nothing that it needs is out of order.
    pub fn is_served(&self, truth: &Truth) -> bool {
        let is_disabled = truth.places.get(&self.user).is_some_and(|place| place.is_disabled);
        !is_disabled && !truth.is_broken(&self.user)
    }

    /// Served, and assignments count.
    pub fn counts(&self, truth: &Truth) -> bool {
        self.is_served(truth) && !truth.home(&self.user).is_some_and(|home| home.is_off)
    }

    /// The name of the category as the service has it.
    pub fn name(&self) -> &str {
        self.memory.tracked.as_ref().map_or(super::names::TRACKED, |entry| entry.name.as_str())
    }

    /// The same, in the very spelling of the list.
    pub fn bears_as_spelled(&self, item: &Item) -> bool {
        item.categories.iter().any(|name| name == self.name())
    }

    /// Of an exception: its series bears the category under any of its names, and so the
    /// exception does.
    pub fn inherits(&self, item: &Item, truth: &Truth) -> bool {
        let bears = |series: &Item| self.bears(series) || truth.bears(&self.user, series);
        self.series_of(item).is_some_and(bears)
    }

    /// Of an exception, its series.
    pub fn series_of(&self, item: &Item) -> Option<&Item> {
        let series = item.series()?;
        self.items.iter().find(|other| other.id == series)
    }

    /// The item bears the category as the service has it.
    pub fn bears(&self, item: &Item) -> bool {
        item.categories.iter().any(|name| name.eq_ignore_ascii_case(self.name()))
    }
}

/// Whether a request writes; subscriptions are prolonged in their own time.
pub fn writes(entry: &Entry) -> Option<String> {
    match &entry.what {
        Happening::Request { method, path, .. } => {
            let (_, rest) = place(path);
            let is_read = method == "GET"
                || path.starts_with("/login")
                || rest
                    .last()
                    .is_some_and(|part| part == "$batch" || part == "translateExchangeIds")
                || rest.first().is_some_and(|part| part == "subscriptions");
            (!is_read).then(|| format!("{method} {path}"))
        }
        Happening::Call { method, item, .. } => {
            let is_write =
                matches!(*method, "promote" | "update" | "link" | "unlink" | "put_in_queues");
            is_write.then(|| format!("{method} of {item:?}"))
        }
        _ => None,
    }
}

impl SimWorld {
    /// Reads the world.
    pub(super) async fn read_at_rest(&self, step: Step, truth: &Truth) -> Result<Rest> {
        let mut mailboxes = Vec::new();
        for home in &self.organizations {
            let store = self.store(home.index)?;
            for (user, mailbox) in &home.mailboxes {
                let items = self.sandbox.messages(user).await;
                let items = items.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
                let mut items: Vec<Item> = items.into_iter().map(Item::from).collect();
                items.extend(self.network.plans(user).await);
                let mut linked: BTreeMap<ItemHandle, Vec<ActivityId>> = BTreeMap::new();
                let links = home.crm.links(*mailbox).await;
                for (link, activity) in links.map_err(|failure| anyhow::anyhow!("{failure}"))? {
                    linked.entry(link.handle).or_default().push(activity);
                }
                let known = store.links(home.id, *mailbox).await.context("read the links")?;
                let held = store.held(home.id, *mailbox).await?;
                mailboxes.push(RestMailbox {
                    organization: home.index,
                    user: user.clone(),
                    id: *mailbox,
                    items,
                    list: self.network.master(user).await,
                    linked,
                    ledger: known.into_iter().map(|it| (it.key.handle.clone(), it)).collect(),
                    memory: store.mailbox(home.id, *mailbox).await?,
                    intents: store.intents(home.id, *mailbox).await?.len(),
                    subscriptions: store.subscriptions(home.id, Some(*mailbox)).await?,
                    held: held.into_iter().map(|held| held.key.handle).collect(),
                });
            }
        }
        let mut records = truth.records.clone();
        // A series changes what belongs to it, without a call about that.
        records.retain(|_, row| matches!(table_of(row), "email" | ""));
        for home in &self.organizations {
            for (activity, row) in crm::records(&home.embedded).await {
                if table_of(&row) != "email" {
                    records.insert((home.index, activity), row);
                }
            }
        }
        Ok(Rest {
            step,
            now: self.now(),
            finds_any_case: self.options.quirks_when_healed().category_match_ignores_case,
            tells_moves: self.options.quirks_when_healed().move_bumps_modified,
            mailboxes,
            records,
            since: Vec::new(),
            before: None,
        })
    }

    /// The next cycle of each mailbox compares everything.
    pub(super) async fn compare_everything(&self) -> Result<()> {
        for home in &self.organizations {
            for engine in self.engines(home.index) {
                for mailbox in home.mailboxes.values() {
                    engine.compare_fully(home.id, *mailbox);
                }
            }
        }
        self.live_on(self.longest_cycle() * CYCLES).await
    }

    /// The service begins anew without its ledgers.
    pub(super) async fn begin_anew(&self) -> Result<()> {
        for home in 0..self.organizations.len() {
            self.lose_ledger(home)?;
        }
        // What was killed is dropped before others take its place.
        tokio::task::yield_now().await;
        self.tend(true)?;
        self.live_on(self.longest_cycle() * CYCLES_WITHOUT_LEDGER).await
    }

    async fn live_on(&self, span: Duration) -> Result<()> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < span {
            tokio::time::sleep(HEAR).await;
            self.hear().await;
            self.tend(false)?;
        }
        Ok(())
    }
}
