//! Runs the closures of the embedded SQLite files: one transaction is one closure.
//!
//! *Threaded* ([`Mode::Threaded`]): one writer thread with a bounded queue and a few readers;
//! the answer comes back to the async caller, and dropping the future does not undo the closure.
//! *Inline* ([`Mode::Inline`]): the closure runs inside the first poll; no thread and no timer
//! takes part, so that a simulator on virtual time can drive it.
//!
//! Invariants: no network call can happen inside a transaction, because closures are not async;
//! a file of a newer schema is refused with one line; a damaged file is named, never repaired
//! silently.

mod open;
mod queue;
mod threads;

pub use open::{OpenError, Schema};
pub use rusqlite;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use threads::Threads;

/// How closures are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On threads of their own.
    Threaded,
    /// Inside the caller's first poll.
    Inline,
}

/// A failed closure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("the embedded database refused a statement")]
    Sqlite(#[from] rusqlite::Error),
    /// The database was closed, or its thread ended.
    #[error("the embedded database is closed")]
    Closed,
}

/// One embedded file.
pub struct Database {
    inner: Inner,
}

enum Inner {
    Threaded(Threads),
    Inline(Mutex<Connection>),
}

impl Database {
    /// Opens or creates the file at `path` (`None`: in memory) and brings its schema up to date.
    ///
    /// Errors: not a database, damaged, written by a newer version, or the disk refused.
    pub fn open(path: Option<&Path>, mode: Mode, schema: &Schema) -> Result<Self, OpenError> {
        let writer = open::open(path, schema)?;
        let inner = match (mode, path) {
            (Mode::Inline, _) => Inner::Inline(Mutex::new(writer)),
            (Mode::Threaded, None) => Inner::Threaded(Threads::start(writer, Vec::new())),
            (Mode::Threaded, Some(path)) => {
                let readers = (0..threads::READERS)
                    .map(|_| open::open_reader(path))
                    .collect::<Result<Vec<_>, _>>()?;
                Inner::Threaded(Threads::start(writer, readers))
            }
        };
        Ok(Self { inner })
    }

    /// Runs `work` in one write transaction: committed when it answers `Ok`, rolled back when it
    /// answers `Err`. Repeatable: as far as `work` is.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.inner {
            Inner::Inline(connection) => in_transaction(&mut lock(connection), work),
            Inner::Threaded(threads) => {
                threads.write(move |connection| in_transaction(connection, work)).await?
            }
        }
    }

    /// Runs `work` on one consistent view. Repeatable: yes.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.inner {
            Inner::Inline(connection) => in_view(&mut lock(connection), work),
            Inner::Threaded(threads) => {
                threads.read(move |connection| in_view(connection, work)).await?
            }
        }
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_transaction<T, E: From<Error>>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(Error::from)?;
    let answer = work(&transaction)?;
    transaction.commit().map_err(Error::from)?;
    Ok(answer)
}

fn in_view<T, E: From<Error>>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(Error::from)?;
    work(&transaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema =
        Schema { name: "test", migrations: &["CREATE TABLE note (text TEXT NOT NULL) STRICT"] };

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().expect("runtime")
    }

    async fn write_and_count(database: &Database) -> i64 {
        database
            .write(|tx| {
                tx.execute("INSERT INTO note VALUES ('a')", []).map_err(Error::from)?;
                Ok::<_, Error>(())
            })
            .await
            .expect("written");
        let refused = database
            .write(|tx| {
                tx.execute("INSERT INTO note VALUES ('b')", []).map_err(Error::from)?;
                Err::<(), _>(Error::Closed)
            })
            .await;
        assert!(refused.is_err());
        database
            .read(|tx| {
                Ok::<i64, Error>(tx.query_row("SELECT count(*) FROM note", [], |row| row.get(0))?)
            })
            .await
            .expect("read")
    }

    #[test]
    fn both_modes_commit_on_ok_and_roll_back_on_err() {
        let folder = tempfile::tempdir().expect("folder");
        for (mode, file) in [(Mode::Threaded, "t.db"), (Mode::Inline, "i.db")] {
            let database =
                Database::open(Some(&folder.path().join(file)), mode, &SCHEMA).expect("open");
            assert_eq!(runtime().block_on(write_and_count(&database)), 1);
        }
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ledger.db");
        std::fs::write(&path, b"this is certainly not a database file at all").expect("write");
        let error = Database::open(Some(&path), Mode::Inline, &SCHEMA).err().expect("refused");
        assert!(error.to_string().contains("ledger.db"), "{error}");
    }

    #[test]
    fn a_newer_file_is_refused_in_one_line() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("crm.db");
        let newer = Schema { name: "test", migrations: &["SELECT 1", "SELECT 1"] };
        drop(Database::open(Some(&path), Mode::Inline, &newer).expect("open"));
        let error = Database::open(Some(&path), Mode::Inline, &SCHEMA).err().expect("refused");
        assert!(!error.to_string().contains('\n') && error.to_string().contains("newer"));
    }
}
