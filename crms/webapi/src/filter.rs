//! A filter of the face as a filter of the CRM.

use std::collections::BTreeMap;

use earmark_embedded::request::{ColumnPath, Filter, Op};
use earmark_embedded::schema::{self, Column, Kind, Table};
use earmark_embedded::value::Value;
use earmark_odata::{Compare, Expr, Literal, parse_filter};
use uuid::Uuid;

use crate::fault::Fault;
use crate::resource::NAMESPACE;
use crate::{filter_function, literal, property};

/// Where the names of a filter are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) table: &'static Table,
    /// The range variable of the lambda around.
    pub(crate) variable: Option<&'a str>,
    /// Parameter aliases of the address (`@p1`).
    pub(crate) aliases: &'a BTreeMap<String, String>,
    pub(crate) user: Uuid,
    /// Units: milliseconds since 1970.
    pub(crate) now: i64,
}

/// A column, through lookups.
pub(crate) type Found = (ColumnPath, &'static Column);

impl<'a> Scope<'a> {
    /// Translates an expression.
    pub(crate) fn filter(&self, expr: &Expr) -> Result<Filter, Fault> {
        match expr {
            Expr::And(left, right) => {
                Ok(Filter::And(vec![self.filter(left)?, self.filter(right)?]))
            }
            Expr::Or(left, right) => Ok(Filter::Or(vec![self.filter(left)?, self.filter(right)?])),
            Expr::Not(inner) => match inner.as_ref() {
                Expr::Call { function, .. } if function.starts_with(NAMESPACE) => Err(Fault::bad(
                    format!("The 'not' operator cannot be applied to the function '{function}'."),
                )),
                inner => Ok(Filter::Not(Box::new(self.filter(inner)?))),
            },
            Expr::Compare { left, op, right } => self.compare(left, *op, right),
            Expr::In { left, list } => {
                let (column, kind) = self.operand(left)?;
                let values = list
                    .iter()
                    .map(|item| literal::value(kind, item))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Filter::In { column, values })
            }
            Expr::Call { function, arguments } => self.call(function, arguments),
            Expr::Lambda { any, path, variable, body } => {
                self.lambda(*any, path, variable.as_deref(), body.as_deref())
            }
            Expr::Path(path) => {
                let (column, found) = self.path(path)?;
                if !matches!(found.kind, Kind::Bool { .. }) {
                    return Err(Fault::bad(format!(
                        "The property '{}' is not a condition.",
                        path.join("/")
                    )));
                }
                let value = Value::Bool(true);
                Ok(Filter::Compare { column, op: Op::Eq, value })
            }
            Expr::Literal(Literal::Bool(true)) => Ok(Filter::All),
            Expr::Literal(Literal::Bool(false)) => Ok(Filter::Not(Box::new(Filter::All))),
            Expr::Literal(literal) => {
                Err(Fault::bad(format!("The value {literal} is not a condition.")))
            }
        }
    }

    /// The column at the end of a path.
    pub(crate) fn path(&self, path: &[String]) -> Result<Found, Fault> {
        let (last, steps) = match self.bare(path).split_last() {
            Some(found) => found,
            None => return Err(Fault::bad("A property is expected in the filter.")),
        };
        let (mut table, mut found) = (self.table, Vec::new());
        for step in steps {
            let (_, target) =
                table.navigation(step).ok_or_else(|| Fault::no_property(step, table.logical))?;
            found.push(step.clone());
            table = schema::table(target).ok_or_else(|| Fault::no_property(step, target))?;
        }
        let column = property::required(table, last)?;
        found.push(column.logical.to_owned());
        Ok((found, column))
    }

    /// A path without the range variable before it.
    fn bare<'p>(&self, path: &'p [String]) -> &'p [String] {
        match path.split_first() {
            Some((first, rest)) if first == "$it" || Some(first.as_str()) == self.variable => rest,
            _ => path,
        }
    }

    fn operand(&self, expr: &Expr) -> Result<Found, Fault> {
        match expr {
            Expr::Path(path) => self.path(path),
            // Texts are compared in either case, so that these two change nothing.
            Expr::Call { function, arguments }
                if matches!(function.as_str(), "tolower" | "toupper") && arguments.len() == 1 =>
            {
                self.operand(&arguments[0])
            }
            Expr::Call { function, .. } => {
                Err(Fault::bad(format!("The function '{function}' is not supported here.")))
            }
            other => Err(Fault::bad(format!("A property is expected, not '{other}'."))),
        }
    }

    /// A constant, also behind a parameter alias.
    fn constant(&self, expr: &Expr) -> Result<Option<Literal>, Fault> {
        match expr {
            Expr::Literal(literal) => Ok(Some(literal.clone())),
            Expr::Path(path) => match path.as_slice() {
                [alias] if alias.starts_with('@') => {
                    let text = self.aliases.get(alias).ok_or_else(|| {
                        Fault::bad(format!("The parameter alias '{alias}' has no value."))
                    })?;
                    match parse_filter(text)? {
                        Expr::Literal(literal) => Ok(Some(literal)),
                        _ => Err(Fault::bad(format!("The alias '{alias}' is not a value."))),
                    }
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn compare(&self, left: &Expr, op: Compare, right: &Expr) -> Result<Filter, Fault> {
        let (side, op, value) = match (self.constant(left)?, self.constant(right)?) {
            (None, Some(value)) => (left, op, value),
            (Some(value), None) => (right, flipped(op), value),
            _ => {
                return Err(Fault::bad(
                    "A comparison needs a property on one side and a value on the other.",
                ));
            }
        };
        if let (
            Expr::Call { function, .. } | Expr::Lambda { path: _, variable: Some(function), .. },
            Literal::Bool(value),
        ) = (side, &value)
            && !matches!(function.as_str(), "tolower" | "toupper")
        {
            let inner = self.filter(side)?;
            let wanted = (op == Compare::Eq) == *value;
            return Ok(if wanted { inner } else { Filter::Not(Box::new(inner)) });
        }
        let (column, found) = self.operand(side)?;
        let value = literal::value(found, &value)?;
        Ok(match (op, value) {
            (Compare::Eq, Value::Null) => Filter::IsNull { column },
            (Compare::Ne, Value::Null) => Filter::Not(Box::new(Filter::IsNull { column })),
            (_, Value::Null) => {
                return Err(Fault::bad("'null' can only be compared with 'eq' and 'ne'."));
            }
            (op, value) => Filter::Compare { column, op: operator(op), value },
        })
    }

    fn call(&self, function: &str, arguments: &[Expr]) -> Result<Filter, Fault> {
        if let Some(name) = function.strip_prefix(NAMESPACE) {
            return filter_function::filter(self, name, arguments);
        }
        if !matches!(function, "contains" | "startswith" | "endswith") {
            return Err(Fault::bad(format!(
                "An unknown function with name '{function}' was found. This may also be a function \
                 import or a key lookup on a navigation property, which is not allowed."
            )));
        }
        let [side, text] = arguments else {
            return Err(Fault::bad(format!("The function '{function}' takes two arguments.")));
        };
        let (column, found) = self.operand(side)?;
        let textual =
            matches!(found.kind, Kind::Text { .. } | Kind::Memo { .. } | Kind::EntityName);
        let text = match self.constant(text)? {
            Some(Literal::Text(text)) if textual => text,
            _ => {
                return Err(Fault::bad(format!(
                    "The function '{function}' takes a text property and a text."
                )));
            }
        };
        Ok(match function {
            "contains" => Filter::Contains { column, text },
            "startswith" => Filter::StartsWith { column, text },
            _ => Filter::EndsWith { column, text },
        })
    }

    fn lambda(
        &self,
        any: bool,
        path: &[String],
        variable: Option<&str>,
        body: Option<&Expr>,
    ) -> Result<Filter, Fault> {
        let [name] = self.bare(path) else {
            return Err(Fault::bad(format!(
                "'{}' must be a collection-valued navigation property of '{}'.",
                path.join("/"),
                self.table.logical
            )));
        };
        let relation = schema::relation(self.table.logical, name)
            .ok_or_else(|| Fault::no_property(name, self.table.logical))?;
        let table = schema::table(relation.to)
            .ok_or_else(|| Fault::no_property(name, self.table.logical))?;
        let filter = match body {
            Some(body) => Scope { table, variable, ..*self }.filter(body)?,
            None => Filter::All,
        };
        let (relation, filter) = (name.clone(), Box::new(filter));
        Ok(match any {
            true => Filter::Any { relation, filter },
            false => Filter::Every { relation, filter },
        })
    }
}

fn operator(op: Compare) -> Op {
    match op {
        Compare::Eq => Op::Eq,
        Compare::Ne => Op::Ne,
        Compare::Gt => Op::Gt,
        Compare::Ge => Op::Ge,
        Compare::Lt => Op::Lt,
        Compare::Le => Op::Le,
    }
}

fn flipped(op: Compare) -> Compare {
    match op {
        Compare::Eq => Compare::Eq,
        Compare::Ne => Compare::Ne,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
    }
}
