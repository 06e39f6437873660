//! Between rows and nouns: one link, one failure note, one request.

use crate::StoreError;
use earmark_model::{
    ActivityId, Baseline, CategoryName, CrmEdits, CrmSide, Direction, FailureNote, Field, Instant,
    ItemHandle, ItemKind, ItemState, Link, LinkKey, MailboxId, OrganizationId, OwnWrite,
    PrincipalId, Regarding, Request, RequestOrigin, RequestWish, SeriesMember, SyncedField,
    UndeliverableMark, Version,
};
use earmark_sqlite::rusqlite::{
    Error, Row,
    types::{FromSql, Type},
};
use uuid::Uuid;

/// The start of every statement that reads links with [`link`].
pub(super) const SELECT_LINK: &str = "SELECT link.id, organization.guid, unit.mailbox, handle, \
    kind, source_key, direction, discriminator, message_id, activity, baseline, crm, \
    owes_category, ignored, uncategorized, own_base, own_result, confirmed_name, attempts, \
    link.not_before, link.failure_class, link.failure_code, link.failure_detail, undeliverable, \
    linked_at, state, reason, changed_at, request_wish, request_regarding, request_table, \
    request_record, request_origin, request_accepted_for, request_at, series_master, \
    original_start, is_organizer, seen_bearing, synced_version, synced_hash, time_zone, \
    back_linked, synced_fields, record_modified, crm_edits, merged_edits, edit_answer, edit_held, edit_guessed \
    FROM link CROSS JOIN unit ON unit.id = link.unit \
    CROSS JOIN organization ON organization.id = unit.organization";

/// The columns of a row, one after the other.
pub(super) struct Columns<'row> {
    row: &'row Row<'row>,
    next: usize,
}

