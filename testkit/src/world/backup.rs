//! Backing the CRM up and restoring it, as an administrator does outside of it.

use super::World;
use anyhow::{Context, Result};
use earmark_sqlite::rusqlite::{Connection, backup::Backup};
use std::{path::Path, time::Duration};

/// Units: pages copied in one step.
const PAGES: i32 = 10_000;

impl World {
    /// Copies the CRM as it is now beside it, in place of an earlier copy.
    pub fn back_up_crm(&self) -> Result<()> {
        self.copy_crm("crm.db", "backup.db").context("back the CRM up")
    }

    /// Makes the CRM what it was when it was backed up; what happened since is lost.
    pub fn restore_crm(&self) -> Result<()> {
        self.copy_crm("backup.db", "crm.db").context("restore the CRM")
    }

    fn copy_crm(&self, from: &str, to: &str) -> Result<()> {
        let from = self.crm_folder.path().join(from);
        anyhow::ensure!(Path::exists(&from), "there is nothing to copy");
        let source = Connection::open(from)?;
        let mut target = Connection::open(self.crm_folder.path().join(to))?;
        let backup = Backup::new(&source, &mut target)?;
        backup.run_to_completion(PAGES, Duration::ZERO, None)?;
        Ok(())
    }

    /// A person releases, or takes back, every decision of a mailbox that waits.
    pub async fn decide_held(&self, user: &str, releases: bool) -> Result<()> {
        self.act();
        let mailbox = self.mailbox(user).await?;
        let organization = self.outside.organization();
        let engine = self.engine();
        if releases {
            engine.release_held(organization, mailbox).await?;
        } else {
            engine.discard_held(organization, mailbox).await?;
        }
        Ok(())
    }
}
