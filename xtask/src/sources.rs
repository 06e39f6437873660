//! Rules over the text of the workspace that no compiler holds.

use std::path::{Path, PathBuf};

/// The longest a source file may be. Units: lines.
const LINES_MAX: usize = 600;

/// Parts of the pages that somebody else wrote.
const VENDORED: &str = "web/static/vendor/";

/// File names that say nothing about what is inside.
const NAMES_WITHOUT_A_NOUN: &[&str] =
    &["utils.rs", "util.rs", "helpers.rs", "common.rs", "types.rs", "manager.rs", "misc.rs"];

/// Top folders of one machine; no text of the project may point into them.
const MACHINE_FOLDERS: &[&str] = &["work", "farm", "root", "home", "tmp"];

/// Folders that are not the project's text, by their path from the root.
const NOT_OURS: &[&str] = &["target", ".git", "earmark-demo", "web/vendor"];

/// Every broken rule of the files below `root`, one sentence each.
///
/// Errors: a folder or file cannot be read.
pub fn violations(root: &Path) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    list(root, root, &mut files)?;
    files.sort();
    let mut broken = Vec::new();
    for path in files {
        let relative = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let relative = relative.replace('\\', "/");
        // Images and databases are not text and have no lines to hold to a rule.
        if let Ok(text) = String::from_utf8(std::fs::read(&path)?) {
            broken.extend(violations_in(&relative, &text));
        }
    }
    Ok(broken)
}

/// The broken rules of one file; `path` is relative to the root, with `/`.
pub fn violations_in(path: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    // What others wrote is kept as it was published.
    if path.starts_with(VENDORED) {
        return broken;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    // A migration is never edited, so it is not split either.
    let is_source = [".rs", ".js", ".css", ".html"].iter().any(|end| name.ends_with(end));
    let lines = text.lines().count();
    if is_source && lines > LINES_MAX {
        broken.push(format!("{path} has {lines} lines, {LINES_MAX} are allowed: split it by noun"));
    }
    if NAMES_WITHOUT_A_NOUN.contains(&name) {
        broken.push(format!("{path}: a file is named after the one noun or verb it is about"));
    }
    if name != "Cargo.lock" {
        for (number, line) in text.lines().enumerate() {
            if let Some(folder) = machine_path(line) {
                let at = number + 1;
                broken.push(format!("{path}:{at} names a path of one machine (/{folder}/…)"));
            }
        }
    }
    if path.starts_with("apps/") && name.ends_with(".rs") {
        for (at, found) in other_rules(text) {
            broken.push(format!("{path}:{at} has `{found}`: apps may use only `Rules::all()`"));
        }
    }
    broken
}

fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        if NOT_OURS.contains(&relative.replace('\\', "/").as_str()) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(root, &path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// The machine folder that an absolute path in `line` starts with.
fn machine_path(line: &str) -> Option<&'static str> {
    for (at, _) in line.match_indices('/') {
        let before = line[..at].chars().next_back();
        let starts = before.is_none_or(|c| c.is_whitespace() || "\"'`=:(,<[".contains(c));
        if !starts {
            continue;
        }
        let rest = &line[at + 1..];
        for folder in MACHINE_FOLDERS {
            let Some(below) = rest.strip_prefix(folder) else { continue };
            let mut below = below.chars();
            if below.next() == Some('/') && below.next().is_some_and(char::is_alphanumeric) {
                return Some(folder);
            }
        }
    }
    None
}

/// Every place where `text` makes a `Rules` value in another way than `Rules::all()`: the line
/// (from 1) and what stands there.
fn other_rules(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("Rules") {
        let (before, rest) = (&text[..at], &text[at + "Rules".len()..]);
        let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        if joined(before.chars().next_back())
            || joined(rest.chars().next())
            || before[line_start..].trim_start().starts_with("//")
        {
            continue;
        }
        let after = rest.trim_start();
        let made_mutable = before[line_start..].contains("let mut ");
        let bad = match after.strip_prefix("::") {
            Some(path) => !path.trim_start().starts_with("all()") || made_mutable,
            None if after.starts_with("as ") => true,
            None => after.starts_with('{') && !before.trim_end().ends_with("->"),
        };
        if bad {
            let line = before.matches('\n').count() + 1;
            let shown: String = text[at..].chars().take_while(|c| *c != '\n').take(40).collect();
            found.push((line, shown));
        }
    }
    found
}
