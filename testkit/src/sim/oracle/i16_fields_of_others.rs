//! I16: an email's record, once made, changes by the service in what it is about and in nothing
//! else; a meeting's, a series' or a task's also in what its item says. What CRM users wrote stays.

use super::{Checker, Truth, truth::table_of};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};

/// What the service may change, and what the CRM changes with every write.
const OWNED: &[&str] =
    &["regardingobjectid", "modifiedon", "modifiedby", "modifiedonbehalfby", "versionnumber"];

/// What of an appointment, a series or a task follows its item, with what the CRM makes of that.
const FOLLOWS: &[&str] = &[
    "subject",
    "description",
    "location",
    "scheduledstart",
    "scheduledend",
    "scheduleddurationminutes",
    "sortdate",
    "isalldayevent",
    "ismapiprivate",
    "prioritycode",
    "globalobjectid",
    "originalstartdate",
    "isonlinemeeting",
    "onlinemeetingjoinurl",
    "onlinemeetingtype",
    "statecode",
    "statuscode",
    "percentcomplete",
    "actualstart",
    "actualend",
    "actualdurationminutes",
    // Of what belongs to a series, and of a series.
    "instancetypecode",
    "seriesid",
    "modifiedfieldsmask",
    "seriesstatus",
    "starttime",
    "endtime",
    "duration",
    "earmark_timezone",
    "patternstartdate",
    "patternenddate",
    "patternendtype",
    "occurrences",
    "recurrencepatterntype",
    "interval",
    "daysofweekmask",
    "dayofmonth",
    "monthofyear",
    "instance",
    "firstdayofweek",
    "isnthmonthly",
    "isnthyearly",
    "isweekdaypattern",
    "isregenerate",
    "deletedexceptionslist",
    "effectivestartdate",
    "effectiveenddate",
    "nextexpansioninstancedate",
    "lastexpandedinstancedate",
    "expansionstatecode",
];

#[derive(Default)]
pub(super) struct FieldsOfOthers(u64);

impl Checker for FieldsOfOthers {
    fn name(&self) -> &'static str {
        "I16"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Record {
                by: By::Service { .. },
                activity,
                before: Some(before),
                after: Some(after),
                ..
            } => {
                self.0 += 1;
                let columns = before.keys().chain(after.keys());
                let changed = columns.filter(|column| before.get(*column) != after.get(*column));
                let follows = !matches!(table_of(after), "email" | "");
                let is_own =
                    |column: &str| OWNED.contains(&column) || follows && FOLLOWS.contains(&column);
                let others = changed.filter(|column| !is_own(column));
                let others: std::collections::BTreeSet<&String> = others.collect();
                ensure!(others.is_empty(), "the service changed {others:?} of {activity}");
            }
            // A link that leaves the record as it was, as it should.
            Happening::Link { by: By::Service { .. }, .. } => self.0 += 1,
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{SERVICE, Tale, email_row};
    use super::*;
    use earmark_embedded::Value;

    #[test]
    fn a_changed_subject_is_noticed() {
        let mut tale = Tale::to(FieldsOfOthers::default());
        let before = email_row("m1", false);
        let mut after = before.clone();
        after.insert("regardingobjectid".to_owned(), Value::text("something"));
        tale.email(SERVICE, 1, Some(before.clone()), Some(after.clone())).expect("its own");
        after.insert("subject".to_owned(), Value::text("Other"));
        tale.email(By::Person, 1, Some(before.clone()), Some(after.clone())).expect("a CRM user");
        assert!(tale.email(SERVICE, 1, Some(before), Some(after)).is_err());
    }
}
