//! What can be asked of the CRM, and what it answers.

use crate::value::{Row, Value};
use earmark_model::activity::RecordRef;
use uuid::Uuid;

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Reads one row. Errors: `ObjectDoesNotExist`, `RecordNotFoundByEntityKey`.
    Retrieve {
        /// Logical name of the table.
        table: String,
        /// Which row.
        key: Key,
        /// Logical names; `None` for all. The key and `versionnumber` always come along.
        columns: Option<Vec<String>>,
    },
    /// Reads rows.
    Query(Query),
    /// Makes a row, and what hangs on it, all or nothing. The id may be given in the row.
    Create {
        /// Logical name of the table.
        table: String,
        /// The values.
        row: Row,
        /// Rows made with it through a collection navigation.
        children: Vec<Child>,
    },
    /// Changes the columns given. Errors: `ObjectDoesNotExist`, `ConcurrencyVersionMismatch`.
    Update {
        /// Logical name of the table.
        table: String,
        /// Which row.
        key: Key,
        /// The new values.
        row: Row,
        /// Rows that replace all rows of each relation named; `None` leaves them alone. An empty
        /// list also does, since no relation is named.
        children: Option<Vec<Child>>,
        /// The version that must still hold.
        if_match: IfMatch,
    },
    /// Makes the row or changes it, by what is there.
    Upsert {
        /// Logical name of the table.
        table: String,
        /// Which row; the key's values become columns of a new row.
        key: Key,
        /// The values.
        row: Row,
        /// As in an update; made with a new row.
        children: Option<Vec<Child>>,
        /// What may happen.
        allow: Allow,
        /// The version that must still hold where the row is there.
        if_match: IfMatch,
    },
    /// Deletes a row and what hangs on it.
    Delete {
        /// Logical name of the table.
        table: String,
        /// Which row.
        key: Key,
        /// The version that must still hold.
        if_match: IfMatch,
    },
    /// Ties two rows: fills the lookup of a one-to-many relation, or makes the intersect row.
    Associate {
        /// Logical name of the table.
        table: String,
        /// Which row.
        key: Key,
        /// The navigation: a collection, or a single-valued navigation of a lookup column.
        relation: String,
        /// The other row.
        target: RecordRef,
    },
    /// Unties two rows. Without a tie it is done already.
    Disassociate {
        /// Logical name of the table.
        table: String,
        /// Which row.
        key: Key,
        /// The navigation.
        relation: String,
        /// The other row; `None` only for a single-valued navigation.
        target: Option<RecordRef>,
    },
    /// Who is asking.
    WhoAmI,
}

/// Which row.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// By its id.
    Id(Uuid),
    /// By the values of an alternate key.
    Alternate(Row),
}

/// A row that is made with its parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// The collection navigation of the parent, `email_activity_parties`.
    pub relation: String,
    /// The values; the lookup back to the parent is filled in.
    pub row: Row,
    /// What hangs on this row.
    pub children: Vec<Child>,
}

/// What an upsert may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allow {
    /// Whether it may make the row. Otherwise a missing row is `ObjectDoesNotExist`.
    pub create: bool,
    /// Whether it may change the row. Otherwise a row that is there is `DuplicateRecord`.
    pub update: bool,
}

/// The version that a change insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// No condition.
    Unconditional,
    /// The row must be there, in any version.
    Any,
    /// The row must be there in this version.
    Version(i64),
}

/// A read of many rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Logical name of the table.
    pub table: String,
    /// Logical names; `None` for all. The key and `versionnumber` always come along.
    pub columns: Option<Vec<String>>,
    /// Which rows.
    pub filter: Filter,
    /// The order; the key decides between equals.
    pub order: Vec<Order>,
    /// Units: rows in one answer; `None` for all.
    pub limit: Option<u64>,
    /// Goes on where an answer's `next` said.
    pub after: Option<String>,
    /// Whether to count the rows that the filter lets through.
    pub count: bool,
}

