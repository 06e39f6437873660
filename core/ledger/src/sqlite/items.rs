//! Items as people list them: in pages, by mailbox, `Message-ID`, state or handle.

use super::{keys, rows};
use crate::{ItemPage, ItemQuery, StoreError, Trouble, Unit};
use earmark_model::{ItemState, Link, OrganizationId, identity};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, ToSql, params};

pub(super) fn item(
    tx: &Connection,
    organization: OrganizationId,
    id: i64,
) -> Result<Link, StoreError> {
    let sql = format!("{} WHERE link.id = ?1 AND organization.guid = ?2", rows::SELECT_LINK);
    let found = tx
        .prepare_cached(&sql)?
        .query_row(params![id, organization.0.as_bytes().as_slice()], rows::link)
        .optional()?;
    found.map(|(_, link)| link).ok_or(StoreError::NotFound)
}

pub(super) fn page(
    tx: &Connection,
    organization: OrganizationId,
    query: &ItemQuery,
) -> Result<ItemPage, StoreError> {
    let nothing = ItemPage { items: Vec::new(), next: None };
    let Some(row) = keys::organization(tx, organization)? else { return Ok(nothing) };
    let mut conditions = Conditions::default();
    conditions.add("link.id > ?", query.cursor.unwrap_or(0));
    conditions.add("unit.organization = ?", row);
    if let Some(mailbox) = query.mailbox {
        let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
            return Ok(nothing);
        };
        conditions.add("link.unit = ?", unit);
    }
    let bare = query.message_id.as_deref().map(identity::bare_message_id);
    if let Some(bare) = bare {
        conditions.add("link.message_hash = ?", keys::hash(&[bare]));
    }
    // The indices of what is rare are used only where the condition stands in the statement.
    let is_refused = query.reason.as_deref() == Some(Trouble::REFUSED);
    match query.state {
        Some(ItemState::NotTracked) if is_refused => conditions.texts.push(REFUSED),
        Some(state) => match RARE.iter().find(|(rare, _)| *rare == state) {
            Some((_, text)) => conditions.texts.push(text),
            None => conditions.add("link.state = ?", state.as_str()),
        },
        None => {}
    }
    if let Some(reason) = &query.reason {
        conditions.add("link.reason = ?", reason.clone());
    }
    if let Some(handle) = &query.handle {
        conditions.add("link.hash = ?", keys::hash(&[handle]));
        conditions.add("link.handle = ?", handle.clone());
    }
    let limit = query.limit.max(1);
    conditions.values.push(Box::new(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)));
    let sql = format!(
        "{} WHERE {} ORDER BY link.id LIMIT ?",
        rows::SELECT_LINK,
        conditions.texts.join(" AND ")
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let values = conditions.values.iter().map(AsRef::as_ref).collect::<Vec<&dyn ToSql>>();
    let mut items = rows::all(statement.query_map(values.as_slice(), rows::link)?)?;
    let next = (items.len() > limit).then(|| items[limit - 1].0);
    items.truncate(limit);
    if let Some(bare) = bare {
        items.retain(|(_, link)| {
            link.message_id.as_deref().map(identity::bare_message_id) == Some(bare)
        });
    }
    Ok(ItemPage { items, next })
}

/// The states of [`Trouble::STATES`] as conditions; the index `link_troubled` has the same.
const RARE: [(ItemState, &str); 5] = [
    (ItemState::Pending, "link.state = 'pending'"),
    (ItemState::Retrying, "link.state = 'retrying'"),
    (ItemState::Undeliverable, "link.state = 'undeliverable'"),
    (ItemState::Held, "link.state = 'held'"),
    (ItemState::RecordDeleted, "link.state = 'record_deleted'"),
];

/// [`Trouble::REFUSED`] as a condition; the index `link_refused` has the same.
const REFUSED: &str = "link.state = 'not_tracked' AND link.reason = 'refused_for_good'";

/// How many items wait or have failed, by state and reason, the most first.
pub(super) fn troubles(
    tx: &Connection,
    organization: OrganizationId,
) -> Result<Vec<Trouble>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT link.state, link.reason, count(*), count(DISTINCT link.unit)
           FROM link
           JOIN unit ON unit.id = link.unit
           JOIN organization ON organization.id = unit.organization
          WHERE link.state IN ('pending', 'retrying', 'undeliverable', 'held', 'record_deleted')
            AND organization.guid = ?1
          GROUP BY link.state, link.reason
          UNION ALL
         SELECT 'not_tracked', 'refused_for_good', count(*), count(DISTINCT link.unit)
           FROM link
           JOIN unit ON unit.id = link.unit
           JOIN organization ON organization.id = unit.organization
          WHERE link.state = 'not_tracked' AND link.reason = 'refused_for_good'
            AND organization.guid = ?1
         HAVING count(*) > 0
          ORDER BY 3 DESC, 1, 2",
    )?;
    let found = statement.query_map([organization.0.as_bytes().as_slice()], |row| {
        let state: String = row.get(0)?;
        Ok((state, row.get(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let trouble = |(state, reason, items, mailboxes): (String, String, i64, i64)| {
        Some(Trouble {
            state: ItemState::parse(&state)?,
            reason,
            items: items.unsigned_abs(),
            mailboxes: mailboxes.unsigned_abs(),
        })
    };
    Ok(rows::all(found)?.into_iter().filter_map(trouble).collect())
}

/// Conditions of a statement with their values, in order.
#[derive(Default)]
struct Conditions {
    texts: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    fn add(&mut self, text: &'static str, value: impl ToSql + 'static) {
        self.texts.push(text);
        self.values.push(Box::new(value));
    }
}
