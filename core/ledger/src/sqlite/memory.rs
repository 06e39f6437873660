//! What is remembered about a mailbox or an organization as a whole.

use super::{keys, rows, rows::Columns};
use crate::{
    AcceptanceMemory, CategoryMemory, ComparisonMemory, CrmPause, DelegatesMemory, MailboxMemory,
    OrganizationMemory, StampMemory, StoreError, TestMemory, Unit,
};
use earmark_model::{CategoryColor, CategoryId, CategoryName, Instant, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, Error, OptionalExtension, Row, params};

const TRACKED: &str = "tracked";
const UNDELIVERABLE: &str = "undeliverable";

pub(super) fn mailbox(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<MailboxMemory, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(MailboxMemory::default());
    };
    let memory = tx
        .prepare_cached(
            "SELECT tracked_id, tracked_name, tracked_color, undeliverable_id,
                    undeliverable_name, undeliverable_color, checkpoint, swept_at, bearers,
                    unsettled_until, saw_switch_off, not_before, circuit_opened,
                    circuit_failures, last_success, failure_class, failure_code, failure_detail,
                    regular_due, accepts_since, accepts_not_at, arrived_until, watermark,
                    watermark_at, delegates, delegates_read, delegate_differs,
                    stamp_read, stamp_anothers, tested_at, test_incoming, test_act
               FROM mailbox_memory WHERE unit = ?1",
        )?
        .query_row([unit], mailbox_row)
        .optional()?;
    let comparison = comparison(tx, unit)?;
    let Some(mut memory) = memory else {
        return Ok(MailboxMemory { comparison, ..MailboxMemory::default() });
    };
    memory.comparison = comparison;
    for (name, category) in
        [(TRACKED, &mut memory.tracked), (UNDELIVERABLE, &mut memory.undeliverable)]
    {
        if let Some(category) = category {
            category.previous_names = previous_names(tx, unit, name)?;
        }
    }
    Ok(memory)
}

fn comparison(tx: &Connection, unit: i64) -> Result<ComparisonMemory, StoreError> {
    let counts = tx
        .prepare_cached("SELECT comparisons, compared FROM unit WHERE id = ?1")?
        .query_row([unit], |row| Ok(ComparisonMemory { wanted: row.get(0)?, done: row.get(1)? }))?;
    Ok(counts)
}

fn mailbox_row(row: &Row<'_>) -> Result<MailboxMemory, Error> {
    let mut columns = Columns::new(row);
    Ok(MailboxMemory {
        tracked: category(&mut columns)?,
        undeliverable: category(&mut columns)?,
        checkpoint: columns.take()?,
        swept_at: columns.instant()?,
        bearers: u64::try_from(columns.take::<i64>()?).unwrap_or(0),
        unsettled_until: columns.instant()?,
        saw_switch_off: columns.take()?,
        not_before: columns.instant()?,
        circuit_opened: columns.instant()?,
        circuit_failures: columns.take()?,
        last_success: columns.instant()?,
        last_failure: columns.failure()?,
        regular_due: columns.instant()?,
        acceptance: AcceptanceMemory {
            since: columns.instant()?,
            closed_at: columns.instant()?,
            arrived_until: columns.instant()?,
            watermark: columns.instant()?,
            watermark_at: columns.instant()?,
        },
        delegates: DelegatesMemory {
            mailboxes: mailboxes(&columns.take::<String>()?),
            read_at: columns.instant()?,
            differs: columns.take()?,
        },
        stamp: StampMemory { read_at: columns.instant()?, is_anothers: columns.take()? },
        test: TestMemory {
            at: columns.instant()?,
            incoming: columns.take()?,
            act: columns.take()?,
        },
        comparison: ComparisonMemory::default(),
    })
}

fn category(columns: &mut Columns<'_>) -> Result<Option<CategoryMemory>, Error> {
    let (id, name, color): (Option<String>, Option<String>, Option<u8>) =
        (columns.take()?, columns.take()?, columns.take()?);
    Ok(name.map(|name| CategoryMemory {
        id: id.map(CategoryId),
        name: CategoryName::new(name),
        color: color.map_or(CategoryColor::None, CategoryColor::Preset),
        previous_names: Vec::new(),
    }))
}

fn previous_names(
    tx: &Connection,
    unit: i64,
    category: &str,
) -> Result<Vec<CategoryName>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT name FROM previous_name WHERE unit = ?1 AND category = ?2 ORDER BY position",
    )?;
    rows::all(statement.query_map(params![unit, category], |row| {
        Ok(CategoryName::new(row.get::<_, String>(0)?))
    })?)
}

