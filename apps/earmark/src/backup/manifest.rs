//! What lies beside the copies: names, sizes, sums, versions.

use super::{file::Role, unfit, unusable};
use crate::failure::CommandError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

/// The name of the file.
pub const NAME: &str = "manifest.json";

/// The form of the file. A reader refuses every other.
pub const SCHEMA: &str = "earmark.backup/1";

/// Units: bytes. A manifest is small; a larger file is none.
const SIZE_MAX: u64 = 1024 * 1024;

/// A whole backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of Earmark that made it.
    pub product_version: String,
    /// When the first copy was begun.
    pub made_at: String,
    /// The copies, in the order in which they were made.
    pub files: Vec<Entry>,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Its name, in the backup and in the data folder.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// The version of its schema.
    pub schema_version: usize,
    /// The ids of the organizations in it; none for a sandbox, and for a ledger that was never used.
    pub organizations: Vec<String>,
    /// When it was copied.
    pub copied_at: String,
    /// Units: bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Reads the manifest of a backup.
///
/// Errors: there is none, or it is of another form, or names something else than plain files.
pub fn read(folder: &Path) -> Result<Manifest, CommandError> {
    let path = folder.join(NAME);
    let size = std::fs::metadata(&path)
        .map_err(|error| {
            unfit(folder, &format!("is not a backup ({NAME}: {error})"))
                .hint("Name a folder that `earmark backup` made")
        })?
        .len();
    if size > SIZE_MAX {
        return Err(unfit(&path, "is not a manifest (too large)"));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| unusable(&path, "cannot be read", &error))?;
    let wrong = |problem: String| {
        unfit(&path, &problem).hint("Use another backup, or the version of Earmark that made it")
    };
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is damaged ({error})")))?;
    if value["schema"] != SCHEMA {
        return Err(wrong(format!("has another form than {SCHEMA}")));
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| wrong(format!("is damaged ({error})")))?;
    let plain = |entry: &Entry| {
        !entry.name.is_empty()
            && !entry.name.starts_with('.')
            && entry.name.ends_with(".db")
            && !entry.name.contains(['/', '\\', ':'])
    };
    if manifest.files.is_empty() || !manifest.files.iter().all(plain) {
        return Err(wrong("names no files, or others than those of a data folder".to_owned()));
    }
    Ok(manifest)
}

/// Size and SHA-256 of a file. Errors: it cannot be read.
pub fn sum(path: &Path) -> io::Result<(u64, String)> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
    }
    Ok((bytes, text))
}
