//! A column, and what may stand in it.

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Logical name: `ownerid`.
    pub logical: &'static str,
    /// Schema name: `OwnerId`.
    pub schema: &'static str,
    /// What may stand in it.
    pub kind: Kind,
    /// Only the CRM itself writes it.
    pub read_only: bool,
    /// A row cannot be made without it.
    pub required: bool,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The id of the row.
    Key,
    /// A line of text. Units: characters.
    Text {
        /// The greatest length.
        max: u32,
    },
    /// Long text. Units: characters.
    Memo {
        /// The greatest length.
        max: u32,
    },
    /// A whole number.
    Int {
        /// The least value.
        min: i32,
        /// The greatest value.
        max: i32,
    },
    /// A whole number of eight bytes.
    BigInt,
    /// A decimal number.
    Decimal,
    /// A floating number.
    Double,
    /// An amount of money.
    Money,
    /// A yes or no.
    Bool {
        /// What a new row has.
        default: bool,
        /// The words for false and true.
        labels: [&'static str; 2],
    },
    /// An id of something.
    Guid,
    /// A point in time, kept in UTC.
    Instant,
    /// A day.
    Date,
    /// A choice of one: value and label.
    Options(&'static [(i32, &'static str)]),
    /// The state: value and label. A new row has the first.
    State(&'static [(i32, &'static str)]),
    /// The status reason: value, label and the state it belongs to. A row that enters a state
    /// without naming a status gets the state's first.
    Status(&'static [(i32, &'static str, i32)]),
    /// A row of another table.
    Lookup {
        /// The tables it may point to.
        targets: &'static [Target],
    },
    /// The logical name of a table.
    EntityName,
}

/// A table that a lookup may point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Logical name of the table.
    pub table: &'static str,
    /// The single-valued navigation that reads and writes it.
    pub navigation: &'static str,
}

impl Column {
    /// The targets of a lookup; empty for any other column.
    pub const fn targets(&self) -> &'static [Target] {
        match self.kind {
            Kind::Lookup { targets } => targets,
            _ => &[],
        }
    }

    /// Whether it is a lookup.
    pub const fn is_lookup(&self) -> bool {
        matches!(self.kind, Kind::Lookup { .. })
    }

    pub(super) const fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

const fn column(logical: &'static str, schema: &'static str, kind: Kind) -> Column {
    Column { logical, schema, kind, read_only: false, required: false }
}

pub(super) const fn key(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Key)
}

pub(super) const fn text(logical: &'static str, schema: &'static str, max: u32) -> Column {
    column(logical, schema, Kind::Text { max })
}

pub(super) const fn memo(logical: &'static str, schema: &'static str, max: u32) -> Column {
    column(logical, schema, Kind::Memo { max })
}

pub(super) const fn int(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Int { min: i32::MIN, max: i32::MAX })
}

pub(super) const fn range(
    logical: &'static str,
    schema: &'static str,
    min: i32,
    max: i32,
) -> Column {
    column(logical, schema, Kind::Int { min, max })
}

pub(super) const fn bigint(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::BigInt)
}

pub(super) const fn decimal(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Decimal)
}

pub(super) const fn double(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Double)
}

pub(super) const fn money(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Money)
}

pub(super) const fn flag(logical: &'static str, schema: &'static str, default: bool) -> Column {
    column(logical, schema, Kind::Bool { default, labels: ["No", "Yes"] })
}

/// A flag whose values have words of their own: first that for false.
pub(super) const fn named_flag(
    logical: &'static str,
    schema: &'static str,
    default: bool,
    labels: [&'static str; 2],
) -> Column {
    column(logical, schema, Kind::Bool { default, labels })
}

pub(super) const fn guid(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Guid)
}

pub(super) const fn instant(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Instant)
}

pub(super) const fn date(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::Date)
}

pub(super) const fn options(
    logical: &'static str,
    schema: &'static str,
    options: &'static [(i32, &'static str)],
) -> Column {
    column(logical, schema, Kind::Options(options))
}

pub(super) const fn state(options: &'static [(i32, &'static str)]) -> Column {
    column("statecode", "StateCode", Kind::State(options))
}

pub(super) const fn status(options: &'static [(i32, &'static str, i32)]) -> Column {
    column("statuscode", "StatusCode", Kind::Status(options))
}

pub(super) const fn lookup(
    logical: &'static str,
    schema: &'static str,
    targets: &'static [Target],
) -> Column {
    column(logical, schema, Kind::Lookup { targets })
}

pub(super) const fn to(table: &'static str, navigation: &'static str) -> Target {
    Target { table, navigation }
}

pub(super) const fn entity_name(logical: &'static str, schema: &'static str) -> Column {
    column(logical, schema, Kind::EntityName)
}
