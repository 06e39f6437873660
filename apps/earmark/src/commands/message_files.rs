//! Which files hold messages or a calendar: `.eml`, mbox, Maildir and `.ics`, told apart by name and
//! first bytes.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// One message.
    Message,
    /// Messages one after the other, each after a line that starts with `From `.
    Mbox,
    /// Events and tasks in the iCalendar format.
    Calendar,
}

/// A file to import, or the reason why it cannot be.
#[derive(Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// What it holds, or one clause why it is refused.
    pub holding: Result<Holding, String>,
}

/// Units: folders inside folders at most.
const DEPTH_MAX: usize = 64;

/// Everything below `path`, in the order of names. Symbolic links inside folders are not followed.
pub fn candidates(path: &Path) -> Vec<Candidate> {
    let mut found = Vec::new();
    if path.is_dir() {
        walk(path, DEPTH_MAX, &mut found);
    } else {
        found.push(candidate(path.to_path_buf()));
    }
    found
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<Candidate>) {
    let refused = |why: String| Candidate { path: folder.to_path_buf(), holding: Err(why) };
    if depth == 0 {
        found.push(refused("too many folders inside folders".to_owned()));
        return;
    }
    let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(error) => {
            found.push(refused(format!("cannot be read ({error})")));
            return;
        }
    };
    entries.sort();
    for path in entries {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let is_scratch = path.file_name().is_some_and(|name| name == "tmp") && is_maildir(folder);
        if metadata.is_dir() && !is_scratch {
            walk(&path, depth - 1, found);
        } else if metadata.is_file() && !is_hidden(&path) {
            found.push(candidate(path));
        }
    }
}

fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'))
}

fn candidate(path: PathBuf) -> Candidate {
    let holding = holding(&path);
    Candidate { path, holding }
}

fn holding(path: &Path) -> Result<Holding, String> {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    let mut start = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(4096).read_to_end(&mut start))
        .map_err(|error| format!("cannot be read ({error})"))?;
    if start.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if extension.as_deref() == Some("ics") || is_calendar(&start) {
        return Ok(Holding::Calendar);
    }
    if start.starts_with(b"From ") {
        return Ok(Holding::Mbox);
    }
    if extension.as_deref() == Some("eml") || looks_like_header(&start) {
        return Ok(Holding::Message);
    }
    Err("neither messages nor a calendar: expected .eml, mbox, Maildir or .ics".to_owned())
}

fn is_calendar(start: &[u8]) -> bool {
    const BEGIN: &[u8] = b"BEGIN:VCALENDAR";
    start.get(..BEGIN.len()).is_some_and(|first| first.eq_ignore_ascii_case(BEGIN))
}

/// Whether the first line is `Name: value`.
fn looks_like_header(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
    let name = &line[..colon];
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// Splits an mbox into its messages: without the `From ` lines, and with one `>` taken from each
/// quoted one.
pub fn split_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            message.extend_from_slice(unquoted(line));
        }
        after_blank = line.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    }
    messages
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_split_at_from_lines_after_blank_lines_only() {
        let mbox =
            b"From a Sat\nSubject: 1\n\nFrom here\n>From there\n\nFrom b Sun\nSubject: 2\n\n";
        // The first body starts right after a blank line, so that writers must quote `From `
        // there; an unquoted one starts a message, as every reader of the format has it.
        let messages = split_mbox(mbox);
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[1], b"From there\n\n");
        assert!(messages[2].starts_with(b"Subject: 2"));
    }

    #[test]
    fn a_folder_is_walked_and_each_refusal_has_a_reason() {
        let folder = tempfile::tempdir().expect("folder");
        let maildir = folder.path().join("mail");
        for name in ["cur", "new", "tmp"] {
            fs::create_dir_all(maildir.join(name)).expect("folder");
        }
        fs::write(maildir.join("cur/1.a:2,S"), "Subject: x\n\nb").expect("write");
        fs::write(maildir.join("tmp/2.a"), "Subject: half").expect("write");
        fs::write(folder.path().join("a.ics"), "BEGIN:VCALENDAR").expect("write");
        fs::write(folder.path().join("b.mbox"), "From a\nSubject: x\n\n").expect("write");
        fs::write(folder.path().join("calendar"), "begin:vcalendar\r\n").expect("write");
        fs::write(folder.path().join("c.png"), [0x89, 0x50]).expect("write");
        let found = candidates(folder.path());
        let holdings: Vec<Option<Holding>> =
            found.iter().map(|one| one.holding.clone().ok()).collect();
        let (calendar, message) = (Some(Holding::Calendar), Some(Holding::Message));
        assert_eq!(holdings, [calendar, Some(Holding::Mbox), None, calendar, message], "{found:?}");
    }
}
