//! What an engine is made of.

use crate::push::PushSettings;
use earmark_crm_port::Crm;
use earmark_ledger::Store;
use earmark_mailbox_port::MailboxServer;
use earmark_model::{CategoryColor, CategoryName, Clock, limits};
use earmark_tracking::Rules;
use std::{sync::Arc, time::Duration};

/// Where random numbers come from. The simulator's are made from its seed.
pub trait Random: Send + Sync {
    /// A number below `bound`; zero when `bound` is zero.
    fn below(&self, bound: u64) -> u64;
}

/// Everything an engine needs from outside.
pub struct Parts {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The organizations that are served.
    pub crms: Vec<Arc<dyn Crm>>,
    /// Where the mailboxes are.
    pub mailboxes: Arc<dyn MailboxServer>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn Random>,
    /// Names, intervals, widths.
    pub settings: Settings,
    /// Which rules hold.
    pub rules: Rules,
}

/// How an engine works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of this worker in leases.
    pub worker: String,
    /// The regular cycle of a mailbox.
    pub cycle: Duration,
    /// How often settings and changes of an organization are read at most, where the cycle is
    /// longer.
    pub organization_interval: Duration,
    /// The longest sleep of the loop, so that a unit made due by another process is seen.
    pub look_again: Duration,
    /// How long a claim holds without being prolonged.
    pub lease: Duration,
    /// Units: mailboxes worked on at the same time.
    pub mailboxes_at_once: usize,
    /// The tracked category where a mailbox has none yet.
    pub tracked_name: CategoryName,
    /// Its colour.
    pub tracked_color: CategoryColor,
    /// The Undeliverable category.
    pub undeliverable_name: CategoryName,
    /// Its colour.
    pub undeliverable_color: CategoryColor,
    /// Where notifications are delivered to; without it there are none.
    pub push: Option<PushSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            worker: "earmark".to_owned(),
            cycle: limits::CYCLE,
            organization_interval: Duration::from_secs(15),
            look_again: Duration::from_secs(5),
            lease: Duration::from_secs(120),
            mailboxes_at_once: 16,
            tracked_name: CategoryName::new("Tracked to Dynamics 365"),
            tracked_color: CategoryColor::Preset(4),
            undeliverable_name: CategoryName::new("Tracked to Dynamics 365 (Undeliverable)"),
            undeliverable_color: CategoryColor::Preset(0),
            push: None,
        }
    }
}
