//! Pages of messages.

use super::{
    filter::Condition,
    folder,
    item::{COLUMNS, Item, read},
    operand::of_message,
};
use crate::error::Refusal;
use earmark_odata::OrderBy;
use earmark_sqlite::rusqlite::{Transaction, params_from_iter, types::Value};

/// Where messages are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// In the whole mailbox, Deleted Items included, Recoverable Items not.
    Mailbox,
    /// In one of these folders.
    Folders(Vec<i64>),
}

/// Which messages, in which order, and which part of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The user's row.
    pub user: i64,
    /// Where.
    pub extent: Extent,
    /// Conditions that all hold.
    pub conditions: Vec<Condition>,
    /// The order; empty stands for newest first.
    pub order: Vec<OrderBy>,
    /// How many to leave out.
    pub skip: u64,
    /// How many at most.
    pub top: u64,
}

/// One page, and whether more follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The messages.
    pub items: Vec<Item>,
    /// More follow.
    pub more: bool,
}

/// Reads one page.
pub fn page(tx: &Transaction<'_>, selection: &Selection) -> Result<Page, Refusal> {
    let (from, mut values) = source(tx, selection)?;
    let order = order_by(&selection.order)?;
    let sql = format!("SELECT {COLUMNS} {from} ORDER BY {order} LIMIT ? OFFSET ?");
    let top = i64::try_from(selection.top).unwrap_or(i64::MAX - 1);
    values.push(Value::Integer(top + 1));
    values.push(Value::Integer(i64::try_from(selection.skip).unwrap_or(i64::MAX)));
    let mut items: Vec<Item> = tx
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), read)?
        .collect::<Result<_, _>>()?;
    let wanted = usize::try_from(top).unwrap_or(usize::MAX);
    let more = items.len() > wanted;
    items.truncate(wanted);
    Ok(Page { items, more })
}

/// How many messages there are in all.
pub fn count(tx: &Transaction<'_>, selection: &Selection) -> Result<i64, Refusal> {
    let (from, values) = source(tx, selection)?;
    let sql = format!("SELECT count(*) {from}");
    Ok(tx.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

fn source(tx: &Transaction<'_>, selection: &Selection) -> Result<(String, Vec<Value>), Refusal> {
    let mut sql = "FROM message m WHERE m.user = ?".to_owned();
    let mut values = vec![Value::Integer(selection.user)];
    let (word, folders) = match &selection.extent {
        Extent::Folders(rows) => ("IN", rows.clone()),
        Extent::Mailbox => {
            let top = folder::well_known(tx, selection.user, folder::RECOVERABLE)?;
            ("NOT IN", folder::below(tx, selection.user, &[top])?)
        }
    };
    let marks = vec!["?"; folders.len()].join(", ");
    sql.push_str(&format!(" AND m.folder {word} ({marks})"));
    values.extend(folders.into_iter().map(Value::Integer));
    for condition in &selection.conditions {
        sql.push_str(&format!(" AND ({})", condition.sql));
        values.extend(condition.values.iter().cloned());
    }
    Ok((sql, values))
}

/// The row comes last in every order, so that pages neither lose nor double an item.
fn order_by(order: &[OrderBy]) -> Result<String, Refusal> {
    if order.is_empty() {
        return Ok("m.received_ms DESC, m.id DESC".to_owned());
    }
    let mut terms = Vec::new();
    for term in order {
        let name = term.path.join("/");
        let operand = of_message(&term.path).ok_or_else(|| {
            Refusal::bad_query(format!(
                "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Message'."
            ))
        })?;
        terms.push(format!("{}{}", operand.sql, if term.descending { " DESC" } else { "" }));
    }
    let last = if order.iter().all(|term| term.descending) { "m.id DESC" } else { "m.id" };
    terms.push(last.to_owned());
    Ok(terms.join(", "))
}
