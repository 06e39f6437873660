//! Attachments of an activity: limits, sizes, counts.

use super::party::inherit_owner;
use crate::{
    error::{CrmError, code},
    session::{Session, find, sql::blob},
    value::{Row, Value},
};
use uuid::Uuid;

/// What the organization lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Units: bytes.
    pub size_max: u64,
    /// Extensions in lower case, without the dot.
    pub blocked: Vec<String>,
}

/// The organization's limits.
pub(crate) fn limits(session: &Session<'_>) -> Result<Limits, CrmError> {
    let (size, blocked): (Option<i64>, Option<String>) = session
        .tx
        .prepare_cached("SELECT maxuploadfilesize, blockedattachments FROM organization LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Limits {
        size_max: size.and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX),
        blocked: blocked
            .unwrap_or_default()
            .split(';')
            .map(|extension| extension.trim().trim_start_matches('.').to_lowercase())
            .filter(|extension| !extension.is_empty())
            .collect(),
    })
}

/// Whether a file of that name is kept out.
pub(crate) fn is_blocked(limits: &Limits, name: &str) -> bool {
    name.trim_end_matches(['.', ' '])
        .rsplit_once('.')
        .is_some_and(|(_, extension)| limits.blocked.contains(&extension.to_lowercase()))
}

/// Completes a new attachment, and refuses one that the organization keeps out.
pub(super) fn before_create(session: &Session<'_>, row: &mut Row) -> Result<(), CrmError> {
    let limits = limits(session)?;
    let size = row.get("body").and_then(Value::as_text).map_or(0, decoded_len);
    if size > limits.size_max {
        return Err(CrmError::new(
            code::ATTACHMENT_TOO_LARGE,
            format!(
                "the file has {size} bytes, column 'maxuploadfilesize' of the organization allows \
                 {}",
                limits.size_max
            ),
        ));
    }
    if row.get("filename").and_then(Value::as_text).is_some_and(|name| is_blocked(&limits, name)) {
        return Err(CrmError::new(
            code::ATTACHMENT_BLOCKED,
            "the file type is in column 'blockedattachments' of the organization",
        ));
    }
    row.insert("filesize".to_owned(), Value::Int(i64::try_from(size).unwrap_or(i64::MAX)));
    inherit_owner(session, row, "objectid")?;
    let Some(parent) = row.get("objectid").and_then(Value::as_id) else { return Ok(()) };
    let (kind, count) = parent_of(session, parent)?;
    row.entry("objecttypecode".to_owned()).or_insert(Value::Text(kind));
    row.entry("attachmentnumber".to_owned()).or_insert(Value::Int(count + 1));
    Ok(())
}

/// Counts a new attachment on its activity.
pub(super) fn count_on_parent(session: &Session<'_>, row: &Row) -> Result<(), CrmError> {
    match row.get("objectid").and_then(Value::as_id) {
        Some(parent) => recount(session, parent, 0),
        None => Ok(()),
    }
}

/// Takes an attachment that is about to go from its activity's count.
pub(super) fn uncount(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    let parent: Option<[u8; 16]> = session
        .tx
        .prepare_cached(
            "SELECT objectid FROM activitymimeattachment WHERE activitymimeattachmentid = ?",
        )?
        .query_row([blob(id)], |row| row.get(0))?;
    match parent {
        Some(parent) => recount(session, Uuid::from_bytes(parent), 1),
        None => Ok(()),
    }
}

fn recount(session: &Session<'_>, parent: Uuid, going: i64) -> Result<(), CrmError> {
    let (kind, count) = parent_of(session, parent)?;
    let table = find(&kind)?;
    if table.column("attachmentcount").is_none() {
        return Ok(());
    }
    session
        .tx
        .prepare_cached(&format!(
            "UPDATE {kind} SET attachmentcount = ? WHERE \"{}\" = ?",
            table.key
        ))?
        .execute((count - going, blob(parent)))?;
    Ok(())
}

/// The table of an activity, and how many attachments it has.
fn parent_of(session: &Session<'_>, parent: Uuid) -> Result<(String, i64), CrmError> {
    Ok(session
        .tx
        .prepare_cached(
            "SELECT activitytypecode, (SELECT count(*) FROM activitymimeattachment \
             WHERE objectid = ?1) FROM activitypointer WHERE activityid = ?1",
        )?
        .query_row([blob(parent)], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Units: bytes that a base64 text stands for.
fn decoded_len(text: &str) -> u64 {
    let text = text.trim_end();
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    (text.len() as u64 * 3 / 4).saturating_sub(padding as u64)
}

#[cfg(test)]
mod tests {
    use super::{Limits, decoded_len, is_blocked};

    #[test]
    fn sizes_are_those_of_the_decoded_file() {
        assert_eq!(decoded_len(""), 0);
        assert_eq!(decoded_len("YQ=="), 1);
        assert_eq!(decoded_len("YWI="), 2);
        assert_eq!(decoded_len("YWJj"), 3);
    }

    #[test]
    fn blocked_types_are_known_by_the_last_extension() {
        let limits = Limits { size_max: 1, blocked: vec!["exe".into(), "js".into()] };
        for (name, blocked) in
            [("a.exe", true), ("a.EXE", true), ("a.pdf.js", true), ("exe", false), ("a.exe.", true)]
        {
            assert_eq!(is_blocked(&limits, name), blocked, "{name}");
        }
    }
}
