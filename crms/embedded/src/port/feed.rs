//! What others did, and what is there.

use crate::{
    error::CrmError,
    session::{
        Session, find,
        sql::{blob, id_at, optional_id_at},
    },
};
use earmark_crm_port::{CrmChange, CrmChangePage, CrmCheckpoint, CrmLink};
use earmark_model::{ActivityId, ItemHandle, MailboxId};
use earmark_sqlite::rusqlite::params_from_iter;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Units: ids in one statement.
const IDS_AT_ONCE: usize = 500;

/// One line of the change log, as far as the feed cares.
struct Line {
    kind: i64,
    table: String,
    id: Uuid,
    was: Option<(Uuid, String, Uuid)>,
    is_linked: bool,
    /// The link that was taken away is there again.
    is_tied_again: bool,
}

/// What happened since `checkpoint`; `None` where the log does not reach back to it.
pub(super) fn changes(
    session: &Session<'_>,
    checkpoint: Option<&str>,
) -> Result<Option<CrmChangePage>, CrmError> {
    session.require_reads()?;
    let (newest, pruned) = session.versions()?;
    let next = CrmCheckpoint(newest.to_string());
    let Some(checkpoint) = checkpoint else {
        return Ok(Some(CrmChangePage { changes: Vec::new(), next }));
    };
    let since = match checkpoint.parse::<i64>() {
        Ok(since) if (pruned..=newest).contains(&since) => since,
        _ => return Ok(None),
    };
    let changes = told(lines(session, since)?);
    Ok(Some(CrmChangePage { changes, next }))
}

fn lines(session: &Session<'_>, since: i64) -> Result<Vec<Line>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT c.kind, c.table_name, c.id, c.mailbox, c.handle, c.object, \
         EXISTS (SELECT 1 FROM exchangesyncidmapping m WHERE m.objectid = c.id \
           AND coalesce(m.isunlinkedincrm, 0) = 0), \
         EXISTS (SELECT 1 FROM exchangesyncidmapping m WHERE m.mailbox = c.mailbox \
           AND m.exchangeentryid = c.handle AND m.objectid = c.object \
           AND coalesce(m.isunlinkedincrm, 0) = 0) \
         FROM change_log c WHERE c.version > ? AND c.by_service = 0 AND c.cascaded IS NULL AND c.table_name IN \
         ('exchangesyncidmapping', 'email', 'appointment', 'recurringappointmentmaster', 'task') \
         ORDER BY c.sequence",
    )?;
    let rows = statement.query_map([since], |row| {
        let was = match (optional_id_at(row, 3)?, row.get(4)?, optional_id_at(row, 5)?) {
            (Some(mailbox), Some(handle), Some(object)) => Some((mailbox, handle, object)),
            _ => None,
        };
        Ok(Line {
            kind: row.get(0)?,
            table: row.get(1)?,
            id: id_at(row, 2)?,
            was,
            is_linked: row.get(6)?,
            is_tied_again: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn told(lines: Vec<Line>) -> Vec<CrmChange> {
    let mut edited = BTreeSet::new();
    let mut changes = Vec::new();
    for line in lines {
        if let Some((mailbox, handle, object)) = line.was {
            if line.is_tied_again {
                continue;
            }
            let link = CrmLink { mailbox: MailboxId(mailbox), handle: ItemHandle(handle) };
            changes.push(CrmChange::Unlinked { link, activity: ActivityId(object) });
        } else if line.table == "exchangesyncidmapping" {
            // A link that somebody made there is found by the full comparison.
        } else if line.kind == 2 {
            changes.push(CrmChange::RecordDeleted { activity: ActivityId(line.id) });
        } else if line.is_linked && edited.insert(line.id) {
            changes.push(CrmChange::Edited { activity: ActivityId(line.id) });
        }
    }
    changes
}

/// The links of a mailbox.
pub(super) fn links(
    session: &Session<'_>,
    mailbox: MailboxId,
) -> Result<Vec<(CrmLink, ActivityId)>, CrmError> {
    session.require_reads()?;
    let mut statement = session.tx.prepare_cached(
        "SELECT exchangeentryid, objectid FROM exchangesyncidmapping \
         WHERE mailbox = ? AND coalesce(isunlinkedincrm, 0) = 0 AND objectid IS NOT NULL \
         ORDER BY exchangeentryid",
    )?;
    let rows = statement.query_map([blob(mailbox.0)], |row| {
        let link = CrmLink { mailbox, handle: ItemHandle(row.get(0)?) };
        Ok((link, ActivityId(id_at(row, 1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which of `activities` are there.
pub(super) fn existing(
    session: &Session<'_>,
    activities: &[ActivityId],
) -> Result<Vec<ActivityId>, CrmError> {
    session.require_reads()?;
    let view = find("activitypointer")?.logical;
    let mut there = BTreeSet::new();
    for part in activities.chunks(IDS_AT_ONCE) {
        let marks = vec!["?"; part.len()].join(", ");
        let mut statement = session.tx.prepare_cached(&format!(
            "SELECT activityid FROM {view} WHERE activityid IN ({marks})"
        ))?;
        let ids = params_from_iter(part.iter().map(|activity| blob(activity.0)));
        for id in statement.query_map(ids, |row| id_at(row, 0))? {
            there.insert(ActivityId(id?));
        }
    }
    Ok(activities.iter().copied().filter(|activity| there.contains(activity)).collect())
}
