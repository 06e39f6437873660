//! A single appointment that becomes a series, and a series that becomes a single appointment:
//! the record moves between the two tables and keeps its id, its parties and its links.

use super::{Session, log::ChangeKind, rules::series, sql::blob};
use crate::{
    error::{CrmError, code},
    schema::Table,
    value::{Row, Value},
};
use uuid::Uuid;

/// Columns that the new row does not have from the old one.
const OWN: [&str; 4] = ["activitytypecode", "groupid", "instancetypecode", "versionnumber"];

impl Session<'_> {
    /// Moves the record from one table to the other.
    pub(crate) fn convert(
        &self,
        from: &'static Table,
        to: &'static Table,
        id: Uuid,
    ) -> Result<(), CrmError> {
        let into_series = match (from.logical, to.logical) {
            ("appointment", "recurringappointmentmaster") => true,
            ("recurringappointmentmaster", "appointment") => false,
            _ => {
                return Err(CrmError::new(
                    code::INVALID_OPERATION,
                    format!("a '{}' does not become a '{}'", from.logical, to.logical),
                ));
            }
        };
        let current = self.whole(from, id)?.ok_or_else(|| CrmError::missing(from.logical, id))?;
        if !into_series {
            series::dissolve(self, id)?;
        }
        let mut row: Row = current
            .into_iter()
            .filter(|(column, value)| {
                !value.is_null() && !OWN.contains(&column.as_str()) && to.column(column).is_some()
            })
            .collect();
        let kind = if into_series { series::MASTER } else { 0 };
        row.insert("instancetypecode".to_owned(), Value::Int(kind));
        row.insert("activitytypecode".to_owned(), Value::text(to.logical));
        if into_series {
            row.insert("expansionstatecode".to_owned(), Value::Int(0));
            row.insert("groupid".to_owned(), Value::lookup(to.logical, id));
        }
        self.tx
            .prepare_cached(&format!("DELETE FROM {} WHERE \"{}\" = ?", from.logical, from.key))?
            .execute([blob(id)])?;
        self.forget_known();
        let version = self.next_version()?;
        self.note(version, ChangeKind::Delete, from.logical, id, None)?;
        self.insert_moved(to, id, row)?;
        self.tx
            .prepare_cached(
                "UPDATE exchangesyncidmapping SET objecttypecode = ? WHERE objectid = ?",
            )?
            .execute((to.type_code, blob(id)))?;
        Ok(())
    }
}