impl<'row> Columns<'row> {
    pub(super) fn new(row: &'row Row<'row>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, Error> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    pub(super) fn instant(&mut self) -> Result<Option<Instant>, Error> {
        Ok(self.take::<Option<i64>>()?.map(Instant::from_millis))
    }

    pub(super) fn uuid(&mut self) -> Result<Option<Uuid>, Error> {
        Ok(self.take::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    /// A column whose values are words of a closed list.
    pub(super) fn word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        match self.take::<Option<String>>()? {
            None => Ok(None),
            Some(word) => parse(&word).map(Some).ok_or_else(|| self.unknown(&word)),
        }
    }

    pub(super) fn required<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<T, Error> {
        self.word(parse)?.ok_or_else(|| self.unknown("NULL"))
    }

    pub(super) fn failure(&mut self) -> Result<Option<FailureNote>, Error> {
        let (class, code, detail): (Option<String>, Option<String>, Option<String>) =
            (self.take()?, self.take()?, self.take()?);
        Ok(class.map(|class| FailureNote {
            class,
            code: code.unwrap_or_default(),
            detail: detail.unwrap_or_default(),
        }))
    }

    fn unknown(&self, value: &str) -> Error {
        let text = format!("`{value}` is not a value of this column");
        Error::FromSqlConversionFailure(self.next.saturating_sub(1), Type::Text, text.into())
    }
}

/// The ledger id and the link of a row of [`SELECT_LINK`].
pub(super) fn link(row: &Row<'_>) -> Result<(i64, Link), Error> {
    let mut columns = Columns::new(row);
    let id = columns.take()?;
    let key = LinkKey {
        organization: OrganizationId(Uuid::from_bytes(columns.take()?)),
        mailbox: MailboxId(Uuid::from_bytes(columns.take()?)),
        handle: ItemHandle(columns.take()?),
    };
    Ok((
        id,
        Link {
            key,
            kind: columns.required(ItemKind::parse)?,
            source_key: columns.take()?,
            direction: columns.word(Direction::parse)?,
            discriminator: columns.take()?,
            message_id: columns.take()?,
            activity: columns.uuid()?.map(ActivityId),
            baseline: if columns.take()? { Baseline::Tracked } else { Baseline::Untracked },
            crm: crm_side(columns.take()?),
            owes_category: columns.take()?,
            ignored: columns.take()?,
            uncategorized: columns.take()?,
            own_write: own_write(&mut columns)?,
            confirmed_name: columns.take::<Option<String>>()?.map(CategoryName::new),
            attempts: columns.take()?,
            not_before: columns.instant()?,
            failure: columns.failure()?,
            undeliverable: undeliverable(columns.take()?),
            linked_at: columns.instant()?,
            state: columns.required(ItemState::parse)?,
            reason: columns.take()?,
            changed_at: Instant::from_millis(columns.take()?),
            request: request(&mut columns)?,
            series: series(&mut columns)?,
            is_organizer: columns.take()?,
            seen_bearing: columns.take()?,
            synced_version: columns.take::<Option<String>>()?.map(Version),
            synced_hash: columns.take::<Option<i64>>()?.map(i64::cast_unsigned),
            time_zone: columns.take()?,
            back_linked: columns.take()?,
            synced_fields: fields(&columns.take::<String>()?),
            record_modified: columns.instant()?,
            edits: CrmEdits {
                told: columns.take()?,
                merged: columns.take()?,
                answer: columns.take()?,
                is_held: columns.take()?,
                is_guess: columns.take()?,
            },
        },
    ))
}

fn own_write(columns: &mut Columns<'_>) -> Result<Option<OwnWrite>, Error> {
    let (base, result): (Option<String>, Option<String>) = (columns.take()?, columns.take()?);
    Ok(base.map(|base| OwnWrite { base: Version(base), result: result.map(Version) }))
}

fn series(columns: &mut Columns<'_>) -> Result<Option<SeriesMember>, Error> {
    let (master, original_start): (Option<String>, _) = (columns.take()?, columns.instant()?);
    Ok(master.zip(original_start).map(|(master, original_start)| SeriesMember {
        master: ItemHandle(master),
        original_start,
    }))
}

/// Fields as the column keeps them: a line for each, with its word and two hashes.
pub(super) fn fields_text(fields: &[SyncedField]) -> String {
    let line = |synced: &SyncedField| {
        format!("{} {} {}", synced.field.as_str(), synced.item, synced.record)
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What [`fields_text`] wrote; a line that is not understood is left out.
fn fields(text: &str) -> Vec<SyncedField> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        Some(SyncedField {
            field: Field::parse(words.next()?)?,
            item: words.next()?.parse().ok()?,
            record: words.next()?.parse().ok()?,
        })
    };
    text.lines().filter_map(line).collect()
}

pub(super) const fn crm_number(side: CrmSide) -> i64 {
    match side {
        CrmSide::NotLinked => 0,
        CrmSide::Linked => 1,
        CrmSide::RecordDeleted => 2,
    }
}

fn crm_side(number: i64) -> CrmSide {
    match number {
        1 => CrmSide::Linked,
        2 => CrmSide::RecordDeleted,
        _ => CrmSide::NotLinked,
    }
}

pub(super) const fn undeliverable_number(mark: UndeliverableMark) -> i64 {
    match mark {
        UndeliverableMark::None => 0,
        UndeliverableMark::Intended => 1,
        UndeliverableMark::Marked => 2,
    }
}

fn undeliverable(number: i64) -> UndeliverableMark {
    match number {
        1 => UndeliverableMark::Intended,
        2 => UndeliverableMark::Marked,
        _ => UndeliverableMark::None,
    }
}

/// A request as the columns of its link have it, in the order of the table.
pub(super) struct RequestColumns {
    pub(super) wish: &'static str,
    pub(super) regarding: Option<&'static str>,
    pub(super) table: Option<String>,
    pub(super) record: Option<[u8; 16]>,
    pub(super) origin: &'static str,
    pub(super) accepted_for: Option<[u8; 16]>,
}

impl From<&Request> for RequestColumns {
    fn from(request: &Request) -> Self {
        let (wish, regarding) = match &request.wish {
            RequestWish::Track { regarding } => ("track", regarding.as_ref()),
            RequestWish::Untrack => ("untrack", None),
        };
        let record = regarding.and_then(Option::as_ref);
        let (origin, accepted_for) = match &request.origin {
            RequestOrigin::Person => ("person", None),
            RequestOrigin::Automatic { accepted_for } => ("automatic", Some(accepted_for)),
            RequestOrigin::Copy => ("copy", None),
        };
        Self {
            wish,
            regarding: regarding.map(|to| if to.is_some() { "set" } else { "none" }),
            table: record.map(|record| record.table.clone()),
            record: record.map(|record| record.id.into_bytes()),
            origin,
            accepted_for: accepted_for.map(|principal| principal.0.into_bytes()),
        }
    }
}

fn request(columns: &mut Columns<'_>) -> Result<Option<Request>, Error> {
    let (wish, regarding, table): (Option<String>, Option<String>, Option<String>) =
        (columns.take()?, columns.take()?, columns.take()?);
    let record = columns.uuid()?;
    let origin: Option<String> = columns.take()?;
    let (accepted_for, at) = (columns.uuid()?, columns.instant()?);
    let (Some(wish), Some(at)) = (wish, at) else { return Ok(None) };
    let wish = match wish.as_str() {
        "untrack" => RequestWish::Untrack,
        _ => RequestWish::Track {
            regarding: regarding
                .map(|_| table.zip(record).map(|(table, id)| Regarding { table, id })),
        },
    };
    let origin = match (origin.as_deref(), accepted_for) {
        (Some("automatic"), Some(principal)) => {
            RequestOrigin::Automatic { accepted_for: PrincipalId(principal) }
        }
        (Some("copy"), _) => RequestOrigin::Copy,
        _ => RequestOrigin::Person,
    };
    Ok(Some(Request { wish, origin, at }))
}

/// What a failed conversion is to the caller.
pub(super) fn all<T>(rows: impl Iterator<Item = Result<T, Error>>) -> Result<Vec<T>, StoreError> {
    Ok(rows.collect::<Result<_, _>>()?)
}
