//! Making records, linking and unlinking items: one transaction each.

use super::{
    draft::{self, Known},
    refused,
};
use crate::{
    classify::for_queue_owner,
    crm::EmbeddedCrm,
    error::CrmError,
    request::{Child, Request},
    session::{
        Session,
        access::Right,
        find, rules,
        sql::{blob, id_at},
    },
    settings::Stored,
    value::{Row, Value},
};
use earmark_crm_port::{CrmLink, Promoted};
use earmark_model::{
    ActivityDraft, ActivityId, Direction, Failure, FailureClass, PrincipalId, RefusalPolicy,
    Regarding,
    activity::{PartyRole, RecordRef},
};
use earmark_sqlite::rusqlite::OptionalExtension;
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// Makes the record and the link, or only the link where the record is there.
pub(super) async fn promote(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
    link: &CrmLink,
) -> Result<Promoted, Failure> {
    let caller = crm.service_caller();
    let asked = (draft.owner, draft.accepted_for, link.clone());
    let known = crm
        .read(caller, move |session| know(session, asked.0, asked.1, &asked.2))
        .await
        .map_err(not_made)?;
    let is_queue = known.is_queue;
    let request = draft::request(draft, &known)?;
    let (id, link) = (draft.id, link.clone());
    let waits = waiting_queues(draft);
    let incoming = draft.direction == Direction::Incoming;
    crm.transact(vec![request], caller, move |session, requests| {
        session.require_reads()?;
        if session.exists(find("activitypointer")?, id.0)? {
            tie(session, &link, id)?;
            return Ok(Promoted::AlreadyThere(id));
        }
        for request in requests {
            session.execute(fitting(session, request.clone())?)?;
        }
        tie(session, &link, id)?;
        if incoming {
            wait_in_queues(session, id, &waits, &link)?;
        }
        Ok(Promoted::Created(id))
    })
    .await
    .map_err(|error: CrmError| not_made(if is_queue { for_queue_owner(error) } else { error }))
}

/// A record that could not be made is not a record that has gone: what is missing is somebody or
/// something that it needs, which an administrator can bring back.
fn not_made(error: CrmError) -> Failure {
    let failure = refused(error);
    if failure.class == FailureClass::RecordGone {
        let class = FailureClass::Refused { policy: RefusalPolicy::Counted };
        return Failure { class, ..failure };
    }
    failure
}

/// Links an item to a record that is there.
pub(super) async fn link(
    crm: &Arc<EmbeddedCrm>,
    link: &CrmLink,
    activity: ActivityId,
    regarding: Option<Option<Regarding>>,
) -> Result<(), Failure> {
    let link = link.clone();
    let about = regarding.clone().flatten();
    let outcome = crm
        .transact(Vec::new(), crm.service_caller(), move |session, _| {
            session.require_reads()?;
            let view = find("activitypointer")?;
            if !session.exists(view, activity.0)? {
                return Err(CrmError::missing(view.logical, activity.0));
            }
            if let Some(about) = &about
                && !(draft::may_be_regarding(about)
                    && session.exists(find(&about.table)?, about.id)?)
            {
                return Ok(false);
            }
            tie(session, &link, activity)?;
            if let Some(regarding) = &regarding {
                set_regarding(session, activity, regarding.as_ref())?;
            }
            Ok(true)
        })
        .await
        .map_err(refused)?;
    if outcome {
        return Ok(());
    }
    Err(Failure::new(
        FailureClass::Unacceptable { field: "regarding".to_owned() },
        "0x80040217",
        "the record that the item is to be about does not exist, or nothing can be about it",
    ))
}

/// Takes the link away.
pub(super) async fn unlink(
    crm: &Arc<EmbeddedCrm>,
    link: &CrmLink,
    activity: ActivityId,
) -> Result<(), Failure> {
    let link = link.clone();
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        match session.mapping(&link)? {
            Some(mapping) if mapping.object == activity.0 => {
                session.remove(find("exchangesyncidmapping")?, mapping.id)
            }
            _ => Ok(()),
        }
    })
    .await
    .map_err(|error: CrmError| refused(error))
}

