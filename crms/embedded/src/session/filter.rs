//! A filter as a condition of SQL.

use super::{
    find,
    sql::{comparable, has_table, is_text},
};
use crate::{
    error::{CrmError, code},
    request::{Filter, Op},
    schema::{self, Column, Kind, Relation, Table, Tie},
    value::Value,
};
use earmark_sqlite::rusqlite::types::Value as Sql;

/// Units: filters inside filters. Deeper ones are refused rather than risking the stack.
const DEPTH_MAX: usize = 100;

/// Units: steps of a path through lookups.
const PATH_MAX: usize = 10;

/// Writes conditions, and collects their parameters in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub parameters: Vec<Sql>,
    aliases: usize,
    depth: usize,
}

/// A column reached from a row, as SQL.
pub(super) struct Reached {
    pub text: String,
    pub table: &'static Table,
    pub column: &'static Column,
}

impl Writer {
    /// The column at the end of `path`, from a row read as `alias`.
    pub fn reach(
        &mut self,
        table: &'static Table,
        alias: &str,
        path: &[String],
    ) -> Result<Reached, CrmError> {
        if path.len() > PATH_MAX {
            return Err(CrmError::new(code::INVALID_ARGUMENT, "a path has too many steps"));
        }
        let (step, rest) = path
            .split_first()
            .ok_or_else(|| CrmError::new(code::INVALID_ARGUMENT, "a comparison names no column"))?;
        if rest.is_empty() {
            let column = table
                .column(step)
                .or_else(|| table.navigation(step).map(|(column, _)| column))
                .ok_or_else(|| CrmError::no_column(table.logical, step))?;
            return Ok(Reached { text: format!("{alias}.\"{}\"", column.logical), table, column });
        }
        let (lookup, far) = hop(table, step)?;
        let far = find(far)?;
        let inner = self.alias();
        let reached = self.reach(far, &inner, rest)?;
        let only = if has_table(lookup) {
            format!(" AND {alias}.\"{}_table\" = '{}'", lookup.logical, far.logical)
        } else {
            String::new()
        };
        let text = format!(
            "(SELECT {} FROM {} {inner} WHERE {inner}.\"{}\" = {alias}.\"{}\"{only})",
            reached.text, far.logical, far.key, lookup.logical
        );
        Ok(Reached { text, ..reached })
    }

