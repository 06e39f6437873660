//! Names of the face and the columns behind them.

use earmark_embedded::schema::{Column, Table};

use crate::fault::Fault;

/// Tables whose entity types inherit `principal`: their key is also read as `ownerid`.
pub(crate) fn is_principal(table: &Table) -> bool {
    matches!(table.logical, "systemuser" | "team")
}

/// The column behind a property; lookups are only reached as `_name_value`.
pub(crate) fn column(table: &'static Table, name: &str) -> Option<&'static Column> {
    if name == "ownerid" && is_principal(table) {
        return table.column(table.key);
    }
    let inner = name.strip_prefix('_').and_then(|name| name.strip_suffix("_value"));
    match inner {
        Some(inner) => table.column(inner).filter(|column| column.is_lookup()),
        None => table.column(name).filter(|column| !column.is_lookup()),
    }
}

/// As [`column`], refusing unknown names.
pub(crate) fn required(table: &'static Table, name: &str) -> Result<&'static Column, Fault> {
    column(table, name).ok_or_else(|| Fault::no_property(name, table.logical))
}

/// The name under which a column is read.
pub(crate) fn name(column: &Column) -> String {
    if column.is_lookup() {
        format!("_{}_value", column.logical)
    } else {
        column.logical.to_owned()
    }
}

/// Whether a row of `found` may stand where a navigation leads to `target`.
pub(crate) fn fits(target: &str, found: &Table) -> bool {
    target == found.logical
        || (target == "activitypointer" && found.is_activity && found.key == "activityid")
}

/// Whether a lookup that names table `found` is read through a navigation to `target`.
pub(crate) fn leads(target: &str, found: &str) -> bool {
    target == found
        || earmark_embedded::schema::table(found).is_some_and(|table| fits(target, table))
}

/// The lookup column that a single-valued navigation fills, and the navigation's name.
pub(crate) fn navigation(
    table: &'static Table,
    name: &str,
) -> Option<(&'static Column, &'static str)> {
    let (column, _) = table.navigation(name)?;
    let target = column.targets().iter().find(|target| target.navigation == name)?;
    Some((column, target.navigation))
}

/// Whether a navigation of a lookup leads to rows of table `found`. One name may lead to several
/// tables, as `ownerid` does.
pub(crate) fn reaches(column: &Column, navigation: &str, found: &str) -> bool {
    column
        .targets()
        .iter()
        .any(|target| target.navigation == navigation && leads(target.table, found))
}