/// A row of the table of links.
pub(super) struct Mapping {
    pub id: Uuid,
    pub object: Uuid,
    pub is_unlinked: bool,
}

impl Session<'_> {
    /// Refuses a service that may not read what the port reads.
    pub(super) fn require_reads(&self) -> Result<(), CrmError> {
        self.require_enabled()?;
        for table in ["email", "mailbox", "organization", "exchangesyncidmapping"] {
            self.require(find(table)?, Right::Read)?;
        }
        Ok(())
    }

    /// The row of an item.
    pub(super) fn mapping(&self, link: &CrmLink) -> Result<Option<Mapping>, CrmError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT exchangesyncidmappingid, objectid, coalesce(isunlinkedincrm, 0) \
                 FROM exchangesyncidmapping \
                 WHERE mailbox = ? AND exchangeentryid = ? AND objectid IS NOT NULL",
            )?
            .query_row((blob(link.mailbox.0), link.handle.as_str()), |row| {
                Ok(Mapping { id: id_at(row, 0)?, object: id_at(row, 1)?, is_unlinked: row.get(2)? })
            })
            .optional()?)
    }
}

/// Puts the link into its table, whatever stands there for the item.
fn tie(session: &Session<'_>, link: &CrmLink, activity: ActivityId) -> Result<(), CrmError> {
    let table = find("exchangesyncidmapping")?;
    if let Some(mapping) = session.mapping(link)? {
        if mapping.object == activity.0 && !mapping.is_unlinked {
            return Ok(());
        }
        session.require(table, Right::Write)?;
        let current = session.whole(table, mapping.id)?.unwrap_or_default();
        let changes = Row::from([
            ("objectid".to_owned(), Value::Guid(activity.0)),
            ("isunlinkedincrm".to_owned(), Value::Bool(false)),
        ]);
        return session.change(table, mapping.id, &current, changes, None);
    }
    session.require(table, Right::Create)?;
    let (owner, kind): (RecordRef, i64) = session
        .tx
        .prepare_cached(
            "SELECT m.ownerid, m.ownerid_table, (SELECT CASE activitytypecode \
             WHEN 'appointment' THEN 4201 WHEN 'recurringappointmentmaster' THEN 4251 \
             WHEN 'task' THEN 4212 ELSE 4202 END FROM activitypointer WHERE activityid = ?2) \
             FROM mailbox m WHERE m.mailboxid = ?1",
        )?
        .query_row((blob(link.mailbox.0), blob(activity.0)), |row| {
            Ok((RecordRef { id: id_at(row, 0)?, table: row.get(1)? }, row.get(2)?))
        })
        .optional()?
        .ok_or_else(|| CrmError::missing("mailbox", link.mailbox.0))?;
    let row = Row::from([
        ("objectid".to_owned(), Value::Guid(activity.0)),
        ("objecttypecode".to_owned(), Value::Int(kind)),
        ("exchangeentryid".to_owned(), Value::text(link.handle.as_str())),
        ("ownerid".to_owned(), Value::Lookup(owner)),
    ]);
    let id = session.make_owned(table, row)?;
    session
        .tx
        .prepare_cached(
            "UPDATE exchangesyncidmapping SET mailbox = ? WHERE exchangesyncidmappingid = ?",
        )?
        .execute([blob(link.mailbox.0), blob(id)])?;
    Ok(())
}

fn set_regarding(
    session: &Session<'_>,
    activity: ActivityId,
    regarding: Option<&Regarding>,
) -> Result<(), CrmError> {
    let table = session.concrete(find("activitypointer")?, activity.0)?;
    session.require(table, Right::Write)?;
    let current = session
        .whole(table, activity.0)?
        .ok_or_else(|| CrmError::missing(table.logical, activity.0))?;
    let value = regarding.map_or(Value::Null, |regarding| Value::Lookup(regarding.clone()));
    if current.get("regardingobjectid") == Some(&value) {
        return Ok(());
    }
    let changes = Row::from([("regardingobjectid".to_owned(), value)]);
    session.change(table, activity.0, &current, changes, None)
}

