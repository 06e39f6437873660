//! A filter over messages as a condition of SQL, so that a page costs one statement.

use super::{
    extended, fold,
    handle::{parse_folder_id, parse_message_id},
    operand::{Collection, Kind, Operand, of_message},
};
use crate::{error::Refusal, quirks::Quirks};
use earmark_odata::{Compare, Expr, Literal};
use earmark_sqlite::rusqlite::types::Value;
use uuid::Uuid;

/// A condition over `message m`, with the values of its question marks in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// The text.
    pub sql: String,
    /// The values.
    pub values: Vec<Value>,
}

/// Whose messages are filtered, and how.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The user's row.
    pub user: i64,
    /// The user's id, which ids carry.
    pub mailbox: Uuid,
    /// The behaviours.
    pub quirks: &'a Quirks,
}

/// The condition that `filter` stands for.
///
/// Errors: 400 when it names a property or uses an operator that messages cannot be filtered by.
pub fn condition(filter: &Expr, scope: &Scope<'_>) -> Result<Condition, Refusal> {
    let mut writer = Writer { scope, ranges: Vec::new(), out: Condition::default() };
    writer.write(filter)?;
    Ok(writer.out)
}

struct Writer<'a> {
    scope: &'a Scope<'a>,
    ranges: Vec<(String, Collection)>,
    out: Condition,
}

/// One side of a comparison.
enum Side {
    Column { sql: String, kind: Kind },
    Constant(Literal),
}

