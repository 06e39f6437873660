//! Making the record of a draft and the link to it, in one transaction.
//!
//! What is to be done is planned on a read, so that plug-in steps can be asked about the request
//! before the transaction opens; the transaction carries the plan out only if it still holds.

use super::{
    draft::{self, Known},
    keep::tie,
    refused,
    waiting::{queue_of, wait_in_queues},
};
use crate::{
    classify::for_queue_owner,
    crm::EmbeddedCrm,
    error::{CrmError, code},
    request::{Child, IfMatch, Key, Request},
    session::{
        Session,
        access::Right,
        find,
        rules::{
            self,
            closing::is_closed_by_person,
            series::{EXCEPTION, INSTANCE, occurrence},
        },
        sql::{blob, optional_id_at},
    },
    value::{Row, Value},
};
use earmark_crm_port::{CrmLink, Promoted};
use earmark_model::{
    ActivityDraft, ActivityId, Cause, Failure, FailureClass, ItemContent, PrincipalId,
    activity::RecordRef,
};
use earmark_sqlite::rusqlite::OptionalExtension;
use std::sync::Arc;
use uuid::Uuid;

/// How often a promotion is planned when what it rests on changes under it.
const ATTEMPTS: usize = 3;

/// What a promotion has to do besides linking the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Make the record; an occurrence within that series, where its record is there.
    Make { series: Option<Uuid> },
    /// The record is there.
    Leave { id: Uuid },
    /// The record is an instance, and becomes the exception that the draft is.
    Except { id: Uuid },
    /// The record stands alone, and belongs to that series.
    Adopt { id: Uuid, series: Uuid },
}

/// Makes the record and the link, or only the link where the record is there.
pub(super) async fn promote(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
    link: &CrmLink,
) -> Result<Promoted, Failure> {
    let caller = crm.service_caller();
    for _ in 0..ATTEMPTS {
        let asked = (draft.clone(), link.clone());
        let (known, rich_text, plan) = crm
            .read(caller, move |session| {
                let (draft, link) = asked;
                Ok((know(session, &draft, &link)?, rich_text(session)?, plan(session, &draft)?))
            })
            .await
            .map_err(not_made)?;
        let is_queue = known.queue_owner == Some(draft.owner);
        let requests = requests(draft, &known, rich_text, plan, crm.now())?;
        let done = carry_out(crm, draft, link, plan, requests).await;
        let done =
            done.map_err(|error| not_made(if is_queue { for_queue_owner(error) } else { error }))?;
        if let Some(promoted) = done {
            return Ok(promoted);
        }
    }
    let kept_changing = "the record kept changing while it was promoted; try again";
    Err(refused(CrmError::new(code::CONCURRENCY_VERSION_MISMATCH, kept_changing)))
}

/// Carries the plan out; `None` where it no longer holds.
async fn carry_out(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
    link: &CrmLink,
    planned: Plan,
    requests: Vec<Request>,
) -> Result<Option<Promoted>, CrmError> {
    let (draft, link) = (draft.clone(), link.clone());
    crm.transact(requests, crm.service_caller(), move |session, requests| {
        session.require_reads()?;
        if plan(session, &draft)? != planned {
            return Ok(None);
        }
        if matches!(planned, Plan::Make { .. }) {
            require_owner(session, &draft)?;
        }
        for request in requests {
            session.execute(fitting(session, request.clone())?)?;
        }
        let promoted = match planned {
            Plan::Make { .. } => Promoted::Created(draft.id),
            Plan::Leave { id } | Plan::Except { id } | Plan::Adopt { id, .. } => {
                Promoted::AlreadyThere(ActivityId(id))
            }
        };
        let (Promoted::Created(id) | Promoted::AlreadyThere(id)) = promoted;
        tie(session, &link, id)?;
        let mut queues = draft.queues.clone();
        if !queues.is_empty() && !matches!(planned, Plan::Make { .. }) {
            let own = queue_of(session, draft.mailbox)?;
            queues.retain(|queue| own == Some(*queue));
        }
        wait_in_queues(session, id, &queues)?;
        Ok(Some(promoted))
    })
    .await
}

/// Refuses an owner that may not change what it is to own.
fn require_owner(session: &Session<'_>, draft: &ActivityDraft) -> Result<(), CrmError> {
    let owner = one_of(session, draft.owner, &["systemuser", "team"])?
        .ok_or_else(|| CrmError::missing("owner", draft.owner.0))?;
    session.require_owner_may(&owner, find("activitypointer")?, Right::Write)
}

fn plan(session: &Session<'_>, draft: &ActivityDraft) -> Result<Plan, CrmError> {
    if let (Some(of), ItemContent::Appointment(content)) = (&draft.occurrence, &draft.content) {
        let masters = find("recurringappointmentmaster")?;
        let series = match of.series.map(|series| series.0) {
            Some(series) if session.exists(masters, series)? => Some(series),
            _ => None,
        };
        let uid = draft::stored_uid(&content.ical_uid);
        let start = of.original_start.as_millis();
        let Some(there) = occurrence(session, Some(uid), start, draft.id.0)? else {
            return Ok(Plan::Make { series });
        };
        let id = there.id;
        return Ok(match (there.kind, there.series, series) {
            // What a person closed stays as it is.
            (INSTANCE, ..) if is_closed_by_person(session, find("appointment")?, id)? => {
                Plan::Leave { id }
            }
            (INSTANCE, ..) => Plan::Except { id },
            (_, None, Some(series)) => Plan::Adopt { id, series },
            _ => Plan::Leave { id },
        });
    }
    if session.exists(find("activitypointer")?, draft.id.0)? {
        return Ok(Plan::Leave { id: draft.id.0 });
    }
    Ok(Plan::Make { series: None })
}

