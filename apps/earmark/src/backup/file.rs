//! What is known about one embedded file.

use super::{unfit, unusable};
use crate::failure::CommandError;
use earmark_embedded::EmbeddedCrm;
use earmark_ledger::SqliteStore;
use earmark_sandbox::Sandbox;
use earmark_sqlite::rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// How long a statement waits for a service on the same file.
const BUSY: Duration = Duration::from_secs(30);

/// What an embedded file is for, in the order in which files are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The ledger of an organization.
    Ledger,
    /// An embedded CRM.
    Crm,
    /// The pretend Exchange of the demo.
    Sandbox,
}

impl Role {
    /// The newest schema that this version of Earmark knows.
    pub const fn newest(self) -> usize {
        match self {
            Self::Ledger => SqliteStore::SCHEMA_VERSION,
            Self::Crm => EmbeddedCrm::SCHEMA_VERSION,
            Self::Sandbox => Sandbox::SCHEMA_VERSION,
        }
    }

    /// A table that only files of this role have.
    const fn table(self) -> &'static str {
        match self {
            Self::Ledger => "expected_copy",
            Self::Crm => "store_fixed",
            Self::Sandbox => "folder",
        }
    }

    /// Where the ids of its organizations stand.
    const fn organizations(self) -> Option<&'static str> {
        match self {
            Self::Ledger => Some("SELECT guid FROM organization ORDER BY guid"),
            Self::Crm => Some("SELECT organization FROM store_fixed"),
            Self::Sandbox => None,
        }
    }
}

/// What a file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What it is for.
    pub role: Role,
    /// The version of its schema.
    pub schema_version: usize,
    /// The ids of its organizations.
    pub organizations: Vec<String>,
}

/// The embedded files of a data folder, those to be copied first first. Errors: the folder or one
/// of its databases cannot be read.
pub fn embedded(folder: &Path) -> Result<Vec<(PathBuf, Facts)>, CommandError> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| unusable(folder, "cannot be read", &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unusable(folder, "cannot be read", &error))?.path();
        let is_database = path.extension().is_some_and(|extension| extension == "db");
        if !is_database || !path.is_file() {
            continue;
        }
        let connection = open(&path, false)?;
        if let Some(facts) = facts(&connection, &path)? {
            files.push((path, facts));
        }
    }
    files.sort_by(|a, b| (a.1.role, &a.0).cmp(&(b.1.role, &b.0)));
    Ok(files)
}

/// Opens a file that is there, as it is: no schema is brought up to date.
///
/// `at_rest`: nobody else uses it, and nothing is written beside it.
pub fn open(path: &Path, at_rest: bool) -> Result<Connection, CommandError> {
    // A file in use is read together with its log, for which SQLite may have to write beside it.
    let flags =
        if at_rest { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| unusable(path, "cannot be opened", &error))?;
    connection.busy_timeout(BUSY).map_err(|error| unusable(path, "cannot be opened", &error))?;
    Ok(connection)
}

/// What the file says about itself; `None` where it is none of ours. Errors: it is damaged.
pub fn facts(connection: &Connection, path: &Path) -> Result<Option<Facts>, CommandError> {
    let damaged = |error| {
        unfit(path, &format!("is damaged or not a database ({error})"))
            .hint("Use another backup; a ledger that is lost is found again by the service")
    };
    for role in [Role::Ledger, Role::Crm, Role::Sandbox] {
        let found = connection
            .query_row(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
                [role.table()],
                |_| Ok(()),
            )
            .optional()
            .map_err(damaged)?;
        if found.is_none() {
            continue;
        }
        let version: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(damaged)?;
        let mut organizations = Vec::new();
        if let Some(question) = role.organizations() {
            let mut statement = connection.prepare(question).map_err(damaged)?;
            let ids = statement
                .query_map([], |row| row.get::<_, Vec<u8>>(0))
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(damaged)?;
            let text = |id: &Vec<u8>| Uuid::from_slice(id).map(|id| id.to_string()).ok();
            organizations.extend(ids.iter().filter_map(text));
        }
        let schema_version = usize::try_from(version).unwrap_or(usize::MAX);
        return Ok(Some(Facts { role, schema_version, organizations }));
    }
    Ok(None)
}

/// Whether every page and index of the file is sound. Errors: it is not, with what SQLite found
/// first.
pub fn sound(connection: &Connection, path: &Path) -> Result<(), CommandError> {
    let told: Result<String, _> =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let problem = match told {
        Ok(told) if told == "ok" => return Ok(()),
        Ok(told) => told.replace('\n', " "),
        Err(error) => error.to_string(),
    };
    Err(unfit(path, &format!("is damaged ({problem})")).hint("Use another backup"))
}