impl Writer<'_> {
    fn write(&mut self, expr: &Expr) -> Result<(), Refusal> {
        match expr {
            Expr::And(left, right) => self.joined(left, " AND ", right),
            Expr::Or(left, right) => {
                if !self.scope.quirks.category_or
                    && ranges_categories(left)
                    && ranges_categories(right)
                {
                    return Err(invalid_node());
                }
                self.joined(left, " OR ", right)
            }
            Expr::Not(inner) => {
                self.push("NOT (");
                self.write(inner)?;
                self.push(")");
                Ok(())
            }
            Expr::Compare { left, op, right } => self.compare(left, *op, right),
            Expr::In { left, list } => self.within(left, list),
            Expr::Call { function, arguments } => self.call(function, arguments),
            Expr::Lambda { any, path, variable, body } => {
                self.lambda(*any, path, variable.as_deref(), body.as_deref())
            }
            Expr::Path(path) => match self.operand(path)? {
                Operand { sql, kind: Kind::Bool } => {
                    self.push(sql);
                    Ok(())
                }
                _ => Err(invalid_node()),
            },
            Expr::Literal(Literal::Bool(value)) => {
                self.push(if *value { "1" } else { "0" });
                Ok(())
            }
            Expr::Literal(_) => Err(invalid_node()),
        }
    }

    fn joined(&mut self, left: &Expr, word: &str, right: &Expr) -> Result<(), Refusal> {
        self.push("(");
        self.write(left)?;
        self.push(word);
        self.write(right)?;
        self.push(")");
        Ok(())
    }

    fn compare(&mut self, left: &Expr, op: Compare, right: &Expr) -> Result<(), Refusal> {
        if let (Expr::Call { function, arguments }, Expr::Literal(Literal::Bool(wanted))) =
            (left, right)
            && is_predicate(function)
        {
            if !matches!(op, Compare::Eq | Compare::Ne) {
                return Err(invalid_node());
            }
            self.push(if *wanted == (op == Compare::Eq) { "(" } else { "NOT (" });
            self.call(function, arguments)?;
            self.push(")");
            return Ok(());
        }
        let (sql, kind, op, literal) = match (self.side(left)?, self.side(right)?) {
            (Side::Column { sql, kind }, Side::Constant(literal)) => (sql, kind, op, literal),
            (Side::Constant(literal), Side::Column { sql, kind }) => {
                (sql, kind, flipped(op), literal)
            }
            _ => return Err(invalid_node()),
        };
        if literal == Literal::Null {
            let word = match op {
                Compare::Eq => " IS NULL",
                Compare::Ne => " IS NOT NULL",
                _ => return Err(invalid_node()),
            };
            self.push(&sql);
            self.push(word);
            return Ok(());
        }
        let value = self.value(kind, &literal, op)?;
        // A missing value is different from every constant.
        let missing = if op == Compare::Ne { format!("{sql} IS NULL OR ") } else { String::new() };
        let collation = if kind == Kind::Text { " COLLATE NOCASE" } else { "" };
        self.push(&format!("({missing}{sql} {} ?{collation})", sign(op)));
        self.out.values.push(value);
        Ok(())
    }

    fn within(&mut self, left: &Expr, list: &[Literal]) -> Result<(), Refusal> {
        self.push("(0");
        for literal in list {
            self.push(" OR ");
            self.compare(left, Compare::Eq, &Expr::Literal(literal.clone()))?;
        }
        self.push(")");
        Ok(())
    }

    fn call(&mut self, function: &str, arguments: &[Expr]) -> Result<(), Refusal> {
        let [subject, part] = arguments else { return Err(invalid_node()) };
        let (Side::Column { sql, kind }, Side::Constant(Literal::Text(part))) =
            (self.side(subject)?, self.side(part)?)
        else {
            return Err(invalid_node());
        };
        if !matches!(kind, Kind::Text | Kind::Exact) {
            return Err(invalid_node());
        }
        match function {
            "contains" => self.push(&format!("(instr(lower({sql}), lower(?)) > 0)")),
            "startswith" => {
                self.push(&format!("(substr(lower({sql}), 1, length(?)) = lower(?))"));
                self.out.values.push(Value::Text(part.clone()));
            }
            "endswith" => {
                self.push(&format!(
                    "(length({sql}) >= length(?) AND substr(lower({sql}), -length(?)) = lower(?))"
                ));
                self.out.values.push(Value::Text(part.clone()));
                self.out.values.push(Value::Text(part.clone()));
            }
            _ => return Err(invalid_node()),
        }
        self.out.values.push(Value::Text(part));
        Ok(())
    }

    fn lambda(
        &mut self,
        any: bool,
        path: &[String],
        variable: Option<&str>,
        body: Option<&Expr>,
    ) -> Result<(), Refusal> {
        let collection = Collection::parse(path).ok_or_else(invalid_node)?;
        if !any || !self.ranges.is_empty() {
            return Err(invalid_node());
        }
        match collection {
            Collection::Categories => {
                self.push(
                    "m.id IN (SELECT k.message FROM message_category k WHERE k.user = ? AND (",
                );
                self.out.values.push(Value::Integer(self.scope.user));
            }
            Collection::Recipients(list) => {
                self.push("EXISTS (SELECT 1 FROM json_each(m.recipients, ?) r WHERE (");
                self.out.values.push(Value::Text(list.to_owned()));
            }
            Collection::Extended => {
                self.push("m.id IN (SELECT x.message FROM extended x WHERE (");
            }
        }
        match (variable, body) {
            (Some(variable), Some(body)) => {
                self.ranges.push((variable.to_owned(), collection));
                self.write(body)?;
                self.ranges.pop();
            }
            _ => self.push("1"),
        }
        self.push("))");
        Ok(())
    }

    fn side(&self, expr: &Expr) -> Result<Side, Refusal> {
        match expr {
            Expr::Literal(literal) => Ok(Side::Constant(literal.clone())),
            Expr::Path(path) => {
                let operand = self.operand(path)?;
                Ok(Side::Column { sql: operand.sql.to_owned(), kind: operand.kind })
            }
            Expr::Call { function, arguments } => {
                let word = match function.as_str() {
                    "tolower" => "lower",
                    "toupper" => "upper",
                    "trim" => "trim",
                    _ => return Err(invalid_node()),
                };
                match arguments.as_slice() {
                    [Expr::Path(path)] => {
                        let operand = self.operand(path)?;
                        let sql = format!("{word}({})", operand.sql);
                        Ok(Side::Column { sql, kind: Kind::Text })
                    }
                    [Expr::Literal(Literal::Text(text))] => {
                        Ok(Side::Constant(Literal::Text(text.clone())))
                    }
                    _ => Err(invalid_node()),
                }
            }
            _ => Err(invalid_node()),
        }
    }

    fn operand(&self, path: &[String]) -> Result<Operand, Refusal> {
        let found = match (path.split_first(), self.ranges.last()) {
            (Some((first, rest)), Some((variable, collection))) if first == variable => {
                collection.operand(rest, self.scope.quirks.category_match_ignores_case)
            }
            _ => of_message(path),
        };
        found.ok_or_else(|| unknown_property(&path.join("/")))
    }

    fn value(&self, kind: Kind, literal: &Literal, op: Compare) -> Result<Value, Refusal> {
        let folded = self.ranges.last().is_some_and(|(_, c)| *c == Collection::Categories);
        match (kind, literal) {
            (Kind::Text, Literal::Text(text)) if folded => Ok(Value::Text(fold(text))),
            (Kind::Text | Kind::Exact, literal) => match literal {
                Literal::Text(text) => Ok(Value::Text(text.clone())),
                Literal::Guid(guid) => Ok(Value::Text(guid.to_string())),
                Literal::Int(number) => Ok(Value::Text(number.to_string())),
                _ => Err(invalid_node()),
            },
            (Kind::Property, Literal::Text(text)) => Ok(Value::Text(extended::normal(text)?)),
            (Kind::Bool, Literal::Bool(value)) => Ok(Value::Integer(i64::from(*value))),
            (Kind::Time, literal) => time(literal).map(Value::Integer),
            (Kind::Id, Literal::Text(id)) if matches!(op, Compare::Eq | Compare::Ne) => {
                parse_message_id(self.scope.mailbox, id).map(|key| Value::Integer(key.row))
            }
            (Kind::Folder, Literal::Text(id)) if matches!(op, Compare::Eq | Compare::Ne) => {
                parse_folder_id(self.scope.mailbox, id).map(Value::Integer)
            }
            _ => Err(invalid_node()),
        }
    }

    fn push(&mut self, text: &str) {
        self.out.sql.push_str(text);
    }
}

