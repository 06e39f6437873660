//! Records by natural key and candidates by address, in one read.

use super::draft::stored_uid;
use crate::{
    error::CrmError,
    session::{
        Session,
        access::Right,
        check::truncated,
        find,
        sql::{blob, id_at, optional_id_at},
    },
};
use earmark_crm_port::{CrmLink, FoundRecord, Lookup, LookupRequest, NaturalKey, PartyCandidate};
use earmark_model::{
    ActivityId, Direction, Instant, ItemKind, PrincipalId, activity::RecordRef,
    identity::bare_message_id, limits::MESSAGE_ID_MAX,
};
use earmark_sqlite::rusqlite::{Row, params};
use std::collections::BTreeMap;

/// Units: candidates of one address. One more than may resolve, so that too many are seen as such.
const CANDIDATES_MAX: i64 = 101;

/// Nobody is responsible for mail.
const NOBODY: &str = "NULL";

/// How each table with addresses tells what a candidate is: what is active, who owns it, who is
/// responsible for its mail, and which rows are never candidates.
const SOURCES: &[(&str, &str, &str, &str, &str)] = &[
    ("systemuser", "1", "NULL", "t.systemuserid", "coalesce(t.isdisabled, 0) = 0"),
    ("contact", "t.statecode = 0", "t.ownerid", NOBODY, "1"),
    ("account", "t.statecode = 0", "t.ownerid", NOBODY, "1"),
    ("lead", "t.statecode = 0", "t.ownerid", NOBODY, "1"),
    ("team", "1", "NULL", NOBODY, "1"),
    ("businessunit", "coalesce(t.isdisabled, 0) = 0", "NULL", NOBODY, "1"),
    ("queue", "t.statecode = 0", "t.ownerid", "t.ownerid", "1"),
    ("opportunity", "t.statecode = 0", "t.ownerid", NOBODY, "1"),
    ("incident", "t.statecode = 0", "t.ownerid", NOBODY, "1"),
];

/// Everything that is asked for.
pub(super) fn lookup(session: &Session<'_>, request: &LookupRequest) -> Result<Lookup, CrmError> {
    session.require_reads()?;
    Ok(Lookup {
        records: match request.kind {
            ItemKind::Email => emails(session, request)?,
            ItemKind::Appointment => appointments(session, request)?,
            ItemKind::Task => tasks(session, request)?,
            ItemKind::MeetingMessage | ItemKind::Contact => Vec::new(),
        },
        linked_to: linked_to(session, &request.link)?,
        candidates: candidates(session, &request.addresses)?,
    })
}

fn emails(session: &Session<'_>, request: &LookupRequest) -> Result<Vec<FoundRecord>, CrmError> {
    let NaturalKey::MessageId(message_id) = &request.key else {
        return Ok(Vec::new());
    };
    let asked = message_id.as_deref().map(bare_message_id).filter(|id| !id.is_empty());
    let Some(bare) = asked else { return by_id(session, request.id) };
    let spellings = spellings(bare);
    let mut statement = session.tx.prepare_cached(
        "SELECT activityid, directioncode, sender, senton, createdon, regardingobjectid, \
         regardingobjectid_table, messageid FROM email \
         WHERE messageid IN (?1, ?2) OR activityid = ?3 ORDER BY createdon, activityid",
    )?;
    let rows = statement
        .query_map(params![spellings[0], spellings[1], request.id.0.as_bytes()], |row| {
            Ok((record(row)?, row.get::<_, Option<String>>(7)?))
        })?;
    let mut records = Vec::new();
    for row in rows {
        let (record, message_id) = row?;
        // The column compares without case; two ids that differ in case are two messages.
        let same = message_id.is_some_and(|stored| spellings.contains(&stored));
        if same || record.id == request.id {
            records.push(record);
        }
    }
    Ok(records)
}

/// Appointments and series by their UID, occurrences by their original start too.
fn appointments(
    session: &Session<'_>,
    request: &LookupRequest,
) -> Result<Vec<FoundRecord>, CrmError> {
    let NaturalKey::Appointment { ical_uid, original_start } = &request.key else {
        return by_id(session, request.id);
    };
    let uid = stored_uid(ical_uid);
    let matching = match original_start {
        Some(_) => {
            "SELECT activityid, globalobjectid FROM appointment \
             WHERE globalobjectid = ?1 AND originalstartdate = ?2"
        }
        None => {
            "SELECT activityid, globalobjectid FROM appointment \
             WHERE globalobjectid = ?1 AND originalstartdate IS NULL AND ?2 IS NULL \
             AND coalesce(instancetypecode, 0) = 0 UNION ALL \
             SELECT activityid, globalobjectid FROM recurringappointmentmaster \
             WHERE globalobjectid = ?1"
        }
    };
    let mut statement = session.tx.prepare_cached(matching)?;
    let start = original_start.map(Instant::as_millis);
    let rows = statement
        .query_map(params![uid, start], |row| Ok((id_at(row, 0)?, row.get::<_, String>(1)?)))?;
    let mut ids = vec![request.id];
    for row in rows {
        let (id, stored) = row?;
        // The column compares without case; two UIDs that differ in case are two meetings.
        if stored == uid && id != request.id.0 {
            ids.push(ActivityId(id));
        }
    }
    by_ids(session, &ids)
}