pub(super) fn put_mailbox(
    tx: &Connection,
    unit: i64,
    memory: &MailboxMemory,
) -> Result<(), StoreError> {
    let (tracked, undeliverable) = (memory.tracked.as_ref(), memory.undeliverable.as_ref());
    let failure = memory.last_failure.as_ref();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO mailbox_memory
            (unit, tracked_id, tracked_name, tracked_color, undeliverable_id,
             undeliverable_name, undeliverable_color, checkpoint, swept_at, bearers,
             unsettled_until, saw_switch_off, not_before, circuit_opened, circuit_failures,
             last_success, failure_class, failure_code, failure_detail, regular_due,
             accepts_since, accepts_not_at, arrived_until, watermark, watermark_at, delegates,
             delegates_read, delegate_differs, stamp_read, stamp_anothers, tested_at,
             test_incoming, test_act)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                 ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)",
    )?
    .execute(params![
        unit,
        tracked.and_then(|category| category.id.as_ref()).map(CategoryId::as_str),
        tracked.map(|category| category.name.as_str()),
        tracked.and_then(|category| preset(category.color)),
        undeliverable.and_then(|category| category.id.as_ref()).map(CategoryId::as_str),
        undeliverable.map(|category| category.name.as_str()),
        undeliverable.and_then(|category| preset(category.color)),
        memory.checkpoint,
        millis(memory.swept_at),
        i64::try_from(memory.bearers).unwrap_or(i64::MAX),
        millis(memory.unsettled_until),
        memory.saw_switch_off,
        millis(memory.not_before),
        millis(memory.circuit_opened),
        memory.circuit_failures,
        millis(memory.last_success),
        failure.map(|note| note.class.as_str()),
        failure.map(|note| note.code.as_str()),
        failure.map(|note| note.detail.as_str()),
        millis(memory.regular_due),
        millis(memory.acceptance.since),
        millis(memory.acceptance.closed_at),
        millis(memory.acceptance.arrived_until),
        millis(memory.acceptance.watermark),
        millis(memory.acceptance.watermark_at),
        ids(&memory.delegates.mailboxes),
        millis(memory.delegates.read_at),
        memory.delegates.differs,
        millis(memory.stamp.read_at),
        memory.stamp.is_anothers,
        millis(memory.test.at),
        memory.test.incoming,
        memory.test.act,
    ])?;
    tx.prepare_cached("UPDATE unit SET compared = ?2 WHERE id = ?1 AND compared <> ?2")?
        .execute(params![unit, memory.comparison.done])?;
    tx.prepare_cached("DELETE FROM previous_name WHERE unit = ?1")?.execute([unit])?;
    for (name, category) in [(TRACKED, tracked), (UNDELIVERABLE, undeliverable)] {
        put_previous_names(tx, unit, name, category)?;
    }
    Ok(())
}

fn put_previous_names(
    tx: &Connection,
    unit: i64,
    name: &str,
    category: Option<&CategoryMemory>,
) -> Result<(), StoreError> {
    let names = category.map_or(&[][..], |category| &category.previous_names);
    for (position, previous) in (0_i64..).zip(names) {
        tx.prepare_cached("INSERT INTO previous_name VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![unit, name, position, previous.as_str()])?;
    }
    Ok(())
}

pub(super) fn organization(
    tx: &Connection,
    organization: OrganizationId,
) -> Result<OrganizationMemory, StoreError> {
    let memory = tx
        .prepare_cached(
            "SELECT checkpoint, not_before, circuit_opened, circuit_failures, last_success,
                    failure_class, failure_code, failure_detail
               FROM organization WHERE guid = ?1",
        )?
        .query_row([organization.0.as_bytes().as_slice()], |row| {
            let mut columns = Columns::new(row);
            Ok(OrganizationMemory {
                checkpoint: columns.take()?,
                pause: CrmPause {
                    not_before: columns.instant()?,
                    circuit_opened: columns.instant()?,
                    circuit_failures: columns.take()?,
                },
                last_success: columns.instant()?,
                last_failure: columns.failure()?,
            })
        })
        .optional()?;
    Ok(memory.unwrap_or_default())
}

/// Records the pause of an organization. Its mailboxes find it out while it reads its own memory,
/// so the two are never written together.
pub(super) fn put_pause(tx: &Connection, row: i64, pause: CrmPause) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE organization SET not_before = ?2, circuit_opened = ?3, circuit_failures = ?4
          WHERE id = ?1",
    )?
    .execute(params![
        row,
        millis(pause.not_before),
        millis(pause.circuit_opened),
        pause.circuit_failures,
    ])?;
    Ok(())
}

pub(super) fn put_organization(
    tx: &Connection,
    row: i64,
    memory: &OrganizationMemory,
) -> Result<(), StoreError> {
    let failure = memory.last_failure.as_ref();
    tx.prepare_cached(
        "UPDATE organization
            SET checkpoint = ?2, last_success = ?3, failure_class = ?4, failure_code = ?5,
                failure_detail = ?6
          WHERE id = ?1",
    )?
    .execute(params![
        row,
        memory.checkpoint,
        millis(memory.last_success),
        failure.map(|note| note.class.as_str()),
        failure.map(|note| note.code.as_str()),
        failure.map(|note| note.detail.as_str()),
    ])?;
    Ok(())
}

fn ids(mailboxes: &[MailboxId]) -> String {
    mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn mailboxes(ids: &str) -> Vec<MailboxId> {
    ids.split(' ').filter_map(|id| id.parse().ok().map(MailboxId)).collect()
}

fn millis(at: Option<Instant>) -> Option<i64> {
    at.map(Instant::as_millis)
}

fn preset(color: CategoryColor) -> Option<u8> {
    match color {
        CategoryColor::None => None,
        CategoryColor::Preset(number) => Some(number),
    }
}
