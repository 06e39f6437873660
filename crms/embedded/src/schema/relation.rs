//! Collection navigations: how a row reaches the rows that hang on it.

/// A navigation from one row to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Its name on the row it starts from: `email_activity_parties`.
    pub name: &'static str,
    /// Logical name of the table it starts from.
    pub from: &'static str,
    /// Logical name of the table it leads to.
    pub to: &'static str,
    /// How the two are tied.
    pub tie: Tie,
}

/// How two tables are tied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// A lookup column of the far table.
    Lookup(&'static str),
    /// A table between the two, with the id columns of the near and of the far row.
    Intersect {
        /// Logical name of the table between.
        table: &'static str,
        /// Its column with the near row's id.
        near: &'static str,
        /// Its column with the far row's id.
        far: &'static str,
    },
}
