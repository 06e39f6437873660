//! What goes wrong with the service's files behind its back, and the comparison that finds it.

use super::World;
use anyhow::{Context, Result, bail};
use earmark_engine::ReconcileReport;
use earmark_sqlite::rusqlite::{Connection, backup::Backup};
use std::{path::Path, time::Duration};

/// Units: pages copied in one step.
const PAGES: i32 = 10_000;

impl World {
    /// Changes rows of the ledger behind the service's back. Answers how many.
    pub fn break_ledger(&self, statement: &str) -> Result<usize> {
        change(&self.folder.path().join("ledger.db"), statement)
    }

    /// Changes rows of the CRM's file, so that its change log does not tell; the world must have
    /// one. Answers how many.
    pub fn break_crm(&self, statement: &str) -> Result<usize> {
        let path = self.crm_folder.path().join("crm.db");
        anyhow::ensure!(path.is_file(), "the CRM of this world is in no file");
        change(&path, statement)
    }

    /// Copies the ledger as it is now.
    pub fn back_up_ledger(&self) -> Result<()> {
        copy(&self.folder.path().join("ledger.db"), &self.crm_folder.path().join("ledger-copy.db"))
    }

    /// Ends the service, makes the ledger what it was when it was copied, and starts it again.
    pub async fn restore_ledger(&self) -> Result<()> {
        copy(
            &self.crm_folder.path().join("ledger-copy.db"),
            &self.folder.path().join("ledger.db"),
        )?;
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

fn change(path: &Path, statement: &str) -> Result<usize> {
    let connection = Connection::open(path).context("open the file")?;
    connection.execute(statement, []).with_context(|| statement.to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open(from).context("open the file to copy")?;
    let mut target = Connection::open(to).context("open the copy")?;
    let backup = Backup::new(&source, &mut target)?;
    backup.run_to_completion(PAGES, Duration::ZERO, None)?;
    Ok(())
}
