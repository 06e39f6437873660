//! Making a record what its draft says.

use super::{
    compare, draft,
    promote::{fitting, rich_text},
    refused, unsupported,
};
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    recurrence::TakenOut,
    request::{Child, IfMatch, Key, Request},
    schema::Table,
    session::{
        Session, find,
        rules::{
            closing::is_closed_by_person,
            party::parties_of,
            series::{EXCEPTION, INSTANCE, follow},
        },
    },
    value::{Row, Value},
};
use earmark_crm_port::Updated;
use earmark_model::{ActivityDraft, Failure, Field, activity::RecordRef};
use std::sync::Arc;
use uuid::Uuid;

pub(super) const MASTERS: &str = "recurringappointmentmaster";

/// Makes the mapped columns and the parties what the draft says, but for the fields in `keeping`.
/// What does not differ is not written; where nothing differs, nothing is.
pub(super) async fn update(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
    keeping: &[Field],
) -> Result<Updated, Failure> {
    let (caller, id) = (crm.service_caller(), draft.id.0);
    let wanted = find(draft::table_of(draft)?).map_err(refused)?;
    if wanted.logical == "email" {
        return Err(unsupported(draft.kind));
    }
    let (takes_changes, rich_text) = crm
        .read(caller, move |session| Ok((is_open(session, id)?, rich_text(session)?)))
        .await
        .map_err(refused)?;
    if !takes_changes {
        return Ok(Updated::Closed);
    }
    let (mut row, children) = draft::mapped(draft, rich_text)?;
    for field in keeping {
        for column in compare::columns_of(*field, wanted) {
            row.remove(*column);
        }
    }
    if draft.occurrence.is_some() {
        row.insert("instancetypecode".to_owned(), Value::Int(EXCEPTION));
    }
    let keeps_attendees = keeping.contains(&Field::Attendees);
    let request = Request::Update {
        table: wanted.logical.to_owned(),
        key: Key::Id(id),
        row,
        children: Some(children),
        if_match: IfMatch::Any,
    };
    crm.transact(vec![request], caller, move |session, requests| {
        if !is_open(session, id)? {
            return Ok(Updated::Closed);
        }
        let table = session.concrete(find("activitypointer")?, id)?;
        if table.logical != wanted.logical {
            session.convert(table, wanted, id)?;
        }
        for request in requests {
            let request = differing(session, wanted, id, request.clone(), keeps_attendees)?;
            if let Some(request) = request {
                session.execute(fitting(session, request)?)?;
            }
        }
        Ok(Updated::Done)
    })
    .await
    .map_err(|error: CrmError| refused(error))
}

/// Whether the record takes changes. Errors: it is not there.
fn is_open(session: &Session<'_>, id: Uuid) -> Result<bool, CrmError> {
    session.require_reads()?;
    let table = session.concrete(find("activitypointer")?, id)?;
    Ok(!is_closed_by_person(session, table, id)?)
}

/// The request without what is already so; `None` where nothing is left.
fn differing(
    session: &Session<'_>,
    table: &'static Table,
    id: Uuid,
    request: Request,
    keeps_attendees: bool,
) -> Result<Option<Request>, CrmError> {
    let Request::Update { table: name, key, mut row, children, if_match } = request else {
        return Ok(Some(request));
    };
    let current = session.whole(table, id)?.unwrap_or_default();
    keep_deletions(&current, &mut row);
    // Only an instance becomes an exception; what stands alone goes on standing alone.
    if current.get("instancetypecode") != Some(&Value::Int(INSTANCE)) {
        row.remove("instancetypecode");
    }
    row.retain(|column, value| current.get(column) != Some(value));
    let parties = parties_of(session, id, table.logical)?;
    let there = told(&parties);
    let with_kept = |mut children: Vec<Child>| {
        if keeps_attendees {
            children.retain(|child| !PartyRow::of(child).is_attendee());
            children.extend(parties.into_iter().filter(|child| PartyRow::of(child).is_attendee()));
        }
        children
    };
    let children = children.map(with_kept).filter(|children| told(children) != there);
    if children.as_ref().is_some_and(Vec::is_empty) {
        // A request replaces the parties that it names; it cannot name none.
        session.forget_parties(id)?;
        if table.logical == MASTERS {
            follow(session, id, &Row::new(), true)?;
        }
    }
    if row.is_empty() && children.as_ref().is_none_or(Vec::is_empty) {
        return Ok(None);
    }
    Ok(Some(Request::Update { table: name, key, row, children, if_match }))
}

/// Keeps what was deleted in the CRM beside the days that were cancelled in the mailbox.
fn keep_deletions(current: &Row, row: &mut Row) {
    let text = |row: &Row| {
        let text = row.get("deletedexceptionslist").and_then(Value::as_text);
        TakenOut::parse(text.unwrap_or_default())
    };
    if !row.contains_key("deletedexceptionslist") {
        return;
    }
    let kept = TakenOut { deleted: text(current).deleted, cancelled: text(row).cancelled };
    let text = kept.text();
    let value = if text.is_empty() { Value::Null } else { Value::Text(text) };
    row.insert("deletedexceptionslist".to_owned(), value);
}

/// A party, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartyRow {
    pub(super) mask: i64,
    /// Empty where there is none.
    pub(super) address: String,
    name: String,
    record: Option<RecordRef>,
}

impl PartyRow {
    const fn is_attendee(&self) -> bool {
        matches!(self.mask, compare::REQUIRED | compare::OPTIONAL | compare::RESOURCE)
    }

    fn of(child: &Child) -> Self {
        let text = |column: &str| {
            child.row.get(column).and_then(Value::as_text).unwrap_or_default().to_owned()
        };
        let mask = child.row.get("participationtypemask").and_then(Value::as_int);
        Self {
            mask: mask.unwrap_or_default(),
            address: text("addressused"),
            name: text("unresolvedpartyname"),
            record: child.row.get("partyid").and_then(Value::as_lookup).cloned(),
        }
    }
}

/// The parties that rows stand for, in order.
pub(super) fn told(children: &[Child]) -> Vec<PartyRow> {
    let mut told: Vec<PartyRow> = children.iter().map(PartyRow::of).collect();
    told.sort();
    told
}
