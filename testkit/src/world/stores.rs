//! What goes wrong with the service's files behind its back, and the comparison that finds it.

use super::{World, lock};
use anyhow::{Context, Result, bail};
use earmark_engine::ReconcileReport;

impl World {
    /// Changes rows of the ledger behind the service's back. Answers how many.
    pub fn break_ledger(&self, statement: &str) -> Result<usize> {
        lock(&self.ledger).change(statement)
    }

    /// Changes rows of the CRM so that its change log does not tell. Answers how many.
    pub fn break_crm(&self, statement: &str) -> Result<usize> {
        lock(&self.crm_file).change(statement)
    }

    /// Copies the ledger as it is now.
    pub fn back_up_ledger(&self) -> Result<()> {
        *lock(&self.ledger_copy) = Some(lock(&self.ledger).copied()?);
        Ok(())
    }

    /// Ends the service, makes the ledger what it was when it was copied, and starts it again.
    pub async fn restore_ledger(&self) -> Result<()> {
        {
            let copy = lock(&self.ledger_copy);
            let copy = copy.as_ref().context("the ledger was never copied")?;
            lock(&self.ledger).become_copy_of(copy)?;
        }
        self.restart().await
    }

    /// Compares everything, and with `apply` repairs it, while the service does what is due.
    pub async fn reconcile(&self, apply: bool) -> Result<ReconcileReport> {
        let engine = self.engine();
        let organization = self.outside.organization();
        if !apply {
            return engine.reconcile(organization, None, false).await.context("compare");
        }
        let works = async {
            loop {
                self.run_due().await;
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            report = engine.reconcile(organization, None, true) => report.context("repair"),
            () = works => bail!("the service never ends by itself"),
        }
    }
}
