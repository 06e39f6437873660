//! Reading many rows: one statement for the rows, one for the count.

use super::{
    Session,
    access::Right,
    filter::Writer,
    find,
    page::{self, OrderedBy},
    read::wanted,
    sql,
};
use crate::{
    error::CrmError,
    request::{COUNT_MAX, Query, Response},
    schema::{Column, Table},
    value::Row,
};
use earmark_sqlite::rusqlite::{params_from_iter, types::Value as Sql};

impl Session<'_> {
    /// The rows that pass, as far as the caller may read them.
    pub(super) fn query(&self, query: &Query) -> Result<Response, CrmError> {
        let table = find(&query.table)?;
        let reach = self.require(table, Right::Read)?;
        let columns = wanted(table, query.columns.as_deref())?;
        let mut writer = Writer::default();
        let mut condition = writer.condition(table, "t", &query.filter)?;
        if let Some((reached, parameters)) = self.reach(table, &reach, "t") {
            condition = format!("{condition} AND {reached}");
            writer.parameters.extend(parameters);
        }
        let total = if query.count {
            Some(self.count(table, &condition, &writer.parameters)?)
        } else {
            None
        };
        let (rows, next) = self.rows(table, query, &columns, condition, writer)?;
        Ok(Response::Rows {
            rows,
            next,
            total: total.map(|total| total.min(COUNT_MAX)),
            total_exceeded: total.is_some_and(|total| total > COUNT_MAX),
        })
    }

    fn count(&self, table: &Table, condition: &str, given: &[Sql]) -> Result<u64, CrmError> {
        let text = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} t WHERE {condition} LIMIT {})",
            table.logical,
            COUNT_MAX + 1
        );
        let total: i64 =
            self.tx.prepare_cached(&text)?.query_row(params_from_iter(given), |row| row.get(0))?;
        Ok(u64::try_from(total).unwrap_or_default())
    }

    fn rows(
        &self,
        table: &'static Table,
        query: &Query,
        columns: &[&'static Column],
        mut condition: String,
        mut writer: Writer,
    ) -> Result<(Vec<Row>, Option<String>), CrmError> {
        let order = ordered_by(table, query, &mut writer)?;
        if let Some(token) = &query.after {
            let (text, parameters) = page::after(token, &order)?;
            condition = format!("{condition} AND {text}");
            writer.parameters.extend(parameters);
        }
        let clauses: Vec<String> = order.iter().map(OrderedBy::clause).collect();
        let marks: Vec<&str> = order.iter().map(|by| by.text.as_str()).collect();
        // One row more than asked tells whether there is a next page.
        let limit = query
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        let text = format!(
            "SELECT {}, {} FROM {} t WHERE {condition} ORDER BY {} LIMIT {limit}",
            sql::select_list(columns, "t"),
            marks.join(", "),
            table.logical,
            clauses.join(", ")
        );
        let mut statement = self.tx.prepare_cached(&text)?;
        let first_mark = statement.column_count() - order.len();
        let mut cursor = statement.query(params_from_iter(writer.parameters))?;
        let (mut rows, mut last) = (Vec::new(), Vec::new());
        while let Some(row) = cursor.next()? {
            if query.limit.is_some_and(|limit| rows.len() as u64 >= limit) {
                return Ok((rows, Some(page::token(last))));
            }
            rows.push(sql::decode(row, columns)?);
            last = (first_mark..first_mark + order.len())
                .map(|index| row.get(index))
                .collect::<Result<Vec<Sql>, _>>()?;
        }
        Ok((rows, None))
    }
}

fn ordered_by(
    table: &'static Table,
    query: &Query,
    writer: &mut Writer,
) -> Result<Vec<OrderedBy>, CrmError> {
    let mut order = Vec::with_capacity(query.order.len() + 1);
    for by in &query.order {
        let reached = writer.reach(table, "t", &by.column)?;
        order.push(OrderedBy {
            text: reached.text,
            column: reached.column,
            descending: by.descending,
        });
    }
    let key = writer.reach(table, "t", &[table.key.to_owned()])?;
    order.push(OrderedBy { text: key.text, column: key.column, descending: false });
    Ok(order)
}
