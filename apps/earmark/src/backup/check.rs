//! Reading a backup as a whole before anything rests on it.

use super::{
    file,
    manifest::{self, Entry, Manifest},
    unfit, unusable,
};
use crate::failure::CommandError;
use std::path::Path;

/// Reads every file of a backup and compares it with its manifest. Changes nothing. Repeatable:
/// yes.
///
/// Errors: a file is missing, has another size or sum, is damaged, is not what the manifest says,
/// or has a schema that this version does not know.
pub fn check(folder: &Path) -> Result<Manifest, CommandError> {
    let manifest = manifest::read(folder)?;
    for entry in &manifest.files {
        check_one(folder, entry)?;
    }
    Ok(manifest)
}

fn check_one(folder: &Path, entry: &Entry) -> Result<(), CommandError> {
    let path = folder.join(&entry.name);
    let another = "Use another backup";
    let newest = entry.role.newest();
    if entry.schema_version > newest {
        let problem =
            format!("has schema {}, and this version knows {newest} at most", entry.schema_version);
        return Err(unfit(&path, &problem)
            .hint("Restore it with the version of Earmark that made it, or a newer one"));
    }
    if !path.is_file() {
        return Err(unfit(&path, "is missing").hint(another));
    }
    let (bytes, sha256) =
        manifest::sum(&path).map_err(|error| unusable(&path, "cannot be read", &error))?;
    if bytes != entry.bytes {
        let problem = format!("has {bytes} bytes, and was written with {}", entry.bytes);
        return Err(unfit(&path, &problem).hint(another));
    }
    if sha256 != entry.sha256 {
        return Err(unfit(&path, "has another SHA-256 than was written down").hint(another));
    }
    let connection = file::open(&path, true)?;
    file::sound(&connection, &path)?;
    let facts = file::facts(&connection, &path)?;
    let same = facts.is_some_and(|facts| {
        facts.role == entry.role
            && facts.schema_version == entry.schema_version
            && facts.organizations == entry.organizations
    });
    if same { Ok(()) } else { Err(unfit(&path, "is not what the manifest says").hint(another)) }
}
