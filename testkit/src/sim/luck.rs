//! What happens to whole components: killed and paused workers, ledgers and CRMs of yesterday,
//! clocks that are set.

use super::{
    crm::{self, Whole},
    faults::kind::Kind,
    files,
    log::{By, Happening, Org},
    plan::{Luck, users},
    world::{SimWorld, USERS, WORKERS},
};
use anyhow::{Context, Result, anyhow};
use earmark_crm_port::OrganizationSnapshot;
use earmark_sqlite::rusqlite::Connection;
use std::{collections::BTreeSet, time::Duration};

/// How long a service needs to start again after its ledger was exchanged.
const TO_START: Duration = Duration::from_secs(20);

const fn organization_of(worker: usize) -> (Org, usize) {
    (worker / WORKERS % USERS.len(), worker % WORKERS)
}

impl SimWorld {
    /// Lets something happen to a component; nothing where it makes no sense now.
    pub(super) async fn suffer(&self, luck: Luck) -> Result<()> {
        match luck {
            Luck::KillSoon { worker, steps, for_seconds } => {
                let (organization, worker) = organization_of(worker);
                self.kill_soon(organization, worker, steps, Duration::from_secs(for_seconds));
            }
            Luck::Pause { worker, for_seconds } => {
                let (organization, worker) = organization_of(worker);
                self.pause(organization, worker, Duration::from_secs(for_seconds));
            }
            Luck::KeepLedger { organization } => self.keep_ledger(organization)?,
            Luck::LedgerBack { organization, is_power_loss } => {
                let kind = if is_power_loss { Kind::PowerLoss } else { Kind::LedgerBack };
                self.set_ledger_back(organization, kind)?;
            }
            Luck::LedgerLost { organization } => self.lose_ledger(organization)?,
            Luck::ClockJump { organization, minutes } => self.jump(organization, minutes),
            Luck::Reload { organization, minutes } => {
                self.reload(organization, Duration::from_secs(60 * minutes));
            }
            Luck::Overload { for_seconds } => {
                let until = self.now().plus(Duration::from_secs(for_seconds));
                self.network.strike(Kind::Overload, None);
                self.network.faults.slow_down(until);
            }
            Luck::BackUpCrm { organization } => self.back_up_crm(organization)?,
            Luck::RestoreCrm { organization } => self.restore_crm(organization).await?,
            Luck::PruneCrm { organization } => self.prune_crm(organization).await?,
            Luck::Lifecycle { user, event } => self.announce(users()[user], event).await?,
            Luck::Forget { user } => self.forget_subscriptions(users()[user]).await?,
            Luck::Validate {} => self.validate_again()?,
        }
        Ok(())
    }

    /// A copy of the ledger is put aside, in place of an earlier one.
    pub fn keep_ledger(&self, organization: Org) -> Result<()> {
        self.store(organization)?;
        let mut service = self.organizations[organization].service();
        let Some(file) = &service.file else { return Ok(()) };
        let kept = file.copied().context("copy the ledger")?;
        service.kept = Some((self.now(), kept));
        Ok(())
    }

    /// The service of an organization ends and starts again with the copy that was put aside;
    /// nothing where there is none.
    pub fn set_ledger_back(&self, organization: Org, kind: Kind) -> Result<()> {
        let kept = self.organizations[organization].service().kept.take();
        let Some((as_of, kept)) = kept else { return Ok(()) };
        self.network.strike(kind, None);
        self.exchange_ledger(organization, Some(&kept))?;
        self.tell(Happening::Ledger { organization, as_of: Some(as_of) });
        Ok(())
    }

    /// The service of an organization ends and starts again with an empty ledger.
    pub fn lose_ledger(&self, organization: Org) -> Result<()> {
        self.network.strike(Kind::LedgerBack, None);
        self.exchange_ledger(organization, None)?;
        self.tell(Happening::Ledger { organization, as_of: None });
        Ok(())
    }

    fn exchange_ledger(&self, organization: Org, with: Option<&Connection>) -> Result<()> {
        for worker in 0..WORKERS {
            self.kill(organization, worker, TO_START);
        }
        let mut service = self.organizations[organization].service();
        service.store = None;
        let mut file = files::new_ledger()?;
        if let Some(with) = with {
            file.become_copy_of(with).context("set the ledger back")?;
        }
        service.file = Some(file);
        Ok(())
    }

