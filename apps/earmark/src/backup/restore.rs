//! Putting a backup back in place.

use super::{
    check, file,
    manifest::{self, Entry, Manifest},
    unfit, unusable,
};
use crate::{
    failure::CommandError,
    service::{folder, machine::SystemClock, parts},
};
use earmark_model::Clock;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// What was put in place.
#[derive(Debug)]
pub struct Restored {
    /// The backup.
    pub manifest: Manifest,
    /// Where each former file lies now.
    pub kept: Vec<PathBuf>,
}

/// Puts the files of the backup `source` in place of those in `data_dir`, which are kept beside
/// them.
///
/// Errors: the backup is not sound, of another organization, or of a newer schema; a service runs
/// over the folder; a file cannot be written. Nothing was changed then.
pub fn restore(source: &Path, data_dir: &Path) -> Result<Restored, CommandError> {
    let manifest = check::check(source)?;
    parts::data_folder(data_dir)?;
    let _alone = folder::take(data_dir)?;
    for entry in &manifest.files {
        same_organization(data_dir, entry)?;
    }
    let mut moves = Moves::default();
    let suffix = format!("before-restore-{}", stamp());
    let outcome = put(source, data_dir, &manifest, &suffix, &mut moves);
    match outcome {
        Ok(kept) => {
            moves.done.clear();
            Ok(Restored { manifest, kept })
        }
        Err(error) => {
            moves.undo();
            Err(error)
        }
    }
}

/// A file of the same name belongs to the same organization, or was never used.
fn same_organization(data_dir: &Path, entry: &Entry) -> Result<(), CommandError> {
    let path = data_dir.join(&entry.name);
    if !path.is_file() {
        return Ok(());
    }
    // What is in place may be damaged: that is what a backup is for.
    let there = file::open(&path, false).and_then(|one| file::facts(&one, &path));
    let Ok(Some(facts)) = there else { return Ok(()) };
    let strange = facts.role != entry.role
        || (!facts.organizations.is_empty()
            && !entry.organizations.is_empty()
            && facts.organizations != entry.organizations);
    if !strange {
        return Ok(());
    }
    Err(unfit(&path, "belongs to another organization than the backup")
        .hint("Choose the backup of this organization, or an empty data folder with --data-dir"))
}

fn put(
    source: &Path,
    data_dir: &Path,
    manifest: &Manifest,
    suffix: &str,
    moves: &mut Moves,
) -> Result<Vec<PathBuf>, CommandError> {
    let mut ready = Vec::new();
    for entry in &manifest.files {
        let partial = data_dir.join(format!(".{}.{suffix}", entry.name));
        moves.made.push(partial.clone());
        copied(&source.join(&entry.name), &partial, entry)?;
        ready.push((partial, data_dir.join(&entry.name)));
    }
    let mut kept = Vec::new();
    for (_, place) in &ready {
        for beside in BESIDE {
            let former = with(place, beside);
            if former.symlink_metadata().is_ok() {
                let away = with(&with(place, &format!(".{suffix}")), beside);
                moves.rename(&former, &away)?;
                if beside.is_empty() {
                    kept.push(away);
                }
            }
        }
    }
    for (partial, place) in &ready {
        moves.rename(partial, place)?;
    }
    // Otherwise a power cut may bring the former names back.
    let _ = File::open(data_dir).and_then(|folder| folder.sync_all());
    Ok(kept)
}

fn copied(from: &Path, to: &Path, entry: &Entry) -> Result<(), CommandError> {
    let failed = |error| unusable(to, "cannot be written", &error);
    fs::copy(from, to).map_err(failed)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(failed)?;
    let (_, sha256) = manifest::sum(to).map_err(failed)?;
    if sha256 == entry.sha256 {
        Ok(())
    } else {
        Err(unfit(to, "was not copied as it is").hint("Check the disk, then try again"))
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The present instant as it can stand in a file's name.
fn stamp() -> String {
    let now = SystemClock.now();
    let text: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    text
}

/// What was done so far, to be taken back in reverse.
#[derive(Default)]
struct Moves {
    done: Vec<(PathBuf, PathBuf)>,
    made: Vec<PathBuf>,
}

impl Moves {
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), CommandError> {
        fs::rename(from, to).map_err(|error| unusable(from, "cannot be moved", &error))?;
        self.done.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn undo(self) {
        for (from, to) in self.done.iter().rev() {
            if let Err(error) = fs::rename(to, from) {
                tracing::error!(error = %error, file = %to.display(), "was not moved back");
            }
        }
        for path in self.made {
            // What was renamed away or never made is not there.
            let _ = fs::remove_file(path);
        }
    }
}
