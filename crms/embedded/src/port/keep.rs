//! Linking and unlinking items: one transaction each.

use super::{draft, refused};
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    request::{IfMatch, Key, Request},
    session::{
        Session,
        access::Right,
        find,
        sql::{blob, id_at},
    },
    value::{Row, Value},
};
use earmark_crm_port::CrmLink;
use earmark_model::{ActivityId, Failure, FailureClass, Regarding, activity::RecordRef};
use earmark_sqlite::rusqlite::OptionalExtension;
use std::sync::Arc;
use uuid::Uuid;

/// Links an item to a record that is there.
pub(super) async fn link(
    crm: &Arc<EmbeddedCrm>,
    link: &CrmLink,
    activity: ActivityId,
    regarding: Option<Option<Regarding>>,
) -> Result<(), Failure> {
    let link = link.clone();
    let about = regarding.clone().flatten();
    let wanted = regarding.clone();
    let requests = crm
        .read(crm.service_caller(), move |session| match &wanted {
            Some(regarding) => regarding_request(session, activity, regarding.as_ref()),
            None => Ok(Vec::new()),
        })
        .await
        .map_err(refused)?;
    let outcome = crm
        .transact(requests, crm.service_caller(), move |session, requests| {
            session.require_reads()?;
            let table = session.concrete(find("activitypointer")?, activity.0)?;
            if let Some(about) = &about
                && !(draft::may_be_regarding(table.logical, about)
                    && session.exists(find(&about.table)?, about.id)?)
            {
                return Ok(false);
            }
            tie(session, &link, activity)?;
            for request in requests {
                session.execute(request.clone())?;
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
pub(super) fn tie(
    session: &Session<'_>,
    link: &CrmLink,
    activity: ActivityId,
) -> Result<(), CrmError> {
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

/// What makes the record be about something else; nothing where it is so, or cannot be.
fn regarding_request(
    session: &Session<'_>,
    activity: ActivityId,
    regarding: Option<&Regarding>,
) -> Result<Vec<Request>, CrmError> {
    session.require_reads()?;
    let table = session.concrete(find("activitypointer")?, activity.0)?;
    let current = session
        .whole(table, activity.0)?
        .ok_or_else(|| CrmError::missing(table.logical, activity.0))?;
    let value = regarding.map_or(Value::Null, |regarding| Value::Lookup(regarding.clone()));
    let may_be = regarding.is_none_or(|about| draft::may_be_regarding(table.logical, about));
    if current.get("regardingobjectid") == Some(&value) || !may_be {
        return Ok(Vec::new());
    }
    Ok(vec![Request::Update {
        table: table.logical.to_owned(),
        key: Key::Id(activity.0),
        row: Row::from([("regardingobjectid".to_owned(), value)]),
        children: None,
        if_match: IfMatch::Any,
    }])
}
