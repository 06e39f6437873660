//! Appointments at the same time as another one of the same users.

use super::{draft::stored_uid, refused};
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    session::{
        Session,
        sql::{blob, id_at},
    },
};
use earmark_model::{ActivityDraft, ActivityId, Failure, Instant, ItemContent, ShowAs};
use earmark_sqlite::rusqlite::params;
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// Units: conflicts that are named at most; one is enough to ask.
const NAMED_MAX: i64 = 10;

/// What the others are compared with.
struct Wanted {
    id: ActivityId,
    uid: String,
    users: BTreeSet<Uuid>,
    start: Instant,
    end: Instant,
}

/// The appointments that the draft is in conflict with.
pub(super) async fn conflicts(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
) -> Result<Vec<ActivityId>, Failure> {
    let Some(wanted) = wanted(draft) else { return Ok(Vec::new()) };
    crm.read(crm.service_caller(), move |session| find(session, &wanted)).await.map_err(refused)
}

fn wanted(draft: &ActivityDraft) -> Option<Wanted> {
    let ItemContent::Appointment(content) = &draft.content else { return None };
    if content.recurrence.is_some() || !is_taken(content.show_as) {
        return None;
    }
    let records = draft.parties.iter().filter_map(|party| party.record.as_ref());
    let users = records.filter(|record| record.table == "systemuser").map(|record| record.id);
    Some(Wanted {
        id: draft.id,
        uid: stored_uid(&content.ical_uid).to_owned(),
        users: users.chain([draft.owner.0]).collect(),
        start: content.start,
        end: content.end,
    })
}

/// Whether somebody cannot be elsewhere then.
const fn is_taken(show_as: ShowAs) -> bool {
    match show_as {
        ShowAs::Busy | ShowAs::OutOfOffice => true,
        ShowAs::Free | ShowAs::Tentative | ShowAs::WorkingElsewhere => false,
    }
}

/// `statuscode` 5 is busy, 6 out of office; roles 5 to 7 and 9 are attendees, organizer and owner.
fn find(session: &Session<'_>, wanted: &Wanted) -> Result<Vec<ActivityId>, CrmError> {
    session.require_reads()?;
    let mut statement = session.tx.prepare_cached(
        "SELECT DISTINCT a.activityid FROM activityparty p \
         JOIN appointment a ON a.activityid = p.activityid \
         WHERE p.partyid = ?1 AND p.partyid_table = 'systemuser' \
         AND p.participationtypemask IN (5, 6, 7, 9) AND a.statuscode IN (5, 6) \
         AND a.scheduledstart < ?2 AND a.scheduledend > ?3 AND a.activityid <> ?4 \
         AND coalesce(a.globalobjectid, '') <> ?5 \
         ORDER BY a.scheduledstart, a.activityid LIMIT ?6",
    )?;
    let mut found = Vec::new();
    for user in &wanted.users {
        let key = params![
            blob(*user),
            wanted.end.as_millis(),
            wanted.start.as_millis(),
            blob(wanted.id.0),
            wanted.uid,
            NAMED_MAX
        ];
        let rows = statement.query_map(key, |row| id_at(row, 0))?;
        for id in rows {
            let id = ActivityId(id?);
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    Ok(found)
}
