//! Opening a file: pragmas, schema version, migrations.

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// What a file must look like. Migrations are only ever added, never edited.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// What the file is for, in messages: `ledger`, `crm`, `sandbox`.
    pub name: &'static str,
    /// Statement batches; the n-th brings version n-1 to version n.
    pub migrations: &'static [&'static str],
}

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer version.
    #[error(
        "{path}: written by a newer version of Earmark ({name} schema {found}, this version knows {known}); start the newer version, or restore a backup made by this one"
    )]
    Newer {
        /// The file.
        path: String,
        /// What it is for.
        name: &'static str,
        /// Its schema version.
        found: usize,
        /// The newest version known here.
        known: usize,
    },
    /// Not a database, or damaged.
    #[error(
        "{path}: the {name} database is damaged or not a database ({detail}); move the file away and restore it from a backup"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What it is for.
        name: &'static str,
        /// What SQLite said.
        detail: String,
    },
    /// The disk refused.
    #[error(
        "{path}: cannot open the {name} database ({detail}); check that the folder exists and may be written"
    )]
    Refused {
        /// The file.
        path: String,
        /// What it is for.
        name: &'static str,
        /// What SQLite said.
        detail: String,
    },
}

/// How long a statement waits for another process on the same file.
const BUSY: Duration = Duration::from_secs(10);

/// Between two tries of what SQLite does not wait for itself.
const PAUSE: Duration = Duration::from_millis(5);

/// Units: prepared statements that each connection keeps. Above what one face asks in turn;
/// below that every statement would be compiled anew each time.
const STATEMENTS: usize = 256;

pub(crate) fn open(path: Option<&Path>, schema: &Schema) -> Result<Connection, OpenError> {
    let shown = path.map_or_else(|| PathBuf::from(":memory:"), Path::to_path_buf);
    let fail = |error: rusqlite::Error| classify(&shown, schema.name, &error);
    let mut connection = match path {
        Some(path) => Connection::open(path),
        None => Connection::open_in_memory(),
    }
    .map_err(fail)?;
    patiently(|| prepare(&connection)).map_err(fail)?;
    migrate(&mut connection, &shown, schema)?;
    Ok(connection)
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let fail = |error: rusqlite::Error| classify(path, "embedded", &error);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(fail)?;
    connection.busy_timeout(BUSY).map_err(fail)?;
    keep_statements(&connection).map_err(fail)?;
    Ok(connection)
}

/// Repeats what SQLite refuses at once, without its own waiting: two that turn the same new file
/// to write-ahead logging hold each other's lock, and one is told that the file is locked.
fn patiently(step: impl Fn() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let mut left = BUSY.as_millis() / PAUSE.as_millis();
    loop {
        match step() {
            Err(error) if left > 0 && is_busy(&error) => {
                left -= 1;
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    keep_statements(connection)
}

/// Lets a prepared statement be used again and again: without stable plans SQLite compiles a
/// statement anew for every value that is bound where a plan might depend on it.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path, schema: &Schema) -> Result<(), OpenError> {
    let fail = |error: rusqlite::Error| classify(path, schema.name, &error);
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(fail)?;
    let found: i64 =
        transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let known = schema.migrations.len();
    if found > known {
        let path = path.display().to_string();
        return Err(OpenError::Newer { path, name: schema.name, found, known });
    }
    for batch in &schema.migrations[found..] {
        transaction.execute_batch(batch).map_err(fail)?;
    }
    let version = i64::try_from(known).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", version).map_err(fail)?;
    transaction.commit().map_err(fail)
}

fn classify(path: &Path, name: &'static str, error: &rusqlite::Error) -> OpenError {
    let path = path.display().to_string();
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            OpenError::Damaged { path, name, detail }
        }
        _ => OpenError::Refused { path, name, detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema =
        Schema { name: "test", migrations: &["CREATE TABLE note (text TEXT NOT NULL) STRICT"] };

    #[test]
    fn many_can_open_a_new_file_at_once() {
        for _ in 0..200 {
            let folder = tempfile::tempdir().expect("folder");
            let path = folder.path().join("new.db");
            std::thread::scope(|scope| {
                let all: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| open(Some(&path), &SCHEMA).map(drop))).collect();
                for one in all {
                    one.join().expect("no panic").expect("opened");
                }
            });
        }
    }
}