impl Query {
    /// All rows of `table`.
    pub fn of(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            columns: None,
            filter: Filter::All,
            order: Vec::new(),
            limit: None,
            after: None,
            count: false,
        }
    }
}

/// One part of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is ordered by.
    pub column: ColumnPath,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A column of the table or, through lookups, of another table. Each step but the last is the
/// logical name of a lookup column with one target, or a single-valued navigation; the last is a
/// logical column name. Of a lookup, the id counts.
pub type ColumnPath = Vec<String>;

/// Which rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every row.
    All,
    /// All parts hold.
    And(Vec<Filter>),
    /// At least one part holds.
    Or(Vec<Filter>),
    /// The part does not hold.
    Not(Box<Filter>),
    /// A comparison; with [`Value::Null`] only `Eq` and `Ne` make sense. `Ne` also lets rows
    /// through where the column is empty.
    Compare {
        /// The column.
        column: ColumnPath,
        /// How.
        op: Op,
        /// With what.
        value: Value,
    },
    /// The text is in it, in either case; `%` and `_` are wildcards.
    Contains {
        /// The column.
        column: ColumnPath,
        /// The text.
        text: String,
    },
    /// It begins with the text, in either case.
    StartsWith {
        /// The column.
        column: ColumnPath,
        /// The text.
        text: String,
    },
    /// It ends with the text, in either case.
    EndsWith {
        /// The column.
        column: ColumnPath,
        /// The text.
        text: String,
    },
    /// It is one of the values.
    In {
        /// The column.
        column: ColumnPath,
        /// The values.
        values: Vec<Value>,
    },
    /// It is empty.
    IsNull {
        /// The column.
        column: ColumnPath,
    },
    /// At least one row at the other end of a collection navigation passes.
    Any {
        /// The navigation.
        relation: String,
        /// What such a row must be.
        filter: Box<Filter>,
    },
    /// Every row at the other end of a collection navigation passes.
    Every {
        /// The navigation.
        relation: String,
        /// What such a row must be.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// `column` equals `value`.
    pub fn eq(column: &str, value: Value) -> Self {
        Self::Compare { column: vec![column.to_owned()], op: Op::Eq, value }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal; text in either case.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

/// What the CRM answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// A row, with `versionnumber`; empty columns stand as [`Value::Null`].
    Row(Row),
    /// Rows.
    Rows {
        /// The rows, in order.
        rows: Vec<Row>,
        /// Where the next answer starts; `None` after the last row.
        next: Option<String>,
        /// How many rows the filter lets through, up to the counting limit.
        total: Option<u64>,
        /// Whether there are more than that limit.
        total_exceeded: bool,
    },
    /// The row was made.
    Created {
        /// Its id.
        id: Uuid,
        /// The whole row.
        row: Row,
    },
    /// The row was changed, or made by an upsert.
    Updated {
        /// Its id.
        id: Uuid,
        /// Whether an upsert made it.
        created: bool,
    },
    /// The row is gone.
    Deleted,
    /// Done, with nothing to say.
    Done,
    /// Who asked.
    WhoAmI {
        /// The `systemuserid`.
        user: Uuid,
        /// The `businessunitid`.
        business_unit: Uuid,
        /// The `organizationid`.
        organization: Uuid,
    },
}

/// Units: rows up to which a count is exact.
pub const COUNT_MAX: u64 = 5_000;

impl Request {
    /// Whether it changes nothing.
    pub const fn is_read(&self) -> bool {
        matches!(self, Self::Retrieve { .. } | Self::Query(_) | Self::WhoAmI)
    }

    /// Puts columns into what is made or changed.
    pub(crate) fn put(&mut self, columns: &Row) {
        match self {
            Self::Create { row, .. } | Self::Update { row, .. } | Self::Upsert { row, .. } => {
                row.extend(columns.clone());
            }
            Self::Retrieve { .. }
            | Self::Query(_)
            | Self::Delete { .. }
            | Self::Associate { .. }
            | Self::Disassociate { .. }
            | Self::WhoAmI => {}
        }
    }
}
