//! Where inputs lie that are kept: seeds made by hand, findings, and what the environment names.

use crate::bytes::INPUT_MAX;
use crate::target::Target;
use std::path::{Path, PathBuf};

/// Units: files that are taken from each outside folder.
const OUTSIDE_MAX: usize = 200;

/// An input with where it comes from.
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The folder of this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The seeds of a target, by name; at least one.
pub fn seeds(target: &Target) -> Vec<Kept> {
    files(&root().join("corpus").join(target.name), usize::MAX)
}

/// What failed once.
pub fn regressions(target: &Target) -> Vec<Kept> {
    files(&root().join("regressions").join(target.name), usize::MAX)
}

/// Outside material, where the environment names a folder; says so where it does not.
pub fn outside(target: &Target) -> Vec<Kept> {
    let mut found = Vec::new();
    for (variable, below) in target.outside {
        let folder = std::env::var_os(variable).map(|root| PathBuf::from(root).join(below));
        match folder.filter(|folder| folder.is_dir()) {
            Some(folder) => found.extend(files(&folder, OUTSIDE_MAX)),
            None => {
                println!("skipped: {variable} is not set: no outside material for {}", target.name)
            }
        }
    }
    found.retain(|kept| kept.bytes.len() <= INPUT_MAX);
    found
}

/// Every file below a folder, in order of the names.
fn files(folder: &Path, at_most: usize) -> Vec<Kept> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found.truncate(at_most);
    let read = |path: PathBuf| Some(Kept { bytes: std::fs::read(&path).ok()?, path });
    found.into_iter().filter_map(read).collect()
}