/// Tasks by the record that an earlier tracking left on them.
fn tasks(session: &Session<'_>, request: &LookupRequest) -> Result<Vec<FoundRecord>, CrmError> {
    let mut ids = vec![request.id];
    if let NaturalKey::Task(Some(left)) = request.key
        && left != request.id
        && session.exists(find("task")?, left.0)?
    {
        ids.push(left);
    }
    by_ids(session, &ids)
}

/// The records of `ids` that are there, the oldest first.
fn by_ids(session: &Session<'_>, ids: &[ActivityId]) -> Result<Vec<FoundRecord>, CrmError> {
    let mut records = Vec::new();
    for id in ids {
        records.extend(by_id(session, *id)?);
    }
    records.sort_by_key(|record| (record.created, record.id));
    Ok(records)
}

/// A `Message-ID` with and without brackets, as the column keeps it.
fn spellings(bare: &str) -> [String; 2] {
    let bracketed = format!("<{bare}>");
    [bare, &bracketed].map(|text| truncated(text, MESSAGE_ID_MAX).to_owned())
}

fn by_id(session: &Session<'_>, id: ActivityId) -> Result<Vec<FoundRecord>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT p.activityid, e.directioncode, e.sender, p.senton, p.createdon, \
         p.regardingobjectid, p.regardingobjectid_table FROM activitypointer p \
         LEFT JOIN email e ON e.activityid = p.activityid WHERE p.activityid = ?",
    )?;
    let rows = statement.query_map([blob(id.0)], record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn record(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<FoundRecord> {
    let outgoing: Option<bool> = row.get(1)?;
    let sender: Option<String> = row.get(2)?;
    let (about, table): (_, Option<String>) = (optional_id_at(row, 5)?, row.get(6)?);
    Ok(FoundRecord {
        id: ActivityId(id_at(row, 0)?),
        direction: if outgoing == Some(true) { Direction::Outgoing } else { Direction::Incoming },
        sender: sender.map(|sender| sender.to_lowercase()),
        sent: row.get::<_, Option<i64>>(3)?.map(Instant::from_millis),
        created: Instant::from_millis(row.get::<_, Option<i64>>(4)?.unwrap_or_default()),
        regarding: about.zip(table).map(|(id, table)| RecordRef { table, id }),
    })
}

fn linked_to(session: &Session<'_>, link: &CrmLink) -> Result<Option<ActivityId>, CrmError> {
    Ok(session
        .mapping(link)?
        .filter(|mapping| !mapping.is_unlinked)
        .map(|mapping| ActivityId(mapping.object)))
}

fn candidates(
    session: &Session<'_>,
    addresses: &[String],
) -> Result<BTreeMap<String, Vec<PartyCandidate>>, CrmError> {
    let mut found: BTreeMap<String, Vec<PartyCandidate>> = BTreeMap::new();
    if addresses.is_empty() {
        return Ok(found);
    }
    let list = serde_json::to_string(addresses)
        .map_err(|_| CrmError::unexpected("addresses cannot be listed"))?;
    let mut statement = session.tx.prepare_cached(&statement()?)?;
    let rows = statement.query_map(params![list, CANDIDATES_MAX], |row| {
        let owner = optional_id_at(row, 4)?.map(PrincipalId);
        let candidate = PartyCandidate {
            record: RecordRef { table: row.get(1)?, id: id_at(row, 2)? },
            is_active: row.get::<_, Option<bool>>(3)?.unwrap_or(true),
            owner,
            created: Instant::from_millis(row.get::<_, Option<i64>>(5)?.unwrap_or_default()),
            mail_owner: optional_id_at(row, 6)?.map(PrincipalId),
            may_own: false,
        };
        Ok((row.get::<_, String>(0)?, candidate))
    })?;
    let activities = find("activitypointer")?;
    for row in rows {
        let (address, mut candidate) = row?;
        if let Some(owner) = candidate.mail_owner {
            candidate.may_own = session.may(owner.0, activities, Right::Write)?;
        }
        found.entry(address.to_lowercase()).or_default().push(candidate);
    }
    Ok(found)
}

/// One statement over all tables with addresses; the oldest candidates of each address.
fn statement() -> Result<String, CrmError> {
    let mut parts = Vec::with_capacity(SOURCES.len());
    for (table, active, owner, mail, only) in SOURCES {
        let key = find(table)?.key;
        let mail = match *mail {
            NOBODY => NOBODY.to_owned(),
            owner => format!(
                "CASE WHEN EXISTS (SELECT 1 FROM mailbox m \
                 WHERE m.regardingobjectid = t.\"{key}\") THEN {owner} END"
            ),
        };
        parts.push(format!(
            "SELECT h.emailaddress AS address, '{table}' AS table_name, t.\"{key}\" AS id, \
             {active} AS active, {owner} AS owner, t.createdon AS created, \
             {mail} AS mail_owner \
             FROM hits h JOIN {table} t ON t.\"{key}\" = h.parentobjectid \
             WHERE h.parentobjectid_table = '{table}' AND {only}"
        ));
    }
    Ok(format!(
        "WITH hits AS MATERIALIZED (SELECT emailaddress, parentobjectid, parentobjectid_table \
         FROM emailsearch WHERE emailaddress IN (SELECT value FROM json_each(?1))), \
         found AS ({}) SELECT address, table_name, id, active, owner, created, mail_owner FROM ( \
         SELECT *, row_number() OVER (PARTITION BY address ORDER BY created, id) AS place \
         FROM found) WHERE place <= ?2 ORDER BY address, created, id",
        parts.join(" UNION ALL ")
    ))
}
