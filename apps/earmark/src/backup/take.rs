//! Making a backup.

use super::{
    check,
    file::{self, Facts},
    manifest::{self, Entry, Manifest},
    unusable,
};
use crate::{
    failure::{CommandError, Exit},
    service::{folder, machine::SystemClock},
};
use earmark_model::Clock;
use earmark_sqlite::rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// Between two attempts to read a file that a service has locked for a moment.
const AGAIN: Duration = Duration::from_millis(50);

/// Units: attempts.
const ATTEMPTS: u32 = 600;

/// Copies every embedded file of `data_dir` into the new folder `target`.
///
/// Errors: `target` is there; there is nothing to copy; a file cannot be read or written. Nothing
/// is left behind then.
pub fn take(data_dir: &Path, target: &Path) -> Result<Manifest, CommandError> {
    if target.symlink_metadata().is_ok() {
        let message =
            format!("{}: is there already; a backup is never overwritten", target.display());
        return Err(CommandError::new(Exit::Refused, "backup", message)
            .hint("Name a folder that is not there yet"));
    }
    if !data_dir.is_dir() {
        let message = format!("{}: is no data folder", data_dir.display());
        return Err(CommandError::new(Exit::NotFound, "data_dir", message)
            .hint("Name it with --data-dir, or the configuration with --config"));
    }
    // A restore may not exchange the files meanwhile; services may run.
    let _used = folder::share(data_dir)?;
    let files = file::embedded(data_dir)?;
    if files.is_empty() {
        let message = format!("{}: holds no files of Earmark", data_dir.display());
        return Err(CommandError::new(Exit::NotFound, "data_dir", message)
            .hint("Name the data folder with --data-dir, or the configuration with --config"));
    }
    let partial = Partial::beside(target)?;
    let manifest = copy_all(&files, &partial.0)?;
    // What was written is read back before it counts.
    check::check(&partial.0)?;
    partial.becomes(target)?;
    Ok(manifest)
}

fn copy_all(files: &[(PathBuf, Facts)], folder: &Path) -> Result<Manifest, CommandError> {
    let made_at = SystemClock.now().to_string();
    let mut entries = Vec::new();
    for (path, _) in files {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let copied_at = SystemClock.now().to_string();
        let copy = folder.join(&name);
        copy_one(path, &copy)?;
        // What is in the copy counts, not what was in the file when it was looked for.
        let connection = file::open(&copy, true)?;
        let facts = file::facts(&connection, &copy)?
            .ok_or_else(|| unusable(&copy, "is not what was copied", &"no such tables"))?;
        drop(connection);
        let (bytes, sha256) =
            manifest::sum(&copy).map_err(|error| unusable(&copy, "cannot be read", &error))?;
        entries.push(Entry {
            name,
            role: facts.role,
            schema_version: facts.schema_version,
            organizations: facts.organizations,
            copied_at,
            bytes,
            sha256,
        });
    }
    let manifest = Manifest {
        schema: manifest::SCHEMA.to_owned(),
        product_version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        files: entries,
    };
    let path = folder.join(manifest::NAME);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| unusable(&path, "cannot be written", &error))?;
    fs::write(&path, text + "\n")
        .and_then(|()| File::open(&path)?.sync_all())
        .map_err(|error| unusable(&path, "cannot be written", &error))?;
    Ok(manifest)
}

/// One consistent view of the file, as SQLite copies it: in one step, during which writers go on
/// into their log.
fn copy_one(from: &Path, to: &Path) -> Result<(), CommandError> {
    let failed = |error| unusable(from, "cannot be copied", &error);
    let source = file::open(from, false)?;
    let mut target = Connection::open(to).map_err(failed)?;
    let backup = Backup::new(&source, &mut target).map_err(failed)?;
    let mut attempts = 0;
    loop {
        match backup.step(-1).map_err(failed)? {
            StepResult::Done => break,
            _ if attempts < ATTEMPTS => {
                attempts += 1;
                std::thread::sleep(AGAIN);
            }
            _ => {
                return Err(unusable(from, "cannot be copied", &"another process keeps it locked"));
            }
        }
    }
    drop(backup);
    // The copy is one plain file that nothing lies beside.
    let mode: String =
        target.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(failed)?;
    if mode != "delete" {
        return Err(unusable(to, "cannot be completed", &mode));
    }
    target.close().map_err(|(_, error)| failed(error))?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| unusable(to, "cannot be written", &error))
}

/// A folder that is deleted unless it becomes the backup.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> Result<Self, CommandError> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| {
            let message = format!("{}: is not a name for a backup", target.display());
            CommandError::new(Exit::Usage, "backup", message)
                .hint("Name a folder that is not there yet")
        })?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|error| unusable(parent, "cannot be made", &error))?;
        let path = parent.join(format!(".{name}.partial-{}", Uuid::new_v4().simple()));
        crate::service::parts::data_folder(&path)?;
        Ok(Self(path))
    }

    fn becomes(self, target: &Path) -> Result<(), CommandError> {
        fs::rename(&self.0, target)
            .map_err(|error| unusable(target, "cannot be put in place", &error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Once it became the backup it is not there any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}
