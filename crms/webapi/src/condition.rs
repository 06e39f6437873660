//! Conditions of FetchXML as filters.

use earmark_embedded::request::{ColumnPath, Filter, Op};
use earmark_embedded::schema::{Column, Kind, Table};
use earmark_embedded::value::Value;
use earmark_odata::{Compare, Expr, Literal};

use crate::fault::Fault;
use crate::fetch::malformed;
use crate::filter::Scope;
use crate::{filter_function, literal};

/// `<condition>` as it is written.
pub(crate) struct Condition {
    pub(crate) attribute: String,
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

/// A column by its logical name; lookups stand under theirs here.
pub(crate) fn column(table: &'static Table, name: &str) -> Result<&'static Column, Fault> {
    table.column(name).ok_or_else(|| {
        Fault::new(
            400,
            0x8004_1103,
            format!("'{}' entity doesn't contain attribute with Name = '{name}'.", table.logical),
        )
    })
}

impl Condition {
    pub(crate) fn filter(&self, scope: &Scope<'_>) -> Result<Filter, Fault> {
        let found = column(scope.table, &self.attribute)?;
        let path = || vec![found.logical.to_owned()];
        let compare = |op: Op| -> Result<Filter, Fault> {
            Ok(Filter::Compare { column: path(), op, value: self.value(found)? })
        };
        Ok(match self.operator.as_str() {
            "eq" => compare(Op::Eq)?,
            "ne" | "neq" => compare(Op::Ne)?,
            "gt" => compare(Op::Gt)?,
            "ge" => compare(Op::Ge)?,
            "lt" => compare(Op::Lt)?,
            "le" => compare(Op::Le)?,
            "null" => Filter::IsNull { column: path() },
            "not-null" => Filter::Not(Box::new(Filter::IsNull { column: path() })),
            "like" => self.like(found, path())?,
            "not-like" => Filter::Not(Box::new(self.like(found, path())?)),
            "begins-with" => Filter::StartsWith { column: path(), text: self.text(found)? },
            "ends-with" => Filter::EndsWith { column: path(), text: self.text(found)? },
            other => match function(other) {
                Some(name) => filter_function::filter(scope, name, &self.arguments())?,
                None => {
                    return Err(Fault::not_supported(&format!("The FetchXML operator '{other}'")));
                }
            },
        })
    }

    fn value(&self, column: &Column) -> Result<Value, Fault> {
        let [text] = self.values.as_slice() else {
            return Err(malformed(format!("the operator '{}' takes one value", self.operator)));
        };
        literal::value(column, &Literal::Text(text.clone()))
    }

    fn text(&self, column: &Column) -> Result<String, Fault> {
        let textual = matches!(column.kind, Kind::Text { .. } | Kind::Memo { .. });
        match self.values.as_slice() {
            [text] if textual => Ok(text.clone()),
            _ => Err(malformed(format!("the operator '{}' takes one text", self.operator))),
        }
    }

    fn like(&self, found: &Column, column: ColumnPath) -> Result<Filter, Fault> {
        let text = self.text(found)?;
        Ok(match (text.strip_prefix('%'), text.strip_suffix('%')) {
            (Some(_), Some(_)) => {
                Filter::Contains { column, text: text.trim_matches('%').to_owned() }
            }
            (Some(rest), None) => Filter::EndsWith { column, text: rest.to_owned() },
            (None, Some(rest)) => Filter::StartsWith { column, text: rest.to_owned() },
            (None, None) => Filter::Compare { column, op: Op::Eq, value: Value::Text(text) },
        })
    }

    /// The arguments of the query function that means the same.
    fn arguments(&self) -> Vec<Expr> {
        let named = |name: &str| Box::new(Expr::Path(vec![name.to_owned()]));
        let text = |text: &String| Literal::Text(text.clone());
        let given = |name: &str, value: &String| Expr::Compare {
            left: named(name),
            op: Compare::Eq,
            right: Box::new(Expr::Literal(text(value))),
        };
        let mut arguments = vec![given("PropertyName", &self.attribute)];
        arguments.extend(self.values.first().map(|value| given("PropertyValue", value)));
        let list = self.values.iter().map(text).collect();
        arguments.push(Expr::In { left: named("PropertyValues"), list });
        arguments
    }
}

/// The query function that an operator stands for.
fn function(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "in" => "In",
        "not-in" => "NotIn",
        "between" => "Between",
        "not-between" => "NotBetween",
        "eq-userid" => "EqualUserId",
        "ne-userid" => "NotEqualUserId",
        "on" => "On",
        "not-on" => "NotOn",
        "on-or-after" => "OnOrAfter",
        "on-or-before" => "OnOrBefore",
        "today" => "Today",
        "yesterday" => "Yesterday",
        "tomorrow" => "Tomorrow",
        "last-seven-days" => "Last7Days",
        "next-seven-days" => "Next7Days",
        "last-x-hours" => "LastXHours",
        "next-x-hours" => "NextXHours",
        "last-x-days" => "LastXDays",
        "next-x-days" => "NextXDays",
        "last-x-weeks" => "LastXWeeks",
        "next-x-weeks" => "NextXWeeks",
        "olderthan-x-minutes" => "OlderThanXMinutes",
        "olderthan-x-hours" => "OlderThanXHours",
        "olderthan-x-days" => "OlderThanXDays",
        "olderthan-x-weeks" => "OlderThanXWeeks",
        _ => return None,
    })
}