fn requests(
    draft: &ActivityDraft,
    known: &Known,
    rich_text: bool,
    plan: Plan,
    now: i64,
) -> Result<Vec<Request>, Failure> {
    let update = |id, row, children| Request::Update {
        table: "appointment".to_owned(),
        key: Key::Id(id),
        row,
        children,
        if_match: IfMatch::Any,
    };
    let exception = || ("instancetypecode".to_owned(), Value::Int(EXCEPTION));
    Ok(vec![match plan {
        Plan::Leave { .. } => {
            draft::table_of(draft)?;
            return Ok(Vec::new());
        }
        Plan::Make { series } => {
            let mut request = draft::creation(draft, known, rich_text, now)?;
            if let (Some(series), Request::Create { row, .. }) = (series, &mut request) {
                row.extend([exception(), ("seriesid".to_owned(), Value::Guid(series))]);
            }
            request
        }
        Plan::Except { id } => {
            let (mut row, children) = draft::mapped(draft, rich_text)?;
            row.extend([exception()]);
            if let Some(regarding) = draft::regarding(draft, "appointment") {
                row.insert("regardingobjectid".to_owned(), regarding);
            }
            update(id, row, Some(children))
        }
        Plan::Adopt { id, series } => {
            let series = ("seriesid".to_owned(), Value::Guid(series));
            update(id, Row::from([exception(), series]), None)
        }
    }])
}

/// A record that could not be made is not a record that has gone: what is missing is somebody or
/// something that it needs, which an administrator can bring back.
fn not_made(error: CrmError) -> Failure {
    let failure = refused(error);
    if failure.class == FailureClass::RecordGone {
        return failure.read_as(FailureClass::Refused).because(Cause::ReferenceMissing);
    }
    failure
}

fn know(session: &Session<'_>, draft: &ActivityDraft, link: &CrmLink) -> Result<Known, CrmError> {
    let queue_owner: Option<Uuid> = session
        .tx
        .prepare_cached(
            "SELECT q.ownerid FROM mailbox m LEFT JOIN queue q \
             ON q.queueid = m.regardingobjectid AND m.regardingobjectid_table = 'queue' \
             WHERE m.mailboxid = ?",
        )?
        .query_row([blob(link.mailbox.0)], |row| optional_id_at(row, 0))
        .optional()?
        .ok_or_else(|| CrmError::missing("mailbox", link.mailbox.0))?;
    let accepted_for = match draft.accepted_for {
        Some(accepted_for) => one_of(session, accepted_for, &["systemuser", "queue"])?,
        None => None,
    };
    Ok(Known {
        owner: one_of(session, draft.owner, &["systemuser", "team"])?
            .ok_or_else(|| CrmError::missing("owner", draft.owner.0))?,
        accepted_for,
        queue_owner: queue_owner.map(PrincipalId),
        limits: rules::attachment_limits(session)?,
    })
}

fn one_of(
    session: &Session<'_>,
    id: PrincipalId,
    tables: &[&str],
) -> Result<Option<RecordRef>, CrmError> {
    for table in tables {
        if session.exists(find(table)?, id.0)? {
            return Ok(Some(RecordRef { table: (*table).to_owned(), id: id.0 }));
        }
    }
    Ok(None)
}

/// Whether appointments keep HTML: the organization column `appointmentricheditorexperience`.
pub(super) fn rich_text(session: &Session<'_>) -> Result<bool, CrmError> {
    let on: Option<bool> = session
        .tx
        .prepare_cached("SELECT appointmentricheditorexperience FROM organization LIMIT 1")?
        .query_row([], |row| row.get(0))?;
    Ok(on.unwrap_or(false))
}

/// The request without lookups to records that have gone since the draft was made: a party stays
/// as an address, a missing regarding is left out.
pub(super) fn fitting(session: &Session<'_>, mut request: Request) -> Result<Request, CrmError> {
    if let Request::Create { row, .. } | Request::Update { row, .. } = &mut request {
        forget_missing(session, row, "regardingobjectid")?;
    }
    let children = match &mut request {
        Request::Create { children, .. } => Some(children),
        Request::Update { children, .. } => children.as_mut(),
        _ => None,
    };
    for Child { row, .. } in children.into_iter().flatten() {
        forget_missing(session, row, "partyid")?;
    }
    Ok(request)
}

fn forget_missing(session: &Session<'_>, row: &mut Row, column: &str) -> Result<(), CrmError> {
    let Some(Value::Lookup(record)) = row.get(column) else { return Ok(()) };
    if !session.exists(find(&record.table)?, record.id)? {
        row.remove(column);
    }
    Ok(())
}
