//! The tree that a filter expression is read into, and how it is printed again.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// A constant in a filter or a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Decimal(f64),
    /// A quoted text, quotes removed. Prefixed literals (`duration'…'`) come as their text.
    Text(String),
    /// A GUID, written without quotes.
    Guid(Uuid),
    /// A date with a time; without an offset it was taken as UTC.
    Instant(Timestamp),
    /// A date without a time.
    Date(Date),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

/// A filter expression.
///
/// Chains of `and` and of `or` come as balanced trees, so that the depth of a
/// tree stays small whatever the text was.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Both hold.
    And(Box<Expr>, Box<Expr>),
    /// One of them holds.
    Or(Box<Expr>, Box<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// Two values compared.
    Compare {
        /// Left side.
        left: Box<Expr>,
        /// Operator.
        op: Compare,
        /// Right side.
        right: Box<Expr>,
    },
    /// A value is one of a list.
    In {
        /// The value.
        left: Box<Expr>,
        /// The list.
        list: Vec<Literal>,
    },
    /// A function. A named argument `Name=value` is a [`Expr::Compare`] of
    /// `Path([Name])` with `Eq`; a named list `Name=[…]` is an [`Expr::In`].
    Call {
        /// Lower case unless namespaced (`Microsoft.Dynamics.CRM.In`).
        function: String,
        /// Arguments in order.
        arguments: Vec<Expr>,
    },
    /// `path/any(x:…)` or `path/all(x:…)`.
    Lambda {
        /// `any`, not `all`.
        any: bool,
        /// The collection.
        path: Vec<String>,
        /// The range variable; absent in `any()`.
        variable: Option<String>,
        /// The condition; absent in `any()`.
        body: Option<Box<Expr>>,
    },
    /// A property, reached through the named ones before it.
    Path(Vec<String>),
    /// A constant.
    Literal(Literal),
}

impl Compare {
    /// The operator of a word, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    /// The operator's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Guid(id) => write!(f, "{id}"),
            Self::Instant(instant) => write!(f, "{instant}"),
            Self::Date(date) => write!(f, "{date}"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(left, right) => write!(f, "({left} and {right})"),
            Self::Or(left, right) => write!(f, "({left} or {right})"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { left, op, right } => write!(f, "{left} {} {right}", op.word()),
            Self::In { left, list } => {
                write!(f, "{left} in (")?;
                separated(f, list)?;
                f.write_str(")")
            }
            Self::Call { function, arguments } => {
                write!(f, "{function}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    argument_text(f, argument)?;
                }
                f.write_str(")")
            }
            Self::Lambda { any, path, variable, body } => {
                let word = if *any { "any" } else { "all" };
                write!(f, "{}/{word}(", path.join("/"))?;
                if let (Some(variable), Some(body)) = (variable, body) {
                    write!(f, "{variable}:{body}")?;
                }
                f.write_str(")")
            }
            Self::Path(path) => f.write_str(&path.join("/")),
            Self::Literal(literal) => write!(f, "{literal}"),
        }
    }
}

fn argument_text(f: &mut fmt::Formatter<'_>, argument: &Expr) -> fmt::Result {
    match argument {
        Expr::Compare { left, op: Compare::Eq, right } => write!(f, "{left}={right}"),
        Expr::In { left, list } => {
            write!(f, "{left}=[")?;
            separated(f, list)?;
            f.write_str("]")
        }
        other => write!(f, "{other}"),
    }
}

fn separated(f: &mut fmt::Formatter<'_>, list: &[Literal]) -> fmt::Result {
    for (index, literal) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        write!(f, "{literal}")?;
    }
    Ok(())
}
