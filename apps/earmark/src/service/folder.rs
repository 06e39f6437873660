//! Who uses a data folder: any number of services, or one restore, never both.
//!
//! The operating system keeps the lock and takes it away with the process, however that ends.

use crate::failure::{CommandError, Exit};
use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// The file that is locked; it is empty and stays.
pub const LOCK_FILE: &str = "earmark.lock";

/// A data folder in use, until this is dropped.
#[derive(Debug)]
pub struct FolderInUse {
    _file: File,
}

/// Marks the folder as used by a service or a backup.
///
/// Errors: a restore is under way; the folder may not be written.
pub fn share(folder: &Path) -> Result<FolderInUse, CommandError> {
    let file = open(folder)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(FolderInUse { _file: file }),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{}: a restore is under way", folder.display());
            Err(CommandError::new(Exit::Temporary, "data_dir", message)
                .hint("Wait until `earmark restore` has ended"))
        }
        Err(TryLockError::Error(error)) => Err(refused(folder, &error)),
    }
}

/// Takes the folder for this process alone.
///
/// Errors: a service or a backup uses it; the folder may not be written.
pub fn take(folder: &Path) -> Result<FolderInUse, CommandError> {
    let file = open(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(FolderInUse { _file: file }),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{}: a running service uses the folder", folder.display());
            Err(CommandError::new(Exit::Refused, "data_dir", message)
                .hint("Stop every service over this folder, then try again"))
        }
        Err(TryLockError::Error(error)) => Err(refused(folder, &error)),
    }
}

fn open(folder: &Path) -> Result<File, CommandError> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK_FILE))
        .map_err(|error| refused(folder, &error))
}

fn refused(folder: &Path, error: &std::io::Error) -> CommandError {
    let message = format!("{}: cannot be locked ({error})", folder.display());
    CommandError::new(Exit::Failure, "data_dir", message)
        .hint("Check that the folder exists and may be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_share_a_folder_and_a_restore_has_it_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = share(folder.path()).expect("free");
        let second = share(folder.path()).expect("shared");
        assert_eq!(take(folder.path()).expect_err("used").exit, Exit::Refused);
        drop((first, second));
        let alone = take(folder.path()).expect("free");
        assert_eq!(share(folder.path()).expect_err("taken").exit, Exit::Temporary);
        drop(alone);
        drop(share(folder.path()).expect("free"));
    }
}