/// Units: milliseconds since the epoch.
pub(crate) fn time(literal: &Literal) -> Result<i64, Refusal> {
    match literal {
        Literal::Instant(instant) => Ok(instant.as_millisecond()),
        Literal::Date(date) => date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map(|zoned| zoned.timestamp().as_millisecond())
            .map_err(|_| invalid_node()),
        Literal::Text(text) => text
            .parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_millisecond)
            .map_err(|_| invalid_node()),
        _ => Err(invalid_node()),
    }
}

/// The properties that a filter names, in the order of its text.
pub fn named_properties(filter: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    collect(filter, &mut names);
    names
}

fn collect(expr: &Expr, names: &mut Vec<String>) {
    match expr {
        Expr::And(left, right) | Expr::Or(left, right) | Expr::Compare { left, right, .. } => {
            collect(left, names);
            collect(right, names);
        }
        Expr::Not(inner) | Expr::In { left: inner, .. } => collect(inner, names),
        Expr::Call { arguments, .. } => arguments.iter().for_each(|one| collect(one, names)),
        Expr::Lambda { path, .. } | Expr::Path(path) => names.push(path.join("/").to_lowercase()),
        Expr::Literal(_) => {}
    }
}

fn ranges_categories(expr: &Expr) -> bool {
    named_properties(expr).iter().any(|name| name == "categories")
}

fn is_predicate(function: &str) -> bool {
    matches!(function, "contains" | "startswith" | "endswith")
}

const fn sign(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "=",
        Compare::Ne => "<>",
        Compare::Gt => ">",
        Compare::Ge => ">=",
        Compare::Lt => "<",
        Compare::Le => "<=",
    }
}

const fn flipped(op: Compare) -> Compare {
    match op {
        Compare::Eq | Compare::Ne => op,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
    }
}

fn invalid_node() -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidUrlQueryFilter",
        "The query filter contains one or more invalid nodes.",
    )
}

fn unknown_property(name: &str) -> Refusal {
    Refusal::bad_query(format!(
        "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Message'."
    ))
}
