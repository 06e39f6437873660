//! The promises by their numbers, and the scenario files that hold them.
//!
//! A file holds the promise that its name begins with: `email/R12-category-makes-a-record` holds
//! R12. [`Files::read`] finds the files, [`Promise::all`] lists what was promised, [`document()`]
//! prints both as `docs/promises.md`.

use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

mod list;

use list::LIST;

/// One promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Its number: `R12`, or `A15` for a reading.
    pub number: &'static str,
    /// What is promised, in one line.
    pub text: &'static str,
    /// Without a scenario file it counts as missing.
    pub is_due: bool,
}

impl Promise {
    /// All promises, in the order of their numbers.
    pub const fn all() -> &'static [Self] {
        LIST
    }
}

/// One scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path below `scenarios/`, without extension, with `/`.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl File {
    /// The number that the file's name begins with.
    pub fn number(&self) -> Option<&str> {
        let name = self.name.rsplit('/').next()?;
        let (number, _) = name.split_once('-')?;
        let digits = number.strip_prefix(['R', 'A'])?;
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
    }
}

/// All scenario files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(pub Vec<File>);

impl Files {
    /// The files of this workspace, ordered by name.
    ///
    /// Errors: a folder or file cannot be read, or there is none.
    pub fn read() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let mut paths = Vec::new();
        find(&root, &mut paths)?;
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
            let name = name.display().to_string().replace('\\', "/");
            let text = fs::read_to_string(&path).with_context(|| format!("read {name}"))?;
            files.push(File { name, text });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        anyhow::ensure!(!files.is_empty(), "there is no scenario below {}", root.display());
        Ok(Self(files))
    }

    /// The files that hold a promise.
    pub fn of<'a>(&'a self, promise: &Promise) -> impl Iterator<Item = &'a File> {
        let number = promise.number;
        self.0.iter().filter(move |file| file.number() == Some(number))
    }
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "scenario") {
            paths.push(path);
        }
    }
    Ok(())
}

/// The page `docs/promises.md`: each promise with its scenario files.
pub fn document(files: &Files) -> String {
    let mut page = String::from(HEAD);
    for promise in Promise::all() {
        let names: Vec<String> = files.of(promise).map(link).collect();
        if names.is_empty() && !promise.is_due {
            continue;
        }
        let names = if names.is_empty() { "missing".to_owned() } else { names.join(", ") };
        page.push_str(&format!("| {} | {} | {names} |\n", promise.number, promise.text));
    }
    page
}

fn link(file: &File) -> String {
    format!("[{0}](../scenarios/{0}.scenario)", file.name)
}

const HEAD: &str = "\
# Promises

Each promise with the scenario files that hold it; a number beginning with A is how an ambiguous \
sentence of the original is read. Written by `cargo xtask rules --page`; a test compares.

`cargo xtask rules` runs every file with each rule of the product switched off, one at a time, and \
says which rules turn which promise red. A promise that no missing rule can break counts as missing.

| number | promise | scenarios |
|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File { name: name.to_owned(), text: String::new() }
    }

    #[test]
    fn a_files_number_is_what_its_name_begins_with() {
        assert_eq!(file("email/R12-category-makes-a-record").number(), Some("R12"));
        assert_eq!(file("calendar/A10-one-occurrence-alone").number(), Some("A10"));
        assert_eq!(file("failure/brake").number(), None);
        assert_eq!(file("calendar/all-day-private-and-online").number(), None);
        assert_eq!(file("failure/R-none").number(), None);
    }

    #[test]
    fn every_number_of_a_file_is_that_of_a_promise() {
        let known = |number: &str| Promise::all().iter().any(|one| one.number == number);
        let files = Files::read().expect("the scenarios");
        let strays: Vec<_> = files
            .0
            .iter()
            .filter(|file| file.number().is_some_and(|number| !known(number)))
            .collect();
        assert!(strays.is_empty(), "{strays:#?}");
    }

    #[test]
    fn every_file_begins_with_what_it_promises() {
        let files = Files::read().expect("the scenarios");
        for file in &files.0 {
            assert!(file.text.starts_with("# "), "{}", file.name);
        }
    }

    #[test]
    fn the_page_of_promises_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/promises.md");
        let there = fs::read_to_string(&path).expect("docs/promises.md");
        let wanted = document(&Files::read().expect("the scenarios"));
        assert!(there == wanted, "`cargo xtask rules --page` writes it anew");
    }
}