fn know(
    session: &Session<'_>,
    owner: PrincipalId,
    accepted_for: Option<PrincipalId>,
    link: &CrmLink,
) -> Result<Known, CrmError> {
    let is_queue: Option<bool> = session
        .tx
        .prepare_cached(
            "SELECT regardingobjectid_table = 'queue' FROM mailbox WHERE mailboxid = ?",
        )?
        .query_row([blob(link.mailbox.0)], |row| row.get::<_, Option<bool>>(0))
        .optional()?
        .ok_or_else(|| CrmError::missing("mailbox", link.mailbox.0))?;
    let accepted_for = match accepted_for {
        Some(accepted_for) => one_of(session, accepted_for, &["systemuser", "queue"])?,
        None => None,
    };
    Ok(Known {
        owner: one_of(session, owner, &["systemuser", "team"])?
            .ok_or_else(|| CrmError::missing("owner", owner.0))?,
        accepted_for,
        is_queue: is_queue.unwrap_or(false),
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

/// The request without lookups to records that have gone since the draft was made: a party stays
/// as an address, a missing regarding is left out.
fn fitting(session: &Session<'_>, request: Request) -> Result<Request, CrmError> {
    let Request::Create { table, mut row, mut children } = request else { return Ok(request) };
    forget_missing(session, &mut row, "regardingobjectid")?;
    for Child { row, .. } in &mut children {
        forget_missing(session, row, "partyid")?;
    }
    Ok(Request::Create { table, row, children })
}

fn forget_missing(session: &Session<'_>, row: &mut Row, column: &str) -> Result<(), CrmError> {
    let Some(Value::Lookup(record)) = row.get(column) else { return Ok(()) };
    if !session.exists(find(&record.table)?, record.id)? {
        row.remove(column);
    }
    Ok(())
}

/// The queues among the recipients.
fn waiting_queues(draft: &ActivityDraft) -> BTreeSet<Uuid> {
    draft
        .parties
        .iter()
        .filter(|party| party.role != PartyRole::Sender)
        .filter_map(|party| party.record.as_ref())
        .filter(|record| record.table == "queue")
        .map(|record| record.id)
        .collect()
}

/// Puts a received email into the queues that it reached.
fn wait_in_queues(
    session: &Session<'_>,
    id: ActivityId,
    recipients: &BTreeSet<Uuid>,
    link: &CrmLink,
) -> Result<(), CrmError> {
    let (text, queue): (Option<String>, Option<[u8; 16]>) = session
        .tx
        .prepare_cached(
            "SELECT (SELECT orgdborgsettings FROM organization), (SELECT regardingobjectid \
             FROM mailbox WHERE mailboxid = ? AND regardingobjectid_table = 'queue')",
        )?
        .query_row([blob(link.mailbox.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if recipients.is_empty() && queue.is_none() {
        return Ok(());
    }
    let stored = Stored::parse(text.as_deref().unwrap_or_default());
    let mut queues = BTreeSet::new();
    if stored.is_on("CreateQueueItemsForAcceptingQueueRecipients") {
        queues.extend(recipients);
    }
    if stored.is_on("CreateQueueItemForSynchronizingMailbox") {
        queues.extend(queue.map(Uuid::from_bytes));
    }
    for queue in queues {
        if !session.exists(find("queue")?, queue)? {
            continue;
        }
        let row = Row::from([
            ("queueid".to_owned(), Value::lookup("queue", queue)),
            ("objectid".to_owned(), Value::lookup("email", id.0)),
        ]);
        session.make(find("queueitem")?, row, &[])?;
    }
    Ok(())
}
