//! Databases in memory that have a path, so that several can open one.

use anyhow::{Context, Result};
use earmark_sqlite::rusqlite::{Connection, backup::Backup};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Units: pages copied in one step.
const PAGES: i32 = 10_000;

/// A database that outlives whoever opens its path, and ends with this.
pub(crate) struct MemoryFile {
    path: PathBuf,
    kept: Connection,
}

impl MemoryFile {
    /// An empty one; no other has its path.
    pub(crate) fn new(name: &str) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("file:/{number}-{name}?vfs=memdb"));
        let kept = Connection::open(&path).context("make a file in memory")?;
        Ok(Self { path, kept })
    }

    /// What opens it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A copy of it as it is now, for [`Self::become_copy_of`].
    pub(crate) fn copied(&self) -> Result<Connection> {
        let mut copy = Connection::open_in_memory()?;
        run(&self.kept, &mut copy)?;
        Ok(copy)
    }

    /// Makes it what another database is; who has it open sees that.
    pub(crate) fn become_copy_of(&mut self, other: &Connection) -> Result<()> {
        run(other, &mut self.kept)
    }

    /// The same of another file.
    pub(crate) fn become_copy_of_file(&mut self, other: &Self) -> Result<()> {
        run(&other.kept, &mut self.kept)
    }

    /// Changes rows behind the back of who has it open. Answers how many.
    pub(crate) fn change(&self, statement: &str) -> Result<usize> {
        self.kept.execute(statement, []).with_context(|| statement.to_owned())
    }
}

fn run(from: &Connection, to: &mut Connection) -> Result<()> {
    Ok(Backup::new(from, to)?.run_to_completion(PAGES, Duration::ZERO, None)?)
}
