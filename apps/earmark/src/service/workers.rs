//! Which workers on a ledger are alive: each one keeps a lock on a file of its own.
//!
//! The operating system drops the lock when the process ends, however it ends. So a file that
//! somebody else can lock belongs to a worker that is gone. A worker that merely hangs keeps its
//! lock, and its leases run out by themselves.

use earmark_engine::Peers;
use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What the names of lock files end with.
const LOCK: &str = "lock";

/// A worker's place among the workers on one ledger, kept while this value lives.
pub struct Workers {
    folder: PathBuf,
    name: String,
    // Locked until the process ends.
    _own: File,
}

impl Workers {
    /// Joins the workers on `ledger` under a name that nobody had before.
    ///
    /// Errors: the folder `workers` beside the ledger cannot be written, or files in it cannot be locked.
    pub fn join(ledger: &Path) -> io::Result<Self> {
        let folder = folder(ledger);
        fs::create_dir_all(&folder)?;
        let name = new_name();
        // Under its name only once it is locked: before, it would look like a worker that is gone.
        let unlocked = folder.join(format!("{name}.new"));
        let own = OpenOptions::new().write(true).create_new(true).open(&unlocked)?;
        own.try_lock().map_err(io::Error::from)?;
        fs::rename(&unlocked, folder.join(&name).with_extension(LOCK))?;
        Ok(Self { folder, name, _own: own })
    }

    /// The name in leases.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self, worker: &str) -> PathBuf {
        self.folder.join(worker).with_extension(LOCK)
    }
}

/// `workers/ledger.db` beside `ledger.db`.
fn folder(ledger: &Path) -> PathBuf {
    let beside = ledger.with_file_name("workers");
    ledger.file_name().map_or_else(|| beside.clone(), |name| beside.join(name))
}

/// Another name for each process, so that a lease of a process that ended is nobody's.
pub fn new_name() -> String {
    format!("earmark-{}", Uuid::new_v4().simple())
}

impl Peers for Workers {
    fn ended(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .filter(|path| path.extension() == Some(OsStr::new(LOCK)))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|worker| *worker != self.name && is_free(&self.path(worker)))
            .collect()
    }

    fn forget(&self, worker: &str) {
        // Another worker may have been quicker.
        if is_free(&self.path(worker)) {
            let _ = fs::remove_file(self.path(worker));
        }
    }
}

/// Whether nobody holds the file; one that cannot be asked is held.
fn is_free(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock(), Ok(()))
}

impl Drop for Workers {
    /// Who ends in order holds nothing that would have to be given back.
    fn drop(&mut self) {
        let _ = fs::remove_file(self.path(&self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_worker_that_is_gone_counts_as_ended_until_it_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger.db");
        let (one, two) =
            (Workers::join(&ledger).expect("one"), Workers::join(&ledger).expect("two"));
        assert_ne!(one.name(), two.name());
        assert_eq!((one.ended(), two.ended()), (Vec::new(), Vec::new()));
        // Killed: the file stays, the lock does not.
        let gone = two.path("earmark-gone");
        fs::write(&gone, "").expect("written");
        assert_eq!(one.ended(), ["earmark-gone"]);
        two.forget(one.name());
        assert!(one.path(one.name()).exists(), "who lives is not forgotten");
        one.forget("earmark-gone");
        one.forget("earmark-gone");
        assert!(!gone.exists());
        drop(two);
        assert_eq!(one.ended(), Vec::<String>::new());
    }
}