    /// A CRM keeps nothing of its list of changes; nothing where it has none.
    pub async fn prune_crm(&self, organization: Org) -> Result<()> {
        let crm = &self.organizations[organization].embedded;
        let forgotten = crm.prune_changes(self.now()).await;
        let forgotten = forgotten.map_err(|error| anyhow!("the CRM refused: {}", error.message))?;
        if forgotten > 0 {
            self.network.strike(Kind::FeedExpired, None);
        }
        Ok(())
    }

    /// The clock of an organization's service is set. Units: minutes.
    pub fn jump(&self, organization: Org, minutes: i64) {
        self.network.strike(Kind::ClockJump, None);
        let by = minutes * 60_000;
        self.network.service_clocks[organization].jump(by);
        self.tell(Happening::Clock { organization, by });
    }

    /// The workers of an organization are started again with another cycle.
    pub fn reload(&self, organization: Org, cycle: Duration) {
        self.network.strike(Kind::Reloaded, None);
        self.organizations[organization].service().cycle = cycle;
        for worker in 0..WORKERS {
            self.kill(organization, worker, Duration::from_secs(5));
        }
    }

    /// A copy of the CRM is put aside, in place of an earlier one.
    pub fn back_up_crm(&self, organization: Org) -> Result<()> {
        let home = &self.organizations[organization];
        let kept = home.crm_file().copied().context("back the CRM up")?;
        home.service().backup = Some((self.now(), kept));
        Ok(())
    }

    /// The CRM becomes what it was when it was backed up; nothing where it never was.
    pub async fn restore_crm(&self, organization: Org) -> Result<()> {
        let home = &self.organizations[organization];
        let backup = home.service().backup.take();
        let Some((as_of, backup)) = backup else { return Ok(()) };
        self.network.strike(Kind::Restored, None);
        let mailboxes = || home.mailboxes.values().copied();
        let before = crm::whole(&home.embedded, &home.crm, mailboxes()).await;
        let knew = home.crm.settings().await?;
        home.crm_file().become_copy_of(&backup).context("restore the CRM")?;
        let after = crm::whole(&home.embedded, &home.crm, mailboxes()).await;
        self.tell(Happening::Restored { organization, as_of });
        self.tell_restored(organization, &before, &after);
        self.tell_settings(organization, &knew, &home.crm.settings().await?);
        self.restored_in_the_end(organization);
        Ok(())
    }

    fn tell_restored(&self, organization: Org, before: &Whole, after: &Whole) {
        let by = By::Person;
        let links: BTreeSet<_> = before.links.keys().chain(after.links.keys()).collect();
        let records: BTreeSet<_> = before.records.keys().chain(after.records.keys()).collect();
        for activity in records {
            let (was, is) = (before.records.get(activity), after.records.get(activity));
            if was != is {
                let (before, after) = (was.cloned(), is.cloned());
                let activity = *activity;
                self.tell(Happening::Record { organization, by, activity, before, after });
            }
        }
        for key in links {
            let (was, is) = (before.links.get(key), after.links.get(key));
            if was == is {
                continue;
            }
            for (activity, is_linked) in [(was, false), (is, true)] {
                let Some(activity) = activity.copied() else { continue };
                let (mailbox, handle) = key.clone();
                self.tell(Happening::Link {
                    organization,
                    by,
                    mailbox,
                    handle,
                    activity,
                    is_linked,
                });
            }
        }
    }

    /// Tells what the service goes by and is otherwise than before.
    pub(super) fn tell_settings(
        &self,
        organization: Org,
        before: &OrganizationSnapshot,
        after: &OrganizationSnapshot,
    ) {
        let (was, is) = (&before.settings, &after.settings);
        for (name, was, is) in [
            ("TrackCategorizedItems", was.track_categorized_items, is.track_categorized_items),
            ("IgnoreCopiedItemsInSSSForMailbox", was.ignore_copied_items, is.ignore_copied_items),
        ] {
            if was != is {
                let (name, value) = (name.to_owned(), is.to_string());
                self.tell(Happening::Setting { organization, name, value });
            }
        }
        for row in &after.mailboxes {
            let earlier = before.mailboxes.iter().find(|one| one.id == row.id);
            if earlier.is_some_and(|one| one.is_enabled != row.is_enabled) {
                let user = row.address.as_str().to_owned();
                let is_enabled = row.is_enabled;
                self.tell(Happening::Mailbox { organization, user, is_enabled });
            }
        }
    }
}
