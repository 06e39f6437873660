//! A table: its names, its columns and what it takes to touch it.

use super::column::{Column, Kind};

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Logical name: `email`.
    pub logical: &'static str,
    /// Schema name: `Email`.
    pub schema: &'static str,
    /// Entity set name: `emails`.
    pub set: &'static str,
    /// The column that holds the id.
    pub key: &'static str,
    /// The column that people know a row by.
    pub name: Option<&'static str>,
    /// Object type code.
    pub type_code: i32,
    /// Whether its rows are activities.
    pub is_activity: bool,
    /// Who owns its rows.
    pub ownership: Ownership,
    /// The noun in its privileges: `Activity` as in `prvReadActivity`; `None`: nobody needs one.
    pub privilege: Option<&'static str>,
    /// Columns by which it is also found, apart from its id.
    pub alternate_keys: &'static [&'static [&'static str]],
    /// Columns whose addresses stand for the row, in their order.
    pub address_columns: &'static [&'static str],
    /// Whether rows are kept, or read together from other tables.
    pub is_view: bool,
    /// The columns, by logical name.
    pub columns: &'static [Column],
}

/// Who owns the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Each row has a user or a team.
    User,
    /// Each row belongs to a business unit.
    BusinessUnit,
    /// All rows belong to the organization.
    Organization,
}

impl Table {
    /// The column of that logical name.
    pub fn column(&self, logical: &str) -> Option<&'static Column> {
        let columns: &'static [Column] = self.columns;
        columns
            .binary_search_by(|column| column.logical.cmp(logical))
            .ok()
            .map(|position| &columns[position])
    }

    /// The lookup column that a single-valued navigation fills, and the table it leads to.
    pub fn navigation(&self, name: &str) -> Option<(&'static Column, &'static str)> {
        let columns: &'static [Column] = self.columns;
        columns.iter().find_map(|column| {
            let target = column.targets().iter().find(|target| target.navigation == name)?;
            Some((column, target.table))
        })
    }

    /// The states and statuses: all statuses with value, label and state.
    pub fn statuses(&self) -> &'static [(i32, &'static str, i32)] {
        match self.column("statuscode").map(|column| column.kind) {
            Some(Kind::Status(statuses)) => statuses,
            _ => &[],
        }
    }
}
