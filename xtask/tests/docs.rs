//! The documentation is complete where the code has a closed list, and its links lead somewhere.

use std::path::{Path, PathBuf};
use xtask::workspace::Workspace;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in [root.to_path_buf(), root.join("docs"), root.join("docs/decisions")] {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("readable").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The targets of `[text](target)` that are files, without anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

#[test]
fn every_link_leads_to_a_file() {
    let root = Workspace::load().expect("cargo metadata works here").root;
    let mut broken = Vec::new();
    for page in pages(&root) {
        let folder = page.parent().expect("a file has a folder");
        for link in links(&read(&page)) {
            if !folder.join(link).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_reason_is_explained_to_operators() {
    let root = Workspace::load().expect("cargo metadata works here").root;
    let reasons = read(&root.join("core/tracking/src/reason.rs"));
    let page = read(&root.join("docs/troubleshooting.md"));
    let codes: Vec<&str> = reasons
        .lines()
        .filter(|line| line.starts_with("    ") && line.ends_with("\","))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(codes.len() > 30, "the list of reasons was read");
    let missing: Vec<&&str> =
        codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "not in docs/troubleshooting.md: {missing:?}");
}

#[test]
fn every_failure_class_is_explained_to_operators() {
    let root = Workspace::load().expect("cargo metadata works here").root;
    let failures = read(&root.join("core/model/src/failure.rs"));
    let page = read(&root.join("docs/troubleshooting.md"));
    let classes: Vec<&str> = failures
        .lines()
        .filter(|line| line.trim_start().starts_with("Self::") && line.contains("=> \""))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert_eq!(classes.len(), 12, "the list of classes was read");
    let missing: Vec<&&str> =
        classes.iter().filter(|class| !page.contains(&format!("`{class}`"))).collect();
    assert!(missing.is_empty(), "not in docs/troubleshooting.md: {missing:?}");
}