    /// The condition that `filter` puts on a row of `table` read as `alias`.
    pub fn condition(
        &mut self,
        table: &'static Table,
        alias: &str,
        filter: &Filter,
    ) -> Result<String, CrmError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CrmError::new(code::INVALID_ARGUMENT, "the filter is nested too deeply"));
        }
        let text = self.one(table, alias, filter)?;
        self.depth -= 1;
        Ok(text)
    }

    fn one(
        &mut self,
        table: &'static Table,
        alias: &str,
        filter: &Filter,
    ) -> Result<String, CrmError> {
        match filter {
            Filter::All => Ok("1".to_owned()),
            Filter::And(parts) => self.joined(table, alias, parts, " AND ", "1"),
            Filter::Or(parts) => self.joined(table, alias, parts, " OR ", "0"),
            Filter::Not(part) => Ok(format!("NOT ({})", self.condition(table, alias, part)?)),
            Filter::Compare { column, op, value } => self.compare(table, alias, column, *op, value),
            Filter::Contains { column, text } => {
                self.like(table, alias, column, format!("%{text}%"))
            }
            Filter::StartsWith { column, text } => {
                self.like(table, alias, column, format!("{text}%"))
            }
            Filter::EndsWith { column, text } => {
                self.like(table, alias, column, format!("%{text}"))
            }
            Filter::In { column, values } => self.one_of(table, alias, column, values),
            Filter::IsNull { column } => {
                Ok(format!("{} IS NULL", self.reach(table, alias, column)?.text))
            }
            Filter::Any { relation, filter } => self.many(table, alias, relation, filter, true),
            Filter::Every { relation, filter } => {
                Ok(format!("NOT {}", self.many(table, alias, relation, filter, false)?))
            }
        }
    }

    fn joined(
        &mut self,
        table: &'static Table,
        alias: &str,
        parts: &[Filter],
        word: &str,
        empty: &str,
    ) -> Result<String, CrmError> {
        if parts.is_empty() {
            return Ok(empty.to_owned());
        }
        let parts = parts
            .iter()
            .map(|part| self.condition(table, alias, part))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    fn compare(
        &mut self,
        table: &'static Table,
        alias: &str,
        path: &[String],
        op: Op,
        value: &Value,
    ) -> Result<String, CrmError> {
        let reached = self.reach(table, alias, path)?;
        let text = &reached.text;
        if value.is_null() {
            return Ok(match op {
                Op::Eq => format!("{text} IS NULL"),
                Op::Ne => format!("{text} IS NOT NULL"),
                Op::Gt | Op::Ge | Op::Lt | Op::Le => "0".to_owned(),
            });
        }
        self.parameters.push(comparable(reached.table, reached.column, value)?);
        let fold = if is_text(&reached.column.kind) { " COLLATE NOCASE" } else { "" };
        Ok(match op {
            Op::Eq => format!("{text} = ?{fold}"),
            // An empty column is not the value, as the product has it.
            Op::Ne => format!("({text} = ?{fold}) IS NOT TRUE"),
            Op::Gt => format!("{text} > ?{fold}"),
            Op::Ge => format!("{text} >= ?{fold}"),
            Op::Lt => format!("{text} < ?{fold}"),
            Op::Le => format!("{text} <= ?{fold}"),
        })
    }

    fn like(
        &mut self,
        table: &'static Table,
        alias: &str,
        path: &[String],
        pattern: String,
    ) -> Result<String, CrmError> {
        let reached = self.reach(table, alias, path)?;
        let name = reached.column.logical;
        if !matches!(reached.column.kind, Kind::Text { .. } | Kind::Memo { .. }) {
            return Err(CrmError::new(
                code::INVALID_ARGUMENT,
                format!("column '{name}' of '{}' is not text", reached.table.logical),
            ));
        }
        self.parameters.push(Sql::Text(pattern));
        Ok(format!("{} LIKE ?", reached.text))
    }

    fn one_of(
        &mut self,
        table: &'static Table,
        alias: &str,
        path: &[String],
        values: &[Value],
    ) -> Result<String, CrmError> {
        let reached = self.reach(table, alias, path)?;
        for value in values {
            self.parameters.push(comparable(reached.table, reached.column, value)?);
        }
        // The collation of an IN is that of its left side.
        let fold = if is_text(&reached.column.kind) { " COLLATE NOCASE" } else { "" };
        let marks = vec!["?"; values.len()].join(", ");
        Ok(format!("{}{fold} IN ({marks})", reached.text))
    }

    fn many(
        &mut self,
        table: &'static Table,
        alias: &str,
        name: &str,
        filter: &Filter,
        wanted: bool,
    ) -> Result<String, CrmError> {
        let relation: &Relation = schema::relation(table.logical, name)
            .ok_or_else(|| CrmError::no_column(table.logical, name))?;
        let far = find(relation.to)?;
        let inner = self.alias();
        let condition = self.condition(far, &inner, filter)?;
        let condition = if wanted { condition } else { format!("({condition}) IS NOT TRUE") };
        let from = relation.to;
        Ok(match relation.tie {
            Tie::Lookup(lookup) => format!(
                "EXISTS (SELECT 1 FROM {from} {inner} WHERE {inner}.\"{lookup}\" = {alias}.\"{}\" \
                 AND {condition})",
                table.key
            ),
            Tie::Intersect { table: between, near, far: far_id } => format!(
                "EXISTS (SELECT 1 FROM {from} {inner} JOIN {between} {inner}x \
                 ON {inner}x.\"{far_id}\" = {inner}.\"{}\" \
                 WHERE {condition} AND {inner}x.\"{near}\" = {alias}.\"{}\")",
                far.key, table.key
            ),
        })
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }
}

/// The lookup that a step of a path follows, and the table it leads to.
fn hop(table: &'static Table, step: &str) -> Result<(&'static Column, &'static str), CrmError> {
    if let Some(found) = table.navigation(step) {
        return Ok(found);
    }
    let column = table.column(step).ok_or_else(|| CrmError::no_column(table.logical, step))?;
    match column.targets() {
        [only] => Ok((column, only.table)),
        _ => Err(CrmError::new(
            code::INVALID_ARGUMENT,
            format!(
                "'{step}' of '{}' is no lookup with one target; name a navigation",
                table.logical
            ),
        )),
    }
}
