//! Backing the CRM up and restoring it, as an administrator does outside of it.

use super::{World, lock};
use anyhow::{Context, Result};

impl World {
    /// Copies the CRM as it is now, in place of an earlier copy.
    pub fn back_up_crm(&self) -> Result<()> {
        *lock(&self.crm_backup) = Some(lock(&self.crm_file).copied().context("back the CRM up")?);
        Ok(())
    }

    /// Makes the CRM what it was when it was backed up; what happened since is lost.
    pub fn restore_crm(&self) -> Result<()> {
        let backup = lock(&self.crm_backup);
        let backup = backup.as_ref().context("the CRM was never backed up")?;
        lock(&self.crm_file).become_copy_of(backup).context("restore the CRM")
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
