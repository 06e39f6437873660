//! What a partial cycle needs of a mailbox, found by key instead of by reading all of it.

use super::{copies, decisions, keys, memory, rows, rows::Columns};
use crate::{Glimpse, StoreError, Tombstone, Unit};
use earmark_model::{Direction, ItemHandle, Link, MailboxId, OrganizationId, identity};
use earmark_sqlite::rusqlite::{Connection, params};

/// The links that wait for something: word for word the condition of the index `link_waiting`.
const WAITS: &str = "(request_at IS NOT NULL OR owes_category = 1 OR undeliverable = 1 \
    OR state IN ('pending', 'retrying') OR (baseline = 1 AND crm <> 1) OR crm_edits <> merged_edits)";

pub(super) fn glimpse(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
    handles: &[ItemHandle],
) -> Result<Glimpse, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Glimpse::default());
    };
    let mut links = waiting(tx, unit)?;
    let mut by_key = tx.prepare_cached(&format!(
        "{} WHERE link.unit = ?1 AND link.hash = ?2 AND handle = ?3",
        rows::SELECT_LINK
    ))?;
    for handle in handles {
        if links.iter().any(|link| link.key.handle == *handle) {
            continue;
        }
        let key = params![unit, keys::hash(&[handle.as_str()]), handle.as_str()];
        let found = by_key.query_map(key, |row| rows::link(row).map(|(_, link)| link))?;
        links.extend(rows::all(found)?);
    }
    Ok(Glimpse {
        memory: memory::mailbox(tx, organization, mailbox)?,
        links,
        held: decisions::held(tx, organization, mailbox)?,
        expected: copies::open_in(tx, organization, mailbox)?,
    })
}

fn waiting(tx: &Connection, unit: i64) -> Result<Vec<Link>, StoreError> {
    let mut statement = tx.prepare_cached(&waiting_statement())?;
    rows::all(statement.query_map([unit], |row| rows::link(row).map(|(_, link)| link))?)
}

fn waiting_statement() -> String {
    format!("{} WHERE link.unit = ?1 AND {WAITS} ORDER BY handle", rows::SELECT_LINK)
}

pub(super) fn alike(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
    message_ids: &[String],
    source_keys: &[String],
) -> Result<(Vec<Link>, Vec<Tombstone>), StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let mut links = Vec::new();
    let mut by_message = tx.prepare_cached(&format!(
        "{} WHERE link.message_hash = ?1 AND link.unit = ?2 ORDER BY handle",
        rows::SELECT_LINK
    ))?;
    for message_id in message_ids {
        let key = params![keys::hash(&[message_id]), unit];
        let found = by_message.query_map(key, |row| rows::link(row).map(|(_, link)| link))?;
        let same = |link: &Link| {
            link.message_id.as_deref().map(identity::bare_message_id) == Some(message_id.as_str())
        };
        links.extend(rows::all(found)?.into_iter().filter(same));
    }
    let mut stones = Vec::new();
    let mut by_source = tx.prepare_cached(
        "SELECT source_key, direction FROM tombstone
          WHERE unit = ?1 AND hash = ?2 AND source_key = ?3 ORDER BY direction",
    )?;
    for source_key in source_keys {
        let key = params![unit, keys::hash(&[source_key]), source_key];
        let found = by_source.query_map(key, |row| {
            let mut columns = Columns::new(row);
            Ok(Tombstone {
                mailbox,
                source_key: columns.take()?,
                direction: columns.required(Direction::parse)?,
            })
        })?;
        stones.extend(rows::all(found)?);
    }
    Ok((links, stones))
}

/// How many links of one mailbox have baseline 1.
pub(super) fn tracked_in(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<u64, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else { return Ok(0) };
    let count: i64 = tx
        .prepare_cached("SELECT count(*) FROM link WHERE unit = ?1 AND baseline = 1")?
        .query_row([unit], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{super::schema::SCHEMA, waiting_statement};
    use earmark_sqlite::rusqlite::Connection;

    #[test]
    fn what_waits_is_found_through_its_index() {
        let connection = Connection::open_in_memory().expect("memory");
        for migration in SCHEMA.migrations {
            connection.execute_batch(migration).expect("migration");
        }
        let plan: String = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", waiting_statement()))
            .expect("statement")
            .query_map([1], |row| row.get::<_, String>(3))
            .expect("plan")
            .map(|line| line.expect("line"))
            .collect();
        assert!(plan.contains("link_waiting"), "{plan}");
    }
}
